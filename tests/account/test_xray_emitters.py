"""Instrumented code and the account: the X-Ray SDK and OpenTelemetry, without a daemon."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from aws_xray_sdk.core import AWSXRayRecorder
from aws_xray_sdk.core.exceptions.exceptions import FacadeSegmentMutationException
from aws_xray_sdk.core.models.trace_header import TraceHeader
from opentelemetry.propagators.aws import AwsXRayPropagator
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, get_current_span

import course.account
from course.account import Account, NotSimulated
from course.account.tracing import XRaySpanExporter, connect_recorder
from course.account.xray.emitters import in_function
from tests.account.behaviours import behaviour
from tests.account.conftest import END, WORLD

Document = dict[str, Any]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def no_daemon() -> None:
    """The global recorder's socket, which importing the SDK opens, is closed."""
    connect_recorder()


@pytest.fixture
def recorder(account: Account) -> Iterator[AWSXRayRecorder]:
    """A recorder of its own, connected to the account."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield connect_recorder(AWSXRayRecorder())


def sent(account: Account) -> list[Document]:
    """The segment documents that the account was sent, in order."""
    return [
        json.loads(text)
        for call in account.calls()
        if call["operation"] == "PutTraceSegments"
        for text in call["parameters"]["TraceSegmentDocuments"]
    ]


def stored(trace_id: str) -> list[Document]:
    """The documents that the account gives back."""
    (trace,) = boto3.client("xray").batch_get_traces(TraceIds=[trace_id])["Traces"]
    return [json.loads(segment["Document"]) for segment in trace["Segments"]]


# -- the X-Ray SDK ---------------------------------------------------------------------------------


@behaviour("xray.sdk_traces_arrive")
def test_a_segment_arrives_with_what_it_contains(
    account: Account, recorder: AWSXRayRecorder
) -> None:
    with recorder.in_segment("shop", sampling=1) as segment:
        segment.set_user("dana")
        with recorder.in_subsegment("price"), recorder.in_subsegment("rates", namespace="remote"):
            recorder.current_subsegment().put_http_meta("status", 200)
        recorder.put_metadata("basket", {"items": 3})
    found = next(each for each in stored(segment.trace_id) if each["id"] == segment.id)
    assert (found["name"], found["user"]) == ("shop", "dana")
    assert found["start_time"] == END / 1000, "the account's time, not the machine's"
    assert found["metadata"] == {"default": {"basket": {"items": 3}}}
    (price,) = found["subsegments"]
    (rates,) = price["subsegments"]
    assert (price["name"], rates["name"], rates["namespace"]) == (
        "price",
        "rates",
        "remote",
    )


def test_an_exception_is_a_fault_with_its_cause(
    account: Account, recorder: AWSXRayRecorder
) -> None:
    segment, subsegment = recorder.in_segment("shop", sampling=1), recorder.in_subsegment("price")
    with pytest.raises(KeyError), segment, subsegment:
        raise KeyError("sku")
    (found,) = sent(account)
    (price,) = found["subsegments"]
    (exception,) = price["cause"]["exceptions"]
    assert found["fault"] and price["fault"]
    assert (exception["type"], exception["message"]) == ("KeyError", "'sku'")
    assert found["cause"] == exception["id"], "further up, the exception is named by its id"


@pytest.mark.parametrize(
    ("status", "flags"),
    [(200, set()), (404, {"error"}), (429, {"error", "throttle"}), (503, {"fault"})],
)
def test_an_http_status_sets_the_flags(
    account: Account, recorder: AWSXRayRecorder, status: int, flags: set[str]
) -> None:
    with recorder.in_segment("shop", sampling=1) as segment:
        segment.put_http_meta("status", status)
    (found,) = sent(account)
    assert {flag for flag in ("error", "throttle", "fault") if found.get(flag)} == flags


def test_annotations_that_cannot_be_indexed_are_left_out_by_the_sdk(
    account: Account, recorder: AWSXRayRecorder
) -> None:
    with recorder.in_segment("shop", sampling=1) as segment:
        for key, value in {"tier": "gold", "order-tier": "gold", "order": {"id": 1}}.items():
            segment.put_annotation(key, value)
        recorder.put_metadata("secret_tier", "gold")
    assert sent(account)[0]["annotations"] == {"tier": "gold"}


def test_many_subsegments_are_sent_before_their_segment(
    account: Account, recorder: AWSXRayRecorder
) -> None:
    with recorder.in_segment("shop", sampling=1) as segment:
        for number in range(40):
            with recorder.in_subsegment(f"step {number}"):
                pass
    documents = sent(account)
    alone = [each for each in documents if each.get("type") == "subsegment"]
    assert alone and documents[-1]["id"] == segment.id
    assert {each["parent_id"] for each in alone} == {segment.id}
    whole = len(alone) + len(documents[-1].get("subsegments", []))
    assert whole == 40


def test_what_is_not_sampled_is_not_sent(account: Account, recorder: AWSXRayRecorder) -> None:
    with recorder.in_segment("shop", sampling=0), recorder.in_subsegment("price"):
        recorder.put_annotation("tier", "gold")
    assert account.calls() == []


@behaviour("xray.sdk_samples_by_the_rules")
def test_the_recorder_samples_by_the_rules_of_the_account(
    account: Account, recorder: AWSXRayRecorder
) -> None:
    xray = boto3.client("xray")
    rule = {
        "ResourceARN": "*",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "Version": 1,
        "Priority": 10,
        "ReservoirSize": 0,
    }
    for name, rate in (("health", 0.0), ("checkout", 1.0)):
        wanted = {**rule, "RuleName": name, "ServiceName": name, "FixedRate": rate}
        xray.create_sampling_rule(SamplingRule=wanted)
    for _ in range(20):
        for name in ("health", "checkout", "other"):
            with recorder.in_segment(name):
                pass
    names = [each["name"] for each in sent(account)]
    assert names.count("health") == 0 and names.count("checkout") == 20
    assert 1 <= names.count("other") < 10, "the Default rule: one a second, then five percent"
    assert sent(account)[0]["aws"]["xray"]["sampling_rule_name"] == "checkout"


def test_the_recorder_reports_what_it_sampled(account: Account, recorder: AWSXRayRecorder) -> None:
    for _ in range(3):
        with recorder.in_segment("shop"):
            pass
        account.advance(seconds=12)
    asked = [call["operation"] for call in account.calls()]
    assert asked.count("GetSamplingRules") == 1 and "GetSamplingTargets" in asked


def test_another_account_has_rules_of_its_own(account: Account, recorder: AWSXRayRecorder) -> None:
    with recorder.in_segment("shop"):
        pass
    with course.account.fresh(WORLD) as second, recorder.in_segment("shop"):
        assert "GetSamplingRules" in [call["operation"] for call in second.calls()]


def test_what_x_ray_does_not_process_is_logged(
    account: Account, recorder: AWSXRayRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    with recorder.in_segment("shop", sampling=1, traceid="not-a-trace-id"):
        pass
    assert "X-Ray did not process segment" in caplog.text


def test_a_subsegment_needs_a_segment(
    account: Account, recorder: AWSXRayRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    with recorder.in_subsegment("price"):
        pass
    assert "No segment found, cannot begin subsegment price" in caplog.text
    assert account.calls() == []


@behaviour("xray.no_daemon")
def test_there_is_no_daemon_to_name(recorder: AWSXRayRecorder) -> None:
    with pytest.raises(NotSimulated, match="an X-Ray daemon"):
        recorder.configure(daemon_address="127.0.0.1:3000")


@behaviour("xray.sdk_boto3_subsegments")
def test_boto3_calls_become_subsegments_and_the_accounts_own_do_not() -> None:
    """In a process of its own: patching boto3 cannot be undone."""
    code = """
import boto3, json, warnings
warnings.simplefilter("error")
import course.account
from tests.account.conftest import WORLD
from aws_xray_sdk.core import patch, xray_recorder
from botocore.exceptions import ClientError
from course.account.tracing import connect_recorder
account = course.account.open(WORLD)
connect_recorder()
patch(["boto3"])
table = boto3.client("dynamodb")
table.list_tables()  # outside of a segment: nothing is said about it
with xray_recorder.in_segment("shop", sampling=1):
    boto3.client("sqs").get_queue_url(QueueName="orders")  # has the queues created first
    try:
        table.get_item(TableName="none", Key={"orderId": {"S": "1"}})
    except ClientError:
        pass
(sent,) = [c for c in account.calls() if c["operation"] == "PutTraceSegments"]
print(sent["parameters"]["TraceSegmentDocuments"][0])
"""
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.returncode == 0 and ran.stderr == "", ran.stderr
    queue, table = json.loads(ran.stdout)["subsegments"]
    assert (queue["name"], queue["aws"]["operation"]) == ("sqs", "GetQueueUrl")
    assert queue["http"]["response"]["status"] == 200
    assert (table["namespace"], table["aws"]["table_name"]) == ("aws", "none")
    assert table["error"] and table["cause"]["exceptions"][0]["remote"]


@behaviour("xray.sdk_in_a_function")
def test_inside_a_function_the_segment_is_lambdas(
    account: Account, recorder: AWSXRayRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = "Root=1-69b94240-58f170849874e7dc25a7896e;Parent=53995c3f42cd8ad8;Sampled=1"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    before = recorder.context
    with in_function(recorder):
        with pytest.raises(FacadeSegmentMutationException):
            recorder.current_segment().put_annotation("tier", "gold")
        with recorder.in_subsegment("## handler"):
            recorder.put_annotation("tier", "gold")
    assert recorder.context is before
    (found,) = sent(account)
    assert (found["type"], found["name"]) == ("subsegment", "## handler")
    assert found["parent_id"] == "53995c3f42cd8ad8"
    assert found["trace_id"] == "1-69b94240-58f170849874e7dc25a7896e"
    assert found["annotations"] == {"tier": "gold"}


def test_inside_a_function_that_is_not_sampled_nothing_is_sent(
    account: Account, recorder: AWSXRayRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = "Root=1-69b94240-58f170849874e7dc25a7896e;Parent=53995c3f42cd8ad8;Sampled=0"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    with in_function(recorder), recorder.in_subsegment("## handler"):
        pass
    assert account.calls() == []


# -- the trace header ------------------------------------------------------------------------------


def test_the_header_goes_through_both_libraries(account: Account) -> None:
    text = "Root=1-69b94240-58f170849874e7dc25a7896e;Parent=53995c3f42cd8ad8;Sampled=1"
    header = TraceHeader.from_header_str(text)
    assert (header.root, header.parent, header.sampled) == (
        "1-69b94240-58f170849874e7dc25a7896e",
        "53995c3f42cd8ad8",
        1,
    )
    assert header.to_header_str() == text
    propagator = AwsXRayPropagator()
    context = propagator.extract({"X-Amzn-Trace-Id": text})
    found = get_current_span(context).get_span_context()
    assert f"{found.trace_id:032x}" == "69b9424058f170849874e7dc25a7896e"
    carrier: dict[str, str] = {}
    propagator.inject(carrier, context)
    assert carrier == {"X-Amzn-Trace-Id": text}


# -- OpenTelemetry ---------------------------------------------------------------------------------


@pytest.fixture
def tracer(account: Account) -> Any:
    return make_tracer(indexed=("order.tier", "order-id"))


def make_tracer(**options: Any) -> Any:
    provider = TracerProvider(
        id_generator=AwsXRayIdGenerator(),
        resource=Resource({"service.name": "shop", "service.version": "3"}),
    )
    provider.add_span_processor(SimpleSpanProcessor(XRaySpanExporter(**options)))
    return provider.get_tracer("test")


@behaviour("xray.opentelemetry_spans_arrive")
def test_a_server_span_is_a_segment_and_what_it_does_are_subsegments(
    account: Account, tracer: Any
) -> None:
    http = {"http.request.method": "GET", "url.full": "https://shop.example/cart?x=1"}
    with tracer.start_as_current_span("GET /cart", kind=SpanKind.SERVER, attributes=http) as span:
        with tracer.start_as_current_span("price"):
            pass
        aws = {"rpc.system": "aws-api", "rpc.service": "DynamoDB", "rpc.method": "PutItem"}
        aws |= {"aws.dynamodb.table_names": ["orders"], "aws.request_id": "r-1"}
        with tracer.start_as_current_span("PutItem", kind=SpanKind.CLIENT, attributes=aws):
            account.advance(seconds=1)
        span.set_attribute("http.response.status_code", 200)
    price, table, segment = sent(account)
    assert (segment["name"], segment["service"]) == ("shop", {"version": "3"})
    assert segment["http"]["request"] == {"method": "GET", "url": "https://shop.example/cart?x=1"}
    assert segment["http"]["response"] == {"status": 200}
    assert "type" not in segment and "namespace" not in segment
    assert segment["end_time"] - segment["start_time"] == 1
    for part in (price, table):
        assert (part["type"], part["parent_id"]) == ("subsegment", segment["id"])
        assert part["trace_id"] == segment["trace_id"]
    assert (price["name"], table["name"], table["namespace"]) == ("price", "DynamoDB", "aws")
    assert table["aws"]["operation"] == "PutItem" and table["aws"]["table_name"] == "orders"
    assert int(segment["trace_id"].split("-")[1], 16) == END // 1000
    assert {each["id"] for each in stored(segment["trace_id"])} >= {segment["id"]}


def test_only_indexed_attributes_are_annotations(account: Account, tracer: Any) -> None:
    attributes = {"order.tier": "gold", "order-id": 7, "basket": (1, 2), "note": "x"}
    with tracer.start_as_current_span("work", attributes=attributes):
        pass
    (found,) = sent(account)
    assert found["annotations"] == {"order.tier": "gold", "order_id": 7}
    kept = found["metadata"]["default"]
    assert (kept["basket"], kept["note"]) == ([1, 2], "x")
    assert kept["otel.resource.service.name"] == "shop"


def test_a_span_may_name_its_own_annotations(account: Account) -> None:
    with make_tracer().start_as_current_span("work") as span:
        span.set_attribute("tier", "gold")
        span.set_attribute("aws.xray.annotations", ["tier"])
    assert sent(account)[0]["annotations"] == {"tier": "gold"}


def test_everything_can_be_indexed(account: Account) -> None:
    with make_tracer(index_all=True).start_as_current_span("work", attributes={"a.b c": 1}):
        pass
    found = sent(account)[0]
    assert found["annotations"]["a.b_c"] == 1
    assert found["annotations"]["otel.resource.service.name"] == "shop"


@pytest.mark.parametrize(
    ("status", "flags"),
    [(200, set()), (404, {"error"}), (429, {"error", "throttle"}), (503, {"fault"})],
)
def test_a_spans_http_status_sets_the_flags(
    account: Account, tracer: Any, status: int, flags: set[str]
) -> None:
    with tracer.start_as_current_span("GET", attributes={"http.status_code": status}):
        pass
    (found,) = sent(account)
    assert {flag for flag in ("error", "throttle", "fault") if found.get(flag)} == flags


def test_a_status_of_error_is_a_fault(account: Account, tracer: Any) -> None:
    with tracer.start_as_current_span("work") as span:
        span.set_status(Status(StatusCode.ERROR, "out of stock"))
    (found,) = sent(account)
    assert found["fault"]
    assert found["cause"]["exceptions"][0]["message"] == "out of stock"


def test_a_recorded_exception_is_the_cause_with_the_one_behind_it(
    account: Account, tracer: Any
) -> None:
    def read() -> None:
        raise KeyError("sku")

    with pytest.raises(ValueError), tracer.start_as_current_span("work"):
        try:
            read()
        except KeyError as error:
            raise ValueError("no price: gone") from error
    (found,) = sent(account)
    last, first = found["cause"]["exceptions"]
    assert found["fault"] and last["cause"] == first["id"] != last["id"]
    assert (last["type"], last["message"]) == ("ValueError", "no price: gone")
    assert (first["type"], first["message"]) == ("KeyError", "'sku'")
    assert first["stack"][0]["label"] == "read", "the innermost frame comes first"
    assert first["stack"][0]["path"].endswith("test_xray_emitters.py")


@pytest.mark.parametrize(
    ("kind", "attributes", "name", "namespace"),
    [
        (SpanKind.CLIENT, {"peer.service": "bank"}, "bank", "remote"),
        (SpanKind.CLIENT, {"http.host": "bank.example"}, "bank.example", "remote"),
        (SpanKind.CLIENT, {"net.peer.name": "bank.example"}, "bank.example", "remote"),
        (SpanKind.CLIENT, {"db.name": "orders"}, "orders", "remote"),
        (SpanKind.CLIENT, {"aws.service": "S3"}, "S3", "aws"),
        (SpanKind.INTERNAL, {}, "work (v2)!", None),
    ],
)
def test_names_and_namespaces(
    account: Account, tracer: Any, kind: SpanKind, attributes: Document, name: str, namespace: str
) -> None:
    with tracer.start_as_current_span("work (v2)!", kind=kind, attributes=attributes):
        pass
    (found,) = sent(account)
    assert found["name"] == name.translate(str.maketrans("", "", "()!"))
    assert found.get("namespace") == namespace


def test_a_link_to_another_trace_is_kept(account: Account, tracer: Any) -> None:
    with tracer.start_as_current_span("send") as sender:
        pass
    with tracer.start_as_current_span("receive", links=[Link(sender.get_span_context())]):
        pass
    first, second = sent(account)
    assert second["links"] == [{"trace_id": first["trace_id"], "id": first["id"]}]


def test_one_name_is_no_list_of_names() -> None:
    with pytest.raises(TypeError, match="sequence of names"):
        XRaySpanExporter(indexed="tier")
