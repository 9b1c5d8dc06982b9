"""Requests to streams that arrive by themselves: producers and consumers of the simulated world.

Each comes through the same door as a student's own calls, once and without an SDK's retries, so
it meets faults, is recorded and counted like any other.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError

from course.account import gateway
from course.account.region import Region

Result = dict[str, Any]
ON_RECORDS = ("PutRecord", "PutRecords", "GetShardIterator", "GetRecords")


def asking(region: Region, target: str) -> Callable[[dict[str, Any]], Result]:
    """What sends parameters to an operation, named as "kinesis:PutRecord"; ValueError."""
    operation = target.partition(":")[2]
    if operation not in ON_RECORDS:
        raise ValueError(f"{target} is no operation on records; write it as kinesis:PutRecord.")
    return lambda parameters: _ask(region, operation, parameters)


def _ask(region: Region, operation: str, parameters: dict[str, Any]) -> Result:
    """status and error of the answer, and how long it took."""
    request = AWSRequest(
        "POST",
        f"https://kinesis.{region.name}.amazonaws.com/",
        headers={
            "X-Amz-Target": f"Kinesis_20131202.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": _signature(region),
        },
        data=json.dumps(parameters, default=_wire),
    )
    region.took = None
    try:
        status, _, body = gateway.ask(request.prepare())
    except BotoCoreError as broken:
        return {"status": None, "error": type(broken).__name__}
    answer = json.loads(body)
    found: Result = {"status": status, "error": None, "total_ms": region.took}
    if status != 200:
        return {**found, "error": answer["__type"], "reason": answer.get("message")}
    return {**found, "payload": answer}


def _wire(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    return base64.b64encode(value).decode()


def _signature(region: Region) -> str:
    scope = f"{gateway.DUMMY_KEY[0]}/20260101/{region.name}/kinesis/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"
