"""Query and Scan: one page at a time, and what a page costs.

Follows the developer guide, "Querying tables in DynamoDB" and "Scanning tables": a page ends after
Limit items or before 1 MB of them, counted before the filter; its price is the sum of the sizes of
all that was evaluated, rounded up once. In an index the sizes are those of its entries; a query of
a local index that asks for more fetches each item from the table, at the item's own price ("Local
secondary indexes", read capacity units). A scan goes through the table by the hash of the partition
key, so its order means nothing, and the segments of a parallel scan are ranges of hashes.

Left out: eventually consistent reads that come too early, also of indexes. What was written is seen
at once, by every read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.responses import validate_select

from course.account.tables import checks, expressions, values
from course.account.tables.charges import Charge
from course.account.tables.expressions import Filter, KeyCondition, Paths
from course.account.tables.reading import consistency, shown
from course.account.tables.request import Answer, Request, answers, motos_errors
from course.account.tables.store import Table
from course.telemetry.tables.indexes import GLOBAL, LOCAL, Index
from course.telemetry.tables.partitions import READ
from course.telemetry.tables.sizes import PAGE_LIMIT, item_size
from course.telemetry.tables.throughput import by_partition
from course.telemetry.tables.units import READ_BLOCK, Consistency, read_units

Rank = tuple[Any, ...]
_TOGETHER = "The {} parameter is required but was not present in the request when {} is present"


@dataclass
class _Source:
    """What is read: a table or an index of it, whole items or what the index holds.

    fetches: whether items are fetched from the table because the index lacks what is asked for.
    """

    table: Table
    index: Index | None
    fetches: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The attributes that name an entry; in an index the table's key belongs to them."""
        own = () if self.index is None else self.index.keys
        return (*own, *(key for key in self.table.keys if key not in own))

    def schema(self) -> list[dict[str, str]]:
        moto = self.table.moto
        if self.index is None:
            return list(moto.schema)
        return list(moto.get_index(self.index.name).schema)

    def holds(self, item: Item) -> bool:
        return self.index is None or all(key in item.attrs for key in self.index.keys)

    def entry(self, item: Item) -> Item:
        """What the filter and the projection see."""
        projected = None if self.index is None else self.index.projected
        if self.fetches or projected is None:
            return item
        return values.part_of(item, dict.fromkeys(projected))

    def rank(self, item: Mapping[str, DynamoType], *, by_hash: bool) -> Rank:
        """Where an item stands in the order of reading."""
        ranked = tuple(item[key].cast_value for key in self.keys)
        return (self.position(item), *ranked) if by_hash else ranked

    def position(self, item: Mapping[str, DynamoType]) -> float:
        names = self.table.keys[:1]
        if self.index is not None and self.index.arm == GLOBAL:
            names = self.index.placing
        return self.table.position({name: values.plain(item[name]) for name in names}, self.index)


@dataclass
class _Page:
    """What has been evaluated. sizes: by item, of the entries read."""

    items: list[Item] = field(default_factory=list)
    sizes: list[tuple[float, int]] = field(default_factory=list)
    fetched: list[tuple[float, int]] = field(default_factory=list)
    is_cut: bool = False


@answers("Query")
def query(request: Request) -> Answer:
    parameters, source = request.parameters, _source(request)
    with motos_errors("Query"):
        conditions = KeyCondition(parameters, source.schema())
        _check_conditions(source, conditions)
        filters, paths = _expressions(source, parameters, conditions.placeholders)
    checks.filters_no_key(source.table, source.index, filters.used)
    expressions_used = ("KeyConditionExpression", "FilterExpression")
    checks.unused_values(parameters, *expressions_used)
    backward = not parameters.get("ScanIndexForward", True)
    found = sorted(
        _matching(source, conditions),
        key=lambda item: source.rank(item.attrs, by_hash=False),
        reverse=backward,
    )
    start = _start(source, parameters)
    if start is not None:
        first = source.rank(start, by_hash=False)
        found = [
            item
            for item in found
            if (rank := source.rank(item.attrs, by_hash=False)) != first
            and (rank < first) is backward
        ]
    return _answer(request, source, found, filters, paths)


def _source(request: Request) -> _Source:
    parameters, table = request.parameters, request.table()
    index = table.index(parameters.get("IndexName"))
    if index is not None and index.arm == GLOBAL and parameters.get("ConsistentRead"):
        raise checks.invalid("Consistent reads are not supported on global secondary indexes")
    return _Source(table, index)


def _check_conditions(source: _Source, conditions: KeyCondition) -> None:
    """Keys must have the types that they were defined with."""
    types = {each["AttributeName"]: each["AttributeType"] for each in source.table.moto.attr}
    operands = [
        *conditions.exact,
        *((name, value) for name, _, all_ in conditions.others for value in all_),
    ]
    for name, value in operands:
        if types[name] not in value:
            what = "One or more parameter values were invalid: Condition parameter type does not"
            raise checks.invalid(f"{what} match schema type")


def _expressions(
    source: _Source, parameters: Mapping[str, Any], used: list[str]
) -> tuple[Filter, Paths]:
    """The filter and the projection, once select and names have been found in order."""
    for name in ("FilterExpression", "ProjectionExpression"):
        if parameters.get(name) == "":
            raise checks.invalid(f"Invalid {name}: The expression can not be empty;")
    filters = Filter(parameters.get("FilterExpression"), parameters)
    paths, placeholders = expressions.projection(parameters)
    expressions.used_names(parameters, [*used, *filters.placeholders, *placeholders])
    validate_select(
        operation="",
        select=parameters.get("Select"),
        projection_expression=parameters.get("ProjectionExpression"),
        attributes_to_get=None,
        table=source.table.moto,
        index_name=parameters.get("IndexName"),
    )
    source.fetches = _fetches(source, parameters, paths)
    return filters, paths


def _fetches(source: _Source, parameters: Mapping[str, Any], paths: Paths) -> bool:
    """Whether the index lacks what is asked for; a global one then refuses."""
    index = source.index
    if index is None or index.projected is None:
        return False
    lacking = [path[0] for path in paths if path[0].partition("[")[0] not in index.projected]
    if lacking and index.arm == GLOBAL:
        raise checks.invalid(
            "One or more parameter values were invalid: Global secondary index "
            f"{index.name} does not project {lacking}"
        )
    everything = parameters.get("Select") == "ALL_ATTRIBUTES"
    return index.arm == LOCAL and (everything or bool(lacking))


def _matching(source: _Source, conditions: KeyCondition) -> Iterator[Item]:
    exact = {name: DynamoType(value) for name, value in conditions.exact}
    ranges = [
        (name, how, [DynamoType(each) for each in all_]) for name, how, all_ in conditions.others
    ]
    first = source.table.keys[0]
    if first in exact:
        candidates = iter(source.table.collection(dict(conditions.exact)[first]))
    else:
        candidates = source.table.everything()
    for item in candidates:
        if (
            source.holds(item)
            and all(item.attrs[name] == value for name, value in exact.items())
            and all(item.attrs[name].compare(how, operands) for name, how, operands in ranges)
        ):
            yield item


def _start(source: _Source, parameters: Mapping[str, Any]) -> dict[str, DynamoType] | None:
    """Where the page begins: after this key."""
    given = parameters.get("ExclusiveStartKey")
    if not given:
        return None
    if set(given) != set(source.keys):
        raise checks.invalid("The provided starting key is invalid")
    return {name: DynamoType(value) for name, value in given.items()}


@answers("Scan")
def scan(request: Request) -> Answer:
    parameters, source = request.parameters, _source(request)
    with motos_errors("Scan"):
        filters, paths = _expressions(source, parameters, [])
    checks.unused_values(parameters, "FilterExpression")
    segment, total = _segment(parameters)
    ranked = sorted(
        (source.rank(item.attrs, by_hash=True), number, item)
        for number, item in enumerate(source.table.everything())
        if source.holds(item)
    )
    start = _start(source, parameters)
    after = None if start is None else source.rank(start, by_hash=True)
    found = [
        item
        for rank, _, item in ranked
        if int(rank[0] * total) == segment and (after is None or rank > after)
    ]
    return _answer(request, source, found, filters, paths)


def _segment(parameters: Mapping[str, Any]) -> tuple[int, int]:
    segment, total = parameters.get("Segment"), parameters.get("TotalSegments")
    if segment is not None and total is None:
        raise checks.invalid(_TOGETHER.format("TotalSegments", "Segment parameter"))
    if total is not None and segment is None:
        raise checks.invalid(_TOGETHER.format("Segment", "parameter TotalSegments"))
    if segment is not None and total is not None and segment >= total:
        rule = "The Segment parameter is zero-based and must be less than parameter TotalSegments"
        raise checks.invalid(f"{rule}: Segment: {segment} is not less than TotalSegments: {total}")
    return segment or 0, total or 1


# -- a page, its price and its answer --------------------------------------------------------------


def _answer(
    request: Request, source: _Source, found: list[Item], filters: Filter, paths: Paths
) -> Answer:
    parameters = request.parameters
    page = _page(source, found, parameters.get("Limit"))
    request.takes(_charges(request, source, page, consistency(parameters)))
    entries = [source.entry(item) for item in page.items]
    kept = [entry for entry in entries if filters.passes(entry)]
    answer: Answer = {"Count": len(kept), "ScannedCount": len(entries)}
    if parameters.get("Select") != "COUNT":
        answer["Items"] = [shown(entry, paths) for entry in kept]
    if page.is_cut:
        last = page.items[-1]
        answer["LastEvaluatedKey"] = {name: values.plain(last.attrs[name]) for name in source.keys}
    request.count("ReturnedItemCount", len(kept), source.table.name, operation=True)
    return request.with_capacity(answer)


def _page(source: _Source, found: list[Item], limit: int | None) -> _Page:
    page, total = _Page(), 0
    for item in found:
        place = source.position(item.attrs)
        size = item_size(_index_image(source, item))
        whole = item_size(values.image(item) or {}) if source.fetches else 0
        read = size + -(-whole // READ_BLOCK) * READ_BLOCK
        if page.items and total + read > PAGE_LIMIT:
            page.is_cut = True
            break
        page.items.append(item)
        page.sizes.append((place, size))
        total += read
        if source.fetches:
            page.fetched.append((place, whole))
        if len(page.items) == limit:
            page.is_cut = True
            break
    return page


def _index_image(source: _Source, item: Item) -> dict[str, Any]:
    """The entry that is read, whether or not the item is then fetched."""
    whole = values.image(item) or {}
    return whole if source.index is None else source.index.entry(whole) or {}


def _charges(request: Request, source: _Source, page: _Page, how: Consistency) -> Iterator[Charge]:
    table, index = source.table, source.index
    owner = index.name if index is not None and index.arm == GLOBAL else None
    partitions = table.throughput(owner, request.now).partitions
    shares = by_partition(partitions, iter(page.sizes)) or {0.0: 0}
    total = sum(shares.values())
    units = read_units(total, how)
    spread = {
        place: units * (size / total if total else 1 / len(shares))
        for place, size in shares.items()
    }
    yield Charge(table, READ, spread, index)
    if index is not None:
        fetched: dict[float, float] = {}
        for place, size in page.fetched:
            fetched[place] = fetched.get(place, 0.0) + read_units(size, how)
        yield Charge(table, READ, fetched)
