"""Rules and their targets through the API.

Follows the EventBridge API reference. A rule is matched from the moment it is put; AWS asks to
"allow a short period of time". Left out: rules that other AWS services manage, targets in other
accounts and Regions, and every target that `targets.DELIVERERS` does not know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from course.account import tagging
from course.account.errors import AwsError, NotSimulated
from course.account.events import schedule_rules
from course.account.events.delivery import check_dead_letters
from course.account.events.store import DEFAULT, ENABLED, EventStore, Rule
from course.account.events.targets import deliverer
from course.account.paging import paged
from course.account.region import Region
from course.telemetry.events import patterns, schedules, transformers

Parameters = dict[str, Any]
MAX_RULES, MAX_TARGETS = 300, 5
# EventBridge invokes these by assuming a role (PutTargets, API reference).
NEED_ROLE = ("kinesis", "firehose", "states")
ONE_INPUT = ("Input", "InputPath", "InputTransformer")
TOO_MANY = "The requested resource exceeds the maximum number allowed."
BAD_TOKEN = "ValidationException"


def put_rule(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    store = region.part(EventStore)
    bus = store.bus(parameters.get("EventBusName"))
    name = parameters["Name"]
    pattern, schedule = _compiled(parameters, bus.name)
    existing = bus.rules.get(name)
    if existing is None and len(bus.rules) >= MAX_RULES:
        raise AwsError("LimitExceededException", TOO_MANY)
    place = name if bus.name == DEFAULT else f"{bus.name}/{name}"
    arn = region.arn("events", f"rule/{place}")
    rule = Rule(name, arn, bus.name, parameters, pattern, schedule, region.now)
    if existing is None:
        store.tags[arn] = tagging.kept(parameters.get("Tags"))
    else:
        rule.targets = existing.targets
        schedule_rules.stop(existing)
    bus.rules[name] = rule
    schedule_rules.start(region, rule)
    return {"RuleArn": arn}


def _compiled(
    parameters: Parameters, bus: str
) -> tuple[patterns.EventPattern | None, schedules.Schedule | None]:
    pattern, expression = parameters.get("EventPattern"), parameters.get("ScheduleExpression")
    if not pattern and not expression:
        message = "Parameter(s) EventPattern or ScheduleExpression must be specified."
        raise AwsError("ValidationException", message)
    schedule = None
    if expression:
        if bus != DEFAULT:
            message = "ScheduleExpression is supported only on the default event bus."
            raise AwsError("ValidationException", message)
        schedule = schedules.parse(expression)
        if schedule is None or isinstance(schedule, schedules.At):
            raise AwsError("ValidationException", "Parameter ScheduleExpression is not valid.")
    return (patterns.compile(pattern) if pattern else None), schedule


def describe_rule(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return {**_rule(region, parameters, "Name").described(), "CreatedBy": region.account_id}


def _rule(region: Region, parameters: Parameters, key: str) -> Rule:
    return region.part(EventStore).rule(parameters[key], parameters.get("EventBusName"))


def list_rules(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    bus = region.part(EventStore).bus(parameters.get("EventBusName"))
    prefix = parameters.get("NamePrefix", "")
    found = [
        rule.described() for name, rule in sorted(bus.rules.items()) if name.startswith(prefix)
    ]
    return _page("Rules", found, parameters)


def _page(name: str, found: list[Any], parameters: Parameters) -> Mapping[str, Any]:
    limit = parameters.get("Limit", 100)
    return paged(name, found, parameters, "NextToken", limit, invalid=BAD_TOKEN)


def delete_rule(region: Region, parameters: Parameters) -> None:
    """A rule that does not exist is deleted without a word, as on AWS."""
    store = region.part(EventStore)
    bus = store.bus(parameters.get("EventBusName"))
    rule = bus.rules.get(parameters["Name"])
    if rule is None:
        return
    if rule.targets:
        raise AwsError("ValidationException", "Rule can't be deleted since it has targets.")
    schedule_rules.stop(rule)
    del bus.rules[rule.name]
    store.tags.pop(rule.arn, None)


def enable_rule(region: Region, parameters: Parameters) -> None:
    _switch(region, parameters, ENABLED)


def disable_rule(region: Region, parameters: Parameters) -> None:
    _switch(region, parameters, "DISABLED")


def _switch(region: Region, parameters: Parameters, state: str) -> None:
    rule = _rule(region, parameters, "Name")
    rule.config = {**rule.config, "State": state}
    schedule_rules.stop(rule)
    schedule_rules.start(region, rule)


def list_rule_names_by_target(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    bus = region.part(EventStore).bus(parameters.get("EventBusName"))
    found = [
        name
        for name, rule in sorted(bus.rules.items())
        if any(target["Arn"] == parameters["TargetArn"] for target in rule.targets.values())
    ]
    return _page("RuleNames", found, parameters)


def put_targets(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    rule = _rule(region, parameters, "Rule")
    targets = {target["Id"]: target for target in parameters["Targets"]}
    for target in targets.values():
        _check_target(region, target)
    together = {**rule.targets, **targets}
    if len(together) > MAX_TARGETS:
        raise AwsError("LimitExceededException", TOO_MANY)
    rule.targets = together
    return {"FailedEntryCount": 0, "FailedEntries": []}


def _check_target(region: Region, target: Parameters) -> None:
    arn, called = target["Arn"], target["Id"]
    parts = arn.split(":")
    if len(parts) < 6 or parts[0] != "arn":
        reason = "Provided Arn is not in correct format."
        raise AwsError("ValidationException", f"Parameter {arn} is not valid. Reason: {reason}")
    deliverer(arn)
    if parts[3:5] != [region.name, region.account_id]:
        instead = "Name a resource of this account and Region."
        raise NotSimulated(f"events:PutTargets with the target {arn}", instead)
    if parts[2] in NEED_ROLE and "RoleArn" not in target:
        raise AwsError("ValidationException", f"RoleArn is required for target {arn}.")
    if parts[2] == "sqs" and arn.endswith(".fifo") and "SqsParameters" not in target:
        message = f"Parameter(s) SqsParameters must be specified for target: {called}."
        raise AwsError("ValidationException", message)
    check_dead_letters("events:PutTargets", target.get("DeadLetterConfig", {}).get("Arn"))
    _check_input(target)


def _check_input(target: Parameters) -> None:
    called = target["Id"]
    if sum(name in target for name in ONE_INPUT) > 1:
        message = f"Only one of {', '.join(ONE_INPUT)} must be provided for target {called}."
        raise AwsError("ValidationException", message)
    if "Input" in target:
        try:
            json.loads(target["Input"])
        except ValueError:
            message = f"JSON syntax error in input for target {called}"
            raise AwsError("ValidationException", message) from None
    shape = target.get("InputTransformer")
    if shape is None:
        return
    for name in transformers.undefined(shape["InputTemplate"], shape.get("InputPathsMap", {})):
        problem = f"InputTemplate for target {called} contains invalid placeholder {name}."
        raise AwsError("ValidationException", problem)


def remove_targets(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    rule = _rule(region, parameters, "Rule")
    failed = [
        {
            "TargetId": each,
            "ErrorCode": "ResourceNotFoundException",
            "ErrorMessage": f"Rule '{rule.name}' does not have a target with the Id '{each}'.",
        }
        for each in parameters["Ids"]
        if each not in rule.targets
    ]
    for each in parameters["Ids"]:
        rule.targets.pop(each, None)
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}


def list_targets_by_rule(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    rule = _rule(region, parameters, "Rule")
    return _page("Targets", list(rule.targets.values()), parameters)
