"""The time range that `diff` and `logcompare` compare with.

Source: CloudWatch Logs User Guide, "Compare (diff) with previous time ranges": always as long as
the query's own. A month before is the same day of that month, or its last day.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from course.insights.periods import MILLISECONDS, MONTHS
from course.insights.seam import Range

_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)


def just_before(whole: Range) -> Range:
    return whole[0] - (whole[1] + 1 - whole[0]), whole[0] - 1


def back(count: int, unit: str) -> Callable[[Range], Range]:
    """The same length of time, so many units before."""

    def shift(whole: Range) -> Range:
        length = whole[1] - whole[0]
        if unit in MONTHS:
            start = _months_before(whole[0], count * MONTHS[unit])
        else:
            start = whole[0] - count * MILLISECONDS[unit]
        return start, start + length

    return shift


def _months_before(at: int, months: int) -> int:
    moment = _ORIGIN + timedelta(milliseconds=at)
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    if year < 1:
        return at - months * 30 * MILLISECONDS["day"]
    last = calendar.monthrange(year, month + 1)[1]
    earlier = moment.replace(year=year, month=month + 1, day=min(moment.day, last))
    return (earlier - _ORIGIN) // timedelta(milliseconds=1)


# The words after `diff`.
SHIFTS: dict[str | None, Callable[[Range], Range]] = {
    None: just_before,
    "day": back(1, "day"),
    "week": back(1, "week"),
    "month": back(1, "month"),
}
