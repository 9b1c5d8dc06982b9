"""Messages of AWS's event streams, in bytes.

The "application/vnd.amazon.eventstream" format as botocore's `eventstream` module reads it: lengths
and a checksum first, then headers, the payload, and a checksum of it all.
"""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Mapping

_TEXT = 7
_OVERHEAD = 16


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message."""
    head = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack("!II", len(head) + len(payload) + _OVERHEAD, len(head))
    begun = prelude + struct.pack("!I", crc32(prelude)) + head + payload
    return begun + struct.pack("!I", crc32(begun))


def event(kind: str, payload: bytes) -> bytes:
    """An event of a kind, with JSON as its payload."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, payload)


def _header(name: str, value: str) -> bytes:
    raw, text = name.encode(), value.encode()
    return bytes([len(raw)]) + raw + bytes([_TEXT]) + struct.pack("!H", len(text)) + text
