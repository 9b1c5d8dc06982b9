"""What a handler finds changed while it runs: output, sleeping, exiting, starting threads.

A function runs in this process, so what belongs to a process on Lambda is put in place around it
and taken away after: its standard output is its log, `time.sleep` spends virtual time, leaving the
process ends the execution environment and not the notebook. Other threads of the process notice
nothing: each replacement asks which environment the calling thread belongs to.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, Protocol, TextIO

from course.account import waiting
from course.account.functions import clients, loops, threads


class Exited(BaseException):
    """The code ended its process. status: the exit status; killed: by a signal."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Inhabited(threads.Inhabited, Protocol):
    """The execution environment that a thread belongs to."""

    trace: str | None
    inner: threading.Lock
    services: set[str]

    def work(self, cpu_ms: float, io_ms: float, memory_mb: float, spread: float) -> None:
        """Compute, wait and hold memory."""

    def reaches(self, service: str) -> bool:
        """Whether its code gets through to an AWS service."""


class _Thread(threading.local):
    environment: Inhabited | None = None


_thread = _Thread()
_lock = threading.Lock()
_open = 0
_originals: dict[str, Any] = {}


def environment() -> Inhabited | None:
    """The environment whose code runs in this thread; None outside of functions."""
    return _thread.environment


def trace() -> str | None:
    """The trace header that calls from this thread carry on."""
    return None if _thread.environment is None else _thread.environment.trace


@contextmanager
def inside(inhabited: Inhabited) -> Iterator[None]:
    """Let this thread belong to an environment, for the block."""
    before = _thread.environment
    _thread.environment = inhabited
    try:
        yield
    finally:
        _thread.environment = before


@contextmanager
def opened(inhabited: Inhabited) -> Iterator[None]:
    """Let this thread's code be that of an environment, with the replacements in place.

    One environment runs at a time, and those that it invokes inside of its own time.
    """
    global _open
    with _lock if _thread.environment is None else _thread.environment.inner:
        if _open == 0:
            _install()
        _open += 1
        try:
            with inside(inhabited), loops.hidden():
                yield
        finally:
            _open -= 1
            if _open == 0:
                _remove()


class _Output:
    """Standard output: a function's goes to its log, anybody else's where it went before."""

    def __init__(self, original: TextIO) -> None:
        self._original = original

    def write(self, text: str) -> int:
        inhabited = _thread.environment
        if inhabited is None:
            return self._original.write(text)
        inhabited.printed(text)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        self.write("".join(lines))

    def flush(self) -> None:
        if _thread.environment is None:
            self._original.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def _install() -> None:
    _originals.update(
        stdout=sys.stdout,
        stderr=sys.stderr,
        sleep=time.sleep,
        _exit=os._exit,
        abort=os.abort,
        kill=os.kill,
    )
    sys.stdout, sys.stderr = _Output(sys.stdout), _Output(sys.stderr)
    time.sleep = _sleep  # type: ignore[assignment]
    os._exit, os.abort, os.kill = _exit, _abort, _kill
    clients.install(environment)
    threads.install(environment, _as_part_of)
    loops.install(lambda: _thread.environment is not None)


def _remove() -> None:
    sys.stdout, sys.stderr = _originals["stdout"], _originals["stderr"]
    time.sleep = _originals["sleep"]
    os._exit, os.abort, os.kill = _originals["_exit"], _originals["abort"], _originals["kill"]
    clients.remove()
    threads.remove()
    loops.remove()


def _sleep(seconds: float, /) -> None:
    if _thread.environment is None:
        _original("sleep", time.sleep)(seconds)
    elif seconds < 0:
        raise ValueError("sleep length must be non-negative")
    else:
        waiting.spend(seconds * 1000)


def _exit(status: int) -> NoReturn:
    if _thread.environment is None:
        _original("_exit", os._exit)(status)
    raise Exited(status)


def _abort() -> NoReturn:
    if _thread.environment is None:
        _original("abort", os.abort)()
    raise Exited(134)


def _kill(pid: int, signal: int, /) -> None:
    if _thread.environment is None or pid != os.getpid():
        _original("kill", os.kill)(pid, signal)
    else:
        raise Exited(128 + int(signal))


def _original(name: str, current: Callable[..., Any]) -> Callable[..., Any]:
    """What was replaced; a function may have kept a replacement after it was taken away."""
    return _originals.get(name, current)


def _as_part_of(inhabited: Any, body: Callable[[], None]) -> None:
    """Run what a thread of an environment does."""
    with inside(inhabited), suppress(Exited):
        body()
