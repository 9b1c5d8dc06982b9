"""What happens to log events on their way in: storing, metric filters, EMF, subscriptions.

Metric filters are not retroactive: each has the events that arrived since it was made, collected
here and published when the clock passes the end of the minute (`publish`). Metrics in the embedded
metric format are published at once. Subscriptions deliver at once; see `subscriptions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from course.account.logs.store import Event, Group
from course.account.region import Region

EMF_MARK = '"_aws"'


def ingest(region: Region, group: Group, events: Sequence[Event]) -> None:
    """Store events (in time order) and let filters, EMF and subscriptions see them."""
    if not events:
        return
    group.add(events)
    for (name, _), metric_filter in region.metric_filters.items():
        if name == group.name:
            metric_filter.pending.extend(events)
    _publish_embedded(region, events)
    for (name, _), subscription in region.subscriptions.items():
        if name == group.name:
            subscription.deliver(region, group, events)


def _publish_embedded(region: Region, events: Sequence[Event]) -> None:
    for event in events:
        if EMF_MARK in event["message"]:
            from course.telemetry import emf

            region.metrics.put(emf.extract(event["message"], event["ingestionTime"]))


def publish(region: Region) -> None:
    """At the end of a minute: turn what the metric filters collected into data."""
    for metric_filter in region.metric_filters.values():
        events, metric_filter.pending = metric_filter.pending, []
        if events:
            data = metric_filter.data(events)
            region.metrics.put(data)
            for record in data:
                _note(region, metric_filter.name, record)


def _note(region: Region, source: str, record: dict[str, Any]) -> None:
    region.happened(
        "metric",
        filter=source,
        namespace=record["namespace"],
        name=record["name"],
        dimensions=record["dimensions"],
        values=record["values"],
        counts=record["counts"],
    )
