"""A client with DynamoDB's operations and DAX's caches in front of them.

Follows the developer guide: "DAX: How it works" and "DAX and DynamoDB consistency models". GetItem
and BatchGetItem are answered from the item cache, Query and Scan from the query cache by their
exact parameters; a missing item is cached, too. Writes go to the table first and then into the item
cache; the query cache does not learn of them. Strongly consistent and transactional reads pass
through and are not cached. A TTL of five minutes is DAX's default for both caches.

There is no cluster behind it and no network: AWS needs its own client library and a VPC. Choices,
where the guide says nothing: a read with a projection has an entry of its own; an update whose old
or partial values are asked for drops the entry. An answer from a cache takes half a millisecond.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import boto3

from course.account import waiting
from course.account.region import Region
from course.account.tables.values import wire
from course.account.tally import Tally
from course.telemetry.tables.caches import TimedCache

NAMESPACE = "AWS/DAX"
HIT_MS = 0.5
Answer = dict[str, Any]
Parameters = dict[str, Any]
ITEM, QUERY, SCAN = "ItemCache", "QueryCache", "ScanCache"


class Dax:
    """Operations as boto3's DynamoDB client has them; `counts()` says what the caches did.

    item_ttl, query_ttl: seconds; most_items: how many entries fit into each cache.
    """

    def __init__(
        self,
        region: Region,
        *,
        cluster: str = "dax",
        item_ttl: float = 300,
        query_ttl: float = 300,
        most_items: int | None = None,
    ) -> None:
        self._region = region
        self._client = boto3.client("dynamodb", region_name=region.name)
        self._metering = Tally(region, NAMESPACE)
        self._dimensions = (("ClusterId", cluster),)
        self._items: TimedCache[Answer] = TimedCache(item_ttl * 1000, most_items)
        self._queries: TimedCache[Answer] = TimedCache(query_ttl * 1000, most_items)
        self._keys: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    @property
    def exceptions(self) -> Any:
        """The error classes, as a client has them."""
        return self._client.exceptions

    def counts(self) -> dict[str, int]:
        """How often what happened, by the names of the AWS/DAX metrics."""
        return {**self._counts, "Evictions": self._items.evicted + self._queries.evicted}

    # -- reading -------------------------------------------------------------------------------

    def get_item(self, **parameters: Any) -> Answer:
        self._count("GetItemRequestCount")
        if parameters.get("ConsistentRead"):
            return self._pass("get_item", parameters)
        place = _place(parameters["TableName"], parameters["Key"], parameters)
        held = self._looked_up(self._items, ITEM, place)
        if held is not None:
            return held
        answer = self._pass("get_item", parameters)
        self._hold(place, answer.get("Item"))
        return answer

    def batch_get_item(self, **parameters: Any) -> Answer:
        self._count("BatchGetItemRequestCount")
        found: dict[str, list[Any]] = {}
        missing: dict[str, Any] = {}
        for table, asked in parameters["RequestItems"].items():
            found[table], keys = self._batch_hits(table, asked)
            if keys:
                missing[table] = {**asked, "Keys": keys}
        answer: Answer = {"Responses": found, "UnprocessedKeys": {}}
        if missing:
            read = self._pass("batch_get_item", {**parameters, "RequestItems": missing})
            self._hold_batch(missing, read)
            for table, items in read["Responses"].items():
                found[table] += items
            answer = {**read, "Responses": found}
        return answer

    def _batch_hits(self, table: str, asked: Parameters) -> tuple[list[Any], list[Any]]:
        """The items that the cache has of a table's keys, and the keys of the others."""
        if asked.get("ConsistentRead"):
            return [], asked["Keys"]
        hits, missing = [], []
        for key in asked["Keys"]:
            held = self._looked_up(self._items, ITEM, _place(table, key, asked))
            if held is None:
                missing.append(key)
            elif "Item" in held:
                hits.append(held["Item"])
        return hits, missing

    def _hold_batch(self, missing: Mapping[str, Any], read: Answer) -> None:
        """Keep what a batch has read; what came back unread is not known to be missing."""
        for table, asked in missing.items():
            if asked.get("ConsistentRead") or asked.get("ProjectionExpression"):
                continue
            unread = read.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            for key in asked["Keys"]:
                if key not in unread:
                    items = read["Responses"].get(table, [])
                    self._hold(_place(table, key, asked), _with_key(items, key))

    def query(self, **parameters: Any) -> Answer:
        self._count("QueryRequestCount")
        return self._page("query", QUERY, parameters)

    def scan(self, **parameters: Any) -> Answer:
        self._count("ScanRequestCount")
        return self._page("scan", SCAN, parameters)

    def _page(self, method: str, cache: str, parameters: Parameters) -> Answer:
        if parameters.get("ConsistentRead"):
            return self._pass(method, parameters)
        place = f"{method} {_text(parameters)}"
        held = self._looked_up(self._queries, cache, place)
        if held is not None:
            return held
        answer = self._pass(method, parameters)
        kept = {name: value for name, value in answer.items() if name not in _OF_THE_CALL}
        self._queries.put(place, copy.deepcopy(kept), self._region.now)
        return answer

    def transact_get_items(self, **parameters: Any) -> Answer:
        self._count("TransactGetItemsCount")
        return self._pass("transact_get_items", parameters)

    # -- writing -------------------------------------------------------------------------------

    def put_item(self, **parameters: Any) -> Answer:
        self._count("PutItemRequestCount")
        answer = self._pass("put_item", parameters)
        self._wrote(parameters["TableName"], parameters["Item"])
        return answer

    def update_item(self, **parameters: Any) -> Answer:
        self._count("UpdateItemRequestCount")
        asked = parameters.get("ReturnValues", "NONE")
        table, key = parameters["TableName"], parameters["Key"]
        if asked not in ("NONE", "ALL_NEW"):
            answer = self._pass("update_item", parameters)
            self._items.drop(_place(table, key))
            return answer
        answer = self._pass("update_item", {**parameters, "ReturnValues": "ALL_NEW"})
        self._hold(_place(table, key), answer["Attributes"])
        if asked == "NONE":
            del answer["Attributes"]
        return answer

    def delete_item(self, **parameters: Any) -> Answer:
        self._count("DeleteItemRequestCount")
        answer = self._pass("delete_item", parameters)
        self._hold(_place(parameters["TableName"], parameters["Key"]), None)
        return answer

    def batch_write_item(self, **parameters: Any) -> Answer:
        self._count("BatchWriteItemRequestCount")
        answer = self._pass("batch_write_item", parameters)
        for table, writes in parameters["RequestItems"].items():
            left = answer["UnprocessedItems"].get(table, [])
            for write in writes:
                if write not in left:
                    self._wrote_in_batch(table, write)
        return answer

    def _wrote_in_batch(self, table: str, write: Parameters) -> None:
        if "PutRequest" in write:
            self._wrote(table, write["PutRequest"]["Item"])
        else:
            self._hold(_place(table, write["DeleteRequest"]["Key"]), None)

    def transact_write_items(self, **parameters: Any) -> Answer:
        """Afterwards DAX reads the items to cache them, which costs capacity of its own."""
        self._count("TransactWriteItemsCount")
        answer = self._pass("transact_write_items", parameters)
        written = [
            each[kind]
            for each in parameters["TransactItems"]
            for kind in ("Put", "Update", "Delete")
            if kind in each
        ]
        keys = [(one["TableName"], self._key(one)) for one in written]
        gets = [{"Get": {"TableName": table, "Key": key}} for table, key in keys]
        if gets:
            read = self._pass("transact_get_items", {"TransactItems": gets})["Responses"]
            for (table, key), found in zip(keys, read, strict=True):
                self._hold(_place(table, key), found.get("Item"))
        return answer

    # -- the caches ----------------------------------------------------------------------------

    def _pass(self, method: str, parameters: Parameters) -> Answer:
        call: Callable[..., Answer] = getattr(self._client, method)
        try:
            return call(**parameters)
        except Exception:
            self._count("FailedRequestCount")
            raise

    def _looked_up(self, cache: TimedCache[Answer], name: str, place: str) -> Answer | None:
        found = cache.get(place, self._region.now)
        self._count(f"{name}{'Misses' if found is None else 'Hits'}")
        if found is None:
            return None
        waiting.spend(HIT_MS)
        return copy.deepcopy(found.value)

    def _hold(self, place: str, item: Mapping[str, Any] | None) -> None:
        held = {} if item is None else {"Item": copy.deepcopy(item)}
        self._items.put(place, held, self._region.now)

    def _wrote(self, table: str, item: Mapping[str, Any]) -> None:
        self._hold(_place(table, self._key({"TableName": table, "Item": item})), item)

    def _key(self, write: Parameters) -> Mapping[str, Any]:
        if "Key" in write:
            key: Mapping[str, Any] = write["Key"]
            return key
        return {name: write["Item"][name] for name in self._key_names(write["TableName"])}

    def _key_names(self, table: str) -> Iterable[str]:
        """A table's key attributes, which DAX asks for once."""
        if table not in self._keys:
            found = self._region.clients("dynamodb").describe_table(TableName=table)["Table"]
            self._keys[table] = [key["AttributeName"] for key in found["KeySchema"]]
        return self._keys[table]

    def _count(self, name: str) -> None:
        self._counts[name] = self._counts.get(name, 0) + 1
        self._metering.add(self._region.now, name, 1, "Count", self._dimensions)


# What belongs to one call and not to its result.
_OF_THE_CALL = ("ResponseMetadata", "ConsumedCapacity")
_PROJECTS = ("ProjectionExpression", "ExpressionAttributeNames")


def _place(table: str, key: Mapping[str, Any], asked: Mapping[str, Any] | None = None) -> str:
    """Where an item is cached: by its key, and by what is projected of it."""
    projected = {name: asked[name] for name in _PROJECTS if name in asked} if asked else {}
    return _text([table, key, projected])


def _text(value: Any) -> str:
    return json.dumps(wire(value), sort_keys=True, default=str)


def _with_key(items: Iterable[Mapping[str, Any]], key: Mapping[str, Any]) -> Any:
    return next((item for item in items if key.items() <= item.items()), None)
