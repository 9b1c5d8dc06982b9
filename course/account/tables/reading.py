"""GetItem and BatchGetItem.

An item that is not there costs the minimum ("DynamoDB read and write operations"). A batch reads
its items one by one: what finds no capacity comes back in UnprocessedKeys, and only if nothing was
read is the request refused. So does what exceeds 16 MB together, or 1 MB from one partition (API
reference, BatchGetItem).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.dynamodb.models.dynamo_type import Item

from course.account.errors import NotSimulated
from course.account.tables import checks, expressions
from course.account.tables.charges import Charge, Refusal
from course.account.tables.request import Answer, Request, answers
from course.account.tables.store import Table
from course.account.tables.values import image, wire
from course.telemetry.tables.partitions import READ
from course.telemetry.tables.sizes import BATCH_LIMIT, PAGE_LIMIT, item_size
from course.telemetry.tables.units import Consistency, read_units

MOST_KEYS = 100


def consistency(parameters: Mapping[str, Any]) -> Consistency:
    strong = parameters.get("ConsistentRead", False)
    return Consistency.STRONG if strong else Consistency.EVENTUAL


@answers("GetItem")
def get_item(request: Request) -> Answer:
    table, key = request.table(), request.parameters["Key"]
    checks.key(table, key)
    paths = expressions.sole_projection(request, request.parameters)
    item = table.held(key)
    request.takes([_charge(table, key, item, consistency(request.parameters))])
    found = {} if item is None else {"Item": shown(item, paths)}
    return request.with_capacity(found)


def _charge(table: Table, key: Mapping[str, Any], item: Item | None, how: Consistency) -> Charge:
    units = read_units(0 if item is None else item_size(image(item) or {}), how)
    return Charge(table, READ, {table.position(key): units})


def shown(item: Item, paths: expressions.Paths) -> dict[str, Any]:
    """An item as it is returned: whole, or the projected paths of it."""
    return image(item.project(paths) if paths else item) or {}


@answers("BatchGetItem")
def batch_get_item(request: Request) -> Answer:
    wanted = request.parameters["RequestItems"]
    _check(request, wanted)
    batch = _Batch(request)
    for name, asked in wanted.items():
        batch.read(request.table(name), name, asked)
    if batch.refused and not batch.served:
        raise request.throttled(batch.refused)
    answer: Answer = {"Responses": batch.responses, "UnprocessedKeys": batch.unprocessed}
    if capacity := request.consumed():
        answer["ConsumedCapacity"] = capacity
    return answer


def _check(request: Request, wanted: Mapping[str, Any]) -> None:
    if sum(len(asked["Keys"]) for asked in wanted.values()) > MOST_KEYS:
        raise checks.invalid("Too many items requested for the BatchGetItem call")
    for name, asked in wanted.items():
        if asked.get("AttributesToGet"):
            operation = "dynamodb:BatchGetItem with AttributesToGet"
            raise NotSimulated(operation, "Use ProjectionExpression.")
        table = request.table(name)
        for key in asked["Keys"]:
            checks.key(table, key)
    checks.no_duplicates(_keys(wanted))


def _keys(wanted: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, asked in wanted.items():
        yield from ((name, key) for key in asked["Keys"])


class _Batch:
    """What a batch has read, and what it could not."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.responses: dict[str, list[Any]] = {}
        self.unprocessed: dict[str, Any] = {}
        self.refused: list[Refusal] = []
        self.served = 0
        self._size = 0
        self._by_partition: dict[tuple[str, int], int] = {}

    def read(self, table: Table, name: str, asked: Mapping[str, Any]) -> None:
        """Read a table's keys, as far as limits and capacity go."""
        found = self.responses.setdefault(name, [])
        paths = expressions.sole_projection(self.request, asked)
        for key in asked["Keys"]:
            item = table.held(key)
            if not self._serves(table, key, item, consistency(asked)):
                self._leave(name, asked, key)
            elif item is not None:
                found.append(shown(item, paths))

    def _serves(
        self, table: Table, key: Mapping[str, Any], item: Item | None, how: Consistency
    ) -> bool:
        size = 0 if item is None else item_size(image(item) or {})
        partition = table.throughput(None, self.request.now).partitions.index(table.position(key))
        place = table.name, partition
        in_partition = self._by_partition.get(place, 0) + size
        if self._size + size > BATCH_LIMIT or in_partition > PAGE_LIMIT:
            return False
        refused = self.request.tries([_charge(table, key, item, how)])
        self.refused += refused
        if refused:
            return False
        self.served += 1
        self._size += size
        self._by_partition[place] = in_partition
        return True

    def _leave(self, name: str, asked: Mapping[str, Any], key: Mapping[str, Any]) -> None:
        """Hand a key back, with how it was to be read."""
        rest = {each: value for each, value in asked.items() if each != "Keys"}
        left = self.unprocessed.setdefault(name, {**rest, "Keys": []})
        left["Keys"].append(wire(key))
