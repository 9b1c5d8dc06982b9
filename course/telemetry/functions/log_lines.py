"""What Lambda and Python's logging put into a function's log group, in both log formats.

Text: INIT_START, START, END, REPORT ("Sending Lambda function logs to CloudWatch Logs"), logging's
`[LEVEL]<tab>time<tab>request id<tab>message` and, for an unhandled exception, `[ERROR] Type:
message` with a traceback indented by no-break spaces and without a request id (the runtime
interface client for Python). An initialisation that fails is told by INIT_REPORT ("Understanding
the Lambda execution environment lifecycle"). JSON: `platform.*` records ("Lambda Telemetry API
Event schema reference") and objects with timestamp, level, message, logger, requestId ("Log and
monitor Python Lambda functions"); which records appear depends on the system log level ("Log level
filtering").

REPORT carries `Status: timeout`, or `Status: error` with `Error Type` when the process died. An
exception of the code leaves no status there. Billed Duration includes the initialisation, as it
does since August 2025. Left out: extensions, spans of runtimeDone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from course.telemetry.functions import compute

RUNTIME = "python3.13"
RUNTIME_VERSION = "python:3.13.v72"
_DIGEST = hashlib.sha256(RUNTIME_VERSION.encode()).hexdigest()
RUNTIME_ARN = f"arn:aws:lambda:us-east-1::runtime:{_DIGEST}"
LEVELS = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40, "FATAL": 50}

Entry = tuple[int, str]  # epoch ms, message


@dataclass
class Line:
    """One application log line. level None: printed as it is (embedded metrics)."""

    at: float
    level: str | None
    message: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class Failure:
    """Why an invocation failed: an exception of the code, with the frames of its traceback."""

    type: str
    message: str
    frames: tuple[tuple[str, int, str, str], ...] = ()  # file, line, function, code


@dataclass
class Attempt:
    """An initialisation that did not succeed. phase: "init", or "invoke" when it was repeated.

    error_type: as in INIT_REPORT, None for a time-out. end: epoch ms.
    """

    end: float
    duration: float
    phase: str
    status: str
    error_type: str | None = None
    failure: Failure | None = None
    lines: list[Line] = field(default_factory=list)


@dataclass
class Run:
    """One invocation as its log tells it. Times in epoch ms, durations in ms, memory in MB.

    init: duration of the cold start, None when warm; restore: of a SnapStart restore instead.
    status: "ok", "error" (the code raised), "timeout", "oom" (killed) or "exit" (the process went
    away); error_type: what REPORT and the platform records then say. attempts: initialisations that
    failed before. init_lines: what the code logged while it was initialised.
    """

    request_id: str
    version: str
    start: float
    stream: str
    init: float | None = None
    restore: float | None = None
    memory_used: int = 0
    duration: float = 0.0
    status: str = "ok"
    error_type: str | None = None
    error_message: str | None = None
    failure: Failure | None = None
    trace_id: str | None = None
    segment_id: str = ""
    lines: list[Line] = field(default_factory=list)
    init_lines: list[Line] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    produced: int = 96

    @property
    def end(self) -> float:
        return self.start + self.duration


@dataclass(frozen=True)
class Settings:
    """How a function logs. memory in MB, timeout in ms; levels None: Lambda's default, INFO."""

    name: str
    memory: int
    timeout: int
    log_format: str = "Text"
    system_level: str | None = None


def entries(run: Run, settings: Settings) -> list[Entry]:
    """All log entries of one invocation, in the order in which they are written."""
    if settings.log_format == "JSON":
        return _json_entries(run, settings)
    return _text_entries(run, settings)


def billed(run: Run) -> int:
    """Whole milliseconds that are charged: initialisation and invocation, rounded up."""
    return compute.billed(run.duration, run.init or 0.0)


# -- text --------------------------------------------------------------------------------------


def _text_entries(it: Run, settings: Settings) -> list[Entry]:
    start, end = int(it.start), int(it.end)
    written: list[Entry] = _text_init(it)
    written.append((start, f"START RequestId: {it.request_id} Version: {it.version}\n"))
    written += [(int(line.at), _text_line(line, it.request_id)) for line in it.lines]
    written += [(end, text) for text in _text_failure(it, settings)]
    written.append((end, f"END RequestId: {it.request_id}\n"))
    written.append((end, _report(it, settings)))
    return written


def _text_init(it: Run) -> list[Entry]:
    runtime = f"Runtime Version: {RUNTIME_VERSION}\tRuntime Version ARN: {RUNTIME_ARN}"
    written: list[Entry] = []
    if it.restore is not None:
        written.append((int(it.start - it.restore), f"RESTORE_START {runtime}\n"))
        written.append((int(it.start), f"RESTORE_REPORT Restore Duration: {it.restore:.2f} ms\n"))
    elif it.attempts:
        first = it.attempts[0]
        written.append((int(first.end - first.duration), f"INIT_START {runtime}\n"))
    elif it.init is not None:
        written.append((int(it.start - it.init), f"INIT_START {runtime}\n"))
    for attempt in it.attempts:
        written += _text_attempt(attempt)
    return written + [(int(line.at), _text_line(line, "")) for line in it.init_lines]


def _text_attempt(attempt: Attempt) -> list[Entry]:
    end = int(attempt.end)
    written = [(int(line.at), _text_line(line, "")) for line in attempt.lines]
    if attempt.failure is not None:
        written.append((end, _traceback(attempt.failure)))
    parts = [
        f"INIT_REPORT Init Duration: {attempt.duration:.2f} ms",
        f"Phase: {attempt.phase}",
        f"Status: {attempt.status}",
    ]
    if attempt.error_type is not None:
        parts.append(f"Error Type: {attempt.error_type}")
    return [*written, (end, "\t".join(parts) + "\n")]


def _text_line(line: Line, request_id: str) -> str:
    if line.level is None:
        return line.message + "\n"
    return f"[{line.level}]\t{_millis(line.at)}\t{request_id}\t{line.message}\n"


def _text_failure(it: Run, settings: Settings) -> list[str]:
    if it.status == "timeout":
        after = f"Task timed out after {settings.timeout / 1000:.2f} seconds"
        return [f"{_millis(it.end)} {it.request_id} {after}\n\n"]
    if it.status == "oom":
        killed = "Error: Runtime exited with error: signal: killed"
        return [f"RequestId: {it.request_id} {killed}\nRuntime.ExitError\n"]
    if it.status == "exit":
        return [f"RequestId: {it.request_id} Error: {it.error_message}\n{it.error_type}\n"]
    return [] if it.failure is None else [_traceback(it.failure)]


def _traceback(failure: Failure) -> str:
    lines = [f"[ERROR] {failure.type}: {failure.message}", "Traceback (most recent call last):"]
    for text in _frames(failure):
        indent = len(text) - len(text.lstrip(" "))
        lines.append("\u00a0" * indent + text[indent:])
    return "\n".join(lines)


def _frames(failure: Failure) -> list[str]:
    return [
        part
        for file, line, function, code in failure.frames
        for part in (f'  File "{file}", line {line}, in {function}', f"    {code}")
    ]


def stack_trace(failure: Failure) -> list[str]:
    """The frames as an error's `stackTrace` has them."""
    stack = _frames(failure)
    return [f"{a}\n{b}\n" for a, b in zip(stack[::2], stack[1::2], strict=True)]


def _report(it: Run, settings: Settings) -> str:
    parts = [
        f"REPORT RequestId: {it.request_id}",
        f"Duration: {it.duration:.2f} ms",
        f"Billed Duration: {billed(it)} ms",
        f"Memory Size: {settings.memory} MB",
        f"Max Memory Used: {it.memory_used} MB",
    ]
    if it.restore is not None:
        parts.append(f"Restore Duration: {it.restore:.2f} ms")
        parts.append("Billed Restore Duration: 0 ms")
    elif it.init is not None:
        parts.append(f"Init Duration: {it.init:.2f} ms")
    parts.append(_ending(it))
    traced = f"XRAY TraceId: {it.trace_id}\tSegmentId: {it.segment_id}\tSampled: true\t\n"
    return "\t".join(parts) + "\n" + (traced if it.trace_id else "")


def _ending(it: Run) -> str:
    if it.status == "timeout":
        return "Status: timeout"
    error_type = _error_type(it)
    return f"Status: error\tError Type: {error_type}" if error_type else ""


def _error_type(it: Run) -> str | None:
    """What REPORT calls the end of the process; None while the process lives."""
    if it.status == "oom":
        return "Runtime.OutOfMemory"
    return it.error_type if it.status == "exit" else None


# -- JSON --------------------------------------------------------------------------------------


def _json_entries(it: Run, settings: Settings) -> list[Entry]:
    threshold = LEVELS[settings.system_level or "INFO"]
    written = _json_init(it, settings, threshold)
    record: dict[str, Any] = {"requestId": it.request_id, "version": str(it.version)}
    if threshold <= LEVELS["INFO"]:
        written.append(_platform(it.start, "start", {**record, **_tracing(it)}))
    written += [(int(line.at), _json_line(line, settings.name, it.request_id)) for line in it.lines]
    if it.failure is not None:
        written.append((int(it.end), _json_failure(it.failure, it.end, it.request_id)))
    failed = it.status != "ok"
    outcome = _outcome(it)
    if threshold <= LEVELS["WARN" if failed else "DEBUG"]:
        done = {"requestId": it.request_id, **outcome, **_tracing(it)}
        written.append(_platform(it.end, "runtimeDone", {**done, "metrics": _done_metrics(it)}))
    if threshold <= LEVELS["ERROR" if failed else "INFO"]:
        report = {"requestId": it.request_id, "metrics": _report_metrics(it, settings), **outcome}
        written.append(_platform(it.end, "report", {**report, **_tracing(it)}))
    return written


def _platform(at: float, kind: str, record: dict[str, Any]) -> Entry:
    event = {"time": _millis(at), "type": f"platform.{kind}", "record": record}
    return int(at), json.dumps(event, separators=(",", ":"))


def _json_init(it: Run, settings: Settings, threshold: int) -> list[Entry]:
    if it.restore is not None:
        return _json_restore(it, settings, threshold, it.restore)
    written: list[Entry] = []
    phase = {"initializationType": "on-demand", "phase": "init"}
    began = it.start - (it.init or 0.0)
    if it.attempts:
        began = it.attempts[0].end - it.attempts[0].duration
    if (it.init is not None or it.attempts) and threshold <= LEVELS["INFO"]:
        started = {**phase, **_environment(it, settings)}
        written.append(_platform(began, "initStart", started))
    for attempt in it.attempts:
        written += _json_attempt(attempt, settings, threshold)
    written += [(int(line.at), _json_line(line, settings.name, "")) for line in it.init_lines]
    if it.init is not None and not it.attempts and threshold <= LEVELS["DEBUG"]:
        done = {**phase, "status": "success"}
        written.append(_platform(it.start, "initRuntimeDone", done))
        written.append(
            _platform(it.start, "initReport", {**done, "metrics": {"durationMs": it.init}})
        )
    return written


def _environment(it: Run, settings: Settings) -> dict[str, Any]:
    return {
        "runtimeVersion": RUNTIME_VERSION,
        "runtimeVersionArn": RUNTIME_ARN,
        "functionName": settings.name,
        "functionVersion": str(it.version),
        "instanceId": it.stream,
        "instanceMaxMemory": settings.memory * 2**20,
    }


def _json_attempt(attempt: Attempt, settings: Settings, threshold: int) -> list[Entry]:
    written = [(int(line.at), _json_line(line, settings.name, "")) for line in attempt.lines]
    if attempt.failure is not None:
        written.append((int(attempt.end), _json_failure(attempt.failure, attempt.end, "")))
    if threshold <= LEVELS["WARN"]:
        done = {
            "initializationType": "on-demand",
            "phase": attempt.phase,
            "status": attempt.status,
            **({"errorType": attempt.error_type} if attempt.error_type else {}),
        }
        metrics = {"durationMs": attempt.duration}
        written.append(_platform(attempt.end, "initRuntimeDone", done))
        written.append(_platform(attempt.end, "initReport", {**done, "metrics": metrics}))
    return written


def _json_restore(it: Run, settings: Settings, threshold: int, took: float) -> list[Entry]:
    written: list[Entry] = []
    if threshold <= LEVELS["INFO"]:
        written.append(
            _platform(it.start - took, "restoreStart", _environment(it, settings)),
        )
    if threshold <= LEVELS["DEBUG"]:
        written.append(_platform(it.start, "restoreRuntimeDone", {"status": "success"}))
        done = {"status": "success", "metrics": {"durationMs": took}}
        written.append(_platform(it.start, "restoreReport", done))
    return written


def _tracing(it: Run) -> dict[str, Any]:
    if it.trace_id is None:
        return {}
    value = f"Root={it.trace_id};Parent={it.segment_id};Sampled=1"
    return {"tracing": {"spanId": it.segment_id, "type": "X-Amzn-Trace-Id", "value": value}}


def _outcome(it: Run) -> dict[str, str]:
    error_type = _error_type(it)
    if error_type is not None:
        return {"status": "error", "errorType": error_type}
    return {"status": {"ok": "success", "timeout": "timeout"}.get(it.status, "error")}


def _done_metrics(it: Run) -> dict[str, float]:
    return {
        "durationMs": it.duration,
        "producedBytes": 0 if it.status != "ok" else it.produced,
    }


def _report_metrics(it: Run, settings: Settings) -> dict[str, float]:
    metrics: dict[str, float] = {
        "durationMs": it.duration,
        "billedDurationMs": billed(it),
        "memorySizeMB": settings.memory,
        "maxMemoryUsedMB": it.memory_used,
    }
    if it.restore is not None:
        return {**metrics, "restoreDurationMs": it.restore}
    return metrics if it.init is None else {**metrics, "initDurationMs": it.init}


def _json_line(line: Line, name: str, request_id: str) -> str:
    if line.level is None:
        return line.message
    entry = {"timestamp": _seconds_of(line.at), "level": line.level, "message": line.message}
    identity = {"logger": name, **({"requestId": request_id} if request_id else {})}
    return json.dumps({**entry, **identity, **line.fields})


def _json_failure(failure: Failure, at: float, request_id: str) -> str:
    return json.dumps(
        {
            "timestamp": _seconds_of(at),
            "level": "ERROR",
            "errorMessage": failure.message,
            "errorType": failure.type,
            "requestId": request_id,
            "stackTrace": stack_trace(failure),
        }
    )


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _seconds_of(milliseconds: float) -> str:
    return _second(int(milliseconds) // 1000) + "Z"


def _millis(milliseconds: float) -> str:
    second, rest = divmod(int(milliseconds), 1000)
    return f"{_second(second)}.{rest:03d}Z"
