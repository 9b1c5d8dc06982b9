"""What tasks use: the AWS/ECS metrics, those of Container Insights, and who runs out of memory.

"Amazon ECS service utilization metrics" and "Amazon ECS Container Insights metrics" of the
developer and the CloudWatch user guide: CPUUtilization and MemoryUtilization are what a service's
tasks use of what their task definition reserves, in per cent. Every running task is looked at each
ten seconds. A container is killed when it uses more memory than it may; where a task's containers
use more than the task has, the largest is. CPU is capped at what the task has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from course.account.containers.store import Cluster, Container, Containers, Service, Task
from course.account.region import Region
from course.account.tally import MINUTE, Tally

STEP = 10_000
Kill = Callable[[Region, Task, Container], None]


class Monitor:
    """Looks at a Region's running tasks as long as there are any."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._ecs = Tally(region, "AWS/ECS")
        self._insights = Tally(region, "ECS/ContainerInsights")
        self._runs = False

    def watch(self, kill: Kill) -> None:
        """Begin to look, unless it does already. kill: what happens to who runs out of memory."""
        self._kill = kill
        if not self._runs:
            self._runs = True
            now = self._region.now
            self._region.agenda.at(now - now % STEP + STEP - 1, self._look)

    def _look(self) -> None:
        tasks = list(self._tasks())
        fellows: dict[int, int] = {}
        for task in tasks:
            fellows[id(task.service)] = fellows.get(id(task.service), 0) + 1
        for task in tasks:
            self._measure(task, 1 if task.service is None else fellows[id(task.service)])
        now = self._region.now
        if now % MINUTE == MINUTE - 1:
            self._count_tasks()
        self._runs = any(True for _ in self._tasks())
        if self._runs:
            self._region.agenda.at(now + STEP, self._look)

    def _tasks(self) -> Iterator[Task]:
        for cluster in self._region.part(Containers).clusters.values():
            yield from (task for task in list(cluster.tasks.values()) if task.runs)

    def _measure(self, task: Task, fellows: int) -> None:
        now, cpu, memory = self._region.now, 0.0, {}
        running = [each for each in task.containers if each.status == "RUNNING"]
        for container in running:
            moment = task.moment(now, container, fellows)
            cpu += container.image.wants("cpu", moment)
            memory[container.name] = container.image.wants("memory", moment)
        cpu = min(cpu, task.definition.cpu)
        used = min(sum(memory.values()), task.definition.memory)
        if task.service is not None:
            self._report(task, task.service, cpu, used)
        victim = _out_of_memory(task, running, memory)
        if victim is not None:
            self._kill(self._region, task, victim)

    def _report(self, task: Task, service: Service, cpu: float, memory: float) -> None:
        where, now = _dimensions(service), self._region.now
        size = task.definition
        self._ecs.add(now, "CPUUtilization", round(100 * cpu / size.cpu, 6), "Percent", where)
        share = round(100 * memory / size.memory, 6)
        self._ecs.add(now, "MemoryUtilization", share, "Percent", where)
        if task.cluster.has_insights:
            for name, value, unit in (
                ("CpuUtilized", cpu, "None"),
                ("CpuReserved", float(size.cpu), "None"),
                ("MemoryUtilized", memory, "Megabytes"),
                ("MemoryReserved", float(size.memory), "Megabytes"),
            ):
                self._insights.add(now, name, value, unit, where)

    def _count_tasks(self) -> None:
        for cluster in self._region.part(Containers).clusters.values():
            if cluster.has_insights:
                for service in cluster.services.values():
                    self._count(cluster, service)

    def _count(self, cluster: Cluster, service: Service) -> None:
        states = [task.status for task in service.tasks()]
        for name, value in (
            ("DesiredTaskCount", service.desired),
            ("RunningTaskCount", states.count("RUNNING")),
            ("PendingTaskCount", len(states) - states.count("RUNNING")),
        ):
            where = _dimensions(service)
            self._insights.add(self._region.now, name, float(value), "Count", where)


def _dimensions(service: Service) -> tuple[tuple[str, str], ...]:
    return (("ClusterName", service.cluster.name), ("ServiceName", service.name))


def _out_of_memory(
    task: Task, running: list[Container], memory: dict[str, float]
) -> Container | None:
    for container in running:
        limit = container.definition.get("memory")
        if limit and memory[container.name] > limit:
            return container
    if sum(memory.values()) > task.definition.memory:
        return max(running, key=lambda container: memory[container.name])
    return None
