"""Asynchronous invocation: the queue, retries, destinations, the dead-letter queue."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.lambdas import Lambdas

FAILING = "def lambda_handler(event, context):\n    print('attempt')\n    raise ValueError('no')\n"


@pytest.fixture
def lambdas(account: Account, session: boto3.Session, clients: dict[str, Any]) -> Lambdas:
    return Lambdas(session, clients)


@pytest.fixture
def queue(account: Account, clients: dict[str, Any]) -> Queue:
    return Queue(clients["sqs"])


class Queue:
    """A queue to look into."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs
        self._url = sqs.create_queue(QueueName="results")["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self.arn = found["Attributes"]["QueueArn"]

    def messages(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return list(answer.get("Messages", []))


def send(lambdas: Lambdas, event: Any = None, name: str = "f") -> None:
    answer = lambdas.client.invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps(event)
    )
    assert answer["StatusCode"] == answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["Payload"].read() == b""


def attempts(lambdas: Lambdas, clients: dict[str, Any]) -> list[float]:
    """When the function ran, in seconds after the first time."""
    found = clients["logs"].filter_log_events(logGroupName="/aws/lambda/f", filterPattern="attempt")
    times = [event["timestamp"] / 1000 for event in found["events"]]
    return [round(time - times[0], 1) for time in times]


@behaviour("lambda.async_accepted")
def test_an_event_is_accepted_and_processed_later(lambdas: Lambdas, account: Account) -> None:
    lambdas.make("def lambda_handler(event, context):\n    print(event)\n")
    send(lambdas, "hello")
    assert lambdas.total("Invocations") == 0
    account.advance(seconds=5)
    assert lambdas.total("Invocations") == 1
    assert "hello\n" in lambdas.log()
    assert lambdas.total("AsyncEventsReceived") == 1
    assert lambdas.total("AsyncEventAge", statistic="SampleCount") == 1


@behaviour("lambda.async_retries")
def test_a_failed_event_is_tried_again_after_one_and_two_minutes(
    lambdas: Lambdas, account: Account, clients: dict[str, Any]
) -> None:
    lambdas.make(FAILING)
    send(lambdas)
    account.advance(minutes=10)
    assert attempts(lambdas, clients) == pytest.approx([0, 60, 180], abs=0.2)
    assert lambdas.total("Errors") == 3
    assert lambdas.total("AsyncEventsDropped") == 1
    ids = {text.split()[2] for text in lambdas.log() if text.startswith("START")}
    assert len(ids) == 1, "retries keep the request id"


@behaviour("lambda.async_retries")
def test_retries_can_be_switched_off(
    lambdas: Lambdas, account: Account, clients: dict[str, Any]
) -> None:
    lambdas.make(FAILING)
    lambdas.client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    send(lambdas)
    account.advance(minutes=10)
    assert len(attempts(lambdas, clients)) == 1


@behaviour("lambda.event_invoke_settings")
def test_settings_for_events_are_replaced_updated_and_removed(lambdas: Lambdas) -> None:
    lambdas.make(FAILING)
    client = lambdas.client
    with pytest.raises(ClientError, match="doesn't have an EventInvokeConfig"):
        client.update_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1)
    client.put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=2, MaximumEventAgeInSeconds=900
    )
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    found = client.get_function_event_invoke_config(FunctionName="f")
    assert found["MaximumRetryAttempts"] == 0
    assert "MaximumEventAgeInSeconds" not in found
    assert found["FunctionArn"].endswith(":f:$LATEST")
    client.update_function_event_invoke_config(FunctionName="f", MaximumEventAgeInSeconds=60)
    [listed] = client.list_function_event_invoke_configs(FunctionName="f")[
        "FunctionEventInvokeConfigs"
    ]
    assert (listed["MaximumRetryAttempts"], listed["MaximumEventAgeInSeconds"]) == (0, 60)
    client.delete_function_event_invoke_config(FunctionName="f")
    assert not client.list_function_event_invoke_configs(FunctionName="f")[
        "FunctionEventInvokeConfigs"
    ]


@behaviour("lambda.event_invoke_settings")
def test_an_alias_has_settings_of_its_own(lambdas: Lambdas, account: Account) -> None:
    lambdas.make(FAILING)
    version = lambdas.client.publish_version(FunctionName="f")["Version"]
    lambdas.client.create_alias(FunctionName="f", Name="live", FunctionVersion=version)
    lambdas.client.put_function_event_invoke_config(
        FunctionName="f", Qualifier="live", MaximumRetryAttempts=0
    )
    for qualifier, tries in (("live", 1), ("$LATEST", 3)):
        before = lambdas.total("Invocations")
        lambdas.client.invoke(FunctionName="f", Qualifier=qualifier, InvocationType="Event")
        account.advance(minutes=10)
        assert lambdas.total("Invocations") - before == tries


@behaviour("lambda.async_throttles")
def test_a_throttled_event_waits_for_capacity(
    lambdas: Lambdas, account: Account, clients: dict[str, Any]
) -> None:
    lambdas.make(
        "import time\n"
        "def lambda_handler(event, context):\n    print('attempt')\n    time.sleep(20)\n",
        Timeout=30,
    )
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    for _ in range(2):
        send(lambdas)
    account.advance(minutes=5)
    # 1 + 2 + 4 + 8 + 16 s after the first try there is room.
    assert attempts(lambdas, clients) == pytest.approx([0, 31], abs=0.5)
    assert lambdas.total("Throttles") == 5


@behaviour("lambda.async_age")
def test_an_event_that_is_too_old_is_given_up(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(
        "import time\ndef lambda_handler(event, context):\n    time.sleep(300)\n", Timeout=600
    )
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    lambdas.client.put_function_event_invoke_config(
        FunctionName="f",
        MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": queue.arn}},
    )
    for _ in range(2):
        send(lambdas)
    account.advance(minutes=10)
    record = json.loads(queue.messages()[0]["Body"])
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert "responseContext" not in record


@behaviour("lambda.destinations")
def test_what_fails_for_good_goes_to_the_failure_destination(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(FAILING)
    lambdas.client.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnFailure": {"Destination": queue.arn}}
    )
    send(lambdas, {"order": 7})
    account.advance(minutes=10)
    messages = queue.messages()
    assert len(messages) == 1
    record = json.loads(messages[0]["Body"])
    assert record["version"] == "1.0"
    assert datetime.fromisoformat(record["timestamp"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestContext"]["functionArn"].endswith(":function:f:$LATEST")
    assert record["requestPayload"] == {"order": 7}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "no"


@behaviour("lambda.destinations")
def test_what_succeeds_goes_to_the_success_destination(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make("def lambda_handler(event, context):\n    return {'paid': event}\n")
    lambdas.client.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnSuccess": {"Destination": queue.arn}}
    )
    send(lambdas, 7)
    account.advance(seconds=10)
    record = json.loads(queue.messages()[0]["Body"])
    assert record["requestContext"]["condition"] == "Success"
    assert record["responsePayload"] == {"paid": 7}


def test_a_function_can_be_the_destination(lambdas: Lambdas, account: Account) -> None:
    lambdas.make("def lambda_handler(event, context):\n    return 1\n")
    lambdas.make("def lambda_handler(e, c):\n    print(e['requestContext']['condition'])\n", "g")
    arn = lambdas.client.get_function(FunctionName="g")["Configuration"]["FunctionArn"]
    lambdas.client.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnSuccess": {"Destination": arn}}
    )
    send(lambdas)
    account.advance(seconds=10)
    assert "Success\n" in lambdas.log("g")


@behaviour("lambda.dead_letter_queue")
def test_the_dead_letter_queue_gets_the_event_with_what_went_wrong(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(FAILING, DeadLetterConfig={"TargetArn": queue.arn})
    shown = lambdas.client.get_function_configuration(FunctionName="f")
    assert shown["DeadLetterConfig"] == {"TargetArn": queue.arn}
    send(lambdas, {"order": 7})
    account.advance(minutes=10)
    message = queue.messages()[0]
    assert json.loads(message["Body"]) == {"order": 7}
    attributes = {k: v["StringValue"] for k, v in message["MessageAttributes"].items()}
    assert len(attributes.pop("RequestID")) == 36
    assert attributes == {"ErrorCode": "200", "ErrorMessage": "no"}


@behaviour("lambda.dead_letter_queue")
def test_an_unreachable_dead_letter_queue_is_counted(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(FAILING, DeadLetterConfig={"TargetArn": f"{queue.arn}-gone"})
    send(lambdas)
    account.advance(minutes=10)
    assert lambdas.total("DeadLetterErrors") == 1


@behaviour("lambda.async_zero_concurrency")
def test_a_reservation_of_zero_gives_events_up_at_once(
    lambdas: Lambdas, account: Account, queue: Queue
) -> None:
    lambdas.make(FAILING, DeadLetterConfig={"TargetArn": queue.arn})
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    send(lambdas, 1)
    account.advance(seconds=5)
    assert json.loads(queue.messages()[0]["Body"]) == 1


def test_a_synchronous_failure_is_not_retried(
    lambdas: Lambdas, account: Account, clients: dict[str, Any], queue: Queue
) -> None:
    lambdas.make(FAILING, DeadLetterConfig={"TargetArn": queue.arn})
    lambdas.call()
    account.advance(minutes=10)
    assert len(attempts(lambdas, clients)) == 1
    assert queue.messages() == []


@behaviour("lambda.invoke_async_operation")
def test_the_old_operation_for_events_still_works(lambdas: Lambdas, account: Account) -> None:
    lambdas.make("def lambda_handler(event, context):\n    print(event)\n")
    assert lambdas.client.invoke_async(FunctionName="f", InvokeArgs=b'"old"')["Status"] == 202
    account.advance(seconds=5)
    assert "old\n" in lambdas.log()


@behaviour("lambda.s3_notifications")
def test_a_bucket_notifies_a_function(
    lambdas: Lambdas, account: Account, session: boto3.Session
) -> None:
    lambdas.make(
        "def lambda_handler(event, context):\n"
        "    print(event['Records'][0]['s3']['object']['key'])\n"
    )
    arn = lambdas.client.get_function(FunctionName="f")["Configuration"]["FunctionArn"]
    s3 = session.client("s3")
    s3.create_bucket(Bucket="uploads")
    s3.put_bucket_notification_configuration(
        Bucket="uploads",
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
            ]
        },
    )
    s3.put_object(Bucket="uploads", Key="a.csv", Body=b"1")
    account.advance(seconds=5)
    assert "a.csv\n" in lambdas.log()
