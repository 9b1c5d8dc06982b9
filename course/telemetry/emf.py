"""The embedded metric format: a log line that asks CloudWatch to make metrics out of it.

Follows the CloudWatch User Guide, "Specification: Embedded metric format" and its JSON schema.
A document with a problem yields no metric at all (CloudWatch counts it in EMFValidationErrors);
`problems` tells why, one kind sentence each. The timestamp's two weeks back and two hours ahead are
those of PutMetricData and PutLogEvents.

Left out: entities.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from course.telemetry.datum import TWO_HOURS, TWO_WEEKS, UNITS

MAX_METRICS = 100
MAX_VALUES = 100
MAX_DIMENSIONS = 30
MAX_DIMENSION_LENGTH = 1024


def extract(message: str, ingested: int) -> list[dict[str, Any]]:
    """The data in the form of `World.metrics` that this log line makes; often none.

    ingested: epoch milliseconds at which CloudWatch Logs received the line.
    """
    # Most lines are no documents: parse only what can be one.
    if '"_aws"' not in message:
        return []
    document = _read(message)
    if document is None or problems(document, ingested):
        return []
    stamp = round(document["_aws"]["Timestamp"])
    directives = document["_aws"]["CloudWatchMetrics"]
    return [datum for each in directives for datum in _data(document, each, stamp)]


def problems(document: Any, ingested: int | None = None) -> list[str]:
    """What keeps a document (a dict, or the log line's text) from becoming metrics; [] when fine.

    ingested: epoch milliseconds; given, the timestamp must be near enough to it.
    """
    if isinstance(document, str):
        document = _read(document)
    if not isinstance(document, dict):
        return ["The log line must be one JSON object, with nothing before or after it."]
    meta = document.get("_aws")
    if not isinstance(meta, dict):
        return ['The root needs a member "_aws" that is an object.']
    found = list(_time_problems(meta.get("Timestamp"), ingested))
    directives = meta.get("CloudWatchMetrics")
    if not isinstance(directives, list):
        return [*found, '"_aws" needs "CloudWatchMetrics", an array of objects.']
    for number, directive in enumerate(directives):
        where = f"CloudWatchMetrics[{number}]"
        if isinstance(directive, dict):
            found += _directive_problems(directive, document, where)
        else:
            found.append(f"{where} must be an object.")
    return found


def error(message: str, ingested: int) -> str | None:
    """The metric of AWS/Logs that counts this line as wrong; None for one that is right, or plain.

    A line that begins like a document and is none is a parsing error, any other problem a
    validation error.
    """
    document = _read(message)
    if document is None:
        return "EMFParsingErrors" if message.lstrip().startswith("{") else None
    return "EMFValidationErrors" if problems(document, ingested) else None


def _read(message: str) -> dict[str, Any] | None:
    try:
        document = json.loads(message)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _time_problems(stamp: Any, ingested: int | None) -> Iterator[str]:
    if not _number(stamp):
        yield '"_aws" needs "Timestamp", a number of milliseconds since 1970.'
    elif stamp != int(stamp):
        yield f'"Timestamp" {stamp} is no whole number of milliseconds.'
    elif 0 < stamp < 10_000_000_000:
        yield (
            f'"Timestamp" {stamp} looks like seconds; it must be milliseconds since 1970, '
            f"{stamp * 1000:.0f} perhaps."
        )
    elif ingested is not None and stamp < ingested - TWO_WEEKS * 1000:
        yield '"Timestamp" is more than two weeks old.'
    elif ingested is not None and stamp > ingested + TWO_HOURS * 1000:
        yield '"Timestamp" is more than two hours in the future.'


def _directive_problems(
    directive: dict[str, Any], document: dict[str, Any], where: str
) -> Iterator[str]:
    if not isinstance(directive.get("Namespace"), str) or not directive["Namespace"]:
        yield f'{where} needs "Namespace", a text.'
    yield from _dimension_problems(directive.get("Dimensions"), document, where)
    metrics = directive.get("Metrics")
    if not isinstance(metrics, list):
        yield f'{where} needs "Metrics", an array of objects with a "Name".'
        return
    if len(metrics) > MAX_METRICS:
        yield f"{where} has {len(metrics)} metrics; {MAX_METRICS} are allowed."
    for number, metric in enumerate(metrics):
        yield from _metric_problems(metric, document, f"{where}.Metrics[{number}]")


def _dimension_problems(sets: Any, document: dict[str, Any], where: str) -> Iterator[str]:
    if not isinstance(sets, list) or not sets:
        yield f'{where} needs "Dimensions", an array with at least one array of names, or [[]].'
        return
    for number, names in enumerate(sets):
        if not isinstance(names, list):
            yield (
                f'{where}.Dimensions[{number}] must be an array: "Dimensions" is an array of '
                f'arrays, as in [["Service"]], not {json.dumps(sets)}.'
            )
            continue
        if len(names) > MAX_DIMENSIONS:
            yield (
                f"{where}.Dimensions[{number}] has {len(names)} names; "
                f"{MAX_DIMENSIONS} are allowed."
            )
        for name in names:
            yield from _target_problems(name, document, f"{where}.Dimensions[{number}]")


def _target_problems(name: Any, document: dict[str, Any], where: str) -> Iterator[str]:
    if not isinstance(name, str) or not name:
        yield f"{where} must hold names (texts), not {json.dumps(name)}."
    elif name not in document:
        yield f'{where} names "{name}", which is not a member at the root of the document.'
    elif not isinstance(document[name], str):
        yield f'The dimension "{name}" must be a text, not {json.dumps(document[name])}.'
    elif not 1 <= len(document[name]) <= MAX_DIMENSION_LENGTH:
        yield f'The dimension "{name}" must have 1 to {MAX_DIMENSION_LENGTH} characters.'


def _metric_problems(metric: Any, document: dict[str, Any], where: str) -> Iterator[str]:
    if not isinstance(metric, dict) or not isinstance(metric.get("Name"), str):
        yield f'{where} must be an object with a "Name", as in {{"Name": "Orders"}}.'
        return
    name = metric["Name"]
    if metric.get("Unit", "None") not in UNITS:
        yield f'{where}: "{metric["Unit"]}" is no unit; use one of {", ".join(UNITS)}.'
    if metric.get("StorageResolution", 60) not in (1, 60):
        yield f'{where}: "StorageResolution" must be 1 or 60.'
    if name not in document:
        yield f'{where} names "{name}", which is not a member at the root of the document.'
        return
    values = document[name]
    if isinstance(values, list) and len(values) > MAX_VALUES:
        yield f'The metric "{name}" has {len(values)} values; {MAX_VALUES} are allowed.'
    if not all(_number(value) for value in (values if isinstance(values, list) else [values])):
        yield f'The metric "{name}" must be a number or an array of numbers.'


def _data(
    document: dict[str, Any], directive: dict[str, Any], stamp: int
) -> Iterator[dict[str, Any]]:
    for names in directive["Dimensions"]:
        for metric in directive["Metrics"]:
            given = document[metric["Name"]]
            values = Counter(float(v) for v in (given if isinstance(given, list) else [given]))
            if not values:
                continue
            yield {
                "timestamp": stamp,
                "namespace": directive["Namespace"],
                "name": metric["Name"],
                "dimensions": {name: document[name] for name in names},
                "unit": metric.get("Unit", "None"),
                "resolution": metric.get("StorageResolution", 60),
                "values": list(values),
                "counts": [float(count) for count in values.values()],
            }
