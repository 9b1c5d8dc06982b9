"""The parent of one kernel: watches what its processes use together, and leaves none behind.

In the sandbox it is process 1 of the kernel's pid namespace: when it ends, so does every process in
there, whoever started it and however it tried to hide. Without the sandbox it adopts orphans, which
is as far as an ordinary process gets. A broken lifeline (the grader is gone) ends all, too.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from course.grading.sandbox.limits import MB, Limits

# Each process has its own limits from the system; how far several get together until seen.
LOOK_S = 0.1
# How a time that the system limits per process ends.
_SIGNALLED = {-signal.SIGXCPU: "cpu"}


def watch(kernel: int, lifeline: socket.socket, limits: Limits) -> None:
    """Wait for the kernel's end or bring it about; report it over the lifeline."""
    why = _until_end(kernel, lifeline, limits)
    code = end_all(kernel)
    report = {"code": code, "why": why or _SIGNALLED.get(code)}
    # Nobody may be listening any more.
    with contextlib.suppress(OSError):
        lifeline.send(json.dumps(report).encode())


def _until_end(kernel: int, lifeline: socket.socket, limits: Limits) -> str | None:
    ended = os.pidfd_open(kernel)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(lifeline, select.POLLIN)
    deadline = time.monotonic() + limits.notebook_s
    while not (events := poll.poll(LOOK_S * 1000)):
        if time.monotonic() > deadline:
            return "time"
        if over := _over(limits):
            return over
    # Anything on the lifeline means: end it. It is the grader's wish or the grader's death.
    return None if any(fd == ended for fd, _ in events) else "ended"


def _over(limits: Limits) -> str | None:
    """Which limit all processes together have passed."""
    try:
        processes = psutil.Process().children(recursive=True)
    except (psutil.Error, OSError):
        # A sandbox without /proc: what the system limits per process still holds.
        return None
    if sum(_of(process, "num_threads") for process in processes) > limits.processes:
        return "processes"
    if _seconds(processes) > limits.cpu_s:
        return "cpu"
    # Cheap and too high, as pages that processes share are counted for each; then exactly.
    if _resident(processes) > limits.memory_mb * MB:
        exact = sum(_of(process, "memory_full_info", "pss") for process in processes)
        return "memory" if exact + _unmapped(processes) > limits.memory_mb * MB else None
    return None


def _of(process: psutil.Process, method: str, field: str | None = None) -> int:
    try:
        value = getattr(process, method)()
        return getattr(value, field) if field else value
    except (psutil.Error, OSError):
        return 0


def _resident(processes: list[psutil.Process]) -> int:
    mapped = sum(_of(process, "memory_info", "rss") for process in processes)
    return mapped + _unmapped(processes)


def _seconds(processes: list[psutil.Process]) -> float:
    spent = os.times()
    total = spent.children_user + spent.children_system
    for process in processes:
        with contextlib.suppress(psutil.Error, OSError):
            total += sum(process.cpu_times()[:4])
    return total


def _unmapped(processes: list[psutil.Process]) -> int:
    """Memory that no process maps: anonymous files and shared memory of this IPC namespace."""
    files = {}
    for process in processes:
        for fd in _entries(f"/proc/{process.pid}/fd"):
            with contextlib.suppress(OSError):
                if os.readlink(fd).startswith("/memfd:"):
                    found = os.stat(fd)
                    files[found.st_ino] = found.st_blocks * 512
    return sum(files.values()) + _shared_memory()


def _entries(folder: str) -> Iterator[str]:
    with contextlib.suppress(OSError):
        yield from (f"{folder}/{name}" for name in os.listdir(folder))


def _shared_memory() -> int:
    try:
        header, *rows = Path("/proc/sysvipc/shm").read_text().splitlines()
    except OSError:
        return 0
    column = header.split().index("rss")
    return sum(int(row.split()[column]) for row in rows)


def end_all(kernel: int) -> int:
    """Kill the kernel and whatever else is left; return only when all are gone."""
    code = -int(signal.SIGKILL)
    while True:
        _kill_all()
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return code
        if pid == kernel:
            code = os.waitstatus_to_exitcode(status)


def _kill_all() -> None:
    if os.getpid() == 1:
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        return
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            process.kill()
