"""Faults on request: what a client meets, what it costs, and when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from course.account import Account
from tests.account.behaviours import behaviour

ITEM = {"TableName": "orders", "Item": {"orderId": {"S": "1"}}}
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1})
OF_DYNAMODB = {"service": "dynamodb", "operation": "PutItem"}


@pytest.fixture
def dynamodb(account: Account, session: boto3.Session) -> Any:
    return session.client("dynamodb")


@pytest.fixture
def impatient(account: Account, session: boto3.Session) -> Any:
    """A client that asks once and waits for one second."""
    return session.client("dynamodb", config=ONE_ATTEMPT.merge(Config(read_timeout=1)))


def attempts(account: Account, operation: str) -> list[str | None]:
    """The errors of the calls of one operation, in order."""
    return [call["error"] for call in account.calls() if call["operation"] == operation]


@behaviour("faults.real_retries")
def test_botocore_retries_and_gets_through(account: Account, dynamodb: Any) -> None:
    with account.fault("dynamodb:PutItem", error="ThrottlingException", times=2) as fault:
        answer = dynamodb.put_item(**ITEM)
    assert answer["ResponseMetadata"]["RetryAttempts"] == fault.hits == 2
    assert attempts(account, "PutItem") == ["ThrottlingException", "ThrottlingException", None]


@behaviour("faults.real_retries")
def test_botocore_gives_up_after_its_attempts(account: Account, dynamodb: Any) -> None:
    account.fault("dynamodb:PutItem", error="ProvisionedThroughputExceededException")
    with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException) as error:
        dynamodb.put_item(**ITEM)
    assert error.value.response["Error"]["Message"].startswith("The level of configured")
    assert len(attempts(account, "PutItem")) == 4  # what standard mode gives DynamoDB


def test_what_cannot_be_retried_is_not(account: Account, dynamodb: Any) -> None:
    account.fault("dynamodb:PutItem", error="ConditionalCheckFailedException")
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(**ITEM)
    assert len(attempts(account, "PutItem")) == 1


@behaviour("faults.protocols")
@pytest.mark.parametrize(
    ("service", "call", "parameters", "error", "status"),
    [
        ("dynamodb", "PutItem", ITEM, "ThrottlingException", 400),
        ("dynamodb", "PutItem", ITEM, "InternalServerError", 500),
        ("sqs", "ListQueues", {}, "OverLimit", 403),
        ("kinesis", "ListStreams", {}, "LimitExceededException", 400),
        ("lambda", "ListFunctions", {}, "TooManyRequestsException", 429),
        ("lambda", "GetFunction", {"FunctionName": "f"}, "ServiceException", 500),
        ("sns", "Publish", {"TopicArn": "t", "Message": "m"}, "InternalError", 500),
        ("cloudwatch", "ListMetrics", {}, "InternalFailure", 500),
        ("s3", "ListBuckets", {}, "SlowDown", 503),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k"}, "AccessDenied", 403),
        ("apigateway", "GetRestApis", {}, "TooManyRequestsException", 429),
        ("logs", "DescribeLogGroups", {}, "ServiceUnavailableException", 500),
    ],
)
def test_errors_come_in_the_service_own_protocol(
    account: Account,
    session: boto3.Session,
    service: str,
    call: str,
    parameters: dict[str, Any],
    error: str,
    status: int,
) -> None:
    account.fault(f"{service}:{call}", error=error)
    client = session.client(service, config=ONE_ATTEMPT)
    name = next(key for key, value in client.meta.method_to_api_mapping.items() if value == call)
    with pytest.raises(ClientError) as caught:
        getattr(client, name)(**parameters)
    assert caught.value.response["Error"]["Code"] == error
    assert caught.value.response["Error"]["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_status_and_message_can_be_given(account: Account, impatient: Any) -> None:
    account.fault("dynamodb:*", error="ServiceUnavailable", status=503, message="back soon")
    with pytest.raises(ClientError, match="back soon") as error:
        impatient.list_tables()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


@behaviour("faults.latency")
def test_latency_takes_time_of_the_account(account: Account, dynamodb: Any) -> None:
    before = account.now
    with account.fault("dynamodb:ListTables", latency=250):
        dynamodb.list_tables()
    assert account.now - before == timedelta(milliseconds=250)
    dynamodb.list_tables()
    assert account.now - before == timedelta(milliseconds=250)


@behaviour("faults.lost_answers")
def test_a_late_answer_is_lost_and_the_call_was_carried_out(
    account: Account, impatient: Any
) -> None:
    before = account.now
    account.fault("dynamodb:PutItem", latency=1500, times=1)
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        impatient.put_item(**ITEM)
    assert account.now - before == timedelta(seconds=1)
    assert impatient.get_item(TableName="orders", Key=ITEM["Item"])["Item"] == ITEM["Item"]


@behaviour("faults.lost_answers")
def test_a_retry_after_a_lost_answer_does_it_twice(account: Account, dynamodb: Any) -> None:
    account.fault("dynamodb:UpdateItem", error="ReadTimeout", times=1)
    dynamodb.update_item(
        TableName="orders",
        Key=ITEM["Item"],
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    found = dynamodb.get_item(TableName="orders", Key=ITEM["Item"])["Item"]
    assert found["n"] == {"N": "2"}
    assert len(attempts(account, "UpdateItem")) == 2


@behaviour("faults.lost_answers")
@pytest.mark.parametrize(
    ("error", "raised"),
    [
        ("ConnectTimeout", botocore.exceptions.ConnectTimeoutError),
        ("ConnectionReset", botocore.exceptions.ConnectionClosedError),
    ],
)
def test_a_broken_connection_carries_nothing_out(
    account: Account, impatient: Any, error: str, raised: type[Exception]
) -> None:
    with account.fault("dynamodb:PutItem", error=error), pytest.raises(raised):
        impatient.put_item(**ITEM)
    assert "Item" not in impatient.get_item(TableName="orders", Key=ITEM["Item"])
    assert attempts(account, "PutItem") == [error]


def test_rate_is_a_share_and_the_same_in_every_run(account: Account, impatient: Any) -> None:
    def run() -> list[bool]:
        with account.fault("dynamodb:ListTables", error="InternalServerError", rate=0.3):
            return [_fails(impatient) for _ in range(200)]

    first = run()
    assert 40 <= sum(first) <= 80
    assert run() != first, "every fault draws for itself"


def _fails(client: Any) -> bool:
    try:
        client.list_tables()
    except ClientError:
        return True
    return False


def test_during_is_a_span_of_the_account_time(account: Account, impatient: Any) -> None:
    account.fault("dynamodb:ListTables", error="InternalServerError", during=(60, 120))
    found = []
    for _ in range(4):
        found.append(_fails(impatient))
        account.advance(minutes=1)
    assert found == [False, True, False, False]
    account.fault("dynamodb:ListTables", error="InternalServerError", during=30)
    assert _fails(impatient)
    account.advance(seconds=30)
    assert not _fails(impatient)
    begin = account.now + timedelta(minutes=1)
    account.fault("dynamodb:ListTables", latency=1, during=(begin, begin + timedelta(minutes=1)))


def test_when_picks_calls_by_their_parameters(account: Account, impatient: Any) -> None:
    account.fault(
        "dynamodb:DescribeTable", error="InternalServerError", when={"TableName": "orders"}
    )
    with pytest.raises(ClientError, match="Internal server error"):
        impatient.describe_table(TableName="orders")
    with pytest.raises(impatient.exceptions.ResourceNotFoundException):
        impatient.describe_table(TableName="others")


def test_two_faults_add_their_latencies(account: Account, dynamodb: Any) -> None:
    before = account.now
    account.fault("dynamodb:*", latency=100)
    account.fault("dynamodb:ListTables", latency=50)
    dynamodb.list_tables()
    assert account.now - before == timedelta(milliseconds=150)


def test_the_account_own_calls_meet_no_faults(account: Account, dynamodb: Any) -> None:
    account.fault("dynamodb:CreateTable", error="InternalServerError")
    assert dynamodb.list_tables()["TableNames"] == ["orders"]


@pytest.mark.parametrize(
    ("operation", "options", "message"),
    [
        ("dynamodb:PutItems", {"error": "X"}, "Did you mean dynamodb:PutItem"),
        ("dynamo:PutItem", {"error": "X"}, "boto3's names"),
        ("PutItem", {"error": "X"}, "service:Operation"),
        ("dynamodb:PutItem", {}, "an error, a latency"),
        ("dynamodb:PutItem", {"error": "X", "rate": 30}, "from 0 to 1"),
        ("dynamodb:PutItem", {"latency": -1}, "not negative"),
        ("dynamodb:PutItem", {"error": "X", "during": (5, 5)}, "ends before"),
    ],
)
def test_a_fault_without_sense_is_refused(
    account: Account, operation: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        account.fault(operation, **options)
