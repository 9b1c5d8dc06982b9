"""The types of resources that stacks can hold: how each is made, read back and deleted.

Follows the CloudFormation template reference of each type. Everything goes through the service's
own API, so what it does not take fails with its own message. `read` gives the properties that drift
detection compares; None for a type that it does not cover here.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.account.region import Region

Properties = Mapping[str, Any]
Attributes = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One resource type.

    named: the property that holds its name. create: makes it and gives its physical id and the
    attributes of Fn::GetAtt. seconds: how long creating it takes, our choice.
    """

    service: str
    named: str
    properties: frozenset[str]
    create: Callable[[Any, str, Properties], tuple[str, Attributes]]
    delete: Callable[[Any, str], object]
    read: Callable[[Any, str], dict[str, Any]] | None = None
    seconds: int = 5


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _tags(properties: Properties) -> dict[str, str]:
    return {each["Key"]: str(each["Value"]) for each in properties.get("Tags", ())}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _make_queue(sqs: Any, name: str, properties: Properties) -> tuple[str, Attributes]:
    left_out = ("QueueName", "Tags", "FifoQueue")
    attributes = {key: _text(each) for key, each in properties.items() if key not in left_out}
    if properties.get("FifoQueue"):
        attributes["FifoQueue"] = "true"
    url = sqs.create_queue(QueueName=name, Attributes=attributes, tags=_tags(properties))[
        "QueueUrl"
    ]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, {"Arn": arn["QueueArn"], "QueueName": name, "QueueUrl": url}


_QUEUE_NUMBERS = (
    *("DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "VisibilityTimeout"),
    *("ReceiveMessageWaitTimeSeconds", "KmsDataKeyReusePeriodSeconds"),
)


def _read_queue(sqs: Any, url: str) -> dict[str, Any]:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    read: dict[str, Any] = {each: int(found[each]) for each in _QUEUE_NUMBERS if each in found}
    if "RedrivePolicy" in found:
        read["RedrivePolicy"] = json.loads(found["RedrivePolicy"])
    return read


def _make_topic(sns: Any, name: str, properties: Properties) -> tuple[str, Attributes]:
    attributes = {
        key: _text(each)
        for key, each in properties.items()
        if key not in ("TopicName", "Tags", "Subscription")
    }
    arn = sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]
    for each in properties.get("Subscription", ()):
        sns.subscribe(TopicArn=arn, Protocol=each["Protocol"], Endpoint=each["Endpoint"])
    return arn, {"TopicArn": arn, "TopicName": name}


def _read_topic(sns: Any, arn: str) -> dict[str, Any]:
    found = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    return {"DisplayName": found.get("DisplayName", "")}


def _make_bucket(s3: Any, name: str, properties: Properties) -> tuple[str, Attributes]:
    options: dict[str, Any] = {}
    if s3.meta.region_name != "us-east-1":
        place = {"LocationConstraint": s3.meta.region_name}
        options["CreateBucketConfiguration"] = place
    s3.create_bucket(Bucket=name, **options)
    if "VersioningConfiguration" in properties:
        setting = {"Status": properties["VersioningConfiguration"]["Status"]}
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=setting)
    arn = f"arn:aws:s3:::{name}"
    return name, {"Arn": arn, "DomainName": f"{name}.s3.amazonaws.com"}


def _read_bucket(s3: Any, name: str) -> dict[str, Any]:
    s3.head_bucket(Bucket=name)
    status = s3.get_bucket_versioning(Bucket=name).get("Status")
    return {"VersioningConfiguration": {"Status": status}} if status else {}


def _make_table(dynamodb: Any, name: str, properties: Properties) -> tuple[str, Attributes]:
    options = {key: each for key, each in properties.items() if key != "TimeToLiveSpecification"}
    if "StreamSpecification" in options:
        options["StreamSpecification"] = {
            "StreamEnabled": True, **options["StreamSpecification"]
        }  # fmt: skip
    options["TableName"] = name
    found = dynamodb.create_table(**options)["TableDescription"]
    return name, {"Arn": found["TableArn"], "StreamArn": found.get("LatestStreamArn", "")}


def _read_table(dynamodb: Any, name: str) -> dict[str, Any]:
    found = dynamodb.describe_table(TableName=name)["Table"]
    billing = found.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    read = {"KeySchema": found["KeySchema"], "BillingMode": billing}
    read["AttributeDefinitions"] = found["AttributeDefinitions"]
    if billing == "PROVISIONED":
        throughput = found["ProvisionedThroughput"]
        names = ("ReadCapacityUnits", "WriteCapacityUnits")
        read["ProvisionedThroughput"] = {each: throughput[each] for each in names}
    return read


def _make_function(client: Any, name: str, properties: Properties) -> tuple[str, Attributes]:
    options = {key: each for key, each in properties.items() if key not in ("Code", "Tags")}
    reserved = options.pop("ReservedConcurrentExecutions", None)
    code = dict(properties.get("Code", {}))
    if "ZipFile" in code:
        code["ZipFile"] = _package(code["ZipFile"])
    options["FunctionName"] = name
    found = client.create_function(**options, Code=code, Tags=_tags(properties))
    if reserved is not None:
        client.put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=int(reserved)
        )
    return name, {"Arn": found["FunctionArn"]}


def _package(source: str) -> bytes:
    """Inline code, in the file that CloudFormation gives it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr(zipfile.ZipInfo("index.py"), source)
    return archive.getvalue()


_FUNCTION_READ = (
    *("Runtime", "Handler", "Role", "Timeout", "MemorySize", "Description", "Environment"),
    "TracingConfig",
)


def _read_function(client: Any, name: str) -> dict[str, Any]:
    found = client.get_function(FunctionName=name)
    read = {key: found["Configuration"][key] for key in _FUNCTION_READ
            if key in found["Configuration"]}  # fmt: skip
    if "Concurrency" in found:
        read["ReservedConcurrentExecutions"] = found["Concurrency"]["ReservedConcurrentExecutions"]
    return read


def _make_role(iam: Any, name: str, properties: Properties) -> tuple[str, Attributes]:
    options: dict[str, Any] = {}
    if "PermissionsBoundary" in properties:
        options["PermissionsBoundary"] = properties["PermissionsBoundary"]
    trust = _text(properties["AssumeRolePolicyDocument"])
    found = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **options)["Role"]
    for each in properties.get("Policies", ()):
        iam.put_role_policy(
            RoleName=name,
            PolicyName=each["PolicyName"],
            PolicyDocument=_text(each["PolicyDocument"]),
        )
    for arn in properties.get("ManagedPolicyArns", ()):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    return name, {"Arn": found["Arn"], "RoleId": found["RoleId"]}


def _delete_role(iam: Any, name: str) -> None:
    for each in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=each)
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=name)


def _make_group(logs: Any, name: str, properties: Properties) -> tuple[str, Attributes]:
    logs.create_log_group(logGroupName=name)
    if "RetentionInDays" in properties:
        days = int(properties["RetentionInDays"])
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return name, {"Arn": next(each["arn"] for each in found if each["logGroupName"] == name)}


KINDS: dict[str, Kind] = {
    "AWS::SQS::Queue": Kind(
        "sqs",
        "QueueName",
        _words("""QueueName Tags FifoQueue ContentBasedDeduplication DelaySeconds RedrivePolicy
            MaximumMessageSize MessageRetentionPeriod VisibilityTimeout KmsMasterKeyId
            ReceiveMessageWaitTimeSeconds KmsDataKeyReusePeriodSeconds RedriveAllowPolicy
            DeduplicationScope FifoThroughputLimit SqsManagedSseEnabled"""),
        _make_queue,
        lambda sqs, url: sqs.delete_queue(QueueUrl=url),
        _read_queue,
        seconds=8,
    ),
    "AWS::SNS::Topic": Kind(
        "sns",
        "TopicName",
        _words("TopicName Tags Subscription DisplayName FifoTopic ContentBasedDeduplication"),
        _make_topic,
        lambda sns, arn: sns.delete_topic(TopicArn=arn),
        _read_topic,
        seconds=8,
    ),
    "AWS::S3::Bucket": Kind(
        "s3",
        "BucketName",
        _words("BucketName VersioningConfiguration Tags"),
        _make_bucket,
        lambda s3, name: s3.delete_bucket(Bucket=name),
        _read_bucket,
        seconds=20,
    ),
    "AWS::DynamoDB::Table": Kind(
        "dynamodb",
        "TableName",
        _words("""TableName KeySchema AttributeDefinitions BillingMode ProvisionedThroughput
            GlobalSecondaryIndexes LocalSecondaryIndexes StreamSpecification Tags"""),
        _make_table,
        lambda dynamodb, name: dynamodb.delete_table(TableName=name),
        _read_table,
        seconds=30,
    ),
    "AWS::Lambda::Function": Kind(
        "lambda",
        "FunctionName",
        _words("""FunctionName Runtime Handler Role Code Timeout MemorySize Description Environment
            TracingConfig ReservedConcurrentExecutions Architectures DeadLetterConfig
            EphemeralStorage LoggingConfig Tags"""),
        _make_function,
        lambda client, name: client.delete_function(FunctionName=name),
        _read_function,
        seconds=6,
    ),
    "AWS::IAM::Role": Kind(
        "iam",
        "RoleName",
        _words("""RoleName AssumeRolePolicyDocument Policies ManagedPolicyArns PermissionsBoundary
            Description Tags"""),
        _make_role,
        _delete_role,
        seconds=17,
    ),
    "AWS::Logs::LogGroup": Kind(
        "logs",
        "LogGroupName",
        _words("LogGroupName RetentionInDays Tags"),
        _make_group,
        lambda logs, name: logs.delete_log_group(logGroupName=name),
        seconds=4,
    ),
}


def client_of(region: Region, kind: str) -> Any:
    """The account's own client of the service that a type belongs to."""
    return region.clients(KINDS[kind].service)
