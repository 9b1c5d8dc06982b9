"""Whether a bucket's policy lets CloudTrail write: the two statements that AWS asks for.

Follows the user guide's "Amazon S3 bucket policy for CloudTrail". Left out: conditions (they are
taken as met), Deny statements and NotPrincipal, NotAction, NotResource.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

SERVICE = "cloudtrail.amazonaws.com"


def may_write(policy: str | None, bucket: str, prefix: str, account: str) -> bool:
    """Whether CloudTrail may read the bucket's ACL and write below its prefix."""
    start = f"{prefix.rstrip('/')}/" if prefix else ""
    arn = f"arn:aws:s3:::{bucket}"
    key = f"{arn}/{start}AWSLogs/{account}/CloudTrail/file"
    statements = _many((json.loads(policy) if policy else {}).get("Statement"))
    return _allowed(statements, "s3:getbucketacl", arn) and _allowed(
        statements, "s3:putobject", key
    )


# Actions are compared without regard to case, so they are given in small letters.
def _allowed(statements: Iterable[Mapping[str, Any]], action: str, resource: str) -> bool:
    return any(
        statement.get("Effect") == "Allow"
        and _names_service(statement.get("Principal"))
        and _matches([str(each).lower() for each in _many(statement.get("Action"))], action)
        and _matches(statement.get("Resource"), resource)
        for statement in statements
    )


def _names_service(principal: Any) -> bool:
    if principal == "*":
        return True
    return isinstance(principal, Mapping) and SERVICE in _many(principal.get("Service"))


def _matches(patterns: Any, value: str) -> bool:
    return any(fnmatchcase(value, str(pattern)) for pattern in _many(patterns))


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
