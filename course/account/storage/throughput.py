"""The request rates of a Region's buckets, and other clients who ask for much.

The rules are those of `telemetry.storage.partitions`. Load of other clients runs by the second, as
the clock passes; beside it an own request is served with the chance that theirs have. A
bucket under such a load has request metrics (S3 user guide, "Amazon S3 metrics and dimensions")
under the filter EntireBucket, as if somebody had configured it; no other bucket has any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from course.account.region import Region
from course.account.tally import Tally
from course.telemetry.storage import load
from course.telemetry.storage.load import Flow
from course.telemetry.storage.partitions import READ, WRITE, Partitions

SECOND = 1000
_METRICS = {READ: "GetRequests", WRITE: "PutRequests"}


class Buckets:
    """The throughput of the buckets of one Region, by name."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._rng = Random("s3")
        self._by_name: dict[str, Partitions] = {}
        # Of each bucket and partition: the share of the load that was served last.
        self._shares: dict[tuple[str, str, str], tuple[int, float]] = {}
        self._loaded: set[str] = set()
        self._tally = Tally(region, "AWS/S3")

    def partitions(self, bucket: str) -> Partitions:
        """How a bucket is partitioned now."""
        return self._by_name.setdefault(bucket, Partitions(self._region.now))

    def admits(self, bucket: str, kind: str, key: str) -> bool:
        """Whether a request is served."""
        now, partitions = self._region.now, self.partitions(bucket)
        at, share = self._shares.get((bucket, kind, partitions.of(key).prefix), (0, 1.0))
        if now < at + SECOND and share < 1:
            served = self._rng.random() < share
        else:
            served = partitions.serve(kind, key, now) >= 1
        if bucket in self._loaded:
            self._count(bucket, kind, 1, 0 if served else 1)
        return served

    def begin(self, bucket: str, rates: Mapping[str, Mapping[str, float]], seconds: int) -> None:
        """Let other clients ask for so much from now on."""
        flows = load.flows(rates)
        self._loaded.add(bucket)
        until = self._region.now + seconds * SECOND
        self._second(bucket, flows, until)

    def _second(self, bucket: str, flows: Sequence[Flow], until: int) -> None:
        now, partitions = self._region.now, self.partitions(bucket)
        if now >= until:
            return
        shares: dict[tuple[str, str], list[float]] = {}
        for flow in self._rng.sample(list(flows), len(flows)):
            found = load.second(partitions, flow, now, self._rng)
            self._count(bucket, flow.kind, found.asked, found.asked - found.served)
            for key, share in found.keys:
                shares.setdefault((flow.kind, partitions.of(key).prefix), []).append(share)
        for (kind, prefix), each in shares.items():
            self._shares[bucket, kind, prefix] = now, sum(each) / len(each)
        self._region.agenda.at(now + SECOND, lambda: self._second(bucket, flows, until))

    def _count(self, bucket: str, kind: str, asked: float, refused: float) -> None:
        where = (("BucketName", bucket), ("FilterId", "EntireBucket"))
        now = self._region.now
        for name in ("AllRequests", _METRICS[kind]):
            self._tally.add(now, name, 1.0, "Count", where, times=asked)
        for value, times in ((1.0, refused), (0.0, asked - refused)):
            if times:
                self._tally.add(now, "5xxErrors", value, "Count", where, times=times)


def begin(region: Region, bucket: str, rates: Any, seconds: float) -> None:
    """Start a load; ValueError for what is no number of seconds."""
    if seconds <= 0:
        raise ValueError("A load lasts for some seconds at least.")
    region.part(Buckets).begin(bucket, rates, int(seconds))
