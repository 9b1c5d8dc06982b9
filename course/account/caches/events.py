"""DescribeEvents: what has happened to clusters and groups, the last hour unless asked for more.

ElastiCache API reference, "DescribeEvents"; the service keeps events for 14 days.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from course.account import paging
from course.account.caches.store import Caches
from course.account.clock import utc
from course.account.region import Region

MOST = 100
KEPT = timedelta(days=14)
LAST = 60


def describe_events(region: Region, parameters: Mapping[str, Any]) -> dict[str, Any]:
    now = utc(region.now)
    end = parameters.get("EndTime", now)
    since = parameters.get("StartTime", end - timedelta(minutes=parameters.get("Duration", LAST)))
    wanted = [
        event
        for event in region.part(Caches).events
        if max(since, now - KEPT) <= event["Date"] <= end and _is_wanted(event, parameters)
    ]
    items, token = paging.page(
        wanted,
        parameters.get("Marker"),
        int(parameters.get("MaxRecords", MOST)),
        invalid="InvalidParameterValue",
    )
    return {"Events": list(items), **paging.page_token("Marker", token)}


def _is_wanted(event: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    kind, source = parameters.get("SourceType"), parameters.get("SourceIdentifier")
    return kind in (None, event["SourceType"]) and source in (None, event["SourceIdentifier"])
