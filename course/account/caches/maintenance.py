"""Changes of a cluster that wait for its maintenance window, unless they are wanted at once.

ElastiCache API reference, ModifyCacheCluster and ModifyReplicationGroup (ApplyImmediately, false by
default): a change of the nodes waits for the next maintenance window and is shown among the
PendingModifiedValues until then; a later request with ApplyImmediately applies what waits, too.
Here it is carried out when the window begins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from course.account.caches.store import Caches, Cluster
from course.account.clock import utc

Change = Callable[[Caches, Cluster, Mapping[str, Any]], None]
# Everything else that can be changed here takes effect with the request.
WAITING = ("CacheNodeType", "EngineVersion", "NumCacheNodes")
WINDOW = "sun:05:00-sun:06:00"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def due_now(
    caches: Caches, cluster: Cluster, asked: Mapping[str, Any], change: Change
) -> dict[str, Any]:
    """What of a request to carry out now; the rest is kept until `change` does it in the window."""
    if asked.get("ApplyImmediately"):
        return {**_taken(cluster), **asked}
    later = {name: asked[name] for name in WAITING if name in asked}
    if later:
        if not cluster.pending:
            begins = next_window(window_of(cluster, asked), caches.region.now)
            caches.region.agenda.at(begins, lambda: _in_the_window(caches, cluster, change))
        cluster.pending |= later
    return {name: value for name, value in asked.items() if name not in later}


def window_of(cluster: Cluster, asked: Mapping[str, Any] | None = None) -> str:
    """Such as sun:05:00-sun:06:00."""
    settings = {**cluster.settings, **(asked or {})}
    return str(settings.get("PreferredMaintenanceWindow", WINDOW))


def next_window(window: str, now: int) -> int:
    """When a weekly window begins next (epoch ms, UTC)."""
    day, hour, minute = window.split("-")[0].split(":")
    moment = utc(now)
    days = (DAYS.index(day.lower()) - moment.weekday()) % 7
    begins = moment.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    begins += timedelta(days=days)
    if begins <= moment:
        begins += timedelta(days=7)
    return int(begins.timestamp() * 1000)


def _taken(cluster: Cluster) -> dict[str, Any]:
    waiting, cluster.pending = cluster.pending, {}
    return waiting


def _in_the_window(caches: Caches, cluster: Cluster, change: Change) -> None:
    """Carry out what waits, if it still does and the cluster is still there."""
    if cluster.pending and caches.clusters.get(cluster.id) is cluster:
        change(caches, cluster, {**_taken(cluster), "ApplyImmediately": True})
