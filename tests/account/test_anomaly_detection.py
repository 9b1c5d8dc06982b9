"""Anomaly detection through boto3: detectors, bands as metric math, alarms that watch a band."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from course.account.clock import utc
from tests.account.behaviours import behaviour
from tests.account.conftest import END, MINUTE, Inbox, record, state_of

LATENCY = {"Namespace": "Shop", "MetricName": "Latency", "Dimensions": [], "Stat": "Average"}
METRIC = {"Namespace": "Shop", "MetricName": "Latency"}
OF_LATENCY = {"Id": "m1", "MetricStat": {"Metric": METRIC, "Period": 60, "Stat": "Average"}}
BAND = {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1, 4)"}


@pytest.fixture
def latency(account: Account) -> None:
    """Two hours of a calm metric around 100, then three minutes at 500."""
    calm = [record(END + n * MINUTE, 100.0 + n % 5, "Latency") for n in range(120)]
    odd = [record(END + n * MINUTE, 500.0, "Latency") for n in range(120, 123)]
    account.replay(metrics=calm + odd)


def put_band_alarm(cloudwatch: Any, **changes: Any) -> None:
    settings: dict[str, Any] = {
        "AlarmName": "odd",
        "EvaluationPeriods": 2,
        "ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold",
        "ThresholdMetricId": "band",
        "Metrics": [OF_LATENCY, BAND],
        **changes,
    }
    cloudwatch.put_metric_alarm(**settings)


def band(cloudwatch: Any, start: datetime, minutes: int) -> list[dict[str, Any]]:
    found = cloudwatch.get_metric_data(
        MetricDataQueries=[{**OF_LATENCY, "ReturnData": False}, BAND],
        StartTime=start,
        EndTime=start + timedelta(minutes=minutes),
        ScanBy="TimestampAscending",
    )
    return list(found["MetricDataResults"])


@behaviour("cloudwatch.anomaly_band")
def test_a_band_is_an_upper_and_a_lower_line(
    account: Account, cloudwatch: Any, latency: None
) -> None:
    account.advance(minutes=119)
    upper, lower = band(cloudwatch, utc(END) + timedelta(minutes=60), 59)
    assert (upper["Label"], lower["Label"]) == ("Latency (upper)", "Latency (lower)")
    bounds = list(zip(upper["Values"], lower["Values"], strict=True))
    assert len(bounds) == 59
    assert all(high > 104 > 100 > low for high, low in bounds)


def test_without_a_past_there_is_no_band(account: Account, cloudwatch: Any, latency: None) -> None:
    account.advance(minutes=5)
    assert [each["Values"] for each in band(cloudwatch, utc(END), 5)] == [[], []]


@behaviour("alarms.anomaly_band")
def test_an_alarm_rings_when_the_metric_leaves_its_band(
    account: Account, cloudwatch: Any, latency: None, inbox: Inbox
) -> None:
    put_band_alarm(cloudwatch, AlarmActions=[inbox.topic])
    account.advance(minutes=119)
    assert state_of(cloudwatch, "odd") == "OK"
    account.advance(minutes=3)
    assert state_of(cloudwatch, "odd") == "ALARM"
    message = json.loads(inbox.messages()[0])
    reason = message["NewStateReason"]
    assert reason.startswith("Threshold Crossed: 2 out of the last 2 datapoints [500.0 (")
    assert "was less than" not in reason and "were less than the lower thresholds [" in reason
    assert "or greater than the upper thresholds [" in reason
    assert message["Trigger"]["ThresholdMetricId"] == "band"


@behaviour("alarms.anomaly_band")
def test_the_reason_data_hold_the_band(account: Account, cloudwatch: Any, latency: None) -> None:
    put_band_alarm(cloudwatch, ComparisonOperator="GreaterThanUpperThreshold")
    account.advance(minutes=122)
    found = cloudwatch.describe_alarms(AlarmNames=["odd"])["MetricAlarms"][0]
    data = json.loads(found["StateReasonData"])
    assert len(data["recentUpperThresholds"]) == len(data["recentLowerThresholds"]) == 2
    assert "threshold" not in data and "Threshold" not in found


@behaviour("cloudwatch.anomaly_detectors")
def test_detectors_are_put_described_and_deleted(
    account: Account, cloudwatch: Any, latency: None
) -> None:
    cloudwatch.put_anomaly_detector(SingleMetricAnomalyDetector=LATENCY)
    found = cloudwatch.describe_anomaly_detectors(Namespace="Shop")["AnomalyDetectors"]
    assert found[0]["SingleMetricAnomalyDetector"] == LATENCY
    assert found[0]["StateValue"] == "TRAINED_INSUFFICIENT_DATA"
    account.advance(hours=1)
    found = cloudwatch.describe_anomaly_detectors()["AnomalyDetectors"]
    assert found[0]["StateValue"] == "TRAINED"
    assert cloudwatch.describe_anomaly_detectors(MetricName="Other")["AnomalyDetectors"] == []
    cloudwatch.delete_anomaly_detector(**LATENCY)
    assert cloudwatch.describe_anomaly_detectors()["AnomalyDetectors"] == []
    with pytest.raises(cloudwatch.exceptions.ResourceNotFoundException):
        cloudwatch.delete_anomaly_detector(**LATENCY)


def test_an_alarm_makes_the_detector(cloudwatch: Any) -> None:
    put_band_alarm(cloudwatch)
    found = cloudwatch.describe_anomaly_detectors()["AnomalyDetectors"]
    assert [each["MetricName"] for each in found] == ["Latency"]


def test_excluded_times_change_the_band(account: Account, cloudwatch: Any, latency: None) -> None:
    account.advance(hours=3)
    before = band(cloudwatch, utc(END) + timedelta(hours=3), 1)[0]["Values"]
    excluded = {"StartTime": utc(END), "EndTime": utc(END) + timedelta(minutes=120)}
    cloudwatch.put_anomaly_detector(
        **LATENCY, Configuration={"ExcludedTimeRanges": [excluded], "MetricTimezone": "UTC"}
    )
    after = band(cloudwatch, utc(END) + timedelta(hours=3), 1)[0]["Values"]
    assert before and not after


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "Namespace is required"),
        ({**LATENCY, "SingleMetricAnomalyDetector": LATENCY}, "cannot be used together"),
        ({**LATENCY, "Stat": "p990"}, "p990"),
        ({**LATENCY, "Configuration": {"MetricTimezone": "Mars/Base"}}, "MetricTimezone"),
        (
            {
                **LATENCY,
                "Configuration": {
                    "ExcludedTimeRanges": [{"StartTime": utc(END), "EndTime": utc(END)}]
                },
            },
            "end after it starts",
        ),
    ],
)
def test_impossible_detectors_are_refused(
    cloudwatch: Any, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError, match=words):
        cloudwatch.put_anomaly_detector(**parameters)


@behaviour("cloudwatch.anomaly_math_refused")
def test_detectors_on_metric_math_are_refused_by_name(cloudwatch: Any) -> None:
    with pytest.raises(NotSimulated, match="MetricMathAnomalyDetector"):
        cloudwatch.put_anomaly_detector(
            MetricMathAnomalyDetector={"MetricDataQueries": [OF_LATENCY]}
        )
