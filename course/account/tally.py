"""The metrics that a service counts as things happen: one record per metric and minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.account.region import Region

MINUTE = 60_000
MOST_OPEN = 4096
Dimensions = tuple[tuple[str, str], ...]
_Open = tuple[dict[str, Any], dict[float, int]]


class Tally:
    """Adds values to the records of a Region's minutes, which its metric store then shows."""

    def __init__(self, region: Region, namespace: str) -> None:
        self._region = region
        self._namespace = namespace
        # Each record with the places of its values.
        self._records: dict[tuple[int, str, Dimensions], _Open] = {}

    def add(
        self,
        at: float,
        name: str,
        value: float,
        unit: str,
        dimensions: Dimensions,
        times: float = 1.0,
    ) -> None:
        """Count a value at an instant (epoch ms)."""
        self.add_all(at, name, {value: times}, unit, dimensions)

    def add_all(
        self,
        at: float,
        name: str,
        counted: Mapping[float, float],
        unit: str,
        dimensions: Dimensions,
    ) -> None:
        """Count values, each so many times, at an instant (epoch ms)."""
        key = int(at) // MINUTE * MINUTE, name, dimensions
        record, places = self._records.get(key) or self._begin(key, unit)
        values, counts = record["values"], record["counts"]
        for value, times in counted.items():
            place = places.get(value)
            if place is None:
                places[value] = len(values)
                values.append(value)
                counts.append(float(times))
            else:
                counts[place] += times

    def has(self, at: float, name: str, dimensions: Dimensions) -> bool:
        """Whether something was counted in an instant's minute."""
        return (int(at) // MINUTE * MINUTE, name, dimensions) in self._records

    def at_least(self, at: float, name: str, unit: str, dimensions: Dimensions) -> None:
        """Count a zero, unless something was counted in that minute."""
        if not self.has(at, name, dimensions):
            self.add(at, name, 0.0, unit, dimensions)

    def _begin(self, key: tuple[int, str, Dimensions], unit: str) -> _Open:
        if len(self._records) >= MOST_OPEN:
            self._records.clear()
        minute, name, dimensions = key
        record: dict[str, Any] = {
            "timestamp": minute,
            "namespace": self._namespace,
            "name": name,
            "dimensions": dict(dimensions),
            "unit": unit,
            "resolution": 60,
            "values": [],
            "counts": [],
        }
        found = self._records[key] = record, {}
        self._region.metrics.put([record])
        return found
