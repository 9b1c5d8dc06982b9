"""Rows as a table that reads well in a notebook, in a terminal and aloud."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from .picture import ShowError
from .words import as_frame, cut

_CELL_LENGTH = 120
_TEXT_CELL_LENGTH = 48


@dataclass(frozen=True)
class Table:
    """A table: `html` for a notebook, `alt` as text, `data` the rows shown, as plain data."""

    html: str = field(repr=False)
    alt: str
    data: dict[str, Any] = field(repr=False)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.alt}

    def __str__(self) -> str:
        return self.alt

    def __len__(self) -> int:
        """How many rows are shown."""
        return len(self.data["rows"])


def table(frame: Any, caption: str, rows: int = 10) -> Table:
    """The first rows of a frame with a caption; says how many there are beyond them.

    frame: DataFrame, Series, rows as dicts, or columns. Everything is escaped; long text is cut in
    the middle; times are UTC; a missing value is an en dash.
    """
    if not str(caption).strip():
        raise ShowError("a table needs a caption that says what it shows")
    if rows < 1:
        raise ShowError("rows: show at least one row")
    whole = as_frame(frame)
    if not len(whole.columns):
        raise ShowError("there are no columns to show")
    part = whole.head(rows)
    names = [str(name) for name in part.columns]
    right = [pd.api.types.is_numeric_dtype(part.iloc[:, i]) for i in range(len(names))]
    cells = [[_text(v) for v in values] for values in part.itertuples(index=False, name=None)]
    title = f"{caption} ({_count(len(part), len(whole))})"
    data = {"caption": caption, "columns": names, "rows": cells, "total": len(whole)}
    return Table(_html(title, names, cells, right), _plain(title, names, cells, right), data)


def _count(shown: int, total: int) -> str:
    if shown < total:
        return f"first {shown:,} of {total:,} rows"
    return "1 row" if total == 1 else f"{total:,} rows"


def _text(value: Any) -> str:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return "–"
    if isinstance(value, pd.Timestamp):
        return _time(value)
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".") if abs(value) >= 0.001 else f"{value:.3g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _time(value: pd.Timestamp) -> str:
    moment = value.tz_convert(None) if value.tzinfo else value
    text = moment.strftime("%Y-%m-%d %H:%M:%S")
    return f"{text}.{moment.microsecond // 1000:03d}" if moment.microsecond else str(text)


def _html(caption: str, names: list[str], cells: list[list[str]], right: list[bool]) -> str:
    sides = ["right" if r else "left" for r in right]
    head = "".join(
        f'<th scope="col" style="text-align: {side}">{escape(name)}</th>'
        for name, side in zip(names, sides, strict=True)
    )
    body = "".join(f"<tr>{_html_row(row, sides)}</tr>" for row in cells)
    # A caption is as wide as its table, unless it is told not to break.
    look = "text-align: left; font-weight: bold; white-space: nowrap"
    top = f'<caption style="{look}">{escape(caption)}</caption>'
    return f"<table>{top}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _html_row(row: list[str], sides: list[str]) -> str:
    return "".join(
        f'<td style="text-align: {side}">{escape(cut(cell, _CELL_LENGTH))}</td>'
        for cell, side in zip(row, sides, strict=True)
    )


def _plain(caption: str, names: list[str], cells: list[list[str]], right: list[bool]) -> str:
    short = [[cut(cell, _TEXT_CELL_LENGTH) for cell in row] for row in [names, *cells]]
    widths = [max(len(row[i]) for row in short) for i in range(len(names))]
    lines = [
        "  ".join(
            c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)
        )
        for row in short
    ]
    rule = "  ".join("-" * w for w in widths)
    return "\n".join([caption, lines[0].rstrip(), rule, *(line.rstrip() for line in lines[1:])])
