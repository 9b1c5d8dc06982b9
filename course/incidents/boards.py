"""Dashboards of the shop during one incident: the numbers of a minute, for reading and comparing.

Each is an hour of `checkout`'s simulation with a single incident in it. The names of metrics are
those of the services; the percentiles are of all requests of the minute, NaN where there was none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import count

import numpy as np
import pandas as pd

from course.incidents import checkout, story
from course.incidents import names as naming
from course.incidents.seeds import stream
from course.incidents.simulation import Simulation
from course.incidents.times import MINUTE, minute

CAUSES = ("card_provider", "hot_partition", "cache_flush", "search_hammer")
QUIET = "none"
LENGTH = 60
_DAY = 24 * 60 * MINUTE
_FIRST = 1_767_571_200_000  # Monday, 5 January 2026, 0:00 UTC

_Values = dict[int, list[float]]


def board(cause: str, seed: int | str) -> pd.DataFrame:
    """An hour, a row a minute, of which `cause` takes some seven; QUIET stands for no incident.

    time: naive, UTC. Counts in a minute: requests, errors_4xx, errors_5xx (of the API),
    table_throttled, cache_hits, cache_misses. p99 in ms: api_ms, checkout_ms, payment_ms,
    search_ms. Raises ValueError for a cause that is neither one of CAUSES nor QUIET.
    """
    if cause not in (*CAUSES, QUIET):
        raise ValueError(f"no cause {cause!r}; there are: {', '.join((*CAUSES, QUIET))}")
    return _made(cause, seed).copy()


@lru_cache(maxsize=32)
def _made(cause: str, seed: int | str) -> pd.DataFrame:
    start = _FIRST + stream(seed, "board").randrange(120) * _DAY + 10 * 60 * MINUTE
    return _table(_simulated(cause, seed, start))


def _simulated(cause: str, seed: int | str, start: int) -> Simulation:
    """The first of the seed's worlds in which the cause is drawn."""
    if cause == QUIET:
        return checkout.simulate(seed, start, start + LENGTH * MINUTE, story=[])
    kind = next(kind for kind, causes in story.CAUSES.items() if cause in causes)
    end = start + LENGTH * MINUTE
    for number in count():
        drawn = f"{seed}/{number}"
        told = story.plan(drawn, naming.draw(drawn), start, end, [kind])
        if told.incidents[0].cause == cause:
            return checkout.simulate(drawn, start, end, story=[kind])
    raise AssertionError("count() has no end")


def _table(sim: Simulation) -> pd.DataFrame:
    truth, served = sim.truth, sim.truth.requests
    counts = {
        "requests": _by_minute((r.time, 1.0) for r in served),
        "errors_4xx": _by_minute((r.time, 400 <= r.status < 500) for r in served),
        "errors_5xx": _by_minute((r.time, r.status >= 500) for r in served),
        "table_throttled": _by_minute((call.time, call.throttled) for call in truth.table),
        "cache_hits": _by_minute((time, hit) for time, hit in truth.lookups),
        "cache_misses": _by_minute((time, not hit) for time, hit in truth.lookups),
    }
    slow = {"api_ms": _by_minute((r.time, r.latency) for r in served)}
    for role in ("checkout", "payment", "search"):
        ran = [it for it in truth.invocations if it.role == role]
        slow[f"{role}_ms"] = _by_minute((it.start, it.duration) for it in ran)
    rows = range(minute(sim.start), sim.end, MINUTE)
    table = {"time": pd.to_datetime(list(rows), unit="ms")}
    table |= {name: [sum(values[row]) for row in rows] for name, values in counts.items()}
    table |= {name: [_p99(values[row]) for row in rows] for name, values in slow.items()}
    return pd.DataFrame(table)


def _by_minute(values: Iterable[tuple[float, float]]) -> _Values:
    found: _Values = defaultdict(list)
    for time, value in values:
        found[minute(time)].append(float(value))
    return found


def _p99(values: list[float]) -> float:
    return float(np.percentile(values, 99)) if values else float("nan")
