"""Dashboards and Contributor Insights rules through boto3."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.conftest import END, event

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
TEXT = {"type": "text", "x": 0, "y": 0, "width": 6, "height": 3, "properties": {"markdown": "hi"}}
METRIC = {"type": "metric", "properties": {"metrics": [["Shop", "Errors"]], "region": "us-east-1"}}


def body(*widgets: Any) -> str:
    return json.dumps({"widgets": list(widgets)})


def test_dashboard_round_trip(cloudwatch: Any) -> None:
    text = body(TEXT, METRIC)
    answer = cloudwatch.put_dashboard(DashboardName="shop", DashboardBody=text)
    assert answer["DashboardValidationMessages"] == []
    found = cloudwatch.get_dashboard(DashboardName="shop")
    assert found["DashboardBody"] == text
    assert found["DashboardArn"] == "arn:aws:cloudwatch::123456789012:dashboard/shop"
    (entry,) = cloudwatch.list_dashboards(DashboardNamePrefix="sh")["DashboardEntries"]
    assert (entry["LastModified"], entry["Size"]) == (NOW, len(text))


def test_dashboards_are_global(cloudwatch: Any, session: boto3.Session) -> None:
    cloudwatch.put_dashboard(DashboardName="shop", DashboardBody=body(TEXT))
    elsewhere = session.client("cloudwatch", region_name="eu-west-1")
    assert elsewhere.get_dashboard(DashboardName="shop")["DashboardBody"] == body(TEXT)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("not json", ""),
        ("[]", ""),
        ("{}", "/widgets"),
        (body({"type": "pie", "properties": {}}), "/widgets/0/type"),
        (body(TEXT, {**TEXT, "x": 24}), "/widgets/1/x"),
        (body({**TEXT, "width": "wide"}), "/widgets/0/width"),
        (body({"type": "text", "properties": {}}), "/widgets/0/properties"),
        (body({"type": "metric", "properties": {"metrics": []}}), "/widgets/0/properties"),
        (
            body({"type": "metric", "properties": {"metrics": ["x"], "region": "r"}}),
            "/widgets/0/properties/metrics",
        ),
        (body({"type": "log"}), "/widgets/0/properties"),
    ],
)
@behaviour("dashboards.validated")
def test_broken_dashboards_are_refused_with_their_place(
    cloudwatch: Any, text: str, path: str
) -> None:
    with pytest.raises(ClientError) as error:
        cloudwatch.put_dashboard(DashboardName="shop", DashboardBody=text)
    response = error.value.response
    assert response["Error"]["Code"] == "InvalidParameterInput"
    assert [each["DataPath"] for each in response["dashboardValidationMessages"]] == [path]
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []


def test_dashboards_are_deleted_all_or_none(cloudwatch: Any) -> None:
    cloudwatch.put_dashboard(DashboardName="shop", DashboardBody=body())
    with pytest.raises(ClientError, match="none does not exist"):
        cloudwatch.delete_dashboards(DashboardNames=["shop", "none"])
    assert len(cloudwatch.list_dashboards()["DashboardEntries"]) == 1
    cloudwatch.delete_dashboards(DashboardNames=["shop"])
    with pytest.raises(ClientError):
        cloudwatch.get_dashboard(DashboardName="shop")


def rule(**contribution: Any) -> str:
    return json.dumps(
        {
            "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
            "LogGroupNames": ["/shop/*"],
            "LogFormat": "JSON",
            "Contribution": {"Keys": ["$.ip"], "Filters": [], **contribution},
            "AggregateOn": "Count",
        }
    )


def report(cloudwatch: Any, **changes: Any) -> dict[str, Any]:
    settings = {
        "RuleName": "talkers",
        "StartTime": NOW - timedelta(hours=1),
        "EndTime": NOW + timedelta(hours=1),
        "Period": 60,
        **changes,
    }
    return dict(cloudwatch.get_insight_rule_report(**settings))


@behaviour("insight_rules.reports")
def test_rule_report_ranks_contributors(account: Account, cloudwatch: Any) -> None:
    cloudwatch.put_insight_rule(RuleName="talkers", RuleDefinition=rule())
    ips = ("10.0.0.1", "10.0.0.2", "10.0.0.1")
    account.replay(logs=[event(END + n, f'{{"ip": "{ip}"}}') for n, ip in enumerate(ips)])
    account.advance(minutes=1)
    found = report(cloudwatch)
    assert found["KeyLabels"] == ["$.ip"]
    assert found["AggregateValue"] == 3
    assert [
        (each["Keys"], each["ApproximateAggregateValue"]) for each in found["Contributors"]
    ] == [
        (["10.0.0.1"], 2),
        (["10.0.0.2"], 1),
    ]
    assert found["Contributors"][0]["Datapoints"][0]["Timestamp"] == NOW


def test_rule_sees_nothing_from_before_it_was_made(account: Account, cloudwatch: Any) -> None:
    account.replay(logs=[event(END + 1, '{"ip": "10.0.0.1"}')])
    account.advance(minutes=1)
    cloudwatch.put_insight_rule(RuleName="talkers", RuleDefinition=rule())
    assert report(cloudwatch)["Contributors"] == []
    account.replay(logs=[event(END + 60_001, '{"ip": "10.0.0.2"}')])
    account.advance(minutes=1)
    cloudwatch.put_insight_rule(RuleName="talkers", RuleDefinition=rule())
    assert [each["Keys"] for each in report(cloudwatch)["Contributors"]] == [["10.0.0.2"]]


def test_disabled_rule_sees_nothing_new(account: Account, cloudwatch: Any) -> None:
    cloudwatch.put_insight_rule(RuleName="talkers", RuleDefinition=rule())
    assert (
        cloudwatch.disable_insight_rules(RuleNames=["talkers", "none"])["Failures"][0][
            "FailureResource"
        ]
        == "none"
    )
    account.replay(logs=[event(END + 1, '{"ip": "10.0.0.1"}')])
    account.advance(minutes=1)
    assert report(cloudwatch)["Contributors"] == []
    (shown,) = cloudwatch.describe_insight_rules()["InsightRules"]
    assert shown["State"] == "DISABLED"
    cloudwatch.enable_insight_rules(RuleNames=["talkers"])
    account.replay(logs=[event(END + 60_001, '{"ip": "10.0.0.2"}')])
    account.advance(minutes=1)
    assert [each["Keys"] for each in report(cloudwatch)["Contributors"]] == [["10.0.0.2"]]
    cloudwatch.delete_insight_rules(RuleNames=["talkers"])
    with pytest.raises(ClientError):
        report(cloudwatch)


@behaviour("insight_rules.definitions")
def test_broken_rule_definition_is_refused(cloudwatch: Any) -> None:
    for text in ("not json", "{}"):
        with pytest.raises(ClientError) as error:
            cloudwatch.put_insight_rule(RuleName="r", RuleDefinition=text)
        assert error.value.response["Error"]["Code"] == "InvalidParameterValue"
