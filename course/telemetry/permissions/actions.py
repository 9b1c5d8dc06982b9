"""Which actions an API call needs, on which resources.

Follows the Service Authorization Reference (one page a service, "Actions, resources, and condition
keys for ..."), for the services of a serverless shop. A call of another service is refused by name:
its resource would be guessed. Where an action works on all resources, the resource is "*".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from course.telemetry.errors import NotSupported

Need = tuple[str, str]
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a call is made."""

    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """An ARN there; what is an ARN already stays as it is."""
        if resource.startswith("arn:"):
            return resource
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def needed(service: str, operation: str, parameters: Parameters, place: Place) -> list[Need]:
    """(action, resource ARN) of everything that a call needs; nothing for what is open to all."""
    if service not in SERVICES:
        raise NotSupported(
            f"Judging calls of {service}", "Make them outside acting_as, or use another service."
        )
    if service == "sts" and operation == "GetCallerIdentity":
        return []
    return list(SERVICES[service](operation, parameters, place))


_S3_NAMES = {
    "HeadObject": "GetObject",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjectVersions": "ListBucketVersions",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "ListParts": "ListMultipartUploadParts",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
}


def _s3(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    if operation == "DeleteObjects":
        raise NotSupported("Judging DeleteObjects", "Delete the objects one by one.")
    name = _S3_NAMES.get(operation, operation)
    if parameters.get("VersionId") and name in ("GetObject", "DeleteObject"):
        name += "Version"
    bucket, key = parameters.get("Bucket", "*"), parameters.get("Key")
    yield f"s3:{name}", f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
    if operation == "CopyObject":
        source = parameters["CopySource"]
        found = source if isinstance(source, str) else f"{source['Bucket']}/{source['Key']}"
        yield "s3:GetObject", f"arn:aws:s3:::{found.lstrip('/').partition('?')[0]}"


_IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


def _dynamodb(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    for item in parameters.get("TransactItems", ()):
        for kind, asked in item.items():
            table = place.arn("dynamodb", f"table/{asked['TableName']}")
            yield f"dynamodb:{_IN_TRANSACTIONS[kind]}", table
    if "TransactItems" in parameters:
        return
    if operation.startswith("Batch"):
        for table in parameters["RequestItems"]:
            yield f"dynamodb:{operation}", _table(table, place)
        return
    yield f"dynamodb:{operation}", _table_or_index(parameters, place)


def _table(name: str, place: Place) -> str:
    return name if name.startswith("arn:") else place.arn("dynamodb", f"table/{name}")


def _table_or_index(parameters: Parameters, place: Place) -> str:
    name = parameters.get("TableName") or parameters.get("ResourceArn")
    if name is None:
        return "*"
    index = parameters.get("IndexName")
    return f"{_table(name, place)}/index/{index}" if index else _table(name, place)


def _sqs(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    url = parameters.get("QueueUrl") or parameters.get("QueueName")
    resource = place.arn("sqs", str(url).rsplit("/", 1)[-1]) if url else "*"
    yield f"sqs:{operation.removesuffix('Batch')}", resource


def _sns(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    given = ("TopicArn", "TargetArn", "ResourceArn")
    resource = next((parameters[each] for each in given if each in parameters), None)
    if resource is None and "Name" in parameters:
        resource = place.arn("sns", parameters["Name"])
    yield f"sns:{operation.removesuffix('Batch')}", resource or "*"


def _lambda(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    action = {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction"}.get(operation, operation)
    name = parameters.get("FunctionName")
    if name is None:
        yield f"lambda:{action}", "*"
        return
    arn = place.arn("lambda", f"function:{name}")
    qualifier = parameters.get("Qualifier")
    yield f"lambda:{action}", f"{arn}:{qualifier}" if qualifier else arn


def _kinesis(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    name = parameters.get("StreamARN") or parameters.get("StreamName")
    if name is None:
        yield f"kinesis:{operation}", "*"
    else:
        full = name if name.startswith("arn:") else f"stream/{name}"
        yield f"kinesis:{operation}", place.arn("kinesis", full)


def _logs(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    group = parameters.get("logGroupName") or parameters.get("logGroupIdentifier") or ""
    stream = parameters.get("logStreamName", "")
    groups = parameters.get("logGroupNames") or [group]
    for each in groups:
        name = each.split(":log-group:")[-1].removesuffix(":*")
        yield f"logs:{operation}", place.arn("logs", f"log-group:{name}:log-stream:{stream}")


def _events(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    if operation == "PutEvents":
        buses = {each.get("EventBusName", "default") for each in parameters["Entries"]}
        for bus in sorted(buses):
            name = bus if bus.startswith("arn:") else f"event-bus/{bus}"
            yield "events:PutEvents", place.arn("events", name)
        return
    rule = parameters.get("Name") or parameters.get("Rule")
    bus = parameters.get("EventBusName", "default")
    where = f"rule/{rule}" if bus == "default" else f"rule/{bus}/{rule}"
    yield f"events:{operation}", place.arn("events", where) if rule else "*"


def _cloudwatch(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    alarms = parameters.get("AlarmNames") or [parameters.get("AlarmName")]
    for each in alarms:
        yield (
            f"cloudwatch:{operation}",
            place.arn("cloudwatch", f"alarm:{each}") if each else "*",
        )


def _xray(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    yield f"xray:{operation}", "*"


def _ssm(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    names = parameters.get("Names") or [parameters.get("Name") or parameters.get("Path")]
    for each in names:
        resource = place.arn("ssm", f"parameter/{each.lstrip('/')}") if each else "*"
        yield f"ssm:{operation}", resource


def _states(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    resource = parameters.get("stateMachineArn") or parameters.get("executionArn") or "*"
    yield f"states:{operation}", resource


def _iam(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    start = f"arn:aws:iam::{place.account}:"
    for member, kind in (("RoleName", "role"), ("UserName", "user"), ("GroupName", "group")):
        if member in parameters:
            yield f"iam:{operation}", f"{start}{kind}/{parameters[member]}"
            return
    yield f"iam:{operation}", parameters.get("PolicyArn", "*")


def _sts(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    yield f"sts:{operation}", parameters.get("RoleArn", "*")


SERVICES: dict[str, Callable[[str, Parameters, Place], Iterator[Need]]] = {
    "cloudwatch": _cloudwatch,
    "dynamodb": _dynamodb,
    "events": _events,
    "iam": _iam,
    "kinesis": _kinesis,
    "lambda": _lambda,
    "logs": _logs,
    "s3": _s3,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
    "stepfunctions": _states,
    "sts": _sts,
    "xray": _xray,
}
