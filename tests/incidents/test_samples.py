"""Small batches for single exercises."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.incidents import samples
from tests.incidents.reading import text_form


@settings(max_examples=20, deadline=None)
@given(st.integers() | st.text(max_size=6), st.integers(min_value=1, max_value=60))
def test_batches_are_seeded_and_in_time_order(seed: int | str, n: int) -> None:
    for make in (samples.terminal_lines, samples.lambda_events):
        events = make(seed, n)
        assert events == make(seed, n)
        times = [event["timestamp"] for event in events]
        assert times == sorted(times)


def test_terminal_lines_hold_errors_and_false_friends() -> None:
    events = samples.terminal_lines(1, 500)
    assert len(events) == 500
    levels = [event["message"].split(" ")[2] for event in events]
    containing = sum("ERROR" in event["message"] for event in events)
    assert {"INFO", "WARN", "ERROR"} == set(levels)
    assert 5 < levels.count("ERROR") < containing


def test_terminal_lines_as_json_say_the_same() -> None:
    plain = samples.terminal_lines(4, 80)
    for line, event in zip(plain, samples.terminal_lines(4, 80, format="json"), strict=True):
        entry = json.loads(event["message"])
        assert list(entry) == ["time", "id", "level", "message"]
        assert " ".join(entry.values()) == line["message"]


def test_lambda_events_as_text() -> None:
    events = samples.lambda_events(2, 300, function="thumbs", memory=128, used=70, errors=0.2)
    forms = [text_form(event["message"]) for event in events]
    assert "?" not in {form for form, _ in forms}
    reports = [fields for form, fields in forms if form == "report"]
    assert len(reports) == 300
    assert {fields["size"] for fields in reports} == {"128"}
    assert {fields["type"] for fields in reports} == {None, "Runtime.OutOfMemory"}
    assert {form for form, _ in forms} >= {"timeout", "killed", "traceback"}
    assert any(re.search(r"\bREPORT generated", event["message"]) for event in events)
    assert {event["logGroupName"] for event in events} == {"/aws/lambda/thumbs"}


def test_lambda_events_as_json() -> None:
    events = samples.lambda_events(2, 40, log_format="JSON", errors=0)
    kinds = [json.loads(event["message"]).get("type") for event in events]
    assert kinds.count("platform.report") == kinds.count("platform.start") == 40


def test_the_start_can_be_chosen() -> None:
    start = 1_800_000_000_000
    assert samples.terminal_lines(1, 3, start=start)[0]["timestamp"] == start
    assert samples.lambda_events(1, 3, start=start)[0]["timestamp"] == start


def test_an_empty_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="n is 0; ask for at least one"):
        samples.terminal_lines(1, 0)
