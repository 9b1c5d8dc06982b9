"""Schedule expressions: when a rate(), cron() or at() is due.

Follows the EventBridge User Guide, "Setting a schedule pattern for scheduled rules", and the
EventBridge Scheduler User Guide, "Schedule types": the only place where at() and time zones exist.
Schedules are exact to the minute. Under daylight saving time a cron time that a day skips is left
out, one that comes twice counts once, and a day in rate() is always 24 hours.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = 60_000
UNITS = {"minute": MINUTE, "hour": 60 * MINUTE, "day": 24 * 60 * MINUTE}
MONTHS = {name.upper(): n for n, name in enumerate(calendar.month_abbr) if name}
# SUN is 1 and SAT is 7.
WEEKDAYS = {name: n for n, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
FIRST_YEAR, LAST_YEAR = 1970, 2199
_RATE = re.compile(r"rate\((\d+)\s+(minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\(([^()]+)\)")
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
_TERM = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?")


@dataclass(frozen=True)
class Rate:
    """Every so many milliseconds from its first time on."""

    every: int

    def next(self, after: int, start: int) -> int | None:
        """The first time after `after` of the series that begins at `start` (epoch ms)."""
        if after < start:
            return start
        return start + ((after - start) // self.every + 1) * self.every


@dataclass(frozen=True)
class At:
    """Once, at a local time."""

    moment: datetime

    def next(self, after: int, start: int) -> int | None:
        at = _epoch_ms(self.moment)
        return at if at > after and at >= start else None


@dataclass(frozen=True)
class Cron:
    """Whenever the local time is one of these minutes and hours, on a day that it names."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    in_day: Callable[[date], bool]
    months: frozenset[int]
    years: frozenset[int]
    zone: ZoneInfo

    def next(self, after: int, start: int) -> int | None:
        """The first due minute after `after` and not before `start`; None when there is none."""
        since = max(after, start - 1)
        today = datetime.fromtimestamp(since / 1000, self.zone).date()
        for day in self._days(today):
            due = [at for at in self._times(day) if at > since]
            if due:
                return min(due)
        return None

    def _days(self, first: date) -> Iterator[date]:
        for year in (year for year in sorted(self.years) if year >= first.year):
            for month in sorted(self.months):
                last = calendar.monthrange(year, month)[1]
                for day in (date(year, month, number) for number in range(1, last + 1)):
                    if day >= first and self.in_day(day):
                        yield day

    def _times(self, day: date) -> Iterator[int]:
        for hour in self.hours:
            for minute in self.minutes:
                local = datetime.combine(day, time(hour, minute), self.zone)
                at = _epoch_ms(local)
                there = datetime.fromtimestamp(at / 1000, self.zone)
                if (there.hour, there.minute) == (hour, minute):
                    yield at


Schedule = Rate | Cron | At


def parse(expression: str, zone: ZoneInfo | None = None) -> Schedule | None:
    """Read an expression; None for one that AWS does not take. zone: UTC unless given."""
    zone = zone or ZoneInfo("UTC")
    found = _RATE.fullmatch(expression)
    if found:
        return _rate(int(found[1]), found[2], plural=bool(found[3]))
    found = _CRON.fullmatch(expression)
    if found:
        return _cron(found[1].split(), zone)
    found = _AT.fullmatch(expression)
    if found:
        return _at(found[1], zone)
    return None


def _rate(value: int, unit: str, *, plural: bool) -> Rate | None:
    """The unit agrees with the number: rate(1 minute), rate(5 minutes)."""
    if value < 1 or plural != (value > 1):
        return None
    return Rate(value * UNITS[unit])


def _at(text: str, zone: ZoneInfo) -> At | None:
    try:
        return At(datetime.fromisoformat(text).replace(tzinfo=zone))
    except ValueError:
        return None


def _cron(fields: list[str], zone: ZoneInfo) -> Cron | None:
    if len(fields) != 6:
        return None
    minute, hour, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        return None
    minutes, hours = _numbers(minute, 0, 59), _numbers(hour, 0, 23)
    months, years = _numbers(month, 1, 12, MONTHS), _numbers(year, FIRST_YEAR, LAST_YEAR)
    in_day = _month_days(day) if weekday == "?" else _week_days(weekday)
    if minutes is None or hours is None or months is None or years is None or in_day is None:
        return None
    return Cron(tuple(sorted(minutes)), tuple(sorted(hours)), in_day, months, years, zone)


def _numbers(
    field: str, low: int, high: int, names: dict[str, int] | None = None
) -> frozenset[int] | None:
    """The values that a field lists; a range may run over the end of the clock (20-2)."""
    found: set[int] = set()
    for term in field.split(","):
        values = _term(term, low, high, names or {})
        if values is None:
            return None
        found |= values
    return frozenset(found)


def _term(term: str, low: int, high: int, names: dict[str, int]) -> set[int] | None:
    parts = _TERM.fullmatch(term)
    if parts is None or (parts[1] == "*" and parts[2]):
        return None
    step = int(parts[3] or 1)
    first = low if parts[1] == "*" else _number(parts[1], low, high, names)
    open_ended = parts[1] == "*" or (parts[3] and not parts[2])
    last = high if open_ended else _number(parts[2] or parts[1], low, high, names)
    if first is None or last is None or step < 1:
        return None
    size = high - low + 1
    length = (last - first) % size
    return {low + (first - low + n) % size for n in range(0, length + 1, step)}


def _number(text: str, low: int, high: int, names: dict[str, int]) -> int | None:
    value = names.get(text.upper(), int(text) if text.isdecimal() else low - 1)
    return value if low <= value <= high else None


def _month_days(field: str) -> Callable[[date], bool] | None:
    """Days of the month: numbers, L the last one, LW the last weekday, 3W the weekday nearest."""
    if field == "L":
        return lambda day: day.day == _last(day)
    if field == "LW":
        return lambda day: day.day == _nearest_weekday(day, _last(day))
    if field.endswith("W"):
        wanted = _number(field[:-1], 1, 31, {})
        if wanted is None:
            return None
        return lambda day: wanted <= _last(day) and day.day == _nearest_weekday(day, wanted)
    days = _numbers(field, 1, 31)
    return None if days is None else lambda day: day.day in days


def _week_days(field: str) -> Callable[[date], bool] | None:
    """Days of the week: numbers, names, L Saturday, 6L the last Friday, 3#2 the second Tuesday."""
    if field == "L":
        return lambda day: _weekday(day) == WEEKDAYS["SAT"]
    if field.endswith("L"):
        last = _number(field[:-1], 1, 7, WEEKDAYS)
        return None if last is None else lambda day: _is_last(day, last)
    if "#" in field:
        name, _, place = field.partition("#")
        wanted, nth = _number(name, 1, 7, WEEKDAYS), _number(place, 1, 5, {})
        if wanted is None or nth is None:
            return None
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == nth
    days = _numbers(field, 1, 7, WEEKDAYS)
    return None if days is None else lambda day: _weekday(day) in days


def _weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _is_last(day: date, weekday: int) -> bool:
    return _weekday(day) == weekday and day.day + 7 > _last(day)


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(month: date, number: int) -> int:
    """The Monday-to-Friday day nearest to a day, in the same month."""
    day = month.replace(day=number)
    if day.isoweekday() == 6:
        return number - 1 if number > 1 else number + 2
    if day.isoweekday() == 7:
        return number + 1 if number < _last(month) else number - 2
    return number


def _epoch_ms(moment: datetime) -> int:
    return (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
