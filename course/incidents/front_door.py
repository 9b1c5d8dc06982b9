"""A shop whose function is in order while its API fails orders: the fault is at the front door.

Orders are POST requests to a stage of a REST API, which calls one alias of a Lambda function. Since
a change at the front door some of them, or all, end in a server error, while the function counts no
error of its own ("Troubleshoot issues with API Gateway", Lambda developer guide: a malformed answer
is 502, a rejected invocation 500; a passed time-out of the integration is 504). Everything is made
with boto3 in the open account; what the API then logs, measures and answers is the account's doing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import boto3

from course.account import Account, package

CAUSES = ("answer", "permission", "concurrency", "timeout")
NAMES = {"api": "shop", "path": "/orders", "function": "orders", "alias": "live"}
# How the newest version spoils the answer to an order that is a gift.
FLAWS = ("dict", "extra")
PATIENT_MS, HASTY_MS = 8_000, 900
ENOUGH, TOO_FEW = 40, 1
TRUST = '{"Version": "2012-10-17", "Statement": []}'
# Big orders take longer. What a version does for gifts is put in the place of GIFT.
CODE = """import json
import time


def lambda_handler(event, context):
    order = json.loads(event["body"])
    time.sleep(0.08 + 0.15 * order["items"])
    done = {"order": order["id"], "items": order["items"]}
    answer = {"statusCode": 201, "body": json.dumps(done)}
    if order["gift"]:
        GIFT
    return answer
"""
GIFTS = {
    "none": 'answer = {"statusCode": 409, "body": "no gifts yet"}',
    "good": 'answer["headers"] = {"x-gift": "yes"}',
    "dict": 'answer["body"] = {**done, "wrapped": True}',
    "extra": 'answer["requestId"] = context.aws_request_id',
}
Order = dict[str, Any]


def start(
    cause: str,
    names: Mapping[str, str] = NAMES,
    *,
    flaw: str = "dict",
    retired: bool = False,
    neighbours: bool = False,
) -> None:
    """Build the shop in the open account, with one thing wrong.

    cause: one of CAUSES, or "" for a shop in order. names: of the api, its path, the function and
    its alias. flaw: one of FLAWS, how the newest version fails. retired: versions between the good
    one and the newest were deleted. neighbours: an API that is not let in, and another function.
    Raises ValueError for an unknown cause.
    """
    if cause and cause not in CAUSES:
        raise ValueError(f"no cause {cause!r}; there are: {', '.join(CAUSES)}")
    functions, gateway = boto3.client("lambda"), boto3.client("apigateway")
    role = boto3.client("iam").create_role(RoleName="orders-run", AssumeRolePolicyDocument=TRUST)
    _function(functions, names["function"], role["Role"]["Arn"])
    last = flaw if cause == "answer" else "good"
    version = _publish(functions, names["function"], last, retired)
    alias = functions.create_alias(
        FunctionName=names["function"], Name=names["alias"], FunctionVersion=version
    )["AliasArn"]
    functions.put_function_concurrency(
        FunctionName=names["function"],
        ReservedConcurrentExecutions=TOO_FEW if cause == "concurrency" else ENOUGH,
    )
    log_role = role["Role"]["Arn"].replace("orders-run", "api-gateway-logs")
    gateway.update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": log_role}]
    )
    patience = HASTY_MS if cause == "timeout" else PATIENT_MS
    if neighbours:  # it is listed before the shop's own
        _api(gateway, f"a-{names['api']}", names["path"], alias, PATIENT_MS)
    api = _api(gateway, names["api"], names["path"], alias, patience)
    region, owner = alias.split(":")[3:5]
    stages = f"arn:aws:execute-api:{region}:{owner}:{api}/*"
    _let_in(functions, names["function"], None, stages)  # the bare function, which nobody calls
    if cause != "permission":
        _let_in(functions, names["function"], names["alias"], stages)
    if neighbours:
        _function(functions, f"a-{names['function']}", role["Role"]["Arn"])
        functions.put_function_concurrency(
            FunctionName=f"a-{names['function']}", ReservedConcurrentExecutions=TOO_FEW
        )


def _function(functions: Any, name: str, role: str) -> None:
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="lambda_function.lambda_handler",
        MemorySize=256,
        Timeout=6,
        Role=role,
        TracingConfig={"Mode": "Active"},
        Code={"ZipFile": package(CODE.replace("GIFT", GIFTS["none"]))},
    )


def _publish(functions: Any, name: str, last: str, retired: bool) -> str:
    """Publish a version without gifts, a good one and the newest, whose number is returned."""
    functions.publish_version(FunctionName=name)
    middle = ("good", "none") if retired else ("good",)
    version, number = "", 1
    for gifts in (*middle, last):
        code = CODE.replace("GIFT", GIFTS[gifts]) + f"# build {number}\n"
        functions.update_function_code(FunctionName=name, ZipFile=package(code))
        version = functions.publish_version(FunctionName=name)["Version"]
        number += 1
    if retired:
        functions.delete_function(FunctionName=name, Qualifier=str(int(version) - 1))
    return version


def _api(gateway: Any, name: str, path: str, function: str, patience: int) -> str:
    """A REST API with one method on stage prod, traced and with errors in its execution log."""
    api = str(gateway.create_rest_api(name=name)["id"])
    above = gateway.get_resources(restApiId=api)["items"][0]["id"]
    for part in path.strip("/").split("/"):
        above = gateway.create_resource(restApiId=api, parentId=above, pathPart=part)["id"]
    method = {"restApiId": api, "resourceId": above, "httpMethod": "POST"}
    gateway.put_method(**method, authorizationType="NONE")
    region = gateway.meta.region_name
    gateway.put_integration(
        **method,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations",
        timeoutInMillis=patience,
    )
    gateway.create_deployment(restApiId=api, stageName="prod")
    settings = {"/tracingEnabled": "true", "/*/*/logging/loglevel": "ERROR"}
    gateway.update_stage(
        restApiId=api,
        stageName="prod",
        patchOperations=[{"op": "replace", "path": k, "value": v} for k, v in settings.items()],
    )
    return api


def _let_in(functions: Any, name: str, alias: str | None, source: str) -> None:
    qualifier = {} if alias is None else {"Qualifier": alias}
    functions.add_permission(
        FunctionName=name,
        **qualifier,
        StatementId="front-door",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=source,
    )


def orders(count: int = 20, first: int = 1) -> list[Order]:
    """Orders of a customary evening: three in eight are gifts, some are big."""
    return [
        {"id": f"o-{k}", "items": (1, 2, 1, 9, 3)[k % 5], "gift": k % 8 in (1, 4, 6)}
        for k in range(first, first + count)
    ]


def address(name: str, region: str = "us-east-1") -> str:
    """The address of the stage prod of the API with this name."""
    found = boto3.client("apigateway").get_rest_apis()["items"]
    [api] = [each["id"] for each in found if each["name"] == name]
    return f"https://{api}.execute-api.{region}.amazonaws.com/prod"


def buy(
    account: Account,
    placed: Sequence[Order],
    names: Mapping[str, str] = NAMES,
    *,
    every_ms: int = 250,
) -> list[dict[str, Any]]:
    """Place orders, one in every_ms; for each {"order", "status", "ms", "body"}, as clients see."""
    arrivals = [
        (every_ms * k, {"method": "POST", "path": names["path"], "body": json.dumps(order)})
        for k, order in enumerate(placed)
    ]
    results = account.traffic(address(names["api"], account.region), arrivals)
    account.advance(seconds=every_ms * len(placed) / 1000 + 10)
    return [
        {
            "order": order["id"],
            "status": result["status"],
            "ms": round(result["total_ms"]),
            "body": result["payload"],
        }
        for order, result in zip(placed, results, strict=True)
    ]
