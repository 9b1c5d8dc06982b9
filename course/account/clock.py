"""The account's clock: virtual, frozen between two calls of `advance`.

time-machine freezes what the process sees as the time of day (`time.time`, `datetime.now`), so
moto, botocore's signatures and the lesson's own code agree with it. `time.monotonic` and
`time.perf_counter` go on, so kernels, time-outs and measurements are not disturbed. Each account
has its own clock; only the one that is held moves the process's time.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import ClassVar

import time_machine


class Clock:
    """Epoch milliseconds that move only when they are moved."""

    _travel: ClassVar[time_machine.travel | None] = None
    _traveller: ClassVar[time_machine.Traveller | None] = None

    def __init__(self, now: int) -> None:
        self.now = now

    def hold(self) -> None:
        """Make this clock the time that the whole process sees."""
        if Clock._traveller is None:
            os.environ["TZ"] = "UTC"
            time.tzset()
            Clock._travel = time_machine.travel(_seconds(self.now), tick=False)
            Clock._traveller = Clock._travel.start()
        Clock._traveller.move_to(_seconds(self.now))

    def move_to(self, now: int) -> None:
        """Move on to an instant given in epoch milliseconds; only the held clock is ever moved."""
        if now == self.now:
            return
        self.now = now
        if Clock._traveller is not None:
            Clock._traveller.move_to(_seconds(now))

    @classmethod
    def release(cls) -> None:
        """Give the process its own time back."""
        if cls._travel is not None:
            cls._travel.stop()
        cls._travel = cls._traveller = None


def _seconds(milliseconds: int) -> float:
    """Epoch seconds for time-machine; half a microsecond late where a float would come out early,
    and be read as the millisecond before."""
    late = 0.0005 if milliseconds % 1000 else 0.0
    return (milliseconds + late) / 1000


def utc(milliseconds: float) -> datetime:
    """An aware UTC datetime of an instant in epoch milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def iso(milliseconds: float) -> str:
    """An instant as `2026-03-17T10:42:00Z`, with milliseconds only where there are any."""
    text = utc(milliseconds).isoformat(timespec="milliseconds")
    return text.replace(".000+00:00", "Z").replace("+00:00", "Z")
