"""HTTP APIs: one request from its arrival to its answer.

Follows "Create AWS Lambda proxy integrations for HTTP APIs", "Control access to HTTP APIs with AWS
Lambda authorizers", "Configure CORS for HTTP APIs", "Throttle requests to your HTTP APIs". A failed
function, a malformed answer and a missing permission are all 500 with `Internal Server Error`; the
access log's `integrationErrorMessage` tells them apart ("Troubleshooting issues with HTTP API
Lambda integrations"). A throttled function and the time-out of 30 s are 503 with `Service
Unavailable`: not documented, but what clients of HTTP APIs report; AWS's knowledge centre names 504
for the time-out.

Changes show at once: stages have AutoDeploy here. Left out: JWT authorizers, parameter mapping,
integrations with anything but a Lambda function.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from course.account import waiting
from course.account.apis import integrations, tracing
from course.account.apis.exchange import Exchange, Headers, Response, StageSettings
from course.account.apis.stages import group_of
from course.account.apis.store import ApiStore, Dimensions
from course.account.errors import NotSimulated
from course.account.region import Region
from course.telemetry.apis import events, latency, proxy
from course.telemetry.apis.answers import Problem
from course.telemetry.apis.requests import HttpRequest, split_stage
from course.telemetry.apis.routing import Router
from course.telemetry.apis.throttling import Limit

DEFAULT_STAGE = "$default"
LARGEST = 10 * 1024 * 1024
INTERNAL = "Internal Server Error"
UNAVAILABLE = "Service Unavailable"
# The time-out of an integration, in ms, unless it sets a shorter one.
TIMEOUT = 30_000
MALFORMED = (
    "The response from the Lambda function doesn't match the format that API Gateway expects. "
    'Lambda body contains the wrong type for field "body", or the response is no proxy response.'
)
NO_PERMISSION = (
    "The IAM role configured on the integration or API Gateway doesn't have permissions to call "
    "the integration. Check the permissions and try again."
)
_METRICS = {"4XXError": "4xx", "5XXError": "5xx"}


def execute(region: Region, api: Any, request: HttpRequest) -> Response:
    """Answer a request to an HTTP API of moto's."""
    name, path = split_stage(request.path)
    stage = api.stages.get(name)
    if stage is None:
        name, path, stage = DEFAULT_STAGE, request.path, api.stages.get(DEFAULT_STAGE)
    with waiting.meter() as meter:
        variables = (stage.stage_variables if stage else None) or {}
        exchange = Exchange(region, request, meter, api.api_id, name, path, variables)
        tracing.begin(exchange, api.name, False)
        run = _Run(exchange, api, stage)
        response = run.answer()
        if stage is not None:
            run.finish(response)
        response.latency = meter.elapsed
    return response


class _Run:
    """One request to one stage."""

    def __init__(self, exchange: Exchange, api: Any, stage: Any) -> None:
        self.exchange = exchange
        self.api = api
        self.stage = stage
        self.route: Any = None
        self._is_preflight = False

    def answer(self) -> Response:
        exchange, rng = self.exchange, self.exchange.store.random
        exchange.values["extendedRequestId"] = exchange.request_id
        waiting.spend(latency.before(rng, http=True))
        try:
            response = self._preflight() or self._served()
            waiting.spend(latency.after(rng, http=True))
        except Problem as problem:
            exchange.failed(problem)
            body = json.dumps({"message": problem.message}, separators=(",", ":"))
            headers = [("Content-Type", "application/json")]
            response = Response(problem.status or 500, headers, body.encode())
        response.headers = self._completed(response)
        return response

    # --- the way through -------------------------------------------------------------------------

    def _served(self) -> Response:
        exchange = self.exchange
        if self.stage is None or self.api.disable_execute_api_endpoint:
            raise Problem("RESOURCE_NOT_FOUND", "Not Found", 404)
        exchange.settings = self._settings()
        if len(exchange.request.body) > LARGEST:
            raise Problem("REQUEST_TOO_LARGE", "Request Entity Too Large", 413)
        matched = _router(self.api).match(exchange.request.method, exchange.path)
        if matched is None:
            raise Problem("RESOURCE_NOT_FOUND", "Not Found", 404)
        self.route, exchange.request.path_parameters = matched
        exchange.values["routeKey"] = self.route.route_key
        self._check_limits()
        _authorize(exchange, self.api, self.route)
        return self._integrate()

    def _settings(self) -> StageSettings:
        access = self.stage.access_log_settings or {}
        destination = access.get("destinationArn")
        detailed = self._route_setting("detailedMetricsEnabled", False)
        return StageSettings(
            access_group=group_of(destination) if destination else None,
            access_format=access.get("format"),
            detailed=bool(detailed),
        )

    def _route_setting(self, name: str, otherwise: Any) -> Any:
        own = (self.stage.route_settings or {}).get(getattr(self.route, "route_key", None)) or {}
        default = self.stage.default_route_settings or {}
        return own.get(name, default.get(name, otherwise))

    def _check_limits(self) -> None:
        store, exchange = self.exchange.store, self.exchange
        account = store.account_limit
        rate = self._route_setting("throttlingRateLimit", account.rate)
        burst = self._route_setting("throttlingBurstLimit", account.burst)
        key = (exchange.api_id, exchange.stage, self.route.route_key)
        limit, at = Limit(float(rate), int(burst)), exchange.start
        if not (store.take(key, limit, at) and store.take(("account",), account, at)):
            raise Problem("THROTTLED", "Too Many Requests", 429)

    def _integrate(self) -> Response:
        exchange = self.exchange
        integration = self.api.integrations.get((self.route.target or "").partition("/")[2])
        if integration is None:
            raise Problem("INTEGRATION_FAILURE", INTERNAL, 500)
        if integration.integration_type != "AWS_PROXY" or integration.integration_subtype:
            kind = integration.integration_subtype or integration.integration_type
            raise NotSimulated(f"an HTTP API's integration {kind}", "Integrate a Lambda function.")
        is_2 = integration.payload_format_version == "2.0"
        event = self._event_2() if is_2 else self._event_1()
        payload = self._call(integration, json.dumps(event, separators=(",", ":")).encode())
        try:
            found = proxy.http_2(payload) if is_2 else proxy.http_1(payload)
        except (proxy.Malformed, proxy.NotBase64):
            raise self._failed(MALFORMED, INTERNAL, 500) from None
        exchange.values["integration.status"] = found.status
        return Response(found.status, list(found.headers), found.body)

    def _call(self, integration: Any, payload: bytes) -> bytes:
        exchange = self.exchange
        function = integrations.function_of(_arn(integration.integration_uri), exchange.variables)
        call = integrations.Call(exchange, function)
        source = f"{exchange.api_id}/{exchange.stage}/{_place(self.route.route_key)}"
        try:
            outcome = integrations.invoke(
                exchange,
                function,
                payload,
                source_arn=exchange.region.arn("execute-api", source),
                role=integration.credentials_arn,
            )
        except integrations.Rejected as rejected:
            call.over(rejected.status)
            if rejected.status == 429:
                raise self._failed(rejected.message, UNAVAILABLE, 503) from None
            message = NO_PERMISSION if rejected.status == 403 else rejected.message
            raise self._failed(message, INTERNAL, 500) from None
        if not call.wait(outcome.total_ms, int(integration.timeout_in_millis or TIMEOUT)):
            raise self._failed("Integration timed out", UNAVAILABLE, 503, "INTEGRATION_TIMEOUT")
        call.over(outcome.status, outcome.request_id)
        if outcome.error is not None:
            message = "The Lambda function returned the following error: "
            text = integrations.error_message(outcome.payload)
            raise self._failed(f"{message}{text}. Check your Lambda function code.", INTERNAL, 500)
        return outcome.payload

    def _failed(
        self, why: str, message: str, status: int, kind: str = "INTEGRATION_FAILURE"
    ) -> Problem:
        self.exchange.values |= {"integrationErrorMessage": why, "integration.error": why}
        return Problem(kind, message, status)

    # --- events ----------------------------------------------------------------------------------

    def _event_1(self) -> dict[str, Any]:
        exchange, path = self.exchange, self.exchange.request.path
        resource = self.route.route_key.partition(" ")[2] or self.route.route_key
        context = _context(exchange, "extendedRequestId", "requestTime", "requestTimeEpoch") | {
            "httpMethod": exchange.request.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "resourceId": self.route.route_key,
            "resourcePath": resource,
            "identity": events.identity(exchange.request),
            "authorizer": exchange.values.get("authorizer.context") or {},
        }
        headers = events.forwarded(exchange.request, exchange.trace_header)
        event = events.format_1(
            exchange.request, path, resource, context, headers, exchange.variables
        )
        return {"version": "1.0", **event}

    def _event_2(self) -> dict[str, Any]:
        exchange, request = self.exchange, self.exchange.request
        context = _context(exchange) | {
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": request.header("user-agent") or "",
            },
            "routeKey": self.route.route_key,
            "time": exchange.values["requestTime"],
            "timeEpoch": exchange.start,
        }
        if "authorizer.context" in exchange.values:
            context["authorizer"] = {"lambda": exchange.values["authorizer.context"]}
        headers = events.forwarded(request, exchange.trace_header)
        return events.format_2(request, self.route.route_key, context, headers, exchange.variables)

    # --- CORS, headers, telemetry ----------------------------------------------------------------

    def _preflight(self) -> Response | None:
        """The answer to a preflight request, if the API configures CORS; no route sees it."""
        cors, request = self.api.cors_configuration, self.exchange.request
        if not cors or request.method != "OPTIONS" or not request.header("origin"):
            return None
        if request.header("access-control-request-method") is None:
            return None
        self._is_preflight = True
        return Response(204, [], b"")

    def _completed(self, response: Response) -> Headers:
        given = {name.lower() for name, _ in response.headers}
        headers = [pair for pair in response.headers if pair[0].lower() != "content-length"]
        if "content-type" not in given and response.body:
            headers.append(("Content-Type", "text/plain;charset=UTF-8"))
        cors = _cors(self.api.cors_configuration, self.exchange.request, self._is_preflight)
        if cors:
            headers = [pair for pair in headers if not _is_cors(pair[0])] + cors
        return [*headers, ("Apigw-Requestid", self.exchange.request_id)]

    def finish(self, response: Response) -> None:
        exchange = self.exchange
        size = len(exchange.request.body) + len(response.body)
        exchange.values["dataProcessed"] = size
        counted = {"DataProcessed": float(size)}
        if "integrationLatency" in exchange.values:
            counted["IntegrationLatency"] = float(exchange.values["integrationLatency"])
        exchange.finish(response, self._dimensions(), counted, _METRICS)

    def _dimensions(self) -> list[Dimensions]:
        api, stage = ("ApiId", self.api.api_id), ("Stage", self.exchange.stage)
        found: list[Dimensions] = [(api,), (api, stage)]
        if self.exchange.settings.detailed and self.route is not None:
            verb, _, resource = self.route.route_key.partition(" ")
            found.append((api, ("Method", verb), ("Resource", resource or verb), stage))
        return found


def _router(api: Any) -> Router[Any]:
    router: Router[Any] = Router(falls_back=True)
    for route in api.routes.values():
        if route.route_key == DEFAULT_STAGE:
            router.default = route
        else:
            verb, _, path = route.route_key.partition(" ")
            router.add(verb, path, route)
    return router


def _arn(uri: str) -> str:
    """A function's ARN, given as such or as the address that invokes it."""
    return uri.partition("/functions/")[2].removesuffix("/invocations") or uri


def _place(route_key: str) -> str:
    """How a source ARN names a route: `GET/orders/*`, `$default`."""
    verb, _, path = route_key.partition(" ")
    parts = ["*" if part.startswith("{") else part for part in path.split("/")]
    return (verb if verb != "ANY" else "*") + "/".join(parts)


def _context(exchange: Exchange, *more: str) -> dict[str, Any]:
    names = ("accountId", "apiId", "domainName", "domainPrefix", "requestId", "stage", *more)
    return {name: exchange.values.get(name) for name in names}


def _is_cors(name: str) -> bool:
    return name.lower().startswith("access-control-")


def _cors(settings: Mapping[str, Any] | None, request: HttpRequest, preflight: bool) -> Headers:
    """The CORS headers that the API's configuration sets; the function's own are dropped then."""
    origin = request.header("origin")
    if not settings or origin is None:
        return []
    allowed = settings.get("allowOrigins") or []
    if "*" not in allowed and origin not in allowed:
        return []
    found = [("Access-Control-Allow-Origin", "*" if "*" in allowed else origin)]
    if settings.get("allowCredentials"):
        found.append(("Access-Control-Allow-Credentials", "true"))
    listed = {"Expose-Headers": "exposeHeaders"}
    if preflight:
        listed |= {"Allow-Methods": "allowMethods", "Allow-Headers": "allowHeaders"}
        if settings.get("maxAge") is not None:
            found.append(("Access-Control-Max-Age", str(settings["maxAge"])))
    for header, name in listed.items():
        if settings.get(name):
            found.append((f"Access-Control-{header}", ",".join(settings[name])))
    return found


# --- authorizers ---------------------------------------------------------------------------------


def _authorize(exchange: Exchange, api: Any, route: Any) -> None:
    kind = route.authorization_type or "NONE"
    if kind == "NONE":
        return
    if kind != "CUSTOM":
        raise NotSimulated(
            f"a route with the authorization {kind}", "Use CUSTOM with a Lambda authorizer."
        )
    authorizer = api.authorizers[route.authorizer_id]
    values = [exchange.request.parameter(name) for name in authorizer.identity_source or []]
    if not all(values):
        raise Problem("UNAUTHORIZED", "Unauthorized", 401)
    ttl = int(authorizer.auth_result_ttl or 0)
    key = (exchange.api_id, exchange.stage, authorizer.id, *(str(value) for value in values))
    kept = exchange.store.authorizations.get(key)
    if kept is None or kept[0] <= exchange.region.now or not ttl:
        answer = _ask(exchange, authorizer, route, values)
        kept = (exchange.region.now + ttl * 1000, answer)
        exchange.store.authorizations[key] = kept
    _let_through(exchange, kept[1])


def _ask(exchange: Exchange, authorizer: Any, route: Any, values: list[str | None]) -> Any:
    if authorizer.auth_payload_format_version != "2.0" or not authorizer.enable_simple_response:
        raise NotSimulated(
            "a Lambda authorizer of an HTTP API without simple responses",
            "Use payload format version 2.0 and EnableSimpleResponses.",
        )
    request = exchange.request
    place = f"{exchange.api_id}/{exchange.stage}/{request.method}{exchange.path}"
    event = {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": exchange.region.arn("execute-api", place),
        "identitySource": values,
        "routeKey": route.route_key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": {name.lower(): value for name, value in request.headers},
        "queryStringParameters": request.parameters,
        "pathParameters": dict(request.path_parameters),
        "requestContext": _context(exchange),
    }
    source = exchange.region.arn("execute-api", f"{exchange.api_id}/authorizers/{authorizer.id}")
    try:
        outcome = integrations.invoke(
            exchange,
            _arn(authorizer.authorizer_uri),
            json.dumps(event).encode(),
            source_arn=source,
            role=authorizer.auth_creds_arn,
        )
    except integrations.Rejected as rejected:
        exchange.values["authorizer.error"] = rejected.message
        raise Problem("AUTHORIZER_CONFIGURATION_ERROR", INTERNAL, 500) from None
    waiting.spend(outcome.total_ms)
    if outcome.error is not None:
        exchange.values["authorizer.error"] = integrations.error_message(outcome.payload)
        raise Problem("AUTHORIZER_FAILURE", INTERNAL, 500)
    return json.loads(outcome.payload)


def _let_through(exchange: Exchange, answer: Any) -> None:
    if not isinstance(answer, dict) or not isinstance(answer.get("isAuthorized"), bool):
        raise Problem("AUTHORIZER_CONFIGURATION_ERROR", INTERNAL, 500)
    context = answer.get("context") or {}
    exchange.values["authorizer.context"] = context
    exchange.values |= {f"authorizer.{name}": value for name, value in context.items()}
    if not answer["isAuthorized"]:
        raise Problem("ACCESS_DENIED", "Forbidden", 403)


def prepare(region: Region) -> None:
    """Make sure that moto's HTTP APIs are there and mended."""
    if not region.has(_Prepared):
        region.part(_Prepared)


class _Prepared:
    def __init__(self, region: Region) -> None:
        region.part(ApiStore)
        region.clients("apigatewayv2").get_apis()
