"""HTTP APIs by their URLs: both payload formats, errors, limits, CORS, authorizers, logs."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from tests.account.apis import OBEDIENT, OWNER, Gateway, ask
from tests.account.behaviours import behaviour

AUTHORIZER = """
def lambda_handler(event, context):
    token = event["identitySource"][0]
    if token == "broken":
        raise ValueError("no database")
    return {"isAuthorized": token == "allow", "context": {"user": "eve", "seats": 3}}
"""


@pytest.fixture
def gateway(account: Account, session: boto3.Session) -> Gateway:
    return Gateway(account, session)


@pytest.fixture
def obedient(gateway: Gateway) -> str:
    function = gateway.function("obedient", OBEDIENT, Timeout=60)
    return gateway.http_api({"POST /orders/{id}": function}) + "/orders/7"


@behaviour("apigateway.http_apis")
def test_format_2(gateway: Gateway) -> None:
    address = gateway.http_api({"GET /items/{id}": gateway.function("echo")})
    answer = requests.get(
        f"{address}/items/7?a=1&a=2&b=3",
        headers={"X-Test": "Yes", "Cookie": "a=1; b=2"},
        timeout=5,
    )
    event = answer.json()
    assert (event["version"], event["routeKey"]) == ("2.0", "GET /items/{id}")
    assert (event["rawPath"], event["rawQueryString"]) == ("/items/7", "a=1&a=2&b=3")
    assert event["queryStringParameters"] == {"a": "1,2", "b": "3"}
    assert event["headers"]["x-test"] == "Yes"
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["pathParameters"] == {"id": "7"}
    assert "body" not in event and event["isBase64Encoded"] is False
    context = event["requestContext"]
    assert (context["stage"], context["http"]["method"]) == ("$default", "GET")
    assert context["requestId"] == answer.headers["Apigw-Requestid"]
    assert context["timeEpoch"] == 1_773_748_800_000


@behaviour("apigateway.http_apis")
def test_format_1_and_a_named_stage(gateway: Gateway) -> None:
    echo = gateway.function("echo")
    address = gateway.http_api({"ANY /{proxy+}": echo}, stage="v1", version="1.0")
    event = requests.get(f"{address}/items/7?a=1", timeout=5).json()
    assert (event["version"], event["httpMethod"]) == ("1.0", "GET")
    assert event["pathParameters"] == {"proxy": "items/7"}
    assert event["path"] == "/v1/items/7"
    assert event["requestContext"]["resourcePath"] == "/{proxy+}"
    assert requests.get(address.removesuffix("/v1") + "/items", timeout=5).status_code == 404


@behaviour("apigateway.http_apis")
def test_the_closest_route_answers(gateway: Gateway) -> None:
    answer = '{{"statusCode": 200, "body": "{}"}}'
    source = "def lambda_handler(event, context):\n    return {}\n"
    keys = ["GET /a/b", "GET /a/{id}", "ANY /a/{proxy+}", "$default"]
    functions = {
        key: gateway.function(f"route{n}", source.format(answer.format(n)))
        for n, key in enumerate(keys)
    }
    address = gateway.http_api(functions)
    asked = [("GET", "/a/b"), ("GET", "/a/7"), ("POST", "/a/b"), ("GET", "/a/7/x"), ("GET", "/z")]
    found = [ask(address + path, method=method).text for method, path in asked]
    assert found == ["0", "1", "2", "2", "3"]


@behaviour("apigateway.http_statuses")
@pytest.mark.parametrize(
    ("order", "status", "message"),
    [
        ({"return": {"statusCode": 404}}, 404, None),
        ({"return": {"any": "object"}}, 200, None),
        ({"raise": "oops"}, 500, "Internal Server Error"),
        ({"return": {"statusCode": "x"}}, 500, "Internal Server Error"),
        ({"sleep": 31}, 503, "Service Unavailable"),
    ],
)
def test_status_of_what_the_function_does(
    obedient: str, order: Any, status: int, message: str | None
) -> None:
    answer = ask(obedient, order)
    assert answer.status_code == status
    assert message is None or answer.json() == {"message": message}


@behaviour("apigateway.http_statuses")
def test_rejected_invocations(gateway: Gateway, obedient: str) -> None:
    gateway.functions.put_function_concurrency(
        FunctionName="obedient", ReservedConcurrentExecutions=0
    )
    answer = ask(obedient)
    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})
    gateway.functions.remove_permission(FunctionName="obedient", StatementId="api")
    assert ask(obedient).status_code == 500


@behaviour("apigateway.http_statuses")
def test_unknown_paths_are_404_and_large_payloads_413(obedient: str) -> None:
    answer = ask(obedient + "/items")
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})
    assert ask(obedient, method="GET").status_code == 404
    answer = requests.post(obedient, data=b"x" * (10 * 1024 * 1024 + 1), timeout=5)
    assert answer.status_code == 413


@behaviour("apigateway.http_throttling")
def test_routes_are_throttled(gateway: Gateway, account: Account) -> None:
    echo = gateway.function("echo")
    address = gateway.http_api(
        {"GET /a": echo, "GET /b": echo},
        DefaultRouteSettings={"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 2},
        RouteSettings={"GET /b": {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 1}},
    )
    for path, expected in (("a", [200, 200, 429]), ("b", [200, 429, 429])):
        results = account.traffic(f"{address}/{path}", [(0, {"method": "GET"})] * 3)
        account.advance(seconds=5)
        assert [result["status"] for result in results] == expected


@behaviour("apigateway.http_cors")
def test_cors_is_answered_by_the_api(gateway: Gateway) -> None:
    cors = {
        "AllowOrigins": ["https://shop.example"],
        "AllowMethods": ["GET", "POST"],
        "AllowHeaders": ["authorization"],
        "MaxAge": 60,
    }
    address = gateway.http_api(
        {"GET /a": gateway.function("echo")}, Cors={"CorsConfiguration": cors}
    )
    origin = {"Origin": "https://shop.example"}
    answer = requests.options(
        f"{address}/a", headers={**origin, "Access-Control-Request-Method": "GET"}, timeout=5
    )
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Methods"] == "GET,POST"
    assert answer.headers["Access-Control-Max-Age"] == "60"
    answer = requests.get(f"{address}/a", headers=origin, timeout=5)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Access-Control-Allow-Methods" not in answer.headers
    answer = requests.get(f"{address}/a", headers={"Origin": "https://evil.example"}, timeout=5)
    assert "Access-Control-Allow-Origin" not in answer.headers


@behaviour("apigateway.http_authorizers")
def test_a_lambda_authorizer_with_simple_responses(gateway: Gateway) -> None:
    address = gateway.http_api({"GET /a": gateway.function("echo")})
    api = address.split("//")[1].split(".")[0]
    made = gateway.http.create_authorizer(
        ApiId=api,
        AuthorizerType="REQUEST",
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        IdentitySource=["$request.header.Authorization"],
        AuthorizerUri=gateway.uri(gateway.function("authorizer", AUTHORIZER)),
        Name="who",
    )
    route = gateway.http.get_routes(ApiId=api)["Items"][0]["RouteId"]
    gateway.http.update_route(
        ApiId=api, RouteId=route, AuthorizationType="CUSTOM", AuthorizerId=made["AuthorizerId"]
    )

    def status(token: str | None) -> int:
        headers = {} if token is None else {"Authorization": token}
        return requests.get(f"{address}/a", headers=headers, timeout=5).status_code

    assert [status(token) for token in ("allow", "deny", None, "broken")] == [200, 403, 401, 500]
    event = requests.get(f"{address}/a", headers={"Authorization": "allow"}, timeout=5).json()
    assert event["requestContext"]["authorizer"] == {"lambda": {"user": "eve", "seats": 3}}


FORMAT = (
    '{"id":"$context.requestId","route":"$context.routeKey","status":"$context.status",'
    '"why":"$context.integrationErrorMessage","lambda":"$context.integrationStatus"}'
)


@behaviour("apigateway.http_logs")
def test_access_logs_say_why(gateway: Gateway, account: Account) -> None:
    gateway.logs.create_log_group(logGroupName="/web/access")
    arn = f"arn:aws:logs:us-east-1:{OWNER}:log-group:/web/access"
    address = gateway.http_api(
        {"POST /a": gateway.function("obedient", OBEDIENT)},
        AccessLogSettings={"DestinationArn": arn, "Format": FORMAT},
    )
    ask(f"{address}/a", {"raise": "no stock"})
    ask(f"{address}/none")
    account.advance(seconds=1)
    lines = [json.loads(line) for line in gateway.lines("/web/access")]
    assert (lines[0]["route"], lines[0]["status"], lines[0]["lambda"]) == ("POST /a", "500", "200")
    assert "no stock" in lines[0]["why"]
    assert (lines[1]["route"], lines[1]["status"], lines[1]["why"]) == ("-", "404", "-")


@behaviour("apigateway.http_logs")
@pytest.mark.parametrize(
    ("log_format", "message"),
    [("$context.status", "requestId"), ("$context.requestId $context.colour", "colour")],
)
def test_log_formats_that_are_refused(gateway: Gateway, log_format: str, message: str) -> None:
    gateway.logs.create_log_group(logGroupName="/web/access")
    arn = f"arn:aws:logs:us-east-1:{OWNER}:log-group:/web/access"
    with pytest.raises(ClientError, match=message):
        gateway.http_api({}, AccessLogSettings={"DestinationArn": arn, "Format": log_format})


@behaviour("apigateway.http_metrics")
def test_metrics_have_their_own_names(gateway: Gateway, obedient: str) -> None:
    api = obedient.split("//")[1].split(".")[0]
    ask(obedient, {"return": {"statusCode": 200}})
    ask(obedient, {"raise": "x"})
    ask(obedient + "/x")
    assert gateway.metric("Count", ApiId=api) == 3
    assert gateway.metric("4xx", ApiId=api, Stage="$default") == 1
    assert gateway.metric("5xx", ApiId=api) == 1
    assert gateway.metric("IntegrationLatency", "SampleCount", ApiId=api) == 2
    assert gateway.metric("DataProcessed", ApiId=api) > 0


@behaviour("apigateway.http_stages")
def test_stages_are_changed(gateway: Gateway) -> None:
    address = gateway.http_api({"GET /a": gateway.function("echo")}, stage="v1")
    where = {"ApiId": address.split("//")[1].split(".")[0], "StageName": "v1"}
    answer = gateway.http.update_stage(
        **where,
        DefaultRouteSettings={"ThrottlingRateLimit": 0.0, "ThrottlingBurstLimit": 0},
        StageVariables={"a": "1"},
    )
    assert answer["StageVariables"] == {"a": "1"}
    assert answer["DefaultRouteSettings"]["ThrottlingBurstLimit"] == 0
    assert requests.get(f"{address}/a", timeout=5).status_code == 429
    assert gateway.http.get_stage(**where)["StageVariables"] == {"a": "1"}
    with pytest.raises(ClientError, match="already exists"):
        gateway.http.create_stage(**where, AutoDeploy=True)


@behaviour("apigateway.http_refused")
def test_what_is_refused(gateway: Gateway) -> None:
    with pytest.raises(NotSimulated, match="WebSocket"):
        gateway.http.create_api(Name="chat", ProtocolType="WEBSOCKET")
    with pytest.raises(NotSimulated, match="with Target"):
        gateway.http.create_api(Name="quick", ProtocolType="HTTP", Target="arn:aws:lambda:x")
    api = gateway.http.create_api(Name="web", ProtocolType="HTTP")["ApiId"]
    with pytest.raises(NotSimulated, match="AutoDeploy"):
        gateway.http.create_stage(ApiId=api, StageName="v1")
    made = gateway.http.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri="https://example.com",
        PayloadFormatVersion="1.0",
    )
    target = f"integrations/{made['IntegrationId']}"
    gateway.http.create_route(ApiId=api, RouteKey="GET /x", Target=target)
    gateway.http.create_route(
        ApiId=api, RouteKey="GET /jwt", Target=target, AuthorizationType="JWT"
    )
    gateway.http.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    address = f"https://{api}.execute-api.us-east-1.amazonaws.com"
    for path, message in (("/x", "HTTP_PROXY"), ("/jwt", "JWT")):
        with pytest.raises(NotSimulated, match=message):
            requests.get(address + path, timeout=5)
