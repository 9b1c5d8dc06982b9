"""A topic and its subscriptions."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from course.account.region import Region
from course.telemetry.queues.deduplication import Window

PENDING = "PendingConfirmation"
DEFAULT_SIZE = 262_144
FIRST_SEQUENCE = 10_000_000_000_000_000_000
# What the owner may do by the policy that every topic begins with.
ACTIONS = (
    "SNS:GetTopicAttributes",
    "SNS:SetTopicAttributes",
    "SNS:AddPermission",
    "SNS:RemovePermission",
    "SNS:DeleteTopic",
    "SNS:Subscribe",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
)


@dataclass(eq=False)
class Subscription:
    """attributes: as GetSubscriptionAttributes shows them, of those that can be set.

    line: for a FIFO topic, by message group: the deliveries that wait for one that is retried.
    """

    arn: str
    topic: Topic
    protocol: str
    endpoint: str
    attributes: dict[str, str]
    confirmed: bool = True
    authenticated: bool = True
    line: dict[str, deque[Any]] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """What its owner confirms it with."""
        return hashlib.sha256(self.arn.encode()).hexdigest()

    @property
    def is_raw(self) -> bool:
        return self.attributes.get("RawMessageDelivery") == "true"

    def listed(self) -> dict[str, str]:
        """The subscription as lists show it."""
        return {
            "SubscriptionArn": self.arn if self.confirmed else PENDING,
            "Owner": self.topic.region.account_id,
            "Protocol": self.protocol,
            "Endpoint": self.endpoint,
            "TopicArn": self.topic.arn,
        }


class Topic:
    """attributes: those that can be set; subscriptions: by ARN."""

    def __init__(self, region: Region, name: str, attributes: dict[str, str]) -> None:
        self.region = region
        self.name = name
        self.arn = region.arn("sns", name)
        self.attributes = attributes
        self.attributes.setdefault("Policy", json.dumps(self._own_policy()))
        self.attributes.setdefault("DisplayName", "")
        self.tags: dict[str, str] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.deleted_subscriptions = 0
        self.window = Window()
        self._sequence = FIRST_SEQUENCE

    @property
    def is_fifo(self) -> bool:
        return self.attributes.get("FifoTopic") == "true"

    @property
    def largest(self) -> int:
        """Bytes that a message may have."""
        return int(self.attributes.get("MaximumMessageSize", DEFAULT_SIZE))

    def next_sequence(self) -> str:
        """The sequence number of the next message of a FIFO topic."""
        self._sequence += 1
        return str(self._sequence)

    def _own_policy(self) -> dict[str, Any]:
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": list(ACTIONS),
            "Resource": self.arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": self.region.account_id}},
        }
        return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
