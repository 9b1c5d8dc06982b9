"""Which of the 16,384 hash slots a key belongs to.

Valkey and Redis documentation, "Cluster specification": CRC16 (XMODEM) of the key, or of what
stands between its first { and the next }, if that is not empty; modulo 16,384.
"""

from __future__ import annotations

from binascii import crc_hqx

SLOTS = 16_384


def slot(key: bytes) -> int:
    """The hash slot of a key, 0 to 16,383."""
    return crc_hqx(hash_tag(key), 0) % SLOTS


def hash_tag(key: bytes) -> bytes:
    """The part of a key that decides its slot."""
    before, opening, rest = key.partition(b"{")
    tag, closing, _ = rest.partition(b"}")
    return tag if opening and closing and tag else key
