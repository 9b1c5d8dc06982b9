"""Publish and PublishBatch: checks a message, and hands it to whoever subscribes and wants it.

Follows the SNS API reference and the SNS Developer Guide, "Amazon SNS message attributes", "Message
deduplication for FIFO topics" and "Amazon SNS message filtering". A message of up to 256 KiB, or of
what the topic's MaximumMessageSize says. Left out: the throughput quotas of topics.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from course.account.queues.sending import each
from course.account.region import Region
from course.account.topics.control import invalid
from course.account.topics.delivery import Delivery
from course.account.topics.envelopes import Notification
from course.account.topics.store import Topics
from course.account.topics.topic import Subscription, Topic
from course.telemetry.errors import NotSupported, RuleError
from course.telemetry.queues import content, deduplication, filter_policies

Given = Mapping[str, Any]
_TYPES = re.compile(r"(String|String\.Array|Number|Binary)(\..+)?")
_SUBJECT = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
LONGEST_SMS = 1600


def publish(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Publish one message to a topic, or text a phone."""
    phone = parameters.get("PhoneNumber")
    if phone is not None:
        if len(parameters["Message"]) > LONGEST_SMS:
            raise invalid("Message too long")
        region.happened("sms", to=phone, message=parameters["Message"])
        return {"MessageId": region.new_id()}
    arn = parameters.get("TopicArn") or parameters.get("TargetArn")
    if arn is None:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    if ":endpoint/" in arn:
        raise NotSupported("Publishing to a mobile app", "Publish to a topic.")
    return _accept(region.part(Topics), region.part(Topics).topic(arn), parameters)


def publish_batch(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Publish up to ten messages; each of them may be refused by itself."""
    topics = region.part(Topics)
    topic = topics.topic(parameters["TopicArn"])
    entries = parameters["PublishBatchRequestEntries"]
    content.check_entries(entries, "PublishBatchRequestEntry")
    if sum(map(_size, entries)) > topic.largest:
        problem = "The length of all the messages put together is more than the limit."
        raise RuleError("BatchRequestTooLong", problem)
    return {"Failed": [], **each(entries, lambda entry: _accept(topics, topic, entry))}


def _accept(topics: Topics, topic: Topic, given: Given) -> dict[str, Any]:
    """Check a message, deliver it unless it is a copy, and answer with its id."""
    notification = _made(topics.region, topic, given)
    if not topic.is_fifo:
        _fan_out(topics, notification, given)
        return {"MessageId": notification.id}
    scope = _scope(topic, given), str(notification.deduplication)
    first = topic.window.first(scope, topics.region.now)
    if first is None:
        sequence = topic.next_sequence()
        first = notification.id, sequence
        topic.window.remember(scope, first, topics.region.now)
        _fan_out(topics, replace(notification, sequence=sequence), given)
    return {"MessageId": first[0], "SequenceNumber": first[1]}


def _made(region: Region, topic: Topic, given: Given) -> Notification:
    texts = _texts(given)
    _check(topic, given)
    return Notification(
        id=region.new_id(),
        topic=topic,
        texts=texts,
        subject=given.get("Subject"),
        attributes=given.get("MessageAttributes") or {},
        published=region.now,
        group=given.get("MessageGroupId"),
        deduplication=_token(topic, given),
    )


def _fan_out(topics: Topics, notification: Notification, given: Given) -> None:
    """Deliver to every subscription that is confirmed and wants it."""
    topic = notification.topic
    topics.count(topic, "NumberOfMessagesPublished")
    topics.count(topic, "PublishSize", _size(given), "Bytes")
    for subscription in list(topic.subscriptions.values()):
        if subscription.confirmed and _wants(topics, subscription, notification):
            Delivery(topics, subscription, notification).start()


def _texts(given: Given) -> dict[str, str]:
    """The message by protocol."""
    message = given["Message"]
    if not message:
        raise invalid("Empty message")
    if given.get("MessageStructure") is None:
        return {"default": message}
    if given["MessageStructure"] != "json":
        raise invalid("MessageStructure")
    try:
        found = json.loads(message)
    except ValueError:
        raise invalid("Message Structure - JSON message body failed to parse") from None
    if not isinstance(found, dict) or not isinstance(found.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")
    return {name: text for name, text in found.items() if isinstance(text, str)}


def _check(topic: Topic, given: Given) -> None:
    subject = given.get("Subject")
    if subject is not None and not _SUBJECT.fullmatch(subject):
        raise invalid("Subject")
    for name, attribute in (given.get("MessageAttributes") or {}).items():
        _check_attribute(name, attribute)
    if _size(given) > topic.largest:
        raise invalid("Message too long")
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        if given.get(name) is not None and not content.is_token(given[name]):
            raise invalid(f"{name} Reason: 1 to 128 alphanumeric and punctuation characters")


def _check_attribute(name: str, attribute: Given) -> None:
    kind = attribute.get("DataType", "")
    if not _TYPES.fullmatch(kind):
        problem = f"The message attribute '{name}' has an invalid message attribute type, the set "
        rest = "of supported type prefixes is Binary, Number, and String."
        raise RuleError("ParameterValueInvalid", problem + rest)
    value = attribute.get("BinaryValue" if kind.startswith("Binary") else "StringValue")
    if not value:
        problem = f"The message attribute '{name}' must contain non-empty message attribute value "
        raise RuleError("ParameterValueInvalid", f"{problem}for message attribute type '{kind}'.")
    if kind.startswith("Number") and not content.is_number(value):
        problem = f"Could not cast message attribute '{name}' value to number."
        raise RuleError("ParameterValueInvalid", problem)


def _token(topic: Topic, given: Given) -> str | None:
    """The deduplication id of a message to a FIFO topic."""
    found: str | None = given.get("MessageDeduplicationId")
    if not topic.is_fifo:
        if found is not None:
            problem = "The request includes MessageDeduplicationId parameter that is not valid for "
            raise invalid(f"MessageDeduplicationId Reason: {problem}this topic type")
        return None
    if given.get("MessageGroupId") is None:
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if found is None and topic.attributes["ContentBasedDeduplication"] != "true":
        problem = "The topic should either have ContentBasedDeduplication enabled or "
        raise invalid(f"{problem}MessageDeduplicationId provided explicitly")
    return found or deduplication.of_content(given["Message"])


def _scope(topic: Topic, given: Given) -> str:
    by_group = topic.attributes.get("FifoThroughputScope") == "MessageGroup"
    return str(given.get("MessageGroupId")) if by_group else ""


def _size(given: Given) -> int:
    return content.size(given["Message"], given.get("MessageAttributes") or {})


def _wants(topics: Topics, subscription: Subscription, notification: Notification) -> bool:
    """Whether a subscription's filter policy lets a message through; counts it if not."""
    text = subscription.attributes.get("FilterPolicy")
    if text is None:
        return True
    scope = subscription.attributes["FilterPolicyScope"]
    policy = filter_policies.compile(text, scope)
    if scope == filter_policies.BODY:
        body = filter_policies.body_of(notification.text_for(subscription.protocol))
        wanted = body is not None and policy.matches(body)
        why = "InvalidMessageBody" if body is None else "MessageBody"
    else:
        found = filter_policies.comparable(notification.attributes)
        wanted = policy.matches(found)
        why = "MessageAttributes" if notification.attributes else "NoMessageAttributes"
    if not wanted:
        topics.count(subscription.topic, "NumberOfNotificationsFilteredOut")
        topics.count(subscription.topic, f"NumberOfNotificationsFilteredOut-{why}")
    return wanted
