"""Contributor Insights: who is behind the numbers, ranked from structured log events.

Follows the CloudWatch User Guide, "Contributor Insights rule syntax in CloudWatch", and the API
reference of GetInsightRuleReport. An event counts when it passes every filter and has all of the
rule's keys (and, for Sum, a number at ValueOf). Contributors are ranked exactly, where CloudWatch
promises an approximation; within equal values by their keys.

Left out: LogGroupARNs (monitoring accounts), managed rules of other services.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from course.telemetry.contributor_rules import CODE, ListOperators, validate
from course.telemetry.errors import RuleError
from course.telemetry.jsonpath import compile_path, leaf_text, parse, resolve
from course.telemetry.pattern_values import number

MAX_CONTRIBUTORS = 100
METRICS = (
    "UniqueContributors",
    "MaxContributorValue",
    "SampleCount",
    "Sum",
    "Minimum",
    "Maximum",
    "Average",
)
__all__ = ["METRICS", "covers", "report", "validate"]

Read = Callable[[str], Callable[[str], str | None] | None]
_CLF_FIELD = re.compile(r'\[([^\]]*)\]|"((?:\\.|[^"\\])*)"|(\S+)')


def covers(definition: str | Mapping[str, Any], log_group: str) -> bool:
    """Whether the rule reads this log group; a name may end with an asterisk."""
    names = validate(definition)["LogGroupNames"]
    return any(
        log_group.startswith(name[:-1]) if name.endswith("*") else log_group == name
        for name in names
    )


def report(
    definition: str | Mapping[str, Any],
    events: Iterable[Mapping[str, Any]],
    *,
    start: float,
    end: float,
    period: int,
    max_contributors: int = 10,
    order_by: str = "Sum",
    metrics: Sequence[str] = (),
) -> dict[str, Any]:
    """The answer of GetInsightRuleReport.

    events: `{"timestamp": epoch ms, "message": str}` of the rule's log groups. start (inclusive)
    and end (exclusive): epoch seconds. period: seconds. order_by: Sum or Maximum. metrics: which of
    `METRICS` each of MetricDatapoints carries.
    """
    rule = validate(definition)
    _check_request(period, max_contributors, order_by, metrics)
    contribution = rule["Contribution"]
    table: dict[tuple[str, ...], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for at, keys, value in _contributions(rule, events, start, end):
        table[keys][at // period * period].append(value)
    totals = {keys: _total(slots, order_by) for keys, slots in table.items()}
    ranked = sorted(totals, key=lambda keys: (-totals[keys], keys))[:max_contributors]
    every = (value for slots in table.values() for held in slots.values() for value in held)
    return {
        "KeyLabels": list(contribution["Keys"]),
        "AggregationStatistic": "Sum" if rule["AggregateOn"] == "Sum" else "SampleCount",
        "AggregateValue": math.fsum(every),
        "ApproximateUniqueCount": len(table),
        "Contributors": [_contributor(keys, table[keys], order_by) for keys in ranked],
        "MetricDatapoints": _datapoints(table, metrics),
    }


def _check_request(period: int, limit: int, order_by: str, metrics: Sequence[str]) -> None:
    if period < 60 or period % 60:
        raise RuleError(CODE, f"Period must be a multiple of 60, got {period}")
    if not 1 <= limit <= MAX_CONTRIBUTORS:
        raise RuleError(CODE, f"MaxContributorCount must be 1 to {MAX_CONTRIBUTORS}")
    if order_by not in ("Sum", "Maximum"):
        raise RuleError(CODE, "OrderBy must be Sum or Maximum")
    unknown = [name for name in metrics if name not in METRICS]
    if unknown:
        raise RuleError(CODE, f"Metrics: {unknown[0]} is none of {', '.join(METRICS)}")


def _contributions(
    rule: Mapping[str, Any], events: Iterable[Mapping[str, Any]], start: float, end: float
) -> Iterable[tuple[int, tuple[str, ...], float]]:
    contribution = rule["Contribution"]
    read = _json_reader if rule["LogFormat"] == "JSON" else _clf_reader(rule.get("Fields", {}))
    filters = [_filter(each) for each in contribution.get("Filters", ())]
    source = contribution.get("ValueOf") if rule["AggregateOn"] == "Sum" else None
    for event in events:
        at = event["timestamp"] / 1000
        if not start <= at < end:
            continue
        get = read(event["message"])
        if get is None or not all(passes(get) for passes in filters):
            continue
        keys = tuple(get(key) for key in contribution["Keys"])
        value = 1.0 if source is None else number(get(source) or "")
        if value is not None and None not in keys:
            yield int(at), tuple(str(key) for key in keys), value


def _json_reader(message: str) -> Callable[[str], str | None] | None:
    document = parse(message)
    if document is None:
        return None

    def get(selector: str) -> str | None:
        found = resolve(document, compile_path(selector) or ())
        return _text(found[0]) if found else None

    return get


def _text(value: Any) -> str | None:
    return json.dumps(value) if isinstance(value, bool) else leaf_text(value)


def _clf_reader(fields: Mapping[str, str]) -> Read:
    places = {name: int(place) for place, name in fields.items()}

    def read(message: str) -> Callable[[str], str | None] | None:
        values = [each[each.lastindex or 0] for each in _CLF_FIELD.finditer(message)]

        def get(name: str) -> str | None:
            place = places.get(name) or (int(name) if name.isdigit() else 0)
            return values[place - 1] if 1 <= place <= len(values) else None

        return get

    return read


def _filter(given: Mapping[str, Any]) -> Callable[[Callable[[str], str | None]], bool]:
    name = given["Match"]
    (kind,) = (key for key in given if key != "Match")
    wanted = given[kind]
    if kind == "IsPresent":
        return lambda get: (get(name) is not None) is wanted
    if kind in ListOperators:
        return lambda get: _in_list(kind, get(name), wanted)
    return lambda get: _compares(kind, number(get(name) or ""), wanted)


def _in_list(kind: str, text: str | None, wanted: Sequence[str]) -> bool:
    if text is None:
        return False
    if kind == "StartsWith":
        return text.startswith(tuple(wanted))
    return (text in wanted) is (kind == "In")


def _compares(kind: str, found: float | None, wanted: float) -> bool:
    if found is None:
        return False
    if kind == "GreaterThan":
        return found > wanted
    if kind == "LessThan":
        return found < wanted
    return (found == wanted) is (kind == "EqualTo")


def _total(slots: Mapping[int, Sequence[float]], order_by: str) -> float:
    if order_by == "Maximum":
        return max(value for held in slots.values() for value in held)
    return math.fsum(value for held in slots.values() for value in held)


def _contributor(
    keys: tuple[str, ...], slots: Mapping[int, Sequence[float]], order_by: str
) -> dict[str, Any]:
    return {
        "Keys": list(keys),
        "ApproximateAggregateValue": _total(slots, order_by),
        "Datapoints": [
            {"Timestamp": _stamp(at), "ApproximateValue": _total({at: held}, order_by)}
            for at, held in sorted(slots.items())
        ],
    }


def _datapoints(
    table: Mapping[tuple[str, ...], Mapping[int, Sequence[float]]], metrics: Sequence[str]
) -> list[dict[str, Any]]:
    times = sorted({at for slots in table.values() for at in slots})
    points = []
    for at in times:
        held = [slots[at] for slots in table.values() if at in slots]
        every = [value for values in held for value in values]
        known = {
            "UniqueContributors": float(len(held)),
            "MaxContributorValue": max(math.fsum(values) for values in held),
            "SampleCount": float(len(every)),
            "Sum": math.fsum(every),
            "Minimum": min(every),
            "Maximum": max(every),
            "Average": math.fsum(every) / len(every),
        }
        points.append({"Timestamp": _stamp(at), **{name: known[name] for name in metrics}})
    return points


def _stamp(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
