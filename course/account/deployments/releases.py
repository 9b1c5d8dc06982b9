"""CodeDeploy's operations on deployments.

Follows the CodeDeploy API reference and the user guide's "AppSpec file structure" for AWS Lambda:
a revision is an AppSpec text (YAML or JSON) that names one function, its alias and two versions.
"""

from __future__ import annotations

from typing import Any

import yaml  # type: ignore[import-untyped]

from course.account.deployments import shifting
from course.account.deployments.groups import group, steps
from course.account.deployments.shifting import OVER, Deployment, Deployments
from course.account.deployments.stack import moment
from course.account.errors import AwsError
from course.account.region import Region

Parameters = dict[str, Any]
VERSIONS = ("Name", "Alias", "CurrentVersion", "TargetVersion")
COUNTED = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")


def create_deployment(region: Region, parameters: Parameters) -> dict[str, Any]:
    into = group(region, parameters)
    config = parameters.get("deploymentConfigName", into.settings["deploymentConfigName"])
    steps(config)
    if "revision" not in parameters:
        raise AwsError("RevisionRequiredException", "Revision is required")
    found, hooks = _appspec(parameters["revision"])
    deployment = Deployment(
        id=region.part(Deployments).new_id(region),
        group=into,
        config=config,
        revision=parameters["revision"],
        created=region.now,
        function=found["Name"],
        alias=found["Alias"],
        current=str(found["CurrentVersion"]),
        target=str(found["TargetVersion"]),
        hooks=hooks,
        description=parameters.get("description"),
    )
    shifting.begin(region, deployment)
    return {"deploymentId": deployment.id}


def _appspec(revision: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The function of an AppSpec, and its hooks."""
    kind = revision.get("revisionType")
    parts = {"AppSpecContent": "appSpecContent", "String": "string"}
    if kind not in parts:
        message = "The revision type must be AppSpecContent or String for the Lambda platform"
        raise AwsError("InvalidRevisionException", message)
    try:
        found = yaml.safe_load(revision[parts[kind]]["content"])
        (resource,) = found["Resources"]
        (described,) = resource.values()
        properties = {each: described["Properties"][each] for each in VERSIONS}
        hooks = {key: each for one in found.get("Hooks") or () for key, each in one.items()}
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError):
        message = "The AppSpec file must name one function with Name, Alias and both versions"
        raise AwsError("InvalidRevisionException", message) from None
    unknown = sorted(set(hooks) - {shifting.BEFORE, shifting.AFTER})
    if unknown:
        message = f"Unknown lifecycle event hook in the AppSpec file: {unknown[0]}"
        raise AwsError("InvalidRevisionException", message)
    return properties, {key: str(each).rsplit(":", 1)[-1] for key, each in hooks.items()}


def _found(region: Region, identity: str) -> Deployment:
    found = region.part(Deployments).by_id.get(identity)
    if found is None:
        message = f"The deployment {identity} could not be found"
        raise AwsError("DeploymentDoesNotExistException", message)
    return found


def get_deployment(region: Region, parameters: Parameters) -> dict[str, Any]:
    return {"deploymentInfo": _described(_found(region, parameters["deploymentId"]))}


def batch_get_deployments(region: Region, parameters: Parameters) -> dict[str, Any]:
    known = region.part(Deployments).by_id
    ids = [each for each in parameters["deploymentIds"] if each in known]
    return {"deploymentsInfo": [_described(known[each]) for each in ids]}


def _described(deployment: Deployment) -> dict[str, Any]:
    status = _target_status(deployment)
    more = {
        "startTime": None if deployment.started is None else moment(deployment.started),
        "completeTime": None if deployment.completed is None else moment(deployment.completed),
        "errorInformation": deployment.error,
        "description": deployment.description,
        "rollbackInfo": deployment.rollback or None,
    }
    return {
        "applicationName": deployment.group.application,
        "deploymentGroupName": deployment.group.name,
        "deploymentConfigName": deployment.config,
        "deploymentId": deployment.id,
        "revision": deployment.revision,
        "status": deployment.status,
        "createTime": moment(deployment.created),
        "creator": deployment.creator,
        "computePlatform": "Lambda",
        "deploymentOverview": {each: int(each == status) for each in COUNTED},
        **{key: value for key, value in more.items() if value is not None},
    }


def _target_status(deployment: Deployment) -> str:
    names = {"Created": "Pending", "Stopped": "Failed"}
    return names.get(deployment.status, deployment.status)


def list_deployments(region: Region, parameters: Parameters) -> dict[str, Any]:
    """Ids, the newest first."""
    wanted = parameters.get("includeOnlyStatuses")
    return {
        "deployments": [
            each.id
            for each in reversed(region.part(Deployments).by_id.values())
            if parameters.get("applicationName") in (None, each.group.application)
            and parameters.get("deploymentGroupName") in (None, each.group.name)
            and (not wanted or each.status in wanted)
        ]
    }


def stop_deployment(region: Region, parameters: Parameters) -> dict[str, Any]:
    deployment = _found(region, parameters["deploymentId"])
    if deployment.status in OVER:
        message = f"The deployment {deployment.id} has already completed"
        raise AwsError("DeploymentAlreadyCompletedException", message)
    said = "The deployment was stopped by a user."
    deployment.error = {"code": "MANUAL_STOP", "message": said}
    wanted = bool(parameters.get("autoRollbackEnabled"))
    shifting.stop(region, deployment, "DEPLOYMENT_STOP_ON_REQUEST", roll_back=wanted)
    return {"status": "Succeeded", "statusMessage": "No more commands will be scheduled"}


def list_deployment_targets(region: Region, parameters: Parameters) -> dict[str, Any]:
    return {"targetIds": [_target_id(_found(region, parameters["deploymentId"]))]}


def batch_get_deployment_targets(region: Region, parameters: Parameters) -> dict[str, Any]:
    deployment = _found(region, parameters["deploymentId"])
    shown = [_target(region, deployment, each) for each in parameters["targetIds"]]
    return {"deploymentTargets": shown}


def get_deployment_target(region: Region, parameters: Parameters) -> dict[str, Any]:
    deployment = _found(region, parameters["deploymentId"])
    return {"deploymentTarget": _target(region, deployment, parameters["targetId"])}


def _target_id(deployment: Deployment) -> str:
    return f"{deployment.function}:{deployment.alias}"


def _target(region: Region, deployment: Deployment, identity: str) -> dict[str, Any]:
    if identity != _target_id(deployment):
        message = f"No deployment target found for id: {identity}"
        raise AwsError("DeploymentTargetDoesNotExistException", message)
    return {
        "deploymentTargetType": "LambdaTarget",
        "lambdaTarget": {
            "deploymentId": deployment.id,
            "targetId": identity,
            "targetArn": region.arn("lambda", f"function:{identity}"),
            "status": _target_status(deployment),
            "lastUpdatedAt": moment(deployment.completed or region.now),
            "lifecycleEvents": [_event(name, each) for name, each in deployment.events.items()],
            "lambdaFunctionInfo": {
                "functionName": deployment.function,
                "functionAlias": deployment.alias,
                "currentVersion": deployment.current,
                "targetVersion": deployment.target,
                "targetVersionWeight": deployment.weight / 100,
            },
        },
    }


def _event(name: str, kept: dict[str, Any]) -> dict[str, Any]:
    times: dict[str, Any] = {
        key: moment(kept[key]) for key in ("startTime", "endTime") if key in kept
    }
    rest = {key: value for key, value in kept.items() if key not in times}
    return {"lifecycleEventName": name, **rest, **times}


def put_lifecycle_event_hook_execution_status(
    region: Region, parameters: Parameters
) -> dict[str, Any]:
    """What a hook's function calls when it is done."""
    deployment = _found(region, parameters["deploymentId"])
    execution = parameters["lifecycleEventHookExecutionId"]
    status = parameters["status"]
    if status not in ("Succeeded", "Failed"):
        message = "The status must be Succeeded or Failed"
        raise AwsError("InvalidLifecycleEventHookExecutionStatusException", message)
    event = deployment.waiting.pop(execution, None)
    if event is None:
        message = f"No hook execution waits under the id {execution}"
        raise AwsError("InvalidLifecycleEventHookExecutionIdException", message)
    shifting.hook_ended(region, deployment, event, status)
    return {"lifecycleEventHookExecutionId": execution}
