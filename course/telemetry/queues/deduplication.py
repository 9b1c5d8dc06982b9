"""What a FIFO queue takes for a second copy of a message that it has already accepted.

Follows the SQS Developer Guide, "Exactly-once processing in Amazon SQS" and "High throughput for
FIFO queues": within five minutes of the first, a message with the same deduplication id is accepted
and not delivered, even when the first was received and deleted meanwhile. The scope is the queue,
or the message group.
"""

from __future__ import annotations

from collections import deque
from hashlib import sha256

INTERVAL = 300_000
Scope = tuple[str, str]
# message id and sequence number of the first
First = tuple[str, str]


def of_content(body: str) -> str:
    """The deduplication id of a queue that makes it from the body; attributes do not count."""
    return sha256(body.encode()).hexdigest()


class Window:
    """The deduplication ids of the last five minutes. Times are epoch ms."""

    def __init__(self) -> None:
        self._firsts: dict[Scope, tuple[int, First]] = {}
        self._ends: deque[tuple[int, Scope]] = deque()

    def first(self, scope: Scope, now: int) -> First | None:
        """The message of which one sent now would be a copy; None for a new one."""
        self._forget(now)
        found = self._firsts.get(scope)
        return None if found is None or found[0] <= now else found[1]

    def remember(self, scope: Scope, first: First, now: int) -> None:
        """A message was accepted."""
        self._firsts[scope] = (now + INTERVAL, first)
        self._ends.append((now + INTERVAL, scope))

    def _forget(self, now: int) -> None:
        while self._ends and self._ends[0][0] <= now:
            end, scope = self._ends.popleft()
            if self._firsts[scope][0] <= end:
                del self._firsts[scope]
