"""Power tuning: what a function takes and costs at each memory size.

Does what the open-source state machine AWS Lambda Power Tuning does
(github.com/alexcasalboni/aws-lambda-power-tuning): sets each size in turn, invokes the function
some times, and compares durations and costs; then the size is what it was before. The invocations
are real ones, with logs and metrics, and take the account's time. Cold starts are told apart.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import ceil
from statistics import fmean
from typing import Any

from course.account import waiting
from course.account.functions import runtime
from course.account.functions.configured import parse
from course.account.functions.runtime import Functions, Outcome, Throttled
from course.account.region import Region
from course.telemetry.functions import compute

MILLION = 1_000_000


def tune(
    region: Region, name: str, event: Any, memory: Sequence[int], runs: int
) -> list[dict[str, Any]]:
    """One row for each memory size; see `Account.tune`."""
    if runs < 1:
        raise ValueError("tune needs at least one run at each size.")
    function = region.part(Functions).find(parse(region, name).name)
    client, payload = region.clients("lambda"), json.dumps(event).encode()
    rows = []
    try:
        for size in memory:
            client.update_function_configuration(FunctionName=function.name, MemorySize=size)
            outcomes = [_run(region, function.name, payload) for _ in range(runs)]
            rows.append(_row(size, outcomes, function.architecture))
    finally:
        client.update_function_configuration(FunctionName=function.name, MemorySize=function.memory)
    return rows


def _run(region: Region, name: str, payload: bytes) -> Outcome:
    try:
        outcome = runtime.invoke(region, name, payload, source="tuning")
    except Throttled as refusal:
        message = f"{name} was throttled ({refusal.reason}): give it concurrency to be tuned with."
        raise ValueError(message) from None
    waiting.spend(outcome.total_ms)
    return outcome


def _row(memory: int, outcomes: Sequence[Outcome], architecture: str) -> dict[str, Any]:
    durations = sorted(outcome.duration_ms for outcome in outcomes)
    cost = fmean(
        compute.cost(compute.billed(each.duration_ms), memory, architecture) for each in outcomes
    )
    return {
        "memory_mb": memory,
        "runs": len(outcomes),
        "errors": sum(outcome.error is not None for outcome in outcomes),
        "init_ms": max(outcome.init_ms for outcome in outcomes),
        "duration_p50_ms": _percentile(durations, 0.5),
        "duration_p95_ms": _percentile(durations, 0.95),
        "memory_used_mb": max(outcome.memory_used_mb for outcome in outcomes),
        "cost_per_million_usd": cost * MILLION,
    }


def _percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that is not exceeded by this share of them."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
