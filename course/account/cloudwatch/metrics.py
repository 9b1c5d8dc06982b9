"""CloudWatch metrics: putting data, listing metrics, reading statistics and metric data.

Follows the CloudWatch API reference. A metric is exactly its namespace, name and dimensions; what
was just put can be read at once, also with EndTime=now. As on AWS, GetMetricStatistics gives its
data points in no particular order: sort them. Left out: metric streams, entities, cross-account
metrics, dynamic labels, LabelOptions; GetMetricData answers in one page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from course.account.cloudwatch import metric_queries
from course.account.cloudwatch.metric_queries import Series, Window, dimensions_of
from course.account.cloudwatch.metric_store import MetricKey
from course.account.errors import AwsError, NotSimulated
from course.account.paging import page, page_token
from course.account.region import Region
from course.telemetry import datum, metrics
from course.telemetry.statistics import statistic

Parameters = dict[str, Any]
LIST_PAGE = 500
LIST_FOR = 14 * 86_400_000
RECENT = 3 * 3_600_000
MAX_QUERIES = 500
MAX_DATAPOINTS = 100_800
# Spreads neighbours apart (Knuth's multiplicative hash): an order, but not that of time.
SCATTER = 2_654_435_761


def put_metric_data(region: Region, parameters: Parameters) -> None:
    data = parameters.get("MetricData")
    if not data:
        raise AwsError("MissingParameter", "The parameter MetricData is required.")
    now = region.now / 1000
    datum.validate_put(parameters["Namespace"], data, now)
    region.metrics.put(datum.record(parameters["Namespace"], each, now) for each in data)


def list_metrics(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    """Each metric once. Metrics without data for two weeks are not listed, as on AWS."""
    span = RECENT if parameters.get("RecentlyActive") else LIST_FOR
    oldest = region.now - span
    found = [
        key
        for key in region.metrics.metrics()
        if _asked(key, parameters) and region.metrics.last_timestamp(key) >= oldest
    ]
    shown, token = page(
        found, parameters.get("NextToken"), LIST_PAGE, invalid="InvalidParameterValue"
    )
    listed = [
        {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
        }
        for namespace, name, dimensions in shown
    ]
    return {"Metrics": listed, **page_token("NextToken", token)}


def _asked(key: MetricKey, parameters: Parameters) -> bool:
    namespace, name, dimensions = key
    if parameters.get("Namespace", namespace) != namespace:
        return False
    if parameters.get("MetricName", name) != name:
        return False
    has = dict(dimensions)
    return all(
        each["Name"] in has and each.get("Value", has[each["Name"]]) == has[each["Name"]]
        for each in parameters.get("Dimensions", ())
    )


def get_metric_statistics(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    names = [*parameters.get("Statistics", ()), *parameters.get("ExtendedStatistics", ())]
    _check_statistics(parameters)
    period = parameters["Period"]
    metrics.check_period(period)
    start, end = seconds(parameters["StartTime"]), _end(region, parameters["EndTime"])
    _check_range(start, end, period)
    window = Window(metrics.round_start(start, region.now / 1000, period), end)
    points: dict[tuple[int, str], dict[str, Any]] = {}
    for unit in _units(region, parameters):
        for name in names:
            found = metric_queries.read(region, parameters, period, name, window, unit)
            for at, value in found:
                _enter(points.setdefault((at, unit), {}), name, value)
    scattered = sorted(points.items(), key=lambda item: item[0][0] // period * SCATTER % 2**32)
    listed = [
        {"Timestamp": datetime.fromtimestamp(at, UTC), "Unit": unit, **values}
        for (at, unit), values in scattered
    ]
    return {"Label": parameters["MetricName"], "Datapoints": listed}


def _enter(point: dict[str, Any], name: str, value: float) -> None:
    if name in ("SampleCount", "Average", "Sum", "Minimum", "Maximum"):
        point[name] = value
    else:
        point.setdefault("ExtendedStatistics", {})[name] = value


def _units(region: Region, parameters: Parameters) -> list[str]:
    """The units to answer in: the one asked for, or each that the metric was put with."""
    if "Unit" in parameters:
        return [parameters["Unit"]]
    dimensions = tuple(sorted(dimensions_of(parameters.get("Dimensions")).items()))
    key = (parameters["Namespace"], parameters["MetricName"], dimensions)
    records = region.metrics.between(key, 0, 2**60)
    return list(dict.fromkeys(record["unit"] for record in records))


def _check_statistics(parameters: Parameters) -> None:
    basic, extended = parameters.get("Statistics"), parameters.get("ExtendedStatistics")
    if not basic and not extended:
        message = (
            "At least one of the parameters Statistics and ExtendedStatistics must be specified."
        )
        raise AwsError("MissingRequiredParameterException", message)
    if basic and extended:
        message = "Specify either Statistics or ExtendedStatistics, not both."
        raise AwsError("InvalidParameterCombination", message)
    for name in extended or ():
        statistic(name)


def _check_range(start: float, end: float, period: int) -> None:
    if end <= start:
        message = "The parameter StartTime must be less than the parameter EndTime."
        raise AwsError("InvalidParameterValue", message)
    points = round((end - start) / period)
    if points > metrics.MAX_DATAPOINTS:
        message = (
            f"You have requested up to {points:,} datapoints, which exceeds the limit of 1,440. "
            "You may reduce the datapoints requested by increasing Period, or decreasing the time "
            "range."
        )
        raise AwsError("InvalidParameterCombination", message)


def get_metric_data(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    queries = parameters["MetricDataQueries"]
    if len(queries) > MAX_QUERIES:
        message = "The collection MetricDataQueries must not have a size greater than 500."
        raise AwsError("ValidationError", message)
    _check_queries(queries)
    start, end = seconds(parameters["StartTime"]), _end(region, parameters["EndTime"])
    if end <= start:
        message = "The parameter StartTime must be less than the parameter EndTime."
        raise AwsError("ValidationError", message)
    shortest = min(
        (each["MetricStat"]["Period"] for each in queries if "MetricStat" in each), default=60
    )
    window = Window(metrics.round_start(start, region.now / 1000, shortest), end)
    found = metric_queries.answer(region, queries, window)
    backwards = parameters.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    shown = [line for each in queries if each.get("ReturnData", True) for line in found[each["Id"]]]
    results = [_result(line, backwards) for line in shown]
    _check_size(results, parameters.get("MaxDatapoints", MAX_DATAPOINTS))
    return {"MetricDataResults": results, "Messages": []}


def _check_queries(queries: list[dict[str, Any]]) -> None:
    for query in queries:
        if query.get("AccountId"):
            instead = "There is one account here; leave it out."
            raise NotSimulated("cloudwatch:GetMetricData with AccountId", instead)
        if "${" in query.get("Label", ""):
            instead = "Compute the number from the values and write the label yourself."
            raise NotSimulated("cloudwatch:GetMetricData with a dynamic label", instead)
        stat = query.get("MetricStat")
        if stat:
            metrics.check_period(stat["Period"])
            statistic(stat["Stat"])


def _result(series: Series, backwards: bool) -> dict[str, Any]:
    points = series.points[::-1] if backwards else series.points
    return {
        "Id": series.id,
        "Label": series.label,
        "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }


def _check_size(results: list[dict[str, Any]], limit: int) -> None:
    if sum(len(each["Values"]) for each in results) > limit:
        what = f"cloudwatch:GetMetricData with more than {limit} data points"
        raise NotSimulated(what, "Ask for a longer period or a shorter time range.")


def _end(region: Region, at: datetime | float) -> float:
    """EndTime in epoch seconds. It is exclusive, and whole seconds travel: "until now" must still
    hold what was put in this very moment, since this clock stands still in between."""
    now, end = region.now / 1000, seconds(at)
    return now + 0.001 if now - 1 < end <= now else end


def seconds(at: datetime | float) -> float:
    """A timestamp parameter in epoch seconds."""
    return at.timestamp() if isinstance(at, datetime) else float(at)
