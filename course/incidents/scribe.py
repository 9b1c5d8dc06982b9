"""Writes CloudTrail records for generated histories: who, what, when, in CloudTrail's shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from course.incidents.seeds import uuid
from course.incidents.times import iso
from course.telemetry.trail import kinds, resources
from course.telemetry.trail.records import Facts, Record, event, principal_id

ACCOUNT, REGION = "123456789012", "us-east-1"
_DATED = re.compile(r"20\d{6}(v\d)?$")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CLI = "aws-cli/2.31.8 md/command#aws.deploy"
CONSOLE = "AWS Internal"
SDK = "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1"


@dataclass(frozen=True)
class Actor:
    """Somebody who makes calls: userIdentity, and where the calls come from."""

    identity: Mapping[str, Any]
    address: str
    agent: str

    @property
    def is_service(self) -> bool:
        return self.address.endswith(".amazonaws.com")


def token(rng: Random, kind: str) -> str:
    """An id as IAM makes them: AIDA... for a user, AROA... for a role, ASIA... for a session."""
    length = 16 if kind in ("AKIA", "ASIA") else 17
    return kind + "".join(rng.choice(_LETTERS) for _ in range(length))


def user(rng: Random, name: str, address: str, agent: str = CLI) -> Actor:
    """An IAM user with a long-term key."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    identity = {
        "type": "IAMUser",
        "principalId": principal_id("AIDA", arn),
        "arn": arn,
        "accountId": ACCOUNT,
        "accessKeyId": token(rng, "AKIA"),
        "userName": name,
    }
    return Actor(identity, address, agent)


def session(rng: Random, role: str, name: str, began: int, address: str, agent: str = SDK) -> Actor:
    """A session of a role."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    issuer = principal_id("AROA", arn)
    identity = {
        "type": "AssumedRole",
        "principalId": f"{issuer}:{name}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": token(rng, "ASIA"),
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": issuer,
                "arn": arn,
                "accountId": ACCOUNT,
                "userName": role,
            },
            "attributes": {"creationDate": iso(began), "mfaAuthenticated": "false"},
        },
    }
    return Actor(identity, address, agent)


def service(name: str) -> Actor:
    """An AWS service that calls by itself: "lambda.amazonaws.com"."""
    return Actor({"type": "AWSService", "invokedBy": name}, name, name)


def root(rng: Random, address: str) -> Actor:
    """The account's root user."""
    identity = {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "accountId": ACCOUNT,
        "accessKeyId": token(rng, "ASIA"),
    }
    return Actor(identity, address, CONSOLE)


def other_account(rng: Random, account: str, address: str) -> Actor:
    """Somebody of another account."""
    identity = {
        "type": "AWSAccount",
        "principalId": token(rng, "AIDA"),
        "accountId": account,
    }
    return Actor(identity, address, CLI)


class Scribe:
    """Writes records; ids are drawn from `rng`, so that a seed repeats."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def write(
        self,
        at: int,
        actor: Actor,
        source: str,
        name: str,
        request: Mapping[str, Any] | None = None,
        response: Mapping[str, Any] | None = None,
        *,
        error: tuple[str, str] | None = None,
        **more: Any,
    ) -> Record:
        """One event. source: "lambda"; name: the eventName; more: further fields of the record."""
        operation = _DATED.sub("", name)
        kind = kinds.kind(source, operation) or kinds.Kind(kinds.MANAGEMENT)
        read_only = kinds.is_read_only(source, operation)
        arns = resources.arns(kind.resource_type, request or {}, REGION, ACCOUNT)
        record = event(
            Facts(
                at=at,
                source=f"{source}.amazonaws.com",
                name=name,
                region=REGION,
                account=ACCOUNT,
                kind=kind,
                read_only=read_only,
                identity=actor.identity,
                address=actor.address,
                agent=actor.agent,
                request_id=uuid(self._rng),
                event_id=uuid(self._rng),
                host="" if actor.is_service else f"{source}.{REGION}.amazonaws.com",
                request=request,
                response=None if error or read_only else response,
                error=error,
                resources=tuple({"type": kind.resource_type, "ARN": arn} for arn in arns),
            )
        )
        return {**record, **more}


def denied(actor: Actor, action: str, resource: str) -> tuple[str, str]:
    """The error of a call that no policy allows."""
    arn = actor.identity.get("arn", actor.identity.get("principalId", "unknown"))
    message = (
        f"User: {arn} is not authorized to perform: {action} on resource: {resource} because no "
        f"identity-based policy allows the {action} action"
    )
    return "AccessDenied", message
