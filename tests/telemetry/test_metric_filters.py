"""Metric filters: values, defaults, dimensions, and what PutMetricFilter refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry import metric_filters, metrics
from course.telemetry.errors import RuleError

TEN = 1_773_741_600_000
COUNT = {"metricName": "Errors", "metricNamespace": "Shop", "metricValue": "1"}


def events(*messages: str, at: int = TEN + 5_000) -> list[dict[str, Any]]:
    return [{"timestamp": at, "message": message} for message in messages]


def publish(
    pattern: str, lines: list[dict[str, Any]], **changes: Any
) -> list[tuple[dict[str, str], list[float], list[float]]]:
    transformation = COUNT | changes
    compiled = metric_filters.validate(pattern, transformation)
    made = metric_filters.publish(compiled, transformation, lines)
    return [(each["dimensions"], each["values"], each["counts"]) for each in made]


def test_matches_are_counted_by_the_minute() -> None:
    lines = events("ERROR a", "INFO", "ERROR b") + events("ERROR", at=TEN + 61_000)
    compiled = metric_filters.validate("ERROR", COUNT)
    made = metric_filters.publish(compiled, COUNT, lines)
    assert [(each["timestamp"], each["counts"]) for each in made] == [
        (TEN, [2.0]),
        (TEN + 60_000, [1.0]),
    ]
    assert made[0] | {"counts": []} == {
        "timestamp": TEN,
        "namespace": "Shop",
        "name": "Errors",
        "dimensions": {},
        "unit": "None",
        "resolution": 60,
        "values": [1.0],
        "counts": [],
    }


def test_a_quiet_minute_has_data_only_with_a_default() -> None:
    assert publish("ERROR", events("INFO", "INFO")) == []
    assert publish("ERROR", events("INFO", "INFO"), defaultValue=0) == [({}, [0.0], [2.0])]
    assert publish("ERROR", [], defaultValue=0) == []


def test_the_default_stands_for_every_event_that_does_not_match() -> None:
    (found,) = publish("ERROR", events("ERROR", "INFO", "INFO"), defaultValue=0)
    assert dict(zip(found[1], found[2], strict=True)) == {1.0: 1.0, 0.0: 2.0}


def test_a_value_from_a_field() -> None:
    lines = events("GET 200 1534", "GET 404 12", "GET 200 -")
    assert publish("[verb, status=200, bytes]", lines, metricValue="$bytes") == [
        ({}, [1534.0], [1.0])
    ]
    assert publish("[, , ...]", lines[:1], metricValue="$3") == [({}, [1534.0], [1.0])]


def test_a_value_from_json_that_the_pattern_does_not_name() -> None:
    lines = events('{"level": "INFO", "ms": 12.5}', '{"level": "INFO", "ms": "slow"}')
    assert publish('{ $.level = "INFO" }', lines, metricValue="$.ms") == [({}, [12.5], [1.0])]


def test_dimensions_come_from_the_event_and_must_be_there() -> None:
    lines = events(*(json.dumps({"e": 1, **each}) for each in ({"s": "a"}, {"s": "b"}, {})))
    assert publish("{ $.e = 1 }", lines, dimensions={"Service": "$.s"}) == [
        ({"Service": "a"}, [1.0], [1.0]),
        ({"Service": "b"}, [1.0], [1.0]),
    ]


@pytest.mark.parametrize(
    ("pattern", "changes", "words"),
    [
        ("ERROR", {"metricName": ""}, "metricName is required"),
        ("ERROR", {"metricNamespace": "a:b"}, "1 to 255 characters, none of"),
        ("ERROR", {"metricValue": "$.ms"}, "only a JSON or space-delimited pattern"),
        ("ERROR", {"metricValue": "one"}, "only a JSON or space-delimited pattern"),
        ("[a, b]", {"metricValue": "$c"}, "not a field of the filter pattern"),
        ("[a, b]", {"metricValue": "$.b"}, "looks like \\$bytes"),
        ("{ $.a = 1 }", {"metricValue": "$a"}, "looks like \\$.latency"),
        ("{ $.a = 1 }", {"dimensions": {"A": "$.a"}, "defaultValue": 0}, "cannot be combined"),
        ("{ $.a = 1 }", {"dimensions": dict.fromkeys("wxyz", "$.a")}, "at most 3 dimensions"),
        ("ERROR", {"dimensions": {"A": "$.a"}}, "dimension A"),
        ("ERROR", {"unit": "count"}, "unit must be"),
        ("ERROR: x", {}, "double quotes"),
    ],
)
def test_put_metric_filter_refuses(pattern: str, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(RuleError, match=words) as caught:
        metric_filters.validate(pattern, COUNT | changes)
    assert caught.value.code == "InvalidParameterException"


@given(st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=30))
@settings(max_examples=50, deadline=None)
def test_the_sum_of_the_metric_is_the_number_of_matches(lines: list[tuple[int, bool]]) -> None:
    made_of = [
        {"timestamp": TEN + 1000 * at, "message": "ERROR" if bad else "fine"} for at, bad in lines
    ]
    transformation = COUNT | {"defaultValue": 0}
    compiled = metric_filters.validate("ERROR", transformation)
    data = metric_filters.publish(compiled, transformation, made_of)
    start = TEN // 1000
    total = sum(v for _, v in metrics.bucket(data, 60, start, start + 600, "Sum"))
    size = sum(v for _, v in metrics.bucket(data, 60, start, start + 600, "SampleCount"))
    assert (total, size) == (sum(bad for _, bad in lines), len(lines))
