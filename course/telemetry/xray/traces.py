"""A trace, put together from the documents that were received for it.

Follows the X-Ray developer guide, "AWS X-Ray segment documents" and "Getting data from AWS X-Ray":
a complete segment replaces the in-progress one of the same id; a subsegment that was sent alone
belongs to the (sub)segment its parent_id names; a segment whose parent_id names a (sub)segment of
another one was called from there; a call of the namespace `aws` or `remote` that no segment answers
becomes an inferred segment. Errors are what the documents flag: an HTTP status alone is not one.

The guide does not say what happens to a subsegment whose parent never arrives: here it is kept,
shown by BatchGetTraces, and makes the trace partial.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any

from course.telemetry.xray import services
from course.telemetry.xray.documents import Document
from course.telemetry.xray.indexed import Index, index
from course.telemetry.xray.services import CLIENT, Service

CALLS = ("aws", "remote")
# What an inferred segment takes over from the call.
_TAKEN = ("http", "aws", "sql", "error", "fault", "throttle", "cause", "in_progress")


@dataclass(slots=True, eq=False)
class Part:
    """A segment or a subsegment. parts: the subsegments in it; above: what it is in."""

    document: Document
    parts: list[Part] = field(default_factory=list)
    above: Part | None = None

    @property
    def id(self) -> str:
        return str(self.document["id"])

    @property
    def name(self) -> str:
        return str(self.document["name"])

    @property
    def start(self) -> float:
        return float(self.document["start_time"])

    @property
    def end(self) -> float | None:
        """None while it is in progress."""
        return self.document.get("end_time")

    @property
    def fault(self) -> bool:
        return self.document.get("fault") is True

    @property
    def error(self) -> bool:
        return self.document.get("error") is True

    @property
    def throttle(self) -> bool:
        return self.document.get("throttle") is True

    @property
    def ok(self) -> bool:
        return not (self.fault or self.error or self.throttle)

    @property
    def time(self) -> float | None:
        """Seconds from start to end; None while it is in progress."""
        return None if self.end is None else self.end - self.start

    def all_parts(self) -> Iterator[Part]:
        """Itself and every subsegment below it, as they are nested."""
        yield self
        for part in self.parts:
            yield from part.all_parts()


@dataclass(slots=True, eq=False)
class Segment(Part):
    """What one service did for the request. inferred: made by X-Ray from a call."""

    service: Service = Service("")
    inferred: bool = False

    @property
    def last_end(self) -> float | None:
        """When the last of its parts ended: later than `end` if it went on working."""
        ends = [part.end for part in self.all_parts() if part.end is not None]
        return max(ends, default=None)


@dataclass(frozen=True)
class Call:
    """One use of an edge of the graph. seen: the part that timed it, the caller's where it did."""

    source: Service
    target: Segment
    seen: Part


@dataclass(eq=False)
class Trace:
    """segments: those sent, by start, then the inferred ones. orphans: parts without a parent."""

    id: str
    segments: list[Segment]
    orphans: list[Part]
    # part id -> the segments that were called from that part
    called: dict[str, list[Segment]]

    @property
    def root(self) -> Segment:
        """The segment where the request came in: the earliest that nobody in the trace called."""
        return self.entries[0]

    @cached_property
    def entries(self) -> list[Segment]:
        """The segments that nobody in the trace called, those without a parent_id first."""
        found = [each for each in self.segments if each.above is None]
        return sorted(found or self.segments[:1], key=lambda each: "parent_id" in each.document)

    @cached_property
    def start(self) -> float:
        return min(segment.start for segment in self.segments)

    @cached_property
    def last_end(self) -> float | None:
        """The end of the last traced activity; None while nothing has ended."""
        ends = [segment.last_end for segment in self.segments]
        return max((end for end in ends if end is not None), default=None)

    @property
    def duration(self) -> float | None:
        """Seconds from the first start to the end of the last activity."""
        return None if self.last_end is None else self.last_end - self.start

    @property
    def response_time(self) -> float | None:
        """Seconds that the root segment took."""
        return self.root.time

    @property
    def throttle(self) -> bool:
        """Whether any segment was throttled; error and fault are those of the root."""
        return any(segment.throttle for segment in self.segments)

    @cached_property
    def is_partial(self) -> bool:
        """Whether a segment is in progress, or a part's parent has not arrived."""
        return bool(self.orphans) or any(part.end is None for part in self.parts())

    def parts(self) -> Iterator[Part]:
        """Every segment and subsegment that was sent."""
        for segment in self.segments:
            if not segment.inferred:
                yield from segment.all_parts()

    @cached_property
    def annotations(self) -> Index:
        """The annotations that are indexed."""
        return index(
            (part.document["annotations"], owner(part).service)
            for part in self.parts()
            if part.document.get("annotations")
        )

    @cached_property
    def client(self) -> Service:
        """The node of whoever sent the request."""
        return Service(self.root.service.name, CLIENT)

    @cached_property
    def services(self) -> list[Service]:
        """The nodes that the request touched, the client included, each once."""
        return list(dict.fromkeys([self.client, *(each.service for each in self.segments)]))

    @cached_property
    def calls(self) -> list[Call]:
        """Every use of an edge: from the client to the entries, from segments to segments."""
        entries = set(map(id, self.entries))
        found = []
        for segment in self.segments:
            if id(segment) in entries:
                source = Service(segment.service.name, CLIENT)
                found.append(Call(source, segment, segment))
            elif segment.above is not None:
                caller = segment.above
                seen = segment if isinstance(caller, Segment) else caller
                found.append(Call(owner(caller).service, segment, seen))
        return found

    @cached_property
    def http(self) -> Mapping[str, Any]:
        """The root's `http` block."""
        return self.root.document.get("http") or {}


def full_document(part: Part) -> Document:
    """The document of a (sub)segment with every subsegment that belongs into it."""
    if not part.parts:
        return part.document
    return {**part.document, "subsegments": [full_document(each) for each in part.parts]}


def owner(part: Part) -> Segment:
    """The segment that a part is in."""
    while not isinstance(part, Segment):
        assert part.above is not None
        part = part.above
    return part


def compile_trace(trace_id: str, documents: Iterable[Document]) -> Trace | None:
    """The trace of these documents, in the order of their arrival; None without any segment."""
    latest = _latest(documents)
    sent = [each for each in latest.values() if each.get("type") != "subsegment"]
    if not sent:
        return None
    segments = [Segment(each, service=services.of_segment(each)) for each in sent]
    segments.sort(key=lambda each: each.start)
    by_id: dict[str, Part] = {}
    for segment in segments:
        _unfold(segment, by_id)
    alone = [Part(each) for each in latest.values() if each.get("type") == "subsegment"]
    orphans = _adopt(alone, by_id)
    called = _link(segments, by_id)
    segments += _inferred(trace_id, segments, called)
    return Trace(trace_id, segments, orphans, called)


def _latest(documents: Iterable[Document]) -> dict[str, Document]:
    """The newest document of every id; one in progress never replaces a complete one."""
    found: dict[str, Document] = {}
    for document in documents:
        known = found.get(document["id"])
        if known is None or "end_time" in document or "end_time" not in known:
            found[document["id"]] = document
    return found


def _unfold(part: Part, by_id: dict[str, Part]) -> None:
    by_id[part.document["id"]] = part
    for document in part.document.get("subsegments") or ():
        child = Part(document, above=part)
        part.parts.append(child)
        _unfold(child, by_id)


def _adopt(alone: list[Part], by_id: dict[str, Part]) -> list[Part]:
    """Hang the parts that were sent alone under their parents; returns those that have none.

    A part may have been sent before and again inside its segment: the segment's one counts.
    """
    waiting = [part for part in alone if part.id not in by_id]
    for part in waiting:
        _unfold(part, by_id)
    orphans = []
    for part in waiting:
        parent = by_id.get(part.document["parent_id"])
        if parent is None or _is_below(parent, part):
            orphans.append(part)
        else:
            part.above = parent
            parent.parts.append(part)
    return orphans


def _is_below(part: Part | None, other: Part) -> bool:
    while part is not None and part is not other:
        part = part.above
    return part is other


def _is_placed(part: Part) -> bool:
    """Whether a part is in a segment, and not in an orphan."""
    while not isinstance(part, Segment):
        if part.above is None:
            return False
        part = part.above
    return True


def _link(segments: list[Segment], by_id: dict[str, Part]) -> dict[str, list[Segment]]:
    called: dict[str, list[Segment]] = {}
    for segment in segments:
        parent = by_id.get(segment.document.get("parent_id", ""))
        if parent is not None and _is_placed(parent) and not _is_below(parent, segment):
            segment.above = parent
            called.setdefault(parent.id, []).append(segment)
    return called


def _inferred(
    trace_id: str, segments: list[Segment], called: dict[str, list[Segment]]
) -> list[Segment]:
    found = []
    for segment in segments:
        for part in segment.all_parts():
            document = part.document
            if document.get("namespace") in CALLS and document["id"] not in called:
                made = _segment_of_call(trace_id, part)
                called[part.id] = [made]
                found.append(made)
    return found


def _segment_of_call(trace_id: str, call: Part) -> Segment:
    service = services.of_call(call.document)
    document = {
        "id": blake2b(f"{trace_id}/{call.id}".encode(), digest_size=8).hexdigest(),
        "name": call.name,
        "start_time": call.start,
        "trace_id": trace_id,
        **({} if call.end is None else {"end_time": call.end}),
        "parent_id": call.id,
        **{key: call.document[key] for key in _TAKEN if key in call.document},
        "inferred": True,
    }
    if service.type is not None and service.type != services.REMOTE:
        document["origin"] = service.type
    return Segment(document, above=call, service=service, inferred=True)
