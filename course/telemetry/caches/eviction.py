"""Which key goes when a node is full: the rules of maxmemory-policy.

Valkey and Redis documentation, "Key eviction": `allkeys-*` choose among all keys, `volatile-*`
among those with an expiry; lru by the time of the last use, lfu by a counter that grows ever more
slowly and loses one each minute, ttl by the nearest expiry; `noeviction` refuses writes instead,
and so does `volatile-*` when no key has an expiry. ElastiCache's default is `volatile-lru`.

A real server looks at `maxmemory-samples` keys (5) at a time and takes the best of them. Here lru
looks at all keys; the others at all up to `MOST`, and at a seeded sample of so many beyond that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

DEFAULT = "volatile-lru"
POLICIES = (
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
)
MOST = 128
MINUTE = 60_000
# lfu-log-factor; what a new key's counter begins with, and where it ends.
LOG_FACTOR, FIRST, LAST = 10, 5, 255


@dataclass
class Use:
    """How a key was used. last: epoch ms; order: a number that grows with every use."""

    last: float
    order: int
    counter: int = FIRST

    def decayed(self, now: float) -> int:
        """The counter, after what it has lost since the last use."""
        return max(0, self.counter - int((now - self.last) // MINUTE))

    def touch(self, now: float, order: int, rng: Random) -> None:
        """Note one more use."""
        self.counter = self.decayed(now)
        if self.counter < LAST:
            above = max(0, self.counter - FIRST)
            if rng.random() < 1 / (above * LOG_FACTOR + 1):
                self.counter += 1
        self.last, self.order = now, order


class Candidate(NamedTuple):
    """A key that may have to go.

    place: how its owner knows it; expires: epoch s, None for never.
    """

    place: tuple[int, bytes]
    use: Use
    expires: float | None


def looks_at_some(policy: str) -> bool:
    """Whether a sample of the keys will do; lru goes through them in order instead."""
    return not policy.endswith("lru")


def only_volatile(policy: str) -> bool:
    """Whether only keys with an expiry may go."""
    return policy.startswith("volatile")


def victim(
    policy: str, candidates: Iterable[Candidate], now: float, rng: Random
) -> Candidate | None:
    """The key that goes next; None when the policy lets none go.

    candidates: the least recently used first.
    """
    if policy == "noeviction":
        return None
    lasting_too = not only_volatile(policy)
    found = (each for each in candidates if lasting_too or each.expires is not None)
    rule = policy.partition("-")[2]
    if rule == "lru":
        return next(found, None)
    keys = list(found)
    if not keys:
        return None
    return rng.choice(keys) if rule == "random" else min(keys, key=_worth(rule, now))


def _worth(rule: str, now: float) -> Callable[[Candidate], tuple[float, int]]:
    if rule == "ttl":
        return lambda each: (each.expires or 0.0, each.use.order)
    return lambda each: (each.use.decayed(now), each.use.order)
