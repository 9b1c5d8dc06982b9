"""The record of API calls made to an account, and how to find out which call a request is.

Requests are kept as they came and read only when somebody asks, so recording costs a student's
call nothing. Calls that the account makes itself (provisioning, alarm actions) are not recorded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from moto.core.request import Request, normalize_request
from moto.core.routing import NotFound, get_service_router

from course.account.clock import iso
from course.account.identity import Actor
from course.account.protocol import Endpoint, JsonEndpoint, SentHeaders, is_json, target_of

# moto's package names where they are not boto3's service names.
BOTO3_NAMES = {
    "acmpca": "acm-pca",
    "applicationautoscaling": "application-autoscaling",
    "awslambda": "lambda",
    "cognitoidentity": "cognito-identity",
    "cognitoidp": "cognito-idp",
    "resourcegroups": "resource-groups",
    "servicequotas": "service-quotas",
}
# A request that is no API call, a presigned page for example.
NO_OPERATION = "?"
_ERROR_CODE = re.compile(r"<Code>([^<]+)</Code>")
_WORDS = re.compile(r"[#:]")


@dataclass
class Call:
    """One HTTP request that reached the account, with what it was answered."""

    service: str
    operation: str
    time: int
    sent: AWSPreparedRequest
    status: int = 0
    headers: dict[str, str] | None = None
    body: Any = None
    refused: str | None = None
    # On whose behalf it was made, where that was not whoever signed it; see `identity`.
    actor: Actor | None = None
    done: bool = False
    # How long it takes (ms), where its operation says so.
    took: float | None = None
    # Its CloudTrail event or None, once somebody has asked; until then, Ellipsis.
    event: Any = ...

    def as_dict(self) -> dict[str, Any]:
        """Plain data: service, operation, parameters, error (code or None), time (UTC)."""
        return {
            "service": self.service,
            "operation": self.operation,
            "parameters": _as_text(self.parameters()),
            "error": self.refused or self._error(),
            "time": iso(self.time),
        }

    def parameters(self) -> dict[str, Any]:
        """What the request asks for, read as its service's model says."""
        return {} if self.operation == NO_OPERATION else self.endpoint.parameters()

    @cached_property
    def endpoint(self) -> Endpoint:
        """The request as its service's endpoint reads it: once, since reading unpacks the body."""
        if self.is_json:
            return JsonEndpoint(self.service, self.sent)
        return Endpoint(self.service, self.request)

    @cached_property
    def request(self) -> Request:
        """The request as moto reads it; reading a file's or an upload's body uses it up."""
        request = normalize_request(self.sent)
        self.sent.reset_stream()
        return request

    @cached_property
    def is_json(self) -> bool:
        """Whether its two headers say all there is to know about it."""
        return is_json(self.headers_sent)

    @cached_property
    def headers_sent(self) -> SentHeaders:
        """The request's headers, as text."""
        return SentHeaders(self.sent)

    def _error(self) -> str | None:
        if self.status < 300:
            return None
        text = self.body.decode() if isinstance(self.body, bytes) else str(self.body)
        found = _ERROR_CODE.search(text)
        if found:
            return found.group(1)
        return _json_code(text, self.headers or {}) or str(self.status)


class CallBook(list[Call]):
    """The calls of an account, in the order in which they were made.

    watchers: called with every call once it has been answered; empty while nobody needs that.
    """

    def __init__(self) -> None:
        super().__init__()
        self.watchers: list[Callable[[Call], None]] = []

    def finish(self, call: Call) -> None:
        """Note that a call has been answered, or has failed."""
        call.done = True
        for watch in self.watchers:
            watch(call)


def _as_text(value: Any) -> Any:
    """Times as ISO text, so that a call is plain data throughout."""
    if isinstance(value, dict):
        return {name: _as_text(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    return iso(value.timestamp() * 1000) if isinstance(value, datetime) else value


def _json_code(text: str, headers: dict[str, str]) -> str | None:
    named = {name.lower(): value for name, value in headers.items()}
    code = named.get("x-amzn-errortype")
    with suppress(ValueError, AttributeError):
        code = code or json.loads(text).get("__type")
    return _WORDS.split(code)[-1] if code else None


def call_of(service: str, request: AWSPreparedRequest, time: int) -> Call:
    """The call that a request is."""
    call = Call(service, NO_OPERATION, time, request)
    if call.is_json:
        call.operation = target_of(call.headers_sent["X-Amz-Target"])
    else:
        call.operation = operation_of(service, call.request)
    return call


def operation_of(service: str, request: Request) -> str:
    """The operation's name in AWS's spelling, or NO_OPERATION."""
    target = request.headers.get("X-Amz-Target")
    if target:
        return target_of(target)
    action = request.values.get("Action")
    if action:
        return str(action)
    if "/operation/" in request.path:
        return request.path.rsplit("/", 1)[-1]
    return _routed(service, request)


def _routed(service: str, request: Request) -> str:
    try:
        operation, _ = get_service_router(service).match(request)
    except (NotFound, NotImplementedError):
        return NO_OPERATION
    return str(operation.name)
