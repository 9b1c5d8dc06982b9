"""The metrics that a service counts as things happen: one record per metric and minute."""

from __future__ import annotations

from typing import Any

from course.account.region import Region

MINUTE = 60_000
MOST_OPEN = 4096
Dimensions = tuple[tuple[str, str], ...]


class Tally:
    """Adds values to the records of a Region's minutes, which its metric store then shows."""

    def __init__(self, region: Region, namespace: str) -> None:
        self._region = region
        self._namespace = namespace
        self._records: dict[tuple[int, str, Dimensions], dict[str, Any]] = {}
        self._places: dict[int, dict[float, int]] = {}

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
        key = int(at) // MINUTE * MINUTE, name, dimensions
        record = self._records.get(key) or self._begin(key, unit)
        places = self._places[id(record)]
        place = places.get(value)
        if place is None:
            places[value] = len(record["values"])
            record["values"].append(value)
            record["counts"].append(float(times))
        else:
            record["counts"][place] += times

    def has(self, at: float, name: str, dimensions: Dimensions) -> bool:
        """Whether something was counted in an instant's minute."""
        return (int(at) // MINUTE * MINUTE, name, dimensions) in self._records

    def at_least(self, at: float, name: str, unit: str, dimensions: Dimensions) -> None:
        """Count a zero, unless something was counted in that minute."""
        if not self.has(at, name, dimensions):
            self.add(at, name, 0.0, unit, dimensions)

    def _begin(self, key: tuple[int, str, Dimensions], unit: str) -> dict[str, Any]:
        if len(self._records) >= MOST_OPEN:
            self._records.clear()
            self._places.clear()
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
        self._records[key] = record
        self._places[id(record)] = {}
        self._region.metrics.put([record])
        return record
