"""A shop on its busiest evening, as a flow: how many executions orders take, and who gets them.

Little's law gives the executions that a function needs: arrivals a second times the seconds that
each lasts. All functions of a Region draw on one limit, but for what is reserved ("Understanding
Lambda function scaling", Lambda developer guide). A write takes the units of its partition key, of
which there are 1,000 a second ("Best practices for designing and using partition keys", DynamoDB
developer guide). A message that is still being handled when its visibility timeout is over is
handed out again ("Amazon SQS visibility timeout", SQS developer guide).

Everything is a mean over a minute. What is left out: cold starts, backlogs that outlive a minute,
and how pollers slow down.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["checkout", "worker", "job"]
ROLES: tuple[Role, ...] = ("checkout", "worker", "job")
LIMIT = 1000  # executions at once, of all functions
KEY_UNITS = 1000  # write units a second of one partition key
CHECKOUT_MS, WRITE_MS = 300, 15
LONGEST_WAIT = 30_000  # ms for which a write is repeated while its key is overloaded
RECEIVES = 3  # how often a queue delivers a message before it is a dead letter


@dataclass(frozen=True)
class Load:
    """What comes in. orders: a second. hot: the share of them for the product that sells best.

    units: write units of an order. work_ms: what the worker does by itself for each. providers: ms
    that each takes to answer. job: executions that the job would take.
    """

    orders: float
    hot: float
    units: int
    work_ms: float
    providers: Mapping[str, float]
    job: int


@dataclass(frozen=True)
class Settings:
    """shards: keys among which a product's orders are spread. visibility: seconds.

    reserved: executions that are kept for a function, which gets no more than these either.
    """

    shards: int
    provider: str
    visibility: int
    reserved: Mapping[Role, int] = field(default_factory=dict)
    is_job_on: bool = True


@dataclass(frozen=True)
class Flow:
    """One minute. write_ms: of an order for the best seller. run_ms: of the worker, in the mean.

    handled: how often an order is handled. wanted, given: executions by role.
    """

    write_ms: float
    run_ms: float
    handled: int
    wanted: Mapping[Role, float]
    given: Mapping[Role, float]

    def share(self, role: Role) -> float:
        """Which part of its invocations a function can run; 1 where it needs none."""
        return self.given[role] / self.wanted[role] if self.wanted[role] else 1.0


def flow(load: Load, settings: Settings) -> Flow:
    """What becomes of a load."""
    write_ms = WRITE_MS + _wait(load, settings.shards)
    others = (1 - load.hot) * WRITE_MS
    run_ms = load.work_ms + load.providers[settings.provider] + others + load.hot * write_ms
    handled = _handled(run_ms / 1000, settings.visibility)
    wanted: dict[Role, float] = {
        "checkout": load.orders * CHECKOUT_MS / 1000,
        "worker": load.orders * handled * run_ms / 1000,
        "job": load.job if settings.is_job_on else 0,
    }
    return Flow(write_ms, run_ms, handled, wanted, _given(wanted, settings.reserved))


def _wait(load: Load, shards: int) -> float:
    """Ms for which a write to the most loaded key is repeated."""
    over = load.orders * load.hot * load.units / shards / KEY_UNITS
    return LONGEST_WAIT * (1 - 1 / over) if over > 1 else 0.0


def _handled(seconds: float, visibility: int) -> int:
    return RECEIVES if visibility == 0 else min(RECEIVES, math.ceil(seconds / visibility))


def _given(wanted: Mapping[Role, float], reserved: Mapping[Role, int]) -> dict[Role, float]:
    """Executions for each: what is reserved, and of the rest a part as large as it asks for."""
    given: dict[Role, float] = {
        role: min(wanted[role], kept) for role, kept in reserved.items() if role in wanted
    }
    pool = LIMIT - sum(reserved.values())
    open_to = {role: each for role, each in wanted.items() if role not in given}
    share = min(1.0, pool / (sum(open_to.values()) or 1))
    return {role: given[role] if role in given else share * wanted[role] for role in wanted}
