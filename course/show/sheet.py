"""The paper that pictures are drawn on: style, axes and labels that keep clear of each other.

matplotlib.figure.Figure with the Agg canvas, never pyplot: no global figures, no display, and the
reader's own matplotlib settings neither change these pictures nor are changed by them. Colours are
Okabe and Ito's, which colour-blind readers can tell apart; dashes and markers differ as well.
Figures stand on their own white ground, so that they read in a dark theme too.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .picture import Picture, ShowError
from .words import drawable, instants, short_number

DPI = 110
WIDTH = 8.5  # inches: 935 pixels, what JupyterLab shows unscaled on a laptop
INK, QUIET, GRID = "#222222", "#595959", "#e4e4e4"
BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
COLOURS = (BLUE, VERMILLION, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", (0, (1, 1.5)), (0, (6, 1.5, 1, 1.5, 1, 1.5)), (0, (8, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
MOST_EVENTS = 12

_STYLE = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,  # "$LATEST ... $default" is text, not a formula
    "axes.edgecolor": "#9a9a9a",
    "axes.labelcolor": QUIET,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "hatch.linewidth": 0.8,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "savefig.facecolor": "white",
}
_OURS = ("axes", "date", "figure", "font", "grid", "hatch", "legend", "lines", "patch", "path")
_OURS += ("savefig", "text", "xtick", "ytick", "agg", "scatter", "markers")


@contextmanager
def style() -> Iterator[None]:
    """This package's look, from matplotlib's defaults up, whatever the reader has set."""
    defaults = matplotlib.rcParamsDefault
    settings = {key: defaults[key] for key in defaults if key.split(".")[0] in _OURS}
    with matplotlib.rc_context({**settings, **_STYLE}):
        yield


def figure(title: str, *, height: float, width: float = WIDTH, layout: str = "constrained") -> Any:
    """An empty figure (inches) with its title at the top left."""
    if not str(title).strip():
        raise ShowError("a picture needs a title that says what it shows")
    sheet = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(sheet)
    if layout == "constrained":
        sheet.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
    lines = textwrap.wrap(drawable(title), int(width * 11))
    sheet.suptitle("\n".join(lines), x=0.012, ha="left", fontsize=11, fontweight="bold")
    return sheet


def finish(sheet: Any, alt: str, data: dict[str, Any]) -> Picture:
    """The figure as a Picture; no software or date is written into the file."""
    file = BytesIO()
    sheet.savefig(file, format="png", metadata={"Software": None})
    return Picture(file.getvalue(), alt, data, round(sheet.get_figwidth() * DPI))


def time_axis(ax: Any, times: Any, *, ticks: int = 8, name: str = "time") -> None:
    """UTC on the horizontal axis; the date once, in the axis label."""
    first, last = pd.Timestamp(min(times)), pd.Timestamp(max(times))
    room = max((last - first) * 0.015, pd.Timedelta("1s"))
    ax.set_xlim(first - room, last + room)
    ax.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=ticks))
    ax.xaxis.set_major_formatter(DateFormatter(_time_format(last - first)))
    days = f"{first.date()}" if first.date() == last.date() else f"{first.date()} to {last.date()}"
    ax.set_xlabel(f"{name} (UTC), {days}" if name else f"UTC, {days}")


def _time_format(length: Any) -> str:
    if length > pd.Timedelta("36h"):
        return "%d %b\n%H:%M" if length < pd.Timedelta("8D") else "%d %b"
    return "%H:%M" if length > pd.Timedelta("10min") else "%H:%M:%S"


def value_axis(ax: Any, values: Any, unit: str, *, log: bool = False) -> None:
    """The vertical axis with its unit; from zero unless everything lies in a narrow band."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    ax.set_ylabel(unit + (" (log scale)" if log else ""))
    if log:
        ax.set_yscale("log")
        ax.yaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    else:
        ax.yaxis.set_major_locator(MaxNLocator(6))
        ax.set_ylim(*_limits(known))
    ax.yaxis.set_major_formatter(FuncFormatter(short_number))
    ax.grid(axis="x", visible=False)


def _limits(known: Any) -> tuple[float, float]:
    if not len(known):
        return 0.0, 1.0
    low, high = float(min(known)), float(max(known))
    if low >= 0 and low <= 0.9 * high:
        return 0.0, high * 1.08
    room = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    return (0.0 if low == high == 0 else low - room), high + room


def spread(wanted: Sequence[float], gap: float, low: float = 0.0, high: float = 1.0) -> list[float]:
    """Positions near the wanted ones, at least `gap` apart, inside [low, high] where they fit.

    >>> spread([0.5, 0.5], 0.1)
    [0.5, 0.6]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed: list[float] = []
    for i in order:
        placed.append(max(wanted[i], placed[-1] + gap if placed else low))
    ceiling = high
    for k in range(len(placed) - 1, -1, -1):
        placed[k] = min(placed[k], ceiling)
        ceiling = placed[k] - gap
    result = [0.0] * len(placed)
    for position, i in zip(placed, order, strict=True):
        result[i] = round(position, 6)
    return result


def end_labels(ax: Any, labels: Sequence[tuple[str, float, str]], *, size: float = 8.5) -> None:
    """Names at the right edge of the lines they belong to; (text, value, colour) each."""
    ax.figure.draw_without_rendering()
    heights = [ax.transAxes.inverted().transform(ax.transData.transform((0, v)))[1] for _, v, _ in labels]
    gap = size * 1.35 * DPI / 72 / ax.get_window_extent().height
    for (text, _, colour), at, height in zip(labels, spread(heights, gap), heights, strict=True):
        where = {"xycoords": "axes fraction", "textcoords": "axes fraction"}
        line = {"arrowstyle": "-", "color": colour, "linewidth": 1, "shrinkA": 1, "shrinkB": 0}
        ax.annotate(drawable(text, 34), (1.0, height), (1.025, at), va="center", fontsize=size,
                    arrowprops=line, annotation_clip=False, **where)  # fmt: skip


def marks_above(ax: Any, marks: Sequence[tuple[Any, str]], *, size: float = 8.5) -> None:
    """Vertical lines with labels above the axes, in as many rows as keep the labels apart.

    Placed from right to left: a line that rises past lower labels then only meets labels that begin
    to its right.
    """
    if len(marks) > MOST_EVENTS:
        raise ShowError(f"{len(marks)} marks do not fit; choose at most {MOST_EVENTS}, or use timeline()")
    ax.figure.draw_without_rendering()
    box, rows = ax.get_window_extent(), []  # type: tuple[Any, list[list[tuple[float, float]]]]
    for x, text in sorted(marks, key=lambda mark: mark[0], reverse=True):
        ax.axvline(x, color=QUIET, linewidth=1, linestyle=(0, (3, 2)), zorder=1)
        label = ax.text(x, 1.0, drawable(text, 44), fontsize=size, transform=ax.get_xaxis_transform())
        width = label.get_window_extent().width + 10
        at = ax.transData.transform((ax.convert_xunits(x), 0))[0]
        left = max(box.x0, min(at, box.x1 - width))
        row = _free_row(rows, left, left + width)
        label.remove()
        _mark_label(ax, x, text, (left - at) * 72 / DPI, 4 + row * size * 1.5, size)


def _free_row(rows: list[list[tuple[float, float]]], left: float, right: float) -> int:
    for row, taken in enumerate(rows):
        if all(right <= start or left >= end for start, end in taken):
            taken.append((left, right))
            return row
    rows.append([(left, right)])
    return len(rows) - 1


def _mark_label(ax: Any, x: Any, text: str, shift: float, rise: float, size: float) -> None:
    where = {"xycoords": ax.get_xaxis_transform(), "textcoords": "offset points"}
    line = {"arrowstyle": "-", "color": QUIET, "linewidth": 1, "linestyle": (0, (3, 2))}
    line |= {"shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (x, 1.0), (0, rise + size), arrowprops=line, annotation_clip=False, **where)
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    ax.annotate(drawable(text, 44), (x, 1.0), (shift + 3, rise), fontsize=size, bbox=ground,
                annotation_clip=False, zorder=5, **where)  # fmt: skip


def event_marks(events: Sequence[tuple[Any, str]]) -> list[tuple[Any, str]]:
    """Events as (datetime64, text), in time order."""
    times = instants([time for time, _ in events]) if events else []
    return sorted(zip(times, [str(text) for _, text in events], strict=True), key=lambda e: e[0])
