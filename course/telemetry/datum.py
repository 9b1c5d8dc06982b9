"""What PutMetricData accepts, and the plain record that it becomes.

Follows the CloudWatch API reference, PutMetricData, MetricDatum, Dimension and StatisticSet
(botocore's model of 2010-08-01). The 1 MB limit of a request and the entity parameters are left
out. Every data point of a request must be right: CloudWatch takes all of them or none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from course.telemetry.errors import NotSupported, RuleError

_SIZES = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_BITS = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
UNITS = (
    *("Seconds", "Microseconds", "Milliseconds"),
    *_SIZES,
    *_BITS,
    *("Percent", "Count"),
    *(f"{unit}/Second" for unit in (*_SIZES, *_BITS, "Count")),
    "None",
)
MAX_DIMENSIONS = 30
MAX_VALUES = 150
MAX_DATA = 1000
LARGEST = 2.0**360
TWO_WEEKS = 14 * 86_400
TWO_HOURS = 7200


def validate_put(namespace: str, data: Sequence[Mapping[str, Any]], now: float) -> None:
    """Raise the `RuleError` that PutMetricData would answer. now: epoch seconds."""
    _check_namespace(namespace)
    if len(data) > MAX_DATA:
        raise _too_many("MetricData", MAX_DATA)
    for number, datum in enumerate(data, start=1):
        validate_datum(datum, now, f"MetricData.member.{number}")


def validate_datum(
    datum: Mapping[str, Any], now: float, where: str = "MetricData.member.1"
) -> None:
    """Raise unless this MetricDatum is acceptable at `now` (epoch seconds)."""
    if not 1 <= len(datum.get("MetricName", "")) <= 255:
        raise _invalid(f"The parameter {where}.MetricName is required (1 to 255 characters).")
    _check_dimensions(datum.get("Dimensions", ()), where)
    _check_value(datum, where)
    _check_time(datum.get("Timestamp"), now, where)
    unit = datum.get("Unit", "None")
    if unit not in UNITS:
        allowed = ", ".join(UNITS)
        raise _invalid(f"The parameter {where}.Unit must be a value in the set [ {allowed} ].")
    if datum.get("StorageResolution", 60) not in (1, 60):
        raise _invalid(f"The parameter {where}.StorageResolution must be 1 or 60.")


def record(namespace: str, datum: Mapping[str, Any], now: float) -> dict[str, Any]:
    """The datum in the form of `World.metrics`; validate it first.

    A datum with StatisticValues has no values of its own: it carries them under "statistics"
    (SampleCount, Sum, Minimum, Maximum). Without a Timestamp it is from `now` (epoch seconds).
    """
    stamp = datum.get("Timestamp")
    seconds = now if stamp is None else _seconds(stamp)
    made: dict[str, Any] = {
        "timestamp": round(seconds * 1000),
        "namespace": namespace,
        "name": datum["MetricName"],
        "dimensions": {item["Name"]: item["Value"] for item in datum.get("Dimensions", ())},
        "unit": datum.get("Unit", "None"),
        "resolution": datum.get("StorageResolution", 60),
        "values": [],
        "counts": [],
    }
    if "StatisticValues" in datum:
        made["statistics"] = {key: float(n) for key, n in datum["StatisticValues"].items()}
        return made
    values = datum["Values"] if "Values" in datum else [datum["Value"]]
    made["values"] = [float(value) for value in values]
    made["counts"] = [float(count) for count in datum.get("Counts", [1.0] * len(values))]
    return made


def _invalid(message: str) -> RuleError:
    return RuleError("InvalidParameterValue", message)


def _too_many(what: str, limit: int) -> RuleError:
    return _invalid(f"The collection {what} must not have a size greater than {limit}.")


def _seconds(stamp: datetime | float) -> float:
    return stamp.timestamp() if isinstance(stamp, datetime) else float(stamp)


def _check_namespace(namespace: str) -> None:
    if not 1 <= len(namespace) <= 255 or namespace.startswith(":"):
        raise _invalid(f"The value {namespace!r} for parameter Namespace is invalid.")
    if namespace.startswith("AWS/"):
        raise _invalid(
            f"The value {namespace} for parameter Namespace is invalid: "
            "names that begin with AWS/ belong to AWS services."
        )


def _check_dimensions(dimensions: Sequence[Mapping[str, str]], where: str) -> None:
    if len(dimensions) > MAX_DIMENSIONS:
        raise _too_many(f"{where}.Dimensions", MAX_DIMENSIONS)
    for number, dimension in enumerate(dimensions, start=1):
        place = f"{where}.Dimensions.member.{number}"
        for key, limit in (("Name", 255), ("Value", 1024)):
            text = dimension.get(key, "")
            if not text.strip() or len(text) > limit or not _plain(text):
                raise _invalid(
                    f"The parameter {place}.{key} must be 1 to {limit} printable ASCII characters."
                )
        if dimension["Name"].startswith(":"):
            raise _invalid(f"The parameter {place}.Name must not begin with a colon.")


def _plain(text: str) -> bool:
    return all(32 <= ord(letter) < 127 for letter in text)


def _check_value(datum: Mapping[str, Any], where: str) -> None:
    given = [name for name in ("Value", "Values", "StatisticValues") if name in datum]
    if not given:
        raise RuleError(
            "MissingParameter",
            f"At least one of the parameters must be specified: {where}.Value, .Values or "
            ".StatisticValues.",
        )
    if len(given) > 1:
        raise RuleError(
            "InvalidParameterCombination",
            f"The parameters {where}.{given[0]} and {where}.{given[1]} are mutually exclusive "
            "and you have specified both.",
        )
    if "StatisticValues" in datum:
        _check_set(datum["StatisticValues"], f"{where}.StatisticValues")
        return
    values = datum["Values"] if "Values" in datum else [datum["Value"]]
    _check_numbers(values, datum.get("Counts"), where)


def _check_numbers(values: Sequence[float], counts: Sequence[float] | None, where: str) -> None:
    if len(values) > MAX_VALUES:
        raise _too_many(f"{where}.Values", MAX_VALUES)
    for value in values:
        _check_number(value, f"{where}.Value")
    if counts is None:
        return
    if len(counts) != len(values):
        raise _invalid(f"The parameters {where}.Values and {where}.Counts must have the same size.")
    for count in counts:
        _check_number(count, f"{where}.Counts")
        if count <= 0:
            raise _invalid(f"The parameter {where}.Counts must be greater than 0.")


def _check_number(value: float, place: str) -> None:
    if not math.isfinite(value):
        raise _invalid(f"The value {value} for parameter {place} is invalid.")
    if abs(value) > LARGEST:
        raise _invalid(f"The value {value} for parameter {place} is outside -2^360 to 2^360.")


def _check_set(given: Mapping[str, float], place: str) -> None:
    for key in ("SampleCount", "Sum", "Minimum", "Maximum"):
        if key not in given:
            raise RuleError("MissingParameter", f"The parameter {place}.{key} is required.")
        _check_number(given[key], f"{place}.{key}")
    if given["SampleCount"] <= 0 or given["Minimum"] > given["Maximum"]:
        raise _invalid(f"{place}: SampleCount must be positive and Minimum at most Maximum.")


def _check_time(stamp: Any, now: float, where: str) -> None:
    if stamp is None:
        return
    seconds = _seconds(stamp)
    if seconds < now - TWO_WEEKS:
        raise _invalid(
            f"The parameter {where}.Timestamp must specify a time no more than two weeks "
            "in the past."
        )
    if seconds > now + TWO_HOURS:
        raise _invalid(
            f"The parameter {where}.Timestamp must specify a time within two hours of the "
            "current time."
        )


def reject_entities(parameters: Mapping[str, Any]) -> None:
    """Entities say which resource a metric belongs to; the simulation keeps no such link."""
    if parameters.get("EntityMetricData"):
        raise NotSupported("PutMetricData with EntityMetricData", "Use MetricData and Dimensions.")
