"""What one account holds in one Region; every operation of ours works on one of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from course.account.agenda import Agenda
from course.account.calls import CallBook
from course.account.clock import Clock, iso
from course.account.cloudwatch.metric_store import MetricStore
from course.account.faults import Faults
from course.account.logs.store import LogStore
from course.telemetry.world import World

Happening = dict[str, Any]
Part = TypeVar("Part")


@dataclass
class Region:
    """One Region: the state of CloudWatch and CloudWatch Logs, and a part for every other service.

    world: what had happened when the account was opened; None in a Region that it is not about.
    clients: gives an internal boto3 client of another service, whose calls are not recorded.
    calls: the API calls that were made to the account. siblings: its Regions by name, this one too.
    Dashboards are global to an account, so every Region of it shares one dictionary; so it does the
    agenda, since an account has one clock, and the faults.
    """

    account_id: str
    name: str
    clock: Clock
    clients: Callable[[str], Any]
    dashboards: dict[str, dict[str, Any]]
    faults: Faults
    calls: CallBook
    siblings: Mapping[str, Region]
    world: World | None = None
    agenda: Agenda = field(default_factory=Agenda)
    logs: LogStore = field(default_factory=LogStore)
    metrics: MetricStore = field(default_factory=MetricStore)
    metric_filters: dict[tuple[str, str], Any] = field(default_factory=dict)
    subscriptions: dict[tuple[str, str], Any] = field(default_factory=dict)
    queries: dict[str, Any] = field(default_factory=dict)
    searched: dict[Any, Any] = field(default_factory=dict)
    query_definitions: dict[str, Any] = field(default_factory=dict)
    lookup_tables: dict[str, Any] = field(default_factory=dict)
    export_tasks: dict[str, Any] = field(default_factory=dict)
    alarms: dict[str, Any] = field(default_factory=dict)
    alarm_history: list[dict[str, Any]] = field(default_factory=list)
    insight_rules: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    happenings: list[Happening] = field(default_factory=list)
    # How long the operation that was just carried out takes (ms), where it says so itself.
    took: float | None = None
    _parts: dict[type, Any] = field(default_factory=dict)
    _ids: int = 0

    def part(self, kind: type[Part]) -> Part:
        """What a service keeps in this Region: one `kind(region)`, made when first asked for."""
        if kind not in self._parts:
            self._parts[kind] = kind(self)  # type: ignore[call-arg]
        return cast(Part, self._parts[kind])

    def has(self, kind: type[Part]) -> bool:
        """Whether anybody has used that part, without making it."""
        return kind in self._parts

    @property
    def now(self) -> int:
        """The account's time in epoch ms."""
        return self.clock.now

    def arn(self, service: str, resource: str) -> str:
        """An ARN of this account and Region."""
        return f"arn:aws:{service}:{self.name}:{self.account_id}:{resource}"

    def new_id(self) -> str:
        """A fresh UUID-shaped id: counted, not random, so that runs repeat."""
        self._ids += 1
        digits = f"{self.now:012x}{self._ids:020x}"[-32:]
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def happened(self, what: str, **details: Any) -> None:
        """Note something for whoever advances the clock."""
        self.happenings.append({"time": iso(self.now), "what": what, **details})
