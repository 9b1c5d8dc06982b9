"""A day of the simulated account: 100,000 log events, 10 metric filters, 20 alarms, one `advance`.

The day repeats the shop's four hours six times, metrics included, with every event's time moved
into the day that begins when the account opens.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import Any

from tools.measuring import Measurement, measures

EVENTS = 100_000
HOURS = 24
# log group, filter pattern, metric value
FILTERS = (
    ("/aws/apigateway/shop/access", "{ $.status = 5* }", "1"),
    ("/aws/apigateway/shop/access", "{ $.status = 429 || $.status = 403 }", "1"),
    ("/aws/apigateway/shop/access", '{ $.resourcePath = "/search" }', "$.responseLatency"),
    ("/aws/lambda/search", "ERROR", "1"),
    ("/aws/lambda/search", '?Timeout ?"timed out"', "1"),
    ("/aws/lambda/checkout", '{ $.level = "ERROR" }', "1"),
    ("/aws/lambda/payment", "%Task timed out after \\d+%", "1"),
    ("/aws/lambda/inventory", "REPORT -Init", "1"),
    ("/shop/terminal", "[time, id, level=INFO, ...]", "1"),
    ("/shop/terminal", "[time, id, level=ERROR, ...]", "1"),
)
FUNCTIONS = ("search", "checkout", "inventory", "payment", "receipt", "cart", "order-worker")


@measures(("account_day_s", "s", 5))
def account_day() -> list[Measurement]:
    """From `advance(hours=24)` to its answer; putting the day in line is not counted."""
    import boto3

    from course import data
    from course.account import fresh

    world = data.load("checkout")
    with fresh(world) as account:
        _watch(boto3.client("cloudwatch"), boto3.client("logs"))
        account.replay(logs=_day(world.logs, world, EVENTS), metrics=_day(world.metrics, world))
        start = perf_counter()
        happened = account.advance(hours=HOURS)
        seconds = perf_counter() - start
    alarms = sum(each["what"] == "alarm" for each in happened)
    note = f"{EVENTS:,} events, {len(happened):,} happenings, {alarms:,} of them alarms"
    return [Measurement("account_day_s", seconds, "s", 5, note)]


def _day(records: list[dict[str, Any]], world: Any, wanted: int | None = None) -> list[Any]:
    """The world's records over and over until the day is full; `wanted` of them, evenly taken."""
    span = world.end - world.start
    repeats = HOURS * 3_600_000 // span
    total = len(records) * repeats
    wanted = min(wanted or total, total)
    return list(_moved(records, span, (n * total // wanted for n in range(wanted))))


def _moved(
    records: list[dict[str, Any]], span: int, places: Iterator[int]
) -> Iterator[dict[str, Any]]:
    for place in places:
        repeat, number = divmod(place, len(records))
        record = records[number]
        yield {**record, "timestamp": record["timestamp"] + span * (repeat + 1)}


def _watch(cloudwatch: Any, logs: Any) -> None:
    for number, (group, pattern, value) in enumerate(FILTERS):
        metric = {"metricName": f"filter-{number}", "metricNamespace": "Bench"}
        logs.put_metric_filter(
            logGroupName=group,
            filterName=f"filter-{number}",
            filterPattern=pattern,
            metricTransformations=[{**metric, "metricValue": value}],
        )
        _alarm(cloudwatch, Namespace="Bench", MetricName=f"filter-{number}", Statistic="Sum")
    for name in FUNCTIONS:
        _alarm(
            cloudwatch,
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            Statistic="Sum",
        )
    latency = [{"Name": "ApiName", "Value": "shop"}]
    _alarm(
        cloudwatch,
        Namespace="AWS/ApiGateway",
        MetricName="Latency",
        Dimensions=latency,
        ExtendedStatistic="p99",
        Threshold=1000,
    )
    _alarm(cloudwatch, AlarmName="error-rate", Metrics=_error_rate(latency))
    rule = "ALARM(error-rate) AND NOT ALARM(filter-0)"
    cloudwatch.put_composite_alarm(AlarmName="page", AlarmRule=rule)


def _error_rate(dimensions: list[dict[str, str]]) -> list[dict[str, Any]]:
    queries: list[dict[str, Any]] = [
        {"Id": "rate", "Expression": "100 * FILL(errors, 0) / count", "ReturnData": True}
    ]
    for name, metric in (("errors", "5XXError"), ("count", "Count")):
        kept = {"Namespace": "AWS/ApiGateway", "MetricName": metric, "Dimensions": dimensions}
        stat = {"Metric": kept, "Period": 60, "Stat": "Sum"}
        queries.append({"Id": name, "MetricStat": stat, "ReturnData": False})
    return queries


def _alarm(cloudwatch: Any, **settings: Any) -> None:
    dimensions = settings.get("Dimensions", ())
    metric = settings.get("MetricName", "")
    name = "-".join([metric, *(each["Value"] for each in dimensions)])
    cloudwatch.put_metric_alarm(
        **{
            "AlarmName": name,
            "Threshold": 5,
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            **({} if "Metrics" in settings else {"Period": 60}),
            **settings,
        }
    )
