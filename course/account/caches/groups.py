"""Replication groups: a primary, its replicas, and what a failover is for their clients.

Follows the ElastiCache API reference and user guide ("Minimizing downtime by using Multi-AZ",
"Testing automatic failover"): the primary endpoint leads to whoever is primary, the reader endpoint
to the replicas, which refuse writes. A failover breaks the connections; until a replica has been
promoted, writes find nobody. How long that takes the guide does not promise ("a few seconds" of
detection and promotion); here it is `PROMOTION`. The replicas hold everything that the primary was
told, so nothing is lost, which on AWS replication does not promise. One shard only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.account import paging
from course.account.caches import clusters
from course.account.caches.clusters import COMBINATION, INVALID, checked_engine, checked_id
from course.account.caches.store import MEMCACHED, NODE_ID, REDIS, Caches, Group
from course.account.clock import utc
from course.account.region import Region
from course.telemetry.errors import NotSupported, RuleError

Parameters = Mapping[str, Any]
Answer = dict[str, Any]
PROMOTION = 15_000
SHARD = "0001"
MOST, MOST_MEMBERS = 100, 6
_ONE_SHARD = "Make a group with one shard; CLUSTER KEYSLOT tells the slot of a key."


def create_replication_group(region: Region, parameters: Parameters) -> Answer:
    caches, name = region.part(Caches), checked_id(parameters["ReplicationGroupId"])
    if name in caches.groups:
        raise RuleError(
            "ReplicationGroupAlreadyExists", f"Replication group {name} already exists."
        )
    engine, members = _checked(parameters)
    node = caches.node(name, engine)
    for number in range(members):
        zone = f"{region.name}{'abcdef'[number]}"
        caches.add(
            {"PreferredAvailabilityZone": zone, **parameters}, _member(name, number), engine, node
        )
    port = int(parameters.get("Port") or 6379)
    group = Group(
        id=name,
        description=parameters["ReplicationGroupDescription"],
        members=[_member(name, number) for number in range(members)],
        primary=caches.endpoint(node, f"master.{name}", port, _member(name, 0)),
        reader=caches.endpoint(node, f"replica.{name}", port, _member(name, 0)),
        created=region.now,
        fails_over=bool(parameters.get("AutomaticFailoverEnabled")),
        multi_az=bool(parameters.get("MultiAZEnabled")),
    )
    for member in group.members:
        caches.clusters[member].group = name
    caches.groups[name] = group
    _settle(caches, group)
    caches.apply_limits(caches.clusters[group.members[0]])
    caches.watch(caches.clusters[group.members[0]])
    caches.happened("replication-group", name, f"Replication group {name} created")
    return {"ReplicationGroup": described(caches, group)}


def _checked(parameters: Parameters) -> tuple[str, int]:
    """The engine of a new group, and how many members it has."""
    engine = checked_engine(parameters, default=REDIS)
    if engine == MEMCACHED:
        raise RuleError(INVALID, "Replication groups are for the engines redis and valkey.")
    if int(parameters.get("NumNodeGroups") or 1) > 1 or parameters.get("ClusterMode") == "enabled":
        raise NotSupported("A replication group with cluster mode", _ONE_SHARD)
    replicas = int(parameters.get("ReplicasPerNodeGroup") or 0)
    members = int(parameters.get("NumCacheClusters") or replicas + 1)
    if not 1 <= members <= MOST_MEMBERS:
        raise RuleError(INVALID, f"NumCacheClusters must be between 1 and {MOST_MEMBERS}.")
    if members == 1 and parameters.get("AutomaticFailoverEnabled"):
        raise RuleError(
            COMBINATION, "When using automatic failover, there must be at least 2 cache clusters."
        )
    return engine, members


def describe_replication_groups(region: Region, parameters: Parameters) -> Answer:
    caches = region.part(Caches)
    if "ReplicationGroupId" in parameters:
        found = [caches.group(parameters["ReplicationGroupId"])]
    else:
        found = [caches.groups[name] for name in sorted(caches.groups)]
    items, token = paging.page(
        found, parameters.get("Marker"), int(parameters.get("MaxRecords", MOST)), invalid=INVALID
    )
    shown = [described(caches, group) for group in items]
    return {"ReplicationGroups": shown, **paging.page_token("Marker", token)}


def modify_replication_group(region: Region, parameters: Parameters) -> Answer:
    caches = region.part(Caches)
    group = caches.group(parameters["ReplicationGroupId"])
    if parameters.get("AutomaticFailoverEnabled") and len(group.members) == 1:
        raise RuleError(
            COMBINATION, "When using automatic failover, there must be at least 2 cache clusters."
        )
    if "PrimaryClusterId" in parameters:
        _promote(caches, group, parameters["PrimaryClusterId"].lower())
    group.description = parameters.get("ReplicationGroupDescription", group.description)
    group.fails_over = parameters.get("AutomaticFailoverEnabled", group.fails_over)
    group.multi_az = parameters.get("MultiAZEnabled", group.multi_az)
    for member in group.members:
        clusters.change(caches, caches.clusters[member], parameters)
    caches.happened("replication-group", group.id, f"Replication group {group.id} modified")
    return {"ReplicationGroup": described(caches, group)}


def delete_replication_group(region: Region, parameters: Parameters) -> Answer:
    caches = region.part(Caches)
    group = caches.group(parameters["ReplicationGroupId"])
    answer = described(caches, group, status="deleting")
    del caches.groups[group.id]
    kept = group.members[0] if parameters.get("RetainPrimaryCluster") else None
    for endpoint in (group.primary, group.reader):
        endpoint.down = "Name or service not known"
        endpoint.cut()
    for member in group.members:
        if member == kept:
            caches.clusters[member].group = None
        else:
            _remove_member(caches, member, keeps_data=kept is not None)
    caches.happened("replication-group", group.id, f"Replication group {group.id} deleted")
    return {"ReplicationGroup": answer}


def _remove_member(caches: Caches, member: str, *, keeps_data: bool) -> None:
    cluster = caches.clusters[member]
    if keeps_data and cluster.endpoint is not None:
        cluster.endpoint.down = "Name or service not known"
        cluster.endpoint.cut()
        cluster.endpoint = None
    clusters.remove(caches, cluster)


def test_failover(region: Region, parameters: Parameters) -> Answer:
    caches = region.part(Caches)
    group = caches.group(parameters["ReplicationGroupId"])
    if parameters["NodeGroupId"] != SHARD:
        raise RuleError(
            "NodeGroupNotFoundFault", f"Node group {parameters['NodeGroupId']} not found."
        )
    if not group.fails_over:
        raise RuleError(
            "InvalidReplicationGroupState",
            f"Automatic failover is not enabled for replication group {group.id}.",
        )
    if group.status != "available":
        raise RuleError(
            "InvalidReplicationGroupState", f"Replication group {group.id} is not available."
        )
    answer = described(caches, group, status="modifying")
    _fail_over(caches, group)
    return {"ReplicationGroup": answer}


def _fail_over(caches: Caches, group: Group) -> None:
    """Let the primary be gone, and a replica be primary after a while."""
    group.status = "modifying"
    old, new = group.members[0], group.members[1]
    caches.happened(
        "replication-group", group.id, f"Test Failover API called for node group {SHARD}"
    )
    caches.region.happened("failover", group=group.id, state="begun", primary=old)
    for endpoint in (group.primary, _endpoint(caches, old)):
        endpoint.down = "Connection refused"
        endpoint.cut()

    def promoted() -> None:
        _promote(caches, group, new)
        _endpoint(caches, old).down = group.primary.down = None
        group.status = "available"
        message = f"Failover from primary node {old} to replica node {new} completed"
        caches.happened("cache-cluster", new, message)
        caches.region.happened("failover", group=group.id, state="completed", primary=new)

    caches.region.agenda.at(caches.region.now + PROMOTION, promoted)


def _promote(caches: Caches, group: Group, member: str) -> None:
    if member not in group.members:
        raise RuleError(INVALID, f"{member} is not a member of {group.id}.")
    group.members.remove(member)
    group.members.insert(0, member)
    _settle(caches, group)


def _settle(caches: Caches, group: Group) -> None:
    """Let every endpoint refuse writes that does not lead to the primary."""
    group.reader.read_only = len(group.members) > 1
    for at, member in enumerate(group.members):
        endpoint = _endpoint(caches, member)
        if endpoint.read_only != (at > 0):
            endpoint.read_only = at > 0
            endpoint.cut()
    group.primary.cluster = group.members[0]
    measuring = group.primary.node.measuring
    if measuring is not None:
        measuring.cluster = group.members[0]


def _endpoint(caches: Caches, member: str) -> Any:
    return caches.clusters[member].endpoint


def _member(group: str, number: int) -> str:
    return f"{group}-{number + 1:03d}"


def described(caches: Caches, group: Group, status: str | None = None) -> Answer:
    """A group as the API shows it."""
    first = caches.clusters[group.members[0]]
    return {
        "ReplicationGroupId": group.id,
        "ARN": caches.region.arn("elasticache", f"replicationgroup:{group.id}"),
        "Description": group.description,
        "Status": status or group.status,
        "Engine": first.engine,
        "CacheNodeType": first.node_type,
        "ClusterEnabled": False,
        "ClusterMode": "disabled",
        "MemberClusters": sorted(group.members),
        "AutomaticFailover": "enabled" if group.fails_over else "disabled",
        "MultiAZ": "enabled" if group.multi_az else "disabled",
        "ReplicationGroupCreateTime": utc(group.created),
        "SnapshotRetentionLimit": int(first.settings.get("SnapshotRetentionLimit", 0)),
        "AuthTokenEnabled": False,
        "TransitEncryptionEnabled": False,
        "AtRestEncryptionEnabled": False,
        "NodeGroups": [
            {
                "NodeGroupId": SHARD,
                "Status": status or group.status,
                "PrimaryEndpoint": _place(group.primary),
                "ReaderEndpoint": _place(group.reader),
                "NodeGroupMembers": [
                    {
                        "CacheClusterId": member,
                        "CacheNodeId": NODE_ID,
                        "ReadEndpoint": _place(_endpoint(caches, member)),
                        "PreferredAvailabilityZone": caches.clusters[member].zone,
                        "CurrentRole": "primary" if member == group.members[0] else "replica",
                    }
                    for member in sorted(group.members)
                ],
            }
        ],
    }


def _place(endpoint: Any) -> Answer:
    return {"Address": endpoint.address, "Port": endpoint.port}
