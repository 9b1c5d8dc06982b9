"""Where the time goes: how a call's duration passes on the account's clock, without real waiting.

A student's own synchronous call takes as long as it would on AWS: `spend` advances the clock of the
open account, with everything that falls due meanwhile. Inside a running function or integration a
`meter` is open; then `spend` only adds to what that invocation has taken, and moves the time of day
that its code sees. The clock goes back when the meter closes, since others were running meanwhile.
What the account does by itself while the clock passes (deliveries, retries) takes no time of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from random import Random
from typing import Protocol

from course.account.clock import Clock
from course.account.errors import AccountClosed
from course.account.turns import Turns


class OutOfTime(BaseException):
    """The limit of a meter was reached; no `except Exception` of a handler holds it up."""


class Spender(Protocol):
    """Whose clock it is: the open account."""

    clock: Clock
    turns: Turns

    def pass_time(self, milliseconds: int) -> None:
        """Let the clock run on, unless it is running already."""


class Meter:
    """What one invocation has taken so far, in ms since `start` (epoch ms)."""

    def __init__(self, clock: Clock, limit: float = inf, start: int | None = None) -> None:
        self.start = clock.now if start is None else start
        self.elapsed = 0.0
        self.limit = limit
        self.is_open = True
        self._clock = clock
        self._outside = clock.now
        clock.move_to(self.start)

    @property
    def now(self) -> float:
        """The time that the running code has got to, epoch ms."""
        return self.start + self.elapsed

    @property
    def remaining(self) -> float:
        """Milliseconds up to the limit."""
        return self.limit - self.elapsed

    def add(self, milliseconds: float) -> None:
        """Let time pass for this invocation alone; OutOfTime at the limit."""
        self.must_be_open()
        self.elapsed = min(self.elapsed + milliseconds, self.limit)
        self._clock.move_to(self.start + int(self.elapsed))
        if self.elapsed >= self.limit:
            raise OutOfTime

    def must_be_open(self) -> None:
        """OutOfTime for code that goes on after its invocation has ended."""
        if not self.is_open:
            raise OutOfTime

    def note(self, what: str, detail: str, since: float) -> None:
        """Hear of what was waited for; here nobody keeps a record of it."""

    def close(self) -> None:
        """Put the clock back to where the others are; closing twice is fine."""
        if self.is_open:
            self.is_open = False
            self._clock.move_to(self._outside)


class Branch(Meter):
    """The time of a thread beside the one that holds `trunk`: they pass at the same time.

    start: ms of the invocation at which it begins, if not with what the trunk has taken so far.
    """

    def __init__(self, trunk: Meter, start: float | None = None) -> None:
        self.start, self.limit = trunk.start, trunk.limit
        self.elapsed = trunk.elapsed if start is None else start
        self.is_open = True
        self.trunk = trunk
        self._clock = trunk._clock
        self._outside = trunk._outside

    def must_be_open(self) -> None:
        self.trunk.must_be_open()


class _Thread(threading.local):
    """The meters that are open in a thread, and where a thread without one finds its parent's."""

    def __init__(self) -> None:
        self.meters: list[Meter] = []
        self.parent: Callable[[], Meter] | None = None


_thread = _Thread()
_spender: Spender | None = None


def serve(spender: Spender | None) -> None:
    """Say whose clock it is from now on."""
    global _spender
    _spender = spender


def follow(parent: Callable[[], Meter]) -> None:
    """Let this thread spend the time of whoever started it."""
    _thread.parent = parent


def follows_nobody() -> None:
    """Let this thread spend time of its own again."""
    _thread.parent = None


def has_account() -> bool:
    """Whether an account is open whose time could pass."""
    return _spender is not None


def is_spending(clock: Clock) -> bool:
    """Whether it is this clock's account that is open, and answers."""
    return _spender is not None and _spender.clock is clock


def current() -> Meter | None:
    """The meter of the code that runs in this thread; None at top level."""
    if _thread.meters:
        return _thread.meters[-1]
    return _thread.parent() if _thread.parent is not None else None


def _spending() -> Spender:
    if _spender is None:
        raise AccountClosed("no account is open whose time could pass.")
    return _spender


def turns() -> Turns:
    """The open account's lock, which a running function gives back."""
    return _spending().turns


@contextmanager
def meter(limit: float = inf, start: int | None = None) -> Iterator[Meter]:
    """Count what the block spends instead of advancing the account; needs an open account.

    start: when the block begins, if not now (epoch ms).
    """
    opened = Meter(_spending().clock, limit, start)
    _thread.meters.append(opened)
    try:
        yield opened
    finally:
        _thread.meters.remove(opened)
        opened.close()


def spend(milliseconds: float) -> None:
    """Let so much time pass for whoever runs in this thread; fractions count in a meter only."""
    if milliseconds <= 0:
        return
    running = current()
    if running is not None:
        running.add(milliseconds)
    elif _spender is not None:
        _spender.pass_time(-int(-milliseconds // 1))


def note(what: str, detail: str, since: float) -> None:
    """Say what whoever runs in this thread has waited for, since an instant (epoch ms)."""
    running = current()
    if running is not None:
        running.note(what, detail, since)


def rng(otherwise: Random) -> Random:
    """What latencies are drawn from: a run of tasks brings a seed of its own."""
    found: Random = getattr(current(), "rng", otherwise)
    return found


def catch_up(elapsed: float) -> None:
    """Let whoever runs in this thread have waited until so many ms of the invocation had passed."""
    running = current()
    if running is not None and elapsed > running.elapsed:
        running.add(elapsed - running.elapsed)
