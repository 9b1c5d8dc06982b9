"""CloudWatch Logs: groups, streams, events, retention.

Follows the API reference of CloudWatch Logs (botocore's model of 2014-03-28). Names are accepted
where AWS accepts them, ARNs where it takes a `logGroupIdentifier`. Left out: encryption, deletion
protection, cross-account groups, unmask; a request that needs them is refused by the caller.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from course.account.errors import AwsError
from course.account.logs import ingestion
from course.account.logs.store import DAY, Event, Group, Stream, event_id, size
from course.account.paging import page, page_token
from course.account.region import Region
from course.telemetry import patterns

Parameters = dict[str, Any]
MAX_BATCH_EVENTS = 10_000
MAX_BATCH_BYTES = 1_048_576
# PutRetentionPolicy: the values that the reference lists for retentionInDays.
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096),
    *(1827, 2192, 2557, 2922, 3288, 3653),
)
TOO_OLD = 14 * DAY
TOO_NEW = 2 * 3_600_000


def group_named(region: Region, name: str) -> Group:
    """The group, or AWS's ResourceNotFoundException."""
    group = region.logs.groups.get(name)
    if group is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return group


def standard_group(region: Region, name: str) -> Group:
    """The group, for what AWS does with the Standard log class only."""
    group = group_named(region, name)
    if group.log_class != "STANDARD":
        message = "This operation is only supported on the Standard log class."
        raise AwsError("ValidationException", message)
    return group


def _readable(region: Region, parameters: Parameters, operation: str) -> Group:
    """The group, for the operations that read events and refuse other log classes."""
    group = group_of(region, parameters)
    if group.log_class != "STANDARD":
        message = (
            f"The log group {group.name} is of log-group-class {group.log_class}. "
            f"{operation} is not supported for this log class."
        )
        raise AwsError("InvalidOperationException", message)
    return group


def group_of(region: Region, parameters: Parameters) -> Group:
    """The group that logGroupName or logGroupIdentifier (name or ARN) stands for."""
    name, identifier = parameters.get("logGroupName"), parameters.get("logGroupIdentifier")
    if name and identifier:
        message = "LogGroup name and LogGroup identifier cannot be both specified in request."
        raise AwsError("InvalidParameterException", message)
    if not name and not identifier:
        message = "LogGroup name or LogGroup identifier must be specified in request."
        raise AwsError("InvalidParameterException", message)
    return group_named(region, name or name_from(region, str(identifier)))


def name_from(region: Region, identifier: str) -> str:
    """A group's name from its name or ARN; the ARN of another account or Region finds nothing."""
    if not identifier.startswith("arn:"):
        return identifier
    prefix = region.arn("logs", "log-group:")
    if not identifier.startswith(prefix):
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return identifier.removeprefix(prefix).removesuffix(":*")


def create_log_group(region: Region, parameters: Parameters) -> None:
    name = parameters["logGroupName"]
    if name in region.logs.groups:
        raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
    region.logs.groups[name] = Group(
        name,
        created=region.now,
        log_class=parameters.get("logGroupClass", "STANDARD"),
        kms_key=parameters.get("kmsKeyId"),
        tags=dict(parameters.get("tags", {})),
    )


def delete_log_group(region: Region, parameters: Parameters) -> None:
    name = group_named(region, parameters["logGroupName"]).name
    del region.logs.groups[name]
    for table in (region.metric_filters, region.subscriptions):
        for key in [key for key in table if key[0] == name]:
            del table[key]


def describe_log_groups(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    prefix, part = parameters.get("logGroupNamePrefix"), parameters.get("logGroupNamePattern")
    if prefix and part:
        message = (
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
        raise AwsError("InvalidParameterException", message)
    wanted = parameters.get("logGroupIdentifiers")
    names = {name_from(region, identifier) for identifier in wanted} if wanted else None
    found = [
        group
        for name, group in sorted(region.logs.groups.items())
        if name.startswith(prefix or "")
        and (part or "").lower() in name.lower()
        and (names is None or name in names)
        and group.log_class == parameters.get("logGroupClass", group.log_class)
    ]
    shown, token = page(found, parameters.get("nextToken"), parameters.get("limit", 50))
    described = [_describe_group(region, group) for group in shown]
    return {"logGroups": described, **page_token("nextToken", token)}


def _describe_group(region: Region, group: Group) -> dict[str, Any]:
    arn = region.arn("logs", f"log-group:{group.name}")
    described: dict[str, Any] = {
        "logGroupName": group.name,
        "creationTime": group.created,
        "metricFilterCount": sum(1 for name, _ in region.metric_filters if name == group.name),
        "arn": f"{arn}:*",
        "storedBytes": group.stored_bytes(region.now),
        "logGroupClass": group.log_class,
        "logGroupArn": arn,
    }
    if group.retention is not None:
        described["retentionInDays"] = group.retention
    if group.kms_key:
        described["kmsKeyId"] = group.kms_key
    return described


def create_log_stream(region: Region, parameters: Parameters) -> None:
    group = group_named(region, parameters["logGroupName"])
    name = parameters["logStreamName"]
    if name in group.streams:
        raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")
    group.streams[name] = Stream(name, created=region.now)


def delete_log_stream(region: Region, parameters: Parameters) -> None:
    group = group_named(region, parameters["logGroupName"])
    name = _stream(group, parameters["logStreamName"]).name
    del group.streams[name]
    group.events = [event for event in group.events if event["logStreamName"] != name]
    group.version += 1


def _stream(group: Group, name: str) -> Stream:
    stream = group.streams.get(name)
    if stream is None:
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
    return stream


def describe_log_streams(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    group = group_of(region, parameters)
    prefix = parameters.get("logStreamNamePrefix", "")
    by_time = parameters.get("orderBy", "LogStreamName") == "LastEventTime"
    if prefix and by_time:
        message = "Cannot order by LastEventTime with a logStreamNamePrefix."
        raise AwsError("InvalidParameterException", message)
    found = [stream for name, stream in sorted(group.streams.items()) if name.startswith(prefix)]
    if by_time:
        found.sort(key=lambda stream: stream.last or 0)
    if parameters.get("descending"):
        found.reverse()
    shown, token = page(found, parameters.get("nextToken"), parameters.get("limit", 50))
    described = [_describe_stream(region, group, stream) for stream in shown]
    return {"logStreams": described, **page_token("nextToken", token)}


def _describe_stream(region: Region, group: Group, stream: Stream) -> dict[str, Any]:
    described: dict[str, Any] = {
        "logStreamName": stream.name,
        "creationTime": stream.created,
        "arn": region.arn("logs", f"log-group:{group.name}:log-stream:{stream.name}"),
        # "The storedBytes field is deprecated for log streams": AWS reports 0 since 2019.
        "storedBytes": 0,
        "uploadSequenceToken": "0" * 56,
    }
    if stream.last is not None:
        described["firstEventTimestamp"] = stream.first
        described["lastEventTimestamp"] = stream.last
        described["lastIngestionTime"] = stream.last_ingestion
    return described


def put_log_events(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    group = group_named(region, parameters["logGroupName"])
    stream = _stream(group, parameters["logStreamName"])
    events = parameters["logEvents"]
    _check_batch(events)
    accepted, rejected = _sort_out(region, group, events)
    now = region.now
    ingestion.ingest(
        region,
        group,
        [
            {
                "timestamp": event["timestamp"],
                "message": event["message"],
                "logStreamName": stream.name,
                "logGroupName": group.name,
                "ingestionTime": now,
                "number": region.logs.number(),
            }
            for event in accepted
        ],
    )
    answer: dict[str, Any] = {"nextSequenceToken": "0" * 56}
    return {**answer, "rejectedLogEventsInfo": rejected} if rejected else answer


def _check_batch(events: Sequence[Mapping[str, Any]]) -> None:
    """The batch limits that the PutLogEvents reference lists."""
    times = [event["timestamp"] for event in events]
    if times != sorted(times):
        message = "Log events in a single PutLogEvents request must be in chronological order."
        raise AwsError("InvalidParameterException", message)
    if times and times[-1] - times[0] > DAY:
        message = (
            "The batch of log events in a single PutLogEvents request cannot span more than 24 "
            "hours."
        )
        raise AwsError("InvalidParameterException", message)
    total = sum(size({"message": event["message"]}) for event in events)
    if total > MAX_BATCH_BYTES:
        message = f"Upload too large: {total} bytes exceeds limit of {MAX_BATCH_BYTES}"
        raise AwsError("InvalidParameterException", message)


def _sort_out(
    region: Region, group: Group, events: list[Event]
) -> tuple[list[Event], dict[str, int]]:
    """Split off what is too old, expired or too new; indexes as in RejectedLogEventsInfo."""
    expired = sum(event["timestamp"] < group.oldest_visible(region.now) for event in events)
    too_old = sum(event["timestamp"] < region.now - TOO_OLD for event in events)
    fine = sum(event["timestamp"] <= region.now + TOO_NEW for event in events)
    rejected = {}
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired:
        rejected["expiredLogEventEndIndex"] = expired
    if fine < len(events):
        rejected["tooNewLogEventStartIndex"] = fine
    return events[max(expired, too_old) : fine], rejected


def get_log_events(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    """One stream's events. The end of the range is exclusive, as the reference says."""
    group = _readable(region, parameters, "GetLogEvents")
    name = _stream(group, parameters["logStreamName"]).name
    seen = group.read(region.now, parameters.get("startTime"), parameters.get("endTime"))
    events = [event for event in seen if event["logStreamName"] == name]
    low, high = _window(len(events), parameters)
    shown = [_event(event) for event in events[low:high]]
    return {
        "events": shown,
        "nextForwardToken": f"f/{high:056d}/s",
        "nextBackwardToken": f"b/{low:056d}/s",
    }


def _window(total: int, parameters: Parameters) -> tuple[int, int]:
    limit = parameters.get("limit", 10_000)
    token = parameters.get("nextToken")
    if token:
        direction, at = _read_token(token)
        at = min(at, total)
        return (at, min(total, at + limit)) if direction == "f" else (max(0, at - limit), at)
    if parameters.get("startFromHead"):
        return 0, min(total, limit)
    return max(0, total - limit), total


def _read_token(token: str) -> tuple[str, int]:
    parts = token.split("/")
    if len(parts) != 3 or parts[0] not in ("f", "b") or not parts[1].isdigit():
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    return parts[0], int(parts[1])


def _event(event: Event) -> dict[str, Any]:
    return {name: event[name] for name in ("timestamp", "message", "ingestionTime")}


def filter_log_events(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    """Events of a group that match a filter pattern; both ends of the time range are included."""
    group = _readable(region, parameters, "FilterLogEvents")
    end = parameters.get("endTime")
    events = group.read(region.now, parameters.get("startTime"), None if end is None else end + 1)
    streams = _chosen_streams(parameters)
    pattern = patterns.compile(parameters.get("filterPattern", ""))
    found = [
        event
        for event in events
        if streams(event["logStreamName"]) and pattern.match(event["message"]) is not None
    ]
    shown, token = page(found, parameters.get("nextToken"), parameters.get("limit", 10_000))
    answer = [
        {**_event(event), "logStreamName": event["logStreamName"], "eventId": event_id(event)}
        for event in shown
    ]
    return {"events": answer, "searchedLogStreams": [], **page_token("nextToken", token)}


def _chosen_streams(parameters: Parameters) -> Any:
    names, prefix = parameters.get("logStreamNames"), parameters.get("logStreamNamePrefix")
    if names and prefix:
        message = "logStreamNamePrefix and logStreamNames are mutually exclusive parameters."
        raise AwsError("InvalidParameterException", message)
    if names:
        return set(names).__contains__
    return lambda name: name.startswith(prefix or "")


def put_retention_policy(region: Region, parameters: Parameters) -> None:
    group = group_named(region, parameters["logGroupName"])
    days = parameters["retentionInDays"]
    if days not in RETENTION_DAYS:
        allowed = ", ".join(map(str, RETENTION_DAYS))
        message = (
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{allowed}]"
        )
        raise AwsError("InvalidParameterException", message)
    group.retention = days
    group.version += 1


def delete_retention_policy(region: Region, parameters: Parameters) -> None:
    group = group_named(region, parameters["logGroupName"])
    group.retention = None
    group.version += 1


def tag_resource(region: Region, parameters: Parameters) -> None:
    _tagged(region, parameters["resourceArn"]).tags.update(parameters["tags"])


def untag_resource(region: Region, parameters: Parameters) -> None:
    tags = _tagged(region, parameters["resourceArn"]).tags
    for key in parameters["tagKeys"]:
        tags.pop(key, None)


def list_tags_for_resource(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return {"tags": _tagged(region, parameters["resourceArn"]).tags}


def _tagged(region: Region, arn: str) -> Group:
    return group_named(region, name_from(region, arn))


def get_log_record(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    """The whole event behind an `@ptr` of a query's result."""
    from course.account.logs.queries import event_behind

    event = event_behind(region, parameters["logRecordPointer"])
    record = {
        "@timestamp": str(event["timestamp"]),
        "@message": event["message"],
        "@logStream": event["logStreamName"],
        "@log": f"{region.account_id}:{event['logGroupName']}",
        "@ingestionTime": str(event["ingestionTime"]),
    }
    return {"logRecord": {**record, **discovered_fields(event["message"])}}


def discovered_fields(message: str) -> dict[str, str]:
    try:
        document = json.loads(message)
    except ValueError:
        return {}
    flat: dict[str, str] = {}
    _flatten(document, "", flat)
    return flat


def _flatten(value: Any, path: str, into: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _flatten(item, f"{path}.{key}" if path else key, into)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _flatten(item, f"{path}.{index}", into)
    elif value is not None and path:
        into[path] = str(int(value)) if isinstance(value, bool) else str(value)
