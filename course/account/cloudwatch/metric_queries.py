"""Reading metrics: one statistic of one metric, and lists of MetricDataQuery with metric math.

What GetMetricData, metric math alarms and alarms on one metric have in common. A window that does
not begin at a multiple of its period (an alarm's sliding window) is read by moving the data, since
CloudWatch's periods otherwise begin at multiples of the period.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course.account.cloudwatch.metric_store import key_of
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


def read(
    region: Region,
    metric: Mapping[str, Any],
    period: int,
    stat: str,
    window: Window,
    unit: str | None = None,
) -> list[Point]:
    """One statistic of one exactly named metric. metric: Namespace, MetricName, Dimensions."""
    key = key_of(metric["Namespace"], metric["MetricName"], dimensions_of(metric.get("Dimensions")))
    shift = int(window.start) % period if window.aligned else 0
    first = int(window.start - shift) // period * period + shift
    records = region.metrics.between(key, first * 1000, int(window.end * 1000))
    if shift:
        records = [{**each, "timestamp": each["timestamp"] - shift * 1000} for each in records]
    found = metrics.bucket(
        records,
        period,
        window.start - shift,
        window.end - shift,
        stat,
        unit=unit,
        now=region.now / 1000 - shift,
    )
    return [(at + shift, value) for at, value in found]


def answer(region: Region, queries: Sequence[Query], window: Window) -> dict[str, list[Series]]:
    """Every query's series by id: one for a metric, one or more for an expression."""
    _check_ids(queries)
    found = {
        each["Id"]: [_metric(region, each, window)] for each in queries if "MetricStat" in each
    }
    expressions = [each for each in queries if "Expression" in each]
    return found | _expressions(expressions, found, window) if expressions else found


def _expressions(
    expressions: Sequence[Query], found: Mapping[str, list[Series]], window: Window
) -> dict[str, list[Series]]:
    """Metric math over series that were read; their longest period is that of the result."""
    from course.telemetry import math

    metrics_read = [series for several in found.values() for series in several]
    asked = [each["Period"] for each in expressions if "Period" in each]
    period = max([*(series.period for series in metrics_read), *asked], default=60)
    lines = math.evaluate(
        {each["Id"]: each["Expression"] for each in expressions},
        {series.id: series.points for series in metrics_read},
        period=period,
        times=_times(period, window),
    )
    return {
        each["Id"]: [
            Series(each["Id"], each.get("Label") or label, period, points)
            for label, points in lines[each["Id"]]
        ]
        for each in expressions
    }


def _times(period: int, window: Window) -> list[int]:
    shift = int(window.start) % period if window.aligned else 0
    return [at + shift for at in metrics.times(period, window.start - shift, window.end - shift)]


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
