"""X-Ray segment documents as API Gateway, Lambda and instrumented code write them.

The form is that of "AWS X-Ray segment documents" (AWS X-Ray Developer Guide); what the services
put into theirs follows "Using AWS X-Ray with API Gateway" and "Using AWS Lambda with X-Ray", and
documents that batch_get_traces really returned: API Gateway's own `aws:` annotations and its Lambda
subsegment with `resource_names`; two segments for one invocation, of which the function's begins
after its Initialization subsegment; the Python runtime's cause of an unhandled exception
(aws-lambda-python-runtime-interface-client).

Times are given in epoch milliseconds and written in seconds. Not documented, and so a choice: a
failed invocation is a fault on both of Lambda's segments although Invoke answers 200. Left out:
extensions, SnapStart's Restore, the inferred segments that X-Ray itself adds when it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Document = dict[str, Any]
Frames = Sequence[tuple[str, int, str]]  # path, line, function: the outermost first


def seconds(milliseconds: float) -> float:
    """Epoch seconds to the microsecond, as documents give times."""
    return round(milliseconds / 1000, 6)


def span(id: str, name: str, start: float, end: float | None) -> Document:  # noqa: A002
    """What every segment and subsegment has; without an end it is in progress."""
    found: Document = {"id": id, "name": name, "start_time": seconds(start)}
    return found | ({"in_progress": True} if end is None else {"end_time": seconds(end)})


def flags(status: int | None) -> dict[str, bool]:
    """The flags that an HTTP status stands for: 4xx error, 429 throttle as well, 5xx fault."""
    if status is None or status < 400:
        return {}
    if status >= 500:
        return {"fault": True}
    return {"error": True, "throttle": True} if status == 429 else {"error": True}


def answered(status: int | None) -> Document:
    """The response part of a document with its flags; empty without an answer."""
    return {} if status is None else {"http": {"response": {"status": status}}, **flags(status)}


def exception(
    id: str,  # noqa: A002
    kind: str,
    message: str,
    frames: Frames,
    *,
    remote: bool = False,
) -> Document:
    """One exception of a `cause`. remote: the service that was called reported it."""
    stack = [{"path": path, "line": line, "label": label} for path, line, label in frames]
    found = {"id": id, "message": message, "type": kind, "remote": remote}
    return found | ({"stack": stack} if stack else {})


def cause(*exceptions: Document) -> Document:
    """The fault that exceptions of the code are."""
    found = {"working_directory": "/var/task", "exceptions": list(exceptions)}
    return {"fault": True, "cause": found}


def aws_call(span: Document, operation: str, region: str, **details: Any) -> Document:
    """The subsegment of a call to an AWS service; details: request_id, retries, table_name..."""
    return span | {
        "namespace": "aws",
        "aws": {"operation": operation, "region": region, **details},
    }


def remote_call(span: Document, method: str, url: str, status: int | None) -> Document:
    """The subsegment of a call to another HTTP service; no status: it has not answered."""
    http: Document = {"request": {"method": method, "url": url}}
    if status is not None:
        http["response"] = {"status": status}
    return span | {"namespace": "remote", "http": http, **flags(status)}


def api_stage(
    span: Document,
    trace_id: str,
    *,
    api_id: str,
    stage: str,
    account_id: str,
    region: str,
    request_id: str,
    request: Mapping[str, Any],
    status: int,
    subsegments: Sequence[Document] = (),
) -> Document:
    """The segment of a stage of a REST API, whose name is `api name/stage`.

    request: url, method, user_agent, client_ip.
    """
    gateway = {"account_id": account_id, "rest_api_id": api_id, "stage": stage}
    found = span | {
        "trace_id": trace_id,
        "http": {
            "request": {**request, "x_forwarded_for": True},
            "response": {"status": status},
        },
        "aws": {"api_gateway": {**gateway, "request_id": request_id}},
        "annotations": {"aws:api_id": api_id, "aws:api_stage": stage},
        "metadata": {"default": {"request_id": request_id}},
        "origin": "AWS::ApiGateway::Stage",
        "resource_arn": f"arn:aws:apigateway:{region}::/restapis/{api_id}/stages/{stage}",
        **flags(status),
    }
    return found | ({"subsegments": list(subsegments)} if subsegments else {})


def api_integration(span: Document, function_arn: str, status: int | None) -> Document:
    """API Gateway's subsegment for the function that it calls."""
    name, region = function_arn.split(":")[6], function_arn.split(":")[3]
    path = f"2015-03-31/functions/{function_arn}/invocations"
    url = f"https://lambda.{region}.amazonaws.com/{path}"
    called = aws_call(span, "Invoke", region, function_name=name, resource_names=[name])
    return remote_call(called, "POST", url, status) | {"namespace": "aws"}


def lambda_service(
    span: Document,
    trace_id: str,
    *,
    parent_id: str | None,
    function_arn: str,
    request_id: str,
    status: int = 200,
    failed: bool = False,
    links: Sequence[tuple[str, str]] = (),
) -> Document:
    """The segment of the Lambda service: from when it took the request until it answered.

    links: trace id and (sub)segment id of what sent the messages of the batch.
    """
    found = span | {
        "trace_id": trace_id,
        "aws": {"request_id": request_id},
        "origin": "AWS::Lambda",
        "resource_arn": function_arn,
        **answered(status),
    }
    if parent_id is not None:
        found["parent_id"] = parent_id
    if failed:
        found["fault"] = True
    if links:
        found["links"] = [{"trace_id": trace, "id": sender} for trace, sender in links]
    return found


def lambda_function(
    span: Document,
    trace_id: str,
    *,
    parent_id: str,
    function_arn: str,
    subsegments: Sequence[Document],
    failure: Mapping[str, Any] | None = None,
) -> Document:
    """The segment of the function, over the time that REPORT gives as its Duration.

    subsegments: of `function_phase`. failure: what `cause` gives, or only a fault.
    """
    name, account = function_arn.split(":")[6], function_arn.split(":")[4]
    return span | {
        "trace_id": trace_id,
        "parent_id": parent_id,
        "aws": {"account_id": account, "function_arn": function_arn, "resource_names": [name]},
        "origin": "AWS::Lambda::Function",
        **(failure or {}),
        "subsegments": list(subsegments),
    }


def function_phase(
    span: Document, function_arn: str, subsegments: Sequence[Document] = ()
) -> Document:
    """A subsegment that Lambda itself writes: Initialization, Invocation or Overhead."""
    found = span | {"aws": {"function_arn": function_arn}}
    return found | ({"subsegments": list(subsegments)} if subsegments else {})


def sent_alone(subsegment: Document, trace_id: str, parent_id: str) -> Document:
    """A subsegment as a document of its own, as SDKs send it before its segment has ended."""
    return {**subsegment, "type": "subsegment", "trace_id": trace_id, "parent_id": parent_id}
