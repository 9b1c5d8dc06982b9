"""REST APIs: one request from its arrival to its answer.

The order follows what API Gateway's execution logs show: find the method, authorize, check the key
and the limits, validate, look into the cache, call the integration. Whatever stands against a
request becomes a gateway response ("Gateway responses in API Gateway"). A payload has at most 10 MB
("Amazon API Gateway quotas").

The whole of it runs inside a meter: what it takes is the response's `latency`, which the caller
spends. Left out: WAF, resource policies, mutual TLS, private and edge-optimised endpoints' own
headers, compression.
"""

from __future__ import annotations

from typing import Any

from course.account import waiting
from course.account.apis import admission, authorizers, integrations, tracing
from course.account.apis.caching import WARNING, Cache
from course.account.apis.exchange import ERROR, INFO, TRACE, Exchange, Headers, Response
from course.account.apis.plan import Method, Plan
from course.account.apis.stages import DEFAULTS, View, view
from course.account.apis.store import ApiStore, Dimensions
from course.account.region import Region
from course.telemetry.apis import answers, events, latency, proxy, validation
from course.telemetry.apis.answers import Problem
from course.telemetry.apis.requests import HttpRequest, split_stage

LARGEST = 10 * 1024 * 1024
MALFORMED = "Malformed Lambda proxy response"
# What an answer's own header is called once API Gateway has set its own ("Important notes").
_REMAPPED = """authorization connection content-md5 date expect host max-forwards server te trailer
    proxy-authenticate transfer-encoding upgrade user-agent via warn www-authenticate"""
REMAPPED = frozenset(_REMAPPED.split())


def execute(region: Region, api: Any, request: HttpRequest) -> Response:
    """Answer a request to a REST API of moto's."""
    stage, path = split_stage(request.path)
    found = view(region.part(ApiStore), api, stage)
    if found is None or api.disableExecuteApiEndpoint:
        return forbidden(region)
    with waiting.meter() as meter:
        exchange = Exchange(region, request, meter, api.id, stage, path, found.variables)
        run = _Run(exchange, found)
        response = run.answer()
        run.finish(response)
    return response


def forbidden(region: Region) -> Response:
    """What the front of API Gateway answers where there is no such API or stage."""
    headers = [
        ("Content-Type", "application/json"),
        ("x-amzn-ErrorType", "ForbiddenException"),
        ("x-amzn-RequestId", region.new_id()),
    ]
    return Response(403, headers, b'{"message":"Forbidden"}')


class _Run:
    """One request to one stage."""

    def __init__(self, exchange: Exchange, found: View) -> None:
        self.exchange = exchange
        self.view = found
        self.plan: Plan = found.plan
        self.method: Method | None = None
        self.settings: dict[str, Any] = DEFAULTS
        self.counted: dict[str, float] = {}

    def answer(self) -> Response:
        exchange, rng = self.exchange, self.exchange.store.random
        tracing.begin(exchange, self.plan.name, bool(self.view.stage.tracing_enabled))
        if self.view.is_canary:
            exchange.values["isCanaryRequest"] = True
        waiting.spend(latency.before(rng))
        try:
            response = self._served()
            waiting.spend(latency.after(rng))
        except Problem as problem:
            response = self._problem(problem)
        response.headers = _completed(exchange, response)
        return response

    def _served(self) -> Response:
        exchange = self.exchange
        matched = self.plan.router.match(exchange.request.method, exchange.path)
        method = matched[0] if matched else None
        self.settings = self.view.settings(method, exchange.request.method)
        exchange.settings = self.view.logging(self.settings)
        exchange.values["extendedRequestId"] = exchange.extended_id
        exchange.log(f"Extended Request Id: {exchange.extended_id}")
        if len(exchange.request.body) > LARGEST:
            raise Problem("REQUEST_TOO_LARGE", "Request Too Long")
        if matched is None:
            exchange.values["resourcePath"] = None
            raise Problem("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
        self.method, exchange.request.path_parameters = matched
        exchange.values |= {
            "resourceId": self.method.resource_id,
            "resourcePath": self.method.resource,
            "deploymentId": self.view.stage.deployment_id,
        }
        return self._through(self.method)

    def _through(self, method: Method) -> Response:
        exchange = self.exchange
        exchange.values["requestContext"] = request_context(exchange)
        authorizers.check(exchange, method, self.plan.authorizers)
        admission.admit(exchange, method, self.view, self.settings)
        exchange.log(f"Starting execution for request: {exchange.request_id}")
        exchange.log(f"HTTP Method: {exchange.request.method}, Resource Path: {exchange.path}")
        trace_request(exchange)
        validate(exchange, method, self.plan)
        cache = Cache(exchange, method, self.view, self.settings)
        response = cache.get()
        if cache.enabled:
            self.counted |= {
                "CacheHitCount": float(response is not None),
                "CacheMissCount": float(response is None),
            }
        if response is None:
            response = integrate(exchange, method, self.plan)
            cache.put(response)
        if cache.warning:
            response.headers.append(WARNING)
        return response

    def _problem(self, problem: Problem) -> Response:
        exchange = self.exchange
        exchange.failed(problem)
        if problem.log:
            exchange.log(problem.log, ERROR)
        found = answers.answer(
            problem, self.plan.answers, exchange.context, exchange.request.parameter
        )
        return Response(found.status, list(found.headers.items()), found.body.encode())

    def finish(self, response: Response) -> None:
        exchange = self.exchange
        close_log(exchange, response)
        _log_ids(exchange)
        integration = exchange.values.get("integrationLatency")
        if integration is not None and "integrationStatus" in exchange.values:
            self.counted["IntegrationLatency"] = float(integration)
        exchange.finish(response, self._dimensions(), self.counted)
        tracing.end(exchange, f"{self.plan.name}/{exchange.stage}", response)

    def _dimensions(self) -> list[Dimensions]:
        name, stage = ("ApiName", self.plan.name), ("Stage", self.exchange.stage)
        found: list[Dimensions] = [(name,), (name, stage)]
        if self.exchange.settings.detailed and self.method is not None:
            verb = ("Method", self.exchange.request.method)
            found.append((name, verb, ("Resource", self.method.resource), stage))
        return found


def request_context(exchange: Exchange) -> dict[str, Any]:
    """The requestContext of an event in format 1.0."""
    values, request = exchange.values, exchange.request
    known = {
        name: values[f"identity.{name}"]
        for name in ("apiKey", "apiKeyId", "accountId", "caller", "user", "userArn")
        if values.get(f"identity.{name}")
    }
    context: dict[str, Any] = {
        name: values.get(name)
        for name in (
            "resourceId",
            "resourcePath",
            "httpMethod",
            "extendedRequestId",
            "requestTime",
            "path",
            "accountId",
            "protocol",
            "stage",
            "domainPrefix",
            "requestTimeEpoch",
            "requestId",
            "domainName",
            "deploymentId",
            "apiId",
        )
    }
    context["identity"] = events.identity(request, **known)
    if "authorizer.context" in values:
        context["authorizer"] = values["authorizer.context"]
    return context


def validate(exchange: Exchange, method: Method, plan: Plan) -> None:
    """Raise Problem for a request that its method's validator refuses."""
    if method.checks_parameters:
        lacking = validation.missing(method.parameters, exchange.request.parameter)
        if lacking:
            text = f"Missing required request parameters: [{', '.join(lacking)}]"
            raise Problem("BAD_REQUEST_PARAMETERS", text, details=text)
    model = validation.model_for(method.models, exchange.request.header("content-type"))
    if method.checks_body and model is not None and model in plan.schemas:
        wrong = validation.mistakes(exchange.request.body, plan.schemas[model], plan.schemas)
        if wrong:
            exchange.log(f"Request body does not match model schema for content type: {wrong}")
            details = f"[{', '.join(wrong)}]"
            raise Problem("BAD_REQUEST_BODY", "Invalid request body", details=details)


def integrate(exchange: Exchange, method: Method, plan: Plan) -> Response:
    """What the method's integration answers; raises Problem."""
    if method.integration.kind == "MOCK":
        return integrations.mock(exchange, method)
    headers = events.forwarded(exchange.request, exchange.trace_header)
    event = events.format_1(
        exchange.request,
        exchange.path,
        method.resource,
        request_context(exchange),
        headers,
        exchange.variables,
        binary=_is_binary(plan, exchange.request.header("content-type")),
    )
    payload = integrations.proxy(exchange, method, event)
    try:
        found = proxy.rest(payload, binary=_is_binary(plan, exchange.request.header("accept")))
    except proxy.Malformed:
        log = f"{integrations.CONFIGURATION}{MALFORMED}"
        exchange.values["integration.error"] = MALFORMED
        raise Problem("INTEGRATION_FAILURE", integrations.INTERNAL, 502, log) from None
    except proxy.NotBase64:
        log = f"{integrations.CONFIGURATION}Unable to base64 decode the body."
        raise Problem("API_CONFIGURATION_ERROR", integrations.INTERNAL, log=log) from None
    exchange.values["integration.status"] = found.status
    return Response(found.status, [_remapped(*header) for header in found.headers], found.body)


def _is_binary(plan: Plan, header: str | None) -> bool:
    """Whether the first media type that a header names is one of the API's binary types."""
    if not plan.binary:
        return False
    kind = (header or "").partition(",")[0].partition(";")[0].strip()
    return "*/*" in plan.binary or kind in plan.binary


def _remapped(name: str, value: str) -> tuple[str, str]:
    return (f"x-amzn-Remapped-{name}", value) if name.lower() in REMAPPED else (name, value)


def _completed(exchange: Exchange, response: Response) -> Headers:
    """The response's headers with those that every response has."""
    given = {name.lower() for name, _ in response.headers}
    first: Headers = [] if "content-type" in given else [("Content-Type", "application/json")]
    kept = [(name, value) for name, value in response.headers if name.lower() != "content-length"]
    return [
        *first,
        *kept,
        ("x-amzn-RequestId", exchange.request_id),
        ("x-amz-apigw-id", exchange.extended_id),
        ("X-Amzn-Trace-Id", exchange.answered_trace),
    ]


def trace_request(exchange: Exchange) -> None:
    """What the execution log shows of a request with data tracing."""
    if not exchange.settings.traces_data:
        return
    request = exchange.request
    exchange.log(f"Method request path: {_map(request.path_parameters)}", TRACE)
    exchange.log(f"Method request query string: {_map(request.parameters)}", TRACE)
    exchange.log(f"Method request headers: {_map(dict(request.headers))}", TRACE)
    body = request.body.decode(errors="replace")
    exchange.log(f"Method request body before transformations: {body}", TRACE)


def _map(values: Any) -> str:
    return "{" + ", ".join(f"{name}={value}" for name, value in values.items()) + "}"


def close_log(exchange: Exchange, response: Response) -> None:
    """The last lines of the execution log."""
    failed = "error.responseType" in exchange.values
    if not failed:
        body = response.body.decode(errors="replace")
        exchange.log(f"Method response body after transformations: {body}", TRACE)
        exchange.log(f"Method response headers: {_map(dict(response.headers))}", TRACE)
        exchange.log("Successfully completed execution")
    text = f"Method completed with status: {response.status}"
    exchange.log(text, ERROR if failed else INFO)


def _log_ids(exchange: Exchange) -> None:
    request_id = exchange.values.get("awsEndpointRequestId")
    if request_id:
        exchange.log(f"AWS Integration Endpoint RequestId : {request_id}")
    if exchange.sampled:
        exchange.log(f"X-ray Tracing ID : {exchange.trace_id}")
