"""TestInvokeMethod and TestInvokeAuthorizer: trying a method as it is now, not as it was deployed.

"Use the API Gateway console to test a REST API method": neither stage nor deployment takes part, so
there are no keys, limits, caches, authorizers, logs or metrics; the answer has the execution log
with all its data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from course.account import waiting
from course.account.apis import authorizers, plan, rest, tracing
from course.account.apis.exchange import Exchange, Response, StageSettings
from course.account.apis.store import ApiStore
from course.account.errors import AwsError
from course.account.region import Region
from course.telemetry.apis import answers, latency
from course.telemetry.apis.answers import Problem
from course.telemetry.apis.requests import HttpRequest, several
from course.telemetry.apis.routing import Router

Parameters = dict[str, Any]
STAGE = "test-invoke-stage"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905


def find_api(region: Region, api: str) -> Any:
    """A REST API of moto's; NotFoundException for an unknown one."""
    found = region.part(ApiStore).moto.apis.get(api)
    if found is None:
        raise AwsError("NotFoundException", "Invalid API identifier specified")
    return found


def _find_method(region: Region, parameters: Parameters) -> tuple[Any, Any, Any]:
    api = find_api(region, parameters["restApiId"])
    resource = api.resources.get(parameters["resourceId"])
    if resource is None:
        raise AwsError("NotFoundException", "Invalid Resource identifier specified")
    verb = parameters["httpMethod"]
    kept = resource.resource_methods.get(verb)
    if kept is None:
        raise AwsError("NotFoundException", "Invalid Method identifier specified")
    return api, resource, kept


def test_invoke_method(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    api, resource, kept = _find_method(region, parameters)
    if kept.method_integration is None:
        raise AwsError("NotFoundException", "No integration defined for method")
    verb = parameters["httpMethod"]
    method = plan.read_method(api, resource, verb, kept)
    request = _request(region, api.id, resource.get_path(), parameters)
    with waiting.meter() as meter:
        settings = StageSettings(level="INFO", traces_data=True)
        variables = parameters.get("stageVariables") or {}
        path = request.path
        exchange = Exchange(region, request, meter, api.id, STAGE, path, variables, settings)
        response = _tried(exchange, api, method)
        rest.close_log(exchange, response)
        took = meter.elapsed
    waiting.spend(took)
    headers = several(response.headers)
    return {
        "status": response.status,
        "body": response.body.decode(errors="replace"),
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "log": _log(exchange),
        "latency": round(took),
    }


def _request(region: Region, api: str, path: str, parameters: Parameters) -> HttpRequest:
    given = urlsplit(parameters.get("pathWithQueryString") or path)
    multiple = parameters.get("multiValueHeaders") or {}
    headers = [*(parameters.get("headers") or {}).items()]
    headers += [(name, value) for name, values in multiple.items() for value in values]
    verb = parameters["httpMethod"]
    return HttpRequest(
        method="GET" if verb == "ANY" else verb,
        host=f"{api}.execute-api.{region.name}.amazonaws.com",
        path=given.path,
        query=given.query,
        headers=headers,
        body=(parameters.get("body") or "").encode(),
        source_ip="test-invoke-source-ip",
    )


def _tried(exchange: Exchange, api: Any, method: plan.Method) -> Response:
    router: Router[plan.Method] = Router(falls_back=False)
    router.add(method.http_method, method.resource, method)
    matched = router.match(exchange.request.method, exchange.path)
    exchange.request.path_parameters = matched[1] if matched else {}
    tracing.begin(exchange, api.name, False)
    rng = exchange.store.random
    waiting.spend(latency.before(rng))
    exchange.values |= {
        "resourceId": method.resource_id,
        "resourcePath": method.resource,
        "extendedRequestId": exchange.extended_id,
    }
    held = plan.Plan(
        api.id, api.name, router, {}, {}, plan.schemas(api), plan.binary(api), "HEADER"
    )
    exchange.log(f"Starting execution for request: {exchange.request_id}")
    exchange.log(f"HTTP Method: {exchange.request.method}, Resource Path: {exchange.path}")
    rest.trace_request(exchange)
    try:
        rest.validate(exchange, method, held)
        response = rest.integrate(exchange, method, held)
        waiting.spend(latency.after(rng))
    except Problem as problem:
        response = _refused(exchange, api, problem)
    response.headers.append(("X-Amzn-Trace-Id", exchange.answered_trace))
    return response


def _refused(exchange: Exchange, api: Any, problem: Problem) -> Response:
    """The gateway responses as they are now, as everything of a test is."""
    exchange.failed(problem)
    if problem.log:
        exchange.log(problem.log)
    found = answers.answer(
        problem, plan.customised(api), exchange.context, exchange.request.parameter
    )
    return Response(found.status, list(found.headers.items()), found.body.encode())


def _log(exchange: Exchange) -> str:
    mark = f"({exchange.request_id}) "
    lines = [f"{_moment(at)} : {text.removeprefix(mark)}" for at, text in exchange.lines]
    return "\n".join([f"Execution log for request {exchange.request_id}", *lines, ""])


def _moment(at: int) -> str:
    moment = datetime.fromtimestamp(at / 1000, UTC)
    day, month = DAYS[moment.weekday()], MONTHS[moment.month - 1]
    return f"{day} {month} {moment:%d %H:%M:%S} UTC {moment:%Y}"


def test_invoke_authorizer(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    api = find_api(region, parameters["restApiId"])
    kept = api.authorizers.get(parameters["authorizerId"])
    if kept is None:
        raise AwsError("NotFoundException", "Invalid Authorizer identifier specified")
    authorizer = plan.authorizer(kept)
    request = _request(region, api.id, "/", {**parameters, "httpMethod": "GET"})
    with waiting.meter() as meter:
        settings = StageSettings(level="INFO", traces_data=True)
        variables = parameters.get("stageVariables") or {}
        exchange = Exchange(
            region, request, meter, api.id, STAGE, request.path, variables, settings
        )
        tracing.begin(exchange, api.name, False)
        status, answer = authorizers.tried(exchange, authorizer)
        took = meter.elapsed
    waiting.spend(took)
    found = {"clientStatus": status, "log": _log(exchange), "latency": round(took)}
    if answer is None:
        return found
    return found | {
        "principalId": answer["principalId"],
        "policy": json.dumps(answer["policyDocument"]),
    }
