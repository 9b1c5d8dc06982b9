"""How many shards an on-demand stream has.

Developer guide, "On-demand mode": a new stream takes in 4 MB and 4,000 records a second; it is
ready for the double of the peak that it has seen in 30 days, and throttles if writes more than
double within 15 minutes. Choices where the guide is silent: the peak is the average of
the busiest ten seconds, capacity follows every 15 minutes, and it does not shrink.
"""

from __future__ import annotations

from math import ceil

from course.telemetry.streams.limits import BYTES_IN, RECORDS_IN

FIRST_SHARDS = 4
QUARTER = 15 * 60_000
_SPAN = 10_000
_SECONDS = 10


class Demand:
    """What is written to a stream, by tens of seconds. Times are epoch ms."""

    def __init__(self, now: int) -> None:
        self._until = now + QUARTER
        self._span = (now // _SPAN, 0, 0)
        self._peak = 0.0

    def count(self, size: int, now: int) -> None:
        """A record of so many bytes was written."""
        span, records, volume = self._span
        if span != now // _SPAN:
            self._close()
            span, records, volume = now // _SPAN, 0, 0
        self._span = span, records + 1, volume + size

    def _close(self) -> None:
        _, records, volume = self._span
        used = max(records / RECORDS_IN, volume / BYTES_IN)
        self._peak = max(self._peak, used / _SECONDS)

    def wanted(self, now: int) -> int | None:
        """Shards for the double of the peak, each time a quarter of an hour is over."""
        if now < self._until:
            return None
        self._close()
        self._until = now + QUARTER
        return max(FIRST_SHARDS, ceil(2 * self._peak))
