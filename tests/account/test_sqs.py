"""SQS: queues, messages, visibility, dead letters, through plain boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

import course.account
from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD
from tests.account.queues import Queue, redrive, text

FULL = 1_048_576


@pytest.fixture
def sqs(account: Account, clients: dict[str, Any]) -> Any:
    return clients["sqs"]


@pytest.fixture
def queue(sqs: Any) -> Queue:
    return Queue(sqs, "q")


def refused(code: str, words: str = "") -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\).*{words}")


# -- queues ----------------------------------------------------------------------------------------


def test_a_queue_has_aws_defaults(queue: Queue) -> None:
    found = queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])
    assert found["Attributes"] == {
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "CreatedTimestamp": "1773748800",
        "DelaySeconds": "0",
        "LastModifiedTimestamp": "1773748800",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": "arn:aws:sqs:us-east-1:123456789012:q",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "30",
    }


def test_making_the_same_queue_again_finds_it(sqs: Any) -> None:
    first = Queue(sqs, "q", VisibilityTimeout=5)
    assert Queue(sqs, "q", VisibilityTimeout=5).url == first.url == Queue(sqs, "q").url
    with pytest.raises(sqs.exceptions.QueueNameExists, match="attribute VisibilityTimeout"):
        Queue(sqs, "q", VisibilityTimeout=6)


def test_lists_by_prefix_and_in_pages(sqs: Any) -> None:
    for name in ("a1", "a2", "a3", "b"):
        Queue(sqs, name)
    pages = sqs.get_paginator("list_queues").paginate(
        QueueNamePrefix="a", PaginationConfig={"PageSize": 2}
    )
    found = [[url.rpartition("/")[2] for url in page["QueueUrls"]] for page in pages]
    assert found == [["a1", "a2"], ["a3"]]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="nothing")


def test_a_deleted_queue_is_gone_and_its_name_rests(
    account: Account, sqs: Any, queue: Queue
) -> None:
    sqs.delete_queue(QueueUrl=queue.url)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
        queue.send()
    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    with pytest.raises(sqs.exceptions.QueueDeletedRecently, match="60 seconds"):
        Queue(sqs, "q")
    account.advance(seconds=60)
    assert Queue(sqs, "q").bodies() == []


@behaviour("sqs.purge")
def test_purging_empties_once_a_minute(account: Account, sqs: Any, queue: Queue) -> None:
    queue.send_all([str(number) for number in range(5)])
    queue.receive(2)
    sqs.purge_queue(QueueUrl=queue.url)
    assert queue.depth() == (0, 0, 0)
    with pytest.raises(sqs.exceptions.PurgeQueueInProgress, match="every 60 seconds"):
        sqs.purge_queue(QueueUrl=queue.url)
    account.advance(seconds=60)
    sqs.purge_queue(QueueUrl=queue.url)


def test_tags_and_permissions(sqs: Any, queue: Queue) -> None:
    sqs.tag_queue(QueueUrl=queue.url, Tags={"team": "shop", "cost": "1"})
    sqs.untag_queue(QueueUrl=queue.url, TagKeys=["cost", "none"])
    assert sqs.list_queue_tags(QueueUrl=queue.url)["Tags"] == {"team": "shop"}
    sqs.add_permission(
        QueueUrl=queue.url, Label="share", AWSAccountIds=["111122223333"], Actions=["SendMessage"]
    )
    (statement,) = json.loads(queue.attribute("Policy"))["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert (statement["Action"], statement["Resource"]) == ("SQS:SendMessage", queue.arn)
    with refused("InvalidParameterValue", "Already exists"):
        sqs.add_permission(
            QueueUrl=queue.url, Label="share", AWSAccountIds=["1"], Actions=["SendMessage"]
        )
    sqs.remove_permission(QueueUrl=queue.url, Label="share")
    assert queue.attribute("Policy") == "None"


def test_encryption_is_stored_one_kind_at_a_time(queue: Queue) -> None:
    queue.set(KmsMasterKeyId="alias/aws/sqs")
    assert queue.attribute("SqsManagedSseEnabled") == "false"
    with refused("InvalidAttributeName", "one type of server-side"):
        queue.set(SqsManagedSseEnabled="true")


@behaviour("sqs.validation")
@pytest.mark.parametrize(
    ("name", "attributes", "code"),
    [
        ("a b", {}, "InvalidParameterValue"),
        ("x" * 81, {}, "InvalidParameterValue"),
        ("q.fifo", {"FifoQueue": "false"}, "InvalidParameterValue"),
        ("q", {"FifoQueue": "false"}, "InvalidAttributeName"),
        ("q", {"FifoQueue": "true"}, "InvalidParameterValue"),
        ("q", {"VisibilityTimeout": "43201"}, "InvalidAttributeValue"),
        ("q", {"DelaySeconds": "901"}, "InvalidAttributeValue"),
        ("q", {"MaximumMessageSize": "1048577"}, "InvalidAttributeValue"),
        ("q", {"MessageRetentionPeriod": "59"}, "InvalidAttributeValue"),
        ("q", {"ReceiveMessageWaitTimeSeconds": "x"}, "InvalidAttributeValue"),
        ("q", {"Policy": "no json"}, "InvalidAttributeValue"),
        ("q", {"Color": "red"}, "InvalidAttributeName"),
        ("q", {"QueueArn": "a"}, "InvalidAttributeName"),
        ("q", {"ContentBasedDeduplication": "true"}, "InvalidAttributeName"),
        ("q", {"RedrivePolicy": "no json"}, "InvalidParameterValue"),
        ("q", {"RedrivePolicy": "{}"}, "InvalidParameterValue"),
        ("q", {"RedriveAllowPolicy": '{"redrivePermission": "some"}'}, "InvalidParameterValue"),
    ],
)
def test_what_a_queue_cannot_be(sqs: Any, name: str, attributes: dict[str, str], code: str) -> None:
    with refused(code):
        sqs.create_queue(QueueName=name, Attributes=attributes)


# -- messages --------------------------------------------------------------------------------------


@behaviour("sqs.messages")
def test_a_message_comes_as_it_was_sent(account: Account, queue: Queue) -> None:
    attributes = {
        "kind": {"DataType": "String", "StringValue": "order"},
        "total": {"DataType": "Number.euro", "StringValue": "12.5"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3f"}}
    sent = queue.send("héllo\n", MessageAttributes=attributes, MessageSystemAttributes=trace)
    account.advance(seconds=2)
    (message,) = queue.receive()
    assert message["MessageId"] == sent["MessageId"]
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"]
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Body"] == "héllo\n" and message["MessageAttributes"] == attributes
    system = message["Attributes"]
    assert system.pop("SenderId").startswith("AIDA")
    assert system == {
        "ApproximateFirstReceiveTimestamp": "1773748802000",
        "ApproximateReceiveCount": "1",
        "AWSTraceHeader": "Root=1-5759e988-bd862e3f",
        "SentTimestamp": "1773748800000",
    }


def test_only_the_attributes_that_are_asked_for(sqs: Any, queue: Queue) -> None:
    given = {"DataType": "String", "StringValue": "x"}
    queue.send(MessageAttributes={"a.one": given, "a.two": given, "b": given})
    answer = sqs.receive_message(
        QueueUrl=queue.url,
        AttributeNames=["ApproximateReceiveCount"],
        MessageAttributeNames=["a.*"],
        VisibilityTimeout=0,
    )
    (message,) = answer["Messages"]
    assert message["Attributes"] == {"ApproximateReceiveCount": "1"}
    assert sorted(message["MessageAttributes"]) == ["a.one", "a.two"]
    (message,) = sqs.receive_message(QueueUrl=queue.url)["Messages"]
    assert not {"Attributes", "MessageAttributes"} & set(message)
    with refused("InvalidAttributeName"):
        sqs.receive_message(QueueUrl=queue.url, MessageSystemAttributeNames=["Color"])


@behaviour("sqs.size_limit")
def test_a_message_may_have_one_mebibyte_attributes_included(queue: Queue) -> None:
    queue.send("x" * FULL)
    with refused("InvalidParameterValue", "shorter than 1048576 bytes"):
        queue.send("é" * (FULL // 2) + "x")
    one = {"a": {"DataType": "String", "StringValue": "y"}}
    queue.send("x" * (FULL - 8), MessageAttributes=one)  # 1 + 6 + 1 bytes of attribute
    with refused("InvalidParameterValue", "shorter than"):
        queue.send("x" * (FULL - 7), MessageAttributes=one)
    queue.set(MaximumMessageSize="1024")
    with refused("InvalidParameterValue", "shorter than 1024 bytes"):
        queue.send("x" * 1025)


@behaviour("sqs.size_limit")
def test_a_batch_may_have_one_mebibyte_in_all(sqs: Any, queue: Queue) -> None:
    entries = [{"Id": str(number), "MessageBody": "x" * (FULL // 2)} for number in range(2)]
    assert len(sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)["Successful"]) == 2
    entries.append({"Id": "more", "MessageBody": "x"})
    with pytest.raises(sqs.exceptions.BatchRequestTooLong, match="You have sent 1048577 bytes"):
        sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)


BAD = {"DataType": "String", "StringValue": "x"}


@behaviour("sqs.validation")
@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"MessageBody": ""}, "MissingParameter"),
        ({"MessageBody": "a\x00b"}, "InvalidMessageContents"),
        ({"MessageBody": "a\uffffb"}, "InvalidMessageContents"),
        ({"DelaySeconds": 901}, "InvalidParameterValue"),
        ({"MessageDeduplicationId": "d"}, "InvalidParameterValue"),
        ({"MessageGroupId": "with space"}, "InvalidParameterValue"),
        ({"MessageAttributes": {f"a{n}": BAD for n in range(11)}}, "InvalidParameterValue"),
        ({"MessageAttributes": {"AWS.x": BAD}}, "InvalidParameterValue"),
        ({"MessageAttributes": {"a..b": BAD}}, "InvalidParameterValue"),
        ({"MessageAttributes": {"a": {**BAD, "DataType": "Date"}}}, "InvalidParameterValue"),
        ({"MessageAttributes": {"a": {**BAD, "StringValue": ""}}}, "InvalidParameterValue"),
        ({"MessageAttributes": {"a": {**BAD, "DataType": "Number"}}}, "InvalidParameterValue"),
    ],
)
def test_messages_that_are_refused(queue: Queue, parameters: dict[str, Any], code: str) -> None:
    with refused(code):
        queue.sqs.send_message(**{"QueueUrl": queue.url, "MessageBody": "m", **parameters})
    assert queue.depth() == (0, 0, 0)


@behaviour("sqs.validation")
@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([str(number) for number in range(11)], "TooManyEntriesInBatchRequest"),
        (["a", "a"], "BatchEntryIdsNotDistinct"),
        (["a b"], "InvalidBatchEntryId"),
        (["x" * 81], "InvalidBatchEntryId"),
    ],
)
def test_batches_that_are_refused(queue: Queue, entries: list[str], code: str) -> None:
    made = [{"Id": id, "MessageBody": "m"} for id in entries]
    with refused(f"AWS.SimpleQueueService.{code}"):
        queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=made)


def test_a_batch_fails_entry_by_entry(queue: Queue) -> None:
    entries = [{"Id": "good", "MessageBody": "m"}, {"Id": "bad", "MessageBody": "\x01"}]
    answer = queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["good"]
    (failed,) = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == (
        "bad",
        "InvalidMessageContents",
        True,
    )


@behaviour("sqs.validation")
@pytest.mark.parametrize(
    "parameters",
    [
        {"MaxNumberOfMessages": 11},
        {"MaxNumberOfMessages": 0},
        {"WaitTimeSeconds": 21},
        {"VisibilityTimeout": 43_201},
        {"ReceiveRequestAttemptId": "a"},
    ],
)
def test_receives_that_are_refused(queue: Queue, parameters: dict[str, Any]) -> None:
    with refused("InvalidParameterValue"):
        queue.sqs.receive_message(QueueUrl=queue.url, **parameters)


@behaviour("sqs.order")
def test_a_standard_queue_keeps_the_order_roughly(queue: Queue) -> None:
    sent = [f"{number:03}" for number in range(200)]
    queue.send_all(sent)
    got = queue.empty()
    assert sorted(got) == sent and got != sent
    assert max(abs(got.index(body) - place) for place, body in enumerate(sent)) <= 6


def test_the_same_account_gives_the_same_order_and_ids(clients: dict[str, Any]) -> None:
    def run() -> list[tuple[str, str, str]]:
        with course.account.open(WORLD):
            queue = Queue(clients["sqs"], "q")
            queue.send_all([str(number) for number in range(50)])
            found = []
            while messages := queue.receive():
                found += [(m["MessageId"], m["ReceiptHandle"], m["Body"]) for m in messages]
            return found

    assert run() == run()


# -- visibility ------------------------------------------------------------------------------------


@behaviour("sqs.visibility")
def test_a_message_comes_back_when_its_visibility_timeout_is_over(
    account: Account, queue: Queue
) -> None:
    queue.send()
    (first,) = queue.receive()
    assert queue.depth() == (0, 1, 0) and queue.receive() == []
    account.advance(seconds=29)
    assert queue.receive() == []
    account.advance(seconds=1)
    (second,) = queue.receive(VisibilityTimeout=100)
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    account.advance(seconds=99)
    assert queue.receive() == []


@behaviour("sqs.visibility")
def test_the_timeout_can_be_changed_from_now_on(account: Account, queue: Queue) -> None:
    queue.send()
    (message,) = queue.receive()
    account.advance(seconds=20)
    queue.hide(message, 30)
    account.advance(seconds=29)
    assert queue.receive() == []
    queue.hide(message, 0)
    (message,) = queue.receive()
    account.advance(hours=12)
    with refused("AWS.SimpleQueueService.MessageNotInflight"):
        queue.hide(message, 1)
    queue.delete(message)
    with refused("InvalidParameterValue", "not available for visibility timeout change"):
        queue.hide(message, 1)


@behaviour("sqs.visibility")
def test_a_message_is_invisible_for_twelve_hours_at_most(account: Account, queue: Queue) -> None:
    queue.send()
    (message,) = queue.receive(VisibilityTimeout=3600)
    account.advance(seconds=1800)
    queue.hide(message, 43_200 - 1800)
    with refused("InvalidParameterValue", r"beyond the limit \[43200 seconds\]"):
        queue.hide(message, 43_200 - 1799)


def test_timeouts_change_in_batches(account: Account, queue: Queue) -> None:
    queue.send_all(["a", "b"])
    first, second = queue.receive()
    entries = [
        {"Id": "a", "ReceiptHandle": first["ReceiptHandle"], "VisibilityTimeout": 0},
        {"Id": "b", "ReceiptHandle": second["ReceiptHandle"], "VisibilityTimeout": 43_201},
        {"Id": "c", "ReceiptHandle": "nonsense", "VisibilityTimeout": 1},
    ]
    answer = queue.sqs.change_message_visibility_batch(QueueUrl=queue.url, Entries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["a"]
    assert [each["Code"] for each in answer["Failed"]] == [
        "InvalidParameterValue",
        "ReceiptHandleIsInvalid",
    ]
    assert queue.bodies() == [first["Body"]]


@behaviour("sqs.stale_handle")
def test_an_old_receipt_handle_deletes_nothing(account: Account, queue: Queue) -> None:
    queue.send()
    (first,) = queue.receive()
    account.advance(seconds=30)
    (second,) = queue.receive()
    queue.delete(first)
    assert queue.depth() == (0, 1, 0)
    account.advance(seconds=30)
    queue.delete(second)  # its last handle, though it is visible again
    queue.delete(second)
    assert queue.depth() == (0, 0, 0)
    for handle in ("nonsense", "AQEBNQ==", second["ReceiptHandle"]):
        other = Queue(queue.sqs, "other")
        with refused("ReceiptHandleIsInvalid"):
            other.delete({"ReceiptHandle": handle})


@behaviour("sqs.delay")
def test_messages_can_be_delayed_by_themselves_or_by_the_queue(account: Account, sqs: Any) -> None:
    queue = Queue(sqs, "slow", DelaySeconds=60)
    queue.send("queue")
    queue.send("own", DelaySeconds=5)
    queue.send("none", DelaySeconds=0)
    assert queue.depth() == (1, 0, 2) and queue.bodies() == ["none"]
    account.advance(seconds=5)
    assert queue.bodies() == ["own"]
    queue.set(DelaySeconds=0)  # a standard queue's new delay is not for messages that wait already
    account.advance(seconds=54)
    assert "queue" not in queue.bodies()
    account.advance(seconds=1)
    assert "queue" in queue.bodies()


@behaviour("sqs.retention")
def test_messages_are_kept_for_the_retention_period(account: Account, sqs: Any) -> None:
    queue = Queue(sqs, "short", MessageRetentionPeriod=60)
    queue.send("in flight")
    queue.receive()
    account.advance(seconds=30)
    queue.send("young")
    account.advance(seconds=30)
    assert queue.depth() == (1, 0, 0) and queue.bodies() == ["young"]


@behaviour("sqs.in_flight_limit")
def test_too_many_messages_in_flight(
    sqs: Any, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    from course.account.queues import queue as module

    assert module.MOST_IN_FLIGHT == 120_000
    monkeypatch.setattr(module, "MOST_IN_FLIGHT", 3)
    queue.send_all([str(number) for number in range(5)])
    assert len(queue.receive()) == 3
    with refused("OverLimit"):
        queue.receive()
    assert queue.receive(WaitTimeSeconds=1) == []
    ordered = Queue(sqs, "q.fifo", ContentBasedDeduplication="true")
    for number in range(5):
        ordered.send(str(number), MessageGroupId=str(number))
    assert len(ordered.receive()) == 3
    assert ordered.receive() == []


# -- long polling ----------------------------------------------------------------------------------


@behaviour("sqs.long_polling")
def test_a_long_poll_takes_time_until_something_arrives(account: Account, queue: Queue) -> None:
    start = account.now
    assert queue.receive(WaitTimeSeconds=20) == []
    assert (account.now - start).total_seconds() == 20
    queue.send("late", DelaySeconds=7)
    assert queue.bodies(WaitTimeSeconds=20) == ["late"]
    assert (account.now - start).total_seconds() == 27
    queue.send("now")
    assert queue.bodies(WaitTimeSeconds=20) == ["now"]
    assert (account.now - start).total_seconds() == 27


@behaviour("sqs.long_polling")
def test_what_happens_meanwhile_ends_a_long_poll(
    account: Account, sqs: Any, cloudwatch: Any, inbox: Any
) -> None:
    from tests.account.conftest import put_alarm

    put_alarm(cloudwatch, AlarmActions=[inbox.topic], TreatMissingData="breaching")
    url = sqs.get_queue_url(QueueName="inbox")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"ReceiveMessageWaitTimeSeconds": "20"})
    account.advance(seconds=51)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["NewStateValue"] == "ALARM"
    assert account.now.second == 0


def test_a_queue_that_vanishes_ends_a_long_poll(account: Account, sqs: Any, queue: Queue) -> None:
    account._home.agenda.at(
        account._home.now + 3000,
        lambda: account._home.clients("sqs").delete_queue(QueueUrl=queue.url),
    )
    assert queue.receive(WaitTimeSeconds=20) == []
    assert account.now.second == 3


# -- dead letters ----------------------------------------------------------------------------------


@behaviour("sqs.redrive")
def test_a_message_received_too_often_goes_to_the_dead_letter_queue(
    account: Account, sqs: Any
) -> None:
    dead = Queue(sqs, "dead")
    queue = Queue(sqs, "live", RedrivePolicy=redrive(dead, 2), VisibilityTimeout=10)
    sent = queue.send("poison")
    for count in ("1", "2"):
        (message,) = queue.receive()
        assert message["Attributes"]["ApproximateReceiveCount"] == count
        account.advance(seconds=10)
    assert dead.receive() == []
    assert queue.receive() == []
    (message,) = dead.receive()
    assert message["MessageId"] == sent["MessageId"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "3"
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == queue.arn
    assert message["Attributes"]["SentTimestamp"] == "1773748800000"
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead.url)["queueUrls"] == [queue.url]


@behaviour("sqs.redrive")
def test_the_age_of_a_message_goes_on_in_the_dead_letter_queue(account: Account, sqs: Any) -> None:
    dead = Queue(sqs, "dead", MessageRetentionPeriod=120)
    queue = Queue(sqs, "live", RedrivePolicy=redrive(dead, 1), MessageRetentionPeriod=120)
    queue.send()
    queue.receive()
    account.advance(seconds=100)
    assert queue.receive() == [] and dead.depth() == (1, 0, 0)
    account.advance(seconds=20)
    assert dead.depth() == (0, 0, 0)


@behaviour("sqs.redrive")
def test_without_its_dead_letter_queue_a_message_stays(account: Account, sqs: Any) -> None:
    dead = Queue(sqs, "dead")
    queue = Queue(sqs, "live", RedrivePolicy=redrive(dead, 1), VisibilityTimeout=0)
    queue.send()
    sqs.delete_queue(QueueUrl=dead.url)
    assert [len(queue.receive()) for _ in range(3)] == [1, 1, 1]


@behaviour("sqs.redrive_validation")
def test_a_redrive_policy_is_checked_when_it_is_set(sqs: Any, queue: Queue) -> None:
    dead, ordered = Queue(sqs, "dead"), Queue(sqs, "dead.fifo")
    with refused("InvalidParameterValue", "target does not exist"):
        queue.set(RedrivePolicy={"deadLetterTargetArn": dead.arn + "x", "maxReceiveCount": 1})
    with refused("InvalidParameterValue", "same type of queue"):
        queue.set(RedrivePolicy=redrive(ordered, 1))
    for most in (0, 1001, "many", True):
        with refused("InvalidParameterValue", "maxReceiveCount"):
            queue.set(RedrivePolicy={**redrive(dead, 1), "maxReceiveCount": most})
    with refused("InvalidParameterValue", "mandatory attribute: maxReceiveCount"):
        queue.set(RedrivePolicy={"deadLetterTargetArn": dead.arn})
    queue.set(RedrivePolicy={**redrive(dead, 1), "maxReceiveCount": "5"})
    queue.set(RedrivePolicy="")
    assert queue.attribute("RedrivePolicy") == "None"


@behaviour("sqs.redrive_allow_policy")
def test_a_dead_letter_queue_says_whose_it_is(sqs: Any, queue: Queue) -> None:
    dead = Queue(sqs, "dead", RedriveAllowPolicy={"redrivePermission": "denyAll"})
    with refused("InvalidParameterValue", "does not have permission"):
        queue.set(RedrivePolicy=redrive(dead, 1))
    allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}
    dead.set(RedriveAllowPolicy=allowed)
    queue.set(RedrivePolicy=redrive(dead, 1))
    with refused("InvalidParameterValue", "does not have permission"):
        Queue(sqs, "stranger", RedrivePolicy=redrive(dead, 1))
    for policy in (
        {"redrivePermission": "byQueue"},
        {"redrivePermission": "allowAll", "sourceQueueArns": [queue.arn]},
        {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn] * 11},
    ):
        with refused("InvalidParameterValue", "not valid"):
            dead.set(RedriveAllowPolicy=text(policy))
