"""What an account has to do later: deliveries, retries, schedules, expiries, each at its time.

A service that owes something in the future puts it here instead of waiting: `Ticker.advance` runs
whatever is due, in time order, between the telemetry and the minute's evaluations. What falls on
the same millisecond runs in the order in which it was put in, so that runs repeat.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

Action = Callable[[], None]


@dataclass(slots=True)
class Entry:
    """One thing to do; `cancel` it and it is skipped."""

    at: int
    action: Action
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class Agenda:
    """The entries of one account, by time (epoch ms)."""

    def __init__(self) -> None:
        # In front what they are ordered by: the time, and a number that no two of them share.
        self._entries: list[tuple[int, int, Entry]] = []
        self._numbers = count()

    def at(self, time: int, action: Action) -> Entry:
        """Run `action` when the clock gets to `time`; a time that has passed means at once next."""
        entry = Entry(time, action)
        heapq.heappush(self._entries, (time, next(self._numbers), entry))
        return entry

    def next_time(self) -> int | None:
        """When the next entry is due; None when there is none."""
        while self._entries and self._entries[0][2].cancelled:
            heapq.heappop(self._entries)
        return self._entries[0][0] if self._entries else None

    def pop(self) -> Entry:
        """Take out the entry that is due next; IndexError when there is none."""
        return heapq.heappop(self._entries)[2]
