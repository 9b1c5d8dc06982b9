"""Writes the log of the card terminals in the shop's stores: space-delimited, from before JSON.

A line is `time id LEVEL words...`, so the metric filter pattern `[time, id, level=ERROR, ...]` fits
it. Some lines of level INFO contain the word ERROR: a filter on the bare term counts too many.
"""

from __future__ import annotations

from random import Random

from course.incidents.lambda_logs import Entry
from course.incidents.seeds import hexadecimal, stream
from course.incidents.simulation import Simulation
from course.incidents.story import SLOW_DEPENDENCY
from course.incidents.times import iso

TERMINALS = 6
LINES_PER_SECOND = 0.085


def line(rng: Random, time: float, terminal: str, slow_provider: str | None) -> str:
    """One line. slow_provider: the card provider that does not answer in time at the moment."""
    level, words = _what(rng, slow_provider)
    return f"{iso(time)} {hexadecimal(rng, 12)} {level} {words} terminal={terminal}"


def _what(rng: Random, slow_provider: str | None) -> tuple[str, str]:
    amount = f"amount={rng.lognormvariate(3.0, 0.7):.2f}"
    if slow_provider is not None and rng.random() < 0.3:
        return "ERROR", f"payment failed: no answer within 4000ms provider={slow_provider} {amount}"
    draw = rng.random()
    if draw < 0.035:
        return "ERROR", f"payment declined code={rng.choice(('05', '14', '51', '54'))} {amount}"
    if draw < 0.075:
        return "WARN", rng.choice(("paper low", "signal weak", "clock off by 2s"))
    if draw < 0.135:
        return "INFO", "self-test passed, no ERROR found"
    return "INFO", f"payment accepted {amount}"


def entries(sim: Simulation) -> list[tuple[str, Entry]]:
    """The lines of all terminals of a world: (log stream, entry)."""
    rng = stream(sim.seed, "terminal")
    rate = LINES_PER_SECOND * sim.rate
    written: list[tuple[str, Entry]] = []
    for time in sim.arrivals(lambda at: rate * sim.daily(at), rate * 1.36, "terminal arrivals"):
        slow = sim.story.at(SLOW_DEPENDENCY, time, "card_provider")
        name = f"till-{rng.randint(1, TERMINALS)}"
        text = line(rng, time, name, slow.component if slow else None)
        written.append((name, (int(time), text)))
    return written
