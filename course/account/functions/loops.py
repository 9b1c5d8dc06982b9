"""asyncio in a function: its loops wait in virtual time, and see none of the notebook's.

A notebook's cells run inside a loop, in which `asyncio.run` would be refused; on Lambda there is
none. A loop of the function that has nothing to do but wait spends the time instead. What runs in
real threads beside it gets a moment to answer first.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from course.account import waiting

MOMENT = 0.005
_originals: dict[str, Any] = {}


@contextmanager
def hidden() -> Iterator[None]:
    """Let code of the block start loops of its own in this thread."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(running)


def install(is_inside: Callable[[], bool]) -> None:
    """Replace what loops wait with, for threads of which `is_inside` says that they are ours."""
    _originals.update(
        select=selectors.DefaultSelector.select, time=asyncio.base_events.BaseEventLoop.time
    )

    def select(selector: Any, timeout: float | None = None) -> Any:
        original = _originals["select"]
        if timeout is None or timeout <= 0 or not is_inside():
            return original(selector, timeout)
        found = original(selector, MOMENT)
        if not found:
            waiting.spend(timeout * 1000)
        return found

    def now(loop: Any) -> float:
        running = waiting.current() if is_inside() else None
        return _originals["time"](loop) if running is None else running.elapsed / 1000

    vars(selectors)["DefaultSelector"].select = select
    vars(asyncio.base_events)["BaseEventLoop"].time = now


def remove() -> None:
    """Put back what was replaced."""
    vars(selectors)["DefaultSelector"].select = _originals["select"]
    vars(asyncio.base_events)["BaseEventLoop"].time = _originals["time"]
