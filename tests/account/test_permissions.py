"""Permissions in force: what a role may do, and what AWS answers where it may not."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account, package
from course.account.errors import NotSimulated
from tests.account.behaviours import behaviour

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def statement(effect: str, action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    found = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [found]}


EVERYTHING = statement("Allow", "*")


@pytest.fixture
def worker(account: Account) -> Account:
    """An account with a role that may do nothing, a table, a queue, a topic and a bucket."""
    boto3.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))
    boto3.client("dynamodb").create_table(
        TableName="parcels",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    boto3.client("sqs").create_queue(QueueName="parcels")
    boto3.client("s3").create_bucket(Bucket="parcels")
    return account


def allow(document: dict[str, Any], name: str = "own") -> None:
    boto3.client("iam").put_role_policy(
        RoleName="worker", PolicyName=name, PolicyDocument=json.dumps(document)
    )


def put_item() -> Any:
    return boto3.client("dynamodb").put_item(TableName="parcels", Item={"id": {"S": "1"}})


def denied(call: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call()
    answer: dict[str, Any] = caught.value.response
    return answer


def session(account: Account) -> str:
    return f"arn:aws:sts::{account.id}:assumed-role/worker/run-1"


@behaviour("iam.identity")
def test_a_role_may_do_what_its_policies_allow(worker: Account) -> None:
    table = f"arn:aws:dynamodb:{worker.region}:{worker.id}:table/parcels"
    with worker.acting_as("worker", session="run-1") as arn:
        answer = denied(put_item)
    allow(statement("Allow", "dynamodb:PutItem", table))
    with worker.acting_as("worker", session="run-1"):
        put_item()
    assert arn == session(worker)
    assert answer["Error"] == {
        "Code": "AccessDeniedException",
        "Message": f"User: {arn} is not authorized to perform: dynamodb:PutItem on resource: "
        f"{table} because no identity-based policy allows the dynamodb:PutItem action",
    }
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_what_is_refused_is_not_carried_out(worker: Account) -> None:
    with worker.acting_as("worker"):
        denied(put_item)
    assert boto3.client("dynamodb").scan(TableName="parcels")["Count"] == 0


def test_outside_the_block_nothing_is_judged(worker: Account) -> None:
    with worker.acting_as("worker"):
        denied(put_item)
    put_item()


@behaviour("iam.codes")
def test_every_service_answers_in_its_own_way(worker: Account) -> None:
    topic = boto3.client("sns").create_topic(Name="parcels")["TopicArn"]
    url = boto3.client("sqs").get_queue_url(QueueName="parcels")["QueueUrl"]
    calls: dict[str, Any] = {
        "s3": lambda: boto3.client("s3").get_object(Bucket="parcels", Key="a"),
        "sqs": lambda: boto3.client("sqs").send_message(QueueUrl=url, MessageBody="a"),
        "sns": lambda: boto3.client("sns").publish(TopicArn=topic, Message="a"),
        "logs": lambda: boto3.client("logs").create_log_group(logGroupName="/a"),
        "lambda": lambda: boto3.client("lambda").invoke(FunctionName="f"),
        "cloudwatch": lambda: boto3.client("cloudwatch").list_metrics(),
        "iam": lambda: boto3.client("iam").get_role(RoleName="worker"),
    }
    with worker.acting_as("worker", session="run-1"):
        answers = {service: denied(call) for service, call in calls.items()}
    found = {
        service: (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])
        for service, answer in answers.items()
    }
    assert found == {
        "s3": ("AccessDenied", 403),
        "sqs": ("AccessDenied", 403),
        "sns": ("AuthorizationError", 403),
        "logs": ("AccessDeniedException", 400),
        "lambda": ("AccessDeniedException", 403),
        "cloudwatch": ("AccessDenied", 403),
        "iam": ("AccessDenied", 403),
    }
    actions = {service: answer["Error"]["Message"] for service, answer in answers.items()}
    assert 'on resource: "arn:aws:s3:::parcels/a"' in actions["s3"]
    assert "sqs:sendmessage on resource" in actions["sqs"]
    assert "SNS:Publish on resource" in actions["sns"]


def test_head_tells_its_status_only(worker: Account) -> None:
    with worker.acting_as("worker"):
        answer = denied(lambda: boto3.client("s3").head_object(Bucket="parcels", Key="a"))
    assert answer["Error"]["Code"] == "403"


@behaviour("iam.resource")
def test_a_buckets_own_policy_counts(worker: Account) -> None:
    s3 = boto3.client("s3")
    s3.put_object(Bucket="parcels", Key="a", Body=b"1")
    principal = {"AWS": f"arn:aws:iam::{worker.id}:role/worker"}
    policy = statement("Allow", "s3:GetObject", "arn:aws:s3:::parcels/*", Principal=principal)
    s3.put_bucket_policy(Bucket="parcels", Policy=json.dumps(policy))
    with worker.acting_as("worker"):
        assert s3.get_object(Bucket="parcels", Key="a")["Body"].read() == b"1"
    policy["Statement"][0]["Effect"] = "Deny"
    s3.put_bucket_policy(Bucket="parcels", Policy=json.dumps(policy))
    allow(EVERYTHING)
    with worker.acting_as("worker"):
        answer = denied(lambda: s3.get_object(Bucket="parcels", Key="a"))
    assert answer["Error"]["Message"].endswith("with an explicit deny in a resource-based policy")


@behaviour("iam.boundary")
def test_a_boundary_limits_the_role(worker: Account) -> None:
    iam = boto3.client("iam")
    arn = iam.create_policy(
        PolicyName="edge", PolicyDocument=json.dumps(statement("Allow", "s3:*"))
    )["Policy"]["Arn"]
    allow(EVERYTHING)
    iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=arn)
    with worker.acting_as("worker"):
        answer = denied(put_item)
    assert answer["Error"]["Message"].endswith(
        "because no permissions boundary allows the dynamodb:PutItem action"
    )


@behaviour("iam.others")
@pytest.mark.parametrize(
    ("options", "ending"),
    [
        (
            {"session_policy": statement("Allow", "s3:*")},
            "because no session policy allows the dynamodb:PutItem action",
        ),
        (
            {"scps": [[EVERYTHING, statement("Deny", "dynamodb:*")]]},
            "with an explicit deny in a service control policy",
        ),
        (
            {"rcps": [statement("Deny", "dynamodb:*", Principal="*")]},
            "with an explicit deny in a resource control policy",
        ),
        (
            {"endpoint_policy": statement("Allow", "s3:*", Principal="*")},
            "because no VPC endpoint policy allows the dynamodb:PutItem action",
        ),
    ],
)
def test_policies_that_the_account_does_not_hold(
    worker: Account, options: dict[str, Any], ending: str
) -> None:
    allow(EVERYTHING)
    with worker.acting_as("worker", **options):
        answer = denied(put_item)
    assert answer["Error"]["Message"].endswith(ending)


def test_attached_policies_of_a_users_group_count(worker: Account) -> None:
    iam = boto3.client("iam")
    user = iam.create_user(UserName="kim")["User"]["Arn"]
    iam.create_group(GroupName="packers")
    iam.add_user_to_group(GroupName="packers", UserName="kim")
    document = json.dumps(statement("Allow", "dynamodb:*"))
    arn = iam.create_policy(PolicyName="tables", PolicyDocument=document)["Policy"]["Arn"]
    with worker.acting_as(user):
        denied(put_item)
    iam.attach_group_policy(GroupName="packers", PolicyArn=arn)
    with worker.acting_as(user):
        put_item()
        assert boto3.client("sts").get_caller_identity()["Arn"] == user


@behaviour("iam.conditions")
def test_conditions_see_the_context(worker: Account) -> None:
    allow(
        statement("Allow", "dynamodb:*", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})
    )
    with worker.acting_as("worker", context={"aws:SourceVpce": "vpce-1"}):
        put_item()
    with worker.acting_as("worker"):
        denied(put_item)


@behaviour("iam.trust")
def test_a_role_must_trust_who_assumes_it(worker: Account) -> None:
    allow(statement("Allow", "sts:AssumeRole"))
    role = f"arn:aws:iam::{worker.id}:role/worker"
    sts = boto3.client("sts")
    with worker.acting_as("worker"):
        answer = denied(lambda: sts.assume_role(RoleArn=role, RoleSessionName="again"))
    assert answer["Error"]["Message"].endswith(
        "because no role trust policy allows the sts:AssumeRole action"
    )


@behaviour("iam.recorded")
def test_a_denial_is_recorded_with_its_caller(worker: Account) -> None:
    with worker.acting_as("worker", session="run-1"):
        denied(lambda: boto3.client("iam").create_user(UserName="eve"))
    worker.advance(minutes=15)
    events = boto3.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}]
    )["Events"]
    record = json.loads(events[0]["CloudTrailEvent"])
    assert record["errorCode"] == "AccessDenied"
    assert record["userIdentity"]["arn"] == session(worker)


@behaviour("iam.unjudged")
def test_a_service_that_is_not_judged_says_so(worker: Account) -> None:
    with worker.acting_as("worker"), pytest.raises(NotSimulated, match="acting_as"):
        boto3.client("secretsmanager").list_secrets()


def test_nobody_can_act_as_a_role_that_is_not_there(account: Account) -> None:
    with pytest.raises(ValueError, match="no role called 'ghost'"), account.acting_as("ghost"):
        pass


def test_a_user_has_no_session_policy(account: Account) -> None:
    arn = boto3.client("iam").create_user(UserName="kim")["User"]["Arn"]
    with (
        pytest.raises(ValueError, match="no session"),
        account.acting_as(arn, session_policy=EVERYTHING),
    ):
        pass


def test_everything_that_is_judged_names_a_resource(worker: Account) -> None:
    allow(EVERYTHING)
    key = {"id": {"S": "1"}}
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    with worker.acting_as("worker"):
        put_item()
        dynamodb.transact_write_items(
            TransactItems=[{"Delete": {"TableName": "parcels", "Key": key}}]
        )
        dynamodb.batch_get_item(RequestItems={"parcels": {"Keys": [key]}})
        s3.put_object(Bucket="parcels", Key="a", Body=b"1")
        s3.copy_object(Bucket="parcels", Key="b", CopySource={"Bucket": "parcels", "Key": "a"})
        assert s3.list_objects_v2(Bucket="parcels")["KeyCount"] == 2
        boto3.client("events").put_events(
            Entries=[{"Source": "s", "DetailType": "t", "Detail": "{}"}]
        )
        boto3.client("ssm").put_parameter(Name="/a", Value="1", Type="String")
        boto3.client("kinesis").list_streams()
        boto3.client("xray").get_sampling_rules()
        boto3.client("stepfunctions").list_state_machines()


READER = """
import boto3

def lambda_handler(event, context):
    found = boto3.client("dynamodb").get_item(TableName="parcels", Key={"id": {"S": "1"}})
    return found["Item"]["id"]["S"]
"""


@behaviour("iam.functions")
def test_a_functions_role_can_be_put_in_force(worker: Account) -> None:
    put_item()
    client = boto3.client("lambda")
    role = boto3.client("iam").get_role(RoleName="worker")["Role"]["Arn"]
    client.create_function(
        FunctionName="reader",
        Runtime="python3.13",
        Role=role,
        Handler="lambda_function.lambda_handler",
        Code={"ZipFile": package(READER)},
    )

    def call() -> Any:
        return json.loads(client.invoke(FunctionName="reader")["Payload"].read())

    assert call() == "1"
    worker.enforce("worker")
    error = call()["errorMessage"]
    assert "(AccessDeniedException) when calling the GetItem operation: User: " in error
    assert ":assumed-role/worker/reader is not authorized to perform: dynamodb:GetItem" in error
    allow(statement("Allow", "dynamodb:GetItem"))
    assert call() == "1"
    put_item()


def test_only_roles_that_are_there_can_be_enforced(account: Account) -> None:
    arn = boto3.client("iam").create_user(UserName="kim")["User"]["Arn"]
    with pytest.raises(ValueError, match="only a role"):
        account.enforce(arn)
    with pytest.raises(ValueError, match="no role"):
        account.enforce("ghost")
