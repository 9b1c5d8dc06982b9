"""Reading a request into plain data and writing plain data as a response, as AWS's models say.

The services that this package answers itself (CloudWatch and CloudWatch Logs) share one endpoint
class. It takes parsing and serialising from moto's core, which follows botocore's service models,
and adds what moto leaves out: the models' own limits (enumerations, patterns, lengths, ranges).
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from time import time
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.exceptions import ServiceException
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model
from moto.moto_api._internal import mock_random
from werkzeug.http import http_date

from course.account.errors import AwsError

Answer = tuple[int, dict[str, str], Any]
# (service, region, operation, parameters) -> the response's members
Perform = Callable[[str, str, str, dict[str, Any]], Mapping[str, Any] | None]
_ID_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class _Failure(ServiceException):  # type: ignore[misc]
    """An error on its way out; moto looks for a service's model where its class comes from."""


class Endpoint(BaseResponse):  # type: ignore[misc]
    """One request to a service; `answer` is for those of ours."""

    def __init__(self, service: str, request: Request) -> None:
        super().__init__(service_name=service)
        self.automated_parameter_parsing = True
        try:
            self.setup_class(request)
        except UnicodeDecodeError:  # bytes of an object, which are no text
            self.setup_class(request, use_raw_body=True)

    def parameters(self) -> dict[str, Any]:
        """What the request asks for."""
        return plain(self.params) or {}

    def answer(self, perform: Perform) -> Answer:
        """Check against the model, perform, serialise: (status, headers, body)."""
        operation, parameters = self._get_action(), self.parameters()
        try:
            check_limits(self.boto3_service_name, operation, parameters)
            result = perform(self.boto3_service_name, self.region, operation, parameters)
        except AwsError as error:
            return self._failure(error)
        return self._success(result or {})

    def failure(self, code: str, message: str) -> Answer:
        """An error in the service's own protocol, with the status that its model gives it."""
        return self._failure(AwsError(code, message))

    def _speaks_json(self) -> bool:
        return "json" in self.headers.get("Content-Type", "")

    def _success(self, result: Mapping[str, Any]) -> Answer:
        status = self._answered(result)
        pushed = result.get("EventStream")
        if pushed is not None:
            headers = {**self._headers(), "Content-Type": "application/vnd.amazon.eventstream"}
            return status, headers, pushed
        if self._speaks_json() and not _renames(self.boto3_service_name, self._get_action()):
            return status, self._headers(), json.dumps(result, default=_as_json)
        _, headers, body = self.serialized(ActionResult(result))
        return status, headers, body

    def _answered(self, result: Mapping[str, Any]) -> int:
        """The status of a success: the operation's own, or that of the member bound to it."""
        model = get_service_model(self.boto3_service_name).operation_model(self._get_action())
        members = {} if model.output_shape is None else model.output_shape.members
        for name, shape in members.items():
            if shape.serialization.get("location") == "statusCode" and name in result:
                return int(result[name])
        return int(model.http.get("responseCode", 200))

    def _failure(self, error: AwsError) -> Answer:
        metadata = get_service_model(self.boto3_service_name).metadata
        if self._speaks_json() or metadata["protocol"] == "rest-json":
            body = {"__type": error.code, "message": error.message, **error.members}
            headers = {**self._headers(), "x-amzn-errortype": error.code}
            modelled = self._modelled(error.code)
            if "awsQueryCompatible" in metadata:
                headers["x-amzn-query-error"] = f"{modelled.get('code', error.code)};Sender"
            return int(modelled.get("httpStatusCode", 400)), headers, json.dumps(body)
        with warnings.catch_warnings():
            # AWS answers codes that no model lists, and so does a fault; moto would warn.
            warnings.simplefilter("ignore")
            return self.serialized(ActionResult(_Failure(error.code, error.message)))

    def _headers(self) -> dict[str, str]:
        request_id = "".join(mock_random.choices(_ID_LETTERS, k=52))
        return {**self.response_headers, "x-amzn-requestid": request_id}

    def _modelled(self, code: str) -> Mapping[str, Any]:
        """What the service's model says of an error: its status, its code in old protocols."""
        for shape in get_service_model(self.boto3_service_name).error_shapes:
            if code in (shape.name, shape.error_code):
                found: Mapping[str, Any] = shape.metadata.get("error", {})
                return found
        return {}


class JsonEndpoint(Endpoint):
    """One request of the JSON protocol, whose operation is named in a header.

    Most calls are of this kind, and moto finds out by trying (forms, files, query strings, routes)
    what two of their headers say; this reads those two. It takes about a fifth of the time.
    """

    def __init__(self, service: str, request: AWSPreparedRequest) -> None:
        BaseResponse.__init__(self, service_name=service)
        self.headers = SentHeaders(request)
        self._target = target_of(self.headers["X-Amz-Target"])
        self.querystring: dict[str, Any] = {}
        self.region = self.get_region_from_url(self, request.url)
        self.response_headers = {"server": "amazon.com", "date": _http_date(int(time()))}
        model = get_service_model(self.boto3_service_name).operation_model(self._get_action())
        self.params = PROTOCOL_PARSERS["json"](model, map_type=dict).parse({"body": request.body})

    def _get_action(self) -> str:
        return self._target


class SentHeaders:
    """A prepared request's headers, by names in any case, as text: botocore sends bytes."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        self._headers = request.headers

    def get(self, name: str, otherwise: str = "") -> str:
        """A header's text."""
        value = self._headers.get(name, otherwise)
        return value.decode() if isinstance(value, bytes) else value

    def __getitem__(self, name: str) -> str:
        value = self._headers[name]
        return value.decode() if isinstance(value, bytes) else value

    def __contains__(self, name: str) -> bool:
        return name in self._headers


@lru_cache(maxsize=16)
def _http_date(second: int) -> str:
    """The header Date in a second (epoch); many answers fall into the same one."""
    return http_date(second)


def is_json(headers: SentHeaders) -> bool:
    """Whether a JsonEndpoint can read a request with these; a compressed body is left to moto."""
    return (
        headers.get("Content-Type").startswith("application/x-amz-json")
        and "X-Amz-Target" in headers
        and "Content-Encoding" not in headers
    )


def target_of(target: str) -> str:
    """The operation that the JSON protocol's header X-Amz-Target names."""
    return target.rsplit(".", 1)[-1]


@lru_cache(maxsize=256)
def _renames(service: str, operation: str) -> bool:
    """Whether a response's members travel under other names than the model's own."""
    shape = get_service_model(service).operation_model(operation).output_shape
    members = {} if shape is None else shape.members
    return any(each.serialization.get("name", name) != name for name, each in members.items())


def plain(value: Any) -> Any:
    """What moto's parser made, as ordinary dicts and lists; its naive times are UTC."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return value.decode()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


CONSTRAINT_CODES = {
    "cloudwatch": "ValidationError",
    "logs": "InvalidParameterException",
    "sns": "InvalidParameter",
    "xray": "InvalidRequestException",
}


# SQS says in words of its own what it does not take, and where its model lists a queue's attributes
# it also takes a message's.
UNCHECKED = {"sqs"}


def check_limits(service: str, operation: str, parameters: dict[str, Any]) -> None:
    """Raise what AWS answers to a value outside its model: "1 validation error detected: ..."."""
    if service in UNCHECKED:
        return
    shape = get_service_model(service).operation_model(operation).input_shape
    found = [] if shape is None else list(_violations(shape, parameters, ""))
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
        raise AwsError(
            CONSTRAINT_CODES.get(service, "ValidationException"), count + "; ".join(found)
        )


def _violations(shape: Shape, value: Any, path: str) -> list[str]:
    if value is None:
        return []
    if isinstance(shape, StructureShape):
        return _in_structure(shape, value, path)
    if isinstance(shape, ListShape):
        nested = [
            _violations(shape.member, v, f"{path}.{i}.member") for i, v in enumerate(value, 1)
        ]
        return _own(shape, value, path) + sum(nested, [])
    if isinstance(shape, MapShape):
        nested = [_violations(shape.value, v, f"{path}.{k}") for k, v in value.items()]
        return _own(shape, value, path) + sum(nested, [])
    return _own(shape, value, path)


def _in_structure(shape: StructureShape, value: dict[str, Any], path: str) -> list[str]:
    found: list[str] = []
    for name, member in shape.members.items():
        here = f"{path}.{name}" if path else name[:1].lower() + name[1:]
        if name in value:
            found += _violations(member, value[name], here)
        elif name in shape.required_members:
            found.append(_sentence(None, here, "Member must not be null"))
    return found


def _own(shape: Shape, value: Any, path: str) -> list[str]:
    """What one value breaks of its own shape's enum, min, max and pattern."""
    limits = shape.metadata
    allowed = limits.get("enum")
    if allowed and value not in allowed:
        return [
            _sentence(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
        ]
    if isinstance(value, datetime):
        return []
    size = value if isinstance(value, (int, float)) else len(value)
    what = "value" if isinstance(value, (int, float)) else "length"
    if "min" in limits and size < limits["min"]:
        bound = f"Member must have {what} greater than or equal to {limits['min']}"
        return [_sentence(value, path, bound)]
    if "max" in limits and size > limits["max"]:
        bound = f"Member must have {what} less than or equal to {limits['max']}"
        return [_sentence(value, path, bound)]
    return _off_pattern(limits.get("pattern"), value, path)


def _off_pattern(pattern: str | None, value: Any, path: str) -> list[str]:
    if not pattern or not isinstance(value, str) or _compiled(pattern).fullmatch(value):
        return []
    return [
        _sentence(value, path, f"Member must satisfy regular expression pattern: {pattern}"),
    ]


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    """The model's patterns are Java's; what Python reads otherwise is not checked."""
    try:
        return re.compile(pattern)
    except re.error:
        return re.compile("(?s).*")


def _sentence(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"
