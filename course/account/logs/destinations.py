"""Where a subscription filter sends its records: a Kinesis or Firehose stream, or a function.

Follows the CloudWatch Logs user guide, "Log group-level subscription filters". A stream gets the
gzip-compressed document itself, a function gets it base64-encoded in {"awslogs": {"data": ...}} and
is invoked asynchronously. As on AWS, putting the filter tests the destination: it must exist, and
the function's own policy must let CloudWatch Logs in. Firehose delivers to S3 here, at once. A
function that would be called about its own log group is refused: on AWS that is an endless loop.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from course.account.errors import AwsError, NotSimulated
from course.account.region import Region

KINDS = {"kinesis": "Kinesis", "firehose": "Firehose", "lambda": "Lambda", "logs": "Logs"}
INVALID = "InvalidParameterException"


def kind_of(arn: str) -> str:
    """The service behind a destination's ARN; "?" when it is none."""
    return arn.split(":")[2] if arn.count(":") >= 5 else "?"


def check(region: Region, group: str, parameters: dict[str, Any]) -> None:
    """Raise unless this destination can be delivered to; AWS tests it in the same call."""
    arn = parameters["destinationArn"]
    kind = kind_of(arn)
    if kind == "logs":
        what = "logs:PutSubscriptionFilter to a Logs destination"
        raise NotSimulated(what, "Subscribe the stream itself: there is one account here.")
    if kind not in _CHECKS:
        raise AwsError(INVALID, f"destinationArn for vendor {kind} is not supported")
    if kind != "lambda" and not parameters.get("roleArn"):
        raise AwsError(INVALID, f"destinationArn for vendor {kind} requires a roleArn")
    _CHECKS[kind](region, group, arn)


def _check_stream(region: Region, group: str, arn: str) -> None:
    try:
        region.clients("kinesis").describe_stream_summary(StreamName=_name(arn))
    except ClientError:
        message = (
            "Could not deliver test message to specified Kinesis stream. "
            "Check if the given kinesis stream is in ACTIVE state."
        )
        raise AwsError(INVALID, message) from None


def _check_firehose(region: Region, group: str, arn: str) -> None:
    client = region.clients("firehose")
    try:
        found = client.describe_delivery_stream(DeliveryStreamName=_name(arn))
    except ClientError:
        message = (
            "Could not deliver test message to specified Firehose stream. "
            "Check if the given Firehose stream is in ACTIVE state."
        )
        raise AwsError(INVALID, message) from None
    targets = found["DeliveryStreamDescription"]["Destinations"]
    if not all("S3DestinationDescription" in each for each in targets):
        what = "logs:PutSubscriptionFilter to a Firehose stream that does not deliver to S3"
        raise NotSimulated(what, "Give the delivery stream an S3 destination.")


def _check_function(region: Region, group: str, arn: str) -> None:
    own = _log_group_of(region, arn)
    if own is None or not _may_invoke(region, group, arn):
        message = (
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs "
            "permission to execute your function."
        )
        raise AwsError(INVALID, message)
    if own == group:
        what = f"logs:PutSubscriptionFilter of {group} to the function that writes to it"
        instead = "Log to another group, or subscribe another function."
        raise NotSimulated(what, instead, "would call the function for ever.")


def _log_group_of(region: Region, arn: str) -> str | None:
    """The log group of a function; None when there is no such function."""
    name = arn.split(":")[6]
    try:
        found = region.clients("lambda").get_function_configuration(FunctionName=name)
    except ClientError:
        return None
    return str(found.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}")


def _may_invoke(region: Region, group: str, arn: str) -> bool:
    """Whether the function's policy lets CloudWatch Logs in, by its plain or regional name."""
    from course.telemetry.events import policies

    try:
        policy = region.clients("lambda").get_policy(FunctionName=arn)["Policy"]
    except ClientError:
        return False
    context = {
        "aws:sourcearn": region.arn("logs", f"log-group:{group}:*"),
        "aws:sourceaccount": region.account_id,
    }
    return any(
        policies.allows(
            policy, service=who, action="lambda:InvokeFunction", resource=arn, context=context
        )
        for who in ("logs.amazonaws.com", f"logs.{region.name}.amazonaws.com")
    )


def send(region: Region, group: str, arn: str, key: str, data: bytes) -> str | None:
    """Hand over one gzip-compressed document; returns what went wrong. key: Kinesis's."""
    try:
        _SENDERS[kind_of(arn)](region, group, arn, key, data)
    except (AwsError, ClientError) as error:
        return str(error)
    return None


def _to_stream(region: Region, group: str, arn: str, key: str, data: bytes) -> None:
    region.clients("kinesis").put_record(StreamName=_name(arn), Data=data, PartitionKey=key)


def _to_firehose(region: Region, group: str, arn: str, key: str, data: bytes) -> None:
    client = region.clients("firehose")
    client.put_record(DeliveryStreamName=_name(arn), Record={"Data": data})


def _to_function(region: Region, group: str, arn: str, key: str, data: bytes) -> None:
    from course.account.functions import runtime

    if not _may_invoke(region, group, arn):
        raise AwsError("AccessDeniedException", "CloudWatch Logs may not invoke the function.")
    payload = json.dumps({"awslogs": {"data": base64.b64encode(data).decode()}})
    runtime.invoke_async(region, arn, payload, source="logs.amazonaws.com")


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


_CHECKS: dict[str, Callable[[Region, str, str], None]] = {
    "kinesis": _check_stream,
    "firehose": _check_firehose,
    "lambda": _check_function,
}
_SENDERS: dict[str, Callable[[Region, str, str, str, bytes], None]] = {
    "kinesis": _to_stream,
    "firehose": _to_firehose,
    "lambda": _to_function,
}
