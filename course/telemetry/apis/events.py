"""The event that a proxy integration hands to a Lambda function.

Format 1.0 follows "Set up Lambda proxy integrations in API Gateway" (input format) and what AWS was
recorded to send for a REST API with a Regional endpoint; HTTP APIs add `version` to it. Format 2.0
follows "Create AWS Lambda proxy integrations for HTTP APIs": lower-case headers, repeated values
joined with commas, cookies on their own. Left out: client certificates, Cognito identities.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from course.telemetry.apis.requests import HttpRequest, Pairs, several

Context = dict[str, Any]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905
# Of the connection, not of the message.
HOP_BY_HOP = frozenset({"connection", "content-length", "transfer-encoding", "host"})
# API Gateway writes these with capitals, however they came.
CAPITALISED = frozenset({"authorization", "user-agent"})
_NOBODY = (
    "cognitoIdentityPoolId",
    "accountId",
    "cognitoIdentityId",
    "caller",
    "principalOrgId",
    "accessKey",
    "cognitoAuthenticationType",
    "cognitoAuthenticationProvider",
    "userArn",
    "user",
)


def clf_time(at: float) -> str:
    """`17/Mar/2026:12:00:00 +0000`, whatever the locale."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    day = f"{moment.day:02}/{MONTHS[moment.month - 1]}/{moment.year:04}"
    return f"{day}:{moment.hour:02}:{moment.minute:02}:{moment.second:02} +0000"


def forwarded(request: HttpRequest, trace: str) -> list[tuple[str, str]]:
    """The request's headers with those that API Gateway adds, by name."""
    kept = [
        (name.title() if name.lower() in CAPITALISED else name, value)
        for name, value in request.headers
        if name.lower() not in HOP_BY_HOP and name.lower() != "x-amzn-trace-id"
    ]
    through = [value for name, value in kept if name.lower() == "x-forwarded-for"]
    kept = [pair for pair in kept if not pair[0].lower().startswith("x-forwarded-")]
    kept += [
        ("Host", request.host),
        ("X-Amzn-Trace-Id", trace),
        ("X-Forwarded-For", ", ".join([*through, request.source_ip])),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]
    return sorted(kept, key=lambda pair: pair[0])


def body(content: bytes, *, binary: bool = False) -> tuple[str | None, bool]:
    """The body as an event carries it, and whether it is base64."""
    if not content:
        return None, False
    if not binary:
        try:
            return content.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(content).decode(), True


def identity(request: HttpRequest, **known: str) -> dict[str, str | None]:
    """requestContext.identity."""
    nobody: dict[str, str | None] = dict.fromkeys(_NOBODY)
    agent = request.header("user-agent")
    return {**nobody, "sourceIp": request.source_ip, "userAgent": agent, **known}


def format_1(
    request: HttpRequest,
    path: str,
    resource: str,
    context: Context,
    headers: Pairs,
    stage_variables: Mapping[str, str],
    *,
    binary: bool = False,
) -> dict[str, Any]:
    """The event of format 1.0. path: without the stage; context: the requestContext."""
    text, encoded = body(request.body, binary=binary)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": request.method,
        "headers": dict(headers) or None,
        "multiValueHeaders": several(headers) or None,
        "queryStringParameters": request.parameters or None,
        "multiValueQueryStringParameters": several(request.pairs) or None,
        "pathParameters": dict(request.path_parameters) or None,
        "stageVariables": dict(stage_variables) or None,
        "requestContext": context,
        "body": text,
        "isBase64Encoded": encoded,
    }


def format_2(
    request: HttpRequest,
    route_key: str,
    context: Context,
    headers: Pairs,
    stage_variables: Mapping[str, str],
) -> dict[str, Any]:
    """The event of format 2.0; members without a value are absent."""
    text, encoded = body(request.body)
    cookies = request.header("cookie")
    lower = several([(name.lower(), value) for name, value in headers if name.lower() != "cookie"])
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": unquote(request.path),
        "rawQueryString": request.query,
        "cookies": [cookie.strip() for cookie in cookies.split(";")] if cookies else None,
        "headers": {name: ",".join(values) for name, values in lower.items()},
        "queryStringParameters": {
            name: ",".join(values) for name, values in several(request.pairs).items()
        },
        "requestContext": context,
        "body": text,
        "pathParameters": dict(request.path_parameters),
        "stageVariables": dict(stage_variables),
    }
    event = {name: value for name, value in event.items() if value or name == "rawQueryString"}
    return event | {"isBase64Encoded": encoded}
