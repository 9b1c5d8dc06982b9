"""Subscription filters: matching events leave in the envelope that AWS documents.

The payload is the JSON document of the CloudWatch Logs user guide ("Log group-level subscription
filters"): messageType DATA_MESSAGE, owner, logGroup, logStream, subscriptionFilters, logEvents,
gzip-compressed. Where it goes is in `destinations`. What cannot be delivered is lost and counted,
where AWS tries for up to 24 hours first.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from course.account.logs import destinations, own_metrics
from course.account.logs.store import Event, Group, event_id
from course.account.region import Region
from course.telemetry import patterns


@dataclass
class Subscription:
    """One subscription filter of a log group."""

    name: str
    group: str
    pattern: str
    destination: str
    role: str | None
    distribution: str
    created: int

    def described(self) -> dict[str, Any]:
        described = {
            "filterName": self.name,
            "logGroupName": self.group,
            "filterPattern": self.pattern,
            "destinationArn": self.destination,
            "distribution": self.distribution,
            "creationTime": self.created,
            "applyOnTransformedLogs": False,
        }
        return {**described, "roleArn": self.role} if self.role else described

    def deliver(self, region: Region, group: Group, events: Sequence[Event]) -> None:
        """Send on what matches: one record for each log stream, as AWS batches them."""
        pattern = patterns.compile(self.pattern)
        streams: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            if pattern.match(event["message"]) is not None:
                streams[event["logStreamName"]].append(event)
        for stream, matching in streams.items():
            # Replayed events come a minute at a time; what is sent of them goes when the last is.
            last = max(event["ingestionTime"] for event in matching)
            send = partial(self._send, region, stream, matching)
            if last > region.now:
                region.agenda.at(last, send)
            else:
                send()

    def _send(self, region: Region, stream: str, events: Sequence[Event]) -> None:
        data = envelope(region, self, stream, events)
        key = stream if self.distribution == "ByLogStream" else region.new_id()
        error = destinations.send(region, self.group, self.destination, key, data)
        self._note(region, len(events), len(data), error)

    def _note(self, region: Region, events: int, length: int, error: str | None) -> None:
        kind = destinations.KINDS[destinations.kind_of(self.destination)]
        where = {
            "LogGroupName": self.group,
            "DestinationType": kind,
            "FilterName": self.name,
        }
        name = "DeliveryErrors" if error else "ForwardedLogEvents"
        own_metrics.count(region, name, where, 1, region.now, times=events)
        if error is None:
            own_metrics.count(region, "ForwardedBytes", where, length, region.now, "Bytes")
        region.happened(
            "delivery",
            filter=self.name,
            group=self.group,
            events=events,
            destination=self.destination,
            **({"error": error} if error else {}),
        )


def envelope(
    region: Region, subscription: Subscription, stream: str, events: Sequence[Event]
) -> bytes:
    """The gzip-compressed document that a subscriber gets."""
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": region.account_id,
        "logGroup": subscription.group,
        "logStream": stream,
        "subscriptionFilters": [subscription.name],
        "logEvents": [
            {"id": event_id(event), "timestamp": event["timestamp"], "message": event["message"]}
            for event in events
        ],
    }
    return gzip.compress(json.dumps(document).encode(), mtime=0)
