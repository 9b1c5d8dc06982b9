"""The control plane: what is added to moto's REST APIs, which keep the configuration.

A deployment keeps a snapshot of its API; deploying to a stage again keeps the stage's settings;
integrations keep their cache keys, authorizers their validation expression, stages their canary;
patches of stages and usage plans are applied whole or refused, as "Patch operations" in the API
reference lists them; logs need a role in the account's settings, and a format that API Gateway
takes ("Set up CloudWatch logging for REST APIs").
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.apigateway import models, responses
from moto.apigateway.exceptions import BadRequestException, NoIntegrationDefined

from course.account.apis import patches, plan
from course.account.errors import NotSimulated
from course.account.region import Region
from course.telemetry.apis import access_log
from course.telemetry.errors import RuleError

Replace = Callable[[Any, str, Any], None]
NO_ROLE = "CloudWatch Logs role ARN must be set in account settings to enable logging"
NO_AUTHORIZER = (
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
    "COGNITO_USER_POOLS requires a valid authorizer."
)
AUTHORIZATIONS = ("NONE", "AWS_IAM", "CUSTOM")


def mend(replace: Replace, region: Callable[[str], Region]) -> None:
    """Replace what must be; `region` gives the Region of a name in the account that answers."""
    api, backend, answering = models.RestAPI, models.APIGatewayBackend, responses.APIGatewayResponse
    # moto would answer calls of an API at exact addresses, past the account's door.
    replace(api, "update_integration_mocks", lambda self, stage_name: None)
    replace(api, "create_deployment", _deploying(api.create_deployment))
    replace(backend, "put_method", _putting_method(backend.put_method))
    replace(backend, "update_stage", _updating_stage(backend.update_stage, region))
    replace(backend, "create_usage_plan", _planning(backend.create_usage_plan))
    replace(models.Stage, "apply_operations", patches.stage)
    replace(models.Stage, "to_json", _describing_stage(models.Stage.to_json))
    replace(models.UsagePlan, "apply_patch_operations", patches.usage_plan)
    replace(answering, "create_deployment", _staging(answering.create_deployment, "create"))
    replace(answering, "create_stage", _staging(answering.create_stage, "stage"))
    replace(answering, "put_integration", _putting_integration(answering.put_integration))
    replace(answering, "create_authorizer", _authorizing(answering.create_authorizer))
    replace(answering, "create_rest_api", _creating(answering.create_rest_api))
    settings = models.Account
    original = settings.apply_patch_operations
    replace(settings, "apply_patch_operations", _updating_account(original))


def _creating(original: Any) -> Any:
    """moto does not read the binary media types of a new API."""

    @wraps(original)
    def create_rest_api(self: Any) -> Any:
        answer = original(self)
        kinds, made = self._get_param("binaryMediaTypes"), json.loads(answer[2])
        if not kinds or "id" not in made:
            return answer
        api = self.backend.get_rest_api(made["id"])
        api.binaryMediaTypes = list(kinds)
        return answer[0], answer[1], json.dumps(api.to_dict())

    return create_rest_api


def _updating_account(original: Any) -> Any:
    """moto takes any path that has a known one in it."""

    @wraps(original)
    def apply_patch_operations(self: Any, operations: Any) -> Any:
        for operation in operations or []:
            if operation["path"] not in patches.ACCOUNT_PATHS:
                listed = ", ".join(patches.ACCOUNT_PATHS)
                raise BadRequestException(
                    f"Invalid patch path {operation['path']}. Must be one of: [{listed}]"
                )
        return original(self, operations)

    return apply_patch_operations


def _deploying(original: Any) -> Any:
    @wraps(original)
    def create_deployment(
        api: Any, name: str, description: str, stage_variables: Any = None
    ) -> Any:
        for resource in api.resources.values():
            if any(not each.method_integration for each in resource.resource_methods.values()):
                raise NoIntegrationDefined()
        held = plan.of(api)
        before = api.stages.get(name)
        deployment = original(api, name, description, stage_variables)
        deployment.course_plan = held
        if before is not None:
            api.stages[name] = before
            before.deployment_id = deployment.id
            before.variables.update(stage_variables or {})
        return deployment

    return create_deployment


def _staging(original: Any, what: str) -> Any:
    """CreateDeployment and CreateStage take settings of the stage, of which moto drops some."""

    @wraps(original)
    def staging(self: Any) -> Any:
        api = self.backend.get_rest_api(self.path.split("/")[2])
        name = self._get_param("stageName")
        canary = self._get_param("canarySettings")
        existing = api.stages.get(name)
        before = existing.deployment_id if existing is not None else None
        if what == "create" and canary and existing is None:
            raise BadRequestException("Canary deployments need a stage that exists already.")
        answer = original(self)
        if what == "create" and name:
            _settle(self, api.stages[name])
        if canary:
            stage = api.stages[name]
            new = {"useStageCache": False, "percentTraffic": 0.0, **canary}
            if what == "create":
                new["deploymentId"], stage.deployment_id = stage.deployment_id, before
            stage.course_canary = new
        return answer

    return staging


def _settle(answering: Any, stage: Any) -> None:
    tracing = answering._get_param("tracingEnabled")
    if tracing is not None:
        stage.tracing_enabled = tracing
    cached = answering._get_param("cacheClusterEnabled")
    if cached is not None:
        stage.cache_cluster_enabled = cached
        stage.cache_cluster_status = "AVAILABLE" if cached else "NOT_AVAILABLE"
        stage.cache_cluster_size = answering._get_param("cacheClusterSize")


def _describing_stage(original: Any) -> Any:
    @wraps(original)
    def to_json(stage: Any) -> dict[str, Any]:
        canary = getattr(stage, "course_canary", None)
        return {**original(stage), **({"canarySettings": canary} if canary else {})}

    return to_json


def _putting_method(original: Any) -> Any:
    @wraps(original)
    def put_method(
        backend: Any,
        function_id: str,
        resource_id: str,
        method_type: str,
        authorization_type: str | None,
        *rest: Any,
        **more: Any,
    ) -> Any:
        kind = authorization_type or "NONE"
        if kind not in AUTHORIZATIONS:
            raise NotSimulated(
                f"a method with the authorization {kind}", "Use CUSTOM with a Lambda authorizer."
            )
        api = backend.get_rest_api(function_id)
        if kind == "CUSTOM" and more.get("authorizer_id") not in api.authorizers:
            raise BadRequestException(NO_AUTHORIZER)
        return original(
            backend, function_id, resource_id, method_type, authorization_type, *rest, **more
        )

    return put_method


def _updating_stage(original: Any, region: Callable[[str], Region]) -> Any:
    @wraps(original)
    def update_stage(backend: Any, function_id: str, stage_name: str, operations: Any) -> Any:
        stage = backend.get_stage(function_id, stage_name)
        changed = patches.changed(stage, operations)
        _check_logs(backend, region(backend.region_name), changed)
        return original(backend, function_id, stage_name, operations)

    return update_stage


def _planning(original: Any) -> Any:
    """moto takes any word for the period of a quota."""

    @wraps(original)
    def create_usage_plan(backend: Any, payload: dict[str, Any]) -> Any:
        period = (payload.get("quota") or {}).get("period")
        if period is not None:
            patches.PLAN_LIMITS["/quota/period"][2](period)
        return original(backend, payload)

    return create_usage_plan


def _check_logs(backend: Any, region: Region, stage: Any) -> None:
    access = stage.access_log_settings or {}
    levels = {each.get("loggingLevel", "OFF") for each in stage.method_settings.values()}
    if (access or levels - {"OFF"}) and not backend.account.cloudwatch_role_arn:
        raise BadRequestException(NO_ROLE)
    if access.get("format"):
        try:
            access_log.check(access["format"])
        except RuleError as error:
            raise BadRequestException(error.message) from None
    destination = access.get("destinationArn")
    if destination:
        _check_destination(region, destination)


def _check_destination(region: Region, destination: str) -> None:
    if ":log-group:" not in destination:
        raise NotSimulated(f"access logs to {destination}", "Give the ARN of a log group.")
    name = destination.split(":log-group:", 1)[1].removesuffix(":*")
    if name not in region.logs.groups:
        raise NotSimulated(
            f"access logs to {name}, which does not exist,", "Create the log group first."
        )


def _putting_integration(original: Any) -> Any:
    """moto drops cacheKeyParameters, and leaves defaults out."""

    @wraps(original)
    def put_integration(self: Any) -> Any:
        parts = self.path.split("/")
        api, resource, verb = parts[2], parts[4], parts[6]
        method = self.backend.get_method(api, resource, verb)
        keys = self._get_param("cacheKeyParameters") or []
        if not set(keys) <= set(method.request_parameters or {}):
            raise BadRequestException("Invalid cache key parameter specified")
        timeout = self._get_param("timeoutInMillis")
        check_timeout(timeout)
        answer = original(self)
        kept = self.backend.get_integration(api, resource, verb)
        kept.cache_key_parameters = list(keys)
        kept.cache_namespace = kept.cache_namespace or resource
        kept.timeout_in_millis = int(timeout or plan.DEFAULT_TIMEOUT)
        kept.passthrough_behaviour = kept.passthrough_behaviour or "WHEN_NO_MATCH"
        return answer[0], answer[1], json.dumps(kept.to_json())

    return put_integration


def check_timeout(timeout: Any) -> None:
    """AWS's error for a time-out that an integration cannot have."""
    if timeout is not None and not 50 <= int(timeout) <= plan.DEFAULT_TIMEOUT:
        raise BadRequestException("Timeout should be between 50 ms and 29000 ms")


def _authorizing(original: Any) -> Any:
    """moto loses the validation expression on its way."""

    @wraps(original)
    def create_authorizer(self: Any) -> Any:
        kind = self._get_param("type")
        if kind == "COGNITO_USER_POOLS":
            raise NotSimulated(f"an authorizer of the type {kind}", "Use a Lambda authorizer.")
        answer = original(self)
        expression = self._get_param("identityValidationExpression")
        body = json.loads(answer[2])
        if expression and "id" in body:
            api = self.backend.get_rest_api(self.path.split("/")[2])
            kept = api.authorizers[body["id"]]
            kept.identity_validation_expression = expression
            return answer[0], answer[1], json.dumps(kept.to_json())
        return answer

    return create_authorizer
