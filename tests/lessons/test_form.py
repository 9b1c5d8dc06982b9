"""The form of a lesson: short cells, few cells, every fact taught, every correction called out."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tools import lesson
from tools.coverage import CALL_OUT
from tools.lesson import Cell

ROOT = Path(__file__).resolve().parents[2]
LESSONS = lesson.lesson_files(ROOT)
MOST_CELLS = 70  # "about 60"; the questions of the quiz, a cell each, are not counted
MOST_LINES = 20
MOST_WORDS = 120
RECALL = 3
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS", re.S)
# Lesson -> the sections of the facts table that it teaches.
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)


def cells(path: Path) -> list[Cell]:
    return lesson.read(path, ROOT)


def facts() -> dict[str, dict[str, str]]:
    with (ROOT / "lessons" / "facts.tsv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file, delimiter="\t")}


def taught(path: Path) -> dict[str, Cell]:
    return {
        fact: cell for cell in cells(path) for fact in str(cell.markers.get("facts", "")).split()
    }


def words(text: str) -> int:
    """Words of prose: no tables, no code blocks."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    return len(" ".join(x for x in text.splitlines() if not x.startswith("|")).split())


@every_lesson
def test_a_lesson_is_no_wall(path: Path) -> None:
    assert len(cells(path)) <= MOST_CELLS


@every_lesson
def test_code_cells_fit_a_screen(path: Path) -> None:
    shown = {c.number: HIDDEN.sub("", c.source).rstrip() for c in cells(path) if code(c)}
    lines = {number: text.count("\n") + 1 for number, text in shown.items()}
    assert not {number: count for number, count in lines.items() if count > MOST_LINES}


@every_lesson
def test_pictures_are_shown_and_not_printed(path: Path) -> None:
    """Printed, a picture is only its text alternative; a table is as good as text."""
    printed = re.compile(r"\bprint\(show\.(?!table\b)")
    assert [c.number for c in cells(path) if code(c) and printed.search(c.source)] == []


def code(cell: Cell) -> bool:
    # A stub's docstring is its specification; it may need more lines than a cell of plain code.
    return cell.kind == "code" and cell.role != "answer"


@every_lesson
def test_prose_cells_are_short(path: Path) -> None:
    prose = {c.number: words(c.source) for c in cells(path) if c.kind == "markdown"}
    assert not {n: count for n, count in prose.items() if count > MOST_WORDS}


@every_lesson
def test_every_fact_of_its_sections_is_taught(path: Path) -> None:
    number = int(path.parent.name[:2])
    wanted = {i for i, row in facts().items() if row["section"].split(".")[0] == str(number)}
    assert wanted - set(taught(path)) == set()
    assert set(taught(path)) <= set(facts()), "a marker names a fact that the table lacks"


@every_lesson
def test_what_is_wrong_or_outdated_has_a_call_out(path: Path) -> None:
    known = facts()
    silent = [
        fact
        for fact, cell in taught(path).items()
        if known[fact]["verdict"] in ("wrong", "outdated") and CALL_OUT not in cell.source
    ]
    assert not silent


@every_lesson
def test_a_lesson_opens_with_three_recall_questions(path: Path) -> None:
    number = int(path.parent.name[:2])
    asked = [c for c in cells(path) if "recall" in c.markers]
    if number == 1:
        assert not asked, "the first lesson has nothing to recall"
        return
    assert len(asked) == RECALL
    for cell in asked:
        for fact in str(cell.markers["recall"]).split():
            section = facts()[fact]["section"].split(".")[0]
            assert int(section) < number, f"{fact} is not from an earlier section"
        assert "<details>" in cell.source and "<summary>" in cell.source, "hide the answer"
    first = min(c.number for c in cells(path) if c.role == "answer")
    assert all(cell.number < first for cell in asked), "recall before the first exercise"


@every_lesson
def test_every_exercise_says_its_points(path: Path) -> None:
    everything = "\n".join(c.source for c in cells(path) if c.kind == "markdown")
    for cell in cells(path):
        if cell.role in ("check", *lesson.MADE):
            points = cell.markers["points"]
            assert f"({points} point" in everything


@every_lesson
def test_a_lesson_ends_with_a_quiz_or_the_mock_exam(path: Path) -> None:
    assert cells(path)[-1].role in lesson.MADE
