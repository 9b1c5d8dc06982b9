"""The sample application of all lessons: an online shop's checkout and some hours of its life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from course.incidents import (
    access_logs,
    lambda_logs,
    metrics,
    resources,
    terminal,
    traces,
    traffic,
    trail,
)
from course.incidents import names as naming
from course.incidents import story as plots
from course.incidents.fleet import SETTINGS
from course.incidents.seeds import PUBLIC, hexadecimal, stream
from course.incidents.simulation import Simulation
from course.telemetry.world import World

_PUBLIC_START = datetime(2026, 3, 17, 8, tzinfo=UTC)
_LONGEST_HOURS = 48.0


def world(
    seed: int | str = PUBLIC,
    *,
    start: datetime | int | None = None,
    hours: float = 4,
    minutes: float | None = None,
    rate: float = 1.0,
    names: Mapping[str, str] | None = None,
    story: Sequence[str] | None = None,
) -> World:
    """The shop's logs, metrics, traces, trail and resources over some hours, with their true story.

    seed: "public" for the names, times and incidents that the lessons show; any other seed draws
        its own. The same arguments always give the same world, byte for byte.
    start: aware datetime or epoch ms; drawn from the seed by default.
    hours, or minutes instead: how long it is; the incidents keep their place in it.
    rate: how busy the shop is; 1.0 gives some 24,000 to 35,000 log events in four hours.
    names: names to use instead, by field of `names.Names`, such as {"payment": "charge"}.
    story: which kinds of incident happen (`story.CAUSES`); None for all, () for a control day.

    Raises ValueError for a length or rate that makes no sense, unknown names and unknown kinds.
    """
    length = hours if minutes is None else minutes / 60
    if not 0 < length <= _LONGEST_HOURS or rate <= 0:
        raise ValueError("a world is at most 48 hours long, and its length and rate are above 0")
    began = _start(seed, start)
    ended = began + round(length * 3_600_000)
    sim = simulate(seed, began, ended, rate, names, story)
    return World(
        name="checkout",
        start=began,
        end=ended,
        logs=write_logs(sim),
        metrics=metrics.write(sim),
        resources=resources.describe(sim),
        story=tell(sim),
        traces=traces.write(sim),
        trail=trail.write(sim),
    )


def tell(sim: Simulation) -> dict[str, Any]:
    """The story; each incident with the "node" of the service graph that shows it, if one does."""
    told = sim.story.plain()
    for incident, plain in zip(sim.story.incidents, told["incidents"], strict=True):
        plain["node"] = traces.bottleneck(sim, incident)
    return told


def simulate(
    seed: int | str,
    start: int,
    end: int,
    rate: float = 1.0,
    names: Mapping[str, str] | None = None,
    story: Sequence[str] | None = None,
) -> Simulation:
    """The simulation behind a world, with the truth about every request."""
    called = naming.draw(seed, names)
    plot = plots.plan(seed, called, start, end, story)
    sim = Simulation(seed, called, plot, start, end, rate)
    traffic.run(sim)
    return sim


def _start(seed: int | str, start: datetime | int | None) -> int:
    if isinstance(start, int):
        return start
    if start is None:
        start = _PUBLIC_START if seed == PUBLIC else _drawn_start(seed)
    return int(start.timestamp() * 1000)


def _drawn_start(seed: int | str) -> datetime:
    rng = stream(seed, "start")
    day = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=rng.randrange(150))
    return day + timedelta(hours=rng.randint(5, 17), minutes=5 * rng.randrange(12))


def write_logs(sim: Simulation) -> list[dict[str, Any]]:
    """Every log event of the world, in time order."""
    written = [*_lambda_events(sim), *_access_events(sim), *_terminal_events(sim)]
    written.sort(
        key=lambda event: (event["timestamp"], event["logGroupName"], event["logStreamName"])
    )
    return written


def _event(time: int, message: str, stream_name: str, group: str) -> dict[str, Any]:
    return {
        "timestamp": time,
        "message": message,
        "logStreamName": stream_name,
        "logGroupName": group,
    }


def _lambda_events(sim: Simulation) -> list[dict[str, Any]]:
    groups = {role: sim.names.lambda_group(role) for role in SETTINGS}
    return [
        _event(time, message, it.stream, groups[it.role])
        for it in sim.truth.invocations
        for time, message in lambda_logs.entries(it, sim.names.function(it.role), SETTINGS[it.role])
    ]


def _access_events(sim: Simulation) -> list[dict[str, Any]]:
    rng = stream(sim.seed, "access streams")
    streams = [hexadecimal(rng, 32) for _ in range(3)]
    return [
        _event(
            access_logs.written_at(request),
            access_logs.line(request, sim.names.stage),
            rng.choice(streams),
            sim.names.access_group,
        )
        for request in sim.truth.requests
    ]


def _terminal_events(sim: Simulation) -> list[dict[str, Any]]:
    return [
        _event(time, message, name, sim.names.terminal_group)
        for name, (time, message) in terminal.entries(sim)
    ]
