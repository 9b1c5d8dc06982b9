"""Values over time: `series` and `percentiles`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .picture import Picture, ShowError
from .plotted import (
    Line,
    all_times,
    all_values,
    alone,
    binned,
    describe_events,
    describe_line,
    describe_threshold,
    last_known,
    read_lines,
)
from .sheet import (
    COLOURS,
    DASHES,
    INK,
    MARKERS,
    end_labels,
    event_marks,
    figure,
    finish,
    marks_above,
    style,
    time_axis,
    value_axis,
)
from .words import as_frame, column, drawable, instants, measured, span

_BINS = ("1s", "5s", "10s", "30s", "1min", "5min", "10min", "15min", "30min", "1h", "6h", "1D")
_MOST_DIRECT_LABELS = 6
Events = Sequence[tuple[Any, str]]


def series(
    frame: Any,
    *,
    title: str,
    unit: str,
    x: str | None = None,
    y: str | Sequence[str] | None = None,
    by: str | None = None,
    events: Events = (),
    threshold: float | None = None,
    log: bool = False,
) -> Picture:
    """Lines over time (UTC); gaps in the data stay gaps.

    frame: DataFrame, rows as dicts, columns as a dict, or a Series whose index is time.
    x: the time column (default: the first). y: the value column, or several (default: the others).
    by: a column that splits `y` into one line per value. unit: of the values, for the axis.
    events: (time, text) pairs, marked by vertical lines. threshold: a level in the same unit.
    At most 12 lines; up to 6 are named at their ends, more in a legend.
    Raises ShowError for an unknown column, text instead of numbers, or several rows at one time.
    """
    with style():
        lines = read_lines(frame, x, y, by)
        return _over_time(lines, title, unit, event_marks(events), threshold, log)


def percentiles(
    frame: Any,
    *,
    x: str,
    y: str,
    title: str,
    unit: str,
    ps: Sequence[float] = (50, 90, 99),
    bin: str | None = None,
    events: Events = (),
    threshold: float | None = None,
    log: bool | None = None,
) -> Picture:
    """Percentiles over time, from raw values (one row an event).

    bin: the width as pandas writes it ("5min"); chosen for at most 60 bins if left out.
    log: whether the axis is logarithmic; chosen by the range (more than 50-fold) if left out.
    Percentiles are interpolated linearly, as pandas' quantile does; an empty bin is a gap.
    """
    rows = as_frame(frame)
    if not len(rows):
        raise ShowError("there are no rows to draw")
    if not ps or len(ps) > _MOST_DIRECT_LABELS or any(not 0 <= p <= 100 for p in ps):
        raise ShowError("ps: one to six percentiles between 0 and 100, such as (50, 90, 99)")
    width = bin or _bin_width(instants(column(rows, x)))
    with style():
        lines = binned(rows, x, y, ps, width)
        scale = _wide(all_values(lines)) if log is None else log
        return _over_time(
            lines, title, unit, event_marks(events), threshold, scale, f"bins of {width}"
        )


def _bin_width(times: Any) -> str:
    length = pd.Timedelta(times.max() - times.min())
    return next((b for b in _BINS if length / pd.Timedelta(b) <= 60), _BINS[-1])


def _wide(values: Any) -> bool:
    known = values[np.isfinite(values)]
    return bool(len(known) and known.min() > 0 and known.max() > 50 * known.min())


def _over_time(
    lines: list[Line],
    title: str,
    unit: str,
    events: list[tuple[Any, str]],
    threshold: float | None,
    log: bool,
    note: str = "",
) -> Picture:
    times = all_times(lines, [t for t, _ in events])
    values = all_values(lines, threshold)
    if log and (values[np.isfinite(values)] <= 0).any():
        raise ShowError("a logarithmic axis needs values above zero; leave log=True out")
    sheet = figure(title, height=3.6)
    ax = sheet.add_subplot()
    time_axis(ax, times, note=note)
    value_axis(ax, values, unit, log=log)
    styles = draw_lines(ax, lines)
    draw_labels(ax, lines, unit, threshold)
    marks_above(ax, events)
    data = {"kind": "lines", "title": title, "unit": unit, "log": log, "threshold": threshold}
    data |= {"lines": [{**line.plain(), **look} for line, look in zip(lines, styles, strict=True)]}
    data |= {"events": [(int(t.astype("int64")), text) for t, text in events]}
    return finish(sheet, _alt(title, lines, unit, events, threshold, times), data)


def draw_lines(ax: Any, lines: Sequence[Line]) -> list[dict[str, str]]:
    """Draw the lines, each with its own colour, dash and marker; what each looks like."""
    looks = []
    for i, line in enumerate(lines):
        colour, dash = COLOURS[i % len(COLOURS)], DASHES[i % len(DASHES)]
        marker = MARKERS[i % len(MARKERS)]
        known = np.isfinite(line.values)
        every = max(1, int(known.sum()) // 12)
        shown = np.union1d(np.flatnonzero(known)[i % every :: every], alone(line.values))
        ax.plot(line.times, line.values, color=colour, linestyle=dash, marker=marker,
                markevery=[int(k) for k in shown], label=drawable(line.label, 34))  # fmt: skip
        looks.append({"colour": colour, "dash": str(dash), "marker": marker})
    return looks


def draw_labels(
    ax: Any, lines: Sequence[Line], unit: str, threshold: float | None, *, size: float = 8.5
) -> None:
    """Names at the line ends; a legend below when there are more than six; the threshold always."""
    ends: list[tuple[str, float, str]] = []
    if threshold is not None:
        ax.axhline(threshold, color=INK, linewidth=1.1, linestyle=(0, (5, 3)), zorder=1.5)
        ends.append((f"threshold {measured(threshold, unit)}", float(threshold), INK))
    if len(lines) > _MOST_DIRECT_LABELS:
        ax.figure.legend(loc="outside lower center", ncols=3, fontsize=size, handlelength=3.5)
    elif len(lines) > 1 or threshold is not None:
        known = [(line.label, last_known(line)) for line in lines]
        ends += [
            (text, value, COLOURS[i]) for i, (text, value) in enumerate(known) if value is not None
        ]
    if ends:
        end_labels(ax, ends, size=size)


def _alt(
    title: str, lines: Sequence[Line], unit: str, events: Any, threshold: float | None, times: Any
) -> str:
    count = "1 line" if len(lines) == 1 else f"{len(lines)} lines"
    parts = [f"{title}. Line chart, {count}, in {unit}, {span(times)}."]
    parts += [describe_line(line, unit, times) for line in lines]
    if threshold is not None:
        parts += [describe_threshold(line, threshold, unit, times) for line in lines]
    return " ".join(filter(None, [*parts, describe_events(events, times)]))
