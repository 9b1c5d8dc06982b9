"""Clusters of log lines, after Drain: He, Zhu, Zheng and Lyu, "Drain: An Online Log Parsing
Approach with Fixed Depth Tree", ICWS 2017.

AWS does not publish the algorithm behind `pattern`. As in Drain, lines reach a leaf by their length
and first word, and join the leaf's most similar template when enough words agree; words that differ
become wildcards. Ours differs in three ways:
- Lines are read in an order of their own (most frequent shape first), not in the order of the
  events, so that the order of the events changes nothing.
- Lines of a template agree in everything between the words, not only in their number, and in the
  keys of a JSON object: a template can be printed as text, and every line of it fits that text.
- Words that are log levels never become wildcards, so a pattern has one severity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from operator import eq, ne

from course.insights.shapes import PLACEHOLDERS, split

SIMILARITY = 0.4  # Drain's usual threshold
MOST_BRANCHES = 100  # first words told apart below one length; Drain's usual limit
MOST_COMPARED = 30  # templates of a leaf that a line is compared with, the most frequent ones
_LEVEL = ("trace", "debug", "info", "notice", "warn", "warning", "error", "severe", "critical")
LEVELS = frozenset(f for n in (*_LEVEL, "fatal") for f in (n, n.upper(), n.title()))
_DIGIT = re.compile("[0-9]")
_REMEMBERED = 50
_KINDS = (
    ("Number", re.compile(r"[-+]?\d+(?:\.\d+)?[a-zA-Z%]{0,3}")),
    ("ID", re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w-]{6,}")),
)
Key = tuple[tuple[str, ...], ...]


@dataclass
class Cluster:
    """Shapes that share a template: its words (None: a wildcard), and what separates them.

    members: the shapes. seen: for each wildcard, some of the words that stood there.
    """

    words: list[str | None]
    separators: tuple[str, ...]
    members: list[str] = field(default_factory=list)
    seen: dict[int, set[str]] = field(default_factory=dict)

    def add(self, shape: str, words: list[str]) -> None:
        self.members.append(shape)
        for place, known in self.seen.items():
            if len(known) < _REMEMBERED:
                known.add(words[place])
        differing = sum(map(ne, self.words, words)) - len(self.seen)
        if differing:
            self._widen(words)

    def _widen(self, words: list[str]) -> None:
        for place, (mine, other) in enumerate(zip(self.words, words, strict=True)):
            if mine is not None and mine != other:
                self.words[place], self.seen[place] = None, {mine, other}

    def kind(self, place: int) -> str:
        """What a wildcard seems to hold: Number, ID, another placeholder's kind, or Token."""
        seen = self.seen[place]
        for name, pattern in _KINDS:
            if all(pattern.fullmatch(word) for word in seen):
                return name
        kinds = {PLACEHOLDERS.get(word, "Token") for word in seen}
        return kinds.pop() if len(kinds) == 1 else "Token"


def cluster(counted: Iterable[tuple[str, int]]) -> list[Cluster]:
    """Clusters of (shape, how often it stands in the log); every shape is in exactly one."""
    leaves: dict[tuple[Key, str], list[Cluster]] = {}
    branches: dict[Key, set[str]] = {}
    for shape, _ in sorted(counted, key=lambda pair: (-pair[1], pair[0])):
        words, separators = split(shape)
        key, free = _key(words, separators)
        branch = _branch(branches.setdefault(key, set()), words, free)
        leaf = leaves.setdefault((key, branch), [])
        found = _nearest(leaf, words, len(free))
        if found is None:
            found = Cluster(list(words), separators)
            leaf.append(found)
        found.add(shape, words)
    return [found for leaf in leaves.values() for found in leaf]


def _key(words: list[str], separators: tuple[str, ...]) -> tuple[Key, list[int]]:
    """What never varies within a template, and the places of the words that may.

    Fixed are the keys of JSON objects, log levels, and that a line begins or ends with a separator.
    """
    names = _names(separators)
    free = [place for place, word in enumerate(words) if word and place not in names]
    fixed = [words[place] for place in names]
    if not LEVELS.isdisjoint(words):
        free = [place for place in free if words[place] not in LEVELS]
        fixed += [f"{place} {word}" for place, word in enumerate(words) if word in LEVELS]
    edges = ("" if words[0] else "^", "" if words[-1] else "$")
    return (separators, tuple(fixed), edges), free


@lru_cache(maxsize=4096)
def _names(separators: tuple[str, ...]) -> frozenset[int]:
    """The places of the words that a JSON object has as its keys."""
    return frozenset(i for i, between in enumerate(separators) if between.startswith('":'))


def _branch(known: set[str], words: list[str], free: list[int]) -> str:
    """The first free word that is no placeholder, or * when it holds a digit or when there are too
    many already."""
    first = next((words[place] for place in free if words[place] not in PLACEHOLDERS), "")
    if _DIGIT.search(first) or (first not in known and len(known) >= MOST_BRANCHES):
        return "*"
    known.add(first)
    return first


def _nearest(leaf: list[Cluster], words: list[str], free: int) -> Cluster | None:
    """The most similar template, the older one of several; all agree in the words not free."""
    best, most = None, SIMILARITY * free
    for candidate in leaf[:MOST_COMPARED]:
        same = sum(map(eq, candidate.words, words)) - (len(words) - free)
        if same >= most and (best is None or same > most):
            best, most = candidate, same
    return best
