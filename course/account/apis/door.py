"""The address of an API: which one a request to `{id}.execute-api.{region}.amazonaws.com` is for.

Calls of APIs are no API calls of the account: nothing of them is in `account.calls()` or in the
trail. A call takes its latency on the account's clock, as any call of the caller's does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from urllib3 import HTTPHeaderDict

from course.account import waiting
from course.account.apis import http, rest
from course.account.apis.exchange import Response
from course.account.apis.store import ApiStore
from course.account.errors import NotSimulated
from course.account.region import Region
from course.telemetry.apis.requests import HttpRequest

_HOST = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
Answer = tuple[int, Any, bytes]


def serve(regions: Mapping[str, Region], request: AWSPreparedRequest) -> Answer:
    """Answer a request to an API, and let the account's clock run on by its latency."""
    parts = urlsplit(request.url)
    host = parts.hostname or ""
    found = _HOST.fullmatch(host)
    if found is None:
        raise NotSimulated(f"the host {host}", "Call an API at its own execute-api address.")
    asked = HttpRequest(
        method=request.method,
        host=host,
        path=parts.path or "/",
        query=parts.query,
        headers=[(name, _text(value)) for name, value in request.headers.items()],
        body=_bytes(request.body),
    )
    response = execute(regions[found["region"]], found["api"], asked)
    waiting.spend(response.latency)
    headers = HTTPHeaderDict()
    for name, value in response.headers:
        headers.add(name, value)
    return response.status, headers, response.body


def execute(region: Region, api: str, request: HttpRequest) -> Response:
    """Answer a request to an API now. The response's `latency` is the caller's to spend."""
    kept = region.part(ApiStore).moto.apis.get(api)
    if kept is not None:
        return rest.execute(region, kept, request)
    http.prepare(region)
    from moto.apigatewayv2.models import apigatewayv2_backends

    other = apigatewayv2_backends[region.account_id][region.name].apis.get(api)
    return http.execute(region, other, request) if other is not None else rest.forbidden(region)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body if isinstance(body, (bytes, bytearray)) else body.read())
