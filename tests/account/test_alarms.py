"""Metric alarms through boto3 and the clock: states, history, actions."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

import course.account
from course.account import Account, NotSimulated
from course.telemetry.world import World
from tests.account.behaviours import behaviour
from tests.account.conftest import (
    END,
    MINUTE,
    START,
    WORLD,
    Inbox,
    event,
    put_alarm,
    record,
    state_of,
)

ORACLE = Path(__file__).parents[1] / "telemetry" / "alarm_missing_data.tsv"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


def replay(account: Account, *values: float | None, **dimensions: str) -> None:
    """One datum a minute from now on; None is a gap."""
    now = int(account.now.timestamp() * 1000)
    data = [
        record(now + n * MINUTE, value, **dimensions)
        for n, value in enumerate(values)
        if value is not None
    ]
    account.replay(metrics=data)


def history(cloudwatch: Any, kind: str = "StateUpdate", **more: Any) -> list[str]:
    found = cloudwatch.describe_alarm_history(
        HistoryItemType=kind, ScanBy="TimestampAscending", **more
    )
    return [item["HistorySummary"] for item in found["AlarmHistoryItems"]]


@behaviour("alarms.evaluated")
def test_alarm_starts_in_insufficient_data(cloudwatch: Any) -> None:
    put_alarm(cloudwatch)
    alarm = cloudwatch.describe_alarms()["MetricAlarms"][0]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert alarm["StateReason"] == "Unchecked: Initial alarm creation"
    assert alarm["AlarmArn"] == "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"


@behaviour("alarms.evaluated")
def test_alarm_follows_its_metric(account: Account, cloudwatch: Any) -> None:
    put_alarm(cloudwatch)
    replay(account, 1.0, 9.0, 9.0, 1.0)
    happened = account.advance(minutes=4)
    assert [(each["from"], each["to"], each["time"][11:16]) for each in happened] == [
        ("INSUFFICIENT_DATA", "OK", "12:01"),
        ("OK", "ALARM", "12:02"),
        ("ALARM", "OK", "12:04"),
    ]
    assert happened[1]["reason"] == (
        "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (17/03/26 12:01:00)] was greater "
        "than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )


@behaviour("alarms.m_of_n")
def test_two_of_three(account: Account, cloudwatch: Any) -> None:
    put_alarm(cloudwatch, EvaluationPeriods=3, DatapointsToAlarm=2, MetricName="Other")
    now = END
    data = [9.0, 1.0, 1.0, 9.0, 1.0, 9.0]
    account.replay(
        metrics=[record(now + n * MINUTE, value, "Other") for n, value in enumerate(data)]
    )
    account.advance(minutes=5)
    assert state_of(cloudwatch, "errors") == "OK"
    account.advance(minutes=1)
    assert state_of(cloudwatch, "errors") == "ALARM"


def test_alarm_does_not_see_other_dimensions(account: Account, cloudwatch: Any) -> None:
    """The alarm that never rang: the deployment added a dimension, which is another metric."""
    dimensions = [{"Name": "Service", "Value": "cart"}]
    put_alarm(cloudwatch, MetricName="Other", Dimensions=dimensions)
    account.replay(
        metrics=[
            record(END + n * MINUTE, 9.0, "Other", Service="cart", Version="42") for n in range(9)
        ]
    )
    account.advance(minutes=10)
    assert state_of(cloudwatch, "errors") == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("treatment", "state"),
    [
        ("missing", "INSUFFICIENT_DATA"),
        ("ignore", "OK"),
        ("breaching", "ALARM"),
        ("notBreaching", "OK"),
    ],
)
def test_silence(account: Account, cloudwatch: Any, treatment: str, state: str) -> None:
    put_alarm(cloudwatch, TreatMissingData=treatment, Threshold=1000)
    account.advance(minutes=1)
    assert state_of(cloudwatch, "errors") == "OK"
    account.advance(minutes=10)
    assert state_of(cloudwatch, "errors") == state


def oracle() -> list[tuple[str, str, str, str]]:
    with ORACLE.open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    return [
        (row["m_of_n"], row["points_oldest_first"], treatment, row[treatment])
        for row in rows
        for treatment in TREATMENTS
    ]


@pytest.mark.parametrize("previous", ["OK", "ALARM"])
@behaviour("alarms.missing_data")
def test_aws_table_of_missing_data(clients: dict[str, Any], previous: str) -> None:
    """All cells of the guide's tables at once: one alarm and one metric for each."""
    cloudwatch = clients["cloudwatch"]
    cells = oracle()
    metrics = [
        record(END - (5 - place) * MINUTE, 9.0 if mark == "X" else 1.0, f"M{number}")
        for number, (_, marks, _, _) in enumerate(cells)
        for place, mark in enumerate(marks)
        if mark != "-"
    ]
    wanted, found = {}, {}
    with course.account.open(World("table", START, END - MINUTE, [], metrics)) as account:
        for number, (m_of_n, marks, treatment, state) in enumerate(cells):
            m, n = m_of_n.split("of")
            name = f"{m_of_n} {marks} {treatment}"
            put_alarm(
                cloudwatch,
                AlarmName=name,
                MetricName=f"M{number}",
                EvaluationPeriods=int(n),
                DatapointsToAlarm=int(m),
                TreatMissingData=treatment,
            )
            cloudwatch.set_alarm_state(AlarmName=name, StateValue=previous, StateReason="before")
            wanted[name] = previous if state == "RETAIN" else state
        account.advance(minutes=1)
        for name in wanted:
            found[name] = state_of(cloudwatch, name)
    assert found == wanted


def test_five_minute_alarm_slides_by_the_minute(account: Account, cloudwatch: Any) -> None:
    put_alarm(cloudwatch, MetricName="Other", Period=300, Threshold=20)
    account.advance(minutes=1)
    account.replay(metrics=[record(END + n * MINUTE, 5.0, "Other") for n in range(1, 10)])
    happened = account.advance(minutes=10)
    assert [(each["to"], each["time"][11:16]) for each in happened] == [
        ("OK", "12:02"),
        ("ALARM", "12:06"),
        ("OK", "12:11"),
    ]


@behaviour("alarms.quick_periods")
def test_ten_second_alarm(account: Account, cloudwatch: Any) -> None:
    put_alarm(cloudwatch, MetricName="Fast", Period=10)
    quick = {**record(END + 10_000, 9.0, "Fast"), "resolution": 1}
    account.replay(metrics=[quick])
    account.advance(seconds=10)
    assert state_of(cloudwatch, "errors") == "INSUFFICIENT_DATA"
    account.advance(seconds=10)
    assert state_of(cloudwatch, "errors") == "ALARM"


@behaviour("alarms.low_sample_percentile")
def test_percentile_alarm_and_few_samples(account: Account, cloudwatch: Any) -> None:
    settings = {"MetricName": "Slow", "Statistic": None, "ExtendedStatistic": "p90"}
    put_alarm(cloudwatch, AlarmName="all", **settings)
    put_alarm(cloudwatch, AlarmName="enough", **settings, EvaluateLowSampleCountPercentile="ignore")
    account.replay(metrics=[record(END, 9.0, "Slow")])
    account.advance(minutes=1)
    assert state_of(cloudwatch, "all") == "ALARM"
    assert state_of(cloudwatch, "enough") == "INSUFFICIENT_DATA"


def rate_alarm(cloudwatch: Any) -> None:
    def sum_of(name: str) -> dict[str, Any]:
        metric = {"Namespace": "Shop", "MetricName": name}
        return {"MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False}

    put_alarm(
        cloudwatch,
        **dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period")),
        TreatMissingData="notBreaching",
        Metrics=[
            {"Id": "e", **sum_of("Failed")},
            {"Id": "n", **sum_of("Asked")},
            {"Id": "rate", "Expression": "IF(n > 20, 100 * e / n, 0)", "Label": "rate"},
        ],
    )


@pytest.mark.parametrize(
    ("asked", "failed", "state"), [(100, 6, "ALARM"), (100, 4, "OK"), (10, 9, "OK")]
)
@behaviour("alarms.metric_math")
def test_alarm_on_metric_math(
    account: Account, cloudwatch: Any, asked: float, failed: float, state: str
) -> None:
    rate_alarm(cloudwatch)
    account.replay(metrics=[record(END, asked, "Asked"), record(END, failed, "Failed")])
    account.advance(minutes=1)
    assert state_of(cloudwatch, "errors") == state


def test_alarm_on_a_metric_filter(account: Account, logs: Any, cloudwatch: Any) -> None:
    """The minute's log lines are published before its alarms are evaluated."""
    logs.put_metric_filter(
        logGroupName="/shop/web",
        filterName="errors",
        filterPattern="ERROR",
        metricTransformations=[
            {"metricName": "Seen", "metricNamespace": "Mine", "metricValue": "1"}
        ],
    )
    put_alarm(cloudwatch, Namespace="Mine", MetricName="Seen", Threshold=0)
    account.replay(logs=[event(END + 30_000, "ERROR")])
    happened = account.advance(minutes=1)
    assert [each["what"] for each in happened] == ["metric", "alarm"]


@behaviour("alarms.notify_topics")
def test_transition_notifies_the_topic(account: Account, cloudwatch: Any, inbox: Inbox) -> None:
    put_alarm(cloudwatch, MetricName="Other", AlarmActions=[inbox.topic])
    account.replay(metrics=[record(END, 9.0, "Other"), record(END + MINUTE, 9.0, "Other")])
    happened = account.advance(minutes=3)
    assert [each["what"] for each in happened] == ["alarm", "action"]
    (text,) = inbox.messages()
    message = json.loads(text)
    assert (message["AlarmName"], message["NewStateValue"]) == ("errors", "ALARM")
    assert message["OldStateValue"] == "INSUFFICIENT_DATA"
    assert message["Region"] == "US East (N. Virginia)"
    assert message["StateChangeTime"] == "2026-03-17T12:01:00.000+0000"
    assert message["Trigger"]["Statistic"] == "SUM"
    assert message["Trigger"]["MetricName"] == "Other"


@behaviour("alarms.disabled_actions")
def test_disabled_actions_stay_silent(account: Account, cloudwatch: Any, inbox: Inbox) -> None:
    put_alarm(cloudwatch, AlarmActions=[inbox.topic])
    cloudwatch.disable_alarm_actions(AlarmNames=["errors", "no such alarm"])
    account.advance(minutes=1)
    assert state_of(cloudwatch, "errors") == "ALARM"
    assert inbox.messages() == []
    cloudwatch.enable_alarm_actions(AlarmNames=["errors"])
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="test")
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    assert len(inbox.messages()) == 1


@behaviour("alarms.history")
def test_action_on_a_missing_topic_fails_in_the_history(account: Account, cloudwatch: Any) -> None:
    put_alarm(cloudwatch, AlarmActions=["arn:aws:sns:us-east-1:123456789012:none"])
    happened = account.advance(minutes=1)
    assert happened[-1]["what"] == "action" and happened[-1]["error"]
    assert "Failed to execute action" in history(cloudwatch, "Action")[0]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:automate:us-east-1:ec2:stop",
        "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:x:autoScalingGroupName/y",
    ],
)
def test_actions_that_nothing_would_carry_out_are_refused(cloudwatch: Any, arn: str) -> None:
    with pytest.raises(NotSimulated, match="SNS topic"):
        put_alarm(cloudwatch, AlarmActions=[arn])


def test_actions_elsewhere_are_aws_errors(cloudwatch: Any) -> None:
    with pytest.raises(ClientError, match="Invalid region eu-west-1"):
        put_alarm(cloudwatch, AlarmActions=["arn:aws:sns:eu-west-1:123456789012:t"])
    with pytest.raises(ClientError, match="Invalid arn syntax"):
        put_alarm(cloudwatch, AlarmActions=["my-topic"])


def test_set_alarm_state_lasts_until_the_next_evaluation(account: Account, cloudwatch: Any) -> None:
    put_alarm(cloudwatch, Threshold=1000)
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="drill")
    assert state_of(cloudwatch, "errors") == "ALARM"
    account.advance(minutes=1)
    assert state_of(cloudwatch, "errors") == "OK"
    assert history(cloudwatch) == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Alarm updated from ALARM to OK",
    ]
    with pytest.raises(cloudwatch.exceptions.ResourceNotFound):
        cloudwatch.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="x")


def test_alarm_put_again_keeps_its_state(account: Account, cloudwatch: Any) -> None:
    put_alarm(cloudwatch)
    account.advance(minutes=1)
    put_alarm(cloudwatch, Threshold=7)
    assert state_of(cloudwatch, "errors") == "ALARM"
    assert history(cloudwatch, "ConfigurationUpdate") == [
        'Alarm "errors" created',
        'Alarm "errors" updated',
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"DatapointsToAlarm": 2},
        {"TreatMissingData": "zork"},
        {"Period": 7},
        {"ComparisonOperator": "Above"},
        {"EvaluationPeriods": 2000},
        {"MetricName": None},
        {"Statistic": None},
    ],
)
def test_impossible_alarms_are_refused(cloudwatch: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as error:
        put_alarm(cloudwatch, **changes)
    assert error.value.response["Error"]["Code"] in ("ValidationError", "MissingParameter")
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


@behaviour("alarms.described_by_filters")
def test_alarms_are_described_by_every_filter(account: Account, cloudwatch: Any) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:t"
    put_alarm(cloudwatch, AlarmName="a-one", AlarmActions=[topic])
    put_alarm(cloudwatch, AlarmName="a-two", Threshold=1000)
    put_alarm(cloudwatch, AlarmName="b", MetricName="Other")

    def names(**wanted: Any) -> list[str]:
        found = cloudwatch.describe_alarms(**wanted)["MetricAlarms"]
        return [alarm["AlarmName"] for alarm in found]

    account.advance(minutes=1)
    assert names(AlarmNamePrefix="a-") == ["a-one", "a-two"]
    assert names(AlarmNames=["b", "none"]) == ["b"]
    assert names(StateValue="OK") == ["a-two"]
    assert names(AlarmNamePrefix="a-", StateValue="ALARM") == ["a-one"]
    assert names(ActionPrefix="arn:aws:sns") == ["a-one"]
    pages = cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["MetricAlarms"]) for page in pages] == [2, 1]
    watching = cloudwatch.describe_alarms_for_metric(Namespace="Shop", MetricName="Other")
    assert [alarm["AlarmName"] for alarm in watching["MetricAlarms"]] == ["b"]


def test_alarms_are_deleted_and_tagged(cloudwatch: Any) -> None:
    put_alarm(cloudwatch, Tags=[{"Key": "team", "Value": "shop"}])
    arn = cloudwatch.describe_alarms()["MetricAlarms"][0]["AlarmArn"]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "b"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [
        {"Key": "a", "Value": "b"}
    ]
    cloudwatch.delete_alarms(AlarmNames=["errors"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_alarms_of_a_fresh_account_do_not_leak(account: Account, cloudwatch: Any) -> None:
    put_alarm(cloudwatch)
    with course.account.fresh(WORLD) as other:
        assert cloudwatch.describe_alarms()["MetricAlarms"] == []
        put_alarm(cloudwatch, AlarmName="theirs")
        other.advance(minutes=1)
        assert state_of(cloudwatch, "theirs") == "ALARM"
    assert state_of(cloudwatch, "errors") == "INSUFFICIENT_DATA"


@behaviour("alarms.history")
def test_history_has_what_was_put_what_changed_and_what_was_done(
    account: Account, cloudwatch: Any, inbox: Inbox
) -> None:
    put_alarm(cloudwatch, AlarmActions=[inbox.topic])
    account.replay(metrics=[record(END, 9.0)])
    account.advance(minutes=1)
    cloudwatch.disable_alarm_actions(AlarmNames=["errors"])
    cloudwatch.delete_alarms(AlarmNames=["errors"])
    assert history(cloudwatch, "ConfigurationUpdate") == [
        'Alarm "errors" created',
        'Alarm "errors" actions disabled',
        'Alarm "errors" deleted',
    ]
    assert history(cloudwatch) == ["Alarm updated from INSUFFICIENT_DATA to ALARM"]
    assert history(cloudwatch, "Action") == [f"Successfully executed action {inbox.topic}"]
    found = cloudwatch.describe_alarm_history(AlarmName="errors")["AlarmHistoryItems"]
    assert [item["HistoryItemType"] for item in found] == [
        "ConfigurationUpdate",
        "ConfigurationUpdate",
        "Action",
        "StateUpdate",
        "ConfigurationUpdate",
    ]
