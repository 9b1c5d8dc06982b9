"""A CloudTrail event record, field by field.

Follows the user guide's "CloudTrail record contents for management, data, and network activity
events", eventVersion 1.11. An optional field that does not apply is absent, not null; only
requestParameters and responseElements are null when there is nothing to show, and a call that
reads has no responseElements at all. Left out: addendum, edge device details, and the enrichment
of eventContext.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from course.telemetry.trail.kinds import DATA, Kind

EVENT_VERSION = "1.11"
Record = dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """What is known about one call. at: epoch ms; error: (code, message) or None."""

    at: int
    source: str
    name: str
    region: str
    account: str
    kind: Kind
    read_only: bool
    identity: Mapping[str, Any]
    address: str
    agent: str
    request_id: str
    event_id: str
    host: str
    request: Mapping[str, Any] | None = None
    response: Mapping[str, Any] | None = None
    error: tuple[str, str] | None = None
    resources: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)
    additional: Mapping[str, Any] | None = None


def event(facts: Facts) -> Record:
    """The record of an API call."""
    record: Record = {
        "eventVersion": EVENT_VERSION,
        "userIdentity": dict(facts.identity),
        "eventTime": time_text(facts.at),
        "eventSource": facts.source,
        "eventName": facts.name,
        "awsRegion": facts.region,
        "sourceIPAddress": facts.address,
        "userAgent": facts.agent,
    }
    if facts.error is not None:
        record["errorCode"], record["errorMessage"] = facts.error
    record["requestParameters"] = dict(facts.request) if facts.request else None
    record["responseElements"] = dict(facts.response) if facts.response else None
    if facts.additional:
        record["additionalEventData"] = dict(facts.additional)
    record |= {
        "requestID": facts.request_id,
        "eventID": facts.event_id,
        "readOnly": facts.read_only,
    }
    if facts.resources:
        record["resources"] = [dict(each) for each in facts.resources]
    return record | _ending(facts)


def _ending(facts: Facts) -> Record:
    ending: Record = {
        "eventType": "AwsApiCall",
        "managementEvent": facts.kind.category != DATA,
        "recipientAccountId": facts.account,
        "eventCategory": facts.kind.category,
    }
    if facts.host:
        ending["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": facts.host,
        }
    return ending


def time_text(at: int) -> str:
    """`2026-03-17T10:42:07Z`: eventTime has no milliseconds."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_of(record: Mapping[str, Any]) -> int:
    """A record's eventTime in epoch ms; ValueError for one that is no time."""
    return int(datetime.fromisoformat(str(record["eventTime"])).timestamp() * 1000)


def identifier(*parts: object) -> str:
    """A UUID made of what it identifies, so that the same account has the same ids."""
    text = hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def principal_id(kind: str, arn: str) -> str:
    """An id as IAM makes them, AIDA... for a user or AROA... for a role, made of the ARN."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    number = int(hashlib.sha256(arn.encode()).hexdigest(), 16)
    length = 16 if kind in ("AKIA", "ASIA") else 17
    return kind + "".join(letters[number // 32**place % 32] for place in range(length))


def is_management(record: Mapping[str, Any]) -> bool:
    """Whether a record is a management event; one without the field is (it came in with 1.07)."""
    return str(record.get("eventCategory", "Management")) == "Management"


def user_name(record: Mapping[str, Any]) -> str | None:
    """What Event history shows as the user: a user's name, a role session's name, or "root"."""
    identity = record.get("userIdentity") or {}
    if identity.get("type") == "AssumedRole":
        return str(identity.get("arn", "")).rsplit("/", 1)[-1] or None
    if identity.get("type") == "Root":
        return "root"
    name = identity.get("userName") or identity.get("invokedBy")
    return str(name) if name else None
