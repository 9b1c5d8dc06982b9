"""Handing a JSON text to whatever stands behind an ARN.

Every service that calls another one for somebody ends here: EventBridge rules and schedules, alarm
actions, SNS subscriptions, Lambda destinations. The permission is checked as AWS does: with a role
the role acts (its policies are not evaluated here); without one, the resource's own policy must let
the calling service in (EventBridge User Guide, "Using resource-based policies"). Of log groups the
account has the one policy that EventBridge's console makes, which covers /aws/events/ and nothing
else ("CloudWatch Logs permissions").
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from course.account.clock import iso
from course.account.errors import AwsError, NotSimulated
from course.account.logs import ingestion
from course.account.logs.store import Group, Stream
from course.account.region import Region
from course.telemetry.errors import RuleError
from course.telemetry.events import policies
from course.telemetry.trail.records import principal_id

NO_PERMISSIONS, NO_RESOURCE = "NO_PERMISSIONS", "NO_RESOURCE"
INVALID_JSON, INVALID_PARAMETER = "INVALID_JSON", "INVALID_PARAMETER"
THROTTLING, SDK_CLIENT_ERROR = "THROTTLING", "SDK_CLIENT_ERROR"
# What no later attempt would change (EventBridge User Guide, "Using dead-letter queues").
FINAL = (NO_PERMISSIONS, NO_RESOURCE, INVALID_JSON, INVALID_PARAMETER)
LOG_GROUPS = ("/aws/events/", "/aws/vendedlogs/")
_GONE = ("NotFound", "NonExistent", "DoesNotExist", "NoSuch")
_REFUSED = ("AccessDenied", "AuthorizationError", "NotAuthorized")


class DeliveryFailed(Exception):
    """The target did not take it. code: as EventBridge names it in a dead-letter queue."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def is_final(self) -> bool:
        """Whether trying again is of no use."""
        return self.code in FINAL


@dataclass(frozen=True)
class Parcel:
    """One delivery. source: the calling service's principal ("events.amazonaws.com") or its name.

    source_arn: the rule, topic, alarm... on whose behalf; without it no resource policy is asked.
    role: the role that acts; then none is asked either. group_id: of SQS; partition_key: of
    Kinesis; attributes: of an SQS or SNS message, as boto3 takes them; deduplication_id: of SQS;
    subject: of SNS; detail_type: of an event on a bus; trace: an X-Ray header.
    """

    arn: str
    payload: str
    source: str
    source_arn: str | None = None
    role: str | None = None
    group_id: str | None = None
    partition_key: str | None = None
    attributes: dict[str, Any] | None = None
    deduplication_id: str | None = None
    subject: str | None = None
    detail_type: str = ""
    trace: str | None = None

    @property
    def resource(self) -> str:
        return self.arn.split(":", 5)[5]


def deliver(region: Region, arn: str, payload: str, *, source: str, **options: Any) -> None:
    """Hand `payload` over, at once; DeliveryFailed if the target does not take it.

    options: the further fields of Parcel. What no part of this account could be handed anything
    raises NotSimulated.
    """
    deliverer(arn)(region, Parcel(arn, payload, source, **options))


def deliverer(arn: str) -> Callable[[Region, Parcel], None]:
    """The function that hands something to this kind of resource; NotSimulated if there is none."""
    parts = arn.split(":")
    service = parts[2] if len(parts) >= 6 else "?"
    if service not in DELIVERERS:
        instead = f"Deliver to one of: {', '.join(sorted(DELIVERERS))}."
        raise NotSimulated(f"delivering to {arn}", instead, "is not possible in this account.")
    return DELIVERERS[service]


def _check(region: Region, parcel: Parcel, action: str, policy: Callable[[], str | None]) -> None:
    """Ask the resource's policy, where that is what decides."""
    if parcel.role is not None or parcel.source_arn is None:
        return
    context = {"aws:sourcearn": parcel.source_arn, "aws:sourceaccount": region.account_id}
    if not policies.allows(
        policy(), service=parcel.source, action=action, resource=parcel.arn, context=context
    ):
        problem = f"{parcel.source} is not authorized to perform: {action} on resource: "
        why = "because no resource-based policy allows the action"
        raise DeliveryFailed(NO_PERMISSIONS, f"{problem}{parcel.arn} {why}")


def _asked(call: Callable[..., Any], **parameters: Any) -> Any:
    """Call an internal client; its error becomes DeliveryFailed."""
    try:
        return call(**parameters)
    except ClientError as error:
        found = error.response["Error"]
        raise DeliveryFailed(_code(found["Code"]), found["Message"]) from None


def _code(code: str) -> str:
    if any(word in code for word in _GONE):
        return NO_RESOURCE
    if any(word in code for word in _REFUSED):
        return NO_PERMISSIONS
    return THROTTLING if "Throttl" in code or "Exceeded" in code else SDK_CLIENT_ERROR


def _to_queue(region: Region, parcel: Parcel) -> None:
    from course.account.queues import sending
    from course.account.queues.store import Queues

    queue = region.part(Queues).of_arn(parcel.arn)
    if queue is None:
        raise DeliveryFailed(NO_RESOURCE, "The specified queue does not exist.")
    _check(region, parcel, "sqs:SendMessage", lambda: queue.settings.get("Policy"))
    message = {
        "MessageBody": parcel.payload,
        "MessageAttributes": parcel.attributes,
        "MessageGroupId": parcel.group_id,
        "MessageDeduplicationId": parcel.deduplication_id,
    }
    try:
        sending.put(queue, message, principal_id("AIDA", parcel.source))
    except RuleError as error:
        raise DeliveryFailed(_code(error.code), error.message) from None


def _to_topic(region: Region, parcel: Parcel) -> None:
    sns = region.clients("sns")

    def policy() -> str | None:
        found = _asked(sns.get_topic_attributes, TopicArn=parcel.arn)
        return str(found["Attributes"]["Policy"])

    _check(region, parcel, "sns:Publish", policy)
    more: dict[str, Any] = {"MessageAttributes": parcel.attributes} if parcel.attributes else {}
    if parcel.subject is not None:
        more["Subject"] = parcel.subject
    _asked(sns.publish, TopicArn=parcel.arn, Message=parcel.payload, **more)


def _to_stream(region: Region, parcel: Parcel) -> None:
    _asked(
        region.clients("kinesis").put_record,
        StreamName=parcel.resource.partition("/")[2],
        Data=parcel.payload.encode(),
        PartitionKey=parcel.partition_key or region.new_id(),
    )


def _to_firehose(region: Region, parcel: Parcel) -> None:
    _asked(
        region.clients("firehose").put_record,
        DeliveryStreamName=parcel.resource.partition("/")[2],
        Record={"Data": parcel.payload.encode()},
    )


def _to_log_group(region: Region, parcel: Parcel) -> None:
    """One event per delivery, in a stream of its own."""
    name = parcel.resource.removeprefix("log-group:").removesuffix(":*")
    group: Group | None = region.logs.groups.get(name)
    if group is None:
        raise DeliveryFailed(NO_RESOURCE, "The specified log group does not exist.")
    if not name.startswith(LOG_GROUPS):
        problem = f"{parcel.source} is not authorized to perform: logs:PutLogEvents on resource: "
        raise DeliveryFailed(NO_PERMISSIONS, f"{problem}{parcel.arn}")
    at, stream = region.now, region.new_id()
    group.streams[stream] = Stream(stream, created=at)
    event = {
        "timestamp": at,
        "message": _message(parcel.payload),
        "logStreamName": stream,
        "logGroupName": name,
        "ingestionTime": at,
        "number": region.logs.number(),
    }
    ingestion.ingest(region, group, [event])


def _message(payload: str) -> str:
    """What is logged: all of it, or of {"timestamp", "message"} the message."""
    try:
        document = json.loads(payload)
    except ValueError:
        return payload
    if isinstance(document, dict) and set(document) == {"timestamp", "message"}:
        message = document["message"]
        return message if isinstance(message, str) else json.dumps(message)
    return payload


def _to_bus(region: Region, parcel: Parcel) -> None:
    """A custom event on another bus: whoever sends nothing but a payload says so in its source."""
    from course.account.events import bus

    name = parcel.resource.removeprefix("event-bus/")
    try:
        detail = json.loads(parcel.payload)
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        raise DeliveryFailed(INVALID_JSON, "Detail is malformed.")
    try:
        bus.emit(
            region, source=parcel.source, detail_type=parcel.detail_type, detail=detail, bus=name
        )
    except AwsError as error:
        raise DeliveryFailed(NO_RESOURCE, error.message) from None


def _to_function(region: Region, parcel: Parcel) -> None:
    from course.account.functions import runtime

    try:
        json.loads(parcel.payload)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise DeliveryFailed(INVALID_JSON, message) from None
    _check(region, parcel, "lambda:InvokeFunction", lambda: _function_policy(region, parcel.arn))
    try:
        runtime.invoke_async(
            region, parcel.arn, parcel.payload, source=parcel.source, trace=parcel.trace
        )
    except AwsError as error:
        raise DeliveryFailed(_code(error.code), error.message) from None


def _function_policy(region: Region, arn: str) -> str | None:
    """The policy of a function, version or alias; None when nobody was ever let in."""
    name, _, qualifier = arn.split(":", 6)[6].partition(":")
    more = {"Qualifier": qualifier} if qualifier else {}
    try:
        found = region.clients("lambda").get_policy(FunctionName=name, **more)
    except ClientError:
        return None
    return str(found["Policy"])


def _to_state_machine(region: Region, parcel: Parcel) -> None:
    _asked(
        region.clients("stepfunctions").start_execution,
        stateMachineArn=parcel.arn,
        input=parcel.payload,
    )


DELIVERERS: dict[str, Callable[[Region, Parcel], None]] = {
    "sqs": _to_queue,
    "sns": _to_topic,
    "kinesis": _to_stream,
    "firehose": _to_firehose,
    "logs": _to_log_group,
    "events": _to_bus,
    "lambda": _to_function,
    "states": _to_state_machine,
}


def stamp(region: Region) -> str:
    """The account's time to the second, as events carry it."""
    return iso(region.now - region.now % 1000)
