"""COURSE_REDIS_URL: the same endpoints, with a server at the other end of a TCP connection.

The server is Debian's redis-server where it is installed, started for these tests on a free port of
this machine; and always a node of our own behind a socket, so that the way there is tested
anywhere.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from course.account import Account, NotSimulated
from course.account.caches.server import Node
from course.account.caches.store import REAL_SERVER
from course.account.caches.wire import _commands
from tests.account.behaviours import behaviour

LOCAL = "127.0.0.1"
REDIS_SERVER = shutil.which("redis-server")
OWN = "a node behind a socket"
SERVERS = [
    OWN,
    pytest.param(
        "redis-server",
        marks=pytest.mark.skipif(REDIS_SERVER is None, reason="redis-server is not installed"),
    ),
]


@pytest.fixture
def no_network() -> None:
    """Stands for the guard of the other tests, which lets nobody look any name up."""


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The name of a server that COURSE_REDIS_URL leads to."""
    start = _own_server if request.param == OWN else _redis_server
    with pytest.MonkeyPatch.context() as patch:
        for port in start(tmp_path):
            patch.setenv(REAL_SERVER, f"redis://{LOCAL}:{port}")
            yield request.param


def _redis_server(folder: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind((LOCAL, 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", LOCAL, "--dir", str(folder), "--save", ""]
    with subprocess.Popen([str(REDIS_SERVER), *options], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        said = []
        for line in run.stdout:
            said.append(line)
            if "eady to accept connections" in line:
                break
        else:
            raise AssertionError("redis-server did not start: " + "".join(said))
        try:
            yield port
        finally:
            run.terminate()


def _own_server(folder: Path) -> Iterator[int]:
    node = Node("real", "redis")

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            session, sent = node.session(), b""
            while data := self.connection.recv(65_536):
                found, sent = _commands(sent + data)
                for fields in found:
                    self.connection.sendall(_answered(node, session, fields))

    class Server(ThreadingTCPServer):
        daemon_threads = True

    with Server((LOCAL, 0), Handler) as listening:
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield listening.server_address[1]
        finally:
            listening.shutdown()
            thread.join()


def _answered(node: Node, session: Any, fields: list[bytes]) -> bytes:
    """ElastiCache's nodes know no CONFIG SET; a server of one's own does."""
    if fields[0].upper() == b"CONFIG":
        if fields[2] == b"maxmemory":
            node.limit(maxmemory=int(fields[3]))
        else:
            node.limit(policy=fields[3].decode())
        return b"+OK\r\n"
    session.process(fields)
    return bytes(session.replies(0))


@behaviour("elasticache.real_server")
def test_clients_and_tasks_reach_the_server(server: str, account: Account) -> None:
    cache = account.cache("prices", decode_responses=True)
    cache.set("a", "1", ex=300)
    cache.set("large", "x" * 200_000)
    assert cache.get("a") == "1" and len(cache.get("large")) == 200_000
    assert cache.eval("return redis.call('GET', KEYS[1])", 1, "a") == "1"
    run = account.together([lambda: cache.incr("n")] * 20, seed=1)
    assert sorted(run.results) == list(range(1, 21)) and run.counts == {"INCRBY": 20}
    assert account.cache("other").get("a") is None, "every node has a database of its own"
    if server != OWN:
        account.advance(seconds=301)
        assert cache.get("a") == "1", "the server's time is real"


@behaviour("elasticache.real_server")
def test_a_new_cluster_begins_empty(server: str, account: Account, session: Any) -> None:
    account.cache("prices").set("a", "1")
    elasticache = session.client("elasticache")
    elasticache.reboot_cache_cluster(CacheClusterId="prices", CacheNodeIdsToReboot=["0001"])
    cache = account.cache("prices", retry=Retry(NoBackoff(), 0))
    assert cache.get("a") is None
    elasticache.delete_cache_cluster(CacheClusterId="prices")
    with pytest.raises(redis.ConnectionError):
        cache.get("a")


@behaviour("elasticache.real_server")
def test_faults_and_metrics_work_with_it(server: str, account: Account, session: Any) -> None:
    cache = account.cache("prices", retry=Retry(NoBackoff(), 0))
    cache.set("a", "1")
    with account.fault("cache:GET", error="ConnectionReset"), pytest.raises(redis.ConnectionError):
        cache.get("a")
    with account.fault("cache:GET", error="OOM"), pytest.raises(NotSimulated, match="real server"):
        cache.get("a")
    cache = account.cache("prices")
    cache.get("a"), cache.get("b"), cache.get("b")
    account.advance(minutes=1)
    found = session.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ElastiCache",
        MetricName="CacheMisses",
        Dimensions=[{"Name": "CacheClusterId", "Value": "prices"}],
        StartTime=account.now - timedelta(minutes=2),
        EndTime=account.now,
        Period=60,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in found["Datapoints"]] == [2]


@behaviour("elasticache.real_server")
def test_it_evicts_above_what_it_used_before(server: str, account: Account) -> None:
    cache = account.cache("small", maxmemory=200_000, policy="allkeys-lru")
    for number in range(1_000):
        cache.set(f"k{number}", "v" * 400)
    if server == OWN:  # a real one tells no keys apart that were used in the same second
        assert cache.get("k999") is not None and cache.get("k0") is None
    assert 0 < cache.dbsize() < 1_000 and cache.info("stats")["evicted_keys"] > 0
