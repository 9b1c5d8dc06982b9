"""EventBridge Scheduler through the API: schedules, schedule groups, tags.

Follows the EventBridge Scheduler User Guide and API reference. The execution role must exist and
trust scheduler.amazonaws.com, as AWS checks when a schedule is made; what the role may do is not
checked. Left out: customer managed keys, and the templated targets of services that this account
hands nothing to. What happens when a schedule is due is in `scheduled`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from botocore.exceptions import ClientError

from course.account import tagging
from course.account.errors import AwsError
from course.account.events import scheduled
from course.account.events.delivery import check_dead_letters
from course.account.events.scheduled import DEFAULT, Schedule, ScheduleStore
from course.account.paging import paged
from course.account.region import Region
from course.telemetry.events import schedules as expressions

Parameters = dict[str, Any]
PRINCIPAL = "scheduler.amazonaws.com"
NEEDS = {"kinesis": "KinesisParameters", "events": "EventBridgeParameters"}


def create_schedule(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    store = region.part(ScheduleStore)
    key = _key(parameters)
    _group(store, key[0])
    if key in store.schedules:
        raise AwsError("ConflictException", f"Schedule {key[1]} already exists.")
    return _put(region, store, key, parameters, region.now)


def update_schedule(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    """Everything is replaced; what the request leaves out goes back to its default."""
    store = region.part(ScheduleStore)
    existing = _schedule(region, parameters)
    return _put(region, store, _key(parameters), parameters, existing.created)


def _key(parameters: Parameters) -> tuple[str, str]:
    return parameters.get("GroupName", DEFAULT), parameters["Name"]


def _group(store: ScheduleStore, name: str) -> dict[str, Any]:
    if name not in store.groups:
        message = f"Schedule group {name} does not exist."
        raise AwsError("ResourceNotFoundException", message)
    return store.groups[name]


def _put(
    region: Region,
    store: ScheduleStore,
    key: tuple[str, str],
    parameters: Parameters,
    created: int,
) -> Mapping[str, Any]:
    config = {
        "State": "ENABLED",
        "ScheduleExpressionTimezone": "UTC",
        "ActionAfterCompletion": "NONE",
        **{name: each for name, each in parameters.items() if name != "ClientToken"},
    }
    times = _times(config)
    _check_window(config["FlexibleTimeWindow"])
    _check_target(config["Target"])
    _check_role(region, config["Target"]["RoleArn"])
    old = store.schedules.get(key)
    if old is not None:
        scheduled.stop(old)
    arn = region.arn("scheduler", f"schedule/{key[0]}/{key[1]}")
    schedule = Schedule(key[1], key[0], arn, config, times, created, region.now)
    store.schedules[key] = schedule
    scheduled.start(region, schedule)
    return {"ScheduleArn": arn}


def _times(config: Parameters) -> expressions.Schedule:
    zone = config["ScheduleExpressionTimezone"]
    if zone not in available_timezones():
        raise AwsError("ValidationException", "Invalid ScheduleExpressionTimezone.")
    found = expressions.parse(config["ScheduleExpression"], ZoneInfo(zone))
    if found is None:
        message = f"Invalid Schedule Expression {config['ScheduleExpression']}."
        raise AwsError("ValidationException", message)
    return found


def _check_window(window: Parameters) -> None:
    if (window["Mode"] == "FLEXIBLE") != ("MaximumWindowInMinutes" in window):
        message = "MaximumWindowInMinutes must be specified if, and only if, Mode is FLEXIBLE."
        raise AwsError("ValidationException", message)


def _check_target(target: Parameters) -> None:
    arn = target["Arn"]
    parts = arn.split(":")
    if len(parts) < 6 or parts[0] != "arn":
        raise AwsError("ValidationException", f"Provided Arn {arn} is not in correct format.")
    scheduled.check_target(arn)
    needed = NEEDS.get(parts[2])
    if needed is not None and needed not in target:
        raise AwsError("ValidationException", f"{needed} must be specified for target {arn}.")
    check_dead_letters("scheduler:CreateSchedule", target.get("DeadLetterConfig", {}).get("Arn"))


def _check_role(region: Region, arn: str) -> None:
    """The role must be there and let Scheduler assume it; conditions in its trust are not read."""
    name = arn.rsplit("/", 1)[-1]
    try:
        role = region.clients("iam").get_role(RoleName=name)["Role"]
    except ClientError:
        role = {"AssumeRolePolicyDocument": {"Statement": []}}
    document = role["AssumeRolePolicyDocument"]
    statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    for each in statements if isinstance(statements, list) else [statements]:
        services = each.get("Principal", {}).get("Service", ())
        trusted = [services] if isinstance(services, str) else services
        if each["Effect"] == "Allow" and PRINCIPAL in trusted:
            return
    message = (
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    )
    raise AwsError("ValidationException", message)


def _schedule(region: Region, parameters: Parameters) -> Schedule:
    store, key = region.part(ScheduleStore), _key(parameters)
    if key not in store.schedules:
        raise AwsError("ResourceNotFoundException", f"Schedule {key[1]} does not exist.")
    return store.schedules[key]


def get_schedule(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return _schedule(region, parameters).described()


def delete_schedule(region: Region, parameters: Parameters) -> None:
    schedule = _schedule(region, parameters)
    scheduled.remove(region, schedule)


def list_schedules(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    found = [
        schedule.summary()
        for _, schedule in sorted(region.part(ScheduleStore).schedules.items())
        if parameters.get("GroupName", schedule.group) == schedule.group
        and schedule.name.startswith(parameters.get("NamePrefix", ""))
        and parameters.get("State", schedule.state) == schedule.state
    ]
    return _page("Schedules", found, parameters)


def _page(name: str, found: list[Any], parameters: Parameters) -> Mapping[str, Any]:
    limit = parameters.get("MaxResults", 100)
    return paged(name, found, parameters, "NextToken", limit, invalid="ValidationException")


def create_schedule_group(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    store, name = region.part(ScheduleStore), parameters["Name"]
    if name in store.groups:
        raise AwsError("ConflictException", f"Schedule group {name} already exists.")
    group = store.add_group(region, name)
    store.tags[group["Arn"]] = tagging.kept(parameters.get("Tags"))
    return {"ScheduleGroupArn": group["Arn"]}


def get_schedule_group(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return _group(region.part(ScheduleStore), parameters["Name"])


def list_schedule_groups(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    groups = region.part(ScheduleStore).groups
    prefix = parameters.get("NamePrefix", "")
    found = [group for name, group in sorted(groups.items()) if name.startswith(prefix)]
    return _page("ScheduleGroups", found, parameters)


def delete_schedule_group(region: Region, parameters: Parameters) -> None:
    """Deletes the schedules in it too."""
    store, name = region.part(ScheduleStore), parameters["Name"]
    group = _group(store, name)
    if name == DEFAULT:
        raise AwsError("ValidationException", "The default schedule group can't be deleted.")
    for schedule in [each for each in store.schedules.values() if each.group == name]:
        scheduled.remove(region, schedule)
    del store.groups[name]
    store.tags.pop(group["Arn"], None)


def tag_resource(region: Region, parameters: Parameters) -> None:
    tagging.add(_tags(region, parameters), parameters)


def untag_resource(region: Region, parameters: Parameters) -> None:
    tagging.remove(_tags(region, parameters), parameters)


def list_tags_for_resource(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return {"Tags": tagging.listed(_tags(region, parameters))}


def _tags(region: Region, parameters: Parameters) -> dict[str, str]:
    """Only schedule groups carry tags."""
    store, arn = region.part(ScheduleStore), parameters["ResourceArn"]
    if arn not in {group["Arn"] for group in store.groups.values()}:
        raise AwsError("ResourceNotFoundException", f"Resource {arn} does not exist.")
    return store.tags.setdefault(arn, {})
