"""Task definitions: registered, described, listed, deregistered.

Follows the ECS API reference. Only Fargate can be had: a task definition that asks for nothing else
than EC2 is refused by name.
"""

from __future__ import annotations

from typing import Any

from course.account.containers.store import Containers, TaskDefinition, when
from course.account.errors import NotSimulated
from course.account.paging import paged
from course.account.region import Region
from course.telemetry.containers import definitions
from course.telemetry.containers.definitions import refuse

Parameters = dict[str, Any]
MOST = 100
_KEPT = (
    *("family", "networkMode", "containerDefinitions", "taskRoleArn", "executionRoleArn"),
    "requiresCompatibilities",
)


def register_task_definition(region: Region, parameters: Parameters) -> dict[str, Any]:
    """The next revision of a family."""
    if "FARGATE" not in parameters.get("requiresCompatibilities", ()):
        name = "ecs:RegisterTaskDefinition without requiresCompatibilities=['FARGATE']"
        raise NotSimulated(name, "Tasks run on Fargate here; ask for it.")
    cpu, memory = definitions.size(parameters)
    store = region.part(Containers)
    revisions = store.definitions.setdefault(parameters["family"], [])
    family, revision = parameters["family"], len(revisions) + 1
    arn = region.arn("ecs", f"task-definition/{family}:{revision}")
    given = {key: parameters[key] for key in _KEPT if key in parameters}
    given["containerDefinitions"] = [_completed(each) for each in given["containerDefinitions"]]
    revisions.append(TaskDefinition(arn, family, revision, given, cpu, memory, region.now))
    return {"taskDefinition": described(revisions[-1]), "tags": parameters.get("tags", [])}


def _completed(container: Parameters) -> Parameters:
    usual = {"cpu": 0, "portMappings": [], "essential": True, "environment": []}
    whole = {**usual, "mountPoints": [], "volumesFrom": [], **container}
    if "healthCheck" in whole:
        times = {name: usual for name, _, _, usual in definitions.CHECK_TIMES[:3]}
        whole["healthCheck"] = {**times, **whole["healthCheck"]}
    return whole


def described(definition: TaskDefinition) -> dict[str, Any]:
    active = definition.deregistered is None
    return {
        "taskDefinitionArn": definition.arn,
        **definition.given,
        "revision": definition.revision,
        "volumes": [],
        "placementConstraints": [],
        "compatibilities": ["EC2", "FARGATE"],
        "status": "ACTIVE" if active else "INACTIVE",
        "cpu": str(definition.cpu),
        "memory": str(definition.memory),
        "registeredAt": when(definition.registered),
        **({} if active else {"deregisteredAt": when(definition.deregistered)}),
    }


def describe_task_definition(region: Region, parameters: Parameters) -> dict[str, Any]:
    found = region.part(Containers).definition(parameters["taskDefinition"])
    return {"taskDefinition": described(found), "tags": []}


def deregister_task_definition(region: Region, parameters: Parameters) -> dict[str, Any]:
    """Its tasks and services go on."""
    if ":" not in parameters["taskDefinition"].rpartition("/")[2]:
        raise refuse("Family and revision must be given as family:revision.")
    found = region.part(Containers).definition(parameters["taskDefinition"])
    found.deregistered = region.now
    return {"taskDefinition": described(found)}


def list_task_definitions(region: Region, parameters: Parameters) -> dict[str, Any]:
    store, family = region.part(Containers), parameters.get("familyPrefix")
    wanted = parameters.get("status", "ACTIVE") == "ACTIVE"
    arns = [
        each.arn
        for name, revisions in sorted(store.definitions.items())
        for each in revisions
        if family in (None, name) and (each.deregistered is None) == wanted
    ]
    if parameters.get("sort") == "DESC":
        arns.reverse()
    return paged(
        "taskDefinitionArns", arns, parameters, "nextToken", parameters.get("maxResults", MOST)
    )


def list_task_definition_families(region: Region, parameters: Parameters) -> dict[str, Any]:
    prefix = parameters.get("familyPrefix", "")
    store = region.part(Containers)
    found = [name for name in sorted(store.definitions) if name.startswith(prefix)]
    return paged("families", found, parameters, "nextToken", parameters.get("maxResults", MOST))
