"""Streams: made, described, listed, changed, deleted.

Follows the Kinesis API reference. A stream is ACTIVE as soon as it is made and gone as soon as it
is deleted. Left out: encryption, resource policies, queues and channels on streams, warm
throughput, records without partition keys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from course.account import tagging
from course.account.clock import utc
from course.account.errors import AwsError
from course.account.paging import page, page_token
from course.account.region import Region
from course.account.streams.measuring import SHARD_METRICS
from course.account.streams.shard import Shard
from course.account.streams.store import INVALID, Streams
from course.account.streams.stream import ON_DEMAND, PROVISIONED, Stream
from course.telemetry.errors import RuleError
from course.telemetry.streams.limits import KIB

IN_USE = "ResourceInUseException"
LEAST_HOURS, MOST_HOURS = 24, 8760
MOST_LISTED = 1000
Parameters = dict[str, Any]


def create_stream(region: Region, parameters: Parameters) -> None:
    streams, name = region.part(Streams), parameters["StreamName"]
    if name in streams.by_name:
        message = f"Stream {name} under account {region.account_id} already exists."
        raise RuleError(IN_USE, message)
    mode = (parameters.get("StreamModeDetails") or {}).get("StreamMode", PROVISIONED)
    count = parameters.get("ShardCount")
    if mode == PROVISIONED and count is None:
        raise RuleError("ValidationException", "ShardCount must be specified in PROVISIONED mode.")
    if mode == ON_DEMAND and count is not None:
        message = "ShardCount cannot be specified in ON_DEMAND mode."
        raise RuleError("ValidationException", message)
    stream = streams.make(name, count, mode)
    stream.tags.update(parameters.get("Tags") or {})
    if "MaxRecordSizeInKiB" in parameters:
        stream.most_of_a_record = parameters["MaxRecordSizeInKiB"] * KIB


def delete_stream(region: Region, parameters: Parameters) -> None:
    streams = region.part(Streams)
    stream = streams.find(parameters)
    own = [arn for arn, consumer in streams.consumers.items() if consumer.stream is stream]
    if own and not parameters.get("EnforceConsumerDeletion"):
        message = (
            f"Stream {stream.name} under account {region.account_id} has registered consumers."
        )
        raise RuleError(IN_USE, f"{message} Deregister them, or set EnforceConsumerDeletion.")
    for arn in own:
        del streams.consumers[arn]
    stream.is_deleted = True
    del streams.by_name[stream.name]


def list_streams(region: Region, parameters: Parameters) -> dict[str, Any]:
    names = sorted(region.part(Streams).by_name)
    start = parameters.get("ExclusiveStartStreamName") or ""
    names = [name for name in names if name > start]
    limit = parameters.get("Limit") or 100
    listed, token = page(names, parameters.get("NextToken"), limit, invalid=INVALID)
    found = [region.part(Streams).by_name[name] for name in listed]
    return {
        "StreamNames": list(listed),
        "HasMoreStreams": token is not None,
        **page_token("NextToken", token),
        "StreamSummaries": [_named(stream) for stream in found],
    }


def _named(stream: Stream) -> dict[str, Any]:
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": stream.status,
        "StreamModeDetails": {"StreamMode": stream.mode},
        "StreamCreationTimestamp": utc(stream.created),
    }


def _described(stream: Stream) -> dict[str, Any]:
    return {
        **_named(stream),
        "RetentionPeriodHours": stream.retention_hours,
        "EnhancedMonitoring": [{"ShardLevelMetrics": _monitored(stream)}],
        "EncryptionType": "NONE",
    }


def _monitored(stream: Stream) -> list[str]:
    return [name for name in SHARD_METRICS if name in stream.shard_metrics]


def describe_stream(region: Region, parameters: Parameters) -> dict[str, Any]:
    stream = region.part(Streams).find(parameters)
    start = parameters.get("ExclusiveStartShardId") or ""
    shards = [shard for shard in stream.shards.values() if shard.id > start]
    limit = parameters.get("Limit") or 100
    listed = [shard.described() for shard in shards[:limit]]
    more = {"Shards": listed, "HasMoreShards": len(shards) > limit}
    return {"StreamDescription": {**_described(stream), **more}}


def describe_stream_summary(region: Region, parameters: Parameters) -> dict[str, Any]:
    streams = region.part(Streams)
    stream = streams.find(parameters)
    consumers = [each for each in streams.consumers.values() if each.stream is stream]
    more = {
        "OpenShardCount": len(stream.open_shards()),
        "ConsumerCount": len(consumers),
        "MaxRecordSizeInKiB": stream.kib_of_a_record,
    }
    return {"StreamDescriptionSummary": {**_described(stream), **more}}


def describe_limits(region: Region, parameters: Parameters) -> dict[str, Any]:
    streams = region.part(Streams).by_name.values()
    return {
        "ShardLimit": 20_000,
        "OpenShardCount": sum(
            len(each.open_shards()) for each in streams if each.mode == PROVISIONED
        ),
        "OnDemandStreamCount": sum(each.mode == ON_DEMAND for each in streams),
        "OnDemandStreamCountLimit": 50,
    }


# -- shards ------------------------------------------------------------------------------------


def list_shards(region: Region, parameters: Parameters) -> dict[str, Any]:
    token = parameters.get("NextToken")
    if token and (parameters.get("StreamName") or parameters.get("StreamARN")):
        raise RuleError(INVALID, "NextToken and StreamName cannot be provided together.")
    name, _, place = (token or "").partition("#")
    stream = region.part(Streams).find({**parameters, "StreamName": name} if token else parameters)
    shards = _filtered(stream, parameters.get("ShardFilter"))
    start = parameters.get("ExclusiveStartShardId") or ""
    shards = [shard for shard in shards if shard.id > start]
    limit = parameters.get("MaxResults") or MOST_LISTED
    listed, following = page(shards, place or None, limit, invalid=INVALID)
    found = {"Shards": [shard.described() for shard in listed]}
    return {**found, **page_token("NextToken", following and f"{stream.name}#{following}")}


def _filtered(stream: Stream, wanted: dict[str, Any] | None) -> list[Shard]:
    shards = list(stream.shards.values())
    if wanted is None:
        return shards
    kind, moment = wanted["Type"], wanted.get("Timestamp")
    if kind == "AFTER_SHARD_ID":
        return [shard for shard in shards if shard.id > (wanted.get("ShardId") or "")]
    if kind.endswith("_TIMESTAMP") and moment is None:
        raise RuleError(INVALID, f"A Timestamp must be given with {kind}.")
    return [shard for shard in shards if _CHOICES[kind](stream, shard, moment)]


def _at(moment: datetime | None, stream: Stream) -> float:
    """An instant of a filter; without one, that of the oldest records."""
    hours = stream.retention_hours * 3_600_000
    return stream.region.now - hours if moment is None else moment.timestamp() * 1000


def _open_at(stream: Stream, shard: Shard, moment: datetime | None) -> bool:
    at = max(_at(moment, stream), stream.created)
    return shard.opened <= at and (shard.closed is None or shard.closed > at)


def _open_since(stream: Stream, shard: Shard, moment: datetime | None) -> bool:
    return shard.closed is None or shard.closed > _at(moment, stream)


_CHOICES: dict[str, Callable[[Stream, Shard, datetime | None], bool]] = {
    "AT_TRIM_HORIZON": _open_at,
    "FROM_TRIM_HORIZON": _open_since,
    "AT_LATEST": lambda stream, shard, moment: shard.is_open,
    "AT_TIMESTAMP": _open_at,
    "FROM_TIMESTAMP": _open_since,
}


# -- settings ----------------------------------------------------------------------------------


def update_stream_mode(region: Region, parameters: Parameters) -> None:
    stream = region.part(Streams).find(parameters)
    stream.mode = parameters["StreamModeDetails"]["StreamMode"]


def update_max_record_size(region: Region, parameters: Parameters) -> None:
    stream = region.part(Streams).find(parameters)
    stream.most_of_a_record = parameters["MaxRecordSizeInKiB"] * KIB


def increase_stream_retention_period(region: Region, parameters: Parameters) -> None:
    _retain(region, parameters, "increase")


def decrease_stream_retention_period(region: Region, parameters: Parameters) -> None:
    _retain(region, parameters, "decrease")


def _retain(region: Region, parameters: Parameters, change: str) -> None:
    stream = region.part(Streams).find(parameters)
    hours, before = int(parameters["RetentionPeriodHours"]), stream.retention_hours
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        bound = f"Minimum allowed retention period is {LEAST_HOURS} hours."
        if hours > MOST_HOURS:
            bound = f"Maximum allowed retention period is {MOST_HOURS} hours."
        raise RuleError(INVALID, f"{bound} Requested retention period ({hours} hours).")
    if (hours < before) if change == "increase" else (hours > before):
        asked = f"Requested retention period ({hours} hours) for stream {stream.name}"
        bound = "shorter" if change == "increase" else "longer"
        message = f"{asked} can not be {bound} than existing retention period ({before} hours)."
        raise RuleError(INVALID, message)
    stream.retention_hours = hours


def enable_enhanced_monitoring(region: Region, parameters: Parameters) -> dict[str, Any]:
    return _monitor(region, parameters, set.union)


def disable_enhanced_monitoring(region: Region, parameters: Parameters) -> dict[str, Any]:
    return _monitor(region, parameters, set.difference)


def _monitor(
    region: Region, parameters: Parameters, change: Callable[[set[str], set[str]], set[str]]
) -> dict[str, Any]:
    stream = region.part(Streams).find(parameters)
    before = _monitored(stream)
    given: Sequence[str] = parameters["ShardLevelMetrics"]
    wanted = set(SHARD_METRICS) if "ALL" in given else set(given)
    stream.shard_metrics = change(stream.shard_metrics, wanted)
    return {
        "StreamName": stream.name,
        "CurrentShardLevelMetrics": before,
        "DesiredShardLevelMetrics": _monitored(stream),
        "StreamARN": stream.arn,
    }


# -- tags --------------------------------------------------------------------------------------


def add_tags_to_stream(region: Region, parameters: Parameters) -> None:
    region.part(Streams).find(parameters).tags.update(parameters["Tags"])


def remove_tags_from_stream(region: Region, parameters: Parameters) -> None:
    tagging.remove(region.part(Streams).find(parameters).tags, parameters)


def list_tags_for_stream(region: Region, parameters: Parameters) -> dict[str, Any]:
    tags = region.part(Streams).find(parameters).tags
    start = parameters.get("ExclusiveStartTagKey") or ""
    found = {key: tags[key] for key in sorted(tags) if key > start}
    limit = parameters.get("Limit") or 50
    return {"Tags": tagging.listed(found)[:limit], "HasMoreTags": len(found) > limit}


def tag_resource(region: Region, parameters: Parameters) -> None:
    _tags_of(region, parameters).update(parameters["Tags"])


def untag_resource(region: Region, parameters: Parameters) -> None:
    tagging.remove(_tags_of(region, parameters), parameters)


def list_tags_for_resource(region: Region, parameters: Parameters) -> dict[str, Any]:
    return {"Tags": tagging.listed(_tags_of(region, parameters))}


def _tags_of(region: Region, parameters: Parameters) -> dict[str, str]:
    """The tags of a stream or consumer, by its ARN."""
    streams, arn = region.part(Streams), parameters["ResourceARN"]
    if arn in streams.consumers:
        return streams.consumers[arn].tags
    if "/consumer/" in arn:
        raise AwsError("ResourceNotFoundException", f"Consumer {arn} not found.")
    return streams.find({"StreamARN": arn}).tags
