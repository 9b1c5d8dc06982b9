"""Reading a queue for an event source mapping.

"Using Lambda with Amazon SQS" and "Configuring scaling behavior for SQS event source mappings":
batches of up to BatchSize messages, collected for at most the batching window; five batches at a
time in the beginning and 300 more per minute while there is work, up to 1,250 or to
MaximumConcurrency. What a function has processed is deleted; what it has not comes back when its
visibility timeout is over, and goes to the dead-letter queue by the queue's own redrive policy. A
throttled batch is tried again, at growing distances, until the visibility timeout is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from course.account.agenda import Entry
from course.account.arrivals import Arrivals
from course.account.functions import records
from course.account.functions.mapping import EventSourceMapping
from course.account.functions.records import Record
from course.account.functions.runtime import Outcome
from course.account.queues import receiving
from course.account.queues.queue import Queue
from course.account.queues.store import Queues
from course.account.region import Region
from course.telemetry.errors import RuleError
from course.telemetry.functions import batches

POLL = 10
SECOND = 1000
AT_ONCE = 10
FIRST_BATCHES, MORE_PER_SECOND, MOST_BATCHES = 5, 5, 1250
LONGEST_WAIT = 60_000


@dataclass
class _Batch:
    """Messages that go to the function together. received: when the first one was, epoch ms."""

    received: int
    records: list[Record] = field(default_factory=list)
    throttles: int = 0


class QueuePoller:
    """Reads one queue for one mapping, as the clock moves."""

    def __init__(self, mapping: EventSourceMapping) -> None:
        self._mapping = mapping
        self._region = mapping.region
        self._batch: _Batch | None = None
        self._running = 0
        self._busy_since: int | None = None
        self._next: Entry | None = None
        self._unlisten: Callable[[], None] | None = None

    def start(self) -> None:
        if self._unlisten is None:
            self._unlisten = self._region.part(Arrivals).listen(self._mapping.source, self._wake)
        self._wake()

    def stop(self) -> None:
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None
        if self._next is not None:
            self._next.cancel()

    def _wake(self) -> None:
        self._poll_at(self._region.now + POLL)

    def _poll_at(self, at: int) -> None:
        if self._unlisten is None:
            return
        if self._next is not None:
            if self._next.at <= at and not self._next.cancelled:
                return
            self._next.cancel()
        self._next = self._region.agenda.at(at, self._poll)

    def _poll(self) -> None:
        self._next = None
        now = self._region.now
        if self._batch is None and next_visible(self._region, self._mapping.source) is None:
            if self._running == 0:
                self._busy_since = None
            return
        if not self._mapping.can_run():
            # The messages stay where they are.
            self._poll_at(now + LONGEST_WAIT)
            return
        while self._running < self._most() and self._fill():
            pass
        if self._running >= self._most():
            # An invocation that ends looks again, and so does growing.
            self._poll_at(now + SECOND // MORE_PER_SECOND)
            return
        if self._batch is not None:
            self._poll_at(max(self._batch.received + self._mapping.window, now + POLL))
        due = next_visible(self._region, self._mapping.source)
        if due is not None:
            self._poll_at(max(due, now + POLL))

    def _most(self) -> int:
        """How many batches may be processed at a time, by now."""
        now = self._region.now
        if self._busy_since is None:
            self._busy_since = now
        grown = FIRST_BATCHES + MORE_PER_SECOND * (now - self._busy_since) // SECOND
        scaling = self._mapping.settings.get("ScalingConfig") or {}
        return int(min(grown, scaling.get("MaximumConcurrency", MOST_BATCHES), MOST_BATCHES))

    def _fill(self) -> bool:
        """Receive once, and send a batch off if it is complete; False when there is no more."""
        now, mapping = self._region.now, self._mapping
        if self._batch is None:
            self._batch = _Batch(now)
        wanted = min(AT_ONCE, mapping.batch_size - len(self._batch.records))
        got = self._receive(wanted) if wanted else 0
        if not self._batch.records:
            self._batch = None
            return got > 0
        complete = len(self._batch.records) >= mapping.batch_size
        if complete or now >= self._batch.received + mapping.window:
            batch, self._batch = self._batch, None
            self._running += 1
            self._invoke(batch)
            return True
        return got > 0

    def _receive(self, most: int) -> int:
        """Take messages; those that the filters leave out are deleted, as Lambda does."""
        assert self._batch is not None
        queue = self._queue()
        taken = [] if queue is None else receiving.poll(queue, most)
        found = [records.of_message(message, self._mapping.source) for message in taken]
        unwanted = [record for record in found if not self._mapping.wants(record)]
        self._mapping.count(PolledEventCount=len(found), FilteredOutEventCount=len(unwanted))
        self._delete(unwanted)
        self._batch.records += [record for record in found if record not in unwanted]
        return len(found)

    def _invoke(self, batch: _Batch) -> None:
        if self._mapping.invoke(batch.records, lambda outcome: self._ended(batch, outcome)):
            return
        wait = min(SECOND * 2**batch.throttles, LONGEST_WAIT)
        batch.throttles += 1
        if self._region.now + wait >= batch.received + self._visibility():
            self._running -= 1
            self._wake()
            return
        self._region.agenda.at(self._region.now + wait, lambda: self._invoke(batch))

    def _visibility(self) -> int:
        """The queue's visibility timeout, in ms."""
        queue = self._queue()
        return 0 if queue is None else queue.milliseconds("VisibilityTimeout")

    def _queue(self) -> Queue | None:
        """The queue, unless it was deleted meanwhile."""
        return self._region.part(Queues).of_arn(self._mapping.source)

    def _ended(self, batch: _Batch, outcome: Outcome) -> None:
        self._running -= 1
        if outcome.error is None:
            self._delete(self._processed(batch.records, outcome))
        self._wake()

    def _processed(self, sent: Sequence[Record], outcome: Outcome) -> Sequence[Record]:
        if not self._mapping.reports_failures:
            return sent
        failures = batches.failed(outcome.payload, [record["messageId"] for record in sent])
        return [record for record in sent if record["messageId"] not in failures]

    def _delete(self, done: Sequence[Record]) -> None:
        self._mapping.count(DeletedEventCount=len(done))
        queue = self._queue()
        if queue is None:
            return
        for record in done:
            # A FIFO queue refuses a handle that has expired: the message comes again.
            with suppress(RuleError):
                receiving.delete(queue, record["receiptHandle"])


def next_visible(region: Region, arn: str) -> int | None:
    """When the next message can be received, epoch ms; None while nothing is to come."""
    queue = region.part(Queues).of_arn(arn)
    return None if queue is None else queue.next_visible()
