"""Anomaly detectors, and the bands that their models give.

Follows the API references of PutAnomalyDetector, DescribeAnomalyDetectors and
DeleteAnomalyDetector; the model is `telemetry.anomaly`. A model is trained anew at every full hour
on the two weeks before it, and is good until the next. A band can be read without a detector; a
detector keeps what the model must not learn from. As on AWS, an alarm on a band makes the detector.
Left out: detectors on metric math, periodic spikes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from course.account.cloudwatch.metric_queries import Window, key_from, read
from course.account.cloudwatch.metric_store import MetricKey
from course.account.errors import AwsError, NotSimulated
from course.account.paging import page, page_token
from course.account.region import Region
from course.telemetry import anomaly
from course.telemetry.math_values import Line
from course.telemetry.statistics import statistic

Parameters = dict[str, Any]
HOUR = 3600
KEPT = ("Namespace", "MetricName", "Dimensions", "Stat")
Watched = tuple[MetricKey, str]


class Detectors:
    """The detectors of one Region by metric and statistic, and the models trained so far."""

    def __init__(self, region: Region) -> None:
        self.known: dict[Watched, Parameters] = {}
        self.models: dict[tuple[Watched, int, str | None, int], anomaly.Model | None] = {}


def put_anomaly_detector(region: Region, parameters: Parameters) -> None:
    single = _single(parameters, "PutAnomalyDetector")
    if "PeriodicSpikes" in parameters.get("MetricCharacteristics", {}):
        what = "cloudwatch:PutAnomalyDetector with PeriodicSpikes"
        raise NotSimulated(what, "Leave out MetricCharacteristics.")
    settings = parameters.get("Configuration", {})
    _zone(settings)
    for each in settings.get("ExcludedTimeRanges", ()):
        if each["EndTime"] <= each["StartTime"]:
            message = "An excluded time range must end after it starts."
            raise AwsError("InvalidParameterValue", message)
    detectors = region.part(Detectors)
    detectors.known[_watched(single)] = {**single, "Configuration": settings}
    detectors.models.clear()


def make_sure(region: Region, stat: Mapping[str, Any]) -> None:
    """Have a detector for the metric of a MetricStat, as putting an alarm on its band does."""
    single = {**stat["Metric"], "Stat": stat["Stat"]}
    single.setdefault("Dimensions", [])
    region.part(Detectors).known.setdefault(_watched(single), {**single, "Configuration": {}})


def _single(parameters: Parameters, operation: str) -> Parameters:
    """The watched metric and statistic, however they were given."""
    if "MetricMathAnomalyDetector" in parameters:
        what = f"cloudwatch:{operation} with MetricMathAnomalyDetector"
        raise NotSimulated(what, "Use SingleMetricAnomalyDetector.")
    given = [name for name in KEPT if name in parameters]
    nested = parameters.get("SingleMetricAnomalyDetector")
    if nested is not None and given:
        message = f"SingleMetricAnomalyDetector cannot be used together with {', '.join(given)}."
        raise AwsError("InvalidParameterCombination", message)
    single = {**(nested or parameters)}
    for name in ("Namespace", "MetricName", "Stat"):
        if not single.get(name):
            raise AwsError("MissingParameter", f"The parameter {name} is required.")
    statistic(single["Stat"])
    single.setdefault("Dimensions", [])
    return {name: single[name] for name in KEPT}


def _watched(single: Mapping[str, Any]) -> Watched:
    return key_from(single), str(single["Stat"])


def _zone(settings: Mapping[str, Any]) -> tzinfo:
    name = settings.get("MetricTimezone")
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        message = f"The value {name} for parameter MetricTimezone is invalid."
        raise AwsError("InvalidParameterValue", message) from None


def describe_anomaly_detectors(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    kinds = parameters.get("AnomalyDetectorTypes") or ["SINGLE_METRIC"]
    dimensions = parameters.get("Dimensions")
    found = [
        detector
        for (key, _), detector in sorted(region.part(Detectors).known.items())
        if "SINGLE_METRIC" in kinds
        and parameters.get("Namespace", key[0]) == key[0]
        and parameters.get("MetricName", key[1]) == key[1]
        and (dimensions is None or key_from({**detector, "Dimensions": dimensions}) == key)
    ]
    limit = parameters.get("MaxResults", 100)
    shown, token = page(found, parameters.get("NextToken"), limit, invalid="InvalidNextToken")
    described = [_described(region, detector) for detector in shown]
    return {"AnomalyDetectors": described, **page_token("NextToken", token)}


def _described(region: Region, detector: Parameters) -> dict[str, Any]:
    single = {name: detector[name] for name in KEPT}
    stat = {"Metric": single, "Stat": single["Stat"], "Period": 60}
    trained = _model(region, stat, region.now // 1000 // HOUR)
    return {
        **single,
        "SingleMetricAnomalyDetector": single,
        "Configuration": detector["Configuration"],
        "StateValue": "TRAINED" if trained else "TRAINED_INSUFFICIENT_DATA",
    }


def delete_anomaly_detector(region: Region, parameters: Parameters) -> None:
    detectors = region.part(Detectors)
    if detectors.known.pop(_watched(_single(parameters, "DeleteAnomalyDetector")), None) is None:
        message = "The specified anomaly detector does not exist."
        raise AwsError("ResourceNotFoundException", message)
    detectors.models.clear()


def band(
    region: Region, stat: Mapping[str, Any], width: float, times: Sequence[int]
) -> tuple[Line, Line]:
    """The upper and the lower line of a MetricStat's band, where there is a model."""
    upper: Line = {}
    lower: Line = {}
    for at in times:
        model = _model(region, stat, at // HOUR)
        if model is not None:
            upper[at], lower[at] = model.band(at, width)
    return upper, lower


def _model(region: Region, stat: Mapping[str, Any], hour: int) -> anomaly.Model | None:
    """The model of the hour (counted since the epoch), trained when it is first needed."""
    detectors = region.part(Detectors)
    watched = _watched({**stat["Metric"], "Stat": stat["Stat"]})
    key = (watched, int(stat["Period"]), stat.get("Unit"), hour)
    if key not in detectors.models:
        settings = detectors.known.get(watched, {}).get("Configuration", {})
        window = Window(hour * HOUR - anomaly.TRAINING, hour * HOUR)
        points = read(
            region, stat["Metric"], stat["Period"], stat["Stat"], window, stat.get("Unit")
        )
        excluded = [
            (each["StartTime"].timestamp(), each["EndTime"].timestamp())
            for each in settings.get("ExcludedTimeRanges", ())
        ]
        detectors.models[key] = anomaly.train(points, _zone(settings), excluded)
    return detectors.models[key]
