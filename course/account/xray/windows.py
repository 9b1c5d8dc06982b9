"""The time range that a request asks about.

The X-Ray API reference gives no longest range; the service answers "Time range cannot be longer
than 6 hours" to GetServiceGraph, and the same with 24 hours to GetTraceSummaries.
"""

from __future__ import annotations

from typing import Any

from course.account.errors import AwsError


def window(parameters: dict[str, Any], longest_hours: int) -> tuple[float, float]:
    """StartTime and EndTime in epoch seconds; the end does not belong to the range."""
    start, end = parameters["StartTime"].timestamp(), parameters["EndTime"].timestamp()
    if start >= end:
        raise _invalid("StartTime must be before EndTime.")
    if end - start > longest_hours * 3600:
        raise _invalid(f"Time range cannot be longer than {longest_hours} hours")
    return start, end


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)
