"""Every coded exercise has three hints, something to read again and trade-offs, and they stay home."""

from __future__ import annotations

import re
from functools import cache

import pytest

from course.study import helping
from course.study.exercises import Exercise
from tests.lessons import contract
from tests.lessons.contract import ROOT
from tests.lessons.test_contract import CODED, coded_exercise
from tests.lessons.test_release import REGION, cells, released
from tools import lesson
from tools.coverage import FENCED, HEADING

LESSONS = sorted({exercise.lesson for exercise in CODED})
SHORTEST = 12  # characters of a line that tells something


def help_of(exercise: Exercise) -> helping.Help:
    found = helping.find(exercise.lesson, exercise.name, ROOT)
    assert found is not None, f"lessons/{exercise.lesson}/help.toml has no [{exercise.name}]"
    return found


@cache
def released_text(number: str) -> str:
    [source] = (ROOT / "source" / number).glob("*.ipynb")
    return "\n".join(cell.source for cell in cells(released(source)))


@cache
def headings(number: str) -> set[str]:
    [path] = (ROOT / "lessons" / number).glob("*.py")
    prose = [cell.source for cell in lesson.read(path, ROOT) if cell.kind == "markdown"]
    return {text for one in prose for text in HEADING.findall(FENCED.sub("", one))}


def secret_lines(exercise: Exercise) -> set[str]:
    """Lines of the reference and of the hidden tests that the release does not have."""
    shown = {line.strip() for line in released_text(exercise.lesson).splitlines()}
    assert exercise.reference is not None
    texts = [m[2] for m in REGION.finditer(f"{exercise.reference}\n{exercise.check}\n")]
    lines = {line.strip() for text in texts for line in text.splitlines()}
    return {line for line in lines - shown if len(line) >= SHORTEST}


@pytest.mark.parametrize("number", LESSONS)
def test_help_has_the_lessons_exercises_in_their_order(number: str) -> None:
    names = list(helping.read(ROOT / "lessons" / number / "help.toml"))
    assert names == [exercise.name for exercise in CODED if exercise.lesson == number]


@coded_exercise
def test_three_different_hints_and_trade_offs(exercise: Exercise) -> None:
    found = help_of(exercise)
    assert len(found.hints) == len(set(found.hints)) == 3
    assert all(len(hint.split()) >= 5 for hint in found.hints)
    assert len(found.trade_offs.split()) >= 10


@coded_exercise
def test_what_to_read_again_is_a_heading_of_the_lesson(exercise: Exercise) -> None:
    assert help_of(exercise).reread in headings(exercise.lesson)


@coded_exercise
def test_no_hint_holds_a_line_of_the_answer(exercise: Exercise) -> None:
    lines = secret_lines(exercise)
    assert lines
    hints = "\n".join(help_of(exercise).hints)
    assert not [line for line in lines if line in hints]


@coded_exercise
def test_the_release_has_neither_the_last_hint_nor_trade_offs(exercise: Exercise) -> None:
    text = " ".join(released_text(exercise.lesson).split())
    found = help_of(exercise)
    kept = [found.hints[2], *re.split(r"(?<=\.) ", found.trade_offs)]
    assert not [each for each in kept if len(each) >= SHORTEST and each in text]


@coded_exercise
def test_misconceptions_have_messages_of_their_own(exercise: Exercise) -> None:
    texts = contract.answers(exercise).items()
    wrong = [text for stem, text in texts if not stem.startswith("right_")]
    assert len({contract.expected_message(text) for text in wrong}) >= 3
