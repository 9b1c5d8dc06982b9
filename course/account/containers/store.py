"""The clusters of a Region, and what is in them: task definitions, services, tasks.

Task definitions belong to the Region. The cluster "default" exists from the start, as if somebody
had opened the console.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from course.account.agenda import Entry
from course.account.clock import utc
from course.account.containers.images import Image, Images, Moment
from course.account.region import Region
from course.telemetry.containers.definitions import is_essential
from course.telemetry.errors import RuleError

SECOND = 1000
FARGATE, SPOT = "FARGATE", "FARGATE_SPOT"
PROVIDERS = (FARGATE, SPOT)
MOST_EVENTS = 100
# How long a stopped task can be described.
REMEMBERED = 3_600 * SECOND
HEALTHY, UNHEALTHY, UNKNOWN = "HEALTHY", "UNHEALTHY", "UNKNOWN"


def when(at: int | None) -> datetime | None:
    """An instant as answers have it."""
    return None if at is None else utc(at)


@dataclass
class TaskDefinition:
    """One revision; given: what it was registered with."""

    arn: str
    family: str
    revision: int
    given: dict[str, Any]
    cpu: int
    memory: int
    registered: int
    deregistered: int | None = None

    @property
    def containers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.given["containerDefinitions"]
        return found


@dataclass
class Cluster:
    name: str
    arn: str
    settings: list[dict[str, str]]
    providers: list[str]
    strategy: list[dict[str, Any]]
    tags: list[dict[str, str]]
    status: str = "ACTIVE"
    services: dict[str, Service] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)

    @property
    def has_insights(self) -> bool:
        return any(
            each["name"] == "containerInsights" and each["value"] in ("enabled", "enhanced")
            for each in self.settings
        )


@dataclass
class Deployment:
    """One deployment of a service. failed: how many of its tasks have failed in a row."""

    id: str
    definition: TaskDefinition
    strategy: list[dict[str, Any]]
    created: int
    state: str = "IN_PROGRESS"
    reason: str = ""
    failed: int = 0
    updated: int = 0


@dataclass
class Service:
    """given: the parameters of CreateService, as UpdateService has changed them.

    notice: what to call when one of its tasks has changed. last_good: the last deployment that was
    completed. steady: whether that was said since the last change.
    """

    name: str
    arn: str
    cluster: Cluster
    given: dict[str, Any]
    desired: int
    created: int
    deployments: list[Deployment]
    notice: Callable[[Task], None]
    status: str = "ACTIVE"
    events: list[dict[str, Any]] = field(default_factory=list)
    last_good: Deployment | None = None
    steady: bool = False
    settling: bool = False

    @property
    def primary(self) -> Deployment:
        return self.deployments[0]

    @property
    def grace(self) -> int:
        """Milliseconds after a task's start in which its health does not matter."""
        return int(self.given.get("healthCheckGracePeriodSeconds", 0)) * SECOND

    @property
    def target_groups(self) -> list[str]:
        """The ARNs of the target groups that its tasks are registered with."""
        return [each["targetGroupArn"] for each in self.given.get("loadBalancers", ())]

    def tasks(self) -> list[Task]:
        """Those that are to run, oldest first."""
        return [
            task
            for task in self.cluster.tasks.values()
            if task.service is self and task.desired == "RUNNING"
        ]

    def setting(self, name: str, usual: Any) -> Any:
        """Something of its deployment configuration."""
        return self.given.get("deploymentConfiguration", {}).get(name, usual)


@dataclass
class Container:
    """failures: of its health check, in a row. busy_until: when a consumer's message is done."""

    definition: dict[str, Any]
    image: Image
    status: str = "PENDING"
    exit_code: int | None = None
    reason: str | None = None
    health: str = UNKNOWN
    failures: int = 0
    busy: bool = False
    busy_until: int = 0

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    @property
    def is_essential(self) -> bool:
        return is_essential(self.definition)

    @property
    def stop_timeout(self) -> int:
        """Milliseconds between SIGTERM and SIGKILL."""
        return int(self.definition.get("stopTimeout", 30)) * SECOND

    @property
    def environment(self) -> dict[str, str]:
        return {each["name"]: each["value"] for each in self.definition.get("environment", ())}


@dataclass
class Task:
    """entries: what the agenda holds for it, all cancelled when it stops."""

    id: str
    arn: str
    cluster: Cluster
    definition: TaskDefinition
    containers: list[Container]
    provider: str | None
    group: str
    created: int
    ip: str
    given: dict[str, Any]
    service: Service | None = None
    deployment: Deployment | None = None
    status: str = "PROVISIONING"
    desired: str = "RUNNING"
    pulled: int | None = None
    started: int | None = None
    stopping: int | None = None
    executed: int | None = None
    stopped: int | None = None
    stop_code: str | None = None
    reason: str | None = None
    version: int = 1
    entries: list[Entry] = field(default_factory=list)

    @property
    def runs(self) -> bool:
        """Whether its containers run; they do until SIGTERM has ended them."""
        return self.started is not None and any(
            each.status == "RUNNING" for each in self.containers
        )

    @property
    def health(self) -> str:
        """UNHEALTHY before UNKNOWN before HEALTHY, of the essential containers."""
        found = {each.health for each in self.containers if each.is_essential}
        return next(each for each in (UNHEALTHY, UNKNOWN, HEALTHY) if each in found)

    @property
    def has_check(self) -> bool:
        return any("healthCheck" in each.definition for each in self.containers)

    def moment(self, now: int, container: Container, fellows: int | None = None) -> Moment:
        """A container of it now. fellows: running tasks of its service, if they are counted."""
        since = now if self.started is None else self.started
        if fellows is None:
            service = self.service
            fellows = 1 if service is None else sum(task.runs for task in service.tasks())
        return Moment(
            seconds=(now - since) / SECOND,
            time=utc(now),
            tasks=max(1, fellows),
            environment=container.environment,
            busy=container.busy,
        )


class Containers:
    """What ECS keeps in one Region: definitions by family, the revisions in their order."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.images = region.part(Images)
        self.clusters: dict[str, Cluster] = {}
        self.definitions: dict[str, list[TaskDefinition]] = {}
        self.numbers = 0
        self.make_cluster("default", {})

    def make_cluster(self, name: str, given: dict[str, Any]) -> Cluster:
        arn = self.region.arn("ecs", f"cluster/{name}")
        cluster = self.clusters[name] = Cluster(
            name,
            arn,
            given.get("settings") or [{"name": "containerInsights", "value": "disabled"}],
            given.get("capacityProviders") or list(PROVIDERS),
            given.get("defaultCapacityProviderStrategy") or [],
            given.get("tags") or [],
        )
        return cluster

    def cluster(self, name: str | None) -> Cluster:
        """By name or ARN; "default" when none is given."""
        found = self.clusters.get((name or "default").rpartition("/")[2])
        if found is None:
            raise RuleError("ClusterNotFoundException", "Cluster not found.")
        return found

    def service(self, cluster: str | None, name: str) -> Service:
        """By name or ARN."""
        found = self.cluster(cluster).services.get(name.rpartition("/")[2])
        if found is None:
            raise RuleError("ServiceNotFoundException", "Service not found.")
        return found

    def task(self, cluster: str | None, name: str) -> Task:
        found = self.cluster(cluster).tasks.get(name.rpartition("/")[2])
        if found is None:
            raise RuleError("InvalidParameterException", "The referenced task was not found.")
        return found

    def definition(self, name: str) -> TaskDefinition:
        """By family, family:revision or ARN; the newest active revision of a family."""
        family, _, revision = name.rpartition("/")[2].partition(":")
        for each in reversed(self.definitions.get(family, [])):
            if revision == str(each.revision) or (not revision and each.deregistered is None):
                return each
        raise RuleError("ClientException", "Unable to describe task definition.")

    def next_number(self) -> int:
        self.numbers += 1
        return self.numbers
