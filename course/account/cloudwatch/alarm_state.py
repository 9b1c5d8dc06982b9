"""An alarm as the account keeps it, and the history that grows as it changes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from course.account.clock import iso, utc
from course.account.region import Region
from course.telemetry.suppression import Suppression

CREATED = "Unchecked: Initial alarm creation"
METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"
ACTIONS = {
    "OK": "OKActions",
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}


@dataclass
class Alarm:
    """A metric or composite alarm. config: the parameters it was put with; times in epoch ms."""

    kind: str
    arn: str
    config: dict[str, Any]
    configured: int
    updated: int
    transitioned: int
    state: str = "INSUFFICIENT_DATA"
    reason: str = CREATED
    reason_data: str | None = None
    tree: Any = None
    suppression: Suppression | None = None
    previous: dict[str, Any] = field(default_factory=dict)
    # Seconds of one evaluated data point; that of its metrics for an alarm on math.
    period: int = field(init=False)

    def __post_init__(self) -> None:
        self.configure(self.config, self.configured)

    def configure(self, config: dict[str, Any], now: int) -> None:
        """Take on the parameters of another put."""
        self.config, self.configured = config, now
        self.period = 60 if self.is_composite else _period(config)

    @property
    def name(self) -> str:
        return str(self.config["AlarmName"])

    @property
    def is_composite(self) -> bool:
        return self.kind == COMPOSITE

    @property
    def is_quick(self) -> bool:
        """Whether it is evaluated every 10 seconds."""
        return not self.is_composite and self.period < 60

    def state_document(self) -> dict[str, Any]:
        """The state as events and functions are told of it; `previous` keeps the one before."""
        document = {"value": self.state, "reason": self.reason}
        if self.reason_data:
            document["reasonData"] = self.reason_data
        document["timestamp"] = stamp(self.updated)
        if self.suppression is not None and self.suppression.by:
            document["actionsSuppressedBy"] = self.suppression.by
            document["actionsSuppressedReason"] = f"Actions suppressed by {self.suppression.by}"
        return document

    def described(self) -> dict[str, Any]:
        """As DescribeAlarms shows it."""
        settings = {name: value for name, value in self.config.items() if name != "Tags"}
        lists = {name: settings.get(name, []) for name in ACTIONS.values()}
        shown = {
            **settings,
            **lists,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": utc(self.configured),
            "ActionsEnabled": settings.get("ActionsEnabled", True),
            "StateValue": self.state,
            "StateReason": self.reason,
            "StateUpdatedTimestamp": utc(self.updated),
            "StateTransitionedTimestamp": utc(self.transitioned),
        }
        if self.reason_data:
            shown["StateReasonData"] = self.reason_data
        if self.suppression is not None and self.suppression.by:
            shown["ActionsSuppressedBy"] = self.suppression.by
            shown["ActionsSuppressedReason"] = f"Actions suppressed by {self.suppression.by}"
        if self.kind == METRIC and "MetricName" in shown:
            shown.setdefault("Dimensions", [])
        return shown


def _period(config: dict[str, Any]) -> int:
    queries = config.get("Metrics", ())
    periods = [each["MetricStat"]["Period"] for each in queries if "MetricStat" in each]
    periods = periods or [each["Period"] for each in queries if "Period" in each]
    return int(config.get("Period") or max(periods, default=60))


def record(region: Region, alarm: Alarm, kind: str, summary: str, data: dict[str, Any]) -> None:
    """Add an item to the alarm history. kind: ConfigurationUpdate, StateUpdate or Action."""
    region.alarm_history.append(
        {
            "AlarmName": alarm.name,
            "AlarmType": alarm.kind,
            "Timestamp": utc(region.now),
            "HistoryItemType": kind,
            "HistorySummary": summary,
            "HistoryData": json.dumps({"version": "1.0", **data}),
        }
    )


def stamp(milliseconds: int) -> str:
    """A time as alarm messages write it: 2026-03-17T10:42:00.000+0000."""
    return f"{utc(milliseconds):%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}+0000"


def change(
    region: Region, alarm: Alarm, state: str, reason: str, data: str | None = None
) -> tuple[str, str]:
    """Move an alarm to a state, with history and happening; returns (old, new) state."""
    old, alarm.state = alarm.state, state
    before = {"stateValue": old, "stateReason": alarm.reason}
    if old != state:
        alarm.previous = {**alarm.state_document(), "value": old}
    alarm.reason, alarm.reason_data, alarm.updated = reason, data, region.now
    if old == state:
        return old, state
    alarm.transitioned = region.now
    after = {"stateValue": state, "stateReason": reason}
    record(
        region,
        alarm,
        "StateUpdate",
        f"Alarm updated from {old} to {state}",
        {"oldState": before, "newState": after},
    )
    region.happenings.append(
        {
            "time": iso(region.now),
            "what": "alarm",
            "alarm": alarm.name,
            "from": old,
            "to": state,
            "reason": reason,
        }
    )
    return old, state
