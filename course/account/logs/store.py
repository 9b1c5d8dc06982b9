"""Where an account keeps its log groups, streams and events.

An event is `{"timestamp", "message", "logStreamName", "logGroupName", "ingestionTime", "number"}`,
times in epoch milliseconds, number its place in the order of arrival. A group holds its events in
time order over all its streams, which is the order in which they are read; events of the same
millisecond keep the order of their arrival. Retention hides events from every read as the clock
moves; nothing is deleted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Event = dict[str, Any]
DAY = 86_400_000
# The per-event overhead that CloudWatch Logs counts in a batch and in stored bytes.
EVENT_OVERHEAD = 26


def _timestamp(event: Event) -> int:
    return int(event["timestamp"])


@dataclass
class Stream:
    """A log stream; its events live in its group."""

    name: str
    created: int
    first: int | None = None
    last: int | None = None
    last_ingestion: int | None = None

    def note(self, event: Event) -> None:
        """Widen the stream's span by an event that was just stored."""
        at = event["timestamp"]
        if self.first is None or at < self.first:
            self.first = at
        if self.last is None or at > self.last:
            self.last = at
        self.last_ingestion = event["ingestionTime"]


@dataclass
class Group:
    """A log group: settings, streams by name, events in time order."""

    name: str
    created: int
    retention: int | None = None
    log_class: str = "STANDARD"
    kms_key: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    version: int = 0

    def add(self, events: Iterable[Event]) -> None:
        """Store events that are in time order themselves."""
        for event in events:
            if self.events and event["timestamp"] < self.events[-1]["timestamp"]:
                place = bisect_right(self.events, event["timestamp"], key=_timestamp)
                self.events.insert(place, event)
            else:
                self.events.append(event)
            self.streams[event["logStreamName"]].note(event)
        self.version += 1

    def oldest_visible(self, now: int) -> int:
        """The first instant, in epoch ms, that retention still shows."""
        return 0 if self.retention is None else now - self.retention * DAY

    def read(self, now: int, start: int | None, end: int | None) -> Sequence[Event]:
        """Visible events with start <= timestamp < end, oldest first."""
        first = max(start or 0, self.oldest_visible(now))
        low = bisect_left(self.events, first, key=_timestamp)
        high = len(self.events)
        if end is not None:
            high = bisect_left(self.events, end, key=_timestamp)
        return self.events[low:high]

    def stored_bytes(self, now: int) -> int:
        """Size of what is visible, as CloudWatch Logs counts it (uncompressed)."""
        return sum(size(event) for event in self.read(now, None, None))


def size(event: Event) -> int:
    """Bytes that one event counts for in a PutLogEvents batch."""
    return len(event["message"].encode()) + EVENT_OVERHEAD


class LogStore:
    """The log groups of one account and Region."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self._stored = 0

    def load(self, base: LogBase) -> None:
        """Fill an empty store with what a world holds; the base itself is never changed."""
        self.groups = {
            name: replace(
                group,
                streams={key: replace(stream) for key, stream in group.streams.items()},
                events=list(group.events),
            )
            for name, group in base.groups.items()
        }
        self._stored = base.stored

    def number(self) -> int:
        """The next event's number, of which its id is made."""
        self._stored += 1
        return self._stored


class LogBase:
    """A world's log groups, built once and copied into every account that opens it.

    groups: {"name", "retention" in days or None}, as in a World; groups that only events name are
    added. Events count as ingested when they happened.
    """

    def __init__(
        self, events: Sequence[Event], groups: Sequence[Mapping[str, Any]], start: int
    ) -> None:
        self.groups = {
            each["name"]: Group(each["name"], created=start, retention=each.get("retention"))
            for each in groups
        }
        self.stored = len(events)
        for number, event in enumerate(events, start=1):
            at, stream = event["timestamp"], event["logStreamName"]
            group = self.groups.get(event["logGroupName"])
            if group is None:
                group = self._add_group(event["logGroupName"], start)
            if stream not in group.streams:
                group.streams[stream] = Stream(stream, at, at)
            group.events.append({**event, "ingestionTime": at, "number": number})
        for group in self.groups.values():
            group.events.sort(key=_timestamp)
            for event in group.events:
                group.streams[event["logStreamName"]].last = event["timestamp"]
            for found in group.streams.values():
                found.last_ingestion = found.last

    def _add_group(self, name: str, start: int) -> Group:
        group = self.groups[name] = Group(name, created=start)
        return group


def event_id(event: Event) -> str:
    """An event id of 56 digits, as AWS's: it sorts by time, then by arrival."""
    return f"{event['timestamp']:026d}{event['number']:030d}"
