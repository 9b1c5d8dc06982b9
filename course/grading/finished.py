"""Which students need not be done again: notes on what a finished result was made from.

A note names everything that went into a student's scores and page, and what came out. When all of
it is still so, a second run leaves the student as they are; so it goes on where another stopped.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from course.grading import environment, roster
from course.grading.environment import sha256
from course.grading.lessons import CONFIG, Lesson
from course.grading.runs import write_whole

FOLDER = Path("build", "grading", "finished")


class Finished:
    """The notes on a lesson's students."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.folder = lesson.course_dir / FOLDER / lesson.name
        # Both change what late work costs.
        self._due = lesson.due()
        self._extensions = roster.extensions(lesson.course_dir)

    def note(self, student: str, keys: list[str]) -> None:
        """Call this when a student's scores and page are written."""
        text = json.dumps(self._state(student, keys), sort_keys=True)
        write_whole(self._path(student), text)

    def forget(self, student: str) -> None:
        """Call this before anything of a student's is written."""
        self._path(student).unlink(missing_ok=True)

    def holds(self, student: str, keys: list[str]) -> bool:
        """Whether the student's scores and page are those of these runs, and nothing changed."""
        try:
            noted = json.loads(self._path(student).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        # By way of JSON, as the note was.
        return bool(noted == json.loads(json.dumps(self._state(student, keys))))

    def _path(self, student: str) -> Path:
        return self.folder / f"{student}.json"

    def _state(self, student: str, keys: list[str]) -> dict[str, Any]:
        lesson = self.lesson
        inputs = sorted(lesson.folder("submitted", student).rglob("*"))
        outputs = [
            *lesson.autograded(student),
            *sorted(lesson.folder("feedback", student).rglob("*")),
        ]
        sources = [lesson.course_dir / "source" / lesson.name / file for file in lesson.notebooks]
        return {
            "runs": keys,
            "environment": environment.current(),
            "settings": _hashes([lesson.course_dir / CONFIG, *sources]),
            "submission": _hashes(inputs),
            "late": [self._due, self._extensions.get(student, 0)],
            "written": _hashes(outputs),
            "grades": [asdict(grade) for grade in lesson.grades(student)],
        }


def _hashes(paths: list[Path]) -> dict[str, str]:
    return {str(path): sha256(path.read_bytes()) for path in paths if path.is_file()}
