"""The two kernels of a notebook, as the runner uses them: answers here, checks over there."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path
from typing import Any

from course.grading.boundary import names
from course.grading.kernel import PATIENCE, Died, Kernel, Start
from course.grading.outputs import Counted, error
from course.grading.runs import APART, TEST, Cell, CellRun, Job

_FROM = "__import__('course.grading.boundary.{end}', fromlist=['{end}'])"
_SERVE = _FROM.format(end="answers") + ".serve({turn})"
_BEGIN = _FROM.format(end="checks") + ".begin({turn}, {names})"
_END = _FROM.format(end="checks") + ".end()"
# Seconds for a function to return to the kernel's loop when its check has ended.
LET_GO_S = 0.5


class Pair:
    """The kernel of the answers and, from the first check apart on, the one of the checks."""

    def __init__(self, job: Job, start: Start, folder: Path) -> None:
        self._job, self._start, self._folder = job, start, folder
        self._turn = 0
        self._run: set[int] = set()
        self._checks: Kernel | None = None
        # Whether the last check was stopped.
        self.timed_out = False
        self._ends = contextlib.ExitStack()
        self._there: socket.socket | None = None
        linked: dict[str, Any] = {}
        if any(cell.role == APART for cell in job.cells):
            here, self._there = socket.socketpair()
            linked["link"] = self._ends.enter_context(here)
            self._ends.enter_context(self._there)
        self.answers = Kernel(job, start, folder, **linked)

    async def open(self) -> None:
        await self.answers.open()

    async def close(self) -> None:
        self._ends.close()
        for kernel in (self.answers, self._checks):
            if kernel is not None:
                await kernel.close()

    async def check(self, position: int, limit: float, counted: Counted) -> CellRun:
        """Run a check in its own kernel, with the answers as they are now.

        Raises Died when either kernel is gone; both are of no use then.
        """
        needs = names.needs(self._job.cells, position)
        checks = await self._checks_open()
        for one in needs.cells:
            if one not in self._run:
                self._run.add(one)
                await checks.execute(self._job.cells[one], limit, Counted(_ignore))
        self._turn += 1
        serving = asyncio.create_task(self._serve(limit))
        watching = asyncio.create_task(self._cut_short(serving, checks))
        try:
            await self._silently(checks, _BEGIN.format(turn=self._turn, names=list(needs.answers)))
            made = await checks.execute(self._job.cells[position], limit, counted)
            self.timed_out = checks.client.timed_out
            await self._silently(checks, _END)
        except Died as death:
            await _quietly(serving)
            raise death
        finally:
            await _quietly(watching)
        printed = await self._served(serving, made)
        made.outputs[:0] = printed
        return made

    async def _checks_open(self) -> Kernel:
        if self._checks is None:
            self._checks = Kernel(self._job, self._start, self._folder, link=self._there)
            await self._checks.open()
            # What ends either kernel must reach the other: nobody else may hold their sockets.
            self._ends.close()
        return self._checks

    async def _silently(self, kernel: Kernel, source: str) -> None:
        await kernel.execute(Cell("link", TEST, source), PATIENCE, Counted(_ignore))

    async def _serve(self, limit: float) -> CellRun | Died:
        """Have the answers' kernel answer until the check is done, a little longer than that."""
        cell = Cell("link", TEST, _SERVE.format(turn=self._turn))
        try:
            return await self.answers.execute(cell, limit + 3 * PATIENCE, Counted(_ignore))
        except Died as death:
            # Not raised here: asyncio reports what nobody takes from a task.
            return death

    async def _cut_short(self, serving: asyncio.Task[CellRun | Died], checks: Kernel) -> None:
        """Stop a check that waits for somebody who has left: only the check's end ends serving."""
        await asyncio.wait([serving])
        await asyncio.sleep(LET_GO_S)
        await checks.interrupt()

    async def _served(self, serving: asyncio.Task[CellRun | Died], made: CellRun) -> list[Any]:
        """What the answer printed; Died, with what the check gave, if its kernel ended."""
        try:
            run = await asyncio.wait_for(asyncio.shield(serving), LET_GO_S)
        except TimeoutError:
            run = await self._interrupted(serving)
        if isinstance(run, Died):
            made.outputs.append(run.error)
            run.cell = made
            raise run
        return [out for out in run.outputs if out["output_type"] == "stream"]

    async def _interrupted(self, serving: asyncio.Task[CellRun | Died]) -> CellRun | Died:
        """End a function that goes on though its check has ended."""
        await self.answers.interrupt()
        try:
            return await asyncio.wait_for(asyncio.shield(serving), PATIENCE)
        except TimeoutError:
            await self.answers.close()
            await _quietly(serving)
            return Died("no answer to interrupt", error("TimeoutError", "stopped"))


async def _quietly(task: asyncio.Task[Any]) -> None:
    """End a task whose outcome does not count any more."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task


def _ignore(text: str) -> None:
    """What only serves the link has nothing to tell."""
