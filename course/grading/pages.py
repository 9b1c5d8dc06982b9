"""Two pages for the instructor, in build/grading/<lesson>: report.html and similarity.html.

Everything of a student's on them is escaped, and they forbid the browser to run or fetch anything.
"""

from __future__ import annotations

import math
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from course.grading import similarity, summary, works
from course.grading.lessons import Lesson, Settings
from course.grading.report import ClassReport
from course.grading.runs import write_whole
from course.grading.similarity import Pair, Side

FOLDER = Path("build", "grading")
REPORT, SIMILARITY = "report.html", "similarity.html"
MOST_PAIRS = 50
MOST_LINES = 300


@dataclass(frozen=True)
class Pages:
    """Where they are, and how many pairs the second one tells of."""

    report: Path
    similarity: Path
    pairs: int

    def lines(self) -> list[str]:
        """What to print."""
        alike = f"{self.pairs} pair{'' if self.pairs == 1 else 's'} of similar answers"
        return [f"Report: {self.report}", f"{alike}: {self.similarity}"]


def write(report: ClassReport, course_dir: Path) -> Pages:
    """Both pages about a class that has just been graded."""
    lesson = Lesson(report.lesson, course_dir.resolve(), Settings(report.sandboxed))
    graded = [row.student for row in report.rows if row.state == "graded"]
    given = works.released(lesson)
    read = [works.read(lesson, student, given) for student in graded]
    pairs = similarity.pairs({work.student: work.answers for work in read}, given)
    penalties, untimed = _late(lesson)
    made = summary.summarise(report, read, penalties, untimed)
    folder = course_dir / FOLDER / lesson.name
    write_whole(folder / REPORT, report_page(made, len(pairs), lesson.notebooks))
    write_whole(folder / SIMILARITY, similarity_page(lesson.name, pairs, len(graded)))
    return Pages(folder / REPORT, folder / SIMILARITY, len(pairs))


def _late(lesson: Lesson) -> tuple[dict[str, float], int]:
    """Student -> points off; and how many have no time, if that matters."""
    with lesson.gradebook() as gradebook:
        found = gradebook.assignment_submissions(lesson.name)
        penalties = {one.student_id: float(one.late_submission_penalty or 0) for one in found}
        due = gradebook.find_assignment(lesson.name).duedate
        return penalties, sum(one.timestamp is None for one in found) if due else 0


def report_page(made: summary.Summary, pairs: int, notebooks: list[str]) -> str:
    """report.html. pairs: how many similarity.html has. notebooks: the lesson's files."""
    return _render(
        REPORT,
        made=made,
        pressing=summary.NEEDS_LOOK,
        report=made.report,
        pictures=_pictures(made),
        pairs=pairs,
        similarity=SIMILARITY,
        feedback=lambda student: _feedback(student, made.report.lesson, notebooks),
    )


def _feedback(student: str, lesson: str, notebooks: list[str]) -> list[tuple[str, str]]:
    """(notebook, address) of the student's pages, seen from build/grading/<lesson>."""
    names = [name.removesuffix(".ipynb") for name in notebooks]
    folder = f"../../../feedback/{quote(student, safe='')}/{quote(lesson)}"
    return [(name, f"{folder}/{quote(name)}.html") for name in names]


def _pictures(made: summary.Summary) -> list[Any]:
    if not made.graded or not made.outcomes:
        return []
    # matplotlib takes a second to import.
    from course.show import classes

    scores = [result.score for result in made.graded]
    rows = [(one.exercise, one.right, one.partly, one.none) for one in made.outcomes]
    totals = classes.totals(scores, made.report.maximum, title="Points of the class")
    return [totals, classes.outcomes(rows, title="Right, partly right, not at all")]


def similarity_page(lesson: str, pairs: list[Pair], students: int) -> str:
    """similarity.html. students: how many were compared."""
    return _render(
        SIMILARITY,
        lesson=lesson,
        pairs=pairs[:MOST_PAIRS],
        count=len(pairs),
        students=students,
        common=math.floor(max(similarity.FEW, similarity.COMMON * students)),
        similar=similarity.SIMILAR,
        lines=_lines,
    )


def _lines(side: Side) -> list[tuple[int, str, bool]]:
    """(number, text, whether the other has it), and where it is cut off."""
    found = side.code.rstrip().split("\n")[:MOST_LINES]
    return [(at, text, at in side.lines) for at, text in enumerate(found, start=1)]


def _render(template: str, **values: Any) -> str:
    environment = Environment(
        loader=PackageLoader("course.grading"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"points": _points, "percent": _percent, "image": _image}
    return environment.get_template(template).render(**values)


def _points(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _percent(part: float, whole: float = 1) -> str:
    return f"{100 * part / whole if whole else 0:.0f} %"


def _image(picture: Any) -> Markup:
    data = b64encode(picture.png).decode("ascii")
    shown = Markup('<img width="{}" alt="{}" src="data:image/png;base64,{}">')
    return shown.format(picture.width, picture.alt, data)
