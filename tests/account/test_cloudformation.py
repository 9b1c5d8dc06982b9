"""Stacks: what is built in which order, what a failure leaves behind, and what has drifted."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from course.account import Account
from course.account.errors import NotSimulated
from tests.account.behaviours import behaviour

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String, Default: test}
Conditions:
  IsLive: !Equals [!Ref Stage, live]
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: !If [IsLive, 60, 30]
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Dead.Arn
        maxReceiveCount: 3
  Dead:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "${AWS::StackName}-dead"}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      BillingMode: PAY_PER_REQUEST
  Alerts:
    Type: AWS::SNS::Topic
    Condition: IsLive
Outputs:
  Queue: {Value: !Ref Orders, Description: where orders wait}
"""
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
        }
    },
}


def client() -> Any:
    return boto3.client("cloudformation")


def create(body: str | dict[str, Any], name: str = "shop", **options: Any) -> str:
    text = body if isinstance(body, str) else json.dumps(body)
    return str(client().create_stack(StackName=name, TemplateBody=text, **options)["StackId"])


def resources(**found: Any) -> dict[str, Any]:
    return {"Resources": found}


def queue(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def events(name: str = "shop") -> list[tuple[str, str]]:
    """(logical id, status) of each event, oldest first."""
    found = client().describe_stack_events(StackName=name)["StackEvents"]
    return [(each["LogicalResourceId"], each["ResourceStatus"]) for each in reversed(found)]


def reasons(name: str = "shop") -> dict[str, str]:
    """The reason of each failed resource."""
    found = client().describe_stack_events(StackName=name)["StackEvents"]
    return {
        each["LogicalResourceId"]: each["ResourceStatusReason"]
        for each in found
        if each["ResourceStatus"].endswith("_FAILED")
    }


def status(name: str = "shop") -> str:
    return str(client().describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


def refused(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@behaviour("cloudformation.create")
def test_a_stack_is_built_in_the_order_of_its_dependencies(account: Account) -> None:
    create(TEMPLATE)
    assert status() == "CREATE_IN_PROGRESS"
    client().get_waiter("stack_create_complete").wait(StackName="shop")
    found = events()
    assert found[0] == ("shop", "CREATE_IN_PROGRESS")
    assert found[-1] == ("shop", "CREATE_COMPLETE")
    first = found.index(("Dead", "CREATE_COMPLETE"))
    assert found.index(("Orders", "CREATE_IN_PROGRESS")) > first
    assert "Alerts" not in {name for name, _ in found}
    stack = client().describe_stacks(StackName="shop")["Stacks"][0]
    url = stack["Outputs"][0]["OutputValue"]
    read = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    assert read["Attributes"]["VisibilityTimeout"] == "30"
    assert ":shop-dead" in read["Attributes"]["RedrivePolicy"]


@behaviour("cloudformation.events")
def test_events_come_newest_first_and_in_pages(account: Account) -> None:
    create(TEMPLATE)
    account.advance(minutes=2)
    found = client().describe_stack_events(StackName="shop")["StackEvents"]
    times = [each["Timestamp"] for each in found]
    assert times == sorted(times, reverse=True)
    assert found[0]["ResourceStatus"] == "CREATE_COMPLETE"
    assert found[-1]["ResourceStatusReason"] == "User Initiated"


@behaviour("cloudformation.rollback")
def test_a_resource_that_fails_takes_the_others_with_it(account: Account) -> None:
    bad = {**queue(VisibilityTimeout=99_999), "DependsOn": "First"}
    create(resources(First=queue(QueueName="first"), Bad=bad, Slow={
        "Type": "AWS::S3::Bucket", "Properties": {"BucketName": "shop-slow"}}))  # fmt: skip
    account.advance(minutes=5)
    assert status() == "ROLLBACK_COMPLETE"
    said = reasons()
    assert said["Bad"].startswith('Resource handler returned message: "')
    assert "(Service: Sqs, Status Code: 400, Request ID: " in said["Bad"]
    assert said["Bad"].endswith("HandlerErrorCode: InvalidRequest)")
    assert said["Slow"] == "Resource creation cancelled"
    found = events()
    start = found.index(("shop", "ROLLBACK_IN_PROGRESS"))
    assert [each for each in found[start:] if each[1] == "DELETE_COMPLETE"] == [
        ("Slow", "DELETE_COMPLETE"),
        ("First", "DELETE_COMPLETE"),
    ]
    assert "QueueUrls" not in boto3.client("sqs").list_queues(QueueNamePrefix="first")
    names = [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]]
    assert "shop-slow" not in names


def test_the_rollback_names_all_that_failed(account: Account) -> None:
    create(resources(Bad=queue(VisibilityTimeout=99_999), Good=queue()))
    account.advance(minutes=5)
    found = client().describe_stack_events(StackName="shop")["StackEvents"]
    reason = next(
        each["ResourceStatusReason"]
        for each in found
        if each["ResourceStatus"] == "ROLLBACK_IN_PROGRESS"
    )
    assert reason == (
        "The following resource(s) failed to create: [Bad, Good]. Rollback requested by user."
    )


def test_a_waiter_ends_with_the_rollback(account: Account) -> None:
    create(resources(Bad=queue(VisibilityTimeout=99_999)))
    with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
        client().get_waiter("stack_create_complete").wait(StackName="shop")


@pytest.mark.parametrize(
    ("options", "end", "left"),
    [
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED", True),
        ({"DisableRollback": True}, "CREATE_FAILED", True),
        ({"OnFailure": "DELETE"}, "DELETE_COMPLETE", False),
    ],
)
def test_what_happens_on_failure(
    account: Account, options: dict[str, Any], end: str, left: bool
) -> None:
    bad = {**queue(VisibilityTimeout=99_999), "DependsOn": "First"}
    name = create(resources(First=queue(QueueName="first"), Bad=bad), **options)
    account.advance(minutes=5)
    assert status(name) == end
    found = boto3.client("sqs").list_queues(QueueNamePrefix="first")
    assert bool(found.get("QueueUrls")) is left


def test_a_name_that_is_taken_fails_with_the_services_own_message(account: Account) -> None:
    boto3.client("sqs").create_queue(QueueName="taken", Attributes={"DelaySeconds": "5"})
    create(resources(Q=queue(QueueName="taken", DelaySeconds=9)))
    account.advance(minutes=5)
    assert "HandlerErrorCode: AlreadyExists" in reasons()["Q"]


def test_a_property_that_the_type_does_not_have(account: Account) -> None:
    create(resources(Q=queue(Colour="red")))
    account.advance(minutes=5)
    assert reasons()["Q"] == (
        "Properties validation failed for resource Q with message: "
        "#: extraneous key [Colour] is not permitted"
    )


def test_a_stack_that_was_rolled_back_cannot_be_updated(account: Account) -> None:
    create(resources(Bad=queue(VisibilityTimeout=99_999)))
    account.advance(minutes=5)
    code, message = refused(client().update_stack, StackName="shop", TemplateBody="{}")
    assert code == "ValidationError"
    assert message.endswith("is in ROLLBACK_COMPLETE state and can not be updated.")


@behaviour("cloudformation.delete")
def test_deleting_leaves_what_is_retained_and_stops_at_what_is_not_empty(account: Account) -> None:
    kept = {**queue(QueueName="kept"), "DeletionPolicy": "Retain"}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}
    create(resources(Kept=kept, Bucket=bucket, Group={"Type": "AWS::Logs::LogGroup"}))
    account.advance(minutes=5)
    s3 = boto3.client("s3")
    s3.put_object(Bucket="full", Key="a", Body=b"1")
    client().delete_stack(StackName="shop")
    account.advance(minutes=5)
    assert status() == "DELETE_FAILED"
    assert "not empty" in reasons()["Bucket"]
    assert ("Kept", "DELETE_SKIPPED") in events()
    assert boto3.client("sqs").list_queues(QueueNamePrefix="kept")["QueueUrls"]


def test_a_deleted_stack_is_found_by_its_id_alone(account: Account) -> None:
    name = create(resources(Q=queue()))
    account.advance(minutes=5)
    client().delete_stack(StackName="shop")
    client().get_waiter("stack_delete_complete").wait(StackName=name)
    assert status(name) == "DELETE_COMPLETE"
    code, message = refused(client().describe_stacks, StackName="shop")
    assert (code, message) == ("ValidationError", "Stack with id shop does not exist")
    assert client().list_stacks()["StackSummaries"][0]["StackStatus"] == "DELETE_COMPLETE"


@behaviour("cloudformation.types")
def test_a_function_with_its_role(account: Account) -> None:
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"ZipFile": "def handler(event, context):\n    return 7\n"},
        },
    }
    body = resources(F=function, Role=ROLE)
    assert refused(create, body=body) == (
        "InsufficientCapabilitiesException",
        "Requires capabilities : [CAPABILITY_IAM]",
    )
    create(body, Capabilities=["CAPABILITY_IAM"])
    account.advance(minutes=5)
    assert status() == "CREATE_COMPLETE", reasons()
    found = client().describe_stack_resources(StackName="shop", LogicalResourceId="F")
    name = found["StackResources"][0]["PhysicalResourceId"]
    answer = boto3.client("lambda").invoke(FunctionName=name)
    assert answer["Payload"].read() == b"7"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[", "unsupported structure"),
        ("{}", "At least one Resources member"),
        ({"Resources": {"Q": {}}}, "must contain a Type member"),
        (resources(Q=queue(QueueName={"Ref": "Nobody"})), "dependencies \\[Nobody\\]"),
        (resources(A={**queue(), "DependsOn": "B"}, B={**queue(), "DependsOn": ["A"]}),
         "Circular dependency between resources: \\[A, B\\]"),
        ({"Parameters": {"P": {"Type": "String"}}, **resources(Q=queue())}, "must have values"),
        ({"Colour": 1, **resources(Q=queue())}, "Invalid template property"),
    ],
)  # fmt: skip
def test_templates_that_aws_does_not_take(account: Account, body: Any, message: str) -> None:
    with pytest.raises(ClientError, match=message) as caught:
        create(body)
    assert caught.value.response["Error"]["Code"] == "ValidationError"


@behaviour("cloudformation.limits")
@pytest.mark.parametrize(
    ("body", "named"),
    [
        (resources(B={"Type": "AWS::EC2::Instance"}), "AWS::EC2::Instance"),
        ({"Transform": "AWS::Serverless-2016-10-31", **resources(Q=queue())}, "Transform"),
        (resources(Q=queue(QueueName={"Fn::ImportValue": "x"})), "Fn::ImportValue"),
    ],
)
def test_what_is_not_built_says_so(account: Account, body: Any, named: str) -> None:
    with pytest.raises(NotSimulated, match=named):
        create(body)
    with pytest.raises(NotSimulated, match="CreateChangeSet"):
        client().create_change_set(StackName="shop", ChangeSetName="c", TemplateBody="{}")


def test_a_stack_that_stands_is_not_updated(account: Account) -> None:
    create(resources(Q=queue()))
    account.advance(minutes=1)
    with pytest.raises(NotSimulated, match="UpdateStack"):
        client().update_stack(StackName="shop", TemplateBody=json.dumps(resources(Q=queue())))
    assert refused(create, body=resources(Q=queue()))[0] == "AlreadyExistsException"


def detect(account: Account) -> dict[str, Any]:
    identity = client().detect_stack_drift(StackName="shop")["StackDriftDetectionId"]
    ask = client().describe_stack_drift_detection_status
    assert ask(StackDriftDetectionId=identity)["DetectionStatus"] == "DETECTION_IN_PROGRESS"
    account.advance(seconds=10)
    found: dict[str, Any] = ask(StackDriftDetectionId=identity)
    return found


def drifts() -> dict[str, tuple[str, list[str]]]:
    found = client().describe_stack_resource_drifts(StackName="shop")["StackResourceDrifts"]
    return {
        each["LogicalResourceId"]: (
            each["StackResourceDriftStatus"],
            [one["PropertyPath"] for one in each.get("PropertyDifferences", ())],
        )
        for each in found
    }


@behaviour("cloudformation.drift")
def test_drift_of_every_type_that_is_compared(account: Account) -> None:
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": "t",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    }
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "f",
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": "Role.Arn"},
            "Timeout": 10,
            "Code": {"ZipFile": "def handler(event, context):\n    return 7\n"},
        },
    }
    bucket = {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": "drifty", "VersioningConfiguration": {"Status": "Enabled"}},
    }
    create(
        resources(
            Q=queue(QueueName="q", VisibilityTimeout=30), Gone=queue(QueueName="gone"),
            T=table, F=function, Role=ROLE, B=bucket,
        ),
        Capabilities=["CAPABILITY_IAM"],
    )  # fmt: skip
    account.advance(minutes=5)
    assert status() == "CREATE_COMPLETE", reasons()
    assert detect(account)["StackDriftStatus"] == "IN_SYNC"
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "31"})
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="gone")["QueueUrl"])
    boto3.client("lambda").update_function_configuration(FunctionName="f", Timeout=11)
    boto3.client("s3").put_bucket_versioning(
        Bucket="drifty", VersioningConfiguration={"Status": "Suspended"}
    )
    boto3.client("dynamodb").update_table(
        TableName="t",
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    account.advance(minutes=1)
    found = detect(account)
    assert (found["StackDriftStatus"], found["DriftedStackResourceCount"]) == ("DRIFTED", 5)
    assert drifts() == {
        "Q": ("MODIFIED", ["/VisibilityTimeout"]),
        "Gone": ("DELETED", []),
        "T": ("MODIFIED", ["/BillingMode"]),
        "F": ("MODIFIED", ["/Timeout"]),
        "B": ("MODIFIED", ["/VersioningConfiguration"]),
    }
    shown = client().describe_stacks(StackName="shop")["Stacks"][0]["DriftInformation"]
    assert shown["StackDriftStatus"] == "DRIFTED"


def test_what_the_template_does_not_set_does_not_drift(account: Account) -> None:
    create(resources(Q=queue(QueueName="q")))
    account.advance(minutes=1)
    url = boto3.client("sqs").get_queue_url(QueueName="q")["QueueUrl"]
    boto3.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "9"})
    assert detect(account)["StackDriftStatus"] == "IN_SYNC"
