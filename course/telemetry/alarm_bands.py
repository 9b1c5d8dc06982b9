"""Alarms on an anomaly detection band: which points are outside, and what the reason says.

Follows PutMetricAlarm (ComparisonOperator, ThresholdMetricId) and the CloudWatch User Guide,
"Create a CloudWatch alarm based on anomaly detection". A point without a band is as good as
missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

# (upper, lower) bound at one point; None where there is no model yet.
Band = tuple[float, float] | None

_OUTSIDE: dict[str, Callable[[float, float, float], bool]] = {
    "GreaterThanUpperThreshold": lambda value, upper, lower: value > upper,
    "LessThanLowerThreshold": lambda value, upper, lower: value < lower,
    "LessThanLowerOrGreaterThanUpperThreshold": lambda v, upper, lower: v > upper or v < lower,
}


def judge(
    values: Sequence[float | None], bands: Sequence[Band], comparison: str
) -> list[bool | None]:
    """Whether each value is outside its band; None where the value or the band is missing."""
    outside = _OUTSIDE[comparison]
    return [
        None if value is None or band is None else outside(value, *band)
        for value, band in zip(values, bands, strict=True)
    ]


def limit(bands: Sequence[Band], values: Sequence[float | None], comparison: str) -> str:
    """What the points are said to be, in the words of AWS's reason."""
    both = zip(bands, values, strict=True)
    known = [band for band, value in both if band is not None and value is not None]
    lower = f"less than the lower thresholds [{_listed([low for _, low in reversed(known)])}]"
    upper = f"greater than the upper thresholds [{_listed([up for up, _ in reversed(known)])}]"
    words = {"LessThanLowerThreshold": lower, "GreaterThanUpperThreshold": upper}
    return words.get(comparison, f"{lower} or {upper}")


def _listed(numbers: Sequence[float]) -> str:
    return ", ".join(str(float(number)) for number in numbers)
