"""What PutMetricAlarm takes and refuses."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from course.telemetry import alarms
from course.telemetry.errors import NotSupported, RuleError

SINGLE: dict[str, Any] = {
    "AlarmName": "checkout-errors",
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def query(name: str, **more: Any) -> dict[str, Any]:
    metric = {"Namespace": "AWS/Lambda", "MetricName": name}
    stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
    return {"Id": name, "MetricStat": stat, "ReturnData": False, **more}


MATH: dict[str, Any] = {
    **{k: v for k, v in SINGLE.items() if k not in ("Namespace", "MetricName", "Statistic")},
    "Metrics": [query("e"), query("i"), {"Id": "rate", "Expression": "100 * e / i"}],
}
del MATH["Period"]


def test_both_kinds_of_alarm_are_taken() -> None:
    alarms.validate(SINGLE)
    alarms.validate(MATH)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"AlarmName": ""}, "AlarmName"),
        ({"AlarmName": "a\nb"}, "control characters"),
        ({"Period": 7}, "10, 20, 30 or a multiple of 60"),
        ({"Period": 90}, "10, 20, 30 or a multiple of 60"),
        ({"Period": None}, "must not be null"),
        ({"EvaluationPeriods": 0}, "greater than or equal to 1"),
        ({"EvaluationPeriods": 1}, "DatapointsToAlarm must be less than or equal"),
        ({"EvaluationPeriods": 1441}, "more than 1 day"),
        ({"EvaluationPeriods": 169, "Period": 3600}, "more than 7 days"),
        ({"TreatMissingData": "zork"}, "breaching, notBreaching, ignore, missing"),
        ({"ComparisonOperator": "Above"}, "ComparisonOperator must be a value in the set"),
        ({"Statistic": "p99"}, "Statistic must be a value in the set"),
        ({"ExtendedStatistic": "p99"}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, "only be used with percentiles"),
        ({"AlarmActions": ["pager"]}, "Invalid arn syntax: pager"),
        ({"AlarmActions": ["arn:aws:sns:us-east-1:1:t"] * 6}, "greater than 5"),
        ({"Metrics": MATH["Metrics"]}, "cannot be used together with"),
    ],
)
def test_single_metric_alarm_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(RuleError, match=words) as caught:
        alarms.validate(SINGLE | changes)
    assert caught.value.code == "ValidationError"


@pytest.mark.parametrize(
    "parameter", ["EvaluationPeriods", "Threshold", "ComparisonOperator", "Namespace", "MetricName"]
)
def test_what_is_required_is_named(parameter: str) -> None:
    alarm = {key: value for key, value in SINGLE.items() if key != parameter}
    with pytest.raises(RuleError, match=parameter):
        alarms.validate(alarm)


def test_an_extended_statistic_is_a_percentile_or_trimmed() -> None:
    alarm = {key: value for key, value in SINGLE.items() if key != "Statistic"}
    for good in ("p99", "p99.9", "tm90", "TM(10%:90%)", "PR(:300)", "IQM"):
        alarms.validate({**alarm, "ExtendedStatistic": good})
    with pytest.raises(RuleError, match="ExtendedStatistic is invalid"):
        alarms.validate({**alarm, "ExtendedStatistic": "99"})


def math_alarm(change: str) -> dict[str, Any]:
    alarm = copy.deepcopy(MATH)
    exec(change, {"q": alarm["Metrics"], "query": query})
    return alarm


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("q[0]['ReturnData'] = True", "Exactly one element"),
        ("q[2]['ReturnData'] = False", "Exactly one element"),
        ("q[1]['MetricStat']['Period'] = 300", "same Period"),
        ("q[0]['Id'] = 'Errors'", "beginning with a lowercase letter"),
        ("q[1]['Id'] = 'e'", "more than once"),
        ("q[2]['MetricStat'] = {}", "exactly one of MetricStat and Expression"),
        ("q.extend(query(f'x{n}') for n in range(9))", "at most 10 metrics"),
        ("q[0]['MetricStat']['Period'] = 45", "e.Period must be"),
        ("q[2]['Expression'] = '100 * errors / i'", "there is no Id errors"),
        ("q[2]['Expression'] = '100 * * e'", "Metric math"),
        ("q[2]['Expression'] = 'LAMBDA(e)'", "LAMBDA"),
        ("q[2]['Expression'] = 'FILL(e)'", "FILL"),
        ("q[2]['Expression'] = 'rate / i'", "refer to each other"),
        ("q[2]['Expression'] = 'SUM(SEARCH(1))'", "SEARCH is not supported on Metric Alarms"),
        ("q[2]['Expression'] = 'SELECT AVG(x) FROM y'", "Period must not be null"),
    ],
)
def test_math_alarm_is_refused(change: str, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        alarms.validate(math_alarm(change))


@pytest.mark.parametrize(
    ("alarm", "words"),
    [
        ({**SINGLE, "EvaluationWindow": {}}, "sliding window"),
        ({**SINGLE, "EvaluationCriteria": {}}, "MetricName or Metrics"),
        (math_alarm("q[2].update(Expression='SELECT AVG(x) FROM y GROUP BY z')"), "GROUP BY"),
    ],
)
def test_what_is_not_simulated_says_so(alarm: dict[str, Any], words: str) -> None:
    with pytest.raises(NotSupported, match=words):
        alarms.validate(alarm)


BAND: dict[str, Any] = {
    "AlarmName": "odd-latency",
    "EvaluationPeriods": 3,
    "ComparisonOperator": "GreaterThanUpperThreshold",
    "ThresholdMetricId": "band",
    "Metrics": [
        query("m", ReturnData=True),
        {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m, 3)"},
    ],
}


def test_an_alarm_on_a_band_or_a_query_is_taken() -> None:
    alarms.validate(BAND)
    select = {"Id": "q", "Expression": "SELECT SUM(Errors) FROM Shop", "Period": 60}
    alarms.validate({**MATH, "Metrics": [select]})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Threshold": 1.0}, "cannot both be specified"),
        ({"ThresholdMetricId": "m"}, "must be the Id of an ANOMALY_DETECTION_BAND"),
        ({"ThresholdMetricId": "x"}, "must be the Id of an ANOMALY_DETECTION_BAND"),
        ({"ThresholdMetricId": None}, "ThresholdMetricId are required"),
        ({"Metrics": None}, "Metrics and ThresholdMetricId are required"),
        ({"ComparisonOperator": "GreaterThanThreshold"}, "only be used with anomaly detection"),
        ({"Metrics": [query("m"), BAND["Metrics"][1]]}, "Exactly two elements"),
    ],
)
def test_an_impossible_band_is_refused(change: dict[str, Any], words: str) -> None:
    changed = {key: value for key, value in {**BAND, **change}.items() if value is not None}
    with pytest.raises(RuleError, match=words):
        alarms.validate(changed)
