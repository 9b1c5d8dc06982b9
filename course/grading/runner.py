"""Run one notebook's cells in a kernel; whatever they do costs time and output within limits.

On top of nbclient: a limit for each cell (interrupted, then ended) and one for the notebook;
outputs are counted while they arrive, and what is too much is left out. A cell that ends its
kernel, or does not answer to an interrupt, costs that cell: in a new kernel the set-up cells and
the student's answers before it are run again, without it, and the cells behind it go on.

A check may lose no outcome to all this and pass: where an error or a result was lost, the cell gets
an error. No nbgrader here: it takes seconds to import, and workers have no use for it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_notebook
from traitlets import Dict

from course.grading import guards, runs
from course.grading.outputs import SHORT, Counted, Counting, error
from course.grading.runs import Cell, CellRun, Job, Run

# How the flag of a run that broke off ends.
NOT_RUN = "; later cells not run"
WENT_ON = "; later cells run in a new kernel"
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


def run(job: Job, start: Start) -> Run:
    """Run a job's cells in kernels that `start` gives. Never raises for what the cells do."""
    with TemporaryDirectory(prefix="grade-files-") as folder:
        for name, content in job.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return asyncio.run(_Notebook(job, start, Path(folder)).run())


class _Notebook:
    """One job on its way to a run."""

    def __init__(self, job: Job, start: Start, folder: Path) -> None:
        self.job, self.start, self.folder = job, start, folder
        self.begun = time.monotonic()
        cells = [CellRun() for _ in job.cells]
        self.made = Run(job.key, cells, [], job.environment, job.sandboxed)
        # Cells that ended a kernel; not run a second time.
        self.deadly: set[int] = set()
        self.counted = Counted(self.flag)
        self.problems: set[str] = set()

    def flag(self, text: str) -> None:
        if text not in self.made.flags:
            self.made.flags.append(text)

    @property
    def left(self) -> float:
        """Seconds of the notebook's time."""
        return self.job.limits.notebook_s - (time.monotonic() - self.begun)

    async def run(self) -> Run:
        for note in guards.scan(self.job):
            self.flag(note)
        position = 0
        while position < len(self.job.cells) and self.left > 0:
            position = await self._in_one_kernel(position)
        if position < len(self.job.cells):
            self._out_of_time(position)
        self.made.seconds = round(time.monotonic() - self.begun, 3)
        return self.made

    async def _in_one_kernel(self, first: int) -> int:
        """Run from `first` as far as one kernel gets; the first cell that still has to be run."""
        kernel = _Kernel(self.job, self.start, self.folder)
        try:
            await kernel.open()
            for position in self._again(first):
                if not await self._repeated(kernel, position):
                    return first
            for position in range(first, len(self.job.cells)):
                if self.left <= 0 or not await self._ran(kernel, position):
                    return position + (position in self.deadly)
        finally:
            await kernel.close()
        return len(self.job.cells)

    def _again(self, first: int) -> Iterable[int]:
        """What a new kernel needs to be where the old one was: set-up and answers, no checks."""
        return [
            position
            for position, cell in enumerate(self.job.cells[:first])
            if cell.role in ("locked", "answer") and position not in self.deadly
        ]

    async def _repeated(self, kernel: _Kernel, position: int) -> bool:
        try:
            await kernel.execute(self.job.cells[position], self._time(), Counted(_ignore))
        except Died as death:
            self.deadly.add(position)
            self.flag(f"{death.what} in {self.job.cells[position].name}, run again{WENT_ON}")
            return False
        return self.left > 0

    async def _ran(self, kernel: _Kernel, position: int) -> bool:
        cell, began = self.job.cells[position], time.monotonic()
        try:
            problems = await self._watched(kernel, position)
            made = await kernel.execute(cell, self._time(), self.counted)
            if kernel.client.timed_out:
                self.flag(f"time-out in {cell.name}")
            self._hold(problems, f"before {cell.name}")
            if position == self._last_check():
                self._hold(await kernel.watch.problems(cell, every=True), f"behind {cell.name}")
        except Died as death:
            made = death.cell
            self.deadly.add(position)
            last = position + 1 == len(self.job.cells)
            self.flag(f"{death.what} in {cell.name}{'' if last else WENT_ON}")
        made.seconds = round(time.monotonic() - began, 3)
        self.made.cells[position] = made
        return position not in self.deadly

    async def _watched(self, kernel: _Kernel, position: int) -> list[str]:
        cell = self.job.cells[position]
        if cell.role != "test":
            return []
        first, kernel.checked = not kernel.checked, True
        return await kernel.watch.problems(cell, every=first)

    def _hold(self, problems: list[str], where: str) -> None:
        """Each problem is told once, where it was first seen."""
        for problem in problems:
            if problem not in self.problems:
                self.problems.add(problem)
                self.flag(guards.told(problem, where))

    def _last_check(self) -> int:
        tests = [n for n, cell in enumerate(self.job.cells) if cell.role == "test"]
        return tests[-1] if tests else -1

    def _time(self) -> float:
        return max(0.1, min(self.job.limits.cell_s, self.left))

    def _out_of_time(self, position: int) -> None:
        limit, name = self.job.limits.notebook_s, self.job.cells[position].name
        self.flag(f"all {limit:g} s for the notebook used up before {name}{NOT_RUN}")


def _ignore(text: str) -> None:
    """A cell's second run has nothing new to tell."""


class _Kernel:
    """One kernel and nbclient's way to talk to it."""

    def __init__(self, job: Job, start: Start, folder: Path) -> None:
        variables = {"NBGRADER_EXECUTION": "autograde"}
        if job.seed is not None:
            variables[runs.SEED] = job.seed
        self.manager = start(folder, **variables)
        self.folder = folder
        self.client = _Client(new_notebook(), km=self.manager)
        self.client.reset_execution_trackers()
        self.checked = False

    async def open(self) -> None:
        await self.client.async_start_new_kernel(cwd=str(self.folder))
        await self.client.async_start_new_kernel_client()
        self.watch = guards.Watch(self.client.kc, getattr(self.manager, "guard", None))

    async def close(self) -> None:
        if self.client.km is not None:
            await self.client._async_cleanup_kernel()

    async def execute(self, cell: Cell, limit: float, counted: Counted) -> CellRun:
        """What the cell gave; Died when the kernel is gone or of no use any more."""
        node, client = new_code_cell(cell.source), self.client
        client.nb.cells = [node]
        counting = client.begin(counted.cell(cell), limit)
        broken = dead = None
        try:
            # A check's text is no business of `In`, where a student's function could read it.
            await client.async_execute_cell(node, 0, store_history=cell.role != "test")
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


class _Client(NotebookClient):  # type: ignore[misc]
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
