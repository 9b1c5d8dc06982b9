"""A shop whose orders pass three services, with one break in its traces: API, function, task.

Orders go from a stage of a REST API to a Lambda function, and from there to a task on Fargate. API
and function are the account's own: what they record is what the account does. Containers do not
run here, so `buy` plays the task: it sends its segment if its task definition lets it find the
daemon (containers of a task in network mode awsvpc share localhost: Amazon ECS Developer Guide,
"Allocate a network interface for an Amazon ECS task"), and logs the failed look-up if not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
import requests

from course.account import Account, package
from course.telemetry.world import World

BROKEN = ("stage", "function", "daemon", "rule")
# The origins of the segments of an order that is traced all the way.
WHOLE = frozenset(
    {"AWS::ApiGateway::Stage", "AWS::Lambda", "AWS::Lambda::Function", "AWS::ECS::Container"}
)
NAMES = {"api": "shop", "path": "/checkout", "function": "checkout", "task": "tax"}
ADDRESS = "AWS_XRAY_DAEMON_ADDRESS"
HERE = ("127.0.0.1", "localhost")
# The function answers with the trace header that it hands to the task.
CODE = """import os


def lambda_handler(event, context):
    return {"statusCode": 200, "body": os.environ["_X_AMZN_TRACE_ID"]}
"""


def world(
    broken: str, at: int, names: Mapping[str, str] = NAMES, *, neighbours: bool = False
) -> World:
    """An account at a time (epoch ms) with the API, the function and the sampling rules.

    broken: one of BROKEN, or "" for a shop in order. names: of the api, its path, the function and
    the task's family. neighbours: an untraced API, a passive function and a rule that drops
    everything, which are not in the orders' way.
    Raises ValueError for an unknown fault.
    """
    if broken and broken not in BROKEN:
        raise ValueError(f"no fault {broken!r}; there are: {', '.join(BROKEN)}")
    functions = [_function(names["function"], broken != "function")]
    apis = [_api(names["api"], names, broken != "stage")]
    rules = _rules(names, "*" if broken == "rule" else "*/health")
    if neighbours:
        functions.insert(0, _function(f"a-{names['function']}", False))
        apis.insert(0, _api(f"{names['api']}-old", names, False))
        other = {"name": "neighbour", "priority": 2, "service_name": f"{names['api']}-old/*"}
        rules.insert(0, {**other, "fixed_rate": 0.0, "reservoir_size": 0})
    resources = {"lambda": functions, "apigateway": apis, "xray": {"sampling_rules": rules}}
    return World("orders", at, at, [], [], resources)


def _function(name: str, active: bool) -> dict[str, Any]:
    return {
        "name": name,
        "runtime": "python3.13",
        "handler": "lambda_function.lambda_handler",
        "memory": 256,
        "timeout": 6,
        "tracing": "Active" if active else "PassThrough",
    }


def _api(name: str, names: Mapping[str, str], traced: bool) -> dict[str, Any]:
    method = {"path": names["path"], "http_method": "POST", "lambda": names["function"]}
    return {
        "name": name,
        "stage": "prod",
        "tracing": traced,
        "methods": [{**method, "timeout_ms": 6_000}],
    }


def _rules(names: Mapping[str, str], health: str) -> list[dict[str, Any]]:
    every = {"service_name": f"{names['api']}/prod", "reservoir_size": 0}
    return [
        {
            **every,
            "name": "orders",
            "priority": 20,
            "url_path": f"*{names['path']}",
            "fixed_rate": 1.0,
        },
        {**every, "name": "health", "priority": 5, "url_path": health, "fixed_rate": 0.0},
    ]


def start(broken: str, names: Mapping[str, str] = NAMES, *, neighbours: bool = False) -> None:
    """Give the function its code, and the task its definition and its log group."""
    function = names["function"]
    boto3.client("lambda").update_function_code(FunctionName=function, ZipFile=package(CODE))
    if neighbours:
        _register(f"{names['task']}-old", "xray-daemon:2000")
    _register(names["task"], "xray-daemon:2000" if broken == "daemon" else "127.0.0.1:2000")
    logs, group = boto3.client("logs"), _group(names)
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="app")


def _group(names: Mapping[str, str]) -> str:
    return f"/ecs/{names['task']}"


def _register(family: str, address: str) -> None:
    role = f"arn:aws:iam::123456789012:role/{family}"
    app = {
        "name": "app",
        "image": f"shop/{family}:7",
        "essential": True,
        "memory": 256,
        "environment": [{"name": "RATES", "value": "2026"}, {"name": ADDRESS, "value": address}],
    }
    daemon = {
        "name": "xray-daemon",
        "image": "public.ecr.aws/xray/aws-xray-daemon",
        "essential": False,
        "portMappings": [{"containerPort": 2000, "protocol": "udp"}],
    }
    boto3.client("ecs").register_task_definition(
        family=family,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        taskRoleArn=role,
        executionRoleArn=f"{role}-start",
        containerDefinitions=[daemon, app],
    )


def buy(
    account: Account, orders: int = 5, names: Mapping[str, str] = NAMES
) -> list[list[dict[str, Any]]]:
    """Place orders, one a second; for each the segment documents of its trace, if it has any."""
    apis = {
        each["name"]: each["id"] for each in boto3.client("apigateway").get_rest_apis()["items"]
    }
    host = f"{apis[names['api']]}.execute-api.{account.region}.amazonaws.com"
    address = _address(names["task"])
    xray, found = boto3.client("xray"), []
    for number in range(orders):
        answer = requests.post(f"https://{host}/prod{names['path']}", timeout=30).text
        header = dict(part.split("=") for part in answer.split(";"))
        _run_task(names, address, header, number, account.now.timestamp())
        account.advance(seconds=1)
        traces = xray.batch_get_traces(TraceIds=[header["Root"]])["Traces"]
        parts = [part for trace in traces for part in trace["Segments"]]
        found.append([json.loads(part["Document"]) for part in parts])
    return found


def _address(family: str) -> tuple[str, str]:
    """Host and port at which the task's container looks for the daemon."""
    task = boto3.client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"]
    app = next(each for each in task["containerDefinitions"] if each["name"] == "app")
    given = {each["name"]: each["value"] for each in app.get("environment", ())}
    words = given.get(ADDRESS, "127.0.0.1:2000").split()  # or "tcp:host:port udp:host:port"
    udp = [each.removeprefix("udp:") for each in words if not each.startswith("tcp:")]
    host, _, port = "".join(udp).rpartition(":")
    return (host, port) if task["networkMode"] == "awsvpc" else ("a network that Fargate lacks", "")


def _run_task(
    names: Mapping[str, str],
    address: tuple[str, str],
    header: Mapping[str, str],
    number: int,
    now: float,
) -> None:
    host, port = address
    if host not in HERE or port != "2000":
        line = f"level=error segment lost: lookup {host} on 169.254.169.253:53: no such host"
        event = {"timestamp": int(now * 1000), "message": line}
        boto3.client("logs").put_log_events(
            logGroupName=_group(names), logStreamName="app", logEvents=[event]
        )
    elif header.get("Sampled") == "1":
        segment = {
            "name": names["task"],
            "id": f"{number + 1:016x}",
            "trace_id": header["Root"],
            "parent_id": header["Parent"],
            "origin": "AWS::ECS::Container",
            "start_time": now - 0.05,
            "end_time": now,
        }
        boto3.client("xray").put_trace_segments(TraceSegmentDocuments=[json.dumps(segment)])
