"""The grader's end of a warm process: start it, ask it for kernels, end it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from course.errors import UserError
from course.grading.sandbox import bubblewrap, isolation
from course.grading.sandbox.limits import Limits
from course.grading.sandbox.order import CHANNELS, Order

# A cold disk on a busy machine; more often 3 s.
_IMPORTS_S = 120
# The path of a UNIX socket has at most 107 bytes; a kernel's name and port come behind this.
_LONGEST = 90
_MAIN = """
import json
from course.grading.sandbox.zygote import main
main({fd}, json.loads({settings!r}))
"""
# Variables of the grader's own environment that a notebook may see: that it is being graded, and
# what its hidden tests make their data from.
HANDED_ON = ("NBGRADER_EXECUTION", "COURSE_SEED")
# The same order of sets in every run, so that a second run prints what the first did; numerical
# libraries must not start threads before a fork.
_REPEATABLE = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class Guard:
    """The grader's end of the socket on which a kernel's `integrity` answers."""

    def __init__(self, end: socket.socket) -> None:
        self.end, self.key = end, secrets.token_bytes(32)
        end.setblocking(False)
        # It waits there until the kernel has started.
        end.send(self.key)


class Lifeline:
    """One kernel's life, seen from the grader; closing it ends the kernel."""

    def __init__(self, end: socket.socket, guard: Guard) -> None:
        self._end, self.guard = end, guard
        self._end.setblocking(False)
        # Exit code (negative: the signal) and what ended it, if it was not the kernel itself.
        self.code: int | None = None
        self.why: str | None = None

    def poll(self) -> int | None:
        if self.code is None:
            with contextlib.suppress(BlockingIOError):
                self._read()
        return self.code

    def _read(self) -> None:
        try:
            message = self._end.recv(4096)
        except ConnectionError:
            message = b""
        # Nothing to read and nobody there: the warm process was killed, and all its kernels.
        lost = json.dumps({"code": -signal.SIGKILL, "why": "lost"}).encode()
        report = json.loads(message or lost)
        self.code, self.why = report["code"], report["why"]

    def end(self) -> None:
        """Ask the warden to end everything; it answers when all is gone."""
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._end.close()
        self.guard.end.close()

    def fileno(self) -> int:
        return self._end.fileno()


class Warm:
    """A warm process with its folder of sockets. Forks one kernel after another, or several."""

    def __init__(self, sandboxed: bool, preload: Sequence[str], rehearsed: bool = False) -> None:
        if sandboxed and (why := bubblewrap.why_not()):
            raise UserError(f"no sandbox: {why}; --no-sandbox grades without one")
        self.sandboxed = sandboxed
        self.folder = _short_folder()
        self._names = count(1)
        self._log = (self.folder / "log").open("w+b")
        self._control, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            self._process = self._start(there, preload, rehearsed)
        self._wait_until_warm()

    def _start(
        self, there: socket.socket, preload: Sequence[str], rehearsed: bool
    ) -> subprocess.Popen[bytes]:
        kept = bubblewrap.environment()
        settings = {"sandboxed": self.sandboxed, "kept": kept, "preload": list(preload)}
        settings["rehearsed"] = rehearsed
        main = _MAIN.format(fd=there.fileno(), settings=json.dumps(settings))
        run = bubblewrap.python(main)
        home = "/tmp" if self.sandboxed else str(self.folder)
        variables = {**bubblewrap.variables(home), **_REPEATABLE}
        return subprocess.Popen(
            bubblewrap.command(run, variables) if self.sandboxed else run,
            env=variables,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            pass_fds=[there.fileno()],
            start_new_session=True,
        )

    def _wait_until_warm(self) -> None:
        self._control.settimeout(_IMPORTS_S)
        try:
            said = self._control.recv(16)
        except TimeoutError:
            said = b""
        if said != b"warm":
            self._process.kill()
            self._process.wait()
            self._log.seek(0)
            reason = self._log.read().decode(errors="replace").strip().splitlines() or ["killed"]
            self.close()
            raise UserError(f"the warm process did not start: {reason[-1]}")

    def alive(self) -> bool:
        return self._process.poll() is None

    def fork(
        self,
        folder: Path | None,
        key: str,
        limits: Limits,
        handed_on: Mapping[str, str],
        link: socket.socket | None = None,
    ) -> tuple[dict[str, Any], Lifeline]:
        """A new kernel with copies of a folder's files; how to reach it, and its life.

        link: its end of a socket to another kernel.
        """
        name = self.folder / str(next(self._names))
        connection: dict[str, Any] = {"transport": "ipc", "ip": str(name), "key": key}
        connection |= {f"{channel}_port": port for port, channel in enumerate(CHANNELS, 1)}
        connection["signature_scheme"] = "hmac-sha256"
        home = isolation.HOME if self.sandboxed else f"{name}-home"
        own = {} if self.sandboxed else {"TMPDIR": f"{home}/tmp"}
        environment = {**bubblewrap.variables(home), **own, **handed_on}
        order = Order(connection, environment, limits)
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours, guarded = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with contextlib.ExitStack() as stack:
            stack.enter_context(there)
            stack.enter_context(guarded)
            files = stack.enter_context(_packed(folder))
            listeners = [stack.enter_context(_listener(f"{name}-{n}")) for n in _ports()]
            fds = [*(one.fileno() for one in listeners), files.fileno()]
            fds += [guarded.fileno(), stack.enter_context(_end(link)).fileno(), there.fileno()]
            socket.send_fds(self._control, [order.encode()], fds)
        return connection, Lifeline(here, Guard(ours))

    def forget(self, connection: Mapping[str, Any]) -> None:
        """Remove what an ended kernel leaves in the folder."""
        for port in _ports():
            Path(f"{connection['ip']}-{port}").unlink(missing_ok=True)
        shutil.rmtree(f"{connection['ip']}-home", ignore_errors=True)

    def close(self) -> None:
        """End the warm process and, through their lifelines, what kernels are left."""
        self._control.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _end(link: socket.socket | None) -> Any:
    """The kernel's end of a link, or what stands for none."""
    return link.dup() if link is not None else open(os.devnull, "rb")


def _ports() -> range:
    return range(1, len(CHANNELS) + 1)


def _short_folder() -> Path:
    folder = tempfile.mkdtemp(prefix="grade-")
    if len(os.fsencode(folder)) > _LONGEST:
        os.rmdir(folder)
        folder = tempfile.mkdtemp(prefix="grade-", dir="/tmp")
    return Path(folder)


def _listener(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(64)
    # ZeroMQ, which takes it over, accepts in a loop until nobody is waiting.
    listener.setblocking(False)
    return listener


def _packed(folder: Path | None) -> BinaryIO:
    """A tar in memory of a folder's files; no notebooks, no links, nothing special."""
    packed = os.fdopen(os.memfd_create("files"), "w+b")
    with tarfile.open(fileobj=packed, mode="w:") as archive:
        if folder is not None:
            for path in filter(_wanted, sorted(folder.rglob("*"))):
                archive.add(path, str(path.relative_to(folder)), recursive=False, filter=_plain)
    packed.flush()
    packed.seek(0)
    return packed


def _wanted(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.suffix != ".ipynb"


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    # The student's copy is the student's to change; who owned the original is nobody's business.
    member.mode, member.uid, member.gid, member.uname, member.gname = 0o644, 0, 0, "", ""
    return member
