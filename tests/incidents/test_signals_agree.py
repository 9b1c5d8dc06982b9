"""Metrics are what the log lines, counted independently, say."""

from __future__ import annotations

import json

import pytest

from course.incidents import checkout
from course.telemetry.world import World
from tests.incidents.reading import access, by_minute, functions, metric, text_form


@pytest.fixture(params=["public", "other"])
def world(request: pytest.FixtureRequest) -> World:
    found: World = request.getfixturevalue(request.param)
    return found


def _text_invocations(events: list[dict[str, object]]) -> list[tuple[int, float, bool]]:
    """Start, duration, failed of every invocation in a function's text log."""
    started: dict[str, int] = {}
    stream_failed: set[object] = set()
    found = []
    for event in events:
        form, fields = text_form(str(event["message"]))
        if form == "start":
            started[fields["id"]] = int(str(event["timestamp"]))
        elif form == "traceback":
            stream_failed.add(event["logStreamName"])
        elif form == "report":
            raised = event["logStreamName"] in stream_failed
            stream_failed.discard(event["logStreamName"])
            failed = raised or fields["status"] is not None
            found.append((started[fields["id"]], float(fields["duration"]), failed))
    return found


def _json_invocations(events: list[dict[str, object]]) -> list[tuple[int, float, bool]]:
    started: dict[str, int] = {}
    found = []
    for event in events:
        entry = json.loads(str(event["message"]))
        if entry.get("type") == "platform.start":
            started[entry["record"]["requestId"]] = int(str(event["timestamp"]))
        elif entry.get("type") == "platform.report":
            record = entry["record"]
            failed = record["status"] != "success"
            found.append((started[record["requestId"]], record["metrics"]["durationMs"], failed))
    return found


def test_lambda_metrics_are_the_logs(world: World) -> None:
    invocations = {
        **{name: _text_invocations(e) for name, e in functions(world, "Text").items()},
        **{name: _json_invocations(e) for name, e in functions(world, "JSON").items()},
    }
    assert len(invocations) == 7
    for name, runs in invocations.items():
        wanted = {
            "Invocations": by_minute([(time, 1.0) for time, _, _ in runs]),
            "Errors": by_minute([(time, float(failed)) for time, _, failed in runs]),
            "Duration": by_minute([(time, duration) for time, duration, _ in runs]),
        }
        for kind, counted in wanted.items():
            assert metric(world, "AWS/Lambda", kind, FunctionName=name) == counted, (name, kind)


def test_errors_are_zero_in_minutes_that_went_well(public: World) -> None:
    errors = metric(public, "AWS/Lambda", "Errors", FunctionName="inventory")
    ran = metric(public, "AWS/Lambda", "Invocations", FunctionName="inventory")
    assert set(errors) == set(ran)
    assert all(found == {0.0: ran[time][1.0]} for time, found in errors.items())


def test_throttles_are_the_500s_of_a_refused_invocation(world: World) -> None:
    api = world.resources["apigateway"][0]
    search = next(m["lambda"] for m in api["methods"] if m["path"] == "/search")
    refused = [e for e in access(world) if (e["status"], e["integrationStatus"]) == (500, "429")]
    throttles = metric(world, "AWS/Lambda", "Throttles", FunctionName=search)
    assert sum(found[1.0] for found in throttles.values()) == len(refused)


def test_concurrency_never_exceeds_the_reserved(world: World) -> None:
    for function in world.resources["lambda"]:
        busy = metric(world, "AWS/Lambda", "ConcurrentExecutions", FunctionName=function["name"])
        most = max(value for found in busy.values() for value in found)
        assert 1 <= most <= function.get("reserved_concurrency", 20)


def test_api_metrics_are_the_access_log(world: World) -> None:
    api = world.resources["apigateway"][0]
    lines = access(world)
    called = [e for e in lines if e["integrationLatency"] != "-"]
    wanted = {
        "Count": [(e["requestTimeEpoch"], 1.0) for e in lines],
        "4XXError": [(e["requestTimeEpoch"], float(400 <= e["status"] < 500)) for e in lines],
        "5XXError": [(e["requestTimeEpoch"], float(e["status"] >= 500)) for e in lines],
        "Latency": [(e["requestTimeEpoch"], float(e["responseLatency"])) for e in lines],
        "IntegrationLatency": [
            (e["requestTimeEpoch"], float(e["integrationLatency"])) for e in called
        ],
    }
    for name, pairs in wanted.items():
        for dimensions in ({}, {"Stage": api["stage"]}):
            found = metric(world, "AWS/ApiGateway", name, ApiName=api["name"], **dimensions)
            assert found == by_minute(pairs), name


def test_embedded_metrics_were_extracted(world: World) -> None:
    texts = [e["message"] for events in functions(world, "JSON").values() for e in events]
    documents = [json.loads(text) for text in texts if '"_aws"' in text]
    namespace = documents[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"]
    service = {"Service": documents[0]["Service"]}
    for name in ("Orders", "PaymentLatency", "BasketValue"):
        pairs = [(d["_aws"]["Timestamp"], float(d[name])) for d in documents]
        assert metric(world, namespace, name, **service) == by_minute(pairs)
    providers = {document["PaymentProvider"] for document in documents}
    split = [metric(world, namespace, "Orders", **service, PaymentProvider=p) for p in providers]
    assert sum(f[1.0] for found in split for f in found.values()) == len(documents)


def test_orders_are_messages_are_table_writes(public: World) -> None:
    lines = [json.loads(e["message"]) for e in functions(public, "JSON")["checkout"]]
    placed = sum(line.get("message") == "order placed" for line in lines)
    sent = metric(public, "AWS/SQS", "NumberOfMessagesSent", QueueName="orders")
    saved = metric(
        public, "AWS/DynamoDB", "SuccessfulRequestLatency", TableName="orders", Operation="PutItem"
    )
    assert sum(found[1.0] for found in sent.values()) == placed
    assert sum(sum(found.values()) for found in saved.values()) == placed


def test_a_message_that_always_fails_ends_in_the_dead_letter_queue(public: World) -> None:
    name = "ApproximateNumberOfMessagesVisible"
    dead = metric(public, "AWS/SQS", name, QueueName="orders-dlq")
    levels = [max(dead[time]) for time in sorted(dead)]
    assert levels == sorted(levels) and levels[-1] >= 1
    failures = [
        fields
        for form, fields in (
            text_form(event["message"]) for event in functions(public, "Text")["order-worker"]
        )
        if form == "traceback"
    ]
    assert len(failures) >= 3 * levels[-1]


def test_a_message_is_received_three_times_at_most(public: World) -> None:
    messages = checkout.simulate("public", public.start, public.end).truth.messages
    assert max(len(message.received) for message in messages) == 3
    dead = [message for message in messages if message.dead is not None]
    assert dead and all(len(m.received) == 3 and m.deleted is None for m in dead)
    assert all(m.received[0] >= m.sent for m in messages if m.received)
    for message in messages:
        waits = [b - a for a, b in zip(message.received, message.received[1:], strict=False)]
        assert all(wait >= 60_000 for wait in waits)


def test_values_and_counts_are_one_datum(world: World) -> None:
    for record in world.metrics:
        assert record["timestamp"] % 60_000 == 0
        assert 1 <= len(record["values"]) == len(record["counts"]) <= 150
        assert len(set(record["values"])) == len(record["values"])
        assert all(count >= 1 and count == int(count) for count in record["counts"])
