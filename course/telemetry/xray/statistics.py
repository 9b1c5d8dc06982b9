"""Counting requests: how many were fine, and how long they took.

Follows the X-Ray API reference, ServiceStatistics and EdgeStatistics: completed requests only, each
counted once, as a fault (5xx), else as an error (4xx, of which throttled ones apart), else as ok.
A histogram lists the times that occurred, in seconds to the millisecond, with their frequency.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from course.telemetry.xray.traces import Part


@dataclass
class Tally:
    """Requests of one node or one edge."""

    ok: int = 0
    throttled: int = 0
    other_errors: int = 0
    faults: int = 0
    total_time: float = 0.0
    first: float | None = None
    last: float | None = None
    response_times: Counter[float] = field(default_factory=Counter)
    durations: Counter[float] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Completed requests."""
        return self.ok + self.throttled + self.other_errors + self.faults

    def see(self, part: Part, last_end: float | None = None) -> None:
        """Count a segment, or a call; last_end: when its last activity ended."""
        self.first = part.start if self.first is None else min(self.first, part.start)
        end = part.end
        seen = part.start if end is None else end
        self.last = seen if self.last is None else max(self.last, seen)
        if end is None:
            return
        self._count(part)
        self.total_time += end - part.start
        self.response_times[_rounded(end - part.start)] += 1
        self.durations[_rounded((last_end or end) - part.start)] += 1

    def _count(self, part: Part) -> None:
        if part.fault:
            self.faults += 1
        elif part.throttle:
            self.throttled += 1
        elif part.error:
            self.other_errors += 1
        else:
            self.ok += 1

    def as_api(self) -> dict[str, Any]:
        """SummaryStatistics of the X-Ray API."""
        return {
            "OkCount": self.ok,
            "ErrorStatistics": {
                "ThrottleCount": self.throttled,
                "OtherCount": self.other_errors,
                "TotalCount": self.throttled + self.other_errors,
            },
            "FaultStatistics": {"OtherCount": self.faults, "TotalCount": self.faults},
            "TotalCount": self.total,
            "TotalResponseTime": round(self.total_time, 6),
        }


def histogram(times: Counter[float]) -> list[dict[str, Any]]:
    """A histogram of the X-Ray API, shortest first."""
    return [{"Value": value, "Count": count} for value, count in sorted(times.items())]


def _rounded(seconds: float) -> float:
    return round(seconds, 3)
