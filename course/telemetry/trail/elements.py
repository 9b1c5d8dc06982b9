"""What of a request and of its answer stands in a record, and what is left out or hidden.

CloudTrail writes member names with a small first letter, leaves binary values out and hides what
may be secret: as `HIDDEN_DUE_TO_SECURITY_REASONS`, as asterisks, or by leaving it out. What
is hidden how follows each service's developer guide: Lambda leaves out ZipFile and empties the
environment; SQS and SNS hide bodies, subjects and attributes; DynamoDB shows the keys and the names
of the attributes, not their values; Systems Manager hides a parameter's value; IAM and STS leave
secret keys and passwords out, KMS every text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
Elements = dict[str, Any]

# event source -> member -> what to do with it, wherever it stands in the request or the answer
_LEAVE_OUT, _HIDE, _EMPTY, _STARS = "leave out", "hide", "empty", "stars"
_RULES: dict[str, dict[str, str]] = {
    "lambda": {"zipFile": _LEAVE_OUT, "payload": _LEAVE_OUT, "environment": _EMPTY},
    "sqs": dict.fromkeys(("messageBody", "messageAttributes", "messageSystemAttributes"), _HIDE),
    "sns": dict.fromkeys(("message", "subject", "messageStructure", "messageAttributes"), _HIDE),
    "ssm": {"value": _HIDE},
    "secretsmanager": {"secretString": _LEAVE_OUT, "secretBinary": _LEAVE_OUT},
    "iam": dict.fromkeys(("secretAccessKey", "password", "newPassword", "oldPassword"), _LEAVE_OUT),
    "sts": {"secretAccessKey": _LEAVE_OUT, "webIdentityToken": _HIDE, "sAMLAssertion": _HIDE},
    "kms": {"plaintext": _LEAVE_OUT, "ciphertextBlob": _LEAVE_OUT},
    "kinesis": {"data": _LEAVE_OUT},
    "rds": {"masterUserPassword": _STARS},
    "elasticache": {"authToken": _STARS},
    "states": {"input": _HIDE, "definition": _HIDE, "output": _HIDE},
    "cloudformation": {"templateBody": _LEAVE_OUT},
    "dynamodb": {"expressionAttributeValues": _LEAVE_OUT, "expected": _LEAVE_OUT},
}


def cleaned(source: str, elements: Mapping[str, Any]) -> Elements:
    """The elements as a record shows them. source: the event source without its domain."""
    return _in(elements, _RULES.get(source, {}))


def _in(elements: Mapping[str, Any], rules: Mapping[str, str]) -> Elements:
    found: Elements = {}
    for name, value in elements.items():
        rule = rules.get(name)
        if rule == _LEAVE_OUT or isinstance(value, (bytes, bytearray)):
            continue
        found[name] = _shown(value, rules) if rule is None else _REPLACED[rule](value)
    return found


_REPLACED: dict[str, Callable[[Any], Any]] = {
    _HIDE: lambda value: HIDDEN,
    _EMPTY: lambda value: {},
    _STARS: lambda value: "****",
}


def _shown(value: Any, rules: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return _in(value, rules)
    if isinstance(value, (list, tuple)):
        return [_shown(each, rules) for each in value if not isinstance(each, bytes)]
    return _time(value) if isinstance(value, datetime) else value


def _time(moment: datetime) -> str:
    """`Mar 17, 2026, 12:00:00 PM`, as the records of most services write a time."""
    hour = moment.hour % 12 or 12
    return f"{moment:%b} {moment.day}, {moment.year}, {hour}:{moment:%M:%S %p}"


def table_request(elements: Mapping[str, Any]) -> Elements:
    """A DynamoDB data event's request: the key as plain values, an item as the names in it.

    What of an item is its key is not told apart here: AWS shows that as `key` too.
    """
    found = dict(elements)
    if isinstance(found.get("key"), Mapping):
        found["key"] = {name: _plain(value) for name, value in found["key"].items()}
    if isinstance(found.get("item"), Mapping):
        found["items"] = sorted(found.pop("item"))
    return found


def _plain(value: Any) -> Any:
    """The value in DynamoDB's {"S": ...}."""
    if isinstance(value, Mapping) and len(value) == 1:
        return next(iter(value.values()))
    return value
