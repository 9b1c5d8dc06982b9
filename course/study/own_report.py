"""The page of `course check`: what came of each exercise, told so that the next step is clear.

What is a student's own on it is cleaned of all that a browser would run; the page forbids the
browser to fetch anything.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from course.grading import html, repair
from course.grading.feedback import ANSI
from course.grading.lessons import exercise
from course.study import copies, exercises, helping
from course.study.copies import Copy

if TYPE_CHECKING:
    from course.study.self_grading import Checked

TEMPLATE = "own_report.html"
RIGHT, PARTLY, NOT_YET, BLANK = "right", "partly right", "not yet", "not attempted"
HOLDS = "visible check holds"
VISIBLE_ONLY = (
    "Only the checks that you can see were run; the hidden tests, and the points, are with your "
    "instructor."
)
HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*$", re.MULTILINE)
# What Python calls a cell in its messages.
CELL_FILE = re.compile(r"\(\d+\.py, line (\d+)\)")
LONGEST = 20_000


@dataclass(frozen=True)
class Outcome:
    """One exercise. title: its heading. state: one of the words above. error: what stopped the
    answer's own cell, or "". message: what the check said when it failed. printed: what it printed.
    pictures: HTML of those between answer and check. reread: a heading of the lesson."""

    name: str
    title: str
    points: float
    maximum: float
    state: str
    error: str
    message: str
    printed: str
    pictures: tuple[Markup, ...]
    reread: str


def outcomes(
    copy: Copy, notebook: Any, points: dict[str, float] | None, course_dir: Path
) -> Iterator[Outcome]:
    """Of every exercise of a notebook whose cells were run. points: None when none were given."""
    release = nbformat.read(course_dir / copies.RELEASE / copy.lesson / copy.notebook, as_version=4)
    titles = _titles(release)
    known = {one.name: one for one in exercises.of_lesson(course_dir, copy.lesson)}
    for name, answer, between, test in _exercises(notebook):
        worth = float(test.metadata.nbgrader.points)
        got = points.get(name, 0.0) if points is not None else None
        blank = name in known and exercises.is_blank(known[name], answer.source)
        state = _state(got, worth, bool(_error(test)), blank)
        title, section = titles.get(name, (name, ""))
        told = helping.find(copy.lesson, name, course_dir)
        reread = told.reread if told else section
        stopped, quiz = _error(answer), name in exercises.NOT_CODED
        yield Outcome(
            name,
            title,
            got or 0.0,
            worth,
            state,
            stopped,
            # What a check says of an answer that never came to be is no news.
            "" if stopped else _error(test),
            _printed(test),
            tuple(picture for cell in (answer, *between, test) for picture in _pictures(cell)),
            # A quiz stands under a heading of its own, and prints its reasons.
            "" if state in (RIGHT, HOLDS) or (quiz and not told) else reread,
        )


def _state(got: float | None, worth: float, failed: bool, blank: bool) -> str:
    """The outcome in words; got: the points, None where only the visible check was run."""
    if got is not None and got >= worth:
        return RIGHT
    if got:
        return PARTLY
    if blank:
        return BLANK
    return HOLDS if got is None and not failed else NOT_YET


def _exercises(notebook: Any) -> Iterator[tuple[str, Any, list[Any], Any]]:
    """Name, answer cell, what lies between, and check cell of each exercise."""
    answer: Any = None
    between: list[Any] = []
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {}) if repair.grade_id(cell) else {}
        if marks.get("grade") and answer is not None:
            yield exercise(str(repair.grade_id(cell))), answer, between, cell
            answer, between = None, []
        elif marks.get("solution"):
            answer, between = cell, []
        else:
            between.append(cell)


def _titles(release: Any) -> dict[str, tuple[str, str]]:
    """Exercise -> the heading above it, and the section's that it belongs to."""
    found, heading, section = {}, "", ""
    for cell in release.cells:
        if cell.cell_type == "markdown":
            for marks, text in HEADING.findall(cell.source):
                heading = text
                section = text if len(marks) < 3 else section
        elif cell.metadata.get("nbgrader", {}).get("solution"):
            found[str(repair.grade_id(cell))] = (heading, section)
    return found


def _error(cell: Any) -> str:
    """What stopped a cell, or ""; an assert's own words, any other error with its name."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            said = CELL_FILE.sub(r"(line \1 of the cell)", ANSI.sub("", output.evalue).strip())
            said = said[:LONGEST]
            return said if said and output.ename == "AssertionError" else f"{output.ename}: {said}"
    return ""


def _printed(cell: Any) -> str:
    """What a check printed; a partial credit is no news."""
    texts = [out.text for out in cell.get("outputs", []) if out.output_type == "stream"]
    return ANSI.sub("", "".join(texts)).strip()[:LONGEST]


def _pictures(cell: Any) -> Iterator[Markup]:
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "<img" in data.get("text/html", ""):
            yield Markup(html.clean_html(data["text/html"]))
        elif "image/png" in data:
            yield _image(data["image/png"], data.get("text/plain", ""))


def _image(encoded: str, told: str) -> Markup:
    data = "".join(encoded.split())
    try:
        b64decode(data, validate=True)
    except ValueError:
        return Markup("")
    alt = told if told and not told.startswith("<") else "A picture without a description"
    return Markup('<img alt="{}" src="data:image/png;base64,{}">').format(alt, data)


def page(checked: Checked) -> str:
    """The whole page."""
    environment = Environment(
        # The frame of the instructor's pages.
        loader=ChoiceLoader([PackageLoader("course.study"), PackageLoader("course.grading")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"points": lambda value: f"{value:g}", "marked": _marked}
    to_read: dict[str, list[str]] = {}
    for one in checked.outcomes:
        if one.reread:
            to_read.setdefault(one.reread, []).append(one.name)
    return environment.get_template(TEMPLATE).render(checked=checked, to_read=to_read)


def _marked(text: str) -> Markup:
    """Text with `code` set as code."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(text))))
