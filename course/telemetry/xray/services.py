"""Which node of the service graph a segment or a call belongs to.

A segment is a node by its name and origin. A subsegment of the namespace `aws` or `remote` stands
for a service that sends no segments itself: X-Ray infers one from it (X-Ray developer guide, "AWS
X-Ray segment documents" and "Getting data from AWS X-Ray", whose samples give the names: a DynamoDB
table under its own name as AWS::DynamoDB::Table, SNS as AWS::SNS). SDKs name the same service
differently ("DynamoDB", "dynamodb"), so the type does not depend on upper and lower case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

CLIENT = "client"
REMOTE = "remote"
DATABASE = "Database::SQL"

# lower-case name of a call -> (type, field of the call's `aws` block that names the resource,
# type of that resource)
_AWS: dict[str, tuple[str, str | None, str | None]] = {
    "dynamodb": ("AWS::DynamoDB", "table_name", "AWS::DynamoDB::Table"),
    "sqs": ("AWS::SQS", "queue_url", "AWS::SQS::Queue"),
    "s3": ("AWS::S3", "bucket_name", "AWS::S3::Bucket"),
    "sns": ("AWS::SNS", None, None),
    "lambda": ("AWS::Lambda", "function_name", "AWS::Lambda"),
    "kinesis": ("AWS::Kinesis", "stream_name", "AWS::Kinesis::Stream"),
    "states": ("AWS::StepFunctions", None, None),
    "stepfunctions": ("AWS::StepFunctions", None, None),
    "secretsmanager": ("AWS::SecretsManager", None, None),
    "events": ("AWS::Events", None, None),
    "ssm": ("AWS::SSM", None, None),
}


class Service(NamedTuple):
    """A node of the graph. type: None for a segment without an origin."""

    name: str
    type: str | None = None
    account_id: str | None = None

    def as_id(self) -> dict[str, Any]:
        """The ServiceId of the X-Ray API."""
        found: dict[str, Any] = {"Name": self.name, "Names": [self.name]}
        if self.account_id is not None:
            found["AccountId"] = self.account_id
        if self.type is not None:
            found["Type"] = self.type
        return found


def of_segment(document: Mapping[str, Any]) -> Service:
    """The node of a segment that somebody sent."""
    return Service(document["name"], document.get("origin"), _account(document))


def of_call(subsegment: Mapping[str, Any]) -> Service:
    """The node that a call leads to when the service called sends no segment of its own."""
    if subsegment.get("namespace") == "aws":
        return _aws_service(subsegment)
    kind = DATABASE if "sql" in subsegment else REMOTE
    return Service(subsegment["name"], kind, _account(subsegment))


def _aws_service(subsegment: Mapping[str, Any]) -> Service:
    name = subsegment["name"]
    aws = subsegment.get("aws") or {}
    kind, field, resource_type = _AWS.get(name.lower(), (f"AWS::{name}", None, None))
    resource = aws.get(field) if field else None
    if isinstance(resource, str):
        return Service(resource, resource_type, _account(subsegment))
    return Service(name, kind, _account(subsegment))


def _account(document: Mapping[str, Any]) -> str | None:
    found = (document.get("aws") or {}).get("account_id")
    return None if found is None else str(found)
