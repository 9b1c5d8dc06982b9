"""How a class did: the `totals` of its students and the `outcomes` of its exercises.

For whoever teaches; not among the pictures of `course.show`, which are the lessons'.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .picture import Picture, ShowError
from .sheet import BLUE, INK, figure, finish, marks_above, style
from .words import drawable, listing, number, short_number

_MOST_BINS = 12
# Points that a bar may stand for; those of a lesson are whole numbers.
_WIDTHS = (1, 2, 3, 4, 5, 10, 20, 25, 50, 100, 200, 250, 500)
_LABEL_LENGTH = 36
# Light enough for black numbers; without colours, the hatches tell them apart.
_LOOKS = (("right", "#8cc4e8", ""), ("partly", "#f5d48a", "///"), ("none", "#dddddd", "..."))


def totals(values: Sequence[float], maximum: float, *, title: str) -> Picture:
    """How many students have how many points, in at most 12 bars of equal and round width.

    values: a student's points each; more than the maximum counts into the last bar.
    """
    if not values:
        raise ShowError("there are no points to draw")
    given = np.asarray(values, dtype=float)
    edges = _edges(maximum)
    counts, _ = np.histogram(given.clip(0, edges[-1]), edges)
    median = float(np.median(given))
    with style():
        sheet = figure(title, height=2.9)
        ax = sheet.add_subplot()
        ax.bar(edges[:-1], counts, np.diff(edges) * 0.94, align="edge", color=BLUE)
        ax.set_xlim(0, edges[-1])
        ax.set_xticks(edges)
        ax.xaxis.set_major_formatter(FuncFormatter(short_number))
        ax.set_xlabel(f"points of {number(maximum)}")
        ax.set_ylabel("students")
        ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.grid(axis="x", visible=False)
        marks_above(ax, [(min(median, edges[-1]), f"median {number(median)}")])
        data: dict[str, Any] = {"kind": "totals", "title": title, "edges": edges.tolist()}
        data |= {"counts": counts.tolist(), "median": median}
        return finish(sheet, _totals_alt(title, given, maximum, data), data)


def _edges(maximum: float) -> Any:
    fitting = (width for width in _WIDTHS if maximum <= width * _MOST_BINS)
    width = next(fitting, maximum / _MOST_BINS)
    return np.arange(max(1, math.ceil(maximum / width)) + 1) * float(width)


def _totals_alt(title: str, given: Any, maximum: float, data: dict[str, Any]) -> str:
    edges, counts = data["edges"], data["counts"]
    parts = [
        f"{count} with {number(edges[at])} to {number(edges[at + 1])}"
        for at, count in enumerate(counts)
        if count
    ]
    text = f"{title}. Histogram of {len(given):,} students, in points of {number(maximum)}: "
    text += f"lowest {number(given.min())}, median {number(data['median'])}, "
    return text + f"highest {number(given.max())}; {listing(parts, _MOST_BINS)}."


def outcomes(rows: Sequence[tuple[str, int, int, int]], *, title: str) -> Picture:
    """How many students have each exercise right, partly right or not at all.

    rows: (exercise, right, partly, none), drawn from the top.
    """
    if not rows:
        raise ShowError("there are no exercises to draw")
    with style():
        sheet = figure(title, height=1.5 + 0.29 * len(rows))
        ax = sheet.add_subplot()
        begin = np.zeros(len(rows))
        for place, (name, colour, hatch) in enumerate(_LOOKS, start=1):
            counts = np.array([float(row[place]) for row in rows])
            look = {"color": colour, "hatch": hatch, "edgecolor": "#777777", "linewidth": 0.6}
            ax.barh(range(len(rows)), counts, left=begin, height=0.7, label=name, **look)
            _write_counts(ax, begin, counts, float(max(sum(row[1:]) for row in rows)))
            begin += counts
        ax.set_yticks(range(len(rows)), [drawable(row[0], _LABEL_LENGTH) for row in rows])
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_xlim(0, max(1.0, begin.max()))
        ax.set_xlabel("students")
        ax.xaxis.set_major_locator(MaxNLocator(7, integer=True))
        ax.grid(axis="y", visible=False)
        ax.tick_params(axis="y", length=0, labelcolor=INK)
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0.2)
        data = {"kind": "outcomes", "title": title, "rows": [list(row) for row in rows]}
        return finish(sheet, _outcomes_alt(title, rows), data)


def _write_counts(ax: Any, begin: Any, counts: Any, most: float) -> None:
    for row, (left, count) in enumerate(zip(begin, counts, strict=True)):
        # A number needs some room; the table beside the picture has them all.
        if count > 0.03 * most:
            ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.75}
            at = {"ha": "center", "va": "center", "fontsize": 8, "bbox": ground}
            ax.text(left + count / 2, row, number(count), **at)


def _outcomes_alt(title: str, rows: Sequence[tuple[str, int, int, int]]) -> str:
    parts = [f"{name} {right}, {partly}, {none}" for name, right, partly, none in rows]
    text = f"{title}. Bars of {len(rows)} exercises, students with it right, partly, not at all: "
    return text + f"{'; '.join(parts)}."
