"""Filter patterns by their case file, and the laws between patterns."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry import patterns
from course.telemetry.errors import RuleError

CASES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("patterns.toml").read_text())[
    "case"
]
GOOD = [case for case in CASES if "error" not in case]
BAD = [case for case in CASES if "error" in case]


def test_the_case_file_is_large_enough() -> None:
    assert len(GOOD) >= 40 and len(BAD) >= 10


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["name"])
def test_pattern_takes_and_leaves(case: dict[str, Any]) -> None:
    pattern = patterns.compile(case["pattern"])
    assert [m for m in case.get("yes", []) if not pattern.matches(m)] == []
    assert [m for m in case.get("no", []) if pattern.matches(m)] == []
    if "fields" in case:
        assert pattern.match(case["yes"][0]) == case["fields"]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["name"])
def test_pattern_is_refused_with_its_place(case: dict[str, Any]) -> None:
    with pytest.raises(RuleError) as caught:
        patterns.compile(case["pattern"])
    assert caught.value.code == "InvalidParameterException"
    assert case["error"] in caught.value.message
    if "at" in case:
        assert caught.value.position == case["at"]


def test_a_pattern_is_at_most_1024_characters() -> None:
    patterns.compile("a" * 1024)
    with pytest.raises(RuleError, match="at most 1024"):
        patterns.compile("a" * 1025)


def test_pattern_tells_what_it_extracts() -> None:
    assert patterns.compile("[ip, , status=4*, ...]").fields == ("$ip", "$status")
    assert patterns.compile("{ $.a = 1 && $.b = 2 }").fields == ("$.a", "$.b")
    assert patterns.compile("ERROR").fields == ()


words = st.text("ABE r", min_size=1, max_size=12)


@given(words, st.sampled_from(["A", "B", "E"]))
@settings(max_examples=60, deadline=None)
def test_excluding_a_term_takes_exactly_what_the_term_leaves(message: str, term: str) -> None:
    assert patterns.compile(term).matches(message) != patterns.compile(f"-{term}").matches(message)


@given(words)
@settings(max_examples=60, deadline=None)
def test_optional_terms_are_the_or_of_terms(message: str) -> None:
    either = patterns.compile("A").matches(message) or patterns.compile("B").matches(message)
    assert patterns.compile("?A ?B").matches(message) == either


@given(st.integers(0, 600))
@settings(max_examples=60, deadline=None)
def test_not_equal_is_the_negation_of_equal_where_there_is_a_value(status: int) -> None:
    message = json.dumps({"s": status})
    for value in ("404", "4*", "*4", "%^4%"):
        same = patterns.compile(f"{{ $.s = {value} }}").matches(message)
        assert patterns.compile(f"{{ $.s != {value} }}").matches(message) != same


@given(st.integers(0, 5), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_delimited_and_json_agree(left: int, right: int) -> None:
    condition = "a > 2 && b != 3 || a = 1"
    spaced = patterns.compile("[a > 2 && b != 3 || a = 1, b]").matches(f"{left} {right}")
    dotted = condition.replace("a ", "$.a ").replace("b ", "$.b ")
    message = json.dumps({"a": left, "b": right})
    assert patterns.compile(f"{{ {dotted} }}").matches(message) == spaced
