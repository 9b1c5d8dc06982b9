"""Requests that arrive by themselves: from clients of the simulated world.

Each comes through the same door as a student's own calls, once and without an SDK's retries, so
it meets faults, is recorded and counted like any other.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from moto.core.utils import get_service_model

from course.account import gateway
from course.account.region import Region

Result = dict[str, Any]


def ask(region: Region, service: str, operation: str, parameters: Any) -> Result:
    """One request of a service that speaks JSON.

    parameters: as they travel; bytes and times become text. Returns status, error (code or None),
    total_ms, and payload, or the reason of a refusal.
    """
    request = AWSRequest(
        "POST",
        f"https://{service}.{region.name}.amazonaws.com/",
        headers=_headers(region, service, operation),
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
        error = answer["__type"].rsplit("#", 1)[-1]
        return {**found, "error": error, "reason": _reason(answer)}
    return {**found, "payload": answer}


def _headers(region: Region, service: str, operation: str) -> dict[str, str]:
    model = get_service_model(service).metadata
    scope = f"{gateway.DUMMY_KEY[0]}/20260101/{region.name}/{service}/aws4_request"
    return {
        "X-Amz-Target": f"{model['targetPrefix']}.{operation}",
        "Content-Type": f"application/x-amz-json-{model['jsonVersion']}",
        "Authorization": f"{gateway.ALGORITHM} Credential={scope}, {gateway.UNSIGNED}",
    }


def _reason(answer: dict[str, Any]) -> str | None:
    """Why it was throttled, where the service says so, or else its message."""
    reasons = answer.get("ThrottlingReasons") or answer.get("throttlingReasons") or []
    return ", ".join(each["reason"] for each in reasons) or answer.get("message")


def _wire(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    return base64.b64encode(value).decode()
