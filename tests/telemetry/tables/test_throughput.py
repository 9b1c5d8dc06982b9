"""Buckets, partitions, and what a table can serve."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.telemetry.tables.buckets import Bucket
from course.telemetry.tables.caches import TimedCache
from course.telemetry.tables.partitions import (
    MINUTE,
    READ,
    SPLIT_AFTER,
    WRITE,
    Partitions,
    needed,
    position,
)
from course.telemetry.tables.throughput import (
    ACCOUNT_EXCEEDED,
    HALF_HOUR,
    KEY_RANGE_EXCEEDED,
    MAXIMUM_EXCEEDED,
    PROVISIONED_EXCEEDED,
    Settings,
    Throughput,
    by_partition,
)


def provisioned(read: float = 10, write: float = 10) -> Settings:
    return Settings(provisioned={READ: read, WRITE: write})


REQUESTS = st.lists(
    st.tuples(st.integers(0, 5000), st.floats(0.5, 400, allow_nan=False)), max_size=40
)


@given(rate=st.integers(1, 50), seconds=st.sampled_from([1, 300]), requests=REQUESTS)
def test_a_bucket_never_lets_more_through_than_burst_and_rate(
    rate: int, seconds: int, requests: list[tuple[int, float]]
) -> None:
    bucket, now, passed = Bucket(rate, 0, seconds), 0, 0.0
    for wait, units in requests:
        now += wait
        if bucket.has(units, now):
            bucket.take(units, now)
            passed += units
            excess = max(0.0, units - rate * seconds)
            assert passed <= rate * seconds + rate * now / 1000 + excess + 1e-6


@given(rate=st.integers(1, 50), requests=REQUESTS)
def test_a_full_bucket_always_serves_and_time_fills_it(
    rate: int, requests: list[tuple[int, float]]
) -> None:
    bucket, now = Bucket(rate, 0, 300), 0
    for wait, units in requests:
        now += wait
        if bucket.has(units, now):
            bucket.take(units, now)
    debt = max(0.0, -bucket.tokens)
    assert bucket.has(10_000, now + 300_000 + debt * 1000 / rate + 1)


def test_a_bucket_takes_another_rate_and_keeps_what_fits() -> None:
    bucket = Bucket(10, 0, 300)
    bucket.take(1000, 0)
    bucket.change(1, 0)
    assert (bucket.tokens, bucket.size) == (300, 300)
    bucket.change(100, 10_000)
    assert bucket.tokens == 300 and bucket.has(400, 11_000)


@given(st.lists(st.text(max_size=8), min_size=1), st.integers(1, 40))
def test_every_key_has_one_partition(keys: list[str], count: int) -> None:
    partitions = Partitions(count, 0)
    assert len(partitions) == count
    assert partitions.starts[0] == 0.0 and list(partitions.starts) == sorted(partitions.starts)
    for key in keys:
        place = position({"S": key})
        assert 0 <= place < 1
        index = partitions.index(place)
        assert partitions.starts[index] <= place
        assert index + 1 == count or place < partitions.starts[index + 1]


def test_equal_keys_lie_in_the_same_place_however_they_are_written() -> None:
    assert position({"N": "1.0"}) == position({"N": "1"}) == position({"N": "10E-1"})
    assert position({"B": b"\x00\x01"}) == position({"B": "AAE="})
    assert position({"S": "1"}) != position({"N": "1"})


def test_keys_spread_evenly() -> None:
    partitions = Partitions(4, 0)
    found = Counter(partitions.index(position({"S": f"user-{n}"})) for n in range(4000))
    assert all(850 < count < 1150 for count in found.values())


@pytest.mark.parametrize(
    ("reads", "writes", "partitions"),
    [(1, 1, 1), (3000, 0, 1), (3000, 1, 2), (0, 1001, 2), (5500, 1500, 4), (12_000, 4000, 8)],
)
def test_how_many_partitions_a_throughput_takes(
    reads: float, writes: float, partitions: int
) -> None:
    assert needed(reads, writes) == partitions


def heat(partitions: Partitions, positions: list[float], minutes: int) -> None:
    """Refuse a request on each of the positions every second."""
    for second in range(minutes * 60):
        now = second * 1000
        for place in positions:
            partitions.cool(place, now)
            partitions.at(place).heat(place, 1, now)


def test_a_hot_partition_is_split_where_half_of_the_traffic_lies() -> None:
    partitions = Partitions(1, 0)
    heat(partitions, [0.1, 0.2, 0.3, 0.4], 4)
    assert len(partitions) == 1
    heat(partitions, [0.1, 0.2, 0.3, 0.4], 6)
    assert partitions.starts == (0.0, 0.3)


def test_a_hot_key_ends_up_alone_and_is_split_no_further() -> None:
    partitions = Partitions(1, 0)
    for minute in range(40):
        for second in range(60):
            now = minute * MINUTE + second * 1000
            for place, units in ((0.1, 1.0), (0.5, 1000.0), (0.9, 1.0)):
                partitions.cool(place, now)
                partitions.at(place).heat(place, units, now)
    alone = partitions.index(0.5)
    assert partitions.index(0.1) != alone != partitions.index(0.9)
    assert len(partitions) == 3


def test_a_minute_without_throttles_cools_a_partition_down() -> None:
    partitions = Partitions(1, 0)
    for now in range(0, 4 * SPLIT_AFTER, MINUTE + 1000):
        for place in (0.1, 0.9):
            partitions.cool(place, now)
            partitions.at(place).heat(place, 1, now)
    assert len(partitions) == 1


# -- a table ---------------------------------------------------------------------------------------


def drive(table: Throughput, kind: str, units: float, now: float, place: float = 0.3) -> list[str]:
    """One request: what stands in its way."""
    found = table.refusals(kind, {place: units}, now)
    if not found:
        table.take(kind, {place: units}, now)
    return found


def test_provisioned_capacity_runs_out_after_its_burst() -> None:
    table = Throughput(provisioned(write=2), 0)
    assert drive(table, WRITE, 600, 0) == []
    assert drive(table, WRITE, 1, 0) == [PROVISIONED_EXCEEDED]
    assert drive(table, READ, 1, 0) == []
    assert drive(table, WRITE, 1, 500) == []


def test_a_partition_has_its_own_limit() -> None:
    table = Throughput(provisioned(write=900), 0)
    assert drive(table, WRITE, 1000, 0) == []
    assert drive(table, WRITE, 1, 0) == [KEY_RANGE_EXCEEDED]
    assert drive(table, WRITE, 1000, 1000) == []


def test_both_limits_are_named() -> None:
    table = Throughput(provisioned(write=3), 0)
    assert drive(table, WRITE, 900, 0) == []
    assert drive(table, WRITE, 200, 0) == [PROVISIONED_EXCEEDED, KEY_RANGE_EXCEEDED]


def test_on_demand_begins_with_four_partitions_and_grows_with_its_peak() -> None:
    table = Throughput(Settings(), 0)
    assert len(table.partitions) == 4
    for second in range(10):
        for place in (0.1, 0.3, 0.6, 0.8):
            assert drive(table, WRITE, 1000, second * 1000, place) == []
    assert len(table.partitions) == 4
    drive(table, WRITE, 1, HALF_HOUR)
    # Twice the peak of 4,000 units takes eight partitions.
    assert len(table.partitions) == 8


def test_a_quiet_on_demand_table_does_not_grow() -> None:
    table = Throughput(Settings(), 0)
    for hour in range(5):
        drive(table, WRITE, 10, hour * 2 * HALF_HOUR)
    assert len(table.partitions) == 4


def test_warm_throughput_is_there_from_the_start() -> None:
    table = Throughput(Settings(warm={READ: 12_000, WRITE: 10_000}), 0)
    assert len(table.partitions) == 10


def test_on_demand_has_the_accounts_quota_and_its_own_maximum() -> None:
    assert set(Settings().rates(WRITE)) == {ACCOUNT_EXCEEDED}
    table = Throughput(Settings(maximum={WRITE: 5}), 0)
    assert drive(table, WRITE, 5, 0) == []
    assert drive(table, WRITE, 1, 0) == [MAXIMUM_EXCEEDED]
    assert drive(table, READ, 100, 0) == []


def test_partitions_stay_when_capacity_goes() -> None:
    table = Throughput(provisioned(write=4000), 0)
    count = len(table.partitions)
    table.change(provisioned(write=1), 0)
    assert len(table.partitions) == count > 1
    table.change(Settings(), 0)
    assert len(table.partitions) == count


@given(st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 5000)), max_size=30))
def test_bytes_by_partition_add_up(sizes: list[tuple[float, int]]) -> None:
    partitions = Partitions(3, 0)
    found = by_partition(partitions, iter(sizes))
    assert sum(found.values()) == sum(size for _, size in sizes)
    homes = [partitions.index(place) for place in found]
    assert len(set(homes)) == len(homes)


# -- the caches of DAX -----------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.integers(0, 40)), max_size=40))
def test_a_cache_never_gives_what_is_too_old(steps: list[tuple[str, bool, int]]) -> None:
    cache: TimedCache[int] = TimedCache(100)
    now = 0
    for key, writes, wait in steps:
        now += wait
        if writes:
            cache.put(key, now, now)
        found = cache.get(key, now)
        assert found is None or now - found.value < 100


def test_a_cache_evicts_what_was_used_longest_ago() -> None:
    cache: TimedCache[str] = TimedCache(1000, most=2)
    for key in "ab":
        cache.put(key, key, 0)
    cache.get("a", 1)
    cache.put("c", "c", 2)
    assert cache.get("b", 3) is None and cache.get("a", 3) and cache.get("c", 3)
    assert (len(cache), cache.evicted) == (2, 1)
    off: TimedCache[str] = TimedCache(0)
    off.put("a", "a", 0)
    assert off.get("a", 0) is None


def test_starts_are_in_order() -> None:
    assert all(a < b for a, b in pairwise(Partitions(9, 0).starts))
