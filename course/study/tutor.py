"""`check`, `hint` and `solution`: the steps between an exercise and its answer."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course.errors import UserError
from course.show import kernel
from course.study import exercises, helping, judging, outcomes, pages, records
from course.study.attempts import Attempts
from course.study.exercises import NOT_CODED, Exercise
from course.study.outcomes import Outcome
from course.study.pages import Page
from course.study.sitting import wall_clock

# Any word is a seed; these are told apart at a glance.
WORDS = ("harbour", "lantern", "meadow", "orchard", "pebble", "quarry", "ridge", "saddle", "tunnel")
_begun = wall_clock()
_uncounted: dict[str, int] = {}  # hints that the records could not take


@dataclass(frozen=True)
class _Place:
    """An exercise, and what stands around it."""

    exercise: Exercise
    folder: Path | None
    notebook: Path | None


def check(name: str, seed: str | None = None, *, notebook: str | Path | None = None) -> Outcome:
    """Check the answer `name` as the notebook has it saved.

    In a clone with source/ the hidden tests run as well. seed: a word that draws their data anew.
    notebook: its path, where it cannot be told. The answer runs in a process of its own: nothing
    here changes. Raises UserError where there is no such notebook or exercise.
    """
    path = _notebook(notebook)
    place = _in_notebook(name, path)
    text = exercises.answer(name, path)
    _need_saved(name, text, path)
    exercise = place.exercise
    if exercises.is_blank(exercise, text):
        return _kept(outcomes.blank, exercise, seed)
    help = helping.find(exercise.lesson, name, place.folder)
    cells = exercise.fixed, text, exercise.check
    verdict = judging.warm().judge(*cells, seed=seed)
    return _kept(lambda e, notes: outcomes.judged(e, verdict, help, notes), exercise, seed)


def hint(
    name: str, *, notebook: str | Path | None = None, course_dir: str | Path | None = None
) -> Page:
    """The next step towards the answer: where to look, which idea, how to begin.

    course_dir: in a terminal, where no notebook is open, the folder of the course.
    """
    place = _find(name, notebook, course_dir)
    found = helping.find(place.exercise.lesson, name, place.folder)
    if found is None:
        raise UserError(_without_help(name))
    shown, note = _count_hint(place.exercise)
    number = min(shown, len(found.hints) - 1)
    parts = [pages.text(found.hints[number])]
    if shown >= len(found.hints):
        parts.append(pages.text(f"You have seen this one. Read again: {found.reread}"))
    return pages.page(f"{name}: a hint", [*parts, *map(pages.text, note)])


def _without_help(name: str) -> str:
    if name in NOT_CODED:
        return f"{name!r} has no hints; each question's section says what to read again"
    return f"no hints for {name!r} here; they are in the repository's lessons/*/help.toml"


def solution(
    name: str, *, notebook: str | Path | None = None, course_dir: str | Path | None = None
) -> Page:
    """The reference answer with its trade-offs, after an attempt of your own."""
    place = _find(name, notebook, course_dir)
    exercise = place.exercise
    if exercise.reference is None or name in NOT_CODED:
        raise UserError(
            f"no solution of {name!r} here; solutions are in a clone of the repository (source/), "
            "or with your instructor"
        )
    kept = _attempts()
    tried = kept.tried(exercise.lesson, name)
    if not tried:
        says = f'Try first: write an answer, save, and run `check("{name}")`. Then it opens.'
        return pages.page(f"{name}: no attempt yet", [pages.text(says)])
    kept.help(exercise.lesson, name, wall_clock(), "solution")
    return _opened(exercise, helping.find(exercise.lesson, name, place.folder), tried)


def _opened(exercise: Exercise, help: helping.Help | None, tried: int) -> Page:
    word = WORDS[(tried + sum(map(ord, exercise.name))) % len(WORDS)]
    again = (
        "Close this, empty your cell and write it once more from memory. "
        f'`check("{exercise.name}", seed="{word}")` then tests it on other data.'
    )
    lines = (exercise.reference or "").splitlines()
    shown = [line for line in lines if not line.strip().startswith("### ")]
    trade_offs = [pages.text(help.trade_offs)] if help and help.trade_offs else []
    parts = [pages.code("\n".join(shown)), *trade_offs, pages.text(again)]
    return pages.page(f"{exercise.name}: one way to do it", parts)


# --- which notebook, which exercise ---------------------------------------------------------------


def _find(name: str, notebook: str | Path | None, course_dir: str | Path | None) -> _Place:
    if course_dir is None:
        return _in_notebook(name, _notebook(notebook))
    folder = exercises.course_dir(Path(course_dir))
    if folder is None:
        raise UserError(f"no lessons in {course_dir}; name the course's folder with --course-dir")
    return _Place(exercises.named(name, folder), folder, None)


def _in_notebook(name: str, path: Path) -> _Place:
    return _Place(exercises.of_notebook(name, path), exercises.course_dir(path.parent), path)


def _notebook(named: str | Path | None) -> Path:
    told = named or kernel.notebook()
    if told is None:
        raise UserError(
            'which notebook is this? name its file, as in check("x", notebook="cloudwatch.ipynb")'
        )
    path = Path(os.path.expanduser(told))
    if not path.is_file():
        raise UserError(
            f"{path} is not there; if the notebook was renamed restart its kernel, or name its "
            'file, as in check("x", notebook="cloudwatch.ipynb")'
        )
    return path


def _need_saved(name: str, text: str, path: Path) -> None:
    """Refuse when the cell was run in this kernel with another text than the saved one."""
    wanted = _bound(text)
    mine = [ran for ran in kernel.history() if wanted and wanted <= _bound(ran)]
    if not mine or mine[-1].strip() == text.strip():
        return
    if mine[-1].strip() not in {cell["source"].strip() for cell in exercises.cells(path)}:
        raise UserError(
            f"the cell {name!r} as you ran it is not saved yet; save the notebook (Ctrl+S or "
            "Cmd+S) and check again"
        )


def _bound(text: str) -> set[str]:
    """The names that a cell gives to values, functions and classes at its top."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return set()
    made = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = {node.name for node in body if isinstance(node, made)}
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


# --- the records ----------------------------------------------------------------------------------


def _attempts() -> Attempts:
    return Attempts(records.default_path(), _begun)


def _kept(
    make: Callable[[Exercise, tuple[str, ...]], Outcome], exercise: Exercise, seed: str | None
) -> Outcome:
    """The outcome, recorded; a record that cannot be written is told of and stops nothing."""
    outcome = make(exercise, ())
    scored = outcome.kind, outcome.points, outcome.maximum
    try:
        _attempts().add(exercise.lesson, exercise.name, wall_clock(), *scored, seed)
    except UserError as error:
        return make(exercise, (f"This check is not in your progress: {error}.",))
    return outcome


def _count_hint(exercise: Exercise) -> tuple[int, tuple[str, ...]]:
    """How many hints were shown before this one; and a note where that cannot be kept."""
    lesson, name = exercise.lesson, exercise.name
    try:
        kept = _attempts()
        shown = kept.hints(lesson, name)
        kept.help(lesson, name, wall_clock(), "hint")
        return shown, ()
    except UserError as error:
        shown = _uncounted.get(name, 0)
        _uncounted[name] = shown + 1
        return shown, (f"This hint is not in your progress: {error}.",)
