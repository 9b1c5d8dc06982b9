"""Anomaly detection: the band of values to expect from a metric.

CloudWatch's model is not published: the user guide ("Using CloudWatch anomaly detection") says that
it learns hourly, daily and weekly patterns from up to two weeks of a metric's past and that a band
of values that cannot be negative never extends below zero. Here the expected value is the median of
the past values at the same hour of the day, and a standard deviation is 1.4826 times their median
absolute deviation (Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", 1993): a
few outliers do not widen the band. Hours with too few values borrow the whole past. So a trend over
days or a weekly pattern, which CloudWatch would follow, is not followed.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

TRAINING = 14 * 86_400
# Fewer values than this make no model at all; fewer of one hour make none of that hour.
ENOUGH = 15
CONSISTENT = 1.4826

Point = tuple[int, float]


@dataclass(frozen=True)
class Model:
    """(expected, standard deviation) by hour of the day, and of the whole past for other hours."""

    hours: Mapping[int, tuple[float, float]]
    overall: tuple[float, float]
    zone: tzinfo
    floor: float | None

    def band(self, at: int, width: float) -> tuple[float, float]:
        """The (upper, lower) bound at a time in epoch seconds."""
        hour = datetime.fromtimestamp(at, self.zone).hour
        expected, deviation = self.hours.get(hour, self.overall)
        lower = expected - width * deviation
        return expected + width * deviation, lower if self.floor is None else max(lower, self.floor)


def train(
    points: Sequence[Point], zone: tzinfo, excluded: Sequence[tuple[float, float]] = ()
) -> Model | None:
    """A model of past values, or None when they are too few.

    points: (epoch seconds, value). zone: where the hours of the day are counted. excluded: spans
    (epoch seconds, end exclusive) that must not be learned from, deployments for example.
    """
    kept = [
        (at, value) for at, value in points if not any(start <= at < end for start, end in excluded)
    ]
    if len(kept) < ENOUGH:
        return None
    by_hour: dict[int, list[float]] = defaultdict(list)
    for at, value in kept:
        by_hour[datetime.fromtimestamp(at, zone).hour].append(value)
    everything = [value for _, value in kept]
    return Model(
        {hour: _spread(held) for hour, held in by_hour.items() if len(held) >= ENOUGH},
        _spread(everything),
        zone,
        0.0 if min(everything) >= 0 else None,
    )


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """Median and robust standard deviation; where most values are equal, the plain one."""
    middle = statistics.median(values)
    deviation = CONSISTENT * statistics.median(abs(value - middle) for value in values)
    return middle, deviation or statistics.pstdev(values)
