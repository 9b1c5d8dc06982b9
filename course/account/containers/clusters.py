"""Clusters: made, described, changed, deleted. Follows the ECS API reference."""

from __future__ import annotations

from typing import Any

from course.account.containers.store import PROVIDERS, Cluster, Containers
from course.account.paging import paged
from course.account.region import Region
from course.telemetry.errors import RuleError

Parameters = dict[str, Any]
MOST = 100


def create_cluster(region: Region, parameters: Parameters) -> dict[str, Any]:
    """One that exists is given back as it is."""
    store, name = region.part(Containers), parameters.get("clusterName", "default")
    check_providers(parameters.get("capacityProviders", ()))
    found = store.clusters.get(name) or store.make_cluster(name, parameters)
    return {"cluster": described(found)}


def check_providers(names: Any) -> None:
    """Only Fargate's own two exist."""
    for name in names:
        if name not in PROVIDERS:
            problem = "The specified capacity provider does not exist."
            raise RuleError("InvalidParameterException", problem)


def described(cluster: Cluster) -> dict[str, Any]:
    tasks = cluster.tasks.values()
    return {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": cluster.status,
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": sum(task.status == "RUNNING" for task in tasks),
        "pendingTasksCount": sum(task.status in ("PROVISIONING", "PENDING") for task in tasks),
        "activeServicesCount": sum(
            service.status == "ACTIVE" for service in cluster.services.values()
        ),
        "statistics": [],
        "tags": cluster.tags,
        "settings": cluster.settings,
        "capacityProviders": cluster.providers,
        "defaultCapacityProviderStrategy": cluster.strategy,
    }


def describe_clusters(region: Region, parameters: Parameters) -> dict[str, Any]:
    store = region.part(Containers)
    found, missing = [], []
    for name in parameters.get("clusters") or ["default"]:
        cluster = store.clusters.get(name.rpartition("/")[2])
        if cluster is None:
            arn = region.arn("ecs", f"cluster/{name.rpartition('/')[2]}")
            missing.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(described(cluster))
    return {"clusters": found, "failures": missing}


def list_clusters(region: Region, parameters: Parameters) -> dict[str, Any]:
    arns = [each.arn for _, each in sorted(region.part(Containers).clusters.items())]
    return paged("clusterArns", arns, parameters, "nextToken", parameters.get("maxResults", MOST))


def delete_cluster(region: Region, parameters: Parameters) -> dict[str, Any]:
    store = region.part(Containers)
    cluster = store.cluster(parameters["cluster"])
    if any(service.status == "ACTIVE" for service in cluster.services.values()):
        problem = "The Cluster cannot be deleted while Services are active."
        raise RuleError("ClusterContainsServicesException", problem)
    if any(task.status != "STOPPED" for task in cluster.tasks.values()):
        problem = "The Cluster cannot be deleted while Tasks are active."
        raise RuleError("ClusterContainsTasksException", problem)
    del store.clusters[cluster.name]
    cluster.status = "INACTIVE"
    return {"cluster": described(cluster)}


def put_cluster_capacity_providers(region: Region, parameters: Parameters) -> dict[str, Any]:
    cluster = region.part(Containers).cluster(parameters["cluster"])
    check_providers(parameters["capacityProviders"])
    cluster.providers = parameters["capacityProviders"]
    cluster.strategy = parameters["defaultCapacityProviderStrategy"]
    return {"cluster": described(cluster)}


def update_cluster_settings(region: Region, parameters: Parameters) -> dict[str, Any]:
    cluster = region.part(Containers).cluster(parameters["cluster"])
    cluster.settings = parameters["settings"]
    return {"cluster": described(cluster)}


def update_cluster(region: Region, parameters: Parameters) -> dict[str, Any]:
    return update_cluster_settings(
        region,
        {"settings": region.part(Containers).cluster(parameters["cluster"]).settings} | parameters,
    )
