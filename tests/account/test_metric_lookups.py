"""Metric math that looks metrics up: SEARCH, Metrics Insights, SORT and SLICE, insight rules."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from course.account.clock import utc
from tests.account.behaviours import behaviour
from tests.account.conftest import END, MINUTE, event, put_alarm, record, state_of

RANGE = {"StartTime": utc(END), "EndTime": utc(END) + timedelta(minutes=5)}


@pytest.fixture
def functions(account: Account) -> None:
    """Errors of two functions for three minutes, and their calls."""
    of = [("cart", 1.0), ("pay", 5.0)]
    records = [
        {**record(END + n * MINUTE, value + n, "Errors", FunctionName=name), "namespace": "Fleet"}
        for n in range(3)
        for name, value in of
    ]
    records += [
        {**record(END, 50.0, "Calls", FunctionName=name), "namespace": "Fleet"} for name, _ in of
    ]
    account.replay(metrics=records)
    account.advance(minutes=5)


def ask(cloudwatch: Any, *queries: dict[str, Any]) -> list[tuple[str, list[float]]]:
    """(label, values) of every returned line, oldest value first."""
    found = cloudwatch.get_metric_data(
        MetricDataQueries=list(queries), ScanBy="TimestampAscending", **RANGE
    )
    return [(each["Label"], each["Values"]) for each in found["MetricDataResults"]]


def expression(text: str, name: str = "e", **more: Any) -> dict[str, Any]:
    return {"Id": name, "Expression": text, "Period": 60, **more}


ERRORS = "SEARCH('{Fleet,FunctionName} MetricName=\"Errors\"', 'Sum')"


@behaviour("cloudwatch.search")
def test_a_search_finds_every_metric_that_fits(cloudwatch: Any, functions: None) -> None:
    assert ask(cloudwatch, expression(ERRORS)) == [
        ("cart", [1.0, 2.0, 3.0]),
        ("pay", [5.0, 6.0, 7.0]),
    ]


@behaviour("cloudwatch.search")
def test_what_a_search_finds_can_be_summed_sorted_and_cut(cloudwatch: Any, functions: None) -> None:
    found = ask(
        cloudwatch,
        expression(ERRORS, "all", ReturnData=False),
        expression("SUM(all)", "total"),
        expression("SORT(all, MAX, DESC)", "sorted", Label="errors of"),
        expression("SLICE(SORT(all, MAX, DESC), 0, 1)", "worst"),
    )
    assert found == [
        ("total", [6.0, 8.0, 10.0]),
        ("errors of pay", [5.0, 6.0, 7.0]),
        ("errors of cart", [1.0, 2.0, 3.0]),
        ("pay", [5.0, 6.0, 7.0]),
    ]


def test_the_period_of_a_search_may_stand_in_the_search(cloudwatch: Any, functions: None) -> None:
    text = ERRORS.removesuffix(")") + ", 300)"
    found = ask(cloudwatch, {"Id": "e", "Expression": text})
    assert found == [("cart", [6.0]), ("pay", [18.0])]


def test_metrics_without_data_for_two_weeks_are_not_found(
    account: Account, cloudwatch: Any, functions: None
) -> None:
    account.advance(hours=24 * 15)
    assert ask(cloudwatch, expression(ERRORS)) == []


@behaviour("cloudwatch.metrics_insights")
def test_metrics_insights(cloudwatch: Any, functions: None) -> None:
    fleet = 'FROM SCHEMA("Fleet", FunctionName)'
    found = ask(
        cloudwatch,
        expression(f"SELECT SUM(Errors) {fleet}", "total", Label="all errors"),
        expression(f"SELECT MAX(Errors) {fleet} GROUP BY FunctionName", "each"),
        expression("total * 2", "double"),
    )
    assert found == [
        ("all errors", [6.0, 8.0, 10.0]),
        ("cart", [1.0, 2.0, 3.0]),
        ("pay", [5.0, 6.0, 7.0]),
        ("double", [12.0, 16.0, 20.0]),
    ]


def test_a_query_needs_a_period(cloudwatch: Any) -> None:
    with pytest.raises(ClientError, match="Period must not be null"):
        ask(cloudwatch, {"Id": "q", "Expression": "SELECT SUM(Errors) FROM Shop"})


@behaviour("alarms.metrics_insights")
def test_an_alarm_on_a_query_follows_new_metrics_too(
    account: Account, cloudwatch: Any, functions: None
) -> None:
    select = "SELECT SUM(Errors) FROM SCHEMA(Fleet, FunctionName)"
    nothing = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    put_alarm(cloudwatch, Threshold=90, Metrics=[expression(select)], **nothing)
    account.advance(minutes=1)
    late = record(END + 6 * MINUTE, 100.0, "Errors", FunctionName="brand-new")
    account.replay(metrics=[{**late, "namespace": "Fleet"}])
    account.advance(minutes=1)
    assert state_of(cloudwatch, "errors") == "ALARM"


@behaviour("alarms.search_refused")
def test_no_alarm_on_a_search_as_on_aws(cloudwatch: Any) -> None:
    nothing = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    with pytest.raises(ClientError, match="SEARCH is not supported on Metric Alarms"):
        put_alarm(cloudwatch, Metrics=[expression(ERRORS)], **nothing)


def test_an_alarm_on_several_series_is_refused_by_name(cloudwatch: Any) -> None:
    nothing = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    select = "SELECT SUM(Errors) FROM Fleet GROUP BY FunctionName"
    with pytest.raises(NotSimulated, match="GROUP BY"):
        put_alarm(cloudwatch, Metrics=[expression(select)], **nothing)


def test_labels_in_an_array_are_those_of_the_metrics(cloudwatch: Any, functions: None) -> None:
    stat = {"Namespace": "Fleet", "MetricName": "Calls"}
    metric = {"Dimensions": [{"Name": "FunctionName", "Value": "cart"}], **stat}
    query = {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
    found = ask(
        cloudwatch,
        {**query, "Label": "calls", "ReturnData": False},
        expression("FILL(METRICS(), 0)", Label="filled with 0:"),
    )
    assert found == [("filled with 0: calls", [50.0, 0.0, 0.0, 0.0, 0.0])]


@behaviour("insight_rules.metric_math")
def test_a_rule_can_be_drawn_as_a_metric(account: Account, cloudwatch: Any) -> None:
    rule = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": ["/shop/api"],
        "LogFormat": "JSON",
        "Contribution": {"Keys": ["$.ip"]},
        "AggregateOn": "Count",
    }
    cloudwatch.put_insight_rule(RuleName="clients", RuleDefinition=json.dumps(rule))
    account.replay(
        logs=[
            event(END + at * MINUTE, json.dumps({"ip": ip}), "/shop/api", "api-1")
            for at, ip in ((0, "a"), (0, "b"), (0, "a"), (2, "b"))
        ]
    )
    account.advance(minutes=5)
    text = "INSIGHT_RULE_METRIC('clients', '{}')"
    found = ask(
        cloudwatch,
        expression(text.format("UniqueContributors"), "unique"),
        expression(text.format("Sum"), "sum"),
    )
    assert [values for _, values in found] == [[2.0, 1.0], [3.0, 1.0]]
    with pytest.raises(ClientError, match="Rule nobody does not exist"):
        ask(cloudwatch, expression("INSIGHT_RULE_METRIC('nobody', 'Sum')"))
