"""`tuning`: what a function takes and costs at each memory size, the result of a power tuning."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .picture import Picture, ShowError
from .sheet import BLUE, VERMILLION, figure, finish, style
from .words import as_frame, column, floats, listing, measured, short_number

_COLUMNS = ("memory_mb", "duration_p50_ms", "duration_p95_ms", "cost_per_million_usd")
_LEAST = 2


def tuning(frame: Any, *, title: str) -> Picture:
    """Duration (median and p95) and cost by memory size, one above the other.

    frame: what `account.tune` returned: rows with memory_mb, duration_p50_ms, duration_p95_ms and
    cost_per_million_usd; at least two sizes.
    """
    rows = as_frame(frame)
    if len(rows) < _LEAST:
        raise ShowError("one memory size is no comparison; tune with at least two")
    sizes, median, slow, cost = (floats(column(rows, name), name) for name in _COLUMNS)
    with style():
        sheet = figure(title, height=4.6)
        above, below = sheet.subplots(2, 1, sharex=True)
        places = np.arange(len(sizes))
        above.plot(places, median, color=BLUE, marker="o", label="median")
        above.plot(places, slow, color=BLUE, marker="o", ls=":", label="p95")
        above.set_ylabel("duration, ms")
        above.legend(loc="upper right", frameon=False)
        below.plot(places, cost, color=VERMILLION, marker="o")
        below.set_ylabel("USD per million")
        for ax in (above, below):
            ax.set_ylim(bottom=0)
            ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
            ax.yaxis.set_major_formatter(FuncFormatter(short_number))
        below.set_xticks(places, [f"{size:,.0f}" for size in sizes])
        below.set_xlabel("memory, MB")
        data = {"kind": "tuning", "title": title}
        data |= {name: floats(column(rows, name), name).tolist() for name in _COLUMNS}
        return finish(sheet, _alt(title, sizes, median, cost), data)


def _alt(title: str, sizes: Any, median: Any, cost: Any) -> str:
    each = [
        f"{size:,.0f} MB {measured(ms, 'ms')} and {measured(usd, 'USD')}"
        for size, ms, usd in zip(sizes, median, cost, strict=True)
    ]
    fastest, cheapest = sizes[int(median.argmin())], sizes[int(cost.argmin())]
    return (
        f"{title}. Median duration and cost per million invocations by memory size: "
        f"{listing(each, 12)}. Fastest at {fastest:,.0f} MB, cheapest at {cheapest:,.0f} MB."
    )
