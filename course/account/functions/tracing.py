"""Lambda and X-Ray: which invocations are traced, and the segments that Lambda writes for them.

"Visualize Lambda function invocations using AWS X-Ray": a sampling decision that comes with the
trace header is kept; without one, active tracing samples the first request of each second and 5 %
of the others. Lambda sends its segments in Active mode only, and the header that the code finds
then names the function's segment as its parent; PassThrough hands the caller's header on.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from course.account.functions.configured import Function
from course.account.region import Region
from course.account.xray.store import TraceStore
from course.telemetry import segments
from course.telemetry.functions.log_lines import Run

RATE = 0.05
SECOND = 1000


@dataclass(frozen=True)
class Trace:
    """How one invocation is traced. parent: the caller's segment; own: the function's.

    sampled: the decision that goes on to whatever the code calls. is_active: the tracing mode.
    """

    root: str
    parent: str | None
    own: str
    sampled: bool
    is_active: bool

    @property
    def is_recorded(self) -> bool:
        """Whether Lambda sends segments for this invocation."""
        return self.sampled and self.is_active

    @property
    def header(self) -> str:
        """What the code finds in _X_AMZN_TRACE_ID."""
        parent = self.own if self.is_active or self.parent is None else self.parent
        return f"Root={self.root};Parent={parent};Sampled={int(self.sampled)}"


class Sampler:
    """Decides for one Region; draws from its own seed."""

    def __init__(self, seed: str) -> None:
        self._rng = Random(f"{seed}/traces")
        self._seconds: dict[str, int] = {}

    def trace(self, function: Function, header: str | None, now: int) -> Trace:
        """How an invocation that came with this header is traced."""
        given = fields(header)
        root = given.get("Root") or f"1-{now // SECOND:08x}-{self.identifier(24)}"
        sampled = given["Sampled"] == "1" if given.get("Sampled") in ("0", "1") else None
        is_active = function.tracing == "Active"
        if sampled is None:
            sampled = is_active and self._draw(function.name, now // SECOND)
        return Trace(root, given.get("Parent"), self.identifier(16), sampled, is_active)

    def _draw(self, function: str, second: int) -> bool:
        if self._seconds.get(function) != second:
            self._seconds[function] = second
            return True
        return self._rng.random() < RATE

    def identifier(self, digits: int) -> str:
        """A hexadecimal id."""
        return f"{self._rng.getrandbits(digits * 4):0{digits}x}"


def fields(header: str | None) -> dict[str, str]:
    """The fields of an X-Ray header; unknown ones are left alone."""
    parts = [part.partition("=") for part in (header or "").split(";")]
    return {name.strip(): value.strip() for name, _, value in parts if value}


def record(region: Region, sampler: Sampler, function: Function, run: Run, trace: Trace) -> None:
    """Send Lambda's segments of an invocation that has ended."""
    store = region.part(TraceStore)
    service = sampler.identifier(16)
    failed = run.status != "ok"
    began = run.start - (run.init or run.restore or 0.0)
    store.receive(
        segments.lambda_service(
            segments.span(service, function.name, began, run.end + 0.2),
            trace.root,
            parent_id=trace.parent,
            function_arn=function.qualified_arn,
            request_id=run.request_id,
            failed=failed,
        )
    )
    store.receive(
        segments.lambda_function(
            segments.span(trace.own, function.name, run.start, run.end),
            trace.root,
            parent_id=service,
            function_arn=function.qualified_arn,
            subsegments=_phases(sampler, function, run),
            failure=_failure(sampler, run),
        )
    )


def _phases(sampler: Sampler, function: Function, run: Run) -> list[segments.Document]:
    arn = function.qualified_arn
    found = []
    if run.init is not None:
        first = segments.span(
            sampler.identifier(16), "Initialization", run.start - run.init, run.start
        )
        found.append(segments.function_phase(first, arn))
    own = segments.span(sampler.identifier(16), "Invocation", run.start, run.end)
    failed = {"fault": True} if run.status != "ok" else {}
    found.append(segments.function_phase({**own, **failed}, arn))
    if run.status in ("ok", "error"):
        last = segments.span(sampler.identifier(16), "Overhead", run.end, run.end + 0.1)
        found.append(segments.function_phase(last, arn))
    return found


def _failure(sampler: Sampler, run: Run) -> segments.Document | None:
    if run.failure is not None:
        frames = [(path, line, label) for path, line, label, _ in run.failure.frames]
        kind, message = run.failure.type, run.failure.message
        return segments.cause(segments.exception(sampler.identifier(16), kind, message, frames))
    return {"fault": True} if run.status != "ok" else None
