"""Subscriptions: made, confirmed, configured, ended.

Follows the SNS API reference of Subscribe, ConfirmSubscription and SetSubscriptionAttributes.
Queues, functions, delivery streams and phones are confirmed at once; an address or a web endpoint
has to confirm with the token that it is sent, and gets nothing before. Left out: confirmations that
expire, and the mails about an ended subscription.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from course.account.paging import paged
from course.account.region import Region
from course.account.topics import confirming
from course.account.topics.control import LARGE_PROTOCOLS, MOST_LARGE, PAGE, invalid
from course.account.topics.store import Topics
from course.account.topics.topic import DEFAULT_SIZE, Subscription, Topic
from course.telemetry.errors import NotSupported
from course.telemetry.queues import delivery_policies, filter_policies

WEB, MAIL = ("http", "https"), ("email", "email-json")
PROTOCOLS = (*WEB, *MAIL, "sms", "sqs", "lambda", "firehose", "application")
RAW = (*WEB, "sqs", "firehose")
NAMES = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "SubscriptionRoleArn",
)
_QUEUE = re.compile(r"arn:aws:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}(\.fifo)?")
_PHONE = re.compile(r"\+[1-9]\d{4,14}")
Given = Mapping[str, str]


def subscribe(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Subscribe an endpoint; one that subscribes already is found again."""
    topics = region.part(Topics)
    topic = topics.topic(parameters["TopicArn"])
    protocol, endpoint = parameters["Protocol"], parameters.get("Endpoint", "")
    given = parameters.get("Attributes", {})
    _check_endpoint(topic, protocol, endpoint)
    _check_attributes(topic, protocol, given, given.get("FilterPolicyScope"))
    if protocol == "firehose" and "SubscriptionRoleArn" not in given:
        raise invalid("Attributes Reason: SubscriptionRoleArn is required for a Firehose stream")
    found = _known(topic, protocol, endpoint, given)
    if found is None:
        _check_room(topic, protocol)
        found = topics.subscribe(topic, protocol, endpoint, _kept(given))
        if protocol in (*WEB, *MAIL):
            found.confirmed = False
            confirming.ask(found)
    shown = found.confirmed or parameters.get("ReturnSubscriptionArn")
    return {"SubscriptionArn": found.arn if shown else "pending confirmation"}


def _known(topic: Topic, protocol: str, endpoint: str, given: Given) -> Subscription | None:
    for each in topic.subscriptions.values():
        if (each.protocol, each.endpoint) == (protocol, endpoint):
            if given and _kept(given) != each.attributes:
                problem = "Subscription already exists with different attributes"
                raise invalid(f"Attributes Reason: {problem}")
            return each
    return None


def _kept(given: Given) -> dict[str, str]:
    """What is stored: a filter policy has a scope."""
    found = {name: value for name, value in given.items() if value not in ("", "{}")}
    if "FilterPolicy" in found:
        found.setdefault("FilterPolicyScope", filter_policies.ATTRIBUTES)
    return found


def _check_room(topic: Topic, protocol: str) -> None:
    fits = protocol in LARGE_PROTOCOLS and len(topic.subscriptions) < MOST_LARGE
    if topic.largest > DEFAULT_SIZE and not fits:
        problem = "Protocol Reason: a topic for messages above 262144 bytes has at most 100 "
        raise invalid(f"{problem}subscriptions, each of sqs, lambda or firehose")


def _check_endpoint(topic: Topic, protocol: str, endpoint: str) -> None:
    if protocol not in PROTOCOLS:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol == "application":
        raise NotSupported("A subscription of a mobile app", "Subscribe an SQS queue.")
    if protocol in WEB:
        confirming.check_web(topic.region, protocol, endpoint)
    elif protocol in MAIL and not re.fullmatch(r"[^@\s]+@[^@\s]+", endpoint):
        raise invalid("Email address")
    elif protocol == "sms" and not _PHONE.fullmatch(endpoint):
        raise invalid(f"Invalid SMS endpoint: {endpoint}")
    elif protocol in ("sqs", "lambda", "firehose"):
        _check_arn(topic, protocol, endpoint)


def _check_arn(topic: Topic, protocol: str, endpoint: str) -> None:
    if endpoint.split(":")[:3] != ["arn", "aws", protocol]:
        raise invalid(f"{protocol.upper() if protocol == 'sqs' else protocol} endpoint ARN")
    if topic.is_fifo and protocol != "sqs":
        problem = f"FIFO SNS topics do not support the protocol {protocol}"
        raise invalid(f"Invalid parameter: Endpoint Reason: {problem}")
    if endpoint.endswith(".fifo") and protocol == "sqs" and not topic.is_fifo:
        problem = "FIFO SQS Queues can not be subscribed to standard SNS topics"
        raise invalid(f"Invalid parameter: Endpoint Reason: {problem}")


def _check_attributes(topic: Topic, protocol: str, given: Given, scope: str | None) -> None:
    for name, value in given.items():
        if name == "ReplayPolicy":
            raise NotSupported("A subscription with ReplayPolicy", "Keep messages in a queue.")
        if name not in NAMES:
            raise invalid(f"Attributes Reason: Unknown attribute {name}")
        _check_attribute(topic, protocol, name, value)
    if given.get("FilterPolicy", "{}") not in ("", "{}"):
        filter_policies.compile(given["FilterPolicy"], scope or filter_policies.ATTRIBUTES)


def _check_attribute(topic: Topic, protocol: str, name: str, value: str) -> None:
    if name == "FilterPolicyScope" and value not in filter_policies.SCOPES:
        raise invalid(f"FilterPolicyScope: Invalid value [{value}].")
    if name == "RawMessageDelivery":
        if value not in ("true", "false"):
            raise invalid(f"Attributes Reason: RawMessageDelivery: Invalid value [{value}].")
        if value == "true" and protocol not in RAW:
            problem = f"Delivery protocol [{protocol}] does not support raw message delivery."
            raise invalid(f"Attributes Reason: RawMessageDelivery: {problem}")
    if name == "DeliveryPolicy" and value:
        if protocol not in WEB:
            problem = "Only HTTP/S subscriptions have a delivery policy"
            raise invalid(f"DeliveryPolicy Reason: {problem}")
        delivery_policies.check_for_subscription(value)
    if name == "RedrivePolicy" and value not in ("", "{}"):
        _check_redrive(topic, value)


def _check_redrive(topic: Topic, text: str) -> None:
    try:
        target = json.loads(text)["deadLetterTargetArn"]
    except (ValueError, KeyError, TypeError):
        raise invalid("RedrivePolicy: failed to parse JSON.") from None
    if not _QUEUE.fullmatch(str(target)):
        raise invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")
    here = [topic.region.name, topic.region.account_id]
    if target.split(":")[3:5] != here:
        raise invalid("RedrivePolicy: must use queue from same account and region")


def confirm_subscription(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Confirm with the token that the endpoint was sent."""
    topic = region.part(Topics).topic(parameters["TopicArn"])
    for each in topic.subscriptions.values():
        if each.token == parameters["Token"]:
            each.confirmed = True
            each.authenticated = parameters.get("AuthenticateOnUnsubscribe") == "true"
            return {"SubscriptionArn": each.arn}
    raise invalid("Token")


def unsubscribe(region: Region, parameters: dict[str, Any]) -> None:
    """End a subscription; one that is not there does not matter."""
    arn = parameters["SubscriptionArn"]
    topic = region.part(Topics).by_arn.get(arn.rpartition(":")[0])
    if arn.count(":") != 6:
        raise invalid("SubscriptionId")
    if topic is not None and topic.subscriptions.pop(arn, None) is not None:
        topic.deleted_subscriptions += 1


def get_subscription_attributes(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """What was set, and who it is."""
    found = region.part(Topics).subscription(parameters["SubscriptionArn"])
    attributes = {
        "RawMessageDelivery": "false",
        **found.attributes,
        "SubscriptionArn": found.arn,
        "TopicArn": found.topic.arn,
        "Owner": region.account_id,
        "Protocol": found.protocol,
        "Endpoint": found.endpoint,
        "PendingConfirmation": str(not found.confirmed).lower(),
        "ConfirmationWasAuthenticated": str(found.confirmed and found.authenticated).lower(),
    }
    if found.protocol in WEB:
        policies = (
            found.attributes.get("DeliveryPolicy"),
            found.topic.attributes.get("DeliveryPolicy"),
        )
        healthy = {"healthyRetryPolicy": delivery_policies.effective(*policies)}
        attributes["EffectiveDeliveryPolicy"] = json.dumps(healthy)
    return {"Attributes": attributes}


def set_subscription_attributes(region: Region, parameters: dict[str, Any]) -> None:
    """Change one attribute; an empty value, or {}, takes a policy off."""
    found = region.part(Topics).subscription(parameters["SubscriptionArn"])
    name, value = parameters["AttributeName"], parameters.get("AttributeValue", "")
    if name not in (*NAMES, "ReplayPolicy"):
        raise invalid("AttributeName")
    changed = {**found.attributes, name: value}
    scope = changed.get("FilterPolicyScope")
    relevant = {"FilterPolicy": changed.get("FilterPolicy", "")} if "Filter" in name else {}
    _check_attributes(found.topic, found.protocol, {**relevant, name: value}, scope)
    found.attributes = _kept(changed)


def list_subscriptions(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """All subscriptions, in pages of 100."""
    topics = region.part(Topics).by_arn
    return _paged(
        [each for arn in sorted(topics) for each in topics[arn].subscriptions.values()], parameters
    )


def list_subscriptions_by_topic(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """A topic's subscriptions, in pages of 100."""
    topic = region.part(Topics).topic(parameters["TopicArn"])
    return _paged(list(topic.subscriptions.values()), parameters)


def _paged(found: list[Subscription], parameters: Mapping[str, Any]) -> dict[str, Any]:
    listed = [each.listed() for each in found]
    return paged("Subscriptions", listed, parameters, "NextToken", PAGE, invalid="InvalidParameter")
