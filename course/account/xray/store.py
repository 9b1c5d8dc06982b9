"""Where an account keeps its traces: the segment documents by trace, compiled when asked for.

The documents of the World are sorted into traces when somebody first asks; a trace is compiled when
it is first read, and again when it has grown. Traces are kept for 30 days ("AWS X-Ray endpoints and
quotas"): older ones are hidden from every read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil

from course.account.clock import iso
from course.account.region import Region
from course.telemetry.xray import documents
from course.telemetry.xray.documents import Document, DocumentError
from course.telemetry.xray.traces import Trace, compile_trace

RETENTION = 30 * 86_400.0
# The upper limit of a trace; on AWS it sinks to 100 kB for traces that grow slowly.
MOST_BYTES = 500 * 1024
TOO_LARGE = (
    "Trace Size Exceeded. Reduce the number of segments per trace and the size of your segment "
    "documents."
)


@dataclass
class Received:
    """What has arrived for one trace. start: the earliest start, epoch seconds; first: when the
    first document arrived, epoch ms; arrivals: the seconds in which documents arrived."""

    start: float
    first: int
    documents: list[Document] = field(default_factory=list)
    arrivals: set[int] = field(default_factory=set)
    bytes: int = 0
    exceeded: bool = False
    compiled: tuple[int, Trace | None] = (0, None)


def replay(region: Region, listed: Iterable[Document]) -> None:
    """Have documents arrive at their end_time; ValueError for a bad one, or one of the past."""
    due = []
    for document in listed:
        checked = documents.check(document)
        at = ceil(_last_time(checked) * 1000)
        if at < region.now:
            raise ValueError(
                f"A segment document to replay is from {iso(at)}, before the account's time "
                f"{iso(region.now)}: shift its times into the future."
            )
        due.append((at, checked))
    for at, checked in due:
        region.part(TraceStore).receive(checked, at)


def _last_time(document: Document) -> float:
    """The end of a document, or the start of one that is in progress; epoch seconds."""
    return float(document.get("end_time") or document["start_time"])


class TraceStore:
    """The traces of one account and Region."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._traces: dict[str, Received] = {}
        for document in region.world.traces if region.world else ():
            self._keep(document, round(_last_time(document) * 1000))

    def receive(self, document: Document, at: int | None = None) -> None:
        """Take a segment document; at: epoch ms, for one that arrives only then.

        `documents.DocumentError` for a document that X-Ray would not process.
        """
        checked = documents.check(document)
        if at is None or at <= self._region.now:
            self._keep(checked, self._region.now)
        else:
            self._region.agenda.at(at, lambda: self._keep(checked, at))

    def receive_text(self, text: str) -> None:
        """Take a document as PutTraceSegments brings it; the limit of the trace's size holds."""
        document = documents.read(text)
        size = len(text.encode())
        known = self._traces.get(document["trace_id"])
        if known is not None and known.bytes + size > MOST_BYTES:
            known.exceeded = True
            raise DocumentError("InvalidSegment", TOO_LARGE, document["id"])
        self._keep(document, self._region.now)
        self._traces[document["trace_id"]].bytes += size

    def _keep(self, document: Document, at: int) -> None:
        start = document["start_time"]
        received = self._traces.get(document["trace_id"])
        if received is None:
            received = self._traces[document["trace_id"]] = Received(start, at)
        received.start = min(received.start, start)
        received.documents.append(document)
        received.arrivals.add(at // 1000)

    def documents(self, trace_id: str) -> list[Document]:
        """The documents of a trace, as they arrived; empty for one that is not kept."""
        received = self._traces.get(trace_id)
        return [] if received is None or self._is_old(received) else list(received.documents)

    def trace(self, trace_id: str) -> Trace | None:
        """A trace, compiled; None for one that is not kept or has no segment yet."""
        received = self._traces.get(trace_id)
        if received is None or self._is_old(received):
            return None
        if received.compiled[0] != len(received.documents):
            found = compile_trace(trace_id, received.documents)
            received.compiled = (len(received.documents), found)
        return received.compiled[1]

    def started(self, start: float, end: float) -> list[str]:
        """Ids of the traces that started in [start, end), newest first."""
        return self._newest_first(
            trace_id for trace_id, each in self._visible() if start <= each.start < end
        )

    def all_ids(self) -> list[str]:
        """Ids of everything that is kept, newest first."""
        return self._newest_first(trace_id for trace_id, _ in self._visible())

    def arrival(self, trace_id: str) -> int:
        """When the first document of a trace arrived, epoch ms."""
        return self._traces[trace_id].first

    def revision(self, trace_id: str) -> int:
        """In how many different seconds documents of a trace arrived."""
        return len(self._traces[trace_id].arrivals)

    def exceeded(self, trace_id: str) -> bool:
        """Whether a document was turned away because the trace was too large."""
        return self._traces[trace_id].exceeded

    def start(self, trace_id: str) -> float:
        """The earliest start in a trace, epoch seconds."""
        return self._traces[trace_id].start

    def compiled(self, trace_ids: Iterable[str]) -> Iterator[Trace]:
        """The traces of these ids that have a segment."""
        for trace_id in trace_ids:
            found = self.trace(trace_id)
            if found is not None:
                yield found

    def _visible(self) -> Iterator[tuple[str, Received]]:
        return ((key, each) for key, each in self._traces.items() if not self._is_old(each))

    def _newest_first(self, ids: Iterable[str]) -> list[str]:
        return sorted(ids, key=lambda each: (-self._traces[each].start, each))

    def _is_old(self, received: Received) -> bool:
        return received.start < self._region.now / 1000 - RETENTION
