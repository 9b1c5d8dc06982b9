"""Nothing of the facts or of the exam guide is left out: all is taught, called out, tested.

docs/coverage.md shows the same as a page; tests/tools/test_coverage_page.py is about the page.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from course.study.exam import SKILLS
from tests.lessons.item_rules import PER_SKILL
from tools import coverage, lesson
from tools.coverage import CALLED_OUT, Coverage, Exercise

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted({fact.lesson for fact in coverage.facts(ROOT)} - {""})
WHOLE_EXAM = ""  # facts of the sections 0 and FS belong to no lesson; any may teach them
MOST_SKILLS = 3
every_group = pytest.mark.parametrize("number", [*LESSONS, WHOLE_EXAM], ids=lambda n: n or "exam")


@cache
def found() -> Coverage:
    return coverage.read(ROOT)


def named(exercises: list[Exercise]) -> list[str]:
    return [f"{each.lesson}: {each.name}" for each in exercises]


@every_group
def test_every_fact_is_taught_by_a_cell(number: str) -> None:
    facts = [fact.id for fact in found().facts if fact.lesson == number]
    lost = [fact for fact in facts if fact not in found().taught]
    assert not lost, f"no prose cell has these in its facts=: {' '.join(lost)}"


@every_group
def test_what_is_wrong_or_outdated_is_called_out(number: str) -> None:
    facts = [f.id for f in found().facts if f.lesson == number and f.verdict in CALLED_OUT]
    silent = [fact for fact in facts if fact in found().taught and not found().is_called_out(fact)]
    assert not silent, f"a cell that teaches it lacks {coverage.CALL_OUT}: {' '.join(silent)}"


def test_what_is_wrong_or_outdated_is_asked() -> None:
    facts = [fact.id for fact in found().facts if fact.verdict in CALLED_OUT]
    silent = [fact for fact in facts if not found().is_tested(fact)]
    assert not silent, f"no exercise, quiz question or item is about {' '.join(silent)}"


@pytest.mark.parametrize("skill", SKILLS)
def test_every_skill_has_an_exercise_and_items(skill: str) -> None:
    trained = [each for each in found().exercises if skill in each.skills]
    assert trained, f"no check cell has {skill} ({SKILLS[skill]}) in its skills="
    asked = Counter(s for q in found().questions if q.kind == "item" for s in q.skills)
    assert asked[skill] >= PER_SKILL


def test_every_exercise_says_which_skills_it_trains() -> None:
    silent = [
        e for e in found().exercises if not 1 <= len(set(e.skills) & {*SKILLS}) <= MOST_SKILLS
    ]
    assert not silent, f"write skills=, one to {MOST_SKILLS}, on the check of {named(silent)}"
    strange = [e for e in found().exercises if not set(e.skills) <= {*SKILLS}]
    assert not strange, f"the exam guide has no such skills: {named(strange)}"


def test_exercises_test_facts_that_exist() -> None:
    known = {fact.id for fact in found().facts}
    strange = [each for each in found().exercises if not set(each.tests) <= known]
    assert not strange, f"tests= names facts that the table lacks: {named(strange)}"


@pytest.mark.parametrize("number", [path.parent.name[:2] for path in lesson.lesson_files(ROOT)])
def test_the_first_cell_promises_the_skills_of_its_exercises(number: str) -> None:
    [promised] = [set(each.skills) for each in found().lessons if each.number == number]
    trained = {s for each in found().exercises if each.lesson == number for s in each.skills}
    asked = {s for each in found().questions if each.lesson == number for s in each.skills}
    assert trained - promised == set(), "the line `Exam skills:` of the first cell lacks these"
    assert promised - trained - asked == set(), "neither an exercise nor a question is about these"
