"""A real server in the place of a node: `COURSE_REDIS_URL`.

Clients reach it through the same endpoints, so that faults, the timeline of tasks and the control
plane work; each node has a database of the server to itself, emptied first. What belongs to the
server is real: its expiries run on real time and not on the account's clock; maxmemory counts on
top of what the server used when the node was made. Metrics are read from its INFO.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Mapping
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import redis

from course.account.caches import commands
from course.account.caches.measuring import Measuring
from course.account.caches.server import Reading
from course.account.errors import NotSimulated

# A server has 16 databases unless it is told otherwise; the first is left to whoever uses it.
DATABASES = 15
# How long a real answer may take, in real seconds.
PATIENCE = 5.0
_taken = count()


class RealNode:
    """One database of a real server."""

    def __init__(self, name: str, engine: str, url: str) -> None:
        self.name = name
        self.engine = engine
        self.measuring: Measuring | None = None
        self._address = urlsplit(url)
        self._number = next(_taken) % DATABASES + 1
        self._control = redis.Redis.from_url(url, db=self._number, decode_responses=True)
        self._control.flushdb()
        self._base: int = self._info()["used_memory"]

    def session(self) -> RealSession:
        """Begin a connection."""
        address = self._address
        return RealSession(
            (address.hostname or "localhost", address.port or 6379),
            address.password,
            self._number,
        )

    def limit(self, maxmemory: int | None = None, policy: str | None = None) -> None:
        """Set how much memory there is for data, and what goes when it is full."""
        if maxmemory is not None:
            self._control.config_set("maxmemory", self._base + maxmemory)
        if policy is not None:
            self._control.config_set("maxmemory-policy", policy)

    def sweep(self) -> None:
        """The server lets go by itself what has expired."""

    def empty(self) -> None:
        """Lose all data, as a reboot does."""
        self._control.flushdb()

    def drop(self) -> None:
        """The cluster is no more."""
        self.empty()
        self._control.close()

    def reading(self) -> Reading:
        """What can be read off it now; of its counters, those of all its databases."""
        info, stats = self._info(), self._control.info("commandstats")
        families = commands.by_family(
            {name.removeprefix("cmdstat_"): each["calls"] for name, each in stats.items()}
        )
        keys = self._control.info("keyspace").get(f"db{self._number}", {"keys": 0, "expires": 0})
        return Reading(
            hits=info["keyspace_hits"],
            misses=info["keyspace_misses"],
            evicted=info["evicted_keys"],
            expired=info["expired_keys"],
            gets=families["get"],
            sets=families["set"],
            key_based=families["key"],
            connections=info["total_connections_received"],
            connected=info["connected_clients"],
            items=keys["keys"],
            volatile=keys["expires"],
            used=max(0, info["used_memory"] - self._base),
            maxmemory=max(0, info["maxmemory"] - self._base),
            busy_us=float(sum(each["usec"] for each in stats.values())),
        )

    def _info(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._control.info()
        return found


class RealSession:
    """One connection to a real server."""

    def __init__(self, address: tuple[str, int], password: str | None, number: int) -> None:
        self._socket = socket.create_connection(address, PATIENCE)
        if password:
            self._ask(b"AUTH", password.encode())
        self._ask(b"SELECT", str(number).encode())

    def _ask(self, *fields: bytes) -> None:
        self.process(list(fields))
        answer = self.replies(PATIENCE)
        if not answer.startswith(b"+OK"):
            raise ConnectionRefusedError(answer.decode(errors="replace").strip())

    def process(self, fields: list[bytes]) -> None:
        """Carry out one command."""
        parts = [b"*%d\r\n" % len(fields), *(b"$%d\r\n%s\r\n" % (len(f), f) for f in fields)]
        self._socket.sendall(b"".join(parts))

    def refuse(self, error: str) -> None:
        """A real server's answers cannot be replaced."""
        raise NotSimulated(
            f"the error {error.partition(' ')[0]} on a real server",
            "Ask for a fault of the connection, or unset COURSE_REDIS_URL.",
        )

    def replies(self, timeout: float | None) -> bytes:
        """What there is to read, after some real waiting unless the client does not wait."""
        readable, _, _ = select.select([self._socket], [], [], 0 if timeout == 0 else PATIENCE)
        return self._socket.recv(65_536) if readable else b""

    def close(self) -> None:
        """The client is gone."""
        self._socket.close()
