"""The rules of caches: slots, sizes, who is evicted."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.telemetry.caches import sizes
from course.telemetry.caches.eviction import POLICIES, Candidate, Use, victim
from course.telemetry.caches.slots import SLOTS, hash_tag, slot

MINUTE = 60_000


# The first two are of the cluster specification: CRC16 of 123456789 is 0x31C3, foo is in 12182.
@pytest.mark.parametrize(
    ("key", "number"), [(b"123456789", 0x31C3), (b"foo", 12182), (b"bar", 5061), (b"", 0)]
)
def test_slots_of_known_keys(key: bytes, number: int) -> None:
    assert slot(key) == number


@pytest.mark.parametrize(
    ("key", "tag"),
    [
        (b"{user1000}.following", b"user1000"),
        (b"foo{}{bar}", b"foo{}{bar}"),
        (b"foo{{bar}}zap", b"{bar"),
        (b"foo{bar}{zap}", b"bar"),
        (b"foo{bar", b"foo{bar"),
    ],
)
def test_what_stands_in_braces_decides(key: bytes, tag: bytes) -> None:
    assert hash_tag(key) == tag and slot(key) == slot(tag)


@given(key=st.binary(max_size=40))
def test_every_key_has_a_slot(key: bytes) -> None:
    assert 0 <= slot(key) < SLOTS


def test_memory_of_nodes() -> None:
    assert sizes.maxmemory("cache.t3.micro") == 402_653_184
    assert sizes.maxmemory("cache.t3.micro", 50) == 268_435_456
    with pytest.raises(KeyError):
        sizes.maxmemory("cache.z9.nano")


@given(size=st.integers(0, 1_000_000))
def test_allocations_are_a_little_larger(size: int) -> None:
    assert size <= sizes.allocated(size) <= max(8, size + 16, size * 5 // 4)
    assert sizes.allocated(sizes.allocated(size)) == sizes.allocated(size)


def test_sizes_of_keys_and_collections() -> None:
    plain = sizes.of_key(b"k", sizes.text(100), has_expiry=False)
    assert 150 < plain < 200
    assert sizes.of_key(b"k", sizes.text(100), has_expiry=True) == plain + sizes.EXPIRY
    assert sizes.of_collection([], 0) == sizes.ELEMENT
    assert sizes.of_collection([10], 1_000) > 900 * sizes.of_collection([10], 1) // 2


def candidates() -> list[Candidate]:
    """Four keys, the least recently used first: name, last use, counter, expiry."""
    rows = [(b"a", 1, 9, None), (b"b", 2, 5, 900.0), (b"c", 3, 7, 300.0), (b"d", 4, 4, None)]
    return [
        Candidate((0, name), Use(last * MINUTE, last, counter), expires)
        for name, last, counter, expires in rows
    ]


@pytest.mark.parametrize(
    ("policy", "gone"),
    [
        ("noeviction", None),
        ("allkeys-lru", b"a"),
        ("volatile-lru", b"b"),
        ("allkeys-lfu", b"b"),
        ("volatile-lfu", b"b"),
        ("volatile-ttl", b"c"),
    ],
)
def test_who_goes_first(policy: str, gone: bytes | None) -> None:
    found = victim(policy, candidates(), 4 * MINUTE, Random(1))
    assert (None if found is None else found.place[1]) == gone


@pytest.mark.parametrize("policy", [name for name in POLICIES if name.startswith("volatile")])
def test_nothing_volatile_nothing_goes(policy: str) -> None:
    lasting = [each for each in candidates() if each.expires is None]
    assert victim(policy, lasting, 0, Random(1)) is None


def test_random_policies_choose_among_all_of_theirs() -> None:
    rng = Random(1)
    seen = {victim("volatile-random", candidates(), 0, rng).place[1] for _ in range(50)}
    assert seen == {b"b", b"c"}


def test_a_counter_grows_slowly_and_decays() -> None:
    use, rng = Use(0, 0), Random(1)
    for order in range(1_000):
        use.touch(0, order, rng)
    assert 10 < use.counter < 60
    assert use.decayed(5 * MINUTE) == use.counter - 5
    assert use.decayed(600 * MINUTE) == 0
