"""Requests to tables that arrive by themselves: clients of the simulated world.

Each comes through the same door as a student's own calls, once and without an SDK's retries, so
it meets faults, is recorded and counted like any other.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError

from course.account import gateway, operations
from course.account.region import Region
from course.account.tables.values import wire

Result = dict[str, Any]
ON_ITEMS = ("tables.reading", "tables.pages", "tables.writing", "tables.transactions")


def asking(region: Region, target: str) -> Callable[[dict[str, Any]], Result]:
    """What sends parameters to an operation, named as "dynamodb:PutItem"; ValueError."""
    operation = target.partition(":")[2]
    if operations.OURS["dynamodb"].get(operation) not in ON_ITEMS:
        raise ValueError(f"{target} is no operation on items; write it as dynamodb:PutItem.")
    return lambda parameters: _ask(region, operation, parameters)


def _ask(region: Region, operation: str, parameters: dict[str, Any]) -> Result:
    """status and error of the answer, why it was throttled, and how long it took."""
    request = AWSRequest(
        "POST",
        f"https://dynamodb.{region.name}.amazonaws.com/",
        headers={
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": _signature(region),
        },
        data=json.dumps(wire(parameters)),
    )
    region.took = None
    try:
        status, _, body = gateway.ask(request.prepare())
    except BotoCoreError as broken:
        return {"status": None, "error": type(broken).__name__}
    answer = json.loads(body)
    found: Result = {"status": status, "error": None, "total_ms": region.took}
    if status != 200:
        reasons = answer.get("ThrottlingReasons") or answer.get("throttlingReasons") or []
        found["error"] = answer["__type"].rsplit("#", 1)[-1]
        found["reason"] = ", ".join(each["reason"] for each in reasons) or answer.get("message")
        return found
    found["payload"] = answer
    return found


def _signature(region: Region) -> str:
    scope = f"{gateway.DUMMY_KEY[0]}/20260101/{region.name}/dynamodb/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"
