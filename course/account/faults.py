"""Faults on request: errors, lost answers and latency for chosen API calls.

`account.fault("dynamodb:PutItem", error="ThrottlingException", rate=0.3)` lets the service answer
as AWS would in trouble: the error in the service's own protocol and with its model's HTTP status,
so botocore's own retries run. What a client sees of a broken connection is raised as botocore
raises it: a connection that cannot be made, one that is closed, an answer that never comes. After
a lost answer the call has been carried out all the same, which is why retried calls must be
idempotent (Builders' Library, "Making retries safe with idempotent APIs").

Calls that the account makes itself (deliveries, provisioning) meet no faults, but for one kind:
what SNS delivers to queues, functions and delivery streams, so that its retries can be seen.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from random import Random
from types import TracebackType
from typing import Any

import botocore.exceptions
from botocore.loaders import Loader
from botocore.model import ServiceModel

from course.account import gateway
from course.account.calls import Call
from course.account.clock import Clock

Answer = tuple[int, dict[str, str], Any]
Span = float | tuple[float | datetime, float | datetime]

CONNECT_TIMEOUT, CONNECTION_RESET = "ConnectTimeout", "ConnectionReset"
READ_TIMEOUT = "ReadTimeout"
# Not a service of AWS: the commands of redis clients, and their connecting.
CACHE, CONNECT = "cache", "CONNECT"
CONNECTION_FAULTS = (CONNECT_TIMEOUT, READ_TIMEOUT, CONNECTION_RESET)
# Statuses of common codes that services answer without modelling them (for each service, "Common
# Errors" in its API reference; for S3, "Error responses").
STATUSES = {
    "AccessDenied": 403,
    "ExpiredToken": 403,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "RequestLimitExceeded": 503,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
    "SlowDown": 503,
    "TooManyRequestsException": 429,
}
MESSAGES = {
    "AccessDeniedException": "User is not authorized to perform this operation",
    "InternalServerError": "Internal server error",
    "ProvisionedThroughputExceededException": (
        "The level of configured provisioned throughput for the table was exceeded. Consider "
        "increasing your provisioning level with the UpdateTable API."
    ),
    "ServiceUnavailable": "Service is temporarily unavailable. Please try again.",
    "SlowDown": "Please reduce your request rate.",
    "ThrottlingException": "Rate exceeded",
    "TooManyRequestsException": "Rate Exceeded.",
}
DEFAULT_MESSAGE = "The request failed."


@dataclass
class Fault:
    """One fault; a context manager, or `remove()` it. `hits` counts the calls that it met."""

    operation: str
    error: str | None
    status: int | None
    message: str | None
    rate: float
    times: int | None
    latency: float
    start: float
    end: float
    when: Mapping[str, Any]
    rng: Random
    hits: int = 0
    removed: bool = field(default=False, repr=False)

    def remove(self) -> None:
        """Let calls pass again."""
        self.removed = True

    def __enter__(self) -> Fault:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        frames: TracebackType | None,
    ) -> None:
        self.remove()

    def is_over(self, now: int) -> bool:
        """Whether it can never strike again."""
        return self.removed or now >= self.end or self.hits == self.times

    def strikes(self, name: str, parameters: Callable[[], Mapping[str, Any]], now: int) -> bool:
        """Whether it meets this call; counts it if so."""
        service, _, operation = self.operation.partition(":")
        if operation == "*":
            name = name.partition(":")[0]
        if name not in (self.operation, service) or now < self.start or self.is_over(now):
            return False
        if self.when and not self.when.items() <= dict(_flat(parameters())).items():
            return False
        if self.rng.random() >= self.rate:
            return False
        self.hits += 1
        return True


def _flat(parameters: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The parameters that can be compared: numbers, texts, flags."""
    return [
        (name, value) for name, value in parameters.items() if isinstance(value, (str, int, float))
    ]


@dataclass(frozen=True)
class Trouble:
    """What the faults together do to one call."""

    latency: float
    error: str | None = None
    status: int | None = None
    message: str = DEFAULT_MESSAGE


class Faults:
    """The faults of one account, in the order in which they were asked for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._faults: list[Fault] = []
        self._made = 0

    def add(
        self,
        operation: str,
        *,
        error: str | None = None,
        status: int | None = None,
        message: str | None = None,
        rate: float = 1.0,
        times: int | None = None,
        latency: float = 0,
        during: Span | None = None,
        when: Mapping[str, Any] | None = None,
    ) -> Fault:
        """See `Account.fault`."""
        _check_operation(operation)
        if error is None and not latency:
            raise ValueError("A fault needs an error, a latency, or both.")
        if not 0 <= rate <= 1:
            raise ValueError(f"rate is a share of the calls, from 0 to 1, not {rate}.")
        if latency < 0:
            raise ValueError("latency is in milliseconds, and not negative.")
        start, end = self._span(during)
        rng = Random(f"fault {self._made} {operation}")
        self._made += 1
        fault = Fault(
            operation, error, status, message, rate, times, latency, start, end, when or {}, rng
        )
        self._faults.append(fault)
        return fault

    def _span(self, during: Span | None) -> tuple[float, float]:
        if during is None:
            return self._clock.now, float("inf")
        start, end = during if isinstance(during, tuple) else (0, during)
        span = self._instant(start), self._instant(end)
        if span[0] >= span[1]:
            raise ValueError("during ends before it begins.")
        return span

    def _instant(self, when: float | datetime) -> float:
        """Epoch ms of an aware datetime, or of so many seconds from now."""
        if isinstance(when, datetime):
            return when.timestamp() * 1000
        return self._clock.now + when * 1000

    def trouble(
        self, service: str, operation: str, parameters: Callable[[], Mapping[str, Any]]
    ) -> Trouble | None:
        """What a call meets now; None when it passes. For callers inside the account too."""
        if not self._faults:
            return None
        now, latency = self._clock.now, 0.0
        self._faults = [fault for fault in self._faults if not fault.is_over(now)]
        struck = False
        for fault in self._faults:
            if not fault.strikes(f"{service}:{operation}", parameters, now):
                continue
            struck = True
            latency += fault.latency
            if fault.error is not None:
                message = fault.message or MESSAGES.get(fault.error, DEFAULT_MESSAGE)
                return Trouble(latency, fault.error, fault.status, message)
        return Trouble(latency) if struck else None

    def around(self, call: Call, serve: Callable[[], Answer]) -> Answer:
        """Answer a call through the faults; `serve` answers it as if there were none."""
        trouble = self.trouble(call.service, call.operation, call.parameters)
        if trouble is None:
            return serve()
        patience = gateway.patience()
        if trouble.error in (CONNECT_TIMEOUT, CONNECTION_RESET):
            raise _broken(call, trouble, patience)
        answer = serve() if trouble.error in (None, READ_TIMEOUT) else _failure(call, trouble)
        late = trouble.latency > patience.read * 1000
        if late or trouble.error == READ_TIMEOUT:
            _spend(patience.read * 1000)
            raise botocore.exceptions.ReadTimeoutError(endpoint_url=call.sent.url)
        _spend(trouble.latency)
        return answer


def _spend(milliseconds: float) -> None:
    from course.account import waiting  # which needs the open account, and so this module

    waiting.spend(milliseconds)


def unreachable(call: Call) -> Exception:
    """What a client sees of a service to which nothing gets through, after it has waited."""
    return _broken(call, Trouble(0, CONNECT_TIMEOUT), gateway.patience())


def _broken(call: Call, trouble: Trouble, patience: gateway.Patience) -> Exception:
    """The connection failed before the service had the request."""
    call.refused = trouble.error
    url = call.sent.url
    if trouble.error == CONNECT_TIMEOUT:
        _spend(patience.connect * 1000)
        return botocore.exceptions.ConnectTimeoutError(endpoint_url=url)
    _spend(trouble.latency)
    return botocore.exceptions.ConnectionClosedError(endpoint_url=url)


def _failure(call: Call, trouble: Trouble) -> Answer:
    code = str(trouble.error)
    status, headers, body = call.endpoint.failure(code, trouble.message)
    return trouble.status or status_of(call.service, code, status), headers, body


def status_of(service: str, code: str, otherwise: int = 400) -> int:
    """The HTTP status with which a service answers an error."""
    known = _model(service).shape_for_error_code(code)
    if known is None:
        return STATUSES.get(code, otherwise)
    if "error" not in known.metadata and _is_server_side(service, known.name):
        return 500
    return int(known.metadata.get("error", {}).get("httpStatusCode", otherwise))


@lru_cache(maxsize=256)
def _is_server_side(service: str, shape: str) -> bool:
    """Whether the model blames the service for an error; botocore's shapes do not keep that."""
    described = Loader().load_service_model(service, "service-2")["shapes"][shape]
    return bool(described.get("fault"))


def _check_operation(name: str) -> None:
    """ValueError, with the nearest name, for an operation that no service has."""
    service, colon, operation = name.partition(":")
    if service == CACHE and colon:
        _check_command(operation)
        return
    if not colon or service not in _services():
        raise ValueError(
            f"{name!r} is no operation: write it as service:Operation in boto3's names, for "
            'example "dynamodb:PutItem", or "dynamodb:*" for all of a service.'
        )
    known = _model(service).operation_names
    if operation != "*" and operation not in known:
        near = difflib.get_close_matches(operation, known, 1)
        hint = f" Did you mean {service}:{near[0]}?" if near else ""
        raise ValueError(f"{service} has no operation {operation}.{hint}")


@lru_cache(maxsize=1)
def _services() -> frozenset[str]:
    """The services that boto3 knows, by its names."""
    return frozenset(Loader().list_available_services("service-2"))


def _check_command(name: str) -> None:
    """ValueError for a command that no cache of the account knows."""
    from course.account.caches import commands  # which imports fakeredis

    if name not in ("*", CONNECT) and not (name.isupper() and commands.is_known(name)):
        raise ValueError(f'no cache knows the command {name!r}: write, for example, "cache:GET".')


@lru_cache(maxsize=32)
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)
