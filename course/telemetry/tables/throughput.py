"""Whether a table or an index serves a request now, and if not, which limit it ran into.

Follows the developer guide: "DynamoDB provisioned capacity mode", "DynamoDB on-demand capacity
mode" (a new table serves 4,000 write and 12,000 read units a second, and at once the double of its
previous peak, which grows over 30 minutes), "DynamoDB maximum throughput for on-demand tables",
"Quotas in Amazon DynamoDB" (40,000 units a second for each on-demand table), and "Troubleshooting
throttling" for what the limits are called.

On-demand capacity here is the number of partitions: it is exceeded as a key range, as AWS's
throttling reasons know no other. The peak is the busiest second of the half hours that are over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from course.telemetry.tables.buckets import BURST_SECONDS, Bucket
from course.telemetry.tables.partitions import READ, WRITE, Partitions, needed

PROVISIONED_EXCEEDED = "ProvisionedThroughputExceeded"
KEY_RANGE_EXCEEDED = "KeyRangeThroughputExceeded"
ACCOUNT_EXCEEDED = "AccountLimitExceeded"
MAXIMUM_EXCEEDED = "MaxOnDemandThroughputExceeded"

NEW_ON_DEMAND = {READ: 12_000.0, WRITE: 4_000.0}
ACCOUNT_LIMITS = {READ: 40_000.0, WRITE: 40_000.0}
HALF_HOUR = 30 * 60_000
Spread = Mapping[float, float]


@dataclass(frozen=True)
class Settings:
    """How a table or index is configured.

    provisioned: units a second for READ and WRITE, or None when it is on demand. maximum: the
    limits that somebody has set for an on-demand table. warm: what it must serve from the start.
    """

    provisioned: Mapping[str, float] | None = None
    maximum: Mapping[str, float] | None = None
    warm: Mapping[str, float] | None = None

    def partitions(self) -> int:
        """How many partitions that takes."""
        wanted = self.warm or {READ: 0.0, WRITE: 0.0}
        if self.provisioned is not None:
            own = needed(self.provisioned[READ], self.provisioned[WRITE])
            return max(own, _for_peak(wanted))
        return max(_for_peak(NEW_ON_DEMAND), _for_peak(wanted))

    def rates(self, kind: str) -> dict[str, float]:
        """The limits for the whole table by their names, in units a second."""
        if self.provisioned is not None:
            return {PROVISIONED_EXCEEDED: self.provisioned[kind]}
        most = (self.maximum or {}).get(kind)
        own = {} if most is None else {MAXIMUM_EXCEEDED: most}
        return {ACCOUNT_EXCEEDED: ACCOUNT_LIMITS[kind], **own}


def _for_peak(peak: Mapping[str, float]) -> int:
    """Partitions that serve so many reads and so many writes a second."""
    return max(needed(peak[READ], 0), needed(0, peak[WRITE]))


class Throughput:
    """What one table or index can serve. Times are epoch ms and hardly ever go back."""

    def __init__(self, settings: Settings, now: float) -> None:
        self.settings = settings
        self.partitions = Partitions(settings.partitions(), now)
        self._buckets = {kind: _buckets(settings, kind, now) for kind in (READ, WRITE)}
        self._peaks = _Peaks(now)

    def change(self, settings: Settings, now: float) -> None:
        """Take over another configuration; partitions stay, and more may be needed."""
        for kind, held in self._buckets.items():
            new = _buckets(settings, kind, now)
            for name in new.keys() & held.keys():
                held[name].change(new[name].rate, now)
                new[name] = held[name]
            self._buckets[kind] = new
        self.settings = settings
        self.partitions.grow(settings.partitions(), now)

    def refusals(self, kind: str, spread: Spread, now: float) -> list[str]:
        """The limits that units on these positions would exceed; none: the request passes."""
        self._grow(now)
        units = sum(spread.values())
        over = [name for name, held in self._buckets[kind].items() if not held.has(units, now)]
        hot = [
            (place, share)
            for place, share in spread.items()
            if not self._has(kind, place, share, now)
        ]
        for place, share in hot:
            self.partitions.at(place).heat(place, share, now)
        return over + ([KEY_RANGE_EXCEEDED] if hot else [])

    def _has(self, kind: str, place: float, units: float, now: float) -> bool:
        self.partitions.cool(place, now)
        return self.partitions.at(place).buckets[kind].has(units, now)

    def take(self, kind: str, spread: Spread, now: float) -> None:
        """Consume what has been admitted."""
        units = sum(spread.values())
        for held in self._buckets[kind].values():
            held.take(units, now)
        for place, share in spread.items():
            partition = self.partitions.at(place)
            partition.buckets[kind].take(share, now)
            partition.note(place, share)
        self._peaks.count(kind, units, now)

    def _grow(self, now: float) -> None:
        """On demand, be ready for the double of the previous peak."""
        if self._peaks.turn(now) and self.settings.provisioned is None:
            doubled = {kind: 2 * peak for kind, peak in self._peaks.previous.items()}
            self.partitions.grow(_for_peak(doubled), now)


def _buckets(settings: Settings, kind: str, now: float) -> dict[str, Bucket]:
    """Provisioned capacity keeps what is unused for five minutes, the other limits for a second."""
    seconds = 1 if settings.provisioned is None else BURST_SECONDS
    return {name: Bucket(rate, now, seconds) for name, rate in settings.rates(kind).items()}


class _Peaks:
    """The busiest second, of this half hour and of those before."""

    def __init__(self, now: float) -> None:
        self.previous = dict.fromkeys((READ, WRITE), 0.0)
        self._current = dict.fromkeys((READ, WRITE), 0.0)
        self._second = dict.fromkeys((READ, WRITE), (0.0, 0.0))
        self._until = now + HALF_HOUR

    def count(self, kind: str, units: float, now: float) -> None:
        second, counted = self._second[kind]
        counted = units + (counted if second == now // 1000 else 0.0)
        self._second[kind] = now // 1000, counted
        self._current[kind] = max(self._current[kind], counted)

    def turn(self, now: float) -> bool:
        """Begin a new half hour when it is time; whether it was."""
        if now < self._until:
            return False
        for kind, peak in self._current.items():
            self.previous[kind] = max(self.previous[kind], peak)
            self._current[kind] = 0.0
        self._until = now + HALF_HOUR
        return True


def by_partition(partitions: Partitions, sizes: Iterator[tuple[float, int]]) -> dict[float, int]:
    """Bytes by partition, each under the first of its positions that was met."""
    places: dict[int, float] = {}
    found: dict[float, int] = {}
    for place, size in sizes:
        first = places.setdefault(partitions.index(place), place)
        found[first] = found.get(first, 0) + size
    return found
