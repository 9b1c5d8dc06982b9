"""X-Ray filter expressions, case by case, and the laws that hold for all of them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.errors import RuleError
from course.telemetry.xray import filters
from course.telemetry.xray.filter_matching import matches
from course.telemetry.xray.filter_nodes import AtEdge, AtService, Selector
from tests.telemetry.xray_traces import TRACES, compiled, segment

FILE = tomllib.loads(Path(__file__).with_name("xray_filters.toml").read_text())
SLOW_ARN = "arn:aws:xray:us-east-1:123456789012:group/slow/1"
GROUPS = {"slow": "responsetime > 2", SLOW_ARN: "responsetime > 2", "loop": 'group.name = "loop"'}


def taken(text: str) -> list[str]:
    wanted = filters.parse(text, GROUPS)
    return [name for name, trace in TRACES.items() if matches(wanted, trace)]


def test_the_case_file_is_large_enough() -> None:
    assert len(FILE["case"]) >= 60 and len(FILE["error"]) >= 20


@pytest.mark.parametrize("case", FILE["case"], ids=lambda case: case["filter"])
def test_filter_takes_exactly_these_traces(case: dict[str, Any]) -> None:
    assert taken(case["filter"]) == case["are"]


@pytest.mark.parametrize("case", FILE["error"], ids=lambda case: case["filter"] or "empty")
def test_mistake_is_told_with_its_place(case: dict[str, Any]) -> None:
    with pytest.raises(RuleError) as caught:
        filters.parse(case["filter"], GROUPS)
    assert caught.value.code == "InvalidRequestException"
    assert case["error"] in caught.value.message
    assert caught.value.message.startswith("Invalid filter expression")
    assert caught.value.position == case["at"]
    assert caught.value.message.splitlines()[-1].strip() == "^"


def test_a_groups_own_filter_may_not_name_it() -> None:
    with pytest.raises(RuleError, match="names the group itself"):
        filters.parse('ok AND group.name = "me"', {"me": "ok"}, of="me")


def test_an_empty_group_holds_every_trace() -> None:
    wanted = filters.parse('group.name = "all"', {"all": ""})
    assert all(matches(wanted, trace) for trace in TRACES.values())


def test_selectors_of_time_series() -> None:
    by_type = AtService(Selector(type="remote"))
    assert filters.parse_selector('id(type: "remote")') == by_type
    assert filters.parse_selector('service(id(type: "remote"))') == by_type
    assert filters.parse_selector('edge("a", "b")') == AtEdge(Selector("a"), Selector("b"))
    with pytest.raises(RuleError, match="entity selector"):
        filters.parse_selector("fault")


simple = st.sampled_from([case["filter"] for case in FILE["case"] if len(case["filter"]) < 60])


@given(simple)
@settings(max_examples=60, deadline=None)
def test_negation_takes_the_others(text: str) -> None:
    assert set(taken(f"!({text})")) == set(TRACES) - set(taken(text))


@given(simple, simple)
@settings(max_examples=80, deadline=None)
def test_and_or_and_standing_side_by_side(left: str, right: str) -> None:
    both, either = set(taken(left)) & set(taken(right)), set(taken(left)) | set(taken(right))
    assert set(taken(f"({left}) AND ({right})")) == both
    assert set(taken(f"({left}) ({right})")) == both
    assert set(taken(f"({left}) OR ({right})")) == either


@given(st.floats(0.001, 30), st.floats(0, 40))
@settings(max_examples=80, deadline=None)
def test_response_time_laws(took: float, limit: float) -> None:
    trace = compiled([segment(99, 1, "a", 0, took)])
    above = matches(filters.parse(f"responsetime > {limit!r}"), trace)
    assert above != matches(filters.parse(f"responsetime <= {limit!r}"), trace)
    assert above == matches(filters.parse(f'service("a") {{ responsetime > {limit!r} }}'), trace)
    assert matches(filters.parse(f"responsetime >= {limit!r} OR responsetime < {limit!r}"), trace)


@given(st.text(min_size=1, max_size=20))
@settings(max_examples=80, deadline=None)
def test_any_text_can_be_quoted(user: str) -> None:
    escaped = user.replace("\\", "\\\\").replace('"', '\\"')
    trace = compiled([segment(99, 1, "a", 0, 1, user=user)])
    assert matches(filters.parse(f'user = "{escaped}"'), trace)


@given(st.text(alphabet='ok()!{}"#[]=<> .aANDOR1', max_size=30))
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_is_a_filter_or_a_told_mistake(text: str) -> None:
    try:
        filters.parse(text)
    except RuleError as mistake:
        assert mistake.position is not None and 0 <= mistake.position <= len(text)
