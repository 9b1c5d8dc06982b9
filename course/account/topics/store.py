"""The topics of a Region, and finding them and their subscriptions by ARN.

What a world lists is there from the start: topics, with the functions and queues that subscribe.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.account.region import Region
from course.account.tally import Tally
from course.account.topics.topic import Subscription, Topic
from course.telemetry.errors import RuleError

NAMESPACE = "AWS/SNS"


class Topics:
    """The topics of one Region, by ARN."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.by_arn: dict[str, Topic] = {}
        self._tally = Tally(region, NAMESPACE)
        if region.world is not None:
            for described in region.world.resources.get("sns", ()):
                self._load(described)

    def _load(self, described: Mapping[str, Any]) -> None:
        topic = self.make(described["name"], {})
        for subscription in described.get("subscriptions", ()):
            for protocol, name in subscription.items():
                resource = f"function:{name}" if protocol == "lambda" else name
                self.subscribe(topic, protocol, self.region.arn(protocol, resource), {})

    def make(self, name: str, attributes: Mapping[str, str]) -> Topic:
        """A new topic."""
        topic = Topic(self.region, name, dict(attributes))
        self.by_arn[topic.arn] = topic
        return topic

    def subscribe(
        self, topic: Topic, protocol: str, endpoint: str, attributes: Mapping[str, str]
    ) -> Subscription:
        """A new subscription, confirmed."""
        arn = f"{topic.arn}:{self.region.new_id()}"
        made = Subscription(arn, topic, protocol, endpoint, dict(attributes))
        topic.subscriptions[arn] = made
        return made

    def topic(self, arn: str) -> Topic:
        """The topic of an ARN; RuleError if there is none."""
        found = self.by_arn.get(arn)
        if found is not None:
            return found
        if arn.split(":")[:3] != ["arn", "aws", "sns"] or arn.count(":") != 5:
            raise RuleError("InvalidParameter", "Invalid parameter: TopicArn")
        raise RuleError("NotFound", "Topic does not exist")

    def subscription(self, arn: str) -> Subscription:
        """The subscription of an ARN; RuleError if there is none."""
        topic = self.by_arn.get(arn.rpartition(":")[0])
        found = topic.subscriptions.get(arn) if topic is not None else None
        if found is not None:
            return found
        if arn.count(":") != 6:
            problem = "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 "
            raise RuleError("InvalidParameter", f"{problem}elements, not {arn.count(':') + 1}")
        raise RuleError("NotFound", "Subscription does not exist")

    def count(self, topic: Topic, name: str, value: float = 1, unit: str = "Count") -> None:
        """Count a metric of a topic."""
        where = (("TopicName", topic.name),)
        self._tally.add(self.region.now, name, float(value), unit, where)
