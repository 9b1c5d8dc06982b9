"""What a check comes to: not attempted, right, not yet, or an error in the student's own code."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from course.study import pages
from course.study.attempts import BLANK, ERROR, NOT_YET, RIGHT
from course.study.exercises import Exercise
from course.study.helping import Help
from course.study.judging import ANSWER, CHECK, Verdict
from course.study.pages import Page, Part

UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")
MAGIC = re.compile(r"^\s*[%!]", re.M)


@dataclass(frozen=True)
class Outcome:
    """The outcome of one check: `kind` is "right", "not yet", "error" or "not attempted"."""

    exercise: str
    kind: str
    points: float
    maximum: float
    message: str = ""
    page: Page = field(repr=False, default_factory=lambda: Page(""))

    def __str__(self) -> str:
        return str(self.page)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.page._repr_mimebundle_()


def blank(exercise: Exercise, notes: tuple[str, ...] = ()) -> Outcome:
    """The answer cell is as it was released."""
    says = (
        f"The saved cell `{exercise.name}` is as it was released. Write your answer, run the cell, "
        f'save the notebook and check again. `hint("{exercise.name}")` says where to look.'
    )
    return _outcome(exercise, BLANK, 0, says, (pages.text(says),), notes)


def judged(
    exercise: Exercise, verdict: Verdict, help: Help | None, notes: tuple[str, ...]
) -> Outcome:
    """The outcome of an answer that was run."""
    if verdict.passed:
        return _passed(exercise, verdict, help, notes)
    if verdict.where == ANSWER:
        return _own_error(exercise, verdict, notes)
    if verdict.where == CHECK:
        return _refused(exercise, verdict, help, notes)
    says = (
        f"The lesson's own cells do not run here: {verdict.said}. "
        "`course doctor` looks for the cause."
    )
    return _outcome(exercise, ERROR, 0, verdict.said, (pages.text(says),), notes)


def _passed(
    exercise: Exercise, verdict: Verdict, help: Help | None, notes: tuple[str, ...]
) -> Outcome:
    points = exercise.points if verdict.points is None else verdict.points
    printed = (pages.code(verdict.printed.rstrip()),) if verdict.printed.strip() else ()
    if points >= exercise.points:
        return _outcome(exercise, RIGHT, points, "", (*printed, *_visible_only(exercise)), notes)
    parts = (*printed, *_where_next(help))
    return _outcome(exercise, NOT_YET, points, verdict.printed, parts, notes)


def _refused(
    exercise: Exercise, verdict: Verdict, help: Help | None, notes: tuple[str, ...]
) -> Outcome:
    # Not an assert: the check stumbled over what the answer gave it.
    says = (
        verdict.said
        if verdict.asserted
        else f"The check cannot go on with your answer: {verdict.said}"
    )
    parts = (pages.code(says), *_where_next(help))
    return _outcome(exercise, NOT_YET, 0, says, parts, notes)


def _own_error(exercise: Exercise, verdict: Verdict, notes: tuple[str, ...]) -> Outcome:
    parts = [pages.code("\n".join(verdict.trace) or verdict.said)]
    missing = UNDEFINED.search(verdict.said)
    if missing:
        says = (
            f"The check runs your answer cell and the lesson's locked cells, nothing else: define "
            f"`{missing[1]}` in the answer cell."
        )
        parts.append(pages.text(says))
    elif verdict.said.startswith("SyntaxError") and any(map(MAGIC.match, verdict.trace)):
        parts.append(pages.text("The check reads plain Python: take lines with `%` or `!` out."))
    return _outcome(exercise, ERROR, 0, verdict.said, tuple(parts), notes)


def _where_next(help: Help | None) -> tuple[Part, ...]:
    return (pages.text(f"Where to look next: {help.reread}"),) if help else ()


def _visible_only(exercise: Exercise) -> tuple[Part, ...]:
    if exercise.reference is not None:
        return ()
    return (pages.text("These are the visible tests; more are run when your work is graded."),)


def _outcome(
    exercise: Exercise,
    kind: str,
    points: float,
    message: str,
    parts: tuple[Part, ...],
    notes: tuple[str, ...],
) -> Outcome:
    title = f"{exercise.name}: {_verdict(kind, points, exercise)}"
    made = pages.page(title, (*parts, *map(pages.text, notes)), kind)
    return Outcome(exercise.name, kind, points, exercise.points, message, made)


def _verdict(kind: str, points: float, exercise: Exercise) -> str:
    of = f"{points:g} of {exercise.points:g} point{'' if exercise.points == 1 else 's'}"
    if kind == RIGHT:
        return f"right, {of}" if exercise.reference is not None else "right, as far as can be seen"
    words = {BLANK: "not attempted yet", ERROR: "an error in your code"}
    return words.get(kind) or (f"not yet, {of}" if points else "not yet")
