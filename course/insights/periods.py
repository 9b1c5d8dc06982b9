"""Lengths of time such as `5m`, and the documented cap per unit.

Source: CloudWatch Logs User Guide, "stats": `bin(300s)` behaves as `bin(60s)`, silently. Caps for
days and longer are not documented; none is applied here.
"""

from __future__ import annotations

_UNITS: dict[str, tuple[str, ...]] = {
    "millisecond": ("ms", "msec", "msecs", "millisecond", "milliseconds"),
    "second": ("s", "sec", "secs", "second", "seconds"),
    "minute": ("m", "min", "mins", "minute", "minutes"),
    "hour": ("h", "hr", "hrs", "hour", "hours"),
    "day": ("d", "day", "days"),
    "week": ("w", "week", "weeks"),
    "month": ("mo", "mos", "mon", "mons", "month", "months"),
    "quarter": ("q", "qtr", "qtrs", "quarter", "quarters"),
    "year": ("y", "yr", "yrs", "year", "years"),
}
UNIT_OF = {spelling: unit for unit, spellings in _UNITS.items() for spelling in spellings}
CAP = {"millisecond": 1000, "second": 60, "minute": 60, "hour": 24}
MILLISECONDS = {
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
MEAN_MONTH = 2_629_746_000  # milliseconds: a twelfth of 365.2425 days
# 1970-01-05 was the first Monday after the epoch; weeks begin there.
WEEK_ORIGIN = 4 * 86_400_000


def capped(count: int, unit: str) -> int:
    """The count that Logs Insights really uses: 300 seconds become 60."""
    return min(count, CAP.get(unit, count))
