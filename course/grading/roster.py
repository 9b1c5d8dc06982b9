"""Who is in the class: students.csv if the course has one, else the gradebook's students.

students.csv is nbgrader's own (`nbgrader db student import`): a header line with id and, as wanted,
first_name, last_name, email; one student a line. Further columns are for us: extension_days, and
canvas_id and moodle_id, by which another system knows a student.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

from nbgrader.api import Gradebook

from course.errors import UserError

NAME = "students.csv"
COLUMNS = ("first_name", "last_name", "email")
EXTENSION = "extension_days"


def students(course_dir: Path, gradebook: Gradebook) -> list[str]:
    """Ids of the class, sorted; those of students.csv are written to the gradebook."""
    path = course_dir / NAME
    if path.exists():
        listed = read(path)
        for student, details in listed.items():
            gradebook.update_or_create_student(student, **details)
        return sorted(listed)
    known = sorted(student.id for student in gradebook.students)
    if not known:
        raise UserError(
            f"no students: write {NAME} (first line: id,first_name,last_name,email) in {course_dir}"
        )
    return known


def check(course_dir: Path) -> None:
    """Raise UserError when there is a students.csv that cannot be read."""
    if (course_dir / NAME).exists():
        read(course_dir / NAME)
        extensions(course_dir)


def read(path: Path) -> dict[str, dict[str, str]]:
    """id -> details of every student in a students.csv, as nbgrader has them."""
    return {
        student: {key: row[key] for key in COLUMNS if row.get(key)}
        for student, row in _rows(path).items()
    }


def column(course_dir: Path, name: str) -> dict[str, str]:
    """id -> what stands in a column of students.csv, without the empty ones."""
    path = course_dir / NAME
    rows = _rows(path) if path.exists() else {}
    return {student: row[name] for student, row in rows.items() if row.get(name)}


def extensions(course_dir: Path) -> dict[str, float]:
    """id -> days by which a student may be later than the others, in every lesson."""
    return {
        student: _days(student, text) for student, text in column(course_dir, EXTENSION).items()
    }


def _days(student: str, text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = math.nan
    if not (math.isfinite(days) and days >= 0):
        raise UserError(f"{NAME}: {EXTENSION} of {student} is {text!r}, no number from 0 on")
    return days


def _rows(path: Path) -> dict[str, dict[str, str]]:
    # utf-8-sig: spreadsheets put a byte order mark before the first column's name.
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if "id" not in (rows.fieldnames or []):
            raise UserError(f"{path.name} has no column 'id'; its first line names the columns")
        # A line that is too long has its rest under None.
        stripped = [{k: (v or "").strip() for k, v in row.items() if k} for row in rows]
    return {row["id"]: row for row in stripped if row["id"]}
