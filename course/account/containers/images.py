"""What the containers of an image do: `Account.image` says it, since nothing here runs an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from course.account.region import Region

IDLE_CPU, IDLE_MEMORY = 2.0, 64.0
OK = 200


@dataclass(frozen=True)
class Moment:
    """A container at an instant.

    seconds: since it started. tasks: running tasks of its service, itself among them. environment:
    its variables. busy: whether it works on a message of the queue that it consumes.
    """

    seconds: float
    time: datetime
    tasks: int
    environment: Mapping[str, str]
    busy: bool


Amount = float | Callable[[Moment], float]


@dataclass(frozen=True)
class Image:
    """See `Account.image`."""

    cpu: Amount = IDLE_CPU
    memory: Amount = IDLE_MEMORY
    ready_after: float = 0.0
    answers: Callable[[str, Moment], int | None] | None = None
    exit_after: float | None = None
    exit_code: int = 1
    term_seconds: float | None = 1.0
    consumes: str | None = None
    message_seconds: float | Callable[[str], float] = 1.0
    message_cpu: float = 0.0

    def wants(self, name: str, moment: Moment) -> float:
        """How much "cpu" or "memory" the program wants."""
        amount: Amount = getattr(self, name)
        wanted = float(amount(moment) if callable(amount) else amount)
        if name == "cpu" and moment.busy:
            wanted += self.message_cpu
        return max(0.0, wanted)

    def answer(self, path: str, moment: Moment) -> int | None:
        """The status for a path; None while nobody listens, and where no answer comes."""
        if moment.seconds < self.ready_after:
            return None
        return OK if self.answers is None else self.answers(path, moment)

    def takes(self, body: str) -> float:
        """Seconds for a message."""
        seconds = self.message_seconds
        return max(0.0, float(seconds(body) if callable(seconds) else seconds))


class Images:
    """The images of a Region by name; one that nobody has described idles."""

    def __init__(self, region: Region) -> None:
        self._known: dict[str, Image] = {}

    def describe(self, name: str, behaviour: Mapping[str, Any]) -> None:
        """ValueError for a behaviour that images do not have."""
        known = [each.name for each in fields(Image)]
        for word in behaviour:
            if word not in known:
                raise ValueError(f"An image has no {word!r}: it has {', '.join(known)}.")
        self._known[name] = Image(**behaviour)

    def of(self, name: str) -> Image:
        return self._known.get(name, Image())
