"""Who makes a call: what CloudTrail writes as `userIdentity`, and STS's GetCallerIdentity agrees.

Follows the CloudTrail user guide's "userIdentity element". A request signed with the account's own
credentials comes from the IAM user `dana`; with an access key that was made for a user here, from
that user; with credentials from AssumeRole, from that role's session; unsigned, from nobody that
the account knows. Code that the account runs for somebody else (a function, a service) makes its
calls inside `acting_as`. Unknown access keys count as dana's: the account has no one else to take
them for, where AWS would refuse them. Left out: root, federated, SAML and web identity callers.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.account.clock import iso
from course.telemetry.trail.records import principal_id

if TYPE_CHECKING:
    from course.account.calls import Call

USER = "dana"
# An address of the range that documentation may use (RFC 5737): the office of the shop.
ADDRESS = "203.0.113.24"
_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/")
_SESSION = re.compile(r"arn:aws:sts::(\d+):assumed-role/([^/]+)/(.+)")
_ROLE = re.compile(r"arn:aws:iam::(\d+):role/(?:.*/)?([^/]+)")
Identity = dict[str, Any]


@dataclass(frozen=True)
class Actor:
    """On whose behalf code runs. arn: a user, a role or a role's session; service:
    "lambda.amazonaws.com", for a call that this service makes itself; limits: what its calls are
    judged by, where permissions are in force (see `permissions.inforce`)."""

    arn: str | None
    service: str | None = None
    limits: object | None = None


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


@contextmanager
def acting_as(
    arn: str | None, *, service: str | None = None, limits: object | None = None
) -> Iterator[None]:
    """Make the calls inside on behalf of a role (its ARN, or its session's) or a service.

    With a service, the calls come from it: it is the record's source address and user agent.
    With neither, they are the user's own again.
    """
    token = _actor.set(Actor(arn, service, limits) if arn or service else None)
    try:
        yield
    finally:
        _actor.reset(token)


def acting() -> Actor | None:
    """On whose behalf the present code runs; None for the user's own."""
    return _actor.get()


def credential(call: Call) -> tuple[str | None, str | None]:
    """The access key and the Region that a call was signed for; None for an unsigned one."""
    found = _CREDENTIAL.search(call.headers_sent.get("Authorization", ""))
    return (found.group(1), found.group(2)) if found else (None, None)


def of(call: Call, account: str) -> Identity:
    """CloudTrail's userIdentity for a call."""
    return _resolved(call.actor, account, credential(call)[0], call.time)


def caller(account: str, key: str) -> Identity:
    """The identity of whoever makes the present call, signed with an access key."""
    return _resolved(acting(), account, key, 0)


def _resolved(actor: Actor | None, account: str, key: str | None, at: int) -> Identity:
    if actor is None:
        return who(account, key)
    if actor.arn is None:
        return {"type": "AWSService", "invokedBy": actor.service}
    if ":user/" in actor.arn:
        return _user(account, actor.arn.rsplit("/", 1)[-1], actor.arn, None, key)
    found = _session(account, actor.arn, at)
    return {**found, "invokedBy": actor.service} if actor.service else found


def who(account: str, key: str | None) -> Identity:
    """The identity behind an access key: a user, a role's session, or nobody known."""
    if key is None:
        return {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    role = _from_moto("sts", account, "get_assumed_role_from_access_key", key)
    if role is not None:
        return _assumed(role, key)
    user = _from_moto("iam", account, "get_user_from_access_key_id", key)
    name, known = (user.name, user.id) if user is not None else (USER, None)
    arn = user.arn if user is not None else f"arn:aws:iam::{account}:user/{name}"
    return _user(account, name, arn, known, key)


def _user(account: str, name: str, arn: str, known: str | None, key: str | None) -> Identity:
    return {
        "type": "IAMUser",
        "principalId": known or principal_id("AIDA", arn),
        "arn": arn,
        "accountId": account,
        "accessKeyId": key,
        "userName": name,
    }


def _from_moto(service: str, account: str, method: str, key: str) -> Any:
    """Ask moto who has an access key, if that part of moto has been used at all."""
    models = sys.modules.get(f"moto.{service}.models")
    if models is None:
        return None
    backends = getattr(models, f"{service}_backends")
    return getattr(backends[account]["aws"], method)(key) if account in backends else None


def _assumed(role: Any, key: str) -> Identity:
    created = int(role.access_key.create_date.timestamp() * 1000)
    found = _session(role.account_id, role.arn, created, role.role_arn)
    issuer = role.user_id.partition(":")[0]
    found["principalId"], found["accessKeyId"] = role.user_id, key
    found["sessionContext"]["sessionIssuer"]["principalId"] = issuer
    return found


def _session(account: str, arn: str, created: int, role: str | None = None) -> Identity:
    """The identity of a role's session; for a role's own ARN, of a session named after it."""
    if match := _SESSION.fullmatch(arn):
        account, name, session = match.groups()
    elif match := _ROLE.fullmatch(arn):
        account, name, role = match.group(1), match.group(2), role or arn
        session = name
    else:
        # moto takes any text for a role; AWS would have refused it when it was given.
        name = session = arn
    role = role or f"arn:aws:iam::{account}:role/{name}"
    issuer = principal_id("AROA", role)
    session_arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    return {
        "type": "AssumedRole",
        "principalId": f"{issuer}:{session}",
        "arn": session_arn,
        "accountId": account,
        "accessKeyId": principal_id("ASIA", session_arn),
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": issuer,
                "arn": role,
                "accountId": account,
                "userName": name,
            },
            "attributes": {
                "creationDate": iso(created - created % 1000),
                "mfaAuthenticated": "false",
            },
        },
    }
