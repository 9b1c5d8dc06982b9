"""The way between a redis client and a node: a socket whose other end is inside this process.

redis-py connects, writes and reads as it does everywhere; `Wire` takes the bytes of its commands,
lets the time of the way pass, has the node's session carry them out, and hands the replies back as
bytes. What a client sends at once (a pipeline) goes there at once. AWS promises no latency; the
median is of the order that clients in the same zone see ("sub-millisecond").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol
from weakref import WeakSet

from fakeredis._socket._resp import extract_command

from course.account import waiting
from course.account.caches import commands
from course.account.caches.measuring import Measuring
from course.account.errors import AccountClosed
from course.account.faults import CACHE, CONNECT_TIMEOUT, CONNECTION_RESET, READ_TIMEOUT, Trouble
from course.account.region import Region

# Milliseconds of one way, and how much they vary; whoever has no meter spends whole milliseconds.
ONE_WAY, SPREAD = 0.2, 0.25
AT_TOP_LEVEL = 1.0
# A socket that is not told how long to wait; redis-py's own default is about as long.
DEFAULT_TIMEOUT = 5.0
READ_ONLY = "READONLY You can't write against a read only replica."
_OTHER_ACCOUNT = (
    "this client's cache belongs to an account that is closed, or not the one that answers now: "
    "make a client with account.cache of the account in use."
)


class Session(Protocol):
    """What a server keeps for one connection."""

    def process(self, fields: list[bytes]) -> None:
        """Carry out one command."""

    def refuse(self, error: str) -> None:
        """Answer a command with an error instead."""

    def replies(self, timeout: float | None) -> bytes:
        """What there is to read; empty for nothing yet."""

    def close(self) -> None:
        """The client is gone."""


class Server(Protocol):
    """What a client of an endpoint talks to."""

    measuring: Measuring | None

    def session(self) -> Session:
        """Begin a connection."""

    def limit(self, maxmemory: int | None = None, policy: str | None = None) -> None:
        """Set how much memory there is for data, and what goes when it is full."""

    def empty(self) -> None:
        """Lose all data."""

    def drop(self) -> None:
        """The cluster is no more."""

    def sweep(self) -> None:
        """Let go what has expired."""

    def reading(self) -> Any:
        """Its counters and gauges."""


@dataclass(eq=False)
class Endpoint:
    """An address that clients connect to.

    read_only: it leads to a replica. down: why nobody answers there, None if somebody does.
    """

    address: str
    port: int
    cluster: str
    node: Server
    region: Region
    rng: Random
    read_only: bool = False
    down: str | None = None
    wires: WeakSet[Wire] = field(default_factory=WeakSet)

    def cut(self) -> None:
        """Break the connections that there are."""
        for wire in list(self.wires):
            wire.close()

    def must_be_open(self) -> None:
        """AccountClosed unless it is this account that answers."""
        if not waiting.is_spending(self.region.clock):
            raise AccountClosed(_OTHER_ACCOUNT)

    def trouble(self, command: str, key: str = "") -> Trouble | None:
        """What the account's faults do to a command."""
        asked = {"CacheClusterId": self.cluster, "Key": key}
        return self.region.faults.trouble(CACHE, command, lambda: asked)

    def travel(self, *, there: bool) -> None:
        """Let the time of one way pass; at top level, a whole millisecond for both."""
        running = waiting.current()
        if running is None:
            waiting.spend(AT_TOP_LEVEL if there else 0)
            return
        rng = waiting.rng(self.rng)
        waiting.spend(ONE_WAY * rng.lognormvariate(0, SPREAD))


class Wire:
    """What a redis connection needs of a socket."""

    def __init__(self, endpoint: Endpoint, timeout: float | None) -> None:
        self._endpoint = endpoint
        self._session: Session | None = endpoint.node.session()
        endpoint.wires.add(self)
        self._timeout = timeout
        self._sent = b""
        self._asked: list[tuple[str, str]] = []
        self._since = 0.0
        self._is_out = False
        self._lost: float | None = None

    # -- what redis-py calls ---------------------------------------------------------------------

    def sendall(self, data: Any) -> None:
        """Take bytes of commands; complete ones are carried out."""
        self._endpoint.must_be_open()
        found, self._sent = _commands(self._sent + bytes(data))
        if not found:
            return
        named = [(_name(fields), fields) for fields in found]
        if not self._is_out and any(name not in commands.GREETINGS for name, _ in named):
            self._since = _now(self._endpoint)
            self._is_out = True
            if self._endpoint.node.measuring is not None:
                self._endpoint.node.measuring.wake()
            self._endpoint.travel(there=True)
        for name, fields in named:
            self._carry_out(name, fields)

    def recv(self, _: int) -> bytes:
        """The replies so far; TimeoutError when none comes in time."""
        self._endpoint.must_be_open()
        if self._session is None:
            return b""
        if self._lost is not None:
            self._run_out_of_time(self._lost)
        replies = self._replies()
        if self._is_out and replies:
            self._come_back()
        if not replies and self._session is not None:
            replies = self._replies_within(self._timeout)
        return replies

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds

    def gettimeout(self) -> float | None:
        return self._timeout

    def getpeername(self) -> tuple[str, int]:
        return "10.0.0.1", self._endpoint.port

    def getsockname(self) -> tuple[str, int]:
        return "10.0.0.2", 50_000

    def shutdown(self, _: int) -> None:
        self.close()

    def close(self) -> None:
        """End the session; a second time changes nothing."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    # -- what happens on the way -----------------------------------------------------------------

    def _carry_out(self, name: str, fields: list[bytes]) -> None:
        key = commands.first_key(name, fields)
        trouble = None if name in commands.GREETINGS else self._endpoint.trouble(name.upper(), key)
        if trouble is not None and trouble.error in (CONNECT_TIMEOUT, CONNECTION_RESET):
            waiting.spend(trouble.latency)
            self.close()
            raise ConnectionResetError("Connection reset by peer")
        if self._session is None or self._endpoint.down:
            self.close()
            raise ConnectionResetError(self._endpoint.down or "Connection reset by peer")
        if trouble is not None and trouble.error not in (None, READ_TIMEOUT):
            self._session.refuse(f"{trouble.error} {trouble.message}")
        elif self._endpoint.read_only and commands.kind(name).writes:
            self._session.refuse(READ_ONLY)
        else:
            self._session.process(fields)
        if name not in commands.GREETINGS:
            self._asked.append((name.upper(), key))
        if trouble is not None:
            self._hold_up(trouble)

    def _hold_up(self, trouble: Trouble) -> None:
        """Let an answer be late, or get lost."""
        patience = DEFAULT_TIMEOUT if self._timeout is None else self._timeout
        if trouble.error == READ_TIMEOUT or trouble.latency > patience * 1000:
            self._lost = patience
        else:
            waiting.spend(trouble.latency)

    def _run_out_of_time(self, seconds: float) -> None:
        waiting.spend(seconds * 1000)
        self._note()
        raise TimeoutError("timed out")

    def _come_back(self) -> None:
        self._is_out = False
        self._endpoint.travel(there=False)
        self._note()

    def _note(self) -> None:
        for name, key in self._asked:
            waiting.note(name, key, self._since)
        self._asked.clear()

    def _replies(self) -> bytes:
        return b"" if self._session is None else self._session.replies(self._timeout)

    def _replies_within(self, seconds: float | None) -> bytes:
        """What others publish meanwhile; TimeoutError when nothing comes."""
        waited, step = 0.0, 10.0
        patience = DEFAULT_TIMEOUT * 1000 if seconds is None else seconds * 1000
        while waited < patience:
            waiting.spend(min(step, patience - waited))
            waited += step
            replies = self._replies()
            if replies:
                return replies
        raise TimeoutError("timed out")


def _commands(sent: bytes) -> tuple[list[list[bytes]], bytes]:
    """The complete commands in what was sent, and the rest."""
    found: list[list[bytes]] = []
    begin = 0
    while True:
        parsed = _command(sent, begin)
        if parsed is None:
            return found, sent[begin:]
        fields, begin = parsed
        found.append(fields)


def _command(sent: bytes, at: int) -> tuple[list[bytes], int] | None:
    """One command from a place on, an array of bulk strings, and where it ends."""
    end = sent.find(b"\r\n", at)
    if end < 0:
        return None
    count, at = int(sent[at + 1 : end]), end + 2
    fields = []
    for _ in range(count):
        end = sent.find(b"\r\n", at)
        if end < 0:
            return None
        length, at = int(sent[at + 1 : end]), end + 2
        if len(sent) < at + length + 2:
            return None
        fields.append(sent[at : at + length])
        at += length + 2
    return fields, at


def _name(fields: list[bytes]) -> str:
    return str(extract_command(fields)[0])


def _now(endpoint: Endpoint) -> float:
    running = waiting.current()
    return endpoint.region.now if running is None else running.now
