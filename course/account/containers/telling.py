"""What ECS tells: its tasks as answers and events have them, and its events on EventBridge.

"Amazon ECS events" of the developer guide: task state changes, service actions and deployment state
changes go to the default event bus.
"""

from __future__ import annotations

from typing import Any

from course.account.clock import iso
from course.account.containers.store import Container, Deployment, Service, Task, when
from course.account.events import bus
from course.account.region import Region

SOURCE = "aws.ecs"


def task_changed(region: Region, task: Task) -> None:
    """ECS Task State Change."""
    detail = {
        name: iso(value.timestamp() * 1000) if name.endswith("At") else value
        for name, value in described(task).items()
    }
    _emit(region, "ECS Task State Change", detail, task.arn)


def service_acted(
    region: Region, service: Service, name: str, kind: str = "INFO", **more: Any
) -> None:
    """ECS Service Action, for example SERVICE_STEADY_STATE."""
    detail = {
        "eventType": kind,
        "eventName": name,
        "clusterArn": service.cluster.arn,
        "createdAt": iso(region.now),
        **more,
    }
    _emit(region, "ECS Service Action", detail, service.arn)


def deployment_changed(
    region: Region, service: Service, deployment: Deployment, name: str, kind: str = "INFO"
) -> None:
    """ECS Deployment State Change, for example SERVICE_DEPLOYMENT_FAILED."""
    detail = {
        "eventType": kind,
        "eventName": name,
        "deploymentId": deployment.id,
        "updatedAt": iso(region.now),
        "reason": deployment.reason,
    }
    _emit(region, "ECS Deployment State Change", detail, service.arn)


def _emit(region: Region, kind: str, detail: dict[str, Any], arn: str) -> None:
    bus.emit(region, source=SOURCE, detail_type=kind, detail=detail, resources=[arn])


def described(task: Task) -> dict[str, Any]:
    """A task as DescribeTasks gives it."""
    times = {
        "createdAt": task.created,
        "pullStartedAt": task.pulled,
        "pullStoppedAt": task.pulled,
        "startedAt": task.started,
        "stoppingAt": task.stopping,
        "executionStoppedAt": task.executed,
        "stoppedAt": task.stopped,
    }
    whole = {
        "taskArn": task.arn,
        "clusterArn": task.cluster.arn,
        "taskDefinitionArn": task.definition.arn,
        "lastStatus": task.status,
        "desiredStatus": task.desired,
        "healthStatus": task.health,
        "cpu": str(task.definition.cpu),
        "memory": str(task.definition.memory),
        "launchType": "FARGATE",
        "capacityProviderName": task.provider,
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "group": task.group,
        "startedBy": task.given.get("startedBy"),
        "connectivity": None if task.started is None else "CONNECTED",
        "containers": [_container(task, each) for each in task.containers],
        "attachments": [_attachment(task)],
        "overrides": task.given.get("overrides", {"containerOverrides": []}),
        "stopCode": task.stop_code,
        "stoppedReason": task.reason,
        "version": task.version,
        **{name: when(at) for name, at in times.items()},
    }
    return {name: value for name, value in whole.items() if value is not None}


def _container(task: Task, container: Container) -> dict[str, Any]:
    whole = {
        "containerArn": task.arn.replace(":task/", ":container/") + f"/{container.name}",
        "taskArn": task.arn,
        "name": container.name,
        "image": container.definition["image"],
        "lastStatus": container.status,
        "exitCode": container.exit_code,
        "reason": container.reason,
        "healthStatus": container.health,
        "cpu": str(container.definition.get("cpu", 0)),
        "memory": _text(container.definition.get("memory")),
        "networkInterfaces": [{"privateIpv4Address": task.ip}],
    }
    return {name: value for name, value in whole.items() if value is not None}


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _attachment(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "type": "ElasticNetworkInterface",
        "status": "DELETED" if task.status == "STOPPED" else "ATTACHED",
        "details": [{"name": "privateIPv4Address", "value": task.ip}],
    }
