"""The inside of one dashboard widget: a frame, a title and what its kind shows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .lines import draw_lines
from .picture import ShowError
from .plotted import (
    MOST_LINES,
    Line,
    all_times,
    all_values,
    describe_line,
    last_known,
    read_lines,
    with_gaps,
)
from .sheet import BLUE, INK, QUIET, time_axis, value_axis
from .tables import table
from .words import cut, drawable, floats, instants, listing, measured, number, short_number

_GAP = 0.05  # inches between a widget's cell and its frame
_SMALL = 7.5
_LETTER = 0.062  # inches: an average letter of 7.5 points
_VIEWS = {"metric": ("timeSeries", "singleValue", "bar"), "log": ("table", "timeSeries")}
_MARKS = {"OK": "o", "ALARM": "^", "INSUFFICIENT_DATA": "s"}
_STATE_COLOURS = {"OK": "#009E73", "ALARM": "#D55E00", "INSUFFICIENT_DATA": QUIET}

Place = tuple[float, float, float, float]
Told = tuple[str, str, Any]  # type, description, plain data


def known_widget(widget: Any, at: int) -> None:
    """Raise ShowError, naming it, if a widget is of a kind that is not drawn."""
    kind = widget.get("type") if isinstance(widget, Mapping) else None
    if kind not in _DRAW:
        raise ShowError(f"widget {at + 1} has type {kind!r}; drawn here are {', '.join(_DRAW)}")
    properties = widget.get("properties", {})
    view = properties.get("view")
    if kind in _VIEWS and view is not None and view not in _VIEWS[kind]:
        known = ", ".join(_VIEWS[kind])
        raise ShowError(
            f"widget {at + 1}: view {view!r} of a {kind} widget is not drawn; use {known}"
        )
    if properties.get("stacked"):
        raise ShowError(f"widget {at + 1}: a stacked view is not drawn; set stacked to false")
    if "alarms" in properties.get("annotations", {}):
        text = "alarm annotations are not drawn; use a horizontal annotation at the threshold"
        raise ShowError(f"widget {at + 1}: {text}")


def draw_panel(sheet: Any, place: Place, widget: Mapping[str, Any], given: Any) -> Told:
    """Draw one widget into its cell (inches); what it shows in words and as plain data."""
    from matplotlib.patches import Rectangle

    left, bottom, width, height = place
    inner = (left + _GAP, bottom + _GAP, width - 2 * _GAP, height - 2 * _GAP)
    full_width, full_height = sheet.get_size_inches()
    sheet.add_artist(Rectangle(
        (inner[0] / full_width, inner[1] / full_height), inner[2] / full_width,
        inner[3] / full_height, fill=False, edgecolor="#c4c4c4", linewidth=0.8))  # fmt: skip
    properties = widget.get("properties", {})
    title = str(properties.get("title", ""))
    if title:
        _write(sheet, inner[0] + 0.08, inner[1] + inner[3] - 0.07, drawable(title, _fits(inner[2])),
               weight="bold")  # fmt: skip
    text, plain = _DRAW[widget["type"]](sheet, inner, properties, given)
    return widget["type"], f"{title}: {text}" if title else text, plain


def _fits(width: float) -> int:
    return max(6, int((width - 0.16) / 0.075))


def _write(sheet: Any, x: float, y: float, text: str, *, size: float = 8.5, **look: Any) -> None:
    """Text at inches from the figure's bottom left; its top left corner there."""
    width, height = sheet.get_size_inches()
    sheet.text(x / width, y / height, text, fontsize=size, va=look.pop("va", "top"), **look)


def _axes(sheet: Any, inner: Place, *, bottom: float, left: float = 0.68) -> Any:
    """Axes inside a widget, with room (inches) for the title, the ticks and a legend."""
    width, height = sheet.get_size_inches()
    x, y, w, h = inner
    tall, wide = h - bottom - 0.34, w - left - 0.14
    if tall < 0.3 or wide < 0.6:
        raise ShowError("a widget is too small for a chart; make it at least 4 wide and 4 high")
    ax = sheet.add_axes(((x + left) / width, (y + bottom) / height, wide / width, tall / height))
    ax.tick_params(labelsize=_SMALL)
    return ax


# --- metric ------------------------------------------------------------------------------------


def _metric(sheet: Any, inner: Place, properties: Mapping[str, Any], given: Any) -> Any:
    lines = [_fetched(entry) for entry in given or []]
    unit = str(properties.get("yAxis", {}).get("left", {}).get("label", ""))
    if not lines or not any(len(line.times) for line in lines):
        return _nothing(sheet, inner)
    if len(lines) > MOST_LINES:
        raise ShowError(
            f"{len(lines)} lines in one widget cannot be told apart; at most {MOST_LINES}"
        )
    draw = {"singleValue": _single, "bar": _bars}.get(str(properties.get("view")), _over_time)
    return draw(sheet, inner, lines, unit, properties)


def _fetched(entry: Mapping[str, Any]) -> Line:
    points = list(entry["points"])
    times = instants([time for time, _ in points]) if points else np.array([], "M8[ms]")
    order = np.argsort(times, kind="stable")
    values = floats([value for _, value in points], str(entry["label"]))
    return Line(str(entry["label"]), *with_gaps(times[order], values[order]))


def _over_time(
    sheet: Any, inner: Place, lines: list[Line], unit: str, properties: Mapping[str, Any]
) -> Any:
    annotations = properties.get("annotations", {})
    levels = [
        (float(a["value"]), str(a.get("label", ""))) for a in annotations.get("horizontal", [])
    ]
    moments = [
        (instants([a["value"]])[0], str(a.get("label", "")))
        for a in annotations.get("vertical", [])
    ]
    return _chart(sheet, inner, lines, unit, levels, moments)


def _chart(
    sheet: Any, inner: Place, lines: list[Line], unit: str, levels: Any, moments: Any
) -> Any:
    times = all_times([line for line in lines if len(line.times)], [t for t, _ in moments])
    entries = len(lines) + len(levels) + len(moments)
    columns = min(entries, max(1, int(inner[2] / 1.6)))
    rows = -(-entries // columns)
    ax = _axes(sheet, inner, bottom=0.42 + 0.16 * rows)
    time_axis(ax, times, ticks=max(3, int(inner[2] * 1.3)), small=True)
    value_axis(ax, np.append(all_values(lines), [level for level, _ in levels]), unit)
    ax.xaxis.label.set_fontsize(_SMALL)
    ax.yaxis.label.set_fontsize(_SMALL)
    draw_lines(ax, lines)
    for level, label in levels:
        ax.axhline(level, color=INK, linewidth=1, linestyle=(0, (5, 3)),
                   label=drawable(f"{label} {number(level)}".strip(), 30))  # fmt: skip
    for time, label in moments:
        ax.axvline(time, color=QUIET, linewidth=1, linestyle=(0, (1, 2)), label=drawable(label, 30))
    _legend(sheet, ax, inner, columns)
    words = [describe_line(line, unit, times) for line in lines]
    words += [f"Level {label or 'annotation'} at {measured(v, unit)}." for v, label in levels]
    words += [f"Marked: {label}." for _, label in moments if label]
    return " ".join(words), [line.plain() for line in lines]


def _legend(sheet: Any, ax: Any, inner: Place, columns: int) -> None:
    width, height = sheet.get_size_inches()
    corner = ((inner[0] + 0.04) / width, (inner[1] + 0.01) / height)
    handles, labels = ax.get_legend_handles_labels()
    room = max(6, int(((inner[2] - 0.1) / columns - 0.55) / _LETTER))
    names = [cut(label, room) for label in labels]
    ax.legend(handles, names, loc="lower left", bbox_to_anchor=corner, ncols=columns,
              bbox_transform=sheet.transFigure, fontsize=_SMALL, handlelength=2.6,
              columnspacing=1.0, labelspacing=0.25, borderpad=0.2)  # fmt: skip


def _single(sheet: Any, inner: Place, lines: list[Line], unit: str, _properties: Any) -> Any:
    x, y, width, height = inner
    each = width / len(lines)
    values = [np.nan if (value := last_known(line)) is None else value for line in lines]
    texts = ["no data" if np.isnan(value) else short_number(value) for value in values]
    size = min(20.0, 0.8 * each / (max(map(len, texts)) * 0.0095))
    for i, (line, text) in enumerate(zip(lines, texts, strict=True)):
        at = x + each * (i + 0.5)
        _write(sheet, at, y + height * 0.5, text, size=size, ha="center", va="center")
        label = drawable(
            f"{line.label} ({unit})" if unit else line.label, max(6, int(each / _LETTER) - 1)
        )
        _write(sheet, at, y + height * 0.5 - 0.2, label, size=_SMALL, ha="center")
    words = [f"{line.label} {measured(v, unit)}" for line, v in zip(lines, values, strict=True)]
    return f"{listing(words, 12)}.", [line.plain() for line in lines]


def _bars(sheet: Any, inner: Place, lines: list[Line], unit: str, _properties: Any) -> Any:
    values = [last_known(line) for line in lines]
    left = min(1.5, inner[2] * 0.4)
    room = max(4, int((left - 0.1) / _LETTER))
    ax = _axes(sheet, inner, bottom=0.42, left=left)
    ax.barh(range(len(lines)), [v or 0 for v in values], color=BLUE, height=0.6)
    ax.set_yticks(range(len(lines)), [drawable(line.label, room) for line in lines])
    ax.set_ylim(len(lines) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(unit, fontsize=_SMALL)
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.xaxis.set_major_formatter(FuncFormatter(short_number))
    ax.margins(x=0.3)
    for row, value in enumerate(values):
        text = "no data" if value is None else short_number(value)
        ax.annotate(text, (value or 0, row), (3, 0), textcoords="offset points", va="center",
                    fontsize=_SMALL)  # fmt: skip
    pairs = zip(lines, values, strict=True)
    words = [f"{line.label} {measured(np.nan if v is None else v, unit)}" for line, v in pairs]
    return f"{listing(words, 12)}.", [line.plain() for line in lines]


def _nothing(sheet: Any, inner: Place) -> Any:
    middle = (inner[0] + inner[2] / 2, inner[1] + inner[3] / 2)
    _write(sheet, *middle, "no data", ha="center", va="center", color=QUIET)
    return "no data.", []


# --- text, log, alarm --------------------------------------------------------------------------


def _text(sheet: Any, inner: Place, properties: Mapping[str, Any], _given: Any) -> Any:
    """Markdown as plain lines: headings bold, list signs as they are, links by their words."""
    import textwrap

    source = str(properties.get("markdown", ""))
    x, y = inner[0] + 0.08, inner[1] + inner[3] - 0.08
    for raw in source.splitlines():
        heading = re.match(r"#{1,6}\s+", raw)
        words = _plain_markdown(raw[heading.end() :] if heading else raw)
        for line in textwrap.wrap(words, _fits(inner[2])) or [""]:
            if y - 0.15 < inner[1]:
                _write(sheet, x, inner[1] + 0.1, "…", size=8)
                return _plain_markdown(" ".join(source.split())), source
            _write(sheet, x, y, drawable(line), size=8.5 if heading else 8,
                   weight="bold" if heading else "normal")  # fmt: skip
            y -= 0.17
    return _plain_markdown(" ".join(source.split())), source


def _plain_markdown(text: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[*`]+|(?:^|(?<=\s))#{1,6}\s+", "", text).strip()


def _log(sheet: Any, inner: Place, properties: Mapping[str, Any], given: Any) -> Any:
    if given is None or not len(given):
        return _nothing(sheet, inner)
    if properties.get("view") == "timeSeries":
        lines = read_lines(given, None, None, None)
        return _chart(sheet, inner, lines, "", [], [])
    room = max(1, int((inner[3] - 0.75) / 0.17))
    shown = table(given, str(properties.get("title") or "Log query"), rows=room)
    columns, rows = shown.data["columns"], shown.data["rows"]
    widths = _column_widths([columns, *rows], inner[2] - 0.2)
    for i, row in enumerate([columns, *rows]):
        at, y = inner[0] + 0.1, inner[1] + inner[3] - 0.34 - 0.17 * i
        for cell, width in zip(row, widths, strict=True):
            _write(sheet, at, y, drawable(cell, max(2, int(width / _LETTER) - 2)), size=_SMALL,
                   weight="normal" if i else "bold")  # fmt: skip
            at += width
    _write(sheet, inner[0] + 0.1, inner[1] + 0.2, f"{len(rows)} of {shown.data['total']:,} rows",
           size=_SMALL, color=QUIET)  # fmt: skip
    spoken = ["; ".join(f"{c} {v}" for c, v in zip(columns, row, strict=True)) for row in rows]
    return f"{shown.data['total']:,} rows: {listing(spoken, 3)}.", shown.data


def _column_widths(rows: Sequence[Sequence[str]], room: float) -> list[float]:
    """Inches for each column, in proportion to its longest cell, within the room."""
    longest = [min(110, max(len(row[i]) for row in rows)) + 2 for i in range(len(rows[0]))]
    scale = min(_LETTER * 1.15, room / sum(longest))
    return [length * scale for length in longest]


def _alarm(sheet: Any, inner: Place, _properties: Mapping[str, Any], given: Any) -> Any:
    width, height = sheet.get_size_inches()
    states = [(str(alarm["name"]), str(alarm["state"])) for alarm in given or []]
    if not states:
        return _nothing(sheet, inner)
    room = max(1, int((inner[3] - 0.45) / 0.2))
    for i, (name, state) in enumerate(states[:room]):
        if state not in _MARKS:
            raise ShowError(f"{state!r} is not an alarm state; there are: {', '.join(_MARKS)}")
        y = inner[1] + inner[3] - 0.42 - 0.2 * i
        from matplotlib.lines import Line2D

        mark = Line2D([(inner[0] + 0.16) / width], [y / height], marker=_MARKS[state], markersize=6,
                      color=_STATE_COLOURS[state], linestyle="none")  # fmt: skip
        sheet.add_artist(mark)
        text = drawable(f"{state}: {name}", max(6, int((inner[2] - 0.4) / _LETTER)))
        _write(sheet, inner[0] + 0.28, y, text, size=_SMALL, va="center")
    if len(states) > room:
        _write(sheet, inner[0] + 0.1, inner[1] + 0.2, f"and {len(states) - room} more", size=_SMALL)
    plain = [{"name": name, "state": state} for name, state in states]
    return f"{listing([f'{n} is {s}' for n, s in states], 20)}.", plain


_DRAW = {"metric": _metric, "text": _text, "log": _log, "alarm": _alarm}
