"""The anomaly detection model: what it expects, and the laws that a band keeps."""

from __future__ import annotations

import random
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry import alarm_bands, anomaly
from course.telemetry.anomaly import train

HOUR = 3600
DAY = 24 * HOUR
values = st.lists(st.floats(-1000, 1000), min_size=anomaly.ENOUGH, max_size=60)


def minutes(numbers: list[float]) -> list[tuple[int, float]]:
    return [(60 * at, number) for at, number in enumerate(numbers)]


def daily(days: int, night: float, noon: float) -> list[tuple[int, float]]:
    """Five-minute points of a metric that is low at night and high at noon, with noise."""
    noise = random.Random(7)
    return [
        (at, (noon if 10 <= at // HOUR % 24 < 14 else night) + noise.gauss(0, 2))
        for at in range(0, days * DAY, 300)
    ]


def test_each_hour_of_the_day_has_its_own_band() -> None:
    model = train(daily(7, night=20, noon=100), UTC)
    assert model is not None
    upper, lower = model.band(8 * DAY + 12 * HOUR, 3)
    assert lower < 100 < upper and lower > 80
    upper, lower = model.band(8 * DAY + 3 * HOUR, 3)
    assert lower < 20 < upper < 40


def test_too_few_points_are_no_model() -> None:
    assert train(minutes([1.0] * (anomaly.ENOUGH - 1)), UTC) is None


def test_a_few_outliers_do_not_widen_the_band() -> None:
    calm = [10.0 + n % 3 for n in range(60)]
    before, after = train(minutes(calm), UTC), train(minutes([*calm, 9000.0, 9000.0]), UTC)
    assert before is not None and after is not None
    assert after.band(0, 2)[0] == pytest.approx(before.band(0, 2)[0], abs=2)


def test_excluded_spans_are_not_learned_from() -> None:
    points = minutes([10.0, 11.0, 12.0] * 10 + [500.0] * 60)
    model = train(points, UTC, excluded=[(30 * 60, 90 * 60)])
    assert model is not None and model.band(0, 3)[0] < 20


def test_the_hours_are_those_of_the_time_zone() -> None:
    points = daily(3, night=0, noon=100)
    model = train(points, ZoneInfo("Asia/Tokyo"))
    assert model is not None
    assert model.hours[21][0] == pytest.approx(100, abs=5)  # noon UTC


def test_a_metric_that_is_never_negative_has_no_negative_bound() -> None:
    model = train(minutes([0.0, 1.0] * 20), UTC)
    assert model is not None and model.band(0, 10)[1] == 0


@given(values, st.floats(0.1, 10), st.floats(0.1, 10))
@settings(max_examples=60, deadline=None)
def test_a_wider_band_holds_a_narrower_one(numbers: list[float], one: float, two: float) -> None:
    model = train(minutes(numbers), UTC)
    assert model is not None
    narrow, wide = model.band(0, min(one, two)), model.band(0, max(one, two))
    assert wide[1] <= narrow[1] <= narrow[0] <= wide[0]


@given(values, st.integers(-4000, 4000))
@settings(max_examples=60, deadline=None)
def test_a_shifted_metric_has_a_shifted_centre(numbers: list[float], eighths: int) -> None:
    """The middle of the band moves with the data; its width stays."""
    # In eighths a sum is exact; else two values that differ by little may become one by the shift,
    # and a band that knew them as two has another width.
    numbers, by = [round(number * 8) / 8 for number in numbers], eighths / 8
    model = train(minutes(numbers), UTC)
    moved = train(minutes([number + by for number in numbers]), UTC)
    assert model is not None and moved is not None
    assert moved.overall[0] == pytest.approx(model.overall[0] + by, abs=1e-6)
    assert moved.overall[1] == pytest.approx(model.overall[1], abs=1e-6)


@given(values, st.randoms())
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_points_does_not_matter(
    numbers: list[float], chance: random.Random
) -> None:
    points = minutes(numbers)
    shuffled = chance.sample(points, len(points))
    assert train(points, UTC) == train(shuffled, UTC)


def test_points_are_judged_against_their_own_band() -> None:
    bands = [(10.0, 5.0), None, (10.0, 5.0), (10.0, 5.0)]
    values = [11.0, 11.0, None, 4.0]
    either = "LessThanLowerOrGreaterThanUpperThreshold"
    assert alarm_bands.judge(values, bands, either) == [True, None, None, True]
    assert alarm_bands.judge(values, bands, "GreaterThanUpperThreshold")[3] is False
    assert alarm_bands.judge(values, bands, "LessThanLowerThreshold")[0] is False
    assert alarm_bands.limit(bands, values, either) == (
        "less than the lower thresholds [5.0, 5.0] or "
        "greater than the upper thresholds [10.0, 10.0]"
    )
