"""Whether a filter expression holds for a trace; see `filters` for the language."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from course.telemetry.xray import root_causes
from course.telemetry.xray.filter_keywords import CAUSES
from course.telemetry.xray.filter_nodes import (
    And,
    Annotation,
    AtEdge,
    AtRootCause,
    AtService,
    Compare,
    Filter,
    Flag,
    IsSet,
    LikeJson,
    Literal,
    Not,
    Or,
    Selector,
)
from course.telemetry.xray.root_causes import Cause, Entity
from course.telemetry.xray.services import Service
from course.telemetry.xray.traces import Call, Part, Segment, Trace

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "CONTAINS": lambda text, part: part in text,
    "BEGINSWITH": str.startswith,
    "ENDSWITH": str.endswith,
}
# Reads a keyword's values: a boolean, or the numbers or texts it has.
Values = Callable[[str], Any]


@dataclass(frozen=True)
class _Scope:
    """What a filter is applied to: its keywords, its annotations, and the trace around it."""

    trace: Trace
    values: Values
    annotated: Callable[[str], Sequence[Literal]]


def matches(wanted: Filter, trace: Trace) -> bool:
    """Whether a trace is one of those that the expression asks for."""
    scope = _Scope(
        trace,
        lambda word: _of_trace(trace, word),
        lambda key: [value for _, value in trace.annotations.get(key, {})],
    )
    return _holds(wanted, scope)


def selects(selector: Selector, service: Service) -> bool:
    """Whether a node of the graph is one that service(), edge() or id() asks for."""
    return (
        selector.name in (None, service.name)
        and selector.type in (None, service.type)
        and selector.account_id in (None, service.account_id)
    )


def segments_at(wanted: AtService, trace: Trace) -> Iterator[Segment]:
    """The segments that service() finds in a trace."""
    for segment in trace.segments:
        if selects(wanted.selector, segment.service) and (
            wanted.inner is None or _holds(wanted.inner, _segment_scope(trace, segment))
        ):
            yield segment


def calls_at(wanted: AtEdge, trace: Trace) -> Iterator[Call]:
    """The calls that edge() finds in a trace."""
    for call in trace.calls:
        if (
            selects(wanted.source, call.source)
            and selects(wanted.target, call.target.service)
            and (wanted.inner is None or _holds(wanted.inner, _call_scope(trace, call)))
        ):
            yield call


def _holds(wanted: Filter, scope: _Scope) -> bool:
    match wanted:
        case And(of):
            return all(_holds(each, scope) for each in of)
        case Or(of):
            return any(_holds(each, scope) for each in of)
        case Not(of):
            return not _holds(of, scope)
        case Flag(keyword):
            return bool(scope.values(keyword))
        case IsSet(keyword):
            return bool(scope.values(keyword))
        case Compare(keyword, sign, value):
            return any(COMPARISONS[sign](each, value) for each in scope.values(keyword))
        case Annotation(key, sign, literal):
            return any(_agrees(each, sign, literal) for each in scope.annotated(key))
        case AtService():
            return any(True for _ in segments_at(wanted, scope.trace))
        case AtEdge():
            return any(True for _ in calls_at(wanted, scope.trace))
        case AtRootCause(kind, element, inner):
            return any(
                element is None or _among(_lists(cause, element), inner, scope.trace)
                for cause in root_causes.causes(scope.trace, kind)
            )
    return _is_like(wanted, scope.trace)


def _agrees(value: Literal, sign: str, literal: Literal) -> bool:
    if not sign:
        # A boolean annotation that is only named stands for its value.
        return value is not False
    return _kind(value) == _kind(literal) and COMPARISONS[sign](value, literal)


def _kind(value: Literal) -> type:
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


def _numbers(value: Any) -> list[float]:
    return [] if value is None else [value]


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else []


def _of_trace(trace: Trace, word: str) -> Any:
    if word in ("throttle", "partial"):
        return trace.throttle if word == "throttle" else trace.is_partial
    if word == "inferred":
        return any(segment.inferred for segment in trace.segments)
    if word == "duration":
        return _numbers(trace.duration)
    if word in _PLACES:
        return [text for part in trace.segments for text in _texts(_PLACES[word](part.document))]
    return _of_part(trace.root, word)


def _of_part(part: Part, word: str) -> Any:
    if word in ("ok", "error", "throttle", "fault"):
        return getattr(part, word)
    if word in ("responsetime", "duration"):
        return _numbers(part.time)
    if word in _PLACES:
        return _texts(_PLACES[word](part.document))
    http = part.document.get("http") or {}
    if word == "http.status":
        return _numbers((http.get("response") or {}).get("status"))
    return _texts((http.get("request") or {}).get(_REQUEST[word]))


_REQUEST = {
    "http.url": "url",
    "http.method": "method",
    "http.useragent": "user_agent",
    "http.clientip": "client_ip",
}


def _ec2(document: Mapping[str, Any], field: str) -> Any:
    return ((document.get("aws") or {}).get("ec2") or {}).get(field)


_PLACES: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "user": lambda document: document.get("user"),
    "availabilityzone": lambda document: _ec2(document, "availability_zone"),
    "instance.id": lambda document: _ec2(document, "instance_id"),
    "resource.arn": lambda document: resource_arn(document),
}


def resource_arn(document: Mapping[str, Any]) -> Any:
    """The ARN of the resource that sent a segment: its own field, or a function's ARN."""
    found = document.get("resource_arn")
    return found if found is not None else (document.get("aws") or {}).get("function_arn")


def _segment_scope(trace: Trace, segment: Segment) -> _Scope:
    def values(word: str) -> Any:
        match word:
            case "root":
                return segment is trace.root
            case "inferred":
                return segment.inferred
            case "partial":
                return segment.end is None
            case "name":
                return [segment.service.name]
            case "type":
                return _texts(segment.service.type)
            case "duration":
                end = segment.last_end
                return [] if end is None else [end - segment.start]
        return _of_part(segment, word)

    return _Scope(trace, values, lambda key: _own_annotations(segment.all_parts(), key))


def _call_scope(trace: Trace, call: Call) -> _Scope:
    return _Scope(
        trace,
        lambda word: _of_part(call.seen, word),
        lambda key: _own_annotations([call.seen], key),
    )


def _own_annotations(parts: Iterator[Part] | list[Part], key: str) -> list[Literal]:
    listed = [part.document.get("annotations") or {} for part in parts]
    return [found[key] for found in listed if key in found]


def _lists(cause: Cause, element: str) -> Iterator[Sequence[Mapping[str, Any]]]:
    """The enumerated lists of a root cause: its services, their entities, their exceptions."""
    if element == "service":
        yield [
            {"name": each.service.name, "type": each.service.type, "inferred": each.inferred}
            for each in cause.services
        ]
        return
    for service in cause.services:
        if element == "entity":
            yield [_entity(each) for each in service.entities]
        else:
            for entity in service.entities:
                yield [{"name": each.name, "message": each.message} for each in entity.exceptions]


def _entity(entity: Entity) -> dict[str, Any]:
    return {"name": entity.name, "remote": entity.remote, "coverage": entity.coverage}


def _among(
    lists: Iterator[Sequence[Mapping[str, Any]]], inner: Filter | None, trace: Trace
) -> bool:
    return any(
        inner is None or _holds(inner, _element_scope(trace, listed, index))
        for listed in lists
        for index in range(len(listed))
    )


def _element_scope(trace: Trace, listed: Sequence[Mapping[str, Any]], index: int) -> _Scope:
    def values(word: str) -> Any:
        match word:
            case "index":
                return [index]
            case "first":
                return index == 0
            case "last":
                return index == len(listed) - 1
        value = listed[index][word]
        return value if isinstance(value, bool) else _numbers(value)

    return _Scope(trace, values, lambda key: [])


def _is_like(wanted: LikeJson, trace: Trace) -> bool:
    found = [cause.as_api(kind) for kind in CAUSES for cause in root_causes.causes(trace, kind)]
    return any(_fits(pattern, cause) for pattern in _loaded(wanted.patterns) for cause in found)


@lru_cache(maxsize=16)
def _loaded(patterns: str) -> tuple[Any, ...]:
    found = json.loads(patterns)
    return tuple(found) if isinstance(found, list) else (found,)


def _fits(pattern: Any, value: Any) -> bool:
    """Every field that the pattern has is the same in the value; lists have the same length."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            key in value and _fits(each, value[key]) for key, each in pattern.items()
        )
    if isinstance(pattern, list):
        return (
            isinstance(value, list)
            and len(pattern) == len(value)
            and all(map(_fits, pattern, value))
        )
    return bool(pattern == value)
