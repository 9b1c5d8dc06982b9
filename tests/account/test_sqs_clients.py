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

POINTER = "software.amazon.payloadoffloading.PayloadS3Pointer"
SIZE = "ExtendedPayloadSize"
LARGE = "x" * 1_500_000


@pytest.fixture
def sqs(account: Account, clients: dict[str, Any]) -> Any:
    return clients["sqs"]


@pytest.fixture
def s3(account: Account, session: boto3.Session) -> Any:
    client = session.client("s3")
    client.create_bucket(Bucket="payloads")
    return client


class ClaimCheck:
    """What the extended client library does, in its format: the body in S3, a pointer in SQS."""

    def __init__(self, queue: Queue, s3: Any, bucket: str) -> None:
        self.queue, self.s3, self.bucket = queue, s3, bucket

    def send(self, body: str, key: str) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        pointer = json.dumps([POINTER, {"s3BucketName": self.bucket, "s3Key": key}])
        size = {"DataType": "Number", "StringValue": str(len(body.encode()))}
        self.queue.send(pointer, MessageAttributes={SIZE: size})

    def receive(self) -> tuple[dict[str, Any], str]:
        (message,) = self.queue.receive(1)
        where = json.loads(message["Body"])[1]
        found = self.s3.get_object(Bucket=where["s3BucketName"], Key=where["s3Key"])
        return message, found["Body"].read().decode()

    def delete(self, message: dict[str, Any]) -> None:
        self.queue.delete(message)
        self.s3.delete_object(Bucket=self.bucket, Key=json.loads(message["Body"])[1]["s3Key"])


@behaviour("sqs.extended_client")
def test_a_large_message_travels_through_s3(sqs: Any, s3: Any) -> None:
    queue = Queue(sqs, "q")
    with pytest.raises(ClientError, match="shorter than"):
        queue.send(LARGE)
    check = ClaimCheck(queue, s3, "payloads")
    check.send(LARGE, "1")
    message, body = check.receive()
    assert body == LARGE and message["MessageAttributes"][SIZE]["StringValue"] == "1500000"
    check.delete(message)
    assert queue.depth() == (0, 0, 0)
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
