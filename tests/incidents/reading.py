"""Reads a world's log lines with regular expressions of AWS's documented forms.

Written without the writers on purpose: what both agree on is the form, not the code.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from typing import Any

from course.telemetry.world import World

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
TEXT_FORMS = {
    "init": r"INIT_START Runtime Version: python:\S+\tRuntime Version ARN: arn:aws:lambda:\S+\n",
    "start": rf"START RequestId: (?P<id>{UUID}) Version: \d+\n",
    "end": rf"END RequestId: (?P<id>{UUID})\n",
    "report": (
        rf"REPORT RequestId: (?P<id>{UUID})\tDuration: (?P<duration>\d+\.\d\d) ms\t"
        r"Billed Duration: (?P<billed>\d+) ms\tMemory Size: (?P<size>\d+) MB\t"
        r"Max Memory Used: (?P<used>\d+) MB\t(Init Duration: (?P<init>\d+\.\d\d) ms\t)?"
        r"(Status: (?P<status>timeout|error)(\tError Type: (?P<type>Runtime\.\w+))?)?\n"
        r"(XRAY TraceId: 1-[0-9a-f]{8}-[0-9a-f]{24}\tSegmentId: [0-9a-f]{16}\tSampled: true\t\n)?"
    ),
    "line": rf"\[(?P<level>INFO|WARNING|ERROR)\]\t{TIME}\t(?P<id>{UUID})\t[^\n]+\n",
    "timeout": rf"{TIME} (?P<id>{UUID}) Task timed out after \d+\.\d\d seconds\n\n",
    "killed": (
        rf"RequestId: (?P<id>{UUID}) Error: Runtime exited with error: signal: killed\n"
        r"Runtime\.ExitError\n"
    ),
    "traceback": (
        r"\[ERROR\] \w+: [^\n]+\nTraceback \(most recent call last\):"
        '(\n\u00a0\u00a0File "/var/task/\\w+\\.py", line \\d+, in \\w+\n\u00a0{4}[^\n]+)+'
    ),
}
_FORMS = {name: re.compile(form) for name, form in TEXT_FORMS.items()}


def text_form(message: str) -> tuple[str, dict[str, str]]:
    """Which documented form a text line has, and what it holds; "?" for none."""
    for name, form in _FORMS.items():
        if found := form.fullmatch(message):
            return name, found.groupdict()
    return "?", {}


def groups(world: World) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in world.logs:
        found[event["logGroupName"]].append(event)
    return found


def functions(world: World, log_format: str) -> dict[str, list[dict[str, Any]]]:
    """The events of every function that logs in `log_format`, by function name."""
    by_group = groups(world)
    return {
        it["name"]: by_group[f"/aws/lambda/{it['name']}"]
        for it in world.resources["lambda"]
        if it["log_format"] == log_format
    }


def access(world: World) -> list[dict[str, Any]]:
    """The parsed access log lines, in time order."""
    group = world.resources["apigateway"][0]["access_log_group"]
    return [json.loads(event["message"]) for event in groups(world)[group]]


def metric(world: World, namespace: str, name: str, **dimensions: str) -> dict[int, Counter[float]]:
    """The values of one metric by minute, with their counts."""
    found: dict[int, Counter[float]] = defaultdict(Counter)
    for record in world.metrics:
        if (record["namespace"], record["name"]) != (namespace, name):
            continue
        if record["dimensions"] == dimensions:
            pairs = zip(record["values"], record["counts"], strict=True)
            found[record["timestamp"]].update({value: int(count) for value, count in pairs})
    return found


def by_minute(pairs: list[tuple[int, float]]) -> dict[int, Counter[float]]:
    """Times (epoch ms) and values as `metric` gives them."""
    found: dict[int, Counter[float]] = defaultdict(Counter)
    for time, value in pairs:
        found[time // 60_000 * 60_000][value] += 1
    return found


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
