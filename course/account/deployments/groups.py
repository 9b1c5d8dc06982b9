"""CodeDeploy's applications, deployment groups and deployment configurations, for Lambda.

Follows the CodeDeploy API reference and "Predefined deployment configurations for an AWS Lambda
compute platform" of its user guide. Applications on servers and in ECS are refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from course.account.deployments.stack import moment
from course.account.errors import AwsError, NotSimulated
from course.account.region import Region

Parameters = dict[str, Any]
ALL_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
MINUTES = {"Canary": (5, 10, 15, 30), "Linear": (1, 2, 3, 10)}
_NAME = re.compile(r"CodeDeployDefault\.Lambda(Canary|Linear)10Percent(?:Every)?(\d+)Minutes?")
_GROUP_PARTS = (
    *("deploymentConfigName", "serviceRoleArn", "alarmConfiguration", "deploymentStyle"),
    "autoRollbackConfiguration",
)
_REFUSED_PARTS = ("ec2TagFilters", "onPremisesInstanceTagFilters", "autoScalingGroups",
                  "ecsServices", "loadBalancerInfo", "triggerConfigurations")  # fmt: skip


@dataclass
class Group:
    """A deployment group; settings: as it was created with."""

    application: str
    name: str
    id: str
    settings: dict[str, Any]


@dataclass
class Application:
    name: str
    id: str
    created: int
    groups: dict[str, Group] = field(default_factory=dict)


class Applications:
    """The applications of a Region by name."""

    def __init__(self, region: Region) -> None:
        self.by_name: dict[str, Application] = {}


def create_application(region: Region, parameters: Parameters) -> dict[str, Any]:
    name, platform = parameters["applicationName"], parameters.get("computePlatform", "Server")
    if platform != "Lambda":
        raise NotSimulated(
            f"codedeploy:CreateApplication with computePlatform {platform}",
            "Use Lambda; course.incidents.deployments has logs of deployments to servers and ECS.",
        )
    known = region.part(Applications).by_name
    if name in known:
        message = f"Application with name {name} already exists"
        raise AwsError("ApplicationAlreadyExistsException", message)
    known[name] = Application(name, region.new_id(), region.now)
    return {"applicationId": known[name].id}


def application(region: Region, name: str) -> Application:
    found = region.part(Applications).by_name.get(name)
    if found is None:
        message = f"Application does not exist: {name}"
        raise AwsError("ApplicationDoesNotExistException", message)
    return found


def get_application(region: Region, parameters: Parameters) -> dict[str, Any]:
    found = application(region, parameters["applicationName"])
    return {
        "application": {
            "applicationId": found.id,
            "applicationName": found.name,
            "createTime": moment(found.created),
            "linkedToGitHub": False,
            "computePlatform": "Lambda",
        }
    }


def list_applications(region: Region, parameters: Parameters) -> dict[str, Any]:
    return {"applications": sorted(region.part(Applications).by_name)}


def delete_application(region: Region, parameters: Parameters) -> None:
    region.part(Applications).by_name.pop(parameters["applicationName"], None)


def create_deployment_group(region: Region, parameters: Parameters) -> dict[str, Any]:
    owner = application(region, parameters["applicationName"])
    name = parameters["deploymentGroupName"]
    if name in owner.groups:
        message = f"Deployment group already exists: {name}"
        raise AwsError("DeploymentGroupAlreadyExistsException", message)
    _check_parts(parameters)
    settings = {key: parameters[key] for key in _GROUP_PARTS if key in parameters}
    settings.setdefault("deploymentConfigName", ALL_AT_ONCE)
    steps(settings["deploymentConfigName"])
    owner.groups[name] = Group(owner.name, name, region.new_id(), settings)
    return {"deploymentGroupId": owner.groups[name].id}


def _check_parts(parameters: Parameters) -> None:
    for part in _REFUSED_PARTS:
        if parameters.get(part):
            raise NotSimulated(
                f"codedeploy:CreateDeploymentGroup with {part}",
                "Leave it out; let a rule of EventBridge tell of the deployments.",
            )


def group(region: Region, parameters: Parameters) -> Group:
    owner = application(region, parameters["applicationName"])
    name = parameters.get("deploymentGroupName")
    if name is None:
        raise AwsError("DeploymentGroupNameRequiredException", "Deployment Group name is missing")
    if name not in owner.groups:
        message = f"No Deployment Group found for name: {name}"
        raise AwsError("DeploymentGroupDoesNotExistException", message)
    return owner.groups[name]


def get_deployment_group(region: Region, parameters: Parameters) -> dict[str, Any]:
    found = group(region, parameters)
    return {
        "deploymentGroupInfo": {
            "applicationName": found.application,
            "deploymentGroupName": found.name,
            "deploymentGroupId": found.id,
            "computePlatform": "Lambda",
            **found.settings,
        }
    }


def list_deployment_groups(region: Region, parameters: Parameters) -> dict[str, Any]:
    owner = application(region, parameters["applicationName"])
    return {"applicationName": owner.name, "deploymentGroups": sorted(owner.groups)}


def update_deployment_group(region: Region, parameters: Parameters) -> dict[str, Any]:
    found = group(
        region, {**parameters, "deploymentGroupName": parameters["currentDeploymentGroupName"]}
    )
    steps(parameters.get("deploymentConfigName", ALL_AT_ONCE))
    found.settings |= {key: parameters[key] for key in _GROUP_PARTS if key in parameters}
    return {"hooksNotCleanedUp": []}


def delete_deployment_group(region: Region, parameters: Parameters) -> dict[str, Any]:
    owner = application(region, parameters["applicationName"])
    owner.groups.pop(parameters["deploymentGroupName"], None)
    return {"hooksNotCleanedUp": []}


def steps(config: str) -> list[tuple[int, int]]:
    """(minutes after the start, per cent of the traffic on the new version), the last one 100."""
    if config == ALL_AT_ONCE:
        return [(0, 100)]
    found = _NAME.fullmatch(config)
    if not found or int(found.group(2)) not in MINUTES[found.group(1)]:
        message = f"No Deployment Configuration found for name: {config}"
        raise AwsError("DeploymentConfigDoesNotExistException", message)
    minutes = int(found.group(2))
    if found.group(1) == "Canary":
        return [(0, 10), (minutes, 100)]
    return [(n * minutes, 10 * (n + 1)) for n in range(10)]
