"""What subscribers get: a notification as JSON, as a function's event, as HTTP headers.

Follows the SNS Developer Guide, "Amazon SNS message formats" ("HTTP/HTTPS headers", "notification
JSON format", "subscription confirmation JSON format"), and the Lambda Developer Guide, "Invoking
Lambda functions with Amazon SNS notifications". Signatures are placeholders.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from course.account.clock import utc
from course.account.topics.topic import Subscription, Topic

SIGNATURE = "EXAMPLE"
AGENT = "Amazon Simple Notification Service Agent"
Attributes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Notification:
    """One published message. texts: by protocol, "default" for all others; published: epoch ms."""

    id: str
    topic: Topic
    texts: Mapping[str, str]
    subject: str | None
    attributes: Attributes
    published: int
    group: str | None = None
    deduplication: str | None = None
    sequence: str | None = None

    def text_for(self, protocol: str) -> str:
        return self.texts.get(protocol, self.texts["default"])


def stamp(milliseconds: int) -> str:
    """A time as SNS writes it."""
    return f"{utc(milliseconds):%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def _fields(notification: Notification, protocol: str) -> dict[str, Any]:
    found = {"Type": "Notification", "MessageId": notification.id}
    if notification.sequence is not None:
        found["SequenceNumber"] = notification.sequence
    return {
        **found,
        "TopicArn": notification.topic.arn,
        **({} if notification.subject is None else {"Subject": notification.subject}),
        "Message": notification.text_for(protocol),
        "Timestamp": stamp(notification.published),
        "SignatureVersion": notification.topic.attributes.get("SignatureVersion", "1"),
        "Signature": SIGNATURE,
    }


def _links(subscription: Subscription) -> tuple[str, str]:
    host = f"https://sns.{subscription.topic.region.name}.amazonaws.com/"
    unsubscribe = f"{host}?Action=Unsubscribe&SubscriptionArn={subscription.arn}"
    return f"{host}SimpleNotificationService.pem", unsubscribe


def notification_json(subscription: Subscription, notification: Notification) -> str:
    """The text that queues and web endpoints get without raw delivery."""
    certificate, unsubscribe = _links(subscription)
    found = {
        **_fields(notification, subscription.protocol),
        "SigningCertURL": certificate,
        "UnsubscribeURL": unsubscribe,
    }
    if notification.attributes:
        found["MessageAttributes"] = _values(notification.attributes)
    return json.dumps(found, indent=2, separators=(",", " : "), ensure_ascii=False)


def function_event(subscription: Subscription, notification: Notification) -> str:
    """The event that a function gets."""
    certificate, unsubscribe = _links(subscription)
    found = {
        "Subject": None,
        **_fields(notification, "lambda"),
        "SigningCertUrl": certificate,
        "UnsubscribeUrl": unsubscribe,
        "MessageAttributes": _values(notification.attributes),
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": found,
    }
    return json.dumps({"Records": [record]})


def _values(attributes: Attributes) -> dict[str, dict[str, str]]:
    return {
        name: {"Type": each["DataType"], "Value": _value(each)} for name, each in attributes.items()
    }


def _value(attribute: Mapping[str, Any]) -> str:
    binary = attribute.get("BinaryValue")
    return str(attribute["StringValue"]) if binary is None else base64.b64encode(binary).decode()


def confirmation(subscription: Subscription, id: str) -> dict[str, str]:
    """What a web endpoint is sent when it was subscribed."""
    topic = subscription.topic
    certificate, _ = _links(subscription)
    host = f"https://sns.{topic.region.name}.amazonaws.com/"
    question = f"Action=ConfirmSubscription&TopicArn={topic.arn}&Token={subscription.token}"
    return {
        "Type": "SubscriptionConfirmation",
        "MessageId": id,
        "Token": subscription.token,
        "TopicArn": topic.arn,
        "Message": f"You have chosen to subscribe to the topic {topic.arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": f"{host}?{question}",
        "Timestamp": stamp(topic.region.now),
        "SignatureVersion": topic.attributes.get("SignatureVersion", "1"),
        "Signature": SIGNATURE,
        "SigningCertURL": certificate,
    }


def headers(
    kind: str,
    id: str,
    topic: str,
    subscription: str,
    content_type: str = "text/plain; charset=UTF-8",
    raw: bool = False,
) -> dict[str, str]:
    """The HTTP headers of a request to a web endpoint."""
    found = {
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": id,
        "x-amz-sns-topic-arn": topic,
        "x-amz-sns-subscription-arn": subscription,
        "Content-Type": content_type,
        "User-Agent": AGENT,
    }
    return {**found, "x-amz-sns-rawdelivery": "true"} if raw else found
