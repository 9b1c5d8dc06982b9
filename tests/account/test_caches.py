"""A redis client and a node of ElastiCache: commands, expiry, memory, counters, faults."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

import course.account
from course.account import Account, AccountClosed, NotSimulated
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD
from tests.account.lambdas import Lambdas

HANDLER = """
import os, redis

cache = redis.Redis(host=os.environ["CACHE"], decode_responses=True)


def lambda_handler(event, context):
    before = context.get_remaining_time_in_millis()
    found = cache.get(event)
    cache.set(event, event, ex=60)
    return [found, context.get_remaining_time_in_millis() <= before]
"""


@pytest.fixture
def cache(account: Account) -> Any:
    return account.cache("prices", decode_responses=True)


@behaviour("elasticache.client")
def test_a_plain_redis_client_reads_what_another_one_wrote(account: Account, cache: Any) -> None:
    assert type(cache) is redis.Redis
    assert cache.set("a", "1") and account.cache("prices").get("a") == b"1"
    with cache.pipeline() as pipe:
        assert pipe.incr("a").hset("h", mapping={"x": "y"}).execute() == [2, 1]
    cache.zadd("board", {"ann": 3, "bob": 5})
    assert cache.zrevrange("board", 0, 0, withscores=True)[0][0] == "bob"
    add = cache.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    assert add(keys=["a"], args=[40]) == 42
    assert cache.get("board2") is None and cache.ping()


@behaviour("elasticache.client")
def test_the_address_of_the_control_plane_is_where_the_cache_is(
    account: Account, session: Any
) -> None:
    clusters = session.client("elasticache").describe_cache_clusters(ShowCacheNodeInfo=True)
    place = clusters["CacheClusters"][0]["CacheNodes"][0]["Endpoint"]
    redis.Redis(host=place["Address"], port=place["Port"]).set("a", "b")
    assert account.cache("catalog").get("a") == b"b"
    with pytest.raises(redis.ConnectionError, match="Name or service not known"):
        redis.Redis(host="other.0001.use1.cache.amazonaws.com", retry=Retry(NoBackoff(), 0)).get(
            "a"
        )


@behaviour("elasticache.expiry")
def test_expiry_follows_the_clock_of_the_account(account: Account, cache: Any) -> None:
    cache.set("a", "1", ex=300)
    cache.execute_command("SETEX", "b", 600, "2")
    account.advance(seconds=299)
    assert cache.get("a") == "1" and 0 < cache.pttl("a") < 1000
    account.advance(seconds=1)
    assert cache.get("a") is None and cache.get("b") == "2"
    assert cache.info("stats")["expired_keys"] == 1


@behaviour("elasticache.locks")
def test_a_lock_waits_on_the_clock_and_ends_by_itself(account: Account, cache: Any) -> None:
    held = cache.lock("refill", timeout=5)
    assert held.acquire()
    began, real = account.now, time.perf_counter()
    assert not cache.lock("refill", blocking_timeout=2).acquire()
    assert timedelta(seconds=1.8) < account.now - began < timedelta(seconds=2.2)
    assert cache.lock("refill", timeout=5).acquire()
    assert timedelta(seconds=4.5) < account.now - began < timedelta(seconds=5.5)
    assert time.perf_counter() - real < 60, "nothing waits for real"
    with pytest.raises(redis.exceptions.LockError):
        held.release()


@behaviour("elasticache.publish")
def test_what_is_published_reaches_who_has_subscribed(account: Account, cache: Any) -> None:
    heard = cache.pubsub(ignore_subscribe_messages=True)
    heard.subscribe("invalidated")
    heard.get_message(timeout=1)
    assert cache.publish("invalidated", "p1") == 1
    assert heard.get_message(timeout=1)["data"] == "p1"
    began = account.now
    assert heard.get_message(timeout=3) is None
    assert account.now - began >= timedelta(seconds=3)


@behaviour("elasticache.blocking")
def test_a_blocking_command_waits_on_the_clock(account: Account, cache: Any) -> None:
    began = account.now
    assert cache.blpop("jobs", timeout=2) is None
    assert account.now - began >= timedelta(seconds=2)
    cache.rpush("jobs", "one")
    assert list(cache.blpop("jobs", timeout=2)) == ["jobs", "one"]
    with pytest.raises(NotSimulated, match="without a time-out"):
        cache.blpop("jobs")


@behaviour("elasticache.info")
def test_reads_hit_or_miss_and_writes_do_neither(cache: Any) -> None:
    cache.set("a", "1")
    cache.set("lock", "x", nx=True)
    cache.set("lock", "x", nx=True)
    cache.incr("n")
    cache.delete("nothing")
    assert cache.info("stats")["keyspace_hits"] == cache.info("stats")["keyspace_misses"] == 0
    cache.get("a"), cache.mget("a", "n", "none"), cache.exists("a"), cache.ttl("none")
    cache.eval("return redis.call('GET', KEYS[1])", 1, "none")
    stats = cache.info("stats")
    assert (stats["keyspace_hits"], stats["keyspace_misses"]) == (4, 3)
    assert stats["total_connections_received"] == 1
    assert cache.info("commandstats")["cmdstat_set"]["calls"] == 3
    assert cache.info("keyspace")["db0"]["keys"] == 3


@behaviour("elasticache.info")
def test_a_node_tells_of_keys_and_slots(account: Account, cache: Any) -> None:
    cache.set("n", "12")
    cache.set("t", "x" * 500, ex=60)
    assert cache.memory_usage("t") > 500 > 100 > cache.memory_usage("n") > 40
    assert cache.memory_usage("none") is None
    assert cache.object("encoding", "n") == "int" and cache.object("encoding", "t") == "raw"
    account.advance(seconds=10)
    assert cache.object("idletime", "n") == 10
    assert cache.execute_command("CLUSTER", "KEYSLOT", "foo") == 12182
    with pytest.raises(redis.ResponseError, match="LFU"):
        cache.object("freq", "n")


@behaviour("elasticache.restricted_commands")
@pytest.mark.parametrize(
    "command",
    [("CONFIG", "SET", "maxmemory", "1"), ("SAVE",), ("BGSAVE",), ("DEBUG", "SLEEP", "1")]
    + [("SHUTDOWN",), ("ACL", "SETUSER", "ann"), ("REPLICAOF", "a", "1"), ("JSON.GET", "a")],
    ids=" ".join,
)
def test_commands_that_aws_restricts_are_unknown(cache: Any, command: tuple[str, ...]) -> None:
    with pytest.raises(redis.ResponseError, match="unknown command"):
        cache.execute_command(*command)


@behaviour("elasticache.eviction")
def test_the_least_recently_used_key_goes_first(account: Account) -> None:
    cache = account.cache("small", maxmemory=20_000, policy="allkeys-lru")
    for number in range(100):
        cache.set(f"k{number}", "v" * 100)
        cache.get("k0")
        account.advance(seconds=1)
    left = {int(key[1:]) for key in cache.scan_iter()}
    assert left == {0} | set(range(101 - len(left), 100))
    assert cache.info("stats")["evicted_keys"] == 100 - len(left)
    assert cache.info("memory")["used_memory"] <= 20_000


@behaviour("elasticache.eviction")
@pytest.mark.parametrize(
    ("policy", "gone"),
    [
        ("allkeys-lru", "often"),
        ("allkeys-lfu", "seldom"),
        ("volatile-lru", "soon"),
        ("volatile-ttl", "soon"),
        ("volatile-lfu", "soon"),
    ],
)
def test_each_policy_has_its_first_to_go(account: Account, policy: str, gone: str) -> None:
    cache = account.cache("small", policy=policy, decode_responses=True)
    cache.set("often", "v" * 1000)
    for _ in range(200):
        cache.get("often")
    cache.set("soon", "v" * 1000, ex=60)
    cache.set("later", "v" * 1000, ex=600)
    for _ in range(3):
        cache.get("soon"), cache.get("later")
    cache.set("seldom", "v" * 1000)
    account.cache("small", maxmemory=cache.info("memory")["used_memory"] - 1)
    assert {"often", "soon", "later", "seldom"} - set(cache.keys()) == {gone}


@behaviour("elasticache.eviction")
def test_what_is_used_often_stays_among_many(account: Account) -> None:
    cache = account.cache("many", maxmemory=60_000, policy="allkeys-lfu")
    for number in range(10):
        cache.set(f"hot{number}", "v" * 50)
    for _ in range(30):
        cache.mget([f"hot{number}" for number in range(10)])
    with cache.pipeline(transaction=False) as pipe:
        for number in range(1_000):
            pipe.set(f"cold{number}", "v" * 50)
        pipe.execute()
    assert cache.dbsize() < 600 and cache.exists(*(f"hot{number}" for number in range(10))) == 10


@behaviour("elasticache.out_of_memory")
@pytest.mark.parametrize("policy", ["noeviction", "volatile-lru"])
def test_a_full_node_that_may_let_nothing_go_refuses_writes(account: Account, policy: str) -> None:
    cache = account.cache("small", maxmemory=5_000, policy=policy)
    with pytest.raises(redis.exceptions.OutOfMemoryError, match="command not allowed"):
        for number in range(100):
            cache.set(f"k{number}", "v" * 100)
    assert cache.get("k0") == b"v" * 100 and cache.delete("k0", "k1") == 2
    assert cache.set("again", "v")


@behaviour("elasticache.faults")
def test_a_cache_that_cannot_be_reached(account: Account, cache: Any) -> None:
    cache.set("a", "1")
    began = account.now
    with (
        account.fault("cache:*", error="ConnectionReset") as fault,
        pytest.raises(redis.ConnectionError),
    ):
        cache.get("a")
    assert fault.hits > 1 and account.now > began, "redis-py tries again, on the account's clock"
    assert cache.get("a") == "1"


@behaviour("elasticache.faults")
def test_answers_that_are_late_lost_or_errors(account: Account, cache: Any) -> None:
    cache.set("a", "1")
    with account.fault("cache:GET", latency=30, when={"Key": "a", "CacheClusterId": "prices"}):
        began = account.now
        assert cache.get("a") == "1"
        assert account.now - began >= timedelta(milliseconds=30)
    # redis-py's incr sends INCRBY.
    impatient = account.cache("prices", socket_timeout=0.1, retry=Retry(NoBackoff(), 0))
    with account.fault("cache:INCRBY", error="ReadTimeout"), pytest.raises(redis.TimeoutError):
        impatient.incr("n")
    assert cache.get("n") == "1", "it was carried out, and its answer got lost"
    with account.fault("cache:GET", latency=500), pytest.raises(redis.TimeoutError):
        impatient.get("a")
    with account.fault("cache:SET", error="READONLY"), pytest.raises(redis.ReadOnlyError):
        cache.set("a", "2")
    with pytest.raises(ValueError, match="no cache knows the command 'GETT'"):
        account.fault("cache:GETT", error="ConnectionReset")


@behaviour("elasticache.isolation")
def test_every_account_has_caches_of_its_own(account: Account, cache: Any) -> None:
    cache.set("a", "outer", ex=60)
    with course.account.fresh(WORLD) as trial:
        inner = trial.cache("prices")
        assert inner.get("a") is None
        inner.set("a", "inner")
        with pytest.raises(AccountClosed, match="the one that answers now"):
            cache.get("a")
    assert cache.get("a") == "outer"
    with pytest.raises(AccountClosed):
        inner.get("a")


@behaviour("elasticache.client")
def test_what_is_no_cache_of_valkey_or_redis_is_refused(account: Account, session: Any) -> None:
    session.client("elasticache").create_cache_cluster(
        CacheClusterId="memo", Engine="memcached", CacheNodeType="cache.t4g.micro", NumCacheNodes=2
    )
    with pytest.raises(NotSimulated, match="Memcached"):
        account.cache("memo")
    with pytest.raises(NotSimulated, match="TLS"):
        account.cache("prices", ssl=True).get("a")
    with pytest.raises(ValueError, match="allkeys-lru"):
        account.cache("prices", policy="lru")
    with pytest.raises(ValueError, match="bytes"):
        account.cache("prices", maxmemory=0)


@behaviour("elasticache.lambda")
def test_a_handler_uses_a_cache_in_its_own_time(account: Account, session: Any) -> None:
    lambdas = Lambdas(session, {})
    address = account.cache("prices").connection_pool.connection_kwargs["host"]
    lambdas.make(HANDLER, Environment={"Variables": {"CACHE": address}})
    assert lambdas.call("p1") == [None, True]
    found, _ = lambdas.call("p1")
    assert found == "p1" and account.cache("prices").get("p1") == b"p1"
    assert 0 < lambdas.total("Duration", statistic="Maximum") < 1_000


@behaviour("elasticache.metrics")
def test_metrics_are_published_each_minute(account: Account, session: Any) -> None:
    cache = account.cache("small", maxmemory=20_000, policy="allkeys-lru")
    for number in range(200):
        cache.set(f"k{number}", "v" * 100, ex=600)
    for number in range(190, 210):
        cache.get(f"k{number}")
    account.advance(minutes=1)
    cloudwatch = session.client("cloudwatch")

    def read(name: str, **more: str) -> list[float]:
        dimensions = {"CacheClusterId": "small", **more}
        found = cloudwatch.get_metric_statistics(
            Namespace="AWS/ElastiCache",
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=account.now - timedelta(minutes=2),
            EndTime=account.now,
            Period=60,
            Statistics=["Sum"],
        )
        return [point["Sum"] for point in found["Datapoints"]]

    assert read("CacheHits") == read("CacheHits", CacheNodeId="0001") == [10]
    assert read("CacheMisses") == [10] and read("CacheHitRate") == [50]
    assert read("SetTypeCmds") == [200] and read("GetTypeCmds") == [20]
    evicted = cache.info("stats")["evicted_keys"]
    assert read("Evictions") == [evicted] and read("CurrItems") == [200 - evicted]
    assert read("CurrVolatileItems") == read("CurrItems")
    assert read("BytesUsedForCache")[0] <= 20_000
    assert 95 < read("DatabaseMemoryUsagePercentage")[0] <= 100
    assert read("NewConnections") == read("CurrConnections") == [1]
    account.advance(hours=1)
    assert cache.get("k199") is None
    account.advance(minutes=1)
    assert read("CacheMisses") == [1] and read("CurrItems") == [0]


@behaviour("elasticache.metrics")
def test_an_alarm_sees_evictions_at_the_full_minute(account: Account, session: Any) -> None:
    cache = account.cache("small", maxmemory=5_000, policy="allkeys-lru")
    session.client("cloudwatch").put_metric_alarm(
        AlarmName="evicting",
        Namespace="AWS/ElastiCache",
        MetricName="Evictions",
        Dimensions=[{"Name": "CacheClusterId", "Value": "small"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    for number in range(100):
        cache.set(f"k{number}", "v" * 100)
    happened = account.advance(minutes=1)
    assert [each["to"] for each in happened if each["what"] == "alarm"] == ["ALARM"]


REPLACED = """
import redis.backoff, redis.connection, redis.lock, redis.retry, redis.utils
from fakeredis._clients._tcp_server import encode_reply
from fakeredis._core import Database, _database
from fakeredis._socket import FakeSocket
from fakeredis._socket._resp import extract_command
redis.connection.Connection._connect, redis.retry.sleep, redis.utils.get_lib_version
redis.lock.mod_time.monotonic, redis.backoff.random.uniform, _database.random.randrange
FakeSocket._run_command, FakeSocket._name_to_func, FakeSocket._process_command
FakeSocket._blocking, Database._remove_expired, Database.__delitem__
"""


def test_the_places_that_are_replaced_are_there() -> None:
    """In the libraries as they come: in a process of its own, without the course."""
    subprocess.run([sys.executable, "-c", REPLACED], check=True)


@behaviour("elasticache.client")
def test_what_is_drawn_at_random_repeats() -> None:
    def drawn() -> list[Any]:
        with course.account.fresh(WORLD) as trial:
            cache = trial.cache("prices", decode_responses=True)
            cache.sadd("s", *map(str, range(50)))
            return [cache.srandmember("s", 5), cache.spop("s"), cache.randomkey()]

    assert drawn() == drawn()
