"""Laws of caches, whatever is done to them: age, memory, order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

import course.account
from course.account import Account
from course.telemetry.caches.eviction import POLICIES
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD

KEYS = [f"k{number}" for number in range(6)]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from(KEYS), st.integers(1, 5)),
        st.tuples(st.just("get"), st.sampled_from(KEYS), st.just(0)),
        st.tuples(st.just("wait"), st.just(""), st.integers(1, 4_000)),
    ),
    max_size=25,
)
WRITES = st.lists(
    st.tuples(
        st.sampled_from(["set", "hset", "lpush", "zadd", "delete", "volatile"]),
        st.integers(0, 40),
        st.integers(0, 400),
    ),
    max_size=60,
)
# A write may go beyond the limit by itself; the largest value of these tests takes so much.
LARGEST_WRITE = 700


@pytest.fixture(scope="module")
def opened() -> Iterator[Account]:
    with course.account.open(WORLD) as account:
        yield account


@behaviour("elasticache.expiry")
@given(steps=STEPS)
@settings(max_examples=25, deadline=None)
def test_no_value_is_served_that_is_older_than_its_expiry(
    opened: Account, steps: list[tuple[str, str, int]]
) -> None:
    cache = opened.cache("ages")
    cache.flushall()
    written: dict[str, tuple[float, float]] = {}
    for what, key, amount in steps:
        if what == "set":
            cache.set(key, repr(time.time()), ex=amount)
            written[key] = time.time(), amount
        elif what == "wait":
            opened.advance(seconds=amount / 1000)
        else:
            found = cache.get(key)
            since, lives = written.get(key, (0.0, 0.0))
            age = time.time() - since
            # A command takes a millisecond each way.
            assert found is None or age <= lives + 0.003
            assert found is not None or age >= lives - 0.003


@behaviour("elasticache.eviction", "elasticache.out_of_memory")
@given(policy=st.sampled_from(POLICIES), writes=WRITES)
@settings(max_examples=40, deadline=None)
def test_memory_never_exceeds_maxmemory(
    opened: Account, policy: str, writes: list[tuple[str, int, int]]
) -> None:
    cache = opened.cache("full", maxmemory=4_000, policy=policy)
    cache.flushall()
    for what, number, size in writes:
        key, value = f"{what}:{number}", "v" * size
        try:
            _write(cache, what, key, value)
        except redis.exceptions.OutOfMemoryError:
            assert policy == "noeviction" or policy.startswith("volatile")
        used = cache.info("memory")["used_memory"]
        extra = 0 if policy.startswith("allkeys") else LARGEST_WRITE
        assert 0 <= used <= 4_000 + extra
    weighed = sum(cache.memory_usage(key) for key in cache.scan_iter())
    assert weighed == cache.info("memory")["used_memory"]
    cache.flushall()
    assert cache.info("memory")["used_memory"] == 0


def _write(cache: redis.Redis, what: str, key: str, value: str) -> Any:
    writes: dict[str, Callable[[], Any]] = {
        "set": lambda: cache.set(key, value),
        "volatile": lambda: cache.set(key, value, ex=60),
        "hset": lambda: cache.hset(key, value[:5] or "f", value),
        "lpush": lambda: cache.lpush(key, value),
        "zadd": lambda: cache.zadd(key, {value: 1}),
        "delete": lambda: cache.delete(key),
    }
    return writes[what]()


@behaviour("together.deterministic")
@given(seed=st.integers(0, 1_000), readers=st.integers(1, 6))
@settings(max_examples=8, deadline=None)
def test_the_same_seed_gives_the_same_order_of_events(
    opened: Account, seed: int, readers: int
) -> None:
    def run() -> tuple[list[dict[str, Any]], float]:
        with course.account.fresh(WORLD) as trial:
            cache = trial.cache("order")

            def work() -> None:
                if cache.incr("n") % 2:
                    time.sleep(0.001)
                cache.get("n")

            done = trial.together([work] * readers, seed=seed)
            return done.timeline, done.ms

    assert run() == run()


@behaviour("together.races")
@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_a_counter_of_the_node_loses_nothing_and_one_of_the_client_may(
    opened: Account, seed: int
) -> None:
    cache = opened.cache("counter")
    cache.mset({"atomic": 0, "careless": 0})

    def count() -> None:
        cache.incr("atomic")
        cache.set("careless", int(cache.get("careless") or 0) + 1)

    opened.together([count] * 4, seed=seed)
    assert int(cache.get("atomic") or 0) == 4
    assert 1 <= int(cache.get("careless") or 0) <= 4
