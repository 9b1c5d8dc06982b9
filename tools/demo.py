"""A class of six hands in lesson 01 and is graded: `make demo`, or python -m tools.demo.

    ada    everything right
    ben    handed in blank
    cleo   every second exercise right, the others blank
    dan    answers fitted to the tests that he can see, where the lesson's tests know such answers
    eve    deletes one test, rewrites another to pass, answers neither
    fay    one answer never ends, the others right

Everything is written to build/demo, by the code behind `course grade`.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import nbformat  # noqa: E402

from course.errors import UserError  # noqa: E402
from course.grading import classroom, pages, repair, report  # noqa: E402
from course.grading.report import ClassReport, Row  # noqa: E402
from course.grading.sandbox import bubblewrap  # noqa: E402

LESSON = "01_cloudwatch"
FOLDER = ROOT / "build" / "demo"
# Short, so that fay does not keep the others waiting; a class is graded with nbgrader_config.py's.
TIMEOUT = 10
# The stub inside a function, which nbgrader_config.py leaves in a solution's place.
STUB = re.compile(r"^( +)# Your code here\.$", re.MULTILINE)


@dataclass(frozen=True)
class Lesson:
    """A lesson's two notebooks and its exercises: answer id -> points."""

    name: str
    notebook: str
    source: Any
    release: Any
    exercises: dict[str, float]

    def reference(self, exercise: str) -> str:
        return str(_cell(self.source, exercise).source)

    def blank(self, exercise: str) -> str:
        return str(_cell(self.release, exercise).source)

    def submission(self, answers: dict[str, str]) -> Any:
        """The released notebook with these answer cells; the others stay blank."""
        made = nbformat.from_dict(self.release)
        for exercise, text in answers.items():
            _cell(made, exercise).source = text
        return made


def read(name: str = LESSON, root: Path = ROOT) -> Lesson:
    """The lesson as committed in source/ and release/."""
    path = next(iter(sorted((root / "source" / name).glob("*.ipynb"))))
    source = nbformat.read(path, as_version=4)
    release = nbformat.read(root / "release" / name / path.name, as_version=4)
    return Lesson(name, path.name, source, release, _exercises(source))


def _exercises(source: Any) -> dict[str, float]:
    marked = [cell for cell in source.cells if repair.grade_id(cell)]
    return {
        str(repair.grade_id(cell)).removesuffix("_check"): float(cell.metadata.nbgrader.points)
        for cell in marked
        if cell.metadata.nbgrader.grade
    }


def _cell(notebook: Any, name: str) -> Any:
    return next(cell for cell in notebook.cells if repair.grade_id(cell) == name)


def ada(lesson: Lesson) -> Any:
    return lesson.submission({name: lesson.reference(name) for name in lesson.exercises})


def ben(lesson: Lesson) -> Any:
    return lesson.submission({})


def cleo(lesson: Lesson) -> Any:
    return lesson.submission({name: lesson.reference(name) for name in list(lesson.exercises)[::2]})


def dan(lesson: Lesson) -> Any:
    right = {name: lesson.reference(name) for name in lesson.exercises}
    return lesson.submission(right | hard_coded(lesson))


def hard_coded(lesson: Lesson, root: Path = ROOT) -> dict[str, str]:
    """Exercise -> an answer fitted to its visible tests, from the lesson's own wrong answers."""
    folder = root / "tests" / "lessons" / lesson.name
    files = {name: folder / name / "hard_coded.py" for name in lesson.exercises}
    return {name: path.read_text(encoding="utf-8") for name, path in files.items() if path.exists()}


def eve(lesson: Lesson) -> Any:
    deleted, edited = tampered(lesson)
    names = [name for name in lesson.exercises if name not in (deleted, edited)]
    made = lesson.submission({name: lesson.reference(name) for name in names})
    if edited:
        _cell(made, f"{edited}_check").source = "pass"
    made.cells.remove(_cell(made, f"{deleted}_check"))
    return made


def tampered(lesson: Lesson) -> tuple[str, str | None]:
    """The exercises whose test eve deletes and edits; a lesson with one exercise has only one."""
    first, second, *_ = [*lesson.exercises, None]
    return str(first), second


def fay(lesson: Lesson) -> Any:
    answers = {name: lesson.reference(name) for name in lesson.exercises}
    name = endless(lesson)
    return lesson.submission(
        answers | {name: STUB.sub(r"\1while True:\n\1    pass", lesson.blank(name))}
    )


def endless(lesson: Lesson) -> str:
    """The exercise that fay never ends: the first whose answer is a function."""
    return next(name for name in lesson.exercises if STUB.search(lesson.blank(name)))


STUDENTS: dict[str, Callable[[Lesson], Any]] = {
    made.__name__: made for made in (ada, ben, cleo, dan, eve, fay)
}


def prepare(lesson: Lesson, folder: Path = FOLDER) -> None:
    """Write the course folder of the class, with all hand-ins; an older one is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    for step in ("source", "release"):
        shutil.copytree(ROOT / step / lesson.name, folder / step / lesson.name)
    config = (ROOT / classroom.CONFIG).read_text(encoding="utf-8")
    short = f"# The demo waits less for its endless loop.\nc.Execute.timeout = {TIMEOUT}\n"
    (folder / classroom.CONFIG).write_text(f"{config}\n{short}", encoding="utf-8")
    roster = "\n".join(f"{name},{name.title()}" for name in STUDENTS)
    (folder / "students.csv").write_text(f"id,first_name\n{roster}\n", encoding="utf-8")
    for name, made in STUDENTS.items():
        path = folder / "submitted" / name / lesson.name / lesson.notebook
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(made(lesson)), encoding="utf-8")


def run(
    lesson: Lesson,
    folder: Path = FOLDER,
    done: Callable[[Row, int], None] = lambda row, of: None,
) -> ClassReport:
    """Prepare and grade the class, in a sandbox where there can be one."""
    prepare(lesson, folder)
    options = classroom.Options(sandboxed=bubblewrap.why_not() is None)
    return classroom.grade(lesson.name, folder, done=done, options=options)


def main() -> int:
    """Exit status 0 when every submission was graded."""
    try:
        with report.Progress() as progress:
            graded = run(read(), done=progress)
    except UserError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    report.show(graded)
    for line in graded.lines():
        print(f"demo: {line}", file=sys.stderr)
    folder = FOLDER.relative_to(ROOT) / "feedback"
    print(f"Feedback pages, one a student: {folder}/<student>/{LESSON}/*.html")
    for line in pages.write(graded, FOLDER).lines():
        print(line)
    return 1 if graded.lines() else 0


if __name__ == "__main__":
    sys.exit(main())
