"""Containers that consume an SQS queue: one message at a time, deleted when it is done.

A consumer that is idle waits as with long polling. At SIGTERM it takes no further message; it may
finish the one it has, if there is time enough. A message that is not finished comes back after its
queue's visibility timeout. A program that ignores SIGTERM goes on until it is killed.
"""

from __future__ import annotations

from functools import partial

from course.account.agenda import Entry
from course.account.arrivals import Arrivals
from course.account.containers.store import SECOND, Container, Task
from course.account.queues import receiving
from course.account.queues.queue import Queue
from course.account.queues.store import Queues
from course.account.region import Region

# When to look again for a queue that does not exist.
RETRY = 20 * SECOND
# What an idle program needs to end.
AT_ONCE = SECOND


class Waiting:
    """The idle consumers of a Region's queues, in the order in which they wait."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._idle: dict[str, list[tuple[Task, Container]]] = {}
        self._due: dict[str, Entry] = {}
        self._waking: set[str] = set()

    def join(self, queue: Queue, task: Task, container: Container) -> None:
        """Wait for a message of a queue."""
        if queue.name not in self._idle:
            self._idle[queue.name] = []
            wake = partial(self._wake, queue)
            self._region.part(Arrivals).listen(queue.arn, wake)
        self._idle[queue.name].append((task, container))
        self._look_later(queue)

    def _wake(self, queue: Queue) -> None:
        """Let the idle ones work, as long as there is something."""
        if queue.name in self._waking:
            return
        self._waking.add(queue.name)
        idle = self._idle[queue.name]
        while idle:
            task, container = idle[0]
            if _may_work(task, container) and not _take(self._region, queue, task, container):
                break
            idle.pop(0)
        self._waking.discard(queue.name)
        if idle:
            self._look_later(queue)

    def _look_later(self, queue: Queue) -> None:
        """A message that is delayed or in flight may become visible without an arrival."""
        due = queue.next_visible()
        entry = self._due.pop(queue.name, None)
        if entry is not None:
            entry.cancel()
        if due is not None:
            at = max(due, self._region.now + 1)
            self._due[queue.name] = self._region.agenda.at(at, partial(self._wake, queue))


def begin(region: Region, task: Task, container: Container) -> None:
    """A consumer starts; it reads when its program is ready."""
    if container.image.consumes is not None:
        at = region.now + round(container.image.ready_after * SECOND)
        region.agenda.at(at, partial(_next, region, task, container))


def leaving(container: Container, now: int, patience: int) -> int:
    """Milliseconds from SIGTERM to the end. patience: how long the program takes at most."""
    if container.image.consumes is None:
        return patience
    return min(patience, container.busy_until - now if container.busy else AT_ONCE)


def _may_work(task: Task, container: Container) -> bool:
    warned = task.desired == "STOPPED" and container.image.term_seconds is not None
    return container.status == "RUNNING" and not warned


def _next(region: Region, task: Task, container: Container) -> None:
    if not _may_work(task, container):
        return
    queue = region.part(Queues).by_name.get(container.image.consumes or "")
    if queue is None:
        region.agenda.at(region.now + RETRY, partial(_next, region, task, container))
    elif not _take(region, queue, task, container):
        region.part(Waiting).join(queue, task, container)


def _take(region: Region, queue: Queue, task: Task, container: Container) -> bool:
    """Begin with a message, if there is one."""
    found = receiving.poll(queue, 1)
    if not found:
        return False
    handle = found[0]["ReceiptHandle"]
    container.busy = True
    container.busy_until = region.now + round(container.image.takes(found[0]["Body"]) * SECOND)
    done = partial(_done, region, queue, handle, task, container)
    region.agenda.at(container.busy_until, done)
    return True


def _done(region: Region, queue: Queue, handle: str, task: Task, container: Container) -> None:
    if container.status != "RUNNING":
        return
    receiving.delete(queue, handle)
    container.busy = False
    _next(region, task, container)
