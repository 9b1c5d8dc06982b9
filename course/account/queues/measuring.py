"""The AWS/SQS metrics of a Region's queues, each minute.

Follows the SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS" and "Monitoring
Amazon SQS queues using CloudWatch": a queue is measured while it is active, up to six hours after
something was last in it or somebody last used it, and then every count is there, if only as 0 (a
size only when something was sent). Depths and ages are taken at the end of each minute. The metrics
of quiet groups exist once a standard queue has had message groups. AWS delivers them later than
here, and its counts are approximate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from course.account.queues.holding import POISON, Fifo, Standard
from course.account.queues.message import DELAYED, IN_FLIGHT, VISIBLE, Message
from course.account.region import Region
from course.account.tally import Tally

if TYPE_CHECKING:
    from course.account.queues.queue import Queue

NAMESPACE = "AWS/SQS"
MINUTE = 60_000
ACTIVE = 6 * 60 * MINUTE
COUNTS = (
    "NumberOfMessagesSent",
    "NumberOfMessagesReceived",
    "NumberOfMessagesDeleted",
    "NumberOfEmptyReceives",
)
ONLY_FIFO = "NumberOfDeduplicatedSentMessages"


class Measuring:
    """Counts what happens to queues, and looks at the active ones once a minute."""

    def __init__(self, region: Region, queues: Mapping[str, Queue]) -> None:
        self._region = region
        self._queues = queues
        self._tally = Tally(region, NAMESPACE)
        self._due: int | None = None

    def touch(self, queue: Queue) -> None:
        """Somebody uses a queue, which makes it active."""
        queue.used = self._region.now
        if self._due is None:
            self._look_at_the_end_of(self._region.now // MINUTE)

    def count(self, queue: Queue, name: str, number: float = 1) -> None:
        """Count a metric by a number (its sum), as one value."""
        unit = "Bytes" if name == "SentMessageSize" else "Count"
        where = (("QueueName", queue.name),)
        self._tally.add(self._region.now, name, float(number), unit, where)

    def _look_at_the_end_of(self, minute: int) -> None:
        self._due = (minute + 1) * MINUTE - 1
        self._region.agenda.at(self._due, self._look)

    def _look(self) -> None:
        """Measure the minute that ends now, and come back as long as some queue is active."""
        now, self._due = self._region.now, None
        active = [queue for queue in self._queues.values() if self._is_active(queue)]
        for queue in active:
            self._measure(queue)
        if active:
            self._look_at_the_end_of(now // MINUTE + 1)

    def _is_active(self, queue: Queue) -> bool:
        queue.settle()
        if queue.holding.messages:
            queue.used = self._region.now
        return self._region.now < queue.used + ACTIVE

    def _measure(self, queue: Queue) -> None:
        where = (("QueueName", queue.name),)
        now = self._region.now
        for name in (*COUNTS, *((ONLY_FIFO,) if queue.is_fifo else ())):
            self._tally.at_least(now, name, "Count", where)
        for name, value in _depths(queue).items():
            unit = "Seconds" if "Age" in name else "Count"
            self._tally.add(now, name, float(value), unit, where)


def _depths(queue: Queue) -> dict[str, int]:
    """What is in a queue, and how old the oldest message is."""
    holding, now = queue.holding, queue.region.now
    found = {
        "ApproximateNumberOfMessagesVisible": holding.counts[VISIBLE],
        "ApproximateNumberOfMessagesNotVisible": holding.counts[IN_FLIGHT],
        "ApproximateNumberOfMessagesDelayed": holding.counts[DELAYED],
        "ApproximateAgeOfOldestMessage": _age(holding.messages, now, queue.is_fifo),
    }
    if isinstance(holding, Fifo):
        found["ApproximateNumberOfGroupsWithInflightMessages"] = holding.busy_groups()
    elif holding.is_fair:
        found.update(_fairness(holding, now))
    return found


def _age(messages: Mapping[int, Message], now: int, fifo: bool) -> int:
    """Seconds; a standard queue leaves out what has come back three times."""
    for message in messages.values():
        if fifo or message.receipts < POISON:
            return max(now - message.arrived, 0) // 1000
    return 0


def _fairness(holding: Standard, now: int) -> dict[str, Any]:
    noisy = {tenant for tenant in holding.in_flight if holding.is_noisy(tenant)}
    quiet = {
        number: message
        for number, message in holding.messages.items()
        if message.group not in noisy
    }
    states = [message.state for message in quiet.values()]
    return {
        "ApproximateNumberOfNoisyGroups": len(noisy),
        "ApproximateNumberOfMessagesVisibleInQuietGroups": states.count(VISIBLE),
        "ApproximateNumberOfMessagesNotVisibleInQuietGroups": states.count(IN_FLIGHT),
        "ApproximateNumberOfMessagesDelayedInQuietGroups": states.count(DELAYED),
        "ApproximateAgeOfOldestMessageInQuietGroups": _age(quiet, now, False),
    }
