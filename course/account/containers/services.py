"""Services: made, described, changed, deleted. Follows the ECS API reference.

Only rolling updates of replica services are had; who wants another kind is told so by name.
"""

from __future__ import annotations

from typing import Any

from course.account.clock import utc
from course.account.containers import requests, scheduling
from course.account.containers.store import (
    FARGATE,
    Containers,
    Deployment,
    Service,
    Task,
    when,
)
from course.account.containers.target_groups import TargetGroups
from course.account.errors import NotSimulated
from course.account.paging import paged
from course.account.region import Region
from course.telemetry.errors import RuleError

Parameters = dict[str, Any]
INVALID = "InvalidParameterException"
MOST_SHOWN = 10
MOST_DESIRED = 5000
_CHANGES = (
    *("networkConfiguration", "healthCheckGracePeriodSeconds", "deploymentConfiguration"),
    *("loadBalancers", "capacityProviderStrategy", "taskDefinition"),
)
_NEEDS_DEPLOYMENT = (
    *("taskDefinition", "networkConfiguration", "capacityProviderStrategy", "loadBalancers"),
)
_NOT_HAD = ("strategy", "lifecycleHooks", "alarms", "canaryConfiguration", "linearConfiguration")


def create_service(region: Region, parameters: Parameters) -> dict[str, Any]:
    store = region.part(Containers)
    cluster, name = store.cluster(parameters.get("cluster")), parameters["serviceName"]
    existing = cluster.services.get(name)
    if existing is not None and existing.status != "INACTIVE":
        raise RuleError(INVALID, "Creation of service was not idempotent.")
    _check(region, "CreateService", store, parameters)
    requests.check_network(parameters)
    if "taskDefinition" not in parameters:
        raise RuleError(INVALID, "TaskDefinition can not be blank.")
    service = Service(
        name=name,
        arn=region.arn("ecs", f"service/{cluster.name}/{name}"),
        cluster=cluster,
        given=parameters,
        desired=_count(parameters.get("desiredCount")),
        created=region.now,
        deployments=[],
        notice=lambda task: scheduling.notice(region, service, task),
    )
    cluster.services[name] = service
    _deploy(region, store, service)
    scheduling.settle(region, service)
    return {"service": described(service)}


def _count(number: int | None) -> int:
    if number is None or not 0 <= number <= MOST_DESIRED:
        raise RuleError(INVALID, "desiredCount must be between 0 and 5000.")
    return number


def _deploy(region: Region, store: Containers, service: Service) -> None:
    definition = store.definition(service.given["taskDefinition"])
    service.given["taskDefinition"] = definition.arn
    strategy = requests.strategy_of(service.cluster, service.given)
    now = region.now
    deployment = Deployment(scheduling.new_id(region), definition, strategy, now, updated=now)
    scheduling.begin(region, service, deployment)


def _check(region: Region, operation: str, store: Containers, parameters: Parameters) -> None:
    cluster = store.cluster(parameters.get("cluster"))
    requests.check(region, operation, cluster, parameters)
    if parameters.get("schedulingStrategy", "REPLICA") != "REPLICA":
        raise NotSimulated(f"ecs:{operation} with DAEMON", "Fargate has REPLICA alone.")
    if parameters.get("deploymentController", {}).get("type", "ECS") != "ECS":
        what = f"ecs:{operation} with another deploymentController than ECS"
        raise NotSimulated(what, "Use the rolling update (ECS).")
    configuration = parameters.get("deploymentConfiguration", {})
    for name in _NOT_HAD:
        if configuration.get(name) and configuration[name] != "ROLLING":
            what = f"ecs:{operation} with deploymentConfiguration.{name}"
            raise NotSimulated(what, "Use the rolling update, with the circuit breaker.")
    _check_percents(configuration)
    if "taskDefinition" in parameters:
        _check_balancers(region, store, parameters)


def _check_percents(configuration: Parameters) -> None:
    least = configuration.get("minimumHealthyPercent", 100)
    most = configuration.get("maximumPercent", 200)
    if most < 100 or least < 0 or least >= most:
        problem = "maximumPercent must be at least 100 and more than minimumHealthyPercent."
        raise RuleError(INVALID, problem)


def _check_balancers(region: Region, store: Containers, parameters: Parameters) -> None:
    definition = store.definition(parameters["taskDefinition"])
    groups = region.part(TargetGroups) if parameters.get("loadBalancers") else None
    for given in parameters.get("loadBalancers", ()):
        if "targetGroupArn" not in given:
            raise NotSimulated("ecs:CreateService with a Classic Load Balancer", "Name an ARN.")
        if groups is not None and given["targetGroupArn"] not in groups.by_arn:
            problem = f"The target group {given['targetGroupArn']} does not exist."
            raise RuleError(INVALID, problem)
        ports = {
            (each["name"], port["containerPort"])
            for each in definition.containers
            for port in each.get("portMappings", ())
        }
        name, port = given.get("containerName"), given.get("containerPort")
        if name not in {each["name"] for each in definition.containers}:
            problem = f"The container {name} does not exist in the task definition."
            raise RuleError(INVALID, problem)
        if (name, port) not in ports:
            problem = f"The container {name} did not have a container port {port} defined."
            raise RuleError(INVALID, problem)


def update_service(region: Region, parameters: Parameters) -> dict[str, Any]:
    """A change of what runs begins a new deployment; a change of the count does not."""
    store = region.part(Containers)
    service = store.service(parameters.get("cluster"), parameters["service"])
    if service.status != "ACTIVE":
        raise RuleError("ServiceNotActiveException", "Service was not ACTIVE.")
    _check(region, "UpdateService", store, parameters)
    before = dict(service.given)
    service.given |= {name: parameters[name] for name in _CHANGES if name in parameters}
    service.given["taskDefinition"] = store.definition(service.given["taskDefinition"]).arn
    if parameters.get("capacityProviderStrategy"):
        service.given.pop("launchType", None)
    if "desiredCount" in parameters:
        set_desired(region, service, _count(parameters["desiredCount"]))
    differs = any(before.get(name) != service.given.get(name) for name in _NEEDS_DEPLOYMENT)
    if differs or parameters.get("forceNewDeployment"):
        _deploy(region, store, service)
    scheduling.settle(region, service)
    return {"service": described(service)}


def set_desired(region: Region, service: Service, number: int) -> None:
    """Have another number of tasks."""
    if number != service.desired:
        service.desired, service.steady = number, False
        scheduling.settle(region, service)


def delete_service(region: Region, parameters: Parameters) -> dict[str, Any]:
    store = region.part(Containers)
    service = store.service(parameters.get("cluster"), parameters["service"])
    if service.desired > 0 and not parameters.get("force"):
        problem = "The service cannot be stopped while it is scaled above 0."
        raise RuleError(INVALID, problem)
    service.desired = 0
    scheduling.settle(region, service)
    service.status = "INACTIVE"
    return {"service": {**described(service), "status": "DRAINING"}}


def describe_services(region: Region, parameters: Parameters) -> dict[str, Any]:
    store = region.part(Containers)
    cluster = store.cluster(parameters.get("cluster"))
    names = parameters["services"]
    if len(names) > MOST_SHOWN:
        raise RuleError(INVALID, "Services cannot have more than 10 elements.")
    found, missing = [], []
    for name in names:
        service = cluster.services.get(name.rpartition("/")[2])
        if service is None:
            arn = region.arn("ecs", f"service/{cluster.name}/{name.rpartition('/')[2]}")
            missing.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(described(service))
    return {"services": found, "failures": missing}


def list_services(region: Region, parameters: Parameters) -> dict[str, Any]:
    services = region.part(Containers).cluster(parameters.get("cluster")).services
    arns = [each.arn for _, each in sorted(services.items()) if each.status == "ACTIVE"]
    limit = parameters.get("maxResults", MOST_SHOWN)
    return paged("serviceArns", arns, parameters, "nextToken", limit)


def _counts(tasks: list[Task]) -> dict[str, int]:
    running = sum(task.status == "RUNNING" for task in tasks)
    return {"runningCount": running, "pendingCount": len(tasks) - running}


def _kind(strategy: list[dict[str, Any]]) -> dict[str, Any]:
    return {"capacityProviderStrategy": strategy} if strategy else {"launchType": FARGATE}


def described(service: Service) -> dict[str, Any]:
    given, tasks = service.given, service.tasks()
    configuration = {
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        **given.get("deploymentConfiguration", {}),
    }
    return {
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster.arn,
        "status": service.status,
        "desiredCount": service.desired,
        **_counts(tasks),
        **_kind(requests.strategy_of(service.cluster, given)),
        "platformVersion": given.get("platformVersion", "LATEST"),
        "platformFamily": "Linux",
        "taskDefinition": service.primary.definition.arn,
        "deploymentConfiguration": configuration,
        "deployments": [_deployment(service, each, tasks) for each in service.deployments],
        "events": service.events,
        "createdAt": when(service.created),
        "loadBalancers": given.get("loadBalancers", []),
        "serviceRegistries": [],
        "placementConstraints": [],
        "placementStrategy": [],
        "networkConfiguration": given.get("networkConfiguration", {}),
        "healthCheckGracePeriodSeconds": given.get("healthCheckGracePeriodSeconds", 0),
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "enableECSManagedTags": False,
        "propagateTags": "NONE",
        "enableExecuteCommand": False,
    }


def _deployment(service: Service, deployment: Deployment, tasks: list[Task]) -> dict[str, Any]:
    is_primary = deployment is service.primary
    return {
        "id": deployment.id,
        "status": "PRIMARY" if is_primary else "ACTIVE",
        "taskDefinition": deployment.definition.arn,
        "desiredCount": service.desired if is_primary and deployment.state != "FAILED" else 0,
        **_counts([task for task in tasks if task.deployment is deployment]),
        "failedTasks": deployment.failed,
        "createdAt": when(deployment.created),
        "updatedAt": utc(deployment.updated),
        **_kind(deployment.strategy),
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "rolloutState": deployment.state,
        "rolloutStateReason": deployment.reason,
    }
