"""What is unusual about a pattern: the five kinds that the guide names, by published tests.

Source of the kinds: CloudWatch Logs User Guide, "anomaly". AWS publishes neither the model nor the
names of the output; ours are @anomalyType, @anomalyScore (0 to 1) and @anomalyDescription, missing
for a pattern where nothing stands out. The query's range is cut into 12 equal bins; the last
quarter of it is judged by the three quarters before.
- Frequency and numeric tokens: the modified z-score above 3.5 (Iglewicz and Hoaglin, "How to Detect
  and Handle Outliers", 1993), of events a bin and of the token's values.
- New pattern: its first event lies in the last quarter, while other patterns are older.
- Token variation: a token with few values (10 at most) takes one that it never took before.
- HTTP error codes: the share of 4xx and 5xx rose, by a two-proportion z-test above 3.
A score is 1 - limit / (limit + excess), so that it grows with the distance from the limit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from course.insights.seam import Range
from course.insights.templates import Line, Template

BINS = 12
RECENT = 3  # bins, the last quarter
MOST_Z = 3.5
MOST_SHARE_Z = 3.0
FEW_VALUES = 10
ENOUGH = 8  # values before the last quarter, to judge by
_HTTP = re.compile(r"(?i)(?:status|http|code|response)\W*(?:/\d(?:\.\d)?\W*)?(?:code)?\W*$")


@dataclass(frozen=True)
class Anomaly:
    type: str
    score: float
    description: str


@dataclass(frozen=True)
class Watched:
    """A pattern, its lines in time order, and the query's range."""

    template: Template
    lines: list[Line]
    whole: Range
    others_are_older: bool

    @property
    def border(self) -> float:
        """Where the last quarter begins."""
        return self.whole[0] + (self.whole[1] + 1 - self.whole[0]) * (BINS - RECENT) / BINS

    def per_bin(self) -> list[int]:
        counts = [0] * BINS
        width = (self.whole[1] + 1 - self.whole[0]) / BINS
        for line in self.lines:
            counts[max(0, min(BINS - 1, int((line.time - self.whole[0]) / width)))] += 1
        return counts


def anomalies(watched: Watched) -> list[Anomaly]:
    """What stands out, the highest score first."""
    found = [each for test in _TESTS for each in test(watched)]
    return sorted(found, key=lambda each: -each.score)


def _frequency(watched: Watched) -> Iterator[Anomaly]:
    counts = watched.per_bin()
    if not any(counts[:-RECENT]):
        return
    usual = [float(count) for count in counts[:-RECENT]]
    score, count = max((abs(modified_z(usual, c)), c) for c in counts[-RECENT:])
    if score > MOST_Z:
        words = f"{count} events in a twelfth of the time range, usually {median(usual):g}"
        yield Anomaly("Pattern frequency", _score(score, MOST_Z), words)


def _new(watched: Watched) -> Iterator[Anomaly]:
    if watched.others_are_older and watched.lines[0].time >= watched.border:
        yield Anomaly("New pattern", 1.0, "First seen in the last quarter of the time range")


def _tokens(watched: Watched) -> Iterator[Anomaly]:
    """The three tests on what stands in the pattern's places."""
    early = [line for line in watched.lines if line.time < watched.border]
    late = watched.lines[len(early) :]
    for place, name in enumerate(watched.template.dynamic):
        before = [line.values[place] for line in early]
        after = [line.values[place] for line in late]
        if len(before) >= ENOUGH and after:
            yield from _token(watched.template, place, name, before, after)


def _token(
    template: Template, place: int, name: str, before: list[str], after: list[str]
) -> Iterator[Anomaly]:
    if is_http_code(template, place, before + after):
        yield from _http(name, before, after)
    elif name.startswith("Number-"):
        yield from _numeric(name, before, after)
    elif name.startswith("Token-"):
        yield from _variation(name, before, after)


def _variation(name: str, before: list[str], after: list[str]) -> Iterator[Anomaly]:
    known = set(before)
    unheard = sorted(set(after) - known)
    if unheard and len(known) <= FEW_VALUES:
        yield Anomaly("Token variation", 0.5, f"<{name}> is {unheard[0]!r} for the first time")


def _numeric(name: str, before: list[str], after: list[str]) -> Iterator[Anomaly]:
    usual, recent = numbers(before), numbers(after)
    if len(usual) < ENOUGH or not recent:
        return
    now = median(recent)
    score = abs(modified_z(usual, now))
    if score > MOST_Z:
        words = f"<{name}> is {now:g} in the median of late, before {median(usual):g}"
        yield Anomaly("Numerical token", _score(score, MOST_Z), words)


def _http(name: str, before: list[str], after: list[str]) -> Iterator[Anomaly]:
    was, now = (sum(v[0] in "45" for v in some) for some in (before, after))
    score = share_z(was, len(before), now, len(after))
    if score > MOST_SHARE_Z:
        words = f"<{name}> is an error in {now / len(after):.0%}, before {was / len(before):.0%}"
        yield Anomaly("HTTP error code", _score(score, MOST_SHARE_Z), words)


_TESTS: tuple[Callable[[Watched], Iterator[Anomaly]], ...] = (_frequency, _new, _tokens)


# statistics ---------------------------------------------------------------------------------
def modified_z(usual: list[float], value: float) -> float:
    """How far a value lies from the median, in units of spread; with no spread at all, the mean
    distance stands in, and then a tenth of the median, as nothing lies infinitely far."""
    middle = median(usual)
    spread = median([abs(each - middle) for each in usual]) / 0.6745
    if spread == 0:
        spread = 1.2533 * sum(abs(each - middle) for each in usual) / len(usual)
    return (value - middle) / max(spread, abs(middle) / 10, 1e-9)


def share_z(hits: int, of: int, late_hits: int, late_of: int) -> float:
    """The two-proportion z-test: how surely the second share is larger."""
    pooled = (hits + late_hits) / (of + late_of)
    error = math.sqrt(pooled * (1 - pooled) * (1 / of + 1 / late_of))
    return 0.0 if error == 0 else (late_hits / late_of - hits / of) / error


def is_http_code(template: Template, place: int, seen: list[str]) -> bool:
    """Whether a token holds HTTP status codes: three digits, with a word for it in front."""
    if not all(len(value) == 3 and value.isdigit() and value[0] in "12345" for value in seen):
        return False
    before = template.pattern.split(f"<{template.dynamic[place]}>")[0]
    return _HTTP.search(before) is not None


def numbers(texts: list[str]) -> list[float]:
    """The numbers of those texts that begin with one (units may follow)."""
    found = (re.match(r"[-+]?\d+(?:\.\d+)?", text) for text in texts)
    return [float(match[0]) for match in found if match]


def _score(distance: float, limit: float) -> float:
    return 1 - limit / (2 * distance - limit)
