"""What a target is sent of an event: all of it, one part, a constant, or a filled-in template.

Follows the EventBridge User Guide, "Amazon EventBridge input transformation". As there: variables
stand between < and >; a string value keeps its quotation marks unless the variable stands inside a
string; values in strings are not escaped; and a result that is JSON is sent without white space.
A path that leads nowhere gives an empty string: the guide says only that the variable is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from course.telemetry.jsonpath import compile_path, resolve

_VARIABLE = re.compile(r"<([A-Za-z0-9._-]+)>")
_MISSING = object()
RESERVED_PREFIX = "aws."


def reserved(
    event: Mapping[str, Any], *, rule: str, rule_arn: str, ingested: str
) -> dict[str, Any]:
    """The predefined variables. ingested: when EventBridge received the event, ISO 8601."""
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule,
        "aws.events.event.ingestion-time": ingested,
        "aws.events.event": {name: each for name, each in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }


def at_path(event: Any, path: str) -> Any:
    """What a JSON path leads to; raises LookupError where it leads nowhere."""
    found = _follow(event, path)
    if found is _MISSING:
        raise LookupError(path)
    return found


def _follow(event: Any, path: str) -> Any:
    if path in ("$", "$."):
        return event
    steps = compile_path(path)
    found = [] if steps is None else resolve(event, steps)
    if steps is not None and None in steps:
        return list(found)
    return found[0] if found else _MISSING


def fill(
    template: str, paths: Mapping[str, str], event: Mapping[str, Any], known: Mapping[str, Any]
) -> str:
    """The template with its variables replaced. known: the predefined variables."""
    values = {name: _follow(event, path) for name, path in paths.items()} | dict(known)
    filled = "".join(_pieces(template, values))
    try:
        return compact(json.loads(filled))
    except ValueError:
        return filled


def compact(value: Any) -> str:
    """JSON without white space, as EventBridge sends it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _pieces(template: str, values: Mapping[str, Any]) -> Iterator[str]:
    inside, place = False, 0
    for found in _VARIABLE.finditer(template):
        before = template[place : found.start()]
        inside ^= _quotes(before) % 2 == 1
        yield before
        yield _written(values, found, inside)
        place = found.end()
    yield template[place:]


def _quotes(text: str) -> int:
    """Quotation marks that open or close a string: those without a backslash before them."""
    return len(re.findall(r'(?<!\\)"', text))


def _written(values: Mapping[str, Any], found: re.Match[str], inside: bool) -> str:
    if found[1] not in values:
        return found[0]
    value = values[found[1]]
    if value is _MISSING:
        return "" if inside else '""'
    if inside and isinstance(value, str):
        return value
    return compact(value)


def undefined(template: str, paths: Mapping[str, str]) -> list[str]:
    """Variables of a template that neither the paths nor AWS define."""
    names = _VARIABLE.findall(template)
    known = {*paths, *reserved({}, rule="", rule_arn="", ingested="")}
    return [name for name in names if name not in known]
