"""EventBridge Scheduler's schedules as they fall due.

Follows the EventBridge Scheduler User Guide, "Schedule types", "Flexible time windows", "Deleting a
schedule", "Dead-letter queues" and "Monitoring with CloudWatch". A rate without a StartDate begins
at once. A flexible window delays each time by a part of the window, at random but the same in every
run. Without Input a target gets Scheduler's default notification. A universal target
(arn:aws:scheduler:::aws-sdk:service:apiAction) calls that operation with Input as its parameters.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from course.account.agenda import Entry
from course.account.clock import iso, utc
from course.account.errors import NotSimulated
from course.account.events import bus
from course.account.events.delivery import Delivery
from course.account.events.targets import (
    INVALID_JSON,
    INVALID_PARAMETER,
    SDK_CLIENT_ERROR,
    THROTTLING,
    DeliveryFailed,
    Parcel,
    deliverer,
)
from course.account.region import Region
from course.telemetry.events import transformers
from course.telemetry.events.retries import RetryPolicy
from course.telemetry.events.schedules import Cron
from course.telemetry.events.schedules import Schedule as Times

DEFAULT = "default"
UNIVERSAL = "arn:aws:scheduler:::aws-sdk:"
NAMESPACE = "AWS/Scheduler"
MINUTE = 60_000


@dataclass
class Schedule:
    """A schedule. config: what it was made with, defaults filled in; times in epoch ms."""

    name: str
    group: str
    arn: str
    config: dict[str, Any]
    times: Times
    created: int
    modified: int
    due: Entry | None = None

    @property
    def state(self) -> str:
        return str(self.config["State"])

    def described(self) -> dict[str, Any]:
        names = (
            *("ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate"),
            *("Description", "Target", "FlexibleTimeWindow", "ActionAfterCompletion"),
        )
        return {
            **self._common(),
            **{name: self.config[name] for name in names if name in self.config},
        }

    def summary(self) -> dict[str, Any]:
        return {**self._common(), "Target": {"Arn": self.config["Target"]["Arn"]}}

    def _common(self) -> dict[str, Any]:
        return {
            "Arn": self.arn,
            "Name": self.name,
            "GroupName": self.group,
            "State": self.state,
            "CreationDate": utc(self.created),
            "LastModificationDate": utc(self.modified),
        }


@dataclass
class ScheduleStore:
    """The schedules of one Region, by group and name; the default group is always there."""

    region: Region
    schedules: dict[tuple[str, str], Schedule] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.add_group(self.region, DEFAULT)

    def add_group(self, region: Region, name: str) -> dict[str, Any]:
        now = utc(region.now)
        arn = region.arn("scheduler", f"schedule-group/{name}")
        group = {"Arn": arn, "Name": name, "State": "ACTIVE"}
        self.groups[name] = {**group, "CreationDate": now, "LastModificationDate": now}
        return self.groups[name]


def start(region: Region, schedule: Schedule) -> None:
    """Put the first due time on the agenda, if the schedule is enabled."""
    if schedule.state == "ENABLED":
        begins = schedule.config.get("StartDate")
        first = max(region.now, _epoch_ms(begins)) if begins else region.now
        # A minute that has begun is over for cron; a rate and a single time may be due now.
        begun = isinstance(schedule.times, Cron)
        _await(region, schedule, first, after=region.now if begun else region.now - 1)


def stop(schedule: Schedule) -> None:
    """Take the schedule off the agenda."""
    if schedule.due is not None:
        schedule.due.cancel()
        schedule.due = None


def remove(region: Region, schedule: Schedule) -> None:
    """Delete a schedule."""
    stop(schedule)
    del region.part(ScheduleStore).schedules[schedule.group, schedule.name]


def _await(region: Region, schedule: Schedule, first: int, after: int) -> None:
    at = schedule.times.next(after, first)
    ends = schedule.config.get("EndDate")
    if at is None or (ends is not None and at > _epoch_ms(ends)):
        if schedule.config["ActionAfterCompletion"] == "DELETE" and after >= first:
            remove(region, schedule)
        return
    schedule.due = region.agenda.at(
        at + _delay(schedule, at), lambda: _run(region, schedule, at, first)
    )


def _epoch_ms(moment: Any) -> int:
    return round(moment.timestamp() * 1000)


def _delay(schedule: Schedule, at: int) -> int:
    """How far into its flexible window an invocation falls."""
    window = schedule.config["FlexibleTimeWindow"].get("MaximumWindowInMinutes", 0)
    return Random(f"{schedule.arn}/{at}").randrange(window * MINUTE) if window else 0


def _run(region: Region, schedule: Schedule, at: int, first: int) -> None:
    delivery = ScheduledDelivery(region, schedule, at)
    _await(region, schedule, first, after=at)
    delivery.attempt()


def check_target(arn: str) -> None:
    """Refuse a target that nothing here could invoke."""
    if not arn.startswith(UNIVERSAL):
        deliverer(arn)
    elif arn.count(":") != 7:
        raise NotSimulated(f"the schedule target {arn}", "Write aws-sdk:service:apiAction.")


class ScheduledDelivery(Delivery):
    """One invocation of a schedule's target. scheduled: when it was due, epoch ms."""

    def __init__(self, region: Region, schedule: Schedule, scheduled: int) -> None:
        self._schedule = schedule
        self._scheduled = iso(scheduled)
        self._execution = region.new_id()
        target = schedule.config["Target"]
        parcel = Parcel(
            target["Arn"],
            "",
            "scheduler.amazonaws.com",
            source_arn=schedule.arn,
            role=target["RoleArn"],
            group_id=target.get("SqsParameters", {}).get("MessageGroupId"),
            partition_key=target.get("KinesisParameters", {}).get("PartitionKey"),
        )
        labels = {
            "SCHEDULE_ARN": schedule.arn,
            "SCHEDULED_TIME": self._scheduled,
            "EXECUTION_ID": self._execution,
        }
        super().__init__(
            region,
            parcel,
            original=self._input(region, 1),
            labels=labels,
            retries=RetryPolicy.of(target.get("RetryPolicy")),
            dead_letters=target.get("DeadLetterConfig", {}).get("Arn"),
        )

    def _input(self, region: Region, attempt: int) -> str:
        """Input with its context attributes, or the default notification."""
        written = self._schedule.config["Target"].get("Input")
        if written is None:
            return transformers.compact(self._notification(region))
        known = {
            "schedule-arn": self._schedule.arn,
            "scheduled-time": self._scheduled,
            "execution-id": self._execution,
            "attempt-number": str(attempt),
        }
        for name, value in known.items():
            written = written.replace(f"<aws.scheduler.{name}>", value)
        return str(written)

    def _notification(self, region: Region) -> dict[str, Any]:
        event = bus.envelope(
            region,
            source="aws.scheduler",
            detail_type="Scheduled Event",
            detail={},
            resources=[self._schedule.arn],
            time=self._scheduled,
        )
        return {**event, "detail": "{}"}

    def hand_over(self) -> None:
        self.parcel = replace(self.parcel, payload=self._input(self.region, self.attempts))
        if self.parcel.arn.startswith(UNIVERSAL):
            _call(self.region, self.parcel)
        elif "EventBridgeParameters" in self._schedule.config["Target"]:
            parameters = self._schedule.config["Target"]["EventBridgeParameters"]
            self.parcel = replace(
                self.parcel, detail_type=parameters["DetailType"], source=parameters["Source"]
            )
            super().hand_over()
        else:
            super().hand_over()

    def attempted(self) -> None:
        self._count("InvocationAttemptCount")

    def missed(self, failure: DeliveryFailed) -> None:
        self._count("TargetErrorCount")
        if failure.code == THROTTLING:
            self._count("TargetErrorThrottledCount")

    def delivered(self) -> None:
        self._happened(None)

    def lost(self, failure: DeliveryFailed) -> None:
        if self._dead_letters is None:
            self._count("InvocationDroppedCount")
        self._happened(f"{failure.code}: {failure.message}")

    def buried(self, in_queue: bool) -> None:
        if in_queue:
            self._count("InvocationsSentToDeadLetterCount")
        else:
            self._count("InvocationsFailedToBeSentToDeadLetterCount")
            self._count("InvocationDroppedCount")

    def _happened(self, error: str | None) -> None:
        self.region.happened(
            "schedule", schedule=self._schedule.name, target=self.parcel.arn, error=error
        )

    def _count(self, name: str) -> None:
        for dimensions in ({}, {"ScheduleGroup": self._schedule.group}):
            bus.count_in(self.region, NAMESPACE, name, dimensions)


def _call(region: Region, parcel: Parcel) -> None:
    """Call an operation of any service, as a universal target does."""
    service, action = parcel.arn.removeprefix(UNIVERSAL).split(":")
    try:
        parameters = json.loads(parcel.payload)
    except ValueError as error:
        raise DeliveryFailed(INVALID_JSON, str(error)) from None
    operation = xform_name(action[:1].upper() + action[1:])
    try:
        getattr(region.clients(service), operation)(**parameters)
    except (ParamValidationError, AttributeError, TypeError) as error:
        raise DeliveryFailed(INVALID_PARAMETER, str(error)) from None
    except ClientError as error:
        found = error.response["Error"]
        raise DeliveryFailed(SDK_CLIENT_ERROR, f"{found['Code']}: {found['Message']}") from None
