"""Event source mappings on queues: batches, windows, failures, filters, scaling."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated, package
from tests.account.behaviours import behaviour
from tests.account.lambdas import Lambdas

BODIES = (
    "def lambda_handler(event, context):\n"
    "    print(','.join(record['body'] for record in event['Records']))\n"
)
# Fails for what the event calls bad; reports it by name where it is asked to.
REPORTING = (
    "def lambda_handler(event, context):\n"
    "    print(','.join(record['body'] for record in event['Records']))\n"
    "    bad = [r['messageId'] for r in event['Records'] if r['body'].startswith('bad')]\n"
    "    return {'batchItemFailures': [{'itemIdentifier': each} for each in bad]}\n"
)


@pytest.fixture
def lambdas(account: Account, session: boto3.Session, clients: dict[str, Any]) -> Lambdas:
    return Lambdas(session, clients)


@pytest.fixture
def queue(account: Account, clients: dict[str, Any]) -> Queue:
    return Queue(clients["sqs"])


class Queue:
    """A queue with a dead-letter queue behind it."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs
        self._dead = sqs.create_queue(QueueName="work-dlq")["QueueUrl"]
        policy = {"deadLetterTargetArn": self._arn(self._dead), "maxReceiveCount": 3}
        self.url = sqs.create_queue(
            QueueName="work",
            Attributes={"VisibilityTimeout": "30", "RedrivePolicy": json.dumps(policy)},
        )["QueueUrl"]
        self.arn = self._arn(self.url)

    def _arn(self, url: str) -> str:
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(found["Attributes"]["QueueArn"])

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self._sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def left(self) -> int:
        """Messages that are still in the queue, visible or not."""
        found = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(found["Attributes"][name]) for name in names)

    def dead(self) -> list[str]:
        answer = self._sqs.receive_message(QueueUrl=self._dead, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]


def connect(lambdas: Lambdas, account: Account, queue: Queue, **settings: Any) -> str:
    """A mapping that is enabled; its id."""
    mapping = lambdas.client.create_event_source_mapping(
        EventSourceArn=queue.arn, FunctionName="f", **settings
    )
    account.advance(seconds=6)
    return str(mapping["UUID"])


def batches(lambdas: Lambdas) -> list[list[str]]:
    """The bodies of each invocation, in order."""
    words = ("START", "END", "REPORT", "INIT_START", "XRAY", "[ERROR]")
    return [text.strip().split(",") for text in lambdas.log() if not text.startswith(words)]


@behaviour("lambda.sqs_batches")
def test_messages_come_in_batches_and_are_deleted(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(BODIES)
    connect(lambdas, account, queue)
    queue.send(*map(str, range(25)))
    account.advance(seconds=5)
    found = batches(lambdas)
    assert sorted(map(len, found)) == [5, 10, 10]
    assert sorted(sum(found, [])) == sorted(map(str, range(25)))
    assert queue.left() == 0


@behaviour("lambda.sqs_batches")
def test_a_batching_window_collects(lambdas: Lambdas, account: Account, queue: Queue) -> None:
    lambdas.make(BODIES)
    connect(lambdas, account, queue, BatchSize=100, MaximumBatchingWindowInSeconds=20)
    for n in range(5):
        queue.send(f"m{n}")
        account.advance(seconds=3)
    assert lambdas.total("Invocations") == 0
    account.advance(seconds=10)
    assert batches(lambdas) == [["m0", "m1", "m2", "m3", "m4"]]


def test_a_full_batch_does_not_wait_for_its_window(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(BODIES)
    connect(lambdas, account, queue, BatchSize=4, MaximumBatchingWindowInSeconds=300)
    queue.send(*"abcdefgh")
    account.advance(seconds=5)
    assert sorted(map(len, batches(lambdas))) == [4, 4]


@behaviour("lambda.sqs_record")
def test_a_record_has_everything(
    lambdas: Lambdas, account: Account, queue: Queue, clients: dict[str, Any]
) -> None:
    lambdas.make("import json\ndef lambda_handler(e, c):\n    print(json.dumps(e['Records'][0]))\n")
    connect(lambdas, account, queue)
    clients["sqs"].send_message(
        QueueUrl=queue.url,
        MessageBody="tea",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "order"}},
    )
    account.advance(seconds=5)
    record = json.loads(next(text for text in lambdas.log() if text.startswith("{")))
    assert record["body"] == "tea"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == queue.arn
    assert record["awsRegion"] == "us-east-1"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert int(record["attributes"]["SentTimestamp"]) > 1_773_000_000_000
    assert record["messageAttributes"]["kind"]["stringValue"] == "order"
    assert {"messageId", "receiptHandle", "md5OfBody"} <= set(record)


@behaviour("lambda.sqs_failures")
def test_a_failed_batch_comes_back_and_ends_in_the_dead_letter_queue(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make("def lambda_handler(event, context):\n    raise ValueError('no')\n")
    connect(lambdas, account, queue)
    queue.send("a", "b")
    account.advance(seconds=10)
    assert queue.left() == 2
    assert lambdas.total("Invocations") == 1
    account.advance(minutes=3)
    assert lambdas.total("Invocations") == 3
    assert sorted(queue.dead()) == ["a", "b"]
    assert queue.left() == 0


@behaviour("lambda.sqs_partial_failures")
def test_only_what_failed_comes_back(lambdas: Lambdas, account: Account, queue: Queue) -> None:
    lambdas.make(REPORTING)
    connect(lambdas, account, queue, FunctionResponseTypes=["ReportBatchItemFailures"])
    queue.send("good-1", "bad-1", "good-2")
    account.advance(minutes=3)
    assert [sorted(batch) for batch in batches(lambdas)] == [
        ["bad-1", "good-1", "good-2"],
        ["bad-1"],
        ["bad-1"],
    ]
    assert queue.dead() == ["bad-1"]


@behaviour("lambda.sqs_partial_failures")
def test_failures_that_nobody_asked_for_are_ignored(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(REPORTING)
    connect(lambdas, account, queue)
    queue.send("good", "bad")
    account.advance(minutes=3)
    assert len(batches(lambdas)) == 1
    assert queue.left() == 0


@behaviour("lambda.sqs_scaling")
def test_batches_are_limited_in_the_beginning_and_grow(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(
        "from course.account import work\ndef lambda_handler(e, c):\n    work(io_ms=10_000)\n",
        Timeout=20,
    )
    connect(lambdas, account, queue, BatchSize=1)
    queue.send(*map(str, range(60)))
    account.advance(seconds=0.1)
    assert lambdas.total("ConcurrentExecutions", statistic="Maximum") == 5
    account.advance(seconds=4)
    assert lambdas.total("ConcurrentExecutions", statistic="Maximum") == 25
    account.advance(minutes=3)
    assert lambdas.total("Invocations") == 60


@behaviour("lambda.sqs_maximum_concurrency")
def test_maximum_concurrency_is_kept(lambdas: Lambdas, account: Account, queue: Queue) -> None:
    lambdas.make(
        "from course.account import work\ndef lambda_handler(e, c):\n    work(io_ms=2000)\n",
        Timeout=10,
    )
    connect(lambdas, account, queue, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    queue.send(*map(str, range(10)))
    account.advance(minutes=2)
    assert queue.left() == 0
    assert lambdas.total("ConcurrentExecutions", statistic="Maximum") == 2
    assert lambdas.total("Throttles") == 0


@behaviour("lambda.sqs_throttles")
def test_throttles_use_receives_up(lambdas: Lambdas, account: Account, queue: Queue) -> None:
    lambdas.make(BODIES)
    connect(lambdas, account, queue)
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    queue.send("a")
    account.advance(minutes=3)
    assert lambdas.total("Invocations") == 0
    assert lambdas.total("Throttles") > 3
    assert queue.dead() == ["a"]


@behaviour("lambda.sqs_duplicates")
def test_a_function_slower_than_the_visibility_timeout_gets_messages_twice(
    lambdas: Lambdas, account: Account, queue: Queue, clients: dict[str, Any]
) -> None:
    lambdas.make(
        "from course.account import work\n"
        "def lambda_handler(event, context):\n    print('got')\n    work(io_ms=40_000)\n",
        Timeout=30,
    )
    connect(lambdas, account, queue)
    lambdas.client.update_function_configuration(FunctionName="f", Timeout=60)
    queue.send("slow")
    account.advance(minutes=2)
    assert lambdas.log().count("got\n") > 1


@behaviour("lambda.event_filters")
def test_filters_decide_what_reaches_the_function(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(BODIES)
    pattern = json.dumps({"body": {"amount": [{"numeric": [">", 100]}]}})
    connect(lambdas, account, queue, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    queue.send('{"amount": 50}', '{"amount": 150}', "no json")
    account.advance(seconds=10)
    assert lambdas.total("Invocations") == 1
    assert '{"amount": 150}\n' in lambdas.log()
    assert queue.left() == 0


@behaviour("lambda.mapping_metrics")
def test_a_mapping_counts_events_where_it_is_asked_to(
    lambdas: Lambdas, account: Account, queue: Queue, clients: dict[str, Any]
) -> None:
    lambdas.make(BODIES)
    connect(lambdas, account, queue, MetricsConfig={"Metrics": ["EventCount"]})
    queue.send("a", "b", "c")
    account.advance(seconds=10)
    listed = clients["cloudwatch"].list_metrics(
        Namespace="AWS/Lambda", MetricName="DeletedEventCount"
    )["Metrics"]
    assert [d["Name"] for d in listed[0]["Dimensions"]] == ["EventSourceMappingUUID"]


@behaviour("lambda.mapping_states")
def test_a_mapping_can_be_disabled_and_enabled(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(BODIES)
    mapping = connect(lambdas, account, queue)
    assert lambdas.client.get_event_source_mapping(UUID=mapping)["State"] == "Enabled"
    changed = lambdas.client.update_event_source_mapping(UUID=mapping, Enabled=False)
    assert changed["State"] == "Disabling"
    account.advance(seconds=6)
    queue.send("a")
    account.advance(minutes=1)
    assert queue.left() == 1
    lambdas.client.update_event_source_mapping(UUID=mapping, Enabled=True, BatchSize=3)
    account.advance(seconds=10)
    assert queue.left() == 0
    assert lambdas.client.get_event_source_mapping(UUID=mapping)["BatchSize"] == 3


@behaviour("lambda.mapping_states")
def test_a_mapping_can_be_deleted(lambdas: Lambdas, account: Account, queue: Queue) -> None:
    lambdas.make(BODIES)
    mapping = connect(lambdas, account, queue)
    assert lambdas.client.delete_event_source_mapping(UUID=mapping)["State"] == "Deleting"
    account.advance(seconds=6)
    with pytest.raises(ClientError, match="does not exist"):
        lambdas.client.get_event_source_mapping(UUID=mapping)
    queue.send("a")
    account.advance(minutes=1)
    assert queue.left() == 1


def test_mappings_are_listed_by_source_and_function(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(BODIES)
    lambdas.make(BODIES, "g")
    connect(lambdas, account, queue)
    lambdas.client.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="g")
    listed = lambdas.client.list_event_source_mappings
    assert len(listed(EventSourceArn=queue.arn)["EventSourceMappings"]) == 2
    found = listed(FunctionName="g")["EventSourceMappings"]
    assert [each["FunctionArn"].split(":")[-1] for each in found] == ["g"]


@behaviour("lambda.mapping_checks")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0"),
        ({"StartingPosition": "LATEST"}, "Unsupported parameters for SQS"),
        ({"BisectBatchOnFunctionError": True}, "Unsupported parameters for SQS"),
        ({"EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:nope"}, "accessing the event"),
        ({"EventSourceArn": "arn:aws:s3:::bucket"}, "Unrecognized event source"),
        ({"FunctionName": "nope"}, "Function not found"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "not valid JSON"),
    ],
)
def test_settings_that_aws_refuses(
    lambdas: Lambdas, queue: Queue, settings: dict[str, Any], message: str
) -> None:
    lambdas.make(BODIES)
    given = {"EventSourceArn": queue.arn, "FunctionName": "f", **settings}
    with pytest.raises(ClientError, match=message):
        lambdas.client.create_event_source_mapping(**given)


@behaviour("lambda.mapping_checks")
def test_the_queue_must_hide_messages_for_as_long_as_the_function_runs(
    lambdas: Lambdas, queue: Queue
) -> None:
    lambdas.make(BODIES, Timeout=60)
    with pytest.raises(
        ClientError,
        match="Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    ):
        lambdas.client.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="f")


def test_a_second_mapping_of_the_same_kind_is_refused(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(BODIES)
    connect(lambdas, account, queue)
    with pytest.raises(ClientError, match="mapping already exists") as error:
        connect(lambdas, account, queue)
    assert error.value.response["Error"]["Code"] == "ResourceConflictException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


@behaviour("lambda.other_sources_refused")
@pytest.mark.parametrize(
    "settings",
    [
        {"Topics": ["clicks"]},
        {"Queues": ["jobs"]},
        {"TumblingWindowInSeconds": 30},
        {
            "DestinationConfig": {
                "OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:123456789012:done"}
            }
        },
    ],
)
def test_other_sources_are_refused(
    lambdas: Lambdas, queue: Queue, settings: dict[str, Any]
) -> None:
    lambdas.make(BODIES)
    with pytest.raises(NotSimulated, match="lambda:CreateEventSourceMapping with"):
        lambdas.client.create_event_source_mapping(
            EventSourceArn=queue.arn, FunctionName="f", **settings
        )


@behaviour("lambda.no_polling_when_idle")
def test_an_idle_mapping_costs_nothing(lambdas: Lambdas, account: Account, queue: Queue) -> None:
    lambdas.make(BODIES)
    connect(lambdas, account, queue)
    calls = len(account.calls())
    account.advance(hours=24 * 7)
    queue.send("late")
    account.advance(seconds=2)
    assert batches(lambdas) == [["late"]]
    assert [call["operation"] for call in account.calls()[calls:]][:1] == ["SendMessage"]


def test_a_mapping_whose_function_has_no_code_leaves_the_messages(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.client.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="cart")
    account.advance(seconds=6)
    queue.send("a")
    happened = account.advance(minutes=5)
    assert [each["what"] for each in happened] == ["refused"]
    assert "update_function_code" in happened[0]["reason"]
    assert queue.left() == 1
    lambdas.client.update_function_code(
        FunctionName="cart",
        ZipFile=package({"cart.py": BODIES.replace("lambda_handler", "handler")}),
    )
    account.advance(minutes=2)
    assert queue.left() == 0
