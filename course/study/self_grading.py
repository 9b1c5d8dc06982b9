"""`course check`: a student's own notebook, graded by the code that grades a class.

In a clone, `source/` has the hidden tests: the notebook is handed in by the only student of a
course folder that is made for it and thrown away, with a gradebook of its own. Without `source/`,
as in a student's package, the checks that the student can see are run in the same sandbox, and no
points are given. Nothing is written but the report; the notebook stays as it is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from course.errors import UserError
from course.grading import classroom, execute, flags, intake, repair, workers
from course.grading.lessons import CONFIG
from course.grading.report import Row
from course.grading.runs import write_whole
from course.grading.sandbox import bubblewrap
from course.study import copies, own_report
from course.study.copies import Copy
from course.study.own_report import Outcome

STUDENT = "you"
REPORTS = Path("work", "reports")
# What `nbgrader submit` leaves behind as well.
NOT_HANDED_IN = (".ipynb_checkpoints", "__pycache__", "*.pyc", ".DS_Store", "*.ipynb")


@dataclass(frozen=True)
class Checked:
    """What came of a lesson. whole: with the hidden tests, and so with points. sandbox: why the
    cells did not run in one, or None. report: the page."""

    lesson: str
    notebooks: tuple[Path, ...]
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...]
    whole: bool
    sandbox: str | None
    report: Path

    @property
    def points(self) -> float:
        return sum(one.points for one in self.outcomes)

    @property
    def maximum(self) -> float:
        return sum(one.maximum for one in self.outcomes)

    @property
    def held(self) -> int:
        """Exercises whose check found nothing to say."""
        return sum(one.state in (own_report.RIGHT, own_report.HOLDS) for one in self.outcomes)

    def headline(self) -> str:
        """The result in a few words."""
        if self.whole:
            return f"{self.points:g} of {self.maximum:g} points"
        return f"{self.held} of {len(self.outcomes)} visible checks hold"

    def lines(self) -> list[str]:
        """What to print."""
        wide = max(len(one.name) for one in self.outcomes)
        rows = [f"  {one.name:<{wide}}  {self._result(one)}" for one in self.outcomes]
        notes = [f"Note: {text}" for text in (*self.remarks(), *self.notes)]
        return [f"{self.lesson}: {self.headline()}", *rows, *notes, f"Report: {self.report}"]

    def _result(self, one: Outcome) -> str:
        points = f"{one.points:g} of {one.maximum:g}  " if self.whole else ""
        return f"{points}{one.state}"

    def remarks(self) -> list[str]:
        """What the result does not say of itself."""
        found = [] if self.whole else [own_report.VISIBLE_ONLY]
        if self.sandbox:
            found.append(f"No sandbox ({self.sandbox}): your cells ran with your own rights.")
        return found


def check(
    wanted: str, course_dir: Path, told: Callable[[str], None] = lambda line: None
) -> Checked:
    """Grade a student's copy of a lesson and write its report.

    wanted: "01", "01_cloudwatch" or a notebook's path. told: gets a line before the slow part.
    """
    handed_in = copies.find(wanted, course_dir)
    lesson, paths = handed_in[0].lesson, tuple(one.path for one in handed_in)
    whole, sandbox = (course_dir / "source" / lesson).is_dir(), bubblewrap.why_not()
    told(f"Grading {', '.join(map(str, paths))} as it was saved ...")
    with tempfile.TemporaryDirectory(prefix="course-check-") as scratch:
        _hand_in(handed_in, course_dir, Path(scratch))
        _refuse(handed_in, Path(scratch))
        grade = _as_instructor if whole else _visibly
        made, points, notes = grade(handed_in, course_dir, Path(scratch), sandbox is None)
    outcomes = [
        outcome
        for copy, notebook in zip(handed_in, made, strict=True)
        for outcome in own_report.outcomes(copy, notebook, points, course_dir)
    ]
    report = course_dir / REPORTS / f"{lesson}.html"
    checked = Checked(lesson, paths, tuple(outcomes), tuple(notes), whole, sandbox, report)
    _write(checked)
    return checked


Graded = tuple[list[Any], dict[str, float] | None, list[str]]


def _hand_in(handed_in: list[Copy], course_dir: Path, scratch: Path) -> None:
    for copy in handed_in:
        folder = _submitted(scratch, copy.lesson)
        if copy.path.parent.resolve() == (course_dir / copies.WORK / copy.lesson).resolve():
            # What lies beside the notebook belongs to it, here and nowhere else.
            ignored = shutil.ignore_patterns(*NOT_HANDED_IN)
            shutil.copytree(
                copy.path.parent, folder, symlinks=True, ignore=ignored, dirs_exist_ok=True
            )
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(copy.path, folder / copy.notebook)


def _submitted(scratch: Path, lesson: str) -> Path:
    return scratch / "submitted" / STUDENT / lesson


def _refuse(handed_in: list[Copy], scratch: Path) -> None:
    """The class grader's own first look, before anything slow begins."""
    first = handed_in[0]
    try:
        folder = _submitted(scratch, first.lesson)
        intake.check(STUDENT, folder, [copy.notebook for copy in handed_in])
    except intake.Refused as why:
        raise UserError(_in_place(str(why), first, first.lesson)) from None


def _as_instructor(
    handed_in: list[Copy], course_dir: Path, scratch: Path, sandboxed: bool
) -> Graded:
    lesson = handed_in[0].lesson
    for step in ("source", "release"):
        shutil.copytree(course_dir / step / lesson, scratch / step / lesson)
    if not (course_dir / CONFIG).is_file():
        raise UserError(f"no {CONFIG} in {course_dir}; name the course's folder with --course-dir")
    shutil.copyfile(course_dir / CONFIG, scratch / CONFIG)
    (scratch / "students.csv").write_text(f"id\n{STUDENT}\n", encoding="utf-8")
    # nbgrader's page takes seconds; the report says the same and more.
    options = classroom.Options(jobs=1, sandboxed=sandboxed, feedback=False)
    row = classroom.grade(lesson, scratch, STUDENT, options=options).row(STUDENT)
    if row.state != "graded":
        raise UserError(_in_place(row.problem or row.state, handed_in[0], lesson))
    folder = scratch / "autograded" / STUDENT / lesson
    made = [nbformat.read(folder / copy.notebook, as_version=4) for copy in handed_in]
    return made, row.points, _notes(row)


def _notes(row: Row) -> list[str]:
    return [*row.flags, *([row.problem] if row.problem else [])]


def _visibly(handed_in: list[Copy], course_dir: Path, scratch: Path, sandboxed: bool) -> Graded:
    folder = _submitted(scratch, handed_in[0].lesson)
    made = [_executed(folder, copy, course_dir, sandboxed) for copy in handed_in]
    return made, None, [flag for notebook in made for flag in flags.on(notebook)]


def _executed(folder: Path, copy: Copy, course_dir: Path, sandboxed: bool) -> Any:
    release = course_dir / copies.RELEASE / copy.lesson / copy.notebook
    released = nbformat.read(release, as_version=4)
    notebook, notes = repair.rebuild(intake.read(folder / copy.notebook), released)
    flags.add(notebook, *notes)
    job = execute.CollectedExecute(sandboxed=sandboxed).job(
        notebook, execute.read_files([folder], [])
    )
    execute.put(workers.run_here(job), notebook)
    return notebook


def _in_place(problem: str, copy: Copy, lesson: str) -> str:
    """A problem of the hand-in, told of the file that the student knows."""
    folder = f"submitted/{STUDENT}/{lesson}"
    named = problem.replace(f"{folder}/{copy.notebook}", str(copy.path))
    return named.replace(folder, str(copy.path.parent))


def _write(checked: Checked) -> None:
    try:
        write_whole(checked.report, own_report.page(checked))
    except OSError as error:
        raise UserError(
            f"{checked.headline()}, but no report: nothing can be written to "
            f"{checked.report.parent}: {error.strerror}; `course doctor` looks further"
        ) from None


def show(report: Path) -> None:
    """Open the report where there is a browser with windows; its path has been printed."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    # One of the terminal (w3m, lynx) would take it over.
    if type(browser) is not webbrowser.GenericBrowser or os.environ.get("BROWSER"):
        browser.open(report.resolve().as_uri())
