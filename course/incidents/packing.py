"""How a world lies on disk: small, quick to read, and the same on every machine.

Five files: `logs.ndjson.gz` with one line per log stream, `metrics.ndjson.gz` with one line per
metric, `traces.ndjson.gz` with one line per segment document, `trail.ndjson.gz` with one line per
CloudTrail record, `world.json` with the rest. A line of the first two holds columns instead of one
object per event, which packs and parses better. The story is not written: the data is handed to
students.
"""

from __future__ import annotations

import gc
import gzip
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

from course.telemetry.world import World

LOGS, METRICS, TRACES = "logs.ndjson.gz", "metrics.ndjson.gz", "traces.ndjson.gz"
TRAIL, WORLD = "trail.ndjson.gz", "world.json"
FILES = (LOGS, METRICS, TRACES, TRAIL, WORLD)


class Readable(Protocol):
    """What reading needs of a directory: `pathlib.Path` and importlib.resources' both do."""

    def joinpath(self, *parts: str) -> Any: ...


def contents(world: World) -> dict[str, str]:
    """The text of each file of `FILES`, before compression."""
    head = {"name": world.name, "start": world.start, "end": world.end}
    return {
        LOGS: _lines(_streams(world.logs)),
        METRICS: _lines(_series(world.metrics)),
        TRACES: _lines(world.traces),
        TRAIL: _lines(world.trail),
        WORLD: json.dumps({**head, "resources": world.resources}, indent=1) + "\n",
    }


def write(world: World, directory: Path) -> None:
    """Writes the files of `world` into `directory`; the same world gives the same bytes."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in contents(world).items():
        data = text.encode()
        packed = gzip.compress(data, 9, mtime=0) if name.endswith(".gz") else data
        (directory / name).write_bytes(packed)


def text(directory: Readable, name: str) -> str:
    """One file of `FILES`, decompressed."""
    data: bytes = directory.joinpath(name).read_bytes()
    return (gzip.decompress(data) if name.endswith(".gz") else data).decode()


def read(directory: Readable) -> World:
    """The world in `directory`, with an empty story."""
    head = json.loads(text(directory, WORLD))
    with _no_garbage_collection():
        logs = _sorted(_events(text(directory, LOGS)))
        metrics = _sorted(_records(text(directory, METRICS)))
        traces = _array(text(directory, TRACES))
        trail = _array(text(directory, TRAIL))
    return World(
        head["name"],
        head["start"],
        head["end"],
        logs,
        metrics,
        head["resources"],
        traces=traces,
        trail=trail,
    )


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Tens of thousands of new dicts would make the collector walk them all, again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _lines(objects: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(item, separators=(",", ":")) + "\n" for item in objects)


def _array(lines: str) -> list[dict[str, Any]]:
    """All lines at once: one call of the parser is quicker than one per line."""
    found: list[dict[str, Any]] = json.loads("[" + lines.rstrip("\n").replace("\n", ",") + "]")
    return found


def _sorted(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Time order; the sort is stable, so equal times keep the order of the lines."""
    items.sort(key=lambda item: item["timestamp"])
    return items


def _differences(numbers: list[int]) -> list[int]:
    return [later - earlier for earlier, later in zip([0, *numbers], numbers, strict=False)]


def _streams(logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    streams: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for event in logs:
        streams.setdefault((event["logGroupName"], event["logStreamName"]), []).append(event)
    return [
        {
            "group": group,
            "stream": stream,
            "after": _differences([event["timestamp"] for event in events]),
            "messages": [event["message"] for event in events],
        }
        for (group, stream), events in sorted(streams.items())
    ]


def _events(lines: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    for item in _array(lines):
        group, stream = item["group"], item["stream"]
        events += [
            {"timestamp": time, "message": text, "logStreamName": stream, "logGroupName": group}
            for time, text in zip(accumulate(item["after"]), item["messages"], strict=True)
        ]
    return events


_IDENTITY = ("namespace", "name", "dimensions", "unit", "resolution")


def _series(metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    series: dict[tuple[Any, ...], dict[str, Any]] = {}
    for record in metrics:
        identity = {key: record[key] for key in _IDENTITY}
        empty = {**identity, "after": [], "values": [], "counts": []}
        names = tuple(sorted(record["dimensions"].items()))
        found = series.setdefault((record["namespace"], record["name"], names), empty)
        found["after"].append(record["timestamp"])
        found["values"].append(record["values"])
        found["counts"].append(record["counts"])
    for found in series.values():
        found["after"] = _differences(found["after"])
    return [series[key] for key in sorted(series)]


def _records(lines: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    for item in _array(lines):
        identity = {key: item[key] for key in _IDENTITY}
        columns = zip(accumulate(item["after"]), item["values"], item["counts"], strict=True)
        records += [
            {"timestamp": time, **identity, "values": values, "counts": counts}
            for time, values, counts in columns
        ]
    return records
