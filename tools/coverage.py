"""What the lessons teach and test, read from their text: facts, skills, exercises, questions.

A fact of lessons/facts.tsv is taught by the prose cells that name it (`facts=`), and tested by the
check cells that do (`tests=`), by quiz questions and by items of the exam's bank. A skill of the
exam guide (course.study.exam.SKILLS) is trained by the check cells that name it (`skills=`), and
asked for by the questions that do.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools import lesson
from tools.lesson import Cell

CALL_OUT = "**Exam answer / Today.**"  # where the exam or older material says otherwise
CALLED_OUT = ("wrong", "outdated")  # verdicts that need one
FENCED = re.compile(r"```.*?```", re.S)  # a comment of code in prose is no heading
HEADING = re.compile(r"^#+ (.+)$", re.M)
SCORED = re.compile(r"^(.*) \(\d+ points?\)$")


@dataclass(frozen=True)
class Fact:
    """A row of the table; `lesson` is the two digits of its lesson, or none for the whole exam."""

    id: str
    section: str
    claim: str
    verdict: str

    @property
    def lesson(self) -> str:
        number = self.section.split(".")[0]
        return f"{int(number):02d}" if number.isdigit() and number != "0" else ""


@dataclass(frozen=True)
class Place:
    """A cell that teaches a fact, by the heading under which it stands."""

    lesson: str
    heading: str
    called_out: bool


@dataclass(frozen=True)
class Exercise:
    """A graded answer: `label` is "Exercise 1.2" or "Incident 4", `tests` are ids of facts."""

    lesson: str
    name: str
    label: str
    title: str
    points: int
    skills: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A question of a lesson's quiz, or an item of the exam's bank."""

    kind: str
    lesson: str
    id: str
    skills: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Lesson:
    """`skills` are those that its first cell promises, `sections` the titles of its subsections."""

    number: str
    folder: str
    title: str
    skills: tuple[str, ...]
    sections: dict[str, str]


@dataclass(frozen=True)
class Coverage:
    """All of it, each in the order of the course."""

    facts: list[Fact] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    exercises: list[Exercise] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    taught: dict[str, list[Place]] = field(default_factory=dict)

    def exercises_on(self, fact: str) -> list[Exercise]:
        return [each for each in self.exercises if fact in each.tests]

    def questions_on(self, fact: str) -> list[Question]:
        return [each for each in self.questions if fact in each.facts]

    def is_tested(self, fact: str) -> bool:
        return bool(self.exercises_on(fact) or self.questions_on(fact))

    def is_called_out(self, fact: str) -> bool:
        """Whether each cell that teaches it says what the exam or older material expects."""
        places = self.taught.get(fact, [])
        return bool(places) and all(place.called_out for place in places)


def read(root: Path) -> Coverage:
    """The coverage of the course below `root`."""
    found = Coverage(facts=facts(root), questions=list(_questions(root)))
    for path in lesson.lesson_files(root):
        _add(found, lesson.read(path, root), path.parent.name)
    return found


def facts(root: Path) -> list[Fact]:
    with (root / "lessons" / "facts.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Fact(*(row[n] for n in ("id", "section", "claim", "verdict"))) for row in rows]


def _add(found: Coverage, cells: list[Cell], folder: str) -> None:
    """Add one lesson. A cell without a heading stands under, or after, the last one before it."""
    number = folder[:2]
    found.lessons.append(_lesson(cells, folder))
    heading, scored = "", ""
    for cell in cells:
        own = _headings(cell)
        heading = own[0] if own else heading
        scored = next((text for text in own if SCORED.match(text)), scored)
        for fact in str(cell.markers.get("facts", "")).split():
            place = Place(number, _short(heading), CALL_OUT in cell.source)
            found.taught.setdefault(fact, []).append(place)
        heading = own[-1] if own else heading
        if cell.role == "check":
            found.exercises.append(_exercise(cell, number, scored))
            heading = f"after {_short(scored)}"


def _headings(cell: Cell) -> list[str]:
    return HEADING.findall(FENCED.sub("", cell.source)) if cell.kind == "markdown" else []


def _short(heading: str) -> str:
    """An exercise's label; any other heading as it is."""
    return heading.partition(": ")[0] if SCORED.match(heading) else heading


def _exercise(cell: Cell, number: str, heading: str) -> Exercise:
    scored = SCORED.match(heading)
    if scored is None:
        cell.refuse(
            "a check below no heading with points, such as `### Exercise 1.2: ... (2 points)`"
        )
    label, _, title = scored[1].partition(": ")
    skills, tests = (tuple(str(cell.markers.get(n, "")).split()) for n in ("skills", "tests"))
    return Exercise(
        number, str(cell.name), label, title, int(cell.markers["points"]), skills, tests
    )


def _lesson(cells: list[Cell], folder: str) -> Lesson:
    titles = [text for cell in cells for text in _headings(cell)]
    sections = dict(t.split(" ", 1) for t in titles if re.match(r"\d+\.\d+ ", t))
    title = titles[0].partition(" ")[2].partition(":")[0]
    return Lesson(folder[:2], folder, title, promised(cells[0].source), sections)


def promised(text: str) -> tuple[str, ...]:
    """The skills of a line such as "Exam skills: 4.1.2 to 4.1.4, 4.3.9."."""
    line = re.search(r"^Exam skills: (.*)\.$", text, re.M)
    return tuple(each for part in line[1].split(", ") for each in _range(part)) if line else ()


def _range(text: str) -> Iterator[str]:
    first, _, last = text.partition(" to ")
    task, _, start = first.rpartition(".")
    end = last.rpartition(".")[2] or start
    return (f"{task}.S{number}" for number in range(int(start), int(end) + 1))


def _questions(root: Path) -> Iterator[Question]:
    folder = root / "lessons"
    for path in sorted(folder.glob("[0-9][0-9]_*/quiz.toml")):
        yield from _of_file("quiz", path.parent.name[:2], _rows(path, "question"))
    for path in sorted((folder / "items").glob("*.toml")):
        yield from _of_file("item", path.stem[:2], _rows(path, "item"))


def _rows(path: Path, table: str) -> list[dict[str, Any]]:
    return list(tomllib.loads(path.read_text(encoding="utf-8"))[table])


def _of_file(kind: str, number: str, rows: Iterable[dict[str, Any]]) -> Iterator[Question]:
    for row in rows:
        skills = tuple(re.sub(r"\.(\d+)$", r".S\1", skill) for skill in row["skills"])
        yield Question(kind, number, row["id"], skills, tuple(row["facts"]))
