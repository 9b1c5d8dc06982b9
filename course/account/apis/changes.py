"""UpdateIntegration and UpdateMethod, which moto does not have.

"Patch operations" in the API Gateway API reference. They change the API; a stage sees it after the
next deployment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from course.account.apis import plan
from course.account.apis.testing import find_api
from course.account.errors import AwsError
from course.account.region import Region

Parameters = dict[str, Any]


def _kept(region: Region, parameters: Parameters) -> Any:
    api = find_api(region, parameters["restApiId"])
    resource = api.resources.get(parameters["resourceId"])
    if resource is None:
        raise AwsError("NotFoundException", "Invalid Resource identifier specified")
    method = resource.resource_methods.get(parameters["httpMethod"])
    if method is None:
        raise AwsError("NotFoundException", "Invalid Method identifier specified")
    return method


def _without_empty(described: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in described.items() if value is not None}


# --- integrations --------------------------------------------------------------------------------

INTEGRATION_TEXTS = {
    "/uri": "uri",
    "/httpMethod": "http_method",
    "/credentials": "credentials",
    "/passthroughBehavior": "passthrough_behaviour",
    "/cacheNamespace": "cache_namespace",
    "/contentHandling": "content_handling",
}
INTEGRATION_MAPS = {
    "requestTemplates": "request_templates",
    "requestParameters": "request_parameters",
}


def update_integration(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    method = _kept(region, parameters)
    kept = method.method_integration
    if kept is None:
        raise AwsError("NotFoundException", "Invalid Integration identifier specified")
    for operation in parameters.get("patchOperations") or []:
        op, path = operation["op"], operation["path"]
        _patch_integration(method, kept, op, path, operation.get("value"))
    return _without_empty(kept.to_json())


def _patch_integration(method: Any, kept: Any, op: str, path: str, value: Any) -> None:
    if path in INTEGRATION_TEXTS:
        setattr(kept, INTEGRATION_TEXTS[path], None if op == "remove" else value)
    elif path == "/timeoutInMillis" and op == "replace":
        if not 50 <= int(value) <= plan.DEFAULT_TIMEOUT:
            raise AwsError("BadRequestException", "Timeout should be between 50 ms and 29000 ms")
        kept.timeout_in_millis = int(value)
    elif path.startswith("/cacheKeyParameters/"):
        _patch_cache_key(method, kept, op, path.split("/", 2)[2])
    elif path.split("/")[1] in INTEGRATION_MAPS:
        _patch_member(kept, INTEGRATION_MAPS[path.split("/")[1]], op, path, value)
    else:
        raise _invalid(path)


def _patch_cache_key(method: Any, kept: Any, op: str, name: str) -> None:
    if op == "remove":
        kept.cache_key_parameters = [each for each in kept.cache_key_parameters if each != name]
        return
    if name not in (method.request_parameters or {}):
        raise AwsError("BadRequestException", "Invalid cache key parameter specified")
    if name not in kept.cache_key_parameters:
        kept.cache_key_parameters = [*kept.cache_key_parameters, name]


def _patch_member(kept: Any, attribute: str, op: str, path: str, value: Any) -> None:
    members = dict(getattr(kept, attribute) or {})
    name = path.split("/", 2)[2].replace("~1", "/")
    if op == "remove":
        members.pop(name, None)
    else:
        members[name] = value
    setattr(kept, attribute, members)


# --- methods -------------------------------------------------------------------------------------


def _boolean(value: Any) -> bool:
    return str(value).lower() == "true"


METHOD_VALUES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "/apiKeyRequired": ("api_key_required", _boolean),
    "/authorizationType": ("authorization_type", str),
    "/authorizerId": ("authorizer_id", str),
    "/requestValidatorId": ("request_validator_id", str),
    "/operationName": ("operation_name", str),
}


def update_method(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    kept = _kept(region, parameters)
    for operation in parameters.get("patchOperations") or []:
        op, path, value = operation["op"], operation["path"], operation.get("value")
        if path in METHOD_VALUES:
            attribute, read = METHOD_VALUES[path]
            setattr(kept, attribute, None if op == "remove" else read(value))
        elif path.startswith("/requestParameters/"):
            _patch_member(kept, "request_parameters", op, path, _boolean(value))
        elif path.startswith("/requestModels/"):
            _patch_member(kept, "request_models", op, path, value)
        else:
            raise _invalid(path)
    return _without_empty(kept.to_json())


def _invalid(path: str) -> AwsError:
    return AwsError("BadRequestException", f"Invalid patch path {path}")
