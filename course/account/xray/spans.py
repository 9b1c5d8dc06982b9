"""OpenTelemetry spans as X-Ray segment documents.

The rules are those of the OpenTelemetry Collector's awsxrayexporter, which the AWS Distro for
OpenTelemetry (ADOT) runs (open-telemetry/opentelemetry-collector-contrib, exporter/awsxrayexporter:
its README and internal/translator):

- a server span, and a span without a parent, is a segment; any other is a subsegment sent alone;
- names: peer.service, aws.service, db.name, a server's service.name, rpc.service, http.host,
  net.peer.name, and last the span's own name;
- namespace aws for rpc.system "aws-api" or an aws.service, remote for other client spans;
- an HTTP status decides error, throttle and fault; without one, status ERROR is a fault;
- attributes named in `indexed` (or by the span's own aws.xray.annotations) become annotations, the
  others metadata; a character that a key may not have becomes "_". Dots stay, as they have by
  default since version 0.97.

Both generations of HTTP attribute names are read. Left out: SQL, container and host details,
Application Signals' aws.local.* and aws.remote.*, metadata namespaces (aws.xray.metadata.*).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, SpanKind, StatusCode

Document = dict[str, Any]
_NOT_IN_A_NAME = re.compile(r"[^ 0-9\w.:/%&#=+\-@]")
_NOT_IN_A_KEY = re.compile(r"[^0-9A-Za-z.]")
_LONGEST_NAME = 200
_FRAME = re.compile(r'^  File "(.+)", line (\d+)(?:, in (.+))?$', re.MULTILINE)
_CHAINED = re.compile(
    r"\n\n(?:During handling of the above exception, another exception occurred"
    r"|The above exception was the direct cause of the following exception):\n\n"
)
_ORIGINS = {
    "aws_ec2": "AWS::EC2::Instance",
    "aws_ecs": "AWS::ECS::Container",
    "aws_eks": "AWS::EKS::Container",
    "aws_elastic_beanstalk": "AWS::ElasticBeanstalk::Environment",
    "aws_app_runner": "AWS::AppRunner::Service",
}
_REQUEST = {
    "method": ("http.request.method", "http.method"),
    "client_ip": ("client.address", "http.client_ip"),
    "user_agent": ("user_agent.original", "http.user_agent"),
}
_STATUS = ("http.response.status_code", "http.status_code")
_URL = ("url.full", "http.url")
_SCHEME = ("url.scheme", "http.scheme")
_HOST = ("http.host", "server.address", "http.server_name", "net.host.name", "net.peer.name")
_TARGET = ("http.target", "url.path")
_AWS = {
    "operation": ("aws.operation", "rpc.method"),
    "account_id": ("aws.account_id",),
    "region": ("aws.region",),
    "request_id": ("aws.request_id", "aws.requestId"),
    "queue_url": ("messaging.url", "aws.queue_url", "aws.queue.url"),
}
_TABLE = ("aws.dynamodb.table_names", "aws.table_name", "aws.table.name")


class _Attributes:
    """The attributes of a span; remembers which of them found their place in the document."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self._placed: set[str] = set()

    def take(self, names: Sequence[str]) -> Any:
        """The value under the first of these names that is there; all of them are placed."""
        self._placed.update(names)
        return next((self.values[name] for name in names if name in self.values), None)

    def rest(self, indexed: Sequence[str]) -> dict[str, Any]:
        """What has no place yet, and what is to be indexed wherever else it is."""
        return {
            name: value
            for name, value in self.values.items()
            if name not in self._placed or name in indexed
        }


def document(span: ReadableSpan, indexed: Sequence[str] = (), index_all: bool = False) -> Document:
    """The segment document of a span that has ended."""
    context = span.context
    assert context is not None and span.start_time is not None and span.end_time is not None
    resource = dict(span.resource.attributes)
    attributes = _Attributes(span.attributes or {})
    alone = span.parent is not None and span.kind is not SpanKind.SERVER
    found: Document = {
        "id": f"{context.span_id:016x}",
        "trace_id": trace_id(context),
        "name": _name(span, attributes.values, resource),
        "start_time": span.start_time / 1e9,
        "end_time": span.end_time / 1e9,
        "parent_id": None if span.parent is None else f"{span.parent.span_id:016x}",
        "type": "subsegment" if alone else None,
        "namespace": _namespace(span, attributes.values),
        "origin": _ORIGINS.get(str(resource.get("cloud.platform"))),
        "user": attributes.take(("enduser.id",)),
        **_flags(span, attributes.values),
        "http": _http(attributes),
        "cause": _cause(span),
        "aws": _aws(attributes, resource),
        "service": {"version": resource.get("service.version")},
        "links": [_link(link.context) for link in span.links],
    }
    found.update(_searchable(attributes, {} if alone else resource, indexed, index_all))
    return _without_empty(found)


def trace_id(context: SpanContext) -> str:
    """X-Ray's form of a trace id: its first eight digits are the second at which it began."""
    digits = f"{context.trace_id:032x}"
    return f"1-{digits[:8]}-{digits[8:]}"


def _link(context: SpanContext) -> Document:
    return {"trace_id": trace_id(context), "id": f"{context.span_id:016x}"}


def _without_empty(found: Mapping[str, Any]) -> Document:
    kept = {
        key: _without_empty(value) if isinstance(value, Mapping) else value
        for key, value in found.items()
    }
    return {key: value for key, value in kept.items() if value not in (None, {}, [])}


def _name(span: ReadableSpan, values: Mapping[str, Any], resource: Mapping[str, Any]) -> str:
    service = resource.get("service.name") if span.kind is SpanKind.SERVER else None
    candidates = (
        *(values.get(key) for key in ("peer.service", "aws.service", "db.name")),
        service,
        *(values.get(key) for key in ("rpc.service", "http.host", "net.peer.name")),
    )
    name = next((str(each) for each in candidates if each), span.name)
    return _NOT_IN_A_NAME.sub("", name)[:_LONGEST_NAME] or "span"


def _namespace(span: ReadableSpan, values: Mapping[str, Any]) -> str | None:
    if values.get("rpc.system") == "aws-api":
        return "aws"
    if "aws.service" in values and "peer.service" not in values:
        return "aws"
    return "remote" if span.kind is SpanKind.CLIENT else None


def _flags(span: ReadableSpan, values: Mapping[str, Any]) -> Document:
    status = next((values[name] for name in _STATUS if name in values), 0)
    if 400 <= status <= 499:
        return {"error": True, "throttle": True if status == 429 else None}
    failed = 500 <= status <= 599 or span.status.status_code is StatusCode.ERROR
    return {"fault": True} if failed else {}


def _http(attributes: _Attributes) -> Document:
    request = {key: attributes.take(names) for key, names in _REQUEST.items()}
    if request["client_ip"] is not None:
        request["x_forwarded_for"] = True
    status = attributes.take(_STATUS)
    url = _url(attributes)
    if status is None and url is None and not any(request.values()):
        return {}
    return {"request": {**request, "url": url}, "response": {"status": status}}


def _url(attributes: _Attributes) -> str | None:
    whole = attributes.take(_URL)
    scheme, host = attributes.take(_SCHEME), attributes.take(_HOST)
    target = attributes.take(_TARGET)
    if whole is not None or host is None:
        return whole
    return f"{scheme or 'http'}://{host}{target or '/'}"


def _aws(attributes: _Attributes, resource: Mapping[str, Any]) -> Document:
    found = {key: attributes.take(names) for key, names in _AWS.items()}
    tables = attributes.take(_TABLE)
    if isinstance(tables, str) or tables is None:
        found["table_name"] = tables
    elif len(tables) == 1:
        found["table_name"] = tables[0]
    else:
        found["table_names"] = list(tables)
    found["account_id"] = found["account_id"] or resource.get("cloud.account.id")
    sdk, language = resource.get("telemetry.sdk.name"), resource.get("telemetry.sdk.language")
    found["xray"] = {
        "sdk": f"{sdk} for {language}" if sdk and language else sdk,
        "sdk_version": resource.get("telemetry.sdk.version"),
        "auto_instrumentation": "telemetry.auto.version" in resource,
    }
    return found


# -- what went wrong ---------------------------------------------------------------------------


def _cause(span: ReadableSpan) -> Document | None:
    identifier = _identifiers(span)
    events = [event for event in span.events if event.name == "exception"]
    if events:
        remote = span.kind in (SpanKind.CLIENT, SpanKind.PRODUCER)
        exceptions: list[Document] = []
        for event in events:
            exceptions += _exceptions(event.attributes or {}, remote, identifier)
        return {"exceptions": exceptions}
    if span.status.status_code is StatusCode.ERROR and span.status.description:
        return {"exceptions": [{"id": identifier(), "message": span.status.description}]}
    return None


def _identifiers(span: ReadableSpan) -> Callable[[], str]:
    """Ids for the exceptions of a span: drawn by the collector, here they follow from its id."""
    assert span.context is not None
    own, count = f"{span.context.trace_id:032x}{span.context.span_id:016x}", 0

    def following() -> str:
        nonlocal count
        count += 1
        return hashlib.sha256(f"{own}/{count}".encode()).hexdigest()[:16]

    return following


def _exceptions(
    event: Mapping[str, Any], remote: bool, identifier: Callable[[], str]
) -> list[Document]:
    """The exception of an event and, from its traceback, those that led to it."""
    *earlier, last = _CHAINED.split(str(event.get("exception.stacktrace", "")).rstrip())
    found = [
        {
            "id": identifier(),
            "type": event.get("exception.type", ""),
            "message": event.get("exception.message", ""),
            "remote": remote,
            "stack": _stack(last),
        }
    ]
    for text in reversed(earlier):
        kind, _, message = text.rstrip().rpartition("\n")[2].partition(": ")
        found[-1]["cause"] = identifier_of_next = identifier()
        found.append(
            {
                "id": identifier_of_next,
                "type": kind,
                "message": message,
                "remote": remote,
                "stack": _stack(text),
            }
        )
    return found


def _stack(text: str) -> list[Document]:
    """The frames of a traceback, the innermost first."""
    frames = [
        {"path": path, "line": int(line), "label": label}
        for path, line, label in _FRAME.findall(text)
    ]
    return frames[::-1]


# -- annotations and metadata ------------------------------------------------------------------


def _searchable(
    attributes: _Attributes,
    resource: Mapping[str, Any],
    indexed: Sequence[str],
    index_all: bool,
) -> Document:
    own = attributes.take(("aws.xray.annotations",))
    chosen = {*indexed, *(own if isinstance(own, (list, tuple)) else ())}
    values = attributes.rest(tuple(chosen))
    values |= {f"otel.resource.{key}": value for key, value in resource.items()}
    annotations: Document = {}
    metadata: Document = {}
    for key, value in values.items():
        if (index_all or key in chosen) and isinstance(value, (str, int, float, bool)):
            annotations[_NOT_IN_A_KEY.sub("_", key)] = value
        else:
            metadata[key] = list(value) if isinstance(value, tuple) else value
    return {"annotations": annotations, "metadata": {"default": metadata}}
