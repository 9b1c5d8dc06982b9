"""Archives of a bus and replays from them, through the API.

Follows the EventBridge User Guide, "Archiving and replaying events". A replay sends the events of
its time range to the archive's own bus, in their order, with a "replay-name" field, and only to the
rules in FilterArns if there are any; it begins when the clock next moves. Retention is kept by the
event's day. A replayed event is not archived again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.account.clock import utc
from course.account.errors import AwsError
from course.account.events import bus
from course.account.events.store import Archive, Event, EventStore
from course.account.paging import paged
from course.account.region import Region
from course.telemetry.events import patterns, transformers

Parameters = dict[str, Any]
DAY = 86_400_000


def create_archive(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    store, name = region.part(EventStore), parameters["ArchiveName"]
    if name in store.archives:
        raise AwsError("ResourceAlreadyExistsException", f"Archive {name} already exists.")
    source = store.bus(parameters["EventSourceArn"])
    arn = region.arn("events", f"archive/{name}")
    store.archives[name] = Archive(
        name, arn, source.name, region.now, parameters, _pattern(parameters)
    )
    return _made(store.archives[name])


def update_archive(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    archive = _archive(region, parameters)
    archive.config = {**archive.config, **parameters}
    archive.pattern = _pattern(archive.config)
    return _made(archive)


def _pattern(parameters: Parameters) -> patterns.EventPattern | None:
    text = parameters.get("EventPattern")
    return patterns.compile(text) if text else None


def _made(archive: Archive) -> dict[str, Any]:
    return {
        "ArchiveArn": archive.arn,
        "State": "ENABLED",
        "CreationTime": utc(archive.created),
    }


def _archive(region: Region, parameters: Parameters) -> Archive:
    name = parameters["ArchiveName"]
    found = region.part(EventStore).archives.get(name)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Archive {name} does not exist.")
    return found


def describe_archive(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    archive = _archive(region, parameters)
    names = ("Description", "EventPattern")
    more = {name: archive.config[name] for name in names if name in archive.config}
    return {"ArchiveArn": archive.arn, **_summary(region, archive), **more}


def _summary(region: Region, archive: Archive) -> dict[str, Any]:
    _forget_old(region, archive)
    sizes = [len(transformers.compact(event)) for _, event in archive.events]
    return {
        "ArchiveName": archive.name,
        "EventSourceArn": archive.config["EventSourceArn"],
        "State": "ENABLED",
        "RetentionDays": archive.config.get("RetentionDays", 0),
        "SizeBytes": sum(sizes),
        "EventCount": len(sizes),
        "CreationTime": utc(archive.created),
    }


def _forget_old(region: Region, archive: Archive) -> None:
    days = archive.config.get("RetentionDays", 0)
    while days and archive.events and archive.events[0][0] < region.now - days * DAY:
        archive.events.popleft()


def list_archives(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    found = [_summary(region, each) for each in region.part(EventStore).archives.values()]
    return _page("Archives", _filtered(found, "ArchiveName", parameters), parameters)


def _filtered(found: list[Any], name: str, parameters: Parameters) -> list[Any]:
    filters = [each for each in ("NamePrefix", "EventSourceArn", "State") if each in parameters]
    if len(filters) > 1:
        what = "At most one filter is allowed. Use either : State, EventSourceArn, or NamePrefix."
        raise AwsError("ValidationException", what)
    return [
        each
        for each in found
        if each[name].startswith(parameters.get("NamePrefix", ""))
        and parameters.get("EventSourceArn", each["EventSourceArn"]) == each["EventSourceArn"]
        and parameters.get("State", each["State"]) == each["State"]
    ]


def _page(name: str, found: list[Any], parameters: Parameters) -> Mapping[str, Any]:
    limit = parameters.get("Limit", 100)
    return paged(name, found, parameters, "NextToken", limit, invalid="ValidationException")


def delete_archive(region: Region, parameters: Parameters) -> None:
    del region.part(EventStore).archives[_archive(region, parameters).name]


def start_replay(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    store, name = region.part(EventStore), parameters["ReplayName"]
    if name in store.replays:
        raise AwsError("ResourceAlreadyExistsException", f"Replay {name} already exists.")
    archive = _replayed(store, parameters)
    named = ("Description", "Destination", "EventStartTime", "EventEndTime")
    replay: dict[str, Any] = {
        "ReplayName": name,
        "ReplayArn": region.arn("events", f"replay/{name}"),
        "EventSourceArn": archive.arn,
        "State": "STARTING",
        "ReplayStartTime": utc(region.now),
        **{each: parameters[each] for each in named if each in parameters},
    }
    store.replays[name] = replay
    region.agenda.at(region.now, lambda: _run(region, archive, replay))
    return {
        "ReplayArn": replay["ReplayArn"],
        "State": "STARTING",
        "ReplayStartTime": replay["ReplayStartTime"],
    }


def _replayed(store: EventStore, parameters: Parameters) -> Archive:
    source = parameters["EventSourceArn"].rsplit("/", 1)[-1]
    archive = store.archives.get(source)
    if archive is None:
        reason = f"Reason: Archive {source} does not exist."
        raise AwsError("ValidationException", f"Parameter EventSourceArn is not valid. {reason}")
    if parameters["Destination"]["Arn"] != store.buses[archive.bus].arn:
        reason = "Reason: Cross event bus replay is not permitted."
        raise AwsError("ValidationException", f"Parameter Destination.Arn is not valid. {reason}")
    if parameters["EventStartTime"] >= parameters["EventEndTime"]:
        reason = "Reason: EventStartTime must be before EventEndTime."
        raise AwsError("ValidationException", f"Parameter EventEndTime is not valid. {reason}")
    return archive


def _run(region: Region, archive: Archive, replay: dict[str, Any]) -> None:
    if replay["State"] != "STARTING":
        return
    start, end = replay["EventStartTime"], replay["EventEndTime"]
    only = frozenset(replay["Destination"].get("FilterArns", ()))
    for received, event in list(archive.events):
        if start <= utc(received) <= end:
            again: Event = {**event, "replay-name": replay["ReplayName"]}
            bus.receive(region, again, archive.bus, only=only)
            replay["EventLastReplayedTime"] = utc(received)
    replay["State"], replay["ReplayEndTime"] = "COMPLETED", utc(region.now)


def cancel_replay(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    replay = _replay(region, parameters)
    if replay["State"] != "STARTING":
        message = f"Replay {replay['ReplayName']} is not in a valid state for this operation."
        raise AwsError("IllegalStatusException", message)
    replay["State"] = "CANCELLED"
    return {"ReplayArn": replay["ReplayArn"], "State": replay["State"]}


def describe_replay(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return _replay(region, parameters)


def _replay(region: Region, parameters: Parameters) -> dict[str, Any]:
    name = parameters["ReplayName"]
    found = region.part(EventStore).replays.get(name)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Replay {name} does not exist.")
    return found


def list_replays(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    replays = region.part(EventStore).replays.values()
    hidden = ("ReplayArn", "Description", "Destination")
    found = [{key: each[key] for key in each if key not in hidden} for each in replays]
    return _page("Replays", _filtered(found, "ReplayName", parameters), parameters)
