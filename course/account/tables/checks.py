"""What DynamoDB says of a wrong request where moto says nothing, or something else.

The texts are those of the service, as public conformance tests record them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from course.account.errors import AwsError
from course.account.tables.store import Table
from course.account.tables.values import wire
from course.telemetry.tables.indexes import Index
from course.telemetry.tables.sizes import ITEM_LIMIT, Item, item_size

INVALID = "ValidationException"
NO_MATCH = "The provided key element does not match the schema"
TOO_LARGE = "Item size has exceeded the maximum allowed size"
TOO_LARGE_UPDATE = "Item size to update has exceeded the maximum allowed size"
DUPLICATES = "Provided list of item keys contains duplicates"
_EMPTY = (
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
    "contain an empty {} value. Key: {}"
)
_WRONG = "One or more parameter values were invalid: "
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MAGNITUDE = "Attempting to store a number with magnitude {} than supported range"
MOST_DIGITS, LARGEST, SMALLEST = 38, 125, -130
_VALUE_NAMES = re.compile(r":[A-Za-z0-9_]+")


def invalid(message: str) -> AwsError:
    return AwsError(INVALID, message)


def numbers(value: Any) -> None:
    """Every number of a request, however deep, must be one that DynamoDB can hold."""
    if isinstance(value, list):
        for each in value:
            numbers(each)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            if name == "N" and isinstance(each, str):
                _number(each)
            elif name == "NS" and isinstance(each, list):
                for one in each:
                    _number(one)
            else:
                numbers(each)


def _number(text: str) -> None:
    if not _NUMBER.fullmatch(text):
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    found = Decimal(text)
    if len("".join(map(str, found.as_tuple().digits)).strip("0")) > MOST_DIGITS:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    if found and not SMALLEST <= found.adjusted() <= LARGEST:
        over = found.adjusted() > LARGEST
        what = "overflow" if over else "underflow"
        raise invalid(f"Number {what}. {_MAGNITUDE.format('larger' if over else 'smaller')}")


def key(table: Table, given: Mapping[str, Any]) -> None:
    """A key must have the table's key attributes, of their types, and nothing else."""
    types = _types(table)
    if set(given) != set(table.keys):
        raise invalid(NO_MATCH)
    for name in table.keys:
        _not_empty(name, given[name])
        if types[name] not in given[name]:
            raise invalid(NO_MATCH)


def batch_item(table: Table, item: Mapping[str, Any]) -> None:
    """The key of an item that a batch puts."""
    if not set(table.keys) <= set(item):
        raise invalid(NO_MATCH)
    key(table, table.key_of(item))


def _not_empty(name: str, value: Mapping[str, Any]) -> None:
    for kind, word in (("S", "string"), ("B", "binary")):
        if value.get(kind) in ("", b""):
            raise invalid(_EMPTY.format(word, name))


def names_empty_key(error: AwsError) -> bool:
    """Whether it is the error of a key that is empty."""
    return error.message.startswith(_EMPTY[: _EMPTY.index("{")])


def _types(table: Table) -> dict[str, str]:
    return {each["AttributeName"]: each["AttributeType"] for each in table.moto.attr}


def put(table: Table, item: Mapping[str, Any]) -> None:
    """An item that is put: its key, its size, its index keys."""
    types = _types(table)
    for name in table.keys:
        if name not in item:
            raise invalid(f"{_WRONG}Missing the key {name} in the item")
        _not_empty(name, item[name])
        if types[name] not in item[name]:
            actual = next(iter(item[name]))
            wanted = f"expected: {types[name]} actual: {actual}"
            raise invalid(f"{_WRONG}Type mismatch for key {name} {wanted}")
    index_keys(table, item)
    if item_size(item) > ITEM_LIMIT:
        raise invalid(TOO_LARGE)


def index_keys(table: Table, item: Mapping[str, Any]) -> None:
    """An attribute that is a key of an index must have its type there."""
    types = _types(table)
    for index in table.indexes:
        for name in index.keys:
            if name in item and types[name] not in item[name]:
                actual = next(iter(item[name]))
                wanted = f"Expected: {types[name]} Actual: {actual} IndexName: {index.name}"
                raise invalid(f"{_WRONG}Type mismatch for Index Key {name} {wanted}")


def unused_values(parameters: Mapping[str, Any], *expressions: str) -> None:
    """Every expression attribute value must be used in one of the expressions named."""
    values = parameters.get("ExpressionAttributeValues")
    if not values:
        return
    texts = [parameters[name] for name in expressions if parameters.get(name)]
    if not texts:
        only = "ExpressionAttributeValues can only be specified when using expressions"
        raise invalid(only)
    used = {name for text in texts for name in _VALUE_NAMES.findall(text)}
    unused = sorted(set(values) - used)
    if unused:
        what = "Value provided in ExpressionAttributeValues unused in expressions"
        raise invalid(f"{what}: keys: {{{', '.join(unused)}}}")


def filters_no_key(table: Table, index: Index | None, used: Iterable[str]) -> None:
    """A query's filter cannot use the key attributes that it reads by."""
    keys = table.keys if index is None else index.keys
    for name in used:
        if name in keys:
            rule = "Filter Expression can only contain non-primary key attributes"
            raise invalid(f"{rule}: Primary key attribute: {name}")


def key_operands(conditions: Iterable[tuple[str, str, list[Any]]]) -> None:
    """begins_with takes strings and bytes; BETWEEN the lower bound first."""
    for _, comparison, operands in conditions:
        if comparison == "BEGINS_WITH" and "N" in operands[0]:
            what = "Incorrect operand type for operator or function"
            where = "operator or function: begins_with, operand type: N"
            raise invalid(f"Invalid KeyConditionExpression: {what}; {where}")
        if comparison == "BETWEEN":
            _bounds_in_order(*operands)


def _bounds_in_order(lower: Mapping[str, str], upper: Mapping[str, str]) -> None:
    if lower.keys() != upper.keys() or "B" in lower or _rank(lower) <= _rank(upper):
        return
    what = "The BETWEEN operator requires upper bound to be greater than or equal to lower bound"
    first, last = (
        f"AttributeValue: {{{kind}:{held}}}"
        for value in (lower, upper)
        for kind, held in value.items()
    )
    bounds = f"lower bound operand: {first}, upper bound operand: {last}"
    raise invalid(f"Invalid KeyConditionExpression: {what}; {bounds}")


def _rank(value: Mapping[str, str]) -> Any:
    """What a text or a number is ordered by in a sort key."""
    return Decimal(value["N"]) if "N" in value else value["S"]


def no_duplicates(keys: Iterable[tuple[str, Item]]) -> None:
    """No item may be named twice in a batch."""
    seen: set[tuple[str, str]] = set()
    for name, each in keys:
        mark = name, mark_of(each)
        if mark in seen:
            raise invalid(DUPLICATES)
        seen.add(mark)


def mark_of(key: Item) -> str:
    """A key as text, the same for the same item."""
    return json.dumps(wire(key), sort_keys=True)
