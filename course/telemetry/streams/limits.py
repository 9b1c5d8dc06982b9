"""What a shard takes in and gives out each second.

"Quotas and limits" of the developer guide and the API reference (PutRecords, GetRecords): 1,000
records and 1 MiB a second in, partition keys included; 5 reads and 2 MiB a second out, shared by
all who read with GetRecords. A read that returns 10 MiB stops all others for five seconds. A record
may be larger than a second's bytes, up to 10 MiB, where its stream allows that: it passes when
nothing of the second is used, and is paid off afterwards.

Not documented, and so a choice: how far a shard evens out. Here it keeps one second's worth.
"""

from __future__ import annotations

from course.telemetry.tables.buckets import Bucket

KIB, MIB = 1024, 1024 * 1024
RECORDS_IN, BYTES_IN = 1000, MIB
READS_OUT, BYTES_OUT = 5, 2 * MIB
MOST_OF_A_READ = 10 * MIB
MOST_RECORDS_OF_A_READ = 10_000
PAUSE = 5000
USUAL_RECORD, LARGEST_RECORD = MIB, 10 * MIB
LARGEST_REQUEST = 10 * MIB


class Writes:
    """What one shard still takes in. Times are epoch ms."""

    def __init__(self, now: float) -> None:
        self._records = Bucket(RECORDS_IN, now)
        self._bytes = Bucket(BYTES_IN, now)

    def take(self, size: int, now: float) -> bool:
        """Take a record of so many bytes in; False if the shard has had enough."""
        if not (self._records.has(1, now) and self._bytes.has(size, now)):
            return False
        self._records.take(1, now)
        self._bytes.take(size, now)
        return True


class Reads:
    """What one shard still gives out to those who share it."""

    def __init__(self, now: float) -> None:
        self._reads = Bucket(READS_OUT, now)
        self._bytes = Bucket(BYTES_OUT, now)
        self._pause_until = now

    def begin(self, now: float) -> bool:
        """Whether a read may begin; what it returns is told to `end`."""
        if now < self._pause_until or not self._reads.has(1, now):
            return False
        if self._bytes.tokens < 0 and not self._bytes.has(1, now):
            return False
        self._reads.take(1, now)
        return True

    def end(self, size: int, now: float) -> None:
        """A read returned so many bytes."""
        self._bytes.take(size, now)
        if size >= MOST_OF_A_READ:
            self._pause_until = now + PAUSE
