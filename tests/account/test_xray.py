"""X-Ray through boto3: segments in, traces, searches and graphs out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import course.account
from course.account import Account, NotSimulated
from course.account.xray.store import TraceStore
from tests.account.behaviours import behaviour
from tests.account.conftest import END, WORLD
from tests.telemetry import xray_traces

NOW = END / 1000
HOUR = 3600


@pytest.fixture(scope="session")
def client(session: boto3.Session) -> Any:
    return session.client("xray")


@pytest.fixture
def xray(account: Account, client: Any) -> Any:
    return client


def moved(document: dict[str, Any], by: float) -> dict[str, Any]:
    """A document of xray_traces at another time."""
    times = {key: document[key] + by for key in ("start_time", "end_time") if key in document}
    below = [moved(each, by) for each in document.get("subsegments", ())]
    return {**document, **times, **({"subsegments": below} if below else {})}


def put(xray: Any, *documents: Any) -> list[dict[str, Any]]:
    texts = [each if isinstance(each, str) else json.dumps(each) for each in documents]
    return list(xray.put_trace_segments(TraceSegmentDocuments=texts)["UnprocessedTraceSegments"])


def put_all(xray: Any, ago: float = 600) -> None:
    """The traces of xray_traces, begun `ago` seconds before now."""
    shift = NOW - ago - xray_traces.START
    for documents in xray_traces.DOCUMENTS.values():
        assert put(xray, *(moved(each, shift) for each in documents)) == []


def search(xray: Any, text: str = "", **more: Any) -> list[dict[str, Any]]:
    times = {"StartTime": NOW - HOUR, "EndTime": NOW + 1, **more}
    pages = xray.get_paginator("get_trace_summaries").paginate(FilterExpression=text, **times)
    return [each for page in pages for each in page["TraceSummaries"]]


def ids(*names: str) -> set[str]:
    return {xray_traces.DOCUMENTS[name][0]["trace_id"] for name in names}


def error_of(call: Any, **parameters: Any) -> dict[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return dict(caught.value.response["Error"])


@behaviour("xray.segments_are_kept")
def test_segments_come_back_as_they_were_put(xray: Any) -> None:
    document = xray_traces.segment(1, 1, "example.com", 0, 1, metadata={"debug": {"n": [1]}})
    assert put(xray, document) == []
    answer = xray.batch_get_traces(TraceIds=[document["trace_id"], "1-00000000-" + "0" * 24])
    (trace,) = answer["Traces"]
    assert (trace["Id"], trace["Duration"]) == (document["trace_id"], 1.0)
    assert not trace["LimitExceeded"]
    assert [json.loads(each["Document"]) for each in trace["Segments"]] == [document]
    assert answer["UnprocessedTraceIds"] == ["1-00000000-" + "0" * 24]


@behaviour("xray.bad_segments_are_unprocessed")
def test_bad_documents_are_reported_and_the_good_ones_kept(xray: Any) -> None:
    good = xray_traces.segment(1, 1, "a", 0, 1)
    bad_id = {**good, "id": "17"}
    bad_trace = {**good, "id": "2" * 16, "trace_id": "1-abc"}
    found = put(xray, good, "{", bad_id, bad_trace, {**good, "id": "3" * 16, "name": "a?"})
    assert [(each.get("Id"), each["ErrorCode"]) for each in found] == [
        (None, "ParseError"),
        ("17", "InvalidId"),
        ("2" * 16, "InvalidTraceId"),
        ("3" * 16, "InvalidName"),
    ]
    assert found[2]["Message"] == "Invalid segment. ErrorCode: InvalidTraceId"
    (trace,) = xray.batch_get_traces(TraceIds=[good["trace_id"]])["Traces"]
    assert len(trace["Segments"]) == 1


@behaviour("xray.segments_are_replaced")
def test_a_segment_that_is_sent_again_replaces_the_first(xray: Any) -> None:
    put(xray, xray_traces.segment(1, 1, "a", 0, None))
    times = {"StartTime": xray_traces.START - 1, "EndTime": xray_traces.START + 60}
    (summary,) = search(xray, **times)
    assert summary["IsPartial"] and "ResponseTime" not in summary
    put(xray, xray_traces.segment(1, 1, "a", 0, 2))
    (summary,) = search(xray, **times)
    assert (summary["IsPartial"], summary["ResponseTime"]) == (False, 2.0)
    (trace,) = xray.batch_get_traces(TraceIds=[summary["Id"]])["Traces"]
    assert [json.loads(each["Document"])["end_time"] for each in trace["Segments"]] == [
        xray_traces.START + 2
    ]


@behaviour("xray.traces_have_limits")
def test_a_trace_has_at_most_500_kilobytes(xray: Any) -> None:
    big = [
        xray_traces.segment(1, n, "a", 0, 1, metadata={"text": "x" * 60_000}) for n in range(1, 10)
    ]
    (refused,) = put(xray, *big)
    assert refused["ErrorCode"] == "InvalidSegment" and "Trace Size Exceeded" in refused["Message"]
    (trace,) = xray.batch_get_traces(TraceIds=[big[0]["trace_id"]])["Traces"]
    assert trace["LimitExceeded"] and len(trace["Segments"]) == 8


def test_at_most_five_traces_are_given_at_once(xray: Any) -> None:
    error = error_of(xray.batch_get_traces, TraceIds=[xray_traces.trace_id(n) for n in range(6)])
    assert error["Code"] == "InvalidRequestException"


@behaviour("xray.inferred_segments")
def test_calls_become_inferred_segments_of_the_trace(xray: Any) -> None:
    put(xray, *xray_traces.DOCUMENTS["fast"])
    (trace,) = xray.batch_get_traces(TraceIds=list(ids("fast")))["Traces"]
    documents = [json.loads(each["Document"]) for each in trace["Segments"]]
    inferred = documents[-1]
    assert inferred["inferred"] and inferred["origin"] == "AWS::DynamoDB::Table"
    assert inferred["parent_id"] == documents[1]["subsegments"][0]["id"]


@behaviour("xray.summaries")
def test_summaries_tell_what_happened(xray: Any) -> None:
    put_all(xray)
    (found,) = search(xray, 'http.url ENDSWITH "/items"')
    assert (found["Duration"], found["ResponseTime"]) == (0.2, 0.2)
    assert not (found["HasError"] or found["HasFault"] or found["HasThrottle"])
    assert found["Http"] == {
        "HttpURL": "https://shop.example/api/items",
        "HttpStatus": 200,
        "HttpMethod": "GET",
        "UserAgent": "curl/8.5.0",
        "ClientIp": "198.51.100.7",
    }
    assert found["Annotations"]["tier"][0]["AnnotationValue"] == {"StringValue": "gold"}
    assert [each["UserName"] for each in found["Users"]] == ["alice"]
    assert {each["Type"] for each in found["ServiceIds"]} >= {"client", "AWS::DynamoDB::Table"}
    assert found["StartTime"].timestamp() == pytest.approx(NOW - 600)


@behaviour("xray.filter_expressions")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", tuple(xray_traces.DOCUMENTS)),
        ('annotation.tier = "gold" AND responsetime > 0.1', ("fast",)),
        ('service("checkout") { fault }', ("broken",)),
        ('edge("checkout", "bank.example") { responsetime > 5 }', ("slow",)),
        ("http.status = 429", ("throttled",)),
    ],
)
def test_searches_take_what_the_filter_expression_asks_for(
    xray: Any, text: str, names: tuple[str, ...]
) -> None:
    put_all(xray)
    assert {each["Id"] for each in search(xray, text)} == ids(*names)


@behaviour("xray.filter_mistakes")
def test_a_wrong_filter_expression_is_an_invalid_request(xray: Any) -> None:
    times = {"StartTime": NOW - HOUR, "EndTime": NOW}
    error = error_of(xray.get_trace_summaries, FilterExpression="respnsetime > 1", **times)
    assert error["Code"] == "InvalidRequestException"
    assert "Invalid filter expression" in error["Message"]
    assert "did you mean responsetime?" in error["Message"]


@behaviour("xray.time_ranges")
def test_searches_go_by_start_activity_or_end(xray: Any) -> None:
    shift = NOW - 100 - xray_traces.START
    put(xray, *(moved(each, shift) for each in xray_traces.DOCUMENTS["slow"]))  # until -94 s

    def found(kind: str, start: float, end: float) -> int:
        times = {"StartTime": NOW + start, "EndTime": NOW + end}
        return len(search(xray, TimeRangeType=kind, **times))

    assert [found("TraceId", *span) for span in ((-101, -99), (-99, -90))] == [1, 0]
    assert [found("Event", *span) for span in ((-98, -96), (-93, -90))] == [1, 0]
    assert [found("Service", *span) for span in ((-98, -96), (-96, -93))] == [0, 1]


@pytest.mark.parametrize(
    ("operation", "hours"), [("get_trace_summaries", 24), ("get_service_graph", 6)]
)
def test_a_time_range_has_a_longest_length(xray: Any, operation: str, hours: int) -> None:
    call = getattr(xray, operation)
    call(StartTime=NOW - hours * HOUR, EndTime=NOW)
    error = error_of(call, StartTime=NOW - hours * HOUR - 1, EndTime=NOW)
    assert error == {
        "Code": "InvalidRequestException",
        "Message": f"Time range cannot be longer than {hours} hours",
    }
    assert error_of(call, StartTime=NOW, EndTime=NOW)["Code"] == "InvalidRequestException"


@behaviour("xray.summary_pages")
def test_a_page_is_a_part_of_the_time_range_newest_first(xray: Any) -> None:
    many = [
        xray_traces.segment(n, n, "a", n / 10, n / 10 + 1, user=f"u{n}") for n in range(1, 1501)
    ]
    assert put(xray, *many) == []
    times = {"StartTime": xray_traces.START, "EndTime": xray_traces.START + HOUR}
    first = xray.get_trace_summaries(FilterExpression='user = "u3"', **times)
    assert (first["TraceSummaries"], first["TracesProcessedCount"]) == ([], 1000)
    second = xray.get_trace_summaries(
        FilterExpression='user = "u3"', NextToken=first["NextToken"], **times
    )
    assert [each["Users"][0]["UserName"] for each in second["TraceSummaries"]] == ["u3"]
    assert second["TracesProcessedCount"] == 500 and "NextToken" not in second
    error = error_of(xray.get_trace_summaries, NextToken="nonsense", **times)
    assert error["Code"] == "InvalidRequestException"


@behaviour("xray.summary_sampling")
def test_fixed_rate_takes_a_share_of_the_traces(xray: Any) -> None:
    many = []
    for n in range(1, 401):
        trace_id = f"1-{int(xray_traces.START):08x}-{n * 7_919_777:024x}"
        many.append({**xray_traces.segment(n, n, "a", 0, 1), "trace_id": trace_id})
    put(xray, *many)
    times = {"StartTime": xray_traces.START, "EndTime": xray_traces.START + 1}
    rate = {"Name": "FixedRate", "Value": 0.25}
    share = search(xray, Sampling=True, SamplingStrategy=rate, **times)
    assert 60 <= len(share) <= 140
    assert len(search(xray, Sampling=True, **times)) == 400
    with pytest.raises(NotSimulated, match="PartialScan"):
        search(xray, Sampling=True, SamplingStrategy={"Name": "PartialScan", "Value": 1}, **times)


def graph(xray: Any, **more: Any) -> dict[str, dict[str, Any]]:
    found = xray.get_service_graph(**{"StartTime": NOW - HOUR, "EndTime": NOW, **more})
    return {f"{each['Name']} {each.get('Type', '')}".strip(): each for each in found["Services"]}


@behaviour("xray.service_graph")
def test_the_service_graph_counts_nodes_and_edges(xray: Any) -> None:
    put_all(xray)
    found = graph(xray)
    gateway = found["shop/prod AWS::ApiGateway::Stage"]
    assert gateway["Root"] and gateway["SummaryStatistics"]["TotalCount"] == 5
    assert gateway["SummaryStatistics"]["ErrorStatistics"]["ThrottleCount"] == 1
    numbers = {each["ReferenceId"]: name for name, each in found.items()}
    called = {numbers[edge["ReferenceId"]] for edge in gateway["Edges"]}
    assert called == {"items AWS::Lambda::Function", "checkout AWS::Lambda::Function"}
    (edge,) = found["shop/prod client"]["Edges"]
    assert edge["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1
    assert gateway["StartTime"].timestamp() == pytest.approx(NOW - 600)
    assert {each["Count"] for each in gateway["ResponseTimeHistogram"]} == {1}


@behaviour("xray.trace_graph")
def test_the_graph_of_one_trace(xray: Any) -> None:
    put_all(xray)
    found = xray.get_trace_graph(TraceIds=[*ids("handled"), "1-00000000-" + "0" * 24])
    assert [each["Name"] for each in found["Services"]] == ["items", "items", "items"]
    assert {each["Type"] for each in found["Services"]} == {
        "client",
        "AWS::DynamoDB::Table",
        "AWS::Lambda::Function",
    }


@behaviour("xray.time_series")
def test_statistics_in_windows(xray: Any) -> None:
    put_all(xray, ago=600)
    put_all(xray, ago=120)  # the same ids again: what arrives last counts
    times = {"StartTime": NOW - 600, "EndTime": NOW}

    def counts(**more: Any) -> list[int]:
        found = xray.get_time_series_service_statistics(**times, **more)
        return [
            each.get("ServiceSummaryStatistics", each.get("EdgeSummaryStatistics"))["TotalCount"]
            for each in found["TimeSeriesServiceStatistics"]
        ]

    gateway = 'service("shop/prod")'
    assert counts(EntitySelectorExpression=gateway) == [0] * 8 + [5, 0]
    assert counts(EntitySelectorExpression=gateway, Period=300) == [0, 5]
    to_bank = 'edge("checkout", "bank.example")'
    assert sum(counts(EntitySelectorExpression=to_bank)) == 2
    assert sum(counts(EntitySelectorExpression='id(type: "AWS::DynamoDB::Table")')) == 3
    assert sum(counts()) == 7 + 3 + 3 + 2  # from clients; to functions, tables and the bank
    error = error_of(xray.get_time_series_service_statistics, Period=17, **times)
    assert error["Code"] == "InvalidRequestException"
    with pytest.raises(NotSimulated, match="ForecastStatistics"):
        counts(ForecastStatistics=True)


@pytest.fixture
def world_with_traces(client: Any) -> Iterator[Any]:
    shift = NOW - 1800 - xray_traces.START
    documents = [moved(each, shift) for d in xray_traces.DOCUMENTS.values() for each in d]
    documents.sort(key=lambda each: each.get("end_time", each["start_time"]))
    with course.account.open(replace(WORLD, traces=documents)):
        yield client


@behaviour("xray.world")
def test_the_traces_of_a_world_are_there_when_it_is_opened(world_with_traces: Any) -> None:
    assert {each["Id"] for each in search(world_with_traces)} == ids(*xray_traces.DOCUMENTS)


@behaviour("xray.replay")
def test_replayed_segments_arrive_at_their_end(account: Account, xray: Any) -> None:
    late = moved(xray_traces.segment(1, 1, "a", 0, 30), NOW + 10 - xray_traces.START)
    account.replay(traces=[late])
    times = {"StartTime": NOW, "EndTime": NOW + 60}
    account.advance(seconds=39)
    assert search(xray, **times) == []
    account.advance(seconds=1)
    assert [each["ResponseTime"] for each in search(xray, **times)] == [30.0]


def test_what_cannot_be_replayed_is_told(account: Account) -> None:
    with pytest.raises(ValueError, match="before the account's time"):
        account.replay(traces=[moved(xray_traces.segment(1, 1, "a", 0, 1), -86_400)])
    with pytest.raises(ValueError, match="InvalidName"):
        account.replay(traces=[xray_traces.segment(1, 1, "?", 0, 1)])


@behaviour("xray.retention")
def test_traces_are_kept_for_30_days(account: Account, xray: Any) -> None:
    put_all(xray, ago=600)
    account.advance(hours=30 * 24 - 1)
    assert len(xray.batch_get_traces(TraceIds=list(ids("fast")))["Traces"]) == 1
    account.advance(hours=1)
    gone = xray.batch_get_traces(TraceIds=list(ids("fast")))
    assert (gone["Traces"], gone["UnprocessedTraceIds"]) == ([], list(ids("fast")))
    assert search(xray, StartTime=NOW - HOUR, EndTime=NOW) == []


def test_a_service_of_the_account_may_hand_over_what_ends_later(
    account: Account, xray: Any
) -> None:
    region = account._desk.regions["us-east-1"]
    document = moved(xray_traces.segment(1, 1, "fn", 0, 5), NOW - xray_traces.START)
    region.part(TraceStore).receive(document, at=END + 5000)
    assert region.part(TraceStore).documents(document["trace_id"]) == []
    account.advance(seconds=5)
    assert region.part(TraceStore).documents(document["trace_id"]) == [document]
    assert region.part(TraceStore).arrival(document["trace_id"]) == END + 5000


def test_regions_do_not_see_each_others_traces(account: Account, xray: Any) -> None:
    put(xray, *xray_traces.DOCUMENTS["fast"])
    other = boto3.client("xray", region_name="eu-west-1")
    assert other.batch_get_traces(TraceIds=list(ids("fast")))["Traces"] == []
