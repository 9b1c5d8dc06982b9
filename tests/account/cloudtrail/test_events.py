"""Calls become events: shape, identities, names, secrets, categories."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated, identity
from course.account.cloudtrail.reading import Reader
from course.telemetry.trail.elements import HIDDEN
from tests.account.behaviours import behaviour

ORDER = ("eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion",
         "sourceIPAddress", "userAgent", "requestParameters", "responseElements", "requestID",
         "eventID", "readOnly", "eventType", "managementEvent", "recipientAccountId",
         "eventCategory", "tlsDetails")  # fmt: skip


def events(account: Account) -> list[dict[str, Any]]:
    return [entry.record for entry in Reader(account._desk.calls, account.id).new(data=True)]


def last(account: Account) -> dict[str, Any]:
    return events(account)[-1]


@behaviour("cloudtrail.records_calls")
def test_a_call_leaves_a_record_of_the_documented_shape(account: Account, aws: Any) -> None:
    answer = aws["iam"].create_user(UserName="bob")
    record = last(account)
    assert tuple(record) == ORDER
    assert record["eventVersion"] == "1.11"
    assert record["eventTime"] == "2026-03-17T12:00:00Z"
    assert (record["eventSource"], record["eventName"]) == ("iam.amazonaws.com", "CreateUser")
    assert record["requestParameters"] == {"userName": "bob"}
    assert record["responseElements"]["user"]["userName"] == "bob"
    assert record["requestID"] == answer["ResponseMetadata"]["RequestId"]
    assert record["readOnly"] is False and record["managementEvent"] is True
    assert record["tlsDetails"]["clientProvidedHostHeader"] == "iam.amazonaws.com"
    assert json.loads(json.dumps(record)) == record


@behaviour("cloudtrail.records_calls")
def test_a_read_has_no_response_and_an_error_has_its_code(account: Account, aws: Any) -> None:
    aws["lambda"].get_function(FunctionName="cart")
    assert last(account)["responseElements"] is None and last(account)["readOnly"] is True
    assert "errorCode" not in last(account)
    with pytest.raises(ClientError):
        aws["s3"].delete_bucket(Bucket="nowhere")
    record = last(account)
    assert record["errorCode"] == "NoSuchBucket"
    assert record["errorMessage"] == "The specified bucket does not exist"
    assert record["responseElements"] is None
    assert record["requestParameters"] == {
        "bucketName": "nowhere",
        "Host": "nowhere.s3.amazonaws.com",
    }


def test_recording_costs_a_call_nothing(account: Account, aws: Any) -> None:
    aws["iam"].create_user(UserName="bob")
    assert account._desk.calls[-1].event is ...
    assert account._desk.calls.watchers == []


def test_what_was_refused_here_is_no_event(account: Account, aws: Any) -> None:
    with pytest.raises(NotSimulated):
        aws["cloudtrail"].list_event_data_stores()
    assert events(account) == []


def test_the_agent_does_not_name_the_machine(account: Account, aws: Any) -> None:
    aws["iam"].list_users()
    agent = last(account)["userAgent"]
    assert agent.startswith("[Boto3/") and "os/" not in agent and "lang/" not in agent


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "name"),
    [
        ("lambda", "get_function", {"FunctionName": "cart"}, "GetFunction20150331v2"),
        ("lambda", "list_functions", {}, "ListFunctions20150331"),
        ("lambda", "publish_version", {"FunctionName": "cart"}, "PublishVersion20150331"),
        ("lambda", "get_function_concurrency", {"FunctionName": "cart"}, "GetFunctionConcurrency"),
        ("lambda", "update_function_configuration", {"FunctionName": "cart", "Timeout": 9},
         "UpdateFunctionConfiguration20150331v2"),
        ("cloudwatch", "describe_alarms", {}, "DescribeAlarms"),
        ("dynamodb", "list_tables", {}, "ListTables"),
    ],
)  # fmt: skip
@behaviour("cloudtrail.event_names")
def test_names_are_cloudtrails(
    account: Account, aws: Any, service: str, operation: str, parameters: Any, name: str
) -> None:
    getattr(aws[service], operation)(**parameters)
    assert last(account)["eventName"] == name


@behaviour("cloudtrail.secrets_left_out")
def test_secrets_are_left_out_or_hidden(account: Account, aws: Any) -> None:
    variables = {"Variables": {"TOKEN": "secret-1"}}
    aws["lambda"].update_function_configuration(FunctionName="cart", Environment=variables)
    assert last(account)["requestParameters"]["environment"] == {}
    assert last(account)["responseElements"]["environment"] == {}
    aws["ssm"].put_parameter(Name="p", Value="secret-2", Type="SecureString")
    assert last(account)["requestParameters"]["value"] == HIDDEN
    aws["iam"].create_user(UserName="bob")
    key = aws["iam"].create_access_key(UserName="bob")["AccessKey"]
    assert last(account)["responseElements"]["accessKey"]["accessKeyId"] == key["AccessKeyId"]
    url = aws["sqs"].get_queue_url(QueueName="orders")["QueueUrl"]
    aws["sqs"].send_message(QueueUrl=url, MessageBody="secret-3")
    topic = aws["sns"].create_topic(Name="t")["TopicArn"]
    aws["sns"].publish(TopicArn=topic, Message="secret-4", Subject="secret-5")
    aws["dynamodb"].put_item(
        TableName="orders", Item={"orderId": {"S": "1"}, "a": {"S": "secret-6"}}
    )
    assert last(account)["requestParameters"] == {"tableName": "orders", "items": ["a", "orderId"]}
    aws["dynamodb"].get_item(TableName="orders", Key={"orderId": {"S": "1"}})
    assert last(account)["requestParameters"]["key"] == {"orderId": "1"}
    text = json.dumps(events(account))
    assert "secret-" not in text and key["SecretAccessKey"] not in text


@behaviour("cloudtrail.data_events")
def test_data_events_are_told_apart(account: Account, aws: Any) -> None:
    aws["s3"].create_bucket(Bucket="box")
    aws["s3"].put_object(Bucket="box", Key="a/b", Body=b"body")
    record = last(account)
    assert (record["eventCategory"], record["managementEvent"]) == ("Data", False)
    assert record["resources"] == [
        {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::box/a/b"},
        {"accountId": account.id, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::box"},
    ]
    assert "body" not in record["requestParameters"]
    assert record["additionalEventData"]["SignatureVersion"] == "SigV4"
    aws["cloudwatch"].put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", "Value": 1}])
    assert last(account)["eventCategory"] == "Data"
    count = len(events(account))
    aws["logs"].filter_log_events(logGroupName="/shop/web")
    aws["events"].put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])
    assert len(events(account)) == count


def test_global_services_stand_in_us_east_1(account: Account) -> None:
    boto3.client("iam", region_name="eu-west-1").list_users()
    assert last(account)["awsRegion"] == "us-east-1"
    boto3.client("sqs", region_name="eu-west-1").list_queues()
    assert last(account)["awsRegion"] == "eu-west-1"


@behaviour("cloudtrail.identities")
def test_a_users_key_and_a_roles_session_say_who_it_was(account: Account, aws: Any) -> None:
    assert aws["sts"].get_caller_identity()["Arn"] == f"arn:aws:iam::{account.id}:user/dana"
    assert last(account)["userIdentity"]["userName"] == "dana"
    aws["iam"].create_user(UserName="bob")
    key = aws["iam"].create_access_key(UserName="bob")["AccessKey"]
    bob = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    said = bob.client("sts").get_caller_identity()
    found = last(account)["userIdentity"]
    assert found["type"] == "IAMUser" and found["userName"] == "bob"
    assert (said["Arn"], said["UserId"]) == (found["arn"], found["principalId"])
    assert found["accessKeyId"] == key["AccessKeyId"]


@behaviour("cloudtrail.identities")
def test_assumed_roles_name_their_role(account: Account, aws: Any) -> None:
    role = aws["iam"].create_role(RoleName="ci", AssumeRolePolicyDocument="{}")["Role"]
    given = aws["sts"].assume_role(RoleArn=role["Arn"], RoleSessionName="run-7")["Credentials"]
    assert last(account)["readOnly"] is True
    assert "secretAccessKey" not in last(account)["responseElements"]["credentials"]
    session = boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], "us-east-1"
    )
    said = session.client("sts").get_caller_identity()["Arn"]
    found = last(account)["userIdentity"]
    assert found["type"] == "AssumedRole"
    assert found["arn"] == said == f"arn:aws:sts::{account.id}:assumed-role/ci/run-7"
    assert found["sessionContext"]["sessionIssuer"] == {
        "type": "Role",
        "principalId": role["RoleId"],
        "arn": role["Arn"],
        "accountId": account.id,
        "userName": "ci",
    }
    assert found["sessionContext"]["attributes"]["creationDate"] == "2026-03-17T12:00:00Z"


@behaviour("cloudtrail.identities")
def test_code_can_act_for_a_role_or_a_service(account: Account, aws: Any) -> None:
    arn = f"arn:aws:iam::{account.id}:role/shop-functions"
    with identity.acting_as(arn):
        aws["sns"].list_topics()
        assert "assumed-role/shop-functions" in aws["sts"].get_caller_identity()["Arn"]
    assert last(account)["userIdentity"]["type"] == "AssumedRole"
    assert last(account)["sourceIPAddress"] == identity.ADDRESS
    with identity.acting_as(None, service="lambda.amazonaws.com"):
        aws["sns"].list_topics()
    record = last(account)
    assert record["userIdentity"] == {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
    assert record["sourceIPAddress"] == record["userAgent"] == "lambda.amazonaws.com"
    assert "tlsDetails" not in record
    aws["sns"].list_topics()
    assert last(account)["userIdentity"]["userName"] == "dana"


def test_a_role_that_is_no_arn_still_has_its_name(account: Account, aws: Any) -> None:
    with identity.acting_as("runner"):
        aws["sns"].list_topics()
    issuer = last(account)["userIdentity"]["sessionContext"]["sessionIssuer"]
    assert issuer["userName"] == "runner"


def test_an_unsigned_request_comes_from_nobody_known(account: Account, aws: Any) -> None:
    aws["s3"].create_bucket(Bucket="open")
    client = boto3.client("s3", config=Config(signature_version=UNSIGNED))
    with pytest.raises(ClientError):
        client.get_object(Bucket="open", Key="k")
    assert last(account)["userIdentity"]["accountId"] == "ANONYMOUS_PRINCIPAL"


def test_the_same_calls_leave_the_same_ids() -> None:
    from course.account import open as open_account
    from tests.account.conftest import WORLD

    found = []
    for _ in range(2):
        with open_account(WORLD) as account:
            boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
            found.append([record["eventID"] for record in events(account)])
    assert found[0] == found[1]
