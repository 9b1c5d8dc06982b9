"""Which messages a filter policy takes, and which policies are refused: the cases of the table."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from course.telemetry.errors import RuleError
from course.telemetry.queues import filter_policies
from course.telemetry.queues.filter_policies import ATTRIBUTES, BODY

CASES = tomllib.loads(Path(__file__).with_name("filter_policies.toml").read_text("utf-8"))


def takes(case: dict[str, Any], message: Any) -> bool:
    policy = filter_policies.compile(case["policy"], case.get("scope", ATTRIBUTES))
    if isinstance(message, str):
        body = filter_policies.body_of(message)
        return body is not None and policy.matches(body)
    given = {
        name: {"DataType": kind, "BinaryValue" if kind == "Binary" else "StringValue": value}
        for name, (kind, value) in message.items()
    }
    return policy.matches(filter_policies.comparable(given))


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["name"])
def test_what_a_policy_takes(case: dict[str, Any]) -> None:
    assert [message for message in case["takes"] if not takes(case, message)] == []
    assert [message for message in case["leaves"] if takes(case, message)] == []


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["name"])
def test_what_is_no_policy(case: dict[str, Any]) -> None:
    with pytest.raises(RuleError) as caught:
        filter_policies.compile(case["policy"], case.get("scope", ATTRIBUTES))
    assert caught.value.code == "InvalidParameter" and case["reason"] in caught.value.message


def test_names_inside_a_body_count_with_their_depth() -> None:
    """The guide's example: 4 values at depth 3 and 3 values at depth 2."""
    written = {"a": {"b": {"c": [1, 2, 3, 4]}}, "d": {"e": [1, 2, 3]}}
    assert filter_policies.combinations(written) == (4 * 3) * (3 * 2)


def test_a_policy_may_have_256_kib() -> None:
    listed = '{"a": ["' + "x" * 262_144 + '"]}'
    with pytest.raises(RuleError, match="too large"):
        filter_policies.compile(listed, BODY)
