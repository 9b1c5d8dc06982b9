"""Whether running tasks are healthy, for their containers' checks and for their target groups.

"Determine Amazon ECS task health using container health checks" and "Use load balancing to
distribute Amazon ECS service traffic" of the developer guide: a task of a service that fails one
of them is stopped, unless it is within healthCheckGracePeriodSeconds of its start; failures within
a check's startPeriod do not count. A task that no service has goes on whatever its health.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from course.account.containers.store import HEALTHY, SECOND, UNHEALTHY, Container, Task
from course.account.containers.target_groups import (
    BAD,
    DRAINING,
    GOOD,
    Target,
    TargetGroup,
    TargetGroups,
)
from course.account.region import Region
from course.telemetry.containers import probes

Stop = Callable[[str, str], None]
BY_SERVICE = "ServiceSchedulerInitiated"
FAILED = "Task failed"


def watch(region: Region, task: Task, stop: Stop) -> None:
    """Begin with the health checks of a task that has just started."""
    for container in task.containers:
        if "healthCheck" in container.definition:
            _check_later(region, task, container, stop)
    if task.service is not None:
        for given in task.service.given.get("loadBalancers", ()):
            group = region.part(TargetGroups).find(given["targetGroupArn"])
            target = Target(task, given["containerName"], given["containerPort"])
            group.targets[task.ip] = target
            _probe_later(region, group, target, stop)


def is_healthy(region: Region, task: Task) -> bool:
    """Whether a service may count on a task."""
    if task.status != "RUNNING" or task.desired != "RUNNING":
        return False
    if task.has_check and task.health != HEALTHY:
        return False
    return all(target.state == GOOD for _, target in _targets(region, task))


def is_checked(task: Task) -> bool:
    """Whether anything asks for a task's health."""
    return task.has_check or (task.service is not None and bool(task.service.target_groups))


def leave(region: Region, task: Task) -> None:
    """A task that stops gets no more requests."""
    for _, target in _targets(region, task):
        target.state = DRAINING
        if target.entry is not None:
            target.entry.cancel()


def forget(region: Region, task: Task) -> None:
    """A task has stopped."""
    for group, _ in _targets(region, task):
        del group.targets[task.ip]


def _targets(region: Region, task: Task) -> list[tuple[TargetGroup, Target]]:
    if task.service is None or not task.service.target_groups:
        return []
    groups = region.part(TargetGroups).by_arn.values()
    return [(group, group.targets[task.ip]) for group in groups if task.ip in group.targets]


def _matters(region: Region, task: Task) -> bool:
    """Whether the service acts on a task's health by now."""
    if task.service is None or task.started is None:
        return False
    return region.now >= task.started + task.service.grace


def _notice(task: Task) -> None:
    if task.service is not None:
        task.service.notice(task)


def _check_later(region: Region, task: Task, container: Container, stop: Stop) -> None:
    at = region.now + int(container.definition["healthCheck"]["interval"]) * SECOND
    region.agenda.at(at, partial(_check, region, task, container, stop))


def _check(region: Region, task: Task, container: Container, stop: Stop) -> None:
    """One run of a container's health check."""
    if container.status != "RUNNING" or task.desired == "STOPPED":
        return
    moment, given = task.moment(region.now, container), container.definition["healthCheck"]
    is_ready = moment.seconds >= container.image.ready_after
    before = container.health
    if probes.passes(given["command"], is_ready, lambda path: container.image.answer(path, moment)):
        container.health, container.failures = HEALTHY, 0
    elif before == HEALTHY or moment.seconds > given.get("startPeriod", 0):
        container.failures += 1
        if container.failures >= given["retries"]:
            container.health = UNHEALTHY
    if container.health == UNHEALTHY and container.is_essential and _matters(region, task):
        stop(BY_SERVICE, f"{FAILED} container health checks")
        return
    _check_later(region, task, container, stop)
    if container.health != before:
        _notice(task)


def _probe_later(region: Region, group: TargetGroup, target: Target, stop: Stop) -> None:
    at = region.now + int(group.settings["HealthCheckIntervalSeconds"]) * SECOND
    target.entry = region.agenda.at(at, partial(_probe, region, group, target, stop))


def _probe(region: Region, group: TargetGroup, target: Target, stop: Stop) -> None:
    """One request of a load balancer to its health check's path."""
    task = target.task
    container = next(each for each in task.containers if each.name == target.container)
    moment, before = task.moment(region.now, container), target.state
    target.answer = container.image.answer(group.settings["HealthCheckPath"], moment)
    target.listens = moment.seconds >= container.image.ready_after
    if container.status == "RUNNING" and probes.is_expected(target.answer, group.matcher):
        target.good, target.bad = target.good + 1, 0
        needed = group.settings["HealthyThresholdCount"] if before == BAD else 1
        target.state = GOOD if target.good >= needed else before
    else:
        target.good, target.bad = 0, target.bad + 1
        if target.bad >= group.settings["UnhealthyThresholdCount"]:
            target.state = BAD
    if target.state == BAD and _matters(region, task):
        stop(BY_SERVICE, f"{FAILED} ELB health checks in (target-group {group.arn})")
        return
    _probe_later(region, group, target, stop)
    if target.state != before:
        _notice(task)
