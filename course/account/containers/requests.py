"""What CreateService, UpdateService and RunTask have in common: checked, and refused by name."""

from __future__ import annotations

from typing import Any

from course.account.containers.clusters import check_providers
from course.account.containers.store import FARGATE, Cluster
from course.account.errors import NotSimulated
from course.account.region import Region
from course.telemetry.errors import RuleError

Parameters = dict[str, Any]
INVALID = "InvalidParameterException"
_INSTEAD = {
    "serviceRegistries": "Give the service a target group.",
    "placementConstraints": "Tasks on Fargate are not placed; leave it out.",
    "placementStrategy": "Tasks on Fargate are not placed; leave it out.",
    "serviceConnectConfiguration": "Leave it out.",
    "volumeConfigurations": "Leave it out.",
    "vpcLatticeConfigurations": "Give the service a target group.",
    "gatewayConnectors": "Leave it out.",
    "monitoring": "Leave it out.",
    "role": "Leave it out.",
}


def check(region: Region, operation: str, cluster: Cluster, parameters: Parameters) -> None:
    """RuleError for what ECS refuses, NotSimulated for what nothing here would do."""
    for name, instead in _INSTEAD.items():
        if parameters.get(name):
            raise NotSimulated(f"ecs:{operation} with {name}", instead)
    if parameters.get("launchType", FARGATE) != FARGATE:
        what = f"ecs:{operation} with launchType {parameters['launchType']}"
        raise NotSimulated(what, "Tasks run on Fargate here.")
    strategy = parameters.get("capacityProviderStrategy") or []
    if strategy and "launchType" in parameters:
        problem = "Specifying both a launch type and capacity provider strategy is not supported."
        raise RuleError(INVALID, f"{problem} Remove one and try again.")
    check_strategy(cluster, strategy)
    if cluster.status != "ACTIVE":
        raise RuleError("ClusterNotFoundException", "Cluster not found.")


def check_network(parameters: Parameters) -> None:
    """Tasks on Fargate need subnets."""
    network = parameters.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    if not network.get("subnets"):
        problem = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        raise RuleError(INVALID, problem)


def check_strategy(cluster: Cluster, strategy: list[dict[str, Any]]) -> None:
    names = [item["capacityProvider"] for item in strategy]
    check_providers(names)
    if any(name not in cluster.providers for name in names):
        problem = "The capacity provider is not associated with the cluster."
        raise RuleError(INVALID, problem)
    if strategy and not any(item.get("weight", 0) for item in strategy):
        problem = "At least one capacity provider must have a weight greater than zero."
        raise RuleError(INVALID, problem)
    if sum("base" in item and item["base"] > 0 for item in strategy) > 1:
        raise RuleError(INVALID, "Only one capacity provider can have a base defined.")


def strategy_of(cluster: Cluster, parameters: Parameters) -> list[dict[str, Any]]:
    """The capacity providers that a request leads to; none with a launch type."""
    given: list[dict[str, Any]] = parameters.get("capacityProviderStrategy") or []
    return given or ([] if "launchType" in parameters else cluster.strategy)
