"""Small batches of log events and traces for single exercises: quick, seeded, without a world."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any, Literal

from course.incidents import lambda_logs, terminal
from course.incidents.fleet import Settings
from course.incidents.model import Failure, Invocation, Line
from course.incidents.seeds import hexadecimal, stream, uuid
from course.incidents.times import day
from course.incidents.trace_samples import trace_truth, traces
from course.incidents.trail_samples import (
    call_rates,
    call_rates_truth,
    deleted_bucket,
    deleted_bucket_truth,
    digest_chain,
    digest_chain_truth,
    log_files,
    log_files_truth,
)

__all__ = [
    "call_rates",
    "call_rates_truth",
    "deleted_bucket",
    "deleted_bucket_truth",
    "digest_chain",
    "digest_chain_truth",
    "lambda_events",
    "log_files",
    "log_files_truth",
    "terminal_lines",
    "trace_truth",
    "traces",
]

_EPOCH = 1_767_600_000_000  # 2026-01-05T08:00:00Z
_STEP = 4_000  # ms between two events, on average


def terminal_lines(
    seed: int | str,
    n: int = 200,
    *,
    format: Literal["space", "json"] = "space",  # noqa: A002
    group: str = "/shop/terminal",
    start: int | None = None,
) -> list[dict[str, Any]]:
    """`n` events of card terminals, about 4 s apart, in time order.

    format: "space" gives `time id LEVEL words...` with some INFO lines that contain the word ERROR;
        "json" gives the same as `{"time", "id", "level", "message"}`.
    start: epoch ms of the first event; drawn from the seed by default.
    """
    _at_least_one(n)
    rng = stream(seed, "terminal lines")
    write: Callable[[str], str] = _as_json if format == "json" else str
    time, events = _begin(rng, start), []
    for _ in range(n):
        till = f"till-{rng.randint(1, terminal.TERMINALS)}"
        text = write(terminal.line(rng, time, till, None))
        events.append(_event(time, text, till, group))
        time += rng.randint(_STEP // 4, _STEP * 7 // 4)
    return events


def lambda_events(
    seed: int | str,
    n: int = 50,
    *,
    function: str = "resize",
    log_format: Literal["Text", "JSON"] = "Text",
    memory: int = 512,
    used: int = 140,
    timeout: float = 3,
    errors: float = 0.05,
    start: int | None = None,
) -> list[dict[str, Any]]:
    """The log events of `n` invocations of one function, in time order.

    memory, used: MB that the function has and typically uses; timeout: seconds.
    errors: the share of invocations that fail, by an exception, a timeout or a lack of memory.
    start: epoch ms of the first event; drawn from the seed by default.
    Some application lines contain the word REPORT. Durations spread over two orders of magnitude.
    """
    _at_least_one(n)
    rng = stream(seed, f"lambda events/{function}")
    level = "INFO" if log_format == "JSON" else None
    settings = Settings(memory, int(timeout * 1000), log_format, True, 0, used, 0, 7, None, level)
    time, group, log_stream = _begin(rng, start), f"/aws/lambda/{function}", ""
    events: list[dict[str, Any]] = []
    for number in range(n):
        cold = not log_stream or rng.random() < 0.04
        log_stream = f"{day(time)}/[7]{hexadecimal(rng, 32)}" if cold else log_stream
        run = _invocation(rng, number, time, log_stream, cold, settings, errors)
        for at, message in lambda_logs.entries(run, function, settings):
            events.append(_event(at, message, log_stream, group))
        time = int(run.end) + rng.randint(_STEP // 4, _STEP)
    return events


def _invocation(
    rng: Random,
    number: int,
    time: int,
    log_stream: str,
    cold: bool,
    settings: Settings,
    errors: float,
) -> Invocation:
    init = round(rng.uniform(180, 900), 2) if cold else None
    run = Invocation("function", 7, uuid(rng), time + (init or 0.0), init, log_stream)
    run.memory_used = min(round(settings.used * rng.lognormvariate(0, 0.08)), settings.memory - 1)
    run.duration = min(round(90 * rng.lognormvariate(0, 1.1), 2), settings.timeout - 1.0)
    run.trace_id = f"1-{time // 1000:08x}-{hexadecimal(rng, 24)}" if rng.random() < 0.2 else None
    run.segment_id = hexadecimal(rng, 16)
    run.lines = [Line(run.start, "INFO", f"image {number} received")]
    if rng.random() < 0.2:
        text = f"REPORT generated for user c-{rng.randint(1000, 1400)}"
        run.lines.append(Line(run.end, "INFO", text))
    if rng.random() < errors:
        _fail(run, rng.choice(("error", "timeout", "oom")), settings)
    return run


def _fail(run: Invocation, how: Literal["error", "timeout", "oom"], settings: Settings) -> None:
    run.status = how
    if how == "error":
        frame = ("/var/task/function.py", 18, "lambda_handler", 'size = int(event["size"])')
        run.failure = Failure("KeyError", "'size'", (frame,))
    elif how == "timeout":
        run.duration = float(settings.timeout)
    else:
        run.memory_used = settings.memory


def _begin(rng: Random, start: int | None) -> int:
    drawn = _EPOCH + rng.randrange(150 * 24) * 3_600_000
    return drawn if start is None else start


def _as_json(line: str) -> str:
    time, identifier, level, message = line.split(" ", 3)
    return json.dumps({"time": time, "id": identifier, "level": level, "message": message})


def _event(time: int, message: str, log_stream: str, group: str) -> dict[str, Any]:
    return {
        "timestamp": time,
        "message": message,
        "logStreamName": log_stream,
        "logGroupName": group,
    }


def _at_least_one(n: int) -> None:
    if n < 1:
        raise ValueError(f"n is {n}; ask for at least one")
