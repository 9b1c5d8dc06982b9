"""Which answers of a class are nearly the same: for somebody to look at, never for points.

Each submission's answers become fingerprints (`fingerprints`), without those of the released
notebook. A fingerprint that more than COMMON of the class has tells nothing and is left out; of the
others, one that few have counts for more. A pair is told of when, in some answer, SIMILAR of one
student's fingerprints are the other's too, and there is EVIDENCE enough to speak of.

Two people who solve a small exercise well may well write the same; so may a tutor's whole group.
"""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from course.grading.fingerprints import Fingerprint, fingerprints, runs

COMMON = 1 / 4
# In a small class these many may have the same and still be told of.
FEW = 3
SIMILAR = 0.6
# Fingerprints that nobody else has; some thirty tokens, four or five lines.
EVIDENCE = 4.0


@dataclass(frozen=True)
class Side:
    """One student's part of a pair's answer. share: of its fingerprints, those that the other has
    anywhere; lines: where they stand, from 1 on."""

    code: str
    share: float
    lines: frozenset[int]


@dataclass(frozen=True)
class Alike:
    """One answer of a pair."""

    answer: str
    one: Side
    other: Side

    @property
    def share(self) -> float:
        """The larger: a copy to which much was added is still a copy."""
        return max(self.one.share, self.other.share)


@dataclass(frozen=True)
class Pair:
    """Two students and the answers concerned, as one of them named them; evidence: how much they
    share that others do not."""

    one: str
    other: str
    evidence: float
    answers: list[Alike]


def pairs(answers: Mapping[str, Mapping[str, str]], released: Collection[str]) -> list[Pair]:
    """Pairs worth a look, the most telling first.

    answers: student -> name of an answer -> code. released: every text of the released notebook.
    """
    given = _Class(answers, released)
    candidates = (given.pair(*names) for names in given.candidates())
    found = [pair for pair in candidates if pair.answers]
    return sorted(found, key=lambda pair: (-pair.evidence, pair.one, pair.other))


class _Class:
    """The fingerprints of a class, and an index from each to whoever has it."""

    def __init__(self, answers: Mapping[str, Mapping[str, str]], released: Collection[str]) -> None:
        without = frozenset().union(*(runs(text) for text in released))
        # Blank answers and a class's favourite ones come many times.
        taken = functools.cache(lambda code: fingerprints(code, without))
        self.answers = answers
        self.prints = {
            student: {name: taken(code) for name, code in given.items()}
            for student, given in answers.items()
        }
        self.index = self._index()
        self.weights = {code: self._weight(len(having)) for code, having in self.index.items()}
        self.codes: dict[str, set[bytes]] = defaultdict(set)
        for code, students in self.index.items():
            for student in students:
                self.codes[student].add(code)

    def _index(self) -> dict[bytes, list[str]]:
        """Fingerprint -> students, without what is common."""
        found: dict[bytes, set[str]] = defaultdict(set)
        for student, given in self.prints.items():
            for prints in given.values():
                for one in prints:
                    found[one.code].add(student)
        most = max(FEW, COMMON * len(self.prints))
        return {code: sorted(students) for code, students in found.items() if len(students) <= most}

    def _weight(self, having: int) -> float:
        """1 for what two have or fewer, less for what more have."""
        size = len(self.prints) + 1
        return 1.0 if having <= 2 else math.log(size / having) / math.log(size / 2)

    def candidates(self) -> list[tuple[str, str]]:
        """Pairs that share enough, in whatever answers."""
        shared: dict[tuple[str, str], float] = defaultdict(float)
        for code, students in self.index.items():
            weight = self.weights[code]
            for names in combinations(students, 2):
                shared[names] += weight
        return sorted(names for names, evidence in shared.items() if evidence >= EVIDENCE)

    def pair(self, one: str, other: str) -> Pair:
        shared = self.codes[one] & self.codes[other]
        names = [
            *self.answers[one],
            *(n for n in self.answers[other] if n not in self.answers[one]),
        ]
        found = []
        for name in names:
            sides = self.side(one, name, shared), self.side(other, name, shared)
            if any(side.share >= SIMILAR and told >= EVIDENCE for side, told in sides):
                found.append(Alike(name, sides[0][0], sides[1][0]))
        return Pair(one, other, sum(self.weights[code] for code in shared), found)

    def side(self, student: str, name: str, shared: set[bytes]) -> tuple[Side, float]:
        """A side of a pair's answer, and its evidence."""
        prints = [one for one in self.prints[student].get(name, []) if one.code in self.weights]
        weights = {one.code: self.weights[one.code] for one in prints}
        told = sum(weight for code, weight in weights.items() if code in shared)
        share = told / sum(weights.values()) if weights else 0.0
        lines = _lines(one for one in prints if one.code in shared)
        return Side(self.answers[student].get(name, ""), share, lines), told


def _lines(prints: Iterable[Fingerprint]) -> frozenset[int]:
    return frozenset(line for one in prints for line in range(one.first, one.last + 1))
