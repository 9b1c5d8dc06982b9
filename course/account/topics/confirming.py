"""Asking the owner of an address or a web endpoint whether they want what a topic publishes.

Follows the SNS Developer Guide, "Email notifications" and "HTTP/HTTPS subscription confirmation
JSON format". Mails appear among what `Account.advance` returns: "email", with to, subject, message,
and the token that confirm_subscription takes; a web endpoint is sent the token.
"""

from __future__ import annotations

import json

from course.account.region import Region
from course.account.topics import endpoints, envelopes
from course.account.topics.topic import Subscription
from course.telemetry.errors import NotSupported, RuleError

TITLE = "AWS Notification - Subscription Confirmation"


def ask(subscription: Subscription) -> None:
    """Send the token, once."""
    region, topic = subscription.topic.region, subscription.topic.arn
    message = f"You have chosen to subscribe to the topic: {topic}"
    if subscription.protocol.startswith("email"):
        region.happened(
            "email",
            to=subscription.endpoint,
            subject=TITLE,
            message=message,
            token=subscription.token,
        )
        return
    body = envelopes.confirmation(subscription, region.new_id())
    headers = envelopes.headers(
        "SubscriptionConfirmation", body["MessageId"], topic, subscription.arn
    )
    endpoints.post(region, subscription.endpoint, headers, json.dumps(body, indent=2))


def check_web(region: Region, protocol: str, url: str) -> None:
    """Refuse what is no URL of that protocol, or one behind which there is nothing here."""
    if not url.startswith(f"{protocol}://"):
        problem = "Invalid parameter: Endpoint must match the specified protocol"
        raise RuleError("InvalidParameter", problem)
    if not endpoints.is_known(region, url):
        instead = "Let a function answer for it with account.endpoint(url, function), or "
        raise NotSupported(f"The endpoint {url}", f"{instead}subscribe the URL of an API here.")
