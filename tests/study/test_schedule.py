"""Missed questions come again, further apart each time, and never too late for the exam."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.errors import UserError
from course.study import schedule
from course.study.records import Records

NOW = datetime(2027, 1, 10, 12, tzinfo=UTC)
DAY = 86_400


@pytest.fixture
def kept(tmp_path: Path) -> Records:
    return Records(tmp_path / "progress.sqlite")


def at(days: float = 0) -> float:
    return NOW.timestamp() + days * DAY


def days_until(when: datetime, now: float) -> float:
    return (when.timestamp() - now) / DAY


def test_a_missed_question_is_due_at_once(kept: Records) -> None:
    schedule.miss(kept, "one", at())
    assert schedule.due(kept, at()) == ["one"]
    assert schedule.due(kept, at(-1)) == []


def test_intervals_grow_while_it_is_known_and_shrink_when_it_is_not(kept: Records) -> None:
    schedule.miss(kept, "one", at())
    now, intervals = at(), []
    for right in (True, True, True, False):
        when = schedule.reviewed(kept, "one", right, now)
        intervals.append(days_until(when, now))
        assert schedule.due(kept, when.timestamp() - 1) == []
        now = when.timestamp()
    assert intervals[0] < intervals[1] < intervals[2] > intervals[3] >= 1


def test_a_question_that_is_not_known_comes_again_the_next_day(kept: Records) -> None:
    schedule.miss(kept, "one", at())
    assert days_until(schedule.reviewed(kept, "one", False, at()), at()) == 1


def test_missing_a_known_question_in_an_exam_keeps_its_history(kept: Records) -> None:
    schedule.miss(kept, "one", at())
    first = days_until(schedule.reviewed(kept, "one", True, at()), at())
    schedule.miss(kept, "one", at(first))
    second = days_until(schedule.reviewed(kept, "one", True, at(first)), at(first))
    assert second > first


def test_the_longest_overdue_comes_first(kept: Records) -> None:
    for number, name in enumerate(["late", "later", "latest"]):
        schedule.miss(kept, name, at(number))
    assert schedule.due(kept, at(5)) == ["late", "later", "latest"]


@settings(max_examples=25, deadline=None)
@given(
    until_exam=st.integers(1, 60),
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=1, max_size=8),
)
def test_nothing_comes_later_than_the_day_before_the_exam(
    until_exam: int, steps: list[tuple[bool, int]]
) -> None:
    """With the exam in 30 days no card is due later than day 29."""
    exam = NOW.date() + timedelta(days=until_exam)
    with tempfile.TemporaryDirectory() as folder:
        kept = Records(Path(folder) / "progress.sqlite")
        schedule.set_exam(kept, exam, at())
        schedule.miss(kept, "one", at())
        passed = 0
        for right, wait in steps:
            if passed + wait >= until_exam:
                break
            passed += wait
            when = schedule.reviewed(kept, "one", right, at(passed))
            eve = (exam - timedelta(days=1)) if passed < until_exam - 1 else exam
            assert when.date() <= eve and when.timestamp() >= at(passed)


def test_a_nearer_exam_brings_forward_what_is_further_off(kept: Records) -> None:
    now = at()
    schedule.miss(kept, "one", now)
    for _ in range(3):
        now = schedule.reviewed(kept, "one", True, now).timestamp()
    seen = at(40)
    far = schedule.reviewed(kept, "one", True, seen)
    assert days_until(far, seen) > 20
    schedule.set_exam(kept, date(2027, 3, 1), seen)
    assert schedule.due(kept, datetime(2027, 2, 28, 1, tzinfo=UTC).timestamp()) == ["one"]


def test_an_exam_that_is_over_bounds_nothing(kept: Records) -> None:
    schedule.set_exam(kept, date(2027, 1, 12), at())
    assert schedule.exam_day(kept, at()) == date(2027, 1, 12)
    assert schedule.exam_day(kept, at(2)) is None
    schedule.miss(kept, "one", at(5))
    assert days_until(schedule.reviewed(kept, "one", True, at(5)), at(5)) > 1


@pytest.mark.parametrize("day", [date(2027, 1, 10), date(2026, 1, 1)])
def test_an_exam_lies_ahead(kept: Records, day: date) -> None:
    with pytest.raises(UserError, match="is not in the future"):
        schedule.set_exam(kept, day, at())


def test_the_same_history_gives_the_same_days(tmp_path: Path) -> None:
    def run(name: str) -> list[datetime]:
        kept = Records(tmp_path / name)
        schedule.miss(kept, "one", at())
        return [schedule.reviewed(kept, "one", right, at(n)) for n, right in enumerate([1, 1, 0])]

    assert run("a") == run("b")
