"""`course`: one line for a mistake, and notebooks that are opened as copies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from course import cli
from course.grading.errors import UserError


def put_release(folder: Path) -> Path:
    path = folder / "release" / "01_tiny" / "tiny.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("released")
    return path


def test_lab_opens_a_copy_of_the_first_released_notebook(tmp_path: Path) -> None:
    put_release(tmp_path)
    assert cli.first_notebook(tmp_path) == "work/01_tiny/tiny.ipynb"
    assert (tmp_path / "work" / "01_tiny" / "tiny.ipynb").read_text() == "released"


def test_lab_never_overwrites_a_students_work(tmp_path: Path) -> None:
    put_release(tmp_path)
    own = tmp_path / cli.first_notebook(tmp_path)
    own.write_text("my answers")
    cli.first_notebook(tmp_path)
    assert own.read_text() == "my answers"


def test_lab_without_lessons_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no lessons in .*release; name the folder"):
        cli.first_notebook(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "line", "status"),
    [
        ([], "the following arguments are required: command; see course --help", 2),
        (["grad"], "no command 'grad'; did you mean 'grade'?", 2),
        (["grade"], "the following arguments are required: LESSON; see course grade --help", 2),
    ],
)
def test_one_line_from_the_real_command(arguments: list[str], line: str, status: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "course", *arguments], capture_output=True, text=True, check=False
    )
    assert ran.stderr == f"course: {line}\n"
    assert ran.returncode == status


def test_a_folder_that_is_no_course(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["grade", "01_tiny", "--course-dir", str(tmp_path)]) == 1
    line = f"no nbgrader_config.py in {tmp_path}; name the course's folder with --course-dir"
    assert capsys.readouterr().err == f"course: {line}\n"
