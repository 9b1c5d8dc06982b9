"""Reading a shard from a position on.

Kinesis API reference, GetShardIterator and GetRecords: an iterator is good for five minutes; at the
end of a closed shard there is no next one, and the shards that came of it are named. What a read
gives out, limits the reads that follow; see `limits`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from course.account.clock import iso
from course.account.region import Region
from course.account.streams.measuring import THROTTLED_OUT
from course.account.streams.shard import Record, Shard
from course.account.streams.store import INVALID, Streams
from course.account.streams.stream import Stream
from course.telemetry.errors import RuleError
from course.telemetry.streams.limits import MIB, MOST_RECORDS_OF_A_READ

GOOD_FOR = 5 * 60_000
MEDIAN = 8.0
PER_MIB = 12.0
Parameters = dict[str, Any]


def get_shard_iterator(region: Region, parameters: Parameters) -> dict[str, Any]:
    streams = region.part(Streams)
    stream = streams.find(parameters)
    shard = streams.shard(stream, parameters["ShardId"])
    position = {
        "Type": parameters["ShardIteratorType"],
        "SequenceNumber": parameters.get("StartingSequenceNumber"),
        "Timestamp": parameters.get("Timestamp"),
    }
    streams.takes(MEDIAN)
    return {"ShardIterator": _iterator(region, stream, shard, before(stream, shard, position))}


def before(stream: Stream, shard: Shard, position: Mapping[str, Any]) -> int:
    """The sequence number after which to read, for a starting position of the API."""
    kind = position["Type"]
    if kind == "TRIM_HORIZON":
        return 0
    if kind == "LATEST":
        return shard.records[-1].number if shard.records else shard.first
    if kind == "AT_TIMESTAMP":
        return _before_instant(stream, shard, position.get("Timestamp"))
    return _before_number(shard, kind, position.get("SequenceNumber"))


def _before_instant(stream: Stream, shard: Shard, given: datetime | None) -> int:
    if given is None:
        raise RuleError(INVALID, "Must specify timestamp parameter for iterator of AT_TIMESTAMP.")
    at = given.timestamp() * 1000
    if at > stream.region.now:
        message = f"The timestampInMillis parameter cannot be greater than the current time {at}"
        raise RuleError(INVALID, message)
    earlier = [record.number for record in shard.records if record.arrived < at]
    return earlier[-1] if earlier else 0


def _before_number(shard: Shard, kind: str, given: str | None) -> int:
    """RuleError for a number that is none of the shard's."""
    if given is None:
        message = f"Must either specify (1) {kind} and sequence number or (2) TRIM_HORIZON or"
        raise RuleError(INVALID, f"{message} LATEST and no sequence number.")
    number = int(given)
    if number < shard.first or (shard.last is not None and number > shard.last):
        message = f"StartingSequenceNumber {given} used in GetShardIterator on shard {shard.id} "
        raise RuleError(INVALID, f"{message}is invalid because it did not come from this stream.")
    return number - 1 if kind == "AT_SEQUENCE_NUMBER" else number


def get_records(region: Region, parameters: Parameters) -> dict[str, Any]:
    streams = region.part(Streams)
    name, shard_id, after = _read(region, parameters["ShardIterator"])
    stream = streams.find({**parameters, "StreamARN": None, "StreamName": name})
    shard = streams.shard(stream, shard_id)
    limit = parameters.get("Limit") or MOST_RECORDS_OF_A_READ
    found = take(streams, stream, shard, after, limit)
    if found is None:
        raise streams.throttled(stream, shard)
    last = found[-1].number if found else after
    answer = {"Records": [record.described() for record in found], **state(region, shard, last)}
    if "ChildShards" not in answer:
        answer["NextShardIterator"] = _iterator(region, stream, shard, last)
    return answer


def take(
    streams: Streams,
    stream: Stream,
    shard: Shard,
    after: int,
    limit: int = MOST_RECORDS_OF_A_READ,
) -> list[Record] | None:
    """Read what follows a number out of the throughput that is shared; None if it is used up."""
    now, took = stream.region.now, streams.takes(MEDIAN)
    if not shard.reads.begin(now):
        streams.measuring.stream(stream, {THROTTLED_OUT: 1.0, "GetRecords.Success": 0.0})
        streams.measuring.shard(stream, shard, {THROTTLED_OUT: 1.0})
        return None
    found = shard.after(after, limit)
    size = sum(record.size for record in found)
    shard.reads.end(size, now)
    stream.region.took = took + PER_MIB * size / MIB
    streams.measuring.read(stream, shard, found, stream.region.took)
    return found


def state(region: Region, shard: Shard, last: int) -> dict[str, Any]:
    """How far behind a reader is, and at the end of a closed shard which ones come next."""
    found: dict[str, Any] = {"MillisBehindLatest": behind(region, shard, last)}
    if not shard.is_open and shard.is_read_up_to(last):
        found["ChildShards"] = [child.as_child() for child in shard.children]
    return found


def behind(region: Region, shard: Shard, last: int) -> int:
    """Milliseconds since the first record arrived that is still to be read."""
    following: list[Record] = shard.after(last, 1)
    return region.now - following[0].arrived if following else 0


def _iterator(region: Region, stream: Stream, shard: Shard, after: int) -> str:
    position = json.dumps([stream.name, shard.id, str(after), region.now])
    return base64.b64encode(position.encode()).decode()


def _read(region: Region, iterator: str) -> tuple[str, str, int]:
    """The stream, shard and number of an iterator that is still good."""
    try:
        name, shard, after, made = json.loads(base64.b64decode(iterator, validate=True))
        number, at = int(after), int(made)
    except (ValueError, TypeError):
        raise RuleError(INVALID, "Invalid ShardIterator.") from None
    if region.now > at + GOOD_FOR:
        message = f"Iterator expired. The iterator was created at time {iso(at)} while right now "
        late = f"it is {iso(region.now)} which is further in the future than the tolerated delay"
        raise RuleError("ExpiredIteratorException", f"{message}{late} of {GOOD_FOR} milliseconds.")
    return name, shard, number
