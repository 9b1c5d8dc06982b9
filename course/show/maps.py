"""The graph of an application's services: `service_map`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import networkx as nx
import pandas as pd
from matplotlib.patches import FancyBboxPatch, Rectangle

from .picture import Picture, ShowError
from .sheet import BLUE, DPI, INK, QUIET, VERMILLION, WIDTH, figure, finish, style
from .words import drawable, listing, number

_MOST_NODES = 30
_BOX, _HIGH, _SMALL = 1.34, 0.94, 0.42  # inches: a node, a client
_PASSAGE = 0.2  # inches: an arrow that passes a layer
_GAP, _APART = 0.42, 0.2  # inches: between layers, between what a layer holds
_MARGIN, _TOP, _FOOT = 0.12, 0.5, 0.32
_CLIENT = "client"
_Key = tuple[int, ...]  # of a slot: its node's number; of a passage: from, to and rank
_Point = tuple[float, float]
_SHARES = (
    ("fault", VERMILLION, "////"),
    ("throttle", "#CC79A7", "xxxx"),
    ("error", "#E69F00", "..."),
)
_LAMBDA = ("AWS::Lambda", "AWS::Lambda::Function")


@dataclass
class _Node:
    """One box. counts: requests by outcome; seconds: of all of them together."""

    id: int
    name: str
    type: str
    total: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def label(self) -> str:
        """A client has X-Ray's name of the service it calls; a queue may come by its URL."""
        if self.type == _CLIENT:
            return "Client"
        return self.name.rpartition("/")[2] if "://" in self.name else self.name


@dataclass
class _Edge:
    start: int
    end: int
    total: int
    seconds: float
    faults: int


@dataclass
class _Slot:
    """A place in a layer: a node's, or (node None) the passage of an arrow that goes on.

    before, after: keys of the slots that arrows lead from and to. x, y: its middle, in inches.
    """

    key: _Key
    node: _Node | None = None
    before: list[_Key] = field(default_factory=list)
    after: list[_Key] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0

    @property
    def height(self) -> float:
        if self.node is None:
            return _PASSAGE
        return _SMALL if self.node.type == _CLIENT else _HIGH


def service_map(graph: Any, *, title: str = "Service map", join_lambda: bool = True) -> Picture:
    """Who calls whom, from left to right, with the load, the latency and the failures of each.

    graph: the answer of get_service_graph or get_trace_graph, or its Services. In a box: name,
    type, average latency, requests a minute (requests, where the answer names no period), and the
    share of faults (5xx), errors (4xx) and throttles (429), also as a hatched bar. On an edge:
    calls.
    join_lambda: draw a function's two nodes, the Lambda service's and the function's own, as one,
    as the console's trace map does; the numbers are the function's.
    """
    services, minutes = _read(graph)
    nodes, edges = _nodes(services), _edges(services)
    if join_lambda:
        nodes, edges = _joined(nodes, edges)
    if not nodes:
        raise ShowError("the graph has no services to draw; look at another period")
    if len(nodes) > _MOST_NODES:
        raise ShowError(
            f"{len(nodes)} services do not fit (at most {_MOST_NODES}); ask for a group"
        )
    layers = _layers(nodes, edges)
    data = {
        "kind": "service map",
        "title": title,
        "minutes": minutes,
        "layers": [[slot.node.name for slot in layer if slot.node] for layer in layers],
        "nodes": [_plain(slot.node, minutes) for layer in layers for slot in layer if slot.node],
        "edges": [_plain_edge(edge, nodes) for edge in edges],
    }
    with style():
        return _drawn(title, layers, edges, data)


# -- reading -------------------------------------------------------------------------------------


def _read(graph: Any) -> tuple[list[Mapping[str, Any]], float | None]:
    """The services and the length of the period in minutes."""
    if not isinstance(graph, Mapping):
        return _services(list(graph)), None
    if "Services" not in graph:
        raise ShowError("a graph is the answer of get_service_graph, or its Services")
    minutes = None
    if "StartTime" in graph and "EndTime" in graph:
        length = pd.Timestamp(graph["EndTime"]) - pd.Timestamp(graph["StartTime"])
        minutes = length.total_seconds() / 60 or None
    return _services(graph["Services"]), minutes


def _services(listed: Sequence[Any]) -> list[Mapping[str, Any]]:
    for each in listed:
        if not isinstance(each, Mapping) or "ReferenceId" not in each:
            raise ShowError("a graph is the answer of get_service_graph, or its Services")
    return list(listed)


def _nodes(services: Sequence[Mapping[str, Any]]) -> dict[int, _Node]:
    return {service["ReferenceId"]: _node(service) for service in services}


def _node(service: Mapping[str, Any]) -> _Node:
    found = _Node(service["ReferenceId"], service.get("Name", "?"), service.get("Type") or "")
    summary = service.get("SummaryStatistics") or {}
    errors = summary.get("ErrorStatistics") or {}
    found.total = summary.get("TotalCount", 0)
    found.counts = {
        "fault": (summary.get("FaultStatistics") or {}).get("TotalCount", 0),
        "throttle": errors.get("ThrottleCount", 0),
        "error": errors.get("OtherCount", 0),
    }
    found.seconds = summary.get("TotalResponseTime", 0.0)
    return found


def _edges(services: Sequence[Mapping[str, Any]]) -> list[_Edge]:
    found = []
    for service in services:
        for edge in service.get("Edges") or ():
            summary = edge.get("SummaryStatistics") or {}
            faults = (summary.get("FaultStatistics") or {}).get("TotalCount", 0)
            counted = (summary.get("TotalCount", 0), summary.get("TotalResponseTime", 0.0), faults)
            found.append(_Edge(service["ReferenceId"], edge["ReferenceId"], *counted))
    known = {service["ReferenceId"] for service in services}
    return [edge for edge in found if edge.end in known]


def _joined(nodes: dict[int, _Node], edges: list[_Edge]) -> tuple[dict[int, _Node], list[_Edge]]:
    """The Lambda service's node of a function becomes one with the function's own."""
    functions = {node.name: node.id for node in nodes.values() if node.type == _LAMBDA[1]}
    into = {
        node.id: functions[node.name]
        for node in nodes.values()
        if node.type == _LAMBDA[0] and node.name in functions
    }
    moved = [
        replace(edge, start=into.get(edge.start, edge.start), end=into.get(edge.end, edge.end))
        for edge in edges
    ]
    kept = {key: node for key, node in nodes.items() if key not in into}
    return kept, _added([edge for edge in moved if edge.start != edge.end])


def _added(edges: Sequence[_Edge]) -> list[_Edge]:
    """One edge for each pair of nodes."""
    found: dict[tuple[int, int], _Edge] = {}
    for edge in edges:
        known = found.setdefault(
            (edge.start, edge.end), replace(edge, total=0, seconds=0, faults=0)
        )
        known.total += edge.total
        known.seconds += edge.seconds
        known.faults += edge.faults
    return list(found.values())


def _plain(node: _Node, minutes: float | None) -> dict[str, Any]:
    return {
        "name": node.name,
        "type": node.type,
        "requests": node.total,
        "per_minute": node.total / minutes if minutes else None,
        "average_ms": node.seconds / node.total * 1000 if node.total else None,
        **{f"{kind}_share": count / (node.total or 1) for kind, count in node.counts.items()},
    }


def _plain_edge(edge: _Edge, nodes: Mapping[int, _Node]) -> dict[str, Any]:
    return {
        "from": nodes[edge.start].name,
        "to": nodes[edge.end].name,
        "calls": edge.total,
        "average_ms": edge.seconds / edge.total * 1000 if edge.total else None,
        "faults": edge.faults,
    }


# -- layout --------------------------------------------------------------------------------------

_Layers = list[list[_Slot]]


def _ranks(nodes: Mapping[int, _Node], edges: Sequence[_Edge]) -> dict[int, int]:
    """How many calls lie before each node at most; those that call each other share a rank."""
    graph: Any = nx.DiGraph()
    graph.add_nodes_from(sorted(nodes))
    graph.add_edges_from(sorted((edge.start, edge.end) for edge in edges))
    whole = nx.condensation(graph)
    return {
        key: rank
        for rank, generation in enumerate(nx.topological_generations(whole))
        for group in generation
        for key in whole.nodes[group]["members"]
    }


def _layers(nodes: Mapping[int, _Node], edges: Sequence[_Edge]) -> _Layers:
    """Slots by rank; a call that skips ranks gets a passage in each of them."""
    ranks = _ranks(nodes, edges)
    layers: _Layers = [[] for _ in range(max(ranks.values()) + 1)]
    slots: dict[_Key, _Slot] = {(key,): _Slot((key,), node) for key, node in sorted(nodes.items())}
    for key, node_slot in slots.items():
        layers[ranks[key[0]]].append(node_slot)
    for edge in edges:
        path = _path(edge, ranks)
        for key in path[1:-1]:
            slots[key] = _Slot(key)
            layers[key[2]].append(slots[key])
        for first, second in zip(path, path[1:], strict=False):
            slots[first].after.append(second)
            slots[second].before.append(first)
    for _ in range(6):
        _untangle(layers)
    return layers


def _path(edge: _Edge, ranks: Mapping[int, int]) -> list[_Key]:
    between = range(ranks[edge.start] + 1, ranks[edge.end])
    return [(edge.start,), *((edge.start, edge.end, rank) for rank in between), (edge.end,)]


def _untangle(layers: _Layers) -> None:
    """One sweep in each direction: every slot moves to the middle of its neighbours."""
    for order, forward in ((layers, False), (layers[::-1], True)):
        for layer in order:
            at = {
                slot.key: place / max(len(each) - 1, 1)
                for each in layers
                for place, slot in enumerate(each)
            }
            layer.sort(key=partial(_middle, at, forward))


def _middle(at: Mapping[_Key, float], forward: bool, slot: _Slot) -> float:
    places = [at[key] for key in (slot.after if forward else slot.before)]
    return sum(places) / len(places) if places else at[slot.key]


def _high(layer: Sequence[_Slot]) -> float:
    return sum(slot.height + _APART for slot in layer) - _APART


def _place(layers: _Layers, width: float, height: float) -> None:
    step = (width - 2 * _MARGIN - _BOX) / max(len(layers) - 1, 1)
    middle = (height - _TOP + _FOOT) / 2
    for column, layer in enumerate(layers):
        top = middle + _high(layer) / 2
        for slot in layer:
            slot.x = _MARGIN + _BOX / 2 + column * min(step, _BOX + 2.4 * _GAP)
            slot.y = top - slot.height / 2
            top -= slot.height + _APART


# -- drawing -------------------------------------------------------------------------------------


def _drawn(title: str, layers: _Layers, edges: Sequence[_Edge], data: dict[str, Any]) -> Picture:
    width = max(WIDTH, 2 * _MARGIN + len(layers) * (_BOX + _GAP) - _GAP)
    height = _TOP + _FOOT + max(_high(layer) for layer in layers) + _APART
    sheet = figure(title, height=height, width=width, packed=False)
    ax = sheet.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    _place(layers, width, height)
    slots = {slot.key: slot for layer in layers for slot in layer}
    labels: list[_Point] = []
    for edge in edges:
        _draw_edge(ax, edge, slots, labels)
    for slot in slots.values():
        if slot.node is not None:
            _draw_node(ax, slot, slot.node, data["minutes"])
    words = "On an arrow: calls. Hatched: the share of faults ////, throttles xxxx, errors ..."
    ax.text(_MARGIN, 0.1, words, fontsize=7.5, color=QUIET)
    picture = finish(sheet, _alt(data), data)
    return replace(picture, width=min(picture.width, round(WIDTH * DPI)))


def _draw_node(ax: Any, slot: _Slot, node: _Node, minutes: float | None) -> None:
    left, bottom = slot.x - _BOX / 2, slot.y - slot.height / 2
    failing = node.counts.get("fault", 0) > 0
    ax.add_patch(
        FancyBboxPatch((left, bottom), _BOX, slot.height, boxstyle="round,pad=0,rounding_size=0.07",
                       facecolor="white", edgecolor=VERMILLION if failing else BLUE,
                       linewidth=2.2 if failing else 1.1, zorder=3)
    )  # fmt: skip
    kind = f"of {node.name}" if node.type == _CLIENT else node.type.removeprefix("AWS::")
    lines: list[tuple[str, float, str, str]] = [
        (drawable(node.label, 21), 8 if len(node.label) <= 17 else 6.8, "bold", INK),
        (drawable(kind, 21), 7, "normal", QUIET),
    ]
    if node.total and node.type != _CLIENT:
        lines += [(words, 7, "normal", INK) for words in _numbers(node, minutes)]
        _draw_shares(ax, node, left + 0.08, bottom + 0.06, _BOX - 0.16)
    for row, (text, size, weight, colour) in enumerate(lines):
        at = bottom + slot.height - 0.12 - row * 0.145
        ax.text(slot.x, at, text, fontsize=size, fontweight=weight, color=colour, ha="center",
                va="center", zorder=4)  # fmt: skip


def _numbers(node: _Node, minutes: float | None) -> list[str]:
    load = f"{_short(node.total / minutes, 2)}/min" if minutes else f"{number(node.total)} req."
    shares = sorted(
        ((node.counts[kind] / node.total, kind) for kind, _, _ in _SHARES if node.counts.get(kind)),
        reverse=True,
    )
    words = [f"{_percent(share)} {kind}" for share, kind in shares[:2]]
    return [f"avg {_short(node.seconds / node.total * 1000)} ms, {load}", *words]


def _short(value: float, figures: int = 3) -> str:
    """So many significant figures: there is little room."""
    return number(float(f"{value:.{figures}g}") if value < 1000 else round(value))


def _percent(share: float) -> str:
    return "<1%" if share < 0.01 else f"{share:.0%}"


def _draw_shares(ax: Any, node: _Node, left: float, bottom: float, width: float) -> None:
    """A bar of all requests, of which the failed parts are hatched."""
    ax.add_patch(Rectangle((left, bottom), width, 0.09, facecolor="#f2f2f2", edgecolor=QUIET,
                           linewidth=0.6, zorder=4))  # fmt: skip
    for kind, colour, hatch in _SHARES:
        part = width * node.counts.get(kind, 0) / node.total
        if part:
            ax.add_patch(Rectangle((left, bottom), part, 0.09, facecolor="white", edgecolor=colour,
                                   hatch=hatch * 2, linewidth=0.8, zorder=5))  # fmt: skip
            left += part


def _draw_edge(ax: Any, edge: _Edge, slots: Mapping[_Key, _Slot], labels: list[_Point]) -> None:
    colour = VERMILLION if edge.faults else QUIET
    look = {"color": colour, "linewidth": 1.3, "linestyle": (0, (4, 1.5)) if edge.faults else "-"}
    points = _points(edge, slots)
    back = len(points) == 2 and points[1][0] <= points[0][0]
    if len(points) > 2:
        ax.plot(*zip(*points[:-1], strict=True), zorder=1, solid_joinstyle="round", **look)
    bend = "arc3,rad=-0.35" if back else "arc3,rad=0"
    arrow = {"arrowstyle": "-|>", "connectionstyle": bend, "shrinkA": 0, "shrinkB": 1, **look}
    ax.annotate("", points[-1], points[-2], zorder=1, arrowprops=arrow)
    if edge.total:
        where = _label_place(edge, slots, points, labels)
        labels.append(where)
        ax.text(*where, number(edge.total), fontsize=7.2, ha="center", va="center", color=INK,
                zorder=2, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip


def _points(edge: _Edge, slots: Mapping[_Key, _Slot]) -> list[_Point]:
    """The corners of an arrow: past the layers between, and over the top when it leads back."""
    start, end = slots[(edge.start,)], slots[(edge.end,)]
    if end.x <= start.x:
        return [(start.x, start.y + start.height / 2), (end.x, end.y + end.height / 2)]
    passages = sorted(
        (slot.x, slot.y) for key, slot in slots.items() if key[:2] == (edge.start, edge.end)
    )
    corners = [(x + side * _BOX / 2, y) for x, y in passages for side in (-1, 1)]
    return [(start.x + _BOX / 2, start.y), *corners, (end.x - _BOX / 2, end.y)]


def _label_place(
    edge: _Edge,
    slots: Mapping[_Key, _Slot],
    points: Sequence[_Point],
    labels: Sequence[_Point],
) -> _Point:
    """Where on the arrow its number stands: at the end where fewer others are, clear of those."""
    last = len(slots[(edge.start,)].after) > len(slots[(edge.end,)].before)
    (x1, y1), (x2, y2) = points[-2:] if last else points[:2]
    shares = (0.6, 0.5, 0.4, 0.7, 0.3, 0.8) if last else (0.4, 0.5, 0.6, 0.3, 0.7, 0.2)
    places = [(x1 + (x2 - x1) * share, y1 + (y2 - y1) * share) for share in shares]

    def clear(place: _Point) -> bool:
        return all(abs(place[0] - x) > 0.32 or abs(place[1] - y) > 0.14 for x, y in labels)

    return next((place for place in places if clear(place)), places[0])


def _alt(data: Mapping[str, Any]) -> str:
    nodes = [_node_words(node) for node in data["nodes"]]
    calls = [
        f"{'its client' if edge['from'] == edge['to'] else edge['from']} calls {edge['to']} "
        f"{number(edge['calls'])} times"
        for edge in data["edges"]
    ]
    count = "1 service" if len(nodes) == 1 else f"{len(nodes)} services"
    text = f"{data['title']}. Service map of {count}: {'; '.join(nodes)}."
    return f"{text} {listing(calls, len(calls))}." if calls else text


def _node_words(node: Mapping[str, Any]) -> str:
    words = f"{node['name']} ({node['type']})" if node["type"] else node["name"]
    if not node["requests"]:
        return words
    load = (
        f"{number(node['per_minute'])} requests a minute"
        if node["per_minute"]
        else f"{number(node['requests'])} requests"
    )
    shares = [
        f"{_percent(node[f'{kind}_share'])} {kind}s"
        for kind, _, _ in _SHARES
        if node[f"{kind}_share"]
    ]
    average = f"{number(round(node['average_ms'], 1))} ms on average"
    return ", ".join([words, average, load, *shares])
