"""A client of a cache by its name: `Account.cache`."""

from __future__ import annotations

from typing import Any

import redis

from course.account.caches.store import Caches, Cluster
from course.account.caches.wire import Endpoint
from course.account.errors import NotSimulated
from course.account.region import Region
from course.telemetry.caches.eviction import POLICIES

NODE_TYPE = "cache.t4g.micro"
# redis-py's own limit of 100 is less than the readers that a lesson lets run at once.
MOST_CONNECTIONS = 10_000


def client(
    region: Region, name: str, maxmemory: int | None, policy: str | None, options: dict[str, Any]
) -> redis.Redis:
    """A client of a cluster's or a group's endpoint; what does not exist is made."""
    if policy is not None and policy not in POLICIES:
        raise ValueError(f"policy: one of {', '.join(POLICIES)}, not {policy!r}.")
    if maxmemory is not None and maxmemory <= 0:
        raise ValueError("maxmemory is in bytes, and more than 0.")
    endpoint, cluster = _found(region, name.lower())
    if maxmemory is not None:
        cluster.maxmemory = maxmemory
    if policy is not None:
        cluster.policy = policy
    if maxmemory is not None or policy is not None:
        region.part(Caches).apply_limits(cluster)
    given = {"max_connections": MOST_CONNECTIONS, **options}
    return redis.Redis(host=endpoint.address, port=endpoint.port, **given)


def _found(region: Region, name: str) -> tuple[Endpoint, Cluster]:
    elasticache = region.clients("elasticache")
    elasticache.describe_cache_clusters()  # whoever asks first finds the world's
    caches = region.part(Caches)
    if name in caches.groups:
        group = caches.groups[name]
        return group.primary, caches.clusters[group.members[0]]
    if name not in caches.clusters:
        elasticache.create_cache_cluster(
            CacheClusterId=name, CacheNodeType=NODE_TYPE, Engine="valkey", NumCacheNodes=1
        )
    cluster = caches.clusters[name]
    if cluster.endpoint is None:
        raise NotSimulated(
            f"a client of the Memcached cluster {name}", "Use a cluster of valkey or redis."
        )
    return cluster.endpoint, cluster
