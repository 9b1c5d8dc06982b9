"""Clients of the services that events come from and go to, and the resources that tests need."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from course.account import Account, package

ACCOUNT = "123456789012"
QUEUES = f"arn:aws:sqs:us-east-1:{ACCOUNT}:"


@pytest.fixture(scope="session")
def made(session: boto3.Session) -> dict[str, Any]:
    """One client of each service for the whole run."""
    names = ("events", "scheduler", "sqs", "sns", "logs", "lambda", "iam", "cloudwatch")
    return {name: session.client(name) for name in (*names, "kinesis", "stepfunctions")}


@pytest.fixture
def events(account: Account, made: dict[str, Any]) -> Any:
    return made["events"]


@pytest.fixture
def queues(account: Account, made: dict[str, Any]) -> Queues:
    return Queues(made["sqs"])


class Queues:
    """Queues by name; `open_to` lets services in, `take` empties one."""

    def __init__(self, sqs: Any) -> None:
        self.sqs = sqs

    def make(self, name: str, *services: str, **attributes: str) -> str:
        """A queue that these services may write to; returns its ARN."""
        self.sqs.create_queue(QueueName=name, Attributes=attributes)
        self.open_to(name, *services)
        return QUEUES + name

    def open_to(self, name: str, *services: str, **more: Any) -> None:
        """Put a policy on the queue; `more`: further members of its statement."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": list(services)},
            "Action": "sqs:SendMessage",
            "Resource": QUEUES + name,
            **more,
        }
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}) if services else ""
        self.sqs.set_queue_attributes(QueueUrl=self.url(name), Attributes={"Policy": text})

    def url(self, name: str) -> str:
        return str(self.sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def take(self, name: str) -> list[dict[str, Any]]:
        """The messages in the queue, which are deleted."""
        found = self.sqs.receive_message(
            QueueUrl=self.url(name),
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            AttributeNames=["All"],
        ).get("Messages", [])
        for message in found:
            self.sqs.delete_message(QueueUrl=self.url(name), ReceiptHandle=message["ReceiptHandle"])
        return list(found)

    def bodies(self, name: str) -> list[Any]:
        """What the messages say, as JSON."""
        return [json.loads(message["Body"]) for message in self.take(name)]


@pytest.fixture
def seen(account: Account, made: dict[str, Any], queues: Queues) -> Seen:
    return Seen(made, queues)


class Seen:
    """A function that sends the event it gets to a queue; `events` takes what has come."""

    NAME = "note"
    ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:note"

    def __init__(self, made: dict[str, Any], queues: Queues) -> None:
        self._lambda, self._queues = made["lambda"], queues
        queues.make("noted")
        role = made["iam"].create_role(
            RoleName="note",
            AssumeRolePolicyDocument=trust("lambda.amazonaws.com"),
        )["Role"]["Arn"]
        code = (
            "import boto3, json\n"
            "def handler(event, context):\n"
            f"    boto3.client('sqs').send_message(QueueUrl={queues.url('noted')!r},"
            " MessageBody=json.dumps(event))\n"
            "    return {'noted': 1}\n"
        )
        self._lambda.create_function(
            FunctionName=self.NAME,
            Runtime="python3.13",
            Role=role,
            Handler="lambda_function.handler",
            Code={"ZipFile": package(code)},
        )

    def let_in(self, service: str, source: str) -> None:
        """Give a service the permission to invoke the function."""
        self._lambda.add_permission(
            FunctionName=self.NAME,
            StatementId=service.partition(".")[0],
            Action="lambda:InvokeFunction",
            Principal=service,
            SourceArn=source,
        )

    def events(self) -> list[Any]:
        return self._queues.bodies("noted")


def trust(service: str) -> str:
    """A role's trust policy."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def put_rule(events: Any, target: str | None = None, name: str = "r", **changes: Any) -> str:
    """A rule on events of the source "shop", with one target; returns its ARN."""
    settings = {"Name": name, "EventPattern": '{"source": ["shop"]}', **changes}
    rule = {key: value for key, value in settings.items() if value is not None}
    arn = events.put_rule(**rule)["RuleArn"]
    if target is not None:
        bus = {"EventBusName": rule["EventBusName"]} if "EventBusName" in rule else {}
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target}], **bus)
    return str(arn)


def publish(events: Any, detail: Any = None, **changes: Any) -> dict[str, Any]:
    """Put one event of the shop; returns its result entry."""
    entry = {
        "Source": "shop",
        "DetailType": "Order Placed",
        "Detail": json.dumps({"total": 12} if detail is None else detail),
        **changes,
    }
    found: dict[str, Any] = events.put_events(Entries=[entry])["Entries"][0]
    return found


def total(made: dict[str, Any], metric: str, namespace: str = "AWS/Events", **by: str) -> float:
    """The sum of a metric over everything."""
    found = made["cloudwatch"].get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in by.items()],
        StartTime="2026-03-17T00:00:00Z",
        EndTime="2026-03-20T00:00:00Z",
        Period=86_400,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in found))
