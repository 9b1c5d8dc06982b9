"""Dead-letter queues: a source's redrive policy, and whom a dead-letter queue lets in.

Follows the SQS Developer Guide, "Using dead-letter queues in Amazon SQS", and the API reference of
SetQueueAttributes. Whether a source may name a dead-letter queue is decided when it does so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from course.telemetry.errors import RuleError
from course.telemetry.queues.codes import invalid
from course.telemetry.queues.settings import read

MOST_RECEIVES = 1000
MOST_SOURCES = 10
PERMISSIONS = ("allowAll", "denyAll", "byQueue")


@dataclass(frozen=True)
class Redrive:
    """target: the ARN of the dead-letter queue; most: how often a message may be received."""

    target: str
    most: int


@lru_cache(maxsize=256)
def redrive(text: str) -> Redrive:
    """A RedrivePolicy; RuleError for what is none."""
    found = read(text)
    if not isinstance(found, dict):
        raise invalid(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.")
    for name in ("deadLetterTargetArn", "maxReceiveCount"):
        if name not in found:
            problem = f"Redrive policy does not contain mandatory attribute: {name}."
            raise invalid(text, "RedrivePolicy", problem)
    return Redrive(str(found["deadLetterTargetArn"]), _count(text, found["maxReceiveCount"]))


def _count(text: str, given: Any) -> int:
    try:
        count = int(given)
    except (TypeError, ValueError):
        count = 0
    if isinstance(given, bool) or not 1 <= count <= MOST_RECEIVES:
        problem = f"Invalid value for maxReceiveCount: {given}, valid values are from 1 to "
        raise invalid(text, "RedrivePolicy", f"{problem}{MOST_RECEIVES} both inclusive.")
    return count


def check_allowance(text: str) -> None:
    """RuleError for a RedriveAllowPolicy that is none."""
    found = read(text)
    if not isinstance(found, dict) or found.get("redrivePermission") not in PERMISSIONS:
        raise _unfit(text)
    sources = found.get("sourceQueueArns")
    by_queue = found["redrivePermission"] == "byQueue"
    if by_queue != (sources is not None):
        raise _unfit(text)
    if by_queue and not (isinstance(sources, list) and 1 <= len(sources) <= MOST_SOURCES):
        raise _unfit(text)


def _unfit(text: str) -> RuleError:
    return invalid(text, "RedriveAllowPolicy", "The redrive allow policy is not valid.")


def allows(settings: Mapping[str, str], source: str) -> bool:
    """Whether a dead-letter queue with these settings may be named by that source (its ARN)."""
    found = read(settings.get("RedriveAllowPolicy", "")) or {"redrivePermission": "allowAll"}
    permission = found["redrivePermission"]
    return bool(permission == "allowAll" or source in found.get("sourceQueueArns", ()))
