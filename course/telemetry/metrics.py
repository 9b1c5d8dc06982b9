"""Metrics: what makes two data points one metric, and how they become one value a period.

Follows the CloudWatch User Guide, "CloudWatch concepts" and "CloudWatch statistics definitions",
and the API reference of GetMetricData and GetMetricStatistics (rounding of StartTime, retention,
percentiles of statistic sets). A metric is its namespace, its name and its exact set of dimensions.

Choices where AWS publishes no rule: a percentile is the nearest rank (the smallest recorded value
with at least p percent of the samples at or below it), as in `course.insights`; a trimmed
statistic cuts through a repeated value by its weight.

Left out: Metrics Insights, cross-account reads, unit conversion (CloudWatch has none either).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from course.telemetry.datum import UNITS as UNITS
from course.telemetry.datum import record as record
from course.telemetry.datum import validate_datum as validate_datum
from course.telemetry.datum import validate_put as validate_put
from course.telemetry.errors import RuleError
from course.telemetry.statistics import Bucket, Statistic, statistic

Record = Mapping[str, Any]
Identity = tuple[str, str, frozenset[tuple[str, str]]]

HOUR = 3600
DAY = 86_400
# (age in seconds up to which, the finest period still stored)
RETENTION = ((3 * HOUR, 1), (15 * DAY, 60), (63 * DAY, 300), (455 * DAY, 3600))
MAX_DATAPOINTS = 1440


def identity(namespace: str, name: str, dimensions: Mapping[str, str]) -> Identity:
    """The key under which data points belong together; the order of dimensions does not matter."""
    return namespace, name, frozenset(dimensions.items())


def record_identity(item: Record) -> Identity:
    """`identity` of one datum in the form of `World.metrics`."""
    return identity(item["namespace"], item["name"], item["dimensions"])


def select(
    records: Iterable[Record], namespace: str, name: str, dimensions: Mapping[str, str]
) -> list[Record]:
    """The data of exactly this metric: a datum with one dimension more is another metric."""
    wanted = identity(namespace, name, dimensions)
    return [item for item in records if record_identity(item) == wanted]


def check_period(period: int, *, high_resolution: bool = True) -> None:
    """Raise unless GetMetricData would take this period (seconds)."""
    if period in (1, 5, 10, 20, 30) and high_resolution:
        return
    if period < 60 or period % 60:
        raise RuleError(
            "ValidationError",
            "Period must be 1, 5, 10, 20, 30 (high-resolution metrics) or a multiple of 60; "
            f"got {period}",
        )


def visible_period(age: float, resolution: int) -> int | None:
    """The finest period at which data of this age (seconds) can still be read; None: expired.

    resolution: the StorageResolution it was put with, 1 or 60.
    """
    for limit, finest in RETENTION:
        if age <= limit and finest >= resolution:
            return finest
    return None


def round_start(start: float, now: float, period: int) -> int:
    """StartTime as CloudWatch rounds it down: to the minute, 5 minutes past 15 days, then the hour.

    Periods under a minute round to their own division of the minute. All in epoch seconds.
    """
    age = now - start
    recent = period if period < 60 else 60
    older = 300 if age <= 63 * DAY else HOUR
    unit = recent if age <= 15 * DAY else older
    return int(start // unit) * unit


def bucket(
    data: Iterable[Record],
    period: int,
    start: float,
    end: float,
    stat: str,
    *,
    unit: str | None = None,
    now: float | None = None,
) -> list[tuple[int, float]]:
    """One value for every period that has data, oldest first, as (epoch seconds, value).

    data: the data of ONE metric, in the form of `World.metrics`, in any order. period: seconds.
    start (inclusive) and end (exclusive): epoch seconds. Buckets begin at multiples of the period
    since the epoch, so the first one may begin before `start` and holds all of its data. A datum
    counts at the minute (resolution 60) or second (1) in which it is stored; that moment must be
    before `end`. stat: "Sum", "p99", "tm90" ...; see `statistics`. unit: only data put with it.
    now: epoch seconds; given, data whose retention no longer allows this period stay hidden.
    """
    check_period(period)
    chosen = statistic(stat)
    kept = _within(data, period, start, end, unit, now)
    buckets = _fill(kept, period, chosen)
    found = ((at, chosen.of(held)) for at, held in sorted(buckets.items()))
    return [(at, value) for at, value in found if value is not None]


def _within(
    data: Iterable[Record],
    period: int,
    start: float,
    end: float,
    unit: str | None,
    now: float | None,
) -> Iterable[tuple[int, Record]]:
    first = int(start // period) * period
    for item in data:
        resolution = item.get("resolution", 60)
        # World timestamps are milliseconds; what is stored is the second or the minute.
        at = item["timestamp"] // (1000 * resolution) * resolution
        if not first <= at < end or (unit is not None and item["unit"] != unit):
            continue
        if now is not None:
            finest = visible_period(now - at, resolution)
            if finest is None or period % finest:
                continue
        yield int(at), item


def _fill(kept: Iterable[tuple[int, Record]], period: int, chosen: Statistic) -> dict[int, Bucket]:
    buckets: dict[int, Bucket] = {}
    for at, item in kept:
        key = at - at % period
        held = buckets.get(key)
        if held is None:
            held = buckets[key] = Bucket(keep_values=chosen.needs_values)
        if "statistics" in item:
            held.add_set(item["statistics"])
        else:
            held.add(item["values"], item["counts"])
    return buckets


def dense(series: Sequence[tuple[int, float]], times: Sequence[int]) -> list[float | None]:
    """A bucketed series on a grid of times; None where it has no point."""
    found = dict(series)
    return [found.get(at) for at in times]


def times(period: int, start: float, end: float) -> list[int]:
    """The beginnings of all periods that `bucket` could return for this range, oldest first."""
    first = int(start // period) * period
    return list(range(first, max(first, math.ceil(end)), period))
