"""One trace as a waterfall: `waterfall`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from matplotlib.ticker import FuncFormatter

from .picture import Picture, ShowError
from .sheet import BLUE, GREEN, VERMILLION, figure, finish, style
from .words import drawable, listing, number, short_number

_MOST_ROWS = 25
_ROW = 0.27  # inches
_LABEL = 46  # letters of a name that is not indented
_INDENT, _DEEPEST = 7, 10  # points for each level; how many levels are told apart
_STATUS = {  # colour and hatch; the word is written beside the bar as well
    "fault": (VERMILLION, "////"),
    "throttle": ("#CC79A7", "xxxx"),
    "error": ("#E69F00", "...."),
    "in progress": (BLUE, ""),
    "ok": (BLUE, ""),
}
_CALL = (GREEN, "")


def waterfall(trace: Any, *, title: str | None = None) -> Picture:
    """When each part of a trace ran: one bar per segment and subsegment, in the order of calls.

    trace: a Trace of batch_get_traces, or the segment documents of one trace (dicts or JSON).
    The segments that X-Ray itself infers from calls are left out: the calls are there. At most 25
    rows: the shortest parts that call nothing are left out, and counted.
    A bar names its duration in ms and, where it went wrong, how (fault, error, throttle); what is
    in progress has no end.
    """
    rows = _rows(_documents(trace))
    if not rows:
        raise ShowError("the trace has no segments to draw")
    trace_id = next((row["trace_id"] for row in rows if row["trace_id"]), "")
    shown = _fitting(rows)
    name = title or f"Trace {trace_id}".strip()
    data = {
        "kind": "waterfall",
        "title": name,
        "trace_id": trace_id,
        "rows": shown,
        "more": len(rows) - len(shown),
        "total_ms": max(row["start_ms"] + row["duration_ms"] for row in rows),
    }
    with style():
        sheet = figure(name, height=1.05 + _ROW * len(shown))
        _draw(sheet.add_subplot(), data)
        return finish(sheet, _alt(data), data)


# -- reading -------------------------------------------------------------------------------------


def _documents(trace: Any) -> list[dict[str, Any]]:
    """Segment documents, whatever they came in."""
    if isinstance(trace, Mapping):
        if "Traces" in trace:
            raise ShowError("draw one trace at a time: an element of Traces")
        listed = trace.get("Segments", [trace])
    else:
        listed = list(trace)
    return [each for each in map(_document, listed) if not each.get("inferred")]


def _document(given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping) and "Document" in given:
        given = given["Document"]
    try:
        found = json.loads(given) if isinstance(given, str) else dict(given)
        _ = found["id"], found["name"], found["start_time"]
    except (ValueError, TypeError, KeyError):
        raise ShowError(
            "a trace is one of batch_get_traces' Traces, or a list of segment documents"
        ) from None
    return found


def _parts(
    documents: Iterable[dict[str, Any]], parent: str | None = None
) -> Iterator[tuple[str | None, dict[str, Any]]]:
    for document in documents:
        yield document.get("parent_id") or parent, document
        yield from _parts(document.get("subsegments") or (), document["id"])


def _rows(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every part once, callers before the called, by start; times in ms from the first start."""
    known: dict[str, tuple[str | None, dict[str, Any]]] = {}
    for parent, part in _parts(documents):
        if part["id"] not in known or "end_time" in part:  # an ended part replaces its beginning
            known[part["id"]] = parent, part
    if not known:
        return []
    if len(ids := {part["trace_id"] for _, part in known.values() if "trace_id" in part}) > 1:
        raise ShowError(f"these are the segments of {len(ids)} traces; draw one at a time")
    begin = min(part["start_time"] for _, part in known.values())
    latest = max(part.get("end_time", part["start_time"]) for _, part in known.values())
    children: dict[str | None, list[dict[str, Any]]] = {}
    for parent, part in sorted(known.values(), key=lambda each: each[1]["start_time"]):
        children.setdefault(parent if parent in known else None, []).append(part)
    return list(_walk(children, None, 0, begin, latest))


def _walk(
    children: Mapping[str | None, list[dict[str, Any]]],
    parent: str | None,
    depth: int,
    begin: float,
    latest: float,
) -> Iterator[dict[str, Any]]:
    for part in children.get(parent, ()):
        end = part.get("end_time", latest)
        yield {
            "id": part["id"],
            "parent_id": parent,
            "trace_id": part.get("trace_id"),
            "depth": depth,
            "name": part["name"],
            "what": _what(part),
            "start_ms": round((part["start_time"] - begin) * 1000, 3),
            "duration_ms": round((end - part["start_time"]) * 1000, 3),
            "status": _status(part),
        }
        yield from _walk(children, part["id"], depth + 1, begin, latest)


def _what(part: Mapping[str, Any]) -> str:
    """What a part is: a segment's origin, the operation or resource of a call."""
    aws, http = part.get("aws") or {}, part.get("http") or {}
    if "origin" in part:
        return str(part["origin"])
    if part.get("namespace") == "aws":
        resource = next((aws[key] for key in ("table_name", "function_name") if key in aws), "")
        return f"{aws.get('operation', '')} {resource}".strip()
    method = (http.get("request") or {}).get("method", "")
    return str(method) if part.get("namespace") == "remote" else ""


def _status(part: Mapping[str, Any]) -> str:
    if "end_time" not in part:
        return "in progress"
    return next((flag for flag in ("fault", "throttle", "error") if part.get(flag)), "ok")


def _fitting(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many rows as fit: the shortest ones that call nothing that is shown go first."""
    shown = list(rows)
    while len(shown) > _MOST_ROWS:
        callers = {row["parent_id"] for row in shown}
        leaves = [row for row in shown if row["id"] not in callers]
        calm = [row for row in leaves if row["status"] == "ok"] or leaves
        shown.remove(min(calm, key=lambda row: float(row["duration_ms"])))
    return shown


# -- drawing -------------------------------------------------------------------------------------


def _draw(ax: Any, data: Mapping[str, Any]) -> None:
    rows, total = data["rows"], data["total_ms"] or 1.0
    for at, row in enumerate(rows):
        _draw_bar(ax, at, row, total)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, total)
    ax.set_yticks([])
    _draw_labels(ax, rows)
    ax.xaxis.set_major_formatter(FuncFormatter(short_number))
    more = f"; {data['more']} shorter ones are not drawn" if data["more"] else ""
    ax.set_xlabel(f"ms since the trace began{more}")


def _draw_labels(ax: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Names stand left-aligned beside the axes, indented by how deep they are called."""
    indents = [_INDENT * min(row["depth"], _DEEPEST) for row in rows]  # points
    placed = [
        ax.annotate(_label(row), (0, at), (indent, 0), xycoords=ax.get_yaxis_transform(),
                    textcoords="offset points", va="center", annotation_clip=False,
                    fontweight="bold" if "AWS::" in row["what"] or not row["depth"] else "normal")
        for at, (row, indent) in enumerate(zip(rows, indents, strict=True))
    ]  # fmt: skip
    points = 72 / ax.figure.dpi
    widths = [label.get_window_extent().width * points for label in placed]
    room = max(sum(pair) for pair in zip(indents, widths, strict=True)) + 6
    for label, indent in zip(placed, indents, strict=True):
        label.xyann = (indent - room, 0)


def _label(row: Mapping[str, Any]) -> str:
    words = f"{row['name']}  {row['what'].removeprefix('AWS::')}".rstrip()
    return drawable(words, _LABEL - 2 * min(row["depth"], _DEEPEST))


def _draw_bar(ax: Any, at: int, row: Mapping[str, Any], total: float) -> None:
    colour, hatch = _STATUS[row["status"]]
    if row["status"] == "ok" and row["what"] and "AWS::" not in row["what"]:
        colour, hatch = _CALL
    start, width = row["start_ms"], max(row["duration_ms"], total * 0.003)
    open_end = row["status"] == "in progress"
    ax.barh(at, width, left=start, height=0.56, color="white" if hatch else colour, hatch=hatch,
            edgecolor=colour, linewidth=1.1, alpha=0.45 if open_end else 1)  # fmt: skip
    if open_end:
        ax.plot([start + width], [at], marker=">", color=colour, markersize=8, clip_on=False)
    words = _words(row)
    after = start + width < total * 0.7
    before = start > total * 0.3
    x, side = (start + width, "left") if after else (start, "right")
    inside = not after and not before
    if inside:
        x, side = start + width / 2, "center"
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.0 if inside else 0.4}
    shift = 5 if after else -5 if before else 0
    ax.annotate(words, (x, at), (shift, 0), textcoords="offset points", va="center", ha=side,
                fontsize=8, bbox=ground, color="#222222")  # fmt: skip


def _words(row: Mapping[str, Any]) -> str:
    if row["status"] == "in progress":
        return "in progress"
    took = f"{number(row['duration_ms'])} ms"
    return took if row["status"] == "ok" else f"{took}, {row['status']}"


def _alt(data: Mapping[str, Any]) -> str:
    told = [
        f"{row['name']}{' (' + row['what'] + ')' if row['what'] else ''} "
        f"from {number(row['start_ms'])} ms, {_words(row)}"
        for row in data["rows"]
    ]
    count = len(data["rows"]) + data["more"]
    parts = "1 part" if count == 1 else f"{count} parts"
    more = f"; {data['more']} shorter ones are not drawn" if data["more"] else ""
    whole = f"{number(data['total_ms'])} ms in all"
    return f"{data['title']}. Waterfall of {parts}, {whole}: {listing(told, len(told))}{more}."
