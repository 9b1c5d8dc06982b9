"""A cache whose entries live for a time, and whose least recently used go first when it is full.

As DAX keeps items and query results ("DAX: How it works", developer guide): an entry lives for the
cache's TTL from when it was written; an LRU list decides what is evicted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Held = TypeVar("Held")


@dataclass(frozen=True)
class Entry(Generic[Held]):
    """What is held, and since when (epoch ms)."""

    value: Held
    since: float


class TimedCache(Generic[Held]):
    """ttl: milliseconds; most: how many entries, None for no limit."""

    def __init__(self, ttl: float, most: int | None = None) -> None:
        self.ttl = ttl
        self.most = most
        self.evicted = 0
        self._entries: OrderedDict[Hashable, Entry[Held]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable, now: float) -> Entry[Held] | None:
        """The entry of a key, unless there is none or its time is over."""
        found = self._entries.get(key)
        if found is None:
            return None
        if now - found.since >= self.ttl:
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return found

    def put(self, key: Hashable, value: Held, now: float) -> None:
        """Hold a value; a TTL of 0 holds nothing."""
        if self.ttl <= 0:
            return
        self._entries[key] = Entry(value, now)
        self._entries.move_to_end(key)
        while self.most is not None and len(self._entries) > self.most:
            self._entries.popitem(last=False)
            self.evicted += 1

    def drop(self, key: Hashable) -> None:
        """Forget a key."""
        self._entries.pop(key, None)
