"""The instructor's two pages: right figures, what is a student's escaped, nothing that runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_output

from course.grading import pages, similarity, summary, works
from course.grading.lessons import Lesson, Settings
from course.grading.report import ClassReport, Row
from course.grading.works import Message, Work
from tests.grading import books, tiny
from tests.grading.harmless import check_harmless
from tests.grading.tiny import LESSON, NOTEBOOK, cell

# nbgrader fills its tables in an order that SQLAlchemy 2 remarks upon.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

MAXIMA = {"double": 2.0, "share": 1.0, "last": 3.0}
EVIL = "<script>alert(7)</script><img src=x onerror=alert(7)>\"'&"
LONG = '''\
def last(items: list) -> object:
    """The last item."""
    kept = {number: item for number, item in enumerate(items) if item is not None}
    return sorted(kept.items(), key=lambda pair: -pair[0])[0][1] if kept else None
'''


def failed(name: str, text: str, kind: str = "AssertionError") -> dict[str, Any]:
    return {name: new_output("error", ename=kind, evalue=text, traceback=[])}


def autograded(outputs: dict[str, Any], **answers: str) -> Any:
    nb = tiny.solved()
    for name, text in answers.items():
        cell(nb, name).source = text
    for name, output in outputs.items():
        cell(nb, name).outputs = [output]
    nb.cells.append(new_code_cell("mine = 1", id="own-001"))
    return nb


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Three graded students and one who is late, without a run."""
    tiny.make_course(tmp_path, ["ann", "bo", "cy", "dee"])
    made = {
        "ann": autograded({}, last=LONG),
        "bo": autograded(failed("last_check", f"4 of 7: {EVIL}"), last=LONG.replace("kept", "k")),
        "cy": autograded(failed("last_check", f"5 of 9: {EVIL}"), double=f"# {EVIL}"),
    }
    for student, nb in made.items():
        tiny.write(nb, tmp_path / "autograded" / student / LESSON / NOTEBOOK)
    with books.gradebook(tmp_path) as gradebook:
        gradebook.add_assignment(LESSON, duedate="2027-02-15 20:00 UTC")
        gradebook.add_notebook("tiny", LESSON)
        for student in made:
            gradebook.add_student(student)
            at = None if student == "ann" else "2027-02-16 10:00 UTC"
            submission = gradebook.add_submission(LESSON, student, timestamp=at)
            submission.notebooks[0].late_submission_penalty = 1.5 if student == "bo" else None
        gradebook.db.commit()
    return tmp_path


ROWS = [
    Row("ann", "graded", MAXIMA, [], None, 1.0),
    Row("bo", "graded", {"double": 2, "share": 0.5, "last": 0}, [f"a flag {EVIL}"], None, 1.5),
    Row("cy", "graded", {"double": 0, "share": 1}, ["needs a look: double"], None, 1.5),
    Row("dee", "refused", problem=f"submitted/dee/{EVIL} is a link"),
]


def test_both_pages_of_a_class(course: Path) -> None:
    problems = [f"submitted/{EVIL}: is no folder"]
    made = pages.write(ClassReport(LESSON, MAXIMA, ROWS, problems), course)
    assert made.report == course / "build" / "grading" / LESSON / "report.html"
    assert made.pairs == 1
    page = made.report.read_text(encoding="utf-8")
    check_harmless(page)
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "3 graded" in text
    assert "1 refused" in text
    assert "and so never late: 1 of 3." in text
    assert "last 3 33 % 0 % 67 % 1" in text, "exercise, points, right, partly, none, mean"
    assert "2 (67 %) 4 of 7:" in text, "the two messages differ in numbers only"
    assert "5 of 9" not in text
    assert "bo 2.5 −1.5 1 1 1.5" in text
    assert "../../../feedback/ann/01_tiny/tiny.html" in page
    both = made.similarity.read_text(encoding="utf-8")
    check_harmless(both)
    assert "ann and bo" in both
    assert both.count('class="same"') >= 4


def test_a_page_without_anybody(course: Path) -> None:
    made = pages.write(ClassReport(LESSON, MAXIMA, [Row("dee", "not handed in")], []), course)
    page = made.report.read_text(encoding="utf-8")
    check_harmless(page)
    assert "<img" not in page
    assert "No test failed with a message." in page
    assert "No pair." in made.similarity.read_text(encoding="utf-8")


def test_what_a_page_needs_of_a_submission(course: Path) -> None:
    lesson = Lesson(LESSON, course, Settings())
    given = works.released(lesson)
    assert "double(4)" in given
    work = works.read(lesson, "bo", given)
    assert list(work.answers) == ["double", "share", "last", "own cells"]
    assert work.answers["own cells"] == "mine = 1\n\n"
    assert [message.exercise for message in work.messages] == ["last"]
    assert works.read(lesson, "nobody", given) == Work("nobody")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("3 of 4 say 'OK'", "2 of 9 say 'ALARM'", True),
        ("AWS's table says 'OK', you 'ALARM'", "AWS's table says 'ALARM', you 'ALARM'", True),
        ("sum is 1.5e3, not -2", "sum is 7, not 12.25", True),
        ("nothing yet", "nothing left", False),
    ],
)
def test_messages_that_differ_in_values_are_of_a_kind(one: str, other: str, alike: bool) -> None:
    assert (Message("x", one).kind == Message("x", other).kind) is alike


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("AssertionError", "too\n  many \x1b[31mrows\x1b[0m", "too many rows"),
        ("AssertionError", "", "AssertionError"),
        ("KeyError", "'city'", "KeyError: 'city'"),
        ("AssertionError", "x" * 400, "x" * 299 + "…"),
    ],
)
def test_a_message_is_one_line(course: Path, kind: str, value: str, shown: str) -> None:
    path = course / "autograded" / "ann" / LESSON / NOTEBOOK
    tiny.write(autograded(failed("last_check", value, kind)), path)
    [message] = works.read(Lesson(LESSON, course, Settings()), "ann", ()).messages
    assert message.text == shown


def test_who_needs_a_look_comes_first() -> None:
    made = summary.summarise(ClassReport(LESSON, MAXIMA, ROWS, []), [], {"bo": 9}, 0)
    assert [one.row.student for one in made.attention] == ["cy", "bo", "dee"]
    scores = {one.row.student: one.score for one in made.graded}
    assert scores == {"ann": 6, "bo": 0, "cy": 1}, "a penalty never leaves less than nothing"
    assert made.median == 1
    assert made.seconds == 4


def test_long_code_and_many_pairs_are_cut() -> None:
    side = similarity.Side("x\n" * 1000, 1.0, frozenset({1, 2}))
    pair = similarity.Pair("ann", EVIL, 9.0, [similarity.Alike("last", side, side)])
    page = pages.similarity_page(LESSON, [pair] * 60, 120)
    check_harmless(page)
    assert "The 50 most telling of 60 pairs." in page
    assert page.count("<i>300</i>") == 100
    assert "<i>301</i>" not in page
    assert "more than 30 of them" in page
