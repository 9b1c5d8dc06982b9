"""Every exercise of every lesson as a class is graded: a reference passes a check that runs apart,
and a wrong answer is told what it is told beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from course.grading import runner
from course.grading.boundary import TOGETHER
from course.grading.kernel import Start
from course.grading.runs import APART, Cell, CellRun, Job
from course.grading.sandbox import bubblewrap, kernels
from course.grading.sandbox.limits import Limits
from course.study.exercises import Exercise
from tests.lessons import contract
from tests.test_docs import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("boundary-lessons")]
LIMITS = Limits(notebook_s=300)
ALL = contract.exercises()
LESSONS = sorted({one.lesson for one in ALL})


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    with kernels.warm(LIMITS, sandboxed=bubblewrap.why_not() is None) as made:
        yield made


def wrong_answer(exercise: Exercise) -> tuple[str, str] | None:
    """Of the wrong answers the one in the middle of the list, with what its message must hold."""
    known = [
        (text, told)
        for text in contract.answers(exercise).values()
        if (told := contract.expected_message(text))
    ]
    return known[len(known) // 2] if known else None


def cells_of(exercises: list[Exercise]) -> list[Cell]:
    """The lesson's own cells once, then for each exercise the reference, a wrong answer, checks."""
    cells: list[Cell] = []
    for one in exercises:
        fixed = [Cell(f"fixed {n}", "locked", text) for n, text in enumerate(one.fixed)]
        cells += [cell for cell in fixed if cell not in cells]
        cells += [
            Cell(one.name, "answer", one.reference),
            Cell(f"{one.name}: right", APART, one.check),
        ]
        if wrong := wrong_answer(one):
            cells += [
                Cell(one.name, "answer", wrong[0]),
                Cell(f"{one.name}: wrong", APART, one.check),
            ]
    return cells


@pytest.mark.parametrize("lesson", LESSONS)
def test_right_and_wrong_answers_fare_apart_as_together(start: Start, lesson: str) -> None:
    exercises = [one for one in ALL if one.lesson == lesson and one.name not in TOGETHER]
    cells = cells_of(exercises)
    run = runner.run(Job(tuple(cells), limits=LIMITS), start)
    made = {cell.name: got for cell, got in zip(cells, run.cells, strict=True)}
    for one in exercises:
        assert said(made[f"{one.name}: right"]) == [], one.name
        if wrong := wrong_answer(one):
            [told] = said(made[f"{one.name}: wrong"])
            assert wrong[1] in told, one.name
    assert run.flags == []


def said(run: CellRun) -> list[str]:
    outputs = [out for out in run.outputs if out["output_type"] == "error"]
    return [f"{out['ename']}: {out['evalue']}" for out in outputs]


def test_only_a_few_exercises_share_a_kernel_and_the_page_names_them() -> None:
    names = {one.name for one in ALL}
    page = (ROOT / "docs" / "grading_details.md").read_text(encoding="utf-8")
    assert set(TOGETHER) <= names and len(TOGETHER) < len(names) / 10
    assert all(f"`{name}`" in page for name in TOGETHER)
