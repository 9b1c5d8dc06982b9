"""Handing a notification over, by protocol.

Queues, functions and delivery streams of the account go through `events.targets`, which asks their
policies. A fault that was put on what SNS calls there (sqs:SendMessage, lambda:Invoke) meets the
delivery too. Mails and texts appear among what `Account.advance` returns, as "email" and "sms".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course.account import faults
from course.account.events import targets
from course.account.region import Region
from course.account.topics import endpoints, envelopes
from course.account.topics.envelopes import Notification
from course.account.topics.topic import Subscription
from course.telemetry.queues import delivery_policies
from course.telemetry.queues.content import MOST_ATTRIBUTES

PRINCIPAL = "sns.amazonaws.com"
MAIL_TITLE = "AWS Notification Message"
# Statuses of a web endpoint that are worth another try, besides 5xx.
TOO_MANY = 429
# What a service answers to SNS: its status, and the name of the request id in its response.
TAKEN = {"sqs": 200, "lambda": 202, "firehose": 200}
CALLS = {"sqs": "SendMessage", "lambda": "Invoke", "firehose": "PutRecord"}
SERVICES = {
    targets.NO_PERMISSIONS: (403, "AccessDenied"),
    targets.NO_RESOURCE: (404, "ResourceNotFoundException"),
    targets.THROTTLING: (429, "Throttling"),
}


@dataclass(frozen=True)
class Outcome:
    """One try. failure: in words, None if it was taken; response: the provider's own."""

    status: int
    response: str
    failure: str | None = None
    is_retryable: bool = False


@dataclass(frozen=True)
class Payload:
    """text, and the attributes of an SQS message."""

    text: str
    attributes: dict[str, Any] | None = None


def payload_of(
    subscription: Subscription, notification: Notification, *, dead: bool = False
) -> Payload:
    """What a subscriber gets, or its dead-letter queue."""
    if subscription.protocol == "lambda" and not dead:
        return Payload(envelopes.function_event(subscription, notification))
    if not subscription.is_raw:
        return Payload(envelopes.notification_json(subscription, notification))
    text = notification.text_for(subscription.protocol)
    return Payload(text, dict(notification.attributes) or None)


def hand_over(region: Region, subscription: Subscription, notification: Notification) -> Outcome:
    """Deliver once, now."""
    return CHANNELS[subscription.protocol](region, subscription, notification)


def _to_service(region: Region, subscription: Subscription, notification: Notification) -> Outcome:
    service = subscription.protocol
    trouble = _trouble(region, subscription)
    if trouble is not None and trouble.error not in (None, faults.READ_TIMEOUT):
        return _failed(region, service, *_status(service, trouble), trouble.message)
    payload = payload_of(subscription, notification)
    if len(payload.attributes or ()) > MOST_ATTRIBUTES:
        problem = "More than 10 message attributes cannot be delivered raw"
        return _failed(region, service, 400, "InvalidParameterValue", problem)
    try:
        _deliver(region, subscription, notification, payload)
    except targets.DeliveryFailed as failure:
        status, code = SERVICES.get(failure.code, (400, failure.code))
        return _failed(region, service, status, code, failure.message)
    if trouble is not None and trouble.error == faults.READ_TIMEOUT:
        return _failed(region, service, 504, "Timeout", "The request timed out")
    response = json.dumps({f"{service}RequestId": region.new_id()})
    return Outcome(TAKEN[service], response)


def _deliver(
    region: Region, subscription: Subscription, notification: Notification, payload: Payload
) -> None:
    arn = subscription.endpoint
    fifo = arn.endswith(".fifo")
    fair = not fifo and not subscription.topic.is_fifo
    targets.deliver(
        region.siblings[arn.split(":")[3]],
        arn,
        payload.text,
        source=PRINCIPAL,
        source_arn=subscription.topic.arn,
        role=subscription.attributes.get("SubscriptionRoleArn"),
        attributes=payload.attributes,
        group_id=notification.group if fifo or fair else None,
        deduplication_id=notification.deduplication if fifo else None,
    )


def _trouble(region: Region, subscription: Subscription) -> faults.Trouble | None:
    service = subscription.protocol

    def parameters() -> dict[str, str]:
        name = subscription.endpoint.rpartition(":")[2]
        url = f"https://sqs.{region.name}.amazonaws.com/{region.account_id}/{name}"
        return {"QueueUrl": url, "FunctionName": name, "DeliveryStreamName": name}

    return region.faults.trouble(service, CALLS[service], parameters)


def _status(service: str, trouble: faults.Trouble) -> tuple[int, str]:
    code = str(trouble.error)
    if code in faults.CONNECTION_FAULTS:
        return 503, code
    return trouble.status or faults.status_of(service, code), code


def _failed(region: Region, service: str, status: int, code: str, message: str) -> Outcome:
    response = {
        "ErrorCode": code,
        "ErrorMessage": message,
        f"{service}RequestId": region.new_id(),
    }
    retryable = status >= 500 or status == TOO_MANY or "Throttl" in code
    return Outcome(status, json.dumps(response), message, retryable)


def _to_web(region: Region, subscription: Subscription, notification: Notification) -> Outcome:
    topic = subscription.topic
    own = subscription.attributes.get("DeliveryPolicy")
    headers = envelopes.headers(
        "Notification",
        notification.id,
        topic.arn,
        subscription.arn,
        delivery_policies.content_type(own, topic.attributes.get("DeliveryPolicy")),
        subscription.is_raw,
    )
    payload = payload_of(subscription, notification)
    reply = endpoints.post(region, subscription.endpoint, headers, payload.text)
    if reply.status is None:
        return Outcome(0, reply.text, reply.text, is_retryable=True)
    if 200 <= reply.status < 300:
        return Outcome(reply.status, reply.text)
    retryable = reply.status >= 500 or reply.status == TOO_MANY
    problem = f"The endpoint answered with the status {reply.status}"
    return Outcome(reply.status, reply.text, problem, retryable)


def _to_mail(region: Region, subscription: Subscription, notification: Notification) -> Outcome:
    as_json = subscription.protocol == "email-json"
    region.happened(
        "email",
        to=subscription.endpoint,
        subject=notification.subject or MAIL_TITLE,
        message=envelopes.notification_json(subscription, notification)
        if as_json
        else notification.text_for("email"),
    )
    return Outcome(200, "")


def _to_phone(region: Region, subscription: Subscription, notification: Notification) -> Outcome:
    region.happened("sms", to=subscription.endpoint, message=notification.text_for("sms"))
    return Outcome(200, "")


CHANNELS: dict[str, Callable[[Region, Subscription, Notification], Outcome]] = {
    "sqs": _to_service,
    "lambda": _to_service,
    "firehose": _to_service,
    "http": _to_web,
    "https": _to_web,
    "email": _to_mail,
    "email-json": _to_mail,
    "sms": _to_phone,
}
