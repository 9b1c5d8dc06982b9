"""What runs on a schedule: rules, and EventBridge Scheduler."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from tests.account.behaviours import behaviour
from tests.account.events.conftest import (
    ACCOUNT,
    QUEUES,
    Queues,
    Seen,
    publish,
    put_rule,
    total,
    trust,
)

EVENTS, SCHEDULER = "events.amazonaws.com", "scheduler.amazonaws.com"
OFF = {"Mode": "OFF"}


def fired(account: Account, what: str, **span: float) -> list[str]:
    """The times of day at which something ran while the clock moved on."""
    return [each["time"][11:] for each in account.advance(**span) if each["what"] == what]


# -- rules -------------------------------------------------------------------------------------


@behaviour("events.schedule_rules")
def test_a_rate_runs_first_after_its_interval(
    account: Account, events: Any, queues: Queues
) -> None:
    arn = queues.make("q", EVENTS)
    rule = put_rule(events, arn, EventPattern=None, ScheduleExpression="rate(5 minutes)")
    assert fired(account, "rule", minutes=14) == ["12:05:00Z", "12:10:00Z"]
    first, _ = queues.bodies("q")
    assert first["detail-type"] == "Scheduled Event" and first["source"] == "aws.events"
    assert (first["time"], first["resources"], first["detail"]) == (
        "2026-03-17T12:05:00Z",
        [rule],
        {},
    )


@behaviour("events.schedule_rules")
def test_cron_runs_at_its_minutes(account: Account, events: Any, queues: Queues) -> None:
    arn = queues.make("q", EVENTS)
    put_rule(events, arn, EventPattern=None, ScheduleExpression="cron(0/30 13-14 ? * TUE *)")
    assert fired(account, "rule", hours=24) == ["13:00:00Z", "13:30:00Z", "14:00:00Z", "14:30:00Z"]


def test_a_long_time_passes_with_its_schedule(
    account: Account, events: Any, queues: Queues, made: dict[str, Any]
) -> None:
    put_rule(events, queues.make("q", EVENTS), EventPattern=None, ScheduleExpression="rate(1 day)")
    account.advance(hours=24 * 30)
    attributes = made["sqs"].get_queue_attributes(
        QueueUrl=queues.url("q"), AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    # The queue keeps messages for four days.
    assert attributes["ApproximateNumberOfMessages"] == "4"


def test_disabled_deleted_and_changed_rules_leave_the_agenda(
    account: Account, events: Any, queues: Queues
) -> None:
    arn = queues.make("q", EVENTS)
    put_rule(events, arn, EventPattern=None, ScheduleExpression="rate(5 minutes)")
    events.disable_rule(Name="r")
    assert fired(account, "rule", minutes=10) == []
    events.enable_rule(Name="r")
    assert fired(account, "rule", minutes=6) == ["12:15:00Z"]
    put_rule(events, EventPattern=None, ScheduleExpression="rate(1 hour)")
    assert fired(account, "rule", minutes=61) == ["13:16:00Z"]
    events.remove_targets(Rule="r", Ids=["1"])
    events.delete_rule(Name="r")
    assert fired(account, "rule", hours=3) == []


def test_schedules_stand_on_the_default_bus_only(events: Any) -> None:
    events.create_event_bus(Name="shop")
    with pytest.raises(ClientError, match="supported only on the default event bus"):
        events.put_rule(Name="r", ScheduleExpression="rate(1 minute)", EventBusName="shop")


def test_a_rule_may_have_a_pattern_and_a_schedule(
    account: Account, events: Any, queues: Queues
) -> None:
    put_rule(events, queues.make("q", EVENTS), ScheduleExpression="rate(1 minute)")
    publish(events)
    account.advance(minutes=1)
    assert [each["source"] for each in queues.bodies("q")] == ["shop", "aws.events"]


# -- EventBridge Scheduler ---------------------------------------------------------------------


@pytest.fixture
def scheduler(account: Account, made: dict[str, Any]) -> Any:
    made["iam"].create_role(RoleName="run", AssumeRolePolicyDocument=trust(SCHEDULER))
    return made["scheduler"]


def target(arn: str = QUEUES + "q", **changes: Any) -> dict[str, Any]:
    return {"Arn": arn, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/run", **changes}


def schedule(scheduler: Any, expression: str, name: str = "s", **changes: Any) -> str:
    settings = {
        "Name": name,
        "ScheduleExpression": expression,
        "Target": target(),
        "FlexibleTimeWindow": OFF,
        **changes,
    }
    return str(scheduler.create_schedule(**settings)["ScheduleArn"])


@behaviour("scheduler.rate")
def test_a_rate_without_a_start_begins_at_once(
    account: Account, scheduler: Any, queues: Queues, made: dict[str, Any]
) -> None:
    """The role is what acts: the queue's own policy is not asked."""
    queues.make("q")
    arn = schedule(scheduler, "rate(10 minutes)")
    assert fired(account, "schedule", minutes=25) == ["12:00:00Z", "12:10:00Z", "12:20:00Z"]
    first = queues.bodies("q")[0]
    assert first["source"] == "aws.scheduler" and first["detail"] == "{}"
    assert first["resources"] == [arn] and first["time"] == "2026-03-17T12:00:00Z"
    count = total(made, "InvocationAttemptCount", "AWS/Scheduler", ScheduleGroup="default")
    assert count == 3


def test_start_and_end_bound_a_schedule(account: Account, scheduler: Any, queues: Queues) -> None:
    queues.make("q")
    schedule(
        scheduler,
        "rate(1 hour)",
        StartDate=datetime(2026, 3, 17, 13, 30, tzinfo=UTC),
        EndDate=datetime(2026, 3, 17, 15, 45, tzinfo=UTC),
    )
    assert fired(account, "schedule", hours=9) == ["13:30:00Z", "14:30:00Z", "15:30:00Z"]


@behaviour("scheduler.one_time")
def test_a_one_time_schedule_may_delete_itself(
    account: Account, scheduler: Any, queues: Queues
) -> None:
    queues.make("q")
    schedule(scheduler, "at(2026-03-17T12:30:00)")
    schedule(scheduler, "at(2026-03-17T12:40:00)", "gone", ActionAfterCompletion="DELETE")
    assert fired(account, "schedule", hours=2) == ["12:30:00Z", "12:40:00Z"]
    assert [each["Name"] for each in scheduler.list_schedules()["Schedules"]] == ["s"]


@behaviour("scheduler.time_zones")
def test_a_schedule_has_a_time_zone(account: Account, scheduler: Any, queues: Queues) -> None:
    queues.make("q")
    zone = "Europe/Berlin"
    schedule(scheduler, "cron(0 15 * * ? *)", ScheduleExpressionTimezone=zone)
    # Twelve days later, on 2026-03-29, summer time begins there.
    happened = account.advance(hours=24 * 13)
    times = [each["time"] for each in happened if each["what"] == "schedule"]
    assert times[0] == "2026-03-17T14:00:00Z" and times[-1] == "2026-03-29T13:00:00Z"
    assert len(times) == 13


@behaviour("scheduler.flexible_window")
def test_a_flexible_window_spreads_the_invocations(
    account: Account, scheduler: Any, queues: Queues
) -> None:
    queues.make("q")
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    schedule(scheduler, "cron(0 * * * ? *)", FlexibleTimeWindow=window)
    times = fired(account, "schedule", hours=10)
    assert len(times) == 9 and len({time[3:] for time in times}) > 1
    assert all(time[3:5] < "15" for time in times)


def test_input_and_its_context_attributes(account: Account, scheduler: Any, queues: Queues) -> None:
    queues.make("q")
    text = '{"at": "<aws.scheduler.scheduled-time>", "try": "<aws.scheduler.attempt-number>"}'
    schedule(scheduler, "at(2026-03-17T12:30:00)", Target=target(Input=text))
    account.advance(hours=1)
    assert queues.bodies("q") == [{"at": "2026-03-17T12:30:00Z", "try": "1"}]


@behaviour("scheduler.targets")
def test_a_function_runs_on_a_schedule(account: Account, scheduler: Any, seen: Seen) -> None:
    schedule(scheduler, "rate(1 minute)", Target=target(seen.ARN, Input='{"job": "clean"}'))
    account.advance(minutes=1, seconds=30)
    assert seen.events() == [{"job": "clean"}] * 2


@behaviour("scheduler.targets")
def test_an_event_bus_and_any_api_operation_are_targets_too(
    account: Account, scheduler: Any, events: Any, queues: Queues
) -> None:
    queues.make("q", EVENTS)
    put_rule(events, QUEUES + "q")
    bus = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
    parameters = {"DetailType": "Tick", "Source": "shop"}
    to_bus = target(bus, Input='{"n": 1}', EventBridgeParameters=parameters)
    schedule(scheduler, "at(2026-03-17T12:10:00)", "bus", Target=to_bus)
    call = json.dumps({"QueueUrl": queues.url("q"), "MessageBody": '"called"'})
    to_api = target("arn:aws:scheduler:::aws-sdk:sqs:sendMessage", Input=call)
    schedule(scheduler, "at(2026-03-17T12:20:00)", "api", Target=to_api)
    account.advance(hours=1)
    event, called = queues.bodies("q")
    assert (event["detail-type"], event["detail"], called) == ("Tick", {"n": 1}, "called")


@behaviour("scheduler.dead_letters")
def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(
    account: Account, scheduler: Any, queues: Queues, made: dict[str, Any]
) -> None:
    dead = {"Arn": queues.make("dead", SCHEDULER)}
    arn = schedule(
        scheduler, "at(2026-03-17T12:10:00)", Target=target(DeadLetterConfig=dead, Input="{}")
    )
    account.advance(minutes=20)
    (message,) = queues.take("dead")
    found = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
    assert found["SCHEDULE_ARN"] == arn and found["ERROR_CODE"] == "NO_RESOURCE"
    assert message["Body"] == "{}"
    assert total(made, "InvocationsSentToDeadLetterCount", "AWS/Scheduler") == 1
    assert total(made, "TargetErrorCount", "AWS/Scheduler") == 1
    assert total(made, "InvocationDroppedCount", "AWS/Scheduler") == 0


@behaviour("scheduler.execution_role")
def test_the_role_must_let_scheduler_in(account: Account, made: dict[str, Any]) -> None:
    made["iam"].create_role(RoleName="run", AssumeRolePolicyDocument=trust(EVENTS))
    for role in ("none", "run"):
        with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume"):
            schedule(
                made["scheduler"],
                "rate(1 hour)",
                Target=target(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}"),
            )


def test_groups_and_updates(account: Account, scheduler: Any, queues: Queues) -> None:
    queues.make("q")
    group = scheduler.create_schedule_group(Name="g", Tags=[{"Key": "a", "Value": "1"}])
    schedule(scheduler, "rate(1 hour)", GroupName="g", State="DISABLED", Description="d")
    found = scheduler.get_schedule(Name="s", GroupName="g")
    assert (found["State"], found["Description"]) == ("DISABLED", "d")
    assert fired(account, "schedule", hours=3) == []
    scheduler.update_schedule(
        Name="s",
        GroupName="g",
        ScheduleExpression="rate(2 hours)",
        Target=target(),
        FlexibleTimeWindow=OFF,
    )
    found = scheduler.get_schedule(Name="s", GroupName="g")
    assert found["State"] == "ENABLED" and "Description" not in found
    assert fired(account, "schedule", hours=3) == ["15:00:00Z", "17:00:00Z"]
    arn = group["ScheduleGroupArn"]
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    names = [each["Name"] for each in scheduler.list_schedule_groups()["ScheduleGroups"]]
    assert names == ["default", "g"]
    scheduler.delete_schedule_group(Name="g")
    assert scheduler.list_schedules()["Schedules"] == []
    assert fired(account, "schedule", hours=3) == []


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"ScheduleExpression": "rate(1 hours)"}, "Valid", "Invalid Schedule Expression"),
        ({"ScheduleExpressionTimezone": "Mars/Base"}, "Valid", "ScheduleExpressionTimezone"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "Valid", "MaximumWindowInMinutes"),
        ({"GroupName": "none"}, "ResourceNotFound", "Schedule group none does not exist."),
        ({"Target": target("nonsense")}, "Valid", "not in correct format"),
        (
            {"Target": target(f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s")},
            "Valid",
            "KinesisParameters must be specified",
        ),
        ({"Name": "a b"}, "Valid", "'name'"),
    ],
)
def test_mistakes_get_awss_own_errors(
    scheduler: Any, changes: dict[str, Any], code: str, message: str
) -> None:
    settings = {
        "Name": "s",
        "ScheduleExpression": "rate(1 hour)",
        "Target": target(),
        "FlexibleTimeWindow": OFF,
        **changes,
    }
    with pytest.raises(ClientError) as caught:
        scheduler.create_schedule(**settings)
    assert caught.value.response["Error"]["Code"].startswith(code)
    assert message in caught.value.response["Error"]["Message"]


def test_unknown_and_doubled_names(scheduler: Any) -> None:
    schedule(scheduler, "rate(1 hour)")
    with pytest.raises(scheduler.exceptions.ConflictException):
        schedule(scheduler, "rate(1 hour)")
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule(Name="none")
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.delete_schedule(Name="none")
    scheduler.delete_schedule(Name="s")


@behaviour("scheduler.other_targets")
def test_targets_that_nothing_could_be_delivered_to_are_refused(scheduler: Any) -> None:
    with pytest.raises(NotSimulated, match="delivering to"):
        arn = f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/c"
        schedule(scheduler, "rate(1 hour)", Target=target(arn))
    with pytest.raises(NotSimulated, match="KmsKeyArn"):
        key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
        schedule(scheduler, "rate(1 hour)", KmsKeyArn=key)
