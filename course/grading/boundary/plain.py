"""Values as text, so that only data passes from one kernel to another: never code, never a pickle.

Both ways: `pack` makes JSON's types of a value, `unpack` the value again. What is plain comes back
equal and of the same type: numbers, texts, bytes, times, lists, dicts, sets, tuples, arrays,
tables, exceptions. A subclass comes back as what it builds on (a Counter as a dict), an iterator as
one over the same items. Functions and classes pass as a `Reference`, by which the other side calls
them back. Anything else arrives as an `Opaque`: it has the value's repr, is equal to nothing and
answers nothing. So an `__eq__` of a student's own never meets a check.
"""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import reprlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

MOST_ITEMS = 100_000  # of an iterator, which may never end
DEEPEST = 60


class NotPlain(ValueError):
    """A message that is none of `pack`'s."""


class Opaque:
    """Stands for a value that does not pass; only to be shown."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def __repr__(self) -> str:
        return self._shown

    __hash__ = object.__hash__


class Reference:
    """A function or class of the other side. number: which. name: its own, for messages."""

    def __init__(self, number: int, name: str) -> None:
        self.number, self.name = number, name


Refer = Callable[[Any], Reference | None]


def pack(value: Any, refer: Refer, deep: int = DEEPEST) -> Any:
    """JSON's types for a value. refer: gives a number to what passes by reference, None for other
    things."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if deep == 0:
        return ["opaque", "..."]
    found = refer(value)
    if found is not None:
        return ["reference", found.number, found.name]
    for kind, name, plain in _KINDS:
        if isinstance(value, kind):
            return [name, *plain(value, lambda each: pack(each, refer, deep - 1))]
    return ["opaque", _shown(value)]


def unpack(packed: Any, resolve: Callable[[Reference], Any]) -> Any:
    """The value of packed text. resolve: makes something to call of a reference.

    Raises NotPlain for what `pack` does not make.
    """
    if packed is None or type(packed) in (bool, int, float, str):
        return packed
    try:
        name, *parts = packed
        if name == "reference":
            return resolve(Reference(int(parts[0]), str(parts[1])))
        return _MAKERS[name](lambda each: unpack(each, resolve), *parts)
    except NotPlain:
        raise
    except Exception as error:  # whatever the other side has made up
        raise NotPlain(f"{type(error).__name__}: {error}") from None


def _shown(value: Any) -> str:
    try:
        return reprlib.repr(value)
    except Exception:
        return f"<{type(value).__name__}>"


# --- out ------------------------------------------------------------------------------------------

Each = Callable[[Any], Any]


def _items(values: Any, each: Each) -> list[Any]:
    return [each(value) for value in values]


def _pairs(value: Any, each: Each) -> list[Any]:
    return [[each(key), each(one)] for key, one in value.items()]


def _stamp(value: pd.Timestamp, each: Each) -> list[Any]:
    return [value.isoformat(), _zone(value.tzinfo), value.unit]


def _moment(value: dt.datetime, each: Each) -> list[Any]:
    return [value.isoformat(), _zone(value.tzinfo)]


def _zone(zone: Any) -> str | None:
    """A zone that is UTC, or has a name; others pass as their offset."""
    if zone is None:
        return None
    return getattr(zone, "key", None) or ("UTC" if str(zone) in ("UTC", "tzutc()") else "")


def _index(value: pd.Index, each: Each) -> list[Any]:
    if isinstance(value, pd.MultiIndex):
        return ["multi", _items(value.tolist(), each), _items(value.names, each)]
    return [str(value.dtype), _items(value.tolist(), each), [each(value.name)]]


def _series(value: pd.Series, each: Each) -> list[Any]:
    held = _items(value.tolist(), each)
    return [str(value.dtype), held, each(value.index), each(value.name)]


def _frame(value: pd.DataFrame, each: Each) -> list[Any]:
    columns = [each(value.iloc[:, n].reset_index(drop=True)) for n in range(value.shape[1])]
    return [columns, each(value.index), each(value.columns)]


def _array(value: np.ndarray, each: Each) -> list[Any]:
    return [str(value.dtype), list(value.shape), _items(value.ravel().tolist(), each)]


def _fault(value: BaseException, each: Each) -> list[Any]:
    from course.grading.boundary import faults  # which builds on this module

    return faults.pack(value, each)


_Kind = tuple[Any, str, Callable[[Any, Each], list[Any]]]
_KINDS: list[_Kind] = [
    (np.generic, "scalar", lambda v, each: [str(v.dtype), each(v.item())]),
    (bool, "plain", lambda v, each: [bool(v)]),
    (int, "plain", lambda v, each: [int(v)]),
    (float, "plain", lambda v, each: [float(v)]),
    (str, "plain", lambda v, each: [str.__str__(v)]),
    (bytes, "bytes", lambda v, each: [base64.b64encode(v).decode()]),
    (bytearray, "bytearray", lambda v, each: [base64.b64encode(v).decode()]),
    (list, "list", lambda v, each: [_items(v, each)]),
    (tuple, "tuple", lambda v, each: [_items(v, each)]),
    (dict, "dict", lambda v, each: [_pairs(v, each)]),
    (set, "set", lambda v, each: [_items(v, each)]),
    (frozenset, "frozenset", lambda v, each: [_items(v, each)]),
    (Decimal, "decimal", lambda v, each: [str(v)]),
    (type(pd.NaT), "nat", lambda v, each: []),
    (pd.Timestamp, "stamp", _stamp),
    (pd.Timedelta, "step", lambda v, each: [int(v.value)]),
    (dt.datetime, "datetime", _moment),
    (dt.date, "date", lambda v, each: [v.isoformat()]),
    (dt.time, "time", lambda v, each: [v.isoformat()]),
    (dt.timedelta, "delta", lambda v, each: [v.days, v.seconds, v.microseconds]),
    (range, "range", lambda v, each: [v.start, v.stop, v.step]),
    (pd.DataFrame, "frame", _frame),
    (pd.Series, "series", _series),
    (pd.Index, "index", _index),
    (np.ndarray, "array", _array),
    (type(pd.NA), "na", lambda v, each: []),
    (BaseException, "fault", _fault),
    (Iterator, "iterator", lambda v, each: [_items(itertools.islice(v, MOST_ITEMS), each)]),
]

# --- in -------------------------------------------------------------------------------------------


def _made_pairs(each: Each, pairs: Any) -> dict[Any, Any]:
    return {each(key): each(value) for key, value in pairs}


def _made_stamp(each: Each, text: str, zone: str | None, unit: str) -> pd.Timestamp:
    made = pd.Timestamp(str(text))
    return (made.tz_convert(zone) if zone else made).as_unit(str(unit))


def _made_moment(each: Each, text: str, zone: str | None) -> dt.datetime:
    made = dt.datetime.fromisoformat(text)
    if zone == "UTC":
        return made.astimezone(dt.UTC)
    return made.astimezone(_zone_info(zone)) if zone else made


def _zone_info(name: str) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def _made_index(each: Each, dtype: str, values: Any, names: Any) -> pd.Index:
    if dtype == "multi":
        made = [each(one) for one in values]
        return pd.MultiIndex.from_tuples(made, names=[each(one) for one in names])
    return pd.Index([each(one) for one in values], dtype=dtype, name=each(names[0]))


def _made_series(each: Each, dtype: str, values: Any, index: Any, name: Any) -> pd.Series:
    held = [each(one) for one in values]
    return pd.Series(held, dtype=dtype, index=each(index), name=each(name))


def _made_frame(each: Each, columns: Any, index: Any, names: Any) -> pd.DataFrame:
    made = dict(enumerate(each(one) for one in columns))
    frame = pd.DataFrame(made) if made else pd.DataFrame(index=each(index))
    frame.index, frame.columns = each(index), each(names)
    return frame


def _made_array(each: Each, dtype: str, shape: Any, values: Any) -> np.ndarray:
    return np.array([each(one) for one in values], dtype=dtype).reshape(shape)


def _made_fault(each: Each, *parts: Any) -> BaseException:
    from course.grading.boundary import faults  # which builds on this module

    return faults.unpack(each, *parts)


_MAKERS: dict[str, Callable[..., Any]] = {
    "plain": lambda each, value: _simple(value),
    "scalar": lambda each, dtype, value: np.dtype(dtype).type(each(value)),
    "bytes": lambda each, text: base64.b64decode(text),
    "bytearray": lambda each, text: bytearray(base64.b64decode(text)),
    "list": lambda each, values: [each(one) for one in values],
    "tuple": lambda each, values: tuple(each(one) for one in values),
    "dict": _made_pairs,
    "set": lambda each, values: {each(one) for one in values},
    "frozenset": lambda each, values: frozenset(each(one) for one in values),
    "decimal": lambda each, text: Decimal(text),
    "nat": lambda each: pd.NaT,
    "na": lambda each: pd.NA,
    "stamp": _made_stamp,
    "step": lambda each, value: pd.Timedelta(int(value)),
    "datetime": _made_moment,
    "date": lambda each, text: dt.date.fromisoformat(text),
    "time": lambda each, text: dt.time.fromisoformat(text),
    "delta": lambda each, days, seconds, micro: dt.timedelta(days, seconds, micro),
    "range": lambda each, *ends: range(*ends),
    "frame": _made_frame,
    "series": _made_series,
    "index": _made_index,
    "array": _made_array,
    "fault": _made_fault,
    "iterator": lambda each, values: iter([each(one) for one in values]),
    "opaque": lambda each, shown: Opaque(str(shown)[:1000]),
}


def _simple(value: Any) -> Any:
    if type(value) not in (bool, int, float, str):
        raise NotPlain(f"{type(value).__name__} where a number or a text was said to be")
    return value
