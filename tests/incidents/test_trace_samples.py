"""Batches of traces for exercises, and whether what is said to be true of them is."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.incidents import samples
from course.incidents.trace_samples import SHAPES
from course.telemetry.xray import documents, times
from course.telemetry.xray.traces import compile_trace

Document = dict[str, Any]
BATCH = {"seed": st.integers() | st.text(max_size=5), "n": st.integers(min_value=1, max_value=7)}


def by_trace(found: list[Document]) -> dict[str, list[Document]]:
    grouped: dict[str, list[Document]] = defaultdict(list)
    for document in found:
        grouped[document["trace_id"]].append(document)
    return grouped


def busy_by_the_millisecond(found: list[Document]) -> dict[str, int]:
    """Self-time of each ended part, counted millisecond by millisecond: slow and plain."""
    parts: dict[str, Document] = {}
    parents: dict[str, str | None] = {}

    def visit(part: Document, parent: str | None) -> None:
        if part["id"] not in parts or "end_time" in part:
            parts[part["id"]], parents[part["id"]] = part, part.get("parent_id", parent)
        for child in part.get("subsegments", []):
            visit(child, part["id"])

    for document in found:
        visit(document, None)
    spans = {
        key: set(range(round(part["start_time"] * 1000), round(part["end_time"] * 1000)))
        for key, part in parts.items()
        if "end_time" in part
    }
    for key, parent in parents.items():
        if parent in spans and key in spans:
            spans[parent] -= set(
                range(round(parts[key]["start_time"] * 1000), round(parts[key]["end_time"] * 1000))
            )
    return {key: len(left) for key, left in spans.items()}


@settings(max_examples=15, deadline=None)
@given(**BATCH)
def test_the_self_times_are_true(seed: int | str, n: int) -> None:
    grouped = by_trace(samples.traces(seed, n))
    for truth in samples.trace_truth(seed, n):
        counted = busy_by_the_millisecond(grouped[truth["trace_id"]])
        assert truth["self_ms"] == {key: counted[key] for key in truth["self_ms"]}


@settings(max_examples=15, deadline=None)
@given(**BATCH)
def test_x_rays_own_arithmetic_agrees(seed: int | str, n: int) -> None:
    grouped = by_trace(samples.traces(seed, n, shapes=SHAPES[:4]))
    for truth in samples.trace_truth(seed, n, shapes=SHAPES[:4]):
        trace = compile_trace(truth["trace_id"], grouped[truth["trace_id"]])
        assert trace is not None
        spent = {service.name: t for service, t in times.self_times_by_service(trace).items()}
        assert sum(spent.values()) * 1000 == pytest.approx(sum(truth["self_ms"].values()), abs=0.01)
        assert max(spent.values()) == pytest.approx(spent[truth["bottleneck"]])


@settings(max_examples=15, deadline=None)
@given(**BATCH)
def test_x_ray_would_take_every_sample(seed: int | str, n: int) -> None:
    found = samples.traces(seed, n)
    assert found == samples.traces(seed, n)
    for document in found:
        documents.read(json.dumps(document))


def test_every_shape_is_what_it_is_called() -> None:
    for shape in SHAPES:
        seen = defaultdict(int)
        for truth, found in zip(
            samples.trace_truth("shapes", 12, shapes=(shape,)),
            by_trace(samples.traces("shapes", 12, shapes=(shape,))).values(),
            strict=True,
        ):
            assert truth["shape"] == shape
            seen["alone"] += any(each.get("type") == "subsegment" for each in found)
            seen["unfinished"] += not any(
                "end_time" in each for each in found if "parent_id" not in each
            )
            seen["again"] += len({each["id"] for each in found}) < len(found)
            seen["at once"] += any(_at_once(each.get("subsegments", [])) for each in found)
        wanted = {
            "nested": {},
            "parallel": {"at once": 12},
            "overlapping": {"at once": 12},
            "split": {"alone": 12, "again": 12},
            "in_progress": {"alone": 12, "unfinished": 12},
        }[shape]
        assert {key: count for key, count in seen.items() if count} == wanted


def _at_once(calls: list[Document]) -> bool:
    ordered = sorted((call["start_time"], call["end_time"]) for call in calls)
    return any(b[0] < a[1] for a, b in zip(ordered, ordered[1:], strict=False))


def test_the_bottleneck_has_the_most_self_time_and_differs() -> None:
    truths = samples.trace_truth("many", 40)
    assert len({truth["bottleneck"] for truth in truths}) >= 8
    # The whole of a trace is its root: whoever ranks by duration names the root every time.
    assert sum(truth["bottleneck"] == "web" for truth in truths) < 20


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"n": 0}, "at least one"),
        ({"shapes": ("knot",)}, "no shape 'knot'"),
        ({"shapes": ()}, "no shape ''"),
    ],
)
def test_a_mistake_is_named(arguments: dict[str, Any], part: str) -> None:
    with pytest.raises(ValueError, match=part):
        samples.traces(1, **arguments)
