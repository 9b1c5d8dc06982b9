"""Judging the calls made inside `Account.acting_as`.

A call is judged before anything else happens to it, by the policies that its caller and its
resource have at that moment; what is refused gets AWS's answer and leaves no trace but its record.
Outside of `acting_as` nothing is judged, unless `Account.enforce` names the role that a function or
a state machine works under: the account's own user may do everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from course.account import faults, identity
from course.account.permissions import attached
from course.telemetry.permissions import Policies, Policy, Request, decide, denial, error_code
from course.telemetry.permissions.actions import Place, needed
from course.telemetry.permissions.documents import Document

if TYPE_CHECKING:
    from course.account.calls import Call
    from course.account.region import Region

Answer = tuple[int, dict[str, str], Any]
Given = Policy | Document
_SESSION = re.compile(r"arn:aws:sts::\d+:assumed-role/([^/]+)/.+")


@dataclass(frozen=True)
class Limits:
    """Who is judged, and by what beside the policies that the account holds."""

    who: attached.Entity
    principal: str
    session: Sequence[Given] | None = None
    scps: Sequence[Sequence[Given]] = ()
    rcps: Sequence[Given] = ()
    endpoint: Given | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def acting_as(
    region: Region,
    who: str,
    *,
    session: str,
    session_policy: Given | None,
    scps: Sequence[Sequence[Given]],
    rcps: Sequence[Given],
    endpoint_policy: Given | None,
    context: Mapping[str, Any] | None,
) -> Iterator[str]:
    """See `Account.acting_as`; gives the ARN in whose name the calls are made."""
    entity = attached.entity(region, who)
    arn = entity.arn
    if entity.kind == "role":
        arn = f"arn:aws:sts::{region.account_id}:assumed-role/{entity.name}/{session}"
    elif session_policy is not None:
        raise ValueError("a user has no session, and so no session policy.")
    own = None if session_policy is None else [session_policy]
    limits = Limits(entity, arn, own, scps, rcps, endpoint_policy, context or {})
    with identity.acting_as(arn, limits=limits):
        yield arn


def enforce(region: Region, role: str) -> attached.Entity:
    """The role of a name or ARN, whose calls are to be judged; see `Account.enforce`."""
    found = attached.entity(region, role)
    if found.kind != "role":
        raise ValueError("only a role can be in force for others: act as a user instead.")
    return found


def _limits(call: Call, judged: Mapping[str, attached.Entity]) -> Limits | None:
    """By what a call is judged: what its block says, or the role that its caller works under."""
    actor = call.actor
    if actor is None:
        return None
    if isinstance(actor.limits, Limits):
        return actor.limits
    found = _SESSION.fullmatch(actor.arn or "")
    who = judged.get(found.group(1)) if found else None
    return None if who is None else Limits(who, str(actor.arn))


def refusal(
    regions: Mapping[str, Region],
    home: Region,
    call: Call,
    judged: Mapping[str, attached.Entity],
) -> Answer | None:
    """AWS's answer to a call that its caller may not make; None for one that it may."""
    limits = _limits(call, judged)
    if limits is None:
        return None
    # An address does not always tell the Region, the signature does.
    region = regions[identity.credential(call)[1] or home.name]
    place = Place(region.name, region.account_id)
    for action, resource in needed(call.service, call.operation, call.parameters(), place):
        request = Request(limits.principal, action, resource, limits.context)
        found = decide(request, _policies(region, home, limits, request))
        if not found.allowed:
            return _answer(call, action.partition(":")[0], denial(request, found))
    return None


def _policies(region: Region, home: Region, limits: Limits, request: Request) -> Policies:
    trust = request.action == "sts:AssumeRole"
    own = attached.trust_policy if trust else attached.resource_policy
    return Policies(
        identity=attached.identity_policies(home, limits.who),
        resource=own(home if trust else region, request.resource),
        boundary=attached.boundary(home, limits.who),
        session=limits.session,
        scps=limits.scps,
        rcps=limits.rcps,
        endpoint=limits.endpoint,
    )


def _answer(call: Call, service: str, message: str) -> Answer:
    code = error_code(service)
    _, headers, body = call.endpoint.failure(code, message)
    status = faults.status_of(call.service, code, _status(call))
    # An answer to HEAD has no body: its status is all that the caller learns.
    return status, headers, "" if call.sent.method == "HEAD" else body


def _status(call: Call) -> int:
    """Services with JSON bodies and one address answer 400, the others 403."""
    json_protocol = call.headers_sent.get("Content-Type").startswith("application/x-amz-json")
    return 400 if json_protocol and call.service != "sqs" else 403
