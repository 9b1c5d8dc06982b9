"""Events that happen later, by themselves: what other people and services will do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from course.account.cloudtrail.delivery import Engine
from course.account.cloudtrail.history import History, checked
from course.account.region import Region
from course.telemetry.trail.records import Record, time_of


def schedule(region: Region, records: Iterable[Mapping[str, Any]]) -> None:
    """Let events happen at their eventTime; ValueError for a malformed one or one of the past."""
    for record in checked(records, region.now):
        region.agenda.at(time_of(record), partial(_happen, region, record))


def _happen(region: Region, record: Record) -> None:
    regions = region.siblings
    regions[str(record["awsRegion"])].part(History).receive(record)
    for each in list(regions.values()):
        if each.has(Engine):
            each.part(Engine).receive(record)
