"""Writes the log groups of the shop's functions: an `Invocation` in the words of the real service.

The formats are `course.telemetry.functions.log_lines`, which also writes for functions that run.
"""

from __future__ import annotations

from course.incidents.fleet import Settings
from course.incidents.model import Invocation
from course.telemetry.functions import log_lines
from course.telemetry.functions.log_lines import RUNTIME, Entry

__all__ = ["RUNTIME", "Entry", "billed", "entries"]


def entries(invocation: Invocation, name: str, settings: Settings) -> list[Entry]:
    """All log entries of one invocation, in the order in which they are written."""
    logged = log_lines.Settings(
        name, settings.memory, settings.timeout, settings.log_format, settings.system_level
    )
    return log_lines.entries(_run(invocation), logged)


def billed(invocation: Invocation) -> int:
    """Whole milliseconds that are charged: initialisation and invocation, rounded up."""
    return log_lines.billed(_run(invocation))


def _run(it: Invocation) -> log_lines.Run:
    return log_lines.Run(
        request_id=it.request_id,
        version=str(it.version),
        start=it.start,
        stream=it.stream,
        init=it.init,
        memory_used=it.memory_used,
        duration=it.duration,
        status=it.status,
        failure=it.failure,
        trace_id=it.trace_id,
        segment_id=it.segment_id,
        lines=it.lines,
    )
