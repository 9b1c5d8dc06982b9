"""Waterfalls and service maps: what is drawn, how it is described, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from course import show
from course.incidents import samples

TRACE = "1-69b94240-58f170849874e7dc25a7896e"
BEGIN = 1_773_748_800.0


def part(number: int, name: str, start: float, end: float | None, **more: Any) -> dict[str, Any]:
    """A (sub)segment; start and end in ms from the trace's beginning."""
    found = {"id": f"{number:016x}", "name": name, "start_time": BEGIN + start / 1000, **more}
    return found | ({"in_progress": True} if end is None else {"end_time": BEGIN + end / 1000})


def a_trace() -> list[dict[str, Any]]:
    """shop calls payment, which fails; a table call arrives alone; audit still runs."""
    table = {"namespace": "aws", "aws": {"operation": "PutItem", "table_name": "orders"}}
    pay = part(2, "pay", 10, 400, namespace="remote", fault=True)
    return [
        part(1, "shop", 0, 500, trace_id=TRACE, origin="AWS::ECS::Container", subsegments=[pay]),
        part(3, "payment", 20, 390, trace_id=TRACE, parent_id=f"{2:016x}", error=True),
        part(4, "dynamodb", 410, 430, trace_id=TRACE, parent_id=f"{1:016x}", type="subsegment")
        | table,
        part(5, "audit", 420, None, trace_id=TRACE, parent_id=f"{1:016x}"),
    ]


def rows(picture: show.Picture) -> list[tuple[str, int, float, float, str]]:
    return [
        (row["name"], row["depth"], row["start_ms"], row["duration_ms"], row["status"])
        for row in picture.data["rows"]
    ]


# -- waterfall -------------------------------------------------------------------------------------


def test_callers_stand_before_the_called_wherever_those_were_sent() -> None:
    assert rows(show.waterfall(a_trace())) == [
        ("shop", 0, 0, 500, "ok"),
        ("pay", 1, 10, 390, "fault"),
        ("payment", 2, 20, 370, "error"),
        ("dynamodb", 1, 410, 20, "ok"),
        ("audit", 1, 420, 80, "in progress"),
    ]


def test_a_waterfall_is_told_in_words() -> None:
    assert show.waterfall(a_trace(), title="One order").alt == (
        "One order. Waterfall of 5 parts, 500 ms in all: "
        "shop (AWS::ECS::Container) from 0 ms, 500 ms, pay from 10 ms, 390 ms, fault, "
        "payment from 20 ms, 370 ms, error, dynamodb (PutItem orders) from 410 ms, 20 ms and "
        "audit from 420 ms, in progress."
    )


def test_batch_get_traces_can_be_drawn_as_it_is() -> None:
    segments = [{"Id": each["id"], "Document": json.dumps(each)} for each in a_trace()]
    trace = {"Id": TRACE, "Duration": 0.5, "Segments": segments}
    picture = show.waterfall(trace)
    assert rows(picture) == rows(show.waterfall(a_trace()))
    assert picture.data["title"] == f"Trace {TRACE}"


def test_what_x_ray_infers_is_no_second_bar() -> None:
    inferred = part(9, "orders", 410, 430, parent_id=f"{4:016x}", inferred=True)
    assert rows(show.waterfall([*a_trace(), inferred])) == rows(show.waterfall(a_trace()))


def test_a_segment_that_was_sent_twice_is_one_bar() -> None:
    begun = part(1, "shop", 0, None, trace_id=TRACE)
    for order in ([begun, *a_trace()], [*a_trace(), begun]):
        assert rows(show.waterfall(order)) == rows(show.waterfall(a_trace()))


def test_what_does_not_fit_is_counted() -> None:
    calls = [part(10 + n, f"call {n}", n, n + 1 + n / 100) for n in range(40)]
    calls[0]["fault"] = True
    picture = show.waterfall([part(1, "shop", 0, 60, trace_id=TRACE, subsegments=calls)])
    names = [row["name"] for row in picture.data["rows"]]
    assert len(names) == 25 and picture.data["more"] == 16
    assert names[:2] == ["shop", "call 0"], "a failure stays, however short it was"
    assert names[2:] == [f"call {n}" for n in range(17, 40)]
    assert "Waterfall of 41 parts" in picture.alt
    assert picture.alt.endswith("; 16 shorter ones are not drawn.")


@settings(max_examples=10, deadline=None)
@given(st.integers())
def test_every_sample_can_be_drawn(seed: int) -> None:
    documents = samples.traces(seed, 1, shapes=("overlapping",))
    picture = show.waterfall(documents)
    assert picture.data["rows"][0]["name"] == "web"
    shown = {row["id"] for row in picture.data["rows"]}
    assert all(row["parent_id"] in shown for row in picture.data["rows"][1:])


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ([], "no segments to draw"),
        ({"Traces": []}, "an element of Traces"),
        (["no json"], "batch_get_traces"),
        ([{"name": "shop"}], "batch_get_traces"),
        (
            [part(1, "a", 0, 1, trace_id=TRACE), part(2, "b", 0, 1, trace_id=TRACE[:-1] + "0")],
            "2 traces; draw one at a time",
        ),
    ],
)
def test_what_is_no_trace_is_refused(given_: Any, message: str) -> None:
    with pytest.raises(show.ShowError, match=message):
        show.waterfall(given_)


# -- service map -----------------------------------------------------------------------------------


def service(
    number: int, name: str, kind: str, to: dict[int, int], *, faults: int = 0, throttles: int = 0
) -> dict[str, Any]:
    """A node that takes 50 ms for each of 100 requests."""
    found: dict[str, Any] = {
        "ReferenceId": number,
        "Name": name,
        "Names": [name],
        "Type": kind,
        "Edges": [{"ReferenceId": key, "SummaryStatistics": _counts(n)} for key, n in to.items()],
    }
    return (
        found
        if kind == "client"
        else found | {"SummaryStatistics": _counts(100, faults, throttles)}
    )


def _counts(total: int, faults: int = 0, throttles: int = 0) -> dict[str, Any]:
    return {
        "OkCount": total - faults - throttles,
        "ErrorStatistics": {"ThrottleCount": throttles, "OtherCount": 0, "TotalCount": throttles},
        "FaultStatistics": {"OtherCount": faults, "TotalCount": faults},
        "TotalCount": total,
        "TotalResponseTime": total * 0.05,
    }


def a_graph() -> dict[str, Any]:
    end = datetime(2026, 3, 17, 12, tzinfo=UTC)
    return {
        "StartTime": end - timedelta(minutes=20),
        "EndTime": end,
        "Services": [
            service(0, "shop/prod", "client", {1: 100}),
            service(1, "shop/prod", "AWS::ApiGateway::Stage", {2: 90, 4: 10}, throttles=10),
            service(2, "checkout", "AWS::Lambda", {3: 90}),
            service(3, "checkout", "AWS::Lambda::Function", {4: 80, 5: 90}, faults=25),
            service(4, "orders", "AWS::DynamoDB::Table", {}),
            service(5, "api.bank.example", "remote", {}),
        ],
    }


def test_a_map_goes_from_left_to_right() -> None:
    picture = show.service_map(a_graph())
    assert picture.data["layers"] == [
        ["shop/prod"],
        ["shop/prod"],
        ["checkout"],
        ["api.bank.example", "orders"],  # beside what calls them
    ]


def test_a_functions_two_nodes_are_one_unless_asked() -> None:
    joined, apart = show.service_map(a_graph()), show.service_map(a_graph(), join_lambda=False)
    types = [node["type"] for node in joined.data["nodes"] if node["name"] == "checkout"]
    assert types == ["AWS::Lambda::Function"]
    assert len(apart.data["nodes"]) == len(joined.data["nodes"]) + 1
    called = next(edge for edge in joined.data["edges"] if edge["to"] == "checkout")
    assert (called["from"], called["calls"]) == ("shop/prod", 90)


def test_a_map_is_told_in_words() -> None:
    alt = show.service_map(a_graph(), title="The shop").alt
    assert alt.startswith("The shop. Service map of 5 services: shop/prod (client); ")
    assert (
        "shop/prod (AWS::ApiGateway::Stage), 50 ms on average, 5 requests a minute, 10% throttles"
        in alt
    )
    assert "checkout (AWS::Lambda::Function), 50 ms on average, 5 requests a minute, 25% f" in alt
    assert "its client calls shop/prod 100 times" in alt
    assert "checkout calls api.bank.example 90 times" in alt


def test_without_a_period_requests_are_counted() -> None:
    picture = show.service_map(a_graph()["Services"])
    assert picture.data["nodes"][1]["per_minute"] is None
    assert "50 ms on average, 100 requests, 10% throttles" in picture.alt


def test_services_that_call_each_other_can_be_drawn() -> None:
    ring = [service(n, f"s{n}", "", {(n + 1) % 3: 5}) for n in range(3)]
    assert show.service_map(ring).data["layers"] == [["s0", "s1", "s2"]]


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14))
def test_any_graph_can_be_drawn(calls: list[tuple[int, int]]) -> None:
    services = [
        service(n, f"s{n}", "", {b: 1 for a, b in calls if a == n and b != n}) for n in range(8)
    ]
    picture = show.service_map(services)
    placed = [name for layer in picture.data["layers"] for name in layer]
    assert sorted(placed) == [f"s{n}" for n in range(8)]


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        ({"Services": []}, "no services to draw"),
        ({"TraceSummaries": []}, "the answer of get_service_graph"),
        ([{"Name": "shop"}], "the answer of get_service_graph"),
        ([service(n, f"s{n}", "", {}) for n in range(31)], "31 services do not fit"),
    ],
)
def test_what_is_no_graph_is_refused(graph: Any, message: str) -> None:
    with pytest.raises(show.ShowError, match=message):
        show.service_map(graph)


@pytest.mark.parametrize(
    "draw", [lambda: show.waterfall(a_trace()), lambda: show.service_map(a_graph())]
)
def test_a_picture_is_always_the_same(draw: Any) -> None:
    picture = draw()
    with Image.open(BytesIO(picture.png)) as image:
        assert image.format == "PNG" and image.width >= picture.width
    assert draw().png == picture.png
    assert picture.alt.startswith(picture.data["title"])
