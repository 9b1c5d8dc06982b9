"""Delivery status logs: a log event for every try that a topic wants to know about.

Follows the SNS Developer Guide, "Amazon SNS message delivery status": the groups
sns/{region}/{account}/{topic} and .../Failure, written for a protocol once its role is set; of
successes a share (all where none was given), drawn from the delivery's id. Retries have the id of
the first try, and count in `attempts`. The dwell time, from publishing to the hand-over, has a few
milliseconds of SNS's own, which pass on nobody's clock.
"""

from __future__ import annotations

import hashlib
import json
from random import Random
from typing import TYPE_CHECKING

from course.account.clock import utc
from course.account.logs import ingestion
from course.account.logs.store import Group, Stream
from course.account.region import Region
from course.account.topics.channels import Outcome

if TYPE_CHECKING:
    from course.account.topics.delivery import Delivery

PREFIXES = {
    "sqs": "SQS",
    "lambda": "Lambda",
    "firehose": "Firehose",
    "http": "HTTP",
    "https": "HTTP",
}
# Milliseconds that SNS itself takes: median and spread.
DWELL, SPREAD = 35.0, 0.4


def write(delivery: Delivery, outcome: Outcome) -> None:
    """Log one try, if the topic asks for it."""
    topic = delivery.subscription.topic
    prefix = PREFIXES.get(delivery.subscription.protocol)
    failed = outcome.failure is not None
    kind = "Failure" if failed else "Success"
    if prefix is None or not topic.attributes.get(f"{prefix}{kind}FeedbackRoleArn"):
        return
    rng = Random(delivery.id)
    rate = int(topic.attributes.get(f"{prefix}SuccessFeedbackSampleRate", 100))
    if not failed and rng.random() * 100 >= rate:
        return
    region = delivery.region
    name = f"sns/{region.name}/{region.account_id}/{topic.name}"
    own = round(DWELL * rng.lognormvariate(0, SPREAD))
    _ingest(region, f"{name}/Failure" if failed else name, _entry(delivery, outcome, own))


def _entry(delivery: Delivery, outcome: Outcome, own: int) -> str:
    notification = delivery.notification
    text = notification.text_for(delivery.subscription.protocol)
    published = utc(notification.published)
    return json.dumps(
        {
            "notification": {
                "messageMD5Sum": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
                "messageId": notification.id,
                "topicArn": notification.topic.arn,
                "timestamp": f"{published:%Y-%m-%d %H:%M:%S}.{notification.published % 1000:03d}",
            },
            "delivery": {
                "deliveryId": delivery.id,
                "destination": delivery.subscription.endpoint,
                "providerResponse": outcome.response,
                "dwellTimeMs": delivery.region.now - notification.published + own,
                "attempts": delivery.attempts,
                "statusCode": outcome.status,
            },
            "status": "SUCCESS" if outcome.failure is None else "FAILURE",
        }
    )


def _ingest(region: Region, name: str, message: str) -> None:
    now = region.now
    group = region.logs.groups.setdefault(name, Group(name, created=now))
    stream = next(iter(group.streams), None) or region.new_id()
    group.streams.setdefault(stream, Stream(stream, created=now))
    event = {
        "timestamp": now,
        "message": message,
        "logStreamName": stream,
        "logGroupName": name,
        "ingestionTime": now,
        "number": region.logs.number(),
    }
    ingestion.ingest(region, group, [event])
