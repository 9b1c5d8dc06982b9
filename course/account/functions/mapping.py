"""One event source mapping: its settings, its filters, and the invocations that it makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from course.account.clock import utc
from course.account.errors import AwsError, NotSimulated
from course.account.functions import records, runtime
from course.account.functions.records import Record
from course.account.functions.runtime import Functions, Outcome, Throttled
from course.account.region import Region
from course.telemetry.events import patterns
from course.telemetry.functions import mapping_rules
from course.telemetry.functions.batches import REPORTING

NOTHING, OK, PROBLEM = "No records processed", "OK", "PROBLEM: Function call failed"
SECOND = 1000


class Poller(Protocol):
    """What reads a source for a mapping."""

    def start(self) -> None:
        """Begin to read, or go on."""

    def stop(self) -> None:
        """Read no more; what is running ends."""


@dataclass
class EventSourceMapping:
    """A mapping. function: the ARN that it invokes, with its qualifier. modified: epoch ms."""

    region: Region
    id: str
    source: str
    function: str
    settings: dict[str, Any]
    modified: int
    state: str = "Creating"
    result: str = NOTHING
    tags: dict[str, str] = field(default_factory=dict)
    poller: Poller | None = None
    is_refused: bool = False

    @property
    def kind(self) -> str:
        return mapping_rules.kind_of(self.source)

    @property
    def arn(self) -> str:
        return self.region.arn("lambda", f"event-source-mapping:{self.id}")

    @property
    def is_enabled(self) -> bool:
        return bool(self.settings.get("Enabled", True))

    @property
    def batch_size(self) -> int:
        return int(self.settings["BatchSize"])

    @property
    def window(self) -> int:
        """The batching window in ms."""
        return int(self.settings["MaximumBatchingWindowInSeconds"]) * SECOND

    @property
    def reports_failures(self) -> bool:
        return REPORTING in self.settings["FunctionResponseTypes"]

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.split(":")[6]

    def described(self) -> dict[str, Any]:
        """As the API shows it."""
        left_out = ("Enabled", "StartingPositionTimestamp", "Tags", "FunctionName")
        shown = {k: v for k, v in self.settings.items() if k not in left_out}
        return {
            "UUID": self.id,
            "EventSourceArn": self.source,
            "EventSourceMappingArn": self.arn,
            "FunctionArn": self.function,
            "LastModified": utc(self.modified),
            "LastProcessingResult": self.result,
            "State": self.state,
            "StateTransitionReason": "USER_INITIATED",
            **shown,
        }

    def can_run(self) -> bool:
        """Whether the function has code that can run here; says once, when it has not."""
        try:
            self.region.part(Functions).find(self.function)
        except NotSimulated as refusal:
            if not self.is_refused:
                self.region.happened("refused", mapping=self.id, reason=str(refusal))
            self.is_refused = True
            return False
        except AwsError:  # the function was deleted, or its alias
            self.result = PROBLEM
            return False
        self.is_refused = False
        return True

    # -- filters -------------------------------------------------------------------------------

    def wants(self, record: Record) -> bool:
        """Whether the filter criteria let a record through; without any, all are wanted."""
        given = (self.settings.get("FilterCriteria") or {}).get("Filters") or []
        if not given:
            return True
        looked_at = records.filtered_on(record)
        return any(patterns.compile(each["Pattern"]).matches(looked_at) for each in given)

    # -- invocations ---------------------------------------------------------------------------

    def invoke(self, batch: Sequence[Record], ended: Callable[[Outcome], None]) -> bool:
        """Invoke the function with a batch; `ended` is called when it is done. False: throttled."""
        payload = json.dumps({"Records": list(batch)}).encode()
        self.count(InvokedEventCount=len(batch))
        try:
            outcome = runtime.invoke(self.region, self.function, payload, source=self.kind)
        except (Throttled, AwsError):
            return False
        self.result = OK if outcome.error is None else PROBLEM
        if outcome.error is not None:
            self.count(FailedInvokeEventCount=len(batch))
        self.region.agenda.at(outcome.ended, lambda: ended(outcome))
        return True

    def count(self, **values: int) -> None:
        """The mapping's own metrics, where MetricsConfig asks for them."""
        if "EventCount" in (self.settings.get("MetricsConfig") or {}).get("Metrics", ()):
            metering = self.region.part(Functions).metering
            for name, value in values.items():
                dimensions = (("EventSourceMappingUUID", self.id),)
                metering.add(self.region.now, name, float(value), "Count", dimensions)


def check_filters(criteria: Mapping[str, Any] | None) -> None:
    """RuleError for a filter that is no pattern."""
    for each in (criteria or {}).get("Filters") or []:
        patterns.compile(each.get("Pattern", ""))
