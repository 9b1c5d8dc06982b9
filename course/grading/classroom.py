"""Grade a class: intake, nbgrader's autograde and feedback, one student after the other.

Whatever one submission does, the others are graded, and a submission that could not be graded
leaves no half-made folder and no score of an earlier attempt behind.
"""

from __future__ import annotations

import difflib
import logging
import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nbformat
from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import GenerateAssignment
from nbgrader.plugins import CsvExportPlugin
from nbgrader.utils import capture_log
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets.config import Config, PyFileConfigLoader

from course.errors import UserError
from course.grading import flags, intake, repair, roster
from course.grading.report import ClassReport, Row

CONFIG = "nbgrader_config.py"
# The last line of a traceback, as nbgrader logs it.
EXCEPTION = re.compile(r"\s+((?:[\w.]+\.)?\w*(?:Error|Exception|Entry)\w*: .+)")


def grade(
    lesson: str,
    course_dir: Path,
    only: str | None = None,
    done: Callable[[Row], None] = lambda row: None,
) -> ClassReport:
    """Grade what is in submitted/*/<lesson>; write autograded/, feedback/ and the exported scores.

    course_dir: the folder with nbgrader_config.py, source/, release/ and submitted/.
    only: one student's id. done: called with every row when it is ready.
    Raises UserError for what concerns the whole class; a student's trouble is in their row.
    """
    try:
        with _quiet(), _commands_on_path():
            classroom = Classroom(lesson, course_dir.resolve())
            report = classroom.grade(only, done)
            classroom.export()
    except SQLAlchemyError as error:
        why = str(error).splitlines()[0]
        raise UserError(f"the gradebook cannot be used: {why}; is gradebook.db whole?") from error
    return report


class Classroom:
    """One lesson of one course folder, registered in its gradebook."""

    def __init__(self, lesson: str, course_dir: Path) -> None:
        self.lesson, self.course_dir = lesson, course_dir
        config = _config(course_dir)
        self.notebooks = _notebooks(lesson, course_dir)
        self.api = _api(config)
        # Cheap looks before the gradebook is made or touched.
        self._find_releases()
        roster.check(course_dir)
        self._register(config)

    def grade(self, only: str | None, done: Callable[[Row], None]) -> ClassReport:
        with self._gradebook() as gradebook:
            students = roster.students(self.course_dir, gradebook)
            maxima = self._maxima(gradebook)
        if only is not None and only not in students:
            raise UserError(f"no student {only!r} on the roster{_meant(only, students)}", 2)
        problems = [] if only else self._strangers(students)
        rows = []
        for student in [only] if only else students:
            rows.append(self._graded(student))
            done(rows[-1])
        return ClassReport(self.lesson, maxima, rows, problems)

    def export(self) -> Path:
        """Write the lesson's scores of all students with nbgrader's own exporter."""
        path = self.course_dir / "build" / "grades" / f"{self.lesson}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        exporter = CsvExportPlugin(parent=self.api, to=str(path), assignment=[self.lesson])
        with self._gradebook() as gradebook:
            exporter.export(gradebook)
        return path

    def _graded(self, student: str) -> Row:
        folder = self.course_dir / "submitted" / student / self.lesson
        try:
            if not self._handed_in(folder):
                return Row(student, "not handed in")
            intake.check(student, folder, self.notebooks)
        except intake.Refused as why:
            return Row(student, "refused", problem=str(why))
        made = self.api.autograde(self.lesson, student, create=False)
        if not made["success"]:
            self._forget(student)
            return Row(student, "failed", problem=f"was not graded: {_reason(made)}")
        page = self.api.generate_feedback(self.lesson, student)
        problem = None if page["success"] else f"has no feedback page: {_reason(page)}"
        return Row(student, "graded", self._points(student), self._flags(student), problem)

    def _handed_in(self, folder: Path) -> bool:
        intake.refuse_link(folder.parent, f"submitted/{folder.parent.name}")
        if folder.is_symlink() or folder.is_dir():
            return True
        others = _visible(folder.parent)
        known = {path.name for path in _visible(self.course_dir / "source")}
        unknown = [path.name for path in others if path.name not in known]
        if unknown:
            found = ", ".join(unknown)
            where = f"submitted/{folder.parent.name}"
            raise intake.Refused(f"no folder {self.lesson} in {where} (found {found}); rename it")
        return False

    def _strangers(self, students: list[str]) -> list[str]:
        lines = []
        for path in _visible(self.course_dir / "submitted"):
            if path.name in students:
                continue
            if path.is_dir():
                hint = _meant(path.name, students) or "; add them to students.csv"
                lines.append(f"submitted/{path.name}: not on the roster{hint}")
            else:
                lines.append(f"submitted/{path.name}: is no student's folder; unpack or remove it")
        return lines

    def _find_releases(self) -> None:
        for name in self.notebooks:
            shown = f"release/{self.lesson}/{name}"
            if not (self.course_dir / shown).exists():
                raise UserError(f"no {shown}; run nbgrader generate_assignment {self.lesson} first")

    def _register(self, config: Config) -> None:
        """Tell the gradebook what the lesson's source asks for; release/ is only read."""
        with tempfile.TemporaryDirectory() as scratch:
            own = Config(config)
            own.CourseDirectory.release_directory = scratch
            api = _api(own)
            api.coursedir.assignment_id = self.lesson
            api.coursedir.student_id = "."
            made = capture_log(GenerateAssignment(coursedir=api.coursedir, parent=api, force=True))
            if not made["success"]:
                raise UserError(f"source/{self.lesson} cannot be graded: {_reason(made)}")
            for name in self.notebooks:
                self._compare(Path(scratch) / self.lesson / name, name)

    def _compare(self, fresh: Path, name: str) -> None:
        shown = f"release/{self.lesson}/{name}"
        if _marked(fresh) != _marked(self.course_dir / shown):
            raise UserError(f"{shown} has other exercises than source/; build the release again")

    def _gradebook(self) -> Gradebook:
        return Gradebook(self.api.coursedir.db_url, self.api.coursedir.course_id)

    def _maxima(self, gradebook: Gradebook) -> dict[str, float]:
        worth = {}
        for notebook in gradebook.find_assignment(self.lesson).notebooks:
            worth.update(
                {
                    cell.name: float(cell.max_score)
                    for cell in [*notebook.grade_cells, *notebook.task_cells]
                }
            )
        order = [name for file in self.notebooks for name in _marked(self._source(file))]
        return {_exercise(name): worth[name] for name in order if name in worth}

    def _source(self, file: str) -> Path:
        return self.course_dir / "source" / self.lesson / file

    def _points(self, student: str) -> dict[str, float]:
        with self._gradebook() as gradebook:
            return {
                _exercise(g.name): float(g.score or 0) for g in self._grades(gradebook, student)
            }

    def _grades(self, gradebook: Gradebook, student: str) -> list[Any]:
        submission = gradebook.find_submission(self.lesson, student)
        return [grade for notebook in submission.notebooks for grade in notebook.grades]

    def _flags(self, student: str) -> list[str]:
        folder = self.course_dir / "autograded" / student / self.lesson
        found = [flag for name in self.notebooks for flag in flags.of(folder / name)]
        with self._gradebook() as gradebook:
            grades = self._grades(gradebook, student)
            look = [_exercise(g.name) for g in grades if g.needs_manual_grade]
        return [*found, *([f"needs a look: {', '.join(look)}"] if look else [])]

    def _forget(self, student: str) -> None:
        # Nothing of an earlier attempt may pass for a result of the submission that failed.
        for step in ("autograded", "feedback"):
            shutil.rmtree(self.course_dir / step / student / self.lesson, ignore_errors=True)
            with suppress(OSError):
                (self.course_dir / step / student).rmdir()
        with self._gradebook() as gradebook:
            try:
                grades = self._grades(gradebook, student)
            except MissingEntry:
                return
            for one in grades:
                one.auto_score, one.needs_manual_grade = 0, True
            gradebook.db.commit()


def _config(course_dir: Path) -> Config:
    if not (course_dir / CONFIG).exists():
        raise UserError(f"no {CONFIG} in {course_dir}; name the course's folder with --course-dir")
    try:
        config = PyFileConfigLoader(CONFIG, path=str(course_dir)).load_config()
    except Exception as error:
        # It is Python that somebody may have edited: any error can come out of it.
        raise UserError(f"{CONFIG} cannot be read: {type(error).__name__}: {error}") from error
    config.CourseDirectory.root = str(course_dir)
    return config


def _api(config: Config) -> NbGraderAPI:
    api = NbGraderAPI(config=config)
    log = logging.getLogger("course.grading")
    log.propagate = False
    api.log = log
    return api


def _notebooks(lesson: str, course_dir: Path) -> list[str]:
    lessons = [path.name for path in _visible(course_dir / "source")]
    if lesson not in lessons:
        hint = _meant(lesson, lessons) or f"; there are: {', '.join(lessons) or 'none'}"
        raise UserError(f"no lesson {lesson!r} in source/{hint}", 2)
    return sorted(path.name for path in (course_dir / "source" / lesson).glob("*.ipynb"))


def _visible(folder: Path) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else []
    return sorted(path for path in found if not path.name.startswith("."))


def _meant(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _marked(path: Path) -> list[str]:
    names = (repair.grade_id(cell) for cell in nbformat.read(path, as_version=4).cells)
    return [name for name in names if name]


def _exercise(name: str) -> str:
    return name.removesuffix("_check")


def _reason(made: dict[str, Any]) -> str:
    """What went wrong first, of all that nbgrader captured; its own last line says "see above"."""
    lines = f"{made.get('log', '')}\n{made.get('error', '')}".splitlines()
    raised = (found[1] for line in lines if (found := EXCEPTION.fullmatch(line)))
    logged = (line.removeprefix("[ERROR] ") for line in lines if line.startswith("[ERROR] "))
    return next(raised, None) or next(logged, "nbgrader gave no reason")


@contextmanager
def _commands_on_path() -> Iterator[None]:
    # nbgrader calls `alembic` by name; a virtual environment that is not activated is not on PATH.
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence warnings that neither a student nor an instructor can act on."""
    with warnings.catch_warnings():
        # What these warn of in a submission, `repair` puts right and flags.
        warnings.simplefilter("ignore", DuplicateCellId)
        warnings.simplefilter("ignore", MissingIDFieldWarning)
        # nbgrader fills its tables in an order that SQLAlchemy 2 remarks upon.
        warnings.simplefilter("ignore", SAWarning)
        yield
