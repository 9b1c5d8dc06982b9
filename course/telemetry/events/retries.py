"""When a delivery that failed is tried again.

EventBridge and EventBridge Scheduler both retry for 24 hours and up to 185 times, "with an
exponential back off and jitter" (their user guides, "How EventBridge retries delivering events").
AWS does not publish the waits: here they double from 1 second to 8 minutes, each shortened by up to
half at random.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

MAXIMUM_ATTEMPTS, MAXIMUM_AGE = 185, 86_400
LONGEST_WAIT = 480


@dataclass(frozen=True)
class RetryPolicy:
    """attempts: how often after the first time; age: how long after the event, in seconds."""

    attempts: int = MAXIMUM_ATTEMPTS
    age: int = MAXIMUM_AGE

    @classmethod
    def of(cls, written: Mapping[str, Any] | None) -> RetryPolicy:
        """A RetryPolicy as the API takes it."""
        found = written or {}
        return cls(
            found.get("MaximumRetryAttempts", MAXIMUM_ATTEMPTS),
            found.get("MaximumEventAgeInSeconds", MAXIMUM_AGE),
        )

    def exhausted(self, retries: int, age: float) -> str | None:
        """Which limit forbids another try after so many, at that age in seconds; None if none."""
        if retries >= self.attempts:
            return "MaximumRetryAttempts"
        return "MaximumEventAgeInSeconds" if age > self.age else None


def wait(retry: int, seed: str) -> int:
    """Milliseconds before the retry of that number, from 1; the same seed gives the same wait."""
    longest = min(2 ** (retry - 1), LONGEST_WAIT)
    return round(1000 * longest * Random(f"{seed}/{retry}").uniform(0.5, 1))
