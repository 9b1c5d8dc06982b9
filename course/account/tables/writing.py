"""PutItem, UpdateItem, DeleteItem and BatchWriteItem.

A write costs what the larger of the item's two states costs, and so does one whose condition fails
("DynamoDB read and write operations", condition expressions). A batch writes item by item: what
finds no capacity comes back in UnprocessedItems, and only if nothing was written is the request
refused (API reference, BatchWriteItem).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from course.account.errors import AwsError
from course.account.tables import changes, checks, expressions
from course.account.tables.changes import Change
from course.account.tables.charges import Charge, Refusal
from course.account.tables.request import Answer, Parameters, Request, answers, ask_moto
from course.account.tables.store import Table
from course.account.tables.values import wire
from course.telemetry.tables.partitions import WRITE
from course.telemetry.tables.sizes import ITEM_LIMIT, item_size
from course.telemetry.tables.units import change_units

MOST_WRITES = 25


@answers("PutItem")
def put_item(request: Request) -> Answer:
    table, item = request.table(), request.parameters["Item"]
    checks.put(table, item)
    checks.unused_values(request.parameters, "ConditionExpression")
    return _write(request, table, table.key_of(item), "put_item", item)


@answers("UpdateItem")
def update_item(request: Request) -> Answer:
    table = request.table()
    checks.key(table, request.parameters["Key"])
    return _write(request, table, request.parameters["Key"], "update_item")


@answers("DeleteItem")
def delete_item(request: Request) -> Answer:
    table = request.table()
    checks.key(table, request.parameters["Key"])
    checks.unused_values(request.parameters, "ConditionExpression")
    return _write(request, table, request.parameters["Key"], "delete_item")


def _write(
    request: Request,
    table: Table,
    key: Mapping[str, Any],
    method: str,
    new: Mapping[str, Any] | None = None,
) -> Answer:
    changes.no_conflict(request, table, key)
    with changes.change(request, table, key) as change:
        _condition(request, change, new)
        found = ask_moto(request, method, request.parameters)
    with undoing(change):
        within_size(change)
        request.takes(change.charges())
    change.settle(request)
    answer: Answer = {}
    if "Attributes" in found:
        answer["Attributes"] = wire(found["Attributes"])
    if metrics := changes.collection_metrics(request, table, key):
        answer["ItemCollectionMetrics"] = metrics
    return request.with_capacity(answer)


def _condition(request: Request, change: Change, new: Mapping[str, Any] | None) -> None:
    """A condition that does not hold costs what the write would have."""
    if "ConditionExpression" not in request.parameters:
        return
    try:
        expressions.condition(request, request.parameters, change.kept)
    except AwsError:
        request.takes([failed_write(change, new)])
        raise


def failed_write(
    change: Change, new: Mapping[str, Any] | None, *, transactional: bool = False
) -> Charge:
    """What a write that was not made consumes: the table's share, indexes none."""
    sizes = [None if each is None else item_size(each) for each in (change.before, new)]
    units = change_units(*sizes, transactional=transactional)
    return Charge(change.table, WRITE, {change.table.position(change.key): units})


@contextmanager
def undoing(*made: Change) -> Iterator[None]:
    """Unmake changes if the block fails."""
    try:
        yield
    except BaseException:
        for change in made:
            change.undo()
        raise


def within_size(change: Change) -> None:
    """An update may not leave an item too large, nor index keys of the wrong type."""
    if change.after is not None:
        if item_size(change.after) > ITEM_LIMIT:
            raise checks.invalid(checks.TOO_LARGE_UPDATE)
        checks.index_keys(change.table, change.after)


@answers("BatchWriteItem")
def batch_write_item(request: Request) -> Answer:
    wanted = request.parameters["RequestItems"]
    writes = [
        (request.table(name), name, each) for name, listed in wanted.items() for each in listed
    ]
    _check_batch(writes)
    for table, _, each in writes:
        changes.no_conflict(request, table, _key(table, each))
    made = _all_made(request, writes)
    refused: list[Refusal] = []
    unprocessed: dict[str, list[Any]] = {}
    for change, (_, name, each) in zip(made, writes, strict=True):
        over = request.tries(change.charges())
        if over:
            change.undo()
            unprocessed.setdefault(name, []).append(wire(each))
        else:
            change.settle(request)
        refused += over
    if sum(map(len, unprocessed.values())) == len(writes):
        raise request.throttled(refused)
    return _batch_answer(request, made, unprocessed)


Write = tuple[Table, str, Parameters]


def _check_batch(writes: list[Write]) -> None:
    if len(writes) > MOST_WRITES:
        raise checks.invalid("Too many items requested for the BatchWriteItem call")
    for table, _, each in writes:
        if len(each) != 1:
            supplied = "Supplied AttributeValue has more than one datatypes set"
            raise checks.invalid(f"{supplied}, must contain exactly one of the supported datatypes")
        if "PutRequest" in each:
            checks.batch_item(table, each["PutRequest"]["Item"])
            checks.put(table, each["PutRequest"]["Item"])
        else:
            checks.key(table, each["DeleteRequest"]["Key"])
    checks.no_duplicates((table.name, _key(table, each)) for table, _, each in writes)


def _key(table: Table, write: Parameters) -> dict[str, Any]:
    put = write.get("PutRequest")
    return table.key_of(put["Item"] if put else write["DeleteRequest"]["Key"])


def _all_made(request: Request, writes: list[Write]) -> list[Change]:
    """Make every write, or none: moto may still find something wrong with the last one."""
    made: list[Change] = []
    for table, _, each in writes:
        with undoing(*made), changes.change(request, table, _key(table, each)) as change:
            one = {"TableName": table.name, **next(iter(each.values()))}
            ask_moto(request, "put_item" if "PutRequest" in each else "delete_item", one)
        made.append(change)
    return made


def _batch_answer(
    request: Request, made: list[Change], unprocessed: dict[str, list[Any]]
) -> Answer:
    answer: Answer = {"UnprocessedItems": unprocessed}
    metrics: dict[str, list[Any]] = {}
    for change in made:
        if found := changes.collection_metrics(request, change.table, change.key):
            metrics.setdefault(change.table.name, []).append(found)
    if metrics:
        answer["ItemCollectionMetrics"] = metrics
    if capacity := request.consumed():
        answer["ConsumedCapacity"] = capacity
    return answer
