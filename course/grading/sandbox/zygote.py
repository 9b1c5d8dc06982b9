"""The warm process: imports what lessons use, then forks a kernel for each request.

It never runs a student's code, has no thread, no event loop and no ZeroMQ context (none of them
survives a fork), and knows nothing of the course's folder. Requests come over one socket, each with
the kernel's sockets, its files and its lifeline as open files. For every request it forks twice:

    zygote -> fork (enters new namespaces, ends) -> warden (process 1 in there) -> kernel
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

import psutil

from course.grading.sandbox import isolation, kernel, linux, warden
from course.grading.sandbox.order import LARGEST, OPEN_FILES, Order

# What every kernel imports when it starts, found by comparing sys.modules, and most notebooks.
ALWAYS = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "boto3",
    "faulthandler",
    "ipykernel.zmqshell",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "numpy",
    "pandas",
    "sqlite3",
    "tornado.platform.asyncio",
)


def main(control_fd: int, settings: dict[str, Any]) -> None:
    """Import, say so, and fork until the other end of the control socket is closed."""
    control = socket.socket(fileno=control_fd)
    _no_debugger()
    for module in [*ALWAYS, *settings["preload"]]:
        importlib.import_module(module)
    if settings["rehearsed"]:
        importlib.import_module("course.grading.sandbox.rehearsal").rehearse()
    if (threads := psutil.Process().num_threads()) > 1:
        raise RuntimeError(
            f"{threads} threads in the warm process; one of what it imports has them"
        )
    # Forks end; nobody asks how. The lifeline says what there is to say.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # What is here stays: the collector need not touch it, so that forks go on sharing its pages.
    gc.collect()
    gc.freeze()
    control.send(b"warm")
    while True:
        message, fds, _, _ = socket.recv_fds(control, LARGEST, OPEN_FILES)
        if not message:
            return
        try:
            _fork(Order.decode(message), fds, control, settings)
        finally:
            for fd in fds:
                os.close(fd)


def _no_debugger() -> None:
    """Nobody debugs a graded kernel; ipykernel does without debugpy where that cannot be had.

    It takes half a second to import, and hooks itself into the interpreter.
    """
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    importlib.import_module("ipykernel.debugger")
    del sys.modules["debugpy"]


def _fork(order: Order, fds: list[int], control: socket.socket, settings: Any) -> None:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        control.close()
        here.close()
        _never_return(_first, order, fds, there, settings)
    there.close()
    with here:
        if settings["sandboxed"]:
            # A fork that failed has said so over its lifeline and hung up here.
            with suppress(OSError, ValueError):
                isolation.map_user(here)


def _first(order: Order, fds: list[int], zygote: socket.socket, settings: Any) -> None:
    *listeners, files, guard, link, lifeline_fd = fds
    lifeline = socket.socket(fileno=lifeline_fd)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        os.setsid()
        if settings["sandboxed"]:
            isolation.leave(zygote)
        if os.fork() == 0:
            zygote.close()
            _never_return(_second, order, listeners, (files, guard, link), lifeline, settings)
    except OSError as error:
        _failed(lifeline, error)


def _second(
    order: Order,
    listeners: list[int],
    files: tuple[int, int, int],
    lifeline: socket.socket,
    settings: Any,
) -> None:
    folder = isolation.WORK
    try:
        if settings["sandboxed"]:
            isolation.furnish(order.limits, settings["kept"])
        else:
            linux.adopt_orphans()
            folder = _folder(order)
        pid = os.fork()
    except OSError as error:
        return _failed(lifeline, error)
    if pid == 0:
        _never_return(_third, order, listeners, files, folder, settings)
    if settings["sandboxed"]:
        linux.drop_capabilities()
    # The kernel has the same user; without this it could trace its own warden.
    linux.dumpable(False)
    for fd in (*listeners, *files):
        os.close(fd)
    warden.watch(pid, lifeline, order.limits)


def _folder(order: Order) -> str:
    """Without a sandbox: ordinary folders for home and temporary files; the grader removes them."""
    work = os.path.join(order.environment["HOME"], "work")
    os.makedirs(work)
    os.mkdir(order.environment["TMPDIR"])
    return work


def _third(
    order: Order, listeners: list[int], files: tuple[int, int, int], folder: str, settings: Any
) -> None:
    os.setsid()
    if settings["sandboxed"]:
        linux.drop_capabilities()
    linux.dumpable(True)
    linux.die_with_parent(signal.SIGKILL)
    _close_all_but(*files, *listeners)
    kernel.run(order, listeners, *files, folder, own_user=settings["sandboxed"])


def _close_all_but(*kept: int) -> None:
    # Standard input, output and error stay as well.
    last = 2
    for fd in sorted(kept):
        os.closerange(last + 1, fd)
        last = fd
    os.closerange(last + 1, 1 << 16)


def _failed(lifeline: socket.socket, error: OSError) -> None:
    lifeline.send(json.dumps({"code": 1, "why": f"could not start: {error}"}).encode())


def _never_return(step: Any, *arguments: Any) -> None:
    """Run a fork's part and end it; nothing may fall back into the loop of the warm process."""
    code = 1
    try:
        step(*arguments)
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)
