"""Events arriving on a bus: archived, compared with every rule, handed to the targets of those met.

Delivery is immediate; on AWS it takes about half a second. Metrics follow the EventBridge User
Guide, "Monitoring Amazon EventBridge": those of a rule carry RuleName, and EventBusName too when
the bus is not the default one. Left out: the latencies, and throttling of invocations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from course.account.events.delivery import Delivery
from course.account.events.store import DEFAULT, Event, EventStore, Rule
from course.account.events.targets import (
    INVALID_PARAMETER,
    NO_RESOURCE,
    DeliveryFailed,
    Parcel,
    stamp,
)
from course.account.region import Region
from course.telemetry.events import transformers
from course.telemetry.events.retries import RetryPolicy

PRINCIPAL = "events.amazonaws.com"
NAMESPACE = "AWS/Events"
API_CALL = "AWS API Call via CloudTrail"
NOBODY: frozenset[str] = frozenset()


def emit(
    region: Region,
    *,
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    resources: Sequence[str] = (),
    bus: str = DEFAULT,
) -> str:
    """Put an event of a service on a bus; returns its id. AwsError if there is no such bus."""
    event = envelope(
        region, source=source, detail_type=detail_type, detail=detail, resources=resources
    )
    receive(region, event, bus)
    return str(event["id"])


def envelope(
    region: Region,
    *,
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    resources: Sequence[str] = (),
    time: str | None = None,
) -> Event:
    """An event as everybody sees it (EventBridge User Guide, "Event structure")."""
    return {
        "version": "0",
        "id": region.new_id(),
        "detail-type": detail_type,
        "source": source,
        "account": region.account_id,
        "time": time or stamp(region),
        "region": region.name,
        "resources": list(resources),
        "detail": detail,
    }


def receive(
    region: Region,
    event: Event,
    bus: str = DEFAULT,
    *,
    passed: frozenset[str] = NOBODY,
    only: frozenset[str] = NOBODY,
) -> None:
    """Take in a whole event.

    passed: ARNs of the rules that it has come through already. only: ARNs of the rules that may
    see it; empty for all.
    """
    if bus == DEFAULT and not region.has(EventStore):
        return
    store = region.part(EventStore)
    here = store.bus(bus)
    for archive in store.archives.values():
        if archive.bus == here.name and "replay-name" not in event and archive.takes(event):
            archive.events.append((region.now, event))
    reads = event["detail-type"] == API_CALL and bool(event["detail"].get("readOnly"))
    # A rule that a target adds or removes meanwhile changes nothing for this event.
    rules = [rule for rule in here.rules.values() if not only or rule.arn in only]
    met = [rule for rule in rules if rule.takes(event, reads=reads)]
    if met:
        count(region, None, "MatchedEvents")
    for rule in met:
        if rule.arn in passed:
            count(region, rule, "DeadLetterInvocations")
        else:
            count(region, rule, "MatchedEvents")
            trigger(region, rule, event, passed)


def trigger(region: Region, rule: Rule, event: Event, passed: frozenset[str] = NOBODY) -> None:
    """Run a rule for an event: hand it to every target."""
    count(region, rule, "TriggeredRules")
    for target in list(rule.targets.values()):
        RuleDelivery(region, rule, target, event, passed | {rule.arn}).attempt()


def count(region: Region, rule: Rule | None, name: str) -> None:
    """Add one to a metric; of a rule, or of the whole account and Region."""
    dimensions = {} if rule is None else {"RuleName": rule.name}
    if rule is not None and rule.bus != DEFAULT:
        dimensions["EventBusName"] = rule.bus
    count_in(region, NAMESPACE, name, dimensions)


def count_in(region: Region, namespace: str, name: str, dimensions: dict[str, str]) -> None:
    """Add one to a metric that counts."""
    region.metrics.put(
        [
            {
                "timestamp": region.now,
                "namespace": namespace,
                "name": name,
                "dimensions": dimensions,
                "unit": "Count",
                "resolution": 60,
                "values": [1.0],
                "counts": [1.0],
            }
        ]
    )


class RuleDelivery(Delivery):
    """An event on its way to one target of a rule."""

    def __init__(
        self,
        region: Region,
        rule: Rule,
        target: Mapping[str, Any],
        event: Event,
        passed: frozenset[str],
    ) -> None:
        self._rule = rule
        self._target = target
        self._event = event
        self._passed = passed
        parcel = Parcel(
            target["Arn"],
            "",
            PRINCIPAL,
            source_arn=rule.arn,
            role=target.get("RoleArn"),
            group_id=target.get("SqsParameters", {}).get("MessageGroupId"),
        )
        super().__init__(
            region,
            parcel,
            original=transformers.compact(event),
            labels={"RULE_ARN": rule.arn},
            retries=RetryPolicy.of(target.get("RetryPolicy")),
            dead_letters=target.get("DeadLetterConfig", {}).get("Arn"),
        )
        self._ingested = stamp(region)

    def hand_over(self) -> None:
        """To another bus goes the event itself, to any other target what its input says."""
        if self.parcel.arn.split(":")[2] == "events":
            name = self.parcel.resource.removeprefix("event-bus/")
            forward(self.region, self._event, name, self._passed)
            return
        self.parcel = replace(self.parcel, payload=self._input(), partition_key=self._key())
        super().hand_over()

    def _input(self) -> str:
        target, event = self._target, self._event
        if "Input" in target:
            return str(target["Input"])
        if "InputPath" in target:
            return transformers.compact(_at(event, target["InputPath"]))
        if "InputTransformer" not in target:
            return transformers.compact(event)
        known = transformers.reserved(
            event, rule=self._rule.name, rule_arn=self._rule.arn, ingested=self._ingested
        )
        shape = target["InputTransformer"]
        return transformers.fill(
            shape["InputTemplate"], shape.get("InputPathsMap", {}), event, known
        )

    def _key(self) -> str:
        """The partition key of a Kinesis record: the event's id unless a path says otherwise."""
        path = self._target.get("KinesisParameters", {}).get("PartitionKeyPath", "$.id")
        return str(_at(self._event, path))

    def attempted(self) -> None:
        count(self.region, self._rule, "InvocationAttempts")
        if self.attempts > 1:
            count(self.region, self._rule, "RetryInvocationAttempts")

    def delivered(self) -> None:
        count(self.region, self._rule, "SuccessfulInvocationAttempts")
        count(self.region, self._rule, "Invocations")
        self._happened(None)

    def lost(self, failure: DeliveryFailed) -> None:
        count(self.region, self._rule, "Invocations")
        count(self.region, self._rule, "FailedInvocations")
        self._happened(f"{failure.code}: {failure.message}")

    def buried(self, in_queue: bool) -> None:
        name = "InvocationsSentToDlq" if in_queue else "InvocationsFailedToBeSentToDlq"
        count(self.region, self._rule, name)

    def _happened(self, error: str | None) -> None:
        self.region.happened("rule", rule=self._rule.name, target=self.parcel.arn, error=error)


def forward(region: Region, event: Event, name: str, passed: frozenset[str]) -> None:
    """Send an event on to another bus."""
    if name not in region.part(EventStore).buses:
        raise DeliveryFailed(NO_RESOURCE, f"Event bus {name} does not exist.")
    receive(region, event, name, passed=passed)


def _at(event: Event, path: str) -> Any:
    try:
        return transformers.at_path(event, path)
    except LookupError:
        message = f"The path {path} leads nowhere in the event."
        raise DeliveryFailed(INVALID_PARAMETER, message) from None
