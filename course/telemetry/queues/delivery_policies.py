"""When SNS tries a delivery again.

Follows the SNS Developer Guide, "Amazon SNS message delivery retries": four phases, one after the
other. Queues and functions: 3 retries at once, 2 after 1 second each, 10 with a growing backoff
from 1 to 20 seconds, 100,000 every 20 seconds. E-mail and SMS: 2 after 10 seconds, 10 from 10 to
600 seconds, 38 every 600 seconds. HTTP/S: three, 20 seconds apart, or what the topic's or the
subscription's policy says, within an hour in all.

AWS shows its backoff functions as curves only; the formulas below have their order: for the same
bounds, exponential waits least in the middle, then geometric, arithmetic and linear. Every wait
varies by up to a tenth, from a seed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from course.telemetry.errors import NotSupported, RuleError

JITTER = 0.1
MOST_RETRIES, LONGEST = 100, 3600
DEFAULT = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
REQUEST = "defaultRequestPolicy"
CONTENT_TYPE = "text/plain; charset=UTF-8"
# (the least wait, the most, the place between them from 0 to 1) -> seconds
BACKOFFS: dict[str, Callable[[float, float, float], float]] = {
    "linear": lambda least, most, place: least + (most - least) * place,
    "arithmetic": lambda least, most, place: least + (most - least) * (place + place**2) / 2,
    "geometric": lambda least, most, place: least * (most / least) ** place,
    "exponential": lambda least, most, place: (
        least + (most - least) * (2.0 ** (10 * place) - 1) / (2.0**10 - 1)
    ),
}


@dataclass(frozen=True)
class Phases:
    """How often in each phase, and how long between (seconds)."""

    at_once: int
    before: int
    backoff: int
    after: int
    least: float
    most: float
    function: str = "exponential"

    @property
    def retries(self) -> int:
        return self.at_once + self.before + self.backoff + self.after

    def wait(self, retry: int) -> float | None:
        """Seconds before the retry of that number, from 1; None when there is no more."""
        if retry <= self.at_once:
            return 0.0
        retry -= self.at_once
        if retry <= self.before:
            return self.least
        retry -= self.before
        if retry <= self.backoff:
            place = (retry - 1) / (self.backoff - 1) if self.backoff > 1 else 1.0
            return BACKOFFS[self.function](self.least, self.most, place)
        return self.most if retry - self.backoff <= self.after else None

    def jittered(self, retry: int, seed: str) -> int | None:
        """The same in milliseconds, varied; the same seed gives the same wait."""
        seconds = self.wait(retry)
        if seconds is None:
            return None
        return round(1000 * seconds * Random(f"{seed}/{retry}").uniform(1 - JITTER, 1 + JITTER))


AWS_MANAGED = Phases(3, 2, 10, 100_000, 1, 20)
CUSTOMER_MANAGED = Phases(0, 2, 10, 38, 10, 600)


def effective(subscription: str | None, topic: str | None) -> dict[str, Any]:
    """The retry policy of an HTTP/S subscription: its own, else the topic's, else the default."""
    of_topic = _read(topic).get("http", {}) if topic else {}
    own = _read(subscription).get("healthyRetryPolicy") if subscription else None
    if own is not None and not of_topic.get("disableSubscriptionOverrides"):
        return {**DEFAULT, **own}
    return {**DEFAULT, **(of_topic.get("defaultHealthyRetryPolicy") or {})}


def content_type(subscription: str | None, topic: str | None) -> str:
    """The Content-Type with which an HTTP/S endpoint is called."""
    own = _read(subscription).get("requestPolicy") if subscription else None
    of_topic = _read(topic).get("http", {}).get(REQUEST) if topic else None
    found = own or of_topic or {}
    return str(found.get("headerContentType", CONTENT_TYPE))


def phases(policy: Mapping[str, Any]) -> Phases:
    """The phases of an HTTP/S retry policy."""
    at_once, before = policy["numNoDelayRetries"], policy["numMinDelayRetries"]
    after = policy["numMaxDelayRetries"]
    return Phases(
        at_once,
        before,
        policy["numRetries"] - at_once - before - after,
        after,
        policy["minDelayTarget"],
        policy["maxDelayTarget"],
        policy["backoffFunction"],
    )


def check_for_subscription(text: str) -> None:
    """RuleError for a subscription's DeliveryPolicy that SNS does not take."""
    found = _read(text)
    _no_throttle(found, "throttlePolicy")
    _check(found.get("healthyRetryPolicy"))


def check_for_topic(text: str) -> None:
    """RuleError for a topic's DeliveryPolicy that SNS does not take."""
    found = _read(text).get("http", {})
    _no_throttle(found, "defaultThrottlePolicy")
    _check(found.get("defaultHealthyRetryPolicy"))


def _no_throttle(found: Mapping[str, Any], name: str) -> None:
    if found.get(name):
        raise NotSupported(f"A delivery policy with {name}", "Leave it out.")


@lru_cache(maxsize=256)
def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise refusal("Unable to parse") from None
    if not isinstance(found, dict):
        raise refusal("Unable to parse")
    return found


def refusal(reason: str) -> RuleError:
    """SNS's error for a delivery policy that it does not take."""
    return RuleError("InvalidParameter", f"Invalid parameter: DeliveryPolicy: {reason}")


def _check(given: Mapping[str, Any] | None) -> None:
    if given is None:
        return
    unknown = sorted(set(given) - set(DEFAULT))
    if unknown:
        raise refusal(f"Unexpected JSON member: {unknown[0]}")
    policy = {**DEFAULT, **given}
    for name in DEFAULT:
        _check_value(name, policy[name])
    if policy["maxDelayTarget"] < policy["minDelayTarget"]:
        raise refusal("maxDelayTarget must be greater than or equal to minDelayTarget")
    made = phases(policy)
    if made.backoff < 0:
        raise refusal(
            "numRetries must be greater than or equal to total of numMinDelayRetries, "
            "numNoDelayRetries and numMaxDelayRetries"
        )
    total = sum(made.wait(retry) or 0 for retry in range(1, made.retries + 1))
    if total > LONGEST:
        raise refusal(f"Total retry time must be at most {LONGEST} seconds")


def _check_value(name: str, value: Any) -> None:
    if name == "backoffFunction":
        if value not in BACKOFFS:
            raise refusal(f"backoffFunction must be one of: {', '.join(sorted(BACKOFFS))}")
        return
    lowest = 1 if "DelayTarget" in name else 0
    highest = LONGEST if "DelayTarget" in name else MOST_RETRIES
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise refusal(f"{name} must be between {lowest} and {highest}")
