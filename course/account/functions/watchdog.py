"""Real time for running functions: one that never returns is stopped, as at its time-out.

A function that computes for ever uses no virtual time, so its time-out would never come. After
`PATIENCE` real seconds it is interrupted, again and again until it gives up: by a timer signal in
the main thread (where a notebook's cells run), which also ends waiting for a lock or a process; by
an asynchronous exception in another thread, which ends computing alone.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from types import FrameType

from course.account.waiting import OutOfTime

PATIENCE = 5.0
AGAIN = 0.02
SOON = 0.001
_watched: set[int] = set()


@contextmanager
def watching() -> Iterator[None]:
    """Stop the block with OutOfTime when it takes too long; a block inside a block is covered."""
    ident = threading.get_ident()
    if ident in _watched:
        yield
        return
    _watched.add(ident)
    watch = _by_signal if threading.current_thread() is threading.main_thread() else _by_thread
    try:
        with watch(ident):
            yield
    finally:
        _watched.discard(ident)


@contextmanager
def _by_signal(ident: int) -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, _interrupt)
    left, again = signal.setitimer(signal.ITIMER_REAL, PATIENCE, AGAIN)
    since = perf_counter()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:  # somebody else's alarm, which is nearer by what this took
            left = max(left - (perf_counter() - since), SOON)
            signal.setitimer(signal.ITIMER_REAL, left, again)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise OutOfTime


@contextmanager
def _by_thread(ident: int) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        patience = PATIENCE
        while not over.wait(patience):
            _interrupt_thread(ident)
            patience = AGAIN

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        watcher.start()
        yield
    finally:
        _end(watcher, over, ident)


def _end(watcher: threading.Thread, over: threading.Event, ident: int) -> None:
    """Stop interrupting this thread, with no interruption left on its way.

    Taking one back would leave Python 3.11 looking for it for ever, in all threads, and a function
    that is traced then never begins. So there is always a last one, and it is waited for.
    """
    is_last = False
    while not is_last:
        try:
            over.set()
            watcher.join()
            is_last = True
            _interrupt_thread(ident)
            while True:
                pass
        except OutOfTime:
            pass


def _interrupt_thread(ident: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(OutOfTime))
