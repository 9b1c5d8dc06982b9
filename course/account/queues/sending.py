"""SendMessage and SendMessageBatch, and the same for services of the account.

Follows the SQS API reference and the SQS Developer Guide, "Exactly-once processing in Amazon SQS"
and "Amazon SQS delay queues". Left out: what KMS could refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from course.account import gateway, identity
from course.account.arrivals import announce
from course.account.queues.message import Message
from course.account.queues.queue import SECOND, Queue
from course.account.queues.store import Queues
from course.account.region import Region
from course.telemetry.errors import RuleError
from course.telemetry.queues import content, deduplication, quotas
from course.telemetry.queues.codes import invalid, missing
from course.telemetry.queues.settings import is_fast

Given = Mapping[str, Any]
# What is done for one entry of a batch; returns what its result says besides the id.
Act = Callable[[Given], Mapping[str, Any] | None]
OTHER_TYPE = "The request include parameter that is not valid for this queue type."
NO_TOKEN = (
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
    "provided explicitly"
)


def send_message(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Send one message."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    admit(queue, "SendMessage", [parameters.get("MessageGroupId")])
    return put(queue, parameters, _sender(region))


def send_message_batch(region: Region, parameters: dict[str, Any]) -> dict[str, Any]:
    """Send up to ten messages; each of them may be refused by itself."""
    queue = region.part(Queues).at(parameters["QueueUrl"])
    entries = parameters["Entries"]
    content.check_entries(entries, "SendMessageBatchRequestEntry")
    content.check_batch_size(sum(map(_size, entries)))
    admit(queue, "SendMessage", [entry.get("MessageGroupId") for entry in entries])
    sender = _sender(region)
    return each(entries, lambda entry: put(queue, entry, sender))


def each(entries: Iterable[Given], act: Act) -> dict[str, Any]:
    """A batch's answer: what `act` answers to every entry, or why it was refused."""
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry in entries:
        try:
            done.append({"Id": entry["Id"], **(act(entry) or {})})
        except RuleError as error:
            problem = {"SenderFault": True, "Code": error.code, "Message": error.message}
            failed.append({"Id": entry["Id"], **problem})
    return {"Successful": done, "Failed": failed} if failed else {"Successful": done}


def admit(queue: Queue, action: str, groups: Iterable[str | None] = ()) -> None:
    """RuleError for a request beyond a FIFO queue's quota."""
    if queue.is_fifo:
        fast = is_fast(queue.settings)
        if not queue.throughput.admits(action, fast, groups, queue.region.now):
            raise RuleError(quotas.CODE, quotas.MESSAGE)


def put(queue: Queue, given: Given, sender: str) -> dict[str, Any]:
    """Put a message in; given: the parameters of SendMessage. Returns SendMessage's answer."""
    message = _made(queue, given, sender)
    answer = {"MD5OfMessageBody": message.md5, "MessageId": message.id}
    if message.attributes_md5 is not None:
        answer["MD5OfMessageAttributes"] = message.attributes_md5
    if message.trace is not None:
        system = given["MessageSystemAttributes"]
        answer["MD5OfMessageSystemAttributes"] = str(content.digest_of_attributes(system))
    if not queue.is_fifo:
        _store(queue, message)
        return answer
    first = _first(queue, message)
    return {**answer, "MessageId": first[0], "SequenceNumber": first[1]}


def _made(queue: Queue, given: Given, sender: str) -> Message:
    body, attributes = given["MessageBody"], given.get("MessageAttributes") or {}
    content.check_body(body)
    content.check_attributes(attributes)
    size = content.size(body, attributes)
    content.check_size(size, int(queue.settings["MaximumMessageSize"]))
    group, token = given.get("MessageGroupId"), given.get("MessageDeduplicationId")
    content.check_token(group, "MessageGroupId")
    content.check_token(token, "MessageDeduplicationId")
    now = queue.region.now
    return Message(
        id=queue.region.new_id(),
        body=body,
        md5=content.digest(body),
        sent=now,
        arrived=now,
        sender=sender,
        size=size,
        attributes=attributes,
        attributes_md5=content.digest_of_attributes(attributes),
        trace=_trace(given),
        group=group,
        deduplication=_token(queue, body, group, token),
        visible_at=now + _delay(queue, given),
    )


def _trace(given: Given) -> str | None:
    found = given.get("MessageSystemAttributes", {}).get("AWSTraceHeader")
    return None if found is None else str(found.get("StringValue"))


def _token(queue: Queue, body: str, group: str | None, given: str | None) -> str | None:
    """The deduplication id: the one that was given, or made from the body; FIFO queues only."""
    if not queue.is_fifo:
        if given is not None:
            raise invalid(given, "MessageDeduplicationId", OTHER_TYPE)
        return None
    if group is None:
        raise missing("MessageGroupId")
    if given is None and queue.settings["ContentBasedDeduplication"] != "true":
        raise RuleError("InvalidParameterValue", NO_TOKEN)
    return given or deduplication.of_content(body)


def _delay(queue: Queue, given: Given) -> int:
    """Milliseconds; FIFO queues have one delay for all messages."""
    delay = given.get("DelaySeconds")
    if delay is None:
        return queue.milliseconds("DelaySeconds")
    if queue.is_fifo:
        raise invalid(delay, "DelaySeconds", OTHER_TYPE)
    if not 0 <= delay <= 900:
        raise invalid(delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
    return int(delay) * SECOND


def _first(queue: Queue, message: Message) -> deduplication.First:
    """The id and sequence number of a message, or of the one of which it is a copy."""
    by_group = queue.settings["DeduplicationScope"] == "messageGroup"
    scope = str(message.group) if by_group else "", str(message.deduplication)
    known = queue.window.first(scope, queue.region.now)
    if known is not None:
        queue.measuring.count(queue, "NumberOfDeduplicatedSentMessages")
        return known
    message.sequence = queue.next_sequence()
    first = message.id, message.sequence
    queue.window.remember(scope, first, queue.region.now)
    _store(queue, message)
    return first


def _store(queue: Queue, message: Message) -> None:
    queue.holding.add(message)
    queue.measuring.count(queue, "NumberOfMessagesSent")
    queue.measuring.count(queue, "SentMessageSize", message.size)
    announce(queue.region, queue.arn)


def _size(entry: Given) -> int:
    return content.size(entry["MessageBody"], entry.get("MessageAttributes") or {})


def _sender(region: Region) -> str:
    """The principal id of whoever sends: a user, or a role's session."""
    return str(identity.caller(region.account_id, gateway.DUMMY_KEY[0])["principalId"])
