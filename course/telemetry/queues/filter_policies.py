"""Filter policies of SNS subscriptions: which messages a subscriber gets.

Follows the SNS Developer Guide, "Amazon SNS subscription filter policies" and "Filter policy
constraints": operators and their meaning are those of event patterns, applied to the message's
attributes or to its body. Attributes are compared by their type: a Number with numbers, a
String.Array by any of its elements, Binary never. A policy has up to five names and 150
combinations of values; the names inside a body count with how deep they lie.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import prod
from typing import Any

from course.telemetry.errors import RuleError
from course.telemetry.events import patterns
from course.telemetry.events.patterns import EventPattern

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"
SCOPES = (ATTRIBUTES, BODY)
MOST_NAMES, MOST_COMBINATIONS = 5, 150
LARGEST_POLICY = 262_144
LARGEST_NUMBER = 1_000_000_000
_REASON = "Event pattern is not valid. Reason: "


def refusal(reason: str) -> RuleError:
    """SNS's error for a filter policy that it does not take."""
    return RuleError("InvalidParameter", f"Invalid parameter: FilterPolicy: {reason}")


@lru_cache(maxsize=256)
def compile(text: str, scope: str) -> EventPattern:
    """Read a filter policy; RuleError with SNS's code and the reason if it is none."""
    if len(text.encode()) > LARGEST_POLICY:
        raise refusal("Filter policy is too large")
    try:
        compiled = patterns.compile(text)
    except RuleError as error:
        raise refusal(error.message.removeprefix(_REASON)) from None
    written = json.loads(text)
    if scope == ATTRIBUTES:
        _check_flat(written)
    _check_size(written)
    return compiled


def _check_flat(written: Mapping[str, Any]) -> None:
    for name, value in written.items():
        if name == "$or" and isinstance(value, list):
            for each in value:
                _check_flat(each)
        elif isinstance(value, dict):
            raise refusal(
                "Filter policy scope MessageAttributes does not support nested filter policy"
            )


def _check_size(written: Mapping[str, Any]) -> None:
    names = list(_names(written, 1))
    if len(names) > MOST_NAMES:
        raise refusal("Filter policy can not have more than 5 keys")
    if combinations(written) > MOST_COMBINATIONS:
        raise refusal("Filter policy is too complex")
    for _, listed, _ in names:
        if any(abs(number) > LARGEST_NUMBER for number in _numbers(listed)):
            raise refusal("Value must be between -1.0E9 and 1.0E9, inclusive")


def combinations(written: Mapping[str, Any]) -> int:
    """The number of values of every name, times its depth, multiplied."""
    return prod(len(listed) * depth for _, listed, depth in _names(written, 1))


def _names(written: Mapping[str, Any], depth: int) -> Iterator[tuple[str, list[Any], int]]:
    for name, value in written.items():
        if name == "$or" and isinstance(value, list):
            for each in value:
                yield from _names(each, depth)
        elif isinstance(value, dict):
            yield from _names(value, depth + 1)
        else:
            yield name, value, depth


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, list):
        for each in value:
            yield from _numbers(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _numbers(each)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value


def comparable(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What a policy compares of a message's attributes, by their names."""
    found = {name: _comparable(attribute) for name, attribute in attributes.items()}
    return {name: value for name, value in found.items() if value is not None}


def _comparable(attribute: Mapping[str, Any]) -> Any:
    kind, text = attribute["DataType"], attribute.get("StringValue")
    if text is None:
        return None
    if kind.startswith("Number"):
        return float(text)
    if kind == "String.Array":
        return _array(text)
    return text


def _array(text: str) -> Any:
    """A String.Array's elements; its text where it is no JSON array."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, list) else text


def body_of(message: str) -> dict[str, Any] | None:
    """A message's body as a policy sees it; None where it is no JSON object."""
    try:
        found = json.loads(message)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
