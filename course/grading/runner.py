"""Run one notebook's cells, the student's in one kernel and the checks in another (`boundary`).

There is a limit of seconds for each cell and one for the notebook. A cell that ends its kernel, or
does not answer to an interrupt, costs that cell: in new kernels the set-up cells and the student's
answers before it are run again, without it, and the cells behind it go on.

No nbgrader here: it takes seconds to import, and workers have no use for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from course.grading import guards
from course.grading.boundary.pair import Pair
from course.grading.kernel import Died, Kernel, Start, plain_kernel
from course.grading.outputs import Counted
from course.grading.runs import APART, CHECKS, TEST, Cell, CellRun, Job, Run

# How the flag of a run that broke off ends.
NOT_RUN = "; later cells not run"
WENT_ON = "; later cells run in a new kernel"


def run(job: Job, start: Start) -> Run:
    """Run a job's cells in kernels that `start` gives. Never raises for what the cells do."""
    with TemporaryDirectory(prefix="grade-files-") as folder:
        for name, content in job.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return asyncio.run(_Notebook(job, start, Path(folder)).run())


def _in_one_kernel(job: Job) -> Job:
    """The job for kernels that know of no other: checks run beside the answers."""
    cells = (replace(cell, role=TEST) if cell.role == APART else cell for cell in job.cells)
    return replace(job, cells=tuple(cells))


class _Notebook:
    """One job on its way to a run."""

    def __init__(self, job: Job, start: Start, folder: Path) -> None:
        self.job = _in_one_kernel(job) if start is plain_kernel else job
        self.start, self.folder = start, folder
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
        pair = Pair(self.job, self.start, self.folder)
        try:
            await pair.open()
            for position in self._again(first):
                if not await self._repeated(pair.answers, position):
                    return first
            for position in range(first, len(self.job.cells)):
                if self.left <= 0 or not await self._ran(pair, position):
                    return position + (position in self.deadly)
        finally:
            await pair.close()
        return len(self.job.cells)

    def _again(self, first: int) -> Iterable[int]:
        """What a new kernel needs to be where the old one was: set-up and answers, no checks."""
        return [
            position
            for position, cell in enumerate(self.job.cells[:first])
            if cell.role in ("locked", "answer") and position not in self.deadly
        ]

    async def _repeated(self, kernel: Kernel, position: int) -> bool:
        try:
            await kernel.execute(self.job.cells[position], self._time(), Counted(_ignore))
        except Died as death:
            self.deadly.add(position)
            self.flag(f"{death.what} in {self.job.cells[position].name}, run again{WENT_ON}")
            return False
        return self.left > 0

    async def _ran(self, pair: Pair, position: int) -> bool:
        cell, began = self.job.cells[position], time.monotonic()
        try:
            made = await self._outcome(pair, position)
            if position == self._last_check():
                self._hold(await self._looked(pair.answers, cell), f"behind {cell.name}")
        except Died as death:
            made = death.cell
            self.deadly.add(position)
            last = position + 1 == len(self.job.cells)
            self.flag(f"{death.what} in {cell.name}{'' if last else WENT_ON}")
        made.seconds = round(time.monotonic() - began, 3)
        self.made.cells[position] = made
        return position not in self.deadly

    async def _outcome(self, pair: Pair, position: int) -> CellRun:
        cell, kernel = self.job.cells[position], pair.answers
        if cell.role == APART:
            made = await pair.check(position, self._time(), self.counted)
            timed_out = pair.timed_out
        else:
            problems = await self._watched(kernel, position)
            made = await kernel.execute(cell, self._time(), self.counted)
            self._hold(problems, f"before {cell.name}")
            timed_out = kernel.client.timed_out
        if timed_out:
            self.flag(f"time-out in {cell.name}")
        return made

    async def _looked(self, kernel: Kernel, check: Cell) -> list[str]:
        if check.role == TEST:
            return await kernel.watch.problems(check, every=True)
        return await kernel.watch.looked(check)

    async def _watched(self, kernel: Kernel, position: int) -> list[str]:
        cell = self.job.cells[position]
        if cell.role != TEST:
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
        tests = [n for n, cell in enumerate(self.job.cells) if cell.role in CHECKS]
        return tests[-1] if tests else -1

    def _time(self) -> float:
        return max(0.1, min(self.job.limits.cell_s, self.left))

    def _out_of_time(self, position: int) -> None:
        limit, name = self.job.limits.notebook_s, self.job.cells[position].name
        self.flag(f"all {limit:g} s for the notebook used up before {name}{NOT_RUN}")


def _ignore(text: str) -> None:
    """A cell's second run has nothing new to tell."""
