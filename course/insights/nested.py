"""Maps and lists: JSON values inside a row, and how one reaches into them.

Source: CloudWatch Logs User Guide, "Structure types": `jsonParse` gives a map or a list, `map.key`
and `list[0]` reach into it, backticks hold a key with special characters (`` m.`user.id` `` is one
key). For text, number and datetime functions a map or list is missing, compared with anything it is
false, and `dedup`, `sort` and `stats` refuse it. What `.key` finds may be a text, a number, a map
or a list, which only the data tells: such a value has the text of the leaf, or none, and carries
its document beside it. true and false are 1 and 0 there too, null is missing.

A duplicate key of a JSON object counts once, the first time. Of parts, `coalesce`, `if` and `case`
give the text and not a map or list: give them the whole map, and reach into what comes out.
"""

from __future__ import annotations

import re

from sqlglot import exp

from course.insights.values import Kind, Sql, Value, call, cast, missing, text_literal

_PLACE = re.compile(r"[0-9]{1,9}")


def of_document(document: Sql) -> Value:
    """A value of any shape, from an expression of SQL type JSON."""
    return Value(call("json_leaf", document), Kind.ANY, document=document)


def document(value: Value) -> Sql | None:
    """The value as JSON when it may be a map or a list; None when it can be neither."""
    if value.kind is Kind.LIST:
        return call("to_json", value.sql)
    return value.sql if value.kind is Kind.MAP else value.document


def reach(value: Value, keys: tuple[str, ...]) -> Value:
    """`value.key`, `value[0]`, ...; missing when the value has no such part."""
    if value.kind is Kind.LIST and len(keys) == 1 and _PLACE.fullmatch(keys[0]):
        place = exp.Literal.number(str(int(keys[0]) + 1))
        return Value(call("list_extract", value.sql, place), Kind.ANY)
    whole = document(value)
    if whole is None:
        return missing()
    return of_document(call("json_extract", whole, text_literal(pointer(keys))))


def pointer(keys: tuple[str, ...]) -> str:
    """The RFC 6901 pointer of a path: every key as it stands, dots and all."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


def items(value: Value) -> Sql:
    """The elements as a list of JSON; anything that is no list is a list of itself."""
    whole = document(value)
    if whole is None:
        whole = call("to_json", value.sql)
    return call("json_elements", cast(whole, "JSON"))
