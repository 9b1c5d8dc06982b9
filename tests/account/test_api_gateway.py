"""REST APIs by their URLs: methods, functions, mocks, and what errors become."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from tests.account.apis import ECHO, OBEDIENT, Gateway, ask, patch
from tests.account.behaviours import behaviour


@pytest.fixture
def gateway(account: Account, session: boto3.Session) -> Gateway:
    return Gateway(account, session)


@pytest.fixture
def obedient(gateway: Gateway) -> str:
    """The address of a method whose function does what it is told."""
    gateway.proxy("ANY", "/{proxy+}", gateway.function("obedient", OBEDIENT, Timeout=60))
    return gateway.deploy() + "/orders"


def error_type(response: requests.Response) -> str:
    return response.headers["x-amzn-ErrorType"]


# --- a function answers ---------------------------------------------------------------------------


@behaviour("apigateway.lambda_proxy")
def test_a_function_answers_at_the_url(gateway: Gateway) -> None:
    gateway.proxy("GET", "/products/{id}", gateway.function("echo"))
    address = gateway.deploy()
    answer = requests.get(f"{address}/products/a%20b?q=1&q=2&z=", timeout=5)
    event = answer.json()
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert event["resource"] == "/products/{id}"
    assert event["path"] == "/products/a%20b"
    assert event["pathParameters"] == {"id": "a b"}
    assert event["queryStringParameters"] == {"q": "2", "z": ""}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"], "z": [""]}
    assert event["body"] is None and event["isBase64Encoded"] is False
    assert event["headers"]["X-Forwarded-Proto"] == "https"
    context = event["requestContext"]
    assert context["stage"] == "prod" and context["path"] == "/prod/products/a%20b"
    assert context["requestId"] == answer.headers["x-amzn-RequestId"]
    assert context["extendedRequestId"] == answer.headers["x-amz-apigw-id"]
    assert context["identity"]["sourceIp"] == "203.0.113.24"
    assert context["requestTime"] == "17/Mar/2026:12:00:00 +0000"


@behaviour("apigateway.lambda_proxy")
def test_urllib_gets_the_same(gateway: Gateway) -> None:
    gateway.proxy("POST", "/cart", gateway.function("echo"))
    address = gateway.deploy() + "/cart"
    request = urllib.request.Request(address, b'{"sku": 1}', {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        assert json.loads(json.loads(answer.read())["body"]) == {"sku": 1}
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(address)


def test_bodies_that_are_no_text_come_as_base64(gateway: Gateway) -> None:
    gateway.proxy("POST", "/upload", gateway.function("echo"))
    event = requests.post(gateway.deploy() + "/upload", data=b"\xff\x00", timeout=5).json()
    assert (event["body"], event["isBase64Encoded"]) == ("/wA=", True)


@behaviour("apigateway.binary_media_types")
def test_a_binary_answer_goes_out_as_bytes_where_its_type_is_binary(gateway: Gateway) -> None:
    made = gateway.rest.create_rest_api(name="pictures", binaryMediaTypes=["image/png"])
    assert made["binaryMediaTypes"] == ["image/png"]
    root = gateway.rest.get_resources(restApiId=made["id"])["items"][0]["id"]
    gateway.api, gateway.places = made["id"], {"/": root}
    gateway.proxy("POST", "/qr", gateway.function("obedient", OBEDIENT))
    address = gateway.deploy() + "/qr"
    order = {"return": {"statusCode": 200, "body": "iVBORw==", "isBase64Encoded": True}}
    assert ask(address, order, headers={"Accept": "image/png"}).content == b"\x89PNG"
    assert ask(address, order).content == b"iVBORw=="


def test_a_call_takes_its_latency(gateway: Gateway, obedient: str, account: Account) -> None:
    before = account.now
    ask(obedient, {"sleep": 2, "return": {"statusCode": 200}})
    assert 2 < (account.now - before).total_seconds() < 3


def test_calls_of_an_api_are_no_api_calls(account: Account, obedient: str) -> None:
    before = len(account.calls())
    ask(obedient)
    assert len(account.calls()) == before


@behaviour("apigateway.snapshots")
def test_a_stage_shows_what_was_deployed(gateway: Gateway) -> None:
    gateway.mock("GET", "/a", body="first")
    address = gateway.deploy("prod", patch("/*/*/throttling/rateLimit", 7))
    gateway.rest.put_integration_response(
        **gateway.where("GET", "/a"), statusCode="200", responseTemplates={"text/plain": "second"}
    )
    assert requests.get(f"{address}/a", timeout=5).text == "first"
    gateway.deploy()
    assert requests.get(f"{address}/a", timeout=5).text == "second"
    stage = gateway.rest.get_stage(restApiId=gateway.api, stageName="prod")
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 7, "settings stay"


def test_stage_variables_choose_the_function(gateway: Gateway) -> None:
    arn = gateway.function("blue", OBEDIENT)
    gateway.proxy("POST", "/a", arn.replace("blue", "${stageVariables.colour}"))
    address = gateway.deploy("prod", patch("/variables/colour", "blue"))
    assert ask(f"{address}/a").status_code == 200
    gateway.patch(patch("/variables/colour", "green"))
    assert ask(f"{address}/a").status_code == 500


# --- errors ---------------------------------------------------------------------------------------


@behaviour("apigateway.statuses")
@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"return": {"statusCode": 404, "body": "none"}}, 404),
        ({"raise": "oops"}, 502),
        ({"return": {"message": "dict"}}, 502),
        ({"return": {"statusCode": 200, "body": {"a": 1}}}, 502),
        ({"return": "text"}, 502),
        ({"return": {}}, 200),
        ({"sleep": 30, "return": {"statusCode": 200}}, 504),
    ],
)
def test_status_of_what_the_function_does(obedient: str, order: Any, status: int) -> None:
    answer = ask(obedient, order)
    assert answer.status_code == status
    if status == 502:
        assert answer.json() == {"message": "Internal server error"}
        assert error_type(answer) == "InternalServerErrorException"
    if status == 504:
        assert answer.json() == {"message": "Endpoint request timed out"}


@behaviour("apigateway.statuses")
def test_a_timed_out_function_is_502_and_a_slow_one_504(gateway: Gateway) -> None:
    gateway.proxy("POST", "/quick", gateway.function("quick", OBEDIENT, Timeout=1))
    gateway.proxy(
        "POST",
        "/slow",
        gateway.function("slow", OBEDIENT, Timeout=60),
        integration={"timeoutInMillis": 500},
    )
    address = gateway.deploy()
    assert ask(f"{address}/quick", {"sleep": 5}).status_code == 502
    assert ask(f"{address}/slow", {"sleep": 5}).status_code == 504


@behaviour("apigateway.statuses")
def test_a_rejected_invocation_is_500(gateway: Gateway) -> None:
    gateway.proxy("POST", "/a", gateway.function("busy", OBEDIENT))
    gateway.proxy("POST", "/b", gateway.function("closed", OBEDIENT, let_in=False))
    arn = "arn:aws:lambda:us-east-1:123456789012:function:gone"
    gateway.proxy("POST", "/c", arn)
    address = gateway.deploy()
    gateway.functions.put_function_concurrency(FunctionName="busy", ReservedConcurrentExecutions=0)
    for path in "abc":
        answer = ask(f"{address}/{path}")
        assert answer.status_code == 500
        assert answer.json() == {"message": "Internal server error"}


@behaviour("apigateway.statuses")
def test_a_fault_of_lambda_is_500(account: Account, obedient: str) -> None:
    with account.fault("lambda:Invoke", error="TooManyRequestsException"):
        assert ask(obedient).status_code == 500
    assert ask(obedient).status_code == 200


def test_a_permission_is_for_its_source_arn(gateway: Gateway) -> None:
    function = gateway.function("orders", OBEDIENT, let_in=False)
    gateway.proxy("POST", "/orders/{id}", function)
    gateway.proxy("DELETE", "/orders/{id}", function)
    address = gateway.deploy()
    gateway.functions.add_permission(
        FunctionName="orders",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:123456789012:{gateway.api}/*/POST/orders/*",
    )
    assert ask(f"{address}/orders/1").status_code == 200
    assert ask(f"{address}/orders/1", method="DELETE").status_code == 500
    gateway.functions.remove_permission(FunctionName="orders", StatementId="s")
    assert ask(f"{address}/orders/1").status_code == 500


@behaviour("apigateway.statuses")
@pytest.mark.parametrize(("method", "path"), [("GET", "/none"), ("PUT", "/a"), ("GET", "/a/b")])
def test_unknown_paths_and_methods_are_403(gateway: Gateway, method: str, path: str) -> None:
    gateway.mock("GET", "/a")
    answer = ask(gateway.deploy() + path, method=method)
    assert answer.status_code == 403
    assert answer.json() == {"message": "Missing Authentication Token"}
    assert error_type(answer) == "MissingAuthenticationTokenException"


@behaviour("apigateway.statuses")
def test_unknown_stages_and_apis_are_403_forbidden(gateway: Gateway) -> None:
    gateway.mock("GET", "/a")
    address = gateway.deploy("prod")
    unknown = address.replace(gateway.api, "abcdefghij")
    for url in (address.replace("/prod", "/test") + "/a", unknown + "/a"):
        answer = requests.get(url, timeout=5)
        assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


def test_an_undeployed_api_answers_nothing(gateway: Gateway) -> None:
    gateway.mock("GET", "/a")
    assert requests.get(gateway.address() + "/a", timeout=5).status_code == 403


@behaviour("apigateway.statuses")
def test_a_large_payload_is_413(obedient: str) -> None:
    answer = requests.post(obedient, data=b"x" * (10 * 1024 * 1024 + 1), timeout=5)
    assert answer.status_code == 413


def test_a_method_of_an_integration_must_be_post(gateway: Gateway) -> None:
    gateway.proxy("GET", "/a", gateway.function("echo"))
    gateway.rest.update_integration(
        **gateway.where("GET", "/a"), patchOperations=[patch("/httpMethod", "GET")]
    )
    answer = requests.get(gateway.deploy() + "/a", timeout=5)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal server error"})


# --- mocks ----------------------------------------------------------------------------------------


@behaviour("apigateway.mocks")
def test_a_mock_answers_by_its_templates(gateway: Gateway) -> None:
    body = '{"id": "$input.params(\'id\')", "stage": "$context.stage"}'
    gateway.mock("GET", "/products/{id}", body=body)
    answer = requests.get(gateway.deploy() + "/products/7", timeout=5)
    assert answer.json() == {"id": "7", "stage": "prod"}


@behaviour("apigateway.mocks")
def test_cors_by_a_mock(gateway: Gateway) -> None:
    where = gateway.where("OPTIONS", "/cart")
    gateway.rest.put_method(**where, authorizationType="NONE")
    gateway.rest.put_integration(
        **where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 204}'}
    )
    names = {"Origin": "'https://shop.example'", "Methods": "'GET,POST'"}
    headers = {f"method.response.header.Access-Control-Allow-{n}": v for n, v in names.items()}
    gateway.rest.put_method_response(
        **where, statusCode="204", responseParameters=dict.fromkeys(headers, True)
    )
    gateway.rest.put_integration_response(**where, statusCode="204", responseParameters=headers)
    answer = requests.options(gateway.deploy() + "/cart", timeout=5)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET,POST"


@behaviour("apigateway.mocks")
@pytest.mark.parametrize(
    "template", ['{"statusCode": 404}', '{"statusCode": "200"}', "{}", "not json"]
)
def test_a_mock_without_an_answer_is_500(gateway: Gateway, template: str) -> None:
    gateway.mock("GET", "/a", template=template)
    gateway.rest.delete_integration_response(**gateway.where("GET", "/a"), statusCode="200")
    gateway.rest.put_integration_response(
        **gateway.where("GET", "/a"), statusCode="200", selectionPattern="2\\d\\d"
    )
    answer = requests.get(gateway.deploy() + "/a", timeout=5)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal server error"})


def test_a_mock_needs_its_method_response(gateway: Gateway) -> None:
    gateway.mock("GET", "/a")
    gateway.rest.delete_method_response(**gateway.where("GET", "/a"), statusCode="200")
    assert requests.get(gateway.deploy() + "/a", timeout=5).status_code == 500


def test_a_media_type_without_a_template_is_415(gateway: Gateway) -> None:
    gateway.mock("POST", "/a", integration={"passthroughBehavior": "NEVER"})
    headers = {"Content-Type": "text/csv"}
    answer = requests.post(gateway.deploy() + "/a", data="a,b", headers=headers, timeout=5)
    assert answer.status_code == 415


# --- validation, gateway responses ----------------------------------------------------------------

SCHEMA = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": ["sku"],
    "properties": {"sku": {"type": "string"}, "many": {"type": "integer", "minimum": 1}},
}


@pytest.fixture
def validated(gateway: Gateway) -> str:
    gateway.rest.create_model(
        restApiId=gateway.api,
        name="Item",
        contentType="application/json",
        schema=json.dumps(SCHEMA),
    )
    validator = gateway.rest.create_request_validator(
        restApiId=gateway.api,
        name="all",
        validateRequestBody=True,
        validateRequestParameters=True,
    )
    gateway.mock(
        "POST",
        "/items",
        requestValidatorId=validator["id"],
        requestModels={"application/json": "Item"},
        requestParameters={
            "method.request.querystring.shop": True,
            "method.request.header.X-Trace": True,
            "method.request.querystring.page": False,
        },
    )
    return gateway.deploy() + "/items"


@behaviour("apigateway.validation")
def test_required_parameters(validated: str) -> None:
    answer = requests.post(validated, data='{"sku": "a"}', timeout=5)
    assert answer.status_code == 400
    assert answer.json() == {"message": "Missing required request parameters: [X-Trace, shop]"}
    assert error_type(answer) == "BadRequestException"


@behaviour("apigateway.validation")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"sku": "a"}', 200),
        ('{"sku": "a", "many": 2}', 200),
        ('{"sku": 1}', 400),
        ('{"sku": "a", "many": 0}', 400),
        ("{", 400),
        ("", 400),
    ],
)
def test_bodies_are_checked_against_the_model(validated: str, body: str, status: int) -> None:
    answer = requests.post(
        validated, data=body, params={"shop": "1"}, headers={"X-Trace": "1"}, timeout=5
    )
    assert answer.status_code == status
    if status == 400:
        assert answer.json() == {"message": "Invalid request body"}


@behaviour("apigateway.gateway_responses")
def test_gateway_responses_are_customised(gateway: Gateway) -> None:
    gateway.mock("GET", "/a")
    gateway.rest.put_gateway_response(
        restApiId=gateway.api,
        responseType="MISSING_AUTHENTICATION_TOKEN",
        statusCode="404",
        responseParameters={
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            "gatewayresponse.header.X-Asked": "method.request.querystring.q",
        },
        responseTemplates={
            "application/json": '{"error": $context.error.messageString, '
            '"kind": "$context.error.responseType", "path": "$context.path"}'
        },
    )
    address = gateway.deploy()
    answer = requests.get(address + "/none?q=7", timeout=5)
    assert answer.status_code == 404
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Asked"] == "7"
    assert answer.json() == {
        "error": "Missing Authentication Token",
        "kind": "MISSING_AUTHENTICATION_TOKEN",
        "path": "/prod/none",
    }


@behaviour("apigateway.gateway_responses")
def test_default_responses_stand_in(gateway: Gateway) -> None:
    gateway.proxy("POST", "/a", gateway.function("obedient", OBEDIENT))
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        gateway.rest.put_gateway_response(
            restApiId=gateway.api,
            responseType=kind,
            responseParameters={"gatewayresponse.header.X-Kind": f"'{kind}'"},
        )
    address = gateway.deploy()
    answer = ask(f"{address}/a", {"raise": "x"})
    assert (answer.status_code, answer.headers["X-Kind"]) == (502, "DEFAULT_5XX")
    answer = ask(f"{address}/b")
    assert (answer.status_code, answer.headers["X-Kind"]) == (403, "DEFAULT_4XX")


def test_a_customised_integration_failure_has_its_documented_status(gateway: Gateway) -> None:
    gateway.proxy("POST", "/a", gateway.function("busy", OBEDIENT))
    gateway.functions.put_function_concurrency(FunctionName="busy", ReservedConcurrentExecutions=0)
    gateway.rest.put_gateway_response(
        restApiId=gateway.api,
        responseType="INTEGRATION_FAILURE",
        responseTemplates={"application/json": '{"message": "later"}'},
    )
    answer = ask(gateway.deploy() + "/a")
    assert (answer.status_code, answer.json()) == (504, {"message": "later"})


# --- what is refused ------------------------------------------------------------------------------


@behaviour("apigateway.other_integrations")
def test_other_integrations_are_refused_when_deployed(gateway: Gateway) -> None:
    where = gateway.where("GET", "/a")
    gateway.rest.put_method(**where, authorizationType="NONE")
    gateway.rest.put_integration(
        **where, type="HTTP_PROXY", integrationHttpMethod="GET", uri="https://example.com/"
    )
    with pytest.raises(NotSimulated, match="HTTP_PROXY.*AWS_PROXY"):
        gateway.deploy()


def test_a_template_in_velocity_is_refused(gateway: Gateway) -> None:
    gateway.mock("GET", "/a", body="#set($x = 1)$x")
    with pytest.raises(NotSimulated, match="Velocity"):
        gateway.deploy()


def test_a_method_without_an_integration_cannot_be_deployed(gateway: Gateway) -> None:
    gateway.mock("GET", "/a")
    gateway.rest.put_method(**gateway.where("POST", "/a"), authorizationType="NONE")
    with pytest.raises(ClientError, match="No integration defined for method"):
        gateway.deploy()


def test_the_world_placeholder_functions_say_so(gateway: Gateway) -> None:
    gateway.proxy("GET", "/a", "arn:aws:lambda:us-east-1:123456789012:function:cart")
    gateway.functions.add_permission(
        FunctionName="cart",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    address = gateway.deploy()
    with pytest.raises(NotSimulated, match="update_function_code"):
        requests.get(f"{address}/a", timeout=5)


def test_other_hosts_of_execute_api_are_refused(gateway: Gateway) -> None:
    with pytest.raises(NotSimulated, match="own execute-api address"):
        requests.get("https://a.b.execute-api.us-east-1.amazonaws.com/x", timeout=5)


@behaviour("apigateway.test_invoke")
def test_a_method_is_tested_without_a_deployment(gateway: Gateway) -> None:
    gateway.proxy("POST", "/orders/{id}", gateway.function("echo", ECHO), apiKeyRequired=True)
    answer = gateway.rest.test_invoke_method(
        **gateway.where("POST", "/orders/{id}"),
        pathWithQueryString="/orders/7?a=1",
        body='{"x": 1}',
        headers={"X-Test": "yes"},
    )
    event = json.loads(answer["body"])
    assert answer["status"] == 200
    assert event["pathParameters"] == {"id": "7"}
    assert event["headers"]["X-Test"] == "yes"
    assert event["body"] == '{"x": 1}'
    assert answer["log"].startswith("Execution log for request ")
    assert "Endpoint request body after transformations" in answer["log"]
    assert answer["log"].endswith("Method completed with status: 200\n")


@behaviour("apigateway.test_invoke")
def test_a_test_shows_why_it_failed(gateway: Gateway) -> None:
    gateway.proxy("POST", "/a", gateway.function("obedient", OBEDIENT))
    answer = gateway.rest.test_invoke_method(
        **gateway.where("POST", "/a"), body='{"return": {"orderId": 1}}'
    )
    assert answer["status"] == 502
    assert "Malformed Lambda proxy response" in answer["log"]
