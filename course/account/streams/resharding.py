"""Splitting and merging shards, one by one or to a count.

Kinesis API reference, SplitShard, MergeShards and UpdateShardCount with its limits: at most the
double, at least the half, ten times in 24 hours. Left out: the account's shard quota.
"""

from __future__ import annotations

from typing import Any

from course.account.region import Region
from course.account.streams.shard import Shard
from course.account.streams.store import INVALID, Streams
from course.account.streams.stream import HOUR, ON_DEMAND, Stream, are_adjacent
from course.telemetry.errors import RuleError

IN_USE, LIMIT, VALIDATION = (
    "ResourceInUseException",
    "LimitExceededException",
    "ValidationException",
)
MOST_SCALINGS = 10
Parameters = dict[str, Any]


def split_shard(region: Region, parameters: Parameters) -> None:
    stream = _changeable(region, parameters)
    shard = _open_shard(region, stream, parameters["ShardToSplit"])
    start, (low, high) = int(parameters["NewStartingHashKey"]), shard.keys
    if not low + 1 < start < high:
        where = f"on shard {shard.id} in stream {stream.name} under account {region.account_id}"
        message = (
            f"NewStartingHashKey {start} used in SplitShard() {where} is not both greater than one "
            f"plus the shard's StartingHashKey {low} and less than the shard's EndingHashKey "
            f"{high - 1}."
        )
        raise RuleError(INVALID, message)
    stream.split(shard, start)


def merge_shards(region: Region, parameters: Parameters) -> None:
    stream = _changeable(region, parameters)
    first = _open_shard(region, stream, parameters["ShardToMerge"])
    second = _open_shard(region, stream, parameters["AdjacentShardToMerge"])
    if first is second or not are_adjacent(first, second):
        where = f"in stream {stream.name} under account {region.account_id}"
        message = f"Shards {first.id} and {second.id} {where} are not an adjacent pair of shards"
        raise RuleError(INVALID, f"{message} eligible for merging.")
    stream.merge(first, second)


def update_shard_count(region: Region, parameters: Parameters) -> dict[str, Any]:
    stream = _changeable(region, parameters)
    count, wanted = len(stream.open_shards()), int(parameters["TargetShardCount"])
    _check_target(stream, count, wanted)
    day = region.now - 24 * HOUR
    stream.scalings = [at for at in stream.scalings if at > day]
    if len(stream.scalings) >= MOST_SCALINGS:
        message = f"{stream.name} was scaled {MOST_SCALINGS} times in the last 24 hours, which is"
        raise RuleError(LIMIT, f"{message} the limit.")
    stream.scalings.append(region.now)
    stream.scale(wanted)
    return {
        "StreamName": stream.name,
        "CurrentShardCount": count,
        "TargetShardCount": wanted,
        "StreamARN": stream.arn,
    }


def _check_target(stream: Stream, count: int, wanted: int) -> None:
    """RuleError for more than the double, less than the half, or no change."""
    said = f"UpdateShardCount cannot scale {{}} from {count} to {wanted} shards: "
    if wanted > 2 * count:
        message = said.format("up") + "at most the double of the open shard count is possible."
        raise RuleError(INVALID, message)
    if 2 * wanted < count:
        message = said.format("down") + "at least half of the open shard count must remain."
        raise RuleError(INVALID, message)
    if wanted == count:
        raise RuleError(INVALID, f"The stream {stream.name} has {count} open shards already.")


def _changeable(region: Region, parameters: Parameters) -> Stream:
    """The stream, if its shards may be changed now."""
    stream = region.part(Streams).find(parameters)
    where = f"Stream {stream.name} under account {region.account_id}"
    if stream.mode == ON_DEMAND:
        raise RuleError(VALIDATION, f"{where} is in on-demand mode: its shards cannot be changed.")
    if stream.is_updating:
        message = f"{where} not ACTIVE, instead in state {stream.status}"
        raise RuleError(IN_USE, message)
    return stream


def _open_shard(region: Region, stream: Stream, name: str) -> Shard:
    shard = region.part(Streams).shard(stream, name)
    if not shard.is_open:
        where = f"Shard {name} in stream {stream.name} under account {region.account_id}"
        message = f"{where} has already been merged or split, and thus is not eligible for merging"
        raise RuleError(INVALID, f"{message} or splitting.")
    return shard
