"""An alarm as the console shows it: its datapoints, its threshold, its state over time.

The four static comparison operators and the three states are CloudWatch's (PutMetricAlarm,
DescribeAlarms). Anomaly detection bands, which have two moving thresholds, are not drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .picture import Picture, ShowError
from .plotted import Line, describe_line
from .sheet import (
    BLUE,
    DPI,
    GREEN,
    INK,
    QUIET,
    VERMILLION,
    end_labels,
    figure,
    finish,
    lay_out,
    style,
    time_axis,
    value_axis,
)
from .words import as_frame, clock, floats, instants, listing, measured, span

_COMPARISONS = {
    "GreaterThanThreshold": (">", np.greater, "^"),
    "GreaterThanOrEqualToThreshold": (">=", np.greater_equal, "^"),
    "LessThanThreshold": ("<", np.less, "v"),
    "LessThanOrEqualToThreshold": ("<=", np.less_equal, "v"),
}
# (ground, hatch, edge, short form for a narrow stretch)
_STATES = {
    "OK": ("#d5efe6", "", GREEN, "OK"),
    "ALARM": ("#f9d9c6", "////", VERMILLION, "A"),
    "INSUFFICIENT_DATA": ("#ececec", "....", QUIET, "?"),
}


def alarm(
    points: Any, *, threshold: float, comparison: str, states: Any, title: str, unit: str
) -> Picture:
    """Datapoints against a threshold, with the alarm's state as a strip below.

    points: (time, value) pairs, dicts with "timestamp" and "value", a DataFrame with these columns
        or a Series; a value of None is a missing datapoint (a gap, and a hollow mark).
    comparison: CloudWatch's name ("GreaterThanThreshold") or its sign (">").
    states: (time, state) pairs, each holding until the next, or one state per point, oldest first.
    Raises ShowError for a comparison or a state that CloudWatch does not have.
    """
    sign, test, shape = _comparison(comparison)
    times, values = _read_points(points)
    stretches = _stretches(states, times)
    breaching = np.isfinite(values) & test(values, threshold)
    with style():
        sheet = figure(title, height=4.1)
        ax, strip = sheet.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [7, 1]})
        time_axis(ax, [*times, *(end for _, _, end in stretches)])
        value_axis(ax, np.append(values, threshold), unit)
        _draw_points(ax, times, values, breaching, shape)
        ax.axhline(threshold, color=INK, linewidth=1.1, linestyle=(0, (5, 3)))
        _draw_key(ax, sign, threshold, unit, shape)
        _draw_states(strip, stretches, ax.get_xlabel())
        ax.set_xlabel("")
        data = {"kind": "alarm", "title": title, "unit": unit, "threshold": threshold}
        data |= {"comparison": sign, "points": Line("points", times, values).plain()}
        data |= {"breaching": breaching.tolist(), "states": [(s, str(a)) for s, a, _ in stretches]}
        alt = _alt(title, unit, sign, threshold, Line("Datapoints", times, values), breaching)
        return finish(sheet, f"{alt} {_states_alt(stretches, times)}", data)


def _comparison(name: str) -> tuple[str, Any, str]:
    signs = {sign: full for full, (sign, _, _) in _COMPARISONS.items()}
    full = signs.get(name, name)
    if full not in _COMPARISONS:
        known = ", ".join(_COMPARISONS)
        raise ShowError(f"comparison {name!r} is not drawn here; use one of {known}")
    return _COMPARISONS[full]


def _read_points(points: Any) -> tuple[Any, Any]:
    rows = _rows(points)
    if not len(rows):
        raise ShowError("there are no datapoints to draw")
    times, values = instants(rows.iloc[:, 0]), floats(rows.iloc[:, 1], "value")
    order = np.argsort(times, kind="stable")
    return times[order], values[order]


def _rows(points: Any) -> Any:
    frame = as_frame(points if isinstance(points, pd.Series | pd.DataFrame) else list(points))
    if {"timestamp", "value"} <= set(frame.columns):
        return frame[["timestamp", "value"]]
    if len(frame) and frame.shape[1] != 2:
        raise ShowError("points: (time, value) pairs, or dicts with 'timestamp' and 'value'")
    return frame


def _stretches(states: Any, times: Any) -> list[tuple[str, Any, Any]]:
    """(state, from, to) in time order, neighbours of the same state joined."""
    given = list(states)
    if given and all(isinstance(state, str) for state in given):
        if len(given) != len(times):
            raise ShowError(f"{len(given)} states for {len(times)} points; give one state a point")
        given = list(zip(times, given, strict=True))
    starts: Any = instants([time for time, _ in given]) if given else []
    changes = sorted(zip(starts, (state for _, state in given), strict=True), key=lambda c: c[0])
    for _, state in changes:
        if state not in _STATES:
            raise ShowError(f"{state!r} is not an alarm state; there are: {', '.join(_STATES)}")
    return _joined(changes, times[0], times[-1])


def _joined(changes: list[tuple[Any, str]], first: Any, last: Any) -> list[tuple[str, Any, Any]]:
    ends = [time for time, _ in changes[1:]] + [max(last, changes[-1][0])] if changes else []
    result: list[tuple[str, Any, Any]] = []
    for (start, state), end in zip(changes, ends, strict=True):
        start, end = max(start, first), max(end, first)
        if start == end and end != last:
            continue  # over before the picture begins
        if result and result[-1][0] == state:
            result[-1] = (state, result[-1][1], end)
        else:
            result.append((state, start, end))
    return result


def _draw_points(ax: Any, times: Any, values: Any, breaching: Any, shape: str) -> None:
    fine, missing = np.isfinite(values) & ~breaching, np.isnan(values)
    size = 3.5 if len(times) > 120 else 5
    ax.plot(times, values, color="#8a8a8a", linewidth=1.1, zorder=2)
    ax.plot(times[fine], values[fine], "o", color=BLUE, markersize=size, zorder=3)
    ax.plot(times[breaching], values[breaching], shape, color=VERMILLION, markersize=size + 2.5,
            zorder=4)  # fmt: skip
    if missing.any():  # an empty line with this transform would collapse the layout
        ax.plot(times[missing], np.full(missing.sum(), -0.055), "o", markerfacecolor="white",
                markeredgecolor=QUIET, markersize=size + 0.5, clip_on=False, zorder=3,
                transform=ax.get_xaxis_transform())  # fmt: skip


def _draw_key(ax: Any, sign: str, threshold: float, unit: str, shape: str) -> None:
    ax.plot([], [], "o", color=BLUE, label="within the threshold")
    ax.plot(
        [],
        [],
        shape,
        color=VERMILLION,
        markersize=7,
        label=f"breaching ({sign} {measured(threshold, unit)})",
    )
    ax.plot([], [], "o", markerfacecolor="white", markeredgecolor=QUIET, label="missing")
    ax.legend(
        loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=3, fontsize=8.5, handletextpad=0.2
    )
    end_labels(ax, [(f"threshold {measured(threshold, unit)}", threshold, INK)])


def _draw_states(strip: Any, stretches: list[tuple[str, Any, Any]], xlabel: str) -> None:
    strip.set_ylim(0, 1)
    strip.set_yticks([0.5], ["state"])
    strip.tick_params(axis="y", length=0)
    strip.grid(visible=False)
    lay_out(strip.figure)
    seen = [stretch for stretch in stretches if stretch[2] > stretch[1]]
    shortened = {_draw_state(strip, *stretch) for stretch in seen} - {""}
    strip.set_xlabel("  ".join([xlabel, *(f"[{text}]" for text in sorted(shortened))]))


def _draw_state(strip: Any, state: str, start: Any, end: Any) -> str:
    """One stretch; what its short name stands for, if it had to be shortened."""
    ground, hatch, edge, short = _STATES[state]
    strip.axvspan(start, end, facecolor=ground, edgecolor=edge, hatch=hatch, linewidth=0.8)
    name = _fitting(strip, start, end, state, short)
    strip.text(start + (end - start) / 2, 0.5, name, ha="center", va="center", fontsize=8,
               fontweight="bold", bbox={"facecolor": ground, "edgecolor": "none", "pad": 1}
               if name else None)  # fmt: skip
    return f"{short} = {state}" if name == short != state else ""


def _fitting(strip: Any, start: Any, end: Any, state: str, short: str) -> str:
    place = strip.transData.transform
    room = place((strip.convert_xunits(end), 0))[0] - place((strip.convert_xunits(start), 0))[0]
    letter = 6.4 * DPI / 72  # an average bold letter of 8 points
    return next((form for form in (state, short) if len(form) * letter <= room), "")


def _alt(title: str, unit: str, sign: str, threshold: float, line: Line, breaching: Any) -> str:
    known = int(np.isfinite(line.values).sum())
    times = line.times
    text = f"{title}. Alarm on {len(times)} datapoints, in {unit}, {span(times)}. "
    text += f"Threshold: {sign} {measured(threshold, unit)}; {int(breaching.sum())} of {known} "
    text += "datapoints breach it"
    if breaching.any():
        at = [clock(t, times) for t in times[breaching]]
        text += f", the first at {at[0]}, the last at {at[-1]}"
    missing = len(times) - known
    return f"{text}; {missing} missing. {describe_line(line, unit, times)}"


def _states_alt(stretches: list[tuple[str, Any, Any]], times: Any) -> str:
    words = [f"{state} from {clock(start, times)}" for state, start, _ in stretches]
    return f"State: {listing(words, 12)}." if words else "State: not given."
