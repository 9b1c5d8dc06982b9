"""Queues: made, found, changed, emptied, deleted, and who may use them.

Follows the SQS API reference. Attributes change at once here (on AWS within 60 seconds), and
PurgeQueue empties at once. A queue's policy decides about deliveries of services (SNS,
EventBridge); calls of the account's own users are not checked against it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from course.account.paging import page, page_token
from course.account.queues.holding import Fifo
from course.account.queues.message import DELAYED, IN_FLIGHT, VISIBLE
from course.account.queues.queue import SECOND, Queue
from course.account.queues.store import REST, Queues
from course.account.region import Region
from course.telemetry.errors import RuleError
from course.telemetry.queues import redrive
from course.telemetry.queues.codes import between, invalid
from course.telemetry.queues.settings import Settings, changed, check_name, initial, known

PURGE_REST = 60 * SECOND
MOST_RESULTS = 1000
MOST_ACTIONS = 7
# What AddPermission may let others do.
SHAREABLE = (
    "*",
    "SendMessage",
    "ReceiveMessage",
    "DeleteMessage",
    "ChangeMessageVisibility",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
)


def create_queue(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Make a queue, or find the one that is just like it."""
    queues, name = region.part(Queues), parameters["QueueName"]
    given = parameters.get("Attributes", {})
    check_name(name, given.get("FifoQueue") == "true")
    if name in queues.by_name:
        return {"QueueUrl": _same(queues.by_name[name], given).url}
    if region.now < queues.deleted.get(name, -REST) + REST:
        problem = "You must wait 60 seconds after deleting a queue before you can create another"
        raise RuleError("QueueDeletedRecently", f"{problem} with the same name.")
    settings = initial(given)
    _check_redrive(queues, region.arn("sqs", name), settings, given)
    return {"QueueUrl": queues.make(name, given, parameters.get("tags", {})).url}


def _same(queue: Queue, given: Mapping[str, str]) -> Queue:
    for name, value in given.items():
        if queue.settings.get(name) != value:
            problem = "A queue already exists with the same name and a different value for "
            raise RuleError("QueueNameExists", f"{problem}attribute {name}")
    return queue


def _check_redrive(
    queues: Queues, source: str, settings: Settings, given: Mapping[str, str]
) -> None:
    """RuleError for a dead-letter queue that cannot be this queue's."""
    if given.get("RedriveAllowPolicy"):
        redrive.check_allowance(given["RedriveAllowPolicy"])
    text = given.get("RedrivePolicy")
    if not text:
        return
    target = queues.of_arn(redrive.redrive(text).target)
    if target is None:
        raise invalid(text, "RedrivePolicy", "Dead letter target does not exist.")
    if target.is_fifo != ("FifoQueue" in settings):
        problem = "Dead-letter queue must be same type of queue as the source."
        raise invalid(text, "RedrivePolicy", problem)
    if not redrive.allows(target.settings, source):
        problem = f"Queue {source} does not have permission to use {target.arn} as a dead letter "
        raise invalid(text, "RedrivePolicy", f"{problem}queue.")


def get_queue_url(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Find a queue by its name."""
    queues = region.part(Queues)
    owner = parameters.get("QueueOwnerAWSAccountId", region.account_id)
    url = f"https://sqs.{region.name}.amazonaws.com/{owner}/{parameters['QueueName']}"
    return {"QueueUrl": queues.at(url).url}


def list_queues(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """The queues whose name begins with a prefix, in pages if MaxResults says so."""
    prefix = parameters.get("QueueNamePrefix", "")
    queues = region.part(Queues).by_name
    urls = [queues[name].url for name in sorted(queues) if name.startswith(prefix)]
    return _paged(urls, parameters, "QueueUrls")


def list_dead_letter_source_queues(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """The queues whose dead-letter queue this one is."""
    queues = region.part(Queues)
    urls = [each.url for each in sources(queues, queues.at(parameters["QueueUrl"]))]
    return {"queueUrls": [], **_paged(urls, parameters, "queueUrls")}


def sources(queues: Queues, dead: Queue) -> list[Queue]:
    """The queues whose dead-letter queue this one is."""
    return [
        queue
        for _, queue in sorted(queues.by_name.items())
        if queue.redrive is not None and queue.redrive.target == dead.arn
    ]


def _paged(urls: list[str], parameters: Mapping[str, Any], member: str) -> dict[str, Any]:
    most = between(parameters.get("MaxResults", MOST_RESULTS), 1, MOST_RESULTS, "MaxResults")
    shown, token = page(urls, parameters.get("NextToken"), most, invalid="InvalidParameterValue")
    following = page_token("NextToken", token) if "MaxResults" in parameters else {}
    return {member: shown, **following} if shown else {}


def delete_queue(region: Region, parameters: dict[str, Any]) -> None:
    """Delete a queue with its messages."""
    queues = region.part(Queues)
    queues.remove(queues.at(parameters["QueueUrl"]))


def purge_queue(region: Region, parameters: dict[str, Any]) -> None:
    """Drop every message; once a minute at most."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    if queue.purged is not None and region.now < queue.purged + PURGE_REST:
        problem = f"Only one PurgeQueue operation on {queue.name} is allowed every 60 seconds."
        raise RuleError("PurgeQueueInProgress", problem)
    queue.purged = region.now
    queue.holding.clear()


def get_queue_attributes(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """The attributes that are asked for, of those that the queue has."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    asked = parameters.get("AttributeNames", ())
    for name in asked:
        if not known(name):
            raise RuleError("InvalidAttributeName", f"Unknown Attribute {name}.")
    found = _attributes(queue)
    if "All" not in asked:
        found = {name: value for name, value in found.items() if name in asked}
    return {"Attributes": found} if found else {}


def _attributes(queue: Queue) -> dict[str, str]:
    queue.settle()
    counts = queue.holding.counts
    return {
        **queue.settings,
        "QueueArn": queue.arn,
        "ApproximateNumberOfMessages": str(counts[VISIBLE]),
        "ApproximateNumberOfMessagesNotVisible": str(counts[IN_FLIGHT]),
        "ApproximateNumberOfMessagesDelayed": str(counts[DELAYED]),
        "CreatedTimestamp": str(queue.created // SECOND),
        "LastModifiedTimestamp": str(queue.modified // SECOND),
    }


def set_queue_attributes(region: Region, parameters: dict[str, Any]) -> None:
    """Change attributes. A FIFO queue's delay also holds for messages that already wait."""
    queues = region.part(Queues)
    queue = queues.at(parameters["QueueUrl"])
    given = parameters["Attributes"]
    settings = changed(queue.settings, given)
    _check_redrive(queues, queue.arn, settings, given)
    queue.settle()
    queue.settings, queue.modified = settings, region.now
    if isinstance(queue.holding, Fifo) and "DelaySeconds" in given:
        for message in list(queue.holding.messages.values()):
            if message.state == DELAYED:
                queue.holding.delay(message, message.arrived + queue.milliseconds("DelaySeconds"))


def tag_queue(region: Region, parameters: dict[str, Any]) -> None:
    """Set tags."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    queue.tags.update(parameters["Tags"])


def untag_queue(region: Region, parameters: dict[str, Any]) -> None:
    """Take tags off; those that are not there do not matter."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    for name in parameters["TagKeys"]:
        queue.tags.pop(name, None)


def list_queue_tags(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """A queue's tags."""
    tags = region.part(Queues).at(parameters["QueueUrl"]).tags
    return {"Tags": dict(tags)} if tags else {}


def add_permission(region: Region, parameters: dict[str, Any]) -> None:
    """Let other accounts do something: a statement of the queue's policy, named by its label."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    label, actions = parameters["Label"], parameters["Actions"]
    statements = _statements(queue)
    if any(each.get("Sid") == label for each in statements):
        raise invalid(label, "Label", "Already exists.")
    for action in actions:
        if action not in SHAREABLE:
            problem = "Only the queue owner is allowed to invoke this action."
            raise invalid(f"SQS:{action}", "ActionName", problem)
    if len(actions) > MOST_ACTIONS:
        problem = f"{len(actions)} Actions were found, maximum allowed is {MOST_ACTIONS}."
        raise RuleError("OverLimit", problem)
    principals = [f"arn:aws:iam::{account}:root" for account in parameters["AWSAccountIds"]]
    statement = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": _alone(principals)},
        "Action": _alone([f"SQS:{action}" for action in actions]),
        "Resource": queue.arn,
    }
    _set_policy(queue, [*statements, statement])


def remove_permission(region: Region, parameters: dict[str, Any]) -> None:
    """Take a statement out of the queue's policy."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    label, statements = parameters["Label"], _statements(queue)
    kept = [each for each in statements if each.get("Sid") != label]
    if len(kept) == len(statements):
        problem = "can't find label on existing policy."
        raise invalid(label, "Label", problem)
    _set_policy(queue, kept)


def _statements(queue: Queue) -> list[dict[str, Any]]:
    found = json.loads(queue.settings.get("Policy", '{"Statement": []}'))["Statement"]
    return found if isinstance(found, list) else [found]


def _set_policy(queue: Queue, statements: list[dict[str, Any]]) -> None:
    queue.settings.pop("Policy", None)
    if statements:
        policy = {"Version": "2008-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy"}
        queue.settings["Policy"] = json.dumps({**policy, "Statement": statements})
    queue.modified = queue.region.now


def _alone(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
