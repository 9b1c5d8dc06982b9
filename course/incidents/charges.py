"""Charges on their way to a payment provider: attempt by attempt, with what repeats them.

A model for evidence of some minutes. The provider takes so many requests a second and refuses the
rest; refusing costs it something too, so that under a flood it takes fewer. What fails is repeated
by up to three functions that call each other, each as often as its settings say, with waits that
double ("Timeouts, retries, and backoff with jitter", Amazon Builders' Library). What is left out:
how long calls take, and clients' timeouts.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal, NamedTuple

Source = Literal["checkout", "renewals", "refunds"]
CAPACITY = 9.0  # requests a second
REFUSAL = 0.25  # what refusing one costs, in requests
WORST = 0.25  # the share of the capacity that is left under any flood
BASE, LONGEST = 4.0, 30.0  # seconds before the first repetition at most, and before any
CHECKOUTS, RENEWALS = 3, 120  # a second; and at each full minute
RECEIVES, ROUND = 3, 20  # how often a queue delivers a message, and every so many seconds
OK, BAD_REQUEST, THROTTLED, UNAVAILABLE = 200, 400, 429, 503
CODES = {OK: "Charged", THROTTLED: "TooManyRequests", UNAVAILABLE: "ServiceUnavailable"}


@dataclass(frozen=True)
class Settings:
    """attempts: of each function, the one next to the provider last. at_once: whether all renewals

    of a minute begin in its first second, or evenly. declined: share of the cards that are refused;
    every_error: whether that is repeated too. moved: messages that are sent back from the
    dead-letter queue at each full minute; each of them is refused.
    """

    attempts: tuple[int, int, int] = (1, 1, 6)
    jitter: bool = True
    every_error: bool = False
    at_once: bool = True
    declined: float = 0.4
    moved: int = 0


@dataclass(slots=True)
class Charge:
    """One thing to be done by the provider. begun: second; ended: its final status, or None."""

    name: str
    source: Source
    begun: float
    refused_as: str
    tries: int = 0
    ended: int | None = None
    receives: int = 1


class Attempt(NamedTuple):
    """One request to the provider. second: since the start; number: within its invocation."""

    second: float
    charge: Charge
    number: int
    invocation: int
    status: int

    @property
    def code(self) -> str:
        """The provider's word for its answer."""
        return CODES.get(self.status, self.charge.refused_as)


@dataclass
class Provider:
    """What takes requests, and has been down from `down` on, for so many seconds."""

    down: list[tuple[float, float]]
    second: int = -1
    room: float = 0.0
    refused: int = 0

    def answer(self, at: float, charge: Charge) -> int:
        """The status of one request."""
        if int(at) != self.second:
            before = self.refused if int(at) == self.second + 1 else 0
            self.room = max(WORST * CAPACITY, CAPACITY - REFUSAL * before)
            self.second, self.refused = int(at), 0
        for begin, lasts in self.down:
            if begin <= at < begin + lasts:
                return UNAVAILABLE
        if self.room < 1:
            self.refused += 1
            return THROTTLED
        self.room -= 1
        return BAD_REQUEST if charge.refused_as else OK


@dataclass
class Street:
    """All charges and attempts so far; `go_on` continues, perhaps with other settings.

    `branch` gives another one that can go on by itself.
    """

    rng: Random
    provider: Provider
    now: int = 0
    charges: list[Charge] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    due: list[tuple[float, int, Charge]] = field(default_factory=list)

    def branch(self) -> Street:
        """The street from here on. Charges that are under way are copied, ended ones are shared."""
        rng = Random()
        rng.setstate(self.rng.getstate())
        due = [(at, number, replace(charge)) for at, number, charge in self.due]
        provider = replace(self.provider)
        return Street(rng, provider, self.now, self.charges[:], self.attempts[:], due)

    def go_on(self, settings: Settings, seconds: int) -> None:
        """Let so many seconds pass."""
        for second in range(self.now, self.now + seconds):
            self._arrive(settings, second)
            while self.due and self.due[0][0] < second + 1:
                at, _, charge = heapq.heappop(self.due)
                self._try(settings, at, charge)
        self.now += seconds

    def _arrive(self, settings: Settings, second: int) -> None:
        for _ in range(CHECKOUTS):
            self._begin(settings, "checkout", second + self.rng.random())
        if settings.at_once and second % 60 == 0:
            for _ in range(RENEWALS):
                self._begin(settings, "renewals", second + self.rng.random() * 0.8)
        if not settings.at_once:
            for _ in range(RENEWALS // 60):
                self._begin(settings, "renewals", second + self.rng.random())
        if second % 60 == 0:
            for number in range(settings.moved):
                self._receive(settings, number, second)

    def _begin(self, settings: Settings, source: Source, at: float) -> None:
        declined = "CardDeclined" if self.rng.random() < settings.declined else ""
        charge = Charge(f"ch-{self.rng.getrandbits(32):08x}", source, at, declined)
        self._put(at, charge)

    def _receive(self, settings: Settings, number: int, second: int) -> None:
        """One message, as often as the queue delivers it before it is dead again."""
        name = f"rf-{Random(number).getrandbits(32):08x}"
        for receives in range(1, RECEIVES + 1):
            at = second + ROUND * (receives - 1 + self.rng.random())
            self._put(at, Charge(name, "refunds", at, "AccountClosed", receives=receives))

    def _put(self, at: float, charge: Charge) -> None:
        self.charges.append(charge)
        heapq.heappush(self.due, (at, len(self.charges), charge))

    def _try(self, settings: Settings, at: float, charge: Charge) -> None:
        """One request, and when the next one will be."""
        first, middle, inner = settings.attempts
        most = inner if charge.source == "refunds" else first * middle * inner
        number, group = charge.tries % inner, charge.tries // inner
        status = self.provider.answer(at, charge)
        self.attempts.append(Attempt(at, charge, number + 1, group, status))
        charge.tries += 1
        again = status >= THROTTLED or (status == BAD_REQUEST and settings.every_error)
        if not again or charge.tries >= most:
            charge.ended = status
            return
        within = group % middle
        step = number if number + 1 < inner else within if within + 1 < middle else group // middle
        longest = min(LONGEST, BASE * 2**step)
        wait = self.rng.uniform(0, longest) if settings.jitter else longest
        heapq.heappush(self.due, (at + wait, len(self.attempts), charge))


@dataclass(frozen=True)
class Outcome:
    """What came of the charges that began between two seconds.

    success: share of those that the provider could take, and took. load: requests for each charge.
    by_second: requests in each second.
    """

    success: float
    load: float
    by_second: list[int]


def outcome(street: Street, begin: int, end: int) -> Outcome:
    """For the charges of customers that began from second `begin` on, before `end`."""
    asked = [c for c in street.charges if begin <= c.begun < end and c.source != "refunds"]
    possible = [charge for charge in asked if not charge.refused_as]
    counts = Counter(int(attempt.second) for attempt in street.attempts)
    by_second = [counts[second] for second in range(begin, end)]
    taken = sum(charge.ended == OK for charge in possible)
    return Outcome(taken / len(possible), sum(by_second) / len(asked), by_second)
