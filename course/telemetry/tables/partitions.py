"""Where items live: partitions by the hash of the partition key, and how hot ones are split.

Documented ("Designing partition keys to distribute your workload", "DynamoDB burst and adaptive
capacity"): a partition serves at most 3,000 read and 1,000 write units a second; adaptive capacity
gives a hot partition up to that maximum, at once, within the table's own throughput; a partition
that stays hot is split, so that a key with much traffic ends up alone. Partitions are never merged.

Not documented, so choices of this model: DynamoDB's hash function (MD5 here); a partition is hot
while requests to it are refused, and is split after five minutes of that, where half of the traffic
lies on either side. One key cannot be split: with a sort key and no local index DynamoDB can divide
an item collection, which is left out. How many partitions there are to begin with follows from the
throughput, as older editions of the guide had it.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Context, Decimal
from math import ceil

from course.telemetry.tables.buckets import Bucket
from course.telemetry.tables.sizes import Value, raw_bytes

READ, WRITE = "Read", "Write"
PARTITION_LIMITS = {READ: 3000.0, WRITE: 1000.0}
MINUTE = 60_000
SPLIT_AFTER = 5 * MINUTE
MOST_SEEN = 4096
_EXACT = Context(prec=40)


def position(*keys: Value) -> float:
    """Where a partition key's value (or the values of a key of several) lies, from 0 up to 1."""
    digest = hashlib.md5(b"/".join(map(_as_bytes, keys)), usedforsecurity=False).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _as_bytes(key: Value) -> bytes:
    """Equal keys as equal bytes: numbers may be written in several ways."""
    ((kind, held),) = key.items()
    if kind == "N":
        held = str(_EXACT.normalize(Decimal(held)))
    return kind.encode() + b":" + (raw_bytes(held) if kind == "B" else held.encode())


def needed(reads: float, writes: float) -> int:
    """How many partitions a throughput (units a second) takes."""
    return max(1, ceil(reads / PARTITION_LIMITS[READ] + writes / PARTITION_LIMITS[WRITE]))


@dataclass
class Partition:
    """One partition: its two limits, and since when it has been hot (epoch ms)."""

    buckets: dict[str, Bucket]
    hot_since: float | None = None
    last_hot: float = 0.0
    seen: dict[float, float] = field(default_factory=dict)

    @classmethod
    def fresh(cls, now: float) -> Partition:
        return cls({kind: Bucket(limit, now) for kind, limit in PARTITION_LIMITS.items()})

    def heat(self, position: float, units: float, now: float) -> None:
        """Note a refused request; a minute without one ends the heat."""
        if self.hot_since is None or now - self.last_hot > MINUTE:
            self.hot_since = now
            self.seen.clear()
        self.last_hot = now
        self.note(position, units)

    def note(self, position: float, units: float) -> None:
        """Remember where traffic goes, while hot."""
        if self.hot_since is not None and (position in self.seen or len(self.seen) < MOST_SEEN):
            self.seen[position] = self.seen.get(position, 0.0) + units


class Partitions:
    """The partitions of one table or index, in the order of their hash ranges."""

    def __init__(self, count: int, now: float) -> None:
        self._starts: list[float] = []
        self._held: dict[float, Partition] = {}
        self._begin(0.0, now)
        self.grow(count, now)

    def __len__(self) -> int:
        return len(self._starts)

    @property
    def starts(self) -> tuple[float, ...]:
        """Where each partition's range of hashes begins."""
        return tuple(self._starts)

    def index(self, position: float) -> int:
        """The number of the partition that holds a position."""
        return bisect_right(self._starts, position) - 1

    def at(self, position: float) -> Partition:
        """The partition that holds a position."""
        return self._held[self._starts[self.index(position)]]

    def grow(self, count: int, now: float) -> None:
        """Halve the widest ranges until there are as many partitions as that."""
        while len(self._starts) < count:
            ends = [*self._starts[1:], 1.0]
            width, start = max(
                (end - start, -start) for start, end in zip(self._starts, ends, strict=True)
            )
            self._begin(-start + width / 2, now)

    def cool(self, position: float, now: float) -> None:
        """Split the partition of a position if it has been hot for long enough."""
        partition = self.at(position)
        hot = partition.hot_since
        if hot is None or now - hot < SPLIT_AFTER or now - partition.last_hot > MINUTE:
            return
        partition.hot_since = now  # the next attempt is five minutes away
        border = _border(partition.seen.items())
        partition.seen.clear()
        if border is not None:
            partition.hot_since = None
            self._begin(border, now)

    def _begin(self, start: float, now: float) -> None:
        insort(self._starts, start)
        self._held[start] = Partition.fresh(now)


def _border(seen: Iterable[tuple[float, float]]) -> float | None:
    """The first position of the right half of the traffic; None when it has but one position."""
    ranked = sorted(seen)
    total, passed = sum(units for _, units in ranked), 0.0
    best: tuple[float, float] | None = None
    for (_, units), (following, _) in zip(ranked, ranked[1:], strict=False):
        passed += units
        found = abs(passed - total / 2), following
        best = found if best is None else min(best, found)
    return None if best is None else best[1]
