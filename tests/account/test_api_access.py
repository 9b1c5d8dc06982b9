"""Who may call an API, and how often: authorizers, keys, usage plans, throttling."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from tests.account.apis import Gateway, patch
from tests.account.behaviours import behaviour

AUTHORIZER = """
import json
calls = []
def lambda_handler(event, context):
    calls.append(1)
    token = event.get("authorizationToken") or event["headers"].get("X-User", "")
    if token == "broken":
        raise ValueError("no database")
    if token == "unauthorized":
        raise Exception("Unauthorized")
    if token == "nonsense":
        return {"principal": "x"}
    effect = "Deny" if token == "deny" else "Allow"
    resource = event["methodArn"] if token != "other" else "arn:aws:execute-api:*:*:*/*/GET/none"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    if token == "wide":
        statement["Resource"] = "*"
    return {
        "principalId": "user-" + token,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"plan": "gold", "seats": 3, "trial": False, "calls": len(calls)},
        "usageIdentifierKey": "a-key-of-forty-letters-or-so-12345678901",
    }
"""


@pytest.fixture
def gateway(account: Account, session: boto3.Session) -> Gateway:
    return Gateway(account, session)


def get(address: str, **headers: str) -> requests.Response:
    return requests.get(address, headers=headers, timeout=5)


def authorize(gateway: Gateway, kind: str = "TOKEN", **options: Any) -> str:
    """The id of a Lambda authorizer."""
    function = gateway.function("authorizer", AUTHORIZER)
    made = gateway.rest.create_authorizer(
        restApiId=gateway.api,
        name="who",
        type=kind,
        authorizerUri=gateway.uri(function),
        **{"identitySource": "method.request.header.Authorization", **options},
    )
    return str(made["id"])


def guarded(gateway: Gateway, kind: str = "TOKEN", **options: Any) -> str:
    """The address of methods behind an authorizer, which echo what they get."""
    identifier = authorize(gateway, kind, **options)
    echo = gateway.function("echo")
    for path in ("/a", "/b"):
        gateway.proxy("GET", path, echo, authorizationType="CUSTOM", authorizerId=identifier)
    return gateway.deploy()


# --- Lambda authorizers ---------------------------------------------------------------------------


@behaviour("apigateway.authorizers")
@pytest.mark.parametrize(
    ("token", "status", "body"),
    [
        ("allow", 200, None),
        ("deny", 403, "User is not authorized to access this resource with an explicit deny"),
        ("other", 403, "User is not authorized to access this resource"),
        ("unauthorized", 401, "Unauthorized"),
        ("broken", 500, None),
        ("nonsense", 500, None),
        (None, 401, "Unauthorized"),
    ],
)
def test_what_an_authorizer_says(
    gateway: Gateway, token: str | None, status: int, body: str | None
) -> None:
    address = guarded(gateway) + "/a"
    answer = get(address, Authorization=token) if token else get(address)
    assert answer.status_code == status
    if status != 200:
        assert list(answer.json().values()) == [body]


@behaviour("apigateway.authorizers")
def test_the_context_reaches_the_function_as_text(gateway: Gateway) -> None:
    event = get(guarded(gateway) + "/a", Authorization="allow").json()
    found = event["requestContext"]["authorizer"]
    assert found == {
        "principalId": "user-allow",
        "plan": "gold",
        "seats": "3",
        "trial": "false",
        "calls": "1",
    }


def calls(answer: requests.Response) -> str:
    return str(answer.json()["requestContext"]["authorizer"]["calls"])


@behaviour("apigateway.authorizer_cache")
def test_an_answer_is_kept_for_its_ttl(gateway: Gateway, account: Account) -> None:
    address = guarded(gateway, authorizerResultTtlInSeconds=60) + "/a"
    assert calls(get(address, Authorization="allow")) == "1"
    assert calls(get(address, Authorization="allow")) == "1"
    assert calls(get(address, Authorization="wide")) == "2"
    account.advance(seconds=61)
    assert calls(get(address, Authorization="allow")) == "3"


@behaviour("apigateway.authorizer_cache")
def test_a_kept_policy_decides_about_other_methods_too(gateway: Gateway) -> None:
    """The classic trap: a policy for the method that came first is kept for all of them."""
    address = guarded(gateway)
    assert get(f"{address}/a", Authorization="allow").status_code == 200
    assert get(f"{address}/b", Authorization="allow").status_code == 403
    assert get(f"{address}/a", Authorization="wide").status_code == 200
    assert get(f"{address}/b", Authorization="wide").status_code == 200


@behaviour("apigateway.authorizer_cache")
def test_the_cache_can_be_flushed_or_left_out(gateway: Gateway) -> None:
    address = guarded(gateway) + "/a"
    get(address, Authorization="allow")
    gateway.rest.flush_stage_authorizers_cache(restApiId=gateway.api, stageName="prod")
    assert calls(get(address, Authorization="allow")) == "2"


def test_a_ttl_of_nothing_keeps_nothing(gateway: Gateway) -> None:
    address = guarded(gateway, authorizerResultTtlInSeconds=0) + "/a"
    assert [calls(get(address, Authorization="allow")) for _ in range(2)] == ["1", "2"]


def test_a_validation_expression_is_asked_first(gateway: Gateway) -> None:
    address = guarded(gateway, identityValidationExpression="^allow$") + "/a"
    assert get(address, Authorization="allow").status_code == 200
    assert get(address, Authorization="deny").status_code == 401


@behaviour("apigateway.authorizers")
def test_a_request_authorizer_sees_the_request(gateway: Gateway) -> None:
    source = "method.request.header.X-User, method.request.querystring.shop"
    address = guarded(gateway, "REQUEST", identitySource=source) + "/a"
    answer = get(f"{address}?shop=1", **{"X-User": "eve"})
    assert answer.json()["requestContext"]["authorizer"]["principalId"] == "user-eve"
    assert get(address, **{"X-User": "eve"}).status_code == 401


def test_an_authorizer_that_may_not_be_called(gateway: Gateway) -> None:
    address = guarded(gateway) + "/a"
    gateway.functions.remove_permission(FunctionName="authorizer", StatementId="api")
    answer = get(address, Authorization="allow")
    assert (answer.status_code, answer.json()) == (500, {"message": None})
    assert answer.headers["x-amzn-ErrorType"] == "AuthorizerConfigurationException"


def test_an_authorizer_is_tested(gateway: Gateway) -> None:
    identifier = authorize(gateway)
    where = {"restApiId": gateway.api, "authorizerId": identifier}
    answer = gateway.rest.test_invoke_authorizer(**where, headers={"Authorization": "wide"})
    assert (answer["clientStatus"], answer["principalId"]) == (200, "user-wide")
    assert json.loads(answer["policy"])["Statement"][0]["Resource"] == "*"
    assert gateway.rest.test_invoke_authorizer(**where)["clientStatus"] == 401


def test_methods_need_an_authorizer_that_exists(gateway: Gateway) -> None:
    with pytest.raises(ClientError, match="Invalid authorizer ID specified"):
        gateway.mock("GET", "/a", authorizationType="CUSTOM", authorizerId="none")


@behaviour("apigateway.cognito")
def test_cognito_is_refused(gateway: Gateway) -> None:
    with pytest.raises(NotSimulated, match="Lambda authorizer"):
        gateway.rest.create_authorizer(
            restApiId=gateway.api, name="c", type="COGNITO_USER_POOLS", providerARNs=["arn:x"]
        )
    with pytest.raises(NotSimulated, match="COGNITO_USER_POOLS"):
        gateway.mock("GET", "/a", authorizationType="COGNITO_USER_POOLS")


@behaviour("apigateway.iam_authorization")
def test_iam_wants_a_signature(gateway: Gateway) -> None:
    gateway.proxy("GET", "/a", gateway.function("echo"), authorizationType="AWS_IAM")
    address = gateway.deploy() + "/a"
    answer = get(address)
    assert (answer.status_code, answer.json()) == (
        403,
        {"message": "Missing Authentication Token"},
    )
    request = AWSRequest("GET", address)
    SigV4Auth(Credentials("AKIAIOSFODNN7EXAMPLE", "secret"), "execute-api", "us-east-1").add_auth(
        request
    )
    event = get(address, **dict(request.headers)).json()
    identity = event["requestContext"]["identity"]
    assert identity["userArn"] == "arn:aws:iam::123456789012:user/dana"


# --- keys and usage plans -------------------------------------------------------------------------


@behaviour("apigateway.api_keys")
def test_a_method_wants_a_key_of_its_plan(gateway: Gateway) -> None:
    gateway.proxy("GET", "/a", gateway.function("echo"), apiKeyRequired=True)
    address = gateway.deploy() + "/a"
    value, identifier, _ = gateway.key("eve")
    stranger, _, _ = gateway.key("mallory", apiStages=[])
    for answer in (get(address), get(address, **{"x-api-key": "wrong"})):
        assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})
    assert get(address, **{"x-api-key": stranger}).status_code == 403
    event = get(address, **{"x-api-key": value}).json()
    assert event["requestContext"]["identity"]["apiKeyId"] == identifier
    gateway.rest.update_api_key(apiKey=identifier, patchOperations=[patch("/enabled", "false")])
    assert get(address, **{"x-api-key": value}).status_code == 403


@behaviour("apigateway.api_keys")
def test_the_authorizer_may_give_the_key(gateway: Gateway) -> None:
    gateway.rest.update_rest_api(
        restApiId=gateway.api, patchOperations=[patch("/apiKeySource", "AUTHORIZER")]
    )
    identifier = authorize(gateway)
    gateway.mock(
        "GET", "/a", authorizationType="CUSTOM", authorizerId=identifier, apiKeyRequired=True
    )
    address = gateway.deploy() + "/a"
    assert get(address, Authorization="allow").status_code == 403
    made = gateway.rest.create_api_key(
        name="k", value="a-key-of-forty-letters-or-so-12345678901", enabled=True
    )
    _, _, plan = gateway.key("plan")
    gateway.rest.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")
    assert get(address, Authorization="allow").status_code == 200


@behaviour("apigateway.quotas")
def test_a_quota_ends_with_its_day(gateway: Gateway, account: Account) -> None:
    gateway.mock("GET", "/a", apiKeyRequired=True)
    address = gateway.deploy() + "/a"
    value, identifier, plan = gateway.key("eve", quota={"limit": 3, "period": "DAY", "offset": 1})
    answers = [get(address, **{"x-api-key": value}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert answers[2].json() == {"message": "Limit Exceeded"}
    assert answers[2].headers["x-amzn-ErrorType"] == "LimitExceededException"
    days = {"usagePlanId": plan, "startDate": "2026-03-16", "endDate": "2026-03-18"}
    assert gateway.rest.get_usage(**days)["items"] == {identifier: [[0, 3], [2, 0], [0, 3]]}
    account.advance(hours=12)
    assert get(address, **{"x-api-key": value}).status_code == 200
    assert gateway.rest.get_usage(**days)["items"][identifier][2] == [1, 2]


@behaviour("apigateway.quotas")
def test_more_can_be_granted(gateway: Gateway) -> None:
    gateway.mock("GET", "/a", apiKeyRequired=True)
    address = gateway.deploy() + "/a"
    value, identifier, plan = gateway.key("eve", quota={"limit": 1, "period": "MONTH"})
    assert get(address, **{"x-api-key": value}).status_code == 200
    assert get(address, **{"x-api-key": value}).status_code == 429
    answer = gateway.rest.update_usage(
        usagePlanId=plan, keyId=identifier, patchOperations=[patch("/remaining", 2)]
    )
    assert answer["items"][identifier] == [[-1, 2]]
    found = [get(address, **{"x-api-key": value}).status_code for _ in range(3)]
    assert found == [200, 200, 429]


def test_usage_without_a_plan_or_with_strange_dates(gateway: Gateway) -> None:
    _, _, plan = gateway.key("eve", apiStages=[])
    wrong = [("none", "2026-03-01", "2026-03-02", "Invalid Usage Plan ID")]
    wrong += [
        (plan, "March", "2026-03-02", "YYYY-MM-DD"),
        (plan, "2026-03-02", "2026-03-01", "range"),
    ]
    for identifier, start, end, message in wrong:
        with pytest.raises(ClientError, match=message):
            gateway.rest.get_usage(usagePlanId=identifier, startDate=start, endDate=end)


# --- throttling: whose limit answers --------------------------------------------------------------


def simultaneous(
    account: Account, address: str, many: int, headers: dict[str, str] | None = None
) -> list[int]:
    """Statuses of requests that arrive at the same moment."""
    event = {"method": "GET", "headers": headers or {}}
    results = account.traffic(address, [(0, event)] * many)
    account.advance(seconds=1)
    return [result["status"] for result in results]


@pytest.fixture
def limited(gateway: Gateway) -> str:
    gateway.mock("GET", "/a", apiKeyRequired=True)
    gateway.mock("GET", "/b")
    return gateway.deploy("prod", patch("/*/*/logging/loglevel", "ERROR"))


def refusals(gateway: Gateway) -> list[str]:
    return [line for line in gateway.execution_log() if "limit exceeded" in line]


@behaviour("apigateway.throttle_layers")
def test_a_key_method_limit_comes_first(gateway: Gateway, account: Account, limited: str) -> None:
    value, _, plan = gateway.key("eve", throttle={"rateLimit": 5.0, "burstLimit": 2})
    stage = f"/apiStages/{gateway.api}:prod/throttle"
    gateway.rest.update_usage_plan(
        usagePlanId=plan,
        patchOperations=[
            patch(f"{stage}/~1a/GET/rateLimit", 1, "add"),
            patch(f"{stage}/~1a/GET/burstLimit", 1, "add"),
        ],
    )
    found = simultaneous(account, f"{limited}/a", 3, {"x-api-key": value})
    assert found == [200, 429, 429]
    first = refusals(gateway)[0]
    assert f"Usage Plan ID {plan}" in first and "Resource " in first
    assert first.endswith("Limit: 1.00 Burst: 1")


@behaviour("apigateway.throttle_layers")
def test_then_the_key_limit_of_the_plan(gateway: Gateway, account: Account, limited: str) -> None:
    eve, _, plan = gateway.key("eve", throttle={"rateLimit": 1.0, "burstLimit": 2})
    bob, _, _ = gateway.key("bob", throttle={"rateLimit": 1.0, "burstLimit": 2})
    assert simultaneous(account, f"{limited}/a", 3, {"x-api-key": eve}) == [200, 200, 429]
    assert simultaneous(account, f"{limited}/a", 1, {"x-api-key": bob}) == [200], "bob is protected"
    assert f"Usage Plan ID {plan}" in refusals(gateway)[0]


@behaviour("apigateway.throttle_layers")
def test_then_the_stage_limit_of_each_method(
    gateway: Gateway, account: Account, limited: str
) -> None:
    gateway.patch(
        patch("/*/*/throttling/rateLimit", 1),
        patch("/*/*/throttling/burstLimit", 2),
        patch("/~1b/GET/throttling/burstLimit", 1),
    )
    value, _, _ = gateway.key("eve")
    assert simultaneous(account, f"{limited}/a", 3, {"x-api-key": value}) == [200, 200, 429]
    assert simultaneous(account, f"{limited}/b", 2) == [200, 429]
    assert "Stage prod, Resource" in refusals(gateway)[0]


@behaviour("apigateway.throttle_layers")
def test_the_account_limit_comes_last(gateway: Gateway, account: Account) -> None:
    gateway.mock("GET", "/a")
    address = gateway.deploy("prod", patch("/*/*/logging/loglevel", "ERROR"))
    found = simultaneous(account, f"{address}/a", 5003)
    assert (found.count(200), found.count(429)) == (5000, 3)
    assert refusals(gateway)[0].startswith("Account throttle limit exceeded")


@behaviour("apigateway.throttle_layers")
def test_a_bucket_refills_at_its_rate(gateway: Gateway, account: Account) -> None:
    gateway.mock("GET", "/a")
    address = gateway.deploy(
        "prod",
        patch("/*/*/throttling/rateLimit", 10),
        patch("/*/*/throttling/burstLimit", 5),
    )
    event: dict[str, Any] = {"method": "GET"}
    results = account.traffic(f"{address}/a", [(at * 50, event) for at in range(100)])
    account.advance(seconds=10)
    passed = sum(result["status"] == 200 for result in results)
    assert passed == 5 + 49, "5 at once, then 10 a second for 4.95 s"


def test_throttled_answers_say_so(gateway: Gateway, account: Account) -> None:
    gateway.mock("GET", "/a")
    address = gateway.deploy(
        "prod",
        patch("/*/*/throttling/rateLimit", 0),
        patch("/*/*/throttling/burstLimit", 0),
    )
    answer = get(f"{address}/a")
    assert (answer.status_code, answer.json()) == (429, {"message": "Too Many Requests"})
    assert answer.headers["x-amzn-ErrorType"] == "TooManyRequestsException"
