"""ElastiCache's control plane: clusters, groups, failover, parameters, events, refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import redis
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from tests.account.behaviours import behaviour

MICRO = {"CacheNodeType": "cache.t4g.micro"}


@pytest.fixture
def elasticache(account: Account, session: Any) -> Any:
    return session.client("elasticache")


@pytest.fixture
def group(elasticache: Any) -> dict[str, Any]:
    made = elasticache.create_replication_group(
        ReplicationGroupId="sessions",
        ReplicationGroupDescription="sessions of the shop",
        Engine="valkey",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        **MICRO,
    )
    return dict(made["ReplicationGroup"])


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@behaviour("elasticache.clusters")
def test_clusters_are_made_described_and_deleted(account: Account, elasticache: Any) -> None:
    made = elasticache.create_cache_cluster(CacheClusterId="Prices", Engine="valkey", **MICRO)
    assert made["CacheCluster"]["CacheClusterId"] == "prices"
    found = elasticache.describe_cache_clusters(CacheClusterId="prices")["CacheClusters"][0]
    assert (found["Engine"], found["NumCacheNodes"]) == ("valkey", 1)
    assert found["CacheParameterGroup"]["CacheParameterGroupName"] == "default.valkey8"
    assert "CacheNodes" not in found
    with pytest.raises(ClientError) as error:
        elasticache.create_cache_cluster(CacheClusterId="prices", **MICRO)
    assert code_of(error) == "CacheClusterAlreadyExists"
    cache = account.cache("prices", retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0))
    cache.set("a", "1")
    elasticache.delete_cache_cluster(CacheClusterId="prices")
    with pytest.raises(redis.ConnectionError):
        cache.get("a")
    with pytest.raises(ClientError) as error:
        elasticache.describe_cache_clusters(CacheClusterId="prices")
    assert code_of(error) == "CacheClusterNotFound"


@behaviour("elasticache.clusters")
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"CacheClusterId": "9lives", **MICRO}, "InvalidParameterValue"),
        ({"CacheClusterId": "a", "Engine": "mongo", **MICRO}, "InvalidParameterValue"),
        ({"CacheClusterId": "a"}, "InvalidParameterValue"),
        ({"CacheClusterId": "a", "NumCacheNodes": 2, **MICRO}, "InvalidParameterValue"),
    ],
    ids=["identifier", "engine", "no node type", "two nodes"],
)
def test_what_cannot_be_is_rejected(elasticache: Any, wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as error:
        elasticache.create_cache_cluster(**wrong)
    assert code_of(error) == code


@behaviour("elasticache.clusters")
def test_memcached_is_described_with_its_nodes(elasticache: Any) -> None:
    elasticache.create_cache_cluster(
        CacheClusterId="memo", Engine="memcached", NumCacheNodes=3, **MICRO
    )
    found = elasticache.describe_cache_clusters(CacheClusterId="memo", ShowCacheNodeInfo=True)
    memo = found["CacheClusters"][0]
    assert [node["CacheNodeId"] for node in memo["CacheNodes"]] == ["0001", "0002", "0003"]
    assert memo["ConfigurationEndpoint"]["Port"] == 11211


@behaviour("elasticache.node_type")
def test_a_node_type_brings_its_memory(account: Account, elasticache: Any) -> None:
    cache = account.cache("prices")
    assert cache.info("memory")["maxmemory"] == 402_653_184, "75 % of half a GiB"
    elasticache.modify_cache_cluster(
        CacheClusterId="prices", CacheNodeType="cache.t4g.medium", ApplyImmediately=True
    )
    assert cache.info("memory")["maxmemory"] == 3_317_862_236 * 75 // 100


@behaviour("elasticache.maintenance")
def test_a_change_of_nodes_waits_for_the_window(account: Account, elasticache: Any) -> None:
    cache = account.cache("prices")
    window = account.now + timedelta(hours=2)
    begins = window.strftime("%a:%H:%M").lower()
    ends = (window + timedelta(hours=1)).strftime("%a:%H:%M").lower()
    change = {"CacheClusterId": "prices", "CacheNodeType": "cache.t4g.medium"}
    elasticache.modify_cache_cluster(**change, PreferredMaintenanceWindow=f"{begins}-{ends}")
    found = elasticache.describe_cache_clusters(CacheClusterId="prices")["CacheClusters"][0]
    assert found["CacheNodeType"] == "cache.t4g.micro"
    assert found["PendingModifiedValues"] == {"CacheNodeType": "cache.t4g.medium"}
    account.advance(minutes=110)
    assert cache.info("memory")["maxmemory"] == 402_653_184
    account.advance(minutes=11)
    assert cache.info("memory")["maxmemory"] == 3_317_862_236 * 75 // 100
    found = elasticache.describe_cache_clusters(CacheClusterId="prices")["CacheClusters"][0]
    assert found["PendingModifiedValues"] == {}


def test_what_waits_comes_with_the_next_change_at_once(account: Account, elasticache: Any) -> None:
    account.cache("prices")
    elasticache.modify_cache_cluster(CacheClusterId="prices", CacheNodeType="cache.t4g.medium")
    elasticache.modify_cache_cluster(CacheClusterId="prices", ApplyImmediately=True)
    found = elasticache.describe_cache_clusters(CacheClusterId="prices")["CacheClusters"][0]
    assert found["CacheNodeType"] == "cache.t4g.medium"


@behaviour("elasticache.reboot")
def test_a_reboot_empties_a_node(account: Account, elasticache: Any) -> None:
    cache = account.cache("prices")
    cache.set("a", "1")
    elasticache.reboot_cache_cluster(CacheClusterId="prices", CacheNodeIdsToReboot=["0001"])
    assert cache.get("a") is None


@behaviour("elasticache.parameter_groups")
def test_a_parameter_group_sets_the_policy(account: Account, elasticache: Any) -> None:
    cache = account.cache("prices")
    assert cache.info("memory")["maxmemory_policy"] == "volatile-lru"
    elasticache.create_cache_parameter_group(
        CacheParameterGroupName="evict-all", CacheParameterGroupFamily="valkey8", Description="-"
    )
    elasticache.modify_cache_cluster(CacheClusterId="prices", CacheParameterGroupName="evict-all")
    policy = {"ParameterName": "maxmemory-policy", "ParameterValue": "allkeys-lru"}
    change = {"CacheParameterGroupName": "evict-all", "ParameterNameValues": [policy]}
    elasticache.modify_cache_parameter_group(**change)
    assert cache.info("memory")["maxmemory_policy"] == "allkeys-lru"
    found = elasticache.describe_cache_parameters(
        CacheParameterGroupName="evict-all", Source="user"
    )
    assert [each["ParameterValue"] for each in found["Parameters"]] == ["allkeys-lru"]
    elasticache.reset_cache_parameter_group(
        CacheParameterGroupName="evict-all", ResetAllParameters=True
    )
    assert cache.info("memory")["maxmemory_policy"] == "volatile-lru"
    for call in (
        lambda: elasticache.modify_cache_parameter_group(
            **{**change, "CacheParameterGroupName": "default.valkey8"}
        ),
        lambda: elasticache.modify_cache_parameter_group(
            CacheParameterGroupName="evict-all",
            ParameterNameValues=[{**policy, "ParameterValue": "lru"}],
        ),
    ):
        with pytest.raises(ClientError) as error:
            call()
        assert code_of(error) == "InvalidParameterValue"
    with pytest.raises(ClientError) as error:
        elasticache.delete_cache_parameter_group(CacheParameterGroupName="evict-all")
    assert code_of(error) == "InvalidCacheParameterGroupState"
    with pytest.raises(NotSimulated, match="maxmemory-policy"):
        elasticache.modify_cache_parameter_group(
            CacheParameterGroupName="evict-all",
            ParameterNameValues=[{"ParameterName": "timeout", "ParameterValue": "9"}],
        )
    names = [
        each["CacheParameterGroupName"]
        for each in elasticache.describe_cache_parameter_groups()["CacheParameterGroups"]
    ]
    assert "default.redis7" in names and "evict-all" in names


@behaviour("elasticache.replication_groups")
def test_a_group_has_a_primary_and_replicas(
    account: Account, elasticache: Any, group: dict[str, Any]
) -> None:
    assert group["MemberClusters"] == ["sessions-001", "sessions-002"]
    shard = group["NodeGroups"][0]
    assert [each["CurrentRole"] for each in shard["NodeGroupMembers"]] == ["primary", "replica"]
    account.cache("sessions").set("a", "1")
    reader = redis.Redis(host=shard["ReaderEndpoint"]["Address"])
    assert reader.get("a") == b"1"
    with pytest.raises(redis.ReadOnlyError):
        reader.set("a", "2")
    alone = elasticache.describe_cache_clusters(ShowCacheClustersNotInReplicationGroups=True)
    assert [each["CacheClusterId"] for each in alone["CacheClusters"]] == ["catalog"]
    with pytest.raises(ClientError) as error:
        elasticache.delete_cache_cluster(CacheClusterId="sessions-002")
    assert code_of(error) == "InvalidCacheClusterState"
    changed = elasticache.modify_replication_group(
        ReplicationGroupId="sessions", CacheNodeType="cache.t4g.small", ApplyImmediately=True
    )
    assert changed["ReplicationGroup"]["CacheNodeType"] == "cache.t4g.small"
    elasticache.delete_replication_group(ReplicationGroupId="sessions")
    assert elasticache.describe_replication_groups()["ReplicationGroups"] == []
    left = elasticache.describe_cache_clusters()["CacheClusters"]
    assert [each["CacheClusterId"] for each in left] == ["catalog"]


@behaviour("elasticache.failover")
def test_a_failover_breaks_connections_and_promotes_a_replica(
    account: Account, elasticache: Any, group: dict[str, Any]
) -> None:
    cache = account.cache("sessions", retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0))
    cache.set("a", "1")
    elasticache.test_failover(ReplicationGroupId="sessions", NodeGroupId="0001")
    with pytest.raises(redis.ConnectionError):
        cache.get("a")
    assert redis.Redis(host=group["NodeGroups"][0]["ReaderEndpoint"]["Address"]).get("a") == b"1"
    with pytest.raises(ClientError) as error:
        elasticache.test_failover(ReplicationGroupId="sessions", NodeGroupId="0001")
    assert code_of(error) == "InvalidReplicationGroupState"
    happened = [each for each in account.advance(seconds=20) if each["what"] == "failover"]
    assert [each["state"] for each in happened] == ["begun", "completed"]
    assert cache.get("a") == b"1" and cache.set("a", "2")
    members = elasticache.describe_replication_groups()["ReplicationGroups"][0]["NodeGroups"][0]
    roles = {each["CacheClusterId"]: each["CurrentRole"] for each in members["NodeGroupMembers"]}
    assert roles == {"sessions-001": "replica", "sessions-002": "primary"}
    events = elasticache.describe_events(SourceType="cache-cluster", Duration=1)["Events"]
    assert any("sessions-001 to replica node sessions-002" in each["Message"] for each in events)
    account.advance(minutes=5)
    assert elasticache.describe_events(Duration=1)["Events"] == []


@behaviour("elasticache.failover")
def test_a_group_of_one_cannot_fail_over(elasticache: Any) -> None:
    one = {"ReplicationGroupId": "one", "ReplicationGroupDescription": "-", **MICRO}
    with pytest.raises(ClientError) as error:
        elasticache.create_replication_group(AutomaticFailoverEnabled=True, **one)
    assert code_of(error) == "InvalidParameterCombination"
    elasticache.create_replication_group(**one)
    with pytest.raises(ClientError) as error:
        elasticache.test_failover(ReplicationGroupId="one", NodeGroupId="0001")
    assert code_of(error) == "InvalidReplicationGroupState"


@behaviour("elasticache.kept_by_moto")
def test_snapshots_users_and_tags(account: Account, elasticache: Any) -> None:
    elasticache.create_cache_cluster(
        CacheClusterId="prices", Engine="redis", Tags=[{"Key": "team", "Value": "web"}], **MICRO
    )
    elasticache.create_snapshot(SnapshotName="night", CacheClusterId="prices")
    assert elasticache.describe_snapshots()["Snapshots"][0]["SnapshotName"] == "night"
    arn = elasticache.describe_cache_clusters(CacheClusterId="prices")["CacheClusters"][0]["ARN"]
    assert elasticache.list_tags_for_resource(ResourceName=arn)["TagList"] == [
        {"Key": "team", "Value": "web"}
    ]
    elasticache.create_user(
        UserId="ann",
        UserName="ann",
        Engine="redis",
        AccessString="on ~* +@all",
        NoPasswordRequired=True,
    )
    assert elasticache.describe_users(UserId="ann")["Users"][0]["UserName"] == "ann"


@behaviour("elasticache.trail")
def test_what_was_configured_is_in_the_trail(
    account: Account, elasticache: Any, session: Any
) -> None:
    account.cache("scratch")
    elasticache.create_cache_cluster(CacheClusterId="prices", **MICRO)
    account.advance(minutes=15)
    name = {"AttributeKey": "EventName", "AttributeValue": "CreateCacheCluster"}
    found = session.client("cloudtrail").lookup_events(LookupAttributes=[name])["Events"]
    assert len(found) == 1 and found[0]["EventSource"] == "elasticache.amazonaws.com"


@behaviour("elasticache.refused")
@pytest.mark.parametrize(
    ("call", "parameters", "instead"),
    [
        (
            "create_serverless_cache",
            {"ServerlessCacheName": "a", "Engine": "valkey"},
            "create_cache_cluster",
        ),
        ("create_cache_cluster", {"CacheClusterId": "a", "CacheNodeType": "cache.z9.nano"}, "t4g"),
        (
            "create_cache_cluster",
            {"CacheClusterId": "a", "TransitEncryptionEnabled": True, **MICRO},
            "without TLS",
        ),
        (
            "create_replication_group",
            {
                "ReplicationGroupId": "a",
                "ReplicationGroupDescription": "-",
                "NumNodeGroups": 2,
                **MICRO,
            },
            "one shard",
        ),
        (
            "create_replication_group",
            {
                "ReplicationGroupId": "a",
                "ReplicationGroupDescription": "-",
                "AuthToken": "x" * 20,
                **MICRO,
            },
            "without authentication",
        ),
        ("create_user_group", {"UserGroupId": "a", "Engine": "valkey"}, "without authentication"),
        ("describe_cache_engine_versions", {}, "valkey 8.0"),
    ],
)
def test_what_is_refused_says_what_to_use(
    elasticache: Any, call: str, parameters: dict[str, Any], instead: str
) -> None:
    with pytest.raises(NotSimulated, match=instead):
        getattr(elasticache, call)(**parameters)


@behaviour("elasticache.idle")
def test_an_idle_cache_does_not_hold_up_the_clock(account: Account, session: Any) -> None:
    account.cache("prices").set("a", "1")
    account.advance(hours=24 * 30)
    found = session.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ElastiCache",
        MetricName="CurrItems",
        Dimensions=[{"Name": "CacheClusterId", "Value": "prices"}],
        StartTime=account.now - timedelta(days=31),
        EndTime=account.now,
        Period=86_400,
        Statistics=["SampleCount"],
    )
    assert 15 <= sum(point["SampleCount"] for point in found["Datapoints"]) <= 17
