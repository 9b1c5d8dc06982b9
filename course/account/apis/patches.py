"""Patch operations of stages and usage plans.

"Patch operations" in the API Gateway API reference: which paths there are, and with which `op`.
moto applies some and drops the others without a word; here a path that is not known is the error
that API Gateway gives. Settings of a method begin as those of `*/*` are when it gets its first.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from moto.apigateway.exceptions import BadRequestException

from course.account.apis.stages import DEFAULTS, EVERY

Operation = dict[str, Any]
ACCOUNT_PATHS = ("/cloudwatchRoleArn", "/features")
LEVELS = ("OFF", "ERROR", "INFO")
STRATEGIES = ("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER")


def _boolean(value: str) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise BadRequestException(f"Invalid boolean value: {value}")
    return str(value).lower() == "true"


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in allowed:
            raise BadRequestException(
                f"Invalid value: {value}. Must be one of: [{', '.join(allowed)}]"
            )
        return value

    return read


def _number(kind: Callable[[str], Any], most: float | None = None) -> Callable[[str], Any]:
    def read(value: str) -> Any:
        try:
            number = kind(value)
        except ValueError:
            raise BadRequestException(f"Invalid number: {value}") from None
        if number < 0 or (most is not None and number > most):
            raise BadRequestException(f"Value {value} is out of range")
        return number

    return read


# path below {resource}/{verb} -> (setting, how its value is read)
METHOD_SETTINGS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "metrics/enabled": ("metricsEnabled", _boolean),
    "logging/loglevel": ("loggingLevel", _one_of(*LEVELS)),
    "logging/dataTrace": ("dataTraceEnabled", _boolean),
    "throttling/burstLimit": ("throttlingBurstLimit", _number(int)),
    "throttling/rateLimit": ("throttlingRateLimit", _number(float)),
    "caching/enabled": ("cachingEnabled", _boolean),
    "caching/ttlInSeconds": ("cacheTtlInSeconds", _number(int, 3600)),
    "caching/dataEncrypted": ("cacheDataEncrypted", _boolean),
    "caching/requireAuthorizationForCacheControl": (
        "requireAuthorizationForCacheControl",
        _boolean,
    ),
    "caching/unauthorizedCacheControlHeaderStrategy": (
        "unauthorizedCacheControlHeaderStrategy",
        _one_of(*STRATEGIES),
    ),
}
STAGE_PATHS = (
    "/deploymentId",
    "/description",
    "/cacheClusterEnabled",
    "/cacheClusterSize",
    "/accessLogSettings",
    "/accessLogSettings/destinationArn",
    "/accessLogSettings/format",
    *(f"/{{resourcePath}}/{{httpMethod}}/{name}" for name in METHOD_SETTINGS),
    *(f"/{EVERY}/{name}" for name in METHOD_SETTINGS),
    "/variables/{variable_name}",
    "/tracingEnabled",
    "/canarySettings/{setting}",
)


def changed(stage: Any, operations: list[Operation]) -> Any:
    """What a stage would be after a patch; the stage itself stays as it is."""
    return stage_applied(copy.deepcopy(stage), operations)


def stage(kept: Any, operations: list[Operation]) -> Any:
    """Apply a patch to a stage of moto's, all of it or nothing."""
    changed(kept, operations)
    return stage_applied(kept, operations)


def stage_applied(kept: Any, operations: list[Operation]) -> Any:
    for operation in operations or []:
        _apply_to_stage(kept, operation["op"], operation["path"], operation)
    return kept


def _apply_to_stage(kept: Any, op: str, path: str, operation: Operation) -> None:
    value = operation.get("value", "")
    parts = path.split("/")[1:]
    if parts[0] == "variables" and len(parts) == 2:
        _member(kept.variables, op, parts[1], value)
    elif parts[0] == "canarySettings":
        _apply_to_canary(kept, op, parts[1:], value)
    elif parts[0] == "accessLogSettings" and len(parts) <= 2:
        _apply_to_logs(kept, op, parts[1:], value)
    elif op == "copy" and path == "/deploymentId" and _is_promotion(operation):
        kept.deployment_id = kept.course_canary["deploymentId"]
    elif len(parts) == 1 and op == "replace" and parts[0] in _SIMPLE:
        _SIMPLE[parts[0]](kept, value)
    elif not _apply_to_method(kept, op, parts, value):
        raise _unknown(path)


def _unknown(path: str) -> BadRequestException:
    listed = ", ".join(STAGE_PATHS)
    return BadRequestException(f"Invalid method setting path: {path}. Must be one of: [{listed}]")


def _is_promotion(operation: Operation) -> bool:
    return operation.get("from") == "/canarySettings/deploymentId"


def _member(members: dict[str, Any], op: str, name: str, value: Any) -> None:
    if op == "remove":
        members.pop(name, None)
    else:
        members[name] = value


def _set_cache(kept: Any, value: str) -> None:
    kept.cache_cluster_enabled = _boolean(value)
    kept.cache_cluster_status = "AVAILABLE" if kept.cache_cluster_enabled else "NOT_AVAILABLE"


_SIMPLE: dict[str, Callable[[Any, str], None]] = {
    "deploymentId": lambda kept, value: setattr(kept, "deployment_id", value),
    "description": lambda kept, value: setattr(kept, "description", value),
    "tracingEnabled": lambda kept, value: setattr(kept, "tracing_enabled", _boolean(value)),
    "cacheClusterEnabled": _set_cache,
    "cacheClusterSize": lambda kept, value: setattr(kept, "cache_cluster_size", str(value)),
}


def _apply_to_logs(kept: Any, op: str, rest: list[str], value: str) -> None:
    if not rest and op == "remove":
        kept.access_log_settings = None
    elif rest in (["destinationArn"], ["format"]) and op in ("replace", "add"):
        kept.access_log_settings = {**(kept.access_log_settings or {}), rest[0]: value}
    else:
        raise _unknown("/accessLogSettings")


def _apply_to_canary(kept: Any, op: str, rest: list[str], value: str) -> None:
    canary = dict(getattr(kept, "course_canary", None) or {})
    if not rest and op == "remove":
        canary = {}
    elif rest == ["percentTraffic"]:
        canary["percentTraffic"] = _number(float, 100)(value)
    elif rest == ["useStageCache"]:
        canary["useStageCache"] = _boolean(value)
    elif rest == ["deploymentId"]:
        canary["deploymentId"] = value
    elif len(rest) == 2 and rest[0] == "stageVariableOverrides":
        overrides = dict(canary.get("stageVariableOverrides") or {})
        _member(overrides, op, rest[1], value)
        canary["stageVariableOverrides"] = overrides
    else:
        raise _unknown("/canarySettings/" + "/".join(rest))
    kept.course_canary = canary


def _apply_to_method(kept: Any, op: str, parts: list[str], value: str) -> bool:
    """Apply a method's setting; False for a path that is none."""
    where, name = "/".join(parts[:2]), "/".join(parts[2:])
    if op == "remove" and not name:
        return kept.method_settings.pop(where, None) is not None
    if name not in METHOD_SETTINGS or op not in ("replace", "remove"):
        return False
    setting, read = METHOD_SETTINGS[name]
    base = {**DEFAULTS, **kept.method_settings.get(EVERY, {})}
    settings = kept.method_settings.setdefault(where, dict(base))
    settings[setting] = base[setting] if op == "remove" else read(value)
    return True


# path of a usage plan -> (attribute, member, how its value is read)
PLAN_LIMITS: dict[str, tuple[str, str, Callable[[str], Any]]] = {
    "/throttle/rateLimit": ("throttle", "rateLimit", _number(float)),
    "/throttle/burstLimit": ("throttle", "burstLimit", _number(int)),
    "/quota/limit": ("quota", "limit", _number(int)),
    "/quota/offset": ("quota", "offset", _number(int)),
    "/quota/period": ("quota", "period", _one_of("DAY", "WEEK", "MONTH")),
}
_TEXTS = {"/name": "name", "/description": "description", "/productCode": "product_code"}


def usage_plan(kept: Any, operations: list[Operation]) -> None:
    """Apply a patch to a usage plan of moto's."""
    for operation in operations or []:
        _apply_to_plan(kept, operation["op"], operation["path"], operation.get("value", ""))


def _apply_to_plan(kept: Any, op: str, path: str, value: str) -> None:
    if path in PLAN_LIMITS and op in ("add", "replace"):
        attribute, member, read = PLAN_LIMITS[path]
        getattr(kept, attribute)[member] = read(value)
    elif path in ("/throttle", "/quota") and op == "remove":
        getattr(kept, path[1:]).clear()
    elif path in _TEXTS:
        setattr(kept, _TEXTS[path], None if op == "remove" else value)
    elif path == "/apiStages" and op in ("add", "remove"):
        _apply_to_stages(kept, op, value)
    elif path.startswith("/apiStages/"):
        _apply_to_method_limit(kept, op, path, value)
    else:
        raise BadRequestException(f"Invalid patch path {path} for the operation {op}")


def _apply_to_stages(kept: Any, op: str, value: str) -> None:
    api, _, stage_name = value.partition(":")
    found = [
        each for each in kept.api_stages if (each["apiId"], each["stage"]) == (api, stage_name)
    ]
    if op == "add" and not found:
        kept.api_stages.append({"apiId": api, "stage": stage_name})
    elif op == "remove":
        kept.api_stages[:] = [each for each in kept.api_stages if each not in found]


def _apply_to_method_limit(kept: Any, op: str, path: str, value: str) -> None:
    """`/apiStages/{api}:{stage}/throttle/{resource}/{verb}/rateLimit`, slashes in it as ~1."""
    parts = path.split("/")[2:]
    api, _, stage_name = parts[0].partition(":")
    found = [
        each for each in kept.api_stages if (each["apiId"], each["stage"]) == (api, stage_name)
    ]
    if not found or len(parts) < 4 or parts[1] != "throttle":
        raise BadRequestException(f"Invalid patch path {path}")
    limits = found[0].setdefault("throttle", {})
    name = f"{parts[2].replace('~1', '/')}/{parts[3]}"
    if op == "remove":
        limits.pop(name, None)
        return
    read = {"rateLimit": _number(float), "burstLimit": _number(int)}.get("".join(parts[4:]))
    if read is None:
        raise BadRequestException(f"Invalid patch path {path}")
    limits.setdefault(name, {"rateLimit": 0.0, "burstLimit": 0})[parts[4]] = read(value)
