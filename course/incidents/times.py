"""Epoch milliseconds to the texts that AWS writes; always UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

MINUTE = 60_000


@lru_cache(maxsize=4096)
def _seconds(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def iso(milliseconds: float) -> str:
    """`2026-03-17T10:42:07Z`."""
    return _seconds(int(milliseconds) // 1000) + "Z"


def iso_millis(milliseconds: float) -> str:
    """`2026-03-17T10:42:07.250Z`."""
    second, rest = divmod(int(milliseconds), 1000)
    return f"{_seconds(second)}.{rest:03d}Z"


def day(milliseconds: float) -> str:
    """`2026/03/17`, as the names of Lambda's log streams begin."""
    return _seconds(int(milliseconds) // 1000)[:10].replace("-", "/")


def minute(milliseconds: float) -> int:
    """The start of the minute, epoch ms: where CloudWatch puts a standard-resolution datapoint."""
    return int(milliseconds) // MINUTE * MINUTE
