"""Who wants to know when something arrives in a queue or a stream.

An event source mapping reads as soon as there is something to read. It does not ask again and
again, which would keep an idle account busy: whatever puts a message or a record somewhere
announces the ARN here.
"""

from __future__ import annotations

from collections.abc import Callable

from course.account.region import Region

Listener = Callable[[], None]


class Arrivals:
    """The listeners of one Region, by the ARN of what they listen to."""

    def __init__(self, region: Region) -> None:
        self._listeners: dict[str, list[Listener]] = {}

    def listen(self, arn: str, listener: Listener) -> Callable[[], None]:
        """Call `listener` when something arrives; returns what stops that."""
        self._listeners.setdefault(arn, []).append(listener)
        return lambda: self._listeners[arn].remove(listener)

    def announce(self, arn: str) -> None:
        """Something has arrived."""
        for listener in list(self._listeners.get(arn, ())):
            listener()


def announce(region: Region, arn: str) -> None:
    """Tell whoever listens in a Region, if anybody ever did."""
    if region.has(Arrivals):
        region.part(Arrivals).announce(arn)
