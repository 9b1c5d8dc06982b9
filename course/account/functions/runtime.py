"""Invoking functions: who may run, in which environment, and what is left behind.

`invoke` runs a function now, on time of its own; the caller passes that time on with
`waiting.spend(outcome.total_ms)`. An invocation runs as a whole when it starts, in the order of the
account's time; its environment is taken until its end, and its logs, metrics and segments land when
the clock gets there. An invocation that another one makes later in its own time is refused or
placed by what is known at that moment.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from random import Random
from typing import Any
from weakref import WeakKeyDictionary

from course.account import provision
from course.account.errors import AwsError, NotSimulated
from course.account.functions import faults_of_code, packages, tracing
from course.account.functions.configured import Catalogue, Function, parse
from course.account.functions.metering import Metering
from course.account.functions.sandbox import Call, Ended, Sandbox
from course.account.functions.tracing import Sampler, Trace
from course.account.logs import ingestion
from course.account.logs.store import Group, Stream
from course.account.region import Region
from course.telemetry.functions import log_lines
from course.telemetry.functions.concurrency import Pool, Refused, Slot
from course.telemetry.functions.limits import limit, whole
from course.telemetry.functions.log_lines import Attempt, Run

PYTHON = "python3."
TOO_LARGE = "Response payload size exceeded maximum allowed payload size ({} bytes)."
REASONS = {
    "ReservedFunctionConcurrentInvocationLimitExceeded": "Rate Exceeded.",
    "ConcurrentInvocationLimitExceeded": "Rate Exceeded.",
}


class Throttled(Exception):
    """Lambda refused to run a function. reason: as in TooManyRequestsException."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = REASONS.get(reason, "Rate Exceeded.")


@dataclass
class Outcome:
    """How an invocation ended. Times in ms; init_ms is 0.0 in a warm environment.

    error: None or "Unhandled" ("Handled" is of old runtimes). total_ms: until the caller has the
    answer. log_tail: the last 4 KB of the log.
    """

    payload: bytes
    error: str | None
    status: int
    duration_ms: float
    init_ms: float
    total_ms: float
    billed_ms: int
    memory_mb: int
    memory_used_mb: int
    request_id: str
    version: str
    log_tail: bytes
    started: int
    trace_header: str | None
    segment_id: str | None
    cold: bool

    @property
    def ended(self) -> int:
        """The first whole millisecond at which it is over, epoch ms."""
        return self.started + ceil(self.total_ms)

    def json(self) -> Any:
        """The payload, read."""
        return json.loads(self.payload)


@dataclass
class _Start:
    """What came before the handler: a cold start, or nothing. init: ms, None when warm."""

    begin: int
    init: float | None = None
    restore: float | None = None
    lines: list[log_lines.Line] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)


class Functions:
    """What Lambda keeps in one Region."""

    def __init__(self, region: Region) -> None:
        # Any call makes sure that moto is mended and that the world's functions exist.
        region.clients("lambda").list_layers()
        self.region = region
        seed = f"lambda/{region.name}"
        self.catalogue = Catalogue(region)
        self.pool = Pool(self.catalogue.reservations, seed, _quota(region))
        self.metering = Metering(region)
        self.sampler = Sampler(seed)
        self.rng = Random(seed)
        self.sandboxes: WeakKeyDictionary[Slot, Sandbox] = WeakKeyDictionary()
        self._made = 0
        self._seats: Counter[str] = Counter()

    def find(self, name: str, qualifier: str | None = None) -> Function:
        """A function that can run; AwsError or NotSimulated for what cannot."""
        function = self.catalogue.find(parse(self.region, name, qualifier), self.rng)
        _must_run(function)
        return function

    def sandbox(self, slot: Slot, function: Function, now: int, kind: str) -> Sandbox:
        """The environment behind a slot; a new one gets its log stream."""
        found = self.sandboxes.get(slot)
        if found is None:
            self._made += 1
            seed = f"{self.region.name}/{function.name}/{self._made}"
            identifier = hashlib.md5(f"{seed}/{now}".encode(), usedforsecurity=False).hexdigest()
            day = _day(now)
            stream = f"{day}/[{function.version}]{identifier}"
            found = self.sandboxes[slot] = Sandbox(function, stream, seed, kind)
            found.seat = self._seats[function.name]
            self._seats[function.name] += 1
        return found


def _quota(region: Region) -> int | None:
    """The account's limit on concurrent executions, where the world says it."""
    listed = region.world.resources.get("service-quotas", ()) if region.world is not None else ()
    return next(
        (int(each["value"]) for each in listed if each["name"] == "Concurrent executions"), None
    )


def _is_placeholder(files: packages.Files) -> bool:
    return files.get(packages.DEFAULT_FILE) == provision.CODE.encode()


def _must_run(function: Function) -> None:
    if function.archive and _is_placeholder(packages.read(function.archive)):
        raise NotSimulated(
            f"lambda:Invoke of {function.name}",
            "Give it code with update_function_code, or read what it did in its log group.",
            "cannot run: the account knows what this function did, not its code.",
        )
    if not function.archive or not function.runtime.startswith(PYTHON):
        what = function.runtime or "a container image"
        instead = "Write the function in Python, as a .zip package (course.account.package)."
        raise NotSimulated(f"lambda:Invoke with {what}", instead)


def invoke(
    region: Region,
    name: str,
    payload: bytes,
    *,
    qualifier: str | None = None,
    at: int | None = None,
    trace: str | None = None,
    source: str = "sdk",
    request_id: str | None = None,
    client_context: Mapping[str, Any] | None = None,
) -> Outcome:
    """Run a function and wait for it, on time of its own.

    name: in any of its four forms. at: epoch ms, if the invocation starts later than now. trace:
    the caller's X-Ray header. Throttled when Lambda refuses; AwsError for what does not exist or is
    no JSON; NotSimulated for code that cannot run here.
    """
    lambdas = region.part(Functions)
    function = lambdas.find(name, qualifier)
    event = event_of(payload)
    start = region.now if at is None else at
    try:
        slot = lambdas.pool.admit(function.name, function.code, start)
    except Refused as refusal:
        lambdas.metering.of(function, start, Throttles=1.0)
        raise Throttled(refusal.reason) from None
    traced = lambdas.sampler.trace(function, trace, start)
    call = Call(event, request_id or region.new_id(), function.qualified_arn, client_context)
    return _Invocation(lambdas, function, slot, start, traced, call).run()


def invoke_async(
    region: Region,
    name: str,
    payload: bytes | str,
    *,
    source: str,
    qualifier: str | None = None,
    trace: str | None = None,
) -> str:
    """Put an event in a function's queue, as other services do; gives its request id.

    AwsError for what does not exist or is no JSON; NotSimulated for code that cannot run here.
    """
    from course.account.functions import asynchronous  # which invokes, and so needs this module

    data = payload.encode() if isinstance(payload, str) else payload
    return asynchronous.accept(region, name, data, qualifier=qualifier, source=source, trace=trace)


def event_of(payload: bytes) -> Any:
    """The event in a payload; AwsError for what is no JSON."""
    try:
        return json.loads(payload or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", message) from None


class _Invocation:
    """One invocation, from its environment to its telemetry."""

    def __init__(
        self,
        lambdas: Functions,
        function: Function,
        slot: Slot,
        start: int,
        trace: Trace,
        call: Call,
    ) -> None:
        self._lambdas = lambdas
        self._function = function
        self._slot = slot
        self._start = start
        self._trace = trace
        self._call = call
        kind = "provisioned-concurrency" if slot.provisioned else "on-demand"
        kind = "snap-start" if function.restores else kind
        self._sandbox = lambdas.sandbox(slot, function, start, kind)

    def run(self) -> Outcome:
        slot = self._slot
        slot.busy_from, slot.free_at = self._start, float("inf")
        slot.uses += 1
        try:
            return self._run()
        finally:
            if slot.free_at == float("inf"):
                slot.free_at, slot.lifetime = self._start, 0.0

    def _run(self) -> Outcome:
        self._sandbox.trace = self._trace.header
        before = _Start(self._start) if self._sandbox.started else self._initialise()
        ended = self._sandbox.invoke(before.begin, self._call)
        run = self._told(before, ended)
        payload, error = self._answer(run, ended)
        total = run.end - self._start
        self._slot.free_at = self._start + total
        if before.attempts:
            self._slot.lifetime = 0.0
        entries = log_lines.entries(run, self._function.log_settings())
        landing = _Landing(self._lambdas, self._function, run, self._trace, entries)
        landing.started(self._slot, self._start)
        self._lambdas.region.agenda.at(int(run.end), landing.land)
        return Outcome(
            payload=payload,
            error=error,
            status=200,
            duration_ms=run.duration,
            init_ms=run.init or run.restore or 0.0,
            total_ms=total,
            billed_ms=log_lines.billed(run),
            memory_mb=self._function.memory,
            memory_used_mb=run.memory_used,
            request_id=run.request_id,
            version=self._function.version,
            log_tail="".join(_lines(entries)).encode()[-whole("log_tail") :],
            started=self._start,
            trace_header=self._trace.header,
            segment_id=self._trace.own if self._trace.is_recorded else None,
            cold=before.init is not None or before.restore is not None,
        )

    def _initialise(self) -> _Start:
        ended = self._sandbox.initialise(self._start, limit("init_phase"))
        begin = self._start + round(ended.elapsed)
        if ended.kind != "ok":
            return _Start(begin, attempts=[_attempt(ended, self._start, "init")])
        if self._function.restores:
            restore = self._sandbox.restore_time()
            return _Start(self._start + round(restore), restore=restore, lines=ended.lines)
        return _Start(begin, init=ended.elapsed, lines=ended.lines)

    def _told(self, before: _Start, ended: Ended) -> Run:
        run = Run(
            request_id=self._call.request_id,
            version=self._function.version,
            start=before.begin,
            stream=self._sandbox.stream,
            init=before.init,
            restore=before.restore,
            memory_used=ended.memory_used,
            duration=ended.elapsed,
            status=ended.kind,
            error_type=ended.error_type,
            error_message=ended.error_message,
            failure=ended.failure,
            trace_id=self._trace.root if self._trace.is_recorded else None,
            segment_id=self._trace.own,
            lines=ended.lines,
            init_lines=before.lines,
            attempts=before.attempts,
        )
        if ended.kind == "error" and not self._sandbox.is_ready:
            # The code could not be loaded: told as an initialisation, repeated for this request.
            run.attempts.append(_attempt(ended, before.begin, "invoke"))
            run.lines = []
        return run

    def _answer(self, run: Run, ended: Ended) -> tuple[bytes, str | None]:
        if ended.kind == "ok":
            payload = ended.value.encode()
            run.produced = len(payload)
            if len(payload) <= whole("response_sync"):
                return payload, None
            message = TOO_LARGE.format(whole("response_sync"))
            return _error("Function.ResponseSizeTooLarge", message), "Unhandled"
        if ended.failure is not None:
            identifier = self._call.request_id if self._sandbox.is_ready else ""
            found = faults_of_code.response(ended.failure, identifier)
            return json.dumps(found).encode(), "Unhandled"
        kind, message = _ending(self._function, ended)
        return _error(kind, f"RequestId: {run.request_id} Error: {message}"), "Unhandled"


def _ending(function: Function, ended: Ended) -> tuple[str, str]:
    """Error type and message for a process that is gone."""
    if ended.kind == "timeout":
        return "Sandbox.Timedout", f"Task timed out after {function.timeout / 1000:.2f} seconds"
    if ended.kind == "oom":
        return "Runtime.ExitError", "Runtime exited with error: signal: killed"
    return ended.error_type or "Runtime.ExitError", ended.error_message or ""


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _attempt(ended: Ended, start: float, phase: str) -> Attempt:
    status = "timeout" if ended.kind == "timeout" else "error"
    kind = ended.failure.type if ended.failure else ended.error_type
    if ended.kind == "oom":
        kind = "Runtime.OutOfMemory"
    return Attempt(
        end=start + ended.elapsed,
        duration=ended.elapsed,
        phase=phase,
        status=status,
        error_type=kind,
        failure=ended.failure,
        lines=ended.lines,
    )


def _lines(entries: list[log_lines.Entry]) -> list[str]:
    return [text if text.endswith("\n") else text + "\n" for _, text in entries]


@dataclass
class _Landing:
    """What an invocation leaves behind, when the clock has got to its end."""

    lambdas: Functions
    function: Function
    finished: Run
    trace: Trace
    entries: list[log_lines.Entry]

    def started(self, slot: Slot, at: int) -> None:
        """Count what ran when it started, itself included."""
        metering, pool = self.lambdas.metering, self.lambdas.pool
        fleet = pool.fleet(self.function.name)
        metering.by_name(self.function.name, at, ConcurrentExecutions=float(fleet.in_use(at)))
        metering.region_wide(
            at,
            ConcurrentExecutions=float(pool.in_use(at)),
            UnreservedConcurrentExecutions=float(pool.unreserved_in_use(at)),
        )
        running, ahead = fleet.provisioned(at, self.function.code)
        if ahead:
            metering.of(
                self.function,
                at,
                ProvisionedConcurrentExecutions=float(running),
                ProvisionedConcurrencyUtilization=running / ahead,
                ProvisionedConcurrencyInvocations=float(slot.provisioned),
                ProvisionedConcurrencySpilloverInvocations=float(not slot.provisioned),
            )

    def land(self) -> None:
        region, run = self.lambdas.region, self.finished
        failed = 0.0 if run.status == "ok" else 1.0
        self.lambdas.metering.of(
            self.function,
            run.start,
            Invocations=1.0,
            Errors=failed,
            Throttles=0.0,
            Duration=run.duration,
        )
        self._log(region)
        if self.trace.is_recorded:
            tracing.record(region, self.lambdas.sampler, self.function, run, self.trace)

    def _log(self, region: Region) -> None:
        name, stream, now = self.function.log_group, self.finished.stream, region.now
        first = self.entries[0][0] if self.entries else now
        group = region.logs.groups.setdefault(name, Group(name, created=first))
        group.streams.setdefault(stream, Stream(stream, created=first))
        events = [
            {
                "timestamp": at,
                "message": text,
                "logStreamName": stream,
                "logGroupName": name,
                "ingestionTime": now,
                "number": region.logs.number(),
            }
            for at, text in sorted(self.entries, key=lambda entry: entry[0])
        ]
        ingestion.ingest(region, group, events)


@lru_cache(maxsize=64)
def _day_of(days: int) -> str:
    from course.account.clock import utc

    return f"{utc(days * 86_400_000):%Y/%m/%d}"


def _day(now: int) -> str:
    return _day_of(now // 86_400_000)
