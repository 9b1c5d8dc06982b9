"""API Gateway's control plane: what is kept, patched, deployed and refused."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

import course.account
from course.account import Account, NotSimulated
from course.telemetry.world import World
from tests.account.apis import COUNTING, ECHO, Gateway, ask, patch
from tests.account.behaviours import behaviour
from tests.account.conftest import END, START, WORLD


@pytest.fixture
def gateway(account: Account, session: boto3.Session) -> Gateway:
    return Gateway(account, session)


@pytest.fixture
def stage(gateway: Gateway) -> dict[str, str]:
    gateway.mock("GET", "/a/b")
    gateway.deploy()
    return {"restApiId": gateway.api, "stageName": "prod"}


# --- stages ---------------------------------------------------------------------------------------


@behaviour("apigateway.stage_patches")
def test_every_setting_of_a_method_is_kept(gateway: Gateway, stage: dict[str, str]) -> None:
    gateway.patch(
        patch("/*/*/logging/loglevel", "ERROR"),
        patch("/~1a~1b/GET/metrics/enabled", "true"),
        patch("/~1a~1b/GET/logging/dataTrace", "true"),
        patch("/~1a~1b/GET/throttling/rateLimit", "2.5"),
        patch("/~1a~1b/GET/throttling/burstLimit", "4"),
        patch("/~1a~1b/GET/caching/enabled", "true"),
        patch("/~1a~1b/GET/caching/ttlInSeconds", "60"),
        patch("/~1a~1b/GET/caching/dataEncrypted", "true"),
        patch("/~1a~1b/GET/caching/requireAuthorizationForCacheControl", "false"),
        patch("/~1a~1b/GET/caching/unauthorizedCacheControlHeaderStrategy", "FAIL_WITH_403"),
    )
    found = gateway.rest.get_stage(**stage)["methodSettings"]
    assert found["~1a~1b/GET"] == {
        "metricsEnabled": True,
        "loggingLevel": "ERROR",
        "dataTraceEnabled": True,
        "throttlingBurstLimit": 4,
        "throttlingRateLimit": 2.5,
        "cachingEnabled": True,
        "cacheTtlInSeconds": 60,
        "cacheDataEncrypted": True,
        "requireAuthorizationForCacheControl": False,
        "unauthorizedCacheControlHeaderStrategy": "FAIL_WITH_403",
    }
    gateway.patch(patch("/~1a~1b/GET", op="remove"))
    assert list(gateway.rest.get_stage(**stage)["methodSettings"]) == ["*/*"]


@behaviour("apigateway.stage_patches")
def test_a_stage_itself(gateway: Gateway, stage: dict[str, str]) -> None:
    gateway.patch(
        patch("/description", "shop"),
        patch("/variables/table", "orders"),
        patch("/tracingEnabled", "true"),
        patch("/cacheClusterEnabled", "true"),
        patch("/cacheClusterSize", "1.6"),
    )
    found = gateway.rest.get_stage(**stage)
    assert (found["description"], found["variables"]) == ("shop", {"table": "orders"})
    assert (found["tracingEnabled"], found["cacheClusterStatus"]) == (True, "AVAILABLE")
    assert found["cacheClusterSize"] == "1.6"
    gateway.patch(patch("/variables/table", op="remove"))
    assert not gateway.rest.get_stage(**stage).get("variables")


@behaviour("apigateway.stage_patches")
@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("/tags/x", "y", "Invalid method setting path: /tags/x"),
        ("/loggingLevel", "INFO", "Invalid method setting path"),
        ("/~1a~1b/GET/caching/size", "1", "Invalid method setting path"),
        ("/*/*/logging/loglevel", "DEBUG", "OFF, ERROR, INFO"),
        ("/*/*/caching/ttlInSeconds", "3601", "out of range"),
        ("/*/*/throttling/burstLimit", "many", "Invalid number"),
        ("/*/*/metrics/enabled", "yes", "Invalid boolean"),
        ("/canarySettings/weight", "5", "Invalid method setting path"),
        ("/canarySettings/percentTraffic", "101", "out of range"),
    ],
)
def test_patches_that_are_refused(
    gateway: Gateway, stage: dict[str, str], path: str, value: str, message: str
) -> None:
    with pytest.raises(ClientError, match=message) as error:
        gateway.patch(patch("/description", "half done"), patch(path, value))
    assert error.value.response["Error"]["Code"] == "BadRequestException"
    assert gateway.rest.get_stage(**stage)["description"] == "", "all of a patch or nothing"


def test_a_path_that_the_account_does_not_have(gateway: Gateway) -> None:
    with pytest.raises(ClientError, match="Must be one of: ./cloudwatchRoleArn") as error:
        gateway.rest.update_account(patchOperations=[patch("/cloudwatchRoleArns", "x")])
    assert error.value.response["Error"]["Code"] == "BadRequestException"


def test_settings_given_with_the_deployment(gateway: Gateway) -> None:
    gateway.mock("GET", "/a")
    gateway.rest.create_deployment(
        restApiId=gateway.api,
        stageName="prod",
        tracingEnabled=True,
        cacheClusterEnabled=True,
        cacheClusterSize="0.5",
        variables={"a": "1"},
    )
    found = gateway.rest.get_stage(restApiId=gateway.api, stageName="prod")
    assert (found["tracingEnabled"], found["cacheClusterEnabled"]) == (True, True)
    assert found["variables"] == {"a": "1"}


@behaviour("apigateway.canary")
def test_a_canary_gets_its_share(gateway: Gateway, account: Account) -> None:
    gateway.mock("GET", "/a", body="$stageVariables.colour old")
    address = gateway.deploy("prod", patch("/variables/colour", "blue"))
    where = gateway.where("GET", "/a")
    gateway.rest.put_integration_response(
        **where,
        statusCode="200",
        responseTemplates={"application/json": "$stageVariables.colour new"},
    )
    canary = {"percentTraffic": 20.0, "stageVariableOverrides": {"colour": "green"}}
    made = gateway.rest.create_deployment(
        restApiId=gateway.api, stageName="prod", canarySettings=canary
    )
    found = [requests.get(f"{address}/a", timeout=5).text for _ in range(100)]
    assert set(found) == {"blue old", "green new"}
    assert 10 <= found.count("green new") <= 30
    settings = gateway.rest.get_stage(restApiId=gateway.api, stageName="prod")["canarySettings"]
    assert (settings["deploymentId"], settings["percentTraffic"]) == (made["id"], 20)
    gateway.patch(
        {"op": "copy", "path": "/deploymentId", "from": "/canarySettings/deploymentId"},
        patch("/canarySettings", op="remove"),
    )
    found = [requests.get(f"{address}/a", timeout=5).text for _ in range(20)]
    assert set(found) == {"blue new"}


# --- integrations, methods, plans -----------------------------------------------------------------


def test_a_quota_has_a_period_that_aws_knows(gateway: Gateway) -> None:
    with pytest.raises(ClientError, match="DAY, WEEK, MONTH"):
        gateway.rest.create_usage_plan(name="p", quota={"limit": 1, "period": "HOUR"})


@behaviour("apigateway.cache_key_parameters_kept")
def test_integrations_keep_their_cache_keys_and_defaults(gateway: Gateway) -> None:
    name = "method.request.querystring.page"
    gateway.mock(
        "GET", "/a", requestParameters={name: True}, integration={"cacheKeyParameters": [name]}
    )
    found = gateway.rest.get_integration(**gateway.where("GET", "/a"))
    assert found["cacheKeyParameters"] == [name]
    assert found["cacheNamespace"] == gateway.resource("/a")
    assert (found["timeoutInMillis"], found["passthroughBehavior"]) == (29000, "WHEN_NO_MATCH")


@behaviour("apigateway.update_integration")
def test_an_integration_is_patched_and_shows_after_a_deployment(gateway: Gateway) -> None:
    gateway.proxy("POST", "/a", gateway.function("old", COUNTING))
    address = gateway.deploy() + "/a"
    assert ask(address).text == "1"
    new = gateway.function("new", ECHO)
    where = gateway.where("POST", "/a")
    gateway.rest.update_method(
        **where,
        patchOperations=[
            patch("/requestParameters/method.request.header.X", "true", "add"),
            patch("/apiKeyRequired", "false"),
        ],
    )
    answer = gateway.rest.update_integration(
        **where,
        patchOperations=[
            patch("/uri", gateway.uri(new)),
            patch("/timeoutInMillis", 5000),
            patch("/cacheKeyParameters/method.request.header.X", op="add"),
        ],
    )
    assert (answer["timeoutInMillis"], answer["cacheKeyParameters"]) == (
        5000,
        ["method.request.header.X"],
    )
    assert ask(address).text == "2"
    gateway.deploy()
    assert ask(address).json()["resource"] == "/a"


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (patch("/timeoutInMillis", 30000), "between 50 ms and 29000 ms"),
        (patch("/cacheKeyParameters/method.request.header.Y", op="add"), "Invalid cache key"),
        (patch("/nothing", 1), "Invalid patch path"),
    ],
)
def test_integration_patches_that_are_refused(
    gateway: Gateway, operation: dict[str, str], message: str
) -> None:
    gateway.mock("GET", "/a")
    with pytest.raises(ClientError, match=message):
        gateway.rest.update_integration(**gateway.where("GET", "/a"), patchOperations=[operation])


@pytest.mark.parametrize("timeout", [49, 29001])
def test_time_outs_have_limits(gateway: Gateway, timeout: int) -> None:
    with pytest.raises(ClientError, match="between 50 ms and 29000 ms"):
        gateway.mock("GET", "/a", integration={"timeoutInMillis": timeout})


@behaviour("apigateway.usage_plan_patches")
def test_usage_plans_are_patched_whole(gateway: Gateway, stage: dict[str, str]) -> None:
    _, _, plan = gateway.key("eve", apiStages=[])
    name = f"{gateway.api}:prod"
    answer = gateway.rest.update_usage_plan(
        usagePlanId=plan,
        patchOperations=[
            patch("/apiStages", name, "add"),
            patch("/throttle/rateLimit", "0.5"),
            patch("/throttle/burstLimit", "3"),
            patch("/quota/limit", "100"),
            patch("/quota/period", "MONTH"),
            patch(f"/apiStages/{name}/throttle/~1a~1b/GET/rateLimit", "2", "add"),
            patch(f"/apiStages/{name}/throttle/~1a~1b/GET/burstLimit", "1", "add"),
        ],
    )
    assert answer["throttle"] == {"rateLimit": 0.5, "burstLimit": 3}
    assert answer["quota"] == {"limit": 100, "period": "MONTH"}
    assert answer["apiStages"] == [
        {
            "apiId": gateway.api,
            "stage": "prod",
            "throttle": {"/a/b/GET": {"rateLimit": 2.0, "burstLimit": 1}},
        }
    ]
    with pytest.raises(ClientError, match="DAY, WEEK, MONTH"):
        gateway.rest.update_usage_plan(
            usagePlanId=plan, patchOperations=[patch("/quota/period", "YEAR")]
        )
    with pytest.raises(ClientError, match="Invalid patch path"):
        gateway.rest.update_usage_plan(usagePlanId=plan, patchOperations=[patch("/limit", "1")])
    gateway.rest.update_usage_plan(
        usagePlanId=plan, patchOperations=[patch("/apiStages", name, "remove")]
    )
    assert gateway.rest.get_usage_plan(usagePlanId=plan)["apiStages"] == []


@behaviour("apigateway.refused")
@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("create_domain_name", {"domainName": "api.shop.example"}),
        ("create_vpc_link", {"name": "v", "targetArns": ["arn:x"]}),
        ("import_rest_api", {"body": b"{}"}),
        ("create_rest_api", {"name": "x", "policy": "{}"}),
        ("update_deployment", {"restApiId": "a", "deploymentId": "b"}),
        ("generate_client_certificate", {}),
    ],
)
def test_what_is_refused(gateway: Gateway, operation: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(NotSimulated, match="apigateway:"):
        getattr(gateway.rest, operation)(**parameters)


# --- the world's own APIs -------------------------------------------------------------------------


def described() -> dict[str, Any]:
    return {
        "name": "shop",
        "stage": "live",
        "access_log_group": "/aws/apigateway/shop/access",
        "access_log_format": '{"id":"$context.requestId","status":$context.status}',
        "methods": [
            {"http_method": "GET", "path": "/carts/{id}", "lambda": "cart", "timeout_ms": 6000}
        ],
    }


@behaviour("apigateway.world")
def test_the_world_api_answers_once_its_function_has_code(session: boto3.Session) -> None:
    resources = {**WORLD.resources, "apigateway": [described()]}
    resources["logs"] = [
        *resources["logs"],
        {"name": "/aws/apigateway/shop/access", "retention": 90},
    ]
    with course.account.open(World("api", START, END, [], [], resources)) as account:
        gateway = Gateway(account, session)
        found = gateway.rest.get_rest_apis()["items"]
        api = next(each["id"] for each in found if each["id"] != gateway.api)
        stage = gateway.rest.get_stage(restApiId=api, stageName="live")
        assert stage["accessLogSettings"]["format"] == described()["access_log_format"]
        address = f"https://{api}.execute-api.us-east-1.amazonaws.com/live/carts/7"
        with pytest.raises(NotSimulated, match="update_function_code"):
            requests.get(address, timeout=5)
        from course.account.functions.packages import package

        gateway.functions.update_function_code(
            FunctionName="cart",
            ZipFile=package({"cart.py": ECHO.replace("lambda_handler", "handler")}),
        )
        assert requests.get(address, timeout=5).json()["pathParameters"] == {"id": "7"}
        account.advance(seconds=1)
        assert gateway.lines("/aws/apigateway/shop/access")[0].endswith('"status":200}')
