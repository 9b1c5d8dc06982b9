"""A world's traces: the forms that X-Ray takes, and the same truth as the logs and the metrics."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from statistics import mean
from typing import Any

import pytest

from course.incidents import checkout, names, story, traces
from course.telemetry.world import World
from course.telemetry.xray import documents
from tests.incidents.reading import access, functions, text_form

Document = dict[str, Any]
XRAY = re.compile(r"XRAY TraceId: (\S+)\tSegmentId: (\S+)\t")


@pytest.fixture(params=["public", "other"])
def world(request: pytest.FixtureRequest) -> World:
    found: World = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def hot() -> World:
    """A world in which a partition of the table is throttled."""
    return _with_cause("hot_partition", hours=1)


@pytest.fixture(scope="module")
def leaking() -> World:
    """A world in which a function of the checkout runs out of memory."""
    return _with_cause("unbounded_cache", hours=1)


def _with_cause(cause: str, hours: float) -> World:
    for seed in range(200):
        plan = story.plan(seed, names.draw(seed), 0, 3_600_000)
        told = {incident.cause: incident.detail.get("role") for incident in plan.incidents}
        if cause in told and told[cause] in (None, "payment"):
            return checkout.world(seed, hours=hours, rate=2)
    raise AssertionError(f"no seed tells of {cause}")


def parts(found: list[Document]) -> Iterator[Document]:
    """Every segment and subsegment, at any depth."""
    for document in found:
        yield document
        yield from parts(document.get("subsegments", []))


def of(world: World, origin: str) -> list[Document]:
    return [each for each in world.traces if each.get("origin") == origin]


def took(part: Document) -> float:
    """Milliseconds."""
    return float(part["end_time"] - part["start_time"]) * 1000


def phase(function: Document, name: str) -> Document:
    return next(part for part in function["subsegments"] if part["name"] == name)


# -- forms -----------------------------------------------------------------------------------------


def test_x_ray_would_take_every_document(world: World) -> None:
    for document in world.traces:
        documents.read(json.dumps(document))


def test_documents_are_in_the_order_of_their_ends_and_inside_the_world(world: World) -> None:
    ends = [document["end_time"] for document in world.traces]
    assert ends == sorted(ends)
    assert all(world.start <= part["start_time"] * 1000 for part in parts(world.traces))
    assert ends[-1] * 1000 < world.end


def test_ids_are_unique(world: World) -> None:
    ids = Counter(part["id"] for part in parts(world.traces))
    assert max(ids.values()) == 1


def test_a_trace_id_tells_when_the_trace_began(world: World) -> None:
    begins: dict[str, float] = {}
    for part in parts(world.traces):
        if "trace_id" in part:
            known = begins.get(part["trace_id"], part["start_time"])
            begins[part["trace_id"]] = min(known, part["start_time"])
    for trace_id, begin in begins.items():
        assert int(trace_id.split("-")[1], 16) == int(begin)


def test_calls_lie_within_their_callers(world: World) -> None:
    """But for a caller that gave up, and Initialization, which comes before its segment."""
    known = {part["id"]: part for part in parts(world.traces)}
    for document in world.traces:
        caller = known.get(document.get("parent_id", ""))
        gave_up = caller is not None and caller.get("fault") and caller["name"] == "Lambda"
        if caller is not None and not gave_up:
            assert caller["start_time"] - 1e-5 <= document["start_time"]
            assert document["end_time"] <= caller["end_time"] + 1e-5
    for part in parts(world.traces):
        for child in part.get("subsegments", []):
            assert child["end_time"] <= part["end_time"] + 1e-5
            if child["name"] != "Initialization":
                assert part["start_time"] - 1e-5 <= child["start_time"]


def test_every_parent_is_there(world: World) -> None:
    known = {part["id"] for part in parts(world.traces)}
    sent = [each for each in world.traces if each.get("type") != "subsegment"]
    assert all(each["parent_id"] in known for each in sent if "parent_id" in each)


def test_flags_follow_the_http_status(world: World) -> None:
    for part in parts(world.traces):
        status = part.get("http", {}).get("response", {}).get("status", 200)
        assert part.get("throttle", False) == (status == 429)
        if 400 <= status < 500:
            assert part["error"]
        if status >= 500:
            assert part["fault"]


# -- the same telling as the logs ------------------------------------------------------------------


def _reported(world: World) -> dict[str, tuple[str, float]]:
    """Segment id -> trace id and duration, as the functions' logs report them."""
    found = {}
    for events in functions(world, "Text").values():
        for event in events:
            form, fields = text_form(event["message"])
            if form == "report" and (traced := XRAY.search(event["message"])):
                found[traced[2]] = (traced[1], float(fields["duration"]))
    for events in functions(world, "JSON").values():
        for event in events:
            entry = json.loads(event["message"])
            record = entry.get("record", {})
            if entry.get("type") == "platform.report" and "tracing" in record:
                trace_id = record["tracing"]["value"].split(";")[0].removeprefix("Root=")
                span = record["tracing"]["spanId"]
                found[span] = (trace_id, record["metrics"]["durationMs"])
    return found


def test_a_function_segment_is_what_its_report_line_says(world: World) -> None:
    reported = _reported(world)
    assert len(reported) > 100
    segments = {each["id"]: each for each in of(world, "AWS::Lambda::Function")}
    assert set(segments) == set(reported)
    for identifier, (trace_id, duration) in reported.items():
        assert segments[identifier]["trace_id"] == trace_id
        assert took(phase(segments[identifier], "Invocation")) == pytest.approx(duration, abs=0.005)


def test_a_stage_segment_is_what_the_access_log_says(world: World) -> None:
    lines = {line["requestId"]: line for line in access(world)}
    stages = of(world, "AWS::ApiGateway::Stage")
    for stage in stages:
        line = lines[stage["aws"]["api_gateway"]["request_id"]]
        assert stage["http"]["response"]["status"] == line["status"]
        assert stage["http"]["request"]["client_ip"] == line["ip"]
        assert took(stage) == pytest.approx(line["responseLatency"], abs=2.5)
    sampled = len(stages) / len([line for line in lines.values() if line["status"] != 403])
    assert sampled == pytest.approx(0.2, abs=0.04)


def test_an_exception_is_told_as_in_the_log(public: World) -> None:
    raised = [
        each["cause"]["exceptions"][0]
        for each in of(public, "AWS::Lambda::Function")
        if each["name"] == "checkout" and "cause" in each
    ]
    logged = {
        (entry["errorType"], entry["errorMessage"])
        for entry in (json.loads(e["message"]) for e in functions(public, "JSON")["checkout"])
        if "errorType" in entry
    }
    assert raised and {(each["type"], each["message"]) for each in raised} <= logged
    assert all(each["stack"][0]["path"] == "/var/task/checkout.py" for each in raised)


def test_the_order_worker_is_linked_to_the_checkouts_of_its_messages(world: World) -> None:
    sent = {
        part["id"]: document["trace_id"]
        for document in world.traces
        for part in parts([document])
        if part["name"] == "sqs"
    }
    linked = [each for each in world.traces if "links" in each]
    worker = world.resources["lambda"][-1]["name"]
    assert linked and {(each["name"], each["origin"]) for each in linked} == {
        (worker, "AWS::Lambda")
    }
    for segment in linked:
        for link in segment["links"]:
            assert sent[link["id"]] == link["trace_id"] != segment["trace_id"]
    received = {link["id"] for segment in linked for link in segment["links"]}
    assert received == set(sent)


# -- what the story does to them -------------------------------------------------------------------


def _calls(world: World, name: str, begin: float, end: float) -> list[float]:
    return [
        took(part)
        for part in parts(world.traces)
        if part["name"] == name and begin <= part["start_time"] * 1000 < end
    ]


def test_the_slow_provider_is_the_slow_call(public: World) -> None:
    incident = next(i for i in public.story["incidents"] if i["cause"] == "card_provider")
    slow, begin, end = incident["node"]["name"], incident["start"], incident["end"]
    assert slow == "api.northbank.example"
    assert min(_calls(public, slow, begin, end)) > 1500
    assert mean(_calls(public, slow, public.start, begin)) < 200
    assert mean(_calls(public, "api.cardly.example", begin, end)) < 200


def test_the_bad_version_is_slower_in_its_own_time(public: World) -> None:
    own: dict[int, list[float]] = defaultdict(list)
    for function in of(public, "AWS::Lambda::Function"):
        invocation = phase(function, "Invocation")
        if function["name"] == "payment" and "subsegments" in invocation:
            (handler,) = invocation["subsegments"]
            calls = sum(took(call) for call in handler.get("subsegments", []))
            own[handler["annotations"]["version"]].append(took(handler) - calls)
    assert sorted(own) == [41, 42]
    assert mean(own[42]) > 1.5 * mean(own[41])


def test_the_hammered_route_is_throttled_at_the_stage(public: World) -> None:
    incident = next(i for i in public.story["incidents"] if i["kind"] == "noisy_neighbour")
    assert incident["node"] == {"name": "shop/prod", "type": "AWS::ApiGateway::Stage"}
    throttled = [each for each in of(public, "AWS::ApiGateway::Stage") if each.get("throttle")]
    during = [t for t in throttled if incident["start"] <= t["start_time"] * 1000 < incident["end"]]
    assert len(during) > 0.95 * len(throttled) > 100
    clients = Counter(each["http"]["request"]["client_ip"] for each in during)
    assert clients.most_common(1)[0][0] == incident["component"]


def test_an_invocation_that_was_stopped_lost_its_handler(public: World, leaking: World) -> None:
    lost = []
    for world in (public, leaking):
        for function in of(world, "AWS::Lambda::Function"):
            names_of = [part["name"] for part in function["subsegments"]]
            if "Overhead" not in names_of:
                invocation = phase(function, "Invocation")
                assert function["fault"] and invocation["fault"] and "cause" not in function
                assert "subsegments" not in invocation
                lost.append(function["id"])
    assert len(lost) > 5


def test_a_throttled_table_shows_in_retries_and_then_in_a_cause(hot: World) -> None:
    table = hot.resources["dynamodb"][0]["name"]
    assert {"name": table, "type": "AWS::DynamoDB::Table"} in [
        incident["node"] for incident in hot.story["incidents"]
    ]
    calls = [part for part in parts(hot.traces) if part["name"] == "dynamodb"]
    assert {call["aws"]["table_name"] for call in calls} == {table}
    retried = [call for call in calls if call["aws"].get("retries")]
    assert mean(map(took, retried)) > 5 * mean(took(c) for c in calls if c not in retried)
    failed = [call for call in calls if call.get("fault")]
    assert failed and all(call["aws"]["retries"] == 3 and call["error"] for call in failed)
    (exception,) = failed[0]["cause"]["exceptions"]
    assert exception["type"] == "ProvisionedThroughputExceededException" and exception["remote"]
    # Further up only the id of the exception is given.
    ids = {call["cause"]["exceptions"][0]["id"] for call in failed}
    handlers = [part for part in parts(hot.traces) if part["name"] == traces.HANDLER]
    assert ids <= {part.get("cause") for part in handlers if isinstance(part.get("cause"), str)}


def test_a_control_day_has_no_bottleneck() -> None:
    assert checkout.world(3, minutes=5, story=()).story == {"incidents": []}


# -- what can be searched --------------------------------------------------------------------------


def test_a_checkout_carries_what_one_searches_by(public: World) -> None:
    handlers = [
        phase(function, "Invocation")["subsegments"][0]
        for function in of(public, "AWS::Lambda::Function")
        if function["name"] == "checkout"
    ]
    tiers = Counter(handler["annotations"]["tier"] for handler in handlers)
    assert set(tiers) == {"standard", "silver", "gold"} and tiers["standard"] > tiers["gold"]
    for handler in handlers:
        assert handler["annotations"]["order_id"].startswith("o-")
        assert handler["annotations"]["provider"] in ("northbank", "cardly", "voucher")
        assert handler["metadata"]["checkout"]["order"]["amount"] > 0


def test_a_customer_keeps_the_tier(public: World) -> None:
    tiers: dict[str, set[str]] = defaultdict(set)
    for part in parts(public.traces):
        if "order" in part.get("metadata", {}).get("checkout", {}):
            customer = part["metadata"]["checkout"]["order"]["customer"]
            tiers[customer].add(part["annotations"]["tier"])
    assert all(len(found) == 1 for found in tiers.values())


def test_the_sampling_rule_of_the_world_names_the_stage(world: World) -> None:
    api, (rule,) = world.resources["apigateway"][0], world.resources["xray"]["sampling_rules"]
    assert rule["service_name"] == f"{api['name']}/{api['stage']}" and rule["fixed_rate"] == 0.2
    stage = of(world, "AWS::ApiGateway::Stage")[0]
    assert stage["name"] == rule["service_name"]
    assert stage["aws"]["api_gateway"]["rest_api_id"] == api["id"]
