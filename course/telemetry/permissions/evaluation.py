"""Whether a request is allowed by all policies that apply to it, and which of them refuses it.

Follows the IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny
access", "Policy evaluation for requests within a single account" and "Cross-account policy
evaluation logic":

1. A Deny that applies decides, in whichever policy it stands.
2. Organisation policies and a VPC endpoint's policy must allow the request, where there are any.
3. In one account, a resource's policy that names the user or the role's session itself allows it
   at once; one that names the role, or everybody, stands in for an identity-based policy; one that
   names the account leaves the decision to the identity-based policies. Roles and KMS keys must be
   opened by their own policies.
4. Else identity-based policies, permissions boundary and session policy must each allow it.
5. Between accounts both sides must allow it.

AWS names one policy type only, also where several refuse, and does not document which; here it is
the first in ORDER. Everybody in a resource's policy ("*") counts as the role does. Left out: ACLs,
service-linked roles and the management account (which organisation policies do not touch).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from course.telemetry.permissions.documents import (
    BY_ROLE,
    DIRECTLY,
    NOT_NAMED,
    Document,
    Policy,
    account_of,
    applies,
    names,
    role_of,
)
from course.telemetry.permissions.wildcards import Context

Given = Policy | Document
ORDER = ("rcp", "scp", "endpoint", "trust", "resource", "identity", "boundary", "session")
# What only the resource's own policy can open, also within its account.
TRUST_ACTIONS = ("sts:assumerole",)
OWN_POLICY_FIRST = ("kms:",)


@dataclass(frozen=True)
class Request:
    """What somebody asks for.

    principal: ARN of a user, a role, a role's session or the root user; or a service's name.
    context: condition keys and their values, one text or several. resource_account: the owner of
    the resource; if left out, the ARN's account, else the principal's.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    resource_account: str | None = None

    @cached_property
    def known(self) -> Context:
        """The request context: what was given, and what the request itself says."""
        own = _global_keys(self.principal, self.is_foreign)
        given = {key: _several(value) for key, value in self.context.items()}
        return {key.lower(): value for key, value in {**own, **given}.items()}

    @cached_property
    def is_foreign(self) -> bool:
        """Whether the resource belongs to another account than the one who asks."""
        mine = account_of(self.principal)
        owner = self.resource_account or account_of(self.resource) or mine
        return bool(mine) and owner != mine

    @property
    def is_of_a_service(self) -> bool:
        """Whether a service asks for itself: only the resource's own policy can let it in."""
        return not self.principal.startswith("arn:")


def _several(value: Any) -> tuple[str, ...]:
    values = (value,) if isinstance(value, (str, int, float)) else tuple(value)
    return tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in values)


def _global_keys(principal: str, is_foreign: bool) -> dict[str, tuple[str, ...]]:
    """The condition keys that follow from who asks."""
    keys: dict[str, tuple[str, ...]] = {
        "aws:PrincipalArn": (role_of(principal) or principal,),
        "aws:PrincipalAccount": (account_of(principal),),
    }
    if ":user/" in principal:
        keys["aws:username"] = (principal.rsplit("/", 1)[-1],)
    return keys


@dataclass(frozen=True)
class Policies:
    """Every policy that applies to a request; documents as dicts, JSON text or `Policy`.

    session: None for a session without one of its own. scps: for each level (the root, then every
    organisational unit, then the account) the policies attached there, one of which must allow the
    request; a level without policies is left out. rcps: what is attached beside RCPFullAWSAccess,
    which always allows, so they can only deny. endpoint: the policy of the VPC endpoint on the way.
    """

    identity: Sequence[Given] = ()
    resource: Given | None = None
    boundary: Given | None = None
    session: Sequence[Given] | None = None
    scps: Sequence[Sequence[Given]] = ()
    rcps: Sequence[Given] = ()
    endpoint: Given | None = None


@dataclass(frozen=True)
class Decision:
    """kind: the policy type that refuses, one of ORDER; None for what is allowed.

    explicit: whether a Deny did; sid and policy_arn: of that statement and its policy, if it has.
    """

    allowed: bool
    kind: str | None = None
    explicit: bool = False
    sid: str | None = None
    policy_arn: str | None = None


def decide(request: Request, policies: Policies) -> Decision:
    """Whether a request is allowed; if not, by which policy type it is refused."""
    return _explicit(request, policies) or _implicit(request, policies) or Decision(True)


def _explicit(request: Request, policies: Policies) -> Decision | None:
    """The first Deny that applies."""
    for kind, found in _by_kind(request, policies):
        for policy in found:
            for statement in policy.statements:
                if statement["Effect"] == "Deny" and _concerns(kind, statement, request):
                    return Decision(False, kind, True, statement.get("Sid"), policy.arn)
    return None


def _by_kind(request: Request, policies: Policies) -> Iterable[tuple[str, list[Policy]]]:
    found: dict[str, Iterable[Given | None]] = {
        "rcp": policies.rcps,
        "scp": [each for level in policies.scps for each in level],
        "endpoint": [policies.endpoint],
        _resource_kind(request): [policies.resource],
        "identity": policies.identity,
        "boundary": [policies.boundary],
        "session": policies.session or [],
    }
    for kind in ORDER:
        yield kind, [Policy.of(each) for each in found.get(kind, ()) if each is not None]


def _concerns(kind: str, statement: Mapping[str, Any], request: Request) -> bool:
    """Whether a Deny applies: a principal counts where policies have one."""
    if kind in ("resource", "trust", "endpoint", "rcp") and _has_principal(statement):
        return names(statement, request.principal) != NOT_NAMED and applies(statement, request)
    return applies(statement, request)


def _has_principal(statement: Mapping[str, Any]) -> bool:
    return "Principal" in statement or "NotPrincipal" in statement


def _implicit(request: Request, policies: Policies) -> Decision | None:
    """The first policy type that has no Allow although it must have one."""
    if not all(_allows(level, request) for level in policies.scps):
        return Decision(False, "scp")
    if policies.endpoint is not None and not _lets_through(policies.endpoint, request):
        return Decision(False, "endpoint")
    grant = _grant(policies.resource, request)
    if _needs_resource_policy(request) and grant == NOT_NAMED:
        return Decision(False, _resource_kind(request))
    if grant == DIRECTLY and not request.is_foreign:
        return None
    return _on_the_identity_side(request, policies, grant)


def _on_the_identity_side(request: Request, policies: Policies, grant: int) -> Decision | None:
    granted = grant == BY_ROLE and not request.is_foreign
    if not (granted or _is_root(request) or _allows(policies.identity, request)):
        return Decision(False, "identity")
    if policies.boundary is not None and not _allows([policies.boundary], request):
        return Decision(False, "boundary")
    if policies.session is not None and not _allows(policies.session, request):
        return Decision(False, "session")
    return None


def _allows(policies: Iterable[Given], request: Request) -> bool:
    return any(
        statement["Effect"] == "Allow" and applies(statement, request)
        for policy in policies
        for statement in Policy.of(policy).statements
    )


def _lets_through(endpoint: Given, request: Request) -> bool:
    return any(
        statement["Effect"] == "Allow" and _concerns("endpoint", statement, request)
        for statement in Policy.of(endpoint).statements
    )


def _grant(policy: Given | None, request: Request) -> int:
    """How directly a resource's policy lets the one who asks in."""
    statements = [] if policy is None else Policy.of(policy).statements
    found = [
        names(statement, request.principal)
        for statement in statements
        if statement["Effect"] == "Allow" and applies(statement, request)
    ]
    return max(found, default=NOT_NAMED)


def _needs_resource_policy(request: Request) -> bool:
    action = request.action.lower()
    if request.is_foreign or request.is_of_a_service:
        return True
    return action in TRUST_ACTIONS or action.startswith(OWN_POLICY_FIRST)


def _resource_kind(request: Request) -> str:
    return "trust" if request.action.lower() in TRUST_ACTIONS else "resource"


def _is_root(request: Request) -> bool:
    return request.principal.endswith(":root")
