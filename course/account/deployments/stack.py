"""Stacks: their resources and events, and how they are built, rolled back and deleted.

Follows the CloudFormation user guide, "Understand CloudFormation stack creation events", "Monitor
stack progress" and "Choose how to handle failures when provisioning resources". Resources whose
dependencies are there are started together; each takes as long as its kind says. When one fails,
those in progress are cancelled and everything is deleted again, the last first. Deleting goes one
after another here, in AWS side by side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError

from course.account.deployments.kinds import KINDS, client_of
from course.telemetry.errors import RuleError
from course.telemetry.stacks.templates import Scope, Template

if TYPE_CHECKING:
    from course.account.region import Region

STACK = "AWS::CloudFormation::Stack"
CANCELLED = "Resource creation cancelled"
# Milliseconds before a call is made, and between the steps of a rollback; our choice.
PAUSE = 1_000
_GONE = ("NoSuchEntity", "NotFound", "NonExistent", "NoSuchBucket", "404")


@dataclass
class Resource:
    """One resource of a stack. made: whether it exists, whatever its status."""

    logical: str
    kind: str
    definition: dict[str, Any]
    needs: set[str]
    physical: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    reason: str | None = None
    changed: int = 0
    made: bool = False
    drift: dict[str, Any] | None = None


@dataclass
class Stack:
    """One stack. rollback: what happens when creating fails: ROLLBACK, DELETE or DO_NOTHING."""

    name: str
    id: str
    body: str
    template: Template
    parameters: dict[str, Any]
    resources: dict[str, Resource]
    scope: Scope
    created: int
    rollback: str
    tags: list[dict[str, str]]
    capabilities: list[str]
    status: str = ""
    reason: str | None = None
    deleted: int | None = None
    outputs: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    drift: dict[str, Any] | None = None


class Stacks:
    """The stacks of a Region, by id, the deleted ones too."""

    def __init__(self, region: Region) -> None:
        self.by_id: dict[str, Stack] = {}
        self.detections: dict[str, dict[str, Any]] = {}

    def find(self, name: str) -> Stack | None:
        """A stack by its id, or one that has not been deleted by its name."""
        if name in self.by_id:
            return self.by_id[name]
        alive = (each for each in self.by_id.values() if each.status != "DELETE_COMPLETE")
        return next((each for each in alive if each.name == name), None)


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def note(
    region: Region, stack: Stack, resource: Resource | None, status: str, reason: str | None = None
) -> None:
    """Set a status, of a resource or of the stack itself, and write the event."""
    target = resource or stack
    target.status, target.reason = status, reason
    event = {
        "StackId": stack.id,
        "EventId": f"{resource.logical}-{status}-{region.new_id()}"
        if resource
        else region.new_id(),
        "StackName": stack.name,
        "LogicalResourceId": resource.logical if resource else stack.name,
        "PhysicalResourceId": resource.physical if resource else stack.id,
        "ResourceType": resource.kind if resource else STACK,
        "Timestamp": moment(region.now),
        "ResourceStatus": status,
    }
    if resource is not None:
        resource.changed = region.now
        event["ResourceProperties"] = json.dumps(resource.properties)
    if reason is not None:
        event["ResourceStatusReason"] = reason
    stack.events.append(event)


def start(region: Region, stack: Stack) -> None:
    """Begin to create a stack."""
    note(region, stack, None, "CREATE_IN_PROGRESS", "User Initiated")
    _soon(region, partial(_begin, region, stack))


def _soon(region: Region, action: Callable[[], None], after: int = PAUSE) -> None:
    region.agenda.at(region.now + after, action)


def _begin(region: Region, stack: Stack) -> None:
    """Start every resource whose dependencies are there."""
    done = {each.logical for each in stack.resources.values() if each.status == "CREATE_COMPLETE"}
    for resource in stack.resources.values():
        if not resource.status and resource.needs <= done:
            note(region, stack, resource, "CREATE_IN_PROGRESS")
            _soon(region, partial(_make, region, stack, resource))


def _make(region: Region, stack: Stack, resource: Resource) -> None:
    """Call the resource's service."""
    if stack.status != "CREATE_IN_PROGRESS":
        return
    kind = KINDS[resource.kind]
    try:
        resource.properties = stack.scope.resolved(resource.definition.get("Properties", {}))
        _check_names(resource)
        name = resource.properties.get(kind.named) or own_name(region, stack, resource)
        client = client_of(region, resource.kind)
        resource.physical, resource.attributes = kind.create(client, name, resource.properties)
    except (ClientError, ParamValidationError, RuleError, KeyError) as error:
        _fail(region, stack, resource, why(region, resource, error))
        return
    resource.made = True
    stack.scope.values[resource.logical] = resource.physical
    note(region, stack, resource, "CREATE_IN_PROGRESS", "Resource creation Initiated")
    _soon(region, partial(_complete, region, stack, resource), kind.seconds * 1000)


def _check_names(resource: Resource) -> None:
    for name in resource.properties:
        if name not in KINDS[resource.kind].properties:
            raise RuleError("ValidationError", f"#: extraneous key [{name}] is not permitted")


def own_name(region: Region, stack: Stack, resource: Resource) -> str:
    """The name of a resource that the template does not name: stack, logical id, letters."""
    digits = region.new_id().replace("-", "")
    letters = "".join(chr(ord("A") + int(each, 16)) for each in digits[-12:])
    name = f"{stack.name}-{resource.logical}-{letters}"
    if resource.properties.get("FifoQueue"):
        return f"{name}.fifo"
    return name.lower() if resource.kind == "AWS::S3::Bucket" else name


def why(region: Region, resource: Resource, error: Exception) -> str:
    """ResourceStatusReason: the service's own message, as CloudFormation wraps it."""
    if not isinstance(error, ClientError):
        text = (
            f"required key [{error.args[0]}] not found" if type(error) is KeyError else str(error)
        )
        return f"Properties validation failed for resource {resource.logical} with message: {text}"
    said, code = error.response["Error"]["Message"], error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    service = KINDS[resource.kind].service.title()
    return (
        f'Resource handler returned message: "{said} (Service: {service}, Status Code: {status}, '
        f'Request ID: {region.new_id()})" (RequestToken: {region.new_id()}, '
        f"HandlerErrorCode: {_handler_code(code)})"
    )


def _handler_code(code: str) -> str:
    """One of the codes of "Handler error codes" in the CloudFormation CLI user guide."""
    kinds = {
        "AlreadyExists": r"AlreadyExists|AlreadyOwned|InUse|ResourceConflict|QueueNameExists",
        "AccessDenied": r"AccessDenied|Unauthorized|AuthorizationError",
        "Throttling": r"Throttl|TooManyRequests",
        "NotFound": r"NotFound|NoSuch|NonExistent",
        "ServiceLimitExceeded": r"LimitExceeded",
    }
    found = (name for name, pattern in kinds.items() if re.search(pattern, code))
    return next(found, "InvalidRequest")


def _complete(region: Region, stack: Stack, resource: Resource) -> None:
    if stack.status != "CREATE_IN_PROGRESS":
        return
    note(region, stack, resource, "CREATE_COMPLETE")
    if all(each.status == "CREATE_COMPLETE" for each in stack.resources.values()):
        stack.outputs = _outputs(stack)
        note(region, stack, None, "CREATE_COMPLETE")
    else:
        _begin(region, stack)


def _outputs(stack: Stack) -> list[dict[str, Any]]:
    return [
        {"OutputKey": name, "OutputValue": str(stack.scope.resolved(each["Value"]))}
        | ({"Description": each["Description"]} if "Description" in each else {})
        for name, each in stack.template.get("Outputs", {}).items()
    ]


def _fail(region: Region, stack: Stack, failed: Resource, reason: str) -> None:
    """One resource could not be made: cancel the others, and roll back."""
    note(region, stack, failed, "CREATE_FAILED", reason)
    names = [failed.logical]
    for each in stack.resources.values():
        if each.status == "CREATE_IN_PROGRESS":
            note(region, stack, each, "CREATE_FAILED", CANCELLED)
            names.append(each.logical)
    said = f"The following resource(s) failed to create: [{', '.join(names)}]. "
    if stack.rollback == "DO_NOTHING":
        note(region, stack, None, "CREATE_FAILED", said)
        return
    doing = "DELETE" if stack.rollback == "DELETE" else "ROLLBACK"
    note(region, stack, None, f"{doing}_IN_PROGRESS", f"{said}{doing.title()} requested by user.")
    _soon(region, partial(_take_down, region, stack, doing))


def delete(region: Region, stack: Stack) -> None:
    """Begin to delete a stack."""
    note(region, stack, None, "DELETE_IN_PROGRESS", "User Initiated")
    _soon(region, partial(_take_down, region, stack, "DELETE"))


def _take_down(region: Region, stack: Stack, doing: str) -> None:
    """Delete the resource that was made last, then those before it; then the stack is done."""
    left = [each for each in stack.resources.values() if each.made and not _was_tried(each)]
    if not left:
        _end(region, stack, doing)
        return
    resource = max(left, key=lambda each: (_depth(stack, each), each.changed))
    if doing == "DELETE" and resource.definition.get("DeletionPolicy") == "Retain":
        note(region, stack, resource, "DELETE_SKIPPED")
    else:
        note(region, stack, resource, "DELETE_IN_PROGRESS")
        _remove(region, stack, resource)
    _soon(region, partial(_take_down, region, stack, doing))


def _was_tried(resource: Resource) -> bool:
    return resource.status in ("DELETE_FAILED", "DELETE_SKIPPED")


def _depth(stack: Stack, resource: Resource) -> int:
    """How many must stand before it: it goes before them."""
    return 1 + max((_depth(stack, stack.resources[each]) for each in resource.needs), default=0)


def _remove(region: Region, stack: Stack, resource: Resource) -> None:
    try:
        KINDS[resource.kind].delete(client_of(region, resource.kind), resource.physical)
    except ClientError as error:
        if not is_gone(error):
            note(region, stack, resource, "DELETE_FAILED", why(region, resource, error))
            return
    resource.made = False
    note(region, stack, resource, "DELETE_COMPLETE")


def is_gone(error: ClientError) -> bool:
    """Whether a service says that it has no such thing."""
    return any(each in error.response["Error"]["Code"] for each in _GONE)


def _end(region: Region, stack: Stack, doing: str) -> None:
    failed = [each.logical for each in stack.resources.values() if each.status == "DELETE_FAILED"]
    if failed:
        reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
        note(region, stack, None, f"{doing}_FAILED", reason)
        return
    if doing == "DELETE":
        stack.deleted = region.now
    note(region, stack, None, f"{doing}_COMPLETE")
