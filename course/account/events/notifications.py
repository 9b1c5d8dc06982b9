"""SNS handing a notification to a Lambda function.

The event is the one of the Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS
notifications". The function's policy must let sns.amazonaws.com in for the topic; when it does not,
nobody is told but the subscription's dead-letter queue, if it has one: errors of this kind are not
retried (SNS Developer Guide, "Amazon SNS dead-letter queues"). The signature is a placeholder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from course.account.clock import utc
from course.account.events import targets
from course.account.region import Region

PRINCIPAL = "sns.amazonaws.com"


def deliver(
    region: Region,
    *,
    subscription: str,
    topic: str,
    function: str,
    message: str,
    message_id: str,
    subject: str | None,
    attributes: Mapping[str, Any] | None,
    redrive: str | None,
) -> None:
    """Invoke a subscribed function, asynchronously.

    subscription, topic, function: their ARNs. attributes: {name: {"Type", "Value"}}. redrive: the
    subscription's RedrivePolicy.
    """
    notification = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": topic,
        "Subject": subject,
        "Message": message,
        "Timestamp": f"{utc(region.now):%Y-%m-%dT%H:%M:%S}.{region.now % 1000:03d}Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertUrl": f"https://sns.{region.name}.amazonaws.com/SimpleNotificationService.pem",
        "UnsubscribeUrl": f"https://sns.{region.name}.amazonaws.com/?Action=Unsubscribe"
        f"&SubscriptionArn={subscription}",
        "MessageAttributes": dict(attributes or {}),
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": notification,
    }
    payload = json.dumps({"Records": [record]})
    try:
        targets.deliver(region, function, payload, source=PRINCIPAL, source_arn=topic)
    except targets.DeliveryFailed as failure:
        region.happened("notification", topic=topic, target=function, error=failure.message)
        _bury(region, topic, redrive, json.dumps(notification), failure)


def _bury(
    region: Region,
    topic: str,
    redrive: str | None,
    notification: str,
    failure: targets.DeliveryFailed,
) -> None:
    if redrive is None:
        return
    queue = json.loads(redrive)["deadLetterTargetArn"]
    labels = {"ERROR_CODE": failure.code, "ERROR_MESSAGE": failure.message}
    attributes = {
        name: {"DataType": "String", "StringValue": text} for name, text in labels.items()
    }
    try:
        targets.deliver(
            region, queue, notification, source=PRINCIPAL, source_arn=topic, attributes=attributes
        )
    except targets.DeliveryFailed as problem:
        region.happened("notification", topic=topic, target=queue, error=problem.message)
