"""The fields of a log group's events, with how many of the events have each.

Follows GetLogGroupFields of the CloudWatch Logs API reference: the fields of the past 15 minutes,
or of the 8 minutes before and after `time` (epoch seconds). Every event in that range is looked at,
while AWS takes a sample. Fields are those that a query discovers in JSON, and the system fields.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from course.account.errors import AwsError
from course.account.logs.groups import discovered_fields, name_from
from course.account.region import Region

MINUTE = 60_000
SYSTEM = ("@timestamp", "@message", "@logStream", "@log", "@ingestionTime")


def get_log_group_fields(region: Region, parameters: dict[str, Any]) -> Mapping[str, Any]:
    given = [
        parameters[key] for key in ("logGroupName", "logGroupIdentifier") if parameters.get(key)
    ]
    if len(given) != 1:
        message = "Exactly one of logGroupName, logGroupIdentifier must be specified."
        raise AwsError("InvalidParameterException", message)
    group = region.logs.groups.get(name_from(region, given[0]))
    if group is None:
        message = "The specified log group does not exist."
        raise AwsError("ResourceNotFoundException", message)
    start, end = _range(region, parameters.get("time"))
    events = group.read(region.now, start, end + 1)
    found = Counter(SYSTEM * len(events))
    for event in events:
        found.update(discovered_fields(event["message"]).keys())
    named = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    fields = [{"name": name, "percent": round(100 * n / len(events))} for name, n in named]
    return {"logGroupFields": fields}


def _range(region: Region, time: int | None) -> tuple[int, int]:
    if time is None:
        return region.now - 15 * MINUTE, region.now
    return time * 1000 - 8 * MINUTE, time * 1000 + 8 * MINUTE
