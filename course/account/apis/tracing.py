"""Traces of an API: taking up the caller's, deciding, and the stage's own segment.

Follows "Trace user requests to REST APIs using X-Ray in API Gateway": a stage with tracing decides
by the account's sampling rules, unless the caller's X-Amzn-Trace-Id has decided already; without
tracing the header is handed on, and API Gateway writes no segment of its own.
"""

from __future__ import annotations

import hashlib
import re

from course.account.apis.exchange import Exchange, Response
from course.account.xray import sampling
from course.account.xray.store import TraceStore
from course.telemetry import segments

_PART = re.compile(r"(Root|Parent|Sampled)=([^;]+)", re.IGNORECASE)
KIND = "AWS::ApiGateway::Stage"


def begin(exchange: Exchange, api: str, traced: bool) -> None:
    """Say which trace a request belongs to, and whether it is sampled."""
    header = exchange.request.header("x-amzn-trace-id") or ""
    given = {name.lower(): value.strip() for name, value in _PART.findall(header)}
    exchange.trace_id = given.get("root") or _new_id(exchange)
    exchange.caller_id = exchange.parent_id = given.get("parent")
    if "sampled" in given and given["sampled"] in "01":
        exchange.sampled = given["sampled"] == "1"
    elif traced:
        exchange.sampled = sampling.sampled(exchange.region, _asked(exchange, api)).sampled
    if traced:
        exchange.values["xrayTraceId"] = exchange.trace_id
        exchange.segment_id = exchange.new_span()
    exchange.traced = traced


def _new_id(exchange: Exchange) -> str:
    digest = hashlib.md5(exchange.request_id.encode(), usedforsecurity=False).hexdigest()
    return f"1-{exchange.start // 1000:08x}-{digest[:24]}"


def _asked(exchange: Exchange, api: str) -> dict[str, str]:
    stage = f"/restapis/{exchange.api_id}/stages/{exchange.stage}"
    return {
        "service": f"{api}/{exchange.stage}",
        "service_type": KIND,
        "host": exchange.request.host,
        "method": exchange.request.method,
        "path": exchange.request.path,
        "resource_arn": f"arn:aws:apigateway:{exchange.region.name}::{stage}",
    }


def end(exchange: Exchange, name: str, response: Response) -> None:
    """Send the stage's segment, once the request is over."""
    if not (exchange.traced and exchange.sampled):
        return
    request = exchange.request
    over = exchange.start + response.latency
    document = segments.api_stage(
        segments.span(exchange.segment_id, name, exchange.start, over),
        exchange.trace_id,
        api_id=exchange.api_id,
        stage=exchange.stage,
        account_id=exchange.region.account_id,
        region=exchange.region.name,
        request_id=exchange.request_id,
        request={
            "url": f"https://{request.host}{request.path}",
            "method": request.method,
            "user_agent": request.header("user-agent") or "",
            "client_ip": request.source_ip,
        },
        status=response.status,
        subsegments=exchange.subsegments,
    )
    if exchange.caller_id:
        document["parent_id"] = exchange.caller_id
    exchange.region.part(TraceStore).receive(document, int(over))
