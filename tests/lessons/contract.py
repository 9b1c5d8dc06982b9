"""The exercise contract as a program: run one answer against one exercise of a lesson.

An exercise is taken from the committed notebooks: the reference from source/, the blank from
release/. An answer is run as nbgrader would run the notebook, but in this process and with nothing
else of it: the fixed cells before it, the answer, its check. So a check that leans on a free cell, or
on a name that the exercise does not ask for, fails here.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import io
import signal
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from course.account import lifecycle

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = Path(__file__).parent
LONGEST = 20  # seconds an answer may take before it counts as looping
AGAIN = 1  # seconds until it is told so once more


@dataclass(frozen=True)
class Exercise:
    """One answer cell with its check; `fixed` holds the locked cells that come before it."""

    lesson: str
    name: str
    points: float
    fixed: tuple[str, ...]
    reference: str
    blank: str
    check: str


@dataclass(frozen=True)
class Outcome:
    """What a submission got: its points and, where it failed, the last line that it was shown."""

    points: float
    message: str = ""
    printed: str = ""


class TookTooLong(BaseException):
    """An answer did not end within LONGEST seconds; none of its `except Exception` keeps that."""


def exercises(root: Path = ROOT) -> list[Exercise]:
    """Every exercise of every lesson in the order of the course."""
    paths = sorted((root / "source").glob("*/*.ipynb"))
    return [e for path in paths for e in _of_notebook(path, root)]


def _of_notebook(path: Path, root: Path) -> Iterator[Exercise]:
    source = nbformat.read(path, as_version=4).cells
    released = nbformat.read(root / "release" / path.relative_to(root / "source"), as_version=4)
    blanks = {cell.id: cell.source for cell in released.cells}
    sources = {cell.id: cell.source for cell in source}
    fixed: list[str] = []
    for cell in source:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("grade"):
            name = cell.id.removesuffix("_check")
            yield Exercise(
                path.parent.name,
                name,
                marks["points"],
                tuple(fixed),
                sources[name],
                blanks[name],
                cell.source,
            )
        elif marks.get("locked"):
            fixed.append(cell.source)


def answers(exercise: Exercise) -> dict[str, str]:
    """File stem -> answer cell, of the answers that stand beside the tests of this lesson."""
    folder = ANSWERS / exercise.lesson / exercise.name
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}


def expected_message(answer: str) -> str | None:
    """What a wrong answer's `# expect:` line says its message must hold."""
    lines = [x.removeprefix("# expect:").strip() for x in answer.splitlines() if "# expect:" in x]
    return lines[0] if lines else None


def run(exercise: Exercise, answer: str) -> Outcome:
    """The outcome of one answer."""
    gc.collect()  # the answer before, its variables and closed accounts; some tests run forty
    gc.freeze()  # what is left stays; the next look need not go through it again
    names = types.ModuleType("__main__").__dict__
    printed = io.StringIO()
    try:
        with _time_limit(), contextlib.redirect_stdout(printed):
            for cell in (*exercise.fixed, answer):
                _execute(cell, names)
            result = _execute(exercise.check, names)
    except (Exception, TookTooLong, SystemExit) as error:
        said = (
            str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        )
        return Outcome(0, said, printed.getvalue())
    finally:
        _close_accounts()
    points = result if isinstance(result, int | float) else exercise.points
    return Outcome(points, "", printed.getvalue())


def _execute(source: str, names: dict[str, Any]) -> Any:
    """Run a cell; the value of a last expression is what Jupyter would show."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TookTooLong(f"still running after {LONGEST} s")

    before = signal.signal(signal.SIGALRM, stop)
    # Again and again: one alarm can end in a place where Python drops exceptions.
    signal.setitimer(signal.ITIMER_REAL, LONGEST, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _close_accounts() -> None:
    """A test leaves no account behind: an open one holds the clock still."""
    while (account := lifecycle.current()) is not None:
        account.close()
