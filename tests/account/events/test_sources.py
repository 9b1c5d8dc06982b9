"""Where events come from: alarms, services, archives, SNS; and state machines as their target."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated, package
from course.account.events import bus, executions
from tests.account.behaviours import behaviour
from tests.account.conftest import END, put_alarm, record
from tests.account.events.conftest import (
    ACCOUNT,
    Queues,
    Seen,
    publish,
    put_rule,
    total,
)

EVENTS = "events.amazonaws.com"
ALARM = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:errors"
SOME_ALARM = '{"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}'


# -- alarms ------------------------------------------------------------------------------------


@behaviour("events.alarm_state_change")
def test_an_alarm_tells_the_default_bus(
    account: Account, events: Any, queues: Queues, made: dict[str, Any]
) -> None:
    put_rule(events, queues.make("q", EVENTS), EventPattern=SOME_ALARM)
    put_alarm(made["cloudwatch"], AlarmDescription="too many")
    account.replay(metrics=[record(END + 1000, 9.0)])
    account.advance(minutes=1)
    (event,) = queues.bodies("q")
    assert event["resources"] == [ALARM] and event["time"] == "2026-03-17T12:01:00Z"
    detail = event["detail"]
    assert tuple(detail) == ("alarmName", "state", "previousState", "configuration")
    state, before = detail["state"], detail["previousState"]
    assert (state["value"], state["timestamp"]) == ("ALARM", "2026-03-17T12:01:00.000+0000")
    assert state["reason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [9.0")
    assert json.loads(state["reasonData"])["recentDatapoints"] == [9.0]
    assert before == {
        "value": "INSUFFICIENT_DATA",
        "reason": "Unchecked: Initial alarm creation",
        "timestamp": "2026-03-17T12:00:00.000+0000",
    }
    (metric,) = detail["configuration"].pop("metrics")
    assert detail["configuration"] == {"description": "too many"}
    assert metric["returnData"] is True and metric["metricStat"] == {
        "metric": {"namespace": "Shop", "name": "Errors", "dimensions": {}},
        "period": 60,
        "stat": "Sum",
    }


def test_the_next_change_knows_the_state_before(
    account: Account, events: Any, queues: Queues, made: dict[str, Any]
) -> None:
    put_rule(events, queues.make("q", EVENTS), EventPattern=SOME_ALARM)
    put_alarm(made["cloudwatch"], TreatMissingData="notBreaching")
    account.replay(metrics=[record(END + 1000, 9.0)])
    account.advance(minutes=5)
    first, second = (each["detail"] for each in queues.bodies("q"))
    assert second["previousState"] == first["state"]
    assert second["state"]["value"] == "OK"


@behaviour("events.alarm_configuration_change")
def test_alarms_tell_when_they_are_put_changed_and_deleted(
    account: Account, events: Any, queues: Queues, made: dict[str, Any]
) -> None:
    kind = "CloudWatch Alarm Configuration Change"
    put_rule(events, queues.make("q", EVENTS), EventPattern=json.dumps({"detail-type": [kind]}))
    cloudwatch = made["cloudwatch"]
    put_alarm(cloudwatch)
    put_alarm(cloudwatch, Threshold=6)
    cloudwatch.disable_alarm_actions(AlarmNames=["errors"])
    cloudwatch.delete_alarms(AlarmNames=["errors"])
    details = [each["detail"] for each in queues.bodies("q")]
    assert [each["operation"] for each in details] == ["create", "update", "update", "delete"]
    _, changed, disabled, _ = details
    assert changed["configuration"]["threshold"] == 6
    assert changed["previousConfiguration"]["threshold"] == 5
    assert disabled["configuration"]["actionsEnabled"] is False
    assert disabled["previousConfiguration"]["actionsEnabled"] is True


@behaviour("events.alarm_state_change")
def test_composite_alarms_and_alarms_on_math_show_what_they_watch(
    account: Account, events: Any, queues: Queues, made: dict[str, Any]
) -> None:
    put_rule(events, queues.make("q", EVENTS), EventPattern=SOME_ALARM)
    cloudwatch = made["cloudwatch"]
    stat = {
        "Metric": {"Namespace": "Shop", "MetricName": "Errors"},
        "Period": 60,
        "Stat": "Sum",
    }
    queries = [
        {"Id": "m", "MetricStat": stat, "ReturnData": False},
        {"Id": "e", "Expression": "m * 2", "Label": "double"},
    ]
    unused = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    put_alarm(cloudwatch, Metrics=queries, **unused)
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(errors)")
    account.replay(metrics=[record(END + 1000, 9.0)])
    account.advance(minutes=2)
    found = {each["detail"]["alarmName"]: each["detail"] for each in queues.bodies("q")}
    assert found["both"]["configuration"] == {"alarmRule": "ALARM(errors)"}
    assert found["errors"]["configuration"]["metrics"] == [
        {
            "id": "m",
            "metricStat": {
                "metric": {"namespace": "Shop", "name": "Errors", "dimensions": {}},
                "period": 60,
                "stat": "Sum",
            },
            "returnData": False,
        },
        {"id": "e", "expression": "m * 2", "label": "double", "returnData": True},
    ]


@behaviour("events.alarm_invokes_function")
def test_a_function_is_an_alarms_action(account: Account, seen: Seen, made: dict[str, Any]) -> None:
    cloudwatch = made["cloudwatch"]
    put_alarm(cloudwatch, AlarmActions=[seen.ARN], TreatMissingData="notBreaching")
    account.replay(metrics=[record(END + 1000, 9.0), record(END + 421_000, 9.0)])
    actions = [each for each in account.advance(minutes=2) if each["what"] == "action"]
    assert "is not authorized to perform: lambda:InvokeFunction" in actions[0]["error"]
    seen.let_in("lambda.alarms.cloudwatch.amazonaws.com", ALARM)
    account.advance(minutes=7)
    (event,) = seen.events()
    assert (event["source"], event["alarmArn"], event["accountId"]) == (
        "aws.cloudwatch",
        ALARM,
        ACCOUNT,
    )
    assert event["alarmData"]["state"]["value"] == "ALARM"
    assert event["alarmData"]["previousState"]["value"] == "OK"
    history = cloudwatch.describe_alarm_history(AlarmName="errors", HistoryItemType="Action")
    summaries = [each["HistorySummary"] for each in history["AlarmHistoryItems"]]
    assert summaries[0] == f"Successfully executed action {seen.ARN}"
    assert summaries[1].startswith(f"Failed to execute action {seen.ARN}. Received error: ")


def test_other_actions_of_an_alarm_are_refused(account: Account, made: dict[str, Any]) -> None:
    with pytest.raises(NotSimulated, match="action on ssm"):
        action = f"arn:aws:ssm:us-east-1:{ACCOUNT}:opsitem:1"
        put_alarm(made["cloudwatch"], AlarmActions=[action])


# -- services ----------------------------------------------------------------------------------


@behaviour("events.service_events")
def test_a_deployments_failure_reaches_a_rule(
    account: Account, events: Any, queues: Queues
) -> None:
    pattern = {"source": ["aws.codedeploy"], "detail": {"state": ["FAILURE"]}}
    put_rule(events, queues.make("q", EVENTS), EventPattern=json.dumps(pattern))
    region = account._desk.regions["us-east-1"]
    for state in ("START", "FAILURE"):
        bus.emit(
            region,
            source="aws.codedeploy",
            detail_type="CodeDeploy Deployment State-change Notification",
            detail={"application": "cart", "state": state},
        )
    assert [each["detail"]["state"] for each in queues.bodies("q")] == ["FAILURE"]


@behaviour("events.api_calls")
def test_reads_reach_only_the_rules_that_ask_for_them(
    account: Account, events: Any, queues: Queues
) -> None:
    pattern = json.dumps({"detail-type": ["AWS API Call via CloudTrail"]})
    put_rule(events, queues.make("q", EVENTS), EventPattern=pattern)
    state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    put_rule(events, queues.make("all", EVENTS), "all", EventPattern=pattern, State=state)
    region = account._desk.regions["us-east-1"]
    for read in (True, False):
        bus.emit(
            region,
            source="aws.s3",
            detail_type="AWS API Call via CloudTrail",
            detail={"eventName": "x", "readOnly": read},
        )
    written = [each["detail"]["readOnly"] for each in queues.bodies("q")]
    assert written[-1] is False and True not in written
    assert any(each["detail"]["readOnly"] for each in queues.bodies("all"))


# -- archives ----------------------------------------------------------------------------------


@behaviour("events.archive_and_replay")
def test_an_archive_is_replayed_into_its_bus(account: Account, events: Any, queues: Queues) -> None:
    default = events.describe_event_bus()["Arn"]
    pattern = '{"source": ["shop"]}'
    made = events.create_archive(
        ArchiveName="a", EventSourceArn=default, EventPattern=pattern, RetentionDays=2
    )
    start = account.now
    publish(events)
    publish(events, Source="other")
    account.advance(hours=1)
    publish(events, {"total": 99})
    found = events.describe_archive(ArchiveName="a")
    assert (found["EventCount"], found["State"]) == (2, "ENABLED") and found["SizeBytes"] > 300
    rule = put_rule(events, queues.make("q", EVENTS))
    put_rule(events, queues.make("other", EVENTS), name="other")
    events.start_replay(
        ReplayName="again",
        EventSourceArn=made["ArchiveArn"],
        EventStartTime=start,
        EventEndTime=start + timedelta(minutes=30),
        Destination={"Arn": default, "FilterArns": [rule]},
    )
    assert events.describe_replay(ReplayName="again")["State"] == "STARTING"
    account.advance(seconds=1)
    (event,) = queues.bodies("q")
    assert event["replay-name"] == "again" and event["detail"] == {"total": 12}
    assert queues.take("other") == []
    assert events.describe_replay(ReplayName="again")["State"] == "COMPLETED"
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 2
    account.advance(hours=48)
    assert events.list_archives()["Archives"][0]["EventCount"] == 0
    events.update_archive(ArchiveName="a", RetentionDays=7)
    events.delete_archive(ArchiveName="a")
    assert events.list_archives()["Archives"] == []
    assert [each["ReplayName"] for each in events.list_replays()["Replays"]] == ["again"]


def test_a_replay_can_be_cancelled_before_it_runs(account: Account, events: Any) -> None:
    default = events.describe_event_bus()["Arn"]
    archive = events.create_archive(ArchiveName="a", EventSourceArn=default)["ArchiveArn"]
    replay = {
        "ReplayName": "r",
        "EventSourceArn": archive,
        "EventStartTime": account.now,
        "EventEndTime": account.now + timedelta(hours=1),
        "Destination": {"Arn": default},
    }
    events.start_replay(**replay)
    with pytest.raises(events.exceptions.ResourceAlreadyExistsException):
        events.start_replay(**replay)
    events.cancel_replay(ReplayName="r")
    account.advance(minutes=1)
    assert events.describe_replay(ReplayName="r")["State"] == "CANCELLED"
    with pytest.raises(events.exceptions.IllegalStatusException):
        events.cancel_replay(ReplayName="r")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"EventSourceArn": f"arn:aws:events:us-east-1:{ACCOUNT}:archive/x"},
            "Archive x does not exist",
        ),
        (
            {"Destination": {"Arn": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/x"}},
            "Cross event bus",
        ),
        ({"EventEndTime": "2026-03-17T00:00:00Z"}, "EventStartTime must be before EventEndTime"),
    ],
)
def test_bad_replays(events: Any, changes: dict[str, Any], message: str) -> None:
    default = events.describe_event_bus()["Arn"]
    archive = events.create_archive(ArchiveName="a", EventSourceArn=default)["ArchiveArn"]
    replay = {
        "ReplayName": "r",
        "EventSourceArn": archive,
        "EventStartTime": "2026-03-17T10:00:00Z",
        "EventEndTime": "2026-03-17T11:00:00Z",
        "Destination": {"Arn": default},
        **changes,
    }
    with pytest.raises(ClientError, match="ValidationException") as caught:
        events.start_replay(**replay)
    assert message in caught.value.response["Error"]["Message"]


# -- SNS to a function -------------------------------------------------------------------------


@behaviour("sns.delivery_to_function")
def test_a_subscribed_function_gets_the_notification(
    account: Account, seen: Seen, made: dict[str, Any]
) -> None:
    sns = made["sns"]
    topic = sns.create_topic(Name="t")["TopicArn"]
    subscription = sns.subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint=seen.ARN, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    seen.let_in("sns.amazonaws.com", topic)
    color = {"DataType": "String", "StringValue": "red"}
    id = sns.publish(
        TopicArn=topic, Subject="s", Message="hello", MessageAttributes={"color": color}
    )["MessageId"]
    account.advance(seconds=5)
    (event,) = seen.events()
    (record,) = event["Records"]
    assert record["EventSource"] == "aws:sns" and record["EventVersion"] == "1.0"
    assert record["EventSubscriptionArn"] == subscription
    sent = record["Sns"]
    assert (sent["Type"], sent["MessageId"], sent["TopicArn"]) == ("Notification", id, topic)
    assert (sent["Subject"], sent["Message"]) == ("s", "hello")
    assert sent["Timestamp"] == "2026-03-17T12:00:00.000Z"
    assert sent["MessageAttributes"] == {"color": {"Type": "String", "Value": "red"}}


@behaviour("sns.delivery_to_function")
def test_filters_and_message_structures_apply_to_functions_too(
    account: Account, seen: Seen, made: dict[str, Any]
) -> None:
    sns = made["sns"]
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=seen.ARN,
        Attributes={"FilterPolicy": '{"color": ["red"]}'},
    )
    seen.let_in("sns.amazonaws.com", topic)
    text = json.dumps({"default": "all", "lambda": "for functions"})
    for color in ("red", "blue"):
        sns.publish(
            TopicArn=topic,
            Message=text,
            MessageStructure="json",
            MessageAttributes={"color": {"DataType": "String", "StringValue": color}},
        )
    account.advance(seconds=5)
    assert [each["Records"][0]["Sns"]["Message"] for each in seen.events()] == ["for functions"]


@behaviour("sns.function_dead_letters")
def test_a_function_that_does_not_let_sns_in_gets_nothing(
    account: Account, seen: Seen, queues: Queues, made: dict[str, Any]
) -> None:
    sns = made["sns"]
    topic = sns.create_topic(Name="t")["TopicArn"]
    dead = queues.make("dead", "sns.amazonaws.com")
    sns.subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=seen.ARN,
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})},
    )
    sns.publish(TopicArn=topic, Message="hello")
    happened = account.advance(seconds=5)
    assert "is not authorized" in happened[0]["error"] and seen.events() == []
    assert [each["Message"] for each in queues.bodies("dead")] == ["hello"]


# -- Step Functions ----------------------------------------------------------------------------

MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/machine"


def machine(made: dict[str, Any], states: dict[str, Any], **changes: Any) -> Any:
    """Make the state machine m, which starts at its first state; returns a client."""
    definition = {"StartAt": next(iter(states)), "States": states, **changes}
    made["stepfunctions"].create_state_machine(
        name="m", definition=json.dumps(definition), roleArn=ROLE
    )
    return made["stepfunctions"]


def send(queues: Queues, body: Any, **more: Any) -> dict[str, Any]:
    key = "MessageBody" if isinstance(body, dict) else "MessageBody.$"
    parameters = {"QueueUrl": queues.url("q"), key: body}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": parameters,
        "End": True,
        **more,
    }


@behaviour("stepfunctions.executions")
def test_an_execution_runs_state_by_state_as_the_clock_moves(
    account: Account, made: dict[str, Any], queues: Queues
) -> None:
    queues.make("q")
    states = {
        "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Choose"},
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.total", "NumericGreaterThan": 10, "Next": "Send"}],
            "Default": "No",
        },
        "No": {"Type": "Fail", "Error": "TooSmall", "Cause": "c"},
        "Send": send(queues, "States.Format('{} euros', $.total)"),
    }
    client = machine(made, states)
    arn = client.start_execution(stateMachineArn=MACHINE, input='{"total": 12}')["executionArn"]
    account.advance(seconds=30)
    assert client.describe_execution(executionArn=arn)["status"] == "RUNNING"
    history = client.get_execution_history(executionArn=arn)["events"]
    assert [each["type"] for each in history] == ["ExecutionStarted", "WaitStateEntered"]
    assert queues.take("q") == []
    account.advance(seconds=31)
    found = client.describe_execution(executionArn=arn)
    assert found["status"] == "SUCCEEDED"
    assert timedelta(seconds=60) < found["stopDate"] - found["startDate"] < timedelta(seconds=61)
    assert [each["Body"] for each in queues.take("q")] == ["12 euros"]
    small = client.start_execution(stateMachineArn=MACHINE, input='{"total": 1}')["executionArn"]
    account.advance(minutes=2)
    found = client.describe_execution(executionArn=small)
    assert (found["status"], found["error"]) == ("FAILED", "TooSmall")
    counted = {
        metric: total(made, metric, "AWS/States", StateMachineArn=MACHINE)
        for metric in ("ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed")
    }
    assert list(counted.values()) == [2, 1, 1]


@behaviour("stepfunctions.retries")
def test_retries_wait_and_catches_catch(
    account: Account, made: dict[str, Any], queues: Queues
) -> None:
    queues.make("q")
    nowhere = {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/none", "MessageBody": "x"}
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 2}
    caught = {"ErrorEquals": ["States.ALL"], "Next": "Rescue", "ResultPath": "$.error"}
    states = {
        "Try": send(queues, {}, Parameters=nowhere, Retry=[retry], Catch=[caught]),
        "Rescue": send(queues, "$.error.Error"),
    }
    client = machine(made, states)
    arn = client.start_execution(stateMachineArn=MACHINE)["executionArn"]
    account.advance(seconds=29)
    assert client.describe_execution(executionArn=arn)["status"] == "RUNNING"
    account.advance(seconds=5)  # 10 s, then twice as long
    assert client.describe_execution(executionArn=arn)["status"] == "SUCCEEDED"
    assert len(queues.take("q")) == 1


def test_branches_and_items_come_back_in_order(
    account: Account, made: dict[str, Any], queues: Queues
) -> None:
    def one(state: dict[str, Any]) -> dict[str, Any]:
        return {"StartAt": "S", "States": {"S": {"End": True, **state}}}

    double = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($, $)"}}
    states = {
        "Both": {
            "Type": "Parallel",
            "Branches": [one({"Type": "Pass", "Result": n}) for n in (1, 2)],
            "Next": "Each",
        },
        "Each": {"Type": "Map", "ItemProcessor": one(double), "End": True},
    }
    client = machine(made, states)
    arn = client.start_execution(stateMachineArn=MACHINE)["executionArn"]
    account.advance(seconds=1)
    output = client.describe_execution(executionArn=arn)["output"]
    assert json.loads(output) == [{"n": 2}, {"n": 4}]


def test_stopping_an_execution_stops_it_at_once(
    account: Account, made: dict[str, Any], queues: Queues
) -> None:
    queues.make("q")
    states = {
        "Wait": {"Type": "Wait", "Seconds": 3600, "Next": "Send"},
        "Send": send(queues, "States.Format('late')"),
    }
    client = machine(made, states)
    arn = client.start_execution(stateMachineArn=MACHINE)["executionArn"]
    account.advance(seconds=10)
    client.stop_execution(executionArn=arn)
    account.advance(hours=2)
    found = client.describe_execution(executionArn=arn)
    assert found["status"] == "ABORTED"
    assert found["stopDate"] - found["startDate"] == timedelta(seconds=10)
    assert queues.take("q") == []


@behaviour("stepfunctions.function_tasks")
def test_a_function_is_a_task_and_its_time_counts(
    account: Account, made: dict[str, Any], seen: Seen
) -> None:
    states = {"Call": {"Type": "Task", "Resource": seen.ARN, "End": True}}
    client = machine(made, states)
    arn = client.start_execution(stateMachineArn=MACHINE, input='{"a": 1}')["executionArn"]
    account.advance(seconds=10)
    found = client.describe_execution(executionArn=arn)
    assert found["status"] == "SUCCEEDED" and json.loads(found["output"]) == {"noted": 1}
    assert found["stopDate"] - found["startDate"] > timedelta(milliseconds=50)
    assert seen.events() == [{"a": 1}]


@behaviour("events.rule_to_state_machine")
def test_a_rule_starts_an_execution_and_hears_of_its_end(
    account: Account, made: dict[str, Any], events: Any, queues: Queues
) -> None:
    client = machine(made, {"Done": {"Type": "Pass", "End": True}})
    put_rule(events)
    with pytest.raises(ClientError, match=f"RoleArn is required for target {MACHINE}"):
        events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": MACHINE}])
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": MACHINE, "RoleArn": ROLE}])
    pattern = {"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"]}}
    put_rule(events, queues.make("q", EVENTS), name="end", EventPattern=json.dumps(pattern))
    publish(events)
    account.advance(seconds=1)
    (execution,) = client.list_executions(stateMachineArn=MACHINE)["executions"]
    (event,) = queues.bodies("q")
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert event["detail"]["executionArn"] == execution["executionArn"]
    assert json.loads(event["detail"]["input"])["detail"] == {"total": 12}


@behaviour("stepfunctions.refused")
@pytest.mark.parametrize(
    ("state", "changes", "message"),
    [
        ({"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"}, {}, "waitForTaskToken"),
        ({"Resource": "arn:aws:states:::states:startExecution.sync"}, {}, "startExecution.sync"),
        ({"Resource": f"arn:aws:states:us-east-1:{ACCOUNT}:activity:a"}, {}, ":activity:a"),
        (
            {"Resource": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"},
            {"TimeoutSeconds": 9},
            "Ti",
        ),
    ],
)
def test_machines_that_would_wait_for_others_are_refused(
    account: Account,
    made: dict[str, Any],
    state: dict[str, Any],
    changes: dict[str, Any],
    message: str,
) -> None:
    parameters = {"QueueUrl": "x", "MessageBody": "y", "Input": {}, "StateMachineArn": MACHINE}
    task = {"Type": "Task", "Parameters": parameters, "End": True, **state}
    client = machine(made, {"Task": task}, **changes)
    with pytest.raises(NotSimulated, match=message):
        client.start_execution(stateMachineArn=MACHINE)
    with pytest.raises(NotSimulated, match="StartSyncExecution"):
        client.start_sync_execution(stateMachineArn=MACHINE)


def test_a_task_that_takes_too_long_times_out(
    account: Account, made: dict[str, Any], seen: Seen
) -> None:
    made["lambda"].update_function_code(
        FunctionName=seen.NAME,
        ZipFile=package("import time\ndef handler(event, context): time.sleep(2)\n"),
    )
    states = {
        "Call": {"Type": "Task", "Resource": seen.ARN, "TimeoutSeconds": 1, "End": True},
    }
    client = machine(made, states)
    arn = client.start_execution(stateMachineArn=MACHINE)["executionArn"]
    account.advance(seconds=30)
    found = client.describe_execution(executionArn=arn)
    assert (found["status"], found["error"]) == ("FAILED", "States.Timeout")


def test_a_machine_that_goes_round_for_ever_fails(
    account: Account, made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "MAX_EVENTS", 100)
    client = machine(made, {"Again": {"Type": "Pass", "Next": "Again"}})
    arn = client.start_execution(stateMachineArn=MACHINE)["executionArn"]
    account.advance(seconds=5)
    found = client.describe_execution(executionArn=arn)
    assert found["status"] == "FAILED" and "number of history events" in found["cause"]
