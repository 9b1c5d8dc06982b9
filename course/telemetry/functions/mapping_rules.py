"""What an event source mapping may be set to, and its defaults.

From botocore's model of CreateEventSourceMapping and the API reference's text for each parameter:
which sources have it, its range, its default. Sources here: SQS queues (standard and FIFO), Kinesis
and DynamoDB streams.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.telemetry.errors import RuleError

SQS, FIFO, KINESIS, DYNAMODB = "sqs", "fifo", "kinesis", "dynamodb"
STREAMS = (KINESIS, DYNAMODB)
CODE = "InvalidParameterValueException"
# Parameters of streams, with their defaults.
STREAM_DEFAULTS: dict[str, Any] = {
    "ParallelizationFactor": 1,
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": -1,
    "TumblingWindowInSeconds": 0,
}
_MOST = {SQS: 10_000, FIFO: 10, KINESIS: 10_000, DYNAMODB: 10_000}
_USUAL = {SQS: 10, FIFO: 10, KINESIS: 100, DYNAMODB: 100}


def kind_of(arn: str) -> str:
    """What kind of source an ARN names; RuleError for one that cannot be read from here."""
    parts = arn.split(":")
    service = parts[2] if len(parts) >= 6 else ""
    if service == "sqs":
        return FIFO if arn.endswith(".fifo") else SQS
    if service == "kinesis":
        return KINESIS
    if service == "dynamodb" and "/stream/" in arn:
        return DYNAMODB
    raise RuleError(
        CODE, f"Unrecognized event source, must be kinesis, dynamodb stream or sqs. {arn}"
    )


def completed(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with their defaults; RuleError for what AWS refuses."""
    defaults = {
        "BatchSize": _USUAL[kind],
        "MaximumBatchingWindowInSeconds": 0,
        **(STREAM_DEFAULTS if kind in STREAMS else {}),
        "FunctionResponseTypes": [],
    }
    settings = {**defaults, **given}
    _check_batch(kind, settings)
    if kind in STREAMS:
        _check_stream(kind, settings)
    else:
        _check_queue(kind, given)
    return settings


def _check_batch(kind: str, settings: Mapping[str, Any]) -> None:
    size, window = settings["BatchSize"], settings["MaximumBatchingWindowInSeconds"]
    if size > _MOST[kind]:
        raise RuleError(CODE, f"BatchSize must be less than or equal to {_MOST[kind]}.")
    if kind == FIFO and window:
        message = "Batching window is not supported for FIFO queues."
        raise RuleError(CODE, message)
    if kind == SQS and size > 10 and window < 1:
        message = "Maximum batch window in seconds must be greater than 0 if maximum batch size is"
        raise RuleError(CODE, f"{message} greater than 10")


def _check_queue(kind: str, given: Mapping[str, Any]) -> None:
    of_streams = sorted({*STREAM_DEFAULTS, "StartingPosition"} & set(given))
    if of_streams:
        raise RuleError(CODE, f"Unsupported parameters for SQS event source: {of_streams}")
    if (given.get("DestinationConfig") or {}).get("OnFailure"):
        message = "DestinationConfig is not supported for SQS: give the queue a redrive policy."
        raise RuleError(CODE, message)


def _check_stream(kind: str, settings: Mapping[str, Any]) -> None:
    if settings.get("StartingPosition") is None:
        message = (
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
            "constraint: Member must not be null."
        )
        raise RuleError(CODE, message)
    if kind == DYNAMODB and settings["StartingPosition"] == "AT_TIMESTAMP":
        message = "Unsupported starting position for arn type: dynamodb stream: AT_TIMESTAMP"
        raise RuleError(CODE, message)
    if settings["StartingPosition"] == "AT_TIMESTAMP" and not settings.get(
        "StartingPositionTimestamp"
    ):
        raise RuleError(CODE, "StartingPositionTimestamp is required with AT_TIMESTAMP.")
    age = settings["MaximumRecordAgeInSeconds"]
    if age != -1 and age < 60:
        message = f"MaximumRecordAgeInSeconds: Value '{age}' must be -1 or at least 60."
        raise RuleError(CODE, message)
    if "ScalingConfig" in settings:
        raise RuleError(CODE, "ScalingConfig is supported for SQS event sources only.")


def check_visibility(timeout_s: int, visibility_s: int) -> None:
    """A queue must hide messages for as long as the function may run with them."""
    if visibility_s < timeout_s:
        message = (
            f"Queue visibility timeout: {visibility_s} seconds is less than Function timeout: "
            f"{timeout_s} seconds"
        )
        raise RuleError(CODE, message)
