"""What a Lambda function may answer to a proxy integration, and what becomes of it.

Follows "Set up Lambda proxy integrations in API Gateway" (output format) for REST APIs and "Create
AWS Lambda proxy integrations for HTTP APIs" for both payload formats, and what AWS was recorded to
answer (LocalStack's tests that were validated against AWS, test_apigateway_lambda and
test_apigatewayv2): a REST API refuses an unknown key, and takes a missing status code as 200; an
HTTP API ignores unknown keys and needs the status code in format 1.0, while format 2.0 infers a
whole response when there is none. Scalars are read generously ("201", true), as recorded for the
status code and for a header. Not recorded, and so a choice: a body that is a number or a boolean
is written as text, a status code outside 100 to 599 is malformed.

A function that fails answers an object with `errorMessage`; whether it failed is the caller's
knowledge, except for format 2.0, which was recorded to go by that key.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

REST_KEYS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
Headers = list[tuple[str, str]]


class Malformed(ValueError):
    """The function's answer is no proxy response; the message says why."""


class NotBase64(ValueError):
    """The answer says that its body is base64, and it is not."""


@dataclass(frozen=True)
class ProxyResponse:
    """What goes to the client. headers: in order, a name may come more than once."""

    status: int
    headers: Headers
    body: bytes


def rest(payload: bytes, *, binary: bool = False) -> ProxyResponse:
    """A REST API's reading. binary: the API has the response's media type among its binary ones;
    otherwise a base64 body goes out as the text it is. Raises Malformed or NotBase64."""
    answer = _object(payload)
    unknown = sorted(set(answer) - REST_KEYS)
    if unknown:
        raise Malformed(f"unknown key {unknown[0]!r}")
    status = _status(answer.get("statusCode"), missing=200)
    headers = _merged(answer.get("headers"), answer.get("multiValueHeaders"))
    encoded = binary and _flag(answer.get("isBase64Encoded"))
    return ProxyResponse(status, headers, _body(answer.get("body"), encoded))


def http_1(payload: bytes) -> ProxyResponse:
    """An HTTP API's reading of payload format 1.0."""
    answer = _object(payload)
    status = _status(answer.get("statusCode"), missing=None)
    headers = _merged(answer.get("headers"), answer.get("multiValueHeaders"))
    return ProxyResponse(
        status, headers, _body(answer.get("body"), _flag(answer.get("isBase64Encoded")))
    )


def http_2(payload: bytes) -> ProxyResponse:
    """An HTTP API's reading of payload format 2.0, which infers a response without statusCode."""
    answer = _json(payload)
    if isinstance(answer, dict) and "errorMessage" in answer:
        raise Malformed("it reads like a function's error")
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return ProxyResponse(200, [("Content-Type", "application/json")], _inferred(answer))
    headers = _single(answer.get("headers"))
    cookies = answer.get("cookies") or []
    if not isinstance(cookies, list):
        raise Malformed("cookies is not a list")
    headers += [("Set-Cookie", _text(cookie, "a cookie")) for cookie in cookies]
    body = _body(answer.get("body"), _flag(answer.get("isBase64Encoded")))
    return ProxyResponse(_status(answer["statusCode"], missing=None), headers, body)


def _inferred(answer: Any) -> bytes:
    text = answer if isinstance(answer, str) else json.dumps(answer, separators=(",", ":"))
    return text.encode()


def _json(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        raise Malformed("it is not JSON") from None


def _object(payload: bytes) -> dict[str, Any]:
    answer = _json(payload)
    if not isinstance(answer, dict):
        raise Malformed(f"it is no object but {_kind(answer)}")
    return answer


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    kinds = {str: "a text", bool: "a boolean", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number")


def _status(value: Any, *, missing: int | None) -> int:
    if value is None:
        if missing is None:
            raise Malformed("statusCode is missing")
        return missing
    if isinstance(value, (bool, list, dict)):
        raise Malformed(f"statusCode is {_kind(value)}")
    try:
        status = int(value)
    except (ValueError, OverflowError):
        raise Malformed("statusCode is no whole number") from None
    if not 100 <= status <= 599:
        raise Malformed("statusCode is no HTTP status")
    return status


def _text(value: Any, what: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise Malformed(f"{what} is {_kind(value)}")


def _flag(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise Malformed("isBase64Encoded is no boolean")


def _single(headers: Any) -> Headers:
    if headers is None:
        return []
    if not isinstance(headers, dict):
        raise Malformed(f"headers is {_kind(headers)}")
    return [
        (name, _text(value, f"the header {name}"))
        for name, value in headers.items()
        if value is not None
    ]


def _multiple(headers: Any) -> dict[str, list[str]]:
    if headers is None:
        return {}
    if not isinstance(headers, dict):
        raise Malformed(f"multiValueHeaders is {_kind(headers)}")
    found: dict[str, list[str]] = {}
    for name, values in headers.items():
        if not isinstance(values, list):
            raise Malformed(f"the multi-value header {name} is {_kind(values)}")
        found[name] = [_text(value, f"the header {name}") for value in values]
    return found


def _merged(headers: Any, multiple: Any) -> Headers:
    """Both lists of headers in one; of a pair that stands in both, one is left."""
    several: Mapping[str, Iterable[str]] = _multiple(multiple)
    found = _single(headers)
    taken = {(name.lower(), value) for name, value in found}
    for name, values in several.items():
        found += [(name, value) for value in values if (name.lower(), value) not in taken]
    return found


def _body(value: Any, encoded: bool) -> bytes:
    if value is None:
        return b""
    text = _text(value, "body")
    if not encoded:
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotBase64("body is not base64") from None
