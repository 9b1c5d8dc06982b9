"""The service scheduler: as many healthy tasks as a service wants, from the right revision.

"Amazon ECS services", "Deploy Amazon ECS services by replacing tasks" and "How the Amazon ECS
deployment circuit breaker detects failures" of the developer guide. A rolling update keeps between
minimumHealthyPercent and maximumPercent of the desired count. A task that stops by itself or fails
its health checks while its deployment is in progress is a failure; one that has become healthy sets
the count to 0, unless resetOnHealthyTask is False. Scaling in stops the youngest tasks. Left out:
placement over Availability Zones, alarms of a deployment, lifecycle hooks, ECS's own throttling of
tasks that fail to start.
"""

from __future__ import annotations

import math
from typing import Any

from course.account.clock import utc
from course.account.containers import health, lifecycle, telling
from course.account.containers.store import MOST_EVENTS, Deployment, Service, Task
from course.account.region import Region

FAILURES = (3, 200)
DONE = "ECS deployment {id} completed."
IN_PROGRESS = "ECS deployment {id} in progress."
BROKEN = "ECS deployment circuit breaker: tasks failed to start."
BACK = "ECS deployment circuit breaker: rolling back to deploymentId {id}."
BY_SERVICE = health.BY_SERVICE


def begin(region: Region, service: Service, deployment: Deployment) -> None:
    """A deployment becomes the primary one."""
    deployment.reason = deployment.reason or IN_PROGRESS.format(id=deployment.id)
    service.deployments.insert(0, deployment)
    service.steady = False
    telling.deployment_changed(region, service, deployment, "SERVICE_DEPLOYMENT_IN_PROGRESS")


def notice(region: Region, service: Service, task: Task) -> None:
    """Something about a task of a service has changed."""
    deployment = task.deployment
    if deployment is not None and deployment.state == "IN_PROGRESS":
        if task.status == "STOPPED":
            pass  # which was counted when it began to stop
        elif task.desired == "STOPPED" and _has_failed(task):
            deployment.failed += 1
        elif _forgives(service) and health.is_checked(task) and health.is_healthy(region, task):
            deployment.failed = 0
    settle(region, service)


def _has_failed(task: Task) -> bool:
    reason = task.reason or ""
    return task.stop_code == "EssentialContainerExited" or reason.startswith(health.FAILED)


def settle(region: Region, service: Service) -> None:
    """Start and stop tasks until the service has what it wants, as far as it may go now."""
    if service.settling:
        return
    service.settling = True
    try:
        _break(region, service)
        _start(region, service)
        _stop(region, service)
        _finish(region, service)
    finally:
        service.settling = False


def _breaker(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = service.setting("deploymentCircuitBreaker", {})
    return found


def _forgives(service: Service) -> bool:
    return bool(_breaker(service).get("resetOnHealthyTask", True))


def _threshold(service: Service) -> int:
    given = _breaker(service).get("thresholdConfiguration", {})
    kind, value = given.get("type", "BOUNDED_PERCENT"), given.get("value", 50)
    if kind == "COUNT":
        return int(value)
    failures = math.ceil(service.desired * value / 100)
    if kind == "UNBOUNDED_PERCENT":
        return failures
    return min(max(failures, FAILURES[0]), FAILURES[1])


def _break(region: Region, service: Service) -> None:
    """The circuit breaker: too many failures end a deployment."""
    deployment = service.primary
    if deployment.state != "IN_PROGRESS" or not _breaker(service).get("enable"):
        return
    if deployment.failed < _threshold(service):
        return
    deployment.state, deployment.reason = "FAILED", BROKEN
    say(region, service, f"(deployment {deployment.id}) deployment failed: tasks failed to start.")
    telling.deployment_changed(region, service, deployment, "SERVICE_DEPLOYMENT_FAILED", "ERROR")
    good = service.last_good
    if _breaker(service).get("rollback") and good is not None:
        again = Deployment(
            new_id(region), good.definition, good.strategy, region.now, updated=region.now
        )
        again.reason = BACK.format(id=good.id)
        say(region, service, f"rolling back to deployment {good.id}.")
        service.given["taskDefinition"] = good.definition.arn
        begin(region, service, again)


def new_id(region: Region) -> str:
    """A deployment's id: "ecs-svc/" and digits."""
    return f"ecs-svc/{int(region.new_id().replace('-', ''), 16) % 10**19:019d}"


def _start(region: Region, service: Service) -> None:
    deployment = service.primary
    if deployment.state == "FAILED" or service.status != "ACTIVE":
        return
    tasks = service.tasks()
    new = sum(task.deployment is deployment for task in tasks)
    most = max(math.floor(service.desired * service.setting("maximumPercent", 200) / 100), 1)
    room = service.desired if len(service.deployments) == 1 else most
    number = min(service.desired - new, room - len(tasks))
    started = [_launch(region, service, deployment) for _ in range(max(0, number))]
    if started:
        service.steady = False
        listed = " ".join(f"(task {task.id})" for task in started)
        say(region, service, f"has started {len(started)} tasks: {listed}.")


def _launch(region: Region, service: Service, deployment: Deployment) -> Task:
    fellows = [task for task in service.tasks() if task.deployment is deployment]
    return lifecycle.launch(
        region,
        service.cluster,
        deployment.definition,
        provider=provider(deployment.strategy, [task.provider for task in fellows]),
        group=f"service:{service.name}",
        given={"startedBy": deployment.id},
        service=service,
        deployment=deployment,
    )


def provider(strategy: list[dict[str, Any]], used: list[str | None]) -> str | None:
    """The capacity provider of the next task: the base first, and then by weights."""
    for item in strategy:
        if used.count(item["capacityProvider"]) < item.get("base", 0):
            return str(item["capacityProvider"])

    def load(item: dict[str, Any]) -> float:
        name = item["capacityProvider"]
        return float(used.count(name) - item.get("base", 0) + 1) / item["weight"]

    weighted = [item for item in strategy if item.get("weight", 0) > 0]
    return str(min(weighted, key=load)["capacityProvider"]) if weighted else None


def _stop(region: Region, service: Service) -> None:
    """Old revisions go as new tasks are healthy; too many of the new ones go at once."""
    tasks, deployment = service.tasks(), service.primary
    new = [task for task in tasks if task.deployment is deployment]
    old = [task for task in tasks if task.deployment is not deployment]
    _stop_some(region, service, new, len(new) - service.desired)
    if not old or deployment.state == "FAILED":
        return
    least = math.ceil(service.desired * service.setting("minimumHealthyPercent", 100) / 100)
    healthy = sum(health.is_healthy(region, task) for task in tasks)
    sick = [task for task in old if not health.is_healthy(region, task)]
    number = len(sick) + max(0, healthy - max(least, 0))
    _stop_some(region, service, old, min(number, len(old)))


def _stop_some(region: Region, service: Service, tasks: list[Task], number: int) -> None:
    """Those that do not work yet first, then the youngest."""
    if number <= 0:
        return
    by_worth = sorted(tasks, key=lambda task: (health.is_healthy(region, task), -task.created))
    chosen = by_worth[:number]
    service.steady = False
    for task in chosen:
        deployment = "" if task.deployment is None else task.deployment.id
        lifecycle.stop(
            region, task, BY_SERVICE, f"Scaling activity initiated by (deployment {deployment})"
        )
    listed = " ".join(f"(task {task.id})" for task in chosen)
    say(region, service, f"has stopped {len(chosen)} running tasks: {listed}.")


def _finish(region: Region, service: Service) -> None:
    """A deployment is complete when all of its tasks are healthy and none is left of others."""
    deployment, tasks = service.primary, service.tasks()
    mine = [task for task in tasks if task.deployment is deployment]
    healthy = sum(health.is_healthy(region, task) for task in mine)
    if deployment.state == "FAILED" or healthy != service.desired or len(tasks) > len(mine):
        return
    del service.deployments[1:]
    if deployment.state == "IN_PROGRESS":
        deployment.state, deployment.updated = "COMPLETED", region.now
        deployment.reason = DONE.format(id=deployment.id)
        deployment.failed, service.last_good = 0, deployment
        say(region, service, f"(deployment {deployment.id}) deployment completed.")
        telling.deployment_changed(region, service, deployment, "SERVICE_DEPLOYMENT_COMPLETED")
    if not service.steady:
        service.steady = True
        say(region, service, "has reached a steady state.")
        telling.service_acted(region, service, "SERVICE_STEADY_STATE")


def say(region: Region, service: Service, what: str) -> None:
    """Add to the events that DescribeServices shows, newest first."""
    message = f"(service {service.name}) {what}"
    event = {"id": region.new_id(), "createdAt": utc(region.now), "message": message}
    service.events.insert(0, event)
    del service.events[MOST_EVENTS:]
