"""What EventBridge keeps in a Region: event buses with their rules, archives, schedules."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from course.account.agenda import Entry
from course.account.clock import utc
from course.account.errors import AwsError
from course.account.region import Region
from course.telemetry.events.patterns import EventPattern
from course.telemetry.events.schedules import Schedule

DEFAULT = "default"
ENABLED = "ENABLED"
# Takes events about read-only API calls too, which other rules never see.
WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
Event = dict[str, Any]


@dataclass
class Rule:
    """A rule of one bus. config: the parameters it was put with; targets: by id, in order."""

    name: str
    arn: str
    bus: str
    config: dict[str, Any]
    pattern: EventPattern | None
    schedule: Schedule | None
    created: int
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)
    due: Entry | None = None

    @property
    def state(self) -> str:
        return str(self.config.get("State", ENABLED))

    def takes(self, event: Event, *, reads: bool) -> bool:
        """Whether it is enabled and its pattern matches. reads: the event is about a read."""
        if self.pattern is None or self.state not in ((WITH_READS,) if reads else ACTIVE):
            return False
        return self.pattern.matches(event)

    def described(self) -> dict[str, Any]:
        names = ("EventPattern", "ScheduleExpression", "Description", "RoleArn")
        return {
            "Name": self.name,
            "Arn": self.arn,
            "State": self.state,
            "EventBusName": self.bus,
            **{name: self.config[name] for name in names if name in self.config},
        }


ACTIVE = (ENABLED, WITH_READS)


@dataclass
class Bus:
    """An event bus. config: what it was made with."""

    name: str
    arn: str
    created: int
    modified: int
    config: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        names = ("Description", "DeadLetterConfig")
        return {
            "Name": self.name,
            "Arn": self.arn,
            "CreationTime": utc(self.created),
            "LastModifiedTime": utc(self.modified),
            **{name: self.config[name] for name in names if name in self.config},
        }


@dataclass
class Archive:
    """Events that a bus received, kept for a replay; retention in days, 0 for ever."""

    name: str
    arn: str
    bus: str
    created: int
    config: dict[str, Any]
    pattern: EventPattern | None
    events: deque[tuple[int, Event]] = field(default_factory=deque)

    def takes(self, event: Event) -> bool:
        return self.pattern is None or self.pattern.matches(event)


class EventStore:
    """Everything of EventBridge in one Region; the default bus is always there."""

    def __init__(self, region: Region) -> None:
        self.buses: dict[str, Bus] = {}
        self.archives: dict[str, Archive] = {}
        self.replays: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.add_bus(region, DEFAULT, {})

    def add_bus(self, region: Region, name: str, config: dict[str, Any]) -> Bus:
        arn = region.arn("events", f"event-bus/{name}")
        bus = self.buses[name] = Bus(name, arn, region.now, region.now, config)
        return bus

    def bus(self, name: str | None) -> Bus:
        """A bus by name or ARN; none means the default one."""
        short = (name or DEFAULT).rsplit(":event-bus/", 1)[-1]
        if short not in self.buses:
            raise AwsError("ResourceNotFoundException", f"Event bus {short} does not exist.")
        return self.buses[short]

    def rule(self, name: str, bus: str | None) -> Rule:
        """A rule by its name."""
        found = self.bus(bus)
        if name not in found.rules:
            message = f"Rule {name} does not exist on EventBus {found.name}."
            raise AwsError("ResourceNotFoundException", message)
        return found.rules[name]

    def rules(self) -> list[Rule]:
        return [rule for bus in self.buses.values() for rule in bus.rules.values()]
