"""Clusters: made, described, changed, rebooted, deleted.

Follows the ElastiCache API reference of these operations. A cluster is available at once. A larger
node has more memory, a smaller one lets keys go; a reboot of a node without replicas loses its
data. What no client could notice here is kept and described (zones, windows, subnet groups).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from course.account import paging
from course.account.caches import maintenance
from course.account.caches.store import (
    MEMCACHED,
    NODE_ID,
    PORTS,
    REDIS,
    VALKEY,
    Caches,
    Cluster,
    must_know_node_type,
)
from course.account.clock import utc
from course.account.region import Region
from course.telemetry.errors import RuleError

Parameters = Mapping[str, Any]
Answer = dict[str, Any]
INVALID, COMBINATION = "InvalidParameterValue", "InvalidParameterCombination"
MOST, MOST_MEMCACHED_NODES = 100, 60
_ID = re.compile(r"(?!.*--)[a-z][a-z0-9-]{0,49}(?<!-)")


def create_cache_cluster(region: Region, parameters: Parameters) -> Answer:
    caches, name = region.part(Caches), checked_id(parameters["CacheClusterId"])
    if name in caches.clusters:
        raise RuleError("CacheClusterAlreadyExists", f"Cache cluster already exists: {name}")
    engine = checked_engine(parameters)
    nodes = int(parameters.get("NumCacheNodes") or 1)
    if engine != MEMCACHED and nodes != 1:
        raise RuleError(INVALID, f"NumCacheNodes should be 1 if engine is {engine}")
    if not 1 <= nodes <= MOST_MEMCACHED_NODES:
        raise RuleError(INVALID, f"NumCacheNodes should be between 1 and {MOST_MEMCACHED_NODES}")
    node = None if engine == MEMCACHED else caches.node(name, engine)
    cluster = caches.add(parameters, name, engine, node)
    caches.apply_limits(cluster)
    caches.watch(cluster)
    return {"CacheCluster": described(caches, cluster, nodes=False)}


def describe_cache_clusters(region: Region, parameters: Parameters) -> Answer:
    caches = region.part(Caches)
    if "CacheClusterId" in parameters:
        found = [caches.cluster(parameters["CacheClusterId"])]
    else:
        found = [caches.clusters[name] for name in sorted(caches.clusters)]
    if parameters.get("ShowCacheClustersNotInReplicationGroups"):
        found = [cluster for cluster in found if cluster.group is None]
    items, token = paging.page(
        found, parameters.get("Marker"), int(parameters.get("MaxRecords", MOST)), invalid=INVALID
    )
    nodes = bool(parameters.get("ShowCacheNodeInfo"))
    shown = [described(caches, cluster, nodes=nodes) for cluster in items]
    return {"CacheClusters": shown, **paging.page_token("Marker", token)}


def modify_cache_cluster(region: Region, parameters: Parameters) -> Answer:
    caches = region.part(Caches)
    cluster = caches.cluster(parameters["CacheClusterId"])
    change(caches, cluster, parameters)
    return {"CacheCluster": described(caches, cluster, nodes=False)}


def change(caches: Caches, cluster: Cluster, parameters: Parameters) -> None:
    """Carry out what ModifyCacheCluster and ModifyReplicationGroup have in common."""
    if "CacheNodeType" in parameters:
        must_know_node_type(parameters["CacheNodeType"])
    parameters = maintenance.due_now(caches, cluster, parameters, change)
    if "CacheNodeType" in parameters:
        cluster.node_type, cluster.maxmemory = parameters["CacheNodeType"], None
    if "CacheParameterGroupName" in parameters:
        group = caches.parameter_group(parameters["CacheParameterGroupName"])
        cluster.parameter_group, cluster.policy = group.name, None
    if "EngineVersion" in parameters:
        cluster.version = parameters["EngineVersion"]
    if "NumCacheNodes" in parameters and cluster.engine == MEMCACHED:
        cluster.nodes = int(parameters["NumCacheNodes"])
    cluster.settings = {**cluster.settings, **parameters}
    caches.apply_limits(cluster)
    caches.happened("cache-cluster", cluster.id, "Cache cluster modified")


def reboot_cache_cluster(region: Region, parameters: Parameters) -> Answer:
    caches = region.part(Caches)
    cluster = caches.cluster(parameters["CacheClusterId"])
    if cluster.endpoint is not None:
        if cluster.group is None:
            cluster.endpoint.node.empty()
        cluster.endpoint.cut()
    for node in parameters["CacheNodeIdsToReboot"]:
        caches.happened("cache-cluster", cluster.id, f"Cache node {node} restarted")
    return {"CacheCluster": described(caches, cluster, nodes=True)}


def delete_cache_cluster(region: Region, parameters: Parameters) -> Answer:
    caches = region.part(Caches)
    cluster = caches.cluster(parameters["CacheClusterId"])
    if cluster.group is not None:
        raise RuleError(
            "InvalidCacheClusterState",
            f"Cache cluster {cluster.id} is serving as primary or replica of replication group "
            f"{cluster.group} and cannot be deleted.",
        )
    remove(caches, cluster)
    return {"CacheCluster": described(caches, cluster, nodes=False, status="deleting")}


def remove(caches: Caches, cluster: Cluster) -> None:
    """Let a cluster go with its data."""
    del caches.clusters[cluster.id]
    caches.moto.cache_clusters.pop(cluster.id, None)
    if cluster.endpoint is not None:
        cluster.endpoint.down = "Name or service not known"
        cluster.endpoint.cut()
        if cluster.endpoint.node.measuring is not None:
            cluster.endpoint.node.measuring.stop()
        cluster.endpoint.node.drop()
    caches.happened("cache-cluster", cluster.id, "Cache cluster deleted")


def checked_id(name: str) -> str:
    """An id in lower case; InvalidParameterValue for what cannot be one."""
    if not _ID.fullmatch(name.lower()):
        raise RuleError(
            INVALID,
            f"The parameter CacheClusterIdentifier is not a valid identifier: {name}. Identifiers "
            "must begin with a letter; must contain only ASCII letters, digits, and hyphens; and "
            "must not end with a hyphen or contain two consecutive hyphens.",
        )
    return name.lower()


def checked_engine(parameters: Parameters, default: str = REDIS) -> str:
    """The engine that is asked for, with a node type that the course knows."""
    engine = str(parameters.get("Engine") or default).lower()
    if engine not in PORTS:
        known = ", ".join((REDIS, VALKEY, MEMCACHED))
        raise RuleError(INVALID, f"Invalid cache engine {engine}; valid engines: {known}")
    if not parameters.get("CacheNodeType"):
        raise RuleError(
            INVALID, "The parameter CacheNodeType must be provided and must not be blank."
        )
    must_know_node_type(parameters["CacheNodeType"])
    return engine


def described(
    caches: Caches, cluster: Cluster, *, nodes: bool, status: str = "available"
) -> Answer:
    """A cluster as the API shows it; nodes: with its endpoints."""
    settings = cluster.settings
    shown: Answer = {
        "CacheClusterId": cluster.id,
        "ARN": caches.region.arn("elasticache", f"cluster:{cluster.id}"),
        "Engine": cluster.engine,
        "EngineVersion": cluster.version,
        "CacheNodeType": cluster.node_type,
        "CacheClusterStatus": status,
        "NumCacheNodes": cluster.nodes,
        "PreferredAvailabilityZone": cluster.zone if cluster.nodes == 1 else "Multiple",
        "CacheClusterCreateTime": utc(cluster.created),
        "CacheParameterGroup": {
            "CacheParameterGroupName": cluster.parameter_group,
            "ParameterApplyStatus": "in-sync",
            "CacheNodeIdsToReboot": [],
        },
        "CacheSubnetGroupName": settings.get("CacheSubnetGroupName", "default"),
        "PreferredMaintenanceWindow": maintenance.window_of(cluster),
        "PendingModifiedValues": dict(cluster.pending),
        "SnapshotRetentionLimit": int(settings.get("SnapshotRetentionLimit", 0)),
        "AutoMinorVersionUpgrade": settings.get("AutoMinorVersionUpgrade", True),
        "SecurityGroups": [
            {"SecurityGroupId": name, "Status": "active"}
            for name in settings.get("SecurityGroupIds", ())
        ],
        "AuthTokenEnabled": False,
        "TransitEncryptionEnabled": False,
        "AtRestEncryptionEnabled": False,
        "NetworkType": settings.get("NetworkType", "ipv4"),
        "IpDiscovery": settings.get("IpDiscovery", "ipv4"),
    }
    if cluster.group is not None:
        shown["ReplicationGroupId"] = cluster.group
    if cluster.engine == MEMCACHED:
        shown["ConfigurationEndpoint"] = _address(caches, cluster, "cfg")
    if nodes:
        shown["CacheNodes"] = [_node(caches, cluster, at) for at in range(1, cluster.nodes + 1)]
    return shown


def _node(caches: Caches, cluster: Cluster, at: int) -> Answer:
    number = f"{at:04d}"
    return {
        "CacheNodeId": NODE_ID if cluster.nodes == 1 else number,
        "CacheNodeStatus": "available",
        "CacheNodeCreateTime": utc(cluster.created),
        "Endpoint": _address(caches, cluster, number),
        "ParameterGroupStatus": "in-sync",
        "CustomerAvailabilityZone": cluster.zone,
    }


def _address(caches: Caches, cluster: Cluster, label: str) -> Answer:
    if cluster.endpoint is not None:
        return {"Address": cluster.endpoint.address, "Port": cluster.endpoint.port}
    return {"Address": caches.address(cluster.id, label), "Port": cluster.port}
