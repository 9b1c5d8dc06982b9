"""The mock exam: drawing a form, what may be answered, what a result says. All of it pure.

A form is drawn by a seed alone: the same seed gives the same questions, in the same order, with the
same letters, on every machine. The real exam (AWS Certified Developer - Associate, exam guide) has
65 questions in 130 minutes, 50 of them scored; a question with several keys counts only when all of
them and no other are chosen; a guess costs nothing. AWS publishes weights for domains and none
within a domain, so that a form gives each skill of Domain 4 the same share.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import mean

from course.study import items
from course.study.items import Question

# The skills of the exam guide's Domain 4, in our words.
SKILLS = {
    "4.1.S1": "debug code",
    "4.1.S2": "interpret metrics, logs, traces",
    "4.1.S3": "query logs",
    "4.1.S4": "custom metrics, EMF",
    "4.1.S5": "dashboards and insights",
    "4.1.S6": "failed deployments",
    "4.1.S7": "integrations between services",
    "4.2.S1": "logging, monitoring, observability",
    "4.2.S2": "a logging strategy",
    "4.2.S3": "code that emits metrics",
    "4.2.S4": "annotations for tracing",
    "4.2.S5": "alerts on quotas, deployments",
    "4.2.S6": "tracing with AWS's tools",
    "4.2.S7": "structured logging",
    "4.2.S8": "health checks, readiness",
    "4.3.S1": "concurrency",
    "4.3.S2": "profiling",
    "4.3.S3": "least memory and compute",
    "4.3.S4": "subscription filters",
    "4.3.S5": "caching by request headers",
    "4.3.S6": "caching in the application",
    "4.3.S7": "use of resources",
    "4.3.S8": "analysing performance",
    "4.3.S9": "bottlenecks from logs",
}
CHOICE = 3  # more would balance better, and draw questions of one rare skill again and again
SCALED = (
    "This is a raw share of right answers. AWS reports a scaled score from 100 to 1000 and passes "
    "at 720; how raw answers become that number is not published, so it cannot be computed here: "
    "72 % is not 720. The real exam has three more domains; this one is 18 % of it."
)


@dataclass(frozen=True)
class Length:
    """One form of the exam: how many questions, how long, how many of them do not count."""

    questions: int
    minutes: int
    unscored: int = 0


LENGTHS = {"full": Length(65, 130, 15), "domain": Length(40, 80), "short": Length(20, 40)}


@dataclass(frozen=True)
class Asked:
    """A question as one form shows it: `shown` maps the form's letter to the bank's."""

    question: Question
    shown: Mapping[str, str]
    scored: bool = True

    @property
    def id(self) -> str:
        return self.question.id

    @property
    def options(self) -> dict[str, str]:
        return {letter: self.question.options[own] for letter, own in self.shown.items()}

    def letters(self, bank_letters: Iterable[str]) -> str:
        """The form's letters of these letters of the bank, in order: "BD"."""
        return "".join(letter for letter, own in self.shown.items() if own in set(bank_letters))


@dataclass(frozen=True)
class Form:
    """A drawn exam."""

    seed: str
    length: str
    asked: tuple[Asked, ...]

    @property
    def minutes(self) -> int:
        return LENGTHS[self.length].minutes

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.asked]


def form(seed: str, length: str = "short", questions: Sequence[Question] | None = None) -> Form:
    """The form that `seed` (a student's id, any word) draws; without keys.

    `length` is one of LENGTHS. The questions are those of the package unless given.
    """
    if length not in LENGTHS:
        raise ValueError(f"length is one of {', '.join(LENGTHS)}, not {length!r}")
    pool = items.packaged() if questions is None else questions
    plan, drawn_by = LENGTHS[length], word(seed)
    if len(pool) < plan.questions:
        raise ValueError(f"a {length} form needs {plan.questions} questions, found {len(pool)}")
    drawn = _draw(drawn_by, plan.questions, pool)
    drawn.sort(key=lambda q: _rank(drawn_by, "order", q.id))
    silent = sorted(drawn, key=lambda q: _rank(drawn_by, "unscored", q.id))[: plan.unscored]
    return Form(drawn_by, length, tuple(shuffled(q, drawn_by, q not in silent) for q in drawn))


def word(seed: str) -> str:
    """A seed as it counts: without regard to capitals and blanks around it."""
    return " ".join(seed.split()).casefold()


def _rank(*parts: str) -> bytes:
    """A place in a random order that depends on these words alone, not on what else is ranked.

    So a question that is added to the bank moves few others.
    """
    return hashlib.sha256("/".join(parts).encode()).digest()


def _draw(seed: str, count: int, pool: Sequence[Question]) -> list[Question]:
    """`count` questions that give all skills nearly the same share.

    A question of two skills is half a question of each. Each turn goes to the skill that has least
    so far and takes, of its next few questions, the one whose other skills have least.
    """
    left = sorted(pool, key=lambda q: _rank(seed, "draw", q.id))
    share = dict.fromkeys(sorted(SKILLS, key=lambda skill: _rank(seed, "skill", skill)), 0.0)
    drawn: list[Question] = []
    while len(drawn) < count:
        open_skills = [skill for skill in share if any(skill in q.skills for q in left)]
        poorest = min(open_skills, key=lambda skill: round(share[skill], 6))
        coming = islice((q for q in left if poorest in q.skills), CHOICE)
        question = min(coming, key=lambda q: round(mean(share[s] for s in q.skills), 6))
        left.remove(question)
        drawn.append(question)
        for skill in question.skills:
            share[skill] += 1 / len(question.skills)
    return drawn


def shuffled(question: Question, seed: str, scored: bool = True) -> Asked:
    """The question with its options in the order that `seed` gives them."""
    order = sorted(question.options, key=lambda letter: _rank(seed, question.id, letter))
    return Asked(question, dict(zip(sorted(question.options), order, strict=True)), scored)


# --- answers ------------------------------------------------------------------------------------


def letters(given: object, asked: Asked) -> str:
    """What was answered, as capital letters in order: "BD". "" where it was left open.

    Raises ValueError, with what to do, for anything that cannot be an answer to this question.
    """
    many = asked.question.choose
    last = max(asked.shown)
    wanted = "one letter" if many == 1 else f"{many} letters, as in {''.join(list('BDF')[:many])}"
    if not isinstance(given, str):
        raise ValueError(f"give {wanted} from A to {last}, in quotes")
    found = sorted(given.upper().replace(",", " ").replace(" ", ""))
    if not found:
        return ""
    if len(set(found)) != len(found) or set(found) - set(asked.shown) or len(found) != many:
        raise ValueError(f"give {wanted} from A to {last}")
    return "".join(found)


# --- results ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Marked:
    """One question's outcome: what was given and what the keys are, in the form's letters."""

    asked: Asked
    given: str
    keys: str

    @property
    def right(self) -> bool:
        return self.given == self.keys


@dataclass(frozen=True)
class Share:
    """`right` of `of`, and the interval in which the true share lies in 95 of 100 such cases."""

    right: int
    of: int

    @property
    def percent(self) -> float:
        return 100 * self.right / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval, in per cent."""
        low, high = wilson(self.right, self.of)
        return 100 * low, 100 * high


def wilson(right: int, of: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval for a share (E. B. Wilson 1927); z = 1.96 covers 95 %.

    Unlike share +- z standard errors it stays within 0 and 1 and is honest about 0 of 3.
    """
    if of == 0:
        return 0.0, 1.0
    share, weight = right / of, z * z / of
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / of + weight / (4 * of))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Result:
    """A marked form."""

    marked: tuple[Marked, ...]

    @property
    def score(self) -> Share:
        return _share(m for m in self.marked if m.asked.scored)

    @property
    def unscored(self) -> Share:
        return _share(m for m in self.marked if not m.asked.scored)

    @property
    def missed(self) -> list[str]:
        return [m.asked.id for m in self.marked if not m.right]

    def by_skill(self) -> dict[str, Share]:
        """Every skill that was asked: all of its questions, unscored ones as well."""
        shares = {s: _share(m for m in self.marked if s in m.asked.question.skills) for s in SKILLS}
        return {skill: share for skill, share in shares.items() if share.of}


def _share(marked: Iterable[Marked]) -> Share:
    outcomes = [m.right for m in marked]
    return Share(sum(outcomes), len(outcomes))


def result(drawn: Form, answers: Mapping[str, object], keys: Mapping[str, Iterable[str]]) -> Result:
    """Mark `answers` (id -> the form's letters) by `keys` (id -> the bank's letters)."""
    return Result(tuple(mark(each, answers.get(each.id), keys[each.id]) for each in drawn.asked))


def mark(asked: Asked, given: object, keys: Iterable[str]) -> Marked:
    """One question's outcome; what is no possible answer counts as none."""
    try:
        chosen = letters(given, asked)
    except ValueError:
        chosen = ""
    return Marked(asked, chosen, asked.letters(keys))
