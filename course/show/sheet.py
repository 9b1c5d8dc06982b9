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
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from .picture import Picture, ShowError
from .words import drawable, instants, short_number, shorten

DPI = 110
WIDTH = 8.5  # inches: 935 pixels, what JupyterLab shows unscaled on a laptop
INK, QUIET, GRID = "#222222", "#595959", "#e4e4e4"
BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
COLOURS = (BLUE, VERMILLION, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", (0, (1, 1.5)), (0, (6, 1.5, 1, 1.5, 1, 1.5)), (0, (8, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
MOST_EVENTS = 12
_STEPS: tuple[str, ...] = (
    "1s",
    "2s",
    "5s",
    "10s",
    "15s",
    "30s",
    "1min",
    "2min",
    "5min",
    "10min",
    "15min",
    "30min",
)
_STEPS += ("1h", "2h", "3h", "6h", "12h", "1D", "2D", "7D", "14D", "28D", "56D")

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
}
_OURS = (
    *("agg", "axes", "date", "figure", "font", "grid", "hatch", "legend", "lines", "markers"),
    *("patch", "path", "scatter", "text", "xtick", "ytick"),
)


@contextmanager
def style() -> Iterator[None]:
    """This package's look, from matplotlib's defaults up, whatever the reader has set."""
    defaults = matplotlib.rcParamsDefault
    settings = {key: defaults[key] for key in defaults if key.split(".")[0] in _OURS}
    with matplotlib.rc_context({**settings, **_STYLE}):
        yield


def figure(title: str, *, height: float, width: float = WIDTH, packed: bool = True) -> Any:
    """An empty figure (inches), its title at the top left; packed: axes fill it by themselves."""
    if not str(title).strip():
        raise ShowError("a picture needs a title that says what it shows")
    engine = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08) if packed else None
    sheet = Figure(figsize=(width, height), layout=engine)
    FigureCanvasAgg(sheet)
    lines = textwrap.wrap(drawable(title), int(width * 11))
    sheet.suptitle("\n".join(lines), x=0.012, ha="left", fontsize=11, fontweight="bold")
    return sheet


def finish(sheet: Any, alt: str, data: dict[str, Any]) -> Picture:
    """The figure as a Picture; no software or date is written into the file."""
    file = BytesIO()
    # Not savefig, which draws everything twice to have a layout before it begins.
    sheet.canvas.print_png(file, metadata={"Software": None})
    return Picture(file.getvalue(), alt, data, round(sheet.get_figwidth() * DPI))


def lay_out(sheet: Any) -> None:
    """Give the axes the places they will have with what is on the sheet by now, to measure them."""
    engine = sheet.get_layout_engine()
    if engine is not None:
        engine.execute(sheet)


def time_axis(ax: Any, times: Any, *, ticks: int = 8, note: str = "", small: bool = False) -> None:
    """UTC on the horizontal axis; the date once, in the axis label."""
    first, last = pd.Timestamp(min(times)), pd.Timestamp(max(times))
    room = max((last - first) * 0.015, pd.Timedelta("1s"))
    ax.set_xlim(first - room, last + room)
    at, layout = time_ticks(first, last, ticks)
    ax.set_xticks(at, [tick.strftime(layout) for tick in at])
    days = f"{first.date()}" if first.date() == last.date() else f"{first.date()} to {last.date()}"
    words = f"UTC, {days}" if small else f"time (UTC), {days}"
    ax.set_xlabel(f"{words}, {note}" if note else words)


def time_ticks(first: Any, last: Any, most: int) -> tuple[list[Any], str]:
    """At most `most` round times from first to last (the first, if none is), and their format."""
    span = last - first
    step = next((s for s in _STEPS if span / pd.Timedelta(s) < most), _STEPS[-1])
    at = list(pd.date_range(first.ceil(step), last, freq=step)) or [first]
    if pd.Timedelta(step) >= pd.Timedelta("1D"):
        return at, "%d %b"
    if span > pd.Timedelta("36h"):
        return at, "%d %b\n%H:%M"
    return at, "%H:%M" if all(tick.second == 0 for tick in at) else "%H:%M:%S"


def value_axis(ax: Any, values: Any, unit: str, *, log: bool = False) -> None:
    """The vertical axis with its unit; from zero unless everything lies in a narrow band."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    ax.set_ylabel(unit + (" (log scale)" if log else ""))
    if log:
        ax.set_yscale("log")
        close = len(known) and known.max() < 3000 * known.min()
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if close else (1,), numticks=20))
        ax.yaxis.set_minor_formatter(NullFormatter())
    else:
        ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        ax.set_ylim(*_limits(known))
    ax.yaxis.set_major_formatter(FuncFormatter(short_number))
    ax.grid(axis="x", visible=False)


def _limits(known: Any) -> tuple[float, float]:
    if not len(known):
        return 0.0, 1.0
    low, high = float(min(known)), float(max(known))
    if 0 <= low <= 0.9 * high and high > 0:
        return 0.0, high * 1.08
    room = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    return (0.0 if low == 0 else low - room), high + room


def spread(wanted: Sequence[float], gap: float, low: float = 0.0, high: float = 1.0) -> list[float]:
    """Positions near the wanted ones, at least `gap` apart, inside [low, high] where they fit.

    Labels in each other's way are moved apart about their common middle (isotonic regression, by
    pooling neighbours).

    >>> spread([0.5, 0.5, 0.9], 0.1)
    [0.45, 0.55, 0.9]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[list[float]] = []  # sum and number of the wanted places, gaps taken out
    for rank, i in enumerate(order):
        groups.append([wanted[i] - rank * gap, 1.0])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, count = groups.pop()
            groups[-1] = [groups[-1][0] + total, groups[-1][1] + count]
    bases = [total / count for total, count in groups for _ in range(int(count))]
    top = high - (len(wanted) - 1) * gap
    result = [0.0] * len(wanted)
    for rank, (i, base) in enumerate(zip(order, bases, strict=True)):
        result[i] = round(max(low, min(base, top)) + rank * gap, 6)
    return result


def end_labels(ax: Any, labels: Sequence[tuple[str, float, str]], *, size: float = 8.5) -> None:
    """Names at the right edge of the lines they belong to; (text, value, colour) each."""
    lay_out(ax.figure)
    heights = [
        ax.transAxes.inverted().transform(ax.transData.transform((1, v)))[1] for _, v, _ in labels
    ]
    gap = size * 1.35 * DPI / 72 / ax.get_window_extent().height
    for (text, _, colour), at, height in zip(labels, spread(heights, gap), heights, strict=True):
        # Not an annotation's arrow: cutting each at its ends takes a quarter of a picture's time.
        leader = Line2D([1.001, 1.02], [height, at], transform=ax.transAxes, color=colour,
                        linewidth=1, clip_on=False)  # fmt: skip
        ax.add_artist(leader)
        ax.text(1.025, at, drawable(text, 34), va="center", fontsize=size, transform=ax.transAxes)


def marks_above(ax: Any, marks: Sequence[tuple[Any, str]], *, size: float = 8.5) -> None:
    """Vertical lines with labels above the axes, in as many rows as keep the labels apart; the
    figure grows with them.

    Placed from right to left: a line that rises past lower labels then only meets labels that begin
    to its right.
    """
    if len(marks) > MOST_EVENTS:
        raise ShowError(
            f"{len(marks)} marks do not fit; choose at most {MOST_EVENTS}, or use timeline()"
        )
    if not marks:
        return
    lay_out(ax.figure)
    box, rows = ax.get_window_extent(), []  # type: tuple[Any, list[list[tuple[float, float]]]]
    placed = [(ax.convert_xunits(x), text) for x, text in marks]
    for x, text in sorted(placed, reverse=True):
        ax.axvline(x, color=QUIET, linewidth=1, linestyle=(0, (3, 2)), zorder=1)
        label = ax.text(
            x, 1.0, shorten(drawable(text), 44), fontsize=size, transform=ax.get_xaxis_transform()
        )
        width = label.get_window_extent().width + 10
        at = ax.transData.transform((x, 1))[0]
        left = max(box.x0, min(at, box.x1 - width))
        row = _free_row(rows, left, left + width)
        label.remove()
        _mark_label(ax, x, text, (left - at) * 72 / DPI, 4 + row * size * 1.5, size)
    extra = max(0, len(rows) - 1) * size * 1.5 / 72
    ax.figure.set_figheight(ax.figure.get_figheight() + extra)  # rows must not squash the axes


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
    ax.annotate(shorten(drawable(text), 44), (x, 1.0), (shift + 3, rise), fontsize=size,
                bbox=ground, annotation_clip=False, zorder=5, **where)  # fmt: skip


def event_marks(events: Sequence[tuple[Any, str]]) -> list[tuple[Any, str]]:
    """Events as (datetime64, text), in time order."""
    times: Any = instants([time for time, _ in events]) if events else []
    return sorted(zip(times, [str(text) for _, text in events], strict=True), key=lambda e: e[0])
