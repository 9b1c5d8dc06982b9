"""The figures of a class for its instructor: points, exercises, what went wrong and how often.

Nothing here is new: points, flags and seconds are `classroom`'s, messages are those that the tests
printed into the autograded notebooks, penalties nbgrader's.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from course.grading.report import ClassReport, Row
from course.grading.works import Work

# Of one exercise; what fewer students were told stands in their feedback.
MOST_MESSAGES = 8
# How the flags begin that somebody has to decide on.
NEEDS_LOOK = ("needs a look", "held")


@dataclass(frozen=True)
class Outcome:
    """How many students have an exercise right, partly right, not at all."""

    exercise: str
    maximum: float
    right: int
    partly: int
    none: int
    mean: float


@dataclass(frozen=True)
class Misconception:
    """A message of a test and who was told so. text: as the first of them read it."""

    exercise: str
    text: str
    students: list[str]


@dataclass(frozen=True)
class Result:
    """A student's row. penalty: points off for being late. score: what is left."""

    row: Row
    penalty: float

    @property
    def score(self) -> float:
        return max(0.0, self.row.total - self.penalty)

    @property
    def needs_look(self) -> bool:
        return any(flag.startswith(NEEDS_LOOK) for flag in self.row.flags)


@dataclass(frozen=True)
class Summary:
    """All of it. untimed: submissions without a time of handing in, when there is a due date."""

    report: ClassReport
    results: list[Result]
    outcomes: list[Outcome]
    misconceptions: list[Misconception]
    untimed: int

    @property
    def graded(self) -> list[Result]:
        return [result for result in self.results if result.row.state == "graded"]

    @property
    def attention(self) -> list[Result]:
        """Those with flags or a problem, who needs a look first."""
        found = [one for one in self.results if one.row.flags or one.row.problem]
        return sorted(found, key=lambda one: (not one.needs_look, one.row.student))

    @property
    def median(self) -> float:
        return statistics.median([one.score for one in self.graded] or [0.0])

    def count(self, state: str) -> int:
        return sum(one.row.state == state for one in self.results)

    @property
    def seconds(self) -> float:
        return sum(one.row.seconds for one in self.results)


def summarise(
    report: ClassReport, works: Iterable[Work], penalties: dict[str, float], untimed: int
) -> Summary:
    """works: of the graded students; penalties: student -> points off."""
    results = [Result(row, penalties.get(row.student, 0.0)) for row in report.rows]
    graded = [row for row in report.rows if row.state == "graded"]
    outcomes = [_outcome(name, worth, graded) for name, worth in report.maxima.items()]
    told = list(_misconceptions(works, list(report.maxima)))
    return Summary(report, results, outcomes, told, untimed)


def _outcome(name: str, maximum: float, rows: list[Row]) -> Outcome:
    points = [row.points.get(name, 0.0) for row in rows]
    right = sum(one >= maximum for one in points)
    none = sum(0 >= one < maximum for one in points)
    mean = statistics.fmean(points or [0.0])
    return Outcome(name, maximum, right, len(points) - right - none, none, mean)


def _misconceptions(works: Iterable[Work], exercises: list[str]) -> Iterable[Misconception]:
    """By exercise, in the lesson's order; the most frequent first."""
    found: dict[str, dict[str, Misconception]] = defaultdict(dict)
    for work in works:
        for message in work.messages:
            new = Misconception(message.exercise, message.text, [])
            found[message.exercise].setdefault(message.kind, new).students.append(work.student)
    for exercise in exercises:
        told = sorted(found[exercise].values(), key=lambda one: -len(one.students))
        yield from told[:MOST_MESSAGES]
