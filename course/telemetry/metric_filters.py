"""Metric filters: log events that match a pattern become a custom metric.

Follows the CloudWatch Logs User Guide, "Creating metrics from log events using filters", and the
API reference of PutMetricFilter and MetricTransformation. Values are aggregated and reported every
minute. defaultValue is "the value to emit when a filter pattern does not match a log event": it is
reported once for every event of the minute that does not match, so a minute with events and no
match still has data, and a minute without events has none. It cannot be combined with dimensions.

Choices where the guide is silent: a matching event whose metricValue is no number, or that lacks a
dimension, publishes nothing. That a filter sees only events ingested after it was made is for the
caller: pass only those.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from course.telemetry import patterns
from course.telemetry.datum import UNITS
from course.telemetry.errors import RuleError
from course.telemetry.jsonpath import compile_path, leaf_text, parse, resolve
from course.telemetry.pattern_values import CODE, number

MAX_DIMENSIONS = 3
MINUTE = 60_000

_COLUMN = re.compile(r"\$[\w-]+")
_NAME = re.compile(r"[^:*$]{1,255}")


def validate(pattern: str, transformation: Mapping[str, Any]) -> patterns.Pattern:
    """The compiled pattern; the `RuleError` that PutMetricFilter answers otherwise.

    transformation: the only element of metricTransformations.
    """
    compiled = patterns.compile(pattern)
    for key in ("metricName", "metricNamespace", "metricValue"):
        if not transformation.get(key):
            raise _refused(f"{key} is required")
    for key in ("metricName", "metricNamespace"):
        if not _NAME.fullmatch(transformation[key]):
            raise _refused(f"{key} has 1 to 255 characters, none of : * $")
    value = str(transformation["metricValue"])
    if number(value) is None:
        _check_source(value, compiled, "metricValue")
    _check_extras(transformation, compiled)
    return compiled


def publish(
    pattern: patterns.Pattern,
    transformation: Mapping[str, Any],
    events: Iterable[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """The data, in the form of `World.metrics`, of these events: one a minute and dimensions.

    events: `{"timestamp": epoch ms, "message": str}`, in any order, of one minute or many.
    """
    match = pattern.match
    default = transformation.get("defaultValue")
    buckets: dict[tuple[int, tuple[tuple[str, str], ...]], Counter[float]] = defaultdict(Counter)
    for event in events:
        minute = event["timestamp"] // MINUTE * MINUTE
        fields = match(event["message"])
        if fields is None:
            if default is not None:
                buckets[minute, ()][float(default)] += 1
            continue
        found = _value_of(event["message"], fields, transformation)
        if found is not None:
            value, dimensions = found
            buckets[minute, dimensions][value] += 1
    return [
        _record(minute, dict(dimensions), values, transformation)
        for (minute, dimensions), values in sorted(buckets.items())
    ]


def _refused(message: str) -> RuleError:
    return RuleError(CODE, message)


def _check_source(source: str, compiled: patterns.Pattern, what: str) -> None:
    """A value taken from the event must be one that this kind of pattern can extract."""
    if compiled.kind == "json" and compile_path(source) is not None:
        return
    if compiled.kind == "delimited" and _COLUMN.fullmatch(source):
        if source in compiled.fields or source[1:].isdigit():
            return
        known = ", ".join(compiled.fields) or "none"
        raise _refused(f"{what} {source} is not a field of the filter pattern ({known})")
    example = {"json": "$.latency", "delimited": "$bytes"}.get(compiled.kind)
    if example is None:
        raise _refused(f"{what} {source}: only a JSON or space-delimited pattern extracts values")
    raise _refused(f"{what} {source} is invalid; with this pattern it looks like {example}")


def _check_extras(transformation: Mapping[str, Any], compiled: patterns.Pattern) -> None:
    dimensions = transformation.get("dimensions") or {}
    if len(dimensions) > MAX_DIMENSIONS:
        raise _refused(f"A metric filter has at most {MAX_DIMENSIONS} dimensions")
    if dimensions and transformation.get("defaultValue") is not None:
        raise _refused("A default value cannot be combined with dimensions: leave one of them out")
    for name, source in dimensions.items():
        _check_source(source, compiled, f"dimension {name}")
    if transformation.get("unit", "None") not in UNITS:
        raise _refused(f"unit must be a value in the set [ {', '.join(UNITS)} ]")


def _value_of(
    message: str, fields: Mapping[str, str], transformation: Mapping[str, Any]
) -> tuple[float, tuple[tuple[str, str], ...]] | None:
    source = str(transformation["metricValue"])
    wanted = transformation.get("dimensions") or {}
    fixed = number(source)
    if fixed is not None and not wanted:
        return fixed, ()
    taken = {key: _take(message, fields, place) for key, place in wanted.items()}
    text = source if fixed is not None else _take(message, fields, source)
    value = None if text is None else number(text)
    dimensions = tuple((key, text) for key, text in taken.items() if text)
    return (value, dimensions) if value is not None and len(dimensions) == len(wanted) else None


def _take(message: str, fields: Mapping[str, str], source: str) -> str | None:
    """The text at a field of the pattern, or at any property of a JSON event."""
    path = compile_path(source)
    if path is None:
        return fields.get(source)
    found = resolve(parse(message), path)
    return leaf_text(found[0]) if found else None


def _record(
    minute: int,
    dimensions: dict[str, str],
    values: Counter[float],
    transformation: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "timestamp": minute,
        "namespace": transformation["metricNamespace"],
        "name": transformation["metricName"],
        "dimensions": dimensions,
        "unit": transformation.get("unit", "None"),
        "resolution": 60,
        "values": list(values),
        "counts": [float(count) for count in values.values()],
    }
