"""How much capacity a scaling policy wants.

"How target tracking scaling for Application Auto Scaling works" and "How step scaling for
Application Auto Scaling works" of its user guide. Target tracking adds and removes in proportion to
the metric, rounded up so that it does not fall short. Its alarms: above the target for 3 minutes,
and below 90 % of it for 15 minutes, as ECS services get them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from course.telemetry.errors import RuleError

MINUTES_HIGH, MINUTES_LOW, LOW = 3, 15, 0.9
TYPES = ("ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity")


def tracked(current: int, metric: float, target: float) -> int:
    """The capacity at which the metric would meet the target, if it is shared by all."""
    return math.ceil(round(current * metric / target, 9))


def check_steps(config: Mapping[str, Any]) -> None:
    """RuleError for steps that overlap, leave gaps or say nothing."""
    steps = _ordered(config)
    if not steps or config.get("AdjustmentType") not in TYPES:
        raise RuleError("ValidationException", "StepAdjustments and AdjustmentType are required")
    for low, high, _ in steps:
        if low >= high:
            problem = "StepAdjustment's lower bound must be less than its upper bound"
            raise RuleError("ValidationException", problem)
    for (_, high, _), (low, _, _) in zip(steps, steps[1:], strict=False):
        if high != low:
            problem = "StepAdjustment intervals can't overlap or have a gap between them"
            raise RuleError("ValidationException", problem)


def stepped(current: int, excess: float, config: Mapping[str, Any]) -> int | None:
    """The capacity for a metric that is `excess` above its threshold; None outside of all steps.

    A bound belongs to the step on its far side, seen from the threshold.
    """
    for low, high, adjustment in _ordered(config):
        inside = low <= excess < high if excess >= 0 else low < excess <= high
        if inside:
            return _adjusted(current, adjustment, config)
    return None


def _adjusted(current: int, adjustment: int, config: Mapping[str, Any]) -> int:
    if config["AdjustmentType"] == "ExactCapacity":
        return adjustment
    change: float = adjustment
    if config["AdjustmentType"] == "PercentChangeInCapacity":
        change = _whole(current * adjustment / 100)
        least = config.get("MinAdjustmentMagnitude", 0)
        if 0 < abs(change) < least:
            change = math.copysign(least, change)
    return max(0, current + int(change))


def _whole(change: float) -> int:
    """Towards zero, but a change of less than one is one."""
    if 0 < abs(change) < 1:
        return int(math.copysign(1, change))
    return int(change)


def _ordered(config: Mapping[str, Any]) -> Sequence[tuple[float, float, int]]:
    return sorted(
        (
            step.get("MetricIntervalLowerBound", -math.inf),
            step.get("MetricIntervalUpperBound", math.inf),
            step["ScalingAdjustment"],
        )
        for step in config.get("StepAdjustments", ())
    )
