"""Composite alarms whose actions another alarm suppresses; the rule is `telemetry.suppression`.

A period that ends is on the agenda, so the actions come at its end and not at the next minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.account.cloudwatch.alarm_actions import act
from course.account.cloudwatch.alarm_state import Alarm
from course.account.errors import AwsError
from course.account.region import Region
from course.telemetry.composite import alarm_name
from course.telemetry.suppression import Suppression

SUPPRESSOR = "ActionsSuppressor"
PERIODS = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


def check_suppressor(region: Region, parameters: Mapping[str, Any]) -> None:
    """Raise unless the suppressor exists and comes with both of its periods."""
    given = [name for name in PERIODS if name in parameters]
    if SUPPRESSOR not in parameters:
        if given:
            message = f"{given[0]} can only be specified together with {SUPPRESSOR}"
            raise AwsError("ValidationError", message)
        return
    if len(given) < len(PERIODS):
        message = f"{' and '.join(PERIODS)} are required when {SUPPRESSOR} is specified"
        raise AwsError("ValidationError", message)
    if any(parameters[name] < 0 for name in PERIODS):
        raise AwsError("ValidationError", f"{' and '.join(PERIODS)} must not be negative")
    name = alarm_name(parameters[SUPPRESSOR])
    if name not in region.alarms or name == parameters["AlarmName"]:
        message = f"{SUPPRESSOR} {name} must be the name or ARN of another, existing alarm"
        raise AwsError("ValidationError", message)


def suppress(alarm: Alarm) -> None:
    """Begin or end suppression as the alarm was put; a suppression that goes on keeps its state."""
    if SUPPRESSOR not in alarm.config:
        alarm.suppression = None
        return
    wait, extension = (alarm.config[name] * 1000 for name in PERIODS)
    if alarm.suppression is None:
        alarm.suppression = Suppression(wait, extension, acted=alarm.state)
    alarm.suppression.wait, alarm.suppression.extension = wait, extension


def review(region: Region, alarm: Alarm) -> None:
    """Act if it is time to; called when any alarm may have changed and when a period ends."""
    held = alarm.suppression
    if held is None:
        return
    suppressor = region.alarms.get(alarm_name(alarm.config[SUPPRESSOR]))
    silenced = suppressor is not None and suppressor.state == "ALARM"
    before, acted = held.by, held.acted
    due = held.step(region.now, alarm.state, silenced)
    if due:
        # After a period the state before is the suppressed one, as AWS's alarm events show it.
        act(region, alarm, acted if before is None else alarm.state)
    elif alarm.state != held.acted and held.by not in (None, before):
        region.happened("suppressed", alarm=alarm.name, to=alarm.state, by=held.by)
    if held.until is not None and held.by != before:
        region.agenda.at(held.until, lambda: review(region, alarm))
