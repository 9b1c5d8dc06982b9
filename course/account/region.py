"""What one account holds in one Region; every operation of ours works on one of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from course.account.clock import Clock, iso
from course.account.log_store import LogStore
from course.account.metric_store import MetricStore

Happening = dict[str, Any]


@dataclass
class Region:
    """State of CloudWatch and CloudWatch Logs in one Region.

    clients: gives an internal boto3 client of another service, whose calls are not recorded.
    Dashboards are global to an account, so every Region of it shares one dictionary.
    """

    account_id: str
    name: str
    clock: Clock
    clients: Callable[[str], Any]
    dashboards: dict[str, dict[str, Any]]
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
    _ids: int = 0

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
