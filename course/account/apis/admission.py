"""API keys, usage plans and throttling: whether a request is let through now.

"Usage plans and API keys for REST APIs", "Throttle requests to your REST APIs for better throughput
in API Gateway". The layers are asked in the documented order; the log's line says which one
refused. The wording for a stage's limit was recorded from API Gateway; those for usage plans and
the account are modelled on it. Limits of a usage plan are each key's own, over all its stages.
"""

from __future__ import annotations

from typing import Any

from course.account.apis.exchange import ERROR, Exchange
from course.account.apis.plan import Method
from course.account.apis.stages import View
from course.account.apis.store import DAY
from course.telemetry.apis.answers import Problem
from course.telemetry.apis.throttling import Limit, Quota


def admit(exchange: Exchange, method: Method, view: View, settings: dict[str, Any]) -> None:
    """Let the request through, or raise Problem."""
    place = f"{exchange.api_id}/{exchange.stage}"
    shown = _shown(_value(exchange, view))
    start = f"Verifying Usage Plan for request: {exchange.request_id}. API Key: {shown} "
    exchange.log(f"{start}API Stage: {place}")
    if method.needs_key:
        _check_key(exchange, method, view)
    else:
        text = f"API Key authorized because method '{exchange.request.method} {method.resource}' "
        exchange.log(
            f"{text}does not require API Key. Request will not contribute to throttle or quota "
            "limits"
        )
    _check_stage(exchange, method, settings)
    limit = exchange.store.account_limit
    if not exchange.store.take(("account",), limit, exchange.start):
        _throttled(exchange, f"Account throttle limit exceeded. {_amounts(limit)}")
    exchange.log(f"Usage Plan check succeeded for API Key {shown} and API Stage {place}")


def _value(exchange: Exchange, view: View) -> str | None:
    if view.plan.key_source == "AUTHORIZER":
        found = exchange.values.get("authorizer.usageIdentifierKey")
        return None if found is None else str(found)
    return exchange.request.header("x-api-key")


def _shown(value: str | None) -> str:
    return "" if value is None else "*" * max(0, len(value) - 6) + value[-6:]


def _check_key(exchange: Exchange, method: Method, view: View) -> None:
    value = _value(exchange, view)
    backend = exchange.store.moto
    key = next((each for each in backend.keys.values() if each.value == value), None)
    plans = [] if key is None or not key.enabled else _plans(exchange, backend, key.id)
    if key is None or not plans:
        why = f"API Key {_shown(value)} not authorized because it is not in a usage plan for the "
        exchange.log(f"{why}API Stage {exchange.api_id}/{exchange.stage}", ERROR)
        raise Problem("INVALID_API_KEY", "Forbidden")
    exchange.values |= {"identity.apiKey": value, "identity.apiKeyId": key.id}
    for plan in plans:
        _check_plan(exchange, method, plan, key.id)


def _plans(exchange: Exchange, backend: Any, key: str) -> list[Any]:
    """The usage plans that a key belongs to and that cover the stage."""
    return [
        plan
        for plan in backend.usage_plans.values()
        if key in backend.usage_plan_keys.get(plan.id, {}) and _stage_of(exchange, plan) is not None
    ]


def _stage_of(exchange: Exchange, plan: Any) -> dict[str, Any] | None:
    wanted = (exchange.api_id, exchange.stage)
    return next(
        (each for each in plan.api_stages if (each["apiId"], each["stage"]) == wanted), None
    )


def _check_plan(exchange: Exchange, method: Method, plan: Any, key: str) -> None:
    covered = _stage_of(exchange, plan) or {}
    limits = covered.get("throttle") or {}
    verb = f"{method.resource}/{exchange.request.method}"
    own = limits.get(verb, limits.get(method.throttle))
    name = f"Usage Plan ID {plan.id} / RestApi {exchange.api_id} / Stage {exchange.stage}"
    if own:
        limit = _limit(own)
        bucket = (plan.id, key, exchange.api_id, exchange.stage, method.throttle)
        if not exchange.store.take(bucket, limit, exchange.start):
            place = f"{name} / Resource {method.resource_id} / HttpMethod {exchange.request.method}"
            _throttled(exchange, f"Key throttle limit exceeded for {place}. {_amounts(limit)}")
    if plan.throttle:
        limit = _limit(plan.throttle)
        if not exchange.store.take((plan.id, key), limit, exchange.start):
            _throttled(exchange, f"Key throttle limit exceeded for {name}. {_amounts(limit)}")
    _check_quota(exchange, plan, key, name)


def _check_quota(exchange: Exchange, plan: Any, key: str, name: str) -> None:
    usage, now = exchange.store.usage_of(plan.id, key), exchange.start
    if plan.quota:
        quota = quota_of(plan)
        if usage.used(quota, now) >= quota.limit:
            text = f"Key quota limit exceeded for {name}. Limit: {quota.limit}"
            exchange.log(text, ERROR)
            raise Problem("QUOTA_EXCEEDED", "Limit Exceeded")
    usage.by_day[now - now % DAY] += 1


def quota_of(plan: Any) -> Quota:
    """A usage plan's quota."""
    kept = plan.quota
    return Quota(int(kept["limit"]), str(kept["period"]), int(kept.get("offset") or 0))


def _limit(kept: Any) -> Limit:
    return Limit(float(kept.get("rateLimit") or 0), int(kept.get("burstLimit") or 0))


def _amounts(limit: Limit) -> str:
    return f"Limit: {limit.rate:.2f} Burst: {limit.burst}"


def _check_stage(exchange: Exchange, method: Method, settings: dict[str, Any]) -> None:
    limit = Limit(
        float(settings["throttlingRateLimit"]),
        int(settings["throttlingBurstLimit"]),
    )
    # A stage without limits of its own has the account's, which is asked next.
    if limit == exchange.store.account_limit:
        return
    verb = exchange.request.method
    bucket = (exchange.api_id, exchange.stage, method.setting, verb)
    if not exchange.store.take(bucket, limit, exchange.start):
        place = f"RestApi {exchange.api_id}, Stage {exchange.stage}, Resource {method.resource_id}"
        _throttled(
            exchange,
            f"Key throttle limit exceeded for {place}, HttpMethod {verb}. {_amounts(limit)}",
        )


def _throttled(exchange: Exchange, text: str) -> None:
    exchange.log(text, ERROR)
    raise Problem("THROTTLED", "Too Many Requests")
