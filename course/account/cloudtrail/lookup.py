"""LookupEvents: ninety days of management events, and the Insights events of trails.

Follows the API reference. One attribute a request, 50 events a page, newest first; an event can be
found two to five minutes after its call. A token belongs to the request that it came from. The
limit of two requests a second is not simulated: the account's clock stands still between requests.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from course.account.clock import utc
from course.account.cloudtrail.history import DAY, DAYS, History
from course.account.errors import AwsError
from course.account.region import Region
from course.telemetry.trail import resources
from course.telemetry.trail.records import Record, time_of, user_name

Parameters = dict[str, Any]
PAGE = 50
_INSIGHT_ATTRIBUTES = ("EventId", "EventName", "EventSource")
_READERS: dict[str, Callable[[Record], Any]] = {
    "EventId": lambda record: record.get("eventID"),
    "EventName": lambda record: record.get("eventName"),
    "EventSource": lambda record: record.get("eventSource"),
    "ReadOnly": lambda record: str(bool(record.get("readOnly"))).lower(),
    "Username": user_name,
    "AccessKeyId": lambda record: (record.get("userIdentity") or {}).get("accessKeyId"),
}


def lookup_events(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    insight = parameters.get("EventCategory") == "insight"
    key, value = _attribute(parameters, insight)
    start, end = _range(region, parameters)
    size = parameters.get("MaxResults", PAGE)
    skip = _skip(parameters)
    history = region.part(History)
    source = _insights(history, start, end) if insight else _events(history, start, end)
    found = (record for record in source if key is None or _has(record, key, value, insight))
    page = list(islice(found, skip, skip + size + 1))
    answer: dict[str, Any] = {"Events": [_described(each, insight) for each in page[:size]]}
    if len(page) > size:
        answer["NextToken"] = _token(parameters, skip + size)
    return answer


def _events(history: History, start: int, end: int) -> Iterable[Record]:
    return (entry.record for entry in history.searchable(start, end))


def _insights(history: History, start: int, end: int) -> Iterable[Record]:
    ordered = sorted(history.reported, key=time_of, reverse=True)
    return (record for record in ordered if start <= time_of(record) <= end)


def _attribute(parameters: Parameters, insight: bool) -> tuple[str | None, str]:
    given = parameters.get("LookupAttributes") or []
    if not given:
        return None, ""
    if len(given) > 1:
        message = "You can only specify one attribute key and value in a lookup request."
        raise AwsError("InvalidLookupAttributesException", message)
    key, value = given[0]["AttributeKey"], given[0]["AttributeValue"]
    if insight and key not in _INSIGHT_ATTRIBUTES:
        message = f"{key} is not supported for Insights events: {', '.join(_INSIGHT_ATTRIBUTES)}."
        raise AwsError("InvalidLookupAttributesException", message)
    return key, value


def _range(region: Region, parameters: Parameters) -> tuple[int, int]:
    now = region.now
    start = _milliseconds(parameters.get("StartTime"), now - DAYS * DAY)
    end = _milliseconds(parameters.get("EndTime"), now)
    if start > end:
        message = "The start time must be before the end time."
        raise AwsError("InvalidTimeRangeException", message)
    return start, end


def _milliseconds(moment: datetime | None, otherwise: int) -> int:
    return otherwise if moment is None else int(moment.timestamp() * 1000)


def _has(record: Record, key: str, value: str, insight: bool) -> bool:
    if key in ("ResourceName", "ResourceType"):
        place = 0 if key == "ResourceType" else 1
        return any(each[place] == value for each in resources.named(record))
    subject = {**record, **record["insightDetails"]} if insight else record
    return bool(_READERS[key](subject) == value)


def _described(record: Record, insight: bool) -> dict[str, Any]:
    subject = {**record, **record["insightDetails"]} if insight else record
    found: dict[str, Any] = {
        "EventId": record.get("eventID"),
        "EventName": subject.get("eventName"),
        "EventTime": utc(time_of(record)),
        "EventSource": subject.get("eventSource"),
        "CloudTrailEvent": json.dumps(record, separators=(",", ":")),
        "Resources": [],
    }
    if insight:
        return found
    named = resources.named(record)
    found["Resources"] = [{"ResourceType": kind, "ResourceName": name} for kind, name in named]
    optional = {
        "ReadOnly": _READERS["ReadOnly"](record),
        "AccessKeyId": _READERS["AccessKeyId"](record),
        "Username": user_name(record),
    }
    return found | {name: value for name, value in optional.items() if value}


def _question(parameters: Parameters) -> str:
    """What a token belongs to: everything that was asked, but for the page."""
    asked = {name: value for name, value in parameters.items() if name != "NextToken"}
    return hashlib.sha256(json.dumps(asked, default=str, sort_keys=True).encode()).hexdigest()[:16]


def _token(parameters: Parameters, place: int) -> str:
    return base64.urlsafe_b64encode(f"{_question(parameters)}:{place}".encode()).decode()


def _skip(parameters: Parameters) -> int:
    token = parameters.get("NextToken")
    if token is None:
        return 0
    try:
        question, _, place = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if question == _question(parameters):
            return int(place)
    except ValueError:
        pass
    raise AwsError(
        "InvalidNextTokenException",
        "Invalid token: it does not belong to a request with these parameters.",
    )
