"""ipykernel in a forked process: on sockets that the grader has opened already.

The grader binds and listens; the fork gets the open sockets. So no folder is shared between the
machine and the sandbox, and the grader's first message waits in the socket while the kernel starts.
"""

from __future__ import annotations

import logging
import os
import signal
import stat
import sys
import tarfile
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
import zmq
from ipykernel.heartbeat import Heartbeat
from ipykernel.kernelapp import IPKernelApp
from moto.moto_api._internal import mock_random
from traitlets.config import Config

from course.grading.boundary import link
from course.grading.sandbox import integrity
from course.grading.sandbox.limits import MB
from course.grading.sandbox.order import CHANNELS, Order

_SETTINGS = {
    "IPKernelApp": {"log_level": logging.ERROR},
    # A history file would only be written and thrown away.
    "HistoryManager": {"hist_file": ":memory:"},
}


class ForkedApp(IPKernelApp):  # type: ignore[misc]
    """ipykernel's application, told its connection instead of reading it from a file."""

    connection: Mapping[str, Any]
    listeners: Mapping[int, int]

    def parse_command_line(self, argv: Any = None) -> None:
        # There is none; looking for it takes a tenth of the start.
        self.extra_args: list[str] = []

    def load_config_file(self, suppress_errors: Any = None) -> None:
        # A grader's own IPython settings must not decide what a submission gets.
        pass

    def init_connection_file(self) -> None:
        self.load_connection_info(self.connection)

    def write_connection_file(self, **kwargs: Any) -> None:
        pass

    def _try_bind_socket(self, s: Any, port: int) -> int:
        s.use_fd = self.listeners[port]
        # By default what does not fit in a queue is dropped: a flood's end would never be told.
        # The queue lies in the kernel's own memory, which has a limit.
        s.sndhwm = 0
        return super()._try_bind_socket(s, port)

    def init_control(self, context: Any) -> None:
        super().init_control(context)
        # The debugger's own way to the shell, by a path that is not there; it would try for ever.
        endpoint = self.shell_socket.getsockopt(zmq.LAST_ENDPOINT)
        self.debug_shell_socket.disconnect(endpoint)

    def init_heartbeat(self) -> None:
        self.heartbeat = _Heartbeat(zmq.Context(), (self.transport, self.ip, self.hb_port))
        self.heartbeat.listener = self.listeners[self.hb_port]
        self.heartbeat.start()


class _Heartbeat(Heartbeat):  # type: ignore[misc]
    listener: int

    def _try_bind_socket(self) -> Any:
        self.socket.use_fd = self.listener
        return super()._try_bind_socket()


def run(
    order: Order,
    listeners: list[int],
    files: int,
    guard: int,
    other: int,
    folder: str,
    own_user: bool,
) -> None:
    """Be the kernel until it is shut down.

    files: a tar of the notebook's other files. guard: a socket; there the grader asks whether all
    is as it was. other: a socket to the notebook's other kernel, or a file that is none.
    """
    if stat.S_ISSOCK(os.fstat(other).st_mode):
        link.open_here(other)
    os.chdir(folder)
    with tarfile.open(fileobj=os.fdopen(files, "rb"), mode="r:") as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall()
    _forget(order.environment)
    order.limits.apply(_mapped(), own_user)
    ports = range(1, len(CHANNELS) + 1)
    ForkedApp.connection = order.connection
    ForkedApp.listeners = dict(zip(ports, listeners, strict=True))
    _ready(guard).start()


def _ready(guard: int) -> ForkedApp:
    # What goes wrong in here is logged; what a student's code writes past ipykernel is not.
    log = os.dup(2)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(nowhere, fd)
    try:
        app = ForkedApp.instance(config=Config(_SETTINGS))
        app.initialize([])
        integrity.private().watch(app.shell, guard)
    except BaseException:
        os.write(log, traceback.format_exc().encode())
        raise
    finally:
        os.close(nowhere)
        os.close(log)
    return app


def _forget(environment: Mapping[str, str]) -> None:
    """Leave nothing in this process that the warm one would hand to every kernel alike."""
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = ["ipykernel"]
    for signum in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(signum, signal.SIG_DFL)
    tempfile.tempdir = None
    # Python gives its own generator a new seed after a fork; these are others.
    numpy.random.seed()
    mock_random.seed()


def _mapped() -> int:
    """Bytes of address space that the warm process's libraries take up."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 1024 * MB
