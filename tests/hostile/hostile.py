"""Submissions of lesson 01 that attack whoever grades them, and what is made of each.

The rows' numbers are the project's own; docs/grading.md says what is stopped and what is not.
"""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from course.grading import repair, scores
from course.grading.boundary import TOGETHER
from course.grading.execute import _cells, put
from course.grading.runs import Job, Run
from course.grading.sandbox.limits import Limits
from tools import demo

LESSON = demo.read()
MAXIMUM = sum(LESSON.exercises.values())
FIRST = next(iter(LESSON.exercises))
ALL = tuple(LESSON.exercises)


def blank() -> Any:
    """Nothing answered; without the free cells, which a student may delete, to save time."""
    made = LESSON.submission({})
    made.cells = [cell for cell in made.cells if repair.grade_id(cell)]
    return made


def honest() -> Any:
    """Everything right."""
    made = blank()
    for name in LESSON.exercises:
        cell_of(made, name).source = LESSON.reference(name)
    return made


def cell_of(nb: Any, name: str) -> Any:
    return next(cell for cell in nb.cells if repair.grade_id(cell) == name)


def attacking(code: str, place: str = FIRST, **answers: str) -> Any:
    """Blank, but for code in an answer cell, and these answers."""
    made = blank()
    cell_of(made, place).source = f"{code}\n\n\n{cell_of(made, place).source}"
    for name, text in answers.items():
        cell_of(made, name).source = text
    return made


@dataclass
class Graded:
    """What came of a submission without a gradebook."""

    points: dict[str, float | None]
    flags: list[str]
    run: Run
    doubts: dict[str, str | None] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return sum(points or 0 for points in self.points.values())

    @property
    def held(self) -> list[str]:
        return [flag for flag in self.flags if flag.startswith("held: ")]

    def shown(self) -> str:
        """All that the kernel said."""
        return json.dumps([cell.outputs for cell in self.run.cells])

    def printed(self) -> str:
        """All that was printed; a check's own error shows its text."""
        outputs = [out for cell in self.run.cells for out in cell.outputs]
        return json.dumps([out["text"] for out in outputs if out["output_type"] == "stream"])


def job(
    submitted: Any,
    limits: Limits,
    files: dict[str, bytes] | None = None,
    together: Container[str] = TOGETHER,
) -> tuple[Any, Job]:
    """A submission, put right and with the hidden tests; and what is to be run of it.

    together: the exercises whose checks run in the answers' own kernel.
    """
    rebuilt, notes = repair.rebuild(submitted, LESSON.release)
    for cell in rebuilt.cells:
        name = repair.grade_id(cell)
        if name and repair.is_locked(cell):
            cell.source = cell_of(LESSON.source, name).source
    rebuilt.metadata["notes"] = notes
    return rebuilt, Job(tuple(_cells(rebuilt, together)), files or {}, limits)


def judged(rebuilt: Any, run: Run) -> Graded:
    """The scores that StrictScores would write."""
    put(run, rebuilt)
    found = {
        name.removesuffix("_check"): scores.score(cell)
        for cell in rebuilt.cells
        if (name := repair.grade_id(cell)) and cell.metadata.nbgrader.get("grade")
    }
    return Graded(
        {name: one.points for name, one in found.items()},
        [*rebuilt.metadata["notes"], *run.flags],
        run,
        {name: one.doubt for name, one in found.items()},
    )
