"""How far a student has come: by lesson, by skill of the exam guide, and what waits for review."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from course.study import pages, records, schedule
from course.study.attempts import RIGHT, Attempts
from course.study.exam import SKILLS
from course.study.pages import Page
from course.study.sitting import wall_clock

# Made from the markers of lessons/ by `make build`; a notebook does not have them.
PACKAGED = Path(__file__).parent / "skills.json"


@dataclass(frozen=True)
class Known:
    """An exercise of the course and the skills that it trains."""

    lesson: str
    name: str
    points: float
    skills: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """One exercise of a student: best points, how many checks, hints and seconds."""

    exercise: Known
    right: bool
    points: float
    checks: int
    hints: int
    seconds: float


@cache
def known() -> tuple[tuple[str, str, tuple[Known, ...]], ...]:
    """(lesson, title, exercises) in the order of the course."""
    loaded = json.loads(PACKAGED.read_text(encoding="utf-8"))
    return tuple(
        (each["lesson"], each["title"], tuple(_known(each["lesson"], e) for e in each["exercises"]))
        for each in loaded
    )


def _known(lesson: str, row: dict[str, Any]) -> Known:
    return Known(lesson, row["name"], row["points"], tuple(row["skills"]))


def standings(kept: Attempts) -> list[Standing]:
    """Every exercise of the course with what was done for it."""
    checks, helped = kept.all(), kept.helped()
    found = []
    for exercise in (each for _, _, exercises in known() for each in exercises):
        mine = [a for a in checks if (a.lesson, a.exercise) == (exercise.lesson, exercise.name)]
        hints = [h for h in helped if (h.lesson, h.exercise) == (exercise.lesson, exercise.name)]
        best = max((attempt.points for attempt in mine), default=0.0)
        right = any(attempt.outcome == RIGHT for attempt in mine)
        seconds = sum(a.seconds for a in mine) + sum(h.seconds for h in hints)
        shown = sum(h.kind == "hint" for h in hints)
        found.append(Standing(exercise, right, best, len(mine), shown, seconds))
    return found


def progress() -> Page:
    """The page about what was done so far, from this user's records."""
    path, now = records.default_path(), wall_clock()
    found = standings(Attempts(path))
    right = sum(each.right for each in found)
    cards = records.Records(path)
    parts = [
        pages.table("By lesson", list(_by_lesson(found))),
        pages.table("By skill of the exam guide, Domain 4", list(_by_skill(found))),
        pages.text(
            "Quizzes and the exam are not in these: `course check` counts their points, too."
        ),
        pages.text(_review(len(schedule.due(cards, now)), len(cards.cards()))),
        pages.text(f"Kept in `{path}`, on this machine only."),
    ]
    return pages.page(f"Progress: {right} of {len(found)} exercises are right", parts)


def _by_lesson(found: list[Standing]) -> Iterable[dict[str, Any]]:
    for lesson, title, _ in known():
        mine = [each for each in found if each.exercise.lesson == lesson]
        yield {"Lesson": f"{lesson[:2]} {title}", **_shares(mine), **_effort(mine)}


def _by_skill(found: list[Standing]) -> Iterable[dict[str, Any]]:
    for skill, words in SKILLS.items():
        mine = [each for each in found if skill in each.exercise.skills]
        yield {"Skill": f"{skill} {words}", **_shares(mine)}


def _shares(mine: list[Standing]) -> dict[str, Any]:
    points = sum(each.points for each in mine)
    maximum = sum(each.exercise.points for each in mine)
    right = sum(each.right for each in mine)
    return {"Right": f"{right} of {len(mine)}", "Points": f"{points:g} of {maximum:g}"}


def _effort(mine: list[Standing]) -> dict[str, Any]:
    minutes = round(sum(each.seconds for each in mine) / 60)
    hints = sum(each.hints for each in mine)
    return {"Checks": sum(each.checks for each in mine), "Hints": hints, "Minutes": minutes}


def _review(due: int, cards: int) -> str:
    if not cards:
        return "Nothing waits for review: what you miss in `course exam` comes there."
    if not due:
        return f"None of your {cards} cards is due for review today."
    return f"{due} of {cards} cards {'is' if due == 1 else 'are'} due: `course review` asks them."
