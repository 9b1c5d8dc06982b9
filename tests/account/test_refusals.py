"""What is not simulated says so, in one line that names the operation and what to use."""

from __future__ import annotations

from io import BytesIO
from threading import Thread
from typing import Any

import boto3
import pytest
import requests
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from course.account import Account, AccountClosed, NotSimulated, operations, refusals


def model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@pytest.mark.parametrize("service", sorted(refusals.REFUSED))
def test_refusals_name_real_operations(service: str) -> None:
    """A name that botocore does not know could never be met: the refusal would be dead."""
    assert set(refusals.REFUSED[service]) <= set(model(service).operation_names)


@pytest.mark.parametrize("service", sorted(refusals.REFUSED_PARAMETERS))
def test_refused_parameters_are_real_parameters(service: str) -> None:
    for operation, parameters in refusals.REFUSED_PARAMETERS[service].items():
        shape = model(service).operation_model(operation).input_shape
        assert set(parameters) <= set(shape.members), operation


@pytest.mark.parametrize("service", sorted(operations.WHOLE))
def test_every_operation_is_answered_or_refused(service: str) -> None:
    for name in model(service).operation_names:
        if name in operations.OURS[service]:
            refusals.check(service, name)
            assert callable(operations.find(service, name))
        else:
            with pytest.raises(NotSimulated, match=f"^{service}:{name} is not simulated"):
                refusals.check(service, name)


def test_operations_of_ours_are_real_operations() -> None:
    for service, listed in operations.OURS.items():
        assert set(listed) <= set(model(service).operation_names)
        assert len({xform_name(name) for name in listed}) == len(listed)


def test_refusal_comes_out_of_boto3_as_itself(account: Account, cloudwatch: Any) -> None:
    with pytest.raises(NotSimulated) as error:
        cloudwatch.get_metric_widget_image(MetricWidget="{}")
    assert str(error.value).startswith("cloudwatch:GetMetricWidgetImage is not simulated")
    assert error.value.operation == "cloudwatch:GetMetricWidgetImage"
    assert "\n" not in str(error.value)
    assert error.value._render_traceback_() == [f"NotSimulated: {error.value}"]
    assert account.calls()[-1]["error"] == "NotSimulated"


def call(session: boto3.Session, service: str, operation: str, **parameters: Any) -> Any:
    return getattr(session.client(service), operation)(**parameters)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "message"),
    [
        ("lambda", "invoke", {"FunctionName": "cart"}, "lambda:Invoke"),
        ("lambda", "list_code_signing_configs", {}, "lambda:ListCodeSigningConfigs"),
        ("sns", "list_platform_applications", {}, "sns:ListPlatformApplications"),
        ("xray", "get_indexing_rules", {}, "Transaction Search is off here"),
        ("events", "remove_permission", {"StatementId": "s"}, "one account"),
        ("stepfunctions", "start_sync_execution", {"stateMachineArn": "x"}, "StartSyncExecution"),
        ("cloudwatch", "list_metrics", {"IncludeLinkedAccounts": True}, "one account"),
        (
            "logs",
            "create_log_group",
            {"logGroupName": "/a", "deletionProtectionEnabled": True},
            "with deletionProtectionEnabled",
        ),
        ("synthetics", "start_canary", {"Name": "c"}, "synthetics:StartCanary"),
    ],
)
def test_moto_gaps_are_refusals_too(
    account: Account,
    session: boto3.Session,
    service: str,
    operation: str,
    parameters: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(NotSimulated, match=message):
        call(session, service, operation, **parameters)


def test_http_subscribers_are_refused_before_any_call(account: Account, clients: Any) -> None:
    topic = clients["sns"].create_topic(Name="t")["TopicArn"]
    with pytest.raises(NotSimulated, match="account.endpoint"):
        clients["sns"].subscribe(
            TopicArn=topic, Protocol="https", Endpoint="https://example.com/hook"
        )


def test_publishing_to_a_function_is_refused(account: Account, clients: Any) -> None:
    topic = clients["sns"].list_topics()["Topics"][0]["TopicArn"]
    with pytest.raises(NotSimulated, match="lambda"):
        clients["sns"].publish(TopicArn=topic, Message="hello")


def test_requests_meets_the_same_door(account: Account) -> None:
    answer = requests.get("https://sqs.us-east-1.amazonaws.com/?Action=ListQueues", timeout=1)
    assert "orders-dlq" in answer.text
    account.close()
    for host in ("sqs", "abc.execute-api"):
        with pytest.raises(AccountClosed):
            requests.get(f"https://{host}.us-east-1.amazonaws.com/", timeout=1)


def test_uploads_arrive_whole(account: Account, session: boto3.Session) -> None:
    """The desk reads a request's body to record it; moto must still find it."""
    s3 = session.client("s3")
    s3.create_bucket(Bucket="archive")
    s3.upload_fileobj(BytesIO(b"x" * 9_000_000), "archive", "big")
    assert s3.head_object(Bucket="archive", Key="big")["ContentLength"] == 9_000_000
    s3.put_object(Bucket="archive", Key="small", Body=b"hello")
    assert s3.get_object(Bucket="archive", Key="small")["Body"].read() == b"hello"


def test_what_moto_stumbles_over_is_no_stack_trace(
    account: Account, session: boto3.Session
) -> None:
    with pytest.raises(NotSimulated, match="stumbled over these parameters"):
        session.client("dynamodbstreams").get_records(ShardIterator="no iterator")


def test_threads_do_not_lose_updates(account: Account, session: boto3.Session) -> None:
    client = session.client("dynamodb")
    key = {"orderId": {"S": "1"}}

    def add() -> None:
        for _ in range(20):
            client.update_item(
                TableName="orders",
                Key=key,
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    workers = [Thread(target=add) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert client.get_item(TableName="orders", Key=key)["Item"]["n"] == {"N": "80"}
