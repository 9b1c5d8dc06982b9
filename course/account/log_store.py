"""Where an account keeps its log groups, streams and events.

An event is `{"timestamp", "message", "logStreamName", "logGroupName", "ingestionTime", "eventId"}`,
times in epoch milliseconds. A group holds its events in time order over all its streams, which is
the order in which they are read; events of the same millisecond keep the order of their arrival.
Retention hides events from every read as the clock moves; nothing is deleted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)
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
        self._next_id = 0

    def load(self, events: Sequence[Event], groups: Sequence[dict[str, Any]], start: int) -> None:
        """Fill an empty store. groups: {"name", "retention" in days or None}, as in a World."""
        for described in groups:
            name = described["name"]
            self.groups[name] = Group(name, created=start, retention=described.get("retention"))
        for event in events:
            self._load_one(event, start)

    def _load_one(self, event: Event, start: int) -> None:
        group = self.groups.get(event["logGroupName"])
        if group is None:
            group = self.groups[event["logGroupName"]] = Group(event["logGroupName"], created=start)
        stream = group.streams.get(event["logStreamName"])
        at = event["timestamp"]
        if stream is None:
            stream = group.streams[event["logStreamName"]] = Stream(event["logStreamName"], at, at)
        stored = {**event, "ingestionTime": at, "eventId": self.new_id(at)}
        stream.last = stream.last_ingestion = at
        group.events.append(stored)

    def new_id(self, timestamp: int) -> str:
        """An event id of 56 digits, as AWS's: it sorts by time, then by arrival."""
        self._next_id += 1
        return f"{timestamp:026d}{self._next_id:030d}"
