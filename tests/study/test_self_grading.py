"""`course check`: the class grader's result for one notebook, its report, and nothing else written.

The tiny course is graded three times here: with hidden tests, once more for a refused notebook
(whose cells never run) and with the visible checks alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbformat import from_dict
from nbformat.v4 import new_code_cell

from course import cli
from course.errors import UserError
from course.study import own_report, self_grading
from course.study.self_grading import Checked
from tests.grading import tiny
from tests.grading.harmless import Elements
from tests.grading.tiny import LESSON, NOTEBOOK, cell

# nbgrader fills its tables in an order that SQLAlchemy 2 remarks upon.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

PICTURE = """\
from IPython.display import HTML
HTML('<img alt="mine" src="data:image/png;base64,iVBORw0KGgo="><script>alert(7)</script>')"""
HELP = """
[last]
hints = ["where", "which", "how"]
reread = "Ends of lists"
"""


def notebook() -> Any:
    """double is fitted to the visible check, share is right, last is as it was released."""
    nb = tiny.released()
    cell(nb, "double").source = "def double(x):\n    return x + 2"
    cell(nb, "share").source = "share = 0.5"
    at = nb.cells.index(cell(nb, "double"))
    nb.cells.insert(at + 1, new_code_cell(PICTURE, id="own-look"))
    nb.metadata["kernelspec"]["display_name"] = "my own"
    return nb


def make_course(folder: Path) -> Path:
    tiny.make_course(folder, [])
    tiny.write(notebook(), folder / "work" / LESSON / NOTEBOOK)
    tiny.write(HELP, folder / "lessons" / LESSON / "help.toml")
    (folder / "work" / LESSON / "notes.txt").write_text("mine")
    return folder


def written(course: Path) -> dict[str, bytes]:
    files = (path for path in course.rglob("*") if path.is_file())
    return {path.relative_to(course).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Checked, set[str]]]:
    course = make_course(tmp_path_factory.mktemp("whole"))
    before = written(course)
    checked = self_grading.check("01", course)
    after = written(course)
    assert before.items() <= after.items()
    yield course, checked, set(after) - set(before)


@pytest.fixture(scope="module")
def visible(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    course = make_course(tmp_path_factory.mktemp("visible"))
    for name in ("source", "lessons"):
        shutil.rmtree(course / name)
    (course / "nbgrader_config.py").unlink()
    return self_grading.check("01", course)


def states(checked: Checked) -> dict[str, str]:
    return {one.name: one.state for one in checked.outcomes}


def named(checked: Checked, name: str) -> own_report.Outcome:
    return next(one for one in checked.outcomes if one.name == name)


def test_points_are_the_class_graders(whole: tuple[Path, Checked, set[str]]) -> None:
    checked = whole[1]
    assert checked.headline() == "1 of 6 points"
    assert states(checked) == {"double": "not yet", "share": "right", "last": "not attempted"}


def test_hidden_tests_speak_in_their_own_words(whole: tuple[Path, Checked, set[str]]) -> None:
    assert named(whole[1], "double").message == "a larger number went wrong"
    assert named(whole[1], "share").printed == "The rationale: half of it."


def test_nothing_but_the_report_is_written(whole: tuple[Path, Checked, set[str]]) -> None:
    assert whole[2] == {f"work/reports/{LESSON}.html"}


def test_the_report_runs_nothing_and_shows_the_pictures(
    whole: tuple[Path, Checked, set[str]],
) -> None:
    page = whole[1].report.read_text(encoding="utf-8")
    elements = Elements(page).found
    assert not {tag for tag, _ in elements} & {"script", "iframe", "form", "link", "object"}
    assert [attributes["alt"] for tag, attributes in elements if tag == "img"] == ["mine"]
    assert "default-src 'none'" in page and "secret_input" not in page


def test_the_report_says_what_to_read(whole: tuple[Path, Checked, set[str]]) -> None:
    page = whole[1].report.read_text(encoding="utf-8")
    assert "Read again: <b>Ends of lists</b>" in page
    assert named(whole[1], "double").reread == "Tiny"
    assert named(whole[1], "share").reread == ""


def test_the_terminal_says_it_too(whole: tuple[Path, Checked, set[str]]) -> None:
    lines = whole[1].lines()
    assert lines[:2] == [f"{LESSON}: 1 of 6 points", "  double  0 of 2  not yet"]
    assert lines[-1] == f"Report: {whole[1].report}"


def test_without_source_the_visible_checks_run_and_no_points_are_given(visible: Checked) -> None:
    holds = own_report.HOLDS
    assert states(visible) == {"double": holds, "share": holds, "last": "not attempted"}
    assert visible.headline() == "2 of 3 visible checks hold"
    assert own_report.VISIBLE_ONLY in visible.report.read_text(encoding="utf-8")
    assert visible.lines()[1] == f"  double  {holds}"


def test_a_broken_notebook_is_named_where_it_lies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = make_course(tmp_path)
    mine = course / "work" / LESSON / NOTEBOOK
    mine.write_text('{"cells": ')
    assert cli.main(["check", "01", "--no-browser", "--course-dir", str(course)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"course: {mine} is not JSON (line 1)") and said.count("\n") == 1


def test_a_link_beside_the_notebook_is_refused_without_source(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    shutil.rmtree(course / "source")
    (course / "work" / LESSON / "linked").symlink_to("/etc/passwd")
    with pytest.raises(UserError, match=rf"work/{LESSON}/linked is a link"):
        self_grading.check("01", course)


def test_what_lies_beside_a_notebook_elsewhere_is_not_handed_in(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    path = tiny.write("[]", tmp_path / "downloads" / NOTEBOOK)
    (path.parent / "private.txt").write_text("not for grading")
    copy = self_grading.copies.find(str(path), course)
    self_grading._hand_in(copy, course, tmp_path / "scratch")
    handed_in = (tmp_path / "scratch").rglob("*")
    assert [one.name for one in handed_in if one.is_file()] == [NOTEBOOK]


def test_the_report_is_opened_in_the_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, browser = tmp_path / "told", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {told}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    monkeypatch.setattr(self_grading.webbrowser, "_tryorder", None)
    self_grading.show(tmp_path / "report.html")
    assert told.read_text().strip() == (tmp_path / "report.html").as_uri()


def test_an_error_in_the_answer_says_which_line(tmp_path: Path) -> None:
    nb = tiny.released()
    one = cell(nb, "double")
    why = "invalid syntax (4071039802.py, line 3)"
    one.outputs = [{"output_type": "error", "ename": "SyntaxError", "evalue": why, "traceback": []}]
    course = make_course(tmp_path)
    copy = self_grading.copies.find("01", course)[0]
    made = {each.name: each for each in own_report.outcomes(copy, from_dict(nb), {}, course)}
    assert made["double"].error == "SyntaxError: invalid syntax (line 3 of the cell)"
    assert made["double"].message == ""
