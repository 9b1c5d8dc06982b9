"""Receiving, deleting, and keeping messages invisible.

Follows the SQS API reference and the SQS Developer Guide, "Amazon SQS short and long polling",
"Amazon SQS visibility timeout" and "Using dead-letter queues in Amazon SQS". A long poll takes time
of the account's clock until something arrives, and no longer. A message goes to the dead-letter
queue when it would be received once too often; while that queue does not exist, it stays. With an
old receipt handle a standard queue deletes nothing and says nothing; AWS promises no more.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from course.account import waiting
from course.account.arrivals import announce
from course.account.queues.message import IN_FLIGHT, Message
from course.account.queues.queue import LONGEST_VISIBILITY, SECOND, Queue, not_available
from course.account.queues.sending import OTHER_TYPE, admit, each
from course.account.queues.store import Queues
from course.account.region import Region
from course.telemetry.errors import RuleError
from course.telemetry.queues import content
from course.telemetry.queues.codes import between, invalid, missing
from course.telemetry.queues.settings import known

# Alarms act at multiples of this, and no entry of the agenda says so.
TICK = 10_000
ATTEMPT_LASTS = 300_000
MOST = 10
Given = Mapping[str, Any]

SYSTEM: dict[str, Callable[[Message], Any]] = {
    "SenderId": lambda message: message.sender,
    "SentTimestamp": lambda message: message.sent,
    "ApproximateReceiveCount": lambda message: message.receives,
    "ApproximateFirstReceiveTimestamp": lambda message: message.first_received,
    "SequenceNumber": lambda message: message.sequence,
    "MessageDeduplicationId": lambda message: message.deduplication,
    "MessageGroupId": lambda message: message.group,
    "AWSTraceHeader": lambda message: message.trace,
    "DeadLetterQueueSourceArn": lambda message: message.origin,
}


def receive_message(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Receive up to ten messages, and wait for the first if asked to."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    most = between(parameters.get("MaxNumberOfMessages", 1), 1, MOST, "MaxNumberOfMessages")
    timeout = _timeout(queue, parameters.get("VisibilityTimeout"))
    wait = _wait(queue, parameters.get("WaitTimeSeconds"))
    names = _system_names(parameters)
    attempt = parameters.get("ReceiveRequestAttemptId")
    if attempt is not None and not queue.is_fifo:
        raise invalid(attempt, "ReceiveRequestAttemptId", OTHER_TYPE)
    admit(queue, "ReceiveMessage")
    queue.settle()
    if wait == 0 and not queue.is_fifo and queue.room() <= 0:
        problem = "Too many messages in flight: delete messages, or use more queues."
        raise RuleError("OverLimit", problem)
    messages = _again(queue, attempt, timeout) or _polled(queue, most, timeout, wait)
    if attempt is not None:
        queue.attempts[attempt] = [(each, each.receipts, each.visible_at) for each in messages]
    _count(queue, len(messages))
    wanted = parameters.get("MessageAttributeNames", ())
    found = [_encoded(shown(queue, each, names, wanted)) for each in messages]
    return {"Messages": found} if found else {}


def poll(queue: Queue, most: int) -> list[dict[str, Any]]:
    """For a service that polls: messages with everything about them, as boto3 gives them."""
    messages = take(queue, most, queue.milliseconds("VisibilityTimeout"))
    _count(queue, len(messages))
    return [shown(queue, each, list(SYSTEM), ["All"]) for each in messages]


def _timeout(queue: Queue, given: int | None) -> int:
    if given is None:
        return queue.milliseconds("VisibilityTimeout")
    if not 0 <= given <= 43_200:
        raise invalid(given, "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided.")
    return given * SECOND


def _wait(queue: Queue, given: int | None) -> int:
    if given is None:
        return queue.milliseconds("ReceiveMessageWaitTimeSeconds")
    if not 0 <= given <= 20:
        raise invalid(given, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")
    return given * SECOND


def _system_names(parameters: Given) -> list[str]:
    asked = [
        *parameters.get("AttributeNames", ()),
        *parameters.get("MessageSystemAttributeNames", ()),
    ]
    for name in asked:
        if name not in SYSTEM and not known(name):
            raise RuleError("InvalidAttributeName", f"Unknown Attribute {name}.")
    return list(SYSTEM) if "All" in asked else [name for name in asked if name in SYSTEM]


def _count(queue: Queue, messages: int) -> None:
    if messages:
        queue.measuring.count(queue, "NumberOfMessagesReceived", messages)
    else:
        queue.measuring.count(queue, "NumberOfEmptyReceives")


def _polled(queue: Queue, most: int, timeout: int, wait: int) -> list[Message]:
    """Messages as soon as there are any, within the wait."""
    region = queue.region
    deadline = region.now + wait
    messages = take(queue, most, timeout)
    while not messages and region.now < deadline and not queue.deleted:
        before = region.now
        waiting.spend(_next_look(queue, deadline) - before)
        if region.now == before:
            break  # the account itself is asking while the clock runs: nobody can wait
        messages = take(queue, most, timeout)
    return messages


def _next_look(queue: Queue, deadline: int) -> int:
    """The next instant at which something could be there."""
    now = queue.region.now
    due = queue.next_visible()
    looks = [deadline, *([] if due is None else [due])]
    if waiting.current() is None:
        agenda = queue.region.agenda.next_time()
        looks += [now - now % TICK + TICK, *([] if agenda is None else [agenda])]
    return max(min(looks), now + 1)


def take(queue: Queue, most: int, timeout: int) -> list[Message]:
    """Receive what is visible now. timeout: in ms."""
    queue.settle()
    now, policy = queue.region.now, queue.redrive
    queues = queue.region.part(Queues)
    dead = None if policy is None else queues.of_arn(policy.target)

    def accept(message: Message) -> bool:
        if policy is not None and dead is not None and message.receives >= policy.most:
            _bury(queue, dead, message)
            return False
        message.receives += 1
        message.receipts += 1
        message.since = now
        if message.first_received is None:
            message.first_received = now
        queue.holding.hide(message, now + timeout)
        return True

    return queue.holding.take(now, min(most, queue.room()), accept)


def _bury(queue: Queue, dead: Queue, message: Message) -> None:
    """Move a message to the dead-letter queue. Its age goes on there, but not in a FIFO queue."""
    now = queue.region.now
    queue.holding.remove(message)
    message.origin, message.arrived, message.visible_at = queue.arn, now, now
    if queue.is_fifo:
        message.sent = now
    dead.holding.add(message)
    announce(queue.region, dead.arn)


def _again(queue: Queue, attempt: str | None, timeout: int) -> list[Message]:
    """What the same attempt received before, if nothing has happened to it since."""
    queue.settle()
    received = queue.attempts.get(attempt or "", [])
    if not all(_is_untouched(queue, *each) for each in received):
        return []
    for message, _, _ in received:
        queue.holding.hide(message, queue.region.now + timeout)
        message.since = queue.region.now
    return [message for message, _, _ in received]


def _is_untouched(queue: Queue, message: Message, receipt: int, until: int) -> bool:
    """Whether a message is in flight as it was then; for five minutes at most."""
    return (
        message.number in queue.holding.messages
        and message.state == IN_FLIGHT
        and (message.receipts, message.visible_at) == (receipt, until)
        and queue.region.now < message.since + ATTEMPT_LASTS
    )


def shown(
    queue: Queue, message: Message, names: Sequence[str], wanted: Sequence[str]
) -> dict[str, Any]:
    """A message as boto3 gives it."""
    found: dict[str, Any] = {
        "MessageId": message.id,
        "ReceiptHandle": queue.handle(message),
        "MD5OfBody": message.md5,
        "Body": message.body,
    }
    values = {name: SYSTEM[name](message) for name in names}
    system = {name: str(value) for name, value in values.items() if value is not None}
    if system:
        found["Attributes"] = system
    attributes = {
        name: value for name, value in message.attributes.items() if _is_wanted(name, wanted)
    }
    if attributes:
        found["MD5OfMessageAttributes"] = content.digest_of_attributes(attributes)
        found["MessageAttributes"] = attributes
    return found


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    return any(
        each in ("All", name) or (each.endswith(".*") and name.startswith(each[:-2]))
        for each in wanted
    )


def _encoded(message: dict[str, Any]) -> dict[str, Any]:
    """A message as it travels: bytes in base64."""
    for name, attribute in message.get("MessageAttributes", {}).items():
        if "BinaryValue" in attribute:
            binary = base64.b64encode(attribute["BinaryValue"]).decode()
            message["MessageAttributes"][name] = {**attribute, "BinaryValue": binary}
    return message


def delete_message(region: Region, parameters: dict[str, Any]) -> None:
    """Delete a message that was received."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    admit(queue, "DeleteMessage")
    delete(queue, parameters["ReceiptHandle"])


def delete_message_batch(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Delete up to ten messages."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    content.check_entries(parameters["Entries"], "DeleteMessageBatchRequestEntry")
    admit(queue, "DeleteMessage")
    return each(parameters["Entries"], lambda entry: delete(queue, entry["ReceiptHandle"]))


def delete(queue: Queue, handle: str) -> None:
    """Delete by receipt handle; a FIFO queue insists on one that has not expired."""
    queue.settle()
    message, is_last = queue.received(handle)
    if message is not None and queue.is_fifo and not (is_last and message.state == IN_FLIGHT):
        raise invalid(handle, "ReceiptHandle", "The receipt handle has expired.")
    if message is not None and is_last:
        queue.holding.remove(message)
    queue.measuring.count(queue, "NumberOfMessagesDeleted")


def change_message_visibility(region: Region, parameters: dict[str, Any]) -> None:
    """Give a message in flight another visibility timeout, from now."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    admit(queue, "ChangeMessageVisibility")
    _change(queue, parameters)


def change_message_visibility_batch(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """The same for up to ten messages."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    content.check_entries(parameters["Entries"], "ChangeMessageVisibilityBatchRequestEntry")
    admit(queue, "ChangeMessageVisibility")
    return each(parameters["Entries"], lambda entry: _change(queue, entry))


def _change(queue: Queue, given: Given) -> None:
    if "VisibilityTimeout" not in given:
        raise missing("VisibilityTimeout")
    timeout, now = _timeout(queue, given["VisibilityTimeout"]), queue.region.now
    queue.settle()
    message, is_last = queue.received(given["ReceiptHandle"])
    if message is None or not is_last:
        raise not_available(given["ReceiptHandle"])
    if message.state != IN_FLIGHT:
        problem = "The specified message isn't in flight."
        raise RuleError("MessageNotInflight", problem)
    if now + timeout - message.since > LONGEST_VISIBILITY:
        problem = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"
        raise invalid(given["VisibilityTimeout"], "VisibilityTimeout", problem)
    queue.holding.hide(message, now + timeout)
