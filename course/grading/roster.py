"""Who is in the class: students.csv if the course has one, else the gradebook's students.

students.csv is nbgrader's own (`nbgrader db student import`): a header line with id and, as wanted,
first_name, last_name, email; one student a line.
"""

from __future__ import annotations

import csv
from pathlib import Path

from nbgrader.api import Gradebook

from course.errors import UserError

NAME = "students.csv"
COLUMNS = ("first_name", "last_name", "email")


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
    path = course_dir / NAME
    if path.exists():
        read(path)


def read(path: Path) -> dict[str, dict[str, str]]:
    """id -> details of every student in a students.csv."""
    # utf-8-sig: spreadsheets put a byte order mark before the first column's name.
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if "id" not in (rows.fieldnames or []):
            raise UserError(f"{path.name} has no column 'id'; its first line names the columns")
        return {row["id"].strip(): _details(row) for row in rows if (row["id"] or "").strip()}


def _details(row: dict[str, str]) -> dict[str, str]:
    return {key: row[key].strip() for key in COLUMNS if (row.get(key) or "").strip()}
