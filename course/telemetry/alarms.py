"""When a metric alarm changes state.

Follows the CloudWatch User Guide, "Using Amazon CloudWatch alarms": "Evaluating an alarm",
"Configuring how CloudWatch alarms treat missing data" and "Avoiding premature transitions to alarm
state" (its two tables of examples are a test here), and the PutMetricAlarm API.

Alarms on an anomaly detection band are in `alarm_bands`. Left out, and refused by name in
`alarm_rules.validate`: PromQL alarms, alarms on several series, wall clock windows, warm-up
periods.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from course.telemetry.alarm_rules import TREATMENTS as TREATMENTS
from course.telemetry.alarm_rules import not_in_set
from course.telemetry.alarm_rules import validate as validate
from course.telemetry.errors import RuleError

OK = "OK"
ALARM = "ALARM"
INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
STATES = (OK, ALARM, INSUFFICIENT_DATA)
INITIAL_REASON = "Unchecked: Initial alarm creation"

_COMPARE: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (lambda v, t: v >= t, "greater than or equal to"),
    "GreaterThanThreshold": (lambda v, t: v > t, "greater than"),
    "LessThanThreshold": (lambda v, t: v < t, "less than"),
    "LessThanOrEqualToThreshold": (lambda v, t: v <= t, "less than or equal to"),
}
COMPARISONS = tuple(_COMPARE)

# The guide gives no formula, only an example: 5 data points for 3 evaluation periods.
EXTRA_POINTS = 2


def breaching(value: float, threshold: float, comparison: str) -> bool:
    """Whether `value` breaches; `comparison` is a ComparisonOperator for static thresholds."""
    return _comparison(comparison)[0](value, threshold)


def judge(values: Sequence[float | None], threshold: float, comparison: str) -> list[bool | None]:
    """`breaching` for every value; a missing one (None) stays None. Feeds `state`."""
    compare = _comparison(comparison)[0]
    return [None if value is None else compare(value, threshold) for value in values]


def evaluation_range(n: int) -> int:
    """How many periods an evaluation looks back over, for `n` evaluation periods.

    CloudWatch "attempts to retrieve a higher number of data points" than N; the exact number
    "depends on the length of the alarm period" and is not published. The guide's example retrieves
    5 for N = 3, so this is always N + 2.
    """
    return n + EXTRA_POINTS


def treatment(namespace: str | None, treat_missing: str | None) -> str:
    """What really holds: `missing` if nothing was said; alarms on AWS/DynamoDB always ignore."""
    if namespace == "AWS/DynamoDB":
        return "ignore"
    return treat_missing or "missing"


def too_few_samples(percentile: float, samples: float) -> bool:
    """Whether a percentile alarm with EvaluateLowSampleCountPercentile=ignore sits still.

    percentile: 0 to 100; samples: how many were recorded in the evaluated periods. The guide's
    rule: fewer than 10/(1-p) samples from the median up, fewer than 10/p below it.
    """
    share = percentile / 100
    far_side = 1 - share if share >= 0.5 else share
    # Multiplied out: p100 and p0 would divide by zero, and never have enough samples.
    return samples * far_side < 10 - 1e-9


def state(
    points: Sequence[bool | None], *, n: int, m: int, treat_missing: str, previous: str
) -> str:
    """The alarm's state after looking at the evaluation range.

    points: the whole range, oldest first: True breaching, False not, None missing. n: evaluation
    periods; m: data points to alarm; treat_missing: one of `TREATMENTS`; previous: the state until
    now, kept where AWS's table says "Retain current state". Returns one of `STATES`.
    """
    if treat_missing not in TREATMENTS:
        raise RuleError("ValidationError", not_in_set("TreatMissingData", TREATMENTS))
    real = [point for point in points if point is not None]
    if len(real) >= n:
        return ALARM if sum(real[-n:]) >= m else OK
    if treat_missing in ("breaching", "notBreaching"):
        filled = (n - len(real)) if treat_missing == "breaching" else 0
        return ALARM if sum(real) + filled >= m else OK
    if sum(real) >= m:
        return ALARM
    if not all(real):
        return OK
    return _without_enough(points, m) if treat_missing == "missing" else previous


def _without_enough(points: Sequence[bool | None], m: int) -> str:
    """Nothing but gaps and too few breaching points: is the oldest of those old enough?

    "Alarms are designed to always go into ALARM state when the oldest available breaching
    datapoint ... is at least as old as the value of Datapoints to Alarm, and all other more recent
    data points are breaching or missing."
    """
    breaching_at = [age for age, point in enumerate(reversed(points), start=1) if point]
    return ALARM if breaching_at and max(breaching_at) >= m else INSUFFICIENT_DATA


def reason(
    new_state: str,
    points: Sequence[tuple[float, float | None]],
    *,
    n: int,
    m: int,
    threshold: float,
    comparison: str,
    treat_missing: str,
) -> str:
    """StateReason in AWS's words.

    points: the evaluation range, oldest first, as (epoch seconds, value or None). What AWS writes
    when some points are filled is documented nowhere; that sentence is rebuilt from the others.
    """
    judged = judge([value for _, value in points], threshold, comparison)
    words = limit(threshold, comparison)
    return crossing(new_state, points, judged, words, n=n, m=m, treat_missing=treat_missing)


def limit(threshold: float, comparison: str) -> str:
    """What a static threshold's points are said to be: "greater than the threshold (5.0)"."""
    return f"{_comparison(comparison)[1]} the threshold ({float(threshold)})"


def crossing(
    new_state: str,
    points: Sequence[tuple[float, float | None]],
    judged: Sequence[bool | None],
    limit: str,
    *,
    n: int,
    m: int,
    treat_missing: str,
) -> str:
    """`reason` for points that were judged already. limit: "greater than the threshold (5.0)"."""
    both = zip(points, judged, strict=True)
    real = [(at, value, breaks) for (at, value), breaks in both if value is not None][-n:]
    missing = n - len(real)
    if new_state == INSUFFICIENT_DATA:
        unknown = missing or n
        return f"Insufficient Data: {_count(unknown, 'datapoint')} {_was(unknown)} unknown."
    if not real:
        filled = _filled(n, treat_missing)
        periods = _count(n, "period")
        return f"Threshold Crossed: no datapoints were received for {periods} and {filled}."
    named = [(at, v) for at, v, breaks in reversed(real) if breaks is (new_state == ALARM)]
    listed = ", ".join(f"{float(value)} ({_stamp(at)})" for at, value in named)
    negated = "" if new_state == ALARM else "not "
    crossed = f"[{listed}] {_was(len(named))} {negated}{limit}"
    if missing > 0 and treat_missing in ("breaching", "notBreaching"):
        filled = _filled(missing, treat_missing)
        return f"Threshold Crossed: {_count(len(named), 'datapoint')} {crossed} and {filled}."
    needed = _count(m if new_state == ALARM else n - m + 1, "datapoint")
    # AWS names OK and ALARM here even when the alarm comes from INSUFFICIENT_DATA.
    transition = "OK -> ALARM" if new_state == ALARM else "ALARM -> OK"
    return (
        f"Threshold Crossed: {len(named)} out of the last {n} datapoints {crossed} "
        f"(minimum {needed} for {transition} transition)."
    )


def reason_data(
    points: Sequence[tuple[float, float | None]],
    *,
    n: int,
    now: float,
    period: int,
    threshold: float | None = None,
    bands: Sequence[tuple[float, float] | None] = (),
    statistic: str | None = None,
    unit: str | None = None,
) -> str:
    """StateReasonData, a JSON text. points as in `reason`; now: epoch seconds.

    bands: instead of a threshold, the (upper, lower) bound of each of the points.
    """
    real = [(at, value) for at, value in points if value is not None][-n:]
    data: dict[str, object] = {"version": "1.0", "queryDate": _iso(now)}
    if real:
        data["startDate"] = _iso(real[0][0])
    data |= {"unit": unit} if unit else {}
    data |= {"statistic": statistic} if statistic else {}
    data |= {
        "period": period,
        "recentDatapoints": [value for _, value in real],
    }
    if threshold is not None:
        data["threshold"] = float(threshold)
    else:
        known = [band for band in bands if band is not None][-n:]
        data["recentLowerThresholds"] = [lower for _, lower in known]
        data["recentUpperThresholds"] = [upper for upper, _ in known]
    data |= {
        "evaluatedDatapoints": [
            {"timestamp": _iso(at), "value": value} for at, value in reversed(real)
        ],
    }
    return json.dumps(data, separators=(",", ":"))


def _comparison(name: str) -> tuple[Callable[[float, float], bool], str]:
    if name not in _COMPARE:
        raise RuleError("ValidationError", not_in_set("ComparisonOperator", COMPARISONS))
    return _COMPARE[name]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _filled(number: int, treat_missing: str) -> str:
    kind = "Breaching" if treat_missing == "breaching" else "NonBreaching"
    return f"{_count(number, 'missing datapoint')} {_was(number)} treated as [{kind}]"


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%y %H:%M:%S")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + "000+0000"
