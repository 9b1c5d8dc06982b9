"""What ElastiCache publishes of a node: AWS/ElastiCache, one value a minute.

ElastiCache user guide, "Metrics for Valkey and Redis OSS" and "Host-Level Metrics": counts are of
the minute, gauges are read at its end. The dimensions are CacheClusterId with CacheNodeId, and
CacheClusterId alone. EngineCPUUtilization is what the node's thread computed by the number of its
commands and keys. AWS publishes always; here a node that nobody has used for 15 minutes is silent,
so that an account with nothing to do jumps. Left out: network, swap, replication, serverless.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from course.account.agenda import Entry
from course.account.region import Region

if TYPE_CHECKING:
    from course.account.caches.server import Reading
    from course.account.caches.wire import Server

NAMESPACE = "AWS/ElastiCache"
MINUTE = 60_000
GOES_ON = 15 * MINUTE
NODE_ID = "0001"
COUNT, PERCENT, BYTES = "Count", "Percent", "Bytes"


class Measuring:
    """Publishes one node's metrics while it is in use."""

    def __init__(self, region: Region, node: Server, cluster: str) -> None:
        self.cluster = cluster
        self._region = region
        self._node = node
        self._before = node.reading()
        self._used = 0
        self._entry: Entry | None = None

    def wake(self) -> None:
        """Publish from this minute on, since the node is used."""
        self._used = max(self._used, self._region.now)
        if self._entry is None:
            self._schedule()

    def stop(self) -> None:
        """The cluster is no more."""
        if self._entry is not None:
            self._entry.cancel()

    def _schedule(self) -> None:
        # Just before the minute is full, so that alarms find it when they are evaluated.
        now = self._region.now
        self._entry = self._region.agenda.at(now - now % MINUTE + MINUTE - 1, self._publish)

    def _publish(self) -> None:
        self._entry = None
        self._node.sweep()
        now, before, after = self._region.now, self._before, self._node.reading()
        self._before = after
        minute = now - now % MINUTE
        self._region.metrics.put(
            {
                "timestamp": minute,
                "namespace": NAMESPACE,
                "name": name,
                "dimensions": dimensions,
                "unit": unit,
                "resolution": 60,
                "values": [value],
                "counts": [1.0],
            }
            for name, value, unit in _metrics(before, after)
            for dimensions in self._dimensions()
        )
        if now - self._used < GOES_ON:
            self._region.agenda.at(now + 1, self._go_on)

    def _go_on(self) -> None:
        if self._entry is None:
            self._schedule()

    def _dimensions(self) -> tuple[dict[str, str], ...]:
        cluster = {"CacheClusterId": self.cluster}
        return cluster, {**cluster, "CacheNodeId": NODE_ID}


def _metrics(before: Reading, after: Reading) -> Iterator[tuple[str, float, str]]:
    hits, misses = after.hits - before.hits, after.misses - before.misses
    yield "CacheHits", hits, COUNT
    yield "CacheMisses", misses, COUNT
    if hits + misses:
        yield "CacheHitRate", 100 * hits / (hits + misses), PERCENT
    yield "Evictions", after.evicted - before.evicted, COUNT
    yield "Reclaimed", after.expired - before.expired, COUNT
    yield "GetTypeCmds", after.gets - before.gets, COUNT
    yield "SetTypeCmds", after.sets - before.sets, COUNT
    yield "KeyBasedCmds", after.key_based - before.key_based, COUNT
    yield "NewConnections", after.connections - before.connections, COUNT
    yield "CurrConnections", after.connected, COUNT
    yield "CurrItems", after.items, COUNT
    yield "CurrVolatileItems", after.volatile, COUNT
    yield "BytesUsedForCache", after.used, BYTES
    if after.maxmemory:
        yield "DatabaseMemoryUsagePercentage", 100 * after.used / after.maxmemory, PERCENT
    yield "EngineCPUUtilization", min(100.0, (after.busy_us - before.busy_us) / 600_000), PERCENT
