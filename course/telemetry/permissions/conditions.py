"""The Condition element of a policy's statement.

Follows the IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with
multiple context keys or values": every operator and every key must be met; of the values of one
key one is enough, and of a negated operator none may fit. A key that the request does not have
meets no operator but the negated ones, Null, ForAllValues and those that end in IfExists. Left out:
BinaryEquals, which is refused by name.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from course.telemetry.errors import NotSupported, RuleError
from course.telemetry.permissions.wildcards import Context, filled, like

Test = Callable[[str, str, Context], bool]
ALL, ANY = "ForAllValues:", "ForAnyValue:"


def are_met(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether a statement's Condition holds for a request's context (keys in lower case)."""
    return all(
        _is_met(operator, key.lower(), [_text(each) for each in listed(wanted)], context)
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def listed(value: Any) -> list[Any]:
    """One value or several, as a list."""
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_met(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    name = operator.removeprefix(ALL).removeprefix(ANY).removesuffix("IfExists")
    found = context.get(key, ())
    if name == "Null":
        return any((each == "true") == (not found) for each in wanted)
    test, negated = _test_of(name)
    if not found:
        return operator.endswith("IfExists") or operator.startswith(ALL) or negated
    results = [any(test(each, one, context) for one in wanted) != negated for each in found]
    return any(results) if operator.startswith(ANY) else all(results)


def _test_of(name: str) -> tuple[Test, bool]:
    """What an operator compares, and whether it wants the opposite."""
    if name in TESTS:
        return TESTS[name], False
    if name in NEGATED:
        return TESTS[NEGATED[name]], True
    if name == "BinaryEquals":
        raise NotSupported("The condition operator BinaryEquals", "Compare texts.")
    raise RuleError("MalformedPolicyDocument", f"Invalid Condition type : {name}.")


def _equal(found: str, wanted: str, context: Context) -> bool:
    return found == filled(wanted, context)


def _equal_in_any_case(found: str, wanted: str, context: Context) -> bool:
    return found.lower() == (filled(wanted, context) or "\0").lower()


def _alike(found: str, wanted: str, context: Context) -> bool:
    return like(found, wanted, context)


def _arn_alike(found: str, wanted: str, context: Context) -> bool:
    """ARNs are compared part by part: a wildcard does not reach over a colon."""
    mine, asked = found.split(":", 5), _arn_parts(wanted)
    return len(mine) == len(asked) and all(
        like(part, pattern, context) for part, pattern in zip(mine, asked, strict=True)
    )


def _arn_parts(pattern: str) -> list[str]:
    """The six parts of an ARN pattern; the colon in a variable's name is none between parts."""
    parts = re.split(r":(?![^{}]*\})", pattern, maxsplit=5)
    return ["*"] * 6 if pattern == "*" else parts


def _flag(found: str, wanted: str, context: Context) -> bool:
    return found.lower() == wanted.lower()


def _address(found: str, wanted: str, context: Context) -> bool:
    return ipaddress.ip_address(found) in ipaddress.ip_network(wanted, strict=False)


def _numbers(compare: Callable[[float, float], bool]) -> Test:
    return lambda found, wanted, context: compare(float(found), float(wanted))


def _dates(compare: Callable[[float, float], bool]) -> Test:
    return lambda found, wanted, context: compare(_seconds(found), _seconds(wanted))


def _seconds(text: str) -> float:
    """Epoch seconds of a number, or of an ISO 8601 time (UTC unless it says otherwise)."""
    if text.replace(".", "", 1).isdigit():
        return float(text)
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


TESTS: dict[str, Test] = {
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _equal_in_any_case,
    "StringLike": _alike,
    "ArnEquals": _arn_alike,
    "ArnLike": _arn_alike,
    "Bool": _flag,
    "IpAddress": _address,
    "NumericEquals": _numbers(lambda found, wanted: found == wanted),
    "NumericLessThan": _numbers(lambda found, wanted: found < wanted),
    "NumericLessThanEquals": _numbers(lambda found, wanted: found <= wanted),
    "NumericGreaterThan": _numbers(lambda found, wanted: found > wanted),
    "NumericGreaterThanEquals": _numbers(lambda found, wanted: found >= wanted),
    "DateEquals": _dates(lambda found, wanted: found == wanted),
    "DateLessThan": _dates(lambda found, wanted: found < wanted),
    "DateLessThanEquals": _dates(lambda found, wanted: found <= wanted),
    "DateGreaterThan": _dates(lambda found, wanted: found > wanted),
    "DateGreaterThanEquals": _dates(lambda found, wanted: found >= wanted),
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
