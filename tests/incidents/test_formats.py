"""Every line has a form that AWS documents, and the forms of one invocation belong together."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict

import pytest

from course.incidents import access_logs
from course.telemetry.world import World
from tests.incidents.reading import access, functions, groups, text_form


@pytest.fixture(params=["public", "other"])
def world(request: pytest.FixtureRequest) -> World:
    found: World = request.getfixturevalue(request.param)
    return found


def test_every_text_line_has_a_documented_form(world: World) -> None:
    for events in functions(world, "Text").values():
        unknown = [event["message"] for event in events if text_form(event["message"])[0] == "?"]
        assert unknown == []


def test_the_public_world_shows_every_form(public: World) -> None:
    texts = [e["message"] for events in functions(public, "Text").values() for e in events]
    assert {text_form(text)[0] for text in texts} == {
        *("init", "start", "end", "report", "line", "timeout", "killed", "traceback"),
    }


def test_every_report_has_one_start_and_one_end_around_its_lines(world: World) -> None:
    for events in functions(world, "Text").values():
        seen: dict[str, list[str]] = defaultdict(list)
        for event in events:
            form, fields = text_form(event["message"])
            if "id" in fields:
                seen[fields["id"]].append(form)
        assert seen
        for forms in seen.values():
            assert Counter(forms)["report"] == 1
            assert (forms[0], forms[-2], forms[-1]) == ("start", "end", "report")


def test_billed_duration_is_duration_and_init_rounded_up(world: World) -> None:
    for events in functions(world, "Text").values():
        for event in events:
            form, fields = text_form(event["message"])
            if form == "report":
                spent = float(fields["duration"]) + float(fields["init"] or 0)
                assert int(fields["billed"]) == math.ceil(round(spent, 2))
                assert int(fields["used"]) <= int(fields["size"])


def test_a_report_says_timeout_exactly_when_a_line_does(public: World) -> None:
    forms = [text_form(event["message"]) for event in functions(public, "Text")["payment"]]
    told = {fields["id"] for form, fields in forms if form == "timeout"}
    reported = {f["id"] for form, f in forms if form == "report" and f["status"] == "timeout"}
    assert told == reported and len(told) > 5
    killed = {fields["id"] for form, fields in forms if form == "killed"}
    died = {f["id"] for form, f in forms if form == "report" and f["type"]}
    assert killed == died and killed


def test_an_environment_serves_one_invocation_at_a_time(world: World) -> None:
    for events in functions(world, "Text").values():
        busy: dict[str, str] = {}
        for event in events:
            form, fields = text_form(event["message"])
            if form == "start":
                assert event["logStreamName"] not in busy
                busy[event["logStreamName"]] = fields["id"]
            elif form == "report":
                assert busy.pop(event["logStreamName"]) == fields["id"]


def test_a_stream_begins_with_a_cold_start_and_has_no_other(world: World) -> None:
    for events in functions(world, "Text").values():
        streams: dict[str, list[str]] = defaultdict(list)
        for event in events:
            streams[event["logStreamName"]].append(text_form(event["message"])[0])
        for name, forms in streams.items():
            assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\d+\][0-9a-f]{32}", name)
            assert forms[0] == "init" and forms.count("init") == 1


def test_json_functions_write_json_only(world: World) -> None:
    kinds: Counter[str] = Counter()
    for events in functions(world, "JSON").values():
        for event in events:
            entry = json.loads(event["message"])
            kinds[entry.get("type", "metrics" if "_aws" in entry else "line")] += 1
            if "type" not in entry and "_aws" not in entry:
                assert {"timestamp", "level", "requestId"} <= set(entry)
    assert kinds["platform.start"] == kinds["platform.report"] > 100
    assert 0 < kinds["platform.runtimeDone"] < kinds["platform.report"]
    assert kinds["metrics"] > 50


def test_platform_reports_carry_lambdas_metrics(public: World) -> None:
    records = [json.loads(e["message"]) for e in functions(public, "JSON")["checkout"]]
    reports = [entry["record"] for entry in records if entry.get("type") == "platform.report"]
    wanted = {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB"}
    assert all(wanted <= set(report["metrics"]) for report in reports)
    assert {report["status"] for report in reports} == {"success", "error"}
    assert any("initDurationMs" in report["metrics"] for report in reports)


def test_embedded_metrics_follow_the_specification(world: World) -> None:
    texts = [e["message"] for events in functions(world, "JSON").values() for e in events]
    documents = [json.loads(text) for text in texts if '"_aws"' in text]
    for document in documents:
        (directive,) = document["_aws"]["CloudWatchMetrics"]
        assert world.start <= document["_aws"]["Timestamp"] < world.end
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        names = [name for group in directive["Dimensions"] for name in group]
        assert all(isinstance(document[name], str) for name in names)
        for metric in directive["Metrics"]:
            assert isinstance(document[metric["Name"]], int | float)
            assert metric["Unit"] in ("Count", "Milliseconds", "None")


def test_access_lines_fill_the_configured_format(world: World) -> None:
    assert world.resources["apigateway"][0]["access_log_format"] == access_logs.FORMAT
    for entry in access(world):
        assert isinstance(entry["status"], int) and isinstance(entry["responseLatency"], int)
        called = entry["integrationLatency"] != "-"
        assert called == (entry["status"] not in (403, 429))
        assert (entry["errorType"] == "-") == (entry["errorMessage"] == "-")
        if called:
            assert int(entry["integrationLatency"]) <= entry["responseLatency"]


def test_access_lines_name_the_invocation_that_answered(public: World) -> None:
    ids = {
        text_form(event["message"])[1]["id"]
        for event in functions(public, "Text")["search"]
        if text_form(event["message"])[0] == "report"
    }
    searches = [entry for entry in access(public) if entry["resourcePath"] == "/search"]
    answered = {e["integrationRequestId"] for e in searches if e["status"] == 200}
    assert answered == ids


def test_terminal_lines_are_space_delimited(world: World) -> None:
    group = world.resources["logs"][-1]["name"]
    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [0-9a-f]{12} (INFO|WARN|ERROR) \S.*")
    events = groups(world)[group]
    assert all(form.fullmatch(event["message"]) for event in events)
    assert any(" INFO " in e["message"] and "ERROR" in e["message"] for e in events)
