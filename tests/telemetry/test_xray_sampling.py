"""Sampling decisions: priority, matching, reservoir, borrowing, quota and rate."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.xray.sampling import (
    DEFAULT_RULE,
    Reservoir,
    State,
    applies,
    decide,
    in_order,
    is_like,
)


def rule(name: str, priority: int, rate: float = 0.0, reservoir: int = 0, **match: Any) -> Any:
    settings = {"RuleName": name, "Priority": priority, "FixedRate": rate}
    return {**DEFAULT_RULE, **settings, "ReservoirSize": reservoir, **match}


HEALTH = rule("health", 1, URLPath="/health")
CHECKOUT = rule("checkout", 2, rate=1.0, URLPath="/checkout*", HTTPMethod="POST")


def run(
    rules: list[Any], requests: list[tuple[float, dict[str, Any]]], seed: int = 1
) -> Counter[str]:
    state, random = State(), Random(seed)
    found: Counter[str] = Counter()
    for now, request in requests:
        decision = decide(rules, request, now, state, random.random())
        if decision.sampled:
            found[str(request.get("path"))] += 1
    return found


def test_the_first_rule_by_priority_decides() -> None:
    wide = rule("wide", 9, rate=1.0)
    request = {"path": "/health"}
    assert decide([wide, HEALTH], request, 0, State(), 0.0).rule == "health"
    assert not decide([wide, HEALTH], request, 0, State(), 0.0).sampled
    assert decide([wide, HEALTH], {"path": "/x"}, 0, State(), 0.99).sampled
    assert [each["RuleName"] for each in in_order([wide, rule("b", 1), HEALTH])] == [
        "b",
        "health",
        "wide",
    ]


def test_without_a_matching_rule_nothing_is_sampled() -> None:
    assert decide([HEALTH], {"path": "/x"}, 0, State(), 0.0).rule is None


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("*", "", True),
        ("/api/*", "/api/", True),
        ("/api/*", "/API/state", True),
        ("/api/?", "/api/12", False),
        ("/api/??", "/api/12", True),
        ("a.c", "abc", False),
        ("*.example.com", "www.example.com", True),
    ],
)
def test_wildcards(pattern: str, text: str, fits: bool) -> None:
    assert is_like(pattern, text) == fits


def test_a_rule_matches_every_property_that_the_request_has() -> None:
    narrow = rule("n", 1, Host="shop.*", ServiceName="cart", Attributes={"tier": "go*"})
    full = {"host": "shop.example", "service": "cart", "attributes": {"tier": "gold"}}
    assert applies(narrow, full)
    assert applies(narrow, {"attributes": {"tier": "gold"}})
    assert not applies(narrow, {**full, "service": "search"})
    assert not applies(narrow, {**full, "attributes": {}})


def test_the_default_rule_takes_one_a_second_and_five_percent() -> None:
    requests = [(second + n / 100, {"path": "/"}) for second in range(50) for n in range(100)]
    taken = run([DEFAULT_RULE], requests)["/"]
    assert 50 + 190 <= taken <= 50 + 310


def test_without_a_quota_one_request_a_second_is_borrowed() -> None:
    big = rule("big", 1, reservoir=100)
    requests = [(second + n / 100, {"path": "/"}) for second in range(10) for n in range(100)]
    assert run([big], requests)["/"] == 10


def test_an_empty_reservoir_lends_nothing() -> None:
    assert run([rule("none", 1)], [(n, {"path": "/"}) for n in range(20)])["/"] == 0


def test_a_quota_replaces_borrowing_until_it_expires() -> None:
    state = State()
    state.reservoirs["r"] = Reservoir(quota=3, quota_until=10)
    hows = [decide([rule("r", 1, reservoir=5)], {}, 1, state, 0.99) for _ in range(5)]
    assert [each.how for each in hows] == ["quota"] * 3 + ["rate"] * 2
    assert [each.sampled for each in hows] == [True] * 3 + [False] * 2
    late = decide([rule("r", 1, reservoir=5)], {}, 11, state, 0.99)
    assert late.how == "borrow"
    used = state.of("r")
    assert (used.requests, used.sampled, used.borrowed) == (6, 4, 1)


def test_a_budget_of_rules() -> None:
    """Health checks never, every checkout, and a small share of the rest."""
    rules = [rule("rest", 100, rate=0.01, reservoir=1), CHECKOUT, HEALTH]
    paths = ["/health", "/items", "/items", "/checkout/1"] * 500
    requests = [(n / 10, {"path": path, "method": "POST"}) for n, path in enumerate(paths)]
    found = run(rules, requests)
    assert found["/health"] == 0 and found["/checkout/1"] == 500
    assert 200 <= found["/items"] <= 230


@given(
    st.lists(st.integers(0, 30), max_size=200),
    st.integers(0, 5),
    st.integers(0, 4),
)
@settings(max_examples=60, deadline=None)
def test_a_reservoir_never_gives_more_than_it_has(
    seconds: list[int], size: int, quota: int
) -> None:
    state = State()
    state.reservoirs["r"] = Reservoir(quota=quota, quota_until=15)
    taken: Counter[int] = Counter()
    for second in sorted(seconds):
        taken[second] += decide([rule("r", 1, reservoir=size)], {}, second, state, 0.5).sampled
    for second, count in taken.items():
        assert count <= (quota if second <= 15 else min(size, 1))
