"""A lesson's points as Canvas and Moodle import them; written from nbgrader's gradebook.

Canvas (lib/gradebook_importer.rb of its open source): the columns Student, ID, SIS User ID, SIS
Login ID, Section, then one for each assignment, headed by its name or by "Name (id)"; a row Points
Possible; ID is Canvas's own number of the student. A name that Canvas does not know makes a new
assignment.

Moodle (Moodle Docs, "Grade import"; grade/import/csv of its source): columns as in its own export;
which one identifies the student, the ID number or the e-mail address, is chosen there. One unknown
student stops the import of all, so everybody here has what identifies them.

Who has nothing in the gradebook, or something that somebody should look at, is left out: an empty
field would clear what is there. For nbgrader's own command:
`nbgrader export --exporter course.grading.exports.CanvasExport`.
"""

from __future__ import annotations

import csv
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin
from traitlets import Unicode

from course.errors import UserError
from course.grading import roster
from course.grading.lessons import Lesson, Settings
from course.grading.runs import write_whole


@dataclass(frozen=True)
class Points:
    """What one student has in one lesson. student: nbgrader's; points: None when there are none to
    pass on; why: the reason, if it is one to act on."""

    student: Any
    points: float | None
    why: str | None = None


class GradesExport(ExportPlugin):  # type: ignore[misc]
    """What both have in common. problems: after `export`, a line for each student left out."""

    heading = Unicode("", help="Heading of the column; the lesson's name if empty.").tag(
        config=True
    )
    suffix = ""

    def export(self, gradebook: Gradebook) -> None:
        """Write the chosen lesson (nbgrader's --assignment) to `to`, else to build/grades."""
        if len(self.assignment) != 1:
            raise UserError("an export is of one lesson; name it with --assignment")
        [lesson] = self.assignment
        self.course_dir = Path(self.parent.coursedir.root)
        self.problems: list[str] = []
        try:
            maximum = gradebook.find_assignment(lesson).max_score
        except MissingEntry:
            raise UserError(f"{lesson} is not in the gradebook; grade it first") from None
        rows = self.rows(self._given(gradebook, lesson), self.heading or lesson, maximum)
        text = StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        write_whole(self.path(lesson), text.getvalue())

    def path(self, lesson: str) -> Path:
        return Path(self.to or self.course_dir / "build" / "grades" / f"{lesson}.{self.suffix}.csv")

    def rows(self, given: list[Points], heading: str, maximum: float) -> list[list[str]]:
        """The file, line by line."""
        raise NotImplementedError

    def identified(self, given: list[Points], **columns: dict[str, str]) -> Iterator[Points]:
        """Those whom one of the columns (name -> student's id -> value) tells from all others."""
        taken = Counter((name, value) for name, ids in columns.items() for value in ids.values())
        for one in given:
            student = one.student.id
            found = [(name, ids[student]) for name, ids in columns.items() if student in ids]
            shared = next((name for name, value in found if taken[name, value] > 1), None)
            if not found:
                self._left_out(student, f"no {' or '.join(columns)} in {roster.NAME}")
            elif shared:
                self._left_out(student, f"somebody else has the same {shared} in {roster.NAME}")
            else:
                yield one

    def _left_out(self, student: str, why: str) -> None:
        self.problems.append(f"{student}: left out: {why}")
        self.log.warning(self.problems[-1])

    def _given(self, gradebook: Gradebook, lesson: str) -> list[Points]:
        """Everybody with points to pass on."""
        students = sorted(gradebook.students, key=lambda student: student.id)
        wanted = [one for one in students if not self.student or one.id in self.student]
        found = [_points(gradebook, lesson, student) for student in wanted]
        for one in found:
            if one.why:
                self._left_out(one.student.id, one.why)
        return [one for one in found if one.points is not None]


def _points(gradebook: Gradebook, lesson: str, student: Any) -> Points:
    try:
        submission = gradebook.find_submission(lesson, student.id)
    except MissingEntry:
        return Points(student, None)
    if submission.needs_manual_grade:
        return Points(student, None, "needs a look (Formgrader, Manual Grading)")
    return Points(student, max(0.0, submission.score - submission.late_submission_penalty))


class CanvasExport(GradesExport):
    """canvas_id of students.csv becomes ID, the e-mail address SIS Login ID; one is enough."""

    suffix = "canvas"

    def rows(self, given: list[Points], heading: str, maximum: float) -> list[list[str]]:
        numbers, emails = _checked(roster.column(self.course_dir, "canvas_id")), _emails(given)
        rows = [
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", heading],
            ["    Points Possible", "", "", "", "", _number(maximum)],
        ]
        for one in self.identified(given, canvas_id=numbers, email=emails):
            student = one.student
            known_by = [numbers.get(student.id, ""), "", emails.get(student.id, ""), ""]
            rows.append([_sortable(student), *known_by, _number(one.points)])
        return rows


def _checked(numbers: dict[str, str]) -> dict[str, str]:
    for student, number in numbers.items():
        # Canvas reads the digits at the beginning of anything, and finds somebody else.
        if not (number.isascii() and number.isdecimal()):
            raise UserError(f"{roster.NAME}: canvas_id of {student} is {number!r}, no number")
    return numbers


class MoodleExport(GradesExport):
    """Identified by moodle_id (Moodle's ID number) if students.csv has any, else by e-mail."""

    suffix = "moodle"

    def rows(self, given: list[Points], heading: str, maximum: float) -> list[list[str]]:
        numbers, emails = roster.column(self.course_dir, "moodle_id"), _emails(given)
        by = {"moodle_id": numbers} if numbers else {"email": emails}
        rows = [["First name", "Last name", "ID number", "Email address", heading]]
        for one in self.identified(given, **by):
            student = one.student
            names = [student.first_name or "", student.last_name or ""]
            known_by = [numbers.get(student.id, ""), emails.get(student.id, "")]
            rows.append([*names, *known_by, _number(one.points)])
        return rows


EXPORTS: dict[str, type[GradesExport]] = {"canvas": CanvasExport, "moodle": MoodleExport}


def write(kind: str, name: str, course_dir: Path, heading: str = "") -> tuple[Path, list[str]]:
    """Export a graded lesson for the roster's students; the file, and a line for each left out.

    kind: of EXPORTS. heading: of the column, if it is not to be the lesson's name.
    """
    lesson = Lesson(name, course_dir.resolve(), Settings())
    if (file := lesson.database()) and not file.exists():
        raise UserError(f"nobody is graded in {name} yet")
    # Its lines are ours to print.
    lesson.api.log.addHandler(logging.NullHandler())
    with lesson.gradebook() as gradebook:
        students = roster.students(lesson.course_dir, gradebook)
        exporter = EXPORTS[kind](
            parent=lesson.api, assignment=[name], student=students, heading=heading
        )
        exporter.export(gradebook)
    return exporter.path(name), exporter.problems


def _emails(given: list[Points]) -> dict[str, str]:
    return {one.student.id: one.student.email for one in given if one.student.email}


def _sortable(student: Any) -> str:
    names = [student.last_name, student.first_name]
    return ", ".join(name for name in names if name) or student.id


def _number(points: float | None) -> str:
    """With at most two decimals, as both keep them."""
    return f"{points or 0:.2f}".rstrip("0").rstrip(".")
