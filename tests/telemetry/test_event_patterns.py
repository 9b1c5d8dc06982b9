"""Event patterns by their case file, and the laws between patterns."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.errors import RuleError
from course.telemetry.events import patterns
from tests.account.behaviours import behaviour

FILE = Path(__file__).with_name("event_patterns.toml")
CASES: list[dict[str, Any]] = tomllib.loads(FILE.read_text())["case"]
GOOD = [case for case in CASES if "error" not in case]
BAD = [case for case in CASES if "error" in case]


def test_the_case_file_is_large_enough() -> None:
    assert len(GOOD) >= 50 and len(BAD) >= 30
    assert all(case["source"] for case in CASES)


@behaviour("events.pattern_operators")
@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["name"])
def test_pattern_takes_and_leaves(case: dict[str, Any]) -> None:
    pattern = patterns.compile(case["pattern"])
    assert [e for e in case.get("yes", []) if not pattern.matches(json.loads(e))] == []
    assert [e for e in case.get("no", []) if pattern.matches(json.loads(e))] == []


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["name"])
def test_pattern_is_refused_with_its_reason(case: dict[str, Any]) -> None:
    with pytest.raises(RuleError) as caught:
        patterns.compile(case["pattern"])
    assert caught.value.code == "InvalidEventPatternException"
    assert caught.value.message.startswith("Event pattern is not valid. Reason: ")
    assert case["error"] in caught.value.message


def takes(condition: Any, value: Any) -> bool:
    """Whether a pattern of one field with this one condition takes the value."""
    return patterns.compile(json.dumps({"a": [condition]})).matches({"a": value})


texts = st.text("abAB*\\", max_size=6)
scalars = st.one_of(texts, st.integers(-9, 9), st.booleans(), st.none())


@given(texts, texts)
@settings(max_examples=80, deadline=None)
def test_anything_but_is_the_negation_where_there_is_a_value(text: str, value: str) -> None:
    assert takes({"anything-but": text}, value) != takes(text, value)
    for operator in ("prefix", "suffix", "equals-ignore-case"):
        if text or operator == "equals-ignore-case":
            negated = takes({"anything-but": {operator: text}}, value)
            assert negated != takes({operator: text}, value)


@given(texts, texts)
@settings(max_examples=80, deadline=None)
def test_a_prefix_is_a_wildcard_at_the_end(text: str, value: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("*", "\\*")
    assert takes({"prefix": text}, value) == takes({"wildcard": escaped + "*"}, value)
    assert takes({"suffix": text}, value) == takes({"wildcard": "*" + escaped}, value)


@given(scalars)
@settings(max_examples=60, deadline=None)
def test_a_field_exists_or_does_not(value: Any) -> None:
    assert takes({"exists": True}, value)
    assert not takes({"exists": False}, value)


@given(st.lists(scalars, min_size=1, max_size=4), scalars)
@settings(max_examples=60, deadline=None)
def test_an_array_matches_by_any_of_its_elements(values: list[Any], wanted: Any) -> None:
    assert takes(wanted, values) == any(takes(wanted, value) for value in values)


@given(st.integers(-5, 5), st.integers(-5, 5))
@settings(max_examples=60, deadline=None)
def test_or_is_the_union_and_fields_are_the_intersection(left: int, right: int) -> None:
    event = {"a": left, "b": right}
    one, two = ({"numeric": [">", 0]}, {"numeric": ["<", 3]})
    a = patterns.compile(json.dumps({"a": [one]})).matches(event)
    b = patterns.compile(json.dumps({"b": [two]})).matches(event)
    either = patterns.compile(json.dumps({"$or": [{"a": [one]}, {"b": [two]}]}))
    both = patterns.compile(json.dumps({"a": [one], "b": [two]}))
    assert either.matches(event) == (a or b)
    assert both.matches(event) == (a and b)


def test_a_field_written_twice_counts_as_the_last_one() -> None:
    pattern = patterns.compile('{"a": ["x"], "a": ["y"]}')
    assert pattern.matches({"a": "y"}) and not pattern.matches({"a": "x"})


def test_a_field_of_an_or_replaces_the_one_beside_it() -> None:
    """As in AWS's engine, which writes every path into a table."""
    pattern = patterns.compile('{"a": ["x"], "$or": [{"a": ["y"]}, {"b": ["z"]}]}')
    assert pattern.matches({"a": "y"}) and pattern.matches({"a": "x", "b": "z"})


def test_deep_nesting_is_refused_and_not_a_crash() -> None:
    with pytest.raises(RuleError):
        patterns.compile('{"a":' * 3000 + "[1]" + "}" * 3000)
