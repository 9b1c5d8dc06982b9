"""How many log events there were, bin by bin: the histogram above a query's rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .picture import Picture
from .sheet import BLUE, figure, finish, style, time_axis
from .words import clock, instants, short_number, span


def event_counts(
    counts: Sequence[tuple[Any, int]], asked: tuple[int, int], width: int, *, title: str
) -> Picture:
    """Bars of one bin each, over the whole range that was asked about.

    counts: (start of the bin, events); bins without events may be missing. asked: epoch seconds of
    the range. width: seconds of a bin.
    """
    starts = instants([time for time, _ in counts])
    values = np.array([count for _, count in counts])
    whole = instants([1000 * each for each in asked])
    with style():
        sheet = figure(title, height=2.1)
        ax = sheet.add_subplot()
        wide = np.timedelta64(width, "s")
        ax.bar(
            starts, values, width=wide, align="edge", color=BLUE, edgecolor="white", linewidth=0.5
        )
        first, last = min(whole[0], starts.min()), max(whole[1], starts.max() + wide)
        time_axis(ax, [first, last])
        ax.set_ylabel("events")
        ax.yaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_formatter(FuncFormatter(short_number))
        ax.grid(axis="x", visible=False)
        data = {"kind": "event_counts", "title": title, "width": width}
        data["counts"] = [
            (int(t.astype("int64")), int(v)) for t, v in zip(starts, values, strict=True)
        ]
        return finish(sheet, _alt(title, starts, values, [first, last]), data)


def _alt(title: str, starts: Any, values: Any, whole: Any) -> str:
    most = int(values.argmax())
    total = "1 event" if values.sum() == 1 else f"{values.sum():,} events"
    return (
        f"{title}. Histogram of {total}, {span(whole)}; most, {values[most]:,}, "
        f"in the bin from {clock(starts[most], whole)}."
    )
