"""SQS FIFO queues: order by group, deduplication, quotas; and fair standard queues."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.queues import Queue, redrive

ONE_ATTEMPT = Config(retries={"total_max_attempts": 1, "mode": "standard"})


@pytest.fixture
def sqs(account: Account, clients: dict[str, Any]) -> Any:
    return clients["sqs"]


@pytest.fixture
def queue(sqs: Any) -> Queue:
    return Queue(sqs, "q.fifo", ContentBasedDeduplication="true")


def send(queue: Queue, *bodies: str, group: str = "g") -> None:
    for body in bodies:
        queue.send(body, MessageGroupId=group)


@behaviour("sqs.fifo_order")
def test_a_group_comes_in_order_and_blocks_while_some_is_in_flight(queue: Queue) -> None:
    send(queue, "a1", "a2", "a3", group="a")
    send(queue, "b1", "b2", group="b")
    first = queue.receive(2)
    assert [message["Body"] for message in first] == ["a1", "a2"]
    assert queue.bodies() == ["b1", "b2"]
    queue.delete(first[0])
    assert queue.receive() == [], "a2 is still in flight"
    queue.delete(first[1])
    assert queue.bodies() == ["a3"]


@behaviour("sqs.fifo_redelivery")
def test_the_order_holds_after_a_visibility_timeout(account: Account, queue: Queue) -> None:
    send(queue, "0", "1", "2", "3")
    assert queue.bodies() == ["0", "1", "2", "3"]
    account.advance(seconds=30)
    messages = queue.receive(2)
    assert [message["Body"] for message in messages] == ["0", "1"]
    queue.hide(messages[0], 0)
    assert queue.receive() == [], "1 is in flight, so nothing of the group comes"
    account.advance(seconds=30)
    assert queue.bodies() == ["0", "1", "2", "3"]


@behaviour("sqs.fifo_ids")
def test_a_fifo_queue_needs_a_group_and_an_id(sqs: Any) -> None:
    queue = Queue(sqs, "plain.fifo")
    with pytest.raises(ClientError, match=r"\(MissingParameter\).*MessageGroupId"):
        queue.send()
    with pytest.raises(ClientError, match="ContentBasedDeduplication enabled"):
        queue.send(MessageGroupId="g")
    with pytest.raises(ClientError, match="not valid for this queue type"):
        queue.send(MessageGroupId="g", MessageDeduplicationId="d", DelaySeconds=1)
    answer = queue.send(MessageGroupId="g", MessageDeduplicationId="d")
    (message,) = queue.receive()
    system = message["Attributes"]
    assert (system["MessageGroupId"], system["MessageDeduplicationId"]) == ("g", "d")
    assert system["SequenceNumber"] == answer["SequenceNumber"]
    assert int(
        queue.send("x", MessageGroupId="g", MessageDeduplicationId="e")["SequenceNumber"]
    ) > int(answer["SequenceNumber"])


@behaviour("sqs.fifo_deduplication")
def test_a_copy_is_dropped_for_five_minutes_even_after_deletion(
    account: Account, queue: Queue
) -> None:
    first = queue.send("same", MessageGroupId="g")
    queue.empty()
    account.advance(seconds=299)
    again = queue.send("same", MessageGroupId="g")
    assert (again["MessageId"], again["SequenceNumber"]) == (
        first["MessageId"],
        first["SequenceNumber"],
    )
    assert queue.receive() == []
    account.advance(seconds=1)
    assert queue.send("same", MessageGroupId="g")["MessageId"] != first["MessageId"]
    assert queue.bodies() == ["same"]


@behaviour("sqs.fifo_deduplication")
def test_the_scope_is_the_queue_or_the_group(sqs: Any, queue: Queue) -> None:
    send(queue, "same", group="a")
    send(queue, "same", group="b")
    assert queue.bodies() == ["same"]
    by_group = Queue(
        sqs, "groups.fifo", ContentBasedDeduplication="true", DeduplicationScope="messageGroup"
    )
    send(by_group, "same", group="a")
    send(by_group, "same", group="b")
    assert by_group.bodies() == ["same", "same"]


def test_an_id_of_ones_own_replaces_the_hash_of_the_body(queue: Queue) -> None:
    queue.send("same", MessageGroupId="g", MessageDeduplicationId="1")
    queue.send("same", MessageGroupId="g", MessageDeduplicationId="2")
    queue.send("other", MessageGroupId="g", MessageDeduplicationId="2")
    assert queue.bodies() == ["same", "same"]


@behaviour("sqs.fifo_handles")
def test_an_expired_handle_does_not_delete(account: Account, queue: Queue) -> None:
    send(queue, "a")
    (message,) = queue.receive()
    account.advance(seconds=30)
    with pytest.raises(ClientError, match="The receipt handle has expired"):
        queue.delete(message)
    (again,) = queue.receive()
    with pytest.raises(ClientError, match="The receipt handle has expired"):
        queue.delete(message)
    queue.delete(again)
    assert queue.depth() == (0, 0, 0)


@behaviour("sqs.fifo_attempts")
def test_a_retried_receive_gets_the_same_messages(account: Account, queue: Queue) -> None:
    send(queue, "a1", "a2", group="a")
    send(queue, "b1", group="b")
    first = queue.receive(2, ReceiveRequestAttemptId="try")
    account.advance(seconds=20)
    again = queue.receive(2, ReceiveRequestAttemptId="try")
    assert [each["ReceiptHandle"] for each in again] == [each["ReceiptHandle"] for each in first]
    account.advance(seconds=20)
    assert queue.bodies() == ["b1"], "the retry began the visibility timeout anew"
    queue.delete(again[0])
    assert queue.receive(ReceiveRequestAttemptId="try") == []


def test_a_queues_delay_holds_for_what_waits_already(account: Account, sqs: Any) -> None:
    queue = Queue(sqs, "slow.fifo", DelaySeconds=600, ContentBasedDeduplication="true")
    send(queue, "a", "b")
    queue.set(DelaySeconds=10)
    account.advance(seconds=10)
    assert queue.bodies() == ["a", "b"]


@behaviour("sqs.fifo_redrive")
def test_a_dead_letter_lets_its_group_go_on(account: Account, sqs: Any) -> None:
    dead = Queue(sqs, "dead.fifo")
    queue = Queue(sqs, "q.fifo", ContentBasedDeduplication="true", RedrivePolicy=redrive(dead, 1))
    send(queue, "poison", "fine")
    queue.receive(1)
    account.advance(seconds=30)
    assert queue.bodies() == ["fine"]
    (message,) = dead.receive()
    assert message["Body"] == "poison" and message["Attributes"]["MessageGroupId"] == "g"
    assert message["Attributes"]["SentTimestamp"] == "1773748830000", "its age begins anew"


@behaviour("sqs.fifo_quota")
def test_a_fifo_queue_takes_300_calls_a_second(account: Account, queue: Queue) -> None:
    client = boto3.client("sqs", config=ONE_ATTEMPT)
    hurried = Queue(client, "q.fifo")

    def sent() -> int:
        for number in range(400):
            try:
                send(hurried, f"{account.now}-{number}", group=str(number))
            except ClientError as error:
                assert error.response["Error"]["Code"] == "ThrottlingException"
                return number
        return 400

    assert sent() == 300
    account.advance(seconds=0.5)
    assert sent() == 150
    hurried.receive()  # another action has a quota of its own
    account.advance(seconds=2)
    for first in range(300):  # a batch of ten is one call
        entries = [
            {"Id": str(n), "MessageBody": f"{first}-{n}", "MessageGroupId": "g"} for n in range(10)
        ]
        client.send_message_batch(QueueUrl=hurried.url, Entries=entries)


@behaviour("sqs.fifo_quota")
def test_boto3_retries_what_was_throttled(account: Account, queue: Queue) -> None:
    start = account.now
    send(queue, *[str(number) for number in range(700)])
    assert queue.depth()[0] == 700
    assert 0.5 < (account.now - start).total_seconds() < 10


@behaviour("sqs.fifo_high_throughput")
def test_high_throughput_counts_by_group(account: Account, sqs: Any) -> None:
    settings = {"ContentBasedDeduplication": "true", "FifoThroughputLimit": "perMessageGroupId"}
    with pytest.raises(ClientError, match="DeduplicationScope is messageGroup"):
        Queue(sqs, "fast.fifo", **settings)
    Queue(sqs, "fast.fifo", **settings, DeduplicationScope="messageGroup")
    hurried = Queue(boto3.client("sqs", config=ONE_ATTEMPT), "fast.fifo")
    send(hurried, *[f"a{number}" for number in range(300)], group="a")
    with pytest.raises(ClientError, match="ThrottlingException"):
        send(hurried, "one more", group="a")
    send(hurried, *[f"b{number}" for number in range(300)], group="b")


def test_many_groups_share_a_receive(queue: Queue) -> None:
    for number in range(30):
        send(queue, f"{number}-0", f"{number}-1", group=str(number))
    seen: dict[str, list[str]] = defaultdict(list)
    for body in queue.empty():
        seen[body.partition("-")[0]].append(body)
    assert all(bodies == [f"{group}-0", f"{group}-1"] for group, bodies in seen.items())
    assert len(seen) == 30


# -- fair queues -----------------------------------------------------------------------------------


@behaviour("sqs.fair_queues")
def test_a_noisy_tenant_waits_behind_the_quiet_ones(account: Account, sqs: Any) -> None:
    queue = Queue(sqs, "q", VisibilityTimeout=600)
    queue.send_all([f"loud {number}" for number in range(100)], MessageGroupId="loud")
    for _ in range(3):
        queue.receive()
    queue.send_all([f"quiet {number}" for number in range(5)], MessageGroupId="quiet")
    assert [body for body in queue.bodies(5) if "loud" in body] == []
    assert len(queue.bodies()) == 10, "nobody is throttled: without quiet messages it goes on"
    plain = Queue(sqs, "plain", VisibilityTimeout=600)
    plain.send_all([f"loud {number}" for number in range(100)])
    for _ in range(3):
        plain.receive()
    plain.send_all(["quiet"])
    assert "quiet" not in plain.bodies()
