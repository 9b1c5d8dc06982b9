"""A small world, an account with it, and a guard that no test reaches the network."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

import course.account
from course.account import Account
from course.account.queues.store import let_topics_in
from course.telemetry.world import World

START = 1_773_734_400_000  # 2026-03-17 08:00 UTC
END = START + 4 * 3_600_000
MINUTE = 60_000
SECOND = 1000


def event(at: int, message: str, group: str = "/shop/web", stream: str = "web-1") -> dict[str, Any]:
    """A log event as a World has it."""
    return {
        "timestamp": at,
        "message": message,
        "logStreamName": stream,
        "logGroupName": group,
    }


def record(at: int, value: float, name: str = "Errors", **dimensions: str) -> dict[str, Any]:
    """A metric record as a World has it, in the namespace Shop."""
    return {
        "timestamp": at,
        "namespace": "Shop",
        "name": name,
        "dimensions": dimensions,
        "unit": "Count",
        "resolution": 60,
        "values": [value],
        "counts": [1.0],
    }


def make_world() -> World:
    """Two log groups, one metric over the last hour, one of each resource."""
    logs = [event(END - (60 - n) * MINUTE, f"GET /item/{n} 200") for n in range(60)]
    logs += [
        event(END - (10 - n) * MINUTE, f'{{"level": "ERROR", "ms": {n}}}', "/shop/api", "api-1")
        for n in range(10)
    ]
    logs.sort(key=lambda each: each["timestamp"])
    metrics = [record(END - (60 - n) * MINUTE, float(n)) for n in range(60)]
    return World("small", START, END, logs, metrics, resources())


def resources() -> dict[str, Any]:
    """One of everything that can be provisioned."""
    return {
        "logs": [{"name": "/shop/web", "retention": None}, {"name": "/shop/api", "retention": 30}],
        "lambda": [
            {
                "name": "cart",
                "runtime": "python3.13",
                "handler": "cart.handler",
                "memory": 256,
                "timeout": 5,
                "version": 12,
                "alias": "live",
                "reserved_concurrency": 3,
            }
        ],
        "sqs": [
            {"name": "orders-dlq", "visibility_timeout": 30},
            {
                "name": "orders",
                "visibility_timeout": 60,
                "dead_letter_queue": "orders-dlq",
                "max_receive_count": 3,
            },
        ],
        "sns": [{"name": "events", "subscriptions": [{"lambda": "cart"}]}],
        "dynamodb": [{"name": "orders", "hash_key": "orderId"}],
        "kinesis": [{"name": "clicks", "shards": 1}],
        "elasticache": [{"name": "catalog", "engine": "redis", "node_type": "cache.t4g.small"}],
    }


WORLD = make_world()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name look-up would be the first step of any request that got out."""

    def refuse(host: Any, *rest: Any, **options: Any) -> Any:
        raise AssertionError(f"a request went out to {host}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def account() -> Iterator[Account]:
    """An open account that stands at 12:00 on 2026-03-17."""
    with course.account.open(WORLD) as opened:
        yield opened


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """One session for the whole run: making clients is what costs time."""
    return boto3.Session()


@pytest.fixture(scope="session")
def clients(session: boto3.Session) -> dict[str, Any]:
    """Clients kept over all tests: they must work with every account that is opened later."""
    return {name: session.client(name) for name in ("logs", "cloudwatch", "sns", "sqs", "kinesis")}


@pytest.fixture
def logs(account: Account, clients: dict[str, Any]) -> Any:
    return clients["logs"]


@pytest.fixture
def cloudwatch(account: Account, clients: dict[str, Any]) -> Any:
    return clients["cloudwatch"]


@pytest.fixture
def inbox(account: Account, clients: dict[str, Any]) -> Inbox:
    """A topic with a queue subscribed to it."""
    return Inbox(clients["sns"], clients["sqs"])


class Inbox:
    """topic: an ARN to notify; `messages()` takes what has arrived."""

    def __init__(self, sns: Any, sqs: Any) -> None:
        self._sqs = sqs
        self.topic = sns.create_topic(Name="alerts")["TopicArn"]
        self._url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        arn = found["Attributes"]["QueueArn"]
        policy = {"Policy": let_topics_in(arn, [self.topic])}
        sqs.set_queue_attributes(QueueUrl=self._url, Attributes=policy)
        sns.subscribe(
            TopicArn=self.topic,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true"},
        )

    def messages(self) -> list[str]:
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        taken = answer.get("Messages", [])
        for message in taken:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in taken]


def put_alarm(cloudwatch: Any, **changes: Any) -> str:
    """An alarm on the Shop metric Errors: more than 5 in one minute of one."""
    settings: dict[str, Any] = {
        "AlarmName": "errors",
        "Namespace": "Shop",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }
    cloudwatch.put_metric_alarm(
        **{name: value for name, value in settings.items() if value is not None}
    )
    return str(settings["AlarmName"])


def state_of(cloudwatch: Any, name: str) -> str:
    found = cloudwatch.describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    return str((found["MetricAlarms"] + found["CompositeAlarms"])[0]["StateValue"])
