"""What an alarm does when its state changes: a message to a topic, a function, a scaling policy.

The message is the JSON document that CloudWatch sends ("Amazon SNS notifications for alarms"); moto
delivers it to the topic's subscribers. A function is invoked asynchronously ("Invoke a Lambda
function from an alarm"). Other actions are refused when the alarm is put.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from course.account.clock import iso
from course.account.cloudwatch.alarm_state import ACTIONS, Alarm, record, stamp
from course.account.errors import AwsError, NotSimulated
from course.account.region import Region

REGION_NAMES = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "eu-west-1": "EU (Ireland)",
    "eu-central-1": "EU (Frankfurt)",
}
LISTS = tuple(ACTIONS.values())
CARRIED_OUT = ("sns", "lambda")
OF_ECS = ":resource/ecs/"
FUNCTION_CALLER = "lambda.alarms.cloudwatch.amazonaws.com"


def check_actions(region: Region, operation: str, parameters: Mapping[str, Any]) -> None:
    """Refuse actions that AWS refuses, or that nothing here would carry out."""
    for arn in (arn for name in LISTS for arn in parameters.get(name, ())):
        parts = arn.split(":")
        if len(parts) < 6 or parts[0] != "arn":
            raise AwsError("ValidationError", f"Invalid arn syntax: {arn}")
        scales = parts[2] == "autoscaling" and OF_ECS in arn
        if parts[2] not in CARRIED_OUT and not scales:
            instead = (
                "Let the alarm notify an SNS topic, invoke a function, or scale an ECS service."
            )
            raise NotSimulated(f"cloudwatch:{operation} with an action on {parts[2]}", instead)
        if parts[3] != region.name:
            message = f"Invalid region {parts[3]} specified. Only {region.name} is supported."
            raise AwsError("ValidationError", message)


def act(region: Region, alarm: Alarm, old: str) -> None:
    """Carry out the actions of the state that the alarm has just entered."""
    if not alarm.config.get("ActionsEnabled", True):
        return
    for arn in alarm.config.get(ACTIONS[alarm.state], ()):
        service = arn.split(":")[2]
        if service == "lambda":
            error = _invoke(region, alarm, arn)
        elif service == "autoscaling":
            error = _scale(region, alarm, arn)
        else:
            error = _notify(region, alarm, arn, json.dumps(message(region, alarm, old)))
        _note(region, alarm, arn, error)


def _notify(region: Region, alarm: Alarm, arn: str, text: str) -> str | None:
    """Publish to a topic; returns what went wrong."""
    subject = f'{alarm.state}: "{alarm.name}" in {_region_name(region)}'
    try:
        region.clients("sns").publish(TopicArn=arn, Subject=subject[:100], Message=text)
    except ClientError as problem:
        return str(problem.response["Error"]["Message"])
    return None


def _invoke(region: Region, alarm: Alarm, arn: str) -> str | None:
    """Invoke a function asynchronously; returns what went wrong."""
    from course.account.events import alarms, targets

    payload = json.dumps(alarms.function_payload(region, alarm))
    try:
        targets.deliver(region, arn, payload, source=FUNCTION_CALLER, source_arn=alarm.arn)
    except targets.DeliveryFailed as failure:
        return failure.message
    return None


def _scale(region: Region, alarm: Alarm, arn: str) -> str | None:
    """Carry out a scaling policy; returns what went wrong."""
    from course.account.scaling import acting

    return acting.act(region, alarm, arn)


def _note(region: Region, alarm: Alarm, arn: str, error: str | None) -> None:
    summary = f"Successfully executed action {arn}"
    if error:
        summary = f'Failed to execute action {arn}. Received error: "{error}"'
    state = "Failed" if error else "Succeeded"
    details = {
        "actionState": state,
        "notificationResource": arn,
        "stateUpdateTimestamp": region.now,
    }
    record(region, alarm, "Action", summary, {**details, "error": error})
    region.happenings.append(
        {
            "time": iso(region.now),
            "what": "action",
            "alarm": alarm.name,
            "to": alarm.state,
            "action": arn,
            "error": error,
        }
    )


def _region_name(region: Region) -> str:
    return REGION_NAMES.get(region.name, region.name)


def message(region: Region, alarm: Alarm, old: str) -> dict[str, Any]:
    """The notification's document."""
    config = alarm.config
    common = {
        "AlarmName": alarm.name,
        "AlarmDescription": config.get("AlarmDescription"),
        "AWSAccountId": region.account_id,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configured),
        "NewStateValue": alarm.state,
        "NewStateReason": alarm.reason,
        "StateChangeTime": stamp(alarm.transitioned),
        "Region": _region_name(region),
        "AlarmArn": alarm.arn,
        "OldStateValue": old,
        **{name: config.get(name, []) for name in ("OKActions", "AlarmActions")},
        "InsufficientDataActions": config.get("InsufficientDataActions", []),
    }
    if alarm.is_composite:
        return {
            **common,
            "AlarmRule": config["AlarmRule"],
            "TriggeringChildren": _children(region, alarm),
        }
    return {**common, "Trigger": _trigger(config)}


def _children(region: Region, alarm: Alarm) -> list[dict[str, Any]]:
    from course.account.cloudwatch.alarm_engine import describe_children

    return [
        {**child, "State": {**child["State"], "Timestamp": stamp(region.now)}}
        for child in describe_children(region, alarm)
        if child["State"]["Value"] == "ALARM"
    ]


def _trigger(config: Mapping[str, Any]) -> dict[str, Any]:
    shared = {
        "EvaluationPeriods": config["EvaluationPeriods"],
        "DatapointsToAlarm": config.get("DatapointsToAlarm", config["EvaluationPeriods"]),
        "ComparisonOperator": config["ComparisonOperator"],
        **{name: config[name] for name in ("Threshold", "ThresholdMetricId") if name in config},
        "TreatMissingData": config.get("TreatMissingData", ""),
        "EvaluateLowSampleCountPercentile": config.get("EvaluateLowSampleCountPercentile", ""),
    }
    if "Metrics" in config:
        return {"Metrics": [_watched(each) for each in config["Metrics"]], **shared}
    basic = config.get("Statistic")
    return {
        "MetricName": config["MetricName"],
        "Namespace": config["Namespace"],
        "StatisticType": "Statistic" if basic else "ExtendedStatistic",
        "Statistic": _shouted(basic) if basic else config["ExtendedStatistic"],
        "Unit": config.get("Unit"),
        "Dimensions": _dimensions(config.get("Dimensions", ())),
        "Period": config["Period"],
        **shared,
    }


def _watched(query: Mapping[str, Any]) -> dict[str, Any]:
    if "MetricStat" not in query:
        return dict(query)
    stat = query["MetricStat"]
    metric = {**stat["Metric"], "Dimensions": _dimensions(stat["Metric"].get("Dimensions", ()))}
    return {**query, "MetricStat": {**stat, "Metric": metric}}


def _shouted(statistic: str) -> str:
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()


def _dimensions(listed: Any) -> list[dict[str, str]]:
    return [{"value": each["Value"], "name": each["Name"]} for each in listed]
