"""Traces put together from documents: who called whom, and where the time went."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.xray.documents import Document, check
from course.telemetry.xray.graph import graph_of
from course.telemetry.xray.root_causes import causes
from course.telemetry.xray.services import Service, of_call
from course.telemetry.xray.summaries import summary
from course.telemetry.xray.times import self_times, self_times_by_service
from course.telemetry.xray.traces import Trace, compile_trace, full_document
from tests.telemetry.xray_traces import (
    API,
    DOCUMENTS,
    FUNCTION,
    START,
    TRACES,
    call,
    compiled,
    part,
    segment,
    table,
    trace_id,
)


def of(trace: Trace) -> list[tuple[str, str | None]]:
    return [(each.service.name, each.service.type) for each in trace.segments]


def test_calls_without_an_answering_segment_are_inferred() -> None:
    assert of(TRACES["slow"]) == [
        ("shop/prod", API),
        ("checkout", FUNCTION),
        ("bank.example", "remote"),
    ]
    inferred = TRACES["slow"].segments[-1]
    assert inferred.inferred and inferred.document["parent_id"] == f"{0x23:016x}"
    assert inferred.time == pytest.approx(5.2)


@pytest.mark.parametrize(
    ("fields", "service"),
    [
        ({"namespace": "aws", "aws": {"table_name": "t"}}, ("t", "AWS::DynamoDB::Table")),
        ({"namespace": "aws"}, ("dynamodb", "AWS::DynamoDB")),
        ({"name": "SNS", "namespace": "aws", "aws": {"topic_arn": "arn"}}, ("SNS", "AWS::SNS")),
        ({"name": "sqs", "namespace": "aws", "aws": {"queue_url": "u"}}, ("u", "AWS::SQS::Queue")),
        ({"name": "bedrock", "namespace": "aws"}, ("bedrock", "AWS::bedrock")),
        ({"name": "a.example", "namespace": "remote"}, ("a.example", "remote")),
        ({"name": "db", "namespace": "remote", "sql": {}}, ("db", "Database::SQL")),
    ],
)
def test_an_inferred_service_has_the_type_of_what_was_called(
    fields: dict[str, Any], service: tuple[str, str]
) -> None:
    assert of_call({"name": "dynamodb", **fields}) == Service(*service)


def test_a_call_that_a_segment_answers_is_not_inferred() -> None:
    trace = compiled(
        [
            segment(1, 1, "front", 0, 1, subsegments=[call(2, "back.example", 0.1, 0.9)]),
            segment(1, 3, "back", 0.2, 0.8, parent_id=f"{2:016x}"),
        ]
    )
    assert of(trace) == [("front", None), ("back", None)]
    edge = trace.calls[1]
    assert (edge.source.name, edge.target.name, edge.seen.id) == ("front", "back", f"{2:016x}")


def test_documents_may_arrive_in_any_order() -> None:
    alone = {**call(2, "bank", 0.1, 0.4), "type": "subsegment", "parent_id": f"{1:016x}"}
    nested = {**table(3, "t", 0.2, 0.3), "type": "subsegment", "parent_id": f"{2:016x}"}
    documents = [
        segment(1, 1, "front", 0, 1),
        *({**each, "trace_id": trace_id(1)} for each in (alone, nested)),
    ]
    found = [summary(compiled(list(order))) for order in permutations(documents)]
    assert all(each == found[0] for each in found)
    assert [each["Name"] for each in found[0]["ServiceIds"]] == ["front", "front", "bank", "t"]


def test_a_complete_segment_replaces_the_one_in_progress() -> None:
    begun, done = segment(1, 1, "a", 0, None), segment(1, 1, "a", 0, 2)
    for documents in ([begun, done], [done, begun]):
        trace = compiled(documents)
        assert (len(trace.segments), trace.response_time, trace.is_partial) == (1, 2, False)


def test_a_subsegment_sent_alone_and_again_inside_counts_once() -> None:
    inside = call(2, "bank", 0.1, 0.4)
    alone = {**inside, "type": "subsegment", "parent_id": f"{1:016x}", "trace_id": trace_id(1)}
    trace = compiled([alone, segment(1, 1, "a", 0, 1, subsegments=[inside])])
    assert [each.service.name for each in trace.segments] == ["a", "bank"]


def test_a_part_without_its_parent_waits() -> None:
    alone = {**call(9, "bank", 0, 1), "type": "subsegment", "parent_id": "f" * 16}
    alone["trace_id"] = trace_id(1)
    assert compile_trace(trace_id(1), [alone]) is None
    below = segment(1, 10, "far", 0.2, 0.3, parent_id=alone["id"])
    trace = compiled([segment(1, 1, "a", 0, 2), alone, below])
    assert trace.is_partial and [each.name for each in trace.orphans] == ["bank"]
    assert [each.name for each in trace.entries] == ["a", "far"]


def test_cycles_of_parents_do_no_harm() -> None:
    ring = [
        segment(1, 1, "a", 0, 1, parent_id=f"{2:016x}"),
        segment(1, 2, "b", 0, 1, parent_id=f"{1:016x}"),
    ]
    trace = compiled(ring)
    assert len(trace.segments) == 2 and trace.root.name in "ab"
    one, other = (
        {**part(n, "p", 0, 1), "type": "subsegment", "parent_id": f"{m:016x}"}
        for n, m in ((5, 6), (6, 5))
    )
    looped = [{**each, "trace_id": trace_id(1)} for each in (one, other)]
    assert len(compiled([segment(1, 1, "a", 0, 1), *looped]).orphans) >= 1


def test_attached_parts_are_shown_inside_their_segment() -> None:
    alone = {**call(2, "bank", 0.1, 0.4), "type": "subsegment", "parent_id": f"{1:016x}"}
    trace = compiled([segment(1, 1, "a", 0, 1), {**alone, "trace_id": trace_id(1)}])
    shown = full_document(trace.segments[0])
    assert [each["name"] for each in shown["subsegments"]] == ["bank"]


def test_duration_lasts_until_the_last_activity_and_response_time_until_the_answer() -> None:
    trace = compiled([segment(1, 1, "a", 0, 1, subsegments=[part(2, "later", 0.5, 4)])])
    assert (trace.response_time, trace.duration) == (1, 4)


def test_a_status_alone_is_no_fault() -> None:
    trace = compiled([segment(1, 1, "a", 0, 1, http={"response": {"status": 500}})])
    assert trace.root.ok and not summary(trace)["HasFault"]


def test_summary_of_a_failed_request() -> None:
    found = summary(TRACES["broken"], revision=2)
    assert (found["HasFault"], found["HasError"], found["HasThrottle"]) == (True, False, False)
    assert (found["Duration"], found["ResponseTime"], found["Revision"]) == (3.0, 3.0, 2)
    assert found["StartTime"] == START
    assert found["Http"]["HttpStatus"] == 500 and found["Http"]["ClientIp"] == "198.51.100.7"
    assert found["EntryPoint"] == {"Name": "shop/prod", "Names": ["shop/prod"], "Type": API}
    assert {each["Type"] for each in found["ServiceIds"]} == {"client", API, FUNCTION, "remote"}
    (cause,) = found["FaultRootCauses"]
    assert cause["ClientImpacting"]
    assert [each["Name"] for each in cause["Services"]] == ["shop/prod", "checkout", "bank.example"]
    assert cause["Services"][1]["EntityPath"][-1]["Exceptions"] == [
        {"Name": "ReadTimeout", "Message": "Read timed out (id: 42)"}
    ]
    assert cause["Services"][2]["Inferred"]


def test_a_handled_error_is_a_root_cause_that_the_client_never_felt() -> None:
    found = summary(TRACES["handled"])
    assert not found["HasError"] and found["HasThrottle"]
    (cause,) = found["ErrorRootCauses"]
    assert not cause["ClientImpacting"]


def test_summary_of_a_request_in_progress() -> None:
    found = summary(TRACES["open"])
    assert found["IsPartial"] and "ResponseTime" not in found and "Duration" not in found
    assert found["Users"] == [
        {"UserName": "alice", "ServiceIds": [{"Name": "worker", "Names": ["worker"]}]}
    ]


def test_summary_says_where_it_ran() -> None:
    found = summary(TRACES["hosted"])
    assert found["InstanceIds"] == [{"Id": "i-0b5a4678"}]
    assert found["AvailabilityZones"] == [{"Name": "us-east-1c"}]
    assert found["ResourceARNs"][0]["ARN"].endswith(":instance/i-0b5a4678")
    assert found["EntryPoint"]["AccountId"] == "210987654321"


def test_annotations_carry_their_type_and_services() -> None:
    found = summary(TRACES["slow"])["Annotations"]
    where = [{"Name": "checkout", "Names": ["checkout"], "Type": FUNCTION}]
    assert found["tier"] == [{"AnnotationValue": {"StringValue": "silver"}, "ServiceIds": where}]
    assert found["age"][0]["AnnotationValue"] == {"NumberValue": 20.0}
    assert found["vip"][0]["AnnotationValue"] == {"BooleanValue": True}


def test_at_most_50_annotations_of_a_trace_are_indexed() -> None:
    many = {f"key_{n}": n for n in range(60)}
    again = part(2, "b", 0, 1, annotations={"key_0": 0, "new": 1})
    trace = compiled([segment(1, 1, "a", 0, 1, annotations=many, subsegments=[again])])
    assert list(trace.annotations) == [f"key_{n}" for n in range(50)]


def test_the_slow_path_goes_into_the_longest_step() -> None:
    (cause,) = causes(TRACES["slow"], "responsetime")
    path = [(each.name, each.coverage) for found in cause.services for each in found.entities]
    assert [name for name, _ in path] == [
        "shop/prod",
        "checkout",
        "## pay",
        "bank.example",
        "bank.example",
    ]
    assert path[0][1] == 1.0 and path[-1][1] == pytest.approx(0.867)


def test_self_time_of_nested_parallel_and_overlapping_parts() -> None:
    trace = compiled(
        [
            segment(
                1,
                1,
                "a",
                0,
                10,
                subsegments=[
                    part(2, "nested", 1, 4, subsegments=[part(3, "inner", 2, 3)]),
                    part(4, "one", 5, 7),
                    part(5, "other", 5.5, 8),
                    part(6, "late", 9, 14),
                    part(7, "open", 9.5, None),
                ],
            )
        ]
    )
    found = {key[-1]: value for key, value in self_times(trace).items()}
    # 10 s, less 1-4, 5-8 and 9-10.
    assert found == pytest.approx({"1": 3, "2": 2, "3": 1, "4": 2, "5": 2.5, "6": 5})


def test_self_time_by_service_finds_the_bottleneck() -> None:
    found = self_times_by_service(TRACES["slow"])
    assert max(found, key=lambda each: found[each]) == Service("bank.example", "remote")
    assert sum(found.values()) == pytest.approx(6)


def nodes(*names: str) -> dict[str, dict[str, Any]]:
    listed = graph_of(TRACES[name] for name in names).as_api()
    return {f"{each['Name']} {each.get('Type', '')}".strip(): each for each in listed}


def test_graph_has_clients_services_and_what_they_call() -> None:
    found = nodes("fast", "slow", "broken")
    assert list(found) == [
        "bank.example remote",
        f"checkout {FUNCTION}",
        "items AWS::DynamoDB::Table",
        f"items {FUNCTION}",
        f"shop/prod {API}",
        "shop/prod client",
    ]
    assert [each["ReferenceId"] for each in found.values()] == list(range(6))
    assert found["shop/prod client"]["Edges"][0]["ReferenceId"] == 4
    assert "SummaryStatistics" not in found["shop/prod client"]
    assert found[f"shop/prod {API}"]["Root"] and "Root" not in found[f"items {FUNCTION}"]
    states = {name: each["State"] for name, each in found.items()}
    assert (states["bank.example remote"], states[f"items {FUNCTION}"]) == ("unknown", "active")


def test_graph_counts_each_request_once_by_its_worst_status() -> None:
    found = nodes(*TRACES)
    stats = found[f"shop/prod {API}"]["SummaryStatistics"]
    assert stats == {
        "OkCount": 2,
        "ErrorStatistics": {"ThrottleCount": 1, "OtherCount": 1, "TotalCount": 2},
        "FaultStatistics": {"OtherCount": 1, "TotalCount": 1},
        "TotalCount": 5,
        "TotalResponseTime": 9.26,
    }
    (edge,) = found[f"checkout {FUNCTION}"]["Edges"]
    assert edge["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1
    assert edge["ResponseTimeHistogram"] == [
        {"Value": 2.6, "Count": 1},
        {"Value": 5.2, "Count": 1},
    ]


def test_requests_in_progress_are_no_statistics() -> None:
    found = graph_of([TRACES["open"]]).as_api()
    by_type = {each.get("Type"): each for each in found}
    assert by_type[None]["SummaryStatistics"]["TotalCount"] == 0
    assert by_type["client"]["Edges"][0]["SummaryStatistics"]["TotalCount"] == 0


@st.composite
def random_documents(draw: st.DrawFn) -> list[Document]:
    """Segments of one trace, some called from earlier ones, with namespaced calls in them."""
    found: list[Document] = []
    for number in range(draw(st.integers(1, 5))):
        start, took = draw(st.floats(0, 5)), draw(st.floats(0, 5))
        calls = [
            call(100 * number + 50 + each, f"c{each}.example", start, start + took)
            for each in range(draw(st.integers(0, 3)))
        ]
        flags = draw(st.sets(st.sampled_from(["error", "fault", "throttle"])))
        fields: dict[str, Any] = {"subsegments": calls, **dict.fromkeys(flags, True)}
        ids = [each["id"] for each in found] + [c["id"] for d in found for c in d["subsegments"]]
        if ids and draw(st.booleans()):
            fields["parent_id"] = draw(st.sampled_from(ids))
        name = draw(st.sampled_from(["a", "b", "c"]))
        found.append(segment(1, 100 * number + 1, name, start, start + took, **fields))
    return draw(st.permutations(found))


@given(random_documents())
@settings(max_examples=100, deadline=None)
def test_the_graphs_totals_are_the_segments(documents: list[Document]) -> None:
    trace = compiled([check(each) for each in documents])
    found = graph_of([trace]).as_api()
    counted = [each["SummaryStatistics"] for each in found if "SummaryStatistics" in each]
    assert sum(each["TotalCount"] for each in counted) == len(trace.segments)
    for each in counted:
        parts = each["OkCount"] + each["ErrorStatistics"]["TotalCount"]
        assert parts + each["FaultStatistics"]["TotalCount"] == each["TotalCount"]
    edges = [edge["SummaryStatistics"]["TotalCount"] for each in found for edge in each["Edges"]]
    assert sum(edges) == len(trace.segments)


@given(random_documents())
@settings(max_examples=100, deadline=None)
def test_self_times_are_never_negative_nor_longer_than_the_part(documents: list[Document]) -> None:
    trace = compiled(documents)
    spent = self_times(trace)
    for found in trace.segments:
        for each in found.all_parts():
            assert -1e-9 <= spent[each.id] <= (each.time or 0) + 1e-9


def test_every_sample_is_a_document_that_x_ray_takes() -> None:
    for documents in DOCUMENTS.values():
        for document in documents:
            check(document)
