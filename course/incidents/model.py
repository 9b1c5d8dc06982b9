"""What truly happened, before anybody writes a log line or a metric about it.

All times are epoch milliseconds (floats), all durations milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from course.telemetry.functions.log_lines import Failure as Failure
from course.telemetry.functions.log_lines import Line as Line

Status = Literal["ok", "error", "timeout", "oom"]


@dataclass
class Step:
    """Something that an invocation waited for: a call to AWS, to another function or to a host.

    service: AWS's endpoint prefix, or the host's name where operation is empty.
    end: None when the invocation was stopped before the answer came.
    status: of the answer; None when there was none. called: the invocation that a call to Lambda
    made. id: of its subsegment, given when the traces are written.
    """

    service: str
    operation: str
    start: float
    end: float | None = None
    status: int | None = 200
    retries: int = 0
    details: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    called: Invocation | None = None
    id: str = ""


@dataclass
class Invocation:
    """One invocation of a Lambda function. memory in MB, as Lambda reports it.

    annotations, metadata: what the function's code adds to its trace. messages: what the invocation
    received from the queue.
    """

    role: str
    version: int
    request_id: str
    start: float
    init: float | None
    stream: str
    memory_used: int = 0
    duration: float = 0.0
    status: Status = "ok"
    response: int = 200  # the HTTP status in the function's answer, where it answers the API
    failure: Failure | None = None
    trace_id: str | None = None
    segment_id: str = ""
    lines: list[Line] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    annotations: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)

    @property
    def end(self) -> float:
        return self.start + self.duration


@dataclass
class Throttle:
    """A request to invoke that Lambda refused for lack of concurrency."""

    role: str
    time: float


@dataclass
class ApiRequest:
    """One request to the API. Integration values are None where no integration was called.

    trace_id: where the request was sampled. called: when the function was; invocation: None when
    Lambda refused it, too.
    """

    time: float
    request_id: str
    ip: str
    agent: str
    method: str
    resource: str
    path: str
    status: int = 200
    latency: float = 0.0
    integration_latency: float | None = None
    integration_status: int | None = None
    integration_request_id: str | None = None
    error_type: str | None = None
    error_message: str | None = None
    trace_id: str | None = None
    called: float | None = None
    function: str = ""
    invocation: Invocation | None = None


@dataclass
class TableCall:
    """One request to the table; units are what it consumed, 0 when throttled."""

    time: float
    operation: str
    latency: float
    read_units: float
    write_units: float
    throttled: bool


@dataclass
class Message:
    """One message of the queue, with each receipt's time and when it left (None: still there).

    trace_id, step: the trace and the call that sent it, as its AWSTraceHeader says.
    """

    sent: float
    body: dict[str, Any]
    received: list[float] = field(default_factory=list)
    deleted: float | None = None
    dead: float | None = None
    trace_id: str | None = None
    step: Step | None = None


@dataclass
class Truth:
    """Everything that happened in one world."""

    invocations: list[Invocation] = field(default_factory=list)
    throttles: list[Throttle] = field(default_factory=list)
    requests: list[ApiRequest] = field(default_factory=list)
    table: list[TableCall] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    published: list[float] = field(default_factory=list)  # to the topic
    records: list[tuple[float, int]] = field(default_factory=list)  # to the stream: time, bytes
    lookups: list[tuple[float, bool]] = field(default_factory=list)  # in the cache: time, hit
