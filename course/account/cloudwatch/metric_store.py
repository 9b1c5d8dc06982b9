"""Where an account keeps its metric data.

A metric is its namespace, its name and its exact set of dimensions. Each datum is a record as in
`World.metrics`: `{"timestamp": epoch ms, "unit", "resolution", "values", "counts"}`; a datum that
came as a statistic set also has `"statistics": {"SampleCount", "Sum", "Minimum", "Maximum"}`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
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


class MetricStore:
    """The metrics of one account and Region."""

    def __init__(self) -> None:
        self._series: dict[MetricKey, list[Record]] = {}

    def load(self, base: MetricBase) -> None:
        """Fill an empty store with what a world holds; the base itself is never changed."""
        self._series = {key: list(series) for key, series in base.series.items()}

    def put(self, records: Iterable[Record]) -> None:
        """Store data; late data find their place in time."""
        for record in records:
            series = self._of(record)
            if series and record["timestamp"] < series[-1]["timestamp"]:
                insort(series, record, key=_timestamp)
            else:
                series.append(record)

    def _of(self, record: Record) -> list[Record]:
        key = key_of(record["namespace"], record["name"], record["dimensions"])
        return self._series.setdefault(key, [])

    def metrics(self) -> list[MetricKey]:
        """Every metric there is, in the order of first appearance."""
        return list(self._series)

    def last_timestamp(self, key: MetricKey) -> int:
        """When the metric last had a datum, in epoch ms."""
        return _timestamp(self._series[key][-1])

    def between(self, key: MetricKey, start: int, end: int) -> list[Record]:
        """A metric's records with start <= timestamp < end, oldest first; [] if there are none."""
        series = self._series.get(key, [])
        low = bisect_left(series, start, key=_timestamp)
        high = bisect_left(series, end, key=_timestamp)
        return series[low:high]


class MetricBase:
    """A world's metrics by identity, built once and copied into every account that opens it."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.series: dict[MetricKey, list[Record]] = {}
        for record in records:
            key = key_of(record["namespace"], record["name"], record["dimensions"])
            self.series.setdefault(key, []).append(record)
        for series in self.series.values():
            series.sort(key=_timestamp)
