"""Numbers, times and labels as words: the same in a picture and in its description."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from .picture import ShowError

# An epoch below this would be before March 1973 in milliseconds: surely seconds.
_EARLIEST_MILLISECONDS = 100_000_000_000


def number(value: float) -> str:
    """A value for reading: `26,000`, `0.125`, `82.4`; up to three decimals below 1,000.

    >>> number(26000.0), number(0.1254), number(1234.56)
    ('26,000', '0.125', '1,234.6')
    """
    value = float(value)
    if not math.isfinite(value):
        return "no data"
    if value and abs(value) < 0.001:
        return f"{value:.2g}"
    decimals = 3 if abs(value) < 1 else 2 if abs(value) < 100 else 1
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def short_number(value: float, _position: object = None) -> str:
    """A tick label: like `number`, with M, G and T from a million on."""
    for size, suffix in ((1e12, " T"), (1e9, " G"), (1e6, " M")):
        if abs(value) >= size:
            return f"{value / size:.4g}{suffix}"
    return number(value)


def measured(value: float, unit: str) -> str:
    """A value with its unit: `82.4 ms`, `12%`, `no data`."""
    text = number(value)
    if text == "no data":
        return text
    return f"{text}%" if unit in ("%", "Percent") else f"{text} {unit}".strip()


def instants(values: Iterable[Any]) -> np.ndarray[Any, Any]:
    """Times as numpy datetime64[ms] in UTC.

    values: epoch milliseconds, datetimes, pandas timestamps or ISO 8601 text; a time without a zone
    is UTC. Raises ShowError for anything else, and for epoch seconds.
    """
    column = pd.Series(list(values))
    try:
        if pd.api.types.is_numeric_dtype(column) and len(column):
            if column.isna().any() or (column < _EARLIEST_MILLISECONDS).any():
                raise ShowError("a time given as a number is epoch milliseconds, not seconds")
            times = pd.to_datetime(column, unit="ms", utc=True)
        else:
            times = pd.to_datetime(column, utc=True, format="ISO8601")
    except (TypeError, ValueError) as error:
        if isinstance(error, ShowError):
            raise
        example = next((str(v) for v in column), "")
        raise ShowError(f"{cut(example, 40)!r} cannot be read as a time (UTC)") from None
    if times.isna().any():
        raise ShowError("a time is missing; leave rows without a time out")
    return np.asarray(times.dt.tz_convert(None).astype("datetime64[ms]").to_numpy())


def clock(time: Any, times: Any) -> str:
    """One time as short as the range of `times` allows: `10:05`, `10:05:30`, `2026-03-01 10:05`."""
    stamp, first, last = pd.Timestamp(time), pd.Timestamp(min(times)), pd.Timestamp(max(times))
    text = stamp.strftime("%H:%M" if last - first > pd.Timedelta("20min") else "%H:%M:%S")
    same_day = first.date() == last.date()
    return text if same_day else f"{stamp.strftime('%Y-%m-%d')} {text}"


def span(times: Any) -> str:
    """The range of times: `2026-03-01, 10:00 to 14:00 UTC`."""
    first, last = pd.Timestamp(min(times)), pd.Timestamp(max(times))
    if first.date() == last.date():
        return f"{first.date()}, {clock(first, times)} to {clock(last, times)} UTC"
    return f"{clock(first, times)} to {clock(last, times)} UTC"


def cut(text: Any, length: int) -> str:
    """Text of at most `length` characters, cut in the middle: resource names differ at the ends.

    >>> cut("/aws/lambda/checkout-payments-worker", 20)
    '/aws/lambd…ts-worker'
    """
    words = " ".join(str(text).split())
    if len(words) <= length:
        return words
    head = length // 2
    return words[:head] + "…" + words[len(words) - (length - head - 1) :]


def shorten(text: str, length: int) -> str:
    """A sentence of at most `length` characters; its end goes."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def drawable(text: Any, length: int = 200) -> str:
    """Text that the bundled font can draw: anything else becomes the replacement sign."""
    return "".join(c if ord(c) in _glyphs() else "\ufffd" for c in cut(text, length))


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def listing(items: Sequence[str], most: int = 4) -> str:
    """Items in a sentence: `a, b and c`; beyond `most`, how many more."""
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def as_frame(data: Any) -> Any:
    """A DataFrame from a DataFrame, a Series with times as index, rows as dicts, or columns."""
    if isinstance(data, pd.Series):
        return (
            data.rename(data.name or "value").rename_axis(data.index.name or "time").reset_index()
        )
    return data if isinstance(data, pd.DataFrame) else pd.DataFrame(data)


def column(frame: Any, name: str) -> Any:
    """One column, or a ShowError that names the columns there are."""
    if name in frame.columns:
        return frame[name]
    known = [str(c) for c in frame.columns]
    close = get_close_matches(str(name), known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ShowError(f"there is no column {name!r}; there are: {', '.join(known) or 'none'}.{hint}")


def floats(values: Any, name: str) -> np.ndarray[Any, Any]:
    """Values as numbers, missing ones as NaN; text that is no number raises ShowError."""
    try:
        numbers = pd.to_numeric(pd.Series(list(values), dtype=object)).to_numpy(dtype=float)
    except (TypeError, ValueError):
        raise ShowError(f"{name!r} holds text, not numbers; convert it first") from None
    return np.asarray(np.where(np.isinf(numbers), np.nan, numbers))
