"""What time does: deliveries, publications and evaluations, in time order, as the clock moves.

At every full minute metric filters publish the minute that ended, then metric alarms are evaluated,
then composite alarms. Alarms with a period of 10, 20 or 30 seconds are evaluated every 10 seconds
(CloudWatch user guide, "Evaluating an alarm").
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from course.account.agenda import Agenda
from course.account.clock import Clock, iso
from course.account.logs import ingestion
from course.account.logs.store import Group, Stream
from course.account.region import Happening, Region

MINUTE = 60_000
TEN_SECONDS = 10_000
LOG_KEYS = ("timestamp", "message", "logStreamName", "logGroupName")
METRIC_KEYS = ("timestamp", "namespace", "name", "dimensions", "values", "counts")
# The garbage collector's thresholds while time passes.
PATIENT = (10_000, 10, 1000)
Record = dict[str, Any]


class Ticker:
    """Moves one account's clock."""

    def __init__(self, clock: Clock, regions: Mapping[str, Region], agenda: Agenda) -> None:
        self._clock = clock
        self._regions = regions
        self._agenda = agenda
        self._logs: deque[tuple[int, Region, Record]] = deque()
        self._metrics: deque[tuple[int, Region, Record]] = deque()
        self._running = False

    def schedule(self, region: Region, logs: list[Record], metrics: list[Record]) -> None:
        """Put telemetry in line; ValueError for what is malformed or lies in the past."""
        self._check("log event", logs, LOG_KEYS)
        self._check("metric record", metrics, METRIC_KEYS)
        self._logs = _merged(self._logs, region, logs)
        self._metrics = _merged(self._metrics, region, metrics)

    def _check(self, what: str, records: list[Record], keys: tuple[str, ...]) -> None:
        for record in records:
            missing = [key for key in keys if key not in record]
            if missing:
                raise ValueError(f"A {what} to replay lacks {', '.join(missing)}: {record!r:.80}")
            if record["timestamp"] < self._clock.now:
                raise ValueError(
                    f"A {what} to replay is from {iso(record['timestamp'])}, before the account's "
                    f"time {iso(self._clock.now)}: shift its timestamps into the future."
                )

    def advance(self, milliseconds: int) -> list[Happening]:
        """Move the clock on; returns what happened since the last time, in time order."""
        self.pass_time(milliseconds)
        found = [each for region in self._regions.values() for each in region.happenings]
        for region in self._regions.values():
            region.happenings.clear()
        return sorted(found, key=lambda each: str(each["time"]))

    def pass_time(self, milliseconds: int) -> None:
        """Move the clock on; what happens is kept for the next `advance`.

        What runs meanwhile does not move it again: a delivery takes none of the account's time.
        """
        if self._running:
            return
        self._running = True
        try:
            with _little_collecting():
                self._move_on(self._clock.now + milliseconds)
        finally:
            self._running = False

    def _move_on(self, target: int) -> None:
        for tick in self._ticks(target):
            # What carries the tick's own time belongs to the period that begins with it.
            self._run_until(tick - 1)
            self._clock.move_to(tick)
            for region in list(self._regions.values()):
                _work(region, tick)
        self._run_until(target)

    def _ticks(self, target: int) -> Iterator[int]:
        """The next multiples of a minute, or of 10 s while an alarm needs that, up to target.

        While nothing is going on, the ticks up to the next delivery are left out.
        """
        while True:
            regions = self._regions.values()
            step = TEN_SECONDS if any(map(_has_quick_alarm, regions)) else MINUTE
            since = self._clock.now
            if all(map(_is_idle, regions)):
                since = max(since, self._next_delivery(target) - 1)
            tick = since - since % step + step
            if tick > target:
                return
            yield tick

    def _next_delivery(self, otherwise: int) -> int:
        waiting = [line[0][0] for line in (self._logs, self._metrics) if line]
        due = self._agenda.next_time()
        return min([*waiting, *([] if due is None else [due])], default=otherwise)

    def _run_until(self, until: int) -> None:
        """Deliver telemetry and run the agenda up to an instant, and stand there."""
        while True:
            due = self._agenda.next_time()
            at = until if due is None or due > until else max(due, self._clock.now)
            self._deliver(at)
            if self._agenda.next_time() != due:
                continue  # what was delivered has put something on the agenda before that
            self._clock.move_to(max(at, self._clock.now))
            if due is None or due > until:
                return
            self._agenda.pop().action()

    def _deliver(self, until: int) -> None:
        for region, records in _due(self._metrics, until):
            region.metrics.put(_completed(record) for record in records)
        for region, records in _due(self._logs, until):
            _deliver_logs(region, records)


@contextmanager
def _little_collecting() -> Iterator[None]:
    """Have the garbage collector look through everything more rarely, for the block.

    What time brings is telemetry, which stays: looking through all of it whenever it had grown by a
    quarter was a tenth of the time of a day of traffic, and found nothing to free.
    """
    before = gc.get_threshold()
    gc.set_threshold(*PATIENT)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _merged(
    waiting: deque[tuple[int, Region, Record]], region: Region, records: list[Record]
) -> deque[tuple[int, Region, Record]]:
    added = [(record["timestamp"], region, record) for record in records]
    return deque(sorted([*waiting, *added], key=lambda item: item[0]))


def _due(
    waiting: deque[tuple[int, Region, Record]], until: int
) -> list[tuple[Region, list[Record]]]:
    by_region: dict[int, tuple[Region, list[Record]]] = {}
    while waiting and waiting[0][0] <= until:
        _, region, record = waiting.popleft()
        by_region.setdefault(id(region), (region, []))[1].append(record)
    return list(by_region.values())


def _completed(record: Record) -> Record:
    return {"unit": "None", "resolution": 60, **record}


def _deliver_logs(region: Region, records: list[Record]) -> None:
    """Services make their groups and streams themselves, so whatever is missing appears."""
    by_group: dict[str, list[Record]] = {}
    for record in records:
        by_group.setdefault(record["logGroupName"], []).append(record)
    for name, events in by_group.items():
        group = region.logs.groups.setdefault(name, Group(name, created=events[0]["timestamp"]))
        stored = []
        for event in events:
            at, stream = event["timestamp"], event["logStreamName"]
            group.streams.setdefault(stream, Stream(stream, created=at))
            stored.append({**event, "ingestionTime": at, "number": region.logs.number()})
        ingestion.ingest(region, group, stored)


def _has_quick_alarm(region: Region) -> bool:
    return any(alarm.is_quick for alarm in region.alarms.values())


def _is_idle(region: Region) -> bool:
    """Whether nothing would come of a tick, unless telemetry arrives before it."""
    return (
        not region.alarms
        and not any(log_filter.pending for log_filter in region.metric_filters.values())
        and not any(task["status"]["code"] == "RUNNING" for task in region.export_tasks.values())
    )


def _work(region: Region, tick: int) -> None:
    if tick % MINUTE == 0:
        ingestion.publish(region)
    if region.export_tasks:
        from course.account.logs import exports as log_exports

        log_exports.finish_due(region)
    if region.alarms:
        from course.account.cloudwatch import alarm_engine

        alarm_engine.evaluate(region)
