"""What a dashboard's body may say: the checks that PutDashboard makes.

Follows the CloudWatch API reference, "Dashboard body structure and syntax". Each problem has the
path of the place (DataPath) and a message. Checked: the JSON, the widgets' types and places, their
properties with their own types and choices, the form of metrics, alarms and annotations. Not
checked: whether what is named exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from course.telemetry.errors import RuleError
from course.telemetry.metrics import check_period
from course.telemetry.statistics import statistic

Problem = dict[str, str]
MAX_WIDGETS = 500
GRID = {"x": (0, 23), "y": (0, None), "width": (1, 24), "height": (1, 1000)}
# Widget type -> properties of which at least one group must be there in full.
PROPERTIES: dict[str, tuple[tuple[str, ...], ...]] = {
    "metric": (("metrics", "region"), ("annotations", "region")),
    "text": (("markdown",),),
    "log": (("query", "region"),),
    "alarm": (("alarms",),),
    "explorer": (("metrics", "labels"), ("metrics", "aggregateBy")),
    "custom": (("endpoint",),),
}
# Widget type -> property -> what it may be.
CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "metric": {"view": ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")},
    "text": {"background": ("transparent", "solid")},
    "log": {"view": ("table", "timeSeries", "bar", "pie")},
    "alarm": {"sortBy": ("default", "stateUpdatedTimestamp", "timestamp")},
}
STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
TEXTS = ("markdown", "query", "region", "title", "endpoint")
_ALARM = re.compile(r"arn:aws[\w-]*:cloudwatch:[\w-]+:\d{12}:alarm:.+")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def check_body(text: str) -> list[Problem]:
    """Everything that is wrong with a dashboard's body: [{"DataPath", "Message"}]."""
    try:
        body = json.loads(text)
    except ValueError as error:
        return [_problem("", f"The dashboard body is not valid JSON: {error}")]
    if not isinstance(body, dict):
        return [_problem("", "Should be object")]
    widgets = body.get("widgets")
    if not isinstance(widgets, list):
        return [_problem("/widgets", "Should have required property 'widgets', an array")]
    if len(widgets) > MAX_WIDGETS:
        return [_problem("/widgets", f"A dashboard has at most {MAX_WIDGETS} widgets")]
    return [found for number, each in enumerate(widgets) for found in _widget(number, each)]


def _problem(path: str, message: str) -> Problem:
    return {"DataPath": path, "Message": message}


def _widget(number: int, widget: Any) -> Iterator[Problem]:
    path = f"/widgets/{number}"
    if not isinstance(widget, dict):
        yield _problem(path, "Should be object")
        return
    kind = widget.get("type")
    if kind not in PROPERTIES:
        listed = ", ".join(PROPERTIES)
        yield _problem(f"{path}/type", f"Should be one of {listed}; found {kind!r}")
        return
    yield from _place(path, widget)
    yield from _properties(f"{path}/properties", kind, widget.get("properties"))


def _place(path: str, widget: dict[str, Any]) -> Iterator[Problem]:
    for name, (low, high) in GRID.items():
        value = widget.get(name, low)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or value < low or (high is not None and value > high):
            upto = "" if high is None else f" and at most {high}"
            yield _problem(f"{path}/{name}", f"Should be an integer of at least {low}{upto}")
    if ("x" in widget) != ("y" in widget):
        yield _problem(path, "Should have both x and y, or neither")


def _properties(path: str, kind: str, properties: Any) -> Iterator[Problem]:
    if not isinstance(properties, dict):
        yield _problem(path, "Should have required property 'properties'")
        return
    groups = PROPERTIES[kind]
    if not any(all(name in properties for name in group) for group in groups):
        missing = next(name for name in groups[0] if name not in properties)
        yield _problem(path, f"Should have required property '{missing}'")
        return
    for name in TEXTS:
        if name in properties and not isinstance(properties[name], str):
            yield _problem(f"{path}/{name}", "Should be string")
    for name, allowed in CHOICES.get(kind, {}).items():
        if properties.get(name, allowed[0]) not in allowed:
            yield _problem(f"{path}/{name}", f"Should be one of {', '.join(allowed)}")
    yield from OWN.get(kind, _nothing)(path, properties)


def _nothing(path: str, properties: dict[str, Any]) -> Iterator[Problem]:
    yield from ()


def _metric(path: str, properties: dict[str, Any]) -> Iterator[Problem]:
    yield from _reading(path, properties)
    metrics = properties.get("metrics", [])
    if not isinstance(metrics, list) or not all(isinstance(each, list) for each in metrics):
        yield _problem(f"{path}/metrics", "Should be an array of arrays")
        return
    for number, each in enumerate(metrics):
        yield from _metric_row(f"{path}/metrics/{number}", each)
    yield from _annotations(f"{path}/annotations", properties.get("annotations", {}))


def _metric_row(path: str, row: list[Any]) -> Iterator[Problem]:
    """[namespace, name, dimension, value, ..., {options}], or [{"expression": ...}]."""
    options = row[-1] if row and isinstance(row[-1], dict) else {}
    names = row[:-1] if options or (row and row[-1] == {}) else row
    if not all(isinstance(name, str) for name in names):
        yield _problem(path, "Should hold strings, and options last")
    elif "expression" in options:
        if names:
            yield _problem(path, "Should NOT have more than 1 items, for an expression")
    elif len(names) < 2 and "..." not in names:
        yield _problem(path, "Should NOT have less than 2 items")
    elif len(names) % 2 and "..." not in names:
        yield _problem(path, "Should have a value for every dimension")
    yield from _reading(path, options)
    if not _COLOR.fullmatch(str(options.get("color", "#000000"))):
        yield _problem(f"{path}/color", "Should be a colour such as #d62728")


def _reading(path: str, given: dict[str, Any]) -> Iterator[Problem]:
    """Statistic and period, of a widget or of one metric in it."""
    for name, check in (("stat", statistic), ("period", check_period)):
        if name in given:
            try:
                check(given[name])
            except (RuleError, TypeError, AttributeError):
                yield _problem(f"{path}/{name}", f"Should be a valid {name}")


def _annotations(path: str, annotations: Any) -> Iterator[Problem]:
    if not isinstance(annotations, dict):
        yield _problem(path, "Should be object")
        return
    for name in ("horizontal", "vertical"):
        for number, each in enumerate(annotations.get(name, ())):
            edges = each if isinstance(each, list) else [each]
            if not all(isinstance(edge, dict) and "value" in edge for edge in edges):
                yield _problem(f"{path}/{name}/{number}", "Should have required property 'value'")
    alarms = annotations.get("alarms", [])
    if not isinstance(alarms, list) or len(alarms) > 1:
        yield _problem(f"{path}/alarms", "Should be an array of at most 1 alarm")
    else:
        yield from _alarm_arns(f"{path}/alarms", alarms)


def _alarm_arns(path: str, alarms: list[Any]) -> Iterator[Problem]:
    for number, arn in enumerate(alarms):
        if not isinstance(arn, str) or not _ALARM.fullmatch(arn):
            yield _problem(f"{path}/{number}", "Should be the ARN of an alarm")


def _alarm(path: str, properties: dict[str, Any]) -> Iterator[Problem]:
    alarms = properties["alarms"]
    if not isinstance(alarms, list) or len(alarms) > 100:
        yield _problem(f"{path}/alarms", "Should be an array of at most 100 alarms")
        return
    yield from _alarm_arns(f"{path}/alarms", alarms)
    states = properties.get("states", [])
    if not isinstance(states, list) or not set(map(str, states)) <= set(STATES):
        yield _problem(f"{path}/states", f"Should be an array of {', '.join(STATES)}")


def _explorer(path: str, properties: dict[str, Any]) -> Iterator[Problem]:
    metrics = properties["metrics"]
    if not isinstance(metrics, list) or not all(isinstance(each, dict) for each in metrics):
        yield _problem(f"{path}/metrics", "Should be an array of objects")
        return
    for number, each in enumerate(metrics):
        for name in ("metricName", "resourceType", "stat"):
            if name not in each:
                where = f"{path}/metrics/{number}"
                yield _problem(where, f"Should have required property '{name}'")


OWN: dict[str, Callable[[str, dict[str, Any]], Iterator[Problem]]] = {
    "metric": _metric,
    "alarm": _alarm,
    "explorer": _explorer,
}
