"""Threads of a function: whose they are, and how their times pass beside each other.

A thread's time begins when it is started and passes on its own; whoever joins it, or takes the
result of a future, has then waited for as long. The workers of a thread pool take one task after
another in virtual time, as many at once as the pool has workers, whatever the real threads do. What
threads tell each other in other ways (queues, events) takes no time here.

A thread that is still there when the handler returns is frozen on Lambda, together with its
environment; here it ends when it next sleeps or calls AWS while its environment is not running.
What several threads do at the same time has no fixed order: such a function need not repeat to the
byte.
"""

from __future__ import annotations

import contextvars
import heapq
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from course.account import waiting
from course.account.waiting import Branch, Meter, OutOfTime


class Frozen(SystemExit):
    """Ends a thread whose execution environment is not running."""


class Inhabited(Protocol):
    """The execution environment that a thread belongs to."""

    meter: Meter | None

    def printed(self, text: str) -> None:
        """Take what was written to standard output or standard error."""


class TimeOfThread:
    """The time that a thread spends, in whichever invocation it runs."""

    def __init__(self, inhabited: Inhabited, start: float | None) -> None:
        self._inhabited = inhabited
        self._branch = None if inhabited.meter is None else Branch(inhabited.meter, start)

    def branch(self) -> Branch:
        """Its branch of the invocation that is running; Frozen when none is."""
        running = self._inhabited.meter
        if running is None:
            raise Frozen
        if self._branch is None or self._branch.trunk is not running:
            self._branch = Branch(running, None)
        return self._branch

    @property
    def elapsed(self) -> float:
        return 0.0 if self._branch is None else self._branch.elapsed


# The times of the threads of functions, and the tasks behind the futures of their pools.
_times: WeakKeyDictionary[threading.Thread, TimeOfThread] = WeakKeyDictionary()
_tasks: WeakKeyDictionary[Future[Any], _Timed] = WeakKeyDictionary()
# When each worker of a pool is free again.
_workers: WeakKeyDictionary[ThreadPoolExecutor, list[float]] = WeakKeyDictionary()
_lock = threading.Lock()
_originals: dict[str, Any] = {}
Inside = Callable[[], Inhabited | None]
Enter = Callable[[Inhabited, Callable[[], None]], None]


def install(inside: Inside, enter: Enter) -> None:
    """Replace how threads start and are waited for.

    inside: the environment of the calling thread. enter: runs something as a part of one.
    """
    _originals.update(
        start=threading.Thread.start,
        join=threading.Thread.join,
        submit=ThreadPoolExecutor.submit,
        result=Future.result,
    )

    def start(thread: threading.Thread) -> None:
        inhabited = inside()
        if inhabited is not None:
            _adopt(thread, inhabited, enter)
        _originals["start"](thread)

    def submit(
        pool: ThreadPoolExecutor, task: Callable[..., Any], /, *args: Any, **options: Any
    ) -> Future[Any]:
        if inside() is not None:
            task = _timed(pool, task)
        found: Future[Any] = _originals["submit"](pool, task, *args, **options)
        if isinstance(task, _Timed):
            _tasks[found] = task
        return found

    vars(threading)["Thread"].start = start
    vars(threading)["Thread"].join = _join
    ThreadPoolExecutor.submit = submit  # type: ignore[method-assign, assignment]
    Future.result = _result  # type: ignore[method-assign, assignment]


def remove() -> None:
    """Put back what was replaced."""
    vars(threading)["Thread"].start = _originals["start"]
    vars(threading)["Thread"].join = _originals["join"]
    ThreadPoolExecutor.submit = _originals["submit"]  # type: ignore[method-assign]
    Future.result = _originals["result"]  # type: ignore[method-assign]


def _adopt(thread: threading.Thread, inhabited: Inhabited, enter: Enter) -> None:
    """Let a thread belong to the environment of whoever starts it."""
    running = waiting.current()
    time = TimeOfThread(inhabited, None if running is None else running.elapsed)
    _times[thread] = time
    run, context = thread.run, contextvars.copy_context()

    def body() -> None:
        waiting.follow(time.branch)
        try:
            run()
        except (OutOfTime, Frozen):
            pass
        except Exception:
            inhabited.printed(traceback.format_exc())

    thread.daemon = True
    thread.run = lambda: context.run(enter, inhabited, body)  # type: ignore[method-assign]


def _join(thread: threading.Thread, timeout: float | None = None) -> None:
    _originals["join"](thread, timeout)
    if thread in _times and not thread.is_alive():
        waiting.catch_up(_times[thread].elapsed)


def _result(future: Future[Any], timeout: float | None = None) -> Any:
    try:
        return _originals["result"](future, timeout)
    finally:
        if future in _tasks:
            waiting.catch_up(_tasks[future].ended)


def _timed(pool: ThreadPoolExecutor, task: Callable[..., Any]) -> _Timed:
    running = waiting.current()
    return _Timed(pool, task, 0.0 if running is None else running.elapsed)


class _Timed:
    """A task of a pool, in the virtual time of its workers."""

    def __init__(
        self, pool: ThreadPoolExecutor, task: Callable[..., Any], submitted: float
    ) -> None:
        self._pool = pool
        self._task = task
        self._submitted = submitted
        self.ended = 0.0

    def __call__(self, *args: Any, **options: Any) -> Any:
        running = waiting.current()
        if running is None:
            return self._task(*args, **options)
        with _lock:
            free = _workers.setdefault(self._pool, [0.0] * self._pool._max_workers)
            running.elapsed = max(heapq.heappop(free), self._submitted)
        try:
            return self._task(*args, **options)
        finally:
            self.ended = running.elapsed
            with _lock:
                heapq.heappush(free, running.elapsed)
