"""Insights of a trail: when events are looked at again, and which episodes are reported.

An event of a watched kind has its minute looked at five minutes after it is over; while an episode
goes on, again when it may have ended. AWS says that Insights events arrive within 30 minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.account.cloudtrail.history import History
from course.account.cloudtrail.reading import Entry
from course.account.cloudtrail.trail import Trail
from course.account.region import Region
from course.telemetry.trail import insights
from course.telemetry.trail.insights import BASELINE, MINUTE, QUIET
from course.telemetry.trail.records import time_of

if TYPE_CHECKING:
    from course.account.cloudtrail.delivery import Engine

DELAY = 5


def look(region: Region, engine: Engine, trail: Trail, entry: Entry) -> None:
    """Plan a look at an event's minute, unless there is one already."""
    wanted = {selector["InsightType"] for selector in trail.insights}
    if any(key[0] in wanted for key in insights.keys(entry.record)):
        _plan(region, engine, trail, entry.region, entry.at // MINUTE + 1 + DELAY)


def _plan(region: Region, engine: Engine, trail: Trail, where: str, minute: int) -> None:
    mark = f"look/{where}/{minute}"
    if mark not in trail.reported:
        trail.reported.add(mark)
        region.agenda.at(minute * MINUTE, lambda: _evaluate(region, engine, trail, where))


def _evaluate(region: Region, engine: Engine, trail: Trail, where: str) -> None:
    """Report the episodes that have begun, and those that have ended."""
    wanted = {selector["InsightType"] for selector in trail.insights}
    since, until = trail.insights_since // MINUTE, region.now // MINUTE
    history = region.siblings[where].part(History)
    rates = history.rates((since - BASELINE) * MINUTE, until * MINUTE)
    for key, records in sorted(rates.items(), key=str):
        if key[0] not in wanted:
            continue
        minutes = [time_of(record) // MINUTE for record in records]
        for episode in insights.episodes(minutes, since, until):
            for over in (False, True) if episode.over else (False,):
                event = insights.event(
                    key, episode, records, over=over, region=where, account=region.account_id
                )
                if event["eventID"] not in trail.reported:
                    trail.reported.add(event["eventID"])
                    engine.report(trail, event)
            if not episode.over:
                _plan(region, engine, trail, where, episode.last + QUIET + 1)
