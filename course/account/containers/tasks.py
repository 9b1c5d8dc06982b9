"""Tasks: run, stopped, listed, described; and the end of Spot capacity.

Follows the ECS API reference. A stopped task can be described for an hour.
"""

from __future__ import annotations

import math
from typing import Any

from course.account.containers import lifecycle, requests, scheduling, telling
from course.account.containers.store import SECOND, SPOT, Containers, Task
from course.account.paging import paged
from course.account.region import Region
from course.telemetry.errors import RuleError

Parameters = dict[str, Any]
INVALID = "InvalidParameterException"
MOST, MOST_RUN = 100, 10
BY_USER = "Task stopped by user"
INTERRUPTED = "Your Spot Task was interrupted."


def run_task(region: Region, parameters: Parameters) -> dict[str, Any]:
    store = region.part(Containers)
    cluster = store.cluster(parameters.get("cluster"))
    requests.check(region, "RunTask", cluster, parameters)
    definition = store.definition(parameters["taskDefinition"])
    requests.check_network(parameters)
    count = parameters.get("count", 1)
    if not 1 <= count <= MOST_RUN:
        raise RuleError(INVALID, "count must be between 1 and 10.")
    strategy = requests.strategy_of(cluster, parameters)
    used: list[str | None] = []
    tasks = []
    for _ in range(count):
        used.append(scheduling.provider(strategy, used))
        group = parameters.get("group", f"family:{definition.family}")
        tasks.append(
            lifecycle.launch(
                region, cluster, definition, provider=used[-1], group=group, given=parameters
            )
        )
    return {"tasks": [telling.described(task) for task in tasks], "failures": []}


def stop_task(region: Region, parameters: Parameters) -> dict[str, Any]:
    task = region.part(Containers).task(parameters.get("cluster"), parameters["task"])
    reason = parameters.get("reason", BY_USER)
    lifecycle.stop(region, task, "UserInitiated", reason)
    return {"task": telling.described(task)}


def describe_tasks(region: Region, parameters: Parameters) -> dict[str, Any]:
    store = region.part(Containers)
    cluster = store.cluster(parameters.get("cluster"))
    found, missing = [], []
    for name in parameters["tasks"]:
        task = cluster.tasks.get(name.rpartition("/")[2])
        if task is None:
            arn = region.arn("ecs", f"task/{cluster.name}/{name.rpartition('/')[2]}")
            missing.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(telling.described(task))
    return {"tasks": found, "failures": missing}


def list_tasks(region: Region, parameters: Parameters) -> dict[str, Any]:
    """Those that are to run, unless desiredStatus asks for the others."""
    cluster = region.part(Containers).cluster(parameters.get("cluster"))
    if "containerInstance" in parameters:
        raise RuleError(INVALID, "There are no container instances on Fargate.")
    status = parameters.get("desiredStatus", "RUNNING")
    arns = [
        task.arn
        for task in cluster.tasks.values()
        if task.desired == status and _is_asked_for(task, parameters)
    ]
    limit = parameters.get("maxResults", MOST)
    return paged("taskArns", arns, parameters, "nextToken", limit)


def _is_asked_for(task: Task, parameters: Parameters) -> bool:
    service, family = parameters.get("serviceName"), parameters.get("family")
    started = parameters.get("startedBy")
    return (
        (service is None or task.group == f"service:{service.rpartition('/')[2]}")
        and (family is None or task.definition.family == family)
        and (started is None or task.given.get("startedBy") == started)
    )


def interrupt(
    region: Region, cluster: str, service: str | None, share: float, seconds: float
) -> None:
    """AWS takes Spot capacity back, in so many seconds: the oldest tasks on it are warned.

    ValueError for a share that is none.
    """
    if not 0 < share <= 1:
        raise ValueError("share is a number above 0, at most 1.")
    found = region.part(Containers).cluster(cluster)
    if service is not None:
        region.part(Containers).service(cluster, service)

    def take() -> None:
        spot = [
            task
            for task in found.tasks.values()
            if task.provider == SPOT
            and task.desired == "RUNNING"
            and (service is None or task.group == f"service:{service}")
        ]
        for task in spot[: math.ceil(len(spot) * share)]:
            lifecycle.stop(region, task, "SpotInterruption", INTERRUPTED)

    if seconds <= 0:
        take()
    else:
        region.agenda.at(region.now + round(seconds * SECOND), take)
