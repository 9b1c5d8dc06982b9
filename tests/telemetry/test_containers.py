"""The rules of Fargate and of scaling: sizes, probes, wanted capacity."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.containers import probes, sizes
from course.telemetry.errors import RuleError
from course.telemetry.scaling import wanted

# Counted by hand from the table of RegisterTaskDefinition: how many memory sizes each CPU has.
COUNTS = {256: 3, 512: 4, 1024: 7, 2048: 13, 4096: 23, 8192: 12, 16384: 12}


def test_every_cpu_has_so_many_sizes_of_memory() -> None:
    assert {cpu: len(memory) for cpu, memory in sizes.SIZES.items()} == COUNTS
    assert sizes.SIZES[8192][:2] == (16384, 20480) and sizes.SIZES[16384][-1] == 122_880


@pytest.mark.parametrize(
    ("text", "number"),
    [("256", 256), ("1 vCPU", 1024), (".25 vcpu", 256), ("16vCPU", 16384)],
)
def test_cpu_as_text(text: str, number: int) -> None:
    assert sizes.units(text) == number


def test_memory_as_text_and_what_is_neither() -> None:
    assert [sizes.mebibytes(each) for each in ("512", "0.5GB", "2 GB")] == [512, 512, 2048]
    with pytest.raises(RuleError, match="Invalid 'memory' setting"):
        sizes.mebibytes("lots")


def test_what_a_task_costs() -> None:
    # 0.25 vCPU x 0.04048 + 0.5 GB x 0.004445 = 0.0123425 USD an hour
    assert math.isclose(sizes.cost(256, 512), 0.0123425)
    assert math.isclose(sizes.cost(1024, 2048, 100, spot=True), 0.3 * 4.937)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(sizes.SIZES)), st.integers(0, 130_000))
def test_a_size_is_taken_exactly_when_it_is_in_the_table(cpu: int, memory: int) -> None:
    if memory in sizes.SIZES[cpu]:
        sizes.check(cpu, memory)
    else:
        with pytest.raises(RuleError, match="No Fargate configuration exists"):
            sizes.check(cpu, memory)


@pytest.mark.parametrize(
    ("command", "status", "ready", "passes"),
    [
        ("curl -f http://localhost:8080/health || exit 1", 200, True, True),
        ("curl -f http://localhost:8080/health || exit 1", 503, True, False),
        ("curl -sf http://localhost/health", 503, True, False),
        ("curl --fail http://localhost/health", 404, True, False),
        ("curl -sf localhost:8080/health || exit 1", 503, True, False),
        ("curl -sf localhost:8080/health || exit 1", 200, True, True),
        ("curl http://localhost/health || exit 1", 503, True, True),
        ("curl http://localhost/health || exit 1", None, True, False),
        ("wget -q http://localhost/health", 500, True, False),
        ("pgrep python || exit 1", None, True, True),
        ("pgrep python || exit 1", None, False, False),
        ("exit 1", 200, True, False),
        ("exit 0", None, False, True),
    ],
)
def test_health_check_commands(command: str, status: int | None, ready: bool, passes: bool) -> None:
    asked: list[str] = []

    def answer(path: str) -> int | None:
        asked.append(path)
        return status

    assert probes.passes(["CMD-SHELL", command], ready, answer) is passes
    assert asked in ([], ["/health"])


@pytest.mark.parametrize(
    ("matcher", "good", "bad"),
    [("200", 200, 201), ("200,202", 202, 201), ("200-299", 250, 302), ("200, 301-302", 301, 300)],
)
def test_matchers(matcher: str, good: int, bad: int) -> None:
    assert probes.is_expected(good, matcher)
    assert not probes.is_expected(bad, matcher) and not probes.is_expected(None, matcher)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.floats(0.1, 500), st.floats(1, 100))
def test_at_the_wanted_capacity_the_target_is_kept(
    current: int, metric: float, target: float
) -> None:
    number = wanted.tracked(current, metric, target)
    assert current * metric <= number * target * (1 + 1e-6)
    assert (number - 1) * target <= current * metric * (1 + 1e-6)


STEPS = {
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [
        {"MetricIntervalUpperBound": -10, "ScalingAdjustment": -2},
        {"MetricIntervalLowerBound": -10, "MetricIntervalUpperBound": 0, "ScalingAdjustment": -1},
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 3},
    ],
}


@pytest.mark.parametrize(
    ("excess", "number"), [(0, 6), (9.9, 6), (10, 8), (500, 8), (-0.1, 4), (-10, 3), (-50, 3)]
)
def test_a_bound_belongs_to_the_farther_step(excess: float, number: int) -> None:
    wanted.check_steps(STEPS)
    assert wanted.stepped(5, excess, STEPS) == number


@pytest.mark.parametrize(
    ("kind", "adjustment", "least", "number"),
    [
        ("PercentChangeInCapacity", 50, 0, 15),
        ("PercentChangeInCapacity", 5, 0, 11),
        ("PercentChangeInCapacity", 15, 0, 11),
        ("PercentChangeInCapacity", 15, 4, 14),
        ("PercentChangeInCapacity", -15, 4, 6),
        ("ExactCapacity", 3, 0, 3),
        ("ChangeInCapacity", -20, 0, 0),
    ],
)
def test_kinds_of_adjustment(kind: str, adjustment: int, least: int, number: int) -> None:
    step = {"MetricIntervalLowerBound": 0, "ScalingAdjustment": adjustment}
    config = {"AdjustmentType": kind, "StepAdjustments": [step], "MinAdjustmentMagnitude": least}
    assert wanted.stepped(10, 1, config) == number
    assert wanted.stepped(10, -1, config) is None
