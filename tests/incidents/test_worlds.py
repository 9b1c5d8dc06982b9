"""Seeds, names, times and stories of worlds."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.incidents import checkout, names, packing, seeds, story
from course.telemetry.world import World

ROOT = Path(__file__).parents[2]
HOUR = 3_600_000


def at(hour: int, minute: int) -> int:
    return int(datetime(2026, 3, 17, hour, minute, tzinfo=UTC).timestamp() * 1000)


@settings(max_examples=8, deadline=None)
@given(st.integers() | st.text(max_size=8), st.integers(min_value=2, max_value=20))
def test_the_same_seed_gives_the_same_bytes(seed: int | str, minutes: int) -> None:
    first = checkout.world(seed, minutes=minutes)
    assert packing.contents(first) == packing.contents(checkout.world(seed, minutes=minutes))


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "from course.incidents import checkout, packing; import hashlib;"
        "text = repr(packing.contents(checkout.world(5, minutes=20)));"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": salt, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for salt in ("1", "2")
    }
    assert len(digests) == 1


@settings(max_examples=8, deadline=None)
@given(st.integers())
def test_events_are_in_time_order_and_inside_the_world(seed: int) -> None:
    world = checkout.world(seed, minutes=12)
    times = [event["timestamp"] for event in world.logs]
    assert times == sorted(times)
    assert world.start <= times[0] and times[-1] < world.end
    dated = [record["timestamp"] for record in world.metrics]
    assert dated == sorted(dated)
    assert world.start - 60_000 < dated[0] and dated[-1] < world.end


def test_the_public_world_is_the_one_of_the_lessons(public: World) -> None:
    assert (public.start, public.end) == (at(8, 0), at(12, 0))
    assert 20_000 <= len(public.logs) <= 32_000
    assert [function["name"] for function in public.resources["lambda"]] == [
        *("checkout", "payment", "inventory", "cart", "search", "receipt", "order-worker"),
    ]
    told = [
        (item["cause"], item["component"], item["start"], item["end"])
        for item in public.story["incidents"]
    ]
    assert told == [
        ("cpu_heavy_serializer", "payment", at(9, 37), at(12, 0)),
        ("card_provider", "northbank", at(10, 20), at(10, 52)),
        ("search_hammer", "198.51.100.77", at(11, 10), at(11, 40)),
    ]


def test_other_seeds_have_other_names_and_times(public: World, other: World) -> None:
    def called(world: World) -> set[str]:
        kinds = ("lambda", "sqs", "dynamodb", "apigateway", "logs")
        return {item["name"] for kind in kinds for item in world.resources[kind]}

    assert not called(public) & called(other)
    assert public.start != other.start


def test_causes_differ_between_two_thirds_of_seeds() -> None:
    def causes(seed: int) -> list[object]:
        incidents = checkout.simulate(seed, 0, 60_000).story.incidents
        return [(item.cause, item.detail.get("role")) for item in incidents]

    drawn = [causes(seed) for seed in range(24)]
    pairs = [(a, b) for n, a in enumerate(drawn) for b in drawn[:n]]
    assert sum(a != b for a, b in pairs) >= 2 / 3 * len(pairs)
    for number, kind in enumerate(story.KINDS):
        assert len({causes[number] for causes in drawn}) >= len(story.CAUSES[kind])


def test_incidents_begin_at_other_times() -> None:
    begins = {
        tuple(item.start for item in story.plan(seed, names.draw(seed), 0, 4 * HOUR).incidents)
        for seed in range(10)
    }
    assert len(begins) == 10
    assert all(0 < start < 4 * HOUR for starts in begins for start in starts)


def test_names_start_and_incidents_can_be_chosen() -> None:
    begin = datetime(2026, 5, 1, 6, tzinfo=UTC)
    world = checkout.world(3, start=begin, minutes=10, names={"payment": "till"}, story=())
    assert world.start == int(begin.timestamp() * 1000)
    assert world.end - world.start == 10 * 60_000
    assert "till" in [function["name"] for function in world.resources["lambda"]]
    assert world.story == {"incidents": []}


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"names": {"pay": "x"}}, "no name called 'pay'; there are:"),
        ({"story": ["flood"]}, "no incident kind 'flood'; there are: deployment"),
        ({"hours": 0}, "above 0"),
        ({"rate": -1}, "above 0"),
        ({"hours": 1000}, "at most 48 hours"),
    ],
)
def test_a_mistake_is_named(arguments: dict[str, object], part: str) -> None:
    with pytest.raises(ValueError) as caught:
        checkout.world(1, **arguments)  # type: ignore[arg-type]
    assert part in str(caught.value)


def test_hidden_seeds_differ_by_name_and_by_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_SEED", raising=False)
    default = seeds.hidden_seed("slowest")
    assert default == seeds.hidden_seed("slowest") != seeds.hidden_seed("memory")
    monkeypatch.setenv("COURSE_SEED", "kept secret")
    assert default != seeds.hidden_seed("slowest") == seeds.hidden_seed("slowest")
    assert 0 <= default < 2**63
