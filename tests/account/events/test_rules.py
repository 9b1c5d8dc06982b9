"""Rules: putting, matching, and what their targets get."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from tests.account.behaviours import behaviour
from tests.account.events.conftest import ACCOUNT, QUEUES, Queues, Seen, publish, put_rule, total

EVENTS = "events.amazonaws.com"
RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/r"
FIELDS = ("version", "id", "detail-type", "source", "account", "time", "region", "resources")


@behaviour("events.rule_to_queue")
def test_a_matching_event_arrives_whole(events: Any, queues: Queues) -> None:
    put_rule(events, queues.make("q", EVENTS))
    id = publish(events, Resources=["arn:x"])["EventId"]
    publish(events, Source="elsewhere")
    (event,) = queues.bodies("q")
    assert tuple(event) == (*FIELDS, "detail")
    assert event == {
        "version": "0",
        "id": id,
        "detail-type": "Order Placed",
        "source": "shop",
        "account": ACCOUNT,
        "time": "2026-03-17T12:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:x"],
        "detail": {"total": 12},
    }


def test_an_event_may_bring_its_own_time(events: Any, queues: Queues) -> None:
    put_rule(events, queues.make("q", EVENTS))
    publish(events, Time="2026-03-16T10:00:00.7Z")
    assert [each["time"] for each in queues.bodies("q")] == ["2026-03-16T10:00:00Z"]


@behaviour("events.test_event_pattern")
def test_test_event_pattern_answers(events: Any) -> None:
    event = dict.fromkeys(FIELDS[1:], "x") | {"source": "shop", "detail": {"total": 12}}
    for bound, expected in ((10, True), (20, False)):
        pattern = {"detail": {"total": [{"numeric": [">", bound]}]}}
        answer = events.test_event_pattern(
            EventPattern=json.dumps(pattern), Event=json.dumps(event)
        )
        assert answer["Result"] is expected
    with pytest.raises(ClientError, match=r"ValidationException.*Parameter Event is not valid"):
        events.test_event_pattern(EventPattern='{"a": [1]}', Event='{"a": 1}')


@behaviour("events.pattern_errors")
def test_a_bad_pattern_is_refused_with_its_reason(events: Any) -> None:
    with pytest.raises(events.exceptions.InvalidEventPatternException) as caught:
        events.put_rule(Name="r", EventPattern='{"source": "shop"}')
    assert caught.value.response["Error"]["Message"] == (
        'Event pattern is not valid. Reason: "source" must be an object or an array'
    )


@behaviour("events.reserved_source")
def test_entries_fail_one_by_one(events: Any, queues: Queues) -> None:
    put_rule(events, queues.make("q", EVENTS))
    good = {"Source": "shop", "DetailType": "x", "Detail": "{}"}
    answer = events.put_events(
        Entries=[
            good,
            {**good, "Source": "aws.ec2"},
            {**good, "Detail": "[]"},
            {**good, "Detail": "{"},
            {"Source": "shop", "Detail": "{}"},
        ]
    )
    assert answer["FailedEntryCount"] == 4
    assert [each.get("ErrorCode") for each in answer["Entries"]] == [
        None,
        "NotAuthorizedForSourceException",
        "MalformedDetail",
        "MalformedDetail",
        "InvalidArgument",
    ]
    assert "DetailType is a required argument" in answer["Entries"][4]["ErrorMessage"]
    assert len(queues.take("q")) == 1


@behaviour("events.put_events_limits")
def test_too_many_entries_and_too_many_bytes(events: Any) -> None:
    entry = {"Source": "shop", "DetailType": "x", "Detail": "{}"}
    with pytest.raises(ClientError, match="ValidationException.*less than or equal to 10"):
        events.put_events(Entries=[entry] * 11)
    big = {**entry, "Detail": json.dumps({"x": "y" * 524_280})}
    assert events.put_events(Entries=[big])["FailedEntryCount"] == 0
    with pytest.raises(ClientError, match="Total size of the entries in the request is over"):
        events.put_events(Entries=[big, big])


def test_an_unknown_bus_drops_the_event_as_aws_does(account: Account, events: Any) -> None:
    assert "EventId" in publish(events, EventBusName="nowhere")
    assert account.advance(seconds=1)[0]["error"] == "nowhere: no such event bus"


@behaviour("events.custom_bus")
def test_a_custom_bus_has_its_own_rules(events: Any, queues: Queues, made: dict[str, Any]) -> None:
    arn = events.create_event_bus(Name="shop")["EventBusArn"]
    put_rule(events, queues.make("q", EVENTS), EventBusName="shop")
    publish(events)
    assert queues.take("q") == []
    publish(events, EventBusName="shop")
    publish(events, EventBusName=arn)
    assert len(queues.take("q")) == 2
    assert total(made, "Invocations", RuleName="r", EventBusName="shop") == 2
    assert events.describe_rule(Name="r", EventBusName="shop")["Arn"].endswith(":rule/shop/r")


@behaviour("events.rule_to_bus")
def test_from_bus_to_bus_the_event_stays_the_same(events: Any, queues: Queues) -> None:
    arn = events.create_event_bus(Name="audit")["EventBusArn"]
    put_rule(events, arn)
    put_rule(events, queues.make("q", EVENTS), name="all", EventBusName="audit")
    id = publish(events)["EventId"]
    assert [each["id"] for each in queues.bodies("q")] == [id]


@behaviour("events.loops_end")
def test_a_circle_of_buses_is_broken(events: Any, queues: Queues, made: dict[str, Any]) -> None:
    there = events.create_event_bus(Name="there")["EventBusArn"]
    put_rule(events, there)
    back = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
    put_rule(events, back, name="back", EventBusName="there")
    publish(events)
    assert total(made, "Invocations", RuleName="r") == 1
    assert total(made, "DeadLetterInvocations", RuleName="r") == 1


# -- targets -----------------------------------------------------------------------------------


@behaviour("events.resource_policy")
def test_without_permission_the_event_is_lost_silently(
    account: Account, events: Any, queues: Queues, made: dict[str, Any]
) -> None:
    put_rule(events, queues.make("q"))
    assert "EventId" in publish(events)
    assert queues.take("q") == []
    assert total(made, "FailedInvocations", RuleName="r") == 1
    assert account.advance(seconds=1)[0]["error"].startswith("NO_PERMISSIONS: ")
    queues.open_to("q", EVENTS, Condition={"ArnEquals": {"aws:SourceArn": RULE}})
    publish(events)
    assert len(queues.take("q")) == 1
    queues.open_to("q", EVENTS, Condition={"ArnEquals": {"aws:SourceArn": RULE + "2"}})
    publish(events)
    assert queues.take("q") == []


@behaviour("events.rule_to_topic")
def test_a_topic_gets_the_event_as_its_message(
    events: Any, queues: Queues, made: dict[str, Any]
) -> None:
    sns = made["sns"]
    topic = sns.create_topic(Name="t")["TopicArn"]
    queue = queues.make("q", "sns.amazonaws.com")
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"}
    )
    put_rule(events, topic)
    publish(events)
    assert queues.take("q") == [], "the default policy of a topic does not let EventBridge in"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": EVENTS},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=json.dumps({"Statement": [statement]}),
    )
    publish(events)
    assert [each["detail"] for each in queues.bodies("q")] == [{"total": 12}]


@behaviour("events.rule_to_function")
def test_a_function_is_invoked_with_the_event(
    account: Account, events: Any, seen: Seen, made: dict[str, Any]
) -> None:
    arn = put_rule(events, seen.ARN)
    publish(events)
    account.advance(seconds=5)
    assert seen.events() == []
    assert total(made, "FailedInvocations", RuleName="r") == 1
    seen.let_in(EVENTS, arn)
    publish(events)
    account.advance(seconds=5)
    assert [each["detail"] for each in seen.events()] == [{"total": 12}]


@behaviour("events.rule_to_stream")
def test_a_stream_gets_a_record_by_the_events_id(events: Any, made: dict[str, Any]) -> None:
    stream = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/clicks"
    put_rule(events)
    target = {"Id": "1", "Arn": stream, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/x"}
    events.put_targets(Rule="r", Targets=[target])
    id = publish(events)["EventId"]
    kinesis = made["kinesis"]
    shard = kinesis.list_shards(StreamName="clicks")["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(
        StreamName="clicks", ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    (record,) = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert record["PartitionKey"] == id and json.loads(record["Data"])["id"] == id


@behaviour("events.rule_to_log_group")
def test_a_log_group_must_have_the_name_that_eventbridge_may_write_to(
    events: Any, made: dict[str, Any]
) -> None:
    logs = made["logs"]
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:"
    for name in ("/aws/events/shop", "/shop/events"):
        logs.create_log_group(logGroupName=name)
    put_rule(events, arn + "/aws/events/shop")
    put_rule(events, arn + "/shop/events", name="other")
    publish(events)
    found = logs.filter_log_events(logGroupName="/aws/events/shop")["events"]
    assert [json.loads(each["message"])["detail"] for each in found] == [{"total": 12}]
    assert logs.filter_log_events(logGroupName="/shop/events")["events"] == []
    assert total(made, "FailedInvocations", RuleName="other") == 1


def test_a_log_groups_template_says_what_the_message_is(events: Any, made: dict[str, Any]) -> None:
    made["logs"].create_log_group(logGroupName="/aws/events/shop")
    put_rule(events)
    template = '{"timestamp": <time>, "message": "total <total>"}'
    transformer = {
        "InputPathsMap": {"time": "$.time", "total": "$.detail.total"},
        "InputTemplate": template,
    }
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/shop"
    target = {"Id": "1", "Arn": arn, "InputTransformer": transformer}
    events.put_targets(Rule="r", Targets=[target])
    publish(events)
    found = made["logs"].filter_log_events(logGroupName="/aws/events/shop")["events"]
    assert [each["message"] for each in found] == ["total 12"]


@behaviour("events.input")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Input": '{"a": 1}'}, {"a": 1}),
        ({"InputPath": "$.detail"}, {"total": 12}),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"n": "$.detail.total", "s": "$.source"},
                    "InputTemplate": '{"n": <n>, "s": <s>, "text": "<s> <n>", '
                    '"rule": "<aws.events.rule-name>"}',
                }
            },
            {"n": 12, "s": "shop", "text": "shop 12", "rule": "r"},
        ),
    ],
)
def test_a_target_gets_what_its_input_says(
    events: Any, queues: Queues, changes: dict[str, Any], expected: Any
) -> None:
    put_rule(events)
    target = {"Id": "1", "Arn": queues.make("q", EVENTS), **changes}
    events.put_targets(Rule="r", Targets=[target])
    publish(events)
    assert queues.bodies("q") == [expected]


def test_a_fifo_queue_needs_a_message_group(events: Any, queues: Queues) -> None:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    arn = queues.make("q.fifo", EVENTS, **attributes)
    put_rule(events)
    with pytest.raises(ClientError, match="SqsParameters must be specified for target: 1"):
        events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    target = {"Id": "1", "Arn": arn, "SqsParameters": {"MessageGroupId": "g"}}
    events.put_targets(Rule="r", Targets=[target])
    publish(events)
    (message,) = queues.take("q.fifo")
    assert message["Attributes"]["MessageGroupId"] == "g"


# -- retries and dead letters ------------------------------------------------------------------


def labels(message: dict[str, Any]) -> dict[str, str]:
    return {
        name: each["StringValue"] for name, each in message.get("MessageAttributes", {}).items()
    }


@behaviour("events.dead_letters")
def test_what_no_retry_would_mend_goes_to_the_dead_letter_queue_at_once(
    events: Any, queues: Queues, made: dict[str, Any]
) -> None:
    put_rule(events)
    dead = queues.make("dead", EVENTS)
    target = {"Id": "1", "Arn": queues.make("q"), "DeadLetterConfig": {"Arn": dead}}
    events.put_targets(Rule="r", Targets=[target])
    publish(events)
    (message,) = queues.take("dead")
    assert json.loads(message["Body"])["detail"] == {"total": 12}
    found = labels(message)
    assert found.pop("ERROR_MESSAGE").startswith(f"{EVENTS} is not authorized to perform")
    assert found == {
        "RULE_ARN": RULE,
        "TARGET_ARN": QUEUES + "q",
        "ERROR_CODE": "NO_PERMISSIONS",
        "RETRY_ATTEMPTS": "0",
    }
    assert total(made, "InvocationsSentToDlq", RuleName="r") == 1


def test_a_dead_letter_queue_that_is_closed_is_counted(
    events: Any, queues: Queues, made: dict[str, Any]
) -> None:
    put_rule(events)
    target = {"Id": "1", "Arn": QUEUES + "none", "DeadLetterConfig": {"Arn": queues.make("dead")}}
    events.put_targets(Rule="r", Targets=[target])
    publish(events)
    assert queues.take("dead") == []
    assert total(made, "InvocationsFailedToBeSentToDlq", RuleName="r") == 1


@behaviour("events.retries")
def test_other_failures_are_retried_until_the_policy_ends(
    account: Account, events: Any, queues: Queues, made: dict[str, Any]
) -> None:
    """A FIFO queue without content-based deduplication refuses every message of a rule."""
    arn = queues.make("q.fifo", EVENTS, FifoQueue="true")
    put_rule(events)
    target = {
        "Id": "1",
        "Arn": arn,
        "SqsParameters": {"MessageGroupId": "g"},
        "RetryPolicy": {"MaximumRetryAttempts": 3},
        "DeadLetterConfig": {"Arn": queues.make("dead", EVENTS)},
    }
    events.put_targets(Rule="r", Targets=[target])
    publish(events)
    assert queues.take("dead") == [], "no deduplication id: refused, and tried again"
    account.advance(minutes=1)
    (message,) = queues.take("dead")
    found = labels(message)
    assert found["RETRY_ATTEMPTS"] == "3"
    assert found["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert total(made, "RetryInvocationAttempts", RuleName="r") == 3
    assert total(made, "Invocations", RuleName="r") == 1


def test_an_old_event_is_given_up(account: Account, events: Any, queues: Queues) -> None:
    arn = queues.make("q.fifo", EVENTS, FifoQueue="true")
    put_rule(events)
    target = {
        "Id": "1",
        "Arn": arn,
        "SqsParameters": {"MessageGroupId": "g"},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 60},
        "DeadLetterConfig": {"Arn": queues.make("dead", EVENTS)},
    }
    events.put_targets(Rule="r", Targets=[target])
    publish(events)
    account.advance(minutes=2)
    (message,) = queues.take("dead")
    assert labels(message)["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


def test_a_retry_that_succeeds_is_one_invocation(
    account: Account, events: Any, queues: Queues, made: dict[str, Any]
) -> None:
    arn = queues.make("q.fifo", EVENTS, FifoQueue="true")
    put_rule(events)
    target = {"Id": "1", "Arn": arn, "SqsParameters": {"MessageGroupId": "g"}}
    events.put_targets(Rule="r", Targets=[target])
    publish(events)
    account.advance(seconds=10)
    made["sqs"].set_queue_attributes(
        QueueUrl=queues.url("q.fifo"), Attributes={"ContentBasedDeduplication": "true"}
    )
    queues.open_to("q.fifo", EVENTS)
    account.advance(minutes=2)
    assert len(queues.take("q.fifo")) == 1
    assert total(made, "Invocations", RuleName="r") == 1
    assert total(made, "FailedInvocations", RuleName="r") == 0


# -- the life of a rule ------------------------------------------------------------------------


def test_a_disabled_rule_takes_nothing(events: Any, queues: Queues) -> None:
    put_rule(events, queues.make("q", EVENTS))
    events.disable_rule(Name="r")
    publish(events)
    events.enable_rule(Name="r")
    publish(events)
    assert len(queues.take("q")) == 1
    assert events.describe_rule(Name="r")["State"] == "ENABLED"


def test_a_rule_put_again_keeps_its_targets_and_loses_the_rest(events: Any, queues: Queues) -> None:
    put_rule(events, queues.make("q", EVENTS), Description="old")
    put_rule(events, EventPattern='{"source": ["other"]}')
    publish(events, Source="other")
    assert len(queues.take("q")) == 1
    assert "Description" not in events.describe_rule(Name="r")


def test_rules_are_listed_by_page_and_by_target(events: Any, queues: Queues) -> None:
    arn = queues.make("q", EVENTS)
    for n in range(5):
        put_rule(events, arn, name=f"r{n}")
    first = events.list_rules(NamePrefix="r", Limit=3)
    rest = events.list_rules(NamePrefix="r", Limit=3, NextToken=first["NextToken"])
    names = [each["Name"] for each in first["Rules"] + rest["Rules"]]
    assert names == [f"r{n}" for n in range(5)] and "NextToken" not in rest
    assert events.list_rule_names_by_target(TargetArn=arn)["RuleNames"] == names
    assert events.list_targets_by_rule(Rule="r0")["Targets"] == [{"Id": "1", "Arn": arn}]


def test_a_rule_with_targets_is_not_deleted(events: Any, queues: Queues) -> None:
    put_rule(events, queues.make("q", EVENTS))
    with pytest.raises(ClientError, match="Rule can't be deleted since it has targets"):
        events.delete_rule(Name="r")
    removed = events.remove_targets(Rule="r", Ids=["1", "2"])
    assert [each["TargetId"] for each in removed["FailedEntries"]] == ["2"]
    events.delete_rule(Name="r")
    events.delete_rule(Name="r")
    assert events.list_rules()["Rules"] == []


def test_buses_are_made_described_and_deleted(events: Any) -> None:
    events.create_event_bus(Name="shop", Description="d", Tags=[{"Key": "a", "Value": "1"}])
    with pytest.raises(events.exceptions.ResourceAlreadyExistsException):
        events.create_event_bus(Name="shop")
    found = events.describe_event_bus(Name="shop")
    assert found["Description"] == "d"
    assert [each["Name"] for each in events.list_event_buses()["EventBuses"]] == [
        "default",
        "shop",
    ]
    events.tag_resource(ResourceARN=found["Arn"], Tags=[{"Key": "b", "Value": "2"}])
    events.untag_resource(ResourceARN=found["Arn"], TagKeys=["a"])
    tags = events.list_tags_for_resource(ResourceARN=found["Arn"])["Tags"]
    assert tags == [{"Key": "b", "Value": "2"}]
    put_rule(events, EventBusName="shop")
    with pytest.raises(ClientError, match="can't be deleted since it has rules"):
        events.delete_event_bus(Name="shop")
    events.delete_rule(Name="r", EventBusName="shop")
    events.update_event_bus(Name="shop", Description="e")
    assert events.describe_event_bus(Name="shop")["Description"] == "e"
    events.delete_event_bus(Name="shop")
    with pytest.raises(ClientError, match="Cannot delete event bus default"):
        events.delete_event_bus(Name="default")


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        ("put_rule", {"Name": "r"}, "ValidationException", "must be specified"),
        (
            "put_rule",
            {"Name": "a b", "EventPattern": '{"a": [1]}'},
            "ValidationException",
            "'name'",
        ),
        (
            "put_rule",
            {"Name": "r", "EventPattern": '{"a": [1]}', "EventBusName": "none"},
            "ResourceNotFoundException",
            "Event bus none does not exist.",
        ),
        ("put_rule", {"Name": "r", "ScheduleExpression": "rate(1 minutes)"}, "Valid", "not valid"),
        (
            "put_rule",
            {"Name": "r", "ScheduleExpression": "at(2026-03-18T00:00:00)"},
            "Valid",
            "not",
        ),
        (
            "describe_rule",
            {"Name": "none"},
            "ResourceNotFoundException",
            "Rule none does not exist",
        ),
        ("enable_rule", {"Name": "none"}, "ResourceNotFoundException", "on EventBus default."),
        ("list_targets_by_rule", {"Rule": "none"}, "ResourceNotFoundException", "Rule none"),
        ("list_rules", {"NextToken": "x"}, "ValidationException", "nextToken is invalid"),
        ("describe_event_bus", {"Name": "none"}, "ResourceNotFoundException", "Event bus none"),
        ("create_event_bus", {"Name": "a/b"}, "ValidationException", "must not contain '/'"),
        (
            "list_tags_for_resource",
            {"ResourceARN": "arn:aws:events:us-east-1:1:rule/x"},
            "ResourceNotFoundException",
            "does not exist",
        ),
    ],
)
def test_mistakes_get_awss_own_errors(
    events: Any, operation: str, parameters: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(events, operation)(**parameters)
    assert caught.value.response["Error"]["Code"].startswith(code)
    assert message in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"Arn": "nonsense"}, "Provided Arn is not in correct format"),
        ({"Arn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"}, "RoleArn is required"),
        ({"Arn": QUEUES + "q", "Input": "{"}, "JSON syntax error in input for target 1"),
        ({"Arn": QUEUES + "q", "Input": "1", "InputPath": "$"}, "Only one of Input"),
        (
            {"Arn": QUEUES + "q", "InputTransformer": {"InputTemplate": "<x>"}},
            "InputTemplate for target 1 contains invalid placeholder x.",
        ),
    ],
)
def test_bad_targets_are_refused(events: Any, target: dict[str, Any], message: str) -> None:
    put_rule(events)
    with pytest.raises(ClientError, match="ValidationException") as caught:
        events.put_targets(Rule="r", Targets=[{"Id": "1", **target}])
    assert message in caught.value.response["Error"]["Message"]


def test_a_rule_has_at_most_five_targets(events: Any, queues: Queues) -> None:
    put_rule(events)
    targets = [{"Id": str(n), "Arn": QUEUES + f"q{n}"} for n in range(6)]
    with pytest.raises(events.exceptions.LimitExceededException):
        events.put_targets(Rule="r", Targets=targets)


@behaviour("events.other_targets")
@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/c",
        f"arn:aws:sqs:us-west-2:{ACCOUNT}:q",
        "arn:aws:sqs:us-east-1:999999999999:q",
    ],
)
def test_targets_that_nothing_could_be_delivered_to_are_refused(events: Any, arn: str) -> None:
    put_rule(events)
    with pytest.raises(NotSimulated):
        events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])


@behaviour("events.partner_and_api_destinations")
def test_what_is_left_out_says_so(events: Any) -> None:
    with pytest.raises(NotSimulated, match="one account"):
        events.put_permission(Action="events:PutEvents", Principal="*", StatementId="s")
    with pytest.raises(NotSimulated, match="web address"):
        events.create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters={})
    with pytest.raises(NotSimulated, match="partner"):
        events.create_event_bus(Name="aws.partner.x", EventSourceName="aws.partner.x")
