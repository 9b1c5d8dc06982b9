"""PutEvents and TestEventPattern.

Limits and errors follow the API reference: at most 10 entries and together less than 1 MB, counted
as in "Calculating PutEvents event entry size"; `aws.` is reserved for AWS. An event for a bus that
does not exist gets an id all the same and is dropped, as on AWS.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from course.account.clock import iso
from course.account.errors import AwsError
from course.account.events import bus
from course.account.events.store import DEFAULT, EventStore
from course.account.region import Region
from course.telemetry.events import patterns

Parameters = dict[str, Any]
MAX_BYTES = 1_048_576
TIME_BYTES = 14
REQUIRED = ("Source", "DetailType", "Detail")
OF_AN_EVENT = ("id", "account", "source", "time", "region", "resources", "detail-type")


def put_events(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    entries = parameters["Entries"]
    region.part(EventStore)
    if sum(map(_size, entries)) >= MAX_BYTES:
        message = "Total size of the entries in the request is over the limit."
        raise AwsError("ValidationException", message)
    bus.count(region, None, "PutEventsApproximateCallCount")
    results = [_put(region, entry) for entry in entries]
    failed = sum("ErrorCode" in each for each in results)
    return {"FailedEntryCount": failed, "Entries": results}


def _size(entry: Parameters) -> int:
    texts = [entry.get("Source", ""), entry.get("DetailType", ""), entry.get("Detail", "")]
    texts += entry.get("Resources", [])
    return (TIME_BYTES if "Time" in entry else 0) + sum(len(text.encode()) for text in texts)


def _put(region: Region, entry: Parameters) -> dict[str, str]:
    """The answer for one entry: its event's id, or what is wrong with it."""
    for name in REQUIRED:
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return _failed(region, "InvalidArgument", reason)
    if entry["Source"].startswith("aws."):
        code = "NotAuthorizedForSourceException"
        return _failed(region, code, "Not authorized for the source.")
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return _failed(region, "MalformedDetail", "Detail is malformed.")
    event = bus.envelope(
        region,
        source=entry["Source"],
        detail_type=entry["DetailType"],
        detail=detail,
        resources=entry.get("Resources", ()),
        time=_time(entry),
    )
    _send(region, event, entry.get("EventBusName", DEFAULT))
    return {"EventId": event["id"]}


def _failed(region: Region, code: str, message: str) -> dict[str, str]:
    bus.count(region, None, "PutEventsFailedEntriesCount")
    return {"ErrorCode": code, "ErrorMessage": message}


def _time(entry: Parameters) -> str | None:
    moment = entry.get("Time")
    return None if moment is None else iso(int(moment.timestamp()) * 1000)


def _send(region: Region, event: dict[str, Any], name: str) -> None:
    try:
        bus.receive(region, event, name)
    except AwsError:
        region.happened("rule", rule=None, target=None, error=f"{name}: no such event bus")


def test_event_pattern(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    pattern = patterns.compile(parameters["EventPattern"])
    try:
        event = json.loads(parameters["Event"])
    except ValueError:
        event = None
    if not isinstance(event, dict) or not all(name in event for name in OF_AN_EVENT):
        raise AwsError("ValidationException", "Parameter Event is not valid.")
    return {"Result": pattern.matches(event)}
