"""Subscription filters: matching events leave in the envelope that AWS documents.

The payload is the JSON document of the CloudWatch Logs user guide ("Log group-level subscription
filters"): messageType DATA_MESSAGE, owner, logGroup, logStream, subscriptionFilters, logEvents,
gzip-compressed; Kinesis consumers read it base64-encoded, as every Kinesis record is. Destinations:
Kinesis streams of this account. Lambda, Firehose and cross-account destinations are refused.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from course.account.errors import AwsError, NotSimulated
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
            self._send(region, stream, envelope(region, self, stream, matching))
            region.happened(
                "delivery",
                filter=self.name,
                group=group.name,
                events=len(matching),
                destination=self.destination,
            )

    def _send(self, region: Region, stream: str, data: bytes) -> None:
        region.clients("kinesis").put_record(
            StreamName=self.destination.rsplit("/", 1)[-1], Data=data, PartitionKey=stream
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


def check_destination(region: Region, parameters: dict[str, Any]) -> None:
    """Refuse what cannot be delivered to; AWS tests the destination in the same call."""
    arn = parameters["destinationArn"]
    service = arn.split(":")[2] if arn.count(":") >= 5 else "?"
    if service != "kinesis":
        known = {"lambda": "Lambda", "firehose": "Firehose", "logs": "Logs destination"}
        if service not in known:
            message = "destinationArn for vendor " + service + " is not supported"
            raise AwsError("InvalidParameterException", message)
        what = f"logs:PutSubscriptionFilter to a {known[service]}"
        raise NotSimulated(what, "Subscribe a Kinesis stream, and read the records from it.")
    if not parameters.get("roleArn"):
        message = "destinationArn for vendor kinesis requires a roleArn"
        raise AwsError("InvalidParameterException", message)
    _must_exist(region, arn)


def _must_exist(region: Region, arn: str) -> None:
    name = arn.rsplit("/", 1)[-1]
    try:
        region.clients("kinesis").describe_stream_summary(StreamName=name)
    except ClientError:
        message = (
            "Could not deliver test message to specified Kinesis stream. "
            "Check if the given kinesis stream is in ACTIVE state."
        )
        raise AwsError("InvalidParameterException", message) from None
