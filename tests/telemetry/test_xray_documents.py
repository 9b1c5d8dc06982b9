"""Which segment documents X-Ray takes, and what it leaves out of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from course.telemetry.xray.documents import DocumentError, check, read
from tests.telemetry.xray_traces import START, part, segment

GOOD = segment(1, 1, "example.com", 0, 1)


def changed(**fields: Any) -> dict[str, Any]:
    """GOOD with other fields; None takes one away."""
    return {key: value for key, value in {**GOOD, **fields}.items() if value is not None}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id": None}, "MissingId"),
        ({"id": "123"}, "InvalidId"),
        ({"id": 17}, "InvalidId"),
        ({"trace_id": None}, "MissingTraceId"),
        ({"trace_id": "1-xyz"}, "InvalidTraceId"),
        ({"trace_id": "2-58406520-a006649127e371903a2de979"}, "InvalidTraceId"),
        ({"name": None}, "MissingName"),
        ({"name": ""}, "InvalidName"),
        ({"name": "a" * 201}, "InvalidName"),
        ({"name": "what?"}, "InvalidName"),
        ({"start_time": None}, "MissingStartTime"),
        ({"start_time": "noon"}, "InvalidStartTime"),
        ({"start_time": True}, "InvalidStartTime"),
        ({"end_time": None}, "MissingEndTime"),
        ({"end_time": None, "in_progress": False}, "MissingEndTime"),
        ({"end_time": START - 1}, "InvalidEndTime"),
        ({"parent_id": "x"}, "InvalidParentId"),
        ({"type": "subsegment"}, "MissingParentId"),
        ({"subsegments": {"id": 1}}, "InvalidSubsegments"),
        ({"subsegments": [part(2, "bad?", 0, 1)]}, "InvalidName"),
    ],
)
def test_bad_documents_are_refused_with_a_code(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        check(changed(**fields))
    assert caught.value.code == code
    assert caught.value.message.endswith(f"ErrorCode: {code}")


@pytest.mark.parametrize(
    "fields",
    [
        {"end_time": None, "in_progress": True},
        {"name": "Unicode é 名 _.:/%&#=+\\-@ ## 9"},
        {"trace_id": "1-4efaaf4d-1e8720b39541901950019ee5"},  # W3C: its first 8 digits are no time
        {"start_time": 1.5, "end_time": 2},
        {"type": "subsegment", "parent_id": "0" * 16},
        {"subsegments": [part(2, "nested", 0, 1, subsegments=[part(3, "deeper", 0, None)])]},
    ],
)
def test_good_documents_are_taken(fields: dict[str, Any]) -> None:
    assert check(changed(**fields))["id"] == GOOD["id"]


def test_annotations_that_cannot_be_indexed_are_dropped() -> None:
    given = {"ok_1": "a", "dotted.key": 1, "order-tier": "gold", "a b": 1, "map": {}, "none": None}
    nested = part(2, "in", 0, 1, annotations=given, metadata={"any-key": {"x": [1]}})
    found = check(changed(annotations={**given, "yes": True}, subsegments=[nested]))
    assert found["annotations"] == {"ok_1": "a", "dotted.key": 1, "yes": True}
    assert found["subsegments"][0]["annotations"] == {"ok_1": "a", "dotted.key": 1}
    assert found["subsegments"][0]["metadata"] == {"any-key": {"x": [1]}}


def test_a_document_is_never_changed_in_place() -> None:
    given = changed(annotations={"a b": 1})
    check(given)
    assert given["annotations"] == {"a b": 1}


@pytest.mark.parametrize("text", ["", "no json", "[]", '"text"', "12"])
def test_what_is_no_json_object_cannot_be_parsed(text: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(text)
    assert caught.value.code == "ParseError"


def test_a_document_has_at_most_64_kilobytes() -> None:
    room = 64 * 1024 - len(json.dumps(changed(metadata={"text": ""})))
    assert read(json.dumps(changed(metadata={"text": "x" * room})))
    with pytest.raises(DocumentError, match="maximum size") as caught:
        read(json.dumps(changed(metadata={"text": "x" * (room + 1)})))
    assert (caught.value.code, caught.value.segment) == ("InvalidSegment", GOOD["id"])
