"""Where the time of a trace goes: what each segment and subsegment spent itself.

Self time is the part of a (sub)segment's own time in which nothing below it was going on: the
length of its interval minus the union of the intervals of its subsegments and of the segments that
were called from it, each cut to the interval. Parallel children therefore never make it negative.
What is still in progress has no self time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from course.telemetry.xray.services import Service
from course.telemetry.xray.traces import Part, Trace, owner

Interval = tuple[float, float]


def self_times(trace: Trace) -> dict[str, float]:
    """Seconds by the id of every finished (sub)segment, inferred ones included."""
    found: dict[str, float] = {}
    for segment in trace.segments:
        for part in segment.all_parts():
            if part.end is not None:
                whole = part.end - part.start
                found[part.id] = whole - covered(part, _below(trace, part))
    return found


def self_times_by_service(trace: Trace) -> dict[Service, float]:
    """Seconds by node of the graph."""
    times = self_times(trace)
    found: dict[Service, float] = {}
    for segment in trace.segments:
        for part in segment.all_parts():
            service = owner(part).service
            found[service] = found.get(service, 0.0) + times.get(part.id, 0.0)
    return found


def covered(part: Part, below: Iterable[Part]) -> float:
    """How many seconds of a finished part's interval lie in the union of the others'."""
    assert part.end is not None
    total, reached = 0.0, part.start
    for start, end in sorted(_cut(part.start, part.end, below)):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _cut(start: float, end: float, below: Iterable[Part]) -> Iterator[Interval]:
    for each in below:
        low, high = max(start, each.start), min(end, end if each.end is None else each.end)
        if low < high:
            yield low, high


def _below(trace: Trace, part: Part) -> list[Part]:
    return [*part.parts, *trace.called.get(part.id, ())]
