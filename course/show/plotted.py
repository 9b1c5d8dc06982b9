"""Lines as plain data: reading them from a frame, finding gaps and threshold crossings, in words.

A metric has no datapoint for a period without data, and a query no row for an empty bin. Where the
times of a line lie on a regular grid, a missing step is therefore a gap, and a gap is never drawn
over. Irregular times (raw events) have no gaps of that kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .picture import ShowError
from .words import as_frame, clock, column, floats, instants, listing, measured

MOST_LINES = 12


@dataclass(frozen=True)
class Line:
    """One line: a name, times (datetime64[ms], UTC) and values; NaN where data is missing."""

    label: str
    times: Any
    values: Any

    def plain(self) -> dict[str, Any]:
        """The line as plain data: epoch milliseconds and numbers, None for a gap."""
        times = [int(t) for t in self.times.astype("int64")]
        values = [None if np.isnan(v) else float(v) for v in self.values]
        return {"label": self.label, "times": times, "values": values}


def read_lines(data: Any, x: str | None, y: Any, by: str | None) -> list[Line]:
    """The lines of a frame: one column, several columns, or one column split by another."""
    frame = as_frame(data)
    if not len(frame):
        raise ShowError("there are no rows to draw")
    x = x if x is not None else str(frame.columns[0])
    names = [y] if isinstance(y, str) else list(y if y is not None else frame.columns[1:])
    if by is not None and len(names) != 1:
        raise ShowError("give either several columns as y, or one y and by")
    parts = _parts(frame, by) if by is not None else [(name, frame) for name in names]
    if len(parts) > MOST_LINES:
        text = f"{len(parts)} lines cannot be told apart; keep the {MOST_LINES} that matter"
        raise ShowError(text)
    return [
        _line(label, part, x, names[0] if by is not None else label, by) for label, part in parts
    ]


def _parts(frame: Any, by: str) -> list[tuple[str, Any]]:
    groups = column(frame, by).fillna("(none)").astype(str)
    return [(label, frame[groups == label]) for label in dict.fromkeys(groups)]


def _line(label: str, frame: Any, x: str, y: str, by: str | None) -> Line:
    times, values = instants(column(frame, x)), floats(column(frame, y), y)
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    if len(times) > 1 and (np.diff(times).astype("int64") == 0).any():
        which = f" of {by} {label!r}" if by else ""
        raise ShowError(
            f"several rows{which} share one time; say by= which column tells the lines apart, "
            "or use percentiles() for raw values"
        )
    return Line(label, *with_gaps(times, values))


def with_gaps(times: Any, values: Any) -> tuple[Any, Any]:
    """Times and values with a NaN at each missing step of a regular grid."""
    step = grid_step(times)
    if step is None:
        return times, values
    steps = np.diff(times).astype("int64") // step
    if (steps == 1).all():
        return times, values
    whole = times[0] + np.arange(int(steps.sum()) + 1) * np.timedelta64(step, "ms")
    filled = np.full(len(whole), np.nan)
    filled[np.concatenate([[0], np.cumsum(steps)])] = values
    return whole, filled


def grid_step(times: Any) -> int | None:
    """The period in milliseconds if the times lie on a grid of it, else None."""
    steps = np.diff(times).astype("int64")
    if len(steps) < 2:
        return None
    sizes, counts = np.unique(steps, return_counts=True)
    step = int(sizes[np.argmax(counts)])
    regular = step > 0 and (steps % step == 0).all() and counts.max() * 2 >= len(steps)
    return step if regular and int(steps.sum()) // step < 100_000 else None


def alone(values: Any) -> Any:
    """Which points have no neighbour on either side: a line would not show them."""
    known = np.concatenate([[False], np.isfinite(values), [False]])
    return np.flatnonzero(known[1:-1] & ~known[:-2] & ~known[2:])


def last_known(line: Line) -> float | None:
    """The last value that is there, or None."""
    known = line.values[np.isfinite(line.values)]
    return float(known[-1]) if len(known) else None


def describe_line(line: Line, unit: str, times: Any) -> str:
    """`p99: lowest 80 ms at 10:00, highest 3,000 ms at 10:40, last 82 ms at 11:00.`"""
    known = np.flatnonzero(np.isfinite(line.values))
    if not len(known):
        return f"{line.label}: no data."
    values = line.values[known]
    picks = {"lowest": values.argmin(), "highest": values.argmax(), "last": len(known) - 1}
    words = [
        f"{word} {measured(values[i], unit)} at {clock(line.times[known[i]], times)}"
        for word, i in picks.items()
    ]
    return f"{line.label}: {', '.join(words)}.{_describe_gaps(line, times)}"


def _describe_gaps(line: Line, times: Any) -> str:
    missing = np.isnan(line.values)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(int)))
    gaps = [
        clock(line.times[a], times)
        + ("" if b - a == 1 else f" to {clock(line.times[b - 1], times)}")
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
    return f" No data at {listing(gaps, 3)}." if gaps else ""


def describe_threshold(line: Line, threshold: float, unit: str, times: Any) -> str:
    """How many points of a line are above the threshold, and when it went above and back."""
    known = np.flatnonzero(np.isfinite(line.values))
    above = line.values[known] > threshold
    level = measured(threshold, unit)
    if not above.any():
        return f"{line.label} is never above the threshold of {level}."
    turns = np.diff(np.concatenate([[False], above]).astype(int))
    ups = [clock(line.times[known[i]], times) for i in np.flatnonzero(turns == 1)]
    downs = [clock(line.times[known[i]], times) for i in np.flatnonzero(turns == -1)]
    text = f"{line.label} is above the threshold of {level} in {int(above.sum())} of {len(known)} "
    text += f"points: from {listing(ups, 3)}"
    return text + (f"; back at {listing(downs, 3)}." if downs else ", and still at the end.")


def describe_events(events: Sequence[tuple[Any, str]], times: Any) -> str:
    """`Marked: 10:30 deployment 42, 11:05 rollback.`"""
    if not events:
        return ""
    return "Marked: " + ", ".join(f"{clock(t, times)} {text}" for t, text in events) + "."


def all_times(lines: Sequence[Line], *more: Any) -> Any:
    """Every time that must fit on the axis."""
    return np.concatenate([line.times for line in lines] + [np.asarray(m, "M8[ms]") for m in more])


def all_values(lines: Sequence[Line], threshold: float | None = None) -> Any:
    """Every value that must fit on the axis."""
    extra = [] if threshold is None else [[float(threshold)]]
    return np.concatenate([line.values for line in lines] + extra)


def binned(frame: Any, x: str, y: str, ps: Sequence[float], width: Any) -> list[Line]:
    """One line per percentile of the raw values in each bin; pandas' linear interpolation."""
    times, values = instants(column(frame, x)), floats(column(frame, y), y)
    bins = pd.Series(values).groupby(pd.DatetimeIndex(times).floor(width))
    lines = []
    for p in ps:
        found = bins.quantile(p / 100)
        at = found.index.to_numpy().astype("M8[ms]")
        lines.append(Line(f"p{p:g}", *with_gaps(at, found.to_numpy(dtype=float))))
    return lines
