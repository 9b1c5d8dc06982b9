"""A slow reading of the same tree in plain Python, to compare the engine with. Tests only.

A value is None (missing), a float, a bool, or a str: the text of an event's field, which may read
as a number. Only what the differential test generates is here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import cmp_to_key, partial
from typing import Any

from course.insights import nodes, structure_nodes, table_nodes
from tests.insights.sequences import run_sequence

Row = dict[str, Any]
ORDER = "#order"
RAW = "#raw"  # the event's JSON object as Python has it
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def interpret(query: nodes.Query, events: list[dict[str, Any]]) -> list[Row]:
    """The rows of `query`, as text, in order."""
    ordered = sorted(range(len(events)), key=lambda i: (events[i]["timestamp"], i))
    rows = [_event(events[i], place) for place, i in enumerate(ordered)][::-1]
    shown: list[str] = []
    shown_last: list[str] | None = None
    for stage in query.stages:
        match stage:
            case nodes.Fields() | nodes.Display():
                for item in stage.items:
                    if item.alias or not isinstance(item.expression, nodes.Field):
                        for row in rows:
                            row[item.name] = _value(item.expression, row)
                names = [item.name for item in stage.items]
                if isinstance(stage, nodes.Display):
                    shown_last = names
                else:
                    shown += names
            case nodes.Filter():
                rows = [row for row in rows if _truth(_value(stage.condition, row)) is True]
            case nodes.Sort():
                rows = _sorted(rows, [(key.field.name, key.descending) for key in stage.keys])
            case nodes.Limit():
                rows = rows[-stage.count :] if stage.last else rows[: stage.count]
            case nodes.Dedup():
                rows = _deduplicated(rows, [field.name for field in stage.fields])
            case structure_nodes.Unnest():
                rows = _each(stage.name.name, rows, partial(_value, stage.expression))
            case structure_nodes.Expand():
                rows = _each(stage.field.name, rows, partial(_array, stage.field.name))
            case _ if isinstance(stage, table_nodes.TableStage):
                rows, shown = run_sequence(stage, rows, shown, _number, _sorted)
            case nodes.Stats():
                rows = _summed_up(stage, rows)
                shown, shown_last = [item.name for item in (*stage.by, *stage.items)], None
    names = shown if shown_last is None else shown_last
    fields = {name: _written(query, name) for name in names}
    found = [{n: _field(field, row) for n, field in fields.items()} for row in rows]
    return [{n: _text(value) for n, value in row.items() if value is not None} for row in found]


def _written(query: nodes.Query, name: str) -> nodes.Field:
    """The field that the query shows under this name."""
    for stage in query.stages:
        if isinstance(stage, nodes.Fields | nodes.Display):
            for item in stage.items:
                field = item.expression
                if item.name == name and item.alias is None and isinstance(field, nodes.Field):
                    return field
    return nodes.Field((name,), (0, 0))


def _event(event: dict[str, Any], order: int) -> Row:
    row: Row = {ORDER: order, "@message": event["message"], RAW: json.loads(event["message"])}
    for key, value in row[RAW].items():
        row[key] = None if value is None or isinstance(value, dict | list) else _text(value)
    return row


def _each(name: str, rows: list[Row], elements: Callable[[Row], Any]) -> list[Row]:
    """One row for each element; a missing value has none, what is no list is its own element."""
    made = []
    for row in rows:
        value = elements(row)
        parts = value if isinstance(value, list) else [] if value is None else [value]
        made += [{**row, name: _known(part)} for part in parts]
    return made


def _array(name: str, row: Row) -> Any:
    """What `expand` takes apart: an array of the event, else the value, even a missing one."""
    raw = row[RAW].get(name)
    return raw if isinstance(raw, list) else [row.get(name)]


def _known(value: Any) -> Any:
    """A value of JSON as a leaf of an event, unless it is a map or list."""
    return value if value is None or isinstance(value, dict | list) else _text(value)


def _reach(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return _known(value)


def _field(node: nodes.Field, row: Row) -> Any:
    if node.name in row:
        return row[node.name]
    whole = row.get(node.parts[0])
    return _reach(whole, node.parts[1:]) if isinstance(whole, dict | list) else None


def _parsed(text: Any) -> Any:
    try:
        value = json.loads(text)
    except (TypeError, ValueError):
        return None
    return value if isinstance(value, dict | list) else None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if isinstance(value, int | float):
        rounded = round(value, 4)
        return str(int(rounded)) if rounded == int(rounded) else repr(rounded)
    return str(value)


def _number(value: Any) -> float | None:
    if isinstance(value, dict | list):
        return None
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, bool):
        return float(value)
    return float(value) if _NUMBER.fullmatch(value) else None


def _truth(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    number = _number(value)
    return None if number is None else number != 0


def _value(node: nodes.Expr, row: Row) -> Any:
    match node:
        case nodes.Number():
            return node.value
        case nodes.Text() | nodes.Boolean():
            return node.value
        case nodes.Field():
            return _field(node, row)
        case nodes.Reach():
            return _reach(_value(node.whole, row), node.keys)
        case nodes.Not():
            truth = _truth(_value(node.operand, row))
            return None if truth is None else not truth
        case nodes.Logical():
            return _logical(node, row)
        case nodes.Compare():
            return _compare(node.operator, node.left, node.right, row)
        case nodes.In():
            return _member(node, row)
        case nodes.Like():
            text = _value(node.operand, row)
            if text is None:
                return None
            assert isinstance(node.pattern, nodes.Text)
            return (node.pattern.value in _text(text)) is not node.negated
        case nodes.Arithmetic():
            left, right = _number(_value(node.left, row)), _number(_value(node.right, row))
            return _calculate(node.operator, left, right)
        case nodes.Negative():
            number = _number(_value(node.operand, row))
            return None if number is None else -number
        case nodes.Call():
            values = [_value(argument, row) for argument in node.arguments]
            if node.name != "ispresent":
                values = [None if isinstance(v, dict | list) else v for v in values]
            return _CALLS[node.name](*values)
    raise AssertionError(f"not generated: {node}")


def _logical(node: nodes.Logical, row: Row) -> bool | None:
    truths = [_truth(_value(term, row)) for term in node.terms]
    decisive = node.operator == "or"
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def _compare(operator: str, left: nodes.Expr, right: nodes.Expr, row: Row) -> bool | None:
    a, b = _value(left, row), _value(right, row)
    if isinstance(a, dict | list) or isinstance(b, dict | list):
        return False
    if a is None or b is None:
        return None
    written = isinstance(left, nodes.Text) or isinstance(right, nodes.Text)
    x, y = _number(a), _number(b)
    texts = isinstance(a, str) and isinstance(b, str)
    if operator in ("=", "!="):
        if texts and (written or x is None or y is None):
            equal = a == b
        else:
            equal = x is not None and x == y
        return equal is (operator == "=")
    if x is not None and y is not None:
        a, b = x, y
    elif not texts:
        return None
    return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator])


def _member(node: nodes.In, row: Row) -> bool | None:
    if _value(node.operand, row) is None:
        return None
    found = any(_compare("=", node.operand, choice, row) for choice in node.choices)
    return found is not node.negated


def _calculate(operator: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None or (operator in "/%" and right == 0):
        return None
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
    return math.fmod(left, right)


def _if(condition: Any, then: Any, other: Any) -> Any:
    return then if _truth(condition) is True else other


_CALLS: dict[str, Callable[..., Any]] = {
    "ispresent": lambda value: value is not None,
    "coalesce": lambda *values: next((v for v in values if v is not None), None),
    "abs": lambda value: None if _number(value) is None else abs(_number(value)),  # type: ignore
    "strlen": lambda value: None if value is None else float(len(_text(value))),
    "toupper": lambda value: None if value is None else _text(value).upper(),
    "isempty": lambda value: value is None or _text(value) == "",
    "if": _if,
    "jsonParse": _parsed,
}


# order --------------------------------------------------------------------------------------
def _natural(a: str, b: str) -> int:
    runs = [re.findall(r"[0-9]+|[^0-9]+", text) for text in (a, b)]
    for x, y in zip(*runs, strict=False):
        digits = x[0].isdigit() and y[0].isdigit()
        key_x, key_y = ((len(x), x), (len(y), y)) if digits else ((0, x), (0, y))
        if key_x != key_y:
            return -1 if key_x < key_y else 1
    return len(runs[0]) - len(runs[1])


def _order(a: Any, b: Any) -> int:
    """Words before numbers; words naturally, numbers by value, then by their text."""
    x, y = _number(a), _number(b)
    if x is None and y is None:
        return _natural(a, b)
    if x is None or y is None:
        return -1 if x is None else 1
    if x != y:
        return -1 if x < y else 1
    both_texts = isinstance(a, str) and isinstance(b, str)
    return (a > b) - (a < b) if both_texts else 0


def _sorted(rows: list[Row], keys: list[tuple[str, bool]]) -> list[Row]:
    for name, descending in reversed(keys):
        present = [row for row in rows if row.get(name) is not None]
        sign = -1 if descending else 1
        present.sort(key=cmp_to_key(lambda a, b: sign * _order(a[name], b[name])))  # noqa: B023
        rows = present + [row for row in rows if row.get(name) is None]
    return rows


def _deduplicated(rows: list[Row], names: list[str]) -> list[Row]:
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for row in rows:
        key = tuple(row.get(name) for name in names)
        if None in key or key not in seen:
            kept.append(row)
        seen.add(key)
    return kept


# stats --------------------------------------------------------------------------------------
def _summed_up(stage: nodes.Stats, rows: list[Row]) -> list[Row]:
    groups: dict[tuple[Any, ...], list[Row]] = {} if stage.by else {(): []}
    for row in rows:
        groups.setdefault(tuple(_value(item.expression, row) for item in stage.by), []).append(row)
    made = []
    for key, members in groups.items():
        line: Row = dict(zip((item.name for item in stage.by), key, strict=True))
        for item in stage.items:
            line[item.name] = _aggregate(item.expression, members, line)
        made.append(line)
    return _sorted(made, [(item.name, False) for item in stage.by])


def _aggregate(node: nodes.Expr, rows: list[Row], line: Row) -> Any:
    if isinstance(node, nodes.Arithmetic):
        left, right = (_number(_aggregate(n, rows, line)) for n in (node.left, node.right))
        return _calculate(node.operator, left, right)
    if isinstance(node, nodes.Field):
        return line[node.name]
    if isinstance(node, nodes.Number):
        return node.value
    assert isinstance(node, nodes.Call)
    starred = not node.arguments or isinstance(node.arguments[0], nodes.Star)
    if starred:
        return float(len(rows))
    pairs = [(row, _value(node.arguments[0], row)) for row in rows]
    present = [(row, value) for row, value in pairs if value is not None]
    return _summary(node, present)


def _summary(node: nodes.Call, present: list[tuple[Row, Any]]) -> Any:
    values = [value for _, value in present]
    numbers = [number for value in values if (number := _number(value)) is not None]
    match node.name:
        case "count":
            return float(len(values))
        case "count_distinct":
            return float(len(set(values)))
        case "sum":
            return math.fsum(numbers) if numbers else None
        case "avg":
            return math.fsum(numbers) / len(numbers) if numbers else None
        case "pct":
            assert isinstance(node.arguments[1], nodes.Number)
            rank = math.ceil(node.arguments[1].value * len(numbers) / 100)
            return sorted(numbers)[max(rank, 1) - 1] if numbers else None
        case "max" | "min":
            best = max if node.name == "max" else min
            words = sorted((v for v in values if _number(v) is None), key=cmp_to_key(_natural))
            if numbers:
                return best(numbers)
            return (words[-1] if best is max else words[0]) if words else None
        case "earliest" | "latest":
            pick = min if node.name == "earliest" else max
            return pick(present, key=lambda pair: pair[0][ORDER])[1] if present else None
    raise AssertionError(f"not generated: {node.name}")
