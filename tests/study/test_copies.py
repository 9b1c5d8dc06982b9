"""Copies of lessons: which is meant, and a fresh one that overwrites nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from course.errors import UserError
from course.study import copies

LESSON, NOTEBOOK = "01_tiny", "tiny.ipynb"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for lesson in ("01_tiny", "02_large"):
        folder = tmp_path / "release" / lesson
        folder.mkdir(parents=True)
        (folder / f"{lesson[3:]}.ipynb").write_text(f"released {lesson}")
    return tmp_path


def own(course: Path, name: str, saved: int) -> Path:
    path = course / "work" / LESSON / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("my answers")
    os.utime(path, (saved, saved))
    return path


def test_copies_take_the_next_free_name(course: Path) -> None:
    made = [copies.new("01", course)[0] for _ in range(3)]
    assert [path.name for path in made] == ["tiny.ipynb", "tiny-2.ipynb", "tiny-3.ipynb"]
    assert {path.read_text() for path in made} == {"released 01_tiny"}


def test_a_copy_leaves_what_is_there_alone(course: Path) -> None:
    mine = own(course, NOTEBOOK, 1)
    copies.new("01", course)
    assert mine.read_text() == "my answers"


def test_a_folder_that_takes_nothing_is_named(course: Path) -> None:
    (course / "work").write_text("a file in the folder's place")
    with pytest.raises(UserError, match=r"nothing can be written to .*work/01_tiny"):
        copies.new("01", course)


@pytest.mark.parametrize("wanted", ["01", "1", "tiny", "01_tiny", "01_Tiny", "01_tiny/"])
def test_a_lesson_has_short_names(wanted: str, course: Path) -> None:
    assert copies.find_lesson(wanted, course) == LESSON


@pytest.mark.parametrize(
    ("wanted", "says"),
    [("01_tinny", "did you mean '01_tiny'"), ("9", "there are: 01_tiny, 02_large"), ("", "there")],
)
def test_an_unknown_lesson_is_told_what_there_is(wanted: str, says: str, course: Path) -> None:
    with pytest.raises(UserError, match=says) as raised:
        copies.find_lesson(wanted, course)
    assert raised.value.status == 2


def test_no_lessons_at_all(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no lessons in .*; name the folder with --course-dir"):
        copies.find_lesson("01", tmp_path)


def test_a_lesson_means_the_copy_that_was_saved_last(course: Path) -> None:
    own(course, NOTEBOOK, 100)
    newest = own(course, "tiny-2.ipynb", 300)
    own(course, "tiny-notes.ipynb", 900)
    own(course, "tiny-3.ipynb", 200)
    assert copies.find("01", course) == [copies.Copy(LESSON, NOTEBOOK, newest)]


def test_a_path_means_that_notebook(course: Path) -> None:
    inside, elsewhere = own(course, "tiny-2.ipynb", 1), course / "tiny.ipynb"
    elsewhere.write_text("handed over")
    assert copies.find(str(inside), course) == [copies.Copy(LESSON, NOTEBOOK, inside)]
    assert copies.find(str(elsewhere), course) == [copies.Copy(LESSON, NOTEBOOK, elsewhere)]


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("01", "no tiny.ipynb of yours in .*work/01_tiny; open the lesson with `course lab`"),
        ("absent.ipynb", "no notebook absent.ipynb"),
        ("{}/other.ipynb", "none in .*release is called other.ipynb"),
    ],
)
def test_nothing_to_be_found_says_what_to_do(wanted: str, says: str, course: Path) -> None:
    (course / "other.ipynb").write_text("of another course")
    with pytest.raises(UserError, match=says):
        copies.find(wanted.format(course), course)
