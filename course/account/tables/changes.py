"""A change of one item: made by moto, then priced, and unmade when there is no capacity for it.

moto says what an item becomes; only then is its size known, and so the price. What a refused or
failed request had done is put back, and only what stays is written into the table's stream: one
record for each item that really differs ("Change data capture for DynamoDB Streams").
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.models.dynamo_type import Item

from course.account.errors import AwsError
from course.account.tables import charges, checks, expiry, streams
from course.account.tables.charges import Charge
from course.account.tables.request import CONFLICT, Request
from course.account.tables.store import Table
from course.account.tables.values import Image, image, wire
from course.telemetry.tables.indexes import LOCAL
from course.telemetry.tables.sizes import COLLECTION_LIMIT, ITEM_LIMIT, KB, item_size

GB = KB**3
IS_CONFLICT = "Transaction is ongoing for the item"


@dataclass
class Change:
    """One item before and after. kept: moto's own item as it was, to put back."""

    table: Table
    key: dict[str, Any]
    kept: Item | None
    before: Image | None
    after: Image | None = None

    def charges(self, *, transactional: bool = False) -> list[Charge]:
        return charges.of_change(
            self.table, self.key, self.before, self.after, transactional=transactional
        )

    def undo(self) -> None:
        self.table.put_back(self.key, self.kept)

    def settle(self, request: Request) -> None:
        """It stays: tell the stream, and have it expire in time."""
        if self.before != self.after:
            streams.record(self.table, self.kept, self.table.held(self.key))
            expiry.plan(request.region, self.table, self.after)


@contextmanager
def change(request: Request, table: Table, key: Mapping[str, Any]) -> Iterator[Change]:
    """Let the block change the item of a key; whatever goes wrong, the item is as it was."""
    kept = copy.deepcopy(table.held(key))
    found = Change(table, table.key_of(key), kept, image(kept))
    try:
        with table.streamless():
            yield found
        found.after = table.image(key)
        _fits(found)
    except BaseException:
        found.undo()
        raise


def _fits(found: Change) -> None:
    """A table with local indexes has a limit for what has the same partition key."""
    table = found.table
    if not table.has_collections or _size(found.after) <= _size(found.before):
        return
    count = len(table.collection(found.key[table.keys[0]]))
    if count * ITEM_LIMIT * (1 + len(table.moto.indexes)) <= COLLECTION_LIMIT:
        return  # not even if every item had its maximum: measuring takes time
    if collection_size(table, found.key) > COLLECTION_LIMIT:
        raise AwsError(
            "ItemCollectionSizeLimitExceededException", "Item collection size limit exceeded"
        )


def _size(item: Image | None) -> int:
    return 0 if item is None else item_size(item)


def collection_size(table: Table, key: Mapping[str, Any]) -> int:
    """Bytes of the items with a partition key, in the table and in its local indexes."""
    found = [image(item) or {} for item in table.collection(key[table.keys[0]])]
    local = [index for index in table.indexes if index.arm == LOCAL]
    entries = [index.entry(item) for index in local for item in found]
    return sum(item_size(each) for each in (*found, *entries) if each)


def collection_metrics(request: Request, table: Table, key: Mapping[str, Any]) -> dict[str, Any]:
    """ItemCollectionMetrics, if it was asked for and the table has local indexes."""
    if request.parameters.get("ReturnItemCollectionMetrics") != "SIZE":
        return {}
    if not table.has_collections:
        return {}
    size = collection_size(table, key) // GB
    name = table.keys[0]
    return {
        "ItemCollectionKey": {name: wire(key[name])},
        "SizeEstimateRangeGB": [float(size), float(size + 1)],
    }


def no_conflict(request: Request, table: Table, key: Mapping[str, Any]) -> None:
    """A write of an item that a transaction is writing is rejected."""
    if is_ongoing(request, table, key):
        request.count("TransactionConflict", 1, table.name)
        raise AwsError(CONFLICT, IS_CONFLICT)


def is_ongoing(request: Request, table: Table, key: Mapping[str, Any]) -> bool:
    """Whether a transaction holds an item at this moment."""
    ongoing = request.tables.ongoing
    until = ongoing.get((table.name, checks.mark_of(table.key_of(key)))) if ongoing else None
    return until is not None and request.now < until
