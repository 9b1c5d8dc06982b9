"""GetUsage, UpdateUsage and emptying caches: what API Gateway counts and keeps while it runs.

"Usage" in the API reference: for every key of a plan and every day [used, remaining], the remaining
requests being those of the quota's period up to that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from course.account.apis import caching
from course.account.apis.admission import quota_of
from course.account.apis.store import DAY, ApiStore
from course.account.apis.testing import find_api
from course.account.errors import AwsError
from course.account.region import Region
from course.telemetry.apis.throttling import period_start

Parameters = dict[str, Any]
LONGEST_DAYS = 90


def get_usage(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    backend, plan = _plan(region, parameters["usagePlanId"])
    start, end = parameters["startDate"], parameters["endDate"]
    days = _days(start, end)
    keys = backend.usage_plan_keys.get(plan.id, {})
    wanted = parameters.get("keyId")
    items = {
        key: [_of_day(region, plan, key, day) for day in days]
        for key in keys
        if wanted in (None, key)
    }
    return {"usagePlanId": plan.id, "startDate": start, "endDate": end, "items": items}


def _plan(region: Region, identifier: str) -> tuple[Any, Any]:
    backend = region.part(ApiStore).moto
    plan = backend.usage_plans.get(identifier)
    if plan is None:
        raise AwsError("NotFoundException", "Invalid Usage Plan ID specified")
    return backend, plan


def _days(start: str, end: str) -> list[int]:
    """The starts of the days from one date to another, both included."""
    try:
        first, last = (datetime.strptime(text, "%Y-%m-%d") for text in (start, end))
    except ValueError:
        raise AwsError("BadRequestException", "Dates must be of the form YYYY-MM-DD") from None
    if last < first or (last - first).days > LONGEST_DAYS:
        raise AwsError("BadRequestException", "Invalid date range")
    many = (last - first).days + 1
    return [
        round((first + timedelta(days=number)).replace(tzinfo=UTC).timestamp() * 1000)
        for number in range(many)
    ]


def _of_day(region: Region, plan: Any, key: str, day: int) -> list[int]:
    usage = region.part(ApiStore).usage_of(plan.id, key)
    used = usage.by_day[day]
    if not plan.quota:
        return [used, 0]
    quota = quota_of(plan)
    start = period_start(quota.period, day)
    before = sum(number for at, number in usage.by_day.items() if start <= at <= day)
    offset = quota.offset if period_start(quota.period, usage.began) == start else 0
    return [used, quota.limit - before - offset]


def update_usage(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    """`/remaining` grants a key so many requests in the current period."""
    _, plan = _plan(region, parameters["usagePlanId"])
    if not plan.quota:
        raise AwsError("BadRequestException", "Usage Plan has no quota")
    usage = region.part(ApiStore).usage_of(plan.id, parameters["keyId"])
    quota, today = quota_of(plan), region.now - region.now % DAY
    for operation in parameters.get("patchOperations") or []:
        if (operation["op"], operation["path"]) != ("replace", "/remaining"):
            raise AwsError("BadRequestException", f"Invalid patch path {operation['path']}")
        left = quota.limit - usage.used(quota, region.now)
        usage.by_day[today] -= int(operation["value"]) - left
    items = {parameters["keyId"]: [_of_day(region, plan, parameters["keyId"], today)]}
    date = datetime.fromtimestamp(today / 1000, UTC).strftime("%Y-%m-%d")
    return {"usagePlanId": plan.id, "startDate": date, "endDate": date, "items": items}


def flush_stage_cache(region: Region, parameters: Parameters) -> None:
    api = find_api(region, parameters["restApiId"])
    _check_stage(api, parameters["stageName"])
    caching.flush(region.part(ApiStore).caches, api.id, parameters["stageName"])


def flush_stage_authorizers_cache(region: Region, parameters: Parameters) -> None:
    api = find_api(region, parameters["restApiId"])
    stage = parameters["stageName"]
    _check_stage(api, stage)
    kept = region.part(ApiStore).authorizations
    for key in [key for key in kept if key[:2] == (api.id, stage)]:
        del kept[key]


def _check_stage(api: Any, stage: str) -> None:
    if stage not in api.stages:
        raise AwsError("NotFoundException", "Invalid stage identifier specified")
