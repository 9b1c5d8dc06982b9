"""Composite alarms through boto3: rules over other alarms, judged after them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.conftest import END, Inbox, put_alarm, record, state_of

BOTH = {"AlarmTypes": ["CompositeAlarm", "MetricAlarm"]}


def put_rule(cloudwatch: Any, rule: str, name: str = "both", **more: Any) -> None:
    cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=rule, **more)


@pytest.fixture
def children(cloudwatch: Any) -> None:
    put_alarm(cloudwatch, AlarmName="errors", MetricName="Failed")
    put_alarm(cloudwatch, AlarmName="slow", MetricName="Slow")


@pytest.mark.parametrize(("failed", "slow", "state"), [(9, 9, "ALARM"), (9, 1, "OK"), (1, 9, "OK")])
@behaviour("alarms.composite")
def test_and_rule(
    account: Account, cloudwatch: Any, children: None, failed: float, slow: float, state: str
) -> None:
    put_rule(cloudwatch, "ALARM(errors) AND ALARM(slow)")
    assert state_of(cloudwatch, "both") == "INSUFFICIENT_DATA"
    account.replay(metrics=[record(END, failed, "Failed"), record(END, slow, "Slow")])
    account.advance(minutes=1)
    assert state_of(cloudwatch, "both") == state


def test_composite_is_judged_in_the_same_minute_and_notifies_once(
    account: Account, cloudwatch: Any, children: None, inbox: Inbox
) -> None:
    put_rule(cloudwatch, "ALARM(errors) AND ALARM(slow)", AlarmActions=[inbox.topic])
    account.replay(metrics=[record(END, 9.0, "Failed"), record(END, 9.0, "Slow")])
    happened = account.advance(minutes=1)
    assert [each["alarm"] for each in happened] == ["errors", "slow", "both", "both"]
    (text,) = inbox.messages()
    message = json.loads(text)
    assert message["AlarmRule"] == "ALARM(errors) AND ALARM(slow)"
    assert [child["State"]["Value"] for child in message["TriggeringChildren"]] == ["ALARM"] * 2


def test_not_ok_differs_from_alarm_without_data(
    account: Account, cloudwatch: Any, children: None
) -> None:
    put_rule(cloudwatch, "NOT OK(errors)", "not-ok")
    put_rule(cloudwatch, "ALARM(errors)", "alarm")
    account.advance(minutes=1)
    assert (state_of(cloudwatch, "not-ok"), state_of(cloudwatch, "alarm")) == ("ALARM", "OK")


@behaviour("alarms.composite")
def test_composites_of_composites_settle(account: Account, cloudwatch: Any, children: None) -> None:
    put_rule(cloudwatch, "ALARM(slow)", "inner")
    put_rule(cloudwatch, "ALARM(inner) OR ALARM(errors)", "a-outer")
    cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="drill")
    assert state_of(cloudwatch, "a-outer") == "ALARM"


@behaviour("alarms.composite")
def test_children_must_exist_and_lead_nowhere_back(cloudwatch: Any, children: None) -> None:
    with pytest.raises(ClientError, match=r"\[none\]"):
        put_rule(cloudwatch, "ALARM(none)")
    put_rule(cloudwatch, "ALARM(errors)", "inner")
    put_rule(cloudwatch, "ALARM(inner)", "outer")
    with pytest.raises(ClientError, match="back to itself"):
        put_rule(cloudwatch, "ALARM(outer)", "inner")


def test_a_child_cannot_be_deleted_before_its_parent(cloudwatch: Any, children: None) -> None:
    put_rule(cloudwatch, "ALARM(errors)")
    with pytest.raises(ClientError, match="both"):
        cloudwatch.delete_alarms(AlarmNames=["errors"])
    cloudwatch.delete_alarms(AlarmNames=["both"])
    cloudwatch.delete_alarms(AlarmNames=["errors"])


def test_broken_rule_is_one_error(cloudwatch: Any, children: None) -> None:
    with pytest.raises(ClientError) as error:
        put_rule(cloudwatch, "ALARM(errors) AND")
    assert error.value.response["Error"]["Code"] == "ValidationError"


def test_composites_are_shown_only_when_asked_for(cloudwatch: Any, children: None) -> None:
    put_rule(cloudwatch, "ALARM(errors)")
    found = cloudwatch.describe_alarms()
    assert (len(found["MetricAlarms"]), found["CompositeAlarms"]) == (2, [])
    found = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])
    assert [alarm["AlarmRule"] for alarm in found["CompositeAlarms"]] == ["ALARM(errors)"]
    children_of = cloudwatch.describe_alarms(ChildrenOfAlarmName="both", **BOTH)["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in children_of] == ["errors"]
    parents = cloudwatch.describe_alarms(ParentsOfAlarmName="errors", **BOTH)["CompositeAlarms"]
    assert [alarm["AlarmName"] for alarm in parents] == ["both"]


SUPPRESSED = {
    "ActionsSuppressor": "slow",
    "ActionsSuppressorWaitPeriod": 90,
    "ActionsSuppressorExtensionPeriod": 60,
}


def set_state(cloudwatch: Any, name: str, state: str) -> None:
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")


def described(cloudwatch: Any) -> dict[str, Any]:
    found: dict[str, Any] = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])
    return dict(found["CompositeAlarms"][0])


@pytest.fixture
def suppressed(account: Account, cloudwatch: Any, children: None, inbox: Inbox) -> Inbox:
    """A composite alarm in OK that errors sets off and slow suppresses; children stay as set."""
    for name, metric in (("errors", "Failed"), ("slow", "Slow")):
        put_alarm(cloudwatch, AlarmName=name, MetricName=metric, TreatMissingData="ignore")
        set_state(cloudwatch, name, "OK")
    put_rule(cloudwatch, "ALARM(errors)", AlarmActions=[inbox.topic], **SUPPRESSED)
    account.advance(minutes=5)
    return inbox


@behaviour("alarms.suppression")
def test_a_suppressor_that_stays_quiet_lets_the_wait_period_pass(
    account: Account, cloudwatch: Any, suppressed: Inbox
) -> None:
    set_state(cloudwatch, "errors", "ALARM")
    assert described(cloudwatch)["ActionsSuppressedBy"] == "WaitPeriod"
    assert account.advance(seconds=89)[-1]["what"] == "suppressed"
    assert suppressed.messages() == []
    account.advance(seconds=1)
    assert len(suppressed.messages()) == 1
    assert "ActionsSuppressedBy" not in described(cloudwatch)


@behaviour("alarms.suppression")
def test_a_suppressor_in_alarm_keeps_the_composite_silent(
    account: Account, cloudwatch: Any, suppressed: Inbox
) -> None:
    set_state(cloudwatch, "slow", "ALARM")
    set_state(cloudwatch, "errors", "ALARM")
    account.advance(minutes=30)
    assert described(cloudwatch)["ActionsSuppressedBy"] == "Alarm"
    set_state(cloudwatch, "slow", "OK")
    account.advance(seconds=59)
    assert suppressed.messages() == []
    account.advance(seconds=1)
    assert len(suppressed.messages()) == 1


@behaviour("alarms.suppression")
def test_what_ends_within_the_extension_period_is_never_told(
    account: Account, cloudwatch: Any, suppressed: Inbox
) -> None:
    set_state(cloudwatch, "slow", "ALARM")
    set_state(cloudwatch, "errors", "ALARM")
    account.advance(minutes=5)
    set_state(cloudwatch, "slow", "OK")
    account.advance(seconds=30)
    set_state(cloudwatch, "errors", "OK")
    account.advance(minutes=5)
    assert suppressed.messages() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ActionsSuppressor": "nobody"}, "another, existing alarm"),
        ({"ActionsSuppressor": "both"}, "another, existing alarm"),
        ({"ActionsSuppressorWaitPeriod": None}, "are required"),
        ({"ActionsSuppressorWaitPeriod": -1}, "not be negative"),
        ({"ActionsSuppressor": None}, "only be specified together"),
    ],
)
def test_impossible_suppressors_are_refused(
    cloudwatch: Any, children: None, change: dict[str, Any], words: str
) -> None:
    given = {name: value for name, value in {**SUPPRESSED, **change}.items() if value is not None}
    with pytest.raises(ClientError, match=words):
        put_rule(cloudwatch, "ALARM(errors)", **given)
