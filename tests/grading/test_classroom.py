"""Trouble with the course itself is one line, and nothing is graded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from course import cli
from course.grading.roster import read
from tests.grading import tiny
from tests.grading.tiny import LESSON, NOTEBOOK


def no_students(folder: Path) -> str:
    (folder / "students.csv").unlink()
    columns = "id,first_name,last_name,email"
    return f"no students: write students.csv (first line: {columns}) in {folder}"


def no_id_column(folder: Path) -> str:
    (folder / "students.csv").write_text("name\nAnn\n")
    return "students.csv has no column 'id'; its first line names the columns"


def no_release(folder: Path) -> str:
    (folder / "release" / LESSON / NOTEBOOK).unlink()
    return f"no release/{LESSON}/{NOTEBOOK}; run nbgrader generate_assignment {LESSON} first"


def other_exercises(folder: Path) -> str:
    nb = tiny.released()
    nb.cells.remove(tiny.cell(nb, "last_check"))
    tiny.write(nb, folder / "release" / LESSON / NOTEBOOK)
    shown = f"release/{LESSON}/{NOTEBOOK}"
    return f"{shown} has other exercises than source/; build the release again"


def broken_config(folder: Path) -> str:
    (folder / "nbgrader_config.py").write_text("1 / 0\n")
    return "nbgrader_config.py cannot be read: ZeroDivisionError: division by zero"


def unknown_limit(folder: Path) -> str:
    with (folder / "nbgrader_config.py").open("a") as config:
        config.write("c.CollectedExecute.limits = {'minutes': 3}\n")
    known = "cpu_s, file_mb, memory_mb, notebook_s, open_files, processes, tmp_mb"
    return f"c.CollectedExecute.limits has 'minutes'; it knows {known}"


def wrong_kind_of_setting(folder: Path) -> str:
    with (folder / "nbgrader_config.py").open("a") as config:
        config.write("c.CollectedExecute.together = 3\n")
    return (
        "nbgrader_config.py has a setting that cannot be used: The 'together' trait of a "
        "CollectedExecute instance expected a list, not the int 3."
    )


def broken_gradebook(folder: Path) -> str:
    (folder / "gradebook.db").write_text("no database, but long enough to be looked at" * 30)
    return "gradebook.db cannot be backed up: file is not a database"


@pytest.mark.parametrize(
    "damage",
    [no_students, no_id_column, no_release, other_exercises, broken_config, unknown_limit]
    + [wrong_kind_of_setting, broken_gradebook],
)
def test_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], str]
) -> None:
    tiny.make_course(tmp_path, ["ann"])
    tiny.write(tiny.solved(), tmp_path / "submitted" / "ann" / LESSON / NOTEBOOK)
    line = damage(tmp_path)
    # None of them comes as far as running a cell; without a sandbox, that is said first.
    assert cli.main(["grade", LESSON, "--no-sandbox", "--course-dir", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"course: {line}\n"
    assert not (tmp_path / "autograded").exists()


def test_a_roster_from_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "students.csv"
    path.write_bytes("\ufeffid,first_name,group\r\n ann ,Ann,3\r\n,,\r\nbo,,1\r\n".encode())
    assert read(path) == {"ann": {"first_name": "Ann"}, "bo": {}}
