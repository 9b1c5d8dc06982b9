"""Topics: made, found, configured, deleted.

Follows the SNS API reference of CreateTopic, SetTopicAttributes and GetTopicAttributes. Encryption
is stored and shown; the publishing accounts of a policy are all this one. Refused: message archives
with their replays, and traces of a topic's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from course.account import tagging
from course.account.paging import paged
from course.account.region import Region
from course.account.topics.store import Topics
from course.account.topics.topic import ACTIONS, DEFAULT_SIZE, Topic
from course.telemetry.errors import NotSupported, RuleError
from course.telemetry.queues import delivery_policies
from course.telemetry.queues.content import LARGEST

PAGE = 100
MOST_TAGS = 50
SMALLEST = 1024
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
FEEDBACK = ("HTTP", "Firehose", "Lambda", "Application", "SQS")
_FEEDBACK = re.compile(
    rf"({'|'.join(FEEDBACK)})"
    r"(SuccessFeedbackRoleArn|SuccessFeedbackSampleRate|FailureFeedbackRoleArn)"
)
SETTABLE = frozenset(
    {
        "DeliveryPolicy",
        "DisplayName",
        "MaximumMessageSize",
        "Policy",
        "KmsMasterKeyId",
        "SignatureVersion",
        "ContentBasedDeduplication",
        "FifoThroughputScope",
        "TracingConfig",
    }
)
ONLY_FIFO = ("ContentBasedDeduplication", "FifoThroughputScope")
CHOICES = {
    "FifoTopic": ("true", "false"),
    "ContentBasedDeduplication": ("true", "false"),
    "FifoThroughputScope": ("Topic", "MessageGroup"),
    "SignatureVersion": ("1", "2"),
    "TracingConfig": ("PassThrough", "Active"),
}
# What a message of more than 256 KiB can be delivered to, and to how many.
LARGE_PROTOCOLS, MOST_LARGE = ("sqs", "lambda", "firehose"), 100


def invalid(reason: str) -> RuleError:
    """SNS's error for a parameter."""
    return RuleError("InvalidParameter", f"Invalid parameter: {reason}")


def create_topic(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Make a topic, or find the one of that name."""
    name, given = parameters["Name"], parameters.get("Attributes", {})
    topics = region.part(Topics)
    fifo = given.get("FifoTopic") == "true"
    _check_name(name, fifo)
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "false"} if fifo else {}
    for key, value in given.items():
        if key != "FifoTopic":
            _check(key, value, fifo)
            attributes[key] = value
    tags = tagging.kept(parameters.get("Tags"))
    topic = topics.by_arn.get(region.arn("sns", name))
    if topic is None:
        topic = topics.make(name, attributes)
        topic.tags = tags
    else:
        _check_same(topic, given, tags)
    return {"TopicArn": topic.arn}


def _check_name(name: str, fifo: bool) -> None:
    stem = name.removesuffix(".fifo") if fifo else name
    if len(name) > 256 or not _NAME.fullmatch(stem) or (fifo and stem == name):
        if fifo:
            problem = "Fifo Topic names must end with .fifo and must be made up of only uppercase "
        else:
            problem = "Topic names must be made up of only uppercase "
        rest = "and lowercase ASCII letters, numbers, underscores, and hyphens, and must be "
        raise invalid(f"{problem}{rest}between 1 and 256 characters long.")


def _check_same(topic: Topic, given: Mapping[str, str], tags: Mapping[str, str]) -> None:
    if any(topic.attributes.get(name) != value for name, value in given.items()):
        raise invalid("Attributes Reason: Topic already exists with different attributes")
    if tags and tags != topic.tags:
        raise invalid("Tags Reason: Topic already exists with different tags")


def _check(name: str, value: str, fifo: bool) -> None:
    """RuleError for an attribute, or a value of it, that a topic cannot have."""
    if name == "ArchivePolicy":
        raise NotSupported("A topic with ArchivePolicy", "Keep the messages in a queue.")
    if name not in SETTABLE and not _FEEDBACK.fullmatch(name):
        raise invalid("AttributeName")
    if name in ONLY_FIFO and not fifo:
        raise invalid(f"{name} Reason: Only FIFO topics have it")
    if name in CHOICES and value not in CHOICES[name]:
        raise invalid(f"{name} Reason: {value} is not one of {', '.join(CHOICES[name])}")
    if name == "TracingConfig" and value == "Active":
        raise NotSupported("A topic with active tracing", "Trace the publisher and the function.")
    if name == "DeliveryPolicy" and value:
        delivery_policies.check_for_topic(value)
    if name == "Policy" and not _is_policy(value):
        raise invalid("Policy Error: null")
    _check_number(name, value)


def _check_number(name: str, value: str) -> None:
    bounds = {"MaximumMessageSize": (SMALLEST, LARGEST)}
    if name.endswith("SampleRate"):
        bounds[name] = (0, 100)
    if name in bounds:
        lowest, highest = bounds[name]
        if not value.isdecimal() or not lowest <= int(value) <= highest:
            raise invalid(f"{name} Reason: must be between {lowest} and {highest}")


def _is_policy(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and isinstance(found.get("Statement"), (list, dict))


def delete_topic(region: Region, parameters: dict[str, Any]) -> None:
    """Delete a topic with its subscriptions; one that is not there does not matter."""
    region.part(Topics).by_arn.pop(parameters["TopicArn"], None)


def list_topics(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """The topics, in pages of 100."""
    arns = [{"TopicArn": arn} for arn in sorted(region.part(Topics).by_arn)]
    return paged("Topics", arns, parameters, "NextToken", PAGE, invalid="InvalidParameter")


def get_topic_attributes(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """What was set, and what is counted."""
    topic = region.part(Topics).topic(parameters["TopicArn"])
    confirmed = sum(each.confirmed for each in topic.subscriptions.values())
    policy = delivery_policies.effective(None, topic.attributes.get("DeliveryPolicy"))
    overrides = {"disableSubscriptionOverrides": False}
    effective = {"http": {"defaultHealthyRetryPolicy": policy, **overrides}}
    return {
        "Attributes": {
            **topic.attributes,
            "TopicArn": topic.arn,
            "Owner": region.account_id,
            "SubscriptionsConfirmed": str(confirmed),
            "SubscriptionsPending": str(len(topic.subscriptions) - confirmed),
            "SubscriptionsDeleted": str(topic.deleted_subscriptions),
            "EffectiveDeliveryPolicy": json.dumps(effective),
        }
    }


def set_topic_attributes(region: Region, parameters: dict[str, Any]) -> None:
    """Change one attribute."""
    topic = region.part(Topics).topic(parameters["TopicArn"])
    name, value = parameters["AttributeName"], parameters.get("AttributeValue", "")
    _check(name, value, topic.is_fifo)
    if name == "MaximumMessageSize" and int(value) > DEFAULT_SIZE:
        _check_large(topic)
    if name == "DeliveryPolicy" and not value:
        topic.attributes.pop(name, None)
    else:
        topic.attributes[name] = value


def _check_large(topic: Topic) -> None:
    found = topic.subscriptions.values()
    if len(found) > MOST_LARGE or any(each.protocol not in LARGE_PROTOCOLS for each in found):
        problem = "MaximumMessageSize Reason: above 262144 a topic has at most 100 subscriptions, "
        raise invalid(f"{problem}each of the protocol sqs, lambda or firehose")


def add_permission(region: Region, parameters: dict[str, Any]) -> None:
    """Let other accounts do something: a statement of the topic's policy, named by its label."""
    topic = region.part(Topics).topic(parameters["TopicArn"])
    policy = json.loads(topic.attributes["Policy"])
    label = parameters["Label"]
    if any(each.get("Sid") == label for each in policy["Statement"]):
        raise invalid("Statement already exists")
    actions = [f"SNS:{name}" for name in parameters["ActionName"]]
    if not set(actions) <= {*ACTIONS, "SNS:*"}:
        raise invalid("Policy statement action out of service scope!")
    principals = [f"arn:aws:iam::{account}:root" for account in parameters["AWSAccountId"]]
    policy["Statement"].append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": _alone(principals)},
            "Action": _alone(actions),
            "Resource": topic.arn,
        }
    )
    topic.attributes["Policy"] = json.dumps(policy)


def remove_permission(region: Region, parameters: dict[str, Any]) -> None:
    """Take a statement out of the topic's policy; one that is not there does not matter."""
    topic = region.part(Topics).topic(parameters["TopicArn"])
    policy = json.loads(topic.attributes["Policy"])
    kept = [each for each in policy["Statement"] if each.get("Sid") != parameters["Label"]]
    topic.attributes["Policy"] = json.dumps({**policy, "Statement": kept})


def _alone(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def tag_resource(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Set tags."""
    tags = _tags(region, parameters)
    given = tagging.kept(parameters["Tags"])
    if len({**tags, **given}) > MOST_TAGS:
        problem = "Could not complete request: tag quota of per resource exceeded"
        raise RuleError("TagLimitExceeded", problem)
    tags.update(given)
    return {}


def untag_resource(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Take tags off; those that are not there do not matter."""
    tags = _tags(region, parameters)
    for name in parameters["TagKeys"]:
        tags.pop(name, None)
    return {}


def list_tags_for_resource(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """A topic's tags."""
    tags = _tags(region, parameters)
    return {"Tags": [{"Key": name, "Value": value} for name, value in tags.items()]}


def _tags(region: Region, parameters: Mapping[str, Any]) -> dict[str, str]:
    topic = region.part(Topics).by_arn.get(parameters["ResourceArn"])
    if topic is None:
        raise RuleError("ResourceNotFound", "Resource does not exist")
    return topic.tags
