"""The demo's class of six gets the totals that its roles promise, on the lesson as committed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from course.grading.report import ClassReport
from tools import demo

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]  # one class for all tests
STUDENTS = list(demo.STUDENTS)


@pytest.fixture(scope="module")
def lesson() -> demo.Lesson:
    return demo.read()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "course"


@pytest.fixture(scope="module")
def graded(lesson: demo.Lesson, folder: Path) -> ClassReport:
    return demo.run(lesson, folder)


def test_the_class_is_graded_once(request: pytest.FixtureRequest) -> None:
    """pytest-xdist keeps a group together by its name in the test's id; pytest 9.2 lost that."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("in one process everything is one group")
    assert request.node.nodeid.endswith("@demo")


def test_everybody_is_graded_without_a_problem(graded: ClassReport) -> None:
    assert [row.student for row in graded.rows] == STUDENTS
    assert {row.state for row in graded.rows} == {"graded"}
    assert graded.lines() == []


def test_the_perfect_answer_gets_all_and_the_blank_nothing(graded: ClassReport) -> None:
    assert graded.row("ada").points == graded.maxima
    assert graded.row("ada").flags == []
    assert set(graded.row("ben").points.values()) == {0}


def test_every_second_exercise_right(graded: ClassReport) -> None:
    wanted = {
        name: points if position % 2 == 0 else 0
        for position, (name, points) in enumerate(graded.maxima.items())
    }
    assert graded.row("cleo").points == wanted


def test_hard_coded_answers_get_nothing(graded: ClassReport, lesson: demo.Lesson) -> None:
    fitted = demo.hard_coded(lesson)
    wanted = {n: 0 if n in fitted else points for n, points in graded.maxima.items()}
    assert graded.row("dan").points == wanted


def test_tampering_gains_nothing_and_is_flagged(graded: ClassReport, lesson: demo.Lesson) -> None:
    deleted, edited = demo.tampered(lesson)
    row = graded.row("eve")
    wanted = {n: 0 if n in (deleted, edited) else points for n, points in graded.maxima.items()}
    assert row.points == wanted
    assert f"test cell {deleted}_check deleted (restored)" in row.flags
    assert edited is None or f"test cell {edited}_check edited (restored)" in row.flags


def test_an_endless_loop_costs_its_own_exercise(graded: ClassReport, lesson: demo.Lesson) -> None:
    name = demo.endless(lesson)
    row = graded.row("fay")
    assert row.points == {**graded.maxima, name: 0}
    assert f"time-out in {name}_check" in row.flags


@pytest.mark.parametrize("student", STUDENTS)
def test_pages_hold_no_hidden_test(
    graded: ClassReport, lesson: demo.Lesson, folder: Path, student: str
) -> None:
    page = folder / "feedback" / student / lesson.name / lesson.notebook
    text = page.with_suffix(".html").read_text(encoding="utf-8")
    assert "HIDDEN TESTS" not in text
    for line in hidden_lines(lesson):
        assert line not in text, f"{student} can read {line!r}"


def hidden_lines(lesson: demo.Lesson) -> list[str]:
    """Whole hidden lines that HTML shows as they are, none of which the release shows."""
    released = "\n".join(cell.source for cell in lesson.release.cells)
    found, inside = [], False
    for line in "\n".join(cell.source for cell in lesson.source.cells).split("\n"):
        inside = inside or "BEGIN HIDDEN TESTS" in line
        plain = not set(line) & set("<>&'\"")
        if inside and plain and len(line.strip()) >= 8 and line.strip() not in released:
            found.append(line.strip())
        inside = inside and "END HIDDEN TESTS" not in line
    return found
