"""SQS message move tasks: dead letters on their way back."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.queues import Queue, redrive


@pytest.fixture
def sqs(account: Account, clients: dict[str, Any]) -> Any:
    return clients["sqs"]


class Pair:
    """A queue with its dead-letter queue."""

    def __init__(self, sqs: Any, suffix: str = "") -> None:
        more = {"ContentBasedDeduplication": "true"} if suffix else {}
        self.sqs = sqs
        self.dead = Queue(sqs, "dead" + suffix, **more)
        self.live = Queue(sqs, "live" + suffix, RedrivePolicy=redrive(self.dead, 1), **more)

    def bury(self, number: int, **more: Any) -> None:
        for each in range(number):
            self.live.send(f"m{each}", **more)
        while messages := self.live.receive():
            for message in messages:
                self.live.hide(message, 0)

    def move(self, **more: Any) -> str:
        answer = self.sqs.start_message_move_task(SourceArn=self.dead.arn, **more)
        return str(answer["TaskHandle"])

    def tasks(self) -> list[dict[str, Any]]:
        answer = self.sqs.list_message_move_tasks(SourceArn=self.dead.arn, MaxResults=10)
        return list(answer["Results"])


@pytest.fixture
def pair(sqs: Any) -> Pair:
    return Pair(sqs)


@behaviour("sqs.move_tasks")
def test_dead_letters_go_back_as_new_messages(account: Account, pair: Pair) -> None:
    pair.bury(3)
    assert pair.dead.depth()[0] == 3
    account.advance(seconds=10)
    handle = pair.move()
    (task,) = pair.tasks()
    assert (task["Status"], task["TaskHandle"]) == ("RUNNING", handle)
    account.advance(seconds=5)
    (task,) = pair.tasks()
    assert task["Status"] == "COMPLETED" and "TaskHandle" not in task
    assert (task["ApproximateNumberOfMessagesMoved"], task["StartedTimestamp"]) == (
        3,
        1_773_748_810_000,
    )
    assert pair.dead.depth() == (0, 0, 0)
    messages = pair.live.receive()
    assert sorted(message["Body"] for message in messages) == ["m0", "m1", "m2"]
    for message in messages:
        system = message["Attributes"]
        assert system["ApproximateReceiveCount"] == "1" and "DeadLetterQueueSourceArn" not in system
        assert system["SentTimestamp"] == "1773748810000"


@behaviour("sqs.move_tasks")
def test_a_rate_a_destination_and_an_end(account: Account, sqs: Any, pair: Pair) -> None:
    other = Queue(sqs, "other")
    pair.bury(25)
    handle = pair.move(DestinationArn=other.arn, MaxNumberOfMessagesPerSecond=10)
    with pytest.raises(ClientError, match="already a task running"):
        pair.move()
    account.advance(seconds=1.5)
    assert (other.depth()[0], pair.dead.depth()[0]) == (20, 5)
    answer = sqs.cancel_message_move_task(TaskHandle=handle)
    assert answer["ApproximateNumberOfMessagesMoved"] == 20
    account.advance(seconds=10)
    assert (other.depth()[0], pair.dead.depth()[0]) == (20, 5)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        sqs.cancel_message_move_task(TaskHandle=handle)
    pair.move(DestinationArn=other.arn)
    account.advance(seconds=10)
    assert [task["Status"] for task in pair.tasks()] == ["COMPLETED", "CANCELLED"]


@behaviour("sqs.move_tasks")
def test_a_message_of_unknown_origin_fails_the_task(account: Account, pair: Pair) -> None:
    pair.dead.send("from nowhere")
    pair.move()
    account.advance(seconds=1)
    (task,) = pair.tasks()
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert pair.dead.depth()[0] == 1


def test_a_task_fails_when_the_source_queue_is_gone(account: Account, sqs: Any, pair: Pair) -> None:
    pair.bury(1)
    Queue(sqs, "second", RedrivePolicy=redrive(pair.dead, 1))
    sqs.delete_queue(QueueUrl=pair.live.url)
    pair.move()
    account.advance(seconds=1)
    assert pair.tasks()[0]["FailureReason"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_fifo_dead_letters_keep_their_group(account: Account, sqs: Any) -> None:
    pair = Pair(sqs, ".fifo")
    pair.bury(2, MessageGroupId="g")
    pair.move()
    account.advance(seconds=2)
    messages = pair.live.receive()
    assert [message["Body"] for message in messages] == ["m0", "m1"]
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"g"}


def test_what_cannot_be_moved(sqs: Any, pair: Pair) -> None:
    ordered = Queue(sqs, "ordered.fifo")
    with pytest.raises(ClientError, match="must be configured as a Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=pair.live.arn)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        sqs.start_message_move_task(SourceArn=pair.live.arn + "x")
    with pytest.raises(ClientError, match="ResourceNotFoundException.*DestinationArn"):
        pair.move(DestinationArn=pair.live.arn + "x")
    with pytest.raises(ClientError, match="same type"):
        pair.move(DestinationArn=ordered.arn)
    with pytest.raises(ClientError, match="Must be between 1 and 500"):
        pair.move(MaxNumberOfMessagesPerSecond=501)
