"""The service graph: nodes by name and type, and the calls between them.

Follows "Getting data from AWS X-Ray" in the developer guide, with its sample of GetServiceGraph: a
client node without statistics of its own for whoever calls a root service, nodes of services that
send segments (State active), and inferred ones (State unknown). A node counts its segments, an edge
the calls as the caller saw them. Left out: aliases, links between traces (EdgeType), insights.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from course.telemetry.xray.services import CLIENT, Service
from course.telemetry.xray.statistics import Tally, histogram
from course.telemetry.xray.traces import Call, Segment, Trace


@dataclass
class Node:
    """A service. state: "active" if it sends segments itself, else "unknown"."""

    service: Service
    root: bool = False
    active: bool = False
    tally: Tally = field(default_factory=Tally)


@dataclass
class Graph:
    """Nodes and edges, in the order in which they were first seen."""

    nodes: dict[Service, Node] = field(default_factory=dict)
    edges: dict[tuple[Service, Service], Tally] = field(default_factory=dict)

    def add(self, trace: Trace) -> None:
        """Count one trace."""
        for segment in trace.segments:
            self._see_segment(segment, any(segment is each for each in trace.entries))
        for call in trace.calls:
            self._see_call(call)

    def _node(self, service: Service) -> Node:
        return self.nodes.setdefault(service, Node(service))

    def _see_segment(self, segment: Segment, is_entry: bool) -> None:
        node = self._node(segment.service)
        node.root = node.root or is_entry
        node.active = node.active or not segment.inferred
        node.tally.see(segment, segment.last_end)

    def _see_call(self, call: Call) -> None:
        source = self._node(call.source)
        if source.service.type == CLIENT:
            source.tally.see(call.seen)
        edge = self.edges.setdefault((call.source, call.target.service), Tally())
        edge.see(call.seen)

    def as_api(self) -> list[dict[str, Any]]:
        """The Services of GetServiceGraph: ordered by name and type, numbered from 0."""
        ordered = sorted(self.nodes, key=lambda each: (each.name, each.type or "", each))
        numbers = {service: number for number, service in enumerate(ordered)}
        found = [self._service(self.nodes[service], numbers) for service in ordered]
        return found

    def _service(self, node: Node, numbers: dict[Service, int]) -> dict[str, Any]:
        edges = [
            _edge(tally, numbers[target])
            for (source, target), tally in self.edges.items()
            if source == node.service
        ]
        found: dict[str, Any] = {
            "ReferenceId": numbers[node.service],
            **node.service.as_id(),
            **({"Root": True} if node.root else {}),
            "State": "active" if node.active else "unknown",
            "StartTime": node.tally.first,
            "EndTime": node.tally.last,
            "Edges": sorted(edges, key=lambda each: int(each["ReferenceId"])),
        }
        if node.service.type != CLIENT:
            found |= {
                "SummaryStatistics": node.tally.as_api(),
                "DurationHistogram": histogram(node.tally.durations),
                "ResponseTimeHistogram": histogram(node.tally.response_times),
            }
        return found


def _edge(tally: Tally, target: int) -> dict[str, Any]:
    return {
        "ReferenceId": target,
        "StartTime": tally.first,
        "EndTime": tally.last,
        "SummaryStatistics": tally.as_api(),
        "ResponseTimeHistogram": histogram(tally.response_times),
        "Aliases": [],
    }


def graph_of(traces: Iterable[Trace]) -> Graph:
    """The service graph of some traces."""
    found = Graph()
    for trace in traces:
        found.add(trace)
    return found
