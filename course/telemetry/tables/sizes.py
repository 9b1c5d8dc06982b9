"""How large an item is, in bytes: what capacity units and the limits are counted from.

Follows the DynamoDB developer guide, "DynamoDB item sizes and formats": names and strings count
their UTF-8 bytes, binary values their raw bytes, null and Boolean one byte; a list or map costs 3
bytes and one more for each element. The guide calls its rule for numbers (one byte, and one for
every two significant digits) an approximation; here the digits before and after the point pair up
apart, and a sign costs a byte, which is what public conformance tests find by probing the limit of
400 KB to the byte. Sets have no overhead of their own.

Values are in DynamoDB's own form, `{"S": "text"}`; binary ones hold bytes or base64 text.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

KB = 1024
ITEM_LIMIT = 400 * KB
PAGE_LIMIT = 1024 * KB
BATCH_LIMIT = 16 * 1024 * KB
COLLECTION_LIMIT = 10 * 1024**3

Value = Mapping[str, Any]
Item = Mapping[str, Value]


def item_size(item: Item) -> int:
    """The bytes of an item, its attributes' names included."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Value) -> int:
    """The bytes of one attribute's value."""
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            return number_size(held)
        case "B":
            return len(raw_bytes(held))
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + value_size(each) for each in held)
        case "M":
            return 3 + len(held) + item_size(held)
        case _:
            return sum(value_size({kind[0]: each}) for each in held)


@lru_cache(maxsize=4096)
def number_size(text: str) -> int:
    """The bytes of a number as it is written in a request: "-12.5", "1E3"."""
    sign, digits, exponent = Decimal(text).as_tuple()
    written = "".join(map(str, digits)).lstrip("0")
    significant = written.rstrip("0")
    if not significant:
        return 1
    # Digits that lie before the point, of those that are left without zeros at either end.
    before = min(max(len(written) + int(exponent), 0), len(significant))
    after = len(significant) - before
    return 1 + -(-before // 2) + -(-after // 2) + sign


def raw_bytes(held: bytes | str) -> bytes:
    """The bytes of a binary value, which requests and responses carry as base64 text."""
    return held if isinstance(held, bytes) else base64.b64decode(held)
