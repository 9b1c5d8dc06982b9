"""Time to live: items disappear some time after they have expired.

Follows the developer guide's "Using time to live (TTL) in DynamoDB": the attribute holds a number,
epoch seconds; what expired more than five years ago is left alone; expired items are deleted within
a few days and show in reads until then; deleting them costs no capacity, and a stream record says
that DynamoDB did it. Here a table is swept at every full hour at which something has expired, which
is quicker than AWS promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from course.account.agenda import Entry
from course.account.region import Region
from course.account.tables import streams
from course.account.tables.store import Table, Tables
from course.account.tables.values import Image, image

HOUR = 3_600_000
FIVE_YEARS = 5 * 365 * 24 * HOUR


@dataclass
class _Sweep:
    at: int
    entry: Entry


class Sweeps:
    """The sweeps of a Region that are due, by table: one each."""

    def __init__(self, region: Region) -> None:
        self.due: dict[str, _Sweep] = {}


def attribute(table: Table) -> str | None:
    """The attribute that says when an item expires, while time to live is on."""
    ttl = table.moto.ttl
    return str(ttl["AttributeName"]) if ttl.get("TimeToLiveStatus") == "ENABLED" else None


def expires(item: Mapping[str, Any], name: str, now: int) -> int | None:
    """When an item expires (epoch ms); None for one that never does."""
    number = item.get(name, {}).get("N")
    if number is None:
        return None
    at = int(Decimal(number) * 1000)
    return at if at > now - FIVE_YEARS else None


def plan(region: Region, table: Table, item: Image | None) -> None:
    """See to it that the table is swept once this item has expired."""
    name = attribute(table)
    at = None if name is None or item is None else expires(item, name, region.now)
    if at is not None:
        _plan_at(region, table, at)


def plan_all(region: Region, table: Table) -> None:
    """The same for everything that the table holds: when time to live is switched on."""
    name = attribute(table)
    if name is None:
        return
    times = [expires(image(item) or {}, name, region.now) for item in table.everything()]
    known = [at for at in times if at is not None]
    if known:
        _plan_at(region, table, min(known))


def _plan_at(region: Region, table: Table, at: int) -> None:
    sweep_at = max(at, region.now) // HOUR * HOUR + HOUR
    due = region.part(Sweeps).due
    known = due.get(table.name)
    if known is not None:
        if known.at <= sweep_at and known.at >= region.now:
            return
        known.entry.cancel()
    entry = region.agenda.at(sweep_at, lambda: _sweep(region, table.name))
    due[table.name] = _Sweep(sweep_at, entry)


def _sweep(region: Region, name: str) -> None:
    """Delete what has expired, and come back for what will."""
    region.part(Sweeps).due.pop(name, None)
    tables = region.part(Tables)
    if name not in tables.backend.tables:
        return
    table = tables.find(name)
    when = attribute(table)
    if when is None:
        return
    gone = 0
    for item in list(table.everything()):
        found = image(item) or {}
        at = expires(found, when, region.now)
        if at is not None and at <= region.now:
            table.put_back(table.key_of(found), None)
            streams.record(table, item, None, identity=streams.TTL_IDENTITY)
            gone += 1
    if gone:
        dimensions = (("TableName", name),)
        tables.metering.add(region.now, "TimeToLiveDeletedItemCount", gone, "Count", dimensions)
    plan_all(region, table)
