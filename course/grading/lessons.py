"""One lesson of one course folder: its files, its place in nbgrader's gradebook, its exercises.

What `classroom` does with a class, student by student, is made of these steps; each is nbgrader's
own, called for one student.
"""

from __future__ import annotations

import difflib
import functools
import logging
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import GenerateAssignment
from nbgrader.plugins import CsvExportPlugin
from nbgrader.utils import capture_log
from traitlets.config import Config, PyFileConfigLoader

from course.errors import UserError
from course.grading import flags, intake, repair, roster
from course.grading.execute import CollectedExecute, read_files
from course.grading.report import Row
from course.grading.runs import Job

CONFIG = "nbgrader_config.py"
# The last line of a traceback, as nbgrader logs it.
EXCEPTION = re.compile(r"\s+((?:[\w.]+\.)?\w*(?:Error|Exception|Entry)\w*: .+)")


class Failed(Exception):
    """nbgrader could not do a step for a student; why, in one line."""


@dataclass(frozen=True)
class Settings:
    """What a command adds to nbgrader_config.py."""

    sandboxed: bool = True


class Lesson:
    """One lesson of one course folder. Nothing is written before `register`."""

    def __init__(self, name: str, course_dir: Path, settings: Settings) -> None:
        self.name, self.course_dir = name, course_dir
        self._config = _config(course_dir)
        if not settings.sandboxed:
            self._config.CollectedExecute.sandboxed = False
        self._config.CollectedExecute.ahead = True
        self.notebooks = _notebooks(name, course_dir)
        self.api = _api(self._config)
        self.execute = CollectedExecute(config=self._config)
        self.execute.chosen()
        self._find_releases()
        roster.check(course_dir)

    @property
    def sandboxed(self) -> bool:
        return bool(self.execute.sandboxed)

    def register(self) -> None:
        """Tell the gradebook what the lesson's source asks for; release/ is only read."""
        with tempfile.TemporaryDirectory() as scratch:
            own = Config(self._config)
            own.CourseDirectory.release_directory = scratch
            api = _api(own)
            api.coursedir.assignment_id = self.name
            api.coursedir.student_id = "."
            made = capture_log(GenerateAssignment(coursedir=api.coursedir, parent=api, force=True))
            if not made["success"]:
                raise UserError(f"source/{self.name} cannot be graded: {_reason(made)}")
            for name in self.notebooks:
                self._compare(Path(scratch) / self.name / name, name)

    def locked_texts(self) -> None:
        """Read what submissions are put right from: from here on a thread may do that, and the
        gradebook stays this one's."""
        self.__dict__.pop("_texts", None)
        _ = self._texts

    def students(self) -> list[str]:
        with self.gradebook() as gradebook:
            return roster.students(self.course_dir, gradebook)

    def gradebook(self) -> Gradebook:
        return Gradebook(self.api.coursedir.db_url, self.api.coursedir.course_id)

    def database(self) -> Path | None:
        """The gradebook's file; None when it is no file."""
        url = self.api.coursedir.db_url
        if not url.startswith("sqlite:///"):
            return None
        return Path(url.removeprefix("sqlite:///").partition("?")[0])

    # --- one student -----------------------------------------------------------------------------

    def folder(self, step: str, student: str) -> Path:
        return self.course_dir / step / student / self.name

    def handed_in(self, student: str) -> bool:
        """Whether there is a submission; intake.Refused when it may not be opened."""
        folder = self.folder("submitted", student)
        if not self._is_there(folder):
            return False
        intake.check(student, folder, self.notebooks)
        return True

    def notebook(self, student: str, file: str) -> Any:
        """A submitted notebook as nbgrader's steps will have made it before its cells are run."""
        submitted = intake.read(self.folder("submitted", student) / file)
        release = nbformat.read(self._released(file), as_version=4)
        rebuilt, _ = repair.rebuild(submitted, release)
        for cell in rebuilt.cells:
            name = repair.grade_id(cell)
            if name is not None and repair.is_locked(cell):
                cell.source = self._texts.get((file, name), cell.source)
        return rebuilt

    def job(self, student: str, file: str) -> Job:
        """What has to be run for a submitted notebook."""
        folders = [self.folder("submitted", student), self._source(file).parent]
        files = read_files(folders, self.api.coursedir.ignore)
        return self.execute.job(self.notebook(student, file), files)

    def autograde(self, student: str) -> None:
        """Scores into the gradebook, notebooks into autograded/."""
        made = self.api.autograde(self.name, student, create=False)
        if not made["success"]:
            self._failed(made)

    def feedback(self, student: str) -> None:
        """Pages into feedback/."""
        made = self.api.generate_feedback(self.name, student)
        if not made["success"]:
            self._failed(made)

    def _failed(self, made: dict[str, Any]) -> None:
        # nbgrader catches everything, a Ctrl-C as well.
        if str(made.get("error", "")).rstrip().endswith("KeyboardInterrupt"):
            raise KeyboardInterrupt
        raise Failed(_reason(made))

    def _is_there(self, folder: Path) -> bool:
        intake.refuse_link(folder.parent, f"submitted/{folder.parent.name}")
        if folder.is_symlink() or folder.is_dir():
            return True
        others = _visible(folder.parent)
        known = {path.name for path in _visible(self.course_dir / "source")}
        unknown = [path.name for path in others if path.name not in known]
        if unknown:
            found = ", ".join(unknown)
            where = f"submitted/{folder.parent.name}"
            raise intake.Refused(f"no folder {self.name} in {where} (found {found}); rename it")
        return False

    def _find_releases(self) -> None:
        for name in self.notebooks:
            shown = f"release/{self.name}/{name}"
            if not (self.course_dir / shown).exists():
                raise UserError(f"no {shown}; run nbgrader generate_assignment {self.name} first")

    def _compare(self, fresh: Path, name: str) -> None:
        shown = f"release/{self.name}/{name}"
        if _marked(fresh) != _marked(self.course_dir / shown):
            raise UserError(f"{shown} has other exercises than source/; build the release again")

    def maxima(self) -> dict[str, float]:
        """Exercise -> points it is worth, in the notebooks' order."""
        worth = {}
        with self.gradebook() as gradebook:
            for notebook in gradebook.find_assignment(self.name).notebooks:
                cells = [*notebook.grade_cells, *notebook.task_cells]
                worth.update({cell.name: float(cell.max_score) for cell in cells})
        order = [name for file in self.notebooks for name in _marked(self._source(file))]
        return {exercise(name): worth[name] for name in order if name in worth}

    def _source(self, file: str) -> Path:
        return self.course_dir / "source" / self.name / file

    def _released(self, file: str) -> Path:
        return self.course_dir / "release" / self.name / file

    @functools.cached_property
    def _texts(self) -> dict[tuple[str, str], str]:
        """(file, cell) -> text of every marked cell, hidden tests included."""
        with self.gradebook() as gradebook:
            notebooks = gradebook.find_assignment(self.name).notebooks
            return {
                (f"{one.name}.ipynb", cell.name): cell.source
                for one in notebooks
                for cell in one.source_cells
            }

    def due(self) -> str | None:
        """When the lesson was due (ISO 8601, UTC), if the gradebook has a date."""
        with self.gradebook() as gradebook:
            due = gradebook.find_assignment(self.name).duedate
            return due.isoformat() if due else None

    def submitters(self) -> list[str]:
        """Students whose submission the gradebook knows; it is only read."""
        with self.gradebook() as gradebook:
            try:
                found = gradebook.assignment_submissions(self.name)
            except MissingEntry:
                return []
            return sorted(one.student_id for one in found)

    def grades(self, student: str) -> list[Grade]:
        """What the gradebook has of a student's submission; nothing when it has none."""
        with self.gradebook() as gradebook:
            try:
                return [Grade.of(one) for one in self._grades(gradebook, student)]
            except MissingEntry:
                return []

    def _grades(self, gradebook: Gradebook, student: str) -> list[Any]:
        submission = gradebook.find_submission(self.name, student)
        return [grade for notebook in submission.notebooks for grade in notebook.grades]

    def row(self, student: str, problem: str | None = None) -> Row:
        """A graded student's row, from the gradebook and the notes on the autograded notebooks."""
        grades = self.grades(student)
        found = [flag for path in self.autograded(student) for flag in flags.of(path)]
        look = [one.exercise for one in grades if one.needs_look]
        found += [f"needs a look: {', '.join(look)}"] if look else []
        points = {one.exercise: one.score for one in grades}
        return Row(student, "graded", points, found, problem)

    def autograded(self, student: str) -> list[Path]:
        return [self.folder("autograded", student) / name for name in self.notebooks]

    def forget(self, student: str) -> None:
        """Nothing of an earlier attempt may pass for a result of the submission that failed."""
        for step in ("autograded", "feedback"):
            shutil.rmtree(self.folder(step, student), ignore_errors=True)
            with suppress(OSError):
                self.folder(step, student).parent.rmdir()
        with self.gradebook() as gradebook:
            try:
                grades = self._grades(gradebook, student)
            except MissingEntry:
                return
            for one in grades:
                one.auto_score, one.needs_manual_grade = 0, True
            gradebook.db.commit()

    # --- the class -------------------------------------------------------------------------------

    def strangers(self, students: list[str]) -> list[str]:
        """A line for each thing in submitted/ that belongs to nobody of the class."""
        lines = []
        for path in _visible(self.course_dir / "submitted"):
            if path.name in students:
                continue
            if path.is_dir():
                hint = meant(path.name, students) or "; add them to students.csv"
                lines.append(f"submitted/{path.name}: not on the roster{hint}")
            else:
                lines.append(f"submitted/{path.name}: is no student's folder; unpack or remove it")
        return lines

    def export(self) -> Path:
        """Write the lesson's scores of all students with nbgrader's own exporter."""
        path = self.course_dir / "build" / "grades" / f"{self.name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        exporter = CsvExportPlugin(parent=self.api, to=str(path), assignment=[self.name])
        with self.gradebook() as gradebook:
            exporter.export(gradebook)
        return path


@dataclass(frozen=True)
class Grade:
    """One exercise of one submission, as the gradebook has it. score: with points by hand."""

    exercise: str
    score: float
    auto: float | None
    needs_look: bool
    by_hand: tuple[Any, ...]

    @classmethod
    def of(cls, grade: Any) -> Grade:
        by_hand = (grade.manual_score, grade.extra_credit, grade.max_score)
        needs_look = bool(grade.needs_manual_grade)
        return cls(
            exercise(grade.name), float(grade.score or 0), grade.auto_score, needs_look, by_hand
        )


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
        hint = meant(lesson, lessons) or f"; there are: {', '.join(lessons) or 'none'}"
        raise UserError(f"no lesson {lesson!r} in source/{hint}", 2)
    return sorted(path.name for path in (course_dir / "source" / lesson).glob("*.ipynb"))


def _visible(folder: Path) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else []
    return sorted(path for path in found if not path.name.startswith("."))


def meant(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _marked(path: Path) -> list[str]:
    names = (repair.grade_id(cell) for cell in nbformat.read(path, as_version=4).cells)
    return [name for name in names if name]


def exercise(name: str) -> str:
    return name.removesuffix("_check")


def _reason(made: dict[str, Any]) -> str:
    """What went wrong first, of all that nbgrader captured; its own last line says "see above"."""
    lines = f"{made.get('log', '')}\n{made.get('error', '')}".splitlines()
    raised = (found[1] for line in lines if (found := EXCEPTION.fullmatch(line)))
    logged = (line.removeprefix("[ERROR] ") for line in lines if line.startswith("[ERROR] "))
    return next(raised, None) or next(logged, "nbgrader gave no reason")
