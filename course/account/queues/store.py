"""The queues of a Region, and finding them by URL, name or ARN.

What a world lists is there from the start: queues with their redrive policies, and for queues that
subscribe to a topic the policy without which SNS could not deliver.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from course.account.queues.measuring import Measuring
from course.account.queues.queue import SECOND, Queue
from course.account.region import Region
from course.telemetry.errors import RuleError
from course.telemetry.queues.settings import initial

# How long a deleted queue's name stays taken.
REST = 60 * SECOND


class Queues:
    """The queues of one Region, by name."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.by_name: dict[str, Queue] = {}
        self.deleted: dict[str, int] = {}
        self.measuring = Measuring(region, self.by_name)
        if region.world is not None:
            self._load(region.world.resources)

    def _load(self, resources: Mapping[str, Any]) -> None:
        for described in resources.get("sqs", ()):
            settings = {"VisibilityTimeout": str(described.get("visibility_timeout", 30))}
            if "dead_letter_queue" in described:
                policy = {
                    "deadLetterTargetArn": self.region.arn("sqs", described["dead_letter_queue"]),
                    "maxReceiveCount": described["max_receive_count"],
                }
                settings["RedrivePolicy"] = json.dumps(policy)
            topics = [
                self.region.arn("sns", topic["name"])
                for topic in resources.get("sns", ())
                for subscription in topic.get("subscriptions", ())
                if subscription.get("sqs") == described["name"]
            ]
            if topics:
                queue = self.region.arn("sqs", described["name"])
                settings["Policy"] = let_topics_in(queue, topics)
            self.make(described["name"], settings, {})

    def make(self, name: str, given: Mapping[str, str], tags: Mapping[str, str]) -> Queue:
        """A new queue."""
        queue = self.by_name[name] = Queue(self.region, self.measuring, name, initial(given), tags)
        self.measuring.touch(queue)
        return queue

    def remove(self, queue: Queue) -> None:
        """Delete a queue with all that is in it."""
        queue.deleted = True
        del self.by_name[queue.name]
        self.deleted[queue.name] = self.region.now

    def at(self, url: str) -> Queue:
        """The queue of a QueueUrl, whose last two parts are the account and the name."""
        *_, account, name = ("", "", *urlsplit(url).path.split("/"))
        queue = self.by_name.get(name)
        if queue is None or account != self.region.account_id:
            raise RuleError("QueueDoesNotExist", "The specified queue does not exist.")
        self.measuring.touch(queue)
        return queue

    def of_arn(self, arn: str) -> Queue | None:
        """The queue of an ARN, if it is in this account and Region."""
        prefix, _, name = arn.rpartition(":")
        queue = self.by_name.get(name)
        return queue if queue is not None and queue.arn == arn and prefix else None


def let_topics_in(queue: str, topics: list[str]) -> str:
    """The policy that lets SNS deliver what is published to these topics."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnLike": {"aws:SourceArn": topics}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
