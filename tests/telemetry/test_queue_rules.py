"""The rules of SQS that need no account: sizes, digests, deduplication, quotas."""

from __future__ import annotations

from hashlib import md5

from hypothesis import given
from hypothesis import strategies as st

from course.telemetry.queues import content, deduplication, redrive
from course.telemetry.queues.deduplication import INTERVAL, Window
from course.telemetry.queues.quotas import SLOW, Throughput


@given(st.text())
def test_a_body_counts_in_bytes(body: str) -> None:
    assert content.size(body, {}) == len(body.encode("utf-8", "surrogatepass"))


def test_the_digest_of_attributes_is_the_one_of_the_guide() -> None:
    """Name, type, kind and value, each with its length, sorted by name."""
    given = {
        "b": {"DataType": "Binary", "BinaryValue": b"\x01"},
        "a": {"DataType": "String", "StringValue": "x"},
    }
    parts = b"\0\0\0\1a\0\0\0\6String\1\0\0\0\1x" + b"\0\0\0\1b\0\0\0\6Binary\2\0\0\0\1\x01"
    assert content.digest_of_attributes(given) == md5(parts, usedforsecurity=False).hexdigest()
    assert content.digest_of_attributes({}) is None


def test_a_window_forgets_after_five_minutes_from_the_first() -> None:
    window = Window()
    window.remember(("", "a"), ("1", "10"), 1000)
    assert window.first(("", "a"), 1000 + INTERVAL - 1) == ("1", "10")
    assert window.first(("", "b"), 1000) is None
    assert window.first(("", "a"), 1000 + INTERVAL) is None
    window.remember(("", "a"), ("2", "11"), 1000 + INTERVAL)
    assert window.first(("", "a"), 1000 + INTERVAL) == ("2", "11")


def test_the_id_of_a_body_is_its_sha_256() -> None:
    found = deduplication.of_content("abc")
    assert found == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(st.lists(st.integers(0, 2000), max_size=200))
def test_never_more_than_a_quota_and_its_burst(pauses: list[int]) -> None:
    quota, now, admitted = Throughput(), 0, 0
    for pause in pauses:
        now += pause
        for _ in range(40):
            admitted += quota.admits("SendMessage", False, (), now)
    assert admitted <= SLOW + SLOW * now / 1000


def test_actions_have_buckets_of_their_own() -> None:
    quota = Throughput()
    for _ in range(SLOW):
        assert quota.admits("SendMessage", False, (), 0)
    assert not quota.admits("SendMessage", False, (), 0)
    assert quota.admits("ReceiveMessage", False, (), 0)


def test_a_group_at_its_limit_takes_nothing_from_the_others() -> None:
    quota = Throughput()
    for _ in range(SLOW):
        assert quota.admits("SendMessage", True, ["a"], 0)
    assert not quota.admits("SendMessage", True, ["a", "b"], 0)
    assert all(quota.admits("SendMessage", True, ["b", None], 0) for _ in range(SLOW))


def test_who_may_name_a_dead_letter_queue() -> None:
    by_queue = '{"redrivePermission": "byQueue", "sourceQueueArns": ["a"]}'
    for text, expected in (
        ("", (True, True)),
        ('{"redrivePermission": "allowAll"}', (True, True)),
        ('{"redrivePermission": "denyAll"}', (False, False)),
        (by_queue, (True, False)),
    ):
        settings = {"RedriveAllowPolicy": text} if text else {}
        assert tuple(redrive.allows(settings, source) for source in "ab") == expected
