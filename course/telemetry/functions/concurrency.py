"""Who may run when: execution environments, concurrency limits and the scaling rate.

Rules (Lambda Developer Guide, "Understanding Lambda function scaling" and "Lambda scaling
behavior"): an environment serves one invocation at a time, is reused while it is warm and belongs
to one version of the code and its settings. A request that finds none free starts a new one. It is
refused when the function's reserved concurrency is in use, or, without a reservation, what the
account's limit leaves unreserved; when the function has started 1,000 new environments within 10 s
(a bucket that refills steadily); or when it gets more requests in a second than ten times its
concurrency. Provisioned environments stay, and count as in use whether they run or not.

Lambda does not document how long an idle environment lives: here 6 to 14 minutes. Nor does it say
which reason a refusal for the scaling rate carries; here it is that of the concurrency limit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from random import Random

from course.telemetry.functions.limits import limit, whole

MINUTE = 60_000
SECOND = 1000
ACCOUNT_LIMIT = "ConcurrentInvocationLimitExceeded"
RESERVED_LIMIT = "ReservedFunctionConcurrentInvocationLimitExceeded"
RATE_LIMIT = "FunctionInvocationRateLimitExceeded"
RESERVED_RATE_LIMIT = "ReservedFunctionInvocationRateLimitExceeded"


class Refused(Exception):
    """A request to invoke was throttled; `reason` is one of AWS's ThrottleReason values."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(eq=False)
class Slot:
    """One execution environment: when it was last busy, and how long it may then stand idle.

    code: what it was initialised from. All times in epoch ms.
    """

    code: Hashable
    lifetime: float
    provisioned: bool = False
    busy_from: float = 0.0
    free_at: float = 0.0
    uses: int = 0

    def is_busy(self, now: float) -> bool:
        return self.busy_from <= now < self.free_at

    def is_free(self, now: float) -> bool:
        """Whether it can take a request; one that a later request has taken cannot."""
        return self.free_at <= now

    def is_over(self, now: float) -> bool:
        return not self.provisioned and now - self.free_at >= self.lifetime


@dataclass
class Fleet:
    """The environments of one function, all versions together."""

    rng: Random
    slots: list[Slot] = field(default_factory=list)
    tokens: float = field(default_factory=lambda: limit("scaling_burst"))
    refilled: float = 0.0
    requests: deque[float] = field(default_factory=deque)

    def in_use(self, now: float) -> int:
        """Invocations that are running."""
        return sum(slot.is_busy(now) for slot in self.slots)

    def occupied(self, now: float) -> int:
        """What counts against a limit: running, or standing by as provisioned."""
        return sum(slot.provisioned or slot.is_busy(now) for slot in self.slots)

    def provisioned(self, now: float, code: Hashable) -> tuple[int, int]:
        """Of the provisioned environments of one version: how many run, how many there are."""
        found = [slot for slot in self.slots if slot.provisioned and slot.code == code]
        return sum(slot.is_busy(now) for slot in found), len(found)

    def warm(self, now: float, code: Hashable) -> Slot | None:
        """The environment that takes a request: a provisioned one, else the last one used."""
        free = [slot for slot in self.slots if slot.code == code and slot.is_free(now)]
        return max(free, key=lambda slot: (slot.provisioned, slot.free_at), default=None)

    def expire(self, now: float) -> None:
        """Forget the environments that have been idle for too long."""
        self.slots = [slot for slot in self.slots if not slot.is_over(now)]

    def start(self, code: Hashable, *, provisioned: bool = False) -> Slot:
        """A new environment."""
        slot = Slot(code, self.rng.uniform(6, 14) * MINUTE, provisioned)
        self.slots.append(slot)
        return slot

    def take_token(self, now: float) -> bool:
        """Whether the scaling rate lets a new environment start; takes it if so."""
        per_ms = limit("scaling_burst") / limit("scaling_period")
        passed = max(0.0, now - self.refilled)
        self.tokens = min(limit("scaling_burst"), self.tokens + passed * per_ms)
        self.refilled = max(now, self.refilled)
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def count_request(self, now: float, most: float) -> bool:
        """Whether one more request fits into this second; counts it if so."""
        while self.requests and self.requests[0] <= now - SECOND:
            self.requests.popleft()
        if len(self.requests) >= most:
            return False
        self.requests.append(now)
        return True


class Pool:
    """The concurrency of one account in one Region.

    reservations: gives the reserved concurrency of every function that has one. most: the account's
    limit, if it is not the default; new accounts have less, and it can be raised on request.
    """

    def __init__(
        self, reservations: Callable[[], Mapping[str, int]], seed: str, most: int | None = None
    ) -> None:
        self.limit = whole("concurrency") if most is None else most
        self.fleets: dict[str, Fleet] = {}
        self._reservations = reservations
        self._seed = seed

    def fleet(self, function: str) -> Fleet:
        """A function's environments."""
        if function not in self.fleets:
            self.fleets[function] = Fleet(Random(f"{self._seed}/{function}"))
        return self.fleets[function]

    def admit(self, function: str, code: Hashable, now: float) -> Slot:
        """The environment for a request; `uses` is 0 for a new one. Refused when throttled."""
        fleet, reservations = self.fleet(function), self._reservations()
        reserved = reservations.get(function)
        fleet.expire(now)
        self._check_rate(fleet, reserved, now)
        slot = fleet.warm(now, code)
        if slot is not None and slot.provisioned:
            return slot
        self._check_concurrency(fleet, reserved, reservations, now)
        if slot is not None:
            return slot
        if not fleet.take_token(now):
            raise Refused(ACCOUNT_LIMIT)
        return fleet.start(code)

    def _check_rate(self, fleet: Fleet, reserved: int | None, now: float) -> None:
        concurrency = self.limit if reserved is None else reserved
        if reserved == 0:
            raise Refused(RESERVED_LIMIT)
        if not fleet.count_request(now, concurrency * limit("requests_per_concurrency")):
            raise Refused(RATE_LIMIT if reserved is None else RESERVED_RATE_LIMIT)

    def _check_concurrency(
        self, fleet: Fleet, reserved: int | None, reservations: Mapping[str, int], now: float
    ) -> None:
        if reserved is not None:
            if fleet.occupied(now) >= reserved:
                raise Refused(RESERVED_LIMIT)
        elif self._in_use_without(reservations, now) >= self.limit - sum(reservations.values()):
            raise Refused(ACCOUNT_LIMIT)

    def _in_use_without(self, reservations: Mapping[str, int], now: float) -> int:
        """What counts against the unreserved part."""
        shared = [fleet for name, fleet in self.fleets.items() if name not in reservations]
        return sum(fleet.occupied(now) for fleet in shared)

    def unreserved_in_use(self, now: float) -> int:
        """What runs in functions that have no reservation."""
        reservations = self._reservations()
        shared = [fleet for name, fleet in self.fleets.items() if name not in reservations]
        return sum(fleet.in_use(now) for fleet in shared)

    def in_use(self, now: float) -> int:
        """What runs in the whole account."""
        return sum(fleet.in_use(now) for fleet in self.fleets.values())
