"""Small batches of segment documents for single exercises, with the truth about their time.

Every trace is a web service that calls others, DynamoDB tables and outside hosts. A batch holds
each of these shapes, in turn:

- nested: one call after the other, three levels deep
- parallel: calls that begin and end together
- overlapping: calls that begin before the earlier ones have ended
- split: finished subsegments arrive as documents of their own, some before their segment
- in_progress: a segment that is sent when it begins, and of which the end is still missing
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from course.incidents.seeds import hexadecimal, stream
from course.telemetry import segments
from course.telemetry.segments import Document

SHAPES = ("nested", "parallel", "overlapping", "split", "in_progress")
# By how deep they are called.
_SERVICES = (
    ("cart-api", "stock-api", "profile", "shipping"),
    ("pricing", "tax", "loyalty", "search"),
)
# What each service calls beside other services: a table and a host.
_LEAVES = {
    "web": ("customers", "api.northbank.example"),
    "cart-api": ("baskets", "geo.maps.example"),
    "stock-api": ("stock", "geo.maps.example"),
    "profile": ("customers", "id.northbank.example"),
    "shipping": ("orders", "geo.maps.example"),
    "pricing": ("prices", "rates.cardly.example"),
    "tax": ("prices", "rates.cardly.example"),
    "loyalty": ("customers", "rates.cardly.example"),
    "search": ("stock", "words.maps.example"),
}
_EPOCH = 1_767_600_000_000  # 2026-01-05T08:00:00Z


@dataclass
class _Node:
    """A segment, or a subsegment that calls nobody who traces. Times in ms from the trace's start.

    own: the time that is not covered by any child: the self-time.
    """

    name: str
    kind: str  # "service", "table" or "host"
    start: int = 0
    end: int = 0
    own: int = 0
    children: list[_Node] = field(default_factory=list)
    id: str = ""
    call_id: str = ""  # of the caller's subsegment


def traces(
    seed: int | str, n: int = 10, *, shapes: Sequence[str] = SHAPES, start: int | None = None
) -> list[Document]:
    """The segment documents of `n` traces, in the order in which they were sent.

    shapes: which of `SHAPES`, in turn. start: epoch ms of the first; drawn from the seed by
    default. Times are whole milliseconds. A document that was sent in progress comes again, with
    the same id, when its segment has ended; those of the shape "in_progress" never do.
    Raises ValueError for an unknown shape or n below 1.
    """
    return [
        document
        for trace in _drawn(seed, n, shapes, start)
        for document in sorted(trace.documents(), key=_sent)
    ]


def trace_truth(
    seed: int | str, n: int = 10, *, shapes: Sequence[str] = SHAPES, start: int | None = None
) -> list[dict[str, Any]]:
    """What is true of the traces that `traces` gives for the same arguments, in their order.

    trace_id, shape; self_ms: by id of a segment, or of a subsegment whose callee does not trace,
    the milliseconds in which none of its calls was running; bottleneck: the name of the service,
    table or host with the most of it in all. A segment in progress has no self-time.
    """
    return [trace.truth() for trace in _drawn(seed, n, shapes, start)]


def _drawn(seed: int | str, n: int, shapes: Sequence[str], start: int | None) -> Iterator[_Trace]:
    if n < 1:
        raise ValueError(f"n is {n}; ask for at least one")
    if not shapes or (unknown := sorted(set(shapes) - set(SHAPES))):
        wrong = unknown[0] if shapes else ""
        raise ValueError(f"no shape {wrong!r}; there are: {', '.join(SHAPES)}")
    rng = stream(seed, "trace samples")
    drawn = _EPOCH + rng.randrange(150 * 24) * 3_600_000
    time = drawn if start is None else start
    for number in range(n):
        yield _Trace(rng, shapes[number % len(shapes)], time)
        time += rng.randint(2_000, 9_000)


def _sent(document: Document) -> float:
    """When a document is sent: at its end, or at its start while it is in progress."""
    return float(document["end_time" if "end_time" in document else "start_time"])


class _Trace:
    """One trace: drawn at once, rendered on demand."""

    def __init__(self, rng: Random, shape: str, time: int) -> None:
        self.shape, self.time = shape, time
        self.id = f"1-{time // 1000:08x}-{hexadecimal(rng, 24)}"
        names = [rng.sample(each, len(each)) for each in _SERVICES]
        self._slow = rng.randrange(6)  # which node, in order of drawing, does most of the work
        self._drawn = 0
        self.root = self._service(rng, "web", names, 1, 0)

    # -- drawing -----------------------------------------------------------------------------------

    def _work(self, rng: Random) -> int:
        self._drawn += 1
        return rng.randint(300, 900) if self._drawn - 1 == self._slow else rng.randint(4, 60)

    def _service(
        self, rng: Random, name: str, names: list[list[str]], depth: int, start: int
    ) -> _Node:
        node = _Node(name, "service", start, id=hexadecimal(rng, 16), call_id=hexadecimal(rng, 16))
        work, at = self._work(rng), start
        groups = rng.randint(1, 2) if self.shape in ("parallel", "overlapping") else 1
        for _ in range(groups):
            before = work // (groups + 1)
            at = self._calls(rng, node, names, depth, at + before)
        node.own = work
        node.end = at + work - groups * (work // (groups + 1))
        return node

    def _calls(self, rng: Random, node: _Node, names: list[list[str]], depth: int, at: int) -> int:
        """Adds calls from `at` on, without a gap; returns when the last one has ended."""
        end = begin = at
        for number in range(rng.randint(2, 3)):
            if number and self.shape == "overlapping":
                begin = rng.randint(begin, end - 1)
            elif number and self.shape != "parallel":
                begin = end
            child = self._child(rng, node, names, depth, begin)
            node.children.append(child)
            end = max(end, child.end)
        return end

    def _child(
        self, rng: Random, caller: _Node, names: list[list[str]], depth: int, at: int
    ) -> _Node:
        free = names[depth - 1] if depth <= len(names) else []
        if free and rng.random() < 0.6:
            return self._service(rng, free.pop(), names, depth + 1, at)
        kind = rng.choice(("table", "host"))
        name = _LEAVES[caller.name][kind == "host"]
        own = self._work(rng)
        identifier = hexadecimal(rng, 16)
        return _Node(name, kind, at, at + own, own, id=identifier, call_id=identifier)

    # -- what is true ------------------------------------------------------------------------------

    def _nodes(self, node: _Node | None = None) -> Iterator[_Node]:
        node = node or self.root
        yield node
        for child in node.children:
            yield from self._nodes(child)

    def _ended(self) -> list[_Node]:
        return [node for node in self._nodes() if not self._unfinished(node)]

    def _unfinished(self, node: _Node) -> bool:
        return self.shape == "in_progress" and node is self.root

    def truth(self) -> dict[str, Any]:
        spent: dict[str, int] = {}
        for node in self._ended():
            spent[node.name] = spent.get(node.name, 0) + node.own
        return {
            "trace_id": self.id,
            "shape": self.shape,
            "self_ms": {node.id: node.own for node in self._ended()},
            "bottleneck": max(sorted(spent), key=lambda name: spent[name]),
        }

    # -- documents ---------------------------------------------------------------------------------

    def documents(self) -> Iterator[Document]:
        for node in self._nodes():
            if node.kind == "service":
                yield from self._segment(node)

    def _segment(self, node: _Node) -> Iterator[Document]:
        alone = self.shape == "split" or self._unfinished(node)
        calls = [self._call(child) for child in node.children]
        parent = {} if node is self.root else {"parent_id": node.call_id}
        head = {"trace_id": self.id, **parent, **self._http(node)}
        if alone:
            yield self._span(node, node.id, in_progress=True) | head
            for call in calls:
                yield segments.sent_alone(call, self.id, node.id)
        if not self._unfinished(node):
            whole = self._span(node, node.id) | head
            yield whole if alone else {**whole, "subsegments": calls}

    def _http(self, node: _Node) -> Document:
        if node is not self.root:
            return {}
        url = "https://shop.example/checkout"
        return {"http": {"request": {"method": "POST", "url": url}}}

    def _span(self, node: _Node, identifier: str, in_progress: bool = False) -> Document:
        end = None if in_progress else self.time + node.end
        return segments.span(identifier, node.name, self.time + node.start, end)

    def _call(self, node: _Node) -> Document:
        """The caller's subsegment: to DynamoDB, to an outside host, or to a service that traces."""
        span = self._span(node, node.call_id)
        if node.kind == "table":
            named = {**span, "name": "dynamodb"}
            return segments.aws_call(named, "Query", "us-east-1", table_name=node.name)
        host = node.name if node.kind == "host" else f"{node.name}.shop.example"
        named = span if node.kind == "host" else {**span, "name": node.name}
        return segments.remote_call(named, "GET", f"https://{host}/v1", 200)
