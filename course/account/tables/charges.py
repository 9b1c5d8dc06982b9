"""What a request consumes of which table and index, and the refusal when that is too much.

Follows the developer guide's "Troubleshooting throttling in Amazon DynamoDB": an exception lists
its reasons, each of the form resource type, operation type, limit type, with the resource's ARN.
A write is refused when any of its global indexes lacks capacity for it ("Provisioned throughput
considerations for global secondary indexes"). Which exception an on-demand table answers is not
documented for every limit; here it is ThrottlingException, and RequestLimitExceeded for the quota
of the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from course.account.errors import AwsError
from course.account.tables.store import Table
from course.telemetry.tables.indexes import GLOBAL, LOCAL, Index
from course.telemetry.tables.partitions import READ, WRITE
from course.telemetry.tables.sizes import Item, item_size
from course.telemetry.tables.throughput import (
    ACCOUNT_EXCEEDED,
    MAXIMUM_EXCEEDED,
    PROVISIONED_EXCEEDED,
)
from course.telemetry.tables.units import change_units

_HOT_KEY = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
)
_MESSAGES = {
    (PROVISIONED_EXCEEDED, False): (
        "The level of configured provisioned throughput for the table was exceeded. Consider "
        "increasing your provisioning level with the UpdateTable API."
    ),
    (PROVISIONED_EXCEEDED, True): (
        "The level of configured provisioned throughput for one or more global secondary indexes "
        "of the table was exceeded. Consider increasing your provisioning level for the "
        "under-provisioned global secondary indexes with the UpdateTable API"
    ),
    ("", False): (
        "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically "
        "scaling your table or index so please try again shortly. If exceptions persist, check if "
        f"you have a hot key: {_HOT_KEY}"
    ),
    ("", True): (
        "Throughput exceeds the current capacity for one or more global secondary indexes. "
        "DynamoDB is automatically scaling your index so please try again shortly."
    ),
    (MAXIMUM_EXCEEDED, False): (
        "Throughput exceeds the maximum OnDemandThroughput configured on table or index."
    ),
    (ACCOUNT_EXCEEDED, False): "Throughput exceeds the current throughput quota for your account.",
}


@dataclass(frozen=True)
class Charge:
    """Units on one arm of a table: the table itself (index None), or one of its indexes.

    spread: units by position in the hash range, which says whose partitions serve them.
    """

    table: Table
    kind: str
    spread: Mapping[float, float]
    index: Index | None = None

    @property
    def units(self) -> float:
        return sum(self.spread.values())

    @property
    def owner(self) -> str | None:
        """Whose throughput it is: a global index's name, or None for the table's."""
        return self.index.name if self.index is not None and self.index.arm == GLOBAL else None


@dataclass(frozen=True)
class Refusal:
    """One limit that a request ran into."""

    table: Table
    kind: str
    owner: str | None
    limit: str

    def reason(self) -> dict[str, str]:
        """As ThrottlingReasons has it."""
        resource = "Table" if self.owner is None else "Index"
        reason = f"{resource}{self.kind}{self.limit}"
        return {"reason": reason, "resource": self.table.arn_of(self.owner)}

    @property
    def message(self) -> str:
        on_index = self.owner is not None
        if self.limit in (ACCOUNT_EXCEEDED, MAXIMUM_EXCEEDED):
            return _MESSAGES[self.limit, False]
        # A table's hot key reads like the table's limit; only the reason tells them apart.
        return _MESSAGES["" if self.table.is_on_demand else PROVISIONED_EXCEEDED, on_index]

    @property
    def code(self) -> str:
        if self.limit == ACCOUNT_EXCEEDED:
            return "RequestLimitExceeded"
        if self.table.is_on_demand:
            return "ThrottlingException"
        return "ProvisionedThroughputExceededException"

    @property
    def cancellation(self) -> str:
        """Its code among a transaction's cancellation reasons."""
        return "ThrottlingError" if self.table.is_on_demand else "ProvisionedThroughputExceeded"


def refusals(charges: Iterable[Charge], now: float) -> list[Refusal]:
    """The limits that these charges together would exceed; none: they may be taken."""
    found: list[Refusal] = []
    for (table, kind, owner), spread in _by_owner(charges).items():
        limits = table.throughput(owner, now).refusals(kind, spread, now)
        found += [Refusal(table, kind, owner, limit) for limit in limits]
    return found


def take(charges: Iterable[Charge], now: float) -> None:
    """Consume what was admitted."""
    for (table, kind, owner), spread in _by_owner(charges).items():
        table.throughput(owner, now).take(kind, spread, now)


def _by_owner(charges: Iterable[Charge]) -> dict[tuple[Table, str, str | None], dict[float, float]]:
    """Local indexes live in the table's partitions and use its capacity."""
    found: dict[tuple[Table, str, str | None], dict[float, float]] = {}
    for charge in charges:
        if not charge.spread:
            continue
        spread = found.setdefault((charge.table, charge.kind, charge.owner), {})
        for place, units in charge.spread.items():
            spread[place] = spread.get(place, 0.0) + units
    return found


def throttled(found: Sequence[Refusal]) -> AwsError:
    """The exception for a refused request."""
    first = found[0]
    reasons = [refusal.reason() for refusal in found]
    # The model spells the member differently in this one shape.
    member = "throttlingReasons" if first.code == "ThrottlingException" else "ThrottlingReasons"
    return AwsError(first.code, first.message, **{member: reasons})


def of_change(
    table: Table,
    key: Item,
    before: Item | None,
    after: Item | None,
    *,
    transactional: bool = False,
) -> list[Charge]:
    """What a write costs that finds one item and leaves another: the table, then its indexes."""
    units = change_units(_size(before), _size(after), transactional=transactional)
    charges = [Charge(table, WRITE, {table.position(key): units})]
    for index in table.indexes:
        units = index.write_units(before, after, transactional=transactional)
        if units:
            # An entry that moves to another key counts where it goes.
            entry = index.entry(after) or index.entry(before) or {}
            charges.append(Charge(table, WRITE, {table.position(entry, index): units}, index))
    return charges


def _size(item: Item | None) -> int | None:
    return None if item is None else item_size(item)


def as_consumed(
    charges: Iterable[Charge], wanted: str, *, transactional: bool = False
) -> list[dict[str, Any]]:
    """ConsumedCapacity, one for each table, as ReturnConsumedCapacity asks for it."""
    tables: dict[Table, list[Charge]] = {}
    for charge in charges:
        tables.setdefault(charge.table, []).append(charge)
    return [_consumed(table, group, wanted, transactional) for table, group in tables.items()]


def _consumed(
    table: Table, charges: list[Charge], wanted: str, transactional: bool
) -> dict[str, Any]:
    found = {"TableName": table.name, **_capacity(charges, transactional)}
    if wanted == "INDEXES":
        found["Table"] = _capacity([each for each in charges if each.index is None], transactional)
        for arm in (LOCAL, GLOBAL):
            named: dict[str, list[Charge]] = {}
            for each in charges:
                if each.index is not None and each.index.arm == arm:
                    named.setdefault(each.index.name, []).append(each)
            if named:
                found[arm] = {name: _capacity(each, transactional) for name, each in named.items()}
    return found


def _capacity(charges: list[Charge], transactional: bool) -> dict[str, float]:
    """Only transactions tell reading from writing."""
    found = {"CapacityUnits": float(sum(each.units for each in charges))}
    if transactional:
        for kind in (READ, WRITE):
            units = sum(each.units for each in charges if each.kind == kind)
            if units:
                found[f"{kind}CapacityUnits"] = units
    return found
