"""Kernel managers for sandboxed kernels: for the runner (`warm`) and for nbgrader's own Execute.

nbgrader finds them by one line of nbgrader_config.py, with no kernelspec to install:

    c.Execute.kernel_manager_class = "course.grading.sandbox.kernels.SandboxedKernelManager"
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import queue
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Bool, Dict, Type

from course.grading.sandbox.limits import Limits
from course.grading.sandbox.provisioner import LOOK_S, SandboxProvisioner
from course.grading.sandbox.warm import Guard, Warm

# What lessons import beside what every kernel has.
PRELOAD = ("course.account", "course.data", "course.show", "matplotlib.pyplot", "duckdb", "sqlglot")
Start = Callable[..., "SandboxedKernelManager"]


@contextlib.contextmanager
def warm(
    limits: Limits | None = None,
    sandboxed: bool = True,
    preload: Sequence[str] = PRELOAD,
    rehearsed: bool = False,
) -> Iterator[Start]:
    """A warm process for the length of a `with`; `start(folder)` gives a manager for one kernel.

    The manager is not started: nbclient does it (`NotebookClient(nb, km=start(folder))`), or
    `await manager.start_kernel()`. The kernel finds copies of the folder's files in its working
    folder. Its environment is a few lines of our own, NBGRADER_EXECUTION and COURSE_SEED of this
    process, and what `start` is given by name (None: left out). A warm process that was killed is
    replaced at the next start. rehearsed: it takes seconds longer to be warm, and its kernels run
    a lesson faster (`rehearsal`): for more than two or three of them.
    Raises UserError where no sandbox can be made.
    """
    nest = _Nest(sandboxed, tuple(preload), rehearsed)
    nest.warm()

    usual = limits or Limits()

    def start(
        folder: Path | None = None,
        limits: Limits = usual,
        link: socket.socket | None = None,
        **environment: str | None,
    ) -> SandboxedKernelManager:
        return SandboxedKernelManager(
            nest=nest, folder=folder, chosen=limits, environment=environment, link=link
        )

    try:
        yield start
    finally:
        nest.close()


class _Nest:
    """Holds a warm process; makes another one when it is gone."""

    def __init__(self, sandboxed: bool, preload: tuple[str, ...], rehearsed: bool = False) -> None:
        self._settings = (sandboxed, preload, rehearsed)
        self._warm: Warm | None = None

    def warm(self) -> Warm:
        if self._warm is not None and not self._warm.alive():
            self.close()
        if self._warm is None:
            self._warm = Warm(*self._settings)
        return self._warm

    def close(self) -> None:
        if self._warm is not None:
            self._warm.close()
            self._warm = None


# For nbgrader, which makes managers by itself, one for each notebook: one warm process each with
# and without a sandbox, until the program ends.
_nests: dict[bool, _Nest] = {}


def _lasting(sandboxed: bool) -> _Nest:
    if sandboxed not in _nests:
        _nests[sandboxed] = _Nest(sandboxed, PRELOAD)
        atexit.register(_nests[sandboxed].close)
    return _nests[sandboxed]


class PromptClient(AsyncKernelClient):  # type: ignore[misc]
    """Ready as soon as the kernel is; the stock client then waits 0.2 s for more to come."""

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        deadline = time.monotonic() + (timeout or 60)
        while time.monotonic() < deadline:
            # The answer comes on one socket; that its end comes on the other says that none of
            # what cells print can be missed.
            asked = self.kernel_info()
            if await self._answered(asked, min(deadline, time.monotonic() + 1)):
                return
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    wait_for_ready = _async_wait_for_ready

    async def _answered(self, asked: str, until: float) -> bool:
        with contextlib.suppress(queue.Empty):
            reply = await self.get_shell_msg(timeout=max(0, until - time.monotonic()))
            self._handle_kernel_info_reply(reply)
            while True:
                said = await self.get_iopub_msg(timeout=max(0, until - time.monotonic()))
                ours = said["parent_header"].get("msg_id") == asked
                if ours and said["content"].get("execution_state") == "idle":
                    return True
        return False


class SandboxedKernelManager(AsyncKernelManager):  # type: ignore[misc]
    """Jupyter's manager for one kernel, forked from a warm process, in a sandbox."""

    kernel_id: str | None
    provisioner: SandboxProvisioner | None

    sandboxed = Bool(True, help="False: warm, but with the rights of whoever grades.").tag(
        config=True
    )
    limits = Dict(help="Limits that differ from course.grading.sandbox.limits.Limits.").tag(
        config=True
    )
    client_factory = Type(klass=AsyncKernelClient, default_value=PromptClient)

    def __init__(
        self,
        nest: _Nest | None = None,
        folder: Path | None = None,
        chosen: Limits | None = None,
        environment: Mapping[str, str | None] | None = None,
        link: socket.socket | None = None,
        **traits: Any,
    ) -> None:
        super().__init__(**traits)
        self.nest, self.folder, self.chosen = nest, folder, chosen
        self.environment, self.link = environment or {}, link

    @property
    def kernel_spec(self) -> KernelSpec:
        # Whatever kernel a notebook asks for, this is the one that it gets.
        return KernelSpec(argv=[], language="python", interrupt_mode="message")

    @property
    def why(self) -> str | None:
        """What ended the kernel, if it was not the kernel itself; see SandboxProvisioner."""
        return self.provisioner.why if self.provisioner else None

    @property
    def guard(self) -> Guard | None:
        """Where to ask what became of the kernel's inside; None before and after its life."""
        return self.provisioner.guard if self.provisioner else None

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        self.kernel_id = self.kernel_id or str(uuid.uuid4())
        if self.provisioner is None:
            nest = self.nest or _lasting(self.sandboxed)
            provisioner = SandboxProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
            provisioner.warm, provisioner.folder = nest.warm, self.folder
            provisioner.limits = self.chosen or Limits(**self.limits)
            provisioner.environment, provisioner.link = self.environment, self.link
            self.provisioner = provisioner
        return await super()._async_pre_start_kernel(**kw)

    async def _async_wait(self, pollinterval: float = 0.1) -> None:
        # The end of a killed kernel takes milliseconds; Jupyter would look every tenth of a second.
        while await self.is_alive():
            await asyncio.sleep(min(pollinterval, LOOK_S))
