"""Policy documents: their statements, and whether one applies to a request.

Follows the IAM User Guide, "IAM JSON policy elements reference". Read are Effect, Principal and
NotPrincipal, Action and NotAction, Resource and NotResource, and Condition.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from course.telemetry.errors import RuleError
from course.telemetry.permissions.conditions import are_met, listed
from course.telemetry.permissions.wildcards import Context, like

MALFORMED = "MalformedPolicyDocument"
Document = Mapping[str, Any] | str
_ROLE_SESSION = re.compile(r"arn:aws:sts::(\d+):assumed-role/([^/]+)/.+")
_ACCOUNT = re.compile(r"(?:arn:aws:iam::)?(\d{12})(?::root)?")


class Asked(Protocol):
    """What a statement must know of a request."""

    @property
    def principal(self) -> str:
        """Who asks, as an ARN."""

    @property
    def action(self) -> str:
        """service:Action."""

    @property
    def resource(self) -> str:
        """The ARN of what it is about."""

    @property
    def known(self) -> Context:
        """The request context, its keys in lower case."""


@dataclass(frozen=True)
class Policy:
    """A policy. document: a dict or JSON text. arn: of a managed or organisation policy."""

    document: Document
    arn: str | None = None

    @classmethod
    def of(cls, given: Policy | Document) -> Policy:
        """The same, whichever way it was written down."""
        return given if isinstance(given, Policy) else cls(given)

    @cached_property
    def statements(self) -> list[Mapping[str, Any]]:
        """Its statements, each checked for what a statement must have."""
        found = listed(_parsed(self.document).get("Statement", []))
        for each in found:
            _check(each)
        return found


def _parsed(document: Document) -> Mapping[str, Any]:
    if not isinstance(document, str):
        return document
    try:
        found = json.loads(document)
    except ValueError:
        raise RuleError(MALFORMED, "Syntax errors in policy.") from None
    if not isinstance(found, dict):
        raise RuleError(MALFORMED, "Syntax errors in policy.")
    return found


def _check(statement: Any) -> None:
    if not isinstance(statement, Mapping):
        raise RuleError(MALFORMED, "Syntax errors in policy.")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise RuleError(MALFORMED, "Statement Effect must be Allow or Deny.")
    if ("Action" in statement) == ("NotAction" in statement):
        raise RuleError(MALFORMED, "Policy statement must contain actions.")


def applies(statement: Mapping[str, Any], asked: Asked) -> bool:
    """Whether a statement is about this action on this resource, leaving its principal aside."""
    return (
        _names_action(statement, asked.action)
        and _names_resource(statement, asked)
        and are_met(statement.get("Condition", {}), asked.known)
    )


def _names_action(statement: Mapping[str, Any], action: str) -> bool:
    key = "Action" if "Action" in statement else "NotAction"
    named = any(like(action.lower(), each.lower()) for each in listed(statement[key]))
    return named == (key == "Action")


def _names_resource(statement: Mapping[str, Any], asked: Asked) -> bool:
    if "Resource" not in statement and "NotResource" not in statement:
        # A role's trust policy names no resource.
        return True
    key = "Resource" if "Resource" in statement else "NotResource"
    named = any(like(asked.resource, each, asked.known) for each in listed(statement[key]))
    return named == (key == "Resource")


# How directly a statement's Principal names the one who asks.
NOT_NAMED, BY_ACCOUNT, BY_ROLE, DIRECTLY = range(4)


def names(statement: Mapping[str, Any], principal: str) -> int:
    """NOT_NAMED; BY_ACCOUNT (its account, which may delegate); BY_ROLE (the role of a session, or
    everybody); DIRECTLY (the user or the session itself)."""
    if "NotPrincipal" in statement:
        excluded = _named(statement["NotPrincipal"], principal)
        return BY_ROLE if excluded == NOT_NAMED else NOT_NAMED
    return _named(statement.get("Principal"), principal)


def _named(element: Any, principal: str) -> int:
    if element == "*":
        return BY_ROLE
    if not isinstance(element, Mapping):
        return NOT_NAMED
    kinds = {"AWS": _by_arn, "Service": _by_service}
    found = [
        kinds[kind](each, principal)
        for kind, values in element.items()
        if kind in kinds
        for each in listed(values)
    ]
    return max(found, default=NOT_NAMED)


def _by_service(named: str, principal: str) -> int:
    return DIRECTLY if named == principal else NOT_NAMED


def _by_arn(named: str, principal: str) -> int:
    if named == "*":
        return BY_ROLE
    if named == principal:
        return BY_ROLE if ":role/" in principal else DIRECTLY
    if (account := _ACCOUNT.fullmatch(named)) and account.group(1) == account_of(principal):
        return BY_ACCOUNT
    role = role_of(principal)
    same = role is not None and ":role/" in named and _same_role(named, role)
    return BY_ROLE if same else NOT_NAMED


def _same_role(named: str, role: str) -> bool:
    """A session's ARN does not tell its role's path, so the name decides."""
    return account_of(named) == account_of(role) and named.split("/")[-1] == role.split("/")[-1]


def account_of(arn: str) -> str:
    """The account in an ARN; empty for a service."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""


def role_of(principal: str) -> str | None:
    """The role's ARN of a role's session, without its path; None for anybody else."""
    found = _ROLE_SESSION.fullmatch(principal)
    return f"arn:aws:iam::{found.group(1)}:role/{found.group(2)}" if found else None
