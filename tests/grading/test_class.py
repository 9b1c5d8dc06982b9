"""One class, graded once: honest and hostile submissions, bad input, feedback, the second run."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.api import Gradebook

from course import cli
from course.grading import classroom, html
from course.grading.report import ClassReport
from tests.grading import tiny
from tests.grading.harmless import check_harmless
from tests.grading.tiny import LESSON, NOTEBOOK, cell, released, solved

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("class")]  # graded once

LOOP = "def last(items):\n    while True:\n        pass"
DIES = "import os\n\ndef last(items):\n    os._exit(1)"
WARNS = (
    "import warnings\n\ndef double(x):\n    warnings.warn('slow', stacklevel=2)\n    return 2 * x"
)
PRINTS_TESTS = """\
from IPython.display import HTML, display

def double(x):
    print(In[-1])
    display(HTML("<script>alert(7)</script><table><tbody><tr><td>42</td></tr></tbody></table>"))
    return 4"""


def changed(**answers: str) -> Any:
    nb = solved()
    for name, text in answers.items():
        cell(nb, name).source = text
    return nb


def tampered() -> Any:
    nb = released()
    cell(nb, "share_check").source = "1"
    nb.cells = [c for c in nb.cells if c.id not in ("setup", "double", "double_check")]
    return nb


def copied() -> Any:
    nb = solved()
    for name in ("last_check", "double"):
        twin = cell(nb, name).copy()
        nb.cells.append(twin)
    return nb


def skipping() -> Any:
    nb = released()
    for one in nb.cells:
        one.metadata["tags"] = ["skip-execution"]
    return nb


STUDENTS: dict[str, Any] = {
    "ann": solved,
    "clash": solved,
    "copier": copied,
    "dier": lambda: changed(last=DIES),
    "eve": tampered,
    "fay": lambda: changed(last=LOOP),
    "printer": lambda: changed(double=PRINTS_TESTS, share="share = 0.25"),
    "skipper": skipping,
    "warner": lambda: changed(double=WARNS, share="share = float('nan')"),
}
LINES = {
    "bad_json": "submitted/bad_json/01_tiny/tiny.ipynb is not JSON (line 1); "
    "save it again from JupyterLab",
    "linker": "submitted/linker/01_tiny/tiny.ipynb is a link; hand in the file itself",
    "misplaced": "no folder 01_tiny in submitted/misplaced (found 1_tiny); rename it",
    "renamed": "no tiny.ipynb in submitted/renamed/01_tiny (found tiny (1).ipynb); "
    "give it its released name",
}


@dataclass
class Graded:
    folder: Path
    report: ClassReport
    errors: list[str]
    status: int

    def page(self, student: str) -> str:
        file = self.folder / "feedback" / student / LESSON / "tiny.html"
        return file.read_text(encoding="utf-8")


def hand_in(folder: Path) -> None:
    inbox = folder / "submitted"
    for student, made in STUDENTS.items():
        tiny.write(made(), inbox / student / LESSON / NOTEBOOK)
    tiny.write("no notebook", inbox / "bad_json" / LESSON / NOTEBOOK)
    tiny.write(solved(), inbox / "renamed" / LESSON / "tiny (1).ipynb")
    tiny.write(solved(), inbox / "misplaced" / "1_tiny" / NOTEBOOK)
    tiny.write(solved(), inbox / "anne" / LESSON / NOTEBOOK)
    (inbox / "linker" / LESSON).mkdir(parents=True)
    (inbox / "linker" / LESSON / NOTEBOOK).symlink_to(folder / "source" / LESSON / NOTEBOOK)


def run(folder: Path, *options: str) -> tuple[int, list[str]]:
    errors = StringIO()
    with redirect_stderr(errors), redirect_stdout(StringIO()):
        status = cli.main(["grade", LESSON, "--course-dir", str(folder), *options])
    return status, errors.getvalue().splitlines()


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graded]:
    folder = tmp_path_factory.mktemp("class")
    tiny.make_course(folder, [*STUDENTS, *LINES, "absent"])
    with (folder / "nbgrader_config.py").open("a") as config:
        config.write("c.Execute.timeout = 3\n")
    tiny.write("the lesson's", folder / "source" / LESSON / "data.txt")
    hand_in(folder)
    kept: list[ClassReport] = []
    original = classroom.grade
    with pytest.MonkeyPatch.context() as patch:
        # Only listens: the command prints its report, this keeps the object as well.
        patch.setattr(classroom, "grade", lambda *a: kept.append(original(*a)) or kept[0])
        status, errors = run(folder)
    yield Graded(folder, kept[0], errors, status)


@pytest.mark.parametrize(
    ("student", "points"),
    [
        ("ann", [2, 1, 3]),
        ("copier", [2, 1, 3]),
        ("dier", [2, 1, 0]),
        ("eve", [0, 0, 0]),
        ("fay", [2, 1, 0]),
        ("printer", [0, 0.5, 3]),
        ("skipper", [0, 0, 0]),
        ("warner", [2, 0, 3]),
    ],
)
def test_points(graded: Graded, student: str, points: list[float]) -> None:
    row = graded.report.row(student)
    assert row.state == "graded"
    assert [row.points[name] for name in ("double", "share", "last")] == points


@pytest.mark.parametrize(
    ("student", "flags"),
    [
        ("ann", []),
        (
            "copier",
            ["answer cell double copied (the last one counts)"]
            + ["test cell last_check copied (the last one counts)", "cells moved (order restored)"],
        ),
        ("dier", ["kernel died in last_check"]),
        (
            "eve",
            ["locked cell setup deleted (restored)", "answer cell double deleted (restored)"]
            + ["test cell double_check deleted (restored)"]
            + ["test cell share_check edited (restored)"],
        ),
        ("fay", ["time-out in last_check"]),
        ("warner", ["share_check gave 'nan', no number from 0 to 1", "needs a look: share"]),
        ("skipper", []),
    ],
)
def test_flags(graded: Graded, student: str, flags: list[str]) -> None:
    assert graded.report.row(student).flags == flags


def test_bad_input_gets_one_line_each_and_a_status(graded: Graded) -> None:
    expected = [f"course: {student}: {line}" for student, line in sorted(LINES.items())]
    stranger = "course: submitted/anne: not on the roster; did you mean 'ann'?"
    assert graded.errors == [*expected, stranger]
    assert graded.status == 1


@pytest.mark.parametrize("student", [*LINES, "anne"])
def test_bad_input_leaves_nothing_half_made(graded: Graded, student: str) -> None:
    assert not (graded.folder / "autograded" / student).exists()
    assert not (graded.folder / "feedback" / student).exists()
    with Gradebook(f"sqlite:///{graded.folder}/gradebook.db") as gradebook:
        found = [s.student_id for s in gradebook.assignment_submissions(LESSON)]
    assert student not in found


def test_who_hands_in_nothing_is_listed_and_no_error(graded: Graded) -> None:
    assert graded.report.row("absent").state == "not handed in"


@pytest.mark.parametrize("student", sorted(STUDENTS))
def test_feedback_shows_no_hidden_test(graded: Graded, student: str) -> None:
    page = graded.page(student)
    for hidden in ("secret_input", "2468", "HIDDEN TESTS", "[3, 1, 7]", "2 * share"):
        assert hidden not in page, f"{student} can read {hidden!r}"
    assert "Traceback (most" not in page
    assert "\x1b" not in page


def test_feedback_keeps_what_helps(graded: Graded) -> None:
    page = graded.page("printer")
    assert "AssertionError: a larger number went wrong" in page
    assert "The rationale: half of it." in page
    assert "double(2) should be 4" in page
    assert "not answered yet" in graded.page("skipper")
    assert "stopped after 3 s" in graded.page("fay")


def test_feedback_runs_no_script_of_a_submission_and_shows_its_tables(graded: Graded) -> None:
    page = graded.page("printer")
    assert "<script>alert(7)" not in page
    assert "<tr><td>42</td></tr>" in page


def test_feedback_fetches_nothing_and_runs_nothing(graded: Graded) -> None:
    page = graded.page("printer")
    assert not re.search(r"""(?:src|srcset|action)=["']?(?:https?:)?//""", page)
    assert "<script" not in page and "<link" not in page


def test_a_picture_without_a_text_says_so() -> None:
    picture = new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure>"})
    nb = new_notebook(cells=[new_code_cell("draw()", outputs=[picture])])
    page, _ = html.PageExporter(template_name="classic").from_notebook_node(nb)
    assert 'alt="' in page[page.index("<img") :]


def test_scores_are_exported_for_the_whole_class(graded: Graded) -> None:
    path = graded.folder / "build" / "grades" / f"{LESSON}.csv"
    with path.open(encoding="utf-8") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores["ann"] == 6
    assert scores["fay"] == 3
    assert scores["absent"] == 0


def test_a_refused_second_hand_in_changes_no_score(graded: Graded) -> None:
    path = graded.folder / "submitted" / "warner" / LESSON / NOTEBOOK
    before = path.read_text()
    tiny.write('{"nbformat": 4}', path)
    status, errors = run(graded.folder, "--only", "warner")
    tiny.write(before, path)
    assert status == 1
    assert errors == [
        "course: warner: submitted/warner/01_tiny/tiny.ipynb is no notebook (it has no cells); "
        "save it again from JupyterLab"
    ]
    with Gradebook(f"sqlite:///{graded.folder}/gradebook.db") as gradebook:
        assert gradebook.find_submission(LESSON, "warner").score == 5
    assert (graded.folder / "autograded" / "warner" / LESSON / NOTEBOOK).exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["grade"], "the following arguments are required: LESSON; see course grade --help"),
        (["grade", "01_tiney"], "no lesson '01_tiney' in source/; did you mean '01_tiny'?"),
        (["grade", LESSON, "--only", "an"], "no student 'an' on the roster; did you mean 'ann'?"),
        (["grade", LESSON, "--fast"], "unknown argument '--fast'; see course --help"),
    ],
)
def test_wrong_usage_is_one_line(graded: Graded, arguments: list[str], line: str) -> None:
    errors = StringIO()
    placed = [*arguments, *(["--course-dir", str(graded.folder)] if len(arguments) > 1 else [])]
    with redirect_stderr(errors):
        status = cli.main(placed)
    assert status == 2
    assert errors.getvalue() == f"course: {line}\n"


def test_the_pages_about_the_class_show_what_students_wrote_as_text(graded: Graded) -> None:
    folder = graded.folder / "build" / "grading" / LESSON
    report, alike = ((folder / f"{name}.html").read_text() for name in ("report", "similarity"))
    for page in (report, alike):
        check_harmless(page)
    assert "time-out in last_check" in report
    assert "a larger number went wrong" in report
    assert "hand in the file itself" in report


def test_a_second_hand_in_that_breaks_off_keeps_no_earlier_score(graded: Graded) -> None:
    # A folder where the lesson has a file: nbgrader cannot put its own file there.
    folder = graded.folder / "submitted" / "clash" / LESSON
    assert graded.report.row("clash").total == 6
    tiny.write("mine", folder / "data.txt" / "mine.txt")
    status, errors = run(graded.folder, "--only", "clash")
    assert status == 1
    assert len(errors) == 1
    assert errors[0].startswith("course: clash: was not graded: ")
    with Gradebook(f"sqlite:///{graded.folder}/gradebook.db") as gradebook:
        left = gradebook.find_submission(LESSON, "clash")
        assert (left.score, left.needs_manual_grade) == (0, True)
    for step in ("autograded", "feedback"):
        assert not (graded.folder / step / "clash").exists()


def test_own_cells_stay_where_they_were(graded: Graded) -> None:
    nb = tiny.read(graded.folder / "autograded" / "ann" / LESSON / NOTEBOOK)
    assert [c.id for c in nb.cells] == [c.id for c in released().cells]
