"""SNS: topics, subscriptions, filters and what queues get, through plain boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from tests.account.behaviours import behaviour
from tests.account.queues import Queue, subscribed, text

TOPIC = "arn:aws:sns:us-east-1:123456789012:t"


@pytest.fixture
def sns(account: Account, clients: dict[str, Any]) -> Any:
    return clients["sns"]


@pytest.fixture
def sqs(account: Account, clients: dict[str, Any]) -> Any:
    return clients["sqs"]


@pytest.fixture
def topic(sns: Any) -> str:
    return str(sns.create_topic(Name="t")["TopicArn"])


def refused(code: str, words: str = "") -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\).*{words}")


def attributes(**given: Any) -> dict[str, dict[str, Any]]:
    """Message attributes: numbers, texts, lists, bytes."""
    return {name: _attribute(value) for name, value in given.items()}


def _attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, bytes):
        return {"DataType": "Binary", "BinaryValue": value}
    if isinstance(value, list):
        return {"DataType": "String.Array", "StringValue": json.dumps(value)}
    kind = "String" if isinstance(value, str) else "Number"
    return {"DataType": kind, "StringValue": str(value)}


# -- topics ----------------------------------------------------------------------------------------


def test_topics_are_made_found_and_deleted(sns: Any, topic: str) -> None:
    assert topic == TOPIC == sns.create_topic(Name="t")["TopicArn"]
    found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert json.loads(found["Policy"])["Statement"][0]["Resource"] == topic
    retries = json.loads(found["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]
    assert (retries["numRetries"], retries["minDelayTarget"]) == (3, 20)
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Shop")
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "Shop"
    with refused("InvalidParameter", "different attributes"):
        sns.create_topic(Name="t", Attributes={"DisplayName": "Other"})
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)
    with pytest.raises(sns.exceptions.NotFoundException, match="Topic does not exist"):
        sns.publish(TopicArn=topic, Message="m")


@behaviour("sns.validation")
@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("a b", {}),
        ("x" * 257, {}),
        ("t.fifo", {}),
        ("t", {"FifoTopic": "true"}),
        ("t", {"Color": "red"}),
        ("t", {"ContentBasedDeduplication": "true"}),
        ("t", {"MaximumMessageSize": "1048577"}),
        ("t", {"SQSSuccessFeedbackSampleRate": "101"}),
        ("t", {"Policy": "no json"}),
        ("t", {"DeliveryPolicy": "no json"}),
    ],
)
def test_what_a_topic_cannot_be(sns: Any, name: str, given: dict[str, str]) -> None:
    with refused("InvalidParameter"):
        sns.create_topic(Name=name, Attributes=given)


def test_tags_permissions_and_pages(sns: Any, topic: str) -> None:
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "team", "Value": "shop"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["none"])
    tags = sns.list_tags_for_resource(ResourceArn=topic)["Tags"]
    assert tags == [{"Key": "team", "Value": "shop"}]
    with refused("ResourceNotFound"):
        sns.list_tags_for_resource(ResourceArn=topic + "x")
    sns.add_permission(
        TopicArn=topic, Label="share", AWSAccountId=["111122223333"], ActionName=["Publish"]
    )
    policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    assert policy["Statement"][1]["Action"] == "SNS:Publish"
    sns.remove_permission(TopicArn=topic, Label="share")
    for number in range(120):
        sns.create_topic(Name=f"n{number}")
    pages = [len(page["Topics"]) for page in sns.get_paginator("list_topics").paginate()]
    assert pages == [100, 22]


# -- subscriptions ---------------------------------------------------------------------------------


def test_subscribing_twice_is_once(sns: Any, sqs: Any, topic: str) -> None:
    queue = Queue(sqs, "q")
    first = subscribed(sns, topic, queue, RawMessageDelivery="true")
    assert subscribed(sns, topic, queue, RawMessageDelivery="true") == first
    with refused("InvalidParameter", "different attributes"):
        subscribed(sns, topic, queue, RawMessageDelivery="false")
    found = sns.get_subscription_attributes(SubscriptionArn=first)["Attributes"]
    assert (found["PendingConfirmation"], found["RawMessageDelivery"]) == ("false", "true")
    sns.unsubscribe(SubscriptionArn=first)
    sns.unsubscribe(SubscriptionArn=first)
    with refused("NotFound"):
        sns.get_subscription_attributes(SubscriptionArn=first)
    counts = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (counts["SubscriptionsConfirmed"], counts["SubscriptionsDeleted"]) == ("0", "1")


@behaviour("sns.validation")
@pytest.mark.parametrize(
    ("protocol", "endpoint", "given"),
    [
        ("carrier-pigeon", "x", {}),
        ("sqs", "q", {}),
        ("sqs", "arn:aws:sqs:us-east-1:123456789012:q.fifo", {}),
        ("lambda", "arn:aws:sqs:us-east-1:123456789012:q", {}),
        ("email", "nobody", {}),
        ("sms", "12", {}),
        ("http", "https://shop.example/", {}),
        ("firehose", "arn:aws:firehose:us-east-1:123456789012:deliverystream/d", {}),
        ("sqs", TOPIC.replace("sns", "sqs"), {"Color": "red"}),
        ("sqs", TOPIC.replace("sns", "sqs"), {"FilterPolicy": "no json"}),
        ("sqs", TOPIC.replace("sns", "sqs"), {"FilterPolicyScope": "Everything"}),
        ("sqs", TOPIC.replace("sns", "sqs"), {"DeliveryPolicy": "{}x"}),
        ("sqs", TOPIC.replace("sns", "sqs"), {"RedrivePolicy": "{}x"}),
        ("sqs", TOPIC.replace("sns", "sqs"), {"RedrivePolicy": '{"deadLetterTargetArn": "q"}'}),
        (
            "lambda",
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            {"RawMessageDelivery": "true"},
        ),
    ],
)
def test_subscriptions_that_are_refused(
    sns: Any, topic: str, protocol: str, endpoint: str, given: dict[str, str]
) -> None:
    with refused("InvalidParameter"):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=given)


@behaviour("sns.mobile_push")
def test_what_is_not_simulated_says_so(sns: Any, topic: str) -> None:
    with pytest.raises(NotSimulated, match="mobile app"):
        sns.subscribe(TopicArn=topic, Protocol="application", Endpoint="arn:aws:sns:endpoint")
    with pytest.raises(NotSimulated, match="ArchivePolicy"):
        sns.set_topic_attributes(TopicArn=topic, AttributeName="ArchivePolicy", AttributeValue="{}")
    with pytest.raises(NotSimulated, match="active tracing"):
        sns.create_topic(Name="traced", Attributes={"TracingConfig": "Active"})
    with pytest.raises(NotSimulated, match="DataProtectionPolicy"):
        sns.create_topic(Name="private", DataProtectionPolicy="{}")


# -- deliveries to queues --------------------------------------------------------------------------


@behaviour("sns.delivery_to_queue")
def test_a_queue_gets_the_notification_in_an_envelope(
    account: Account, sns: Any, sqs: Any, topic: str
) -> None:
    queue = Queue(sqs, "q")
    subscription = subscribed(sns, topic, queue)
    id = sns.publish(
        TopicArn=topic,
        Message="héllo",
        Subject="s",
        MessageAttributes=attributes(color="red", total=12, raw=b"\xff"),
    )["MessageId"]
    (message,) = queue.receive()
    assert "MessageAttributes" not in message
    body = json.loads(message["Body"])
    assert subscription in body.pop("UnsubscribeURL")
    assert body.pop("SigningCertURL").startswith("https://sns.us-east-1.amazonaws.com/")
    assert body.pop("Signature")
    assert body == {
        "Type": "Notification",
        "MessageId": id,
        "TopicArn": topic,
        "Subject": "s",
        "Message": "héllo",
        "Timestamp": "2026-03-17T12:00:00.000Z",
        "SignatureVersion": "1",
        "MessageAttributes": {
            "color": {"Type": "String", "Value": "red"},
            "total": {"Type": "Number", "Value": "12"},
            "raw": {"Type": "Binary", "Value": "/w=="},
        },
    }


@behaviour("sns.raw_delivery")
def test_raw_delivery_gives_body_and_attributes_as_they_are(sns: Any, sqs: Any, topic: str) -> None:
    queue = Queue(sqs, "q")
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    given = attributes(color="red", sizes=["s", "m"])
    sns.publish(TopicArn=topic, Message="hello", MessageAttributes=given)
    (message,) = queue.receive()
    assert (message["Body"], message["MessageAttributes"]) == ("hello", given)


@behaviour("sns.queue_policy")
def test_a_queue_that_does_not_let_the_topic_in_gets_nothing(
    account: Account, sns: Any, sqs: Any, topic: str
) -> None:
    queue, dead = Queue(sqs, "q"), Queue(sqs, "dead")
    subscription = subscribed(sns, topic, queue, RedrivePolicy={"deadLetterTargetArn": dead.arn})
    queue.set(Policy="")
    sns.publish(TopicArn=topic, Message="lost")
    assert queue.receive() == [] == dead.receive(), "the dead-letter queue lets nobody in either"
    failures = [each for each in account.advance() if each["what"] == "notification"]
    assert [each["target"] for each in failures] == [queue.arn, dead.arn]
    assert all("is not authorized" in each["error"] for each in failures)
    dead.set(Policy=_policy(dead, topic))
    sns.publish(TopicArn=topic, Message="kept")
    (message,) = dead.receive()
    assert json.loads(message["Body"])["Message"] == "kept"
    dead.empty()
    queue.set(Policy=_policy(queue, topic + "-other"))
    sns.publish(TopicArn=topic, Message="m")
    assert queue.receive() == []
    sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="RedrivePolicy", AttributeValue="{}"
    )
    sqs.delete_queue(QueueUrl=queue.url)
    sns.publish(TopicArn=topic, Message="m")
    failures = [each for each in account.advance() if each["what"] == "notification"]
    assert failures[-1]["error"] == "The specified queue does not exist."


def _policy(queue: Queue, topic: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return text({"Version": "2012-10-17", "Statement": [statement]})


def test_a_message_by_protocol(account: Account, sns: Any, sqs: Any, topic: str) -> None:
    queue = Queue(sqs, "q")
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15555550100")
    sns.publish(
        TopicArn=topic,
        Message=json.dumps({"default": "all", "sqs": "for queues"}),
        MessageStructure="json",
    )
    assert queue.bodies() == ["for queues"]
    sns.publish(PhoneNumber="+15555550101", Message="direct")
    texts = [each for each in account.advance() if each["what"] == "sms"]
    assert [(each["to"], each["message"]) for each in texts] == [
        ("+15555550100", "all"),
        ("+15555550101", "direct"),
    ]


@behaviour("sns.validation")
@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Message": ""}, "InvalidParameter"),
        ({"Message": "x" * 262_145}, "InvalidParameter"),
        ({"Subject": "two\nlines"}, "InvalidParameter"),
        ({"Subject": "x" * 101}, "InvalidParameter"),
        ({"MessageStructure": "json"}, "InvalidParameter"),
        ({"MessageStructure": "json", "Message": '{"sqs": "x"}'}, "InvalidParameter"),
        ({"MessageStructure": "xml"}, "InvalidParameter"),
        ({"MessageDeduplicationId": "d"}, "InvalidParameter"),
        ({"MessageGroupId": "with space"}, "InvalidParameter"),
        ({"MessageAttributes": {"a": {"DataType": "Date"}}}, "ParameterValueInvalid"),
        ({"MessageAttributes": {"a": {"DataType": "String"}}}, "ParameterValueInvalid"),
        (
            {"MessageAttributes": {"a": {"DataType": "Number", "StringValue": "x"}}},
            "ParameterValueInvalid",
        ),
    ],
)
def test_messages_that_are_refused(
    sns: Any, topic: str, parameters: dict[str, Any], code: str
) -> None:
    with refused(code):
        sns.publish(**{"TopicArn": topic, "Message": "m", **parameters})


@behaviour("sns.size_limit")
def test_a_topic_can_take_a_mebibyte(sns: Any, sqs: Any, topic: str) -> None:
    large = {"AttributeName": "MaximumMessageSize", "AttributeValue": "1048576"}
    address = sns.subscribe(
        TopicArn=topic, Protocol="email", Endpoint="a@b.example", ReturnSubscriptionArn=True
    )
    with refused("InvalidParameter", "sqs, lambda or firehose"):
        sns.set_topic_attributes(TopicArn=topic, **large)
    sns.unsubscribe(SubscriptionArn=address["SubscriptionArn"])
    sns.set_topic_attributes(TopicArn=topic, **large)
    queue = Queue(sqs, "q")
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, Message="x" * 1_048_576)
    assert len(queue.bodies()[0]) == 1_048_576
    with refused("InvalidParameter", "sqs, lambda or firehose"):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@b.example")


@behaviour("sns.batch")
def test_a_batch_is_published_entry_by_entry(sns: Any, sqs: Any, topic: str) -> None:
    queue = Queue(sqs, "q")
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    entries = [{"Id": "a", "Message": "1"}, {"Id": "b", "Message": "2", "Subject": "\n"}]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["a"]
    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [("b", "InvalidParameter")]
    assert queue.bodies() == ["1"]
    for given, code in (
        ([], "EmptyBatchRequest"),
        ([{"Id": str(n), "Message": "m"} for n in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "a", "Message": "m"}] * 2, "BatchEntryIdsNotDistinct"),
        ([{"Id": str(n), "Message": "x" * 200_000} for n in range(2)], "BatchRequestTooLong"),
    ):
        with refused(code):
            sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=given)


# -- filters ---------------------------------------------------------------------------------------


@behaviour("sns.filter_attributes", "sns.filter_operators")
def test_a_filter_on_attributes(account: Account, sns: Any, sqs: Any, topic: str) -> None:
    queue = Queue(sqs, "q")
    policy = {"kind": [{"equals-ignore-case": "Order"}], "total": [{"numeric": [">=", 100]}]}
    subscription = subscribed(sns, topic, queue, FilterPolicy=policy, RawMessageDelivery="true")
    for number, (kind, total) in enumerate((("ORDER", 100), ("order", 99), ("offer", 500))):
        given = attributes(kind=kind, total=total)
        sns.publish(TopicArn=topic, Message=str(number), MessageAttributes=given)
    sns.publish(TopicArn=topic, Message="without attributes")
    assert queue.bodies() == ["0"]
    found = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert found["FilterPolicyScope"] == "MessageAttributes"
    sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue="{}"
    )
    sns.publish(TopicArn=topic, Message="anything")
    assert queue.bodies() == ["anything"]


@behaviour("sns.filter_body")
def test_a_filter_on_the_body(sns: Any, sqs: Any, topic: str) -> None:
    queue = Queue(sqs, "q")
    subscription = subscribed(sns, topic, queue, RawMessageDelivery="true")
    policy = {"order": {"country": ["DE"], "ip": [{"cidr": "10.0.0.0/8"}]}}
    for name, value in (("FilterPolicyScope", "MessageBody"), ("FilterPolicy", text(policy))):
        sns.set_subscription_attributes(
            SubscriptionArn=subscription, AttributeName=name, AttributeValue=value
        )
    wanted = text({"order": {"country": "DE", "ip": "10.1.2.3"}})
    for message in (wanted, text({"order": {"country": "DE", "ip": "11.1.2.3"}}), "no json"):
        sns.publish(TopicArn=topic, Message=message)
    assert queue.bodies() == [wanted]
    with refused("InvalidParameter", "does not support nested"):
        sns.set_subscription_attributes(
            SubscriptionArn=subscription,
            AttributeName="FilterPolicyScope",
            AttributeValue="MessageAttributes",
        )


# -- FIFO topics -----------------------------------------------------------------------------------


@behaviour("sns.fifo")
def test_a_fifo_topic_keeps_order_and_drops_copies(sns: Any, sqs: Any) -> None:
    topic = sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    queue, plain = Queue(sqs, "q.fifo"), Queue(sqs, "plain")
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    subscribed(sns, topic, plain, RawMessageDelivery="true")
    with refused("InvalidParameter", "MessageGroupId parameter is required"):
        sns.publish(TopicArn=topic, Message="m")
    with refused("InvalidParameter", "ContentBasedDeduplication"):
        sns.publish(TopicArn=topic, Message="m", MessageGroupId="g")
    sent = [
        sns.publish(TopicArn=topic, Message=str(n), MessageGroupId="g", MessageDeduplicationId=id)
        for n, id in enumerate("aab")
    ]
    assert sent[0]["SequenceNumber"] == sent[1]["SequenceNumber"] < sent[2]["SequenceNumber"]
    messages = queue.receive()
    assert [message["Body"] for message in messages] == ["0", "2"]
    assert messages[0]["Attributes"]["MessageDeduplicationId"] == "a"
    assert sorted(plain.bodies()) == ["0", "2"]
    with refused("InvalidParameter", "do not support the protocol lambda"):
        sns.subscribe(
            TopicArn=topic,
            Protocol="lambda",
            Endpoint="arn:aws:lambda:us-east-1:123456789012:function:f",
        )


def test_the_scope_of_copies_can_be_the_group(sns: Any, sqs: Any) -> None:
    given = {
        "FifoTopic": "true",
        "ContentBasedDeduplication": "true",
        "FifoThroughputScope": "MessageGroup",
    }
    topic = sns.create_topic(Name="t.fifo", Attributes=given)["TopicArn"]
    queue = Queue(sqs, "q")
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    for group in ("a", "a", "b"):
        sns.publish(TopicArn=topic, Message="same", MessageGroupId=group)
    assert queue.bodies() == ["same", "same"]


def test_a_standard_topic_passes_groups_on_to_fair_queues(sns: Any, sqs: Any, topic: str) -> None:
    queue = Queue(sqs, "q")
    subscribed(sns, topic, queue)
    sns.publish(TopicArn=topic, Message="m", MessageGroupId="tenant")
    (message,) = queue.receive()
    assert message["Attributes"]["MessageGroupId"] == "tenant"
