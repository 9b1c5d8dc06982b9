"""The AWS/SQS metrics."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.conftest import put_alarm, state_of
from tests.account.queues import Queue, redrive


@pytest.fixture
def sqs(account: Account, clients: dict[str, Any]) -> Any:
    return clients["sqs"]


class Metrics:
    """Reads a queue's metrics, minute by minute since the account was opened."""

    def __init__(self, account: Account, cloudwatch: Any) -> None:
        self._account = account
        self._cloudwatch = cloudwatch
        self._start = account.now

    def of(self, queue: str, name: str, statistic: str = "Sum") -> list[float]:
        answer = self._cloudwatch.get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName=name,
            Dimensions=[{"Name": "QueueName", "Value": queue}],
            StartTime=self._start,
            EndTime=self._account.now + timedelta(minutes=1),
            Period=60,
            Statistics=[statistic],
        )
        points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
        return [point[statistic] for point in points]

    def names(self, queue: str) -> set[str]:
        found = self._cloudwatch.list_metrics(
            Namespace="AWS/SQS", Dimensions=[{"Name": "QueueName", "Value": queue}]
        )
        return {each["MetricName"] for each in found["Metrics"]}


@pytest.fixture
def metrics(account: Account, cloudwatch: Any) -> Metrics:
    return Metrics(account, cloudwatch)


@behaviour("sqs.metrics")
def test_what_happens_is_counted_by_the_minute(
    account: Account, sqs: Any, metrics: Metrics
) -> None:
    queue = Queue(sqs, "q")
    queue.send_all(["12345"] * 4)
    for message in queue.receive(3):
        queue.delete(message)
    queue.send("1234567890", DelaySeconds=600)
    queue.receive(1)
    queue.receive(1)
    account.advance(minutes=2)
    assert metrics.of("q", "NumberOfMessagesSent") == [5, 0]
    assert metrics.of("q", "NumberOfMessagesReceived") == [4, 0]
    assert metrics.of("q", "NumberOfMessagesDeleted") == [3, 0]
    assert metrics.of("q", "NumberOfEmptyReceives") == [1, 0]
    assert metrics.of("q", "SentMessageSize", "Maximum") == [10]
    assert metrics.of("q", "SentMessageSize", "SampleCount") == [5]
    assert metrics.of("q", "ApproximateNumberOfMessagesNotVisible", "Maximum") == [0, 0]
    assert metrics.of("q", "ApproximateNumberOfMessagesVisible", "Maximum") == [1, 1]
    assert metrics.of("q", "ApproximateNumberOfMessagesDelayed", "Maximum") == [1, 1]
    assert metrics.of("q", "ApproximateAgeOfOldestMessage", "Maximum") == [59, 119]


@behaviour("sqs.metrics")
def test_a_dead_letter_is_not_a_message_sent(account: Account, sqs: Any, metrics: Metrics) -> None:
    dead = Queue(sqs, "dead")
    queue = Queue(sqs, "q", RedrivePolicy=redrive(dead, 1), VisibilityTimeout=30)
    queue.send()
    queue.receive()
    account.advance(minutes=1)
    queue.receive()
    account.advance(minutes=2)
    assert sum(metrics.of("dead", "NumberOfMessagesSent")) == 0
    assert metrics.of("dead", "ApproximateNumberOfMessagesVisible", "Maximum") == [0, 1, 1]
    assert metrics.of("dead", "ApproximateAgeOfOldestMessage", "Maximum") == [0, 59, 119]


def test_a_poison_message_does_not_count_as_the_oldest(
    account: Account, sqs: Any, metrics: Metrics
) -> None:
    queue = Queue(sqs, "q", VisibilityTimeout=0)
    queue.send("poison")
    for _ in range(3):
        queue.receive()
    account.advance(minutes=1)
    queue.send("young")
    account.advance(minutes=1)
    assert metrics.of("q", "ApproximateAgeOfOldestMessage", "Maximum") == [0, 59]


@behaviour("sqs.metrics")
def test_fifo_and_fair_queues_have_metrics_of_their_own(
    account: Account, sqs: Any, metrics: Metrics
) -> None:
    ordered = Queue(sqs, "q.fifo", ContentBasedDeduplication="true", VisibilityTimeout=600)
    for group in ("a", "a", "b"):
        ordered.send("same" + group, MessageGroupId=group)
    ordered.receive()
    fair = Queue(sqs, "fair", VisibilityTimeout=600)
    fair.send_all([str(number) for number in range(60)], MessageGroupId="loud")
    for _ in range(4):
        fair.receive()
    fair.send("quiet", MessageGroupId="quiet")
    account.advance(minutes=1)
    assert metrics.of("q.fifo", "NumberOfDeduplicatedSentMessages") == [1]
    assert metrics.of("q.fifo", "ApproximateNumberOfGroupsWithInflightMessages", "Maximum") == [2]
    assert metrics.of("fair", "ApproximateNumberOfNoisyGroups", "Maximum") == [1]
    quiet = "ApproximateNumberOfMessagesVisibleInQuietGroups"
    assert metrics.of("fair", quiet, "Maximum") == [1]
    assert "ApproximateNumberOfNoisyGroups" not in metrics.names("q.fifo")


@behaviour("sqs.metrics")
def test_an_idle_queue_falls_silent_after_six_hours(
    account: Account, sqs: Any, metrics: Metrics
) -> None:
    Queue(sqs, "idle")
    busy = Queue(sqs, "busy")
    busy.send()
    account.advance(hours=8)
    name = "ApproximateNumberOfMessagesVisible"
    assert len(metrics.of("idle", name)) == 360
    assert len(metrics.of("busy", name)) == 480
    Queue(sqs, "idle").receive()
    account.advance(minutes=1)
    assert len(metrics.of("idle", name)) == 361


def test_an_alarm_sees_the_depth_of_a_queue(account: Account, sqs: Any, cloudwatch: Any) -> None:
    queue = Queue(sqs, "q")
    put_alarm(
        cloudwatch,
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "q"}],
        Statistic="Maximum",
        Threshold=5,
    )
    account.advance(minutes=2)
    assert state_of(cloudwatch, "errors") == "OK"
    queue.send_all(["m"] * 6)
    account.advance(minutes=2)
    assert state_of(cloudwatch, "errors") == "ALARM"
