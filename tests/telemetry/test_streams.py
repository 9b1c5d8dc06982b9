"""The rules of Kinesis: ranges, limits of a shard, on-demand capacity, event-stream messages."""

from __future__ import annotations

import hashlib

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.streams import frames, hashing
from course.telemetry.streams.demand import QUARTER, Demand
from course.telemetry.streams.limits import MIB, PAUSE, Reads, Writes


@given(st.integers(1, 300))
@settings(max_examples=40, deadline=None)
def test_ranges_cover_every_hash_key_once(count: int) -> None:
    found = hashing.ranges(count)
    assert len(found) == count
    assert found[0][0] == 0 and found[-1][1] == 2**128 - 1
    assert all(
        before[1] + 1 == after[0] for before, after in zip(found[:-1], found[1:], strict=True)
    )


@given(st.text(min_size=1, max_size=40), st.integers(1, 50))
@settings(max_examples=60, deadline=None)
def test_a_key_lies_where_its_md5_says(key: str, count: int) -> None:
    parts = hashing.ranges(count)
    number = int(hashlib.md5(key.encode()).hexdigest(), 16)
    assert hashing.hash_key(key) == number
    start, end = parts[hashing.shard_of(number, parts)]
    assert start <= number <= end


def test_a_key_outside_of_all_ranges_is_an_error() -> None:
    with pytest.raises(ValueError, match="none of the ranges"):
        hashing.shard_of(5, [(6, 9)])


def test_a_range_in_two_leaves_nothing_out() -> None:
    assert hashing.halves((0, 9)) == ((0, 4), (5, 9))
    assert hashing.halves((4, 8)) == ((4, 5), (6, 8))


def test_a_shard_takes_a_thousand_records_a_second() -> None:
    writes = Writes(0)
    assert sum(writes.take(10, 0) for _ in range(1200)) == 1000
    assert not writes.take(10, 0)
    assert sum(writes.take(10, 500) for _ in range(1200)) == 500


def test_a_shard_takes_a_mebibyte_a_second() -> None:
    writes = Writes(0)
    assert sum(writes.take(MIB // 4, 0) for _ in range(10)) == 4
    assert writes.take(MIB // 4, 250)


def test_a_large_record_is_paid_off() -> None:
    writes = Writes(0)
    assert writes.take(5 * MIB, 0)
    assert not writes.take(1, 3900)
    assert writes.take(1, 4100)


def test_five_reads_a_second() -> None:
    reads = Reads(0)
    assert sum(reads.begin(0) for _ in range(8)) == 5
    assert reads.begin(200)
    assert not reads.begin(200)


def test_two_mebibytes_a_second_are_shared() -> None:
    reads = Reads(0)
    assert reads.begin(0)
    reads.end(4 * MIB, 0)
    assert not reads.begin(900)
    assert reads.begin(1100)


def test_ten_mebibytes_stop_all_reads_for_five_seconds() -> None:
    reads = Reads(0)
    assert reads.begin(0)
    reads.end(10 * MIB, 0)
    assert not reads.begin(PAUSE - 1)
    assert reads.begin(PAUSE)


def test_on_demand_is_ready_for_the_double_of_its_peak() -> None:
    demand = Demand(0)
    for _ in range(10):
        demand.count(3 * MIB, 30_000)
    assert demand.wanted(QUARTER - 1) is None
    assert demand.wanted(QUARTER) == 6
    assert demand.wanted(QUARTER) is None
    assert demand.wanted(2 * QUARTER) == 6


def test_a_quiet_stream_keeps_four_shards() -> None:
    assert Demand(0).wanted(QUARTER) == 4


@given(st.dictionaries(st.sampled_from([":a", "b", "c-d"]), st.text(max_size=30)), st.binary())
@settings(max_examples=50, deadline=None)
def test_messages_are_what_botocore_reads(headers: dict[str, str], payload: bytes) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(frames.frame(headers, payload) * 2)
    found = list(buffer)
    assert [each.payload for each in found] == [payload, payload]
    assert found[0].headers == headers
