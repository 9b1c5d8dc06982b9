"""How much memory a key takes in a node, and how much memory a node has.

The bytes of a key follow the way in which Valkey and Redis store it: an entry of the dictionary, an
object, strings with a header and a closing zero, each rounded up to an allocator's size class, and
one more entry where it has an expiry. It is an approximation: real servers pack small collections
more tightly. Collections are measured by their first elements, as MEMORY USAGE samples them.

Node memory: ElastiCache user guide, "Valkey and Redis OSS node-type specific parameters" (maxmemory
in bytes) and "Managing reserved memory" (reserved-memory-percent, 25 by default).
"""

from __future__ import annotations

from collections.abc import Sequence

# A dictionary entry (24) and a value object (16); an expiry is an entry of another dictionary.
ENTRY, OBJECT, EXPIRY = 24, 16, 24
# What one element of a hash, a set or a list, and of a sorted set with its score, takes beside its
# bytes.
ELEMENT, SCORED = 24, 40
RESERVED_PERCENT = 25

# Bytes of the node types that the course knows.
NODE_MEMORY = {
    "cache.t3.micro": 536_870_912,
    "cache.t3.small": 1_471_026_299,
    "cache.t3.medium": 3_317_862_236,
    "cache.t4g.micro": 536_870_912,
    "cache.t4g.small": 1_471_026_299,
    "cache.t4g.medium": 3_317_862_236,
    "cache.m6g.large": 6_854_542_746,
    "cache.m6g.xlarge": 13_891_921_715,
    "cache.m6g.2xlarge": 27_966_669_210,
    "cache.m7g.large": 6_854_542_746,
    "cache.m7g.xlarge": 13_891_921_715,
    "cache.m7g.2xlarge": 27_966_669_210,
    "cache.r6g.large": 14_037_181_030,
    "cache.r6g.xlarge": 28_261_849_702,
    "cache.r6g.2xlarge": 56_711_183_565,
    "cache.r7g.large": 14_037_181_030,
    "cache.r7g.xlarge": 28_261_849_702,
    "cache.r7g.2xlarge": 56_711_183_565,
}


def maxmemory(node_type: str, reserved_percent: int = RESERVED_PERCENT) -> int:
    """What a node has for data; KeyError for a node type that the course does not know."""
    return NODE_MEMORY[node_type] * (100 - reserved_percent) // 100


def allocated(size: int) -> int:
    """What an allocator with size classes hands out for so many bytes."""
    if size <= 8:
        return 8
    if size <= 128:
        return -(-size // 16) * 16
    step = 1 << ((size - 1).bit_length() - 3)
    return -(-size // step) * step


def text(length: int) -> int:
    """A string with its header and its closing zero."""
    header = 1 if length < 32 else 3 if length < 256 else 5
    return allocated(length + header + 1)


def of_key(key: bytes, value: int, has_expiry: bool) -> int:
    """A key whose value takes so many bytes."""
    return ENTRY + text(len(key)) + OBJECT + value + (EXPIRY if has_expiry else 0)


def of_collection(lengths: Sequence[int], count: int, each: int = ELEMENT) -> int:
    """A collection of `count` elements, of which some have these lengths."""
    if not lengths:
        return ELEMENT
    sampled = sum(each + text(length) for length in lengths)
    return ELEMENT + sampled * count // len(lengths)
