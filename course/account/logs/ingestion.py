"""What happens to log events on their way in: storing, metric filters, EMF, subscriptions.

Metric filters are not retroactive: each has the events that arrived since it was made, collected
here and published when the clock passes the end of the minute (`publish`). Metrics in the embedded
metric format are published at once. Subscriptions deliver at once; see `subscriptions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from course.account.logs import own_metrics
from course.account.logs.store import Event, Group
from course.account.region import Region

EMF_MARK = '"_aws"'


def ingest(region: Region, group: Group, events: Sequence[Event]) -> None:
    """Store events (in time order) and let filters, EMF and subscriptions see them."""
    if not events:
        return
    group.add(events)
    own_metrics.incoming(region, group.name, events)
    for (name, _), metric_filter in region.metric_filters.items():
        if name == group.name:
            metric_filter.pending.extend(events)
    if group.log_class == "STANDARD":
        _publish_embedded(region, group, events)
    for (name, _), subscription in region.subscriptions.items():
        if name == group.name:
            subscription.deliver(region, group, events)


def _publish_embedded(region: Region, group: Group, events: Sequence[Event]) -> None:
    """Metrics of the documents that are right; of the others, what AWS counts about them."""
    for event in events:
        if EMF_MARK in event["message"]:
            from course.telemetry import emf

            found, at = event["message"], event["ingestionTime"]
            error = emf.error(found, at)
            if error is None:
                region.metrics.put(emf.extract(found, at))
            else:
                where = {"LogGroupName": group.name}
                own_metrics.count(region, error, where, 1, at)


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
