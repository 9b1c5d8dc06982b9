"""Lambda authorizers, API keys and signatures: who may call a method.

Follows "Use API Gateway Lambda authorizers", "Input to..." and "Output from an API Gateway Lambda
authorizer": without its identity sources a request is Unauthorized (401) and the function is not
called; an answer is kept for its TTL under the values of the identity sources, and it is the policy
that is kept, so one answer decides about every method of the API; a policy that does not allow the
method is 403; a function that raises `Unauthorized` is 401; one that fails otherwise or answers
nonsense is 500. "Control access to a REST API with IAM permissions": an unsigned request is 403
Missing Authentication Token. Signatures are not verified and IAM policies not evaluated: whoever
signs is taken for who the access key says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from course.account import waiting
from course.account.apis import integrations
from course.account.apis.exchange import ERROR, TRACE, Exchange
from course.account.apis.plan import Authorizer, Method
from course.telemetry.apis import events
from course.telemetry.apis.answers import Problem, default_status
from course.telemetry.events.policies import like

TTL_LIMIT = 3600
_BROKEN = "Execution failed due to configuration error: Authorizer error"
NOT_ALLOWED = "User is not authorized to access this resource"
_KEY = re.compile(r"Credential=([^/,]+)/")


def check(exchange: Exchange, method: Method, authorizers: Mapping[str, Authorizer]) -> None:
    """Let the request pass, or raise Problem; what is learnt goes into the exchange's values."""
    if method.authorization == "AWS_IAM":
        _signed(exchange)
    elif method.authorization == "CUSTOM":
        _custom(exchange, method, authorizers[method.authorizer or ""])


def is_signed(exchange: Exchange) -> bool:
    """Whether a request carries a signature (Signature Version 4)."""
    header = exchange.request.header("authorization") or ""
    return header.startswith("AWS4-HMAC-SHA256") or "X-Amz-Signature" in exchange.request.parameters


def _signed(exchange: Exchange) -> None:
    if not is_signed(exchange):
        raise Problem("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
    from course.account import identity

    found = _KEY.search(exchange.request.header("authorization") or "")
    who = identity.who(exchange.region.account_id, found.group(1) if found else "")
    exchange.values |= {
        "identity.accountId": who.get("accountId"),
        "identity.caller": who.get("principalId"),
        "identity.user": who.get("principalId"),
        "identity.userArn": who.get("arn"),
        "authenticate.status": 200,
    }


def _custom(exchange: Exchange, method: Method, authorizer: Authorizer) -> None:
    values = [_source(exchange, name) for name in authorizer.sources]
    needed = authorizer.kind == "TOKEN" or authorizer.ttl > 0
    if (needed and not all(values)) or not _fits(authorizer, values):
        exchange.values |= {"authorizer.error": "Unauthorized", "authorizer.status": 401}
        raise Problem("UNAUTHORIZED", "Unauthorized", log="Unauthorized request")
    key = (exchange.api_id, exchange.stage, authorizer.id, *(str(value) for value in values))
    kept = exchange.store.authorizations.get(key)
    if kept is not None and kept[0] > exchange.region.now and authorizer.ttl > 0:
        answer = kept[1]
    else:
        answer = _ask(exchange, method.resource, authorizer, values)
        until = exchange.region.now + min(authorizer.ttl, TTL_LIMIT) * 1000
        exchange.store.authorizations[key] = (until, answer)
    _decide(exchange, answer)


def tried(exchange: Exchange, authorizer: Authorizer) -> tuple[int, dict[str, Any] | None]:
    """Call an authorizer for a test: the client's status, and the answer where there is one."""
    values = [_source(exchange, name) for name in authorizer.sources]
    try:
        if not all(values) or not _fits(authorizer, values):
            raise Problem("UNAUTHORIZED", "Unauthorized", log="Unauthorized request")
        return 200, _ask(exchange, "/", authorizer, values)
    except Problem as problem:
        exchange.log(problem.log, ERROR)
        return default_status(problem), None


def _source(exchange: Exchange, name: str) -> str | None:
    if name.startswith(("context.", "stageVariables.")):
        return exchange.context(name)
    return exchange.request.parameter(name)


def _fits(authorizer: Authorizer, values: list[str | None]) -> bool:
    if authorizer.kind != "TOKEN" or not authorizer.pattern:
        return True
    return re.fullmatch(authorizer.pattern, values[0] or "") is not None


def method_arn(exchange: Exchange, method: str) -> str:
    """The ARN that an authorizer's policy speaks of: the method as it was called."""
    place = f"{exchange.api_id}/{exchange.stage}/{method}{exchange.path}"
    return exchange.region.arn("execute-api", place)


def _ask(
    exchange: Exchange, resource: str, authorizer: Authorizer, values: list[str | None]
) -> dict[str, Any]:
    exchange.log(f"Starting authorizer: {authorizer.id} for request: {exchange.request_id}")
    event = _event(exchange, resource, authorizer, values)
    function = integrations.function_of(authorizer.function, exchange.variables)
    arn = exchange.region.arn("execute-api", f"{exchange.api_id}/authorizers/{authorizer.id}")
    begin = exchange.meter.elapsed
    try:
        payload = json.dumps(event).encode()
        outcome = integrations.invoke(
            exchange, function, payload, source_arn=arn, role=authorizer.credentials
        )
    except integrations.Rejected as rejected:
        _timed(exchange, begin, rejected.status, None)
        exchange.values["authorizer.error"] = rejected.message
        raise _broken(
            f"{integrations.CONFIGURATION}{rejected.message}", "AUTHORIZER_CONFIGURATION_ERROR"
        ) from None
    waiting.spend(outcome.total_ms)
    _timed(exchange, begin, outcome.status, outcome.request_id)
    exchange.log(f"Authorizer result body before parsing: {outcome.payload.decode()}", TRACE)
    if outcome.error is not None:
        raise _failed(exchange, outcome.payload)
    return _parsed(exchange, outcome.payload)


def _timed(exchange: Exchange, begin: float, status: int, request_id: str | None) -> None:
    latency = round(exchange.meter.elapsed - begin)
    exchange.values |= {
        "authorizer.latency": latency,
        "authorizer.integrationLatency": latency,
        "authorizer.integrationStatus": status,
        "authorizer.requestId": request_id,
    }


def _event(
    exchange: Exchange, resource: str, authorizer: Authorizer, values: list[str | None]
) -> dict[str, Any]:
    request = exchange.request
    arn = method_arn(exchange, request.method)
    if authorizer.kind == "TOKEN":
        return {"type": "TOKEN", "methodArn": arn, "authorizationToken": values[0]}
    headers = events.forwarded(request, exchange.trace_header)
    context = exchange.values.get("requestContext") or {}
    event = events.format_1(request, exchange.path, resource, context, headers, exchange.variables)
    del event["body"], event["isBase64Encoded"]
    return {"type": "REQUEST", "methodArn": arn, **event}


def _failed(exchange: Exchange, payload: bytes) -> Problem:
    """A function that raises `Unauthorized`, just so, refuses; any other failure is its own."""
    try:
        message = json.loads(payload).get("errorMessage")
    except (ValueError, AttributeError):
        message = None
    exchange.values["authorizer.error"] = message
    if message == "Unauthorized":
        exchange.values["authorizer.status"] = 401
        return Problem("UNAUTHORIZED", "Unauthorized", log="Unauthorized request")
    return _broken(f"{_BROKEN}: {message}", "AUTHORIZER_FAILURE")


def _broken(log: str, kind: str) -> Problem:
    # AWS sends `{"message":null}` for both.
    return Problem(kind, None, log=log)


def _parsed(exchange: Exchange, payload: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(payload)
        statements = answer["policyDocument"]["Statement"]
        good = isinstance(statements, (list, dict)) and bool(answer["principalId"])
    except (ValueError, KeyError, TypeError):
        good = False
    context = answer.get("context") if good else None
    if not good or not all(_is_plain(value) for value in (context or {}).values()):
        exchange.values["authorizer.error"] = "Invalid authorizer response"
        raise _broken(
            f"{integrations.CONFIGURATION}Invalid JSON in response",
            "AUTHORIZER_CONFIGURATION_ERROR",
        )
    return dict(answer)


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))


def _decide(exchange: Exchange, answer: Mapping[str, Any]) -> None:
    context = {name: _as_text(value) for name, value in (answer.get("context") or {}).items()}
    exchange.values |= {f"authorizer.{name}": value for name, value in context.items()}
    exchange.values |= {
        "authorizer.principalId": answer["principalId"],
        "authorizer.context": {"principalId": answer["principalId"], **context},
        "authorizer.usageIdentifierKey": answer.get("usageIdentifierKey"),
        "authorizer.status": 200,
    }
    effects = _effects(answer["policyDocument"], method_arn(exchange, exchange.request.method))
    if "Deny" in effects or "Allow" not in effects:
        exchange.values |= {"authorize.status": 403, "authorize.error": NOT_ALLOWED}
        explicit = " with an explicit deny" if "Deny" in effects else ""
        exchange.log(f"The client is not authorized to perform this operation.{explicit}", ERROR)
        raise Problem("ACCESS_DENIED", f"{NOT_ALLOWED}{explicit}")
    exchange.values["authorize.status"] = 200


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _effects(policy: Mapping[str, Any], arn: str) -> set[str]:
    statements = policy["Statement"]
    return {
        str(each.get("Effect"))
        for each in (statements if isinstance(statements, list) else [statements])
        if any(like("execute-api:invoke", str(a).lower()) for a in _listed(each.get("Action")))
        and any(like(arn, str(resource)) for resource in _listed(each.get("Resource")))
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
