"""What CloudWatch Logs counts about itself, in the namespace AWS/Logs.

Follows the CloudWatch Logs user guide, "Monitoring with CloudWatch metrics": IncomingLogEvents and
IncomingBytes of a log group, EMFParsingErrors and EMFValidationErrors, and ForwardedLogEvents,
ForwardedBytes and DeliveryErrors of a subscription filter. Left out: throttling and usage metrics,
and IncomingLogEvents of the whole account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby

from course.account.logs.store import Event, size
from course.account.region import Region

NAMESPACE = "AWS/Logs"
MINUTE = 60_000


def incoming(region: Region, group: str, events: Sequence[Event]) -> None:
    """Count events as they arrive, each by itself, so that batches do not show."""
    where = {"LogGroupName": group}
    for at, minute in groupby(events, lambda event: event["ingestionTime"] // MINUTE * MINUTE):
        sizes = Counter(map(size, minute))
        count(region, "IncomingLogEvents", where, {1: sizes.total()}, at)
        count(region, "IncomingBytes", where, sizes, at, "Bytes")


def count(
    region: Region,
    name: str,
    dimensions: dict[str, str],
    values: Mapping[int, int],
    at: int,
    unit: str = "None",
) -> None:
    """Put one datum. values: how often each value was counted."""
    datum = {
        "timestamp": at,
        "namespace": NAMESPACE,
        "name": name,
        "dimensions": dimensions,
        "unit": unit,
        "resolution": 60,
        "values": [float(value) for value in values],
        "counts": [float(times) for times in values.values()],
    }
    region.metrics.put([datum])
