"""Rules with a schedule: each time that is due is on the agenda, one at a time.

A rate begins to count when the rule is put or enabled, so rate(5 minutes) runs first after five
minutes. The event is the "Scheduled Event" of the EventBridge reference ("Amazon EventBridge
events").
"""

from __future__ import annotations

from course.account.clock import iso
from course.account.events import bus
from course.account.events.store import ACTIVE, Rule
from course.account.region import Region
from course.telemetry.events.schedules import Rate


def start(region: Region, rule: Rule) -> None:
    """Put the first due time on the agenda, if the rule has a schedule and is enabled."""
    if rule.schedule is not None and rule.state in ACTIVE:
        first = region.now
        if isinstance(rule.schedule, Rate):
            first += rule.schedule.every
        _await(region, rule, first)


def stop(rule: Rule) -> None:
    """Take the rule off the agenda."""
    if rule.due is not None:
        rule.due.cancel()
        rule.due = None


def _await(region: Region, rule: Rule, first: int) -> None:
    assert rule.schedule is not None
    at = rule.schedule.next(region.now, first)
    if at is not None:
        rule.due = region.agenda.at(at, lambda: _run(region, rule, at, first))


def _run(region: Region, rule: Rule, at: int, first: int) -> None:
    event = bus.envelope(
        region,
        source="aws.events",
        detail_type="Scheduled Event",
        detail={},
        resources=[rule.arn],
        time=iso(at),
    )
    _await(region, rule, first)
    bus.trigger(region, rule, event)
