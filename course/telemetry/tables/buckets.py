"""Throughput as a token bucket: so many units a second, of which unused ones are kept for a while.

"DynamoDB burst and adaptive capacity" (developer guide): up to 300 seconds of unused capacity are
kept. A bucket begins full. A request that is larger than the whole bucket passes when the bucket is
full and leaves a debt, so that over any time no more passes than the burst, the rate, and the
excess of one such request.
"""

from __future__ import annotations

BURST_SECONDS = 300
_TINY = 1e-9  # below this, two sums of units are the same number


class Bucket:
    """rate: units a second; seconds: for how long what is unused is kept. Times are epoch ms."""

    def __init__(self, rate: float, now: float, seconds: float = 1) -> None:
        self.rate = rate
        self.size = rate * seconds
        self.tokens = self.size
        self._seconds = seconds
        self._at = now

    def change(self, rate: float, now: float) -> None:
        """Another rate from now on; what is there stays, as far as it fits."""
        self._refill(now)
        self.rate, self.size = rate, rate * self._seconds
        self.tokens = min(self.tokens, self.size)

    def has(self, units: float, now: float) -> bool:
        """Whether a request of so many units passes."""
        self._refill(now)
        return self.tokens + _TINY >= min(units, self.size)

    def take(self, units: float, now: float) -> None:
        """Consume units, whether they are there or not."""
        self._refill(now)
        self.tokens -= units

    def _refill(self, now: float) -> None:
        """Add what has come in; calls of one instant may be a little out of order."""
        if now > self._at:
            self.tokens = min(self.size, self.tokens + self.rate * (now - self._at) / 1000)
            self._at = now
