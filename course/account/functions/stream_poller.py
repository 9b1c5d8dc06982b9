"""Reading a Kinesis or DynamoDB stream for an event source mapping.

"Using Lambda to process records from Amazon Kinesis Data Streams" and "Using AWS Lambda with Amazon
DynamoDB": each shard is read in order, once a second (Kinesis) or four times (DynamoDB), and the
shards that a split or merge made of it when it is done. Batches are processed in up to
ParallelizationFactor batches at a time that keep the order of each partition key. A batch that
fails blocks what comes after it: it is tried again until it succeeds, until its attempts or its
records' age run out, or in halves; what is given up goes to the on-failure destination as metadata.
Throttles count as no attempt. Not documented, and so a choice: retries come after 1 s, 2 s, 4 s...
up to a minute.

Left out: tumbling windows.
"""

from __future__ import annotations

import json
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from course.account.arrivals import Arrivals
from course.account.clock import iso
from course.account.events import targets
from course.account.functions.mapping import EventSourceMapping
from course.account.functions.runtime import Functions, Outcome
from course.account.functions.stream_sources import KinesisStream, Read, Source, TableStream
from course.telemetry.functions import batches
from course.telemetry.functions.mapping_rules import KINESIS

SECOND = 1000
LONGEST_WAIT = 60_000
ATTEMPTS_OVER, TOO_OLD = "RetryAttemptsExhausted", "RecordAgeExceeded"


@dataclass
class _Batch:
    """Records that go to the function together, and how often they have."""

    reads: list[Read]
    attempts: int = 0
    throttles: int = 0


@dataclass
class _Lane:
    """A part of a shard that is processed in order."""

    waiting: deque[Read] = field(default_factory=deque)
    again: deque[_Batch] = field(default_factory=deque)
    is_busy: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way, nor to be tried again."""
        return not self.is_busy and not self.again


class _Shard:
    """A shard that is read from a position on."""

    def __init__(self, name: str, position: str, lanes: int) -> None:
        self.name = name
        self.position: str | None = position
        self.children: dict[str, tuple[str, ...]] = {}
        self.lanes = [_Lane() for _ in range(lanes)]

    @property
    def is_done(self) -> bool:
        """Whether it has been read to its end, and all of that processed."""
        return self.position is None and all(
            lane.is_idle and not lane.waiting for lane in self.lanes
        )

    def take(self, read: Read) -> None:
        lane = zlib.crc32(read.key.encode()) % len(self.lanes)
        self.lanes[lane].waiting.append(read)

    def split(self, lanes: int) -> None:
        """Another number of lanes, once all are idle: no key may be processed twice at a time."""
        if len(self.lanes) == lanes or not all(lane.is_idle for lane in self.lanes):
            return
        waiting = [read for lane in self.lanes for read in lane.waiting]
        for lane in self.lanes:
            lane.waiting.clear()
        self.lanes = [_Lane() for _ in range(lanes)]
        for read in sorted(waiting, key=lambda read: int(read.number)):
            self.take(read)


class StreamPoller:
    """Reads one stream for one mapping, as the clock moves."""

    def __init__(self, mapping: EventSourceMapping) -> None:
        self._mapping = mapping
        self._region = mapping.region
        self._is_kinesis = mapping.kind == KINESIS
        self._source = self._open()
        self._shards = [
            _Shard(name, position, self._factor) for name, position in self._source.begin().items()
        ]
        self._is_due = False
        self._unlisten: Callable[[], None] | None = None

    # -- reading -------------------------------------------------------------------------------

    def start(self) -> None:
        if self._unlisten is None:
            self._unlisten = self._region.part(Arrivals).listen(self._source.arn, self._wake)
        self._wake()

    def stop(self) -> None:
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None

    def _open(self) -> Source:
        mapping = self._mapping
        if not self._is_kinesis:
            return TableStream(self._region, mapping.source, mapping.settings)
        role = self._region.part(Functions).catalogue.latest(mapping.name).role
        return KinesisStream(self._region, mapping.source, mapping.settings, role)

    def _wake(self) -> None:
        if not self._is_due and self._unlisten is not None:
            self._is_due = True
            self._region.agenda.at(self._region.now + self._source.every, self._poll)

    def _poll(self) -> None:
        self._is_due = False
        if self._unlisten is None:
            return
        if not self._mapping.can_run():
            self._is_due = True
            self._region.agenda.at(self._region.now + LONGEST_WAIT, self._poll)
            return
        for shard in self._shards:
            self._read(shard)
            self._work_on(shard)
        self._follow_children()

    def _read(self, shard: _Shard) -> None:
        if shard.position is None:
            return
        found = self._source.read(shard.name, shard.position)
        if found is None:
            self._wake()
            return
        shard.position, shard.children = found.position, found.children
        self._mapping.count(PolledEventCount=len(found.reads))
        for each in found.reads:
            shard.take(each)
        if found.is_partial:
            self._wake()

    def _follow_children(self) -> None:
        """Go on with the shards of which all parents are done."""
        done = [shard for shard in self._shards if shard.is_done]
        if not done:
            return
        self._shards = [shard for shard in self._shards if not shard.is_done]
        left = {shard.name for shard in self._shards}
        for name, parents in {n: p for shard in done for n, p in shard.children.items()}.items():
            if not left & {name, *parents}:
                self._shards.append(_Shard(name, self._source.start_of(name), self._factor))
                self._wake()

    # -- processing ----------------------------------------------------------------------------

    def _work_on(self, shard: _Shard) -> None:
        shard.split(self._factor)
        for lane in shard.lanes:
            self._work(lane)

    @property
    def _factor(self) -> int:
        return int(self._mapping.settings["ParallelizationFactor"])

    def _work(self, lane: _Lane) -> None:
        """Send the next batch off, if the lane is free and the batch complete."""
        if lane.is_busy or self._unlisten is None:
            return
        if lane.is_idle and (shard := self._waits_for_others(lane)):
            if all(each.is_idle for each in shard.lanes):
                self._work_on(shard)
            return
        if not lane.again and lane.waiting:
            due = lane.waiting[0].arrived + self._mapping.window
            if len(lane.waiting) < self._mapping.batch_size and self._region.now < due:
                self._region.agenda.at(due, lambda: self._work(lane))
                return
            lane.again.append(_Batch(self._next(lane)))
        if lane.again:
            self._attempt(lane, lane.again.popleft())

    def _waits_for_others(self, lane: _Lane) -> _Shard | None:
        """The lane's shard, if it is to get another number of lanes."""
        for shard in self._shards:
            if len(shard.lanes) != self._factor and any(each is lane for each in shard.lanes):
                return shard
        return None

    def _next(self, lane: _Lane) -> list[Read]:
        size = min(self._mapping.batch_size, len(lane.waiting))
        taken = [lane.waiting.popleft() for _ in range(size)]
        wanted = [read for read in taken if self._mapping.wants(read.record)]
        self._mapping.count(FilteredOutEventCount=len(taken) - len(wanted))
        return wanted

    def _attempt(self, lane: _Lane, batch: _Batch) -> None:
        self._drop_old(batch)
        if not batch.reads:
            lane.is_busy = False
            self._work(lane)
            return
        lane.is_busy = True
        now = self._region.now
        age = float(now - batch.reads[-1].arrived)
        metering = self._region.part(Functions).metering
        metering.by_name(self._mapping.name, now, IteratorAge=age)
        sent = [read.record for read in batch.reads]
        if not self._mapping.invoke(sent, lambda outcome: self._ended(lane, batch, outcome)):
            batch.throttles += 1
            self._later(lane, batch, batch.throttles)

    def _drop_old(self, batch: _Batch) -> None:
        most = self._mapping.settings["MaximumRecordAgeInSeconds"]
        if most == -1:
            return
        oldest = self._region.now - most * SECOND
        old = [read for read in batch.reads if read.arrived < oldest]
        batch.reads = [read for read in batch.reads if read.arrived >= oldest]
        if old:
            self._give_up(_Batch(old, batch.attempts), TOO_OLD, None)

    def _later(self, lane: _Lane, batch: _Batch, times: int) -> None:
        wait = min(SECOND * 2 ** (times - 1), LONGEST_WAIT)
        self._region.agenda.at(self._region.now + wait, lambda: self._attempt(lane, batch))

    def _ended(self, lane: _Lane, batch: _Batch, outcome: Outcome) -> None:
        done = self._done(batch, outcome)
        if done == len(batch.reads):
            self._free(lane)
            return
        remaining = _Batch(batch.reads[done:], batch.attempts + 1)
        if done == 0 and self._mapping.settings["BisectBatchOnFunctionError"]:
            self._bisect(lane, batch)
        elif self._is_exhausted(remaining):
            self._give_up(remaining, ATTEMPTS_OVER, outcome)
            self._free(lane)
        else:
            self._later(lane, remaining, remaining.attempts)

    def _done(self, batch: _Batch, outcome: Outcome) -> int:
        """How many records, from the first on, are processed."""
        if outcome.error is not None:
            return 0
        if not self._mapping.reports_failures:
            return len(batch.reads)
        numbers = [read.number for read in batch.reads]
        return batches.restart_at(batches.failed(outcome.payload, numbers), numbers)

    def _is_exhausted(self, batch: _Batch) -> bool:
        most = self._mapping.settings["MaximumRetryAttempts"]
        return most != -1 and batch.attempts > most

    def _bisect(self, lane: _Lane, batch: _Batch) -> None:
        """Splitting a batch uses up no attempt; one record cannot be split any more."""
        if len(batch.reads) == 1:
            single = _Batch(batch.reads, batch.attempts + 1)
            if self._is_exhausted(single):
                self._give_up(single, ATTEMPTS_OVER, None)
                self._free(lane)
            else:
                self._later(lane, single, single.attempts)
            return
        first, _ = batches.halves(len(batch.reads))
        parts: Sequence[list[Read]] = (batch.reads[:first], batch.reads[first:])
        lane.again.extendleft(_Batch(part, batch.attempts) for part in reversed(parts))
        self._free(lane)

    def _free(self, lane: _Lane) -> None:
        lane.is_busy = False
        self._work(lane)
        self._follow_children()

    # -- giving up -----------------------------------------------------------------------------

    def _give_up(self, batch: _Batch, condition: str, outcome: Outcome | None) -> None:
        self._mapping.count(DroppedEventCount=len(batch.reads))
        config = self._mapping.settings.get("DestinationConfig") or {}
        arn = (config.get("OnFailure") or {}).get("Destination")
        if not arn:
            return
        text = json.dumps(self._metadata(batch, condition, outcome))
        try:
            targets.deliver(self._region, arn, text, source="lambda")
            self._mapping.count(OnFailureDestinationDeliveredEventCount=len(batch.reads))
        except targets.DeliveryFailed:
            metering = self._region.part(Functions).metering
            name = self._mapping.name
            metering.by_name(name, self._region.now, DestinationDeliveryFailures=1.0)

    def _metadata(self, batch: _Batch, condition: str, outcome: Outcome | None) -> dict[str, Any]:
        """What the destination is told: where the records are, not what is in them."""
        context = {
            "requestId": outcome.request_id if outcome else self._region.new_id(),
            "functionArn": self._mapping.function,
            "condition": condition,
            "approximateInvokeCount": batch.attempts,
        }
        found: dict[str, Any] = {"requestContext": context}
        if outcome is not None:
            found["responseContext"] = {
                "statusCode": outcome.status,
                "executedVersion": outcome.version,
                "functionError": outcome.error,
            }
        name = "KinesisBatchInfo" if self._is_kinesis else "DDBStreamBatchInfo"
        first, last = batch.reads[0], batch.reads[-1]
        return {
            **found,
            "version": "1.0",
            "timestamp": iso(self._region.now),
            name: {
                "shardId": first.shard,
                "startSequenceNumber": first.number,
                "endSequenceNumber": last.number,
                "approximateArrivalOfFirstRecord": iso(first.arrived),
                "approximateArrivalOfLastRecord": iso(last.arrived),
                "batchSize": len(batch.reads),
                "streamArn": self._mapping.source,
            },
        }
