"""One shard: its range of hash keys, its records in order, and whose child it is."""

from __future__ import annotations

import base64
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from course.telemetry.streams.hashing import Range
from course.telemetry.streams.limits import (
    MOST_OF_A_READ,
    MOST_RECORDS_OF_A_READ,
    Reads,
    Writes,
)


@dataclass(frozen=True, slots=True)
class Record:
    """A record, and when it arrived (epoch ms)."""

    number: int
    key: str
    data: bytes
    arrived: int

    @property
    def size(self) -> int:
        """Bytes that count, the partition key included."""
        return len(self.data) + len(self.key.encode())

    def described(self) -> dict[str, Any]:
        """As the API returns it, in the JSON that it travels in."""
        return {
            "SequenceNumber": str(self.number),
            "ApproximateArrivalTimestamp": self.arrived / 1000,
            "Data": base64.b64encode(self.data).decode(),
            "PartitionKey": self.key,
        }


@dataclass
class Shard:
    """parents: the shard that was split, or the two that were merged. opened, closed: epoch ms."""

    index: int
    keys: Range
    opened: int
    first: int
    parents: tuple[str, ...] = ()
    closed: int | None = None
    last: int | None = None
    children: list[Shard] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.writes = Writes(self.opened)
        self.reads = Reads(self.opened)

    @property
    def id(self) -> str:
        return f"shardId-{self.index:012d}"

    @property
    def is_open(self) -> bool:
        return self.closed is None

    def owns(self, key: int) -> bool:
        """Whether a hash key lies in its range."""
        return self.keys[0] <= key <= self.keys[1]

    def trim(self, before: int) -> None:
        """Forget the records that arrived before an instant."""
        kept = 0
        while kept < len(self.records) and self.records[kept].arrived < before:
            kept += 1
        del self.records[:kept]

    def after(self, number: int, limit: int = MOST_RECORDS_OF_A_READ) -> list[Record]:
        """What follows a sequence number, as much as one read returns."""
        start = bisect_right(self.records, number, key=lambda record: record.number)
        found: list[Record] = []
        size = 0
        for record in self.records[start : start + limit]:
            size += record.size
            if found and size > MOST_OF_A_READ:
                break
            found.append(record)
        return found

    def is_read_up_to(self, number: int) -> bool:
        """Whether nothing follows a sequence number."""
        return not self.records or self.records[-1].number <= number

    def described(self) -> dict[str, Any]:
        """As ListShards and DescribeStream show it."""
        numbers = {"StartingSequenceNumber": str(self.first)}
        if self.last is not None:
            numbers["EndingSequenceNumber"] = str(self.last)
        found: dict[str, Any] = {"ShardId": self.id}
        for name, parent in zip(
            ("ParentShardId", "AdjacentParentShardId"), self.parents, strict=False
        ):
            found[name] = parent
        return {**found, "HashKeyRange": self._range(), "SequenceNumberRange": numbers}

    def as_child(self) -> dict[str, Any]:
        """As GetRecords names it at the end of its parent."""
        return {
            "ShardId": self.id,
            "ParentShards": list(self.parents),
            "HashKeyRange": self._range(),
        }

    def _range(self) -> dict[str, str]:
        start, end = self.keys
        return {"StartingHashKey": str(start), "EndingHashKey": str(end)}
