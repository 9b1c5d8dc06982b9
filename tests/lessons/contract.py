"""The exercise contract as a program: run one answer against one exercise of a lesson.

An exercise is taken from the committed notebooks: the reference from source/, the blank from
release/. An answer is run as nbgrader would run the notebook, but in this process and with nothing
else of it: the fixed cells before it, the answer, its check. So a check that leans on a free cell, or
on a name that the exercise does not ask for, fails here.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path

from course.account import lifecycle
from course.study import exercises as found
from course.study import judging
from course.study.exercises import Exercise

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = Path(__file__).parent
LONGEST = 20  # seconds an answer may take before it counts as looping


@dataclass(frozen=True)
class Outcome:
    """What a submission got: its points and, where it failed, the last line that it was shown."""

    points: float
    message: str = ""
    printed: str = ""


def exercises(root: Path = ROOT) -> list[Exercise]:
    """Every exercise of every lesson in the order of the course."""
    return found.of_course(root)


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
    try:
        made = judging.run(exercise.fixed, answer, exercise.check, seconds=LONGEST)
    finally:
        _close_accounts()
    if not made.passed:
        return Outcome(0, made.said, made.printed)
    return Outcome(exercise.points if made.points is None else made.points, "", made.printed)


def _close_accounts() -> None:
    """A test leaves no account behind: an open one holds the clock still."""
    while (account := lifecycle.current()) is not None:
        account.close()
