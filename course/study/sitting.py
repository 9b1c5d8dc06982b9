"""One exam in progress: answers are kept as they are given, and the clock on the wall goes on.

A sitting ends at its time limit, whether or not anybody is at the keyboard: what was answered until
then counts, as in the test centre. Everything is in `records`, so that a sitting goes on after a
crash where it stood.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import time_machine

from course.errors import UserError
from course.study import exam
from course.study.exam import Asked, Form
from course.study.items import Bank
from course.study.records import Begun, Records

Clock = Callable[[], float]
OWN_SEED = "self-"  # of who named none; each exam has the next number and with it other questions


def wall_clock() -> float:
    """Epoch seconds on the wall: a simulated account that is open moves `time.time()`."""
    hatch = time_machine.escape_hatch
    return hatch.time.time() if hatch.is_travelling() else time.time()


class TimeUp(Exception):
    """The time limit has passed; the answer that was being given does not count."""


@dataclass(frozen=True)
class Sitting:
    """A drawn form with its answers and its clock."""

    form: Form
    begun: Begun
    records: Records
    clock: Clock

    @property
    def left(self) -> float:
        """Seconds until the time limit; 0 when it is over."""
        over = self.begun.finished is not None
        return 0.0 if over else max(0.0, self.begun.ends - self.clock())

    @property
    def answers(self) -> dict[str, str]:
        return self.records.answers(self.begun.id)

    @property
    def flagged(self) -> set[str]:
        return self.records.flagged(self.begun.id)

    def answer(self, asked: Asked, given: str) -> None:
        """Keep an answer. Raises ValueError for letters that are none, TimeUp after the end."""
        chosen = exam.letters(given, asked)
        if not self.left:
            raise TimeUp
        self.records.answer(self.begun.id, asked.id, chosen)

    def flag(self, asked: Asked) -> None:
        """Mark a question to come back to, or take the mark off."""
        self.records.flag(self.begun.id, asked.id, asked.id not in self.flagged)

    def open_numbers(self) -> list[int]:
        given = self.answers
        return [n for n, each in enumerate(self.form.asked, start=1) if each.id not in given]

    def finish(self) -> None:
        """Hand in: now, or at the time limit where that has passed."""
        self.records.finish(self.begun.id, min(self.clock(), self.begun.ends))


def begin(
    records: Records,
    bank: Bank,
    length: str,
    *,
    seed: str | None = None,
    minutes: int | None = None,
    clock: Clock = wall_clock,
) -> Sitting:
    """Draw a form and start its clock; without a seed the next one of "self-1", "self-2" ..."""
    own = f"{OWN_SEED}{len(records.sittings()) + 1}"
    form = exam.form(seed or own, length, bank.questions)
    limit = minutes or form.minutes
    return Sitting(
        form, records.begin(form.seed, length, limit, digest(form), clock()), records, clock
    )


def is_own_seed(seed: str) -> bool:
    """Whether a form was drawn without naming a seed."""
    return seed.startswith(OWN_SEED)


def latest(
    records: Records, bank: Bank, *, finished: bool, clock: Clock = wall_clock
) -> Sitting | None:
    """The last sitting that is (not) finished, as it was left; None where there is none."""
    found = [each for each in records.sittings() if (each.finished is not None) == finished]
    if not found:
        return None
    begun = found[-1]
    form = exam.form(begun.seed, begun.length, bank.questions)
    if digest(form) != begun.form:
        raise UserError(
            f"the questions have changed since the {begun.length} form of {begun.seed!r} was "
            "drawn; start a new one with `course exam --new`"
        )
    return Sitting(form, begun, records, clock)


def digest(form: Form) -> str:
    """Tells whether a form is still the one that was drawn: same questions, same letters."""
    drawn = [(each.id, each.question.stem, each.options) for each in form.asked]
    return hashlib.sha256(json.dumps(drawn).encode()).hexdigest()[:16]
