"""Each cause leaves its own mark in the signals, and only while it lasts."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest

from course.incidents import checkout, names, story
from course.incidents.simulation import Simulation
from course.telemetry.world import World
from tests.incidents.reading import access, functions, metric, quantile, text_form

HOURS = 4
SPAN = HOURS * 3_600_000


@cache
def simulation(cause: str) -> tuple[Simulation, story.Incident]:
    """A world of four hours in which only `cause` happens, and its incident."""
    kind = next(kind for kind, causes in story.CAUSES.items() if cause in causes)
    for seed in range(100):
        if story.plan(seed, names.draw(seed), 0, SPAN, [kind]).incidents[0].cause == cause:
            sim = checkout.simulate(seed, 0, SPAN, 1.0, None, [kind])
            return sim, sim.story.incidents[0]
    raise AssertionError(f"no seed has {cause}")


def during(cause: str, times: list[float]) -> tuple[int, int]:
    """How many of `times` lie inside the incident and outside."""
    incident = simulation(cause)[1]
    inside = sum(incident.covers(time) for time in times)
    return inside, len(times) - inside


def runs(cause: str) -> tuple[list[Any], list[Any]]:
    """Invocations of the deployed function: before the deployment and after it."""
    sim, incident = simulation(cause)
    found = [it for it in sim.truth.invocations if it.role == incident.detail["role"]]
    before = [it for it in found if it.start < incident.start]
    return before, [it for it in found if it.start >= incident.start]


def median_duration(found: list[Any]) -> float:
    return quantile([run.duration for run in found], 0.5)


def test_payment_is_slower_and_hungrier_after_the_deployment(public: World) -> None:
    incident = public.story["incidents"][0]
    reports = [
        (event["timestamp"], float(fields["duration"]), int(fields["used"]))
        for event in functions(public, "Text")["payment"]
        for form, fields in [text_form(event["message"])]
        if form == "report"
    ]
    before = [row for row in reports if row[0] < incident["start"]]
    slow = public.story["incidents"][1]
    after = [row for row in reports if incident["start"] <= row[0] < slow["start"]]
    ratio = quantile([row[1] for row in after], 0.5) / quantile([row[1] for row in before], 0.5)
    assert 1.3 < ratio < 1.6
    assert min(row[2] for row in after) > max(row[2] for row in before)
    assert 2 <= sum(row[2] == 256 for row in reports) <= 15


def test_payments_p99_is_over_three_times_higher_in_the_slow_window(public: World) -> None:
    slow = public.story["incidents"][1]
    by_minute = metric(public, "AWS/Lambda", "Duration", FunctionName="payment")

    def p99(start: int, end: int) -> float:
        found = [c for time, c in by_minute.items() if start <= time < end]
        return quantile([value for counter in found for value in counter.elements()], 0.99)

    assert p99(slow["start"], slow["end"]) > 3 * p99(public.start, slow["start"])
    assert p99(slow["start"], slow["end"]) == 3000.0


def test_checkout_answers_502_and_504_while_the_provider_is_slow(public: World) -> None:
    slow = public.story["incidents"][1]
    failed: Counter[tuple[int, bool]] = Counter()
    for entry in access(public):
        inside = slow["start"] <= entry["requestTimeEpoch"] < slow["end"]
        if entry["resourcePath"] == "/checkout":
            failed[entry["status"], inside] += 1
    assert failed[504, True] >= 5 and failed[504, False] == 0
    assert failed[502, True] >= 5 > failed[502, False] / 2


def test_one_client_is_throttled_and_others_suffer(public: World) -> None:
    noisy = public.story["incidents"][2]
    refused = [entry for entry in access(public) if entry["status"] == 429]
    assert all(
        noisy["start"] <= e["requestTimeEpoch"] < noisy["end"] and e["resourcePath"] == "/search"
        for e in refused
    )
    by_client = Counter(entry["ip"] for entry in refused)
    assert by_client.most_common(1)[0][0] == noisy["component"]
    assert by_client[noisy["component"]] > 500 and len(by_client) > 5


def test_the_version_changes_at_the_deployment(public: World) -> None:
    start = public.story["incidents"][0]["start"]
    for event in functions(public, "Text")["payment"]:
        if event["message"].startswith("START"):
            version = event["message"].rsplit(" ", 1)[1].strip()
            assert version == ("42" if event["timestamp"] >= start + 1000 else "41") or (
                abs(event["timestamp"] - start) < 1000
            )
    last = public.resources["deployments"][-1]
    assert last == {"time": "2026-03-17T09:37:00Z", "function": "payment", "from": 41, "to": 42}


def test_cpu_heavy_serializer_raises_duration_and_memory() -> None:
    before, after = runs("cpu_heavy_serializer")
    slower = median_duration(after) / median_duration(before)
    assert slower > 1.2
    assert quantile([r.memory_used for r in after], 0.5) > 1.2 * before[0].memory_used
    assert sum(run.status == "oom" for run in before) == 0


def test_unbounded_cache_ends_in_out_of_memory_without_being_slower() -> None:
    before, after = runs("unbounded_cache")
    assert sum(r.status == "oom" for r in before) == 0 < sum(r.status == "oom" for r in after)
    slower = median_duration(after) / median_duration(before)
    assert 0.85 < slower < 1.15


def test_missing_setting_raises_a_key_error() -> None:
    def missing(found: list[Any]) -> int:
        return sum(it.failure is not None and "TAX_TABLE" in it.failure.message for it in found)

    before, after = runs("missing_setting")
    assert missing(before) == 0 and 0.05 < missing(after) / len(after) < 0.25


def test_hot_partition_throttles_the_table() -> None:
    sim, _ = simulation("hot_partition")
    inside, outside = during("hot_partition", [c.time for c in sim.truth.table if c.throttled])
    assert inside > 20 and outside == 0


def test_cache_flush_turns_hits_into_misses_and_slows_search() -> None:
    sim, incident = simulation("cache_flush")
    misses = [time for time, hit in sim.truth.lookups if not hit]
    inside, outside = during("cache_flush", misses)
    assert inside > 0.5 * outside
    searches = [it for it in sim.truth.invocations if it.role == "search"]
    slow = [it.duration for it in searches if incident.covers(it.start)]
    rest = [it.duration for it in searches if not incident.covers(it.start)]
    assert quantile(slow, 0.5) > 2 * quantile(rest, 0.5)


@pytest.mark.parametrize(
    ("cause", "path"),
    [
        ("search_hammer", "/search"),
        ("product_crawler", "/products/{id}"),
        ("retry_storm", "/cart/items"),
    ],
)
def test_a_noisy_neighbour_is_throttled_on_its_path(cause: str, path: str) -> None:
    sim, incident = simulation(cause)
    refused = [request for request in sim.truth.requests if request.status == 429]
    inside, outside = during(cause, [request.time for request in refused])
    assert inside > 300 > 5 >= outside
    assert Counter(request.resource for request in refused).most_common(1)[0][0] == path
    key = "agent" if cause == "retry_storm" else "ip"
    assert Counter(vars(r)[key] for r in refused).most_common(1)[0][0] == incident.component


@pytest.mark.parametrize("seed", ["public", 1, 2])
def test_a_control_day_is_quiet(seed: int | str) -> None:
    truth = checkout.simulate(seed, 0, SPAN // 2, 1.0, None, ()).truth
    assert not truth.throttles
    assert all(it.status in ("ok", "error") for it in truth.invocations)
    failed = sum(request.status >= 500 or request.status == 429 for request in truth.requests)
    assert failed < 0.01 * len(truth.requests)
