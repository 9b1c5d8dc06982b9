"""Log events as columns, ready for DuckDB: in time order, with the JSON document of each message.

Source for the document: CloudWatch Logs User Guide, "Supported logs and discovered fields": of a
text line "only the first embedded JSON fragment" is read. Objects only; what does not parse is not
read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from course.insights.field_limit import SHORTEST, limited_fields

if TYPE_CHECKING:
    import pandas as pd

_OPTIONAL = ("logStreamName", "logGroupName", "ingestionTime")
_ATTEMPTS = 8  # how many opening braces of a line are tried
_DECODER = json.JSONDecoder()


class Events:
    """Log events prepared for querying; prepare once where the same events are asked many times.

    events: dicts or a DataFrame with `timestamp` (epoch ms) and `message`, and where known
    `logStreamName`, `logGroupName`, `ingestionTime`. Raises ValueError, naming the event, when one
    lacks a time or a message.
    """

    def __init__(self, events: Iterable[Mapping[str, Any]] | pd.DataFrame) -> None:
        columns = _columns(events)
        order = _time_order(columns["timestamp"])
        self.position = np.arange(len(columns["timestamp"]), dtype=np.int64)
        if order is not None:
            columns = {name: values[order] for name, values in columns.items()}
            self.position = order.astype(np.int64)
        self.timestamp = columns["timestamp"]
        self.message = columns["message"]
        self.stream = columns["logStreamName"]
        self.group = columns["logGroupName"]
        self.ingestion = columns["ingestionTime"]
        self.settled = False  # whether `documents` holds readable JSON only

    def __len__(self) -> int:
        return len(self.timestamp)

    @cached_property
    def documents(self) -> Any:
        """The JSON object of each message, as text, or None."""
        found = (_document(m) if "{" in m else None for m in self.message)
        return _objects([d if d is None or len(d) < SHORTEST else limited_fields(d) for d in found])

    @cached_property
    def bytes_before(self) -> Any:
        """Running total of the messages' UTF-8 bytes, from 0."""
        sizes = [len(m) if m.isascii() else len(m.encode("utf-8")) for m in self.message]
        return np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))

    def within(self, start: int | None, end: int | None) -> slice:
        """The part between two times, epoch ms, both included."""
        first = 0 if start is None else int(np.searchsorted(self.timestamp, start, "left"))
        last = len(self) if end is None else int(np.searchsorted(self.timestamp, end, "right"))
        return slice(first, max(first, last))

    @cached_property
    def groups(self) -> list[str]:
        """The names of the log groups that have events."""
        return sorted(name for name in set(self.group.tolist()) if name is not None)

    def span(self, part: slice) -> tuple[int, int]:
        """The first and last time of the events in a part; 0 and 0 when there are none."""
        if part.stop == part.start:
            return 0, 0
        return int(self.timestamp[part.start]), int(self.timestamp[part.stop - 1])

    def scanned(self, part: slice) -> tuple[float, float]:
        """Events in a part, and the bytes of their messages."""
        size = self.bytes_before[part.stop] - self.bytes_before[part.start]
        return float(part.stop - part.start), float(size)


def _columns(events: Any) -> dict[str, Any]:
    if hasattr(events, "columns"):
        rows = {name: events[name].tolist() for name in events.columns if isinstance(name, str)}
    else:
        kept = events if isinstance(events, list) else list(events)
        rows = {name: _values(kept, name) for name in ("timestamp", "message", *_OPTIONAL)}
    return _checked(rows)


def _values(events: list[Mapping[str, Any]], name: str) -> list[Any]:
    try:
        return [event[name] for event in events]
    except KeyError:
        return [event.get(name) for event in events]


def _checked(rows: dict[str, list[Any]]) -> dict[str, Any]:
    for name, kinds, wanted in _REQUIRED:
        if name not in rows:
            raise ValueError(f"The events have no {name!r} column")
        _refuse_other(rows[name], kinds, wanted)
    times = np.array(rows["timestamp"], dtype=np.int64)
    columns = {"timestamp": times, "message": _texts(rows["message"])}
    for name in ("logStreamName", "logGroupName"):
        columns[name] = _texts(rows.get(name) or [None] * len(times))
    arrived = rows.get("ingestionTime") or [None]
    columns["ingestionTime"] = times
    if set(map(type, arrived)) != {type(None)}:
        pairs = zip(arrived, rows["timestamp"], strict=True)
        kept = [a if isinstance(a, int) else t for a, t in pairs]
        columns["ingestionTime"] = np.array(kept, dtype=np.int64)
    return columns


_REQUIRED: tuple[tuple[str, tuple[type, ...], str], ...] = (
    ("timestamp", (int, np.integer), "a 'timestamp' in epoch milliseconds"),
    ("message", (str,), "a text in 'message'"),
)


def _refuse_other(values: list[Any], kinds: tuple[type, ...], wanted: str) -> None:
    if set(map(type, values)) <= {kinds[0]}:
        return
    for index, value in enumerate(values):
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise ValueError(f"Event {index}: expected {wanted}, found {value!r}")


def _texts(values: list[Any]) -> Any:
    """The texts as an array; what is no text is missing."""
    return _objects([v if type(v) is str and v.isascii() else _text(v) for v in values])


def _text(value: Any) -> str | None:
    """Half a surrogate pair is no character and has no UTF-8 form: it becomes a question mark."""
    if not isinstance(value, str):
        return None
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _objects(values: list[Any]) -> Any:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _time_order(times: Any) -> Any:
    if len(times) < 2 or bool((times[1:] >= times[:-1]).all()):
        return None
    return np.argsort(times, kind="stable")


def _document(message: str) -> str | None:
    """A message that looks like one whole object is taken as it is: DuckDB checks it later."""
    bare = message.strip()
    return message if bare[0] == "{" and bare[-1] == "}" else embedded(message)


def embedded(message: str) -> str | None:
    """The first JSON object inside a text, or None."""
    start = message.find("{")
    for _ in range(_ATTEMPTS):
        if start < 0:
            return None
        try:
            _, end = _DECODER.raw_decode(message, start)
        except (ValueError, RecursionError):
            start = message.find("{", start + 1)
        else:
            return message[start:end]
    return None
