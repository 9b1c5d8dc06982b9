"""How many requests a second a FIFO queue takes.

Follows the SQS Developer Guide, "Amazon SQS message quotas" and "High throughput for FIFO queues":
300 requests a second for each kind of action, with batches up to 3,000 messages; in high-throughput
mode 70,000 requests a second for the whole queue (the quota of the largest Regions), and for sends
300 a second for each message group. AWS does not publish how it averages: here each limit is a
bucket that holds one second's worth and refills steadily. Left out: the partitions of a
high-throughput queue, which several groups share.
"""

from __future__ import annotations

from collections.abc import Iterable

SLOW, FAST = 300, 70_000
# In the error's words ("Troubleshoot FIFO throttling issues in Amazon SQS").
CODE, MESSAGE = "ThrottlingException", "Rate exceeded"


class Bucket:
    """Tokens that refill with time (epoch ms)."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._tokens = float(rate)
        self._since: int | None = None

    def refill(self, now: int) -> float:
        """The tokens there are at an instant."""
        if self._since is not None and now > self._since:
            gained = (now - self._since) * self._rate / 1000
            self._tokens = min(float(self._rate), self._tokens + gained)
        self._since = now
        return self._tokens

    def take(self) -> None:
        self._tokens -= 1


class Throughput:
    """The buckets of one FIFO queue, by action, and by action and message group."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str | None, int], Bucket] = {}

    def admits(self, action: str, fast: bool, groups: Iterable[str | None], now: int) -> bool:
        """Take a request, unless a limit is reached.

        groups: the message groups of its messages; they count in high-throughput mode alone.
        """
        limits: list[tuple[str, str | None, int]] = [(action, None, FAST if fast else SLOW)]
        if fast:
            limits += [(action, group, SLOW) for group in sorted(filter(None, set(groups)))]
        buckets = [self._bucket(limit) for limit in limits]
        if any(bucket.refill(now) < 1 for bucket in buckets):
            return False
        for bucket in buckets:
            bucket.take()
        return True

    def _bucket(self, limit: tuple[str, str | None, int]) -> Bucket:
        if limit not in self._buckets:
            self._buckets[limit] = Bucket(limit[2])
        return self._buckets[limit]
