"""The streams of a Region, and finding them and their shards."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING, Any

from course.account.region import Region
from course.account.streams.measuring import Measuring
from course.account.streams.shard import Shard
from course.account.streams.stream import PROVISIONED, Stream
from course.telemetry.errors import NotSupported, RuleError

if TYPE_CHECKING:
    from course.account.streams.consumers import Consumer

NOT_FOUND, INVALID = "ResourceNotFoundException", "InvalidArgumentException"
_SPREAD = 0.25
Parameters = dict[str, Any]


class Streams:
    """The streams of one Region, by name."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.by_name: dict[str, Stream] = {}
        self.consumers: dict[str, Consumer] = {}
        self.measuring = Measuring(region)
        self._rng = Random("kinesis")
        if region.world is not None:
            self._load(region.world.resources)

    def _load(self, resources: Mapping[str, Any]) -> None:
        for described in resources.get("kinesis", ()):
            stream = self.make(described["name"], described.get("shards", 1), PROVISIONED)
            stream.retention_hours = described.get("retention_hours", 24)

    def make(self, name: str, count: int | None, mode: str) -> Stream:
        """A new stream."""
        stream = self.by_name[name] = Stream(self.region, name, count, mode)
        return stream

    def find(self, parameters: Parameters) -> Stream:
        """The stream that a request names, by its ARN or its name, as it is now."""
        if parameters.get("StreamId") or parameters.get("DryRun"):
            raise NotSupported("kinesis with StreamId or DryRun", "Leave them out.")
        arn = parameters.get("StreamARN")
        name = arn.rpartition("/")[2] if arn else parameters.get("StreamName")
        if name is None:
            raise RuleError(INVALID, "Either StreamName or StreamARN must be given.")
        stream = self.by_name.get(name)
        if stream is None or (arn and stream.arn != arn):
            raise RuleError(NOT_FOUND, self._missing(name))
        stream.follow_demand()
        stream.trim()
        return stream

    def _missing(self, name: str) -> str:
        return f"Stream {name} under account {self.region.account_id} not found."

    def shard(self, stream: Stream, name: str) -> Shard:
        """A shard of a stream that still has records, or is open."""
        if name not in stream.shards:
            where = f"in stream {stream.name} under account {self.region.account_id}"
            raise RuleError(NOT_FOUND, f"Could not find shard {name} {where}.")
        return stream.shards[name]

    def throttled(self, stream: Stream, shard: Shard) -> RuleError:
        """What a shard answers that has had enough."""
        where = f"in stream {stream.name} under account {self.region.account_id}"
        message = f"Rate exceeded for shard {shard.id} {where}."
        return RuleError("ProvisionedThroughputExceededException", message)

    def takes(self, median: float) -> float:
        """Let the present operation take about so many ms; returns how many."""
        took = median * self._rng.lognormvariate(0, _SPREAD)
        self.region.took = took
        return took
