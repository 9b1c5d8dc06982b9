"""Suppressed actions of composite alarms: the guide's examples, and what always holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.suppression import Suppression

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


@pytest.fixture
def held() -> Suppression:
    return Suppression(wait=60, extension=30, acted="OK")


def test_actions_come_when_the_wait_period_ends(held: Suppression) -> None:
    assert not held.step(0, "ALARM", silenced=False)
    assert (held.by, held.until) == ("WaitPeriod", 60)
    assert not held.step(59, "ALARM", silenced=False)
    assert held.step(60, "ALARM", silenced=False)
    assert held.by is None


def test_a_suppressor_within_the_wait_period_keeps_the_alarm_silent(held: Suppression) -> None:
    held.step(0, "ALARM", silenced=False)
    assert not held.step(30, "ALARM", silenced=True)
    assert (held.by, held.until) == ("Alarm", None)
    assert not held.step(60, "ALARM", silenced=True)


def test_what_is_over_before_the_extension_period_ends_is_never_told(held: Suppression) -> None:
    held.step(0, "ALARM", silenced=True)
    assert not held.step(100, "ALARM", silenced=False)
    assert (held.by, held.until) == ("ExtensionPeriod", 130)
    assert not held.step(120, "OK", silenced=False)
    assert not held.step(130, "OK", silenced=False)
    assert held.by is None


def test_what_lasts_is_told_when_the_extension_period_ends(held: Suppression) -> None:
    held.step(0, "ALARM", silenced=True)
    held.step(100, "ALARM", silenced=False)
    assert held.step(130, "ALARM", silenced=False)


def test_a_suppressor_that_comes_back_stops_the_extension_period(held: Suppression) -> None:
    held.step(0, "ALARM", silenced=True)
    held.step(100, "ALARM", silenced=False)
    assert not held.step(110, "ALARM", silenced=True)
    assert not held.step(130, "ALARM", silenced=True)


def test_the_state_at_the_end_of_the_wait_period_counts(held: Suppression) -> None:
    held.step(0, "INSUFFICIENT_DATA", silenced=False)
    assert not held.step(30, "ALARM", silenced=False)
    assert held.step(60, "ALARM", silenced=False)
    assert held.acted == "ALARM"


def test_without_a_wait_period_actions_come_at_once() -> None:
    held = Suppression(wait=0, extension=0, acted="OK")
    assert held.step(5, "ALARM", silenced=False)
    assert not held.step(6, "ALARM", silenced=False)


looks = st.lists(st.tuples(st.integers(1, 50), st.sampled_from(STATES), st.booleans()))


@given(looks, st.integers(0, 90), st.integers(0, 90))
@settings(max_examples=100, deadline=None)
def test_no_action_while_silenced_and_none_twice(
    steps: list[tuple[int, str, bool]], wait: int, extension: int
) -> None:
    held, now = Suppression(wait, extension, acted="OK"), 0
    told = ["OK"]
    for passed, state, silenced in steps:
        now += passed
        if held.step(now, state, silenced):
            assert not silenced
            told.append(state)
    assert all(one != two for one, two in zip(told, told[1:], strict=False))
