"""The students' notebooks, written by nbgrader itself from the instructor's."""

from __future__ import annotations

import ast
import logging
import shutil
import tempfile
from pathlib import Path

import nbformat
from traitlets.config import Config, PyFileConfigLoader

from tools.lesson import LessonError

CONFIG = "nbgrader_config.py"


def generate(source: Path, root: Path) -> dict[str, str]:
    """Assignment/notebook.ipynb -> text of the release, for every assignment folder in `source`.

    nbgrader runs in a course folder of its own and without a gradebook: building a release touches
    nothing of a class that is being graded.
    """
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        shutil.copytree(source, course / "source")
        for assignment in sorted(p.name for p in source.iterdir() if p.is_dir()):
            _generate_one(assignment, course, root)
        made = sorted((course / "release").rglob("*.ipynb"))
        texts = {path.relative_to(course / "release").as_posix(): path for path in made}
        return {name: _canonical(path, name) for name, path in texts.items()}


def _generate_one(assignment: str, course: Path, root: Path) -> None:
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    directory = CourseDirectory(config=_config(course, root), assignment_id=assignment)
    converter = GenerateAssignment(coursedir=directory, config=directory.config)
    problems = _Problems()
    converter.log = _log(problems)
    try:
        converter.start()
    except Exception as error:
        why = next(iter(problems.lines), str(error))
        raise LessonError(f"source/{assignment}: nbgrader refuses it: {why}") from error


def _config(course: Path, root: Path) -> Config:
    config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    config.CourseDirectory.root = str(course)
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    return config


class _Problems(logging.Handler):
    """Keeps what nbgrader logs as errors; its exceptions only say "see above"."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage().strip().splitlines()[-1])


def _log(problems: _Problems) -> logging.Logger:
    log = logging.getLogger("course.release")
    log.handlers, log.propagate = [problems], False
    return log


def _canonical(path: Path, name: str) -> str:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            _refuse_broken_stub(cell.source, f"release/{name}, cell {cell.id}")
    return str(nbformat.writes(notebook, version=4)) + "\n"


def _refuse_broken_stub(source: str, where: str) -> None:
    """A student's first run must not end in a syntax error of ours."""
    try:
        ast.parse(source)
    except SyntaxError as error:
        raise LessonError(
            f"{where}: is not Python without its solution (line {error.lineno}: {error.msg}); "
            "give the function a docstring or the name a first value before the region"
        ) from None
