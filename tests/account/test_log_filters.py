"""Metric filters, the embedded metric format and subscription filters through boto3."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.conftest import END, MINUTE, event

ROLE = "arn:aws:iam::123456789012:role/logs"
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"


def put_filter(logs: Any, pattern: str = "ERROR", **transformation: Any) -> None:
    logs.put_metric_filter(
        logGroupName="/shop/web",
        filterName="errors",
        filterPattern=pattern,
        metricTransformations=[
            {
                "metricName": "WebErrors",
                "metricNamespace": "Mine",
                "metricValue": "1",
                **transformation,
            }
        ],
    )


def sums(account: Account, cloudwatch: Any, **changes: Any) -> list[float]:
    """WebErrors by minute since 12:00."""
    found = cloudwatch.get_metric_statistics(
        **{
            "Namespace": "Mine",
            "MetricName": "WebErrors",
            "StartTime": account.now - timedelta(hours=1),
            "EndTime": account.now + timedelta(minutes=1),
            "Period": 60,
            "Statistics": ["Sum"],
            **changes,
        }
    )["Datapoints"]
    return [point["Sum"] for point in sorted(found, key=lambda point: point["Timestamp"])]


@behaviour("logs.metric_filter_publishes")
def test_filter_publishes_a_minute_when_it_has_passed(
    account: Account, logs: Any, cloudwatch: Any
) -> None:
    put_filter(logs)
    lines = ("ERROR a", "fine", "ERROR b")
    account.replay(logs=[event(END + 1000 * n, line) for n, line in enumerate(lines)])
    account.advance(seconds=30)
    assert sums(account, cloudwatch) == []
    happened = account.advance(seconds=30)
    assert [(each["what"], each["name"]) for each in happened] == [("metric", "WebErrors")]
    assert sums(account, cloudwatch) == [2]


def test_an_event_on_the_minute_belongs_to_the_minute_that_begins(
    account: Account, logs: Any, cloudwatch: Any
) -> None:
    put_filter(logs)
    account.replay(logs=[event(END + MINUTE, "ERROR a"), event(END + MINUTE + 1, "ERROR b")])
    assert account.advance(minutes=1) == []
    happened = account.advance(minutes=1)
    assert [(each["values"], each["counts"]) for each in happened] == [([1.0], [2.0])]


def test_a_long_quiet_time_passes_with_its_telemetry(
    account: Account, logs: Any, cloudwatch: Any
) -> None:
    put_filter(logs)
    days = 10 * 24 * 60 * MINUTE
    account.replay(logs=[event(END + days, "ERROR")])
    happened = account.advance(hours=11 * 24)
    assert [each["time"] for each in happened] == ["2026-03-27T12:01:00Z"]


def test_filter_is_not_retroactive(account: Account, logs: Any, cloudwatch: Any) -> None:
    put_filter(logs, "GET")
    account.advance(minutes=5)
    assert sums(account, cloudwatch) == []


@behaviour("logs.metric_filter_publishes")
def test_default_value_needs_events_in_the_minute(
    account: Account, logs: Any, cloudwatch: Any
) -> None:
    put_filter(logs, defaultValue=0.0)
    account.replay(logs=[event(END, "fine"), event(END + 2 * MINUTE, "ERROR")])
    account.advance(minutes=4)
    assert sums(account, cloudwatch) == [0, 1]


@behaviour("logs.metric_filter_publishes")
def test_value_and_dimensions_from_json(account: Account, logs: Any, cloudwatch: Any) -> None:
    put_filter(logs, "{ $.status >= 500 }", metricValue="$.ms", dimensions={"Path": "$.path"})
    line = '{"status": 503, "ms": 250, "path": "/cart"}'
    account.replay(logs=[event(END, line), event(END + 1, '{"status": 200, "ms": 1}')])
    account.advance(minutes=1)
    dimensions = [{"Name": "Path", "Value": "/cart"}]
    assert sums(account, cloudwatch, Dimensions=dimensions) == [250]


@behaviour("logs.metric_filter_updated")
def test_filter_put_again_is_updated_in_place(account: Account, logs: Any) -> None:
    put_filter(logs, "ERROR")
    put_filter(logs, "WARN")
    found = logs.describe_metric_filters(logGroupName="/shop/web")["metricFilters"]
    assert [each["filterPattern"] for each in found] == ["WARN"]
    group = logs.describe_log_groups(logGroupNamePrefix="/shop/web")["logGroups"][0]
    assert group["metricFilterCount"] == 1
    logs.delete_metric_filter(logGroupName="/shop/web", filterName="errors")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_metric_filter(logGroupName="/shop/web", filterName="errors")


def test_filters_are_found_by_metric(logs: Any) -> None:
    put_filter(logs)
    ask = {"metricName": "WebErrors", "metricNamespace": "Mine"}
    assert len(logs.describe_metric_filters(**ask)["metricFilters"]) == 1
    other = {**ask, "metricName": "Other"}
    assert logs.describe_metric_filters(**other)["metricFilters"] == []


def test_default_value_excludes_dimensions(logs: Any) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException, match="[Dd]efault"):
        put_filter(logs, "{ $.a = 1 }", defaultValue=0.0, dimensions={"P": "$.p"})


@behaviour("logs.test_metric_filter")
def test_patterns_can_be_tried(logs: Any) -> None:
    matches = logs.test_metric_filter(
        filterPattern="[ts, id, level=ERROR, ...]",
        logEventMessages=["t 1 ERROR boom", "t 2 INFO no ERROR found"],
    )["matches"]
    assert [match["eventNumber"] for match in matches] == [1]
    assert matches[0]["extractedValues"]["$level"] == "ERROR"


@behaviour("logs.embedded_metrics")
def test_embedded_metrics_appear_at_once(account: Account, logs: Any, cloudwatch: Any) -> None:
    document = {
        "_aws": {
            "Timestamp": END,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Mine",
                    "Dimensions": [["Service"]],
                    "Metrics": [{"Name": "WebErrors", "Unit": "Count"}],
                }
            ],
        },
        "Service": "cart",
        "WebErrors": 4,
    }
    logs.create_log_stream(logGroupName="/shop/web", logStreamName="emf")
    logs.put_log_events(
        logGroupName="/shop/web",
        logStreamName="emf",
        logEvents=[{"timestamp": END, "message": json.dumps(document)}],
    )
    dimensions = [{"Name": "Service", "Value": "cart"}]
    assert sums(account, cloudwatch, Dimensions=dimensions) == [4]


@behaviour("logs.subscription_kinesis")
def test_subscription_delivers_matches_in_the_real_envelope(
    account: Account, logs: Any, clients: dict[str, Any]
) -> None:
    put_subscription(logs)
    lines = [event(END + 1000, "ERROR one"), event(END + 2000, "fine")]
    lines.append(event(END + 3000, "ERROR two", stream="web-2"))
    account.replay(logs=lines)
    happened = account.advance(minutes=1)
    assert [each["what"] for each in happened] == ["delivery", "delivery"]
    first, second = records(clients["kinesis"])
    assert first["messageType"] == "DATA_MESSAGE"
    assert (first["owner"], first["logGroup"]) == ("123456789012", "/shop/web")
    assert (first["logStream"], first["subscriptionFilters"]) == ("web-1", ["errors"])
    assert [each["message"] for each in first["logEvents"]] == ["ERROR one"]
    assert [each["message"] for each in second["logEvents"]] == ["ERROR two"]


def put_subscription(logs: Any, destination: str = STREAM, **changes: Any) -> None:
    settings = {"filterName": "errors", "filterPattern": "ERROR", "roleArn": ROLE, **changes}
    given = {name: value for name, value in settings.items() if value is not None}
    logs.put_subscription_filter(logGroupName="/shop/web", destinationArn=destination, **given)


def records(kinesis: Any) -> list[dict[str, Any]]:
    start = kinesis.get_shard_iterator(
        StreamName="clicks", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )
    found = kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]
    return [json.loads(gzip.decompress(each["Data"])) for each in found]


@behaviour("logs.subscription_limit")
def test_two_subscriptions_and_updates_of_them(logs: Any) -> None:
    put_subscription(logs)
    put_subscription(logs, filterName="second")
    put_subscription(logs, filterPattern="WARN")
    with pytest.raises(logs.exceptions.LimitExceededException):
        put_subscription(logs, filterName="third")
    found = logs.describe_subscription_filters(logGroupName="/shop/web")["subscriptionFilters"]
    assert [each["filterPattern"] for each in found] == ["WARN", "ERROR"]
    logs.delete_subscription_filter(logGroupName="/shop/web", filterName="second")
    put_subscription(logs, filterName="third")


def test_subscription_needs_a_stream_that_is_there(logs: Any) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException, match="deliver test message"):
        put_subscription(logs, STREAM.replace("clicks", "none"))
    with pytest.raises(logs.exceptions.InvalidParameterException, match="roleArn"):
        put_subscription(logs, roleArn=None)
