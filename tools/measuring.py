"""What a measurement is, where measurements are registered, and how two sides are compared.

A comparison runs both sides in one go, in turns, on the same input and reports medians.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any


@dataclass(frozen=True)
class Measurement:
    """One number with its unit; value None, with a note, where it could not be measured."""

    name: str
    value: float | None
    unit: str
    goal: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """`ok` or `OVER THE GOAL`, with the note if there is one; or why there is neither."""
        if self.value is None:
            return f"not measured: {self.note}"
        if self.goal is None:
            return self.note
        found = "ok" if self.value <= self.goal else "OVER THE GOAL"
        return f"{found} ({self.note})" if self.note else found


class NotMeasured(Exception):
    """What is measured is not there or does not run; the message is shown in the table."""


Measure = Callable[[], list[Measurement]]
REGISTRY: dict[str, tuple[Measure, tuple[tuple[str, str, float | None], ...]]] = {}


def measures(*rows: tuple[str, str, float | None]) -> Callable[[Measure], Measure]:
    """Register a function for the (name, unit, goal) rows that it measures, in that order."""

    def register(function: Measure) -> Measure:
        REGISTRY[rows[0][0]] = (function, rows)
        return function

    return register


def in_turns(
    ours: Callable[[], Any], theirs: Callable[[], Any], times: int = 7
) -> tuple[float, float]:
    """Median milliseconds of each, in turns (both have run once before)."""
    taken = [(milliseconds(ours), milliseconds(theirs)) for _ in range(times)]
    return median(ours for ours, _ in taken), median(theirs for _, theirs in taken)


def milliseconds(action: Callable[[], Any]) -> float:
    start = perf_counter()
    action()
    return (perf_counter() - start) * 1000


def rows(frame: Any) -> list[tuple[str, ...]]:
    """A frame's rows as text in one order, for comparing two answers."""
    return sorted(tuple(_plain(value) for value in row) for row in frame.itertuples(index=False))


def _plain(value: Any) -> str:
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return (
        f"{value:.6g}" if isinstance(value, int | float) or hasattr(value, "dtype") else str(value)
    )
