"""The cache of a shop's pages, minute by minute: who asks, what is kept, what is lost and why.

A model for evidence that covers hours: pages in some languages, popular ones asked for each minute
and others every few minutes, read cache-aside with a TTL; the least recently used leave when memory
is full (`allkeys-lru`). What it counts carries the names of CloudWatch's metrics ("Metrics for
Valkey and Redis OSS", ElastiCache user guide). EngineCPUUtilization follows the number of commands.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from course.incidents.seeds import stream
from course.telemetry.world import World

MINUTE = 60_000
HOUR = 60 * MINUTE
LANGUAGES = ("en", "de", "fr")
SLOWEST = 5  # minutes between two views of the least popular pages
RARE_TTL, RARE_BYTES = 300, 2048
PARTS = 10  # an export is stored in so many entries
EXPORT_TTL = 900
PERCENT = ("DatabaseMemoryUsagePercentage", "EngineCPUUtilization")
UNPUBLISHED = ("minute", "Wrong", "Removed")
COUNTED = ("CacheHits", "CacheMisses", "Evictions", "Reclaimed", "SetTypeCmds", "Wrong", "Removed")


@dataclass(frozen=True)
class Settings:
    """How the pages are kept, and what else the cache is used for.

    key: how a page's key is made, with {lang}, {id}, and perhaps {date}, {hour} or {minute}.
    ttl: seconds; jitter: percent by which it varies, up and down. maxmemory: bytes.
    empties: minutes of the hour at which a job removes every entry. changes: {minute of the hour:
    pages} that a job removes because they changed. export: bytes that a job stores at minute 0.
    popular: further views a minute, from none for the rarest pages to four times that for the most
    popular. rare: pages a minute that nobody asks for a second time. commands: what one view costs
    the node beside its lookup, in commands.
    """

    key: str = "page:{lang}:{id}"
    ttl: int = 7200
    jitter: int = 20
    products: int = 120
    page_bytes: int = 600_000
    maxmemory: int = 1_103_269_724
    empties: tuple[int, ...] = ()
    changes: tuple[tuple[int, int], ...] = ()
    export: int = 0
    popular: int = 2
    rare: int = 6
    commands: int = 0


@dataclass
class Cache:
    """What is kept. entries: key -> (expires, bytes, whose page), the least recently used first.

    due: the minute by which keys may have expired -> those keys. missed: keys of the last minute.
    """

    rng: Random
    entries: OrderedDict[str, tuple[float, int, str]] = field(default_factory=OrderedDict)
    used: int = 0
    due: dict[int, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    def drop(self, key: str) -> None:
        self.used -= self.entries.pop(key)[1]

    def expire(self, now: int) -> None:
        for key in self.due.pop(now // MINUTE, ()):
            if key in self.entries and self.entries[key][0] <= now:
                self.drop(key)
                self.count("Reclaimed")

    def empty(self) -> None:
        self.count("Removed", len(self.entries))
        self.entries.clear()
        self.used = 0

    def store(self, key: str, expires: float, size: int, page: str, maxmemory: int) -> None:
        if key in self.entries:
            self.drop(key)
        while self.entries and self.used + size > maxmemory:
            self.drop(next(iter(self.entries)))
            self.count("Evictions")
        self.entries[key] = (expires, size, page)
        self.due.setdefault(-int(-expires // MINUTE), []).append(key)
        self.used += size
        self.count("SetTypeCmds")


def minutes(cache: Cache, settings: Settings, start: int, count: int) -> Iterator[dict[str, float]]:
    """The metrics of `count` minutes from `start` (epoch ms), one dict each; `cache` goes on.

    Beside CloudWatch's metrics: "minute" (epoch ms), "Wrong" (views that were given another page),
    "Removed" (entries that a job removed).
    """
    pages = [(f"{lang}:{n}", lang, n) for n in range(settings.products) for lang in LANGUAGES]
    before, keys = "", [""]
    for now in range(start, start + count * MINUTE, MINUTE):
        cache.counts, cache.missed = {}, []
        cache.expire(now)
        _jobs(cache, settings, now)
        form = _at(settings.key, now)
        if form != before:
            before, keys = form, [_key(form, lang, number) for _, lang, number in pages]
        for rank, (page, *_) in enumerate(pages):
            every = 1 + rank * SLOWEST // len(pages)
            if (now // MINUTE + rank) % every == 0:
                _view(
                    cache, settings, now, page, keys[rank], 1 + settings.popular * (SLOWEST - every)
                )
        for number in range(settings.rare):
            _rare(cache, settings, now, number)
        yield _measured(cache, settings, now)


def _jobs(cache: Cache, settings: Settings, now: int) -> None:
    minute = now // MINUTE % 60
    if minute in settings.empties:
        cache.empty()
    for at, changed in settings.changes:
        if at == minute:
            kept = [key for key, entry in cache.entries.items() if ":" in entry[2]]
            for key in cache.rng.sample(kept, min(changed, len(kept))):
                cache.drop(key)
                cache.count("Removed")
    if minute == 0 and settings.export:
        for part in range(PARTS):
            size = settings.export // PARTS
            key, ends = f"export:{part}", now + 1000.0 * EXPORT_TTL
            cache.store(key, ends, size, "export", settings.maxmemory)


def _view(cache: Cache, settings: Settings, now: int, page: str, key: str, views: int) -> None:
    """So many views of a page within a minute."""
    found = cache.entries.get(key)
    if found is not None:
        cache.entries.move_to_end(key)
        cache.count("CacheHits", views)
        if found[2] != page:
            cache.count("Wrong", views)
        return
    cache.count("CacheMisses")
    cache.count("CacheHits", views - 1)
    cache.missed.append(key)
    spread = settings.jitter / 100
    ttl = settings.ttl * (1 + cache.rng.uniform(-spread, spread))
    cache.store(key, now + 1000 * ttl, settings.page_bytes, page, settings.maxmemory)


def _at(form: str, now: int) -> str:
    """A form of keys such as page:{lang}:{id}:{hour} with the time filled in."""
    for name, length in (("{date}", 24 * HOUR), ("{hour}", HOUR), ("{minute}", MINUTE)):
        form = form.replace(name, f"{name[1]}{now // length}")
    return form


def _key(form: str, lang: str, number: int) -> str:
    return form.replace("{lang}", lang).replace("{id}", str(number))


def _rare(cache: Cache, settings: Settings, now: int, number: int) -> None:
    cache.count("CacheMisses")
    key = f"search:{now // MINUTE}-{number}"
    cache.missed.append(key)
    cache.store(key, now + 1000.0 * RARE_TTL, RARE_BYTES, "rare", settings.maxmemory)


def _measured(cache: Cache, settings: Settings, now: int) -> dict[str, float]:
    row: dict[str, float] = {"minute": now}
    row |= {name: cache.counts.get(name, 0) for name in COUNTED}
    row["GetTypeCmds"] = row["CacheHits"] + row["CacheMisses"]
    row["CurrItems"] = len(cache.entries)
    row["BytesUsedForCache"] = cache.used
    row["DatabaseMemoryUsagePercentage"] = round(100 * cache.used / settings.maxmemory, 1)
    busy = 4 + row["GetTypeCmds"] * (1 + settings.commands) / 60
    row["EngineCPUUtilization"] = round(min(99.0, busy + cache.rng.uniform(-0.8, 0.8)), 1)
    return row


def records(cluster: str, row: dict[str, float]) -> list[dict[str, Any]]:
    """CloudWatch's records of one minute of a cache cluster."""
    return [
        record(int(row["minute"]), "AWS/ElastiCache", name, value, CacheClusterId=cluster)
        for name, value in row.items()
        if name not in UNPUBLISHED
    ]


def record(at: int, namespace: str, name: str, value: float, **dimensions: str) -> dict[str, Any]:
    """One datum, as a World has it."""
    unit = "Percent" if name in PERCENT else "Bytes" if name.startswith("Bytes") else "Count"
    return {
        "timestamp": at,
        "namespace": namespace,
        "name": name,
        "dimensions": dimensions,
        "unit": unit,
        "resolution": 60,
        "values": [float(value)],
        "counts": [1.0],
    }


def hour(
    settings: Settings, seed: int | str, start: int, skipped: int = 0
) -> list[dict[str, float]]:
    """An hour's metrics of a cache that has been in use for some minutes before `start`."""
    cache = Cache(stream(seed, "an hour"))
    rows = list(minutes(cache, settings, start - skipped * MINUTE, skipped + 60))
    return rows[skipped:]


def world(caches: dict[str, Settings], start: int) -> World:
    """An account an hour after `start`, with the metrics of these cache clusters."""
    metrics = [
        each
        for cluster, settings in caches.items()
        for row in hour(settings, cluster, start, 30)
        for each in records(cluster, row)
    ]
    metrics.sort(key=lambda each: each["timestamp"])
    return World("lab", start, start + HOUR, [], metrics)
