"""Several processes at once, in one process: tasks that take turns where time passes.

`Account.together` runs functions as if each were a client process of its own. Each has a thread,
but one runs at a time: a task that waits (for a cache, for AWS, in `time.sleep`) has an instant at
which it goes on, and the one with the earliest instant is next; ties, and the order in which they
begin, are drawn from the seed. The account's clock follows, with everything that falls due
meanwhile. So two hundred readers that meet an expired key take no real waiting, and the same seed
on the same account gives the same order of events.

A task that crashes or is stopped goes on only to unwind: whatever it then asks of a cache or of AWS
raises again, as nothing that a dead process would still do may have an effect. What is left out:
threads of a task, and functions that wait in other ways than `time.sleep` (asyncio, a `sleep` bound
before the first account was opened). A task that waits for another by a lock of Python's would wait
for ever, as the other gets no turn; that, and a loop without end, is refused after PATIENCE real
seconds.
"""

from __future__ import annotations

import contextvars
import heapq
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, NoReturn

from course.account import waiting
from course.account.errors import NotSimulated
from course.account.waiting import Meter, Spender

Function = Callable[[], Any]
# How many times all tasks together may wait: a loop that never sleeps must end, too.
MOST_TURNS = 100_000
PATIENCE = 5.0
STARTED, RETURNED, RAISED, CRASHED, STOPPED = "start", "return", "raise", "crash", "stop"
_NO_TASK = "account.crash() ends the task that calls it, inside a function given to together()."
_STUCK = "neither waiting on the account's clock nor done"


class Crashed(BaseException):
    """The process of a task ended on the spot; no `except Exception` of it notices."""


@dataclass
class Together:
    """What came of tasks that ran at the same time; lists in the order of the functions.

    results: what each returned; errors: the exception of each, or None. timeline: a row for each
    thing that took time, with ms (since all began), task, what, detail and took_ms. ms: how long it
    took until the last one ended.
    """

    results: list[Any]
    errors: list[BaseException | None]
    timeline: list[dict[str, Any]] = field(repr=False)
    ms: float

    @property
    def counts(self) -> dict[str, int]:
        """How often what was done: cache commands, AWS operations, sleeps."""
        marks = (STARTED, RETURNED, RAISED, CRASHED, STOPPED)
        return dict(Counter(row["what"] for row in self.timeline if row["what"] not in marks))


class Task(Meter):
    """One function, its thread, and the instant that it has got to."""

    def __init__(self, number: int, function: Function, start: float, run: Run) -> None:
        self.number = number
        self.start, self.elapsed, self.limit = 0, start, float("inf")
        self.is_open = True
        self.run = run
        self.rng = run.rng
        self.result: Any = None
        self.error: BaseException | None = None
        self.ended_by: BaseException | None = None
        self.is_lost = False
        self.turn = _held()
        self._function = function
        self._thread: threading.Thread | None = None

    def add(self, milliseconds: float) -> None:
        """Let others go first until so much time has passed."""
        self.must_be_open()
        self.elapsed += milliseconds
        with waiting.turns().released():
            self.run.line_up(self)
            self.run.baton.release()
            self.turn.acquire()
        self.must_be_open()

    def must_be_open(self) -> None:
        if self.ended_by is not None:
            raise self.ended_by

    def close(self) -> None:
        """Its time ends with its function."""

    def note(self, what: str, detail: str, since: float) -> None:
        self.run.record(self, what, detail, since)

    @property
    def has_begun(self) -> bool:
        """Whether its function was ever called."""
        return self._thread is not None

    def take_turn(self) -> None:
        """Run until the function waits, or ends."""
        if self._thread is None:
            context = contextvars.copy_context()
            self._thread = threading.Thread(target=context.run, args=(self._body,), daemon=True)
            _start_thread(self._thread)
        else:
            self.turn.release()
        if not self._gives_back():
            self.is_lost = True
            self.ended_by = _Stopped(_STUCK)
            raise NotSimulated(
                f"what task {self.number} of together() waits for",
                "Use a lock in the cache and time.sleep; processes share no lock of Python's.",
                reason="does not pass on the account's clock.",
            )

    def _gives_back(self) -> bool:
        """Whether the baton comes back in time; an interruption lets no second task run as well."""
        try:
            return self.run.baton.acquire(timeout=PATIENCE)
        except BaseException:
            self.is_lost = not self.run.baton.acquire(timeout=PATIENCE)
            raise

    def _body(self) -> None:
        waiting.follow(lambda: self)
        self.note(STARTED, "", self.elapsed)
        try:
            self.result = self._function()
            self.note(RETURNED, "", self.elapsed)
        except BaseException as error:
            self._end(error)
        finally:
            waiting.follows_nobody()
            if not self.is_lost:
                self.run.baton.release()

    def _end(self, error: BaseException) -> None:
        """Keep why it ended; what it raised while it was unwound does not count."""
        if isinstance(self.ended_by, _Stopped):
            self.error = TimeoutError(str(self.ended_by))
            self.note(STOPPED, "", self.elapsed)
            return
        self.error = self.ended_by or error
        crashed = self.ended_by is not None
        self.note(CRASHED if crashed else RAISED, type(self.error).__name__, self.elapsed)


class _Stopped(BaseException):
    """The time of all tasks is over."""


class Run:
    """The tasks of one call of `together`."""

    def __init__(self, spender: Spender, seed: int, limit: float) -> None:
        self.rng = Random(f"together {seed}")
        self.baton = _held()
        self.timeline: list[dict[str, Any]] = []
        self._spender = spender
        self._begin = spender.clock.now
        self._limit = limit * 1000
        self._line: list[tuple[float, float, int, Task]] = []
        self._turns = 0

    def carry_out(self, functions: Sequence[Function], starts: Sequence[float]) -> Together:
        """Run the functions, each from its start (ms from now) on."""
        begin = self._begin
        tasks = [
            Task(number, function, begin + start, self)
            for number, (function, start) in enumerate(zip(functions, starts, strict=True))
        ]
        for task in tasks:
            self.line_up(task)
        with _virtual_time():
            try:
                self._until_all_have_ended()
            except BaseException:
                self._stop_all("interrupted")
                raise
        self.timeline.sort(key=lambda row: row["ms"])
        return Together(
            [task.result for task in tasks],
            [task.error for task in tasks],
            self.timeline,
            round(max((task.elapsed for task in tasks), default=begin) - begin, 3),
        )

    def line_up(self, task: Task) -> None:
        """Put a task where its instant is; who comes at the same instant is drawn."""
        heapq.heappush(self._line, (task.elapsed, self.rng.random(), task.number, task))

    def record(self, task: Task, what: str, detail: str, since: float) -> None:
        """Note what a task waited for."""
        row = {
            "ms": round(since - self._begin, 3),
            "task": task.number,
            "what": what,
            "detail": detail,
            "took_ms": round(task.elapsed - since, 3),
        }
        self.timeline.append(row)

    def _until_all_have_ended(self) -> None:
        while self._line:
            at, _, _, task = heapq.heappop(self._line)
            self._turns += 1
            if at - self._begin > self._limit:
                self._stop(task, f"still running after {self._limit / 1000:g} s")
            elif self._turns > MOST_TURNS:
                self._stop(task, f"still running after {MOST_TURNS:,} turns of all tasks")
            else:
                self._pass_time_until(at)
                task.take_turn()

    def _pass_time_until(self, at: float) -> None:
        late = int(at) - self._spender.clock.now
        if late > 0:
            self._spender.pass_time(late)

    def _stop(self, task: Task, why: str) -> None:
        """Let a task unwind; one that has not begun never does."""
        task.elapsed = min(task.elapsed, self._begin + self._limit)
        if not task.has_begun:
            task.error = TimeoutError(why)
            return
        if task.ended_by is None:
            task.ended_by = _Stopped(why)
        task.take_turn()

    def _stop_all(self, why: str) -> None:
        while self._line:
            *_, task = heapq.heappop(self._line)
            self._stop(task, why)


def run(
    spender: Spender,
    functions: Sequence[Function],
    *,
    seed: int,
    starts: Sequence[float] | None,
    limit: float,
) -> Together:
    """See `Account.together`."""
    if waiting.current() is not None:
        raise NotSimulated("together() inside a function that is running", "Call it at top level.")
    functions = list(functions)
    if not all(map(callable, functions)):
        raise TypeError("together takes functions without arguments, not what they returned.")
    given = [0.0] * len(functions) if starts is None else [float(start) for start in starts]
    if len(given) != len(functions) or any(start < 0 for start in given):
        raise ValueError("starts: one number of ms from now on for each function.")
    return Run(spender, seed, limit).carry_out(functions, given)


def crash() -> NoReturn:
    """See `Account.crash`."""
    running = waiting.current()
    if not isinstance(running, Task):
        raise NotSimulated("crash()", _NO_TASK, reason="has no process to end here.")
    running.ended_by = Crashed("its process ended")
    raise running.ended_by


def _held() -> threading.Lock:
    """A lock that somebody else releases when it is one's turn."""
    lock = threading.Lock()
    lock.acquire()
    return lock


_start_thread = threading.Thread.start


@contextmanager
def _virtual_time() -> Iterator[None]:
    """What tasks see of clocks, and of starting threads; other threads notice nothing.

    `time.sleep` needs nothing here: it spends the time of whoever runs (see `retries`).
    """
    before = time.monotonic, time.perf_counter, threading.Thread.start
    monotonic, perf_counter, start = before

    def begin(thread: threading.Thread) -> None:
        if isinstance(waiting.current(), Task):
            raise NotSimulated("a thread of a task", "Give together() one more function.")
        start(thread)

    def reading(original: Callable[[], float]) -> Callable[[], float]:
        def read() -> float:
            task = waiting.current()
            return task.now / 1000 if isinstance(task, Task) else original()

        return read

    vars(time).update(monotonic=reading(monotonic), perf_counter=reading(perf_counter))
    vars(threading)["Thread"].start = begin
    try:
        yield
    finally:
        vars(time).update(monotonic=monotonic, perf_counter=perf_counter)
        vars(threading)["Thread"].start = start
