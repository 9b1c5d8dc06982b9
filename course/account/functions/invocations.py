"""Lambda's Invoke operations, as the API answers them.

API reference, "Invoke" and "InvokeAsync": 200 with the function's answer, 202 for an event, 204 for
a dry run; 429 with a reason when Lambda refuses, 413 for a request that is too large.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import botocore.exceptions

from course.account import gateway, waiting
from course.account.errors import AwsError, NotSimulated
from course.account.functions import asynchronous, runtime, stage
from course.account.functions.runtime import Functions, Outcome, Throttled
from course.account.region import Region
from course.telemetry.functions.limits import whole

Parameters = dict[str, Any]


def invoke(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    if parameters.get("DurableExecutionName"):
        instead = "Call the steps one after another, or use Step Functions."
        raise NotSimulated("lambda:Invoke with DurableExecutionName", instead)
    kind = parameters.get("InvocationType") or "RequestResponse"
    payload = _payload(parameters.get("Payload"), kind)
    name, qualifier = parameters["FunctionName"], parameters.get("Qualifier")
    if kind == "DryRun":
        function = region.part(Functions).find(name, qualifier)
        return {"StatusCode": 204, "ExecutedVersion": function.version}
    if kind == "Event":
        asynchronous.accept(
            region, name, payload, qualifier=qualifier, source="sdk", trace=stage.trace()
        )
        return {"StatusCode": 202, "Payload": b""}
    return _waited(region, name, payload, parameters)


def _waited(region: Region, name: str, payload: bytes, parameters: Parameters) -> Mapping[str, Any]:
    """Run it, and let the caller wait as long as it takes."""
    try:
        outcome = runtime.invoke(
            region,
            name,
            payload,
            qualifier=parameters.get("Qualifier"),
            trace=stage.trace(),
            client_context=_client_context(parameters.get("ClientContext")),
        )
    except Throttled as refusal:
        raise AwsError(
            "TooManyRequestsException", refusal.message, Reason=refusal.reason, Type="User"
        ) from None
    _wait(region, name, outcome.total_ms)
    return _answered(outcome, parameters.get("LogType") == "Tail")


def _wait(region: Region, name: str, milliseconds: float) -> None:
    """A client that does not wait long enough gives up, while the function runs on."""
    patience = gateway.patience().read * 1000
    waiting.spend(min(milliseconds, patience))
    if milliseconds > patience:
        url = f"https://lambda.{region.name}.amazonaws.com/2015-03-31/functions/{name}/invocations"
        raise botocore.exceptions.ReadTimeoutError(endpoint_url=url)


def _answered(outcome: Outcome, with_tail: bool) -> Mapping[str, Any]:
    answer: dict[str, Any] = {
        "StatusCode": outcome.status,
        "ExecutedVersion": outcome.version,
        "Payload": outcome.payload,
    }
    if outcome.error is not None:
        answer["FunctionError"] = outcome.error
    if with_tail:
        answer["LogResult"] = base64.b64encode(outcome.log_tail).decode()
    return answer


def _payload(given: Any, kind: str) -> bytes:
    payload = given.encode() if isinstance(given, str) else bytes(given or b"")
    most = whole("payload_async" if kind == "Event" else "payload_sync")
    if len(payload) > most:
        message = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
        raise AwsError("RequestTooLargeException", message, Type="User")
    return payload


def _client_context(given: str | None) -> Mapping[str, Any] | None:
    if given is None:
        return None
    try:
        found = json.loads(base64.b64decode(given))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        message = "Client context must be a valid Base64-encoded JSON object."
        raise AwsError("InvalidRequestContentException", message)
    return found


def invoke_async(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    """Deprecated on AWS, and still there: an event, without choice."""
    payload = _payload(parameters.get("InvokeArgs"), "Event")
    asynchronous.accept(region, parameters["FunctionName"], payload, source="sdk")
    return {"Status": 202}
