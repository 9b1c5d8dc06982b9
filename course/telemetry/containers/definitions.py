"""What a task definition for Fargate must be like.

API reference of ECS, RegisterTaskDefinition, ContainerDefinition and HealthCheck; "Task definition
differences for Fargate" of the developer guide. The sentences are those that ECS answers. Left out:
volumes, GPUs, runtime platforms, dependencies between containers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from course.telemetry.containers import sizes
from course.telemetry.errors import RuleError

Definition = Mapping[str, Any]
LONGEST_STOP = 120
SMALLEST_CONTAINER = 6
# (member, least, most, what counts when it is left out)
CHECK_TIMES = (
    ("interval", 5, 300, 30),
    ("timeout", 2, 60, 5),
    ("retries", 1, 10, 3),
    ("startPeriod", 0, 300, 0),
)
_FAMILY = re.compile(r"[A-Za-z0-9_-]{1,255}")


def refuse(problem: str) -> RuleError:
    return RuleError("ClientException", problem)


def size(given: Definition) -> tuple[int, int]:
    """The CPU units and MiB of a task definition; RuleError if ECS would refuse it."""
    if not _FAMILY.fullmatch(given["family"]):
        raise refuse("Family contains invalid characters.")
    for name in ("cpu", "memory"):
        if not given.get(name):
            raise refuse(f"Fargate requires that '{name}' be defined at the task level.")
    if given.get("networkMode") != "awsvpc":
        raise refuse("Fargate only supports network mode ‘awsvpc’.")
    cpu, memory = sizes.units(given["cpu"]), sizes.mebibytes(given["memory"])
    sizes.check(cpu, memory)
    _check_containers(given, cpu, memory)
    return cpu, memory


def _check_containers(given: Definition, cpu: int, memory: int) -> None:
    containers: Sequence[Definition] = given["containerDefinitions"]
    if not containers:
        raise refuse("Container list cannot be empty.")
    names = [each.get("name") for each in containers]
    if len(set(names)) < len(names):
        raise refuse("Container names must be unique within a task definition.")
    if not any(is_essential(each) for each in containers):
        raise refuse("At least one container must be marked as essential.")
    if sum(each.get("cpu", 0) for each in containers) > cpu:
        raise refuse("The sum of all container 'cpu' settings is greater than for the task.")
    for each in containers:
        _check_container(each, memory)
        if _logs(each) and not given.get("executionRoleArn"):
            needs = "task definition to have execution role ARN to support log driver awslogs."
            raise refuse(f"Fargate requires {needs}")


def _check_container(given: Definition, memory: int) -> None:
    name = given.get("name")
    if not name or not given.get("image"):
        raise refuse("Container.name and Container.image should not be null or empty.")
    if given.get("links"):
        raise refuse("Links are not supported when networkMode=awsvpc.")
    for setting in ("memory", "memoryReservation"):
        if given.get(setting, 0) > memory:
            raise refuse(
                f"The '{setting}' setting for container '{name}' is greater than for the task."
            )
        if 0 < given.get(setting, 0) < SMALLEST_CONTAINER:
            raise refuse(f"Invalid setting for container '{name}': '{setting}' is below 6 MiB.")
    if not 2 <= given.get("stopTimeout", 30) <= LONGEST_STOP:
        raise refuse("stopTimeout must be between 2 and 120 seconds for Fargate.")
    if "healthCheck" in given:
        _check_health(given["healthCheck"])


def _check_health(given: Definition) -> None:
    command = given["command"]
    if not command or command[0] not in ("CMD", "CMD-SHELL", "NONE") or len(command) < 2:
        raise refuse("Health check command must begin with CMD or CMD-SHELL, and name a program.")
    for name, least, most, usual in CHECK_TIMES:
        if not least <= given.get(name, usual) <= most:
            raise refuse(f"Health check {name} must be between {least} and {most}.")


def is_essential(container: Definition) -> bool:
    """Left out, it counts as True."""
    return bool(container.get("essential", True))


def _logs(container: Definition) -> bool:
    return bool(container.get("logConfiguration", {}).get("logDriver") == "awslogs")
