"""Amounts without a time axis: `bars` by name and the `distribution` of many values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from .picture import Picture, ShowError
from .sheet import BLUE, figure, finish, marks_above, style
from .words import as_frame, column, cut, drawable, floats, listing, measured, number, short_number

_MOST_BARS = 40
_LABEL_LENGTH = 42


def bars(frame: Any, *, label: str, value: str, title: str, unit: str) -> Picture:
    """Horizontal bars in the order of the rows, first at the top, values at their ends.

    frame: DataFrame, rows as dicts, or columns. label, value: column names. A missing value is
    written as "no data". At most 40 rows (ShowError beyond: sort and take the head first).
    """
    rows = as_frame(frame)
    names, amounts = _read_bars(rows, label, value)
    with style():
        sheet = figure(title, height=1.0 + 0.27 * len(names))
        ax = sheet.add_subplot()
        known = np.nan_to_num(amounts)
        ax.barh(range(len(names)), known, color=BLUE, height=0.68)
        ax.set_yticks(range(len(names)), [drawable(name, _LABEL_LENGTH) for name in names])
        ax.set_ylim(len(names) - 0.4, -0.6)
        _value_labels(ax, amounts)
        _bar_axis(ax, known, unit)
        data: dict[str, Any] = {"kind": "bars", "title": title, "unit": unit}
        data["bars"] = [
            {"label": name, "shown": cut(name, _LABEL_LENGTH), "value": None if np.isnan(v) else v}
            for name, v in zip(names, amounts.tolist(), strict=True)
        ]
        return finish(sheet, _bars_alt(title, unit, names, amounts), data)


def _read_bars(rows: Any, label: str, value: str) -> tuple[list[str], Any]:
    if not len(rows):
        raise ShowError("there are no rows to draw")
    if len(rows) > _MOST_BARS:
        raise ShowError(
            f"{len(rows)} bars are too many to read; sort and keep at most {_MOST_BARS}"
        )
    return [str(name) for name in column(rows, label)], floats(column(rows, value), value)


def _value_labels(ax: Any, amounts: Any) -> None:
    for row, amount in enumerate(amounts):
        negative = amount < 0
        ax.annotate(number(amount), (0 if np.isnan(amount) else amount, row),
                    (-4 if negative else 4, 0), textcoords="offset points", va="center",
                    ha="right" if negative else "left", fontsize=8.5)  # fmt: skip


def _bar_axis(ax: Any, known: Any, unit: str) -> None:
    low, high = min(0.0, float(known.min())), max(0.0, float(known.max()))
    room = (high - low or 1.0) * 0.12
    ax.set_xlim(low - (room if low < 0 else 0), high + room if high > 0 or low == 0 else 0)
    ax.set_xlabel(unit)
    ax.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(short_number))
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0, labelcolor="#222222")


def _bars_alt(title: str, unit: str, names: list[str], amounts: Any) -> str:
    pairs = [f"{n} {measured(v, unit)}" for n, v in zip(names, amounts, strict=True)]
    return f"{title}. Bar chart of {len(names)} values, in {unit}: {listing(pairs, 12)}."


def distribution(
    values: Any, *, title: str, unit: str, marks: Mapping[str, float] | None = None
) -> Picture:
    """How often each size of value occurs, on a logarithmic axis.

    values: numbers; missing ones are left out, zeros cannot stand on the axis and are counted in
    the axis label. marks: name -> value, drawn as vertical lines; p50 and p99 if left out.
    """
    given = floats(values, "values")
    known = given[np.isfinite(given)]
    if not len(known):
        raise ShowError("there are no values to draw")
    if (known < 0).any():
        raise ShowError(
            "a logarithmic axis cannot show negative values; shift or filter them first"
        )
    positive = known[known > 0]
    if not len(positive):
        raise ShowError("every value is zero; there is no distribution to draw")
    if marks is None:
        marks = {"p50": float(np.quantile(known, 0.5)), "p99": float(np.quantile(known, 0.99))}
    with style():
        return _histogram(known, positive, title, unit, dict(marks))


def _histogram(
    known: Any, positive: Any, title: str, unit: str, marks: dict[str, float]
) -> Picture:
    sheet = figure(title, height=3.4)
    ax = sheet.add_subplot()
    shown = {name: value for name, value in marks.items() if value > 0}
    low, high = min([positive.min(), *shown.values()]), max([positive.max(), *shown.values()])
    if low == high:
        low, high = low / 2, high * 2
    edges = np.geomspace(low, high * 1.0001, min(60, max(12, int(len(positive) ** 0.5))) + 1)
    counts, _ = np.histogram(positive, edges)
    ax.set_xscale("log")
    ax.stairs(counts, edges, fill=True, color=BLUE, alpha=0.85)
    zeros = len(known) - len(positive)
    _log_axis(ax, low, high, unit, zeros)
    marks_above(ax, [(v, f"{name} {measured(v, unit)}") for name, v in shown.items()])
    data = {"kind": "distribution", "title": title, "unit": unit, "marks": marks, "zeros": zeros}
    data |= {"edges": edges.tolist(), "counts": counts.tolist(), "count": len(known)}
    return finish(sheet, _distribution_alt(title, unit, known, counts, edges, marks, zeros), data)


def _log_axis(ax: Any, low: float, high: float, unit: str, zeros: int) -> None:
    subs = (1, 2, 5) if high / low < 3000 else (1,)
    ax.xaxis.set_major_locator(LogLocator(subs=subs, numticks=20))
    ax.xaxis.set_major_formatter(FuncFormatter(short_number))
    ax.xaxis.set_minor_formatter(NullFormatter())
    note = f"; {zeros:,} zeros are not on it" if zeros else ""
    ax.set_xlabel(f"{unit} (log scale{note})")
    ax.set_ylabel("values")
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(short_number))
    ax.grid(axis="x", visible=False)


def _distribution_alt(
    title: str, unit: str, known: Any, counts: Any, edges: Any, marks: dict[str, float], zeros: int
) -> str:
    top = int(counts.argmax())
    text = f"{title}. Histogram of {len(known):,} values on a logarithmic axis, in {unit}: "
    text += f"lowest {measured(known.min(), unit)}, highest {measured(known.max(), unit)}, "
    text += f"most often {number(edges[top])} to {measured(edges[top + 1], unit)}"
    text += f" ({int(counts[top]):,} values)."
    if zeros:
        text += f" {zeros:,} values are zero."
    named = [f"{name} {measured(v, unit)}" for name, v in marks.items()]
    return text + (f" Marked: {listing(named, 12)}." if named else "")
