"""One node of ElastiCache: a server of fakeredis that counts, keeps to its memory, and informs.

fakeredis has the commands; a node adds what a cache is judged by: hits and misses, evictions by
maxmemory-policy, INFO, MEMORY USAGE, OBJECT and CLUSTER KEYSLOT. As on a real server, a full node
lets keys go before and after it carries out a command; a write that finds no room is refused with
OOM. Commands that ElastiCache restricts are unknown.
"""

from __future__ import annotations

import queue
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from random import Random
from typing import Any

from fakeredis import FakeServer
from fakeredis._clients._tcp_server import encode_reply
from fakeredis._commands import Signature
from fakeredis._core import _database
from fakeredis._helpers import SimpleError
from fakeredis._socket import FakeSocket
from fakeredis.commands_mixins import hash_mixin, sortedset_mixin
from fakeredis.model import _expiring_members_set
from redis import Redis

from course.account import waiting
from course.account.caches import commands, information
from course.account.caches.ledger import Ledger, Shelf
from course.account.caches.measuring import Measuring
from course.account.errors import NotSimulated
from course.telemetry.caches.slots import slot

OOM = "OOM command not allowed when used memory > 'maxmemory'."
# Engine -> version: what INFO and HELLO say, and which of fakeredis' servers answers.
VERSIONS = {"redis": "7.1.0", "valkey": "8.0.1"}
# What the engine's thread computes for one command, and for each key of it (µs).
COMMAND_US, KEY_US = 6.0, 2.0
# How often a blocked client looks whether there is something for it.
LOOK_EACH_MS = 10
# What SPOP, SRANDMEMBER and RANDOMKEY choose with; a new node begins it anew.
_chance = Random("node")
for _module in (_database, _expiring_members_set, hash_mixin, sortedset_mixin):
    vars(_module).update(random=_chance)
_NOTHING: Any = ()
_OWN = {name: Signature(name, f"own_{name}", _NOTHING, (bytes,)) for name in commands.OWN}


@dataclass(frozen=True)
class Reading:
    """The counters of a node since it was made, and its gauges."""

    hits: int
    misses: int
    evicted: int
    expired: int
    gets: int
    sets: int
    key_based: int
    connections: int
    connected: int
    items: int
    volatile: int
    used: int
    maxmemory: int
    busy_us: float


class Node(FakeServer):
    """The server of a node; its clients are `Session`s."""

    def __init__(self, name: str, engine: str) -> None:
        version = tuple(map(int, VERSIONS[engine].split(".")))
        super().__init__(version, "valkey" if engine == "valkey" else "redis")
        _chance.seed(f"node {engine}")
        self.name = name
        self.engine = engine
        self.ledger = Ledger(name)
        self.dbs = defaultdict(lambda: self.ledger.shelf(self.lock))
        self.started = time.time()
        self.hits = self.misses = self.connections = 0
        self.busy_us = 0.0
        self.commands: Counter[str] = Counter()
        self.measuring: Measuring | None = None

    def session(self) -> Session:
        """Begin a connection."""
        return Session(self)

    def reading(self) -> Reading:
        """What can be read off it now."""
        items, volatile = self.ledger.count()
        families = commands.by_family(self.commands)
        return Reading(
            hits=self.hits,
            misses=self.misses,
            evicted=self.ledger.evicted,
            expired=self.ledger.expired,
            gets=families["get"],
            sets=families["set"],
            key_based=families["key"],
            connections=self.connections,
            connected=len(self.sockets),
            items=items,
            volatile=volatile,
            used=self.ledger.used,
            maxmemory=self.ledger.maxmemory,
            busy_us=self.busy_us,
        )

    def note(self, name: str, hits: int, misses: int, keys: int) -> None:
        """Count one command that is carried out."""
        self.commands[name] += 1
        self.hits += hits
        self.misses += misses
        self.busy_us += COMMAND_US + KEY_US * keys

    def compute_us(self, calls: int) -> float:
        """What so many commands take of the engine's thread, whatever their keys."""
        return COMMAND_US * calls

    def sweep(self) -> None:
        """Let go what has expired by now."""
        with self.lock:
            self.ledger.sweep(time.time())

    def limit(self, maxmemory: int | None = None, policy: str | None = None) -> None:
        """Set how much memory there is for data, and what goes when it is full."""
        with self.lock:
            if maxmemory is not None:
                self.ledger.maxmemory = maxmemory
            if policy is not None:
                self.ledger.policy = policy
            self.ledger.make_room(time.time() * 1000)

    def empty(self) -> None:
        """Lose all data, as a reboot does."""
        with self.lock:
            for shelf in self.dbs.values():
                shelf.clear()
            self.script_cache.clear()

    def drop(self) -> None:
        """The cluster is no more."""
        self.empty()


class Session(FakeSocket):
    """What a node keeps for one connection."""

    _server: Node
    _db: Shelf

    def __init__(self, node: Node) -> None:
        super().__init__(node, 0, client_class=Redis)
        node.connections += 1

    def process(self, fields: list[bytes]) -> None:
        """Carry out one command."""
        self._process_command(fields)

    def refuse(self, error: str) -> None:
        """Answer a command with an error instead."""
        self.put_response(SimpleError(error))

    def replies(self, timeout: float | None) -> bytes:
        """What there is to read; nothing comes of waiting here."""
        encoded = []
        while self.responses is not None:
            try:
                reply = self.responses.get_nowait()
            except queue.Empty:
                break
            encoded.append(encode_reply(reply, self._client_info.protocol_version))
        return b"".join(encoded)

    def _name_to_func(self, cmd_name: str) -> tuple[Any, Signature]:
        if cmd_name in _OWN:
            return getattr(self, f"own_{cmd_name}"), _OWN[cmd_name]
        if commands.is_missing(cmd_name):
            raise self._unknown_command(cmd_name, "")
        return super()._name_to_func(cmd_name)

    def _run_command(self, func: Any, sig: Signature, args: list[Any], from_script: bool) -> Any:
        shelf, ledger, now = self._db, self._server.ledger, time.time()
        shelf.time = max(shelf.time, now)
        shelf.sweep()
        kind, keys = commands.kind(sig.name), commands.keys_of(sig, args)
        if not ledger.make_room(now * 1000) and kind.takes_memory:
            return SimpleError(OOM)
        found = sum(shelf.stored(key) is not None for key in keys)
        looked_up = len(keys) if kind.reads else 0
        self._server.note(
            sig.name, min(found, looked_up), looked_up - min(found, looked_up), len(keys)
        )
        result = super()._run_command(func, sig, args, from_script)
        self._account_for(shelf, kind, keys)
        return result

    def _blocking(self, timeout: Any, func: Any, shape: Any = None) -> Any:
        """Wait on the account's clock for what others push; `timeout` is in seconds."""
        found = func(True)
        waited = 0.0
        while found is None and not self._in_transaction and (not timeout or waited < timeout):
            self._server.lock.release()
            try:
                _wait(timeout)
            finally:
                self._server.lock.acquire()
            waited += LOOK_EACH_MS / 1000
            self._db.time = time.time()
            found = func(False)
        return found if shape is None else shape(found)

    def _account_for(self, shelf: Shelf, kind: commands.Kind, keys: list[bytes]) -> None:
        ledger = self._server.ledger
        for key in keys:
            if kind.touches and shelf.stored(key) is not None:
                ledger.touch(shelf, key)
            if kind.writes:
                ledger.weigh(shelf, key)
        if kind.writes:
            ledger.weigh_new(shelf)
            ledger.make_room(shelf.time * 1000)

    # -- commands that fakeredis does not have ---------------------------------------------------

    def hello(self, *args: bytes) -> dict[str, Any]:
        said: dict[str, Any] = super().hello(*args)
        return {**said, "server": self._server.engine, "version": VERSIONS[self._server.engine]}

    def own_info(self, *sections: bytes) -> bytes:
        self._server.ledger.sweep(time.time())
        return information.text(self._server, [each.decode().lower() for each in sections])

    def own_memory(self, *args: bytes) -> int | None:
        if not args or args[0].lower() != b"usage" or len(args) < 2:
            raise self._unknown_command("memory", " ".join(map(str, args)))
        return self._server.ledger.size(self._db, args[1])

    def own_object(self, *args: bytes) -> Any:
        asked = args[0].decode().lower() if len(args) == 2 else ""
        if asked not in ("idletime", "freq", "encoding", "refcount"):
            raise SimpleError("ERR Unknown subcommand or wrong number of arguments for 'object'.")
        refusal = information.refused(asked, self._server.ledger.policy)
        if refusal is not None:
            raise refusal
        item = self._db.stored(args[1])
        use = self._server.ledger.use(self._db, args[1])
        if item is None or use is None:
            return None
        return information.of_object(asked, item.value, use, self._db.time * 1000)

    def own_cluster(self, *args: bytes) -> int:
        if len(args) != 2 or args[0].lower() != b"keyslot":
            raise SimpleError("ERR This instance has cluster support disabled")
        return slot(args[1])


def _wait(timeout: float | None) -> None:
    if not timeout and waiting.current() is None:
        raise NotSimulated(
            "a blocking command without a time-out", "Give it one: nobody else can write meanwhile."
        )
    waiting.spend(LOOK_EACH_MS)
