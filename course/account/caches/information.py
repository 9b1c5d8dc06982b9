"""What a node says about itself: the sections of INFO, and OBJECT.

Valkey and Redis documentation, "INFO" and "OBJECT": the fields that a cache is judged by. What a
simulation has no use for (persistence, CPU time, fragmentation) is left out, not made up.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fakeredis._helpers import SimpleError

from course.telemetry.caches.eviction import Use

if TYPE_CHECKING:
    from course.account.caches.server import Node

Fields = dict[str, Any]
NO_FREQ = (
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that "
    "when switching between policies at runtime LRU and LFU data will take some time to adjust."
)
NO_IDLETIME = (
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when "
    "switching between policies at runtime LRU and LFU data will take some time to adjust."
)
ENCODINGS = {"Hash": b"hashtable", "ZSet": b"skiplist", "XStream": b"stream", "list": b"quicklist"}
RAW = 44  # bytes of the longest text that is kept within its object


def text(node: Node, sections: Sequence[str]) -> bytes:
    """The answer to INFO: these sections, or those that everybody gets."""
    wanted = {
        name: fields
        for name, fields in _sections(node).items()
        if name in sections
        or "all" in sections
        or "everything" in sections
        or ((not sections or "default" in sections) and name != "commandstats")
    }
    parts = []
    for name, fields in wanted.items():
        parts += [f"# {name.capitalize()}", *(f"{key}:{value}" for key, value in fields.items())]
        parts.append("")
    return "\r\n".join(parts).encode()


def _sections(node: Node) -> dict[str, Fields]:
    return {
        "server": _server(node),
        "clients": {"connected_clients": len(node.sockets)},
        "memory": _memory(node),
        "stats": _stats(node),
        "replication": {"role": "master"},
        "commandstats": {
            f"cmdstat_{name.replace(' ', '|')}": f"calls={count},usec={node.compute_us(count):.0f}"
            for name, count in sorted(node.commands.items())
        },
        "cluster": {"cluster_enabled": 0},
        "keyspace": _keyspace(node),
    }


def _server(node: Node) -> Fields:
    from course.account.caches.server import VERSIONS  # which needs this module

    version = VERSIONS[node.engine]
    fields = {"redis_version": version if node.engine == "redis" else "7.2.4"}
    if node.engine == "valkey":
        fields |= {"server_name": "valkey", "valkey_version": version}
    return {**fields, "redis_mode": "standalone", "uptime_in_seconds": _uptime(node)}


def _uptime(node: Node) -> int:
    return int(time.time() - node.started)


def _memory(node: Node) -> Fields:
    ledger = node.ledger
    return {
        "used_memory": ledger.used,
        "maxmemory": ledger.maxmemory,
        "maxmemory_policy": ledger.policy,
    }


def _stats(node: Node) -> Fields:
    return {
        "total_connections_received": node.connections,
        "total_commands_processed": node.commands.total(),
        "expired_keys": node.ledger.expired,
        "evicted_keys": node.ledger.evicted,
        "keyspace_hits": node.hits,
        "keyspace_misses": node.misses,
    }


def _keyspace(node: Node) -> Fields:
    fields = {}
    for number, shelf in sorted(node.dbs.items()):
        items = [*shelf.values()]
        if items:
            volatile = sum(item.expireat is not None for item in items)
            fields[f"db{number}"] = f"keys={len(items)},expires={volatile},avg_ttl=0"
    return fields


def of_object(asked: str, value: Any, use: Use, now: float) -> Any:
    """The answer to OBJECT IDLETIME, FREQ, ENCODING or REFCOUNT; now: epoch ms."""
    if asked == "encoding":
        return _encoding(value)
    if asked == "refcount":
        return 1
    return int((now - use.last) // 1000) if asked == "idletime" else use.decayed(now)


def refused(asked: str, policy: str) -> SimpleError | None:
    """Why OBJECT cannot say how a key was used under a policy; None when it can."""
    by_frequency = policy.endswith("lfu")
    if asked == "freq" and not by_frequency:
        return SimpleError(NO_FREQ)
    return SimpleError(NO_IDLETIME) if asked == "idletime" and by_frequency else None


def _encoding(value: Any) -> bytes:
    if not isinstance(value, bytes):
        return ENCODINGS.get(type(value).__name__, b"hashtable")
    if value.lstrip(b"-").isdigit() and len(value) < 20:
        return b"int"
    return b"embstr" if len(value) <= RAW else b"raw"
