"""Items between moto's objects and the wire: attribute values as plain dicts, binary in base64."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item

from course.telemetry.tables.sizes import raw_bytes

Image = dict[str, dict[str, Any]]


def image(item: Item | None) -> Image | None:
    """An item as it travels; None for none."""
    if item is None:
        return None
    return {name: plain(value) for name, value in item.attrs.items()}


def plain(value: DynamoType) -> dict[str, Any]:
    """One attribute's value as it travels."""
    held = value.value
    match value.type:
        case "M":
            held = {name: plain(each) for name, each in held.items()}
        case "L":
            held = [plain(each) for each in held]
        case "B":
            held = _text(held)
        case "BS":
            held = [_text(each) for each in held]
    return {value.type: held}


def wire(value: Any) -> Any:
    """Anything of a request or of moto's as it travels: bytes become base64 text."""
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, DynamoType):
        return plain(value)
    if isinstance(value, Mapping):
        return {name: wire(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [wire(each) for each in value]
    return value


def _text(held: bytes | str) -> str:
    return base64.b64encode(raw_bytes(held)).decode()


def part_of(item: Item, names: Mapping[str, Any]) -> Item:
    """moto's item with some of its attributes, which it shares."""
    part = Item.__new__(Item)
    part.hash_key, part.range_key = item.hash_key, item.range_key
    part.attrs = {name: value for name, value in item.attrs.items() if name in names}
    return part
