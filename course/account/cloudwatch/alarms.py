"""Alarms through the API: putting, describing, setting, history, tags.

Follows the CloudWatch API reference. An alarm that is put again keeps its state. Evaluation and
actions are in `alarm_engine` and `alarm_actions`. Left out: PromQL alarms, wall-clock windows, mute
rules, alarms with contributors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from course.account import tagging
from course.account.cloudwatch.alarm_actions import check_actions
from course.account.cloudwatch.alarm_engine import children, settle_composites, transition
from course.account.cloudwatch.alarm_state import ACTIONS, COMPOSITE, METRIC, Alarm, record
from course.account.cloudwatch.alarm_suppression import check_suppressor, suppress
from course.account.cloudwatch.metric_queries import dimensions_of
from course.account.errors import AwsError
from course.account.events import alarms as alarm_events
from course.account.paging import page, page_token, paged
from course.account.region import Region
from course.telemetry import alarm_rules as rules
from course.telemetry import composite

Parameters = dict[str, Any]


def put_metric_alarm(region: Region, parameters: Parameters) -> None:
    rules.validate(parameters)
    check_actions(region, "PutMetricAlarm", parameters)
    _put(region, METRIC, parameters)
    if rules.is_band(parameters):
        _make_detector(region, parameters["Metrics"])


def _make_detector(region: Region, queries: list[Parameters]) -> None:
    """On AWS, too, putting an alarm on a band makes the detector if there is none."""
    from course.account.cloudwatch import anomalies

    for query in queries:
        if "MetricStat" in query:
            anomalies.make_sure(region, query["MetricStat"])


def put_composite_alarm(region: Region, parameters: Parameters) -> None:
    tree = composite.parse(parameters["AlarmRule"])
    names = [composite.alarm_name(each) for each in composite.names(tree)]
    missing = [name for name in names if name not in region.alarms]
    if missing:
        listed = ", ".join(missing)
        problem = f"alarms [{listed}] in the alarm rule do not exist"
        raise AwsError("ValidationError", f"Could not save the composite alarm as {problem}")
    _check_cycle(region, parameters["AlarmName"], names)
    check_actions(region, "PutCompositeAlarm", parameters)
    check_suppressor(region, parameters)
    alarm = _put(region, COMPOSITE, parameters)
    alarm.tree = tree
    suppress(alarm)


def _check_cycle(region: Region, name: str, names: list[str]) -> None:
    waiting, seen = list(names), set()
    while waiting:
        child = waiting.pop()
        if child == name:
            raise AwsError("ValidationError", f"The alarm rule of {name} leads back to itself.")
        alarm = region.alarms.get(child)
        if child not in seen and alarm is not None and alarm.is_composite:
            waiting += children(alarm)
        seen.add(child)


def _put(region: Region, kind: str, parameters: Parameters) -> Alarm:
    name = parameters["AlarmName"]
    existing: Alarm | None = region.alarms.get(name)
    if existing is not None and existing.kind != kind:
        message = f"An alarm with the name {name} and another type exists already."
        raise AwsError("ValidationError", message)
    arn = region.arn("cloudwatch", f"alarm:{name}")
    before = None if existing is None else alarm_events.configuration(existing)
    if existing is None:
        now = region.now
        alarm = region.alarms[name] = Alarm(kind, arn, parameters, now, now, now)
        region.tags[arn] = tagging.kept(parameters.get("Tags"))
    else:
        alarm = existing
        alarm.configure(parameters, region.now)
    verb = "updated" if existing else "created"
    kept = {key: value for key, value in parameters.items() if key != "Tags"}
    data = {"type": "Update" if existing else "Create", verb + "Alarm": kept}
    record(region, alarm, "ConfigurationUpdate", f'Alarm "{name}" {verb}', data)
    alarm_events.configured(region, alarm, verb.removesuffix("d"), before)
    return alarm


def describe_alarms(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    """As on AWS: without AlarmTypes only metric alarms are shown."""
    names, prefix = parameters.get("AlarmNames"), parameters.get("AlarmNamePrefix")
    if names and prefix:
        message = "AlarmNames and AlarmNamePrefix cannot both be specified."
        raise AwsError("ValidationError", message)
    kinds = parameters.get("AlarmTypes") or [METRIC]
    related = _relatives(region, parameters)
    found = [
        alarm
        for _, alarm in sorted(region.alarms.items())
        if alarm.kind in kinds
        and (not names or alarm.name in names)
        and alarm.name.startswith(prefix or "")
        and parameters.get("StateValue", alarm.state) == alarm.state
        and _acts(alarm, parameters.get("ActionPrefix"))
        and (related is None or alarm.name in related)
    ]
    limit = parameters.get("MaxRecords", 50)
    shown, token = page(found, parameters.get("NextToken"), limit, invalid="InvalidNextToken")
    return {
        "MetricAlarms": [alarm.described() for alarm in shown if not alarm.is_composite],
        "CompositeAlarms": [alarm.described() for alarm in shown if alarm.is_composite],
        **page_token("NextToken", token),
    }


def _acts(alarm: Alarm, prefix: str | None) -> bool:
    if prefix is None:
        return True
    lists = (alarm.config.get(name, ()) for name in ACTIONS.values())
    return any(arn.startswith(prefix) for listed in lists for arn in listed)


def _relatives(region: Region, parameters: Parameters) -> list[str] | None:
    """The names that ChildrenOfAlarmName or ParentsOfAlarmName asks for; None without either."""
    parent, child = parameters.get("ChildrenOfAlarmName"), parameters.get("ParentsOfAlarmName")
    if parent:
        alarm = _existing(region, parent)
        return children(alarm) if alarm.is_composite else []
    if child:
        _existing(region, child)
        composites = (alarm for alarm in region.alarms.values() if alarm.is_composite)
        return [alarm.name for alarm in composites if child in children(alarm)]
    return None


def describe_alarms_for_metric(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    wanted = dimensions_of(parameters.get("Dimensions"))
    found = [
        alarm.described()
        for alarm in region.alarms.values()
        if not alarm.is_composite
        and alarm.config.get("MetricName") == parameters["MetricName"]
        and alarm.config.get("Namespace") == parameters["Namespace"]
        and dimensions_of(alarm.config.get("Dimensions")) == wanted
        and all(
            alarm.config.get(name) == parameters[name]
            for name in ("Statistic", "ExtendedStatistic", "Period", "Unit")
            if name in parameters
        )
    ]
    return {"MetricAlarms": found}


def describe_alarm_history(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    kinds = parameters.get("AlarmTypes") or [METRIC]
    start, end = parameters.get("StartDate"), parameters.get("EndDate")
    found = [
        item
        for item in region.alarm_history
        if item["AlarmType"] in kinds
        and parameters.get("AlarmName", item["AlarmName"]) == item["AlarmName"]
        and parameters.get("HistoryItemType", item["HistoryItemType"]) == item["HistoryItemType"]
        and (start is None or item["Timestamp"] >= start)
        and (end is None or item["Timestamp"] <= end)
    ]
    if parameters.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        found.reverse()
    limit = parameters.get("MaxRecords", 100)
    return paged(
        "AlarmHistoryItems", found, parameters, "NextToken", limit, invalid="InvalidNextToken"
    )


def set_alarm_state(region: Region, parameters: Parameters) -> None:
    """Lasts until the next evaluation; carries out the new state's actions."""
    alarm = _existing(region, parameters["AlarmName"])
    data = parameters.get("StateReasonData")
    if data is not None:
        _check_json(data)
    transition(region, alarm, parameters["StateValue"], parameters["StateReason"], data)
    settle_composites(region)


def _check_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        raise AwsError("InvalidFormat", "StateReasonData was not valid JSON") from None


def _existing(region: Region, name: str) -> Alarm:
    alarm: Alarm | None = region.alarms.get(name)
    if alarm is None:
        raise AwsError("ResourceNotFound", f"Unknown alarm {name}")
    return alarm


def enable_alarm_actions(region: Region, parameters: Parameters) -> None:
    _switch_actions(region, parameters, True)


def disable_alarm_actions(region: Region, parameters: Parameters) -> None:
    _switch_actions(region, parameters, False)


def _switch_actions(region: Region, parameters: Parameters, enabled: bool) -> None:
    """Names that do not exist are passed over, as on AWS."""
    for name in parameters["AlarmNames"]:
        alarm = region.alarms.get(name)
        if alarm is not None:
            before = alarm_events.configuration(alarm)
            alarm.configure({**alarm.config, "ActionsEnabled": enabled}, region.now)
            verb = "enabled" if enabled else "disabled"
            summary = f'Alarm "{name}" actions {verb}'
            record(region, alarm, "ConfigurationUpdate", summary, {"type": "Update"})
            alarm_events.configured(region, alarm, "update", before)


def delete_alarms(region: Region, parameters: Parameters) -> None:
    names = parameters["AlarmNames"]
    if not any(name in region.alarms for name in names):
        return
    parents = _parents(region, names)
    if parents:
        child, parent = parents
        message = (
            f"{child} cannot be deleted as there are composite alarms depending on it: {parent}"
        )
        raise AwsError("ValidationError", message)
    for name in names:
        alarm = region.alarms.pop(name, None)
        if alarm is not None:
            region.tags.pop(alarm.arn, None)
            record(
                region, alarm, "ConfigurationUpdate", f'Alarm "{name}" deleted', {"type": "Delete"}
            )
            alarm_events.configured(region, alarm, "delete")


def _parents(region: Region, names: list[str]) -> tuple[str, str] | None:
    for alarm in region.alarms.values():
        if alarm.is_composite and alarm.name not in names:
            for child in children(alarm):
                if child in names:
                    return child, alarm.name
    return None


def tag_resource(region: Region, parameters: Parameters) -> None:
    tagging.add(_tags(region, parameters), parameters)


def untag_resource(region: Region, parameters: Parameters) -> None:
    tagging.remove(_tags(region, parameters), parameters)


def list_tags_for_resource(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return {"Tags": tagging.listed(_tags(region, parameters))}


def _tags(region: Region, parameters: Parameters) -> dict[str, str]:
    arn = parameters["ResourceARN"]
    if arn not in region.tags:
        raise AwsError("ResourceNotFoundException", f"Unknown resource {arn}")
    return region.tags[arn]
