"""The streams that an event source mapping reads: what follows a position in a shard.

Kinesis shards are read within the limits that all readers of a stream share ("Quotas and limits"),
unless the source is a consumer with enhanced fan-out, which has its own. A shard's children begin
once the shard has been read to its end ("Resharding" of the Lambda developer guide's Kinesis page).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from course.account.functions import records
from course.account.functions.records import Record
from course.account.region import Region
from course.account.streams import reading, shard, store

BEGINNING = "TRIM_HORIZON"
CONSUMER = "/consumer/"


@dataclass
class Read:
    """A record, and when it arrived in the stream (epoch ms)."""

    record: Record
    arrived: int
    key: str
    number: str
    shard: str


@dataclass
class Reading:
    """What a shard gave: position is where to go on, None at its end; is_partial: there is more."""

    reads: list[Read]
    position: str | None
    is_partial: bool = False
    children: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Source(Protocol):
    """A stream with its shards."""

    @property
    def arn(self) -> str:
        """The stream's own ARN, under which arrivals are announced."""

    @property
    def every(self) -> int:
        """How often it is read, in ms."""

    def begin(self) -> dict[str, str]:
        """The shards to read first, with the position to start from."""

    def start_of(self, child: str) -> str:
        """Where a shard begins whose parents have been read."""

    def read(self, name: str, position: str) -> Reading | None:
        """What follows a position; None if the stream has no throughput left for it."""


class TableStream:
    """The stream of a DynamoDB table, which is read four times a second."""

    every = 250

    def __init__(self, region: Region, arn: str, settings: Mapping[str, Any]) -> None:
        self.arn = arn
        self._settings = settings
        self._client = region.clients("dynamodbstreams")

    def begin(self) -> dict[str, str]:
        listed = self._client.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"]
        return {each["ShardId"]: self._iterator(each["ShardId"]) for each in listed}

    def start_of(self, child: str) -> str:
        return self._iterator(child)

    def _iterator(self, name: str) -> str:
        found = self._client.get_shard_iterator(
            StreamArn=self.arn,
            ShardId=name,
            ShardIteratorType=self._settings["StartingPosition"],
        )
        return str(found["ShardIterator"])

    def read(self, name: str, position: str) -> Reading | None:
        answer = self._client.get_records(ShardIterator=position)
        found = [self._wrapped(each, name) for each in answer["Records"]]
        return Reading(found, answer.get("NextShardIterator"))

    def _wrapped(self, given: Any, name: str) -> Read:
        change = given["dynamodb"]
        key = json.dumps(change["Keys"], sort_keys=True, default=str)
        arrived = round(change["ApproximateCreationDateTime"].timestamp() * 1000)
        record = records.of_dynamodb(given, self.arn)
        return Read(record, arrived, key, change["SequenceNumber"], name)


class KinesisStream:
    """A Kinesis stream, which is read once a second, or a consumer, to which it is pushed."""

    def __init__(self, region: Region, arn: str, settings: Mapping[str, Any], role: str) -> None:
        self.arn, self._consumer, _ = arn.partition(CONSUMER)
        self.every = 100 if self._consumer else 1000
        self._source = arn
        self._streams = region.part(store.Streams)
        self._settings = settings
        self._role = role

    def begin(self) -> dict[str, str]:
        """Open shards for LATEST; else the oldest, whose children follow."""
        found = self._streams.find({"StreamARN": self.arn}).shards
        if self._settings["StartingPosition"] == "LATEST":
            first = [name for name, each in found.items() if each.is_open]
        else:
            first = [name for name, each in found.items() if not set(each.parents) & set(found)]
        return {name: self._position(name, self._settings["StartingPosition"]) for name in first}

    def start_of(self, child: str) -> str:
        kind = self._settings["StartingPosition"]
        return self._position(child, BEGINNING if kind == "LATEST" else kind)

    def _position(self, name: str, kind: str) -> str:
        stream = self._streams.find({"StreamARN": self.arn})
        when = self._settings.get("StartingPositionTimestamp")
        return str(reading.before(stream, stream.shards[name], {"Type": kind, "Timestamp": when}))

    def read(self, name: str, position: str) -> Reading | None:
        stream = self._streams.find({"StreamARN": self.arn})
        found = stream.shards.get(name)
        if found is None:  # it was read too late: its records have expired
            return Reading([], None)
        after = int(position)
        if self._consumer:
            given = found.after(after)
        else:
            taken = reading.take(self._streams, stream, found, after)
            if taken is None:
                return None
            given = taken
        last = given[-1].number if given else after
        is_over = not found.is_open and found.is_read_up_to(last)
        return Reading(
            [self._wrapped(each, name) for each in given],
            None if is_over else str(last),
            not found.is_read_up_to(last),
            {each.id: each.parents for each in found.children} if is_over else {},
        )

    def _wrapped(self, given: shard.Record, name: str) -> Read:
        record = records.of_kinesis(given.described(), name, self._source, self._role)
        return Read(record, given.arrived, given.key, str(given.number), name)
