"""Recorded calls as CloudTrail events: read only when somebody asks for events.

The shape of a request and of its answer comes from botocore's service models, so this works for
every service that the account answers. A call that was refused here, or that never arrived, is no
event. The user agent is the client's own without what names the machine (operating system,
processor, Python), so that the same notebook leaves the same record everywhere. Left out: the
wrappers that API Gateway puts around its request members.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.parsers import create_parser

from course.account import identity
from course.account.calls import NO_OPERATION, Call
from course.telemetry.trail import elements, kinds, names, records, resources
from course.telemetry.trail.records import Facts, Record

_MACHINE = re.compile(r"\s*(?:md/arch|md/pyimpl|os/|lang/|exec-env/|m/)\S*")
_REQUEST_ID = re.compile(r"<RequestId>([^<]+)</RequestId>", re.I)
# What S3 adds about a signed request; the sizes that it adds too are left out.
_S3_ADDITIONAL = {
    "SignatureVersion": "SigV4",
    "CipherSuite": "TLS_AES_128_GCM_SHA256",
    "AuthenticationMethod": "AuthHeader",
}
_STREAMS = {"dynamodbstreams": "dynamodb"}


@dataclass(frozen=True)
class Entry:
    """An event with its exact time. number: its place among the calls; None when replayed."""

    at: int
    record: Record
    number: int | None = None

    @property
    def id(self) -> str:
        return str(self.record.get("eventID", ""))

    @property
    def region(self) -> str:
        return str(self.record["awsRegion"])


class Reader:
    """Reads an account's calls as events, from where it stopped the last time."""

    def __init__(self, book: list[Call], account: str) -> None:
        self._book = book
        self._account = account
        self._next = 0

    def new(self, *, data: bool) -> list[Entry]:
        """The events since the last time, up to the first call that is still going on.

        data: whether data events are wanted; reading those that are not would take its time.
        """
        found = []
        while self._next < len(self._book) and self._book[self._next].done:
            number, self._next = self._next, self._next + 1
            call = self._book[number]
            if not _is_answered(call) or not (data or _is_management(call)):
                continue
            record = event_of(call, number, self._account)
            if record is not None:
                found.append(Entry(call.time, record, number))
        return found


def _is_answered(call: Call) -> bool:
    """Whether a call got anywhere: what was refused here, or never arrived, is no event."""
    return bool(call.status) and not call.refused and call.operation != NO_OPERATION


def _is_management(call: Call) -> bool:
    kind = kinds.kind(_source(call), call.operation)
    return kind is not None and kind.category == kinds.MANAGEMENT


def event_of(call: Call, number: int, account: str) -> Record | None:
    """A call's event, made once; None for what CloudTrail does not log."""
    if call.event is ...:
        call.event = _event(call, number, account)
    made: Record | None = call.event
    return made


def _event(call: Call, number: int, account: str) -> Record | None:
    model, source = _model(call.service), _source(call)
    kind = kinds.kind(source, call.operation)
    if kind is None:
        return None
    operation = model.operation_model(call.operation)
    region = _region(call, source)
    read_only = kinds.is_read_only(source, call.operation)
    request = _request(call, operation, source, kind)
    host = urlsplit(call.sent.url).hostname or ""
    answered = kinds.shows_answer(source, call.operation)
    parsed = _parsed(call, operation) if call.status >= 300 or answered else {}
    error = _error(call, parsed)
    actor = call.actor
    return records.event(
        Facts(
            at=call.time,
            source=names.event_source(source),
            name=names.event_name(source, call.operation, operation.http.get("requestUri", "")),
            region=region,
            account=account,
            kind=kind,
            read_only=read_only,
            identity=identity.of(call, account),
            address=(actor and actor.service) or identity.ADDRESS,
            agent=(actor and actor.service) or _agent(call),
            request_id=_request_id(call, number, account),
            event_id=records.identifier("event", account, number),
            host="" if actor and actor.service else host,
            request=_with_host(source, request, host),
            response=None if error else _response(parsed, operation, source, kind),
            error=error,
            additional=_S3_ADDITIONAL if source == "s3" and identity.credential(call)[0] else None,
            resources=_resources(source, kind, request, region, account),
        )
    )


def _source(call: Call) -> str:
    """The event source without its domain."""
    prefix = _model(call.service).endpoint_prefix
    return _STREAMS.get(call.service, names.event_source(prefix).partition(".")[0])


@lru_cache(maxsize=64)
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def _region(call: Call, source: str) -> str:
    if source in kinds.GLOBAL or urlsplit(call.sent.url).hostname == "sts.amazonaws.com":
        return kinds.GLOBAL_REGION
    return identity.credential(call)[1] or kinds.GLOBAL_REGION


def _agent(call: Call) -> str:
    agent = _MACHINE.sub("", call.headers_sent.get("User-Agent", "")).strip()
    return f"[{agent}]"


def _request(
    call: Call, operation: OperationModel, source: str, kind: kinds.Kind
) -> dict[str, Any]:
    shape = operation.input_shape
    if shape is None:
        return {}
    read = _s3_request if source == "s3" else _small
    found: dict[str, Any] = read(shape, call.parameters())
    if kind.resource_type == "AWS::DynamoDB::Table":
        found = elements.table_request(found)
    return elements.cleaned(source, found)


def _with_host(source: str, request: dict[str, Any], host: str) -> dict[str, Any]:
    """S3 says which address was called, as a virtual-hosted bucket is named there."""
    return {**request, "Host": host} if source == "s3" else request


def _s3_request(shape: StructureShape, given: Mapping[str, Any]) -> dict[str, Any]:
    """S3's own names: bucketName, key, and headers as they are sent; never a body."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        member = shape.members.get(name)
        if member is None or isinstance(value, bytes) or name in ("Body", "Metadata"):
            continue
        header = member.serialization.get("location") == "header"
        sent = member.serialization.get("name", name)
        if header and sent.startswith("x-amz-"):
            found[sent] = value
        elif not header:
            small = _small(member, value)
            found["bucketName" if name == "Bucket" else name[:1].lower() + name[1:]] = small
    return found


def _small(shape: Shape, value: Any) -> Any:
    """A value with the members of its structures written with a small first letter."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return {
            name[:1].lower() + name[1:]: _small(shape.members[name], each)
            for name, each in value.items()
            if name in shape.members and each is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_small(shape.member, each) for each in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {name: _small(shape.value, each) for name, each in value.items()}
    return value


def _parsed(call: Call, operation: OperationModel) -> dict[str, Any]:
    """The answer as the caller's client reads it; nothing for a stream of bytes."""
    if operation.has_streaming_output and call.status < 300:
        return {}
    body = call.body if isinstance(call.body, bytes) else str(call.body or "").encode()
    parser = create_parser(operation.service_model.resolved_protocol)
    answer = {"status_code": call.status, "headers": _headers(call), "body": body}
    return parser.parse(answer, operation.output_shape)


def _headers(call: Call) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in (call.headers or {}).items()}


def _error(call: Call, parsed: Mapping[str, Any]) -> tuple[str, str] | None:
    if call.status < 300:
        return None
    code = call.as_dict()["error"]
    message = str((parsed.get("Error") or {}).get("Message") or "")
    return (f"Client.{code}" if call.service == "ec2" else code), message


def _response(
    parsed: Mapping[str, Any], operation: OperationModel, source: str, kind: kinds.Kind
) -> dict[str, Any] | None:
    """What a write answered. S3's answers and those of DynamoDB's items are not recorded."""
    shape = operation.output_shape
    if shape is None or source == "s3" or kind.resource_type == "AWS::DynamoDB::Table":
        return None
    body = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    return elements.cleaned(source, _small(shape, body)) or None


def _request_id(call: Call, number: int, account: str) -> str:
    """The id that the caller got; one of our own where the answer had none."""
    named = _headers(call)
    for header in ("x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"):
        if named.get(header):
            return named[header]
    with suppress(AttributeError, UnicodeDecodeError):
        text = call.body.decode() if isinstance(call.body, bytes) else str(call.body or "")
        found = _REQUEST_ID.search(text)
        if found:
            return found.group(1)
    return records.identifier("request", account, number)


def _resources(
    source: str, kind: kinds.Kind, request: Mapping[str, Any], region: str, account: str
) -> tuple[dict[str, Any], ...]:
    """The record's `resources`: of every data event, and of S3's and STS's management events."""
    if kind.resource_type:
        found = resources.arns(kind.resource_type, request, region, account)
        listed = [{"type": kind.resource_type, "ARN": arn} for arn in found]
        if source == "s3":
            bucket = f"arn:aws:s3:::{request.get('bucketName', '')}"
            return (*listed, {"accountId": account, "type": "AWS::S3::Bucket", "ARN": bucket})
        return tuple({"accountId": account, **each} for each in listed)
    if source == "s3" and request.get("bucketName"):
        bucket = f"arn:aws:s3:::{request['bucketName']}"
        return ({"accountId": account, "type": "AWS::S3::Bucket", "ARN": bucket},)
    if source == "sts" and request.get("roleArn"):
        return ({"accountId": account, "type": "AWS::IAM::Role", "ARN": request["roleArn"]},)
    return ()
