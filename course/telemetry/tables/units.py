"""What reading and writing cost: capacity units, as the documented arithmetic has them.

Follows the developer guide's "DynamoDB read and write operations" (provisioned and on-demand tables
count alike): a strongly consistent read of up to 4 KB is one read unit, an eventually consistent
one half of that, a transactional one two; a write of up to 1 KB is one write unit, a transactional
one two. Sizes are rounded up to the next 4 KB or 1 KB. A read that finds nothing still costs the
minimum. A query or scan rounds the sum of what it read, not each item; what a filter drops and a
projection leaves out counts all the same.
"""

from __future__ import annotations

from enum import Enum

from course.telemetry.tables.sizes import KB

READ_BLOCK, WRITE_BLOCK = 4 * KB, KB


class Consistency(float, Enum):
    """How a read is consistent, and how many units 4 KB of it cost."""

    EVENTUAL = 0.5
    STRONG = 1.0
    TRANSACTIONAL = 2.0


def read_units(size: int, consistency: Consistency = Consistency.EVENTUAL) -> float:
    """Units of reading so many bytes at once: an item, or all that a query has read."""
    return max(1, -(-size // READ_BLOCK)) * consistency.value


def write_units(size: int, *, transactional: bool = False) -> float:
    """Units of writing (or deleting) an item of so many bytes."""
    return max(1, -(-size // WRITE_BLOCK)) * (2.0 if transactional else 1.0)


def change_units(before: int | None, after: int | None, *, transactional: bool = False) -> float:
    """Units of a write that finds an item of one size and leaves one of another (None: no item).

    A put, an update and a delete cost the larger of both; so does a write whose condition fails.
    """
    return write_units(max(before or 0, after or 0), transactional=transactional)
