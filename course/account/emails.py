"""Email subscriptions of SNS: pending until their owner confirms, and what is then mailed.

Follows the SNS developer guide, "Email notifications", and the API references of Subscribe and
ConfirmSubscription: until the link in the confirmation mail is followed, the subscription's ARN
reads PendingConfirmation and it gets nothing. Mails appear among what `Account.advance` returns:
"email", with to, subject, message, and in a confirmation mail the token that confirm_subscription
takes. Left out: confirmations that expire after two days, links to unsubscribe.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from course.account.region import Region

PROTOCOLS = ("email", "email-json")
PENDING = "PendingConfirmation"
Replace = Callable[[Any, str, Any], None]


def ask(region: Region, subscription: Any) -> None:
    """Mail the token to the owner of an address that was just subscribed, and wait for it."""
    if is_confirmed(subscription):
        return
    subscription.attributes[PENDING] = True
    subscription.attributes["ConfirmationWasAuthenticated"] = False
    region.happened(
        "email",
        to=subscription.endpoint,
        subject="AWS Notification - Subscription Confirmation",
        message=f"You have chosen to subscribe to the topic: {subscription.topic_arn}",
        token=_token(subscription),
    )


def send(region: Region, subscription: Any, message: str, subject: str | None) -> None:
    """Mail a notification, if the address was confirmed."""
    if is_confirmed(subscription):
        to, title = subscription.endpoint, subject or "AWS Notification Message"
        region.happened("email", to=to, subject=title, message=message)


def is_confirmed(subscription: Any) -> bool:
    """Whether a subscription gets anything; only email has to be confirmed here."""
    return subscription.protocol not in PROTOCOLS or subscription.confirmed is True


def _token(subscription: Any) -> str:
    return hashlib.sha256(subscription.arn.encode()).hexdigest()


def _shown(subscription: Any) -> Any:
    """A subscription as lists show it."""
    if is_confirmed(subscription):
        return subscription
    hidden = copy.copy(subscription)
    hidden.arn = PENDING
    return hidden


def mend(replace: Replace) -> None:
    """Let moto's SNS list, count and confirm subscriptions as AWS does."""
    from moto.sns import models, responses

    backend, response = models.SNSBackend, responses.SNSResponse
    for name in ("list_subscriptions", "list_subscriptions_by_topic"):
        replace(backend, name, _listing(getattr(backend, name)))
    replace(response, "subscribe", _subscribing(response.subscribe))
    replace(response, "get_topic_attributes", _counting(response.get_topic_attributes))
    replace(response, "confirm_subscription", _confirm_subscription)


def _listing(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def listed(*arguments: Any, **options: Any) -> Any:
        found, token = original(*arguments, **options)
        return [_shown(each) for each in found], token

    return listed


def _subscribing(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(original)
    def subscribe(request: Any) -> Any:
        answer = original(request)
        made = request.backend.subscriptions[answer._result["SubscriptionArn"]]
        if not is_confirmed(made) and not request._get_param("ReturnSubscriptionArn"):
            answer._result["SubscriptionArn"] = "pending confirmation"
        return answer

    return subscribe


def _counting(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(original)
    def get_topic_attributes(request: Any) -> Any:
        topic = request.backend.get_topic(request._get_param("TopicArn"))
        found = request.backend._get_topic_subscriptions(topic)
        confirmed = sum(map(is_confirmed, found))
        topic.subscriptions_confimed, topic.subscriptions_pending = (
            confirmed,
            len(found) - confirmed,
        )
        return original(request)

    return get_topic_attributes


def _confirm_subscription(request: Any) -> Any:
    from moto.core.responses import ActionResult
    from moto.sns.exceptions import SNSInvalidParameter

    topic = request.backend.get_topic(request._get_param("TopicArn"))
    for subscription in request.backend._get_topic_subscriptions(topic):
        if _token(subscription) == request._get_param("Token"):
            subscription.confirmed = True
            subscription.attributes[PENDING] = False
            return ActionResult({"SubscriptionArn": subscription.arn})
    raise SNSInvalidParameter("Invalid parameter: Token")
