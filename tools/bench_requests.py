"""10,000 requests to a REST API whose function stores an order in DynamoDB, all telemetry on.

Every request leaves its execution log, access log, metrics and trace, and so does the function.
The note gives the processor's time too: on a busy machine it says more than the clock does.
"""

from __future__ import annotations

import json
import resource
from collections import Counter
from time import perf_counter, process_time
from typing import Any

from tools.measuring import Measurement, NotMeasured, measures

REQUESTS = 10_000
APART_MS = 20
SOURCE = """
import json, boto3
client = boto3.client("dynamodb")

def lambda_handler(event, context):
    order = event["pathParameters"]["id"]
    client.put_item(TableName="bench-orders", Item={"orderId": {"S": order}})
    print("stored", order)
    return {"statusCode": 201, "body": json.dumps({"id": order})}
"""
SETTINGS = (
    ("/tracingEnabled", "true"),
    ("/*/*/logging/loglevel", "INFO"),
    ("/*/*/metrics/enabled", "true"),
)
ACCESS_LOG = {"id": "$context.requestId", "status": "$context.status"}


@measures(("account_requests_s", "s", 20), ("account_requests_mb", "MB", 1024))
def account_requests() -> list[Measurement]:
    """From `advance` to its answer, with 50 requests a second; building the API is not counted."""
    from course import data
    from course.account import fresh

    with fresh(data.load("checkout")) as account:
        url = _built()
        orders = [
            (number * APART_MS, {"method": "POST", "path": f"/orders/{number}"})
            for number in range(REQUESTS)
        ]
        results = account.traffic(url, orders)
        start, started = perf_counter(), process_time()
        account.advance(seconds=REQUESTS * APART_MS / 1000 + 60)
        seconds, busy = perf_counter() - start, process_time() - started
    statuses = Counter(each["status"] for each in results)
    if statuses != {201: REQUESTS}:
        raise NotMeasured(f"the API answered {dict(statuses)}")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Measurement("account_requests_s", seconds, "s", 20, f"{busy:.1f} s of processor time"),
        Measurement("account_requests_mb", megabytes, "MB", 1024, "the process at its largest"),
    ]


def _built() -> str:
    """The URL of a stage with a proxy integration and everything switched on."""
    import boto3

    rest = boto3.client("apigateway")
    api = rest.create_rest_api(name="bench")["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    orders = rest.create_resource(restApiId=api, parentId=root, pathPart="orders")["id"]
    order = rest.create_resource(restApiId=api, parentId=orders, pathPart="{id}")["id"]
    where = {"restApiId": api, "resourceId": order, "httpMethod": "POST"}
    rest.put_method(**where, authorizationType="NONE")
    rest.put_integration(
        **where,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{_function()}/invocations",
    )
    group = "/bench/access"
    destination = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}"
    boto3.client("logs").create_log_group(logGroupName=group)
    rest.create_deployment(restApiId=api, stageName="prod")
    access = {
        "/accessLogSettings/destinationArn": destination,
        "/accessLogSettings/format": json.dumps(ACCESS_LOG),
    }
    rest.update_stage(
        restApiId=api,
        stageName="prod",
        patchOperations=[
            {"op": "replace", "path": path, "value": value}
            for path, value in (*SETTINGS, *access.items())
        ],
    )
    return f"https://{api}.execute-api.us-east-1.amazonaws.com/prod"


def _function() -> str:
    """The function's ARN, with its role and its table; API Gateway may call it."""
    import boto3

    from course.account.functions.packages import package
    from course.account.provision import TRUST

    boto3.client("dynamodb").create_table(
        TableName="bench-orders",
        KeySchema=[{"AttributeName": "orderId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "orderId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    role: dict[str, Any] = boto3.client("iam").create_role(
        RoleName="bench", AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]
    functions = boto3.client("lambda")
    made = functions.create_function(
        FunctionName="bench",
        Runtime="python3.13",
        Handler="lambda_function.lambda_handler",
        Role=role["Arn"],
        Code={"ZipFile": package(SOURCE)},
        TracingConfig={"Mode": "Active"},
    )
    functions.add_permission(
        FunctionName="bench",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return str(made["FunctionArn"])
