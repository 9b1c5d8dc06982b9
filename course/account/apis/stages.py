"""A stage as it is configured now: settings by method, logs, cache, canary.

Settings of one method come before those of `*/*` ("Set up a stage for a REST API"). A cache that is
switched on for `*/*` is for GET alone; other methods need a setting of their own ("Cache settings
for REST APIs in API Gateway").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from course.account.apis.exchange import StageSettings
from course.account.apis.plan import Method, Plan
from course.account.apis.store import ApiStore

EVERY = "*/*"
# What a method setting is until somebody changes it (Stage in the API reference).
DEFAULTS: dict[str, Any] = {
    "metricsEnabled": False,
    "loggingLevel": "OFF",
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}


@dataclass(frozen=True)
class View:
    """A stage for one request. name: with `/Canary` behind it where the canary answers."""

    api: Any
    stage: Any
    name: str
    plan: Plan
    variables: Mapping[str, str]
    is_canary: bool

    def settings(self, method: Method | None, verb: str) -> dict[str, Any]:
        """The settings for a request; method: None for a request that no method is for."""
        given = self.stage.method_settings
        own = None
        if method is not None:
            path = method.setting.rpartition("/")[0]
            own = given.get(f"{path}/{verb}", given.get(method.setting))
        found = {**DEFAULTS, **given.get(EVERY, {}), **(own or {})}
        if own is None and verb != "GET":
            found["cachingEnabled"] = False
        return found

    def logging(self, settings: Mapping[str, Any]) -> StageSettings:
        """Where this request is logged."""
        access = self.stage.access_log_settings or {}
        destination = access.get("destinationArn")
        return StageSettings(
            access_group=group_of(destination) if destination else None,
            access_format=access.get("format"),
            level=settings["loggingLevel"],
            traces_data=bool(settings["dataTraceEnabled"]),
            detailed=bool(settings["metricsEnabled"]),
            traced=bool(self.stage.tracing_enabled),
        )

    @property
    def has_cache(self) -> bool:
        return bool(self.stage.cache_cluster_enabled)


def group_of(destination: str) -> str:
    """The log group's name in an ARN, which may end in `:*`."""
    return destination.split(":log-group:", 1)[-1].removesuffix(":*")


def view(store: ApiStore, api: Any, name: str) -> View | None:
    """The stage that answers a request now; None when there is none, or nothing is deployed."""
    stage = api.stages.get(name)
    deployment = api.deployments.get(stage.deployment_id) if stage is not None else None
    plan = getattr(deployment, "course_plan", None)
    if stage is None or plan is None:
        return None
    canary = getattr(stage, "course_canary", None)
    if canary and store.random.random() * 100 < float(canary.get("percentTraffic", 0)):
        other = api.deployments.get(canary.get("deploymentId", ""))
        variables = {**stage.variables, **(canary.get("stageVariableOverrides") or {})}
        own = getattr(other, "course_plan", plan)
        return View(api, stage, f"{name}/Canary", own, variables, True)
    return View(api, stage, name, plan, stage.variables, False)
