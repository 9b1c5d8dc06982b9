"""Metrics: identity, aligned periods, statistics, retention, and what PutMetricData refuses."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry import metrics
from course.telemetry.datum import reject_entities
from course.telemetry.errors import NotSupported, RuleError

TEN = 1_773_741_600  # 2026-03-17 10:00:00 UTC


def datum(at: float, value: float, count: float = 1, resolution: int = 60) -> dict[str, Any]:
    return {
        "timestamp": round(at * 1000),
        "namespace": "Shop",
        "name": "Errors",
        "dimensions": {"Service": "checkout"},
        "unit": "Count",
        "resolution": resolution,
        "values": [value],
        "counts": [count],
    }


def one(values: list[float], stat: str, counts: list[float] | None = None) -> float | None:
    data = [{**datum(TEN, 0), "values": values, "counts": counts or [1.0] * len(values)}]
    found = metrics.bucket(data, 60, TEN, TEN + 60, stat)
    return found[0][1] if found else None


def test_one_dimension_more_is_another_metric() -> None:
    short, long = datum(TEN, 1), datum(TEN, 100)
    long["dimensions"] = {"Service": "checkout", "Version": "42"}
    assert metrics.select([short, long], "Shop", "Errors", {"Service": "checkout"}) == [short]
    assert metrics.select([short, long], "Shop", "Errors", {}) == []
    assert metrics.select([short, long], "Other", "Errors", {"Service": "checkout"}) == []


def test_order_of_dimensions_does_not_matter() -> None:
    assert metrics.identity("N", "m", {"a": "1", "b": "2"}) == metrics.identity(
        "N", "m", {"b": "2", "a": "1"}
    )


def test_buckets_begin_at_the_clock_minute() -> None:
    data = [datum(TEN + 17, 1), datum(TEN + 59, 2), datum(TEN + 61, 4)]
    assert metrics.bucket(data, 60, TEN + 17, TEN + 120, "Sum") == [(TEN, 3), (TEN + 60, 4)]
    assert metrics.bucket(data, 300, TEN + 17, TEN + 120, "Sum") == [(TEN, 7)]


def test_end_is_exclusive_and_looks_at_the_stored_moment() -> None:
    data = [datum(TEN + 37.5, 1)]
    assert metrics.bucket(data, 60, TEN, TEN, "Sum") == []
    # Stored under 10:00:00, so a read that ends at 10:00:37 finds it at once.
    assert metrics.bucket(data, 60, TEN, TEN + 37, "Sum") == [(TEN, 1)]


def test_standard_resolution_has_one_point_a_minute_whatever_the_period() -> None:
    standard = [datum(TEN + 35, 1)]
    high = [datum(TEN + 35, 1, resolution=1)]
    assert metrics.bucket(standard, 10, TEN, TEN + 60, "Sum") == [(TEN, 1)]
    assert metrics.bucket(high, 10, TEN, TEN + 60, "Sum") == [(TEN + 30, 1)]


def test_a_unit_filters_and_is_never_converted() -> None:
    assert metrics.bucket([datum(TEN, 1)], 60, TEN, TEN + 60, "Sum", unit="Seconds") == []


def test_a_period_without_data_has_no_point() -> None:
    data = [datum(TEN, 1), datum(TEN + 120, 1)]
    points = metrics.bucket(data, 60, TEN, TEN + 180, "Sum")
    assert [at for at, _ in points] == [TEN, TEN + 120]
    grid = metrics.times(60, TEN + 5, TEN + 180)
    assert metrics.dense(points, grid) == [1, None, 1]


@pytest.mark.parametrize("period", [0, 7, 45, 90, -60])
def test_odd_periods_are_refused(period: int) -> None:
    with pytest.raises(RuleError, match="multiple of 60"):
        metrics.bucket([], period, TEN, TEN + 60, "Sum")


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        ("SampleCount", 10),
        ("Sum", 55),
        ("Average", 5.5),
        ("Minimum", 1),
        ("Maximum", 10),
        ("p50", 5),
        ("p90", 9),
        ("p99", 10),
        ("p100", 10),
        ("p0", 1),
        ("tm90", 5),
        ("TM(10%:90%)", 5.5),
        ("TM(2:4)", 3.5),
        ("IQM", 5.5),
        ("tc90", 9),
        ("TC(:3)", 3),
        ("ts90", 45),
        ("wm90", 5.4),
        ("WM(3:8)", 5.5),
        ("PR(:5)", 50),
        ("PR(2:5)", 30),
    ],
)
def test_statistics_of_one_to_ten(stat: str, expected: float) -> None:
    assert one([float(n) for n in range(1, 11)], stat) == pytest.approx(expected)


def test_counts_weigh_the_values() -> None:
    assert one([10.0, 1000.0], "p99", [99.0, 1.0]) == 10
    assert one([10.0, 1000.0], "p99.5", [99.0, 1.0]) == 1000
    assert one([10.0, 1000.0], "Average", [99.0, 1.0]) == pytest.approx(19.9)


@pytest.mark.parametrize("stat", ["p101", "median", "avg", "p", "TM(:)", "TM(10%:90)", "PR(5%:)"])
def test_unknown_statistics_are_refused(stat: str) -> None:
    with pytest.raises(RuleError):
        one([1.0], stat)


def test_no_percentile_of_negative_values() -> None:
    assert one([-1.0, 2.0], "p50") is None
    assert one([-1.0, 2.0], "Minimum") == -1


def test_a_statistic_set_with_a_spread_has_no_percentile() -> None:
    spread = {"SampleCount": 4.0, "Sum": 10.0, "Minimum": 1.0, "Maximum": 4.0}
    flat = {"SampleCount": 4.0, "Sum": 8.0, "Minimum": 2.0, "Maximum": 2.0}
    for given_set, expected in ((spread, []), (flat, [(TEN, 2)])):
        data = [{**datum(TEN, 0), "values": [], "counts": [], "statistics": given_set}]
        assert metrics.bucket(data, 60, TEN, TEN + 60, "p50") == expected
        assert metrics.bucket(data, 60, TEN, TEN + 60, "SampleCount") == [(TEN, 4)]


series = st.lists(
    st.tuples(st.integers(0, 7199), st.integers(0, 100), st.integers(1, 5)), max_size=40
)


@given(series, st.sampled_from([60, 120, 300, 900, 3600]))
@settings(max_examples=80, deadline=None)
def test_any_period_preserves_totals(points: list[tuple[int, int, int]], period: int) -> None:
    data = [datum(TEN + at, value, count) for at, value, count in points]
    total = sum(value * count for _, value, count in points)
    counted = sum(count for *_, count in points)
    assert sum(v for _, v in metrics.bucket(data, period, TEN, TEN + 7200, "Sum")) == total
    sizes = metrics.bucket(data, period, TEN, TEN + 7200, "SampleCount")
    assert sum(v for _, v in sizes) == counted


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.integers(0, 100))
@settings(max_examples=80, deadline=None)
def test_percentile_is_the_smallest_value_with_enough_at_or_below(
    values: list[int], percent: int
) -> None:
    found = one([float(value) for value in values], f"p{percent}")
    enough = [v for v in values if 100 * sum(w <= v for w in values) >= percent * len(values)]
    assert found == min(enough)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.integers(1, 99))
@settings(max_examples=60, deadline=None)
def test_trimmed_sum_is_mean_times_count(values: list[int], percent: int) -> None:
    numbers = [float(value) for value in values]
    mean, count = one(numbers, f"tm{percent}"), one(numbers, f"tc{percent}")
    assert mean is not None and count is not None
    assert one(numbers, f"ts{percent}") == pytest.approx(mean * count)


@pytest.mark.parametrize(
    ("age_hours", "resolution", "finest"),
    [
        (3, 1, 1),
        (4, 1, 60),
        (1, 60, 60),
        (15 * 24, 60, 60),
        (15 * 24 + 1, 60, 300),
        (63 * 24 + 1, 60, 3600),
        (455 * 24 + 1, 60, None),
    ],
)
def test_retention_coarsens_with_age(age_hours: int, resolution: int, finest: int | None) -> None:
    assert metrics.visible_period(age_hours * 3600, resolution) == finest


def test_old_data_answer_only_coarse_periods() -> None:
    data = [datum(TEN, 1)]
    later = TEN + 20 * 86_400
    assert metrics.bucket(data, 60, TEN, TEN + 60, "Sum", now=later) == []
    assert metrics.bucket(data, 300, TEN, TEN + 60, "Sum", now=later) == [(TEN, 1)]


def test_start_is_rounded_down_by_age() -> None:
    at = TEN + 1234
    assert metrics.round_start(at, at + 60, 60) == TEN + 1200
    assert metrics.round_start(at, at + 60, 10) == TEN + 1230
    assert metrics.round_start(at, at + 20 * 86_400, 60) == TEN + 1200
    assert metrics.round_start(at, at + 70 * 86_400, 60) == TEN


GOOD = {"MetricName": "Orders", "Value": 1.0}
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("no name", {"Value": 1.0}, "MetricName"),
    ("no value", {"MetricName": "Orders"}, "At least one of the parameters"),
    ("two values", {**GOOD, "Values": [1.0]}, "mutually exclusive"),
    ("nan", {**GOOD, "Value": math.nan}, "nan"),
    ("infinite", {**GOOD, "Value": math.inf}, "inf"),
    ("huge", {**GOOD, "Value": 2.0**361}, "2\\^360"),
    ("unit", {**GOOD, "Unit": "Bogus"}, "must be a value in the set"),
    ("resolution", {**GOOD, "StorageResolution": 5}, "StorageResolution must be 1 or 60"),
    ("too old", {**GOOD, "Timestamp": TEN - 15 * 86_400}, "two weeks"),
    ("too new", {**GOOD, "Timestamp": TEN + 7201}, "two hours"),
    ("151 values", {"MetricName": "O", "Values": [1.0] * 151}, "greater than 150"),
    ("counts", {"MetricName": "O", "Values": [1.0], "Counts": [1.0, 2.0]}, "same size"),
    ("zero count", {"MetricName": "O", "Values": [1.0], "Counts": [0.0]}, "greater than 0"),
    ("half a set", {"MetricName": "O", "StatisticValues": {"Sum": 1.0}}, "SampleCount"),
    (
        "31 dimensions",
        {**GOOD, "Dimensions": [{"Name": f"d{n}", "Value": "x"} for n in range(31)]},
        "greater than 30",
    ),
    ("blank dimension", {**GOOD, "Dimensions": [{"Name": "d", "Value": " "}]}, "ASCII"),
    ("colon", {**GOOD, "Dimensions": [{"Name": ":d", "Value": "x"}]}, "colon"),
]


@pytest.mark.parametrize(("made", "words"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_put_metric_data_refuses(made: dict[str, Any], words: str) -> None:
    with pytest.raises(RuleError, match=words):
        metrics.validate_datum(made, TEN)


def test_put_refuses_the_namespace_of_aws_and_too_many() -> None:
    metrics.validate_put("Shop", [GOOD] * 1000, TEN)
    with pytest.raises(RuleError, match="AWS/"):
        metrics.validate_put("AWS/Lambda", [GOOD], TEN)
    with pytest.raises(RuleError, match="greater than 1000"):
        metrics.validate_put("Shop", [GOOD] * 1001, TEN)
    with pytest.raises(RuleError, match="MetricData.member.2.Unit"):
        metrics.validate_put("Shop", [GOOD, {**GOOD, "Unit": "x"}], TEN)
    with pytest.raises(NotSupported, match="EntityMetricData"):
        reject_entities({"EntityMetricData": [{}]})


def test_a_put_becomes_a_record() -> None:
    made = metrics.record(
        "Shop", {**GOOD, "Dimensions": [{"Name": "Service", "Value": "cart"}]}, TEN
    )
    assert made == {
        "timestamp": TEN * 1000,
        "namespace": "Shop",
        "name": "Orders",
        "dimensions": {"Service": "cart"},
        "unit": "None",
        "resolution": 60,
        "values": [1.0],
        "counts": [1.0],
    }
