"""Segment documents: which ones X-Ray takes, and what it leaves out of them.

Follows the X-Ray developer guide, "AWS X-Ray segment documents", and the API reference of
PutTraceSegments. A document is at most 64 kB of JSON; it has name, id, trace_id, start_time and
either end_time or in_progress; a subsegment sent alone also has type and parent_id. The time inside
a trace id "is not required or validated" (PutTraceSegments). Of annotations only strings, numbers
and booleans are kept, under keys of letters, digits, underscores and dots; X-Ray removes "data that
doesn't comply with the segment document schema" ("Getting data from AWS X-Ray").

The guide shows the error code InvalidTraceId with its message, and X-Ray's daemon logs MissingId
and InvalidName; the codes for the other fields are formed in the same way. Left out: the limit of a
whole trace, which X-Ray moves between 100 and 500 kB as it sees fit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from course.telemetry.errors import RuleError

Document = dict[str, Any]
MOST_BYTES = 64 * 1024
LONGEST_NAME = 200
_TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
_ID = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[\w\s.:/%&#=+\\\-@]+")
# AWS services annotate their own segments under keys such as aws:api_id.
_ANNOTATION_KEY = re.compile(r"(aws:)?[A-Za-z0-9_.]+")


class DocumentError(RuleError):
    """X-Ray would not process this document. segment: its id, where it has one."""

    def __init__(self, code: str, message: str, segment: str | None = None) -> None:
        super().__init__(code, message)
        self.segment = segment


def read(text: str) -> Document:
    """The document that a text holds, checked; `DocumentError` with X-Ray's code otherwise."""
    try:
        document = json.loads(text)
    except ValueError:
        raise DocumentError("ParseError", "Invalid segment. ErrorCode: ParseError") from None
    if not isinstance(document, dict):
        raise DocumentError("ParseError", "Invalid segment. ErrorCode: ParseError")
    if len(text.encode()) > MOST_BYTES:
        message = f"Segment document exceeds the maximum size of {MOST_BYTES} bytes."
        raise DocumentError("InvalidSegment", message, _text(document.get("id")))
    return check(document)


def check(document: Mapping[str, Any]) -> Document:
    """A copy of a segment document without what X-Ray drops; `DocumentError` for a bad one."""
    alone = document.get("type") == "subsegment"
    _check_part(document, "subsegment" if alone else "segment")
    _match(document, "trace_id", _TRACE_ID, "subsegment" if alone else "segment")
    if alone or document.get("parent_id") is not None:
        _match(document, "parent_id", _ID, "subsegment" if alone else "segment")
    return _cleaned(document)


def _check_part(part: Mapping[str, Any], kind: str) -> None:
    _match(part, "id", _ID, kind)
    name = part.get("name")
    if name is None:
        raise _refused("MissingName", kind, part)
    if not isinstance(name, str) or len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise _refused("InvalidName", kind, part)
    _check_times(part, kind)
    for each in _subsegments(part):
        _check_part(each, "subsegment")


def _check_times(part: Mapping[str, Any], kind: str) -> None:
    start, end = part.get("start_time"), part.get("end_time")
    if start is None:
        raise _refused("MissingStartTime", kind, part)
    if not _is_time(start):
        raise _refused("InvalidStartTime", kind, part)
    if end is None:
        if part.get("in_progress") is not True:
            raise _refused("MissingEndTime", kind, part)
    elif not _is_time(end) or end < start:
        raise _refused("InvalidEndTime", kind, part)


def _match(part: Mapping[str, Any], field: str, shape: re.Pattern[str], kind: str) -> None:
    words = "".join(word.capitalize() for word in field.split("_"))
    value = part.get(field)
    if value is None:
        raise _refused(f"Missing{words}", kind, part)
    if not isinstance(value, str) or not shape.fullmatch(value.lower()):
        raise _refused(f"Invalid{words}", kind, part)


def _subsegments(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    listed = part.get("subsegments") or []
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        raise _refused("InvalidSubsegments", "segment", part)
    yield from listed


def _refused(code: str, kind: str, part: Mapping[str, Any]) -> DocumentError:
    return DocumentError(code, f"Invalid {kind}. ErrorCode: {code}", _text(part.get("id")))


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _cleaned(part: Mapping[str, Any]) -> Document:
    """A copy whose annotations can be indexed, down through the subsegments."""
    copy = dict(part)
    if copy.get("end_time") is not None:
        copy.pop("in_progress", None)
    if "annotations" in copy:
        copy["annotations"] = _annotations(copy["annotations"])
    if copy.get("subsegments"):
        copy["subsegments"] = [_cleaned(each) for each in copy["subsegments"]]
    return copy


def _annotations(given: Any) -> dict[str, str | float | bool]:
    if not isinstance(given, Mapping):
        return {}
    return {
        key: value
        for key, value in given.items()
        if _ANNOTATION_KEY.fullmatch(key) and isinstance(value, (str, int, float, bool))
    }
