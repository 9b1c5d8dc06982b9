"""CloudTrail Insights: unusual call and error rates, and the events that report them.

Follows the user guide's "Working with CloudTrail Insights" and "CloudTrail record contents for
Insights events for trails": call rates of write management events, error rates of read and write
ones, each per Region, API and error code, against a baseline of the seven days before; one event
when it starts and one when it has ended.

AWS's model is not published. Here a minute is unusual when it has at least ten calls (errors) and
more than three times as many as the busiest minute of the baseline; an episode ends with five
usual minutes in a row. So a weekly batch as large as last week's is usual. Left out: episodes of
unusually few calls, data events, and the up to 36 hours that Insights takes to learn an account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course.telemetry.trail.records import Record, identifier, is_management, time_of, time_text

MINUTE = 60_000
BASELINE = 7 * 24 * 60
FEWEST, TIMES, QUIET = 10, 3, 5
CALL_RATE, ERROR_RATE = "ApiCallRateInsight", "ApiErrorRateInsight"
ATTRIBUTES = ("userIdentityArn", "userAgent", "errorCode")
_TOP = 5
Key = tuple[str, str, str, str | None]  # insight type, event source, event name, error code


@dataclass(frozen=True)
class Episode:
    """Unusual minutes: start and end in epoch minutes, end None while it goes on."""

    start: int
    last: int
    over: bool


def keys(record: Mapping[str, Any]) -> Iterator[Key]:
    """The rates that an event counts towards."""
    if not is_management(record) or record.get("eventType") != "AwsApiCall":
        return
    source, name = str(record["eventSource"]), str(record["eventName"])
    if not record.get("readOnly"):
        yield CALL_RATE, source, name, None
    if record.get("errorCode"):
        yield ERROR_RATE, source, name, str(record["errorCode"])


def episodes(minutes: Iterable[int], since: int, until: int) -> list[Episode]:
    """The unusual stretches between two minutes, in time order.

    minutes: the epoch minute of each call, those of the baseline included. until: the first minute
    that is not over yet.
    """
    counts = Counter(minutes)
    busy = sorted(minute for minute in counts if since <= minute < until)
    found: list[Episode] = []
    place = 0
    while place < len(busy):
        start = last = busy[place]
        place += 1
        if counts[start] < FEWEST or counts[start] <= (limit := _limit(counts, start)):
            continue
        while place < len(busy) and busy[place] - last <= QUIET:
            last = busy[place] if counts[busy[place]] > limit else last
            place += 1
        found.append(Episode(start, last, over=until - last > QUIET))
    return found


def _limit(counts: Mapping[int, int], start: int) -> int:
    """How many calls a minute may have, by the seven days before it."""
    before = [n for minute, n in counts.items() if start - BASELINE <= minute < start]
    return max(FEWEST - 1, TIMES * max(before, default=0))


def event(
    key: Key,
    episode: Episode,
    records: Sequence[Mapping[str, Any]],
    *,
    over: bool,
    region: str,
    account: str,
) -> Record:
    """The event at an episode's start, or, when it is over, at its end.

    records: the events of that key, in the baseline and in the episode.
    """
    first = episode.start
    last = episode.last if over else first
    at = (last + 1 if over else first) * MINUTE
    shared = identifier("insight", account, region, *key, first)
    before = _between(records, first - BASELINE, first)
    during = _between(records, first, last + 1)
    return {
        "eventVersion": "1.11",
        "eventTime": time_text(at),
        "awsRegion": region,
        "eventID": identifier(shared, over),
        "eventType": "AwsCloudTrailInsight",
        "recipientAccountId": account,
        "sharedEventID": shared,
        "insightDetails": _details(key, over, before, during, last + 1 - first),
        "eventCategory": "Insight",
    }


def _between(records: Sequence[Mapping[str, Any]], low: int, high: int) -> list[Mapping[str, Any]]:
    return [each for each in records if low <= time_of(each) // MINUTE < high]


def _details(
    key: Key,
    over: bool,
    before: Sequence[Mapping[str, Any]],
    during: Sequence[Mapping[str, Any]],
    duration: int,
) -> dict[str, Any]:
    kind, source, name, code = key
    details: dict[str, Any] = {
        "state": "End" if over else "Start",
        "eventSource": source,
        "eventName": name,
        "insightType": kind,
    }
    if code is not None:
        details["errorCode"] = code
    details["insightContext"] = {
        "statistics": {
            "baseline": {"average": _average(len(before), BASELINE)},
            "insight": {"average": _average(len(during), duration)},
            "insightDuration": duration,
            "baselineDuration": BASELINE,
        },
        "attributions": [
            {
                "attribute": attribute,
                "insight": _top(during, attribute, duration),
                "baseline": _top(before, attribute, BASELINE),
            }
            for attribute in ATTRIBUTES
            if code is None or attribute != "errorCode"
        ],
    }
    return details


def _average(count: int, minutes: int) -> float:
    return round(count / minutes, 10)


def _top(
    records: Sequence[Mapping[str, Any]], attribute: str, minutes: int
) -> list[dict[str, Any]]:
    counts = Counter(_value(record, attribute) for record in records)
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_TOP]
    return [{"value": value, "average": _average(count, minutes)} for value, count in best]


def _value(record: Mapping[str, Any], attribute: str) -> str:
    if attribute != "userIdentityArn":
        return str(record.get(attribute) or "null")
    identity = record.get("userIdentity") or {}
    session = identity.get("sessionContext") or {}
    issuer = session.get("sessionIssuer") or {}
    return str(issuer.get("arn") or identity.get("arn") or identity.get("invokedBy") or "null")
