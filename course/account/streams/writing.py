"""Putting records into a stream.

Kinesis API reference, PutRecord and PutRecords, and the developer guide's "Quotas and limits". A
record that finds its shard exhausted fails alone in PutRecords. Latencies are of the order that a
client in the same Region sees; AWS promises none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.account.arrivals import announce
from course.account.region import Region
from course.account.streams.measuring import THROTTLED_IN
from course.account.streams.shard import Record, Shard
from course.account.streams.store import INVALID, Streams
from course.account.streams.stream import Stream
from course.telemetry.errors import RuleError
from course.telemetry.streams.hashing import SPACE, hash_key
from course.telemetry.streams.limits import LARGEST_REQUEST, MIB

MEDIAN = 9.0
PER_MIB = 12.0
Parameters = dict[str, Any]


def put_record(region: Region, parameters: Parameters) -> dict[str, Any]:
    """One record; the throttling exception if its shard is exhausted."""
    streams = region.part(Streams)
    stream = streams.find(parameters)
    size = _size(stream, parameters, "data")
    shard = stream.owner(_hash_key(parameters))
    took = streams.takes(MEDIAN + PER_MIB * size / MIB)
    record = _put(stream, shard, parameters)
    streams.measuring.stream(stream, {THROTTLED_IN: 0.0 if record else 1.0})
    if record is None:
        streams.measuring.shard(stream, shard, {THROTTLED_IN: 1.0})
        streams.measuring.stream(stream, {"PutRecord.Success": 0.0})
        raise streams.throttled(stream, shard)
    values = {"PutRecord.Bytes": size, "PutRecord.Latency": round(took, 3), "PutRecord.Success": 1}
    _arrived(streams, stream, values, [(shard, record)])
    return {"ShardId": shard.id, "SequenceNumber": str(record.number), "EncryptionType": "NONE"}


def put_records(region: Region, parameters: Parameters) -> dict[str, Any]:
    """Up to 500 records, each of which succeeds or fails by itself."""
    streams = region.part(Streams)
    stream = streams.find(parameters)
    given = parameters["Records"]
    size = sum(_size(stream, each, f"records.{n}.member.data") for n, each in enumerate(given, 1))
    if size > LARGEST_REQUEST:
        raise RuleError(INVALID, f"Records size exceeds {LARGEST_REQUEST // MIB} MB limit")
    took = streams.takes(MEDIAN + PER_MIB * size / MIB)
    owners = [stream.owner(_hash_key(each)) for each in given]
    put = [_put(stream, shard, each) for shard, each in zip(owners, given, strict=True)]
    done = [(shard, record) for shard, record in zip(owners, put, strict=True) if record]
    _count_failures(streams, stream, owners, put)
    sizes = float(sum(record.size for _, record in done))
    values = {"PutRecords.Bytes": sizes, "PutRecords.Latency": round(took, 3)}
    _arrived(streams, stream, values, done)
    return {
        "FailedRecordCount": len(given) - len(done),
        "Records": [_result(streams, stream, *each) for each in zip(owners, put, strict=True)],
        "EncryptionType": "NONE",
    }


def _size(stream: Stream, given: Mapping[str, Any], path: str) -> int:
    """The bytes of a record that may be put."""
    key = given.get("PartitionKey")
    if key is None:
        raise RuleError(INVALID, "Partition key must be given for a record of this stream.")
    size = len(given["Data"]) + len(key.encode())
    if size > stream.most_of_a_record:
        limit = f"Member must have length less than or equal to {stream.most_of_a_record}"
        message = f"1 validation error detected: Value at '{path}' failed to satisfy constraint: "
        raise RuleError("ValidationException", message + limit)
    return size


def _hash_key(given: Mapping[str, Any]) -> int:
    explicit = given.get("ExplicitHashKey")
    if not explicit:
        return hash_key(given["PartitionKey"])
    if int(explicit) >= SPACE:
        raise RuleError(INVALID, f"Invalid ExplicitHashKey. Must be between 0 and {SPACE - 1}.")
    return int(explicit)


def _put(stream: Stream, shard: Shard, given: Mapping[str, Any]) -> Record | None:
    """Add a record, unless the shard has had enough."""
    key, data = given["PartitionKey"], bytes(given["Data"])
    if not shard.writes.take(len(data) + len(key.encode()), stream.region.now):
        return None
    return stream.add(shard, key, data)


def _arrived(
    streams: Streams, stream: Stream, values: Mapping[str, float], done: list[tuple[Shard, Record]]
) -> None:
    """Count what was put, and tell those who wait for it."""
    sizes = float(sum(record.size for _, record in done))
    incoming = {"IncomingBytes": sizes, "IncomingRecords": float(len(done))}
    streams.measuring.stream(stream, {**values, **incoming})
    for shard in {shard.id: shard for shard, _ in done}.values():
        own = [record for owner, record in done if owner is shard]
        streams.measuring.arrived(stream, shard, own)
        streams.measuring.shard(stream, shard, {THROTTLED_IN: 0.0})
    if done:
        announce(stream.region, stream.arn)


def _count_failures(
    streams: Streams, stream: Stream, owners: list[Shard], put: list[Record | None]
) -> None:
    failed = float(put.count(None))
    values = {
        "PutRecords.TotalRecords": float(len(put)),
        "PutRecords.SuccessfulRecords": len(put) - failed,
        "PutRecords.ThrottledRecords": failed,
        "PutRecords.FailedRecords": 0.0,
        "PutRecords.Success": float(failed < len(put)),
        THROTTLED_IN: failed,
    }
    streams.measuring.stream(stream, values)
    exhausted = [shard for shard, record in zip(owners, put, strict=True) if record is None]
    for shard in {shard.id: shard for shard in exhausted}.values():
        count = sum(each is shard for each in exhausted)
        streams.measuring.shard(stream, shard, {THROTTLED_IN: float(count)})


def _result(
    streams: Streams, stream: Stream, shard: Shard, record: Record | None
) -> dict[str, str]:
    if record is not None:
        return {"SequenceNumber": str(record.number), "ShardId": shard.id}
    refusal = streams.throttled(stream, shard)
    return {"ErrorCode": refusal.code, "ErrorMessage": refusal.message}
