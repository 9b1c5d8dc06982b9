"""Many requests to a bucket at once, without making each of them.

Rates by prefix are served second by second by `Partitions`; of what was asked, some requests are
drawn as rows of an access log. Same seed, same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from course.telemetry.storage.partitions import READ, WRITE, Partitions

SECOND = 1000
# Each second's requests of a flow are spread over so many keys.
KEYS = 8
OPERATIONS = {READ: "REST.GET.OBJECT", WRITE: "REST.PUT.OBJECT"}
_DIGITS = "0123456789abcdef"
Row = dict[str, Any]


@dataclass(frozen=True)
class Flow:
    """Requests of one kind at a rate; key: the key of a request, for an instant (epoch ms)."""

    kind: str
    rate: float
    key: Callable[[float, Random], str]
    prefix: str = ""


@dataclass(frozen=True)
class Served:
    """One second of one flow: how many requests it made, and how many of them were served."""

    at: int
    flow: Flow
    asked: float
    served: float
    keys: tuple[tuple[str, float], ...]  # with the share of each that was served


def under(prefix: str, kind: str, rate: float) -> Flow:
    """Requests for random names under a prefix."""
    return Flow(kind, rate, lambda at, rng: prefix + "".join(rng.choices(_DIGITS, k=8)), prefix)


def flows(by_prefix: Mapping[str, Mapping[str, float]]) -> list[Flow]:
    """Flows of {prefix: {"reads": a second, "writes": a second}}; ValueError for other names."""
    kinds = {"reads": READ, "writes": WRITE}
    wrong = {name for rates in by_prefix.values() for name in rates} - set(kinds)
    if wrong:
        raise ValueError(f"Give rates as reads and writes a second, not as {sorted(wrong)}.")
    return [
        under(prefix, kinds[name], rate)
        for prefix, rates in by_prefix.items()
        for name, rate in rates.items()
        if rate
    ]


def second(partitions: Partitions, flow: Flow, at: int, rng: Random) -> Served:
    """One second of a flow."""
    each = flow.rate / KEYS
    keys = [flow.key(at, rng) for _ in range(KEYS)]
    served = [partitions.serve(flow.kind, key, at, each) for key in keys]
    shares = tuple((key, got / each) for key, got in zip(keys, served, strict=True))
    return Served(at, flow, flow.rate, sum(served), shares)


def run(
    given: Sequence[Flow], start: int, seconds: int, seed: int, partitions: Partitions | None = None
) -> Iterator[Served]:
    """Seconds of flows from an instant on, in time order; the flows take turns at being first."""
    rng = Random(f"load {seed}")
    partitions = partitions or Partitions(start)
    for number in range(seconds):
        at = start + number * SECOND
        for place in range(len(given)):
            yield second(partitions, given[(number + place) % len(given)], at, rng)


def requests(found: Iterator[Served], per_second: float, seed: int) -> list[Row]:
    """Rows of an access log: about so many requests of each second and flow, drawn by the seed.

    Each row has time (epoch ms), operation, key, status, error_code (or None) and total_time (ms).
    """
    rng = Random(f"access log {seed}")
    rows = []
    for each in found:
        count = int(per_second) + (rng.random() < per_second % 1)
        for _ in range(count):
            key, share = rng.choice(each.keys)
            is_served = rng.random() < share
            rows.append(
                {
                    "time": each.at + rng.randrange(SECOND),
                    "operation": OPERATIONS[each.flow.kind],
                    "key": key,
                    "status": 200 if is_served else 503,
                    "error_code": None if is_served else "SlowDown",
                    "total_time": round(rng.lognormvariate(3.1 if is_served else 1.8, 0.35)),
                }
            )
    return sorted(rows, key=lambda row: row["time"])
