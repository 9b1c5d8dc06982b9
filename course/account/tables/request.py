"""One request to a table: what it consumed, how it is metered, and how errors come out.

Metrics as in the developer guide's "DynamoDB Metrics and dimensions" and "CloudWatch throttling
metrics": DynamoDB sends only what is not zero; the metrics by table do not include its global
indexes. ProvisionedReadCapacityUnits and its like, which AWS sends every five minutes, appear here
in the minutes in which a table is used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.responses import DynamoHandler

from course.account import waiting
from course.account.errors import AwsError, NotSimulated
from course.account.region import Region
from course.account.tables import charges, checks
from course.account.tables.charges import Charge, Refusal
from course.account.tables.store import Table, Tables
from course.account.tally import Dimensions
from course.telemetry.tables import latency

CONDITION_FAILED = "ConditionalCheckFailedException"
CONFLICT = "TransactionConflictException"
THROTTLES = frozenset(
    {"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"}
)
# Errors that have a metric of their own, and so are no UserErrors.
_NOT_THE_USERS = THROTTLES | {CONDITION_FAILED, CONFLICT, "TransactionCanceledException"}
_LIMIT_METRICS = {
    "ProvisionedThroughputExceeded": "ProvisionedThroughputThrottleEvents",
    "KeyRangeThroughputExceeded": "KeyRangeThroughputThrottleEvents",
    "AccountLimitExceeded": "AccountLimitThrottleEvents",
    "MaxOnDemandThroughputExceeded": "MaxOnDemandThroughputThrottleEvents",
}
_STUMBLES = (KeyError, TypeError, AttributeError, ValueError, IndexError, ArithmeticError)

Parameters = dict[str, Any]
Answer = dict[str, Any]


class Request:
    """A request while it is being answered. name: the operation's, as the API spells it."""

    def __init__(self, region: Region, name: str, parameters: Parameters) -> None:
        self.region = region
        self.name = name
        self.parameters = parameters
        self.tables = region.part(Tables)
        self.now = region.now
        self.taken: list[Charge] = []
        self.touched: dict[str, Table] = {}
        self.served_in = 0.0

    def table(self, name: str | None = None) -> Table:
        """The table that the parameters name, or the one of that name."""
        found = self.tables.find(name or self.parameters["TableName"])
        self.touched.setdefault(found.name, found)
        return found

    # -- capacity ------------------------------------------------------------------------------

    def tries(self, wanted: Iterable[Charge]) -> list[Refusal]:
        """Take these charges, all or none; returns the limits that stand in their way."""
        wanted = list(wanted)
        found = charges.refusals(wanted, self.now)
        if found:
            self._meter_refusals(found)
        else:
            charges.take(wanted, self.now)
            self.taken += wanted
        return found

    def takes(self, wanted: Iterable[Charge]) -> None:
        """Take these charges, or raise the throttling exception."""
        found = self.tries(wanted)
        if found:
            raise self.throttled(found)

    def throttled(self, found: Sequence[Refusal]) -> AwsError:
        """The exception of a request of which nothing was served."""
        for table in {refusal.table.name for refusal in found}:
            self.count("ThrottledRequests", 1, table, operation=True)
        return charges.throttled(found)

    def consumed(self, *, transactional: bool = False) -> list[dict[str, Any]]:
        """ConsumedCapacity by table; empty when nobody asked for it."""
        wanted = self.parameters.get("ReturnConsumedCapacity", "NONE")
        if wanted == "NONE":
            return []
        return charges.as_consumed(self.taken, wanted, transactional=transactional)

    def with_capacity(self, answer: Answer) -> Answer:
        """The answer of an operation on one table, with ConsumedCapacity if it was asked for."""
        for found in self.consumed():
            answer["ConsumedCapacity"] = found
        return answer

    # -- metrics -------------------------------------------------------------------------------

    def count(
        self,
        metric: str,
        value: float,
        table: str | None = None,
        *,
        index: str | None = None,
        operation: bool = False,
        unit: str = "Count",
    ) -> None:
        """Count a value under a table's dimensions (None: the Region's)."""
        dimensions = self._dimensions(table, index, self.name if operation else None)
        self.tables.metering.add(self.now, metric, value, unit, dimensions)

    def _dimensions(
        self, table: str | None, index: str | None = None, operation: str | None = None
    ) -> Dimensions:
        named = (
            ("GlobalSecondaryIndexName", index),
            ("Operation", operation),
            ("TableName", table),
        )
        return tuple((name, value) for name, value in named if value)

    def _meter_refusals(self, found: Iterable[Refusal]) -> None:
        for each in found:
            for metric in (f"{each.kind}ThrottleEvents", each.kind + _LIMIT_METRICS[each.limit]):
                self.count(metric, 1, each.table.name, index=each.owner)

    def _meter_taken(self) -> None:
        totals: dict[tuple[str, str, str | None], float] = {}
        for each in self.taken:
            if not each.units:
                continue
            key = each.kind, each.table.name, each.owner
            totals[key] = totals.get(key, 0.0) + each.units
        for (kind, table, owner), units in totals.items():
            self.count(f"Consumed{kind}CapacityUnits", units, table, index=owner)
            self._meter_provisioned(table, owner)

    def _meter_provisioned(self, table: str, owner: str | None) -> None:
        provisioned = self.touched[table].throughput(owner, self.now).settings.provisioned
        for kind, units in (provisioned or {}).items():
            metric = f"Provisioned{kind}CapacityUnits"
            dimensions = self._dimensions(table, owner)
            if not self.tables.metering.has(self.now, metric, dimensions):
                self.count(metric, units, table, index=owner)

    def time(self) -> float:
        """How long DynamoDB takes for it; the same for the metric, the caller and conflicts."""
        if not self.served_in:
            units = sum(each.units for each in self.taken)
            rng = waiting.rng(self.tables.rng)
            self.served_in = latency.served_in(self.name, units, rng)
        return self.served_in

    def done(self) -> None:
        """Meter a request that was answered."""
        self._meter_taken()
        self.region.took = self.time() + latency.NETWORK
        for table in self.touched:
            milliseconds = round(self.time(), 3)
            metric = "SuccessfulRequestLatency"
            self.count(metric, milliseconds, table, operation=True, unit="Milliseconds")

    def failed(self, code: str) -> None:
        """Meter a request that ended in an error: what it consumed by then counts."""
        self._meter_taken()
        self.region.took = self.time() + latency.NETWORK
        if code == CONDITION_FAILED:
            for table in self.touched:
                self.count("ConditionalCheckFailedRequests", 1, table)
        elif code not in _NOT_THE_USERS:
            self.count("UserErrors", 1)


Perform = Callable[[Request], Answer]
Operation = Callable[[Region, Parameters], Mapping[str, Any]]


def answers(name: str) -> Callable[[Perform], Operation]:
    """Make a function of a Request the operation of that name."""

    def wrap(perform: Perform) -> Operation:
        @wraps(perform)
        def answer(region: Region, parameters: Parameters) -> Mapping[str, Any]:
            request = Request(region, name, parameters)
            try:
                checks.numbers(parameters)
                found = perform(request)
            except AwsError as error:
                request.failed(error.code)
                raise
            request.done()
            return found

        return answer

    return wrap


@contextmanager
def motos_errors(name: str) -> Iterator[None]:
    """Let moto's errors out as AWS's; what it stumbles over is refused."""
    try:
        yield
    except JsonRESTError as error:
        raise of_moto(error) from None
    except _STUMBLES as error:
        stumbled = f"stumbled over these parameters ({type(error).__name__})."
        instead = "Check them against its reference."
        raise NotSimulated(f"dynamodb:{name}", instead, stumbled) from error


def of_moto(error: JsonRESTError) -> AwsError:
    """moto's error, with the members that it has written into its body."""
    try:
        members = json.loads(error.description)
    except ValueError:
        members = {}
    for spent in ("__type", "message", "Message"):
        members.pop(spent, None)
    return AwsError(error.relative_error_type, error.message, **members)


def ask_moto(request: Request, method: str, parameters: Parameters) -> Answer:
    """Have moto carry out one operation; the answer's members as moto's response class has them."""
    handler = DynamoHandler()
    handler.body = handler.params = parameters
    handler.region = request.region.name
    handler.current_account = request.region.account_id
    with motos_errors(request.name):
        found: Answer = getattr(handler, method)().result
    return found
