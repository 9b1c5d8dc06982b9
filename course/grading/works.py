"""What the pages about a class need of each graded submission, from its autograded notebook."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.grading import repair
from course.grading.feedback import ANSI
from course.grading.lessons import Lesson, exercise

OWN = "own cells"
LONGEST_MESSAGE = 300
# Values that differ from student to student in what is otherwise one message.
VALUES = re.compile(r"(?<!\w)'[^']*'|\"[^\"]*\"|[-+]?\d+(?:[.,_]\d+)*(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Message:
    """What a test said when it failed. text: in one line."""

    exercise: str
    text: str

    @property
    def kind(self) -> str:
        """The same for messages that differ in values only."""
        return VALUES.sub("…", self.text)


@dataclass
class Work:
    """One student's. answers: name -> code, all that stands in cells of their own as OWN."""

    student: str
    answers: dict[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)


def read(lesson: Lesson, student: str, given: Collection[str]) -> Work:
    """Of a graded student; a notebook that was never written adds nothing.

    given: texts of cells that are nobody's own, as `released` has them.
    """
    work = Work(student)
    for path in lesson.autograded(student):
        for cell in _cells(path):
            _add(work, cell, given)
    return work


def released(lesson: Lesson) -> set[str]:
    """Every text of code that students were given, blank answers included."""
    folder = lesson.course_dir / "release" / lesson.name
    cells = [cell for file in lesson.notebooks for cell in _cells(folder / file)]
    return {_text(cell) for cell in cells if cell["cell_type"] == "code"}


def _cells(path: Path) -> list[dict[str, Any]]:
    # Without nbformat: its validation takes longer than all that is done here.
    if not path.exists():
        return []
    cells: list[dict[str, Any]] = json.loads(path.read_bytes())["cells"]
    return cells


def _add(work: Work, cell: dict[str, Any], given: Collection[str]) -> None:
    name = repair.grade_id(cell)
    if cell["cell_type"] != "code":
        return
    if name is None and _text(cell) not in given:
        work.answers[OWN] = f"{work.answers.get(OWN, '')}{_text(cell)}\n\n"
    elif name and _is(cell, "solution"):
        work.answers[name] = _text(cell)
    if name and _is(cell, "grade"):
        errors = [out for out in cell.get("outputs", []) if out["output_type"] == "error"]
        work.messages += [Message(exercise(name), _message(error)) for error in errors[:1]]


def _is(cell: dict[str, Any], mark: str) -> bool:
    return repair.grade_id(cell) is not None and bool(cell["metadata"]["nbgrader"].get(mark))


def _text(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _message(error: dict[str, Any]) -> str:
    kind, value = str(error.get("ename", "")), str(error.get("evalue", ""))
    said = " ".join(ANSI.sub("", value[: 4 * LONGEST_MESSAGE]).split())
    whole = said if said and kind == "AssertionError" else f"{kind}: {said}".rstrip(": ")
    return whole if len(whole) <= LONGEST_MESSAGE else f"{whole[: LONGEST_MESSAGE - 1]}…"
