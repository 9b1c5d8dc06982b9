"""What the shop of `black_friday` left behind until somebody asks: metrics, logs, traces, trail.

Every signal tells of the same minutes of the same model. Each cause can be told from the others:
where a run's time goes is in the traces, who runs in the metrics, what was done twice and which
keys are throttled in the logs, and who changed what in the trail, if anybody did.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any

from course.incidents import rush, scribe
from course.incidents.black_friday import DEAD, LIMITED, MINUTES, Cause, Shop, shop
from course.incidents.page_cache import record
from course.incidents.rush import ROLES, Flow
from course.incidents.scribe import Actor, Scribe, denied
from course.incidents.seeds import hexadecimal, stream, uuid
from course.incidents.times import MINUTE, day, iso, iso_millis
from course.telemetry import segments
from course.telemetry.segments import Document
from course.telemetry.trail.records import Record
from course.telemetry.world import World

SAMPLED = 9  # orders a minute that are logged
CONFIGURED = "UpdateFunctionConfiguration20150331v2"
UNLIMITED = "DeleteFunctionConcurrency20171031"
LIMIT = "PutFunctionConcurrency20171031"
ARN = f"arn:aws:lambda:{scribe.REGION}:{scribe.ACCOUNT}:function"
# What each cause is recorded as, if anybody is behind it.
BEHIND = {
    "slow_provider": CONFIGURED,
    "greedy_job": UNLIMITED,
    "short_visibility": "SetQueueAttributes",
}


def world(told: Shop) -> World:
    """The account at the evening's worst, before `start`."""
    return _world(told.seed, told.cause)


@lru_cache(maxsize=32)
def _world(seed: int | str, cause: Cause) -> World:
    told = shop(cause, seed)
    flows = [rush.flow(*told.at(minute)) for minute in range(MINUTES)]
    return World(
        "lab",
        told.begin,
        told.end,
        _ended(_logs(told, flows), "timestamp", told.end),
        list(_metrics(told, flows)),
        {"dynamodb": [{"name": told.table, "hash_key": "key", "range_key": "orderId"}]},
        traces=_ended(_traces(told, flows), "end_time", told.end / 1000),
        trail=_trail(told),
    )


def _ended(made: Iterator[dict[str, Any]], when: str, last: float) -> list[dict[str, Any]]:
    """What is there by the end, in its order."""
    return sorted((each for each in made if each[when] < last), key=lambda each: float(each[when]))


def change(told: Shop) -> str | None:
    """The id of the event with which it began; None where nobody changed anything."""
    if told.cause not in BEHIND:
        return None
    begun = told.begin + told.onset * MINUTE
    events = [
        each
        for each in _trail(told)
        if each["eventName"] == BEHIND[told.cause] and "errorCode" not in each
    ]
    at = iso(begun)
    return str(next(each["eventID"] for each in events if each["eventTime"] == at))


# --- metrics ------------------------------------------------------------------------------------


def _metrics(told: Shop, flows: list[Flow]) -> Iterator[dict[str, Any]]:
    rng = stream(told.seed, f"red metrics {told.cause}")
    for minute, flow in enumerate(flows):
        at = told.begin + minute * MINUTE
        for namespace, name, value, dimensions in _values(told, minute, flow):
            wobble = 1 if value in (0, rush.LIMIT) else rng.uniform(0.98, 1.02)
            whole = round(value if "Visible" in name else value * wobble)
            yield record(at, namespace, name, whole, **dimensions)


def _values(
    told: Shop, minute: int, flow: Flow
) -> Iterator[tuple[str, str, float, dict[str, str]]]:
    load, _ = told.at(minute)
    orders = 60 * load.orders
    lasts = {"checkout": rush.CHECKOUT_MS, "worker": flow.run_ms, "job": 40_000}
    for role in ROLES:
        of = {"FunctionName": str(getattr(told, role))}
        seconds = lasts[role] / 1000
        yield "AWS/Lambda", "Invocations", 60 * flow.given[role] / seconds, of
        refused = flow.wanted[role] - flow.given[role]
        yield "AWS/Lambda", "Throttles", 60 * refused / seconds, of
        yield "AWS/Lambda", "Duration", lasts[role], of
        yield "AWS/Lambda", "ConcurrentExecutions", flow.given[role], of
    yield "AWS/Lambda", "ConcurrentExecutions", round(sum(flow.given.values())), {}
    yield "AWS/ApiGateway", "Count", orders, {"ApiName": told.api}
    yield "AWS/ApiGateway", "5XXError", orders * (1 - flow.share("checkout")), {"ApiName": told.api}
    of = {"QueueName": told.queue}
    taken = orders * flow.share("checkout")
    # Whatever Lambda refuses is received again, too.
    again = flow.handled + 2 * (1 - flow.share("worker"))
    yield "AWS/SQS", "NumberOfMessagesSent", taken, of
    yield "AWS/SQS", "NumberOfMessagesReceived", taken * again, of
    yield "AWS/SQS", "NumberOfMessagesDeleted", taken * flow.share("worker"), of
    since = told.onset + 4
    dead = DEAD * max(0, minute - since) / (MINUTES - 1 - since)
    yield "AWS/SQS", "ApproximateNumberOfMessagesVisible", dead, {"QueueName": told.dlq}
    throttled = orders * 0.3 if minute > told.onset else 0
    yield "AWS/DynamoDB", "WriteThrottleEvents", throttled, {"TableName": told.table}


# --- logs ---------------------------------------------------------------------------------------


def _logs(told: Shop, flows: list[Flow]) -> Iterator[dict[str, Any]]:
    """The worker's lines about some orders of each minute."""
    rng = stream(told.seed, f"red logs {told.cause}")
    for minute, flow in enumerate(flows):
        load, settings = told.at(minute)
        for number in range(SAMPLED):
            begun = (
                told.begin + minute * MINUTE + (number * 60_000 + rng.randrange(6_000)) // SAMPLED
            )
            order = f"o-{rng.randrange(10_000, 99_999)}"
            is_best = rng.random() < load.hot
            product = told.best if is_best else f"P-{rng.randrange(100, 999)}"
            key = f"{product}#{rng.randrange(settings.shards)}"
            taken = _took(load, settings.provider, flow, is_best) * rng.uniform(0.94, 1.06)
            # Lambda's own refusals count as receives, too.
            late = 0 if rng.random() < flow.share("worker") else rng.randint(1, 2)
            times = 2 if flow.handled == 1 and rng.random() < 0.03 else flow.handled
            if minute > told.onset and (is_best or told.cause != "hot_key") and rng.random() < 0.7:
                tries = 4 if is_best and told.cause == "hot_key" else 1
                for attempt in range(1, tries + 1):
                    at = begun + taken * attempt / (tries + 1)
                    yield _line(told, at, "write throttled", rng, order, key=key, attempt=attempt)
            for time in range(times):
                at = begun + taken + time * 1000 * min(settings.visibility, 7)
                more = {"product": product, "receives": 1 + time + late, "tookMs": round(taken)}
                yield _line(told, at, "order stored", rng, order, **more)


def _took(load: rush.Load, provider: str, flow: Flow, is_best: bool) -> float:
    """Ms of one run."""
    write = flow.write_ms if is_best else rush.WRITE_MS
    return load.work_ms + load.providers[provider] + write


def _line(
    told: Shop, at: float, message: str, rng: Random, order: str, **more: Any
) -> dict[str, Any]:
    """A line in Lambda's JSON format."""
    level = "WARN" if message == "write throttled" else "INFO"
    said = {"timestamp": iso_millis(at), "level": level, "message": message, "orderId": order}
    return {
        "timestamp": int(at),
        "message": json.dumps({**said, **more, "requestId": uuid(rng)}),
        "logGroupName": f"/aws/lambda/{told.worker}",
        "logStreamName": f"{day(at)}/[$LATEST]{told.begin:x}",
    }


# --- traces -------------------------------------------------------------------------------------


def _traces(told: Shop, flows: list[Flow]) -> Iterator[Document]:
    """A run of the worker each minute, for the best seller every other time while it is hot."""
    rng = stream(told.seed, f"red traces {told.cause}")
    for minute, flow in enumerate(flows):
        load, settings = told.at(minute)
        is_best = load.hot > 0.1 and minute % 2 == 0
        begun = told.begin + minute * MINUTE + rng.randrange(40_000)
        lasted = {
            "work": load.work_ms * rng.uniform(0.95, 1.05),
            "provider": load.providers[settings.provider] * rng.uniform(0.9, 1.1),
            "write": (flow.write_ms if is_best else rush.WRITE_MS) * rng.uniform(0.9, 1.1),
        }
        yield from _trace(told, rng, begun, settings.provider, lasted)


def _trace(
    told: Shop, rng: Random, begun: int, provider: str, lasted: dict[str, float]
) -> list[Document]:
    trace_id = f"1-{begun // 1000:08x}-{hexadecimal(rng, 24)}"
    arn, ids = f"{ARN}:{told.worker}", [hexadecimal(rng, 16) for _ in range(4)]
    paid = begun + lasted["provider"]
    wrote = paid + lasted["work"]
    end = wrote + lasted["write"]
    host = f"api.{provider}.example"
    # One quick repetition is what a throttled table costs; a key that is overloaded costs many.
    retries = 6 if lasted["write"] > 1000 else rng.randint(0, 1)
    parts = [
        segments.remote_call(
            segments.span(ids[2], host, begun + 20, paid), "POST", f"https://{host}/charges", 200
        ),
        segments.aws_call(
            segments.span(ids[3], "DynamoDB", wrote, end),
            "PutItem",
            scribe.REGION,
            table_name=told.table,
            retries=retries,
        )
        | segments.answered(200),
    ]
    service = segments.lambda_service(
        segments.span(ids[0], told.worker, begun - 5, end + 5),
        trace_id,
        parent_id=None,
        function_arn=arn,
        request_id=uuid(rng),
    )
    function = segments.lambda_function(
        segments.span(ids[1], told.worker, begun, end + 2),
        trace_id,
        parent_id=ids[0],
        function_arn=arn,
        subsegments=parts,
    )
    return [service, function]


# --- trail --------------------------------------------------------------------------------------


def _trail(told: Shop) -> list[Record]:
    """Who changed what; in every shop much that had no effect."""
    rng, pen = (
        stream(told.seed, f"red trail {told.cause}"),
        Scribe(stream(told.seed, f"red ids {told.cause}")),
    )
    people = [
        scribe.user(rng, name, f"203.0.113.{rng.randint(10, 99)}")
        for name in rng.sample(("bob", "chen", "erin", "farid", "greta", "hana"), 3)
    ]
    onset = told.begin + told.onset * MINUTE
    found = [
        _configured(pen, told.begin + told.turned * MINUTE, people[0], told.worker),
        _configured(pen, onset - MINUTE - rng.randrange(20_000), people[1], told.checkout),
        pen.write(
            onset - 3 * MINUTE, people[2], "lambda", UNLIMITED, {"functionName": told.checkout}
        ),
        _queued(pen, onset + 10_000, people[0], told.dlq, "30"),
        _configured(pen, onset + 25_000, people[2], told.worker, is_denied=True),
        # Somebody wants to help.
        _configured(pen, onset + 5 * MINUTE, people[1], told.worker),
    ]
    if told.before.reserved and told.cause != "greedy_job":
        request = {"functionName": told.job, "reservedConcurrentExecutions": LIMITED}
        found.append(pen.write(told.begin + 90_000, people[1], "lambda", LIMIT, request))
    if told.cause == "greedy_job":
        request = {"functionName": told.job}
        found.append(pen.write(onset, people[1], "lambda", UNLIMITED, request))
    if told.cause == "short_visibility":
        found.append(_queued(pen, onset, people[2], told.queue, str(told.now.visibility)))
    else:
        seconds = str(told.now.visibility)
        found.append(_queued(pen, told.begin + 60_000, people[2], told.queue, seconds))
    found += _harmless(told, pen, people, onset)
    return sorted(found, key=lambda each: str(each["eventTime"]))


def _harmless(told: Shop, pen: Scribe, people: list[Actor], onset: int) -> list[Record]:
    """In the first bad minute, changes of something else; and earlier ones of what is the cause."""
    found = [
        _configured(pen, onset + 40_000, people[1], told.checkout),
        pen.write(onset + 30_000, people[0], "lambda", UNLIMITED, {"functionName": told.checkout}),
    ]
    early = told.begin + 75_000
    if told.cause == "slow_provider":
        found.append(_configured(pen, early, people[0], told.worker))
    if told.cause == "greedy_job":
        found.append(pen.write(early, people[1], "lambda", UNLIMITED, {"functionName": told.job}))
        request = {"functionName": told.job, "reservedConcurrentExecutions": LIMITED}
        found.append(pen.write(early + 15_000, people[1], "lambda", LIMIT, request))
    if told.cause == "short_visibility":
        seconds = str(told.before.visibility)
        found.append(_queued(pen, early, people[2], told.queue, seconds))
    return found


def _configured(
    pen: Scribe, at: int, who: Actor, function: str, *, is_denied: bool = False
) -> Record:
    """A change of a function's configuration; CloudTrail keeps its variables to itself."""
    request = {"functionName": function, "environment": {}}
    error = denied(who, "lambda:UpdateFunctionConfiguration", f"{ARN}:{function}")
    return pen.write(at, who, "lambda", CONFIGURED, request, error=error if is_denied else None)


def _queued(pen: Scribe, at: int, who: Actor, queue: str, seconds: str) -> Record:
    url = f"https://sqs.{scribe.REGION}.amazonaws.com/{scribe.ACCOUNT}/{queue}"
    request = {"queueUrl": url, "attributes": {"VisibilityTimeout": seconds}}
    return pen.write(at, who, "sqs", "SetQueueAttributes", request)
