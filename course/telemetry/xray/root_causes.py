"""Why a trace failed or was slow: the paths that X-Ray lists as root causes.

Follows the X-Ray API reference (FaultRootCause, ErrorRootCause, ResponseTimeRootCause) and
"Retrieving and refining root cause analytics" in the developer guide: a root cause is a path of
services from the entry of the trace to where the trouble began, each with the path of its segment
and subsegments; it is client-impacting when every step up to the client shows the trouble.

X-Ray does not publish when it calls a response time slow enough for a root cause. Here every
finished trace has one, as long as something below the root took at least half of the response time:
the path that always goes into the step that took longest. Coverage is a step's share of that time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from course.telemetry.xray.services import Service
from course.telemetry.xray.traces import CALLS, Part, Segment, Trace, owner

LEAST_COVERAGE = 0.5


@dataclass(frozen=True)
class Problem:
    """An exception, as a document's `cause` records it."""

    name: str
    message: str


@dataclass(frozen=True)
class Entity:
    """A segment or subsegment on the path. coverage: of a response time's root cause only."""

    name: str
    remote: bool
    exceptions: tuple[Problem, ...] = ()
    coverage: float | None = None


@dataclass(frozen=True)
class CauseService:
    """A service on the path."""

    service: Service
    inferred: bool
    entities: tuple[Entity, ...]


@dataclass(frozen=True)
class Cause:
    """One path, from the entry of the trace to where it went wrong."""

    services: tuple[CauseService, ...]
    impacting: bool

    def as_api(self, kind: str) -> dict[str, Any]:
        """The structure of GetTraceSummaries; kind: fault, error or responsetime."""
        listed = [_service_of_api(each, kind) for each in self.services]
        return {"Services": listed, "ClientImpacting": self.impacting}


def causes(trace: Trace, kind: str) -> list[Cause]:
    """The root causes of a kind: fault, error or responsetime."""
    if kind == "responsetime":
        return slow_path(trace)
    return [_cause(path, kind) for path in _failing(trace, kind)]


def slow_path(trace: Trace) -> list[Cause]:
    """At most one path: from the root into whatever took longest, as long as that is half."""
    whole = trace.response_time
    if not whole:
        return []
    path: list[Part] = [trace.root]
    while (nxt := _longest(trace, path[-1])) is not None and nxt not in path:
        if (nxt.time or 0) / whole < LEAST_COVERAGE:
            break
        path.append(nxt)
    if len(path) == 1:
        return []
    return [Cause(_grouped(path, whole), True)]


def _longest(trace: Trace, part: Part) -> Part | None:
    below = [each for each in _below(trace, part) if each.time is not None]
    return max(below, key=lambda each: each.time or 0, default=None)


def _below(trace: Trace, part: Part) -> Iterator[Part]:
    yield from part.parts
    yield from trace.called.get(part.id, ())


def _failing(trace: Trace, kind: str) -> Iterator[list[Part]]:
    """The path to every part that failed although nothing below it did."""
    for segment in trace.segments:
        for part in segment.all_parts():
            if _failed(part, kind) and not any(_failed(b, kind) for b in _below(trace, part)):
                yield _path(part)


def _failed(part: Part, kind: str) -> bool:
    return part.fault if kind == "fault" else part.error


def _path(part: Part | None) -> list[Part]:
    found: list[Part] = []
    while part is not None:
        found.insert(0, part)
        part = part.above
    return found


def _cause(path: list[Part], kind: str) -> Cause:
    return Cause(_grouped(path, None), all(_failed(part, kind) for part in path))


def _grouped(path: list[Part], whole: float | None) -> tuple[CauseService, ...]:
    """The path, cut where it goes from one service into the next."""
    by_segment: dict[int, tuple[Segment, list[Entity]]] = {}
    for part in path:
        segment = owner(part)
        _, entities = by_segment.setdefault(id(segment), (segment, []))
        entities.append(_entity(part, whole))
    return tuple(
        CauseService(segment.service, segment.inferred, tuple(entities))
        for segment, entities in by_segment.values()
    )


def _entity(part: Part, whole: float | None) -> Entity:
    coverage = None if whole is None else round(min((part.time or 0) / whole, 1.0), 3)
    is_call = part.document.get("namespace") in CALLS
    return Entity(part.name, is_call, _problems(part), coverage)


def _problems(part: Part) -> tuple[Problem, ...]:
    cause = part.document.get("cause")
    listed = cause.get("exceptions") or [] if isinstance(cause, dict) else []
    return tuple(
        Problem(str(each.get("type", "")), str(each.get("message", "")))
        for each in listed
        if isinstance(each, dict)
    )


def _service_of_api(found: CauseService, kind: str) -> dict[str, Any]:
    path = [_entity_of_api(entity, kind) for entity in found.entities]
    return {**found.service.as_id(), "Inferred": found.inferred, "EntityPath": path}


def _entity_of_api(entity: Entity, kind: str) -> dict[str, Any]:
    if kind == "responsetime":
        return {"Name": entity.name, "Coverage": entity.coverage, "Remote": entity.remote}
    listed = [{"Name": each.name, "Message": each.message} for each in entity.exceptions]
    return {"Name": entity.name, "Exceptions": listed, "Remote": entity.remote}
