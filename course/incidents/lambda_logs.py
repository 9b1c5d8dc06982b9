"""Writes what Lambda and Python's logging put into a function's log group, in both log formats.

Text: INIT_START, START, END, REPORT ("Sending Lambda function logs to CloudWatch Logs"), logging's
`[LEVEL]<tab>time<tab>request id<tab>message` and, for an unhandled exception, `[ERROR] Type:
message` with a traceback indented by no-break spaces and without a request id (the runtime
interface client for Python). JSON: `platform.*` records ("Lambda Telemetry API Event schema
reference") and objects with timestamp, level, message, logger, requestId ("Log and monitor Python
Lambda functions"); which records appear depends on the system log level ("Log level filtering").

REPORT carries `Status: timeout`, or `Status: error` with `Error Type` when the process died. An
exception of the code leaves no status there. Billed Duration includes the initialisation, as it
does since August 2025. Left out: extensions, SnapStart's restore records, spans of runtimeDone.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

from course.incidents.fleet import Settings
from course.incidents.model import Invocation, Line
from course.incidents.times import iso, iso_millis

RUNTIME = "python3.13"
_RUNTIME_VERSION = "python:3.13.v72"
_ARN = f"arn:aws:lambda:us-east-1::runtime:{hashlib.sha256(_RUNTIME_VERSION.encode()).hexdigest()}"

Entry = tuple[int, str]  # epoch ms, message


def entries(invocation: Invocation, name: str, settings: Settings) -> list[Entry]:
    """All log entries of one invocation, in the order in which they are written."""
    if settings.log_format == "JSON":
        return _json_entries(invocation, name, settings)
    return _text_entries(invocation, settings)


def billed(invocation: Invocation) -> int:
    """Whole milliseconds that are charged: initialisation and invocation, rounded up."""
    return math.ceil(round(invocation.duration + (invocation.init or 0.0), 2))


# -- text --------------------------------------------------------------------------------------


def _text_entries(it: Invocation, settings: Settings) -> list[Entry]:
    start, end = int(it.start), int(it.end)
    written: list[Entry] = []
    if it.init is not None:
        runtime = f"Runtime Version: {_RUNTIME_VERSION}\tRuntime Version ARN: {_ARN}"
        written.append((int(it.start - it.init), f"INIT_START {runtime}\n"))
    written.append((start, f"START RequestId: {it.request_id} Version: {it.version}\n"))
    written += [(int(line.at), _text_line(line, it.request_id)) for line in it.lines]
    written += [(end, text) for text in _text_failure(it, settings)]
    written.append((end, f"END RequestId: {it.request_id}\n"))
    written.append((end, _report(it, settings)))
    return written


def _text_line(line: Line, request_id: str) -> str:
    if line.level is None:
        return line.message + "\n"
    return f"[{line.level}]\t{iso_millis(line.at)}\t{request_id}\t{line.message}\n"


def _text_failure(it: Invocation, settings: Settings) -> list[str]:
    if it.status == "timeout":
        after = f"Task timed out after {settings.timeout / 1000:.2f} seconds"
        return [f"{iso_millis(it.end)} {it.request_id} {after}\n\n"]
    if it.status == "oom":
        killed = "Error: Runtime exited with error: signal: killed"
        return [f"RequestId: {it.request_id} {killed}\nRuntime.ExitError\n"]
    if it.failure is None:
        return []
    lines = [
        f"[ERROR] {it.failure.type}: {it.failure.message}",
        "Traceback (most recent call last):",
    ]
    for text in _frames(it):
        indent = len(text) - len(text.lstrip(" "))
        lines.append("\u00a0" * indent + text[indent:])
    return ["\n".join(lines)]


def _frames(it: Invocation) -> list[str]:
    frames = it.failure.frames if it.failure else ()
    return [
        part
        for file, line, function, code in frames
        for part in (f'  File "{file}", line {line}, in {function}', f"    {code}")
    ]


def _report(it: Invocation, settings: Settings) -> str:
    parts = [
        f"REPORT RequestId: {it.request_id}",
        f"Duration: {it.duration:.2f} ms",
        f"Billed Duration: {billed(it)} ms",
        f"Memory Size: {settings.memory} MB",
        f"Max Memory Used: {it.memory_used} MB",
    ]
    if it.init is not None:
        parts.append(f"Init Duration: {it.init:.2f} ms")
    ending = {"timeout": "Status: timeout", "oom": "Status: error\tError Type: Runtime.OutOfMemory"}
    parts.append(ending.get(it.status, ""))
    traced = f"XRAY TraceId: {it.trace_id}\tSegmentId: {it.segment_id}\tSampled: true\t\n"
    return "\t".join(parts) + "\n" + (traced if it.trace_id else "")


# -- JSON --------------------------------------------------------------------------------------


def _json_entries(it: Invocation, name: str, settings: Settings) -> list[Entry]:
    debug = settings.system_level == "DEBUG"
    written = _json_init(it, name, settings, debug) if it.init is not None else []
    record: dict[str, Any] = {"requestId": it.request_id, "version": str(it.version)}
    written.append(_platform(it.start, "start", {**record, **_tracing(it)}))
    written += [(int(line.at), _json_line(line, name, it.request_id)) for line in it.lines]
    if it.failure is not None:
        written.append((int(it.end), _json_failure(it)))
    outcome = _outcome(it)
    if debug or it.status != "ok":
        done = {"requestId": it.request_id, **outcome, **_tracing(it)}
        written.append(_platform(it.end, "runtimeDone", {**done, "metrics": _done_metrics(it)}))
    report = {"requestId": it.request_id, "metrics": _report_metrics(it, settings), **outcome}
    written.append(_platform(it.end, "report", {**report, **_tracing(it)}))
    return written


def _platform(at: float, kind: str, record: dict[str, Any]) -> Entry:
    event = {"time": iso_millis(at), "type": f"platform.{kind}", "record": record}
    return int(at), json.dumps(event, separators=(",", ":"))


def _json_init(it: Invocation, name: str, settings: Settings, debug: bool) -> list[Entry]:
    phase = {"initializationType": "on-demand", "phase": "init"}
    began = it.start - (it.init or 0.0)
    started = {
        **phase,
        "runtimeVersion": _RUNTIME_VERSION,
        "runtimeVersionArn": _ARN,
        "functionName": name,
        "functionVersion": str(it.version),
        "instanceId": it.stream,
        "instanceMaxMemory": settings.memory * 2**20,
    }
    written = [_platform(began, "initStart", started)]
    if debug:
        done = {**phase, "status": "success"}
        written.append(_platform(it.start, "initRuntimeDone", done))
        written.append(
            _platform(it.start, "initReport", {**done, "metrics": {"durationMs": it.init}})
        )
    return written


def _tracing(it: Invocation) -> dict[str, Any]:
    if it.trace_id is None:
        return {}
    value = f"Root={it.trace_id};Parent={it.segment_id};Sampled=1"
    return {"tracing": {"spanId": it.segment_id, "type": "X-Amzn-Trace-Id", "value": value}}


def _outcome(it: Invocation) -> dict[str, str]:
    if it.status == "oom":
        return {"status": "error", "errorType": "Runtime.OutOfMemory"}
    return {"status": {"ok": "success", "timeout": "timeout"}.get(it.status, "error")}


def _done_metrics(it: Invocation) -> dict[str, float]:
    return {"durationMs": it.duration, "producedBytes": 0 if it.status != "ok" else 96}


def _report_metrics(it: Invocation, settings: Settings) -> dict[str, float]:
    metrics: dict[str, float] = {
        "durationMs": it.duration,
        "billedDurationMs": billed(it),
        "memorySizeMB": settings.memory,
        "maxMemoryUsedMB": it.memory_used,
    }
    return metrics if it.init is None else {**metrics, "initDurationMs": it.init}


def _json_line(line: Line, name: str, request_id: str) -> str:
    if line.level is None:
        return line.message
    entry = {"timestamp": iso(line.at), "level": line.level, "message": line.message}
    return json.dumps({**entry, "logger": name, "requestId": request_id, **line.fields})


def _json_failure(it: Invocation) -> str:
    assert it.failure is not None
    stack = _frames(it)
    return json.dumps(
        {
            "timestamp": iso(it.end),
            "level": "ERROR",
            "errorMessage": it.failure.message,
            "errorType": it.failure.type,
            "requestId": it.request_id,
            "stackTrace": [f"{a}\n{b}\n" for a, b in zip(stack[::2], stack[1::2], strict=True)],
        }
    )
