"""One request on its way through an API: what is known of it, what was logged, when it is over.

The execution log's lines follow those that API Gateway was recorded to write, cut at 1,024 bytes
("Amazon API Gateway important notes"). With the level ERROR only the lines of a failure are
written; bodies, headers and parameters only with data tracing.

Everything that a request leaves behind (access log, execution log, metrics, trace) lands when the
account's clock passes the end of the request.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from course.account.apis.store import ApiStore, Dimensions
from course.account.logs import ingestion
from course.account.logs.store import Group, Stream
from course.account.region import Region
from course.account.waiting import Meter
from course.telemetry.apis import access_log, events
from course.telemetry.apis.answers import Problem
from course.telemetry.apis.requests import HttpRequest

Headers = list[tuple[str, str]]
LONGEST_LINE = 1024
ERROR, INFO, TRACE = 0, 1, 2


@dataclass
class Response:
    """What the client gets, and how long it took in ms."""

    status: int
    headers: Headers
    body: bytes
    latency: float = 0.0

    def header(self, name: str) -> str | None:
        """A header, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class StageSettings:
    """Where a stage logs to, and what it measures. level: OFF, ERROR or INFO."""

    access_group: str | None = None
    access_format: str | None = None
    level: str = "OFF"
    traces_data: bool = False
    detailed: bool = False
    traced: bool = False


@dataclass
class Exchange:
    """values: `$context` variables by name; the integration's latency, status and id among them."""

    region: Region
    request: HttpRequest
    meter: Meter
    api_id: str
    stage: str
    path: str
    variables: Mapping[str, str] = field(default_factory=dict)
    settings: StageSettings = field(default_factory=StageSettings)
    values: dict[str, Any] = field(default_factory=dict)
    # The trace: its id, whether it is sampled, who called, who calls what comes next.
    trace_id: str = ""
    sampled: bool | None = None
    traced: bool = False
    caller_id: str | None = None
    segment_id: str = ""
    parent_id: str | None = None
    subsegments: list[dict[str, Any]] = field(default_factory=list)
    _lines: list[tuple[int, str]] = field(default_factory=list)
    _spans: int = 0

    def __post_init__(self) -> None:
        request = self.request
        self.request_id = self.region.new_id()
        self.extended_id = _extended(self.request_id)
        self.values |= {
            "accountId": self.region.account_id,
            "apiId": self.api_id,
            "stage": self.stage,
            "requestId": self.request_id,
            "domainName": request.host,
            "domainPrefix": request.host.partition(".")[0],
            "httpMethod": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "requestTime": events.clf_time(self.start),
            "requestTimeEpoch": self.start,
            "identity.sourceIp": request.source_ip,
            "identity.userAgent": request.header("user-agent"),
            "identity.caller": None,
        }

    @property
    def store(self) -> ApiStore:
        return self.region.part(ApiStore)

    @property
    def start(self) -> int:
        """When the request came, epoch ms."""
        return self.meter.start

    @property
    def trace_header(self) -> str:
        """X-Amzn-Trace-Id as it is handed on."""
        parts = [f"Root={self.trace_id}"]
        if self.parent_id:
            parts.append(f"Parent={self.parent_id}")
        if self.sampled is not None:
            parts.append(f"Sampled={int(self.sampled)}")
        return ";".join(parts)

    @property
    def answered_trace(self) -> str:
        """X-Amzn-Trace-Id as the client gets it back."""
        sampled = "" if self.sampled is None else f";Sampled={int(self.sampled)}"
        return f"Root={self.trace_id}{sampled}"

    def new_span(self) -> str:
        """An id for a segment or subsegment of this request."""
        self._spans += 1
        digest = hashlib.md5(f"{self.request_id} {self._spans}".encode(), usedforsecurity=False)
        return digest.hexdigest()[:16]

    def context(self, name: str) -> str | None:
        """The value behind `context.x` or `stageVariables.x`."""
        scope, _, rest = name.partition(".")
        value = self.variables.get(rest) if scope == "stageVariables" else self.values.get(rest)
        return None if value is None else str(value)

    def log(self, text: str, level: int = INFO) -> None:
        """A line for the execution log, at the present moment of the request."""
        wanted = {"OFF": -1, "ERROR": ERROR, "INFO": INFO}[self.settings.level]
        if level == TRACE:
            if not self.settings.traces_data or wanted < ERROR:
                return
        elif level > wanted:
            return
        at = self.start + int(self.meter.elapsed)
        self._lines.append((at, _cut(f"({self.request_id}) {text}")))

    @property
    def lines(self) -> list[tuple[int, str]]:
        """The execution log so far: (epoch ms, text)."""
        return self._lines

    def failed(self, problem: Problem) -> None:
        """Note why API Gateway answers by itself."""
        text = problem.message
        self.values |= {
            "error.message": text,
            "error.messageString": "null" if text is None else f'"{text}"',
            "error.responseType": problem.kind,
            "error.validationErrorString": problem.details,
        }

    def finish(
        self,
        response: Response,
        dimensions: list[Dimensions],
        counted: Mapping[str, float],
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        """Set the outcome, and let it land when the clock gets there. renamed: metrics that the
        kind of API calls otherwise."""
        response.latency = self.meter.elapsed
        self.values |= {
            "status": response.status,
            "responseLatency": round(response.latency),
            "responseLength": len(response.body),
        }
        at = self.start + int(response.latency)
        values = {
            "Count": 1.0,
            "4XXError": float(400 <= response.status < 500),
            "5XXError": float(response.status >= 500),
            "Latency": float(round(response.latency)),
            **counted,
        }
        values = {(renamed or {}).get(name, name): value for name, value in values.items()}
        self.region.agenda.at(at, lambda: self._land(at, dimensions, values))

    def _land(self, at: int, dimensions: list[Dimensions], values: Mapping[str, float]) -> None:
        self.store.count(at, dimensions, values)
        settings = self.settings
        if settings.access_group and settings.access_format:
            line = access_log.line(settings.access_format, self.values)
            write(self.region, settings.access_group, [(at, line)], makes_group=False)
        if self._lines:
            group = f"API-Gateway-Execution-Logs_{self.api_id}/{self.stage}"
            write(self.region, group, self._lines, makes_group=True)


def write(
    region: Region, name: str, lines: Iterable[tuple[int, str]], *, makes_group: bool
) -> None:
    """Write to the stream of API Gateway in a log group; a group that is gone gets nothing."""
    group = region.logs.groups.get(name)
    if group is None:
        if not makes_group:
            return
        group = region.logs.groups[name] = Group(name, created=region.now)
    stream = region.part(ApiStore).stream(name)
    group.streams.setdefault(stream, Stream(stream, created=region.now))
    written = [
        {
            "timestamp": at,
            "message": text,
            "logStreamName": stream,
            "logGroupName": name,
            "ingestionTime": region.now,
            "number": region.logs.number(),
        }
        for at, text in lines
    ]
    ingestion.ingest(region, group, written)


def _extended(request_id: str) -> str:
    digest = hashlib.md5(request_id.encode(), usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest[:11]).decode()[:15] + "="


def _cut(line: str) -> str:
    mark = " [TRUNCATED]"
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - len(mark)] + mark
