"""The story of an incident: `timeline`."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .picture import Picture, ShowError
from .sheet import COLOURS, MARKERS, figure, finish, lay_out, style, time_axis
from .words import clock, drawable, instants, span

_MOST_EVENTS = 30
_ROW, _MORE = 0.28, 0.15  # inches: a row, and each further line of its text
_MOST_LINES = 3
_LETTER = 7.7  # pixels: an average letter
_HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----")


def timeline(events: Sequence[Any], *, title: str) -> Picture:
    """What happened, one row an event from top to bottom, placed by time from left to right.

    events: (time, text), or dicts with "time", "text" and, if wanted, "end" (a stretch of time
    rather than a moment) and "source" (who or what: "deployment", "alarm"; each source has its own
    marker and is named at the left). At most 30 events.
    """
    rows = [_event(event) for event in events]
    if not rows:
        raise ShowError("there are no events to draw")
    if len(rows) > _MOST_EVENTS:
        raise ShowError(
            f"{len(rows)} events do not fit; keep the {_MOST_EVENTS} that tell the story"
        )
    rows.sort(key=lambda row: row["time"])
    times = [row[key] for row in rows for key in ("time", "end") if row[key] is not None]
    with style():
        sheet = figure(title, height=1.05 + _ROW * len(rows))
        ax = sheet.add_subplot()
        time_axis(ax, times)
        _draw_axis(ax, rows, times)
        _draw_events(ax, rows)
        data = {"kind": "timeline", "title": title, "events": [_plain(row) for row in rows]}
        return finish(sheet, _alt(title, rows, times), data)


def _event(event: Any) -> dict[str, Any]:
    if not isinstance(event, Mapping):
        time, text = event
        event = {"time": time, "text": text}
    if unknown := set(event) - {"time", "text", "end", "source"}:
        raise ShowError(
            f"an event has time, text, end and source, not {', '.join(sorted(unknown))}"
        )
    if missing := {"time", "text"} - set(event):
        raise ShowError(f"an event needs {' and '.join(sorted(missing))}")
    start = instants([event["time"]])[0]
    end = instants([event["end"]])[0] if event.get("end") is not None else None
    if end is not None and end < start:
        raise ShowError(f"{event['text']!r} ends before it begins")
    return {
        "time": start,
        "end": end,
        "text": str(event["text"]),
        "source": event.get("source") or "",
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    times = {k: None if row[k] is None else int(row[k].astype("int64")) for k in ("time", "end")}
    return {**row, **times}


def _draw_axis(ax: Any, rows: Sequence[dict[str, Any]], times: Any) -> None:
    labels = [f"{drawable(row['source'], 22)}  {clock(row['time'], times)}".strip() for row in rows]
    ax.set_yticks(range(len(rows)), labels)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0, labelcolor="#222222")
    ax.grid(axis="y", visible=False)


def _draw_events(ax: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Every event in its row; rows grow with their text, and the figure with the rows."""
    lay_out(ax.figure)
    looks = {name: i for i, name in enumerate(dict.fromkeys(row["source"] for row in rows))}
    texts = [_placed_text(ax, row) for row in rows]
    heights = [1 + (len(lines) - 1) * _MORE / _ROW for lines, _ in texts]
    middles = [sum(heights[:i]) + height / 2 - 0.5 for i, height in enumerate(heights)]
    ax.set_yticks(middles, [label.get_text() for label in ax.get_yticklabels()])
    ax.set_ylim(sum(heights) - 0.4, -0.6)
    ax.figure.set_figheight(1.05 + _ROW * sum(heights))
    for at, row, (lines, after) in zip(middles, rows, texts, strict=True):
        _draw_event(ax, at, row, looks[row["source"]])
        edge = row["end"] if after and row["end"] is not None else row["time"]
        ax.annotate("\n".join(lines), (edge, at), (8 if after else -8, 0), va="center",
                    textcoords="offset points", ha="left" if after else "right",
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip


def _draw_event(ax: Any, at: float, row: dict[str, Any], look: int) -> None:
    colour, start, end = COLOURS[look % len(COLOURS)], row["time"], row["end"]
    if end is not None:
        ax.barh(at, pd.Timedelta(end - start), left=start, height=0.5, color="white",
                edgecolor=colour, hatch=_HATCHES[look % len(_HATCHES)], linewidth=1.2)  # fmt: skip
    else:
        ax.plot([start], [at], MARKERS[look % len(MARKERS)], color=colour, markersize=7)


def _placed_text(ax: Any, row: dict[str, Any]) -> tuple[list[str], bool]:
    """The text in lines that fit beside the mark, and whether it stands after the mark."""
    box = ax.get_window_extent()
    edges = (row["time"], row["time"] if row["end"] is None else row["end"])
    left, right = (ax.transData.transform((ax.convert_xunits(t), 0))[0] for t in edges)
    after = box.x1 - right >= left - box.x0
    room = max((box.x1 - right if after else left - box.x0) - 14, 10 * _LETTER)
    words = drawable(row["text"], 400)
    return textwrap.wrap(words, int(room / _LETTER), max_lines=_MOST_LINES, placeholder=" …") or [
        ""
    ], after


def _alt(title: str, rows: Sequence[dict[str, Any]], times: Any) -> str:
    count = "1 event" if len(rows) == 1 else f"{len(rows)} events"
    words = []
    for row in rows:
        until = f" to {clock(row['end'], times)}" if row["end"] is not None else ""
        source = f"{row['source']}: " if row["source"] else ""
        words.append(f"{clock(row['time'], times)}{until} {source}{row['text']}")
    return f"{title}. Timeline of {count}, {span(times)}: {'; '.join(words)}."
