"""The clusters of one Region: what was configured, the nodes that answer, the endpoints.

A cluster of Valkey or Redis has one node. The members of a replication group share one: replicas
show the primary's data at once, without the lag that real replicas have, and refuse writes.
Memcached is configured and described only. moto is told of each cluster, too, since it keeps the
snapshots and the tags. A cluster is available at once, as in moto; on AWS that takes minutes.
"""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from moto.elasticache.models import elasticache_backends

from course.account.caches import clients, relay
from course.account.caches.measuring import Measuring
from course.account.caches.parameters import ParameterGroup, family
from course.account.caches.server import VERSIONS, Node
from course.account.caches.wire import Endpoint, Server
from course.account.clock import utc
from course.account.region import Region
from course.telemetry.caches import sizes
from course.telemetry.errors import NotSupported, RuleError

REDIS, VALKEY, MEMCACHED = "redis", "valkey", "memcached"
PORTS = {REDIS: 6379, VALKEY: 6379, MEMCACHED: 11211}
NODE_ID = "0001"
REAL_SERVER = "COURSE_REDIS_URL"
Description = dict[str, Any]


@dataclass
class Cluster:
    """One cluster; group: the replication group that it is a member of."""

    id: str
    engine: str
    version: str
    node_type: str
    port: int
    zone: str
    created: int
    parameter_group: str
    nodes: int = 1
    group: str | None = None
    endpoint: Endpoint | None = None
    # What is not the node type's or the parameter group's, but was asked for here.
    maxmemory: int | None = None
    policy: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    # What waits for the maintenance window.
    pending: dict[str, Any] = field(default_factory=dict)


@dataclass
class Group:
    """A replication group with one shard. members: cluster ids, the primary first."""

    id: str
    description: str
    members: list[str]
    primary: Endpoint
    reader: Endpoint
    created: int
    fails_over: bool = False
    multi_az: bool = False
    status: str = "available"


class Caches:
    """What ElastiCache keeps in one Region."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.clusters: dict[str, Cluster] = {}
        self.groups: dict[str, Group] = {}
        self.parameter_groups: dict[str, ParameterGroup] = {}
        self.events: list[Description] = []
        self._token = hashlib.sha256(region.account_id.encode()).hexdigest()[:6]
        clients.reseed()

    # -- finding ---------------------------------------------------------------------------------

    def cluster(self, name: str) -> Cluster:
        """A cluster by its id; CacheClusterNotFound."""
        found = self.clusters.get(name.lower())
        if found is None:
            raise RuleError("CacheClusterNotFound", f"CacheCluster not found: {name}")
        return found

    def group(self, name: str) -> Group:
        """A replication group by its id; ReplicationGroupNotFoundFault."""
        found = self.groups.get(name.lower())
        if found is None:
            raise RuleError("ReplicationGroupNotFoundFault", f"ReplicationGroup {name} not found.")
        return found

    def parameter_group(self, name: str) -> ParameterGroup:
        """A parameter group; those whose names begin with `default.` are always there."""
        if name.startswith("default.") and name not in self.parameter_groups:
            self.parameter_groups[name] = ParameterGroup.default(name)
        if name not in self.parameter_groups:
            raise RuleError("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
        return self.parameter_groups[name]

    # -- making ----------------------------------------------------------------------------------

    def node(self, name: str, engine: str) -> Server:
        """A server for a cluster or a group: our own, or the real one that the user names."""
        url = os.environ.get(REAL_SERVER)
        name = f"{self.region.account_id} {self.region.name} {name} {self.region.now}"
        return relay.RealNode(name, engine, url) if url else Node(name, engine)

    def address(self, label: str, part: str) -> str:
        """A name as ElastiCache gives them out, of this account alone."""
        return f"{label}.{self._token}.{part}.{_short(self.region.name)}{clients.DOMAIN}"

    def endpoint(self, node: Server, label: str, port: int, cluster: str) -> Endpoint:
        """An address of this account that leads to a node."""
        made = Endpoint(
            address=self.address(label, NODE_ID),
            port=port,
            cluster=cluster,
            node=node,
            region=self.region,
            rng=Random(f"{cluster} {label}"),
        )
        clients.listen(made)
        return made

    def add(self, asked: Mapping[str, Any], name: str, engine: str, node: Server | None) -> Cluster:
        """Keep a new cluster as it was asked for; node: what its endpoint leads to."""
        version = asked.get("EngineVersion") or VERSIONS.get(engine, "1.6.22")
        cluster = Cluster(
            id=name,
            engine=engine,
            version=version,
            node_type=asked["CacheNodeType"],
            port=int(asked.get("Port") or PORTS[engine]),
            zone=asked.get("PreferredAvailabilityZone") or f"{self.region.name}a",
            created=self.region.now,
            parameter_group=asked.get("CacheParameterGroupName")
            or f"default.{family(engine, version)}",
            nodes=int(asked.get("NumCacheNodes") or 1),
            settings=asked,
        )
        self.parameter_group(cluster.parameter_group)
        if node is not None:
            cluster.endpoint = self.endpoint(node, name, cluster.port, name)
        self.clusters[name] = cluster
        self._tell_moto(cluster, asked)
        self.happened("cache-cluster", name, "Cache cluster created")
        return cluster

    def _tell_moto(self, cluster: Cluster, asked: Mapping[str, Any]) -> None:
        create = self.moto.create_cache_cluster
        given = dict.fromkeys(inspect.signature(create).parameters)
        given.update(
            cache_cluster_id=cluster.id,
            cache_node_type=cluster.node_type,
            engine=cluster.engine,
            engine_version=cluster.version,
            port=cluster.port,
            tags=asked.get("Tags"),
            snapshot_retention_limit=asked.get("SnapshotRetentionLimit"),
            cache_subnet_group_name=asked.get("CacheSubnetGroupName"),
        )
        create(**given)

    @property
    def moto(self) -> Any:
        """What moto keeps of ElastiCache here."""
        return elasticache_backends[self.region.account_id][self.region.name]

    def watch(self, cluster: Cluster) -> None:
        """Publish the metrics of a cluster's node from its next use on."""
        if cluster.endpoint is not None:
            node = cluster.endpoint.node
            node.measuring = Measuring(self.region, node, cluster.id)

    # -- limits and events -----------------------------------------------------------------------

    def apply_limits(self, cluster: Cluster) -> None:
        """Let a node have the memory and the policy of its type and its parameter group."""
        if cluster.endpoint is None:
            return
        group = self.parameter_group(cluster.parameter_group)
        memory = sizes.maxmemory(cluster.node_type, int(group.value("reserved-memory-percent")))
        cluster.endpoint.node.limit(
            memory if cluster.maxmemory is None else cluster.maxmemory,
            cluster.policy or group.value("maxmemory-policy"),
        )

    def happened(self, kind: str, source: str, message: str) -> None:
        """List an event, as DescribeEvents shows it."""
        event = {
            "SourceIdentifier": source,
            "SourceType": kind,
            "Message": message,
            "Date": utc(self.region.now),
        }
        self.events.append(event)


def must_know_node_type(node_type: str) -> None:
    """NotSupported for a node type whose memory the course does not know."""
    if node_type not in sizes.NODE_MEMORY:
        known = ", ".join(sizes.NODE_MEMORY)
        raise NotSupported(f"The node type {node_type}", f"Use one of {known}.")


def _short(region: str) -> str:
    """A Region as it stands in addresses: use1 for us-east-1."""
    area, *directions, number = region.split("-")
    return area + "".join(word[0] for word in directions) + number
