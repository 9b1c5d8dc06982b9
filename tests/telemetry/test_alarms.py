"""Alarm states against AWS's own two tables, the laws behind them, and AWS's sentences."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry import alarms
from course.telemetry.errors import RuleError

POINTS = {"0": False, "X": True, "-": None}
TEXT = Path(__file__).with_name("alarm_missing_data.tsv").read_text()
TABLE = list(csv.DictReader(TEXT.splitlines(), delimiter="	"))
CELLS = [
    pytest.param(row, mode, id=f"{row['m_of_n']} {row['points_oldest_first']} {mode}")
    for row in TABLE
    for mode in alarms.TREATMENTS
]


def state(text: str, m: int, n: int, mode: str, previous: str = "OK") -> str:
    points = [POINTS[letter] for letter in text]
    return alarms.state(points, n=n, m=m, treat_missing=mode, previous=previous)


def test_the_table_is_whole() -> None:
    assert len(CELLS) == 40


@pytest.mark.parametrize("previous", alarms.STATES)
@pytest.mark.parametrize(("row", "mode"), CELLS)
def test_state_is_what_the_guide_prints(row: dict[str, str], mode: str, previous: str) -> None:
    m, n = (int(number) for number in row["m_of_n"].split("of"))
    wanted = previous if row[mode] == "RETAIN" else row[mode]
    assert state(row["points_oldest_first"], m, n, mode, previous) == wanted


def test_one_fresh_breach_is_too_young_to_ring() -> None:
    assert state("----X", 3, 3, "missing") == "INSUFFICIENT_DATA"
    assert state("----X", 3, 3, "ignore", "ALARM") == "ALARM"
    assert state("---XX", 2, 3, "missing") == "ALARM"


def test_an_unknown_treatment_is_refused() -> None:
    with pytest.raises(RuleError, match="TreatMissingData must be a value in the set"):
        state("0", 1, 1, "zork")


@st.composite
def evaluations(draw: st.DrawFn) -> tuple[list[bool | None], int, int, str]:
    n = draw(st.integers(1, 6))
    m = draw(st.integers(1, n))
    size = alarms.evaluation_range(n)
    points = draw(st.lists(st.sampled_from([True, False, None]), min_size=size, max_size=size))
    return points, n, m, draw(st.sampled_from(alarms.TREATMENTS))


@given(evaluations(), st.data())
@settings(max_examples=150, deadline=None)
def test_a_worse_point_never_silences_an_alarm(
    evaluation: tuple[list[bool | None], int, int, str], data: st.DataObject
) -> None:
    points, n, m, mode = evaluation
    if False not in points:
        return
    at = data.draw(st.sampled_from([i for i, point in enumerate(points) if point is False]))
    worse = [True if i == at else point for i, point in enumerate(points)]
    before = alarms.state(points, n=n, m=m, treat_missing=mode, previous="OK")
    after = alarms.state(worse, n=n, m=m, treat_missing=mode, previous="OK")
    assert before != "ALARM" or after == "ALARM"


@given(evaluations())
@settings(max_examples=100, deadline=None)
def test_with_enough_points_the_treatment_does_not_matter(
    evaluation: tuple[list[bool | None], int, int, str],
) -> None:
    points, n, m, _ = evaluation
    if sum(point is not None for point in points) < n:
        return
    seen = {
        alarms.state(points, n=n, m=m, treat_missing=mode, previous=previous)
        for mode in alarms.TREATMENTS
        for previous in alarms.STATES
    }
    assert len(seen) == 1


@given(evaluations())
@settings(max_examples=100, deadline=None)
def test_breaching_rings_whenever_not_breaching_does(
    evaluation: tuple[list[bool | None], int, int, str],
) -> None:
    points, n, m, _ = evaluation
    mild = alarms.state(points, n=n, m=m, treat_missing="notBreaching", previous="OK")
    harsh = alarms.state(points, n=n, m=m, treat_missing="breaching", previous="OK")
    assert mild == "OK" or harsh == "ALARM"


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        ("GreaterThanThreshold", False, False, True),
        ("GreaterThanOrEqualToThreshold", False, True, True),
        ("LessThanThreshold", True, False, False),
        ("LessThanOrEqualToThreshold", True, True, False),
    ],
)
def test_every_comparison_on_both_sides_of_the_threshold(
    comparison: str, below: bool, at: bool, above: bool
) -> None:
    assert [alarms.breaching(v, 5, comparison) for v in (4.9, 5, 5.1)] == [below, at, above]
    assert alarms.judge([None, 5], 5, comparison) == [None, at]


def test_an_anomaly_comparison_is_no_static_comparison() -> None:
    with pytest.raises(RuleError, match="ComparisonOperator"):
        alarms.breaching(1, 1, "GreaterThanUpperThreshold")


def reason(new_state: str, values: list[float | None], n: int, m: int, mode: str) -> str:
    start = 1_773_741_720  # 2026-03-17 10:02:00 UTC
    points = [(start + 60 * i, value) for i, value in enumerate(values)]
    return alarms.reason(
        new_state,
        points,
        n=n,
        m=m,
        threshold=5,
        comparison="GreaterThanThreshold",
        treat_missing=mode,
    )


def test_reason_names_the_points_that_crossed_newest_first() -> None:
    assert reason("ALARM", [6, 1, 7], 3, 2, "missing") == (
        "Threshold Crossed: 2 out of the last 3 datapoints [7.0 (17/03/26 10:04:00), "
        "6.0 (17/03/26 10:02:00)] were greater than the threshold (5.0) "
        "(minimum 2 datapoints for OK -> ALARM transition)."
    )


def test_reason_for_going_back_to_ok() -> None:
    assert reason("OK", [4], 1, 1, "missing") == (
        "Threshold Crossed: 1 out of the last 1 datapoints [4.0 (17/03/26 10:02:00)] was not "
        "greater than the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition)."
    )


def test_reasons_without_data() -> None:
    assert reason("INSUFFICIENT_DATA", [None], 1, 1, "missing") == (
        "Insufficient Data: 1 datapoint was unknown."
    )
    assert reason("OK", [None, None], 2, 1, "notBreaching") == (
        "Threshold Crossed: no datapoints were received for 2 periods and "
        "2 missing datapoints were treated as [NonBreaching]."
    )
    assert reason("ALARM", [None, 6], 2, 2, "breaching") == (
        "Threshold Crossed: 1 datapoint [6.0 (17/03/26 10:03:00)] was greater than the threshold "
        "(5.0) and 1 missing datapoint was treated as [Breaching]."
    )


def test_reason_data_is_json_with_the_evaluated_points() -> None:
    text = alarms.reason_data([(0, None), (60, 2.0)], n=2, now=120, period=60, threshold=1)
    data = json.loads(text)
    assert data["recentDatapoints"] == [2.0]
    assert data["startDate"] == "1970-01-01T00:01:00.000+0000"


@pytest.mark.parametrize(
    ("percentile", "samples", "few"),
    [(99, 999, True), (99, 1000, False), (50, 19, True), (50, 20, False), (10, 99, True)],
)
def test_low_samples_follow_the_guide(percentile: float, samples: int, few: bool) -> None:
    assert alarms.too_few_samples(percentile, samples) is few


def test_dynamodb_always_ignores_missing_data() -> None:
    assert alarms.treatment("AWS/DynamoDB", "breaching") == "ignore"
    assert alarms.treatment("AWS/Lambda", None) == "missing"
