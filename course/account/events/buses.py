"""Event buses and tags through the API.

Follows the EventBridge API reference. Left out: partner event sources, encryption, logging of a
bus, schema discovery, and resource policies: there is one account here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.account import tagging
from course.account.errors import AwsError
from course.account.events.store import DEFAULT, EventStore
from course.account.paging import page, page_token
from course.account.region import Region

Parameters = dict[str, Any]


def create_event_bus(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    store, name = region.part(EventStore), parameters["Name"]
    if name in store.buses:
        raise AwsError("ResourceAlreadyExistsException", f"Event bus {name} already exists.")
    if "/" in name:
        raise AwsError("ValidationException", "Event bus name must not contain '/'.")
    bus = store.add_bus(region, name, parameters)
    store.tags[bus.arn] = tagging.kept(parameters.get("Tags"))
    return {"EventBusArn": bus.arn, **_description(parameters)}


def update_event_bus(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    bus = region.part(EventStore).bus(parameters.get("Name"))
    bus.config = {**bus.config, **_description(parameters)}
    bus.modified = region.now
    return {"Arn": bus.arn, "Name": bus.name, **_description(bus.config)}


def _description(parameters: Parameters) -> dict[str, Any]:
    return {name: parameters[name] for name in ("Description",) if name in parameters}


def describe_event_bus(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return region.part(EventStore).bus(parameters.get("Name")).described()


def list_event_buses(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    prefix = parameters.get("NamePrefix", "")
    buses = sorted(region.part(EventStore).buses.items())
    found = [bus.described() for name, bus in buses if name.startswith(prefix)]
    limit, token = parameters.get("Limit", 100), parameters.get("NextToken")
    shown, following = page(found, token, limit, invalid="ValidationException")
    return {"EventBuses": list(shown), **page_token("NextToken", following)}


def delete_event_bus(region: Region, parameters: Parameters) -> None:
    """A bus that does not exist is deleted without a word, as on AWS."""
    store, name = region.part(EventStore), parameters["Name"]
    if name == DEFAULT:
        raise AwsError("ValidationException", "Cannot delete event bus default.")
    bus = store.buses.get(name)
    if bus is None:
        return
    if bus.rules:
        message = f"Event bus {name} can't be deleted since it has rules."
        raise AwsError("ValidationException", message)
    del store.buses[name]
    store.tags.pop(bus.arn, None)


def tag_resource(region: Region, parameters: Parameters) -> None:
    tagging.add(_tags(region, parameters), parameters)


def untag_resource(region: Region, parameters: Parameters) -> None:
    tagging.remove(_tags(region, parameters), parameters)


def list_tags_for_resource(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return {"Tags": tagging.listed(_tags(region, parameters))}


def _tags(region: Region, parameters: Parameters) -> dict[str, str]:
    store, arn = region.part(EventStore), parameters["ResourceARN"]
    known = {bus.arn for bus in store.buses.values()} | {rule.arn for rule in store.rules()}
    if arn not in known:
        raise AwsError("ResourceNotFoundException", f"Resource {arn} does not exist.")
    return store.tags.setdefault(arn, {})
