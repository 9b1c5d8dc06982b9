"""A queue's attributes: names, ranges, defaults, and what goes together.

Follows the SQS API reference of CreateQueue, SetQueueAttributes and GetQueueAttributes. Attributes
travel as text, and are kept as text. Encryption settings are kept and shown; nothing is encrypted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from course.telemetry.errors import RuleError
from course.telemetry.queues.codes import invalid
from course.telemetry.queues.content import LARGEST

Settings = dict[str, str]

# name -> lowest, highest
RANGES = {
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1024, LARGEST),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
CHOICES = {
    "FifoQueue": ("true", "false"),
    "ContentBasedDeduplication": ("true", "false"),
    "SqsManagedSseEnabled": ("true", "false"),
    "DeduplicationScope": ("messageGroup", "queue"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
TEXTS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")
SETTABLE = frozenset([*RANGES, *CHOICES, *TEXTS])
ONLY_FIFO = ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
# What GetQueueAttributes works out.
SHOWN = frozenset(
    {
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
        "CreatedTimestamp",
        "LastModifiedTimestamp",
        "QueueArn",
    }
)
DEFAULTS: Settings = {
    "DelaySeconds": "0",
    "MaximumMessageSize": str(LARGEST),
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
    "SqsManagedSseEnabled": "true",
}
FIFO_DEFAULTS: Settings = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


def check_name(name: str, fifo: bool) -> None:
    """RuleError for a name that a queue of this type cannot have."""
    if fifo:
        if name.endswith(".fifo") and _NAME.fullmatch(name[:-5] or "?") and len(name) <= 80:
            return
        problem = (
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or "
            "underscores, must end with .fifo suffix and be 1 to 80 in length"
        )
    elif _NAME.fullmatch(name):
        return
    else:
        problem = (
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )
    raise RuleError("InvalidParameterValue", problem)


def initial(given: Mapping[str, str]) -> Settings:
    """The settings of a new queue; RuleError for what it cannot have."""
    fifo = given.get("FifoQueue") == "true"
    if given.get("FifoQueue") == "false":
        raise RuleError("InvalidAttributeName", "Unknown Attribute FifoQueue.")
    defaults = {**DEFAULTS, **FIFO_DEFAULTS} if fifo else DEFAULTS
    return _completed({**defaults}, given, fifo)


def changed(current: Mapping[str, str], given: Mapping[str, str]) -> Settings:
    """A queue's settings after SetQueueAttributes; RuleError for what cannot be set."""
    fifo = current.get("FifoQueue") == "true"
    if given.get("FifoQueue", current.get("FifoQueue")) != current.get("FifoQueue"):
        raise invalid(given["FifoQueue"], "FifoQueue", "Modifying queue type is not supported.")
    return _completed(dict(current), given, fifo)


def _completed(settings: Settings, given: Mapping[str, str], fifo: bool) -> Settings:
    for name, value in given.items():
        if name not in SETTABLE or (name in ONLY_FIFO and not fifo):
            raise RuleError("InvalidAttributeName", f"Unknown Attribute {name}.")
        check(name, value)
        if value == "" and name in TEXTS:
            settings.pop(name, None)  # how a policy is taken off
        else:
            settings[name] = value
    _check_encryption(settings, given)
    _check_throughput(settings)
    return settings


def check(name: str, value: str) -> None:
    """RuleError for a value outside of what its attribute takes."""
    if name in RANGES:
        lowest, highest = RANGES[name]
        fits = re.fullmatch(r"\d+", value) is not None and lowest <= int(value) <= highest
    elif name in CHOICES:
        fits = value in CHOICES[name]
    else:
        fits = name != "Policy" or value == "" or _is_policy(value)
    if not fits:
        raise RuleError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def _is_policy(text: str) -> bool:
    found = read(text)
    return isinstance(found, dict) and isinstance(found.get("Statement"), (list, dict))


def read(text: str) -> Any:
    """JSON, or None for what is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _check_encryption(settings: Settings, given: Mapping[str, str]) -> None:
    """A queue has one kind of encryption: SQS's own keys or KMS's."""
    if "KmsMasterKeyId" in settings and "SqsManagedSseEnabled" not in given:
        settings["SqsManagedSseEnabled"] = "false"
    if "KmsMasterKeyId" in settings and settings["SqsManagedSseEnabled"] == "true":
        problem = "You can use one type of server-side encryption (SSE) at one time. You can either"
        rest = " enable KMS SSE or SQS SSE."
        raise RuleError("InvalidAttributeName", problem + rest)


def _check_throughput(settings: Settings) -> None:
    if settings.get("FifoThroughputLimit") == "perMessageGroupId" and (
        settings["DeduplicationScope"] != "messageGroup"
    ):
        problem = "The perMessageGroupId value is allowed only when the value for "
        rest = "DeduplicationScope is messageGroup."
        raise invalid("perMessageGroupId", "FifoThroughputLimit", problem + rest)


def is_fast(settings: Mapping[str, str]) -> bool:
    """Whether a FIFO queue is in high-throughput mode."""
    return settings.get("FifoThroughputLimit") == "perMessageGroupId"


def known(name: str) -> bool:
    """Whether GetQueueAttributes knows the name."""
    return name == "All" or name in SHOWN or name in SETTABLE
