"""One message on its way to one subscriber: tried, tried again, given up, and told about.

Follows the SNS Developer Guide, "Amazon SNS message delivery retries", "Amazon SNS dead-letter
queues" and the metrics of "Monitoring Amazon SNS topics using CloudWatch". What is the fault of
SNS's side (an endpoint that is gone, a policy that does not let SNS in, an HTTP status 4xx) is not
tried again; what is the other side's fault (a status 5xx or 429, no answer, a fault on
sqs:SendMessage or lambda:Invoke) is, by the protocol's policy. Of a FIFO topic, later messages of
the group wait.
"""

from __future__ import annotations

import json
from collections import deque

from course.account.events import targets
from course.account.topics import status_logs
from course.account.topics.channels import PRINCIPAL, Outcome, hand_over, payload_of
from course.account.topics.envelopes import Notification
from course.account.topics.store import Topics
from course.account.topics.topic import Subscription
from course.telemetry.queues import delivery_policies
from course.telemetry.queues.delivery_policies import AWS_MANAGED, CUSTOMER_MANAGED, Phases

AWS = ("sqs", "lambda", "firehose")


class Delivery:
    """attempts: how often it was tried."""

    def __init__(
        self, topics: Topics, subscription: Subscription, notification: Notification
    ) -> None:
        self.topics = topics
        self.region = topics.region
        self.subscription = subscription
        self.notification = notification
        self.id = self.region.new_id()
        self.attempts = 0

    def start(self) -> None:
        """Try now, or when the group's earlier messages are through."""
        group = self.notification.group
        if self.subscription.topic.is_fifo and group is not None:
            line = self.subscription.line.setdefault(group, deque())
            line.append(self)
            if len(line) > 1:
                return
        self.attempt()

    def attempt(self) -> None:
        """Try once; if it fails, what follows is on the agenda or done."""
        if self.subscription.arn not in self.subscription.topic.subscriptions:
            return
        self.attempts += 1
        outcome = hand_over(self.region, self.subscription, self.notification)
        status_logs.write(self, outcome)
        if outcome.failure is None:
            self._count("NumberOfNotificationsDelivered")
            self._finish()
            return
        if self.subscription.protocol.startswith("http"):
            self._count("NumberOfNotificationsFailed")
        pause = self._phases().jittered(self.attempts, self.id) if outcome.is_retryable else None
        if pause is None:
            self._give_up(outcome)
        else:
            self.region.agenda.at(self.region.now + pause, self.attempt)

    def _phases(self) -> Phases:
        protocol = self.subscription.protocol
        if protocol in AWS:
            return AWS_MANAGED
        if not protocol.startswith("http"):
            return CUSTOMER_MANAGED
        topic = self.subscription.topic.attributes.get("DeliveryPolicy")
        own = self.subscription.attributes.get("DeliveryPolicy")
        return delivery_policies.phases(delivery_policies.effective(own, topic))

    def _give_up(self, outcome: Outcome) -> None:
        if not self.subscription.protocol.startswith("http"):
            self._count("NumberOfNotificationsFailed")
        self.region.happened(
            "notification",
            topic=self.subscription.topic.arn,
            target=self.subscription.endpoint,
            error=outcome.failure,
        )
        self._bury()
        self._finish()

    def _bury(self) -> None:
        """Put it into the subscription's dead-letter queue, in the form that was not delivered."""
        text = self.subscription.attributes.get("RedrivePolicy")
        if text is None:
            return
        queue = json.loads(text)["deadLetterTargetArn"]
        payload = payload_of(self.subscription, self.notification, dead=True)
        try:
            targets.deliver(
                self.region,
                queue,
                payload.text,
                source=PRINCIPAL,
                source_arn=self.subscription.topic.arn,
                attributes=payload.attributes,
                group_id=self.notification.group if queue.endswith(".fifo") else None,
                deduplication_id=self.notification.deduplication,
            )
        except targets.DeliveryFailed as problem:
            self._count("NumberOfNotificationsFailedToRedriveToDlq")
            self.region.happened(
                "notification",
                topic=self.subscription.topic.arn,
                target=queue,
                error=problem.message,
            )
        else:
            self._count("NumberOfNotificationsRedrivenToDlq")

    def _count(self, name: str) -> None:
        self.topics.count(self.subscription.topic, name)

    def _finish(self) -> None:
        """Let the group's next message go."""
        line = self.subscription.line.get(self.notification.group or "")
        if line:
            line.popleft()
            if line:
                line[0].attempt()
            else:
                del self.subscription.line[self.notification.group or ""]
