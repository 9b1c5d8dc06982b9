"""Where an account keeps its metric data.

A metric is its namespace, its name and its exact set of dimensions. Each datum is a record as in
`World.metrics`: `{"timestamp": epoch ms, "unit", "resolution", "values", "counts"}`; a datum that
came as a statistic set also has `"statistics": {"SampleCount", "Sum", "Minimum", "Maximum"}`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Record = dict[str, Any]
Dimensions = tuple[tuple[str, str], ...]
MetricKey = tuple[str, str, Dimensions]


def key_of(namespace: str, name: str, dimensions: Mapping[str, str]) -> MetricKey:
    """A metric's identity; the order of its dimensions does not matter."""
    return namespace, name, tuple(sorted(dimensions.items()))


def _timestamp(record: Record) -> int:
    return int(record["timestamp"])


class Series:
    """One metric's records in time order, with their timestamps beside them to search in."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        self.records = list(records)
        self.times = [_timestamp(record) for record in self.records]

    def add(self, record: Record) -> None:
        at = _timestamp(record)
        place = len(self.times)
        if self.times and at < self.times[-1]:
            place = bisect_right(self.times, at)
        self.times.insert(place, at)
        self.records.insert(place, record)


class MetricStore:
    """The metrics of one account and Region."""

    def __init__(self) -> None:
        self._series: dict[MetricKey, Series] = {}

    def load(self, base: MetricBase) -> None:
        """Fill an empty store with what a world holds; the base itself is never changed."""
        self._series = {key: Series(records) for key, records in base.series.items()}

    def put(self, records: Iterable[Record]) -> None:
        """Store data; late data find their place in time."""
        for record in records:
            key = key_of(record["namespace"], record["name"], record["dimensions"])
            series = self._series.get(key)
            if series is None:
                series = self._series[key] = Series()
            series.add(record)

    def metrics(self) -> list[MetricKey]:
        """Every metric there is, in the order of first appearance."""
        return list(self._series)

    def last_timestamp(self, key: MetricKey) -> int:
        """When the metric last had a datum, in epoch ms."""
        return self._series[key].times[-1]

    def between(self, key: MetricKey, start: int, end: int) -> list[Record]:
        """A metric's records with start <= timestamp < end, oldest first; [] if there are none."""
        series = self._series.get(key)
        if series is None:
            return []
        low, high = bisect_left(series.times, start), bisect_left(series.times, end)
        return series.records[low:high]


class MetricBase:
    """A world's metrics by identity, built once and copied into every account that opens it."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.series: dict[MetricKey, list[Record]] = {}
        for record in records:
            key = key_of(record["namespace"], record["name"], record["dimensions"])
            self.series.setdefault(key, []).append(record)
        for series in self.series.values():
            series.sort(key=_timestamp)
