"""What a message may hold, how large it is, and the digests that SQS answers.

Follows the SQS API reference of SendMessage and SendMessageBatch, and the SQS Developer Guide,
"Amazon SQS message metadata" (attributes, and how their MD5 digest is made) and "Amazon SQS message
quotas": 1 MiB for a message or a whole batch, counted in bytes, with the names, types and values of
its attributes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import md5
from typing import Any

from course.telemetry.errors import RuleError
from course.telemetry.queues.codes import invalid, missing

LARGEST = 1_048_576
MOST_ATTRIBUTES = 10
MOST_ENTRIES = 10
ALLOWED = "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"(?!(?i:aws|amazon)\.)(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)")
_TYPE = re.compile(r"(String|Number|Binary)(\..+)?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
# Of deduplication ids and message group ids.
_TOKEN = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")

Attributes = Mapping[str, Mapping[str, Any]]


def check_body(body: str) -> None:
    """RuleError for an empty body, or one with characters that SQS does not take."""
    if not body:
        raise missing("MessageBody")
    if not body.isprintable() and _FORBIDDEN.search(body):
        problem = f"Invalid characters found. Valid unicode characters are {ALLOWED}"
        raise RuleError("InvalidMessageContents", problem)


def check_token(value: str | None, parameter: str) -> None:
    """RuleError for a deduplication id or group id that is not 1 to 128 letters, digits, signs."""
    if value is not None and not is_token(value):
        problem = (
            f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in "
            "length."
        )
        raise invalid(value, parameter, problem)


def is_token(text: str) -> bool:
    """Whether a text can be a deduplication id or a group id."""
    return _TOKEN.fullmatch(text) is not None


def check_attributes(attributes: Attributes) -> None:
    """RuleError for message attributes that SQS does not take."""
    if len(attributes) > MOST_ATTRIBUTES:
        raise RuleError(
            "InvalidParameterValue",
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum "
            f"[{MOST_ATTRIBUTES}].",
        )
    for name, attribute in attributes.items():
        _check_attribute(name, attribute)


def _check_attribute(name: str, attribute: Mapping[str, Any]) -> None:
    if not _NAME.fullmatch(name):
        raise _unfit(
            f"Message (user) attribute name '{name}' can contain A-Z, a-z, 0-9, underscore (_), "
            "hyphen (-) and period (.), must not start with AWS. or Amazon., nor start or end with "
            "a period, nor have periods in succession. It can be 1 to 256 long."
        )
    kind = attribute.get("DataType", "")
    if not kind:
        raise _unfit(f"The message attribute '{name}' must contain a non-empty message type.")
    matched = _TYPE.fullmatch(kind)
    if matched is None or len(kind) > 256:
        supported = "Binary, Number, String"
        problem = "You must use only the following supported type prefixes"
        raise _unfit(
            f"The type of message (user) attribute '{name}' is invalid. {problem}: {supported}."
        )
    member = "BinaryValue" if matched[1] == "Binary" else "StringValue"
    _check_value(name, kind, matched[1], attribute.get(member))


def _check_value(name: str, kind: str, base: str, value: Any) -> None:
    if not value:
        what = f"must contain a non-empty value of type '{kind}'."
        raise _unfit(f"Message (user) attribute '{name}' {what}")
    if base == "Number" and not is_number(value):
        problem = f"Can't cast the value of message (user) attribute '{name}' to a number."
        raise _unfit(problem)
    if base != "Binary" and not value.isprintable() and _FORBIDDEN.search(value):
        raise _unfit(f"Message (user) attribute '{name}' contains invalid characters.")


def is_number(text: str) -> bool:
    """Whether an attribute of the type Number can have this value."""
    return _NUMBER.fullmatch(text) is not None


def _unfit(problem: str) -> RuleError:
    return RuleError("InvalidParameterValue", problem)


def size(body: str, attributes: Attributes) -> int:
    """Bytes of a message: its body in UTF-8, and its attributes' names, types and values."""
    total = len(body) if body.isascii() else len(body.encode())
    for name, attribute in attributes.items():
        total += len(name) + len(attribute["DataType"]) + len(_value(attribute))
    return total


def _value(attribute: Mapping[str, Any]) -> bytes:
    binary = attribute.get("BinaryValue")
    return bytes(binary) if binary is not None else str(attribute["StringValue"]).encode()


def check_size(bytes_: int, largest: int) -> None:
    """RuleError for a message that is larger than its queue takes."""
    if bytes_ > largest:
        problem = "One or more parameters are invalid. Reason: Message must be shorter than {}"
        raise _unfit(problem.format(f"{largest} bytes."))


def digest(text: str) -> str:
    """The MD5 of a body."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def digest_of_attributes(attributes: Attributes) -> str | None:
    """The MD5 of message attributes, sorted by name, each part with its length; None for none."""
    if not attributes:
        return None
    made = md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        for part in (name.encode(), attribute["DataType"].encode()):
            made.update(len(part).to_bytes(4, "big") + part)
        value = _value(attribute)
        made.update(b"\x02" if attribute.get("BinaryValue") is not None else b"\x01")
        made.update(len(value).to_bytes(4, "big") + value)
    return made.hexdigest()


def check_entries(entries: Sequence[Mapping[str, Any]], kind: str) -> None:
    """RuleError for a batch as a whole. kind: what its entries are called, for the message."""
    if not entries:
        problem = f"There should be at least one {kind} in the request."
        raise RuleError("EmptyBatchRequest", problem)
    if len(entries) > MOST_ENTRIES:
        problem = f"Maximum number of entries per request are {MOST_ENTRIES}. You have sent "
        raise RuleError("TooManyEntriesInBatchRequest", f"{problem}{len(entries)}.")
    seen: set[str] = set()
    for entry in entries:
        if not _ENTRY_ID.fullmatch(entry["Id"]):
            problem = "A batch entry id can only contain alphanumeric characters, hyphens and "
            rest = "underscores. It can be at most 80 letters long."
            raise RuleError("InvalidBatchEntryId", problem + rest)
        if entry["Id"] in seen:
            raise RuleError("BatchEntryIdsNotDistinct", f"Id {entry['Id']} repeated.")
        seen.add(entry["Id"])


def check_batch_size(total: int) -> None:
    """RuleError for a batch whose messages together are too large."""
    if total > LARGEST:
        problem = f"Batch requests cannot be longer than {LARGEST} bytes."
        raise RuleError("BatchRequestTooLong", f"{problem} You have sent {total} bytes.")
