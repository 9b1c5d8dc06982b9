"""Event history: what LookupEvents searches, without any trail.

Holds the events of one Region: those of the world it was opened with, those replayed, and those of
the calls made since. The world is about one Region, whose history it is, wherever that stands.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from course.account.cloudtrail.reading import Entry, Reader
from course.account.region import Region
from course.telemetry.trail import insights, lags
from course.telemetry.trail.records import Record, is_management, time_of

DAYS = 90
DAY = 86_400_000
# The account that worlds are written for.
_EXAMPLE = "123456789012"


class History:
    """The events of one Region, and its Insights events."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._reader = Reader(region.calls, region.account_id)
        self._entries: list[Entry] = []
        self._rates: dict[insights.Key, list[Entry]] = defaultdict(list)
        self._add(_of_world(region))
        self.reported: list[Record] = []
        # Ids of the events that have been put onto the event bus.
        self.published: set[str] = set()

    def receive(self, record: Record) -> None:
        """Take in an event that happens now."""
        self._add([Entry(time_of(record), record)])

    def _add(self, entries: list[Entry]) -> None:
        self._entries += entries
        for entry in entries:
            for key in insights.keys(entry.record):
                self._rates[key].append(entry)

    def entries(self) -> list[Entry]:
        """Every event so far, in time order."""
        self._add(
            [each for each in self._reader.new(data=False) if each.region == self._region.name]
        )
        self._entries.sort(key=lambda entry: entry.at)
        return self._entries

    def rates(self, start: int, end: int) -> dict[insights.Key, list[Record]]:
        """The events that each rate of Insights counts, start <= time < end."""
        self.entries()
        return {
            key: [entry.record for entry in entries if start <= entry.at < end]
            for key, entries in self._rates.items()
        }

    def searchable(self, start: int, end: int) -> Iterable[Entry]:
        """Management events that have arrived, start <= time <= end, newest first."""
        now = self._region.now
        for entry in reversed(self.entries()):
            if entry.at < max(start, now - DAYS * DAY):
                return
            if entry.at <= end and is_management(entry.record) and _arrived(entry, now):
                yield entry


def _arrived(entry: Entry, now: int) -> bool:
    return entry.at + lags.to_history(entry.id) <= now


def _of_world(region: Region) -> list[Entry]:
    """A world's records, with this account's id in them."""
    if region.world is None or not region.world.trail:
        return []
    found: list[Record] = region.world.trail
    if region.account_id != _EXAMPLE:
        found = json.loads(json.dumps(found).replace(_EXAMPLE, region.account_id))
    return [Entry(time_of(record), record) for record in found]


def checked(records: Iterable[Mapping[str, Any]], now: int) -> list[Record]:
    """Records to replay; ValueError for one that is malformed or lies in the past."""
    found = [dict(record) for record in records]
    for record in found:
        missing = [name for name in _NEEDED if name not in record]
        if missing:
            raise ValueError(f"A trail record to replay lacks {', '.join(missing)}: {record!r:.80}")
        if time_of(record) < now - now % 1000:
            raise ValueError(
                f"A trail record to replay is from {record['eventTime']}, before the account's "
                "time: shift its eventTime into the future."
            )
    return found


_NEEDED = ("eventTime", "eventName", "eventSource", "awsRegion", "eventID")
