"""Schedule expressions: AWS's own examples, the calendar's corners, and the laws between them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.events import schedules
from course.telemetry.events.schedules import MINUTE

NEW_YORK = ZoneInfo("America/New_York")


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def times(expression: str, after: str, count: int, zone: ZoneInfo | None = None) -> list[str]:
    """The next due times, UTC, to the minute."""
    schedule = schedules.parse(expression, zone)
    assert schedule is not None
    found, at = [], ms(after)
    for _ in range(count):
        due = schedule.next(at, 0)
        if due is None:
            break
        at = due
        found.append(f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M}")
    return found


# The examples of "Setting a schedule pattern for scheduled rules", with what they mean there.
EXAMPLES = [
    ("cron(0 10 * * ? *)", ["2026-03-17T10:00", "2026-03-18T10:00"]),
    ("cron(15 12 * * ? *)", ["2026-03-17T12:15", "2026-03-18T12:15"]),
    ("cron(0 18 ? * MON-FRI *)", ["2026-03-17T18:00", "2026-03-18T18:00"]),
    ("cron(0 8 1 * ? *)", ["2026-04-01T08:00", "2026-05-01T08:00"]),
    ("cron(0/15 * * * ? *)", ["2026-03-17T09:45", "2026-03-17T10:00"]),
    ("cron(0/10 * ? * MON-FRI *)", ["2026-03-17T09:40", "2026-03-17T09:50"]),
    ("cron(0/5 8-17 ? * MON-FRI *)", ["2026-03-17T09:35", "2026-03-17T09:40"]),
    ("cron(0/30 20-2 ? * MON-FRI *)", ["2026-03-17T20:00", "2026-03-17T20:30"]),
    ("cron(0 12 * * ? *)", ["2026-03-17T12:00", "2026-03-18T12:00"]),
    ("cron(5,35 14 * * ? *)", ["2026-03-17T14:05", "2026-03-17T14:35"]),
    ("cron(15 10 ? * 6L 2019-2027)", ["2026-03-27T10:15", "2026-04-24T10:15"]),
    ("cron(1/10 * * * ? *)", ["2026-03-17T09:31", "2026-03-17T09:41"]),
]


@pytest.mark.parametrize(("expression", "expected"), EXAMPLES, ids=[e for e, _ in EXAMPLES])
def test_examples_of_the_guide(expression: str, expected: list[str]) -> None:
    assert times(expression, "2026-03-17T09:30", 2) == expected


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        # L: the last day of the month, or of the week
        ("cron(0 0 L * ? *)", "2026-02-01", ["2026-02-28T00:00", "2026-03-31T00:00"]),
        ("cron(0 0 L 2 ? *)", "2027-06-01", ["2028-02-29T00:00"]),
        ("cron(0 0 ? * L *)", "2026-03-17", ["2026-03-21T00:00"]),
        # W: the weekday nearest, never in another month
        ("cron(0 0 15W * ? *)", "2026-02-01", ["2026-02-16T00:00"]),  # Sunday: Monday after
        ("cron(0 0 14W * ? *)", "2026-02-01", ["2026-02-13T00:00"]),  # Saturday: Friday before
        ("cron(0 0 1W * ? *)", "2026-07-20", ["2026-08-03T00:00"]),  # Saturday the 1st: the 3rd
        ("cron(0 0 31W * ? *)", "2026-05-01", ["2026-05-29T00:00"]),  # Sunday the 31st: the 29th
        ("cron(0 0 LW * ? *)", "2026-05-01", ["2026-05-29T00:00"]),
        # #: the second Tuesday, the fifth Friday
        ("cron(0 0 ? * 3#2 *)", "2026-03-01", ["2026-03-10T00:00", "2026-04-14T00:00"]),
        ("cron(0 0 ? * FRI#5 *)", "2026-03-01", ["2026-05-29T00:00", "2026-07-31T00:00"]),
        # names, lists, ranges over the end, steps over a range
        ("cron(0 0 1 jan,JUL ? *)", "2026-03-01", ["2026-07-01T00:00", "2027-01-01T00:00"]),
        ("cron(0 0 ? * SAT-SUN *)", "2026-03-17", ["2026-03-21T00:00", "2026-03-22T00:00"]),
        ("cron(0 8-18/5 * * ? *)", "2026-03-17T09:00", ["2026-03-17T13:00", "2026-03-17T18:00"]),
        ("cron(0 0 29 2 ? *)", "2026-03-17", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        # what never comes, or not any more
        ("cron(0 0 30 2 ? *)", "2026-03-17", []),
        ("cron(0 0 1 1 ? 2020)", "2026-03-17", []),
    ],
)
def test_corners_of_the_calendar(expression: str, after: str, expected: list[str]) -> None:
    assert times(expression, after, max(len(expected), 1)) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "rate(5 seconds)",
        "rate(1.5 hours)",
        "rate( 5 minutes)",
        "cron(0 10 * * *)",
        "cron(0 10 * * * *)",
        "cron(0 10 ? * ? *)",
        "cron(60 10 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 32 * ? *)",
        "cron(0 0 0 * ? *)",
        "cron(0 0 * 13 ? *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * 0 *)",
        "cron(0 0 3#1 * ? *)",
        "cron(0 0 ? * 3#1,6#3 *)",
        "cron(0 0 ? * 3#6 *)",
        "cron(0 0 ? * 3W *)",
        "cron(0 0 * * ? 1969)",
        "cron(0 0 * * ? 2200)",
        "cron(*/0 0 * * ? *)",
        "cron(a 0 * * ? *)",
        "at(2026-02-30T00:00:00)",
        "at(2026-02-28)",
        "every 5 minutes",
        "",
    ],
)
def test_what_is_no_schedule(expression: str) -> None:
    assert schedules.parse(expression) is None


def test_a_rate_counts_from_its_start() -> None:
    rate = schedules.parse("rate(5 minutes)")
    assert rate is not None
    assert rate.next(0, 60_000) == 60_000
    assert rate.next(60_000, 60_000) == 360_000
    assert rate.next(359_999, 60_000) == 360_000


def test_at_is_due_once_in_its_own_time_zone() -> None:
    at = schedules.parse("at(2026-07-01T09:00:00)", NEW_YORK)
    assert at is not None
    due = ms("2026-07-01T13:00")
    assert at.next(0, 0) == due
    assert at.next(due, 0) is None


def test_spring_skips_and_autumn_counts_once() -> None:
    """ "Daylight saving time on EventBridge Scheduler"."""
    assert times("cron(30 2 * * ? *)", "2026-03-07T12:00", 2, NEW_YORK) == [
        "2026-03-09T06:30",  # on the 8th there is no 02:30
        "2026-03-10T06:30",
    ]
    assert times("cron(30 1 * * ? *)", "2026-10-31T12:00", 2, NEW_YORK) == [
        "2026-11-01T05:30",  # the first of two
        "2026-11-02T06:30",
    ]


def test_a_day_of_a_rate_is_24_hours_on_every_day_of_the_year() -> None:
    rate = schedules.parse("rate(1 day)", NEW_YORK)
    assert rate is not None
    before = ms("2026-03-08T05:00")
    assert rate.next(before, before) == before + 24 * 60 * MINUTE


@given(st.integers(ms("2020-01-01"), ms("2030-01-01")), st.integers(1, 59), st.integers(0, 59))
@settings(max_examples=50, deadline=None)
def test_what_is_due_is_later_and_on_a_minute(after: int, step: int, offset: int) -> None:
    schedule = schedules.parse(f"cron({offset}/{step} * * * ? *)")
    assert schedule is not None
    due = schedule.next(after, 0)
    assert due is not None
    assert after < due <= after + 60 * MINUTE and due % MINUTE == 0
    minute = due // MINUTE % 60
    assert minute >= offset and (minute - offset) % step == 0


@given(st.integers(ms("2020-01-01"), ms("2030-01-01")))
@settings(max_examples=50, deadline=None)
def test_every_minute_is_every_minute(after: int) -> None:
    schedule = schedules.parse("cron(* * * * ? *)")
    assert schedule is not None
    assert schedule.next(after, 0) == after - after % MINUTE + MINUTE
