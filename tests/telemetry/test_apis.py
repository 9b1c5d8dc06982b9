"""API Gateway's pure rules: routing, token buckets, gateway responses, logs, templates, events."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.apis import access_log, answers, events, templates, validation
from course.telemetry.apis.answers import Customised, Problem
from course.telemetry.apis.requests import HttpRequest, split_stage
from course.telemetry.apis.routing import Router
from course.telemetry.apis.throttling import Limit, TokenBucket, period_start
from course.telemetry.errors import NotSupported, RuleError

NOON = 1_773_748_800_000  # Tuesday, 2026-03-17 12:00 UTC
DAY = 86_400_000


# --- routing --------------------------------------------------------------------------------------


def router(*routes: str, falls_back: bool = False) -> Router[str]:
    made: Router[str] = Router(falls_back=falls_back)
    for route in routes:
        if route == "$default":
            made.default = route
        else:
            verb, path = route.split(" ")
            made.add(verb, path, route)
    return made


REST = router("GET /", "GET /a", "GET /a/{id}", "ANY /a/{id}/b", "GET /{proxy+}", "GET /a/b")
HTTP = router("GET /a", "GET /a/{id}", "ANY /{proxy+}", "$default", falls_back=True)


@pytest.mark.parametrize(
    ("routes", "method", "path", "expected"),
    [
        (REST, "GET", "/", ("GET /", {})),
        (REST, "GET", "/a", ("GET /a", {})),
        (REST, "GET", "/a/", ("GET /a", {})),
        (REST, "GET", "//a", ("GET /a", {})),
        (REST, "GET", "/a/b", ("GET /a/b", {})),
        (REST, "GET", "/a/7", ("GET /a/{id}", {"id": "7"})),
        (REST, "GET", "/a/x%2Fy", ("GET /a/{id}", {"id": "x/y"})),
        (REST, "PUT", "/a/7/b", ("ANY /a/{id}/b", {"id": "7"})),
        (REST, "GET", "/x/y", ("GET /{proxy+}", {"proxy": "x/y"})),
        (REST, "GET", "/a/7/c", ("GET /{proxy+}", {"proxy": "a/7/c"})),
        (REST, "POST", "/a", None),
        (REST, "POST", "/x", None),
        (HTTP, "POST", "/a", ("ANY /{proxy+}", {"proxy": "a"})),
        (HTTP, "GET", "/", ("$default", {})),
    ],
)
def test_routes(routes: Router[str], method: str, path: str, expected: Any) -> None:
    assert routes.match(method, path) == expected


def test_stages_are_the_first_part() -> None:
    assert split_stage("/prod/a/b") == ("prod", "/a/b")
    assert split_stage("/prod") == ("prod", "/")
    assert split_stage("/") == ("", "/")


# --- token buckets: the examples of "Throttle requests to your REST APIs ..." ---------------------


def admitted(arrivals: list[tuple[float, int]], rate: float = 10_000, burst: int = 5_000) -> int:
    """How many of (ms, how many at once) get through."""
    bucket = TokenBucket(Limit(rate, burst), 0)
    return sum(bucket.take(at) for at, many in arrivals for _ in range(many))


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        ([(at, 10) for at in range(1000)], 10_000),
        ([(0, 10_000)], 5_000),
        ([(0, 5_000), *((at, 5) for at in range(1, 1000))], 5_000 + 4_995),
        ([(0, 5_000), (100, 5_000)], 6_000),
        ([(0, 5_000), (100, 1_000), *((at, 4) for at in range(101, 1000))], 6_000 + 899 * 4),
    ],
)
def test_documented_examples(arrivals: list[tuple[float, int]], expected: int) -> None:
    assert admitted(arrivals) == expected


@settings(max_examples=60, deadline=None)
@given(
    rate=st.floats(0.1, 1000),
    burst=st.integers(1, 50),
    gaps=st.lists(st.integers(0, 2000), max_size=80),
)
def test_no_span_gets_more_than_burst_and_rate(rate: float, burst: int, gaps: list[int]) -> None:
    bucket, at, taken = TokenBucket(Limit(rate, burst), 0), 0, []
    for gap in gaps:
        at += gap
        if bucket.take(at):
            taken.append(at)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            span = (taken[last] - taken[first]) / 1000
            assert last - first + 1 <= burst + rate * span + 1e-6


def test_periods_begin_with_the_calendar() -> None:
    midnight = NOON - DAY // 2
    assert period_start("DAY", NOON) == midnight
    assert period_start("WEEK", NOON) == midnight - DAY  # Monday the 16th
    assert period_start("MONTH", NOON) == midnight - 16 * DAY


# --- gateway responses ----------------------------------------------------------------------------


def nothing(name: str) -> None:
    return None


@pytest.mark.parametrize(("kind", "expected"), list(answers.TYPES.items()))
def test_default_answers(kind: str, expected: tuple[int, str]) -> None:
    found = answers.answer(Problem(kind, "why"), {}, nothing, nothing)
    assert (found.status, found.headers["x-amzn-ErrorType"]) == expected
    key = "Message" if kind == "ACCESS_DENIED" else "message"
    assert found.body == f'{{"{key}":"why"}}'


@pytest.mark.parametrize(
    ("problem", "customised", "expected"),
    [
        (Problem("THROTTLED", "x"), {"THROTTLED": 503}, 503),
        (Problem("THROTTLED", "x"), {"DEFAULT_4XX": 418}, 418),
        (Problem("THROTTLED", "x"), {"DEFAULT_5XX": 500}, 429),
        (Problem("INTEGRATION_FAILURE", "x", 502), {"DEFAULT_5XX": None}, 502),
        (Problem("INTEGRATION_FAILURE", "x", 502), {"DEFAULT_5XX": 500}, 500),
        (Problem("INTEGRATION_FAILURE", "x", 500), {}, 500),
        (Problem("INTEGRATION_FAILURE", "x", 500), {"INTEGRATION_FAILURE": None}, 504),
        (Problem("INTEGRATION_FAILURE", "x", 500), {"INTEGRATION_FAILURE": 503}, 503),
    ],
)
def test_customised_status(
    problem: Problem, customised: dict[str, int | None], expected: int
) -> None:
    responses = {kind: Customised(status, {}, {}) for kind, status in customised.items()}
    assert answers.answer(problem, responses, nothing, nothing).status == expected


def test_a_response_template_knows_variables_only() -> None:
    values = {"context.error.message": "no", "stageVariables.shop": "7"}
    text = "$context.error.message ${stageVariables.shop} $input.params('q') #if(1)"
    asked = {"method.request.querystring.q": "Q"}
    assert answers.render(text, values.get, asked.get) == "no 7 Q #if(1)"


# --- access logs ----------------------------------------------------------------------------------


def test_lines_of_the_documented_formats() -> None:
    values = {
        "identity.sourceIp": "203.0.113.9",
        "requestTime": "17/Mar/2026:12:00:00 +0000",
        "httpMethod": "GET",
        "resourcePath": "/a",
        "protocol": "HTTP/1.1",
        "status": 200,
        "responseLength": 12,
        "requestId": "id",
    }
    clf = (
        "$context.identity.sourceIp $context.identity.caller $context.identity.user "
        '[$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" '
        "$context.status $context.responseLength $context.requestId"
    )
    assert access_log.line(clf, values) == (
        '203.0.113.9 - - [17/Mar/2026:12:00:00 +0000] "GET /a HTTP/1.1" 200 12 id'
    )
    csv = "$context.requestId,$context.identity.sourceIp,$context.httpMethod\n"
    assert access_log.line(csv, values) == "id,203.0.113.9,GET"


def test_empty_values_are_dashes() -> None:
    log_format = "${context.requestId}|$context.a.b.|$context.c"
    assert access_log.line(log_format, {"requestId": 0, "a.b": "", "c": True}) == "0|-.|true"


@pytest.mark.parametrize("log_format", ["$context.requestId\n", "$context.extendedRequestId"])
def test_formats_that_are_taken(log_format: str) -> None:
    access_log.check(log_format)
    access_log.check(log_format, http=True)


@pytest.mark.parametrize("log_format", ["", "requestId", "$context.requestIds", "$requestId"])
def test_formats_without_an_id(log_format: str) -> None:
    with pytest.raises(RuleError, match="requestId"):
        access_log.check(log_format)


def test_http_apis_know_their_variables() -> None:
    access_log.check("$context.requestId $context.authorizer.user", http=True)
    with pytest.raises(RuleError, match=r"\[\$context.resourceId\]"):
        access_log.check("$context.requestId $context.resourceId", http=True)


# --- templates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"statusCode": 200}', '{"statusCode": 200}'),
        ("$input.body", '{"a": {"b": [1, "x"]}}'),
        ("$input.json('$.a.b')", '[1, "x"]'),
        ("$input.json('$')", '{"a": {"b": [1, "x"]}}'),
        ("$input.path('$.a.b[1]')", "x"),
        ("$input.path('$.none')", ""),
        ("$input.params('id')/$input.params(\"none\")", "7/"),
        ("$context.stage ${stageVariables.table}", "prod orders"),
        ("$util.escapeJavaScript($input.path('$.a.b[1]'))", "x"),
        ("$util.urlEncode($context.path)", "%2Fa%20b"),
        ("$util.base64Encode($context.stage)", "cHJvZA=="),
        ("costs $5", "costs $5"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    values = {"context.stage": "prod", "stageVariables.table": "orders", "context.path": "/a b"}
    templates.check(template)
    body = '{"a": {"b": [1, "x"]}}'
    assert templates.render(template, body, values.get, {"id": "7"}.get) == expected


@pytest.mark.parametrize(
    "template",
    ["#set($a = 1)", "#foreach($x in $y)", "$a", "$input.params()", "$util.parseJson('x')"],
)
def test_templates_that_are_refused(template: str) -> None:
    with pytest.raises(NotSupported):
        templates.check(template)


# --- validation, events ---------------------------------------------------------------------------


def test_models_are_chosen_by_content_type() -> None:
    models = {"application/json": "Item", "$default": "Any"}
    assert validation.model_for(models, None) == "Item"
    assert validation.model_for(models, "application/JSON; charset=utf-8") == "Item"
    assert validation.model_for(models, "text/plain") == "Any"
    assert validation.model_for({"application/json": "Item"}, "text/plain") is None


def test_models_may_refer_to_each_other() -> None:
    address = "https://apigateway.amazonaws.com/restapis/abc/models/"
    schemas = {
        "Cart": f'{{"type": "array", "items": {{"$ref": "{address}Item"}}}}',
        "Item": '{"type": "object", "required": ["sku"]}',
    }
    assert validation.mistakes(b'[{"sku": 1}]', schemas["Cart"], schemas) == []
    assert validation.mistakes(b"[{}]", schemas["Cart"], schemas) == [
        "'sku' is a required property"
    ]


def test_headers_are_handed_on_as_api_gateway_does() -> None:
    request = HttpRequest(
        "GET",
        "h",
        "/p",
        headers=[("user-agent", "u"), ("Connection", "close"), ("X-Forwarded-For", "10.0.0.1")],
    )
    found = dict(events.forwarded(request, "Root=1"))
    assert found == {
        "Host": "h",
        "User-Agent": "u",
        "X-Amzn-Trace-Id": "Root=1",
        "X-Forwarded-For": "10.0.0.1, 203.0.113.24",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }


def test_times_are_in_common_log_format() -> None:
    assert events.clf_time(NOON) == "17/Mar/2026:12:00:00 +0000"
