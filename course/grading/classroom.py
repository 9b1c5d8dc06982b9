"""Grade a class: intake, runs several at a time, then nbgrader's scores and pages by one writer.

Whatever one submission does, the others are graded, and a submission that could not be graded
leaves no half-made folder and no score of an earlier attempt behind. Whenever this is stopped, what
was finished is kept: a run is a file, a student is a note in `finished`, and the next call goes on.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets import TraitError

from course.errors import UserError
from course.grading import backup, intake, workers
from course.grading.audit import Audit
from course.grading.environment import sha256
from course.grading.execute import RUNS
from course.grading.finished import Finished
from course.grading.lessons import CONFIG, Failed, Lesson, Settings, meant
from course.grading.report import ClassReport, Row
from course.grading.runs import Job, Run, Store
from course.grading.sandbox import bubblewrap

__all__ = ["CONFIG", "Options", "Runs", "grade"]
GRADING = Path("build", "grading")


@dataclass(frozen=True)
class Options:
    """How to grade. jobs: processes (None: one for each processor). fresh: use nothing that an
    earlier call has made. cluster: address of a Dask scheduler, in the place of own processes.
    feedback: False writes no page for the student."""

    jobs: int | None = None
    fresh: bool = False
    sandboxed: bool = True
    cluster: str | None = None
    feedback: bool = True


class Runs(Protocol):
    """Who runs jobs: processes of this machine (`workers.Pool`) or a cluster's (`cluster.Cluster`).

    Gives back each name, with the run once it is in the store; a name without a job at once.
    """

    def run(self, jobs: Iterator[workers.Asked], store: Store) -> Iterator[workers.Answered]: ...


def grade(
    lesson: str,
    course_dir: Path,
    only: str | None = None,
    done: Callable[[Row, int], None] = lambda row, of: None,
    options: Options | None = None,
) -> ClassReport:
    """Grade what is in submitted/*/<lesson>; write autograded/, feedback/ and the exported scores.

    course_dir: the folder with nbgrader_config.py, source/, release/ and submitted/.
    only: one student's id. done: called with every row when it is ready,
    and how many there will be.
    Raises UserError for what concerns the whole class; a student's trouble is in their row.
    """
    chosen = options or Options()
    with opened(lesson, course_dir, chosen) as opened_lesson:
        return Classroom(opened_lesson, chosen).grade(only, done)


@contextmanager
def opened(name: str, course_dir: Path, options: Options, writes: bool = True) -> Iterator[Lesson]:
    """The lesson, for this process alone; registered in the gradebook, with backups around it.

    writes: False leaves the gradebook as it is.
    """
    try:
        with _quiet(), _commands_on_path():
            lesson = Lesson(name, course_dir.resolve(), Settings(options.sandboxed))
            if lesson.sandboxed and not options.cluster and (why := bubblewrap.why_not()):
                raise UserError(f"no sandbox: {why}; --no-sandbox grades without one")
            with _alone(lesson.course_dir / GRADING):
                if not writes:
                    yield lesson
                    return
                _back_up(lesson, "before")
                lesson.register()
                lesson.locked_texts()
                yield lesson
                _back_up(lesson, "after")
    except SQLAlchemyError as error:
        why = str(error).splitlines()[0]
        raise UserError(f"the gradebook cannot be used: {why}; is gradebook.db whole?") from error
    except TraitError as error:
        why = str(error).splitlines()[0]
        raise UserError(f"{CONFIG} has a setting that cannot be used: {why}") from error


def runs_of(options: Options) -> AbstractContextManager[Runs]:
    if options.cluster:
        # dask.distributed is an extra, and takes a second to import.
        from course.grading.cluster import Cluster

        return Cluster(options.cluster)
    return workers.Pool(options.jobs or processors())


def processors() -> int:
    """Processors that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass
class _Plan:
    """What is to be done for a student. row: their result, when nothing is to be run."""

    keys: list[str] = field(default_factory=list)
    missing: int = 0
    row: Row | None = None
    lost: bool = False
    seconds: float = 0.0


class Classroom:
    """A lesson and its class, being graded."""

    def __init__(self, lesson: Lesson, options: Options) -> None:
        self.lesson, self.options = lesson, options
        grading = lesson.course_dir / GRADING
        self.store = Store(lesson.course_dir / RUNS)
        self.audit = Audit(grading)
        self.finished = Finished(lesson)
        self._plans: dict[str, _Plan] = {}

    def grade(self, only: str | None, done: Callable[[Row, int], None]) -> ClassReport:
        students = self.lesson.students()
        if only is not None and only not in students:
            raise UserError(f"no student {only!r} on the roster{meant(only, students)}", 2)
        chosen = [only] if only else students
        rows = {}
        with runs_of(self.options) as runs:
            for student, run in runs.run(self._asked(chosen), self.store):
                if self._arrived(student, run):
                    rows[student] = self._written(student)
                    done(rows[student], len(chosen))
        self.lesson.export()
        problems = [] if only else self.lesson.strangers(students)
        inside = [rows[student] for student in chosen]
        maxima, sandboxed = self.lesson.maxima(), self.lesson.sandboxed
        return ClassReport(self.lesson.name, maxima, inside, problems, sandboxed)

    # --- before: in the thread that hands out jobs -----------------------------------------------

    def _asked(self, students: list[str]) -> Iterator[workers.Asked]:
        """Every job that has to be run; the students who need none come by themselves."""
        for student in students:
            plan = self._plans[student] = _Plan()
            jobs: list[Job] = []
            try:
                jobs = self._jobs(student, plan)
            except intake.Refused as why:
                plan.row = Row(student, "refused", problem=str(why))
            plan.missing = len(jobs)
            wanted: list[Job | None] = [*jobs] or [None]
            for job in wanted:
                yield student, job

    def _jobs(self, student: str, plan: _Plan) -> list[Job]:
        if not self.lesson.handed_in(student):
            plan.row = Row(student, "not handed in")
            return []
        jobs = [self.lesson.job(student, file) for file in self.lesson.notebooks]
        plan.keys = [job.key for job in jobs]
        return [job for job in jobs if self.options.fresh or not self._stored(job.key, plan)]

    def _stored(self, key: str, plan: _Plan) -> bool:
        run = self.store.load(key)
        if run is None or run.lost:
            return False
        plan.seconds += run.seconds
        return True

    # --- behind: the one writer ------------------------------------------------------------------

    def _arrived(self, student: str, run: Run | None) -> bool:
        """Whether all runs of a student are there."""
        plan = self._plans[student]
        if run is not None:
            plan.missing -= 1
            plan.lost = plan.lost or run.lost
            plan.seconds += run.seconds
        return plan.missing <= 0

    def _written(self, student: str) -> Row:
        plan = self._plans[student]
        if plan.row is not None:
            return self._noted(plan.row, plan)
        if not self.options.fresh and self.finished.holds(student, plan.keys):
            return replace(self.lesson.row(student), seconds=plan.seconds)
        self.finished.forget(student)
        began = time.monotonic()
        row = self._graded(student)
        plan.seconds += time.monotonic() - began
        row = self._noted(replace(row, seconds=plan.seconds), plan)
        if row.state == "graded" and not row.problem and not plan.lost:
            self.finished.note(student, plan.keys)
        return row

    def _graded(self, student: str) -> Row:
        try:
            self.lesson.autograde(student)
        except Failed as why:
            self.lesson.forget(student)
            return Row(student, "failed", problem=f"was not graded: {why}")
        try:
            if self.options.feedback:
                self.lesson.feedback(student)
        except Failed as why:
            return self.lesson.row(student, f"has no feedback page: {why}")
        return self.lesson.row(student)

    def _noted(self, row: Row, plan: _Plan) -> Row:
        if row.state == "not handed in":
            return row
        folder = self.lesson.folder("submitted", row.student)
        paths = [folder / name for name in self.lesson.notebooks]
        # A refused one may be a link, and what it leads to is nobody's submission.
        files = [path for path in paths if row.state != "refused" and path.is_file()]
        self.audit.append(
            what=row.state,
            lesson=self.lesson.name,
            student=row.student,
            submission=[sha256(path.read_bytes()) for path in files],
            runs=plan.keys,
            points=row.points,
            total=row.total,
            flags=row.flags,
            problem=row.problem,
            seconds=round(row.seconds, 2),
            sandboxed=self.lesson.sandboxed,
        )
        return row


def _back_up(lesson: Lesson, moment: str) -> None:
    database = lesson.database()
    if database is not None:
        backup.make(database, lesson.course_dir / GRADING / "backups", moment)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else grades in this course folder meanwhile; the system ends the claim with us."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(f"another `course grade` is at work in {folder.parents[1]}") from None
        yield


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
