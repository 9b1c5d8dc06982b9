"""The model of a page cache: what it counts balances, and each setting has its effect."""

from __future__ import annotations

import boto3
import pytest

from course import account
from course.incidents import page_cache
from course.incidents.page_cache import Settings
from course.incidents.visitors import visits

START = 1_773_734_400_000
FEW = {"products": 20, "popular": 0, "rare": 1}
SITE = {"languages": ["en", "de"], "query": ["page"], "personal": ["/cart"]}


def totals(settings: Settings) -> dict[str, float]:
    rows = page_cache.hour(settings, "t", START, 30)
    found = {name: sum(row[name] for row in rows[1:]) for name in page_cache.COUNTED}
    return found | {"grown": rows[-1]["CurrItems"] - rows[0]["CurrItems"]}


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"ttl": 180},
        {"maxmemory": 15_000_000},
        {"empties": (0, 20, 40)},
        {"changes": ((7, 9),)},
        {"key": "{minute}:{lang}:{id}", "maxmemory": 300_000_000},
        {"export": 8_000_000, "maxmemory": 40_000_000},
    ],
)
def test_entries_balance(other: dict[str, object]) -> None:
    found = totals(Settings(**FEW, **other))  # type: ignore[arg-type]
    lost = found["Evictions"] + found["Reclaimed"] + found["Removed"]
    assert found["SetTypeCmds"] == lost + found["grown"]
    assert found["Wrong"] == 0


def test_a_key_without_the_language_gives_wrong_pages() -> None:
    assert totals(Settings(**FEW, key="page:{id}"))["Wrong"] > 0  # type: ignore[arg-type]


def test_a_world_has_the_metrics_of_its_caches() -> None:
    world = page_cache.world({"a": Settings(**FEW), "b": Settings(**FEW)}, START)  # type: ignore[arg-type]
    with account.fresh(world) as lab:
        found = boto3.client("cloudwatch").list_metrics(MetricName="CurrItems")["Metrics"]
        assert lab.now.timestamp() * 1000 == START + page_cache.HOUR
    assert [each["Dimensions"][0]["Value"] for each in found] == ["a", "b"]


def test_visitors_of_one_seed_are_the_same_and_personal_pages_differ() -> None:
    seen = visits(SITE, 300, "s")
    assert seen == visits(SITE, 300, "s") != visits(SITE, 300, "t")
    personal = [answer for request, answer in seen if request["path"].startswith("/cart")]
    assert personal and len(set(personal)) == len(personal)
