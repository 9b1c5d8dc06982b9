"""CloudWatch's statistics over the values of one period.

Follows the CloudWatch User Guide, "CloudWatch statistics definitions": SampleCount, Sum, Average,
Minimum, Maximum, percentiles (p), trimmed mean (TM), winsorized mean (WM), trimmed count (TC),
trimmed sum (TS), percentile rank (PR) and interquartile mean (IQM). Bounds in percent or in values;
a value on the lower bound is outside, on the upper bound inside.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from course.telemetry.errors import RuleError

BASIC = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_NUMBER = r"\d+(?:\.\d{1,10})?"
_SHORT = re.compile(rf"(p|tm|tc|ts|wm)({_NUMBER})", re.IGNORECASE)
_RANGE = re.compile(rf"(TM|TC|TS|WM|PR)\(({_NUMBER}%?)?:({_NUMBER}%?)?\)", re.IGNORECASE)


@dataclass
class Bucket:
    """What one period received; single values are kept only for the statistics that need them."""

    keep_values: bool = False
    count: float = 0.0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    weights: dict[float, float] = field(default_factory=dict)
    # A statistic set has lost its single values: percentiles cannot be told any more.
    opaque: bool = False

    def add(self, values: Sequence[float], counts: Sequence[float]) -> None:
        for value, count in zip(values, counts, strict=True):
            self.count += count
            self.total += value * count
            if value < self.low:
                self.low = value
            if value > self.high:
                self.high = value
            if self.keep_values:
                self.weights[value] = self.weights.get(value, 0.0) + count

    def add_set(self, given: Mapping[str, float]) -> None:
        """A StatisticSet; only one without spread (or of one sample) still has its values."""
        count = given["SampleCount"]
        if given["Minimum"] == given["Maximum"]:
            self.add([given["Minimum"]], [count])
            return
        self.count += count
        self.total += given["Sum"]
        self.low = min(self.low, given["Minimum"])
        self.high = max(self.high, given["Maximum"])
        self.opaque = True

    def pieces(self, low: float, high: float) -> Iterator[tuple[float, float]]:
        """(value, weight) of the samples whose rank lies between these shares (0 to 1)."""
        seen = 0.0
        for value in sorted(self.weights):
            weight = self.weights[value]
            inside = min(seen + weight, high * self.count) - max(seen, low * self.count)
            if inside > 1e-12:
                yield value, inside
            seen += weight


@dataclass(frozen=True)
class Statistic:
    """One statistic by name; `of` gives its value for a bucket, None where it has none."""

    name: str
    of: Callable[[Bucket], float | None]
    needs_values: bool = False


_BASIC: dict[str, Callable[[Bucket], float | None]] = {
    "SampleCount": lambda held: held.count,
    "Sum": lambda held: held.total,
    "Average": lambda held: held.total / held.count if held.count else None,
    "Minimum": lambda held: held.low,
    "Maximum": lambda held: held.high,
}


@lru_cache(maxsize=256)
def statistic(name: str) -> Statistic:
    """The statistic of this name, as Statistic, ExtendedStatistic or Stat takes it."""
    if name in _BASIC:
        return Statistic(name, _BASIC[name])
    if name.upper() == "IQM":
        return _spread(name, "TM", (0.25, None), (0.75, None))
    short = _SHORT.fullmatch(name)
    if short:
        return _short(name, short[1].lower(), float(short[2]))
    bounds = _RANGE.fullmatch(name)
    if bounds and (bounds[2] or bounds[3]):
        return _spread(name, bounds[1].upper(), _bound(bounds[2]), _bound(bounds[3]))
    raise RuleError(
        "InvalidParameterValue",
        f"The value {name} for parameter Stat is invalid; use one of {', '.join(BASIC)}, "
        "a percentile such as p99, or a trimmed statistic such as tm90 or TM(10%:90%)",
    )


def _short(name: str, kind: str, percent: float) -> Statistic:
    if percent > 100:
        raise RuleError("InvalidParameterValue", f"{name} is invalid: the limit is 100 percent")
    if kind == "p":
        return _guarded(name, lambda held: _percentile(held, percent / 100))
    return _spread(name, kind.upper(), (0.0, None), (percent / 100, None))


def _percentile(held: Bucket, share: float) -> float | None:
    """Nearest rank: the smallest value with at least this share of the samples at or below it."""
    wanted = share * held.count - 1e-9
    seen = 0.0
    for value in sorted(held.weights):
        seen += held.weights[value]
        if seen >= wanted:
            return value
    return None


# A bound is (share of the samples, None) or (None, value); an open one is (None, None).
Bound = tuple[float | None, float | None]


def _bound(text: str | None) -> Bound:
    if text is None:
        return None, None
    if text.endswith("%"):
        return float(text[:-1]) / 100, None
    return None, float(text)


def _spread(name: str, kind: str, low: Bound, high: Bound) -> Statistic:
    if (low[0] is not None and high[1] is not None) or (low[1] is not None and high[0] is not None):
        raise RuleError("InvalidParameterValue", f"{name} mixes percent and values in its bounds")
    if kind == "PR" and (low[0] is not None or high[0] is not None):
        raise RuleError("InvalidParameterValue", f"{name}: PR takes values, as in PR(:300)")

    def of(held: Bucket) -> float | None:
        return _trimmed(held, kind, low, high)

    return _guarded(name, of)


def _guarded(name: str, of: Callable[[Bucket], float | None]) -> Statistic:
    """None where AWS returns no percentile: statistic sets with a spread, negative values."""

    def checked(held: Bucket) -> float | None:
        return None if held.opaque or held.low < 0 or not held.count else of(held)

    return Statistic(name, checked, needs_values=True)


def _trimmed(held: Bucket, kind: str, low: Bound, high: Bound) -> float | None:
    kept = list(_inside(held, low, high))
    count = sum(weight for _, weight in kept)
    total = sum(value * weight for value, weight in kept)
    if kind == "TC":
        return count
    if kind == "TS":
        return total
    if kind == "PR":
        return 100 * count / held.count
    if not kept:
        return None
    if kind == "TM":
        return total / count
    return _winsorized(held, kept, low, high)


def _inside(held: Bucket, low: Bound, high: Bound) -> Iterator[tuple[float, float]]:
    floor = -math.inf if low[1] is None else low[1]
    ceiling = math.inf if high[1] is None else high[1]
    for value, weight in held.pieces(low[0] or 0.0, 1.0 if high[0] is None else high[0]):
        if floor < value <= ceiling:
            yield value, weight


def _winsorized(
    held: Bucket, kept: Sequence[tuple[float, float]], low: Bound, high: Bound
) -> float:
    """The samples outside take the value of the bound: the given one, or the outermost kept."""
    bottom = kept[0][0] if low[1] is None else low[1]
    top = kept[-1][0] if high[1] is None else high[1]
    below = above = 0.0
    if low[0] is not None:
        below = low[0] * held.count
    elif low[1] is not None:
        below = sum(weight for value, weight in held.weights.items() if value <= low[1])
    above = held.count - below - sum(weight for _, weight in kept)
    total = sum(value * weight for value, weight in kept) + below * bottom + above * top
    return total / held.count
