"""Runs the shop: who asks for what when, which functions that calls, and what the story does to it.

One pass over all arrivals fills a `Truth`, from which every log line and every metric is written
later; that is why the signals of a world agree. What the functions do is in `shop`, what the queue
consumer does in `worker`. Left out: retries by clients (but for the retry storm), network time
between services, clock differences between hosts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from course.incidents.fleet import SETTINGS, Environment, Fleet
from course.incidents.model import (
    Failure,
    Invocation,
    Line,
    Message,
    Step,
    TableCall,
    Throttle,
    Truth,
)
from course.incidents.names import Names
from course.incidents.seeds import hexadecimal, stream, uuid
from course.incidents.story import DEPLOYMENT, SLOW_DEPENDENCY, Story


class Raised(Exception):
    """An exception of the simulated code."""

    def __init__(self, kind: str, message: str, *frames: tuple[str, int, str, str]) -> None:
        super().__init__(message)
        self.failure = Failure(kind, message, frames)


class OutOfMemory(Exception):
    """The kernel kills the process."""


class TimedOut(Exception):
    """Lambda stops the invocation at its timeout."""


class Run:
    """One invocation while it runs: spends time, logs, calls others."""

    def __init__(self, shop: Simulation, invocation: Invocation, environment: Environment) -> None:
        self.shop = shop
        self.invocation = invocation
        self.environment = environment
        self.now = invocation.start
        self.rng = shop.rng
        self._settings = SETTINGS[invocation.role]

    @property
    def elapsed(self) -> float:
        return self.now - self.invocation.start

    def spend(self, milliseconds: float) -> None:
        """Time passes; beyond the function's timeout nothing happens any more."""
        self.now += milliseconds
        if self.elapsed >= self._settings.timeout:
            raise TimedOut

    def compute(self) -> None:
        """The function's own work: a lognormal time, stretched by a bad deployment."""
        slower, used = self.shop.behaviour(self.invocation, self.environment, self.now)
        milliseconds = self._settings.cpu * slower * self.rng.lognormvariate(0, 0.22)
        self.invocation.memory_used = min(round(used), self._settings.memory)
        if used >= self._settings.memory:
            self.spend(milliseconds * self.rng.uniform(0.5, 0.95))
            raise OutOfMemory
        self.spend(milliseconds)

    def log(self, level: str, message: str, **fields: Any) -> None:
        self.invocation.lines.append(Line(self.now, level, message, fields))

    def print(self, text: str) -> None:
        self.invocation.lines.append(Line(self.now, None, text))

    @contextmanager
    def step(self, service: str, operation: str = "", **details: Any) -> Iterator[Step]:
        """What the invocation does inside the block is one call; without operation, to a host."""
        step = Step(service, operation, self.now, details=details)
        self.invocation.steps.append(step)
        try:
            yield step
        except TimedOut:
            raise  # the answer never came: the step has no end
        except Raised as error:
            step.failure = error.failure
            step.end = self.now
            raise
        step.end = self.now

    def call(self, role: str, work: Callable[[Run], None]) -> Invocation:
        """Invokes another function and waits for it. A refused or failed call raises Raised."""
        name = self.shop.names.function(role)
        with self.step("lambda", "Invoke", function_name=name) as step:
            result = self.shop.invoke(role, self.now, work, self.invocation.trace_id)
            if result is None:
                step.status = 429
                raise Raised("TooManyRequestsException", f"Rate exceeded for {role}")
            step.called = result
            self.spend(result.duration + (result.init or 0.0) + self.rng.uniform(1.5, 6))
        return result

    def table(self, operation: str, read: float = 0.0, write: float = 0.0) -> None:
        """One request to the table, retried when throttled as the SDK does (three times)."""
        with self.step("dynamodb", operation, table_name=self.shop.names.table) as step:
            self._table(step, operation, read, write)

    def _table(self, step: Step, operation: str, read: float, write: float) -> None:
        for attempt in range(4):
            step.retries = attempt
            throttled = self.shop.table_throttled(self.now)
            latency = round(self.rng.lognormvariate(1.45, 0.35), 2)
            self.spend(latency)
            units = (0.0, 0.0) if throttled else (read, write)
            self.shop.truth.table.append(
                TableCall(self.now - latency, operation, latency, *units, throttled)
            )
            if not throttled:
                return
            self.spend(self.rng.uniform(25, 50) * 2**attempt)
        step.status = 400
        raise Raised(
            "ProvisionedThroughputExceededException",
            f"An error occurred (ProvisionedThroughputExceededException) when calling the "
            f"{operation} operation (reached max retries: 3): The level of configured provisioned "
            f"throughput for the table was exceeded.",
            ("/var/task/orders.py", 58, "save", f"table.{_snake(operation)}(**request)"),
        )


def _snake(operation: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_")


SAMPLED = 0.2  # the share of requests that the shop's sampling rules choose; see `resources`


def _sampled(rng: Random, time: float) -> str | None:
    return _trace_id(rng, time) if rng.random() < SAMPLED else None


def _trace_id(rng: Random, time: float) -> str:
    return f"1-{int(time) // 1000:08x}-{hexadecimal(rng, 24)}"


class Simulation:
    """The shop between `start` and `end` (epoch ms)."""

    def __init__(
        self, seed: int | str, names: Names, story: Story, start: int, end: int, rate: float
    ) -> None:
        self.seed, self.names, self.story = seed, names, story
        self.start, self.end, self.rate = start, end, rate
        self.rng = stream(seed, "requests")
        self.truth = Truth()
        self._fleets = {
            role: Fleet(settings, stream(seed, f"fleet/{role}"))
            for role, settings in SETTINGS.items()
        }
        self._trace_rng = stream(seed, "traces")
        self._refused_rng = stream(seed, "traces of refused requests")

    # -- what the story changes -----------------------------------------------------------------

    def version(self, role: str, time: float) -> int:
        """The version that the function's alias points at."""
        deployed = self.story.of(DEPLOYMENT)
        if deployed is None or deployed.detail["role"] != role:
            return SETTINGS[role].version
        return int(deployed.detail["version"]) - (0 if deployed.covers(time) else 1)

    def behaviour(
        self, invocation: Invocation, environment: Environment, time: float
    ) -> tuple[float, float]:
        """How much slower than usual an invocation computes, and how many MB it uses."""
        usual = SETTINGS[invocation.role]
        used = usual.used * self.rng.lognormvariate(0, 0.035)
        change = self.story.at(DEPLOYMENT, time)
        if change is None or change.detail["role"] != invocation.role:
            return 1.0, used
        if change.cause == "cpu_heavy_serializer":
            # 1.77 times its own work is some 40 % more in all: the rest is waiting for others.
            heavier = usual.memory * 0.86 * self.rng.lognormvariate(0, 0.072)
            return (1.77 if invocation.role == "payment" else 1.5), heavier
        if change.cause == "unbounded_cache":
            return 1.0, used + environment.uses * usual.memory * 0.018
        return 1.0, used

    def setting_is_missing(self, run: Run) -> bool:
        """Whether this request needs the setting that a bad deployment forgot."""
        change = self.story.at(DEPLOYMENT, run.now, "missing_setting")
        if change is None or change.detail["role"] != run.invocation.role:
            return False
        return self.rng.random() < 0.14

    def provider_time(self, provider: str, time: float) -> float:
        """How long a card provider takes to answer."""
        slow = self.story.at(SLOW_DEPENDENCY, time, "card_provider")
        if slow is not None and slow.component == provider:
            return min(max(self.rng.gauss(2900, 480), 2000), 4000)
        return 105 * self.rng.lognormvariate(0, 0.33)

    def table_throttled(self, time: float) -> bool:
        hot = self.story.at(SLOW_DEPENDENCY, time, "hot_partition")
        return hot is not None and self.rng.random() < float(hot.detail["throttled"])

    def cache_hit(self, time: float) -> bool:
        flushed = self.story.at(SLOW_DEPENDENCY, time, "cache_flush")
        hit = self.rng.random() < (0.86 if flushed is None else float(flushed.detail["hit_rate"]))
        self.truth.lookups.append((time, hit))
        return hit

    # -- running --------------------------------------------------------------------------------

    def trace(self, time: float) -> str | None:
        """A trace id for one in five requests: the sampling rule of the shop."""
        return _sampled(self._trace_rng, time)

    def refused_trace(self, time: float) -> str | None:
        """The same for a request that the API refuses before any function is called."""
        return _sampled(self._refused_rng, time)

    def trace_of(self, messages: list[Message], time: float) -> str | None:
        """A trace id for a batch of which a message was sent in a sampled trace.

        The batch gets a trace of its own, linked to those of its messages ("Tracing event-driven
        applications", AWS X-Ray Developer Guide).
        """
        if not any(message.trace_id for message in messages):
            return None
        return _trace_id(self._trace_rng, time)

    def invoke(
        self, role: str, time: float, work: Callable[[Run], None], trace: str | None = None
    ) -> Invocation | None:
        """Runs `work` as an invocation at `time`; None when Lambda refuses it (throttled)."""
        version = self.version(role, time)
        environment, init = self._fleets[role].acquire(time, version)
        if environment is None:
            self.truth.throttles.append(Throttle(role, time))
            return None
        traced = trace if SETTINGS[role].traced else None
        invocation = Invocation(
            role=role,
            version=version,
            request_id=uuid(self.rng),
            start=time + (init or 0.0),
            init=init,
            stream=environment.stream,
            memory_used=round(SETTINGS[role].used * self.rng.uniform(0.93, 1.0)),
            trace_id=traced,
            segment_id=hexadecimal(self._trace_rng, 16) if traced else "",
        )
        self._run(invocation, environment, work)
        self.truth.invocations.append(invocation)
        return invocation

    def _run(
        self, invocation: Invocation, environment: Environment, work: Callable[[Run], None]
    ) -> None:
        run = Run(self, invocation, environment)
        try:
            work(run)
        except Raised as error:
            invocation.status, invocation.failure = "error", error.failure
        except OutOfMemory:
            invocation.status = "oom"
        except TimedOut:
            invocation.status = "timeout"
            run.now = invocation.start + SETTINGS[invocation.role].timeout
        invocation.duration = max(round(run.elapsed, 2), 0.87)
        for line in invocation.lines:  # rounding the duration may end it a little earlier
            line.at = min(line.at, invocation.end)
        environment.uses += 1
        environment.free_at = invocation.end
        environment.dead = invocation.status in ("timeout", "oom")

    def arrivals(
        self, per_second: Callable[[float], float], most: float, label: str
    ) -> list[float]:
        """Times of a Poisson process whose rate varies (thinning); `most` bounds the rate."""
        rng, time = stream(self.seed, label), float(self.start)
        times: list[float] = []
        while True:
            time += rng.expovariate(most) * 1000
            if time >= self.end:
                return times
            if rng.random() * most < per_second(time):
                times.append(time)

    def daily(self, time: float) -> float:
        """The shop's day: quiet at 4:00, busiest at 16:00 UTC; 1.0 on average."""
        hour = time / 3_600_000 % 24
        return 1 + 0.35 * math.sin((hour - 10) / 24 * 2 * math.pi)
