"""What an expression is while it is compiled: an SQL expression and the kind of value it gives.

Rules: CloudWatch Logs User Guide, "Supported operations and functions"; a missing field makes every
comparison unknown (SQL's NULL does that by itself); `=` compares as numbers where both sides read
as numbers and one is a number, otherwise as text. Maps and lists: see `nested`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlglot import exp

from course.insights import nodes
from course.insights.errors import QueryError

Sql = Any  # sqlglot's expressions: it ships no stubs that hold across versions


class Kind(Enum):
    NUMBER = "number"
    TEXT = "text"  # text made by a function: never shown as a number
    ANY = "any"  # a field of an event or a capture: text that may read as a number
    TIME = "time"  # epoch milliseconds
    BOOLEAN = "boolean"  # prints as 1 or 0
    LIST = "list"  # SQL list of VARCHAR
    MAP = "map"  # a map or a list, of SQL type JSON


NUMERIC = frozenset({Kind.NUMBER, Kind.TIME, Kind.BOOLEAN})
CONTAINERS = frozenset({Kind.LIST, Kind.MAP})


@dataclass(frozen=True)
class Value:
    """`sql` gives the value; `literal` is set when the query wrote the value itself.

    document: the value as JSON, when it may also be a map or a list (then `sql` is missing).
    """

    sql: Sql
    kind: Kind
    literal: str | float | None = None
    document: Sql | None = None


def own(sql: Sql) -> Sql:
    """The part itself, or a copy when it already stands in a statement."""
    return sql if sql.parent is None else sql.copy()


def call(name: str, *arguments: Sql) -> Sql:
    """`name(arguments)`; a part may be used twice."""
    return exp.Anonymous(this=name, expressions=[own(a) for a in arguments])


def binary(kind: type[Any], left: Sql, right: Sql) -> Sql:
    return exp.Paren(this=kind(this=own(left), expression=own(right)))


def balanced(kind: type[Any], parts: list[Sql]) -> Sql:
    """The parts joined by one operator, as a flat tree: a long chain does not become a deep one."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return binary(kind, balanced(kind, parts[:half]), balanced(kind, parts[half:]))


def cast(sql: Sql, to: str) -> Sql:
    """`to` is the name of a type without parameters."""
    return exp.Cast(this=own(sql), to=_type(to))


def try_cast(sql: Sql, to: str) -> Sql:
    return exp.TryCast(this=own(sql), to=_type(to))


def _type(name: str) -> Sql:
    return exp.DataType(this=exp.DataType.Type[name])


def text_literal(value: str) -> Sql:
    return exp.Literal.string(value)


def number_literal(value: float) -> Sql:
    text = str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    negative = text.startswith("-")
    literal = cast(exp.Literal.number(text.lstrip("-")), "DOUBLE")
    return exp.Paren(this=exp.Neg(this=literal)) if negative else literal


def parameter(name: str) -> Sql:
    """A value that the engine binds when the query runs."""
    return exp.Placeholder(this=name)


def null() -> Sql:
    return exp.Null()


def is_null(sql: Sql) -> Sql:
    return exp.Paren(this=exp.Is(this=own(sql), expression=exp.Null()))


def negated(sql: Sql) -> Sql:
    return exp.Paren(this=exp.Not(this=exp.Paren(this=own(sql))))


def case(branches: list[tuple[Sql, Sql]], default: Sql | None = None) -> Sql:
    ifs = [exp.If(this=own(test), true=own(then)) for test, then in branches]
    return exp.Case(ifs=ifs, default=None if default is None else own(default))


def missing() -> Value:
    return Value(cast(null(), "VARCHAR"), Kind.ANY)


def number(value: Value) -> Sql:
    """The value as DOUBLE; NULL where it is no number."""
    match value.kind:
        case Kind.NUMBER:
            return value.sql
        case Kind.TIME | Kind.BOOLEAN:
            return cast(value.sql, "DOUBLE")
        case Kind.LIST | Kind.MAP:
            return cast(null(), "DOUBLE")
    return call("as_number", value.sql)


def text(value: Value) -> Sql:
    """The value as VARCHAR; a number in its shortest form, a time as epoch milliseconds."""
    match value.kind:
        case Kind.NUMBER:
            return call("number_text", value.sql)
        case Kind.TIME | Kind.BOOLEAN:
            return cast(cast(value.sql, "BIGINT"), "VARCHAR")
        case Kind.LIST | Kind.MAP:
            return cast(null(), "VARCHAR")
    return value.sql


def truth(value: Value) -> Sql:
    """The value as a condition: a number is true unless it is 0."""
    if value.kind is Kind.BOOLEAN:
        return value.sql
    return binary(exp.NEQ, number(value), exp.Literal.number(0))


def unify(values: list[Value]) -> tuple[list[Sql], Kind]:
    """Several values as one kind: their own where they agree, otherwise text of any sort."""
    kinds = {value.kind for value in values}
    if len(kinds) == 1:
        return [value.sql for value in values], kinds.pop()
    if kinds == CONTAINERS:
        return [v.sql if v.kind is Kind.MAP else call("to_json", v.sql) for v in values], Kind.MAP
    if kinds <= {Kind.NUMBER, Kind.BOOLEAN}:
        return [number(value) for value in values], Kind.NUMBER
    return [text(value) for value in values], Kind.ANY


_COMPARISONS = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


def compare(operator: str, left: Value, right: Value, span: nodes.Span) -> Sql:
    """`left operator right` as BOOLEAN; NULL when a side is missing, false for a map or list."""
    if left.kind in CONTAINERS or right.kind in CONTAINERS:
        return exp.false()
    compared = _compare(operator, left, right, span)
    return unless_container([left, right], compared)


def unless_container(values: list[Value], condition: Sql) -> Sql:
    """`condition`, but false where one of the values turns out to be a map or a list.

    There the text of the value is missing and leaves `condition` unknown.
    """
    tests = [(call("is_container", v.document), exp.false()) for v in values if v.document]
    return call("coalesce", condition, case(tests)) if tests else condition


def _compare(operator: str, left: Value, right: Value, span: nodes.Span) -> Sql:
    _refuse_written_time(left, right, span)
    if operator in ("=", "!="):
        equal = _equal(left, right)
        return equal if operator == "=" else negated(equal)
    if left.kind in NUMERIC or right.kind in NUMERIC:
        return binary(_COMPARISONS[operator], number(left), number(right))
    first, second = (left, right) if operator in ("<", ">=") else (right, left)
    before = call("before_value", text(first), text(second))
    return before if operator in ("<", ">") else negated(before)


def _equal(left: Value, right: Value) -> Sql:
    if left.kind in NUMERIC and right.kind in NUMERIC:
        return binary(exp.EQ, number(left), number(right))
    if left.kind in NUMERIC:
        left, right = right, left
    if right.kind in NUMERIC:
        return call("same_number", left.sql, number(right))
    if isinstance(left.literal, str) or isinstance(right.literal, str):
        return binary(exp.EQ, left.sql, right.sql)
    return call("same_value", left.sql, right.sql)


def _refuse_written_time(left: Value, right: Value, span: nodes.Span) -> None:
    for time, other in ((left, right), (right, left)):
        if (
            time.kind is Kind.TIME
            and isinstance(other.literal, str)
            and not reads_as_number(other.literal)
        ):
            raise QueryError(
                "Times compare as epoch milliseconds; Logs Insights does not read a date in quotes",
                span=span,
                example="filter toMillis(@timestamp) >= 1790000000000",
            )


def reads_as_number(written: str) -> bool:
    """Whether a text of the query is a number; as `as_number` does for the events' texts."""
    try:
        return math.isfinite(float(written)) and "_" not in written
    except ValueError:
        return False


def refuse_container(value: Value, span: nodes.Span, command: str) -> None:
    if value.kind in CONTAINERS:
        word = "list" if value.kind is Kind.LIST else "map or list"
        raise QueryError(
            f"A {word} cannot be used in `{command}`",
            span=span,
            example="fields jsonParse(@message) as m | stats count(*) by m.status",
        )


def sort_keys(value: Value, span: nodes.Span, where: str) -> list[Sql]:
    """What to order by, ascending: of texts all non-numbers first, then numbers ("sort")."""
    refuse_container(value, span, where)
    if value.kind in NUMERIC:
        return [value.sql]
    return [
        call("sort_class", value.sql),
        call("as_number", value.sql),
        call("sort_rest", value.sql),
    ]
