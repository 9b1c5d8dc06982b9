"""The committed data sets, loaded by name: `load("checkout")`.

They are made by `course.incidents` and hold no answers: their story is empty.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from course.incidents import packing
from course.telemetry.world import World

if TYPE_CHECKING:
    import pandas


class UnknownData(ValueError):
    """There is no data set, or no log group, of that name."""


def names() -> list[str]:
    """The names of the data sets there are."""
    found = files(__name__).iterdir()
    return sorted(item.name for item in found if item.joinpath(packing.WORLD).is_file())


def load(name: str) -> World:
    """The data set called `name`.

    It is read once and shared: change a copy, not the lists in it.
    Raises UnknownData (a ValueError) naming the data sets that there are.
    """
    return _load(name)


@lru_cache(maxsize=4)
def _load(name: str) -> World:
    if name not in (known := names()):
        raise UnknownData(f"there is no data set {name!r}; there are: {', '.join(known)}")
    return packing.read(files(__name__).joinpath(name))


def events(name: str, group: str | None = None) -> list[dict[str, Any]]:
    """The log events of a data set in time order, of one log group or of all.

    Each has "timestamp" (epoch ms), "message", "logStreamName", "logGroupName". They are copies.
    Raises UnknownData for a log group without events, naming those with some.
    """
    logs = load(name).logs
    if group is not None and group not in (known := sorted({e["logGroupName"] for e in logs})):
        raise UnknownData(f"{name} has no log group {group!r}; it has: {', '.join(known)}")
    return [dict(event) for event in logs if group in (None, event["logGroupName"])]


def frame(name: str, group: str | None = None) -> pandas.DataFrame:
    """`events` as a DataFrame with the same columns; timestamp as naive datetime64, in UTC."""
    import pandas

    columns = ["timestamp", "message", "logStreamName", "logGroupName"]
    table = pandas.DataFrame(events(name, group), columns=columns)
    table["timestamp"] = pandas.to_datetime(table["timestamp"], unit="ms")
    return table
