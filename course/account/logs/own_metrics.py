"""What CloudWatch Logs counts about itself, in the namespace AWS/Logs.

Follows the CloudWatch Logs user guide, "Monitoring with CloudWatch metrics": IncomingLogEvents and
IncomingBytes of a log group, EMFParsingErrors and EMFValidationErrors, and ForwardedLogEvents,
ForwardedBytes and DeliveryErrors of a subscription filter. Left out: throttling and usage metrics,
and IncomingLogEvents of the whole account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from course.account.logs.store import Event, size
from course.account.region import Region
from course.account.tally import MINUTE, Tally


class OwnMetrics(Tally):
    """What a Region's log groups have counted."""

    def __init__(self, region: Region) -> None:
        super().__init__(region, "AWS/Logs")


def incoming(region: Region, group: str, events: Sequence[Event]) -> None:
    """Count events as they arrive, each by itself, so that batches do not show."""
    tally, where = region.part(OwnMetrics), (("LogGroupName", group),)
    for at, minute in groupby(events, lambda event: event["ingestionTime"] // MINUTE * MINUTE):
        sizes: dict[float, float] = {}
        for event in minute:
            its_size = float(size(event))
            sizes[its_size] = sizes.get(its_size, 0.0) + 1.0
        tally.add(at, "IncomingLogEvents", 1.0, "None", where, sum(sizes.values()))
        tally.add_all(at, "IncomingBytes", sizes, "Bytes", where)


def count(
    region: Region,
    name: str,
    dimensions: Mapping[str, str],
    value: float,
    at: int,
    unit: str = "None",
    times: int = 1,
) -> None:
    """Count a value, so many times, at an instant (epoch ms)."""
    where = tuple(dimensions.items())
    region.part(OwnMetrics).add(at, name, float(value), unit, where, float(times))
