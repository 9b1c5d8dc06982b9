"""Secondary indexes: what they hold of an item, and what a change of the item costs them.

Follows the developer guide, "Using Global Secondary Indexes in DynamoDB" and "Local secondary
indexes" (write capacity units): an item that enters or leaves an index is one write there; one
whose index key changes is two, a delete and a put; one of which only projected attributes change is
one; a change that the index does not see costs nothing. An item without one of the index's key
attributes is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from course.telemetry.tables.sizes import Item, item_size
from course.telemetry.tables.units import change_units, write_units

GLOBAL, LOCAL = "GlobalSecondaryIndexes", "LocalSecondaryIndexes"


@dataclass(frozen=True)
class Index:
    """A secondary index. arm: GLOBAL or LOCAL; keys: its own key attributes, partition key first.

    placing: those of its keys that are its partition key. projected: the attributes that it holds,
    all keys included; None means every attribute.
    """

    name: str
    arm: str
    keys: tuple[str, ...]
    placing: tuple[str, ...]
    projected: frozenset[str] | None

    @classmethod
    def of(cls, arm: str, described: Mapping[str, Any], table_keys: tuple[str, ...]) -> Index:
        """The index that an entry of CreateTable's list describes."""
        schema = described["KeySchema"]
        keys = tuple(key["AttributeName"] for key in schema)
        placing = tuple(key["AttributeName"] for key in schema if key["KeyType"] == "HASH")
        projection = described.get("Projection") or {}
        more = projection.get("NonKeyAttributes") or []
        every = projection.get("ProjectionType", "ALL") == "ALL"
        projected = None if every else frozenset((*keys, *table_keys, *more))
        return cls(described["IndexName"], arm, keys, placing, projected)

    def entry(self, item: Item | None) -> dict[str, Any] | None:
        """What the index holds of an item; None when the item is not in it."""
        if item is None or any(key not in item for key in self.keys):
            return None
        return {
            name: value
            for name, value in item.items()
            if self.projected is None or name in self.projected
        }

    def write_units(
        self, before: Item | None, after: Item | None, *, transactional: bool = False
    ) -> float:
        """Units that the index consumes when an item changes (None: it was, or is, not there)."""
        old, new = self.entry(before), self.entry(after)
        if old == new:
            return 0.0
        if old is None or new is None or self._key(old) == self._key(new):
            return change_units(_size(old), _size(new), transactional=transactional)
        return sum(write_units(item_size(each), transactional=transactional) for each in (old, new))

    def _key(self, entry: Item) -> list[Any]:
        return [entry[key] for key in self.keys]


def _size(entry: Item | None) -> int | None:
    return None if entry is None else item_size(entry)
