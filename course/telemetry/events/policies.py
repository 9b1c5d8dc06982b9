"""Whether a resource's own policy lets an AWS service in.

Follows the IAM User Guide, "Policy evaluation logic" for one resource-based policy: a Deny that
applies decides, else an Allow does, else nothing is allowed. Read are the elements that grants to
services are made of: Principal, Action and NotAction, Resource and NotResource, and the condition
operators below. A condition that this module does not know is not met, so a grant never reaches too
far.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Statement = Mapping[str, Any]


def allows(
    policy: str | None, *, service: str, action: str, resource: str, context: Mapping[str, str]
) -> bool:
    """Whether the policy (JSON text; None when there is none) lets a service act on a resource.

    service: its principal, such as "events.amazonaws.com". context: condition keys in lower case,
    such as {"aws:sourcearn": rule_arn}.
    """
    statements = json.loads(policy)["Statement"] if policy else []
    effects = {
        each.get("Effect")
        for each in _listed(statements)
        if _applies(each, service, action, resource, context)
    }
    return "Allow" in effects and "Deny" not in effects


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _applies(
    statement: Statement, service: str, action: str, resource: str, context: Mapping[str, str]
) -> bool:
    return (
        _names(statement.get("Principal"), service)
        and _covers(statement, "Action", action)
        and _covers(statement, "Resource", resource)
        and all(
            _is_met(operator, key, wanted, context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _covers(statement: Statement, element: str, asked: str) -> bool:
    """Whether Action or Resource names what is asked for, or its Not form does not.

    Without Resource a statement is about what it is attached to; without Action about nothing.
    """
    if f"Not{element}" in statement:
        return not _covers({element: statement[f"Not{element}"]}, element, asked)
    patterns = _listed(statement.get(element, "*" if element == "Resource" else []))
    if element == "Action":  # actions know no case
        asked, patterns = asked.lower(), [each.lower() for each in patterns]
    return any(like(asked, each) for each in patterns)


def _names(principal: Any, service: str) -> bool:
    if isinstance(principal, Mapping):
        everybody = "*" in _listed(principal.get("AWS", ()))
        return everybody or service in _listed(principal.get("Service", ()))
    return bool(principal == "*")


def _is_met(operator: str, key: str, wanted: Any, context: Mapping[str, str]) -> bool:
    name = operator.removesuffix("IfExists")
    found = context.get(key.lower())
    if found is None:
        return name != operator
    test = CONDITIONS.get(name)
    return test is not None and any(test(found, each) for each in _listed(wanted))


@lru_cache(maxsize=1024)
def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def like(text: str, pattern: str) -> bool:
    """IAM's wildcards: * any text, ? any one character."""
    return _shape(pattern).fullmatch(text) is not None


CONDITIONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda found, wanted: found == wanted,
    "StringEqualsIgnoreCase": lambda found, wanted: found.lower() == wanted.lower(),
    "StringLike": like,
    # The two ARN operators behave alike (IAM User Guide, "Amazon Resource Name (ARN) condition
    # operators").
    "ArnEquals": like,
    "ArnLike": like,
}
