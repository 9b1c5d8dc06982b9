"""What CloudWatch says about an alarm: events on the default bus, and the payload of a function.

The documents are those of the CloudWatch User Guide, "Alarm events and EventBridge" and "Invoke a
Lambda function from an alarm". The id that AWS gives the metric of a single-metric alarm is made
from the alarm's name here. Left out: alarmTags, contributors, mute rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from course.account.cloudwatch.alarm_state import ACTIONS, Alarm, stamp
from course.account.events import bus
from course.account.events.store import EventStore
from course.account.region import Region

Config = Mapping[str, Any]
SOURCE = "aws.cloudwatch"
STATE_CHANGE, CONFIGURATION_CHANGE = (
    "CloudWatch Alarm State Change",
    "CloudWatch Alarm Configuration Change",
)
# What a rule or a threshold is made of; a state change shows only the metrics or the rule.
_EVALUATION = (
    *("EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ThresholdMetricId"),
    *("ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile"),
)
_COMPOSITE = (
    *("AlarmRule", "ActionsSuppressor"),
    *("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"),
)


def state_changed(region: Region, alarm: Alarm) -> None:
    """Tell the default bus that an alarm has just entered a state."""
    _send(region, alarm, STATE_CHANGE, _alarm_data(alarm))


def configured(
    region: Region, alarm: Alarm, operation: str, before: dict[str, Any] | None = None
) -> None:
    """Tell the default bus of a create, update or delete; before: what `configuration` was."""
    if not region.has(EventStore):
        return
    detail = {
        "alarmName": alarm.name,
        "operation": operation,
        "state": {"value": alarm.state, "timestamp": stamp(alarm.updated)},
        "configuration": configuration(alarm),
    }
    more = {} if before is None else {"previousConfiguration": before}
    _send(region, alarm, CONFIGURATION_CHANGE, {**detail, **more})


def _send(region: Region, alarm: Alarm, kind: str, detail: dict[str, Any]) -> None:
    if region.has(EventStore):
        bus.emit(region, source=SOURCE, detail_type=kind, detail=detail, resources=[alarm.arn])


def function_payload(region: Region, alarm: Alarm) -> dict[str, Any]:
    """What a Lambda function gets as its event when it is an alarm's action."""
    return {
        "source": SOURCE,
        "alarmArn": alarm.arn,
        "accountId": region.account_id,
        "time": stamp(region.now),
        "region": region.name,
        "alarmData": _alarm_data(alarm),
    }


def _alarm_data(alarm: Alarm) -> dict[str, Any]:
    config = alarm.config
    described = {"description": config["AlarmDescription"]} if "AlarmDescription" in config else {}
    return {
        "alarmName": alarm.name,
        "state": alarm.state_document(),
        "previousState": alarm.previous,
        "configuration": {**described, **_watched(alarm)},
    }


def configuration(alarm: Alarm) -> dict[str, Any]:
    """The whole configuration, as a configuration change shows it."""
    config = alarm.config
    described = {"description": config["AlarmDescription"]} if "AlarmDescription" in config else {}
    return {
        **_lowered(config, _EVALUATION),
        **_watched(alarm),
        "alarmName": alarm.name,
        **described,
        "actionsEnabled": config.get("ActionsEnabled", True),
        "timestamp": stamp(alarm.configured),
        **{_lower(name): list(config.get(name, ())) for name in ACTIONS.values()},
    }


def _watched(alarm: Alarm) -> dict[str, Any]:
    """The rule of a composite alarm, the metrics of any other."""
    config = alarm.config
    if alarm.is_composite:
        return _lowered(config, _COMPOSITE)
    if "Metrics" in config:
        return {"metrics": [_query(each) for each in config["Metrics"]]}
    stat = {
        "metric": _metric(config),
        "period": config["Period"],
        "stat": config.get("Statistic") or config["ExtendedStatistic"],
        **_lowered(config, ("Unit",)),
    }
    made_up = str(uuid5(NAMESPACE_URL, alarm.arn))
    return {"metrics": [{"id": made_up, "metricStat": stat, "returnData": True}]}


def _query(query: Config) -> dict[str, Any]:
    shown = _lowered(query, ("Id", "Expression", "Label", "Period"))
    if "MetricStat" in query:
        stat = query["MetricStat"]
        shown["metricStat"] = {
            "metric": _metric(stat["Metric"]),
            **_lowered(stat, ("Period", "Stat", "Unit")),
        }
    return {**shown, "returnData": query.get("ReturnData", True)}


def _metric(config: Config) -> dict[str, Any]:
    return {
        "namespace": config["Namespace"],
        "name": config["MetricName"],
        "dimensions": {each["Name"]: each["Value"] for each in config.get("Dimensions", ())},
    }


def _lowered(config: Config, names: tuple[str, ...]) -> dict[str, Any]:
    return {_lower(name): config[name] for name in names if name in config}


def _lower(name: str) -> str:
    """OKActions is okActions, every other name only changes its first letter."""
    return "okActions" if name == "OKActions" else name[:1].lower() + name[1:]
