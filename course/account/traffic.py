"""Requests that arrive by themselves, at their own times: `Account.traffic`.

A student's own call waits for its answer, so calls never overlap. Traffic comes from clients of the
simulated world: each request arrives at its time, whatever the others do, so that concurrency,
queues and throttles appear as they would under load.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from course.account.clock import iso
from course.account.errors import AwsError
from course.account.region import Region

Arrival = tuple[float, Any]
Result = dict[str, Any]
Sender = Callable[[Any, Result], None]


def schedule(region: Region, target: str, arrivals: Iterable[Arrival]) -> list[Result]:
    """Send what arrives at (milliseconds from now, event); see `Account.traffic`."""
    send = _sender(region, target)
    results = []
    for delay, event in arrivals:
        if delay < 0:
            raise ValueError(f"A request cannot arrive {-delay} ms ago: give times from now on.")
        at = region.now + int(delay)
        result: Result = {"time": iso(at), "status": None}
        results.append(result)
        region.agenda.at(at, partial(send, event, result))
    return results


def _sender(region: Region, target: str) -> Sender:
    if "://" in target:
        return _to_api(region, target)
    if target.startswith("dynamodb:"):
        return _to_table(region, target)
    if target.startswith("kinesis:"):
        return _to_stream(region, target)
    if target.startswith("sqs:"):
        return _to_queue(region, target.partition(":")[2])
    return _to_function(region, target)


# A service's part of moto takes time to import, and most accounts see no traffic at all: what
# follows imports the services when they are first sent to.


def _to_function(region: Region, function: str) -> Sender:
    from course.account.functions.runtime import Functions

    region.part(Functions).find(function)
    return lambda event, result: _invoke(region, function, event, result)


def _invoke(region: Region, function: str, event: Any, result: Result) -> None:
    from course.account.functions import runtime

    payload = event if isinstance(event, bytes) else json.dumps(event).encode()
    try:
        outcome = runtime.invoke(region, function, payload, source="traffic")
    except runtime.Throttled as refusal:
        result.update(status=429, error="TooManyRequestsException", reason=refusal.reason)
        return
    except AwsError as error:
        result.update(status=400, error=error.code, reason=error.message)
        return
    result.update(
        status=outcome.status,
        error=outcome.error,
        duration_ms=outcome.duration_ms,
        init_ms=outcome.init_ms,
        total_ms=outcome.total_ms,
        billed_ms=outcome.billed_ms,
        memory_mb=outcome.memory_mb,
        memory_used_mb=outcome.memory_used_mb,
        cold=outcome.cold,
        version=outcome.version,
        request_id=outcome.request_id,
        payload=outcome.payload.decode(),
    )


def _to_api(region: Region, address: str) -> Sender:
    parts = urlsplit(address)
    api, host = (parts.hostname or "").partition(".")[0], parts.hostname or ""
    return lambda event, result: _request(region, api, host, parts.path, event, result)


def _request(
    region: Region, api: str, host: str, base: str, event: Mapping[str, Any], result: Result
) -> None:
    from course.account.apis import door
    from course.telemetry.apis.requests import HttpRequest

    body = event.get("body", b"")
    response = door.execute(
        region,
        api,
        HttpRequest(
            method=event.get("method", "GET"),
            host=host,
            path=base + event.get("path", "") or "/",
            query=urlencode(event.get("query", {}), doseq=True),
            headers=list(event.get("headers", {}).items()),
            body=body if isinstance(body, bytes) else str(body).encode(),
        ),
    )
    error = None if response.status < 400 else response.body.decode(errors="replace")
    result.update(
        status=response.status,
        error=error,
        total_ms=response.latency,
        payload=response.body.decode(errors="replace"),
    )


def _to_table(region: Region, target: str) -> Sender:
    from course.account.tables import clients

    ask = clients.sender(region, target)
    return lambda event, result: result.update(ask(event))


def _to_stream(region: Region, target: str) -> Sender:
    from course.account.streams import clients

    ask = clients.sender(region, target)
    return lambda event, result: result.update(ask(event))


def _to_queue(region: Region, name: str) -> Sender:
    from course.account.queues import sending
    from course.account.queues.store import Queues

    queue = region.part(Queues).by_name.get(name)
    if queue is None:
        raise ValueError(f"There is no queue {name!r} in this account.")

    def send(event: Any, result: Result) -> None:
        body = event if isinstance(event, str) else json.dumps(event)
        sending.send_message(region, {"QueueUrl": queue.url, "MessageBody": body})
        result.update(status=200, error=None, total_ms=0.0)

    return send
