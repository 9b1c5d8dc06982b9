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
    over, begun = threading.Event(), threading.Event()

    def interrupt() -> None:
        begun.set()
        while not over.wait(AGAIN):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(ident), ctypes.py_object(OutOfTime)
            )

    timer = threading.Timer(PATIENCE, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        over.set()
        timer.cancel()
        # An interruption that is on its way is taken back. Only then: after this call Python 3.11
        # looks for an exception for ever, and a function that is traced never begins.
        if begun.is_set():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), None)
