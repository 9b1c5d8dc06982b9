"""How many requests a second a bucket serves, by the prefixes of its keys.

S3 user guide, "Optimizing Amazon S3 performance": at least 3,500 PUT, COPY, POST and DELETE and
5,500 GET and HEAD requests a second for each partitioned prefix; S3 scales automatically to higher
rates, gradually, and answers 503 (Slow Down) meanwhile. How is not documented; the choice here: a
bucket begins as one partition. One that has had to refuse requests for ten minutes on end is split
at the first character in which the keys that were refused differ: each such character gets a
partition of its own. Keys that all begin alike, as by the date, are split where the current ones
differ, which does not help the next day's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from os.path import commonprefix

from course.telemetry.tables.buckets import Bucket

READ, WRITE = "read", "write"
RATES = {READ: 5500, WRITE: 3500}
SPLIT_AFTER = 10 * 60_000
RECOVERS_AFTER = 60_000
_SAMPLE = 256


class Partition:
    """One prefix with a throughput of its own. Times are epoch ms."""

    def __init__(self, prefix: str, now: float) -> None:
        self.prefix = prefix
        self.buckets = {kind: Bucket(rate, now) for kind, rate in RATES.items()}
        self.hot_since: float | None = None
        self.refused: deque[str] = deque(maxlen=_SAMPLE)
        self._refused_at = now

    def serve(self, kind: str, key: str, count: float, now: float) -> float:
        """How many of so many requests for a key are served."""
        bucket = self.buckets[kind]
        bucket.has(0, now)
        served = max(0.0, min(count, bucket.tokens))
        bucket.take(served, now)
        self._note(served < count, key, now)
        return served

    def _note(self, refused: bool, key: str, now: float) -> None:
        if self.hot_since is not None and now - self._refused_at > RECOVERS_AFTER:
            self.hot_since = None
        if refused:
            self.refused.append(key)
            self._refused_at = now
            self.hot_since = now if self.hot_since is None else self.hot_since

    def is_ripe(self, now: float) -> bool:
        """Whether it has been refusing for long enough to be split."""
        return self.hot_since is not None and now - self.hot_since >= SPLIT_AFTER

    def parts(self) -> set[str]:
        """The prefixes that it is split into; none when one key was refused all the time."""
        keys = list(self.refused)
        shared = commonprefix(keys)
        return {key[: len(shared) + 1] for key in keys if len(key) > len(shared)}


class Partitions:
    """The partitions of one bucket."""

    def __init__(self, now: float) -> None:
        self._by_prefix = {"": Partition("", now)}

    def prefixes(self) -> list[str]:
        """The partitioned prefixes; "" is what belongs to no other."""
        return sorted(self._by_prefix)

    def of(self, key: str) -> Partition:
        """The partition that a key belongs to."""
        lengths = range(len(key), -1, -1)
        return next(self._by_prefix[key[:n]] for n in lengths if key[:n] in self._by_prefix)

    def serve(self, kind: str, key: str, now: float, count: float = 1) -> float:
        """How many of so many requests for a key are served now, READ or WRITE."""
        partition = self.of(key)
        served = partition.serve(kind, key, count, now)
        if partition.is_ripe(now):
            self._split(partition.parts(), partition, now)
        return served

    def _split(self, parts: Iterable[str], hot: Partition, now: float) -> None:
        hot.hot_since = None
        for prefix in parts:
            self._by_prefix.setdefault(prefix, Partition(prefix, now))
