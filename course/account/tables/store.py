"""The tables of one Region: moto's own, each with its indexes' rules and its throughput."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any

from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table as MotoTable

from course.account.errors import AwsError
from course.account.region import Region
from course.account.tables import values
from course.account.tables.values import Image
from course.account.tally import Tally
from course.telemetry.tables.indexes import GLOBAL, LOCAL, Index
from course.telemetry.tables.partitions import READ, WRITE, position
from course.telemetry.tables.throughput import Settings, Throughput

NAMESPACE = "AWS/DynamoDB"
NOT_FOUND = "Requested resource not found"
Key = Mapping[str, Mapping[str, Any]]


class Table:
    """One table. moto: where its items are; maximum: on-demand limits, by index (None: the table).

    Indexes and throughput follow what moto has been configured with, whoever did that.
    """

    def __init__(self, moto: MotoTable, now: int) -> None:
        self.moto = moto
        self.name: str = moto.name
        self.arn: str = moto.table_arn
        self.keys: tuple[str, ...] = tuple(moto.table_key_attrs)
        self.maximum: dict[str | None, Mapping[str, float]] = {}
        self._throughputs: dict[str | None, Throughput] = {None: Throughput(self._settings(), now)}
        self._indexes: list[Index] = []
        self._described: Any = None

    # -- configuration -------------------------------------------------------------------------

    @property
    def indexes(self) -> list[Index]:
        """The secondary indexes, global ones first."""
        described = (tuple(self.moto.global_indexes), tuple(self.moto.indexes))
        if described != self._described:
            self._described = described
            self._indexes = [
                Index.of(arm, index.describe(), self.keys)
                for arm, group in zip((GLOBAL, LOCAL), described, strict=True)
                for index in group
            ]
        return self._indexes

    def index(self, name: str | None) -> Index | None:
        """The index of that name; ValidationException for one that the table does not have."""
        if name is None:
            return None
        for each in self.indexes:
            if each.name == name:
                return each
        raise AwsError(
            "ValidationException", f"The table does not have the specified index: {name}"
        )

    @property
    def has_collections(self) -> bool:
        """Whether the size of an item collection matters: only with a local secondary index."""
        return bool(self.moto.indexes)

    @property
    def is_on_demand(self) -> bool:
        if self.moto.billing_mode is None:  # a restored table: moto forgets its mode
            return not self.moto.throughput["ReadCapacityUnits"]
        return bool(self.moto.billing_mode == "PAY_PER_REQUEST")

    def throughput(self, index: str | None, now: float) -> Throughput:
        """What the table, or one of its global indexes, can serve."""
        settings = self._settings(index)
        found = self._throughputs.get(index)
        if found is None:
            found = self._throughputs[index] = Throughput(settings, now)
        elif found.settings != settings:
            found.change(settings, now)
        return found

    def _settings(self, index: str | None = None) -> Settings:
        moto = self.moto
        if index is not None:
            moto = next(each for each in moto.global_indexes if each.name == index)
        warm = {
            READ: float(moto.warm_throughput.get("ReadUnitsPerSecond", 0)),
            WRITE: float(moto.warm_throughput.get("WriteUnitsPerSecond", 0)),
        }
        if self.is_on_demand:
            return Settings(maximum=self.maximum.get(index), warm=warm)
        return Settings(provisioned=provisioned(moto.throughput), warm=warm)

    def arn_of(self, index: str | None) -> str:
        return self.arn if index is None else f"{self.arn}/index/{index}"

    # -- items ---------------------------------------------------------------------------------

    def key_of(self, item: Key) -> dict[str, Any]:
        """The key attributes of an item."""
        return {name: item[name] for name in self.keys}

    def position(self, item: Key, index: Index | None = None) -> float:
        """Where an item, or its entry in a global index, lies."""
        if index is None or index.arm == LOCAL:
            return position(item[self.keys[0]])
        return position(*(item[name] for name in index.placing))

    def held(self, key: Key) -> Item | None:
        """moto's own item of a key: changing it changes the table."""
        first, second = self._typed(key)
        found = self.moto.items.get(first)
        return found if second is None or found is None else found.get(second)

    def image(self, key: Key) -> Image | None:
        """The item of a key as it travels."""
        return values.image(self.held(key))

    def put_back(self, key: Key, item: Item | None) -> None:
        """Let the table hold this item of a key, or none, as if nothing else had happened."""
        first, second = self._typed(key)
        if second is not None:
            holder, place = self.moto.items[first], second
        else:
            holder, place = self.moto.items, first
        if item is None:
            holder.pop(place, None)
        else:
            holder[place] = item

    def _typed(self, key: Key) -> tuple[DynamoType, DynamoType | None]:
        first, *rest = (DynamoType(key[name]) for name in self.keys)
        return first, rest[0] if rest else None

    def everything(self) -> Iterator[Item]:
        """Every item, in no order."""
        for held in self.moto.items.values():
            if len(self.keys) > 1:
                yield from held.values()
            else:
                yield held

    def collection(self, partition_key: Mapping[str, Any]) -> list[Item]:
        """The items with a partition key, in no order."""
        found = self.moto.items.get(DynamoType(partition_key))
        if found is None:
            return []
        return list(found.values()) if len(self.keys) > 1 else [found]

    @contextmanager
    def streamless(self) -> Iterator[None]:
        """Keep moto from writing stream records: it would write some that AWS does not."""
        shard, self.moto.stream_shard = self.moto.stream_shard, None
        try:
            yield
        finally:
            self.moto.stream_shard = shard


def provisioned(described: Mapping[str, Any]) -> dict[str, float]:
    """Units a second, of a ProvisionedThroughput."""
    return {
        READ: float(described["ReadCapacityUnits"]),
        WRITE: float(described["WriteCapacityUnits"]),
    }


class Tables:
    """What the account adds to moto's tables in one Region."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.metering = Tally(region, NAMESPACE)
        self.rng = Random(f"dynamodb {region.name}")
        # Items of transactions that are under way, by table and key, until when (epoch ms).
        self.ongoing: dict[tuple[str, str], float] = {}
        # Requests that were carried out, by ClientRequestToken.
        self.tokens: dict[str, Any] = {}
        self._tables: dict[str, Table] = {}
        self.backend: DynamoDBBackend = dynamodb_backends[region.account_id][region.name]

    def find(self, name: str) -> Table:
        """A table by its name or ARN; ResourceNotFoundException."""
        name = name.rsplit("/", 1)[-1]
        moto = self.backend.tables.get(name)
        if moto is None:
            raise AwsError("ResourceNotFoundException", NOT_FOUND)
        known = self._tables.get(name)
        if known is None or known.moto is not moto:
            known = self._tables[name] = Table(moto, self.region.now)
        return known
