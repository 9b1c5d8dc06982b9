"""What a node must know of the commands: which read, which write, which of them take memory.

fakeredis carries the servers' own descriptions of their commands (COMMAND INFO); the flags are read
from there. A hit or a miss is counted where the servers count one: for every key that a command
looks up to read it ("keyspace_hits" of INFO, in the Valkey and Redis documentation of INFO).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fakeredis._commands import SUPPORTED_COMMANDS, Key, Signature
from fakeredis.model import get_command_info

# Commands that a node answers itself, beside those of fakeredis.
OWN = ("info", "memory", "object", "cluster")
# "Supported and restricted commands" of the ElastiCache user guide: administration is AWS's part.
RESTRICTED = (
    "acl deluser",
    "acl load",
    "acl log",
    "acl save",
    "acl setuser",
    "bgsave",
    "config set",
    "lastsave",
    "save",
)
# Of modules and newer servers, which the nodes of ElastiCache do not have; and what would move keys
# between databases, whose memory is counted by database.
MISSING_PREFIXES = (
    "ar",
    "cl.",
    "himport",
    "json.",
    "tdigest.",
    "topk.",
    "ts.",
    "v",
    "client maint",
)
MISSING = ("move", "swapdb", "delex", "digest", "increx", "msetex", "saddex", "lcs")
# They write, or may, and yet give back what they find: GET, in other words.
READ_TOO = ("getdel", "getex", "getset")
# They look without using: the key is not younger for it.
NO_TOUCH = ("exists", "expiretime", "pexpiretime", "pttl", "ttl", "type")
# What a client says when it connects; it is part of the connection and nobody's command.
GREETINGS = (
    "auth",
    "client maint_notifications",
    "client setinfo",
    "client setname",
    "hello",
    "select",
)


@dataclass(frozen=True)
class Kind:
    """What a command does. takes_memory: it is refused while the node is full."""

    reads: bool
    writes: bool
    takes_memory: bool
    touches: bool


@lru_cache(maxsize=512)
def kind(name: str) -> Kind:
    """What a command does, by its name in lower case."""
    described = get_command_info(name.encode())
    flags = set() if described is None else set(described[2])
    return Kind(
        reads=b"readonly" in flags or name in READ_TOO,
        writes=b"write" in flags,
        takes_memory=b"denyoom" in flags,
        touches=name not in NO_TOUCH,
    )


@lru_cache(maxsize=512)
def is_missing(name: str) -> bool:
    """Whether a node of ElastiCache does not know a command that fakeredis has."""
    return name in RESTRICTED or name in MISSING or name.startswith(MISSING_PREFIXES)


def is_known(name: str) -> bool:
    """Whether a node answers a command of this name, in any case."""
    name = name.lower()
    if name.partition(" ")[0] in OWN:
        return True
    return name in SUPPORTED_COMMANDS and not is_missing(name)


def keys_of(signature: Signature, arguments: list[Any]) -> list[bytes]:
    """The keys among a command's arguments."""
    types: list[Any] = list(signature.fixed)
    while signature.repeat and len(types) < len(arguments):
        types.extend(signature.repeat)
    return [
        argument
        for argument, of in zip(arguments, types, strict=False)
        if isinstance(of, Key) and isinstance(argument, bytes)
    ]


def first_key(name: str, fields: list[bytes]) -> str:
    """The key that a command names first, for people to read; empty where it has none."""
    place = 1 + name.count(" ")
    described = get_command_info(name.encode())
    if name in ("eval", "evalsha"):
        place = 3
    elif described is None or not described[3]:
        return ""
    return fields[place].decode(errors="replace") if place < len(fields) else ""


def by_family(counted: Mapping[str, int]) -> Counter[str]:
    """Commands as ElastiCache's metrics sum them up: `get`, `set` and `key`-based ones.

    "Metrics for Valkey and Redis OSS": commands that act upon keys whatever they hold are
    key-based; of the others with keys, those that only read are of the get type.
    """
    families: Counter[str] = Counter()
    for name, count in counted.items():
        described = get_command_info(name.encode())
        if described is None or not described[3]:
            continue
        if b"@keyspace" in described[6]:
            families["key"] += count
        else:
            families["set" if kind(name).writes else "get"] += count
    return families
