"""A Jupyter kernel provisioner whose kernels come from a warm process."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import KernelProvisionerBase

from course.grading.sandbox.limits import Limits
from course.grading.sandbox.warm import HANDED_ON, Guard, Lifeline, Warm

LOOK_S = 0.005


class SandboxProvisioner(KernelProvisionerBase):  # type: ignore[misc]
    """Starts, watches and ends one kernel. What ended it is in `why` when it was not the kernel.

    `why`: None, or "memory", "cpu", "processes", "time" (the limit that was passed), "ended" (the
    grader asked for it), "lost" (the warm process is gone), or "could not start: ...".
    """

    # Set by the kernel manager that makes this.
    warm: Callable[[], Warm]
    limits: Limits
    folder: Path | None
    environment: Mapping[str, str | None]
    link: socket.socket | None = None
    _warm: Warm | None = None
    _life: Lifeline | None = None
    _why: str | None = None

    @property
    def why(self) -> str | None:
        return self._life.why if self._life else self._why

    @property
    def guard(self) -> Guard | None:
        """Where to ask what became of the kernel's inside."""
        return self._life.guard if self._life else None

    @property
    def has_process(self) -> bool:
        return self._life is not None

    async def poll(self) -> int | None:
        return 0 if self._life is None else self._life.poll()

    async def wait(self) -> int | None:
        if self._life is None:
            return 0
        while (code := self._life.poll()) is None:
            await asyncio.sleep(LOOK_S)
        self._hang_up()
        return code

    async def send_signal(self, signum: int) -> None:
        # An interrupt goes by message to the kernel; from out here nobody reaches its process.
        if signum in (signal.SIGKILL, signal.SIGTERM) and self._life:
            self._life.end()

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGTERM)

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        ready = await super().pre_launch(cmd=[], **kwargs)
        ready.pop("extra_arguments", None)
        return ready

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        manager, inherited = self.parent, kwargs["env"]
        named = {name: inherited.get(name) for name in HANDED_ON} | dict(self.environment)
        environment = {name: value for name, value in named.items() if value is not None}
        folder = self.folder or (Path(kwargs["cwd"]) if kwargs.get("cwd") else None)
        # In this thread: bubblewrap ends with the thread that has started it.
        self._warm = self.warm()
        key = manager.session.key
        connection, self._life = self._warm.fork(
            folder, key.decode(), self.limits, environment, self.link
        )
        # Beside the sockets, not among the files of whoever grades.
        manager.connection_file = f"{connection['ip']}.json"
        self.connection_info = {**connection, "key": key}
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        if self._life is not None:
            self._life.end()
            await self.wait()
        if self._warm is not None and self.connection_info:
            self._warm.forget(self.connection_info)

    def _hang_up(self) -> None:
        if self._life is not None:
            self._why = self._life.why
            self._life.close()
            self._life = None
