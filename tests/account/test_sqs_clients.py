"""Clients of SQS: large messages through S3, several consumers at once, S3's notifications."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account
from course.account.queues.holding import Fifo, Standard
from course.account.queues.message import Message
from tests.account.behaviours import behaviour
from tests.account.lambdas import Lambdas
from tests.account.queues import Queue

LARGE = "x" * 1_500_000


@pytest.fixture
def sqs(account: Account, clients: dict[str, Any]) -> Any:
    return clients["sqs"]


@pytest.fixture
def s3(account: Account, session: boto3.Session) -> Any:
    client = session.client("s3")
    client.create_bucket(Bucket="payloads")
    return client


@pytest.fixture
def extended(account: Account, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of AWS's extended client library, whose import replaces boto3's own sessions."""
    for module in (boto3, boto3.session):
        monkeypatch.setattr(module, "Session", module.Session)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    from sqs_extended_client import SQSExtendedClientSession

    client = SQSExtendedClientSession().client("sqs", region_name="us-east-1")
    client.large_payload_support = "payloads"
    client.delete_payload_from_s3 = True
    return client


@behaviour("sqs.extended_client")
def test_a_large_message_travels_through_s3(sqs: Any, s3: Any, extended: Any) -> None:
    plain = Queue(sqs, "q")
    with pytest.raises(ClientError, match="shorter than"):
        plain.send(LARGE)
    extended.send_message(QueueUrl=plain.url, MessageBody=LARGE)
    assert s3.list_objects_v2(Bucket="payloads")["Contents"][0]["Size"] == len(LARGE)
    (message,) = extended.receive_message(QueueUrl=plain.url)["Messages"]
    assert message["Body"] == LARGE
    extended.delete_message(QueueUrl=plain.url, ReceiptHandle=message["ReceiptHandle"])
    assert plain.depth() == (0, 0, 0)
    assert "Contents" not in s3.list_objects_v2(Bucket="payloads")


@behaviour("sqs.concurrent_consumers")
def test_consumers_in_threads_share_the_messages(sqs: Any) -> None:
    queue = Queue(sqs, "q")
    queue.send_all([str(number) for number in range(120)])
    with ThreadPoolExecutor(4) as pool:
        got = [body for bodies in pool.map(lambda _: queue.bodies(), range(16)) for body in bodies]
    assert sorted(got, key=int) == [str(number) for number in range(120)]


def test_an_event_source_mapping_has_no_share_in_the_fifo_quota(
    account: Account, sqs: Any, session: boto3.Session, clients: dict[str, Any]
) -> None:
    lambdas = Lambdas(session, clients)
    lambdas.make("def lambda_handler(event, context): pass")
    queue = Queue(
        sqs,
        "q.fifo",
        ContentBasedDeduplication="true",
        VisibilityTimeout=60,
        FifoThroughputLimit="perMessageGroupId",
        DeduplicationScope="messageGroup",
    )
    for number in range(350):
        queue.send(str(number), MessageGroupId=str(number))
    lambdas.client.create_event_source_mapping(
        FunctionName="f", EventSourceArn=queue.arn, BatchSize=1
    )
    queue.set(FifoThroughputLimit="perQueue")
    account.advance(minutes=5)
    assert queue.depth() == (0, 0, 0) and lambdas.total("Invocations") == 350


@behaviour("sqs.many_messages")
@pytest.mark.parametrize("fifo", [False, True])
def test_the_work_grows_with_the_number_of_messages(fifo: bool) -> None:
    """Tens of thousands pass in a second; with its square it would be an hour."""
    holding = Fifo() if fifo else Standard("seed")
    for number in range(20_000):
        holding.add(Message(str(number), "", "", 0, 0, "", 0, group=str(number % 7)))
    received = 0
    while True:
        holding.settle(0, 1)
        taken = holding.take(0, 10, lambda message: holding.hide(message, 1) is None)
        for message in taken:
            holding.remove(message)
        received += len(taken)
        if not taken:
            break
    assert received == 20_000 and not holding.messages


@behaviour("sqs.s3_notifications")
def test_s3_notifies_queues_and_topics(account: Account, sqs: Any, s3: Any, inbox: Any) -> None:
    queue = Queue(sqs, "q")
    events = {"Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="payloads",
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": queue.arn, **events}],
            "TopicConfigurations": [{"TopicArn": inbox.topic, **events}],
        },
    )
    queue.empty()
    inbox.messages()
    s3.put_object(Bucket="payloads", Key="order", Body=b"1")
    for (body,) in (queue.bodies(), inbox.messages()):
        (record,) = json.loads(body)["Records"]
        assert record["s3"]["object"]["key"] == "order"
    sqs.delete_queue(QueueUrl=queue.url)
    s3.put_object(Bucket="payloads", Key="order", Body=b"2")
    (failure,) = account.advance()
    assert (failure["what"], failure["target"]) == ("notification", queue.arn)
