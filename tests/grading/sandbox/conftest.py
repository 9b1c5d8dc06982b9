"""One warm process for all tests of this folder; each test gets kernels of its own from it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from course.grading.sandbox import bubblewrap, kernels
from course.grading.sandbox.limits import Limits

# Small enough that a test reaches them at once.
LIMITS = Limits(memory_mb=600, cpu_s=60, processes=60, file_mb=20, tmp_mb=40)


@dataclass
class Said:
    """What a cell printed or raised."""

    text: str
    error: str | None


class Kernel:
    """A running kernel that cells are sent to."""

    def __init__(self, manager: kernels.SandboxedKernelManager, loop: asyncio.Runner) -> None:
        self.manager, self._loop = manager, loop
        self._loop.run(manager.start_kernel())
        self.client = manager.client()
        self.client.start_channels()
        self._loop.run(self.client.wait_for_ready(timeout=60))

    def run(self, code: str, timeout: float = 60) -> Said:
        said = Said("", None)

        def note(message: dict) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                said.text += content["text"]
            elif message["msg_type"] == "error":
                said.error = content["ename"]

        asked = self.client.execute_interactive(code, timeout=timeout, output_hook=note)
        self._loop.run(asked)
        return said

    def send(self, code: str) -> None:
        # Else the kernel drops, unrun, what comes too soon after an error; nbclient does the same.
        self.client.execute(code, stop_on_error=False)

    def hears(self, text: str) -> None:
        """Wait until the kernel has printed this."""
        while True:
            message = self._loop.run(self.client.get_iopub_msg(timeout=60))
            if text in message["content"].get("text", ""):
                return

    def replied(self) -> str | None:
        """Wait for the end of the cell that was sent; its error."""
        reply = self._loop.run(self.client.get_shell_msg(timeout=60))
        return reply["content"].get("ename")

    def interrupt(self) -> None:
        self._loop.run(self.manager.interrupt_kernel())

    def dies(self) -> int:
        """Wait until the kernel has ended by itself; its exit code."""
        return self._loop.run(asyncio.wait_for(self.manager.provisioner.wait(), 60))

    def ended(self) -> bool:
        return not self._loop.run(self.manager.is_alive())

    def close(self) -> None:
        self.client.stop_channels()
        self._loop.run(self.manager.shutdown_kernel(now=True))


Started = Callable[..., Kernel]


@contextmanager
def starter(sandboxed: bool) -> Iterator[Started]:
    with asyncio.Runner() as loop, kernels.warm(LIMITS, sandboxed) as start:

        def started(folder: Path | None = None, **options: object) -> Kernel:
            return Kernel(start(folder, **options), loop)

        yield started


@pytest.fixture(scope="session")
def _sandboxed() -> Iterator[Started]:
    if why := bubblewrap.why_not():
        pytest.skip(why)
    with starter(sandboxed=True) as started:
        yield started


@pytest.fixture(scope="session")
def _unsandboxed() -> Iterator[Started]:
    with starter(sandboxed=False) as started:
        yield started


@contextmanager
def _ending(start: Started) -> Iterator[Started]:
    running = []

    def started(*arguments: object, **options: object) -> Kernel:
        running.append(start(*arguments, **options))
        return running[-1]

    try:
        yield started
    finally:
        for kernel in running:
            kernel.close()


@pytest.fixture
def sandbox(_sandboxed: Started) -> Iterator[Started]:
    """Start a sandboxed kernel; ended after the test."""
    with _ending(_sandboxed) as started:
        yield started


@pytest.fixture
def no_sandbox(_unsandboxed: Started) -> Iterator[Started]:
    """Start a warm kernel with the rights of whoever runs the tests."""
    with _ending(_unsandboxed) as started:
        yield started
