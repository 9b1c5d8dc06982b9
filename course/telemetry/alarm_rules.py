"""What PutMetricAlarm accepts.

Follows the CloudWatch API reference, PutMetricAlarm and MetricDataQuery (botocore's model of
2010-08-01 for lengths and enumerations; the sentences are close to AWS's, not promised to the
letter). Not checked: whether an action's ARN exists (AWS does not check it either), tags, IAM.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from course.telemetry import math, metrics_insights
from course.telemetry.errors import NotSupported, RuleError

TREATMENTS = ("breaching", "notBreaching", "ignore", "missing")
STATIC = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
BANDS = (
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
SINGLE_METRIC = (
    "MetricName",
    "Namespace",
    "Dimensions",
    "Period",
    "Unit",
    "Statistic",
    "ExtendedStatistic",
)
DAY = 86_400
MAX_METRICS_IN_MATH = 10
MAX_ACTIONS = 5

_EXTENDED = re.compile(
    r"p(\d{1,2}(\.\d{1,10})?|100)|IQM|(tm|tc|ts|wm)\d{1,2}(\.\d{1,10})?"
    r"|(TM|TC|TS|WM|PR)\([\d.%]*:[\d.%]*\)",
    re.IGNORECASE,
)
_QUERY_ID = re.compile(r"[a-z][A-Za-z0-9_]{0,254}")
_NOT_SIMULATED = {
    "EvaluationCriteria": "Describe the alarm with MetricName or Metrics.",
    "EvaluationInterval": "Describe the alarm with MetricName or Metrics.",
    "EvaluationWindow": "Leave it out: the alarm then uses a sliding window.",
    "WarmUpConfiguration": "Leave it out and choose TreatMissingData for the first minutes.",
}
BAND = "ANOMALY_DETECTION_BAND"


def validate(alarm: Mapping[str, Any]) -> None:
    """Raise the `RuleError` that AWS would answer to these PutMetricAlarm parameters."""
    _check_simulated(alarm)
    _check_name(alarm)
    n = _positive(alarm, "EvaluationPeriods")
    _check_choices(alarm, n)
    if "Metrics" in alarm:
        period = _check_math(alarm)
    elif "MetricName" in alarm:
        period = _check_single(alarm)
    else:
        raise _error("At least one of MetricName or Metrics must be specified")
    _check_window(period, n)


def not_in_set(parameter: str, allowed: Sequence[str]) -> str:
    """AWS's sentence for a value outside an enumeration."""
    return f"The parameter {parameter} must be a value in the set [ {', '.join(allowed)} ]"


def _error(message: str) -> RuleError:
    return RuleError("ValidationError", message)


def _check_simulated(alarm: Mapping[str, Any]) -> None:
    for parameter, instead in _NOT_SIMULATED.items():
        if parameter in alarm:
            raise NotSupported(f"PutMetricAlarm with {parameter}", instead)


def _check_name(alarm: Mapping[str, Any]) -> None:
    name = alarm.get("AlarmName", "")
    if not 1 <= len(name) <= 255:
        raise _error("AlarmName must have between 1 and 255 characters")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        raise _error("AlarmName must not contain ASCII control characters")


def _positive(alarm: Mapping[str, Any], parameter: str) -> int:
    value = alarm.get(parameter)
    if value is None:
        raise _error(f"The parameter {parameter} is required for alarms on a static threshold")
    if value < 1:
        raise _error(f"The parameter {parameter} must be greater than or equal to 1")
    return int(value)


def _check_choices(alarm: Mapping[str, Any], n: int) -> None:
    if alarm.get("ComparisonOperator") not in STATIC + BANDS:
        raise _error(not_in_set("ComparisonOperator", STATIC + BANDS))
    if is_band(alarm):
        _check_band(alarm)
    elif "ThresholdMetricId" in alarm:
        raise _error("ThresholdMetricId can only be used with anomaly detection bands")
    elif "Threshold" not in alarm:
        raise _error("The parameter Threshold is required for alarms on a static threshold")
    if "DatapointsToAlarm" in alarm and _positive(alarm, "DatapointsToAlarm") > n:
        raise _error("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    if alarm.get("TreatMissingData", "missing") not in TREATMENTS:
        raise _error(not_in_set("TreatMissingData", TREATMENTS))
    low = alarm.get("EvaluateLowSampleCountPercentile")
    if low is not None and low not in ("evaluate", "ignore"):
        raise _error(not_in_set("EvaluateLowSampleCountPercentile", ("evaluate", "ignore")))
    for actions in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        _check_actions(actions, alarm.get(actions, ()))


def is_band(alarm: Mapping[str, Any]) -> bool:
    """Whether the alarm compares with an anomaly detection band."""
    return alarm.get("ComparisonOperator") in BANDS


def _check_band(alarm: Mapping[str, Any]) -> None:
    if "Threshold" in alarm:
        raise _error("Threshold and ThresholdMetricId cannot both be specified")
    if "Metrics" not in alarm or "ThresholdMetricId" not in alarm:
        raise _error(
            "Metrics and ThresholdMetricId are required for alarms on an anomaly detection band"
        )
    wanted = alarm["ThresholdMetricId"]
    named = [query for query in alarm["Metrics"] if query.get("Id") == wanted]
    if not named or BAND not in math.calls(str(named[0].get("Expression", "x"))):
        raise _error(f"ThresholdMetricId {wanted} must be the Id of an {BAND} expression")


def _check_actions(parameter: str, actions: Sequence[str]) -> None:
    if len(actions) > MAX_ACTIONS:
        raise _error(f"The collection {parameter} must not have a size greater than {MAX_ACTIONS}")
    for arn in actions:
        if not re.match(r"arn:[\w-]+:[\w-]+:", arn):
            raise _error(f"Invalid arn syntax: {arn}")


def _check_single(alarm: Mapping[str, Any]) -> int:
    if "Namespace" not in alarm:
        raise _error("The parameter Namespace is required when MetricName is specified")
    if ("Statistic" in alarm) == ("ExtendedStatistic" in alarm):
        raise _error("Exactly one of Statistic and ExtendedStatistic must be specified")
    if "Statistic" in alarm and alarm["Statistic"] not in STATISTICS:
        raise _error(not_in_set("Statistic", STATISTICS))
    if "ExtendedStatistic" in alarm and not _EXTENDED.fullmatch(alarm["ExtendedStatistic"]):
        raise _error(
            f"The value {alarm['ExtendedStatistic']} for parameter ExtendedStatistic is "
            "invalid; a percentile is written p90 or p99.9"
        )
    low = "EvaluateLowSampleCountPercentile"
    if low in alarm and "ExtendedStatistic" not in alarm:
        raise _error(f"{low} can only be used with percentiles (ExtendedStatistic)")
    return _check_period(alarm.get("Period"), "Period")


def _check_period(period: int | None, parameter: str) -> int:
    if period is None:
        raise _error(f"{parameter} must not be null")
    if period not in (10, 20, 30) and (period < 60 or period % 60):
        raise _error(f"{parameter} must be 10, 20, 30 or a multiple of 60")
    return int(period)


def _check_window(period: int, n: int) -> None:
    limit, words = (7 * DAY, "7 days") if period >= 3600 else (DAY, "1 day")
    if n * period > limit:
        raise _error(
            "Metrics cannot be checked across more than "
            f"{words} (EvaluationPeriods * Period must be <= {limit})"
        )


def _check_math(alarm: Mapping[str, Any]) -> int:
    clash = [parameter for parameter in SINGLE_METRIC if parameter in alarm]
    if clash:
        raise _error(f"Metrics cannot be used together with {', '.join(clash)}")
    queries: Sequence[Mapping[str, Any]] = alarm["Metrics"]
    _check_ids(queries)
    watched = [query for query in queries if query.get("ReturnData", True)]
    wanted, words = (2, "two elements") if is_band(alarm) else (1, "one element")
    if len(watched) != wanted:
        raise _error(
            f"Exactly {words} of the metrics list should return data; "
            f"{len(watched)} have ReturnData true"
        )
    periods = {_check_query(query) for query in queries} - {None}
    if len(periods) != 1:
        raise _error("All metrics of an alarm on a math expression must use the same Period")
    if sum("MetricStat" in query for query in queries) > MAX_METRICS_IN_MATH:
        raise _error(f"An alarm can use at most {MAX_METRICS_IN_MATH} metrics")
    period = periods.pop() or 0
    _check_expressions(queries, period)
    return period


def _check_expressions(queries: Sequence[Mapping[str, Any]], period: int) -> None:
    """Work the expressions out over no data: a wrong one is refused now, not when it is due."""
    written = {str(q["Id"]): str(q["Expression"]) for q in queries if "Expression" in q}
    retrieved: dict[str, list[tuple[int, float]]] = {
        str(q["Id"]): [] for q in queries if "MetricStat" in q
    }
    math.evaluate(written, retrieved, period=period, times=())


def _check_ids(queries: Sequence[Mapping[str, Any]]) -> None:
    seen: set[str] = set()
    for query in queries:
        name = str(query.get("Id", ""))
        if not _QUERY_ID.fullmatch(name):
            raise _error(
                f"The Id {name!r} is invalid: letters, digits and underscores, "
                "beginning with a lowercase letter"
            )
        if name in seen:
            raise _error(f"The Id {name!r} is used more than once")
        seen.add(name)


def _check_query(query: Mapping[str, Any]) -> int | None:
    """The period of one element of Metrics; None for an expression without one of its own."""
    if ("MetricStat" in query) == ("Expression" in query):
        raise _error(f"{query['Id']}: exactly one of MetricStat and Expression must be specified")
    if "MetricStat" in query:
        return _check_period(query["MetricStat"].get("Period"), f"{query['Id']}.Period")
    expression = str(query["Expression"])
    if "SEARCH" in math.calls(expression):
        raise _error("SEARCH is not supported on Metric Alarms")
    if math.is_query(expression):
        if metrics_insights.parse(expression).groups:
            what = "An alarm on a Metrics Insights query with GROUP BY"
            raise NotSupported(what, "Leave GROUP BY out: the alarm then watches one series.")
        return _check_period(query.get("Period"), "Period")
    return _check_period(query["Period"], f"{query['Id']}.Period") if "Period" in query else None
