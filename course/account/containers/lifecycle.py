"""One task, from PROVISIONING to STOPPED.

"Amazon ECS task lifecycle" and "Amazon ECS task definition parameters" (stopTimeout) of the
developer guide. AWS promises no times; here a network takes 10 s, an image 20 s, the end of a
network 5 s. SIGTERM comes with the stop, SIGKILL after stopTimeout. A program that ends because of
SIGTERM does so with 0, one that is killed with 137. Left out: dependencies between containers, a
deregistration delay before SIGTERM, DescribeTasks' attachments.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from course.account.agenda import Action
from course.account.containers import health, telling, workers
from course.account.containers.measuring import Monitor
from course.account.containers.store import (
    REMEMBERED,
    SECOND,
    UNKNOWN,
    Cluster,
    Container,
    Containers,
    Deployment,
    Service,
    Task,
    TaskDefinition,
)
from course.account.region import Region

NETWORK, IMAGE, CLEANING = 10 * SECOND, 20 * SECOND, 5 * SECOND
KILLED = 137
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
EXITED = "Essential container in task exited"


def launch(
    region: Region,
    cluster: Cluster,
    definition: TaskDefinition,
    *,
    provider: str | None,
    group: str,
    given: dict[str, Any],
    service: Service | None = None,
    deployment: Deployment | None = None,
) -> Task:
    """A new task, which will be running after a while."""
    store = region.part(Containers)
    id, number = region.new_id().replace("-", ""), store.next_number()
    task = cluster.tasks[id] = Task(
        id=id,
        arn=region.arn("ecs", f"task/{cluster.name}/{id}"),
        cluster=cluster,
        definition=definition,
        containers=[_container(store, each, given) for each in definition.containers],
        provider=provider,
        group=group,
        created=region.now,
        ip=f"10.0.{number // 250}.{number % 250 + 4}",
        given=given,
        service=service,
        deployment=deployment,
    )
    telling.task_changed(region, task)
    _later(region, task, NETWORK, lambda: _turn(region, task, "PENDING"))
    _later(region, task, NETWORK + IMAGE, lambda: _run(region, task))
    return task


def _container(store: Containers, definition: dict[str, Any], given: dict[str, Any]) -> Container:
    """A container of a task; RunTask's overrides may change its variables and its command."""
    for override in given.get("overrides", {}).get("containerOverrides", ()):
        if override.get("name") == definition["name"]:
            variables = {
                each["name"]: each
                for each in [*definition.get("environment", ()), *override.get("environment", ())]
            }
            definition = {**definition, **override, "environment": list(variables.values())}
    return Container(definition, store.images.of(definition["image"]))


def _later(region: Region, task: Task, delay: float, action: Action) -> None:
    task.entries.append(region.agenda.at(region.now + round(delay), action))


def _turn(region: Region, task: Task, status: str) -> None:
    task.status = status
    task.version += 1
    telling.task_changed(region, task)


def _run(region: Region, task: Task) -> None:
    task.pulled = task.started = region.now
    for container in task.containers:
        container.status = "RUNNING"
    _turn(region, task, "RUNNING")
    for container in task.containers:
        image = container.image
        if image.exit_after is not None:
            leave = partial(end, region, task, container, image.exit_code)
            _later(region, task, image.exit_after * SECOND, leave)
        workers.begin(region, task, container)
    health.watch(region, task, partial(stop, region, task))
    region.part(Monitor).watch(kill=run_out_of_memory)
    if task.service is not None:
        task.service.notice(task)


def run_out_of_memory(region: Region, task: Task, container: Container) -> None:
    """The kernel kills what uses more memory than it may."""
    end(region, task, container, KILLED, OUT_OF_MEMORY)


def end(
    region: Region, task: Task, container: Container, code: int, reason: str | None = None
) -> None:
    """A container's program ends; an essential one takes the task with it."""
    if container.status != "RUNNING":
        return
    container.status, container.exit_code, container.reason = "STOPPED", code, reason
    container.busy, container.health = False, UNKNOWN
    if task.desired == "STOPPED":
        if not task.runs:
            _clean_up(region, task)
    elif container.is_essential:
        stop(region, task, "EssentialContainerExited", EXITED)
    else:
        task.version += 1
        telling.task_changed(region, task)


def stop(region: Region, task: Task, code: str, reason: str) -> None:
    """Have a task stop, unless it is stopping already."""
    if task.desired == "STOPPED":
        return
    task.desired, task.stop_code, task.reason = "STOPPED", code, reason
    task.stopping = region.now
    task.version += 1
    telling.task_changed(region, task)
    for entry in task.entries:
        entry.cancel()
    task.entries.clear()
    health.leave(region, task)
    if task.started is None:
        _clean_up(region, task)
    else:
        _terminate(region, task)
    if task.service is not None:
        task.service.notice(task)


def _terminate(region: Region, task: Task) -> None:
    _turn(region, task, "DEACTIVATING")
    _turn(region, task, "STOPPING")
    for container in task.containers:
        if container.status != "RUNNING":
            continue
        delay, code = container.stop_timeout, KILLED
        patience = container.image.term_seconds
        if patience is not None and patience * SECOND <= delay:
            delay, code = workers.leaving(container, region.now, round(patience * SECOND)), 0
        region.agenda.at(region.now + delay, partial(end, region, task, container, code))
    if not task.runs:
        _clean_up(region, task)


def _clean_up(region: Region, task: Task) -> None:
    task.executed = region.now
    _turn(region, task, "DEPROVISIONING")
    region.agenda.at(region.now + CLEANING, lambda: _stopped(region, task))


def _forget(task: Task) -> None:
    del task.cluster.tasks[task.id]


def _stopped(region: Region, task: Task) -> None:
    task.stopped = region.now
    for container in task.containers:
        container.status = "STOPPED"
    _turn(region, task, "STOPPED")
    health.forget(region, task)
    region.happened("task", task=task.id, group=task.group, code=task.stop_code, reason=task.reason)
    region.agenda.at(region.now + REMEMBERED, partial(_forget, task))
    if task.service is not None:
        task.service.notice(task)
