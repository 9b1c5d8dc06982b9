"""Contributor Insights: ranking, filters, the report's shape, and refused definitions."""

from __future__ import annotations

import copy
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry import contributors
from course.telemetry.errors import NotSupported, RuleError

TEN = 1_773_741_600
RULE: dict[str, Any] = {
    "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
    "LogGroupNames": ["/aws/apigateway/*", "exact"],
    "LogFormat": "JSON",
    "Contribution": {"Keys": ["$.ip"], "Filters": []},
    "AggregateOn": "Count",
}
CLF = {
    **RULE,
    "LogFormat": "CLF",
    "Fields": {"1": "IpAddress", "6": "StatusCode"},
    "Contribution": {
        "Keys": ["IpAddress"],
        "Filters": [{"Match": "StatusCode", "EqualTo": 404}],
    },
}


def event(second: int, **fields: Any) -> dict[str, Any]:
    return {"timestamp": (TEN + second) * 1000, "message": json.dumps(fields)}


def report(rule: dict[str, Any], events: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    return contributors.report(rule, events, start=TEN, end=TEN + 600, period=60, **changes)


def ranking(rule: dict[str, Any], events: list[dict[str, Any]], **changes: Any) -> list[Any]:
    found = report(rule, events, **changes)["Contributors"]
    return [(*each["Keys"], each["ApproximateAggregateValue"]) for each in found]


def filtered(**given_filter: Any) -> dict[str, Any]:
    rule = copy.deepcopy(RULE)
    rule["Contribution"]["Filters"] = [{"Match": "$.s", **given_filter}]
    return rule


TRAFFIC = [
    event(0, ip="a", s=200, bytes=10),
    event(10, ip="a", s=429, bytes=20),
    event(70, ip="b", s=429, bytes=500),
    event(80, ip="a", s=429, bytes=5),
    event(90, s=429),
    {"timestamp": TEN * 1000, "message": "not json"},
    event(700, ip="late"),
]


def test_contributors_are_ranked_by_count() -> None:
    assert ranking(RULE, TRAFFIC) == [("a", 3), ("b", 1)]
    assert ranking(RULE, TRAFFIC, max_contributors=1) == [("a", 3)]


def test_the_end_of_the_report_is_exclusive() -> None:
    assert ranking(RULE, [event(0, ip="first"), event(600, ip="end")]) == [("first", 1)]


def test_sum_ranks_by_the_value() -> None:
    rule = copy.deepcopy(RULE) | {"AggregateOn": "Sum"}
    rule["Contribution"]["ValueOf"] = "$.bytes"
    assert ranking(rule, TRAFFIC) == [("b", 500), ("a", 35)]
    assert ranking(rule, TRAFFIC, order_by="Maximum") == [("b", 500), ("a", 20)]


def test_the_report_has_the_shape_of_the_api() -> None:
    found = report(RULE, TRAFFIC, metrics=["UniqueContributors", "Sum", "MaxContributorValue"])
    assert found["KeyLabels"] == ["$.ip"]
    assert (found["AggregateValue"], found["ApproximateUniqueCount"]) == (4, 2)
    first, second = (datetime.fromtimestamp(TEN + s, UTC) for s in (0, 60))
    assert found["Contributors"][0]["Datapoints"] == [
        {"Timestamp": first, "ApproximateValue": 2},
        {"Timestamp": second, "ApproximateValue": 1},
    ]
    assert found["MetricDatapoints"] == [
        {"Timestamp": first, "UniqueContributors": 1, "Sum": 2, "MaxContributorValue": 2},
        {"Timestamp": second, "UniqueContributors": 2, "Sum": 2, "MaxContributorValue": 1},
    ]


def test_two_keys_make_one_contributor_each_combination() -> None:
    rule = copy.deepcopy(RULE)
    rule["Contribution"]["Keys"] = ["$.ip", "$.s"]
    assert ranking(rule, TRAFFIC) == [("a", "429", 2), ("a", "200", 1), ("b", "429", 1)]


@pytest.mark.parametrize(
    ("given_filter", "taken"),
    [
        ({"In": ["x", "y"]}, ["x"]),
        ({"NotIn": ["x"]}, ["xy", "5"]),
        ({"StartsWith": ["x"]}, ["x", "xy"]),
        ({"GreaterThan": 4}, ["5"]),
        ({"GreaterThan": 5}, []),
        ({"LessThan": 6}, ["5"]),
        ({"EqualTo": 5}, ["5"]),
        ({"NotEqualTo": 4}, ["5"]),
        ({"IsPresent": True}, ["x", "xy", "5"]),
        ({"IsPresent": False}, ["none"]),
    ],
)
def test_every_filter(given_filter: dict[str, Any], taken: list[str]) -> None:
    events = [event(0, ip="x", s="x"), event(0, ip="xy", s="xy"), event(0, ip="5", s=5)]
    events.append(event(0, ip="none"))
    found = {row[0] for row in ranking(filtered(**given_filter), events)}
    assert found == set(taken)


def test_common_log_format_by_place_and_by_name() -> None:
    line = '1.2.3.4 - frank [10/Oct/2000:13:25:15 -0700] "GET /x HTTP/1.0" {} 15'
    events = [{"timestamp": TEN * 1000, "message": line.format(code)} for code in (404, 200, 404)]
    assert ranking(CLF, events) == [("1.2.3.4", 2)]


def test_log_groups_are_covered_by_name_or_prefix() -> None:
    covered = [contributors.covers(RULE, name) for name in ("/aws/apigateway/shop", "exact", "x")]
    assert covered == [True, True, False]


REFUSED: list[tuple[str, Any, str]] = [
    ("not json", "not json", "not JSON"),
    ("schema", {**RULE, "Schema": {"Name": "X"}}, "Schema must be"),
    ("groups", {**RULE, "LogGroupNames": []}, "LogGroupNames"),
    ("format", {**RULE, "LogFormat": "XML"}, "JSON or CLF"),
    ("aggregate", {**RULE, "AggregateOn": "Average"}, "Count or Sum"),
    ("unknown", {**RULE, "Extra": 1}, "Extra is not a field"),
    ("no contribution", {**RULE, "Contribution": None}, "Contribution must be an object"),
    ("no keys", {**RULE, "Contribution": {}}, "Keys must be"),
    ("five keys", {**RULE, "Contribution": {"Keys": ["$.a"] * 5}}, "1 to 4"),
    ("bare key", {**RULE, "Contribution": {"Keys": ["ip"]}}, "a JSON property such as"),
    ("sum without value", {**RULE, "AggregateOn": "Sum"}, "Sum needs it"),
    ("fields in json", {**RULE, "Fields": {"1": "a"}}, "CLF logs only"),
    ("unnamed column", {**CLF, "Contribution": {"Keys": ["Nope"]}}, "name given in Fields"),
    ("no operator", filtered(), "exactly one of"),
    ("two operators", filtered(In=["a"], EqualTo=1), "exactly one of"),
    ("list for number", filtered(EqualTo=["a"]), "must be a number"),
    ("number for list", filtered(In=5), "array of 1 to 10 texts"),
    ("presence", filtered(IsPresent="yes"), "true or false"),
]


@pytest.mark.parametrize(("rule", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_put_insight_rule_refuses(rule: Any, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        contributors.validate(rule)


def test_a_definition_may_be_text_and_arns_are_not_simulated() -> None:
    assert contributors.validate(json.dumps(RULE)) == RULE
    with pytest.raises(NotSupported, match="Use LogGroupNames"):
        contributors.validate({**RULE, "LogGroupARNs": ["arn"]})


@pytest.mark.parametrize(
    "changes",
    [{"max_contributors": 0}, {"max_contributors": 101}, {"order_by": "x"}, {"metrics": ["x"]}],
)
def test_a_report_out_of_bounds_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(RuleError):
        report(RULE, [], **changes)


@given(st.lists(st.tuples(st.integers(0, 599), st.sampled_from("abcd")), max_size=40))
@settings(max_examples=50, deadline=None)
def test_counts_add_up_to_the_whole(traffic: list[tuple[int, str]]) -> None:
    found = report(RULE, [event(at, ip=ip) for at, ip in traffic])
    assert found["AggregateValue"] == len(traffic)
    expected = Counter(ip for _, ip in traffic)
    assert {
        each["Keys"][0]: each["ApproximateAggregateValue"] for each in found["Contributors"]
    } == (expected)
