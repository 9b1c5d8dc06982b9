"""What goes wrong in a world, when, and why: three incidents, each with several possible causes.

Different causes share a symptom on purpose. The public story is fixed; another seed draws causes,
components and times, so that knowing the public answer does not help. Times are relative to the
length of the world, so that a short world holds the same story.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from course.incidents.names import Names
from course.incidents.seeds import PUBLIC, stream

DEPLOYMENT = "deployment"
SLOW_DEPENDENCY = "slow_dependency"
NOISY_NEIGHBOUR = "noisy_neighbour"

CAUSES: dict[str, tuple[str, ...]] = {
    # A new version of one function: slower and hungrier; leaking; or failing on some requests.
    DEPLOYMENT: ("cpu_heavy_serializer", "unbounded_cache", "missing_setting"),
    # The card provider answers in 2-4 s; one table partition is throttled; the cache was emptied.
    SLOW_DEPENDENCY: ("card_provider", "hot_partition", "cache_flush"),
    # Who sends too much: one client that searches, one that reads products, an app that retries.
    NOISY_NEIGHBOUR: ("search_hammer", "product_crawler", "retry_storm"),
}
KINDS = tuple(CAUSES)

# Start and end as parts of the world's length. Public, 8:00 to 12:00: from 9:37, 10:20 to 10:52,
# 11:10 to 11:40.
_PUBLIC_WINDOWS = {
    DEPLOYMENT: (97 / 240, 1.0),
    SLOW_DEPENDENCY: (140 / 240, 172 / 240),
    NOISY_NEIGHBOUR: (190 / 240, 220 / 240),
}


@dataclass(frozen=True)
class Incident:
    """One thing that goes wrong. start, end: epoch ms; component: the name of what is at fault."""

    kind: str
    cause: str
    component: str
    start: int
    end: int
    detail: dict[str, Any] = field(default_factory=dict)

    def covers(self, time: float) -> bool:
        return self.start <= time < self.end


@dataclass(frozen=True)
class Story:
    """The incidents of a world; at most one of each kind."""

    incidents: tuple[Incident, ...] = ()

    def at(self, kind: str, time: float, cause: str | None = None) -> Incident | None:
        """The incident of `kind` (and `cause`) that is going on at `time`, if any."""
        for incident in self.incidents:
            if incident.kind == kind and incident.covers(time):
                return incident if cause in (None, incident.cause) else None
        return None

    def of(self, kind: str) -> Incident | None:
        """The incident of `kind`, whenever it is."""
        return next((item for item in self.incidents if item.kind == kind), None)

    def plain(self) -> dict[str, Any]:
        """The ground truth as plain data."""
        return {"incidents": [asdict(incident) for incident in self.incidents]}


def plan(
    seed: int | str, names: Names, start: int, end: int, kinds: Sequence[str] | None = None
) -> Story:
    """The story of the world of `seed` between `start` and `end` (epoch ms).

    kinds: which kinds happen; None means all, an empty sequence gives a control day without any.
    Raises ValueError for an unknown kind.
    """
    wanted = KINDS if kinds is None else tuple(kinds)
    for kind in wanted:
        if kind not in CAUSES:
            raise ValueError(f"no incident kind {kind!r}; there are: {', '.join(KINDS)}")
    rng = stream(seed, "story")
    drawn = [_incident(seed, kind, names, start, end, rng) for kind in KINDS]
    return Story(tuple(incident for incident in drawn if incident.kind in wanted))


def _incident(
    seed: int | str, kind: str, names: Names, start: int, end: int, rng: Random
) -> Incident:
    cause = CAUSES[kind][0] if seed == PUBLIC else rng.choice(CAUSES[kind])
    since, until = _PUBLIC_WINDOWS[kind] if seed == PUBLIC else _window(kind, rng)
    component, detail = _at_fault(seed, cause, names, rng)
    return Incident(
        kind=kind,
        cause=cause,
        component=component,
        start=start + int((end - start) * since),
        end=start + int((end - start) * until),
        detail=detail,
    )


def _window(kind: str, rng: Random) -> tuple[float, float]:
    since, until = _PUBLIC_WINDOWS[kind]
    shift = rng.uniform(-0.09, 0.04)
    return since + shift, 1.0 if kind == DEPLOYMENT else until + shift


def _at_fault(seed: int | str, cause: str, names: Names, rng: Random) -> tuple[str, dict[str, Any]]:
    public = seed == PUBLIC
    address = f"198.51.100.{77 if public else rng.randint(20, 250)}"
    if cause in CAUSES[DEPLOYMENT]:
        role = "payment" if public else rng.choice(("payment", "inventory", "cart"))
        return names.function(role), {
            "role": role,
            "version": 42 if public else rng.randint(12, 90),
        }
    by_cause: dict[str, tuple[str, dict[str, Any]]] = {
        "card_provider": (names.providers[0], {"seconds": [2, 4]}),
        "hot_partition": (names.table, {"throttled": 0.55}),
        "cache_flush": (names.cache, {"hit_rate": 0.05}),
        "search_hammer": (address, {"path": "/search"}),
        "product_crawler": (address, {"path": "/products/{id}"}),
        "retry_storm": ("shop-app/4.2.0", {"path": "/cart/items"}),
    }
    return by_cause[cause]
