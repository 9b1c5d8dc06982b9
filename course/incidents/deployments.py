"""Failed deployments as their tools print them, drawn from a seed.

Each log holds one first cause, some noise before it (warnings that mean nothing) and the failures
that follow from it, so neither the first alarming line nor the last one is the answer.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from string import Template
from typing import Any

from course.incidents import names
from course.incidents.deployment_logs import FAILURES
from course.incidents.seeds import hexadecimal, stream, uuid

SOURCES = ("codebuild", "codedeploy", "cloudformation", "sam", "ecs")
# cause -> what it means, in a sentence
CAUSES = {cause: failure.meaning for cause, failure in FAILURES.items()}
STARTS = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
EVIDENCE, WAIT = "§", "~"
_TIMES = {
    "codebuild": "%Y/%m/%d %H:%M:%S.%f",
    "codedeploy": "%Y-%m-%dT%H:%M:%S",
    "cloudformation": "%Y-%m-%dT%H:%M:%S.%f",
    "sam": "%Y-%m-%d %H:%M:%S",
    "ecs": "%Y-%m-%dT%H:%M:%SZ",
}
# The lifecycle events of a deployment in place, in their order.
EVENTS = (
    *("ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall"),
    *("ApplicationStart", "ValidateService"),
)
LIFECYCLE_ERRORS = {
    "script_failed": "ScriptFailed",
    "script_missing": "ScriptMissing",
    "script_timeout": "ScriptTimedOut",
    "file_exists": "UnknownError",
}
_CAPITALS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def samples(seed: int | str, count: int | None = None) -> list[dict[str, Any]]:
    """Failed deployments of different causes, in an order of the seed's own.

    count: how many; all causes if left out. Every source is among the first five. Each is a dict as
    `sample` returns it.
    """
    rng = stream(seed, "deployments")
    causes = list(CAUSES)
    rng.shuffle(causes)
    first = [next(each for each in causes if FAILURES[each].source == one) for one in SOURCES]
    rng.shuffle(first)
    rest = [each for each in causes if each not in first]
    return [sample(cause, seed) for cause in (first + rest)[:count]]


def sample(cause: str, seed: int | str) -> dict[str, Any]:
    """One failed deployment.

    Returns "source" (one of SOURCES), "log" (text), "cause" (one of CAUSES), "step" (the phase,
    lifecycle event or status at which it failed), "subject" (what failed: a test, script, logical
    id, container or action) and "line" (the number of the evidence's line, counted from 1).
    """
    if cause not in FAILURES:
        raise ValueError(f"no cause called {cause!r}; there are: {', '.join(CAUSES)}")
    failure, rng = FAILURES[cause], stream(seed, f"deployment {cause}")
    values = _values(rng, seed)
    lines = _written(failure.text, values, rng, _TIMES[failure.source])
    if failure.order == "newest":
        lines.reverse()
    evidence = next(n for n, line in enumerate(lines, 1) if line.startswith(EVIDENCE))
    return {
        "source": failure.source,
        "cause": cause,
        "step": failure.step,
        "subject": Template(failure.subject).substitute(values),
        "line": evidence,
        "log": "\n".join(line.removeprefix(EVIDENCE) for line in lines) + "\n",
    }


def lifecycle(cause: str, seed: int | str) -> list[dict[str, Any]]:
    """The lifecycle events of a failed deployment to a server, as get_deployment_target gives them.

    cause: one of the source "codedeploy". Each event is a dict: "lifecycleEventName", "status"
    and, unless it was skipped, "diagnostics" (errorCode, scriptName, message, logTail).
    """
    failure, found = FAILURES[cause], sample(cause, seed)
    if cause not in LIFECYCLE_ERRORS:
        raise ValueError(f"no lifecycle events for {cause!r}, only for a cause of codedeploy")
    place = EVENTS.index(failure.step)
    fine = {"errorCode": "Success", "scriptName": "", "message": "Succeeded", "logTail": ""}
    events: list[dict[str, Any]] = [
        {"lifecycleEventName": name, "status": "Succeeded", "diagnostics": fine}
        for name in EVENTS[:place]
    ]
    diagnostics = _diagnostics(LIFECYCLE_ERRORS[cause], failure.step, found)
    failed = {"lifecycleEventName": failure.step, "status": "Failed", "diagnostics": diagnostics}
    left = EVENTS[place + 1 :]
    return [
        *events,
        failed,
        *({"lifecycleEventName": name, "status": "Skipped"} for name in left),
    ]


def _diagnostics(code: str, step: str, found: dict[str, Any]) -> dict[str, str]:
    """What the agent reports of the event that failed; a script's own words are its log's tail."""
    lines = [line.partition(" ")[2] for line in found["log"].splitlines()]
    said = lines[found["line"] - 1]
    of_a_script = code != "UnknownError"
    return {
        "errorCode": code,
        "scriptName": found["subject"] if of_a_script else "",
        "message": next((line for line in lines if "exit code" in line), said),
        "logTail": f"LifecycleEvent - {step}\n{said}\n" if of_a_script else "",
    }


def _written(text: str, values: dict[str, str], rng: Random, pattern: str) -> list[str]:
    """A template's lines, each at its own time."""
    now, lines = STARTS + timedelta(seconds=rng.randrange(28_800)), []
    for line in text.splitlines():
        now += timedelta(milliseconds=rng.randrange(300, 9_000))
        if line.startswith(WAIT):
            now += timedelta(seconds=int(line.removeprefix(WAIT)))
        else:
            lines.append(Template(line).substitute(values, t=_clock(now, pattern)))
    return lines


def _clock(now: datetime, pattern: str) -> str:
    """A time as a tool writes it: milliseconds where its pattern has fractions of a second."""
    text = now.strftime(pattern)
    return text[:-3] if pattern.endswith("%f") else text


def _values(rng: Random, seed: int | str) -> dict[str, str]:
    """Names and ids for the templates."""
    known = names.draw(seed)
    service = known.function(rng.choice(names.ROLES))
    wrong = rng.randrange(2, 9)
    return {
        **_resources(rng, known.shop),
        **_ids(rng),
        "service": service,
        "container": rng.choice(("app", "api", "web", service)),
        "database": f"{known.shop}-db",
        "bucket_name": f"{known.shop}-{rng.choice(('packages', 'uploads', 'invoices'))}",
        "module": rng.choice(("prices", "basket", "stock", "address")),
        "test": f"test_{rng.choice(('total', 'discount', 'rounding', 'empty_basket'))}",
        "package": rng.choice(("pydantic", "aws-xray-sdk", "requests", "jsonschema")),
        "wrong": str(wrong),
        "right": str(wrong + rng.randrange(1, 5)),
        "tag": f"v1.{rng.randrange(30)}.{rng.randrange(10)}",
    }


def _resources(rng: Random, shop: str) -> dict[str, str]:
    """The stack and its logical ids."""
    thing = rng.choice(("Order", "Parcel", "Invoice", "Payment", "Refund"))
    return {
        "stack": f"{shop}-{thing.lower()}s",
        "role": f"{thing}Role",
        "bucket": f"{thing}Archive",
        "queue": f"{thing}Queue",
        "table": f"{thing}Table",
        "function": f"{thing}{rng.choice(('Handler', 'Worker', 'Function'))}",
    }


def _ids(rng: Random) -> dict[str, str]:
    return {
        "pid": str(rng.randrange(1000, 9999)),
        "digest": hexadecimal(rng, 32),
        "request": uuid(rng),
        "token": uuid(rng),
        "deployment": "".join(rng.choices(_CAPITALS, k=9)),
        "suffix": "".join(rng.choices(_CAPITALS, k=12)),
        "number": str(rng.randrange(10**18, 10**19)),
        "previous": str(rng.randrange(10**18, 10**19)),
        **{each: hexadecimal(rng, 32) for each in ("task", "again", "other")},
    }
