"""Requests that IAM refuses, drawn from a seed: AWS's text, and the policies behind it.

For every policy type that can refuse, by a Deny or by the lack of an Allow, policies are made of
which this one alone refuses; the text is what `course.telemetry.permissions` writes for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from course.incidents import names
from course.incidents.seeds import stream
from course.telemetry.permissions import Policies, Policy, Request, decide, denial, error_code

ACCOUNT, REGION = "123456789012", "eu-west-1"
Document = dict[str, Any]
# policy type -> whether a lack of an Allow refuses too, beside a Deny
KINDS = {
    "identity": True,
    "resource": False,
    "boundary": True,
    "session": True,
    "scp": True,
    "rcp": False,
    "endpoint": True,
}
CASES = [(kind, explicit) for kind, implicit in KINDS.items() for explicit in {True, not implicit}]


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for. sibling: an action of the same service that they may do."""

    action: str
    resource: str
    sibling: str
    principal: str


def samples(seed: int | str, count: int = 12) -> list[dict[str, Any]]:
    """Denials, in an order of the seed's own; the first twelve differ in policy type or manner.

    Each is a dict: "text" and "code" (AWS's answer), "service", "action", "kind" (the policy type
    that refuses, as in `telemetry.permissions.PHRASES`), "explicit" (whether by a Deny), "request"
    and "policies" (plain keyword arguments for `Request` and `Policies`).
    """
    rng = stream(seed, "denials")
    cases = sorted(CASES)
    rng.shuffle(cases)
    return [_sample(*cases[n % len(cases)], rng, seed) for n in range(count)]


def _sample(kind: str, explicit: bool, rng: Random, seed: int | str) -> dict[str, Any]:
    wanted = _wanted(rng, names.draw(seed), kind)
    policies = _policies(kind, explicit, wanted, rng)
    asked = {"principal": wanted.principal, "action": wanted.action, "resource": wanted.resource}
    request = Request(wanted.principal, wanted.action, wanted.resource)
    arn = _organisation_arn(rng)
    levels = [[Policy(each, arn) for each in level] for level in policies["scps"]]
    found = decide(request, Policies(**{**policies, "scps": levels}))
    service = wanted.action.partition(":")[0]
    return {
        "text": denial(request, found),
        "code": error_code(service),
        "service": service,
        "action": wanted.action,
        "kind": found.kind,
        "explicit": found.explicit,
        "request": asked,
        "policies": policies,
    }


def _wanted(rng: Random, known: names.Names, kind: str) -> Wanted:
    """An action on a resource that may have a policy of its own, if that is to refuse."""
    here = f"{REGION}:{ACCOUNT}"
    role = known.function(rng.choice(names.ROLES))
    principal = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{role}"
    archive = f"arn:aws:s3:::{known.shop}-{rng.choice(('archive', 'invoices', 'uploads'))}/day/1"
    queue, topic = f"arn:aws:sqs:{here}:{known.queue}", f"arn:aws:sns:{here}:{known.topic}"
    table = f"arn:aws:dynamodb:{here}:table/{known.table}"
    offered = [
        ("s3:GetObject", archive, "s3:PutObject"),
        ("s3:PutObject", archive, "s3:GetObject"),
        ("sqs:SendMessage", queue, "sqs:GetQueueUrl"),
        ("dynamodb:PutItem", table, "dynamodb:GetItem"),
        ("dynamodb:Query", table, "dynamodb:PutItem"),
    ]
    if kind == "rcp":
        # Resource control policies reach some services only, S3 and SQS among them from the start.
        offered = offered[:3]
    else:
        offered.append(("sns:Publish", topic, "sns:GetTopicAttributes"))
    return Wanted(*rng.choice(offered), principal)


def _document(*statements: tuple[str, str, str], **more: Any) -> Document:
    listed = [
        {"Effect": effect, "Action": action, "Resource": resource, **more}
        for effect, action, resource in statements
    ]
    return {"Version": "2012-10-17", "Statement": listed}


def _policies(kind: str, explicit: bool, wanted: Wanted, rng: Random) -> dict[str, Any]:
    """Policies of all types, of which one refuses."""
    service = wanted.action.partition(":")[0]
    everything, wide = ("Allow", "*", "*"), ("Allow", f"{service}:*", "*")
    deny = ("Deny", wanted.action, wanted.resource)
    refusing = (wide, deny) if explicit else (("Allow", wanted.sibling, "*"),)

    def made(one: str, *otherwise: tuple[str, str, str], **more: Any) -> Document:
        return _document(*(refusing if one == kind else otherwise), **more)

    found: dict[str, Any] = {"identity": [made("identity", wide)]}
    found["scps"] = [[_document(everything)], [made("scp", everything)]]
    for one in ("boundary", "endpoint"):
        if one == kind or rng.random() < 0.3:
            more = {"Principal": "*"} if one == "endpoint" else {}
            found[one] = made(one, wide, **more)
    if kind == "session":
        found["session"] = [made("session")]
    if kind == "rcp":
        found["rcps"] = [_document(deny, Principal="*")]
    if kind == "resource":
        found["resource"] = _document(deny, Principal="*")
    return found


def _organisation_arn(rng: Random) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    drawn = ["".join(rng.choices(letters, k=size)) for size in (10, 8)]
    owner = "111122223333"
    return f"arn:aws:organizations::{owner}:policy/o-{drawn[0]}/service_control_policy/p-{drawn[1]}"
