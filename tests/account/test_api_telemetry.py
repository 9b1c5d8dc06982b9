"""What a request leaves behind: access log, execution log, metrics, traces."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from tests.account.apis import COUNTING, OBEDIENT, OWNER, Gateway, ask, patch
from tests.account.behaviours import behaviour

FORMAT = {
    "id": "$context.requestId",
    "extended": "$context.extendedRequestId",
    "ip": "$context.identity.sourceIp",
    "agent": "$context.identity.userAgent",
    "time": "$context.requestTime",
    "epoch": "$context.requestTimeEpoch",
    "method": "$context.httpMethod",
    "resource": "$context.resourcePath",
    "path": "$context.path",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "length": "$context.responseLength",
    "integration": "$context.integrationStatus",
    "function": "$context.integration.status",
    "integrationLatency": "$context.integrationLatency",
    "invocation": "$context.integration.requestId",
    "kind": "$context.error.responseType",
    "error": "$context.error.message",
    "why": "$context.integration.error",
    "stage": "$context.stage",
}
MALFORMED = "Malformed Lambda proxy response"
CUSTOMER = "Lambda Customer Function Error:"
INFO = patch("/*/*/logging/loglevel", "INFO")


@pytest.fixture
def gateway(account: Account, session: boto3.Session) -> Gateway:
    return Gateway(account, session)


@pytest.fixture
def obedient(gateway: Gateway) -> str:
    gateway.proxy("POST", "/orders/{id}", gateway.function("obedient", OBEDIENT, Timeout=60))
    return gateway.deploy() + "/orders/7"


def logged(gateway: Gateway, account: Account, group: str = "/shop/access") -> list[dict[str, str]]:
    account.advance(seconds=60)
    return [json.loads(line) for line in gateway.lines(group)]


# --- access logs ----------------------------------------------------------------------------------


@behaviour("apigateway.access_logs")
def test_a_line_for_every_request(gateway: Gateway, account: Account, obedient: str) -> None:
    gateway.access_log(FORMAT)
    answer = ask(obedient, {"sleep": 0.5, "return": {"statusCode": 201, "body": "made"}})
    line = logged(gateway, account)[0]
    assert line["id"] == answer.headers["x-amzn-RequestId"]
    assert line["extended"] == answer.headers["x-amz-apigw-id"]
    assert line["time"] == "17/Mar/2026:12:00:00 +0000"
    assert line["epoch"] == "1773748800000"
    assert (line["method"], line["resource"]) == ("POST", "/orders/{id}")
    assert line["path"] == "/prod/orders/7"
    assert (line["status"], line["integration"], line["function"]) == ("201", "200", "201")
    assert line["length"] == "4"
    assert 500 <= int(line["integrationLatency"]) < int(line["latency"])
    assert line["kind"] == line["error"] == line["why"] == "-"


@behaviour("apigateway.access_logs")
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"raise": "no stock"}, ("502", "INTEGRATION_FAILURE", "200", "-", CUSTOMER + "no stock")),
        ({"return": {"id": 7}}, ("502", "INTEGRATION_FAILURE", "200", "-", MALFORMED)),
        ({"sleep": 50}, ("504", "INTEGRATION_TIMEOUT", "-", "-", "-")),
        ({"return": {"statusCode": 503}}, ("503", "-", "200", "503", "-")),
    ],
)
def test_whose_error_it_was(
    gateway: Gateway, account: Account, obedient: str, order: Any, expected: tuple[str, ...]
) -> None:
    gateway.access_log(FORMAT)
    ask(obedient, order)
    line = logged(gateway, account)[0]
    found = (line["status"], line["kind"], line["integration"], line["function"], line["why"])
    assert found == expected


def test_a_rejected_invocation_in_the_log(
    gateway: Gateway, account: Account, obedient: str
) -> None:
    gateway.access_log(FORMAT)
    gateway.functions.put_function_concurrency(
        FunctionName="obedient", ReservedConcurrentExecutions=0
    )
    ask(obedient)
    line = logged(gateway, account)[0]
    assert (line["status"], line["integration"]) == ("500", "429")
    assert (line["kind"], line["why"]) == ("INTEGRATION_FAILURE", "Rate Exceeded.")


def test_requests_without_a_method_are_logged_too(
    gateway: Gateway, account: Account, obedient: str
) -> None:
    gateway.access_log("$context.extendedRequestId $context.status $context.resourcePath")
    answer = ask(obedient + "/items")
    account.advance(seconds=1)
    assert gateway.lines("/shop/access") == [f"{answer.headers['x-amz-apigw-id']} 403 -"]


def test_the_line_lands_when_the_answer_has_been_sent(
    gateway: Gateway, account: Account, obedient: str
) -> None:
    gateway.access_log(FORMAT)
    results = account.traffic(
        obedient, [(0, {"method": "POST", "body": '{"sleep": 5, "return": {"statusCode": 200}}'})]
    )
    account.advance(seconds=4)
    assert results[0]["status"] == 200 and gateway.lines("/shop/access") == []
    account.advance(seconds=2)
    assert len(gateway.lines("/shop/access")) == 1


@behaviour("apigateway.access_log_formats")
@pytest.mark.parametrize(
    ("log_format", "message"),
    [
        ('{"ip": "$context.identity.sourceIp"}', "requestId or"),
        ("$context.requestId\n$context.status", "single line"),
    ],
)
def test_formats_that_are_refused(gateway: Gateway, log_format: str, message: str) -> None:
    gateway.mock("GET", "/a")
    gateway.deploy()
    with pytest.raises(ClientError, match=message) as error:
        gateway.access_log(log_format)
    assert error.value.response["Error"]["Code"] == "BadRequestException"
    stage = gateway.rest.get_stage(restApiId=gateway.api, stageName="prod")
    assert "format" not in stage.get("accessLogSettings", {})


@behaviour("apigateway.access_log_formats")
def test_the_extended_request_id_will_do(gateway: Gateway, account: Account) -> None:
    gateway.mock("GET", "/a")
    address = gateway.deploy()
    gateway.access_log("${context.extendedRequestId} $context.httpMethod$context.unknown.")
    answer = requests.get(f"{address}/a", timeout=5)
    account.advance(seconds=1)
    assert gateway.lines("/shop/access") == [f"{answer.headers['x-amz-apigw-id']} GET-."]


@behaviour("apigateway.log_role")
def test_logs_need_a_role(gateway: Gateway) -> None:
    gateway.mock("GET", "/a")
    gateway.deploy()
    for operation in (INFO, patch("/accessLogSettings/format", "$context.requestId")):
        with pytest.raises(ClientError, match="CloudWatch Logs role ARN must be set"):
            gateway.rest.update_stage(
                restApiId=gateway.api, stageName="prod", patchOperations=[operation]
            )


def test_a_log_group_must_be_there(gateway: Gateway) -> None:
    gateway.mock("GET", "/a")
    gateway.deploy()
    arn = f"arn:aws:logs:us-east-1:{OWNER}:log-group:/none"
    with pytest.raises(NotSimulated, match="Create the log group"):
        gateway.patch(patch("/accessLogSettings/destinationArn", arn))


# --- execution logs -------------------------------------------------------------------------------


@behaviour("apigateway.execution_logs")
def test_info_tells_the_whole_way(gateway: Gateway, account: Account, obedient: str) -> None:
    gateway.patch(INFO)
    ask(obedient, {"return": {"statusCode": 200, "body": "secret"}})
    account.advance(seconds=1)
    log = gateway.execution_log()
    assert log[0].startswith("Extended Request Id: ")
    assert log[1].startswith("Verifying Usage Plan for request: ")
    assert "API Key authorized because method 'POST /orders/{id}' does not require" in log[2]
    assert "Usage Plan check succeeded" in log[3]
    assert log[5] == "HTTP Method: POST, Resource Path: /orders/7"
    assert any(line.startswith("Received response. Status: 200, Integration") for line in log)
    assert log[-3:-1] == ["Successfully completed execution", "Method completed with status: 200"]
    assert log[-1].startswith("AWS Integration Endpoint RequestId : ")
    assert not any("secret" in line for line in log), "bodies need data tracing"


@behaviour("apigateway.execution_logs")
def test_data_tracing_shows_bodies(gateway: Gateway, account: Account, obedient: str) -> None:
    gateway.patch(INFO, patch("/*/*/logging/dataTrace", "true"))
    ask(obedient, {"return": {"statusCode": 200, "body": "x" * 2000}})
    account.advance(seconds=1)
    group = f"API-Gateway-Execution-Logs_{gateway.api}/prod"
    lines = gateway.lines(group)
    assert any("Method request path: {id=7}" in line for line in lines)
    cut = next(line for line in lines if "Endpoint response body before" in line)
    assert len(cut) == 1024 and cut.endswith(" [TRUNCATED]")


@behaviour("apigateway.execution_logs")
@pytest.mark.parametrize(
    ("order", "line"),
    [
        (
            {"return": {"statusCode": 200, "orderId": 1}},
            "Execution failed due to configuration error: Malformed Lambda proxy response",
        ),
        ({"raise": "no stock"}, "due to customer function error: no stock. Lambda request id"),
        ({"sleep": 40}, "Execution failed due to a timeout error"),
    ],
)
def test_errors_say_why(
    gateway: Gateway, account: Account, obedient: str, order: Any, line: str
) -> None:
    gateway.patch(patch("/*/*/logging/loglevel", "ERROR"))
    ask(obedient)
    ask(obedient, order)
    account.advance(seconds=1)
    log = gateway.execution_log()
    assert len(log) == 2, "ERROR has nothing of what succeeded"
    assert line in log[0]
    assert log[1].startswith("Method completed with status: 50")


def test_no_permission_in_the_log(gateway: Gateway, account: Account, obedient: str) -> None:
    gateway.patch(patch("/*/*/logging/loglevel", "ERROR"))
    gateway.functions.remove_permission(FunctionName="obedient", StatementId="api")
    ask(obedient)
    account.advance(seconds=1)
    assert gateway.execution_log()[0] == (
        "Execution failed due to configuration error: Invalid permissions on Lambda function"
    )


# --- metrics --------------------------------------------------------------------------------------


@behaviour("apigateway.metrics")
def test_metrics_of_api_and_stage(gateway: Gateway, account: Account, obedient: str) -> None:
    for order in ({"return": {"statusCode": 200}}, {"return": {"statusCode": 404}}, {"raise": "x"}):
        ask(obedient, order)
    ask(obedient + "/none")
    for dimensions in ({"ApiName": "shop"}, {"ApiName": "shop", "Stage": "prod"}):
        assert gateway.metric("Count", "SampleCount", **dimensions) == 4
        assert gateway.metric("4XXError", **dimensions) == 2
        assert gateway.metric("4XXError", "Average", **dimensions) == 0.5
        assert gateway.metric("5XXError", **dimensions) == 1
        assert gateway.metric("Latency", "SampleCount", **dimensions) == 4
        assert gateway.metric("IntegrationLatency", "SampleCount", **dimensions) == 3
    detailed = {"Method": "POST", "Resource": "/orders/{id}", "Stage": "prod"}
    assert gateway.metric("Count", ApiName="shop", **detailed) == 0


@behaviour("apigateway.metrics")
def test_detailed_metrics_are_asked_for(gateway: Gateway, obedient: str) -> None:
    gateway.patch(patch("/*/*/metrics/enabled", "true"))
    ask(obedient)
    detailed = {"Method": "POST", "Resource": "/orders/{id}", "Stage": "prod"}
    assert gateway.metric("Count", ApiName="shop", **detailed) == 1


def test_metrics_come_every_minute(gateway: Gateway, account: Account, obedient: str) -> None:
    ask(obedient)
    cloudwatch = gateway.client("cloudwatch")
    assert cloudwatch.list_metrics(Namespace="AWS/ApiGateway")["Metrics"] == []
    account.advance(minutes=1)
    assert cloudwatch.list_metrics(Namespace="AWS/ApiGateway")["Metrics"]


@behaviour("apigateway.metrics")
def test_overhead_is_latency_without_the_integration(gateway: Gateway, obedient: str) -> None:
    for _ in range(20):
        ask(obedient, {"sleep": 0.1, "return": {"statusCode": 200}})
    latency = gateway.metric("Latency", "Average", ApiName="shop")
    integration = gateway.metric("IntegrationLatency", "Average", ApiName="shop")
    assert 2 <= latency - integration <= 10


# --- traces ---------------------------------------------------------------------------------------


def documents(gateway: Gateway, account: Account) -> list[dict[str, Any]]:
    account.advance(seconds=5)
    xray = gateway.client("xray")
    now = account.now.timestamp()
    found = xray.get_trace_summaries(StartTime=now - 3600, EndTime=now)["TraceSummaries"]
    traces = xray.batch_get_traces(TraceIds=[each["Id"] for each in found][:5])["Traces"]
    return [json.loads(each["Document"]) for trace in traces for each in trace["Segments"]]


@behaviour("apigateway.tracing")
def test_a_traced_stage_writes_its_segment(
    gateway: Gateway, account: Account, obedient: str
) -> None:
    gateway.patch(patch("/tracingEnabled", "true"))
    answer = ask(obedient, {"return": {"statusCode": 503}})
    root = answer.headers["X-Amzn-Trace-Id"].partition(";")[0].removeprefix("Root=")
    by_origin = {each.get("origin"): each for each in documents(gateway, account)}
    stage = by_origin["AWS::ApiGateway::Stage"]
    assert (stage["trace_id"], stage["name"], stage["fault"]) == (root, "shop/prod", True)
    assert stage["http"]["response"]["status"] == 503
    assert stage["aws"]["api_gateway"]["rest_api_id"] == gateway.api
    call = stage["subsegments"][0]
    assert call["name"] == "Lambda" and call["http"]["response"]["status"] == 200
    assert by_origin["AWS::Lambda"]["parent_id"] == call["id"]


@behaviour("apigateway.tracing")
def test_the_caller_decides_about_sampling(
    gateway: Gateway, account: Account, obedient: str
) -> None:
    gateway.patch(patch("/tracingEnabled", "true"))
    root = "1-69b94240-0123456789abcdef01234567"
    ask(obedient, headers={"X-Amzn-Trace-Id": f"Root={root};Parent=53995c3f42cd8ad8;Sampled=0"})
    assert documents(gateway, account) == []
    answer = ask(
        obedient, headers={"X-Amzn-Trace-Id": f"Root={root};Parent=53995c3f42cd8ad8;Sampled=1"}
    )
    assert answer.headers["X-Amzn-Trace-Id"] == f"Root={root};Sampled=1"
    found = documents(gateway, account)
    stage = next(each for each in found if each.get("origin") == "AWS::ApiGateway::Stage")
    assert (stage["trace_id"], stage["parent_id"]) == (root, "53995c3f42cd8ad8")


def test_without_tracing_there_is_no_segment(
    gateway: Gateway, account: Account, obedient: str
) -> None:
    ask(obedient)
    assert documents(gateway, account) == []


# --- the cache ------------------------------------------------------------------------------------

CACHE_ON = (
    patch("/cacheClusterEnabled", "true"),
    patch("/cacheClusterSize", "0.5"),
    patch("/*/*/caching/enabled", "true"),
)


@pytest.fixture
def counting(gateway: Gateway) -> str:
    function = gateway.function("counting", COUNTING)
    names = ("method.request.querystring.page", "method.request.header.X-User")
    gateway.proxy(
        "GET",
        "/keyed",
        function,
        requestParameters=dict.fromkeys(names, False),
        integration={"cacheKeyParameters": list(names)},
    )
    gateway.proxy("GET", "/products/{id}", function)
    gateway.proxy("POST", "/keyed", function)
    return gateway.deploy("prod", *CACHE_ON)


def texts(*addresses: str, **headers: str) -> list[str]:
    return [requests.get(each, headers=headers, timeout=5).text for each in addresses]


@behaviour("apigateway.cache")
def test_a_get_is_cached_for_its_ttl(gateway: Gateway, account: Account, counting: str) -> None:
    keyed = f"{counting}/keyed"
    assert texts(keyed, keyed) == ["1", "1"]
    account.advance(seconds=301)
    assert texts(keyed, keyed) == ["2", "2"]
    gateway.patch(patch("/*/*/caching/ttlInSeconds", "10"))
    account.advance(seconds=301)
    assert texts(keyed) == ["3"]
    account.advance(seconds=11)
    assert texts(keyed) == ["4"]
    gateway.patch(patch("/*/*/caching/ttlInSeconds", "0"))
    assert texts(keyed, keyed) == ["5", "6"]


@behaviour("apigateway.cache_keys")
def test_a_key_is_made_of_its_parameters(counting: str) -> None:
    keyed = f"{counting}/keyed"
    assert texts(f"{keyed}?page=1", f"{keyed}?page=2", f"{keyed}?page=1&x=9") == ["1", "2", "1"]
    assert texts(keyed, **{"X-User": "eve"}) == ["3"]
    assert texts(keyed, **{"X-User": "bob"}) == ["4"]


@behaviour("apigateway.cache_keys")
def test_without_keys_one_entry_serves_everybody(counting: str) -> None:
    """The leak: not even the path parameter tells entries apart."""
    assert texts(f"{counting}/products/1", f"{counting}/products/2") == ["1", "1"]


@behaviour("apigateway.cache")
def test_a_cluster_alone_caches_nothing(gateway: Gateway) -> None:
    gateway.proxy("GET", "/a", gateway.function("counting", COUNTING))
    address = gateway.deploy("prod", CACHE_ON[0]) + "/a"
    assert texts(address, address) == ["1", "2"]
    gateway.patch(patch("/~1a/GET/caching/enabled", "true"))
    assert texts(address, address) == ["3", "3"]
    gateway.patch(patch("/cacheClusterEnabled", "false"))
    assert texts(address) == ["4"]


@behaviour("apigateway.cache")
def test_other_methods_are_cached_by_their_own_setting(gateway: Gateway, counting: str) -> None:
    address = f"{counting}/keyed"
    assert [requests.post(address, timeout=5).text for _ in range(2)] == ["1", "2"]
    gateway.patch(patch("/~1keyed/POST/caching/enabled", "true"))
    assert [requests.post(address, timeout=5).text for _ in range(2)] == ["3", "3"]


@behaviour("apigateway.cache_invalidation")
@pytest.mark.parametrize(
    ("strategy", "status", "text", "warned"),
    [
        ("FAIL_WITH_403", 403, None, False),
        ("SUCCEED_WITH_RESPONSE_HEADER", 200, "1", True),
        ("SUCCEED_WITHOUT_RESPONSE_HEADER", 200, "1", False),
    ],
)
def test_invalidation_needs_permission(
    gateway: Gateway, counting: str, strategy: str, status: int, text: str | None, warned: bool
) -> None:
    gateway.patch(patch("/*/*/caching/unauthorizedCacheControlHeaderStrategy", strategy))
    address = f"{counting}/keyed"
    assert texts(address) == ["1"]
    answer = requests.get(address, headers={"Cache-Control": "max-age=0"}, timeout=5)
    assert answer.status_code == status
    assert text is None or answer.text == text
    assert ("Warning" in answer.headers) == warned


@behaviour("apigateway.cache_invalidation")
def test_anybody_may_invalidate_where_no_permission_is_asked(
    gateway: Gateway, counting: str
) -> None:
    gateway.patch(patch("/*/*/caching/requireAuthorizationForCacheControl", "false"))
    address = f"{counting}/keyed"
    assert texts(address) == ["1"]
    assert texts(address, **{"Cache-Control": "max-age=0"}) == ["2"]
    assert texts(address) == ["2"], "the entry was replaced"


@behaviour("apigateway.cache_invalidation")
def test_flushing_empties_it(gateway: Gateway, counting: str) -> None:
    address = f"{counting}/keyed"
    assert texts(address, f"{address}?page=1") == ["1", "2"]
    gateway.rest.flush_stage_cache(restApiId=gateway.api, stageName="prod")
    assert texts(address, f"{address}?page=1") == ["3", "4"]


@behaviour("apigateway.cache")
def test_hits_and_misses_are_counted(gateway: Gateway, counting: str) -> None:
    texts(*[f"{counting}/keyed"] * 4)
    assert gateway.metric("CacheHitCount", ApiName="shop") == 3
    assert gateway.metric("CacheHitCount", "Average", ApiName="shop") == 0.75
    assert gateway.metric("CacheMissCount", ApiName="shop") == 1
    assert gateway.metric("IntegrationLatency", "SampleCount", ApiName="shop") == 1


@behaviour("apigateway.cache_keys")
def test_cache_keys_must_be_parameters_of_the_method(gateway: Gateway) -> None:
    with pytest.raises(ClientError, match="Invalid cache key parameter"):
        gateway.mock(
            "GET", "/a", integration={"cacheKeyParameters": ["method.request.querystring.x"]}
        )


def test_the_same_requests_leave_the_same_bytes(session: boto3.Session) -> None:
    import course.account
    from tests.account.conftest import WORLD

    found = []
    for _ in range(2):
        with course.account.open(WORLD) as opened:
            gateway = Gateway(opened, session)
            gateway.proxy("POST", "/orders/{id}", gateway.function("obedient", OBEDIENT))
            address = gateway.deploy("prod")
            gateway.patch(INFO, patch("/tracingEnabled", "true"))
            gateway.access_log(FORMAT)
            for order in ({"sleep": 0.2}, {"raise": "x"}, None):
                ask(f"{address}/orders/1", order)
            opened.advance(minutes=2)
            lines = gateway.lines("/shop/access") + gateway.execution_log()
            found.append((lines, gateway.metric("Latency", ApiName="shop")))
    assert found[0] == found[1]
