"""Which shard a record goes to: the MD5 of its partition key, in the shards' ranges.

Kinesis API reference, PutRecord: an MD5 hash function maps partition keys to 128-bit integers, and
the range of hash keys that an integer lies in says which shard it is; ExplicitHashKey overrides the
hash. A new stream's shards have equal ranges, the last one with what is left over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

SPACE = 2**128
Range = tuple[int, int]  # both ends belong to it


def hash_key(partition_key: str) -> int:
    """Where a partition key lies among the hash keys."""
    digest = hashlib.md5(partition_key.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest, "big")


def ranges(count: int) -> list[Range]:
    """The hash keys in so many equal parts."""
    step = SPACE // count
    starts = [index * step for index in range(count)]
    return [(start, end - 1) for start, end in zip(starts, [*starts[1:], SPACE], strict=True)]


def halves(whole: Range) -> tuple[Range, Range]:
    """A range in two."""
    middle = (whole[0] + whole[1] + 1) // 2
    return (whole[0], middle - 1), (middle, whole[1])


def shard_of(key: int, parts: Sequence[Range]) -> int:
    """The index of the range that a hash key lies in; ValueError if there is none."""
    for index, (start, end) in enumerate(parts):
        if start <= key <= end:
            return index
    raise ValueError(f"{key} lies in none of the ranges.")
