"""One kernel for a notebook's cells: each is run within limits, and says what became of it.

On top of nbclient: a limit of seconds for each cell (interrupted, then ended); outputs are counted
while they arrive, and what is too much is left out. No outcome is lost to all this: where an error
or a result was, the cell gets an error.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_notebook
from traitlets import Dict

from course.grading import guards, runs
from course.grading.outputs import SHORT, Counted, Counting, error
from course.grading.runs import CHECKS, Cell, CellRun, Job

# Seconds for the last outputs after a reply, and for an answer to an interrupt.
PATIENCE = 4
READY = 60
LIMITS = {
    "cpu": "processor time",
    "memory": "memory",
    "processes": "the number of processes",
    "time": "time",
}

# A manager for one kernel, not started yet, with copies of a folder's files; see `sandbox.kernels`.
Start = Callable[..., Any]


class Died(Exception):
    """The kernel is gone or of no use any more. what: begins the flag; error: an output."""

    cell: CellRun

    def __init__(self, what: str, error: dict[str, Any]) -> None:
        super().__init__(what)
        self.what, self.error = what, error


class Kernel:
    """One kernel and nbclient's way to talk to it. link: its end of a socket to another kernel."""

    def __init__(
        self, job: Job, start: Start, folder: Path, link: socket.socket | None = None
    ) -> None:
        variables = {"NBGRADER_EXECUTION": "autograde"}
        if job.seed is not None:
            variables[runs.SEED] = job.seed
        linked = {} if link is None else {"link": link}
        self.manager = start(folder, **linked, **variables)
        self.folder = folder
        self.client = Client(new_notebook(), km=self.manager)
        self.client.reset_execution_trackers()
        self.checked = False

    async def open(self) -> None:
        await self.client.async_start_new_kernel(cwd=str(self.folder))
        await self.client.async_start_new_kernel_client()
        self.watch = guards.Watch(self.client.kc, getattr(self.manager, "guard", None))

    async def close(self) -> None:
        if self.client.km is not None:
            await self.client._async_cleanup_kernel()

    async def interrupt(self) -> None:
        """Stop the cell that runs, if it lets itself be stopped."""
        await self.manager.interrupt_kernel()

    async def execute(self, cell: Cell, limit: float, counted: Counted) -> CellRun:
        """What the cell gave; Died when the kernel is gone or of no use any more."""
        node, client = new_code_cell(cell.source), self.client
        client.nb.cells = [node]
        counting = client.begin(counted.cell(cell), limit)
        broken = dead = None
        try:
            # A check's text is no business of `In`, where a student's function could read it.
            await client.async_execute_cell(node, 0, store_history=cell.role not in CHECKS)
            await self.watch.ran(cell)
        except DeadKernelError:
            dead = await self._dead()
        except CellTimeoutError:
            broken = "the kernel said no more"
            if client.timed_out:
                dead = Died("no answer to interrupt", error("TimeoutError", _too_long(limit)))
        except Exception as failed:
            # Whatever a kernel that runs a student's code sends, it is the student's trouble.
            broken = f"unreadable: {type(failed).__name__}"
        if client.timed_out and not dead:
            _say_why(node, limit)
        made = CellRun(counting.finish(node.outputs, None if dead else broken), _count(node))
        if dead:
            made.outputs.append(dead.error)
            dead.cell = made
            raise dead
        return made

    async def _dead(self) -> Died:
        # The manager knows what ended its kernel once it has cleaned up after it.
        await self.client._async_cleanup_kernel()
        limit = LIMITS.get(getattr(self.manager, "why", None) or "")
        if limit is None:
            return Died("kernel died", error("DeadKernelError", "this cell ended the kernel"))
        told = error("DeadKernelError", f"this cell passed the limit of {limit}")
        return Died(f"kernel died (limit of {limit})", told)


class Client(NotebookClient):  # type: ignore[misc]
    """nbclient for single cells, told before each how long it may take and who counts."""

    def __init__(self, nb: Any, **traits: Any) -> None:
        super().__init__(
            nb,
            allow_errors=True,
            error_on_timeout={"ename": "TimeoutError", "evalue": "", "traceback": []},
            extra_arguments=["--IPKernelApp.log_level=40"],
            interrupt_on_timeout=True,
            on_cell_executed=_keep_error,
            raise_on_iopub_timeout=True,
            shutdown_kernel="immediate",
            # Cells carry no tags here; none shall ever skip one.
            skip_cells_with_tag="-never-",
            startup_timeout=READY,
            timeout_func=lambda cell: self.limit,
            **traits,
        )

    def begin(self, counting: Counting, limit: float) -> Counting:
        self.counting, self.limit, self.timed_out = counting, limit, False
        # A flood of outputs may take as long to read as the cell took to write it.
        self.iopub_timeout = max(PATIENCE, int(limit))
        return counting

    async def _async_handle_timeout(self, timeout: int, cell: Any = None) -> Any:
        self.timed_out, self.iopub_timeout = True, PATIENCE
        return await super()._async_handle_timeout(timeout, cell)

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        if self.counting.passes(msg, cell.outputs):
            return super().process_message(msg, cell, cell_index)
        return None


def _keep_error(cell: Any, cell_index: int, execute_reply: Any) -> None:
    """A reply tells of an error even where the cell's outputs were kept from showing it."""
    reply = execute_reply["content"]
    if reply["status"] == "error":
        shown = [out for out in cell.outputs if out.output_type == "error"]
        if not any(out.ename == reply["ename"] for out in shown):
            made = error(str(reply["ename"]), str(reply["evalue"])[:SHORT])
            cell.outputs.append(from_dict(made))


def _say_why(node: Any, limit: float) -> None:
    """In place of the interrupt's own error, which shows where it struck and not why."""
    shown = [out for out in node.outputs if out.output_type != "error"]
    node.outputs = [*shown, from_dict(error("TimeoutError", _too_long(limit)))]


def _too_long(limit: float) -> str:
    return f"this cell was stopped after {limit:.3g} s; does a loop never end?"


def _count(node: Any) -> int | None:
    return node.execution_count if isinstance(node.execution_count, int) else None


class PlainKernelManager(AsyncKernelManager):  # type: ignore[misc]
    """A cold kernel with the grader's own rights, for machines that can do nothing better."""

    variables = Dict()

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        return await super()._async_pre_start_kernel(env={**os.environ, **self.variables}, **kw)


def plain_kernel(folder: Path, **variables: str) -> PlainKernelManager:
    """Starts like `sandbox.kernels.warm` gives them, without a sandbox and cold."""
    return PlainKernelManager(kernel_name="python3", variables=variables)
