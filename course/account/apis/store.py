"""What API Gateway keeps in a Region while it runs: tokens, quotas, caches, authorizer answers.

Metrics are counted here by minute and sent when the minute ends, as "Amazon API Gateway dimensions
and metrics" says ("API Gateway sends metric data to CloudWatch every minute").
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from course.account.region import Region
from course.telemetry.apis.throttling import (
    ACCOUNT_BURST,
    ACCOUNT_RATE,
    Limit,
    Quota,
    TokenBucket,
    period_start,
)

MINUTE, DAY = 60_000, 86_400_000
NAMESPACE = "AWS/ApiGateway"
UNITS = {
    "Latency": "Milliseconds",
    "IntegrationLatency": "Milliseconds",
    "DataProcessed": "Bytes",
}
Dimensions = tuple[tuple[str, str], ...]


@dataclass
class Cached:
    """A response in a stage's cache, and until when (epoch ms)."""

    until: float
    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class Usage:
    """What one key used of one plan. by_day: requests by the day's start; began: when it began."""

    began: int
    by_day: Counter[int] = field(default_factory=Counter)

    def used(self, quota: Quota, now: float) -> int:
        """The requests of the current period, with the first period's offset."""
        start = period_start(quota.period, now)
        count = sum(number for day, number in self.by_day.items() if day >= start)
        first = period_start(quota.period, self.began) == start
        return count + (quota.offset if first else 0)


class ApiStore:
    """The running state of all APIs of a Region."""

    def __init__(self, region: Region) -> None:
        # Any call makes sure that moto is mended and that the world's APIs exist.
        region.clients("apigateway").get_account()
        from moto.apigateway.models import apigateway_backends

        self.moto = apigateway_backends[region.account_id][region.name]
        self._region = region
        self._buckets: dict[tuple[str, ...], TokenBucket] = {}
        self._streams: dict[str, str] = {}
        self._counted: dict[int, dict[tuple[Dimensions, str], Counter[float]]] = {}
        self.caches: dict[tuple[str, str], dict[tuple[Any, ...], Cached]] = {}
        self.authorizations: dict[tuple[str, ...], tuple[float, Any]] = {}
        # (function, version of its policy, on whose behalf) -> whether API Gateway may invoke it
        self.permissions: dict[tuple[str, str, str], bool] = {}
        self.usage: dict[tuple[str, str], Usage] = {}
        # Latencies of the gateway itself, canaries: the same in every run.
        self.random = Random("API Gateway")
        self.account_limit = Limit(ACCOUNT_RATE, ACCOUNT_BURST)

    def take(self, key: tuple[str, ...], limit: Limit, at: int) -> bool:
        """Take a token from a bucket at a time; one whose limit was changed starts anew."""
        bucket = self._buckets.get(key)
        if bucket is None or bucket.limit != limit:
            bucket = self._buckets[key] = TokenBucket(limit, at)
        return bucket.take(at)

    def usage_of(self, plan: str, key: str) -> Usage:
        """What a key used of a plan so far."""
        return self.usage.setdefault((plan, key), Usage(self._region.now))

    def stream(self, group: str) -> str:
        """The log stream that API Gateway writes to in a group, named as AWS's are."""
        if group not in self._streams:
            digest = hashlib.md5(group.encode(), usedforsecurity=False)
            self._streams[group] = digest.hexdigest()
        return self._streams[group]

    def count(self, at: int, dimensions: list[Dimensions], values: Mapping[str, float]) -> None:
        """Count one request's values; they are sent when its minute ends."""
        minute = at - at % MINUTE
        counted = self._counted.get(minute)
        if counted is None:
            counted = self._counted[minute] = defaultdict(Counter)
            self._region.agenda.at(minute + MINUTE - 1, lambda: self._send(minute))
        for each in dimensions:
            for name, value in values.items():
                counted[each, name][value] += 1

    def _send(self, minute: int) -> None:
        counted = self._counted.pop(minute)
        self._region.metrics.put(
            {
                "timestamp": minute,
                "namespace": NAMESPACE,
                "name": name,
                "dimensions": dict(dimensions),
                "unit": UNITS.get(name, "Count"),
                "resolution": 60,
                "values": list(values),
                "counts": [float(number) for number in values.values()],
            }
            for (dimensions, name), values in counted.items()
        )
