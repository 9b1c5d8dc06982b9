"""The control plane of HTTP APIs: what is added to moto's.

Stages are created and changed here (moto has no UpdateStage): they need AutoDeploy, since a stage
without it would wait for deployments that moto does not make; their access log format is checked as
API Gateway does ("Configure logging for HTTP APIs"). WebSocket APIs are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from course.account.apis import http
from course.account.errors import AwsError, NotSimulated
from course.account.region import Region
from course.telemetry.apis import access_log

Parameters = dict[str, Any]
Replace = Callable[[Any, str, Any], None]
_USE = "Set AutoDeploy=True."


def mend(replace: Replace) -> None:
    """Replace what must be in moto's HTTP APIs."""
    from moto.apigatewayv2 import models

    original = models.ApiGatewayV2Backend.create_api

    @wraps(original)
    def create_api(backend: Any, *args: Any, **described: Any) -> Any:
        if described.get("protocol_type") != "HTTP":
            raise NotSimulated("a WebSocket API", "Make an HTTP API or a REST API.")
        return original(backend, *args, **described)

    replace(models.ApiGatewayV2Backend, "create_api", create_api)


def create_stage(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    api = _api(region, parameters)
    name = parameters["StageName"]
    if name in api.stages:
        raise AwsError("ConflictException", "Stage already exists")
    if not parameters.get("AutoDeploy"):
        raise NotSimulated("a stage of an HTTP API without AutoDeploy", _USE)
    config = {"stageName": name, **_config(region, parameters)}
    return _described(api.create_stage(config))


def update_stage(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    api = _api(region, parameters)
    stage = api.stages.get(parameters["StageName"])
    if stage is None:
        raise AwsError("NotFoundException", "Invalid stage identifier specified")
    if parameters.get("AutoDeploy") is False:
        raise NotSimulated("a stage of an HTTP API without AutoDeploy", _USE)
    for name, value in _config(region, parameters).items():
        kept = getattr(stage, _ATTRIBUTES[name])
        merged = name in ("defaultRouteSettings", "routeSettings", "stageVariables")
        setattr(stage, _ATTRIBUTES[name], {**(kept or {}), **value} if merged else value)
    return _described(stage)


_ATTRIBUTES = {
    "accessLogSettings": "access_log_settings",
    "autoDeploy": "auto_deploy",
    "defaultRouteSettings": "default_route_settings",
    "description": "description",
    "routeSettings": "route_settings",
    "stageVariables": "stage_variables",
    "tags": "tags",
}


def _api(region: Region, parameters: Parameters) -> Any:
    http.prepare(region)
    from moto.apigatewayv2.models import apigatewayv2_backends

    found = apigatewayv2_backends[region.account_id][region.name].apis.get(parameters["ApiId"])
    if found is None:
        raise AwsError("NotFoundException", "Invalid API identifier specified")
    return found


def _config(region: Region, parameters: Parameters) -> dict[str, Any]:
    """The settings of a stage in the form that moto keeps."""
    found = {_lower(name): value for name, value in parameters.items()}
    found = {name: value for name, value in found.items() if name in _ATTRIBUTES}
    for name in ("accessLogSettings", "defaultRouteSettings"):
        if name in found:
            found[name] = _lowered(found[name])
    if "routeSettings" in found:
        found["routeSettings"] = {
            key: _lowered(value) for key, value in found["routeSettings"].items()
        }
    if found.get("accessLogSettings"):
        _check_log(region, found["accessLogSettings"])
    return found


def _described(stage: Any) -> dict[str, Any]:
    """A stage of moto's under the model's names."""
    found = {_upper(name): value for name, value in stage.to_json().items()}
    for name in ("AccessLogSettings", "DefaultRouteSettings"):
        if found.get(name):
            found[name] = {_upper(key): value for key, value in found[name].items()}
    found["RouteSettings"] = {
        key: {_upper(name): value for name, value in settings.items()}
        for key, settings in (found.get("RouteSettings") or {}).items()
    }
    for name in ("CreatedDate", "LastUpdatedDate"):
        found[name] = getattr(stage, "created" if name == "CreatedDate" else "updated")
    return found


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _lowered(value: Mapping[str, Any]) -> dict[str, Any]:
    return {_lower(name): each for name, each in value.items()}


def _check_log(region: Region, settings: Mapping[str, str]) -> None:
    access_log.check(settings.get("format", ""), http=True)
    name = settings.get("destinationArn", "").partition(":log-group:")[2].removesuffix(":*")
    if name not in region.logs.groups:
        raise NotSimulated(
            f"access logs to {name or 'no log group'}", "Create the log group first."
        )
