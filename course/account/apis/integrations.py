"""What stands behind a method: a Lambda function, or nothing at all (mock).

Lambda: "Troubleshoot issues with API Gateway" (Lambda developer guide) for what becomes of errors:
a function that fails or answers badly is 502, an invocation that Lambda rejects (throttled, not
permitted, no such function) is 500, both with `Internal server error`. The function's own policy
must let apigateway.amazonaws.com in, unless the integration has a role. After the integration's
time-out the client has its 504, and the function runs on.

Mock: "Mock integrations for REST APIs in API Gateway": the request template says which status, the
integration response for it makes the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from course.account import waiting
from course.account.apis.exchange import ERROR, TRACE, Exchange, Response
from course.account.apis.plan import Integration, Method, Reply
from course.account.apis.store import ApiStore
from course.account.errors import AwsError
from course.account.functions import configured, permissions, runtime
from course.account.region import Region
from course.telemetry import segments
from course.telemetry.apis import templates
from course.telemetry.apis.answers import PLACES, Problem
from course.telemetry.events import policies

SERVICE = "apigateway.amazonaws.com"
INTERNAL = "Internal server error"
CONFIGURATION = "Execution failed due to configuration error: "
_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")
_HEADER = "method.response.header."


class Rejected(Exception):
    """Lambda did not take the invocation. code: AWS's error code; status: Lambda's HTTP status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def function_of(text: str, variables: Mapping[str, str]) -> str:
    """A function's ARN with the stage variables in it replaced."""
    return _VARIABLE.sub(lambda match: variables.get(match.group(1), ""), text)


def invoke(
    exchange: Exchange, function: str, payload: bytes, *, source_arn: str, role: str | None
) -> runtime.Outcome:
    """Call a function; raises Rejected. The time that it takes is not spent yet."""
    region = exchange.region
    region.part(runtime.Functions)  # the world's functions exist from here on
    if role is None and not _is_let_in(region, function, source_arn):
        raise Rejected("AccessDeniedException", "Invalid permissions on Lambda function", 403)
    trouble = region.faults.trouble("lambda", "Invoke", lambda: {"FunctionName": function})
    if trouble is not None:
        waiting.spend(trouble.latency)
        if trouble.error is not None:
            raise Rejected(trouble.error, trouble.message, trouble.status or _status(trouble.error))
    try:
        return runtime.invoke(
            region, function, payload, trace=exchange.trace_header, source=SERVICE
        )
    except runtime.Throttled:
        raise Rejected("TooManyRequestsException", "Rate Exceeded.", 429) from None
    except AwsError as error:
        raise Rejected(error.code, error.message, _status(error.code)) from None


def _status(code: str) -> int:
    known = {"TooManyRequestsException": 429, "ResourceNotFoundException": 404}
    return known.get(code, 500)


def _is_let_in(region: Region, function: str, source_arn: str) -> bool:
    """Whether the function's own policy lets API Gateway in, for this method."""
    name = configured.parse(region, function)
    kept = region.part(runtime.Functions).catalogue.latest(name.name)
    if kept is None:
        return True  # Lambda will say that it does not know the function
    known = region.part(ApiStore).permissions
    held = permissions.policy_of(kept, name.qualifier)
    # moto gives a policy no new revision when a statement is removed.
    version = f"{held.revision} {len(held.statements)}"
    key = (function, version, source_arn)
    if key not in known:
        policy = json.dumps({"Statement": held.statements})
        context = {"aws:sourcearn": source_arn, "aws:sourceaccount": region.account_id}
        action = "lambda:InvokeFunction"
        known[key] = policies.allows(
            policy, service=SERVICE, action=action, resource=function, context=context
        )
    return known[key]


def proxy(exchange: Exchange, method: Method, event: dict[str, Any]) -> bytes:
    """The payload that a REST API's function answered; raises Problem."""
    integration = method.integration
    function = function_of(integration.function, exchange.variables)
    if integration.http_method != "POST":
        # Lambda's Invoke is a POST; whatever else is configured, Lambda does not know.
        raise Problem("INTEGRATION_FAILURE", INTERNAL, 500, "Lambda answers POST requests only")
    uri = f"https://lambda.{exchange.region.name}.amazonaws.com/2015-03-31/functions/{function}"
    exchange.log(f"Endpoint request URI: {uri}/invocations", TRACE)
    payload = json.dumps(event, separators=(",", ":"))
    exchange.log(f"Endpoint request body after transformations: {payload}", TRACE)
    exchange.log(f"Sending request to {uri}/invocations")
    call = Call(exchange, function)
    try:
        outcome = invoke(
            exchange,
            function,
            payload.encode(),
            source_arn=source_arn(exchange, method),
            role=integration.credentials,
        )
    except Rejected as rejected:
        call.over(rejected.status)
        raise _problem(exchange, rejected) from None
    if not call.wait(outcome.total_ms, integration.timeout):
        raise Problem("INTEGRATION_TIMEOUT", "Endpoint request timed out", log=TIMED_OUT)
    call.over(outcome.status, outcome.request_id)
    return _read(exchange, outcome)


TIMED_OUT = "Execution failed due to a timeout error"


class Call:
    """An integration's call: its latency, and its subsegment of the trace."""

    def __init__(self, exchange: Exchange, function: str) -> None:
        self._exchange = exchange
        self._function = function
        self._begin = exchange.meter.elapsed
        self._id = exchange.new_span() if exchange.traced and exchange.sampled else None
        if self._id is not None:
            exchange.parent_id = self._id

    def wait(self, takes: float, timeout: int) -> bool:
        """Let the call take its time; False when the time-out comes first."""
        waiting.spend(min(takes, timeout))
        if takes <= timeout:
            return True
        self.over(None)
        return False

    def over(self, status: int | None, request_id: str | None = None) -> None:
        """Note what Lambda answered; None: nothing, before the time-out."""
        exchange = self._exchange
        latency = exchange.meter.elapsed - self._begin
        exchange.values |= {
            "integrationLatency": round(latency),
            "integration.latency": round(latency),
            "integrationStatus": status,
            "integration.integrationStatus": status,
            "integration.requestId": request_id,
            "awsEndpointRequestId": request_id,
        }
        shown = "" if status is None else f"Status: {status}, "
        exchange.log(f"Received response. {shown}Integration latency: {round(latency)} ms")
        if self._id is not None:
            begin = exchange.start + self._begin
            span = segments.span(self._id, "Lambda", begin, begin + latency)
            exchange.subsegments.append(segments.api_integration(span, self._function, status))


def _problem(exchange: Exchange, rejected: Rejected) -> Problem:
    exchange.values |= {
        "integration.status": None,
        "integration.error": rejected.message,
    }
    if rejected.status == 403:
        return Problem(
            "API_CONFIGURATION_ERROR", INTERNAL, log=f"{CONFIGURATION}{rejected.message}"
        )
    exchange.log(f"Lambda invocation failed with status: {rejected.status}", ERROR)
    return Problem("INTEGRATION_FAILURE", INTERNAL, 500, f"{CONFIGURATION}{rejected.message}")


def _read(exchange: Exchange, outcome: runtime.Outcome) -> bytes:
    exchange.log(
        f"Endpoint response body before transformations: {outcome.payload.decode()}", TRACE
    )
    if outcome.error is None:
        return outcome.payload
    message = error_message(outcome.payload)
    exchange.values["integration.error"] = f"Lambda Customer Function Error:{message}"
    text = (
        f"Lambda execution failed with status 200 due to customer function error: {message}. "
        f"Lambda request id: {outcome.request_id}"
    )
    raise Problem("INTEGRATION_FAILURE", INTERNAL, 502, text)


def error_message(payload: bytes) -> str:
    """What a function that failed says."""
    try:
        return str(json.loads(payload)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return payload.decode(errors="replace")


def source_arn(exchange: Exchange, method: Method) -> str:
    """The ARN that a function's policy lets in: api/stage/METHOD/path of the resource."""
    path = re.sub(r"\{[^}]*\}", "*", method.resource)
    place = f"{exchange.api_id}/{exchange.stage}/{method.http_method}{path}"
    return exchange.region.arn("execute-api", place.replace("/ANY/", "/*/"))


def mock(exchange: Exchange, method: Method) -> Response:
    """The answer of a mock; raises Problem."""
    integration = method.integration
    status = _mock_status(exchange, integration)
    exchange.values |= {"integrationLatency": 0, "integration.latency": 0}
    exchange.values |= {"integrationStatus": status, "integration.status": status}
    reply = _reply_for(integration, status)
    if reply is None:
        raise Problem(
            "API_CONFIGURATION_ERROR",
            INTERNAL,
            log=f"{CONFIGURATION}No match for output mapping and no default endpoint response "
            f"configured. Endpoint Response Status Code: {status}",
        )
    declared = method.responses.get(reply.status)
    if declared is None:
        raise Problem(
            "API_CONFIGURATION_ERROR",
            INTERNAL,
            log=f"{CONFIGURATION}Output mapping refers to an invalid method response: "
            f"{reply.status}",
        )
    return _mocked(exchange, reply, declared)


def _mock_status(exchange: Exchange, integration: Integration) -> int:
    kind = (exchange.request.header("content-type") or "application/json").partition(";")[0]
    template = integration.templates.get(kind.strip(), integration.templates.get("$default"))
    if template is None:
        if integration.passthrough == "NEVER" or (
            integration.passthrough == "WHEN_NO_TEMPLATES" and integration.templates
        ):
            raise Problem("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
        text = exchange.request.body.decode(errors="replace")
    else:
        text = _rendered(exchange, template)
    try:
        status = json.loads(text)["statusCode"]
    except (ValueError, KeyError, TypeError):
        status = None
    if isinstance(status, bool) or not isinstance(status, int):
        raise Problem(
            "API_CONFIGURATION_ERROR",
            INTERNAL,
            log=f"{CONFIGURATION}Unable to parse statusCode. It should be an integer that is "
            "defined in the request template.",
        )
    return status


def _reply_for(integration: Integration, status: int) -> Reply | None:
    for reply in integration.replies:
        if reply.pattern and re.fullmatch(reply.pattern, str(status)):
            return reply
    return next((reply for reply in integration.replies if not reply.pattern), None)


def _mocked(exchange: Exchange, reply: Reply, declared: Mapping[str, Any]) -> Response:
    kind = min(reply.templates, key=lambda name: name != "application/json", default=None)
    body = "" if kind is None else _rendered(exchange, reply.templates[kind])
    headers = [("Content-Type", kind or "application/json")]
    for name, value in reply.parameters.items():
        if name.startswith(_HEADER) and name in declared:
            text = value[1:-1] if value[:1] == "'" else exchange.context(value)
            headers.append((name.removeprefix(_HEADER), text or ""))
    return Response(int(reply.status), headers, body.encode())


def _rendered(exchange: Exchange, template: str) -> str:
    def parameter(name: str) -> str | None:
        found = [exchange.request.parameter(f"method.request.{place}.{name}") for place in PLACES]
        return next((value for value in found if value is not None), None)

    body = exchange.request.body.decode(errors="replace")
    return templates.render(template, body, exchange.context, parameter)
