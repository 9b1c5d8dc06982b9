"""Composite alarms: rules by their case file, De Morgan, and the limits of a rule."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry import composite
from course.telemetry.errors import RuleError

FILE = tomllib.loads(Path(__file__).with_name("composite.toml").read_text())
LETTERS = {"O": "OK", "A": "ALARM", "I": "INSUFFICIENT_DATA"}
EVERY = ["".join(letters) for letters in itertools.product("OAI", repeat=3)]


def holds(rule: str, letters: str) -> bool:
    states = {name: LETTERS[letter] for name, letter in zip("abc", letters, strict=True)}
    return composite.evaluate(composite.parse(rule), states)


def test_the_case_file_is_large_enough() -> None:
    assert len(FILE["case"]) + len(FILE["error"]) >= 40


@pytest.mark.parametrize("case", FILE["case"], ids=lambda case: case["rule"].strip())
def test_rule_holds_in_exactly_these_states(case: dict[str, Any]) -> None:
    found = [letters for letters in case.get("of", EVERY) if holds(case["rule"], letters)]
    assert found == case["true"]


@pytest.mark.parametrize("case", FILE["error"], ids=lambda case: case["rule"] or "empty")
def test_mistake_is_told_with_its_place(case: dict[str, Any]) -> None:
    with pytest.raises(RuleError) as caught:
        composite.parse(case["rule"])
    assert caught.value.code == "ValidationError"
    assert case["expected"] in caught.value.message
    assert caught.value.position == case.get("at")


def test_names_are_listed_once_as_written() -> None:
    tree = composite.parse(r'ALARM(a) OR OK("b c") OR OK(a) OR AT_LEAST(1, OK, ("q\"q", d))')
    assert composite.names(tree) == ["a", "b c", 'q"q', "d"]


def test_a_missing_child_is_named() -> None:
    with pytest.raises(RuleError, match="ghost"):
        composite.evaluate(composite.parse("ALARM(ghost) AND FALSE"), {})


def test_at_most_100_children() -> None:
    composite.parse(" OR ".join(f"OK(x{n})" for n in range(100)))
    with pytest.raises(RuleError, match="more than 100 alarms"):
        composite.parse(" OR ".join(f"OK(x{n})" for n in range(101)))


def test_at_most_500_elements() -> None:
    with pytest.raises(RuleError, match="more than 500 elements"):
        composite.parse(" AND ".join(["TRUE"] * 501))


atoms = st.sampled_from(
    ["ALARM(a)", "OK(b)", "INSUFFICIENT_DATA(c)", "TRUE", "AT_LEAST(2, ALARM, (a, b, c))"]
)
rules = st.recursive(
    atoms,
    lambda inner: st.one_of(
        inner.map(lambda r: f"NOT ({r})"),
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(
            lambda t: f"({t[0]}) {t[1]} ({t[2]})"
        ),
    ),
    max_leaves=4,
)


@given(rules, rules, st.sampled_from(EVERY))
@settings(max_examples=80, deadline=None)
def test_de_morgan(left: str, right: str, letters: str) -> None:
    assert holds(f"NOT (({left}) AND ({right}))", letters) == holds(
        f"NOT ({left}) OR NOT ({right})", letters
    )


@given(rules, st.sampled_from(EVERY))
@settings(max_examples=60, deadline=None)
def test_a_rule_or_its_negation_holds(rule: str, letters: str) -> None:
    assert holds(rule, letters) != holds(f"NOT ({rule})", letters)
