"""Where redis clients connect to: the account's endpoints instead of the network.

redis-py makes its connections as always; an address that ElastiCache gives out leads to the
account. What redis-py waits with (the pauses of its locks and of its retries) passes on the
account's clock, and the jitter of the pauses has a fixed seed. Everything is replaced when an
account first has to do with ElastiCache, so importing the course does not import redis.
"""

from __future__ import annotations

import time
from functools import lru_cache
from random import Random
from types import SimpleNamespace
from typing import Any
from weakref import WeakValueDictionary

import redis.backoff
import redis.connection
import redis.lock
import redis.retry
import redis.utils

from course.account import waiting
from course.account.caches.wire import Endpoint, Wire
from course.account.errors import NotSimulated
from course.account.faults import CONNECT

DOMAIN = ".cache.amazonaws.com"
_endpoints: WeakValueDictionary[str, Endpoint] = WeakValueDictionary()
_version = lru_cache(maxsize=1)(redis.utils.get_lib_version)
_connect: Any = redis.connection.Connection._connect
_jitter = Random("redis")


def listen(endpoint: Endpoint) -> None:
    """Let clients reach an endpoint by its address from now on."""
    _endpoints[endpoint.address] = endpoint
    install()


def install() -> None:
    """Replace redis-py's last step, and its waiting; a second time changes nothing."""
    redis.connection.Connection._connect = _connect_inside  # type: ignore[method-assign]
    vars(redis.retry).update(sleep=_sleep)
    vars(redis.lock).update(mod_time=SimpleNamespace(sleep=_sleep, monotonic=time.time))
    jitter = SimpleNamespace(uniform=_jitter.uniform, random=_jitter.random)
    vars(redis.backoff).update(random=jitter)
    # redis-py looks its own version up in the package's files for every client.
    vars(redis.utils).update(get_lib_version=_version)


def reseed() -> None:
    """Begin the jitter anew: for an account that opens its first cache."""
    _jitter.seed("redis")


def _sleep(seconds: float) -> None:
    since = time.time() * 1000
    running = waiting.current()
    if running is not None:
        since = running.now
    waiting.spend(seconds * 1000)
    waiting.note("sleep", "", since)


def _connect_inside(connection: Any) -> Any:
    """Stands for Connection._connect: a socket that is connected to the host."""
    endpoint = _endpoints.get(connection.host)
    if endpoint is None:
        if str(connection.host).endswith(DOMAIN):
            raise OSError(-2, "Name or service not known")
        return _connect(connection)
    if isinstance(connection, redis.connection.SSLConnection):
        raise NotSimulated("a TLS connection to a cache", "Connect without ssl.")
    return connected(endpoint, connection.socket_timeout)


def connected(endpoint: Endpoint, timeout: float | None) -> Wire:
    """A new connection to an endpoint; ConnectionRefusedError when nobody answers."""
    endpoint.must_be_open()
    trouble = endpoint.trouble(CONNECT)
    endpoint.travel(there=True)
    if endpoint.down or (trouble is not None and trouble.error):
        raise ConnectionRefusedError(111, endpoint.down or "Connection refused")
    return Wire(endpoint, timeout)
