"""Token buckets and quotas.

Follows "Throttle requests to your REST APIs for better throughput in API Gateway": a bucket holds
up to `burst` tokens, a request takes one, `rate` come back every second. The limits are applied in
the documented order, LAYERS; a request takes its tokens in that order and stops where there is
none, so what it took before is spent. Quotas follow "Usage plans and API keys for REST APIs": so
many requests per calendar day, week (from Monday) or month in UTC, and `offset` of them are counted
as used when the plan begins. AWS calls both targets to be met on a best-effort basis; here they are
exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Whose limit is asked first ("How throttling limit settings are applied in API Gateway"), and what
# it is called here; the Regional layer that AWS itself sets comes last and is not simulated.
LAYERS = ("usage plan, method", "usage plan", "stage, method", "account")
# "Amazon API Gateway quotas": per account and Region.
ACCOUNT_RATE, ACCOUNT_BURST = 10_000.0, 5_000
PERIODS = ("DAY", "WEEK", "MONTH")


@dataclass(frozen=True)
class Limit:
    """Requests per second in the long run, and how many at once."""

    rate: float
    burst: int


class TokenBucket:
    """One bucket; it starts full."""

    def __init__(self, limit: Limit, now: float) -> None:
        self.limit = limit
        self._tokens = float(limit.burst)
        self._at = now

    def take(self, now: float) -> bool:
        """Take a token at `now` (ms, never earlier than the last time); False if there is none."""
        came = max(0.0, now - self._at) / 1000 * self.limit.rate
        self._tokens = min(float(self.limit.burst), self._tokens + came)
        self._at = max(self._at, now)
        # What came in thirds must add up to a whole.
        if self._tokens < 1 - 1e-9:
            return False
        self._tokens -= 1
        return True


@dataclass(frozen=True)
class Quota:
    """So many requests per period."""

    limit: int
    period: str
    offset: int = 0


def period_start(period: str, now: float) -> int:
    """When the calendar period of an instant began; both epoch ms."""
    day = datetime.fromtimestamp(now / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "WEEK":
        day -= timedelta(days=day.weekday())
    elif period == "MONTH":
        day = day.replace(day=1)
    return round(day.timestamp() * 1000)
