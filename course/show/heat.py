"""`heat_map`: where, and when, the load lies: a grid of amounts."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from .picture import Picture, ShowError
from .sheet import INK, VERMILLION, figure, finish, style
from .words import as_frame, column, drawable, floats, listing, measured, short_number

_MOST_ROWS, _MOST_COLUMNS, _MOST_WRITTEN = 40, 60, 16


def heat_map(
    frame: Any, *, x: str, y: str, value: str, title: str, unit: str, limit: float | None = None
) -> Picture:
    """Amounts on a grid: the darker a cell, the more. Names stand in the order of the rows.

    frame: DataFrame, rows as dicts, or columns; one row for each cell. x, y, value: column names.
    limit: cells above it have a frame. A cell without a row stays empty. Up to 16 columns the
    numbers are written into the cells; at most 40 rows and 60 columns (ShowError beyond).
    """
    rows = as_frame(frame)
    if not len(rows):
        raise ShowError("there are no rows to draw")
    across, down = (list(dict.fromkeys(column(rows, name).astype(str))) for name in (x, y))
    if len(down) > _MOST_ROWS or len(across) > _MOST_COLUMNS:
        raise ShowError(
            f"a heat map has up to {_MOST_ROWS} rows and {_MOST_COLUMNS} columns, "
            f"not {len(down)} and {len(across)}"
        )
    grid = _grid(rows, across, down, (x, y, value))
    over = np.zeros(grid.shape, bool) if limit is None else grid > limit
    with style():
        sheet = figure(title, height=1.3 + 0.28 * len(down))
        ax = sheet.add_subplot()
        most = max(float(np.nanmax(grid)), limit or 0.0) or 1.0
        drawn = ax.imshow(grid, cmap="Blues", vmin=0, vmax=most, aspect="auto")
        _axes(ax, across, down, x, y)
        _cells(ax, grid, over, most)
        bar = sheet.colorbar(drawn, ax=ax, pad=0.02, format=FuncFormatter(short_number))
        bar.set_label(unit)
        data: dict[str, Any] = {"kind": "heat_map", "title": title, "unit": unit, "limit": limit}
        data |= {"columns": across, "rows": down}
        data["values"] = [[None if np.isnan(v) else v for v in line] for line in grid.tolist()]
        return finish(sheet, _alt(title, unit, grid, over, (across, down), limit), data)


def _grid(rows: Any, across: list[str], down: list[str], names: tuple[str, str, str]) -> Any:
    """The amounts by row and column; ShowError for two of one cell."""
    x, y, value = names
    grid = np.full((len(down), len(across)), np.nan)
    cells = zip(column(rows, y).astype(str), column(rows, x).astype(str), strict=True)
    for (name, at), amount in zip(cells, floats(column(rows, value), value), strict=True):
        place = down.index(name), across.index(at)
        if not np.isnan(grid[place]):
            raise ShowError(f"two rows for {name}, {at}: sum them first")
        grid[place] = amount
    if np.isnan(grid).all():
        raise ShowError("there are no values to draw")
    return grid


def _axes(ax: Any, across: list[str], down: list[str], x: str, y: str) -> None:
    step = -(-len(across) // _MOST_WRITTEN)
    ax.set_xticks(range(0, len(across), step), [drawable(name, 12) for name in across[::step]])
    ax.set_yticks(range(len(down)), [drawable(name, 30) for name in down])
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.grid(visible=False)
    ax.tick_params(length=0)


def _cells(ax: Any, grid: Any, over: Any, most: float) -> None:
    """Frames around what lies above the limit, and the numbers where there is room."""
    for row, at in np.argwhere(over):
        look: dict[str, Any] = {"fill": False, "edgecolor": VERMILLION, "linewidth": 2}
        ax.add_patch(Rectangle((at - 0.5, row - 0.5), 1, 1, **look))
    if grid.shape[1] > _MOST_WRITTEN:
        return
    for row, at in np.argwhere(~np.isnan(grid)):
        colour = "white" if grid[row, at] > 0.6 * most else INK
        text = short_number(round(grid[row, at]))
        ax.text(at, row, text, ha="center", va="center", fontsize=8, color=colour)


def _alt(
    title: str,
    unit: str,
    grid: Any,
    over: Any,
    names: tuple[list[str], list[str]],
    limit: float | None,
) -> str:
    across, down = names
    row, at = np.unravel_index(np.nanargmax(grid), grid.shape)
    text = f"{title}. Heat map of {len(down)} rows and {len(across)} columns, in {unit}: "
    text += f"most at {down[row]}, {across[at]}, with {measured(grid[row, at], unit)}."
    totals = np.nansum(grid, axis=1)
    ranked = sorted(zip(totals, down, strict=True), key=lambda pair: -pair[0])[:3]
    text += (
        f" Sums of the busiest rows: {listing([f'{n} {measured(v, unit)}' for v, n in ranked])}."
    )
    if limit is not None:
        where = [down[i] for i in np.flatnonzero(over.any(axis=1))]
        text += f" {int(over.sum())} cells lie above {measured(limit, unit)}"
        text += f", in {listing(where)}." if where else "."
    return text
