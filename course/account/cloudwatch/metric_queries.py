"""Reading metrics: one statistic of one metric, and lists of MetricDataQuery with metric math.

What GetMetricData, metric math alarms and alarms on one metric have in common. A window that does
not begin at a multiple of its period (an alarm's sliding window) is read by moving the data, since
CloudWatch's periods otherwise begin at multiples of the period.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course.account.cloudwatch.metric_store import MetricKey, key_of
from course.account.errors import AwsError
from course.account.region import Region
from course.telemetry import metrics

Query = Mapping[str, Any]
Point = tuple[int, float]


@dataclass(frozen=True)
class Window:
    """start (inclusive) and end (exclusive) in epoch seconds; aligned: periods begin at `start`."""

    start: float
    end: float
    aligned: bool = False

    def shift(self, period: int) -> int:
        """By how much this window's periods begin after multiples of the period."""
        return int(self.start) % period if self.aligned else 0

    def times(self, period: int) -> list[int]:
        """The beginnings of all its periods, oldest first."""
        shift = self.shift(period)
        # "Until now" ends a millisecond later (see metrics._end), which begins no period.
        end = self.end - shift - 0.001
        return [at + shift for at in metrics.times(period, self.start - shift, end)]


@dataclass
class Series:
    """The answer to one query: points are (epoch seconds, value), oldest first."""

    id: str
    label: str
    period: int
    points: list[Point]


def dimensions_of(listed: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    """AWS's list of Name and Value as a dictionary."""
    return {each["Name"]: each["Value"] for each in listed or ()}


def key_from(metric: Mapping[str, Any]) -> MetricKey:
    """A metric's identity. metric: Namespace, MetricName, Dimensions, as AWS writes them."""
    dimensions = dimensions_of(metric.get("Dimensions"))
    return key_of(metric["Namespace"], metric["MetricName"], dimensions)


def read(
    region: Region,
    metric: Mapping[str, Any],
    period: int,
    stat: str,
    window: Window,
    unit: str | None = None,
) -> list[Point]:
    """One statistic of one exactly named metric. metric: Namespace, MetricName, Dimensions."""
    return read_key(region, key_from(metric), period, stat, window, unit)


def read_key(
    region: Region,
    key: MetricKey,
    period: int,
    stat: str,
    window: Window,
    unit: str | None = None,
) -> list[Point]:
    """`read` by the metric's identity."""
    shift = window.shift(period)
    found = metrics.bucket(
        records_in(region, key, period, window),
        period,
        window.start - shift,
        window.end - shift,
        stat,
        unit=unit,
        now=region.now / 1000 - shift,
    )
    return [(at + shift, value) for at, value in found]


def records_in(region: Region, key: MetricKey, period: int, window: Window) -> list[dict[str, Any]]:
    """A metric's data in a window, moved so that its periods begin at multiples of the period."""
    shift = window.shift(period)
    first = int(window.start - shift) // period * period + shift
    records = region.metrics.between(key, first * 1000, int(window.end * 1000))
    if not shift:
        return records
    return [{**each, "timestamp": each["timestamp"] - shift * 1000} for each in records]


def answer(region: Region, queries: Sequence[Query], window: Window) -> dict[str, list[Series]]:
    """Every query's series by id: one for a metric, one or more for an expression."""
    _check_ids(queries)
    found = {
        each["Id"]: [_metric(region, each, window)] for each in queries if "MetricStat" in each
    }
    if all("MetricStat" in each for each in queries):
        return found
    return found | _expressions(region, queries, found, window)


def _expressions(
    region: Region,
    queries: Sequence[Query],
    found: Mapping[str, list[Series]],
    window: Window,
) -> dict[str, list[Series]]:
    """Metric math over series that were read; their longest period is that of the result."""
    from course.account.cloudwatch.lookups import Lookups
    from course.telemetry import math

    metrics_read = [series for several in found.values() for series in several]
    expressions = [each for each in queries if "Expression" in each]
    asked = [each["Period"] for each in expressions if "Period" in each]
    period = max([*(series.period for series in metrics_read), *asked], default=60)
    lines = math.evaluate(
        {each["Id"]: each["Expression"] for each in expressions},
        {series.id: series.points for series in metrics_read},
        period=period,
        times=window.times(period),
        labels={series.id: series.label for series in metrics_read},
        sources=Lookups(region, queries, window, period).sources(),
    )
    return {
        each["Id"]: [
            Series(each["Id"], _label(each, label), period, points)
            for label, points in lines[each["Id"]]
        ]
        for each in expressions
    }


def _label(query: Query, label: str) -> str:
    """The expression's own label, before that of the metric where there are several lines."""
    given = query.get("Label")
    if given is None:
        return label
    return given if label == query["Id"] else f"{given} {label}".strip()


def _check_ids(queries: Sequence[Query]) -> None:
    seen: set[str] = set()
    for query in queries:
        if query["Id"] in seen:
            message = (
                f"The values for parameter id in MetricDataQueries are not unique: {query['Id']}"
            )
            raise AwsError("ValidationError", message)
        seen.add(query["Id"])
        if ("MetricStat" in query) == ("Expression" in query):
            message = f"Specify exactly one of MetricStat and Expression for the id {query['Id']}."
            raise AwsError("ValidationError", message)


def _metric(region: Region, query: Query, window: Window) -> Series:
    stat = query["MetricStat"]
    points = read(region, stat["Metric"], stat["Period"], stat["Stat"], window, stat.get("Unit"))
    label = query.get("Label") or stat["Metric"]["MetricName"]
    return Series(query["Id"], label, stat["Period"], points)
