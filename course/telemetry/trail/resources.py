"""The resources that an event names: what Event history shows and can be searched by.

AWS documents that LookupEvents knows "a list of resources referenced by the event", not how it
finds them; here they are the request's (or, for what is being created, the answer's) members below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# event source -> member of the request -> resource type
_NAMED: dict[str, dict[str, str]] = {
    "s3": {"bucketName": "AWS::S3::Bucket", "key": "AWS::S3::Object"},
    "lambda": {"functionName": "AWS::Lambda::Function"},
    "dynamodb": {"tableName": "AWS::DynamoDB::Table"},
    "sns": {"topicArn": "AWS::SNS::Topic", "name": "AWS::SNS::Topic"},
    "sqs": {"queueUrl": "AWS::SQS::Queue", "queueName": "AWS::SQS::Queue"},
    "kinesis": {"streamName": "AWS::Kinesis::Stream"},
    "iam": {
        "userName": "AWS::IAM::User",
        "roleName": "AWS::IAM::Role",
        "policyArn": "AWS::IAM::Policy",
        "policyName": "AWS::IAM::Policy",
        "accessKeyId": "AWS::IAM::AccessKey",
    },
    "sts": {"roleArn": "AWS::IAM::Role", "roleSessionName": "AWS::STS::AssumedRole"},
    "cloudtrail": {"name": "AWS::CloudTrail::Trail", "trailName": "AWS::CloudTrail::Trail"},
    "monitoring": {"alarmName": "AWS::CloudWatch::Alarm"},
    "logs": {"logGroupName": "AWS::Logs::LogGroup"},
    "events": {"name": "AWS::Events::Rule"},
    "secretsmanager": {"secretId": "AWS::SecretsManager::Secret"},
    "kms": {"keyId": "AWS::KMS::Key"},
    "ec2": {
        "instanceId": "AWS::EC2::Instance",
        "groupId": "AWS::EC2::SecurityGroup",
        "vpcId": "AWS::EC2::VPC",
    },
    "states": {"stateMachineArn": "AWS::StepFunctions::StateMachine"},
}


def named(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(type, name) of each resource that a record's request names."""
    source = str(record["eventSource"]).partition(".")[0]
    request = record.get("requestParameters") or {}
    return [
        (kind, str(request[member]))
        for member, kind in _NAMED.get(source, {}).items()
        if request.get(member)
    ]


def arns(kind: str | None, request: Mapping[str, Any], region: str, account: str) -> list[str]:
    """The ARNs that a data event of a resource type is about; its selectors compare them."""
    if kind == "AWS::S3::Object":
        bucket = f"arn:aws:s3:::{request.get('bucketName', '')}"
        return [f"{bucket}/{request['key']}" if request.get("key") else bucket]
    found = [
        _arn(service, member, str(request[member]), region, account)
        for service, member in _DATA_MEMBERS.get(kind or "", ())
        if request.get(member)
    ]
    return found[:1]


# resource type -> (prefix of the resource part, member of the request)
_DATA_MEMBERS: dict[str, tuple[tuple[str, str], ...]] = {
    "AWS::Lambda::Function": (("lambda:function:", "functionName"),),
    "AWS::DynamoDB::Table": (("dynamodb:table/", "tableName"),),
    "AWS::SNS::Topic": (("sns:", "topicArn"),),
    "AWS::SQS::Queue": (("sqs:", "queueUrl"), ("sqs:", "queueName")),
    "AWS::Kinesis::Stream": (("kinesis:stream/", "streamARN"), ("kinesis:stream/", "streamName")),
}


def _arn(prefix: str, member: str, value: str, region: str, account: str) -> str:
    if value.startswith("arn:"):
        return value
    service, _, resource = prefix.partition(":")
    name = value.rsplit("/", 1)[-1] if member == "queueUrl" else value
    return f"arn:aws:{service}:{region}:{account}:{resource}{name}"
