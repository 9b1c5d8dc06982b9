"""Rows that stop, flood or warn: each costs its own cell, and the honest rest counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nbformat import from_dict

from course.grading import runner
from course.grading.kernel import Start
from course.grading.sandbox import bubblewrap, kernels
from course.grading.sandbox.limits import Limits
from tests.hostile import hostile
from tests.hostile.hostile import LESSON, Graded, attacking, cell_of, honest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("forged")]

IGNORES = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass"
CATCHES = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
BLOCKED = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
while True:
    pass
"""
FLOOD = "for number in range(300_000):\n    print(number)\n"
WARNS = "import logging, sys, warnings\nwarnings.warn('old')\nprint('hm', file=sys.stderr)\n"
BUSY = "import time\nend = time.monotonic() + 3\nwhile time.monotonic() < end:\n    pass"


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    with kernels.warm(sandboxed=bubblewrap.why_not() is None) as made:
        yield made


def graded(submitted: object, start: Start, limits: Limits) -> Graded:
    rebuilt, job = hostile.job(submitted, limits)

    def within(*args: object, **more: object) -> object:
        return start(*args, **{"limits": limits, **more})

    return hostile.judged(rebuilt, runner.run(job, within))


def test_31_51_52_55_87_each_costs_its_own_cell(start: Start) -> None:
    reference = LESSON.reference
    submitted = attacking(
        "raise KeyboardInterrupt",  # 31
        slowest_invocations=IGNORES,  # 51
        spare_memory=CATCHES,  # 52
        error_rate_alarm=BLOCKED,  # 52c
        count_declines=FLOOD + reference("count_declines"),  # 55
        alarm_state=WARNS + reference("alarm_state"),  # 87
        quiz=reference("quiz"),
    )
    found = graded(submitted, start, Limits(cell_s=2, notebook_s=120))
    right = ("count_declines", "alarm_state", "quiz")
    assert found.total == sum(LESSON.exercises[name] for name in right)
    assert all(found.points[name] == LESSON.exercises[name] for name in right)
    assert found.held == []
    assert len(found.run.encode()) < 5_000_000


def test_53_the_notebook_has_a_budget(start: Start) -> None:
    submitted = honest()
    first = submitted.cells.index(cell_of(submitted, "emf_line"))
    for number in range(4):
        busy = {"cell_type": "code", "source": BUSY, "metadata": {}, "outputs": []}
        submitted.cells.insert(first, {**busy, "execution_count": None, "id": f"busy-{number}"})
    submitted = from_dict(submitted)
    found = graded(submitted, start, Limits(cell_s=20, notebook_s=8))
    assert found.total == 0
    [told] = [flag for flag in found.flags if flag.startswith("all 8 s for the notebook")]
    assert told.endswith("later cells not run")


@pytest.mark.parametrize("marks", [{"grade": True, "points": 50}, {"solution": False}])
def test_26_marks_on_an_answer_cell_are_the_releases(
    start: Start, marks: dict[str, object]
) -> None:
    submitted = honest()
    cell_of(submitted, "alarm_state").metadata.nbgrader.update(marks)
    rebuilt, job = hostile.job(submitted, Limits())
    assert job.cells == hostile.job(honest(), Limits())[1].cells
    assert cell_of(rebuilt, "alarm_state").metadata.nbgrader == (
        cell_of(LESSON.release, "alarm_state").metadata.nbgrader
    )
