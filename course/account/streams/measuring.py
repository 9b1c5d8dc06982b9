"""The AWS/Kinesis metrics.

Developer guide, "Monitor Kinesis Data Streams with CloudWatch": basic metrics by stream for each
operation, and by shard what EnableEnhancedMonitoring asks for. Those of a consumer with enhanced
fan-out carry its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from course.account.region import Region
from course.account.tally import Dimensions, Tally

if TYPE_CHECKING:
    from course.account.streams.shard import Record, Shard
    from course.account.streams.stream import Stream

THROTTLED_IN = "WriteProvisionedThroughputExceeded"
THROTTLED_OUT = "ReadProvisionedThroughputExceeded"
SHARD_METRICS = (
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    THROTTLED_IN,
    THROTTLED_OUT,
    "IteratorAgeMilliseconds",
)
Values = Mapping[str, float]


class Measuring:
    """Counts what is written to and read from the streams of a Region."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._tally = Tally(region, "AWS/Kinesis")

    def stream(self, stream: Stream, values: Values) -> None:
        """Count values by the stream."""
        self._add((("StreamName", stream.name),), values)

    def shard(self, stream: Stream, shard: Shard, values: Values) -> None:
        """Count values by the shard, as far as somebody asked for them."""
        wanted = {name: value for name, value in values.items() if name in stream.shard_metrics}
        self._add((("ShardId", shard.id), ("StreamName", stream.name)), wanted)

    def consumer(self, stream: Stream, consumer: str, values: Values) -> None:
        """Count values by a consumer with enhanced fan-out."""
        self._add((("ConsumerName", consumer), ("StreamName", stream.name)), values)

    def arrived(self, stream: Stream, shard: Shard, records: Iterable[Record]) -> None:
        """Count what a shard took in."""
        sizes = [record.size for record in records]
        values = {"IncomingBytes": float(sum(sizes)), "IncomingRecords": float(len(sizes))}
        self.shard(stream, shard, values)

    def read(self, stream: Stream, shard: Shard, records: list[Record], took: float) -> None:
        """Count a successful GetRecords."""
        now = self._region.now
        size = float(sum(record.size for record in records))
        age = float(now - records[-1].arrived) if records else 0.0
        values = {"Bytes": size, "Records": float(len(records)), "Latency": round(took, 3)}
        found = {f"GetRecords.{name}": value for name, value in values.items()}
        found |= {"GetRecords.Success": 1.0, "GetRecords.IteratorAgeMilliseconds": age}
        self.stream(stream, {**found, THROTTLED_OUT: 0.0})
        shards = {"OutgoingBytes": size, "OutgoingRecords": float(len(records))}
        self.shard(stream, shard, {**shards, THROTTLED_OUT: 0.0, "IteratorAgeMilliseconds": age})

    def _add(self, dimensions: Dimensions, values: Values) -> None:
        for name, value in values.items():
            self._tally.add(self._region.now, name, value, _unit(name), dimensions)


def _unit(name: str) -> str:
    if name.endswith("Bytes"):
        return "Bytes"
    milliseconds = ("Latency", "Milliseconds", "MillisBehindLatest")
    return "Milliseconds" if name.endswith(milliseconds) else "Count"
