"""One stream: its shards and how they are split and merged, as the clock moves.

Developer guide, "Reshard a stream" and "After resharding": parents are closed and stay readable
until their records expire, children take the writes. UpdateShardCount splits and merges until all
shards have equal ranges (API reference). Each split or merge takes 30 seconds here, one after the
other; AWS says that a change of the shard count takes "a few minutes".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from course.account.region import Region
from course.account.streams.shard import Record, Shard
from course.telemetry.streams import hashing
from course.telemetry.streams.demand import FIRST_SHARDS, Demand
from course.telemetry.streams.hashing import Range
from course.telemetry.streams.limits import KIB, USUAL_RECORD

STEP = 30_000
HOUR = 3_600_000
ON_DEMAND, PROVISIONED = "ON_DEMAND", "PROVISIONED"
Step = Callable[[], None]


class Stream:
    """A stream of one Region."""

    def __init__(self, region: Region, name: str, count: int | None, mode: str) -> None:
        self.region = region
        self.name = name
        self.arn = region.arn("kinesis", f"stream/{name}")
        self.created = region.now
        self.mode = mode
        self.retention_hours = 24
        self.most_of_a_record = USUAL_RECORD
        self.tags: dict[str, str] = {}
        self.shard_metrics: set[str] = set()
        self.scalings: list[int] = []
        self.shards: dict[str, Shard] = {}
        self.is_updating = False
        self.is_deleted = False
        self._demand = Demand(region.now)
        self._given = 0
        self._latest = region.now
        self._opened = 0
        for keys in hashing.ranges(count or FIRST_SHARDS):
            self._open(keys)

    @property
    def status(self) -> str:
        return "UPDATING" if self.is_updating else "ACTIVE"

    @property
    def kib_of_a_record(self) -> int:
        return self.most_of_a_record // KIB

    def open_shards(self) -> list[Shard]:
        """The shards that take writes, in the order of their ranges."""
        found = [shard for shard in self.shards.values() if shard.is_open]
        return sorted(found, key=lambda shard: shard.keys)

    def trim(self) -> None:
        """Let go what is older than the retention period: records, then closed shards."""
        before = self.region.now - self.retention_hours * HOUR
        for shard in list(self.shards.values()):
            shard.trim(before)
            if shard.closed is not None and shard.closed < before:
                del self.shards[shard.id]

    # -- writing -------------------------------------------------------------------------------

    def owner(self, key: int) -> Shard:
        """The open shard that a hash key belongs to."""
        return next(each for each in self.shards.values() if each.is_open and each.owns(key))

    def add(self, shard: Shard, key: str, data: bytes) -> Record:
        """Put a record at the end of a shard."""
        record = Record(self._number(shard.index), key, data, self._latest)
        shard.records.append(record)
        if self.mode == ON_DEMAND:
            self._demand.count(record.size, self.region.now)
        return record

    def follow_demand(self) -> None:
        """On demand, open more shards when it is time."""
        if self.mode != ON_DEMAND or self.is_updating:
            return
        wanted = self._demand.wanted(self.region.now)
        if wanted is not None and wanted > len(self.open_shards()):
            self.scale(wanted)

    def _number(self, index: int) -> int:
        """The next sequence number: they grow with time in a shard, and children begin later."""
        self._given += 1
        # Functions that run at the same time have clocks of their own; a shard is in order.
        self._latest = max(self._latest, self.region.now)
        return int(f"49{self._latest:013d}{self._given:019d}{index:022d}")

    # -- resharding ----------------------------------------------------------------------------

    def split(self, shard: Shard, start: int) -> None:
        """Split a shard where the second child is to start."""
        self._carry_out([lambda: self._split(shard.keys, start)])

    def merge(self, first: Shard, second: Shard) -> None:
        """Merge two adjacent shards; the first is the parent, the second its adjacent one."""
        self._carry_out([lambda: self._merge(first, second)])

    def scale(self, count: int) -> None:
        """Come to so many shards with equal ranges."""
        targets = hashing.ranges(count)
        self._carry_out([*self._splits(targets), *self._merges(targets)])

    def _splits(self, targets: Sequence[Range]) -> list[Step]:
        """A split at every border of the targets that lies within a shard."""
        borders = {shard.keys[0] for shard in self.open_shards()}
        return [
            lambda start=start: self._split(self.owner(start).keys, start)  # type: ignore[misc]
            for start, _ in targets
            if start not in borders
        ]

    def _merges(self, targets: Sequence[Range]) -> list[Step]:
        """A merge at every border of the shards that is none of the targets'."""
        starts = {start for start, _ in targets}
        borders = [shard.keys[0] for shard in self.open_shards()]
        return [
            lambda start=start: self._merge(self.owner(start - 1), self.owner(start))  # type: ignore[misc]
            for start in borders
            if start not in starts
        ]

    def _carry_out(self, steps: list[Step]) -> None:
        """One step after the other, each when its time has passed."""
        self.is_updating = bool(steps)
        for count, step in enumerate(steps, 1):
            is_last = count == len(steps)
            self.region.agenda.at(
                self.region.now + count * STEP,
                lambda step=step, is_last=is_last: self._do(step, is_last),  # type: ignore[misc]
            )

    def _do(self, step: Step, is_last: bool) -> None:
        if self.is_deleted:
            return
        step()
        if is_last:
            self.is_updating = False
            self.region.happened("resharded", stream=self.name, open=len(self.open_shards()))

    def _split(self, keys: Range, start: int) -> None:
        parent = self.owner(keys[0])
        self._close(parent)
        for part in ((keys[0], start - 1), (start, keys[1])):
            parent.children.append(self._open(part, (parent.id,)))

    def _merge(self, first: Shard, second: Shard) -> None:
        self._close(first)
        self._close(second)
        low, high = sorted([first.keys, second.keys])
        child = self._open((low[0], high[1]), (first.id, second.id))
        first.children.append(child)
        second.children.append(child)

    def _open(self, keys: Range, parents: tuple[str, ...] = ()) -> Shard:
        index = self._opened
        self._opened += 1
        shard = Shard(index, keys, self.region.now, self._number(index), parents)
        self.shards[shard.id] = shard
        return shard

    def _close(self, shard: Shard) -> None:
        shard.closed, shard.last = self.region.now, self._number(shard.index)


def are_adjacent(first: Shard, second: Shard) -> bool:
    """Whether two ranges lie side by side."""
    low, high = sorted([first.keys, second.keys])
    return any(before[1] + 1 == after[0] for before, after in pairwise([low, high]))
