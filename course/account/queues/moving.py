"""Message move tasks: taking dead letters back to where they came from.

Follows the SQS API reference of StartMessageMoveTask and the SQS Developer Guide, "Learn how to
configure a dead-letter queue redrive in Amazon SQS". Messages that were moved count as new: with an
id, a time and a receive count of their own. Without a rate AWS chooses one; here it is the highest,
500 a second. A task that meets a message of which nobody knows the source fails.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from course.account.arrivals import announce
from course.account.queues.control import sources
from course.account.queues.message import VISIBLE, Message
from course.account.queues.queue import SECOND, Queue
from course.account.queues.store import Queues
from course.account.region import Region
from course.telemetry.errors import RuleError
from course.telemetry.queues.codes import between, invalid

FASTEST = 500
MOST_SHOWN = 10
RUNNING, COMPLETED, CANCELLED, FAILED = "RUNNING", "COMPLETED", "CANCELLED", "FAILED"
NO_SOURCE = "CouldNotDetermineMessageSource"
GONE = "AWS.SimpleQueueService.NonExistentQueue"


@dataclass
class Task:
    """One task. rate: messages a second, None where nobody said. left: what it found to move."""

    id: str
    source: Queue
    destination: str | None
    rate: int | None
    started: int
    left: int
    status: str = RUNNING
    moved: int = 0
    failure: str | None = None

    @property
    def handle(self) -> str:
        text = json.dumps({"taskId": self.id, "sourceArn": self.source.arn})
        return base64.b64encode(text.encode()).decode()

    def run(self) -> None:
        """Move a second's worth, and come back for the next."""
        region = self.source.region
        for _ in range(self.rate or FASTEST):
            if self.status != RUNNING or not self._step():
                return
        region.agenda.at(region.now + SECOND, self.run)

    def _step(self) -> bool:
        """Move one message; False when the task is over."""
        self.source.settle()
        message = next(
            (each for each in self.source.holding.messages.values() if each.state == VISIBLE), None
        )
        if message is None or self.left == 0:
            self.status = COMPLETED
            return False
        arn = self.destination or message.origin
        target = None if arn is None else self.source.region.part(Queues).of_arn(arn)
        if target is None:
            self.status, self.failure = FAILED, NO_SOURCE if arn is None else GONE
            return False
        self._move(message, target)
        return True

    def _move(self, message: Message, target: Queue) -> None:
        region = target.region
        self.source.holding.remove(message)
        self.moved += 1
        self.left -= 1
        message.id = region.new_id()
        message.sent = message.arrived = region.now
        message.visible_at = region.now + target.milliseconds("DelaySeconds")
        message.receives, message.first_received, message.origin = 0, None, None
        message.sequence = target.next_sequence() if target.is_fifo else None
        target.holding.add(message)
        announce(region, target.arn)

    def shown(self) -> dict[str, Any]:
        """The task as ListMessageMoveTasks shows it."""
        optional = {
            "TaskHandle": self.handle if self.status == RUNNING else None,
            "DestinationArn": self.destination,
            "MaxNumberOfMessagesPerSecond": self.rate,
            "FailureReason": self.failure,
        }
        return {
            "Status": self.status,
            "SourceArn": self.source.arn,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.moved + self.left,
            "StartedTimestamp": self.started,
            **{name: value for name, value in optional.items() if value is not None},
        }


class Tasks:
    """The tasks of a Region, oldest first."""

    def __init__(self, region: Region) -> None:
        self.all: list[Task] = []

    def of(self, queue: Queue) -> list[Task]:
        return [task for task in self.all if task.source is queue]


def start_message_move_task(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Begin to move what is in a dead-letter queue; it goes on as the clock moves."""
    source = _queue(region, parameters["SourceArn"], "SourceArn")
    if not sources(region.part(Queues), source):
        problem = "Source queue must be configured as a Dead Letter Queue."
        raise RuleError("InvalidParameterValue", problem)
    destination = parameters.get("DestinationArn")
    if destination is not None:
        _check_destination(region, source, destination)
    rate = parameters.get("MaxNumberOfMessagesPerSecond")
    if rate is not None:
        between(rate, 1, FASTEST, "MaxNumberOfMessagesPerSecond")
    tasks = region.part(Tasks)
    if any(task.status == RUNNING for task in tasks.of(source)):
        problem = "There is already a task running. Only one active task is allowed for a source "
        raise RuleError("InvalidParameterValue", f"{problem}queue arn at a given time.")
    source.settle()
    left = source.holding.counts[VISIBLE]
    task = Task(region.new_id(), source, destination, rate, region.now, left)
    tasks.all.append(task)
    region.agenda.at(region.now, task.run)
    return {"TaskHandle": task.handle}


def _queue(region: Region, arn: str, parameter: str) -> Queue:
    queue = region.part(Queues).of_arn(arn)
    if queue is None:
        problem = f"The resource that you specified for the {parameter} parameter doesn't exist."
        raise RuleError("ResourceNotFoundException", problem)
    return queue


def _check_destination(region: Region, source: Queue, destination: str) -> None:
    target = _queue(region, destination, "DestinationArn")
    if target.is_fifo != source.is_fifo:
        problem = "Source and destination must be queues of the same type."
        raise invalid(destination, "DestinationArn", problem)


def list_message_move_tasks(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """The last tasks of a queue, newest first."""
    source = _queue(region, parameters["SourceArn"], "SourceArn")
    most = between(parameters.get("MaxResults", 1), 1, MOST_SHOWN, "MaxResults")
    found = [task.shown() for task in reversed(region.part(Tasks).of(source))]
    return {"Results": found[:most]} if found else {}


def cancel_message_move_task(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Stop a task; what it has moved stays moved."""
    handle = parameters["TaskHandle"]
    task = next((each for each in region.part(Tasks).all if each.handle == handle), None)
    if task is None or task.status != RUNNING:
        problem = "Task does not exist." if task is None else "Only running tasks can be cancelled."
        raise RuleError("ResourceNotFoundException", problem)
    task.status = CANCELLED
    return {"ApproximateNumberOfMessagesMoved": task.moved}
