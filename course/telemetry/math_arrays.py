"""Ordering and cutting arrays of time series: SORT and SLICE of metric math.

Follows the CloudWatch User Guide, "Functions supported for metric math". Where the guide is silent:
series without a point come last in either order, and equal ones keep their order.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable

from course.telemetry.math_values import Line, Lines, Mistake

_BY: dict[str, Callable[[Iterable[float]], float]] = {
    "AVG": statistics.fmean,
    "MIN": min,
    "MAX": max,
    "SUM": math.fsum,
}


def sort(lines: Lines, by: str, order: str) -> Lines:
    """SORT: the series by the average, minimum, maximum or sum of their points."""
    if not lines.array:
        raise Mistake("SORT takes an array of time series, as in SORT([m1, m2], AVG, DESC)")
    if by not in _BY or order not in ("ASC", "DESC"):
        raise Mistake(f"SORT sorts by {', '.join(_BY)} and ASC or DESC, not by {by} {order}")
    sign = 1 if order == "ASC" else -1

    def place(item: tuple[str, Line]) -> tuple[bool, float]:
        values = item[1].values()
        return not values, sign * _BY[by](values) if values else 0.0

    return Lines(sorted(lines.items, key=place), array=True)


def cut(lines: Lines, start: float, end: float | None) -> Lines:
    """SLICE: the series from `start` (inclusive) to `end` (exclusive), counted from 0."""
    if not lines.array:
        raise Mistake("SLICE takes an array of time series")
    if start < 0 or (end is not None and end < 0):
        raise Mistake("SLICE counts from 0")
    upto = None if end is None else int(end)
    return Lines(lines.items[int(start) : upto], array=True)
