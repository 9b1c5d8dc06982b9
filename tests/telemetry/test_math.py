"""Metric math by its case file, expressions over expressions, and the laws of arithmetic."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry import math
from course.telemetry.errors import RuleError

FILE = tomllib.loads(Path(__file__).with_name("math.toml").read_text())
TIMES = [0, 60, 120, 180, 240]


def points(values: list[Any]) -> list[tuple[int, float]]:
    return [(at, float(v)) for at, v in zip(TIMES, values, strict=True) if v != "-"]


SERIES = {name: points(values) for name, values in FILE["series"].items()}


def lines(expression: str) -> list[tuple[str, list[tuple[int, float]]]]:
    return math.evaluate({"x": expression}, SERIES, period=60, times=TIMES)["x"]


def test_the_case_file_is_large_enough() -> None:
    assert len(FILE["case"]) >= 60


@pytest.mark.parametrize("case", FILE["case"], ids=lambda case: case["of"])
def test_expression(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(RuleError) as caught:
            lines(case["of"])
        assert case["error"] in caught.value.message
        assert "at" not in case or caught.value.position == case["at"]
        return
    expected = case.get("lines", {"x": case.get("is")})
    found = lines(case["of"])
    assert [label for label, _ in found] == list(expected)
    for (_, line), values in zip(found, expected.values(), strict=True):
        assert [at for at, _ in line] == [at for at, _ in points(values)]
        assert [v for _, v in line] == pytest.approx([v for _, v in points(values)])


def test_expressions_may_use_expressions_in_any_order() -> None:
    made = math.evaluate(
        {"percent": "rate * 100", "rate": "errors / invocations"}, SERIES, period=60, times=TIMES
    )
    assert made["percent"] == [("percent", [(0, 0), (60, 5), (240, 0)])]


def test_expressions_in_a_circle_are_refused() -> None:
    with pytest.raises(RuleError, match="a -> b -> a"):
        math.evaluate({"a": "b + 1", "b": "a + 1"}, SERIES, period=60, times=TIMES)


def test_metrics_leaves_expressions_out() -> None:
    made = math.evaluate(
        {"double": "m1 * 2", "all": "METRICS()"}, {"m1": [(0, 1)]}, period=60, times=[0]
    )
    assert made["all"] == [("m1", [(0, 1)])]


def test_an_expression_can_be_checked_without_data() -> None:
    assert math.check("IF(m1 > 5, m2, m1)") == ["m1", "m2"]
    with pytest.raises(RuleError, match="no Id m3"):
        math.check("m1 + m3", ["m1", "m2"])


series = st.lists(st.one_of(st.just("-"), st.integers(-9, 9)), min_size=5, max_size=5)


def one(expression: str, left: list[Any], right: list[Any]) -> list[tuple[int, float]]:
    given_series = {"a": points(left), "b": points(right)}
    return math.evaluate({"x": expression}, given_series, period=60, times=TIMES)["x"][0][1]


@given(series, series)
@settings(max_examples=60, deadline=None)
def test_sum_of_an_array_is_addition(left: list[Any], right: list[Any]) -> None:
    assert one("SUM([a, b])", left, right) == one("a + b", left, right)
    assert one("a + b", left, right) == one("b + a", left, right)


@given(series, series)
@settings(max_examples=60, deadline=None)
def test_filled_series_have_every_point(left: list[Any], right: list[Any]) -> None:
    assert [at for at, _ in one("FILL(a, 0) + b", left, right)] == TIMES
    assert one("FILL(FILL(a, REPEAT), LINEAR)", left, right) == one("FILL(a, REPEAT)", left, right)


@given(series)
@settings(max_examples=60, deadline=None)
def test_running_sum_undoes_diff(values: list[Any]) -> None:
    line = one("RUNNING_SUM(DIFF(a))", values, values)
    known = points(values)
    assert [v for _, v in line] == [v - known[0][1] for _, v in known[1:]]
