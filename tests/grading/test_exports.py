"""The files for Canvas and Moodle: their columns, who is in them, and who is left out."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from course import cli
from course.errors import UserError
from course.grading import exports
from tests.grading import books, tiny

# nbgrader fills its tables in an order that SQLAlchemy 2 remarks upon.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

ROSTER = """\
id,first_name,last_name,email,canvas_id,moodle_id
ann,Ann,"O'Hara, Jr.",ann@example.org,101,m-1
bo,Bo,,,102,m-2
cy,Cy,Young,cy@example.org,,m-3
dee,Dee,Dow,,,
eve,Eve,Ely,eve@example.org,105,m-5
fay,Fay,Foe,fay@example.org,106,m-6
"""
# eve's has to be looked at; fay has handed nothing in.
SCORES = {"ann": 7.256, "bo": 9, "cy": 0, "dee": 4, "eve": 10}


def course(folder: Path, text: str = ROSTER) -> Path:
    (folder / "students.csv").write_text(text)
    with books.gradebook(folder) as gradebook:
        gradebook.add_assignment("lesson")
        gradebook.add_notebook("one", "lesson")
        gradebook.add_grade_cell("x", "one", "lesson", max_score=12.5, cell_type="code")
        for row in csv.DictReader(text.splitlines()):
            names = ("first_name", "last_name", "email")
            gradebook.add_student(row["id"], **{key: row.get(key) or None for key in names})
        for student, score in SCORES.items():
            submission = gradebook.add_submission("lesson", student)
            [notebook] = submission.notebooks
            [grade] = notebook.grades
            grade.auto_score, grade.needs_manual_grade = score, student == "eve"
            notebook.late_submission_penalty = 2.5 if student == "bo" else None
        gradebook.db.commit()
    return folder


def export(folder: Path, kind: str, **settings: Any) -> tuple[list[list[str]], list[str]]:
    config = Config()
    config.CourseDirectory.root = str(folder)
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    exporter = exports.EXPORTS[kind](parent=api, **{"assignment": ["lesson"], **settings})
    with books.gradebook(folder) as gradebook:
        exporter.export(gradebook)
    with exporter.path("lesson").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file)), exporter.problems


def test_canvas(tmp_path: Path) -> None:
    rows, problems = export(course(tmp_path), "canvas")
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "lesson"],
        ["    Points Possible", "", "", "", "", "12.5"],
        ["O'Hara, Jr., Ann", "101", "", "ann@example.org", "", "7.26"],
        ["Bo", "102", "", "", "", "6.5"],
        ["Young, Cy", "", "", "cy@example.org", "", "0"],
    ]
    assert problems == [
        "eve: left out: needs a look (Formgrader, Manual Grading)",
        "dee: left out: no canvas_id or email in students.csv",
    ]


def test_moodle_by_its_id_number(tmp_path: Path) -> None:
    rows, problems = export(course(tmp_path), "moodle", heading="Lesson 1")
    assert rows == [
        ["First name", "Last name", "ID number", "Email address", "Lesson 1"],
        ["Ann", "O'Hara, Jr.", "m-1", "ann@example.org", "7.26"],
        ["Bo", "", "m-2", "", "6.5"],
        ["Cy", "Young", "m-3", "cy@example.org", "0"],
    ]
    assert problems[1] == "dee: left out: no moodle_id in students.csv"


def test_moodle_by_email_when_nobody_has_an_id_number(tmp_path: Path) -> None:
    lines = [line.rpartition(",")[0] for line in ROSTER.splitlines()]
    rows, problems = export(course(tmp_path, "\n".join(lines)), "moodle")
    assert [row[3] for row in rows[1:]] == ["ann@example.org", "cy@example.org"]
    left_out = [line.partition(":")[0] for line in problems]
    assert left_out == ["eve", "bo", "dee"]


def test_two_students_with_one_id_are_not_mixed_up(tmp_path: Path) -> None:
    rows, problems = export(course(tmp_path, ROSTER.replace("102", "101")), "canvas")
    assert [row[0] for row in rows[2:]] == ["Young, Cy"]
    why = "left out: somebody else has the same canvas_id in students.csv"
    assert {f"ann: {why}", f"bo: {why}"} <= set(problems)


@pytest.mark.parametrize("number", ["102b", "-102", "1.02e2", "١٠٢"])
def test_canvas_numbers_are_numbers(tmp_path: Path, number: str) -> None:
    folder = course(tmp_path, ROSTER.replace("102", number))
    with pytest.raises(UserError, match=r"students.csv: canvas_id of bo is '.*', no number"):
        export(folder, "canvas")


def test_an_export_is_of_one_lesson_that_was_graded(tmp_path: Path) -> None:
    course(tmp_path)
    with pytest.raises(UserError, match="name it with --assignment"):
        export(tmp_path, "canvas", assignment=[])
    with pytest.raises(UserError, match="other is not in the gradebook; grade it first"):
        export(tmp_path, "canvas", assignment=["other"])


def test_to_another_place(tmp_path: Path) -> None:
    export(course(tmp_path), "moodle", to=str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_bytes().startswith(b"First name,")


def test_the_command_writes_the_file_and_tells_who_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.make_course(tmp_path, [])
    course(tmp_path)
    with books.gradebook(tmp_path) as gradebook:
        gradebook.find_assignment("lesson").name = tiny.LESSON
        gradebook.db.commit()
    command = ["grade", tiny.LESSON, "--course-dir", str(tmp_path), "--export", "canvas"]
    assert cli.main([*command, "--column", "Lesson 1 (77)"]) == 1
    said = capsys.readouterr()
    file = tmp_path / "build" / "grades" / f"{tiny.LESSON}.canvas.csv"
    assert said.out == f"Points: {file}\n"
    assert said.err.splitlines() == [
        "course: eve: left out: needs a look (Formgrader, Manual Grading)",
        "course: dee: left out: no canvas_id or email in students.csv",
    ]
    assert file.read_text().startswith("Student,ID,SIS User ID,SIS Login ID,Section,Lesson 1 (77)")


def test_the_command_needs_a_gradebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.make_course(tmp_path, ["ann"])
    command = ["grade", tiny.LESSON, "--course-dir", str(tmp_path), "--export", "moodle"]
    assert cli.main(command) == 1
    assert capsys.readouterr().err == "course: nobody is graded in 01_tiny yet\n"
    assert not (tmp_path / "gradebook.db").exists()
