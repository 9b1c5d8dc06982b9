"""Grade a sample a second time and compare; nothing in the gradebook is touched.

The same steps up to the scores, from the submissions as they are now, with no use of stored runs.
A difference means that a submission, a lesson, a package or the gradebook has changed since, or
that an exercise's result depends on chance or on the machine's speed.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from course.errors import UserError
from course.grading import classroom, execute, repair, workers
from course.grading.audit import Audit
from course.grading.intake import Refused
from course.grading.lessons import Lesson, exercise
from course.grading.runs import Run, Store
from course.grading.scores import score


def verify(
    lesson: str,
    course_dir: Path,
    count: int,
    options: classroom.Options,
    tell: Callable[[str], None],
) -> list[str]:
    """Check the audit log, and grade `count` students again; a line for each difference.

    tell: called with a line for every student who is done.
    """
    with classroom.opened(lesson, course_dir, options, writes=False) as opened:
        audit = Audit(opened.course_dir / classroom.GRADING)
        problems = audit.verify()
        sample = _sample(opened, count, len(audit.entries()))
        opened.locked_texts()
        for student, run in _runs(opened, sample, options):
            found = _differences(opened, student, run)
            tell(f"{student}: {'as in the gradebook' if not found else 'differs'}")
            problems += [f"{student}: {line}" for line in found]
        audit.append(what="verified", lesson=lesson, students=sample, problems=problems)
    return problems


def _sample(lesson: Lesson, count: int, seed: int) -> list[str]:
    """Some of the graded students; others each time, as the log has grown."""
    graded = [one for one in lesson.submitters() if _opens(lesson, one)]
    if not graded:
        raise UserError(f"nobody is graded in {lesson.name} yet")
    return sorted(random.Random(seed).sample(graded, min(count, len(graded))))


def _opens(lesson: Lesson, student: str) -> bool:
    try:
        return lesson.handed_in(student)
    except Refused:
        return False


def _runs(
    lesson: Lesson, students: list[str], options: classroom.Options
) -> Iterator[tuple[str, dict[str, Run]]]:
    """Each student's runs, by notebook."""
    made: dict[str, dict[str, Run]] = {student: {} for student in students}
    asked: Iterator[workers.Asked] = (
        (f"{student}/{file}", lesson.job(student, file))
        for student in students
        for file in lesson.notebooks
    )
    with tempfile.TemporaryDirectory() as scratch, classroom.runs_of(options) as runs:
        for name, run in runs.run(asked, Store(Path(scratch))):
            student, _, file = name.partition("/")
            assert run is not None
            made[student][file] = run
            if len(made[student]) == len(lesson.notebooks):
                yield student, made.pop(student)


def _differences(lesson: Lesson, student: str, found: dict[str, Run]) -> list[str]:
    fresh: dict[str, float | None] = {}
    for file, run in found.items():
        notebook = lesson.notebook(student, file)
        execute.put(run, notebook)
        fresh |= {_name(cell): score(cell).points for cell in notebook.cells if _is_graded(cell)}
    return [
        f"{one.exercise} has {_shown(one.auto)} in the gradebook, {_shown(fresh[one.exercise])} now"
        for one in lesson.grades(student)
        if one.exercise in fresh and one.auto != fresh[one.exercise]
    ]


def _is_graded(cell: Any) -> bool:
    return repair.grade_id(cell) is not None and bool(cell.metadata.nbgrader.get("grade"))


def _name(cell: Any) -> str:
    return exercise(str(repair.grade_id(cell)))


def _shown(points: float | None) -> str:
    return "nothing" if points is None else f"{points:g}"
