"""Asynchronous invocation: the queue in front of a function, its retries, and where events end up.

"How Lambda handles errors and retries with asynchronous invocation" and "Capturing records of
Lambda asynchronous invocations": after a function error two more attempts, one minute and then two
minutes later; throttles go back to the queue and are tried again after 1 s, doubling up to 5
minutes, for up to 6 hours. What fails for good goes to the on-failure destination and to the
dead-letter queue, what succeeds to the on-success destination. With a reserved concurrency of zero
an event is not tried at all ("Configuring reserved concurrency").

An event is taken from the queue some milliseconds after it was put there; so it runs when the clock
moves on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from course.account.clock import iso
from course.account.errors import AwsError
from course.account.events import targets
from course.account.functions import event_invoke, runtime
from course.account.functions.configured import Function
from course.account.functions.runtime import Functions, Outcome, Throttled
from course.account.region import Region
from course.telemetry.functions.limits import limit, whole

QUEUED = 15
RETRIES_EXHAUSTED, EVENT_AGE, SUCCESS = "RetriesExhausted", "EventAgeExceeded", "Success"
ZERO = "ZeroReservedConcurrency"
PRINCIPAL = "lambda.amazonaws.com"


@dataclass
class Event:
    """One event in the queue. queued: epoch ms; tries: how often the function ran with it."""

    function: Function
    qualifier: str | None
    payload: bytes
    request_id: str
    queued: int
    source: str
    trace: str | None
    tries: int = 0
    throttles: int = 0


@dataclass(frozen=True)
class Settings:
    """What put_function_event_invoke_config says. age in ms; destinations are ARNs."""

    retries: int
    age: int
    on_success: str | None
    on_failure: str | None


def accept(
    region: Region,
    name: str,
    payload: bytes,
    *,
    qualifier: str | None = None,
    source: str,
    trace: str | None = None,
) -> str:
    """Put an event in the queue and give its request id; AwsError for what Lambda refuses."""
    lambdas = region.part(Functions)
    function = lambdas.find(name, qualifier)
    runtime.event_of(payload)
    event = Event(function, qualifier, payload, region.new_id(), region.now, source, trace)
    lambdas.metering.of(function, region.now, AsyncEventsReceived=1.0)
    region.agenda.at(region.now + QUEUED, lambda: _Delivery(region, event).attempt())
    return event.request_id


class _Delivery:
    """One attempt to get an event processed."""

    def __init__(self, region: Region, event: Event) -> None:
        self._region = region
        self._event = event
        self._lambdas = region.part(Functions)
        self._settings = settings(self._lambdas, event.function)

    def attempt(self) -> None:
        event = self._event
        if self._lambdas.catalogue.latest(event.function.name) is None:
            self._lambdas.metering.of(event.function, self._region.now, AsyncEventsDropped=1.0)
            return
        if self._lambdas.catalogue.reserved(event.function.name) == 0:
            self._give_up(ZERO, None)
            return
        if self._age() > self._settings.age:
            self._give_up(EVENT_AGE, None)
            return
        self._lambdas.metering.of(event.function, self._region.now, AsyncEventAge=self._age())
        self._invoke()

    def _age(self) -> float:
        return float(self._region.now - self._event.queued)

    def _invoke(self) -> None:
        event = self._event
        try:
            outcome = runtime.invoke(
                self._region,
                event.function.qualified_arn,
                event.payload,
                trace=event.trace,
                source=event.source,
                request_id=event.request_id,
            )
        except Throttled:
            self._return_to_queue()
            return
        except AwsError:
            self._lambdas.metering.of(event.function, self._region.now, AsyncEventsDropped=1.0)
            return
        event.tries += 1
        self._region.agenda.at(outcome.ended, lambda: self._ended(outcome))

    def _return_to_queue(self) -> None:
        """Throttled: later, at a growing distance, while the event is young enough."""
        first, longest = whole("async_throttle_first"), whole("async_throttle_longest")
        wait = min(first * 2**self._event.throttles, longest)
        self._event.throttles += 1
        self._again(wait, None)

    def _again(self, wait: int, outcome: Outcome | None) -> None:
        """Try later; an event that would be too old by then has come to its end."""
        if self._age() + wait > self._settings.age:
            self._give_up(EVENT_AGE, outcome)
            return
        later = _Delivery(self._region, self._event)
        self._region.agenda.at(self._region.now + wait, later.attempt)

    def _ended(self, outcome: Outcome) -> None:
        if outcome.error is None:
            self._send(self._settings.on_success, SUCCESS, outcome)
        elif self._event.tries > self._settings.retries:
            self._give_up(RETRIES_EXHAUSTED, outcome)
        else:
            name = "async_first_retry" if self._event.tries == 1 else "async_second_retry"
            self._again(whole(name), outcome)

    def _give_up(self, condition: str, outcome: Outcome | None) -> None:
        self._lambdas.metering.of(self._event.function, self._region.now, AsyncEventsDropped=1.0)
        self._send(self._settings.on_failure, condition, outcome)
        self._bury(outcome)

    def _send(self, arn: str | None, condition: str, outcome: Outcome | None) -> None:
        if arn is None:
            return
        record = _record(self._event, condition, outcome, self._region)
        result = "Success" if condition == SUCCESS else "Failure"
        try:
            targets.deliver(
                self._region,
                arn,
                json.dumps(record),
                source="lambda",
                detail_type=f"Lambda Function Invocation Result - {result}",
            )
        except targets.DeliveryFailed:
            self._lambdas.metering.by_name(
                self._event.function.name, self._region.now, DestinationDeliveryFailures=1.0
            )

    def _bury(self, outcome: Outcome | None) -> None:
        """To the dead-letter queue: the event itself, and what went wrong as attributes."""
        arn = self._event.function.dead_letters
        if arn is None:
            return
        try:
            targets.deliver(
                self._region,
                arn,
                self._event.payload.decode(),
                source="lambda",
                attributes=_labels(self._event, outcome),
            )
        except targets.DeliveryFailed:
            self._lambdas.metering.by_name(
                self._event.function.name, self._region.now, DeadLetterErrors=1.0
            )


def _labels(event: Event, outcome: Outcome | None) -> dict[str, Any]:
    """RequestID, ErrorCode and ErrorMessage (its first KB): "Adding a dead-letter queue"."""
    text = _message(outcome)
    code = "200" if outcome is not None else "429"
    return {
        "RequestID": {"DataType": "String", "StringValue": event.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": code},
        "ErrorMessage": {"DataType": "String", "StringValue": text[:1024]},
    }


def _message(outcome: Outcome | None) -> str:
    if outcome is None:
        return "Rate Exceeded."
    found = outcome.json()
    return str(found.get("errorMessage", "")) if isinstance(found, dict) else ""


def _record(
    event: Event, condition: str, outcome: Outcome | None, region: Region
) -> dict[str, Any]:
    """The invocation record that a destination gets."""
    arn = event.function.qualified_arn
    if event.function.alias is None and event.function.version == "$LATEST":
        arn = f"{arn}:$LATEST"
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": _stamp(region.now),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": arn,
            "condition": condition,
            "approximateInvokeCount": event.tries,
        },
        "requestPayload": json.loads(event.payload or b"{}"),
    }
    if outcome is not None:
        context = {"statusCode": 200, "executedVersion": outcome.version}
        if outcome.error is not None:
            context["functionError"] = outcome.error
        record["responseContext"] = context
        record["responsePayload"] = outcome.json()
    return record


def _stamp(now: int) -> str:
    text = iso(now)
    return text if "." in text else text.replace("Z", ".000Z")


def settings(lambdas: Functions, function: Function) -> Settings:
    """A function's settings for asynchronous invocation; Lambda's defaults where it has none."""
    given = event_invoke.settings_of(lambdas, function)
    targets_of = given.get("DestinationConfig") or {}
    age = given.get("MaximumEventAgeInSeconds")
    retries = given.get("MaximumRetryAttempts")
    return Settings(
        retries=whole("async_retries") if retries is None else int(retries),
        age=round((limit("async_age") if age is None else age) * 1000),
        on_success=(targets_of.get("OnSuccess") or {}).get("Destination"),
        on_failure=(targets_of.get("OnFailure") or {}).get("Destination"),
    )
