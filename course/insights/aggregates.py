"""The functions of `stats`, and how each becomes an SQL aggregate.

Source: CloudWatch Logs User Guide, "Supported operations and functions", aggregation functions.
Choices where it is silent: pct is the nearest rank on exact data; max and min of texts use the sort
order of `sort`, and numbers win where a field holds both; stddev is of the population, as variance
is documented to be; earliest and latest look at the events that have the field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from course.insights import nodes
from course.insights.errors import QueryError
from course.insights.options import Options
from course.insights.values import (
    NUMERIC,
    Kind,
    Sql,
    Value,
    call,
    case,
    cast,
    is_null,
    number,
    sort_keys,
    text,
)


@dataclass(frozen=True)
class Gathered:
    """An aggregate call: its values, its nodes, and the row order to judge first and last by."""

    values: list[Value]
    arguments: tuple[nodes.Expr, ...]
    span: nodes.Span
    moment: Sql | None
    options: Options


@dataclass(frozen=True)
class Aggregate:
    name: str
    fewest: int
    most: int
    build: Callable[[Gathered], Value]
    example: str
    about: str


AGGREGATES: dict[str, Aggregate] = {}  # all but those of `series`


def _add(
    name: str,
    build: Callable[[Gathered], Value],
    example: str,
    about: str,
    arity: tuple[int, int] = (1, 1),
) -> None:
    AGGREGATES[name.lower()] = Aggregate(name, *arity, build, example, about)


def _over_numbers(sql_name: str) -> Callable[[Gathered], Value]:
    def build(gathered: Gathered) -> Value:
        total = call(sql_name, number(gathered.values[0]))
        return Value(call("finite", total), Kind.NUMBER)

    return build


def _count(gathered: Gathered) -> Value:
    if not gathered.arguments or isinstance(gathered.arguments[0], nodes.Star):
        return Value(exp.Count(this=exp.Star()), Kind.NUMBER)
    return Value(exp.Count(this=gathered.values[0].sql.copy()), Kind.NUMBER)


def _count_distinct(gathered: Gathered) -> Value:
    distinct = exp.Distinct(expressions=[gathered.values[0].sql.copy()])
    return Value(exp.Count(this=distinct), Kind.NUMBER)


def _extreme(sql_name: str) -> Callable[[Gathered], Value]:
    def build(gathered: Gathered) -> Value:
        value = gathered.values[0]
        if value.kind in NUMERIC:
            return Value(call(sql_name, value.sql), value.kind)
        numeric = call("number_text", call(sql_name, number(value)))
        key = case([(is_null(number(value)), call("sort_text", text(value)))])
        textual = call(f"arg_{sql_name}", text(value), key)
        return Value(call("coalesce", numeric, textual), Kind.ANY)

    return build


def _percentile(value: Value, percent: float) -> Value:
    fraction = exp.Literal.number(repr(percent / 100))
    return Value(call("quantile_disc", number(value), fraction), Kind.NUMBER)


def _pct(gathered: Gathered) -> Value:
    percent = gathered.values[1].literal
    if not isinstance(percent, float) or not 0 <= percent <= 100:
        raise QueryError(
            "`pct` takes a field and a number from 0 to 100",
            span=gathered.arguments[1].span,
            example="stats pct(@duration, 99)",
        )
    return _percentile(gathered.values[0], percent)


def _median(gathered: Gathered) -> Value:
    return _percentile(gathered.values[0], 50)


def _stddev(gathered: Gathered) -> Value:
    name = "stddev_samp" if gathered.options.sample_stddev else "stddev_pop"
    return _over_numbers(name)(gathered)


def _values(gathered: Gathered) -> Value:
    value = text(gathered.values[0])
    distinct = call("list_distinct", call("list", value))
    return Value(call("list_sort", distinct), Kind.LIST)


def _in_time(sql_name: str) -> Callable[[Gathered], Value]:
    def build(gathered: Gathered) -> Value:
        if gathered.moment is None:
            raise QueryError(
                "`earliest` and `latest` need the events' times: use them in the first `stats`",
                span=gathered.span,
            )
        value = gathered.values[0]
        return Value(call(sql_name, value.sql, gathered.moment), value.kind)

    return build


def _in_order(sql_name: str) -> Callable[[Gathered], Value]:
    def build(gathered: Gathered) -> Value:
        value = gathered.values[0]
        keys = sort_keys(value, gathered.span, "stats")
        # as_number is NULL for words; -1 keeps the row of keys comparable.
        plain = [call("coalesce", cast(key, "DOUBLE"), exp.Literal.number(-1)) for key in keys[:2]]
        key = keys[0] if len(keys) == 1 else call("row", *plain, keys[2])
        present = case([(is_null(value.sql), exp.Null())], key)
        return Value(call(sql_name, value.sql, present), value.kind)

    return build


_add("count", _count, "count(*)", "rows, or rows that have the field", (0, 1))
_add("count_distinct", _count_distinct, "count_distinct(user)", "different values, exactly")
_add("countDistinct", _count_distinct, "countDistinct(user)", "different values, exactly")
_add("avg", _over_numbers("avg"), "avg(@duration)", "mean of the numbers")
_add(
    "sum", _over_numbers("sum"), "sum(bytes)", "total of the numbers; a condition counts as 1 or 0"
)
_add("min", _extreme("min"), "min(@duration)", "smallest")
_add("max", _extreme("max"), "max(@duration)", "largest")
_add("pct", _pct, "pct(@duration, 99)", "the value below which n percent lie", (2, 2))
_add("median", _median, "median(@duration)", "the same as pct(field, 50)")
_add("stddev", _stddev, "stddev(@duration)", "standard deviation")
_add("variance", _over_numbers("var_pop"), "variance(@duration)", "population variance")
_add("values", _values, "values(level)", "the different values, as a list")
_add("collect_values", _values, "collect_values(level)", "the same as values")
_add("earliest", _in_time("arg_min"), "earliest(status)", "of the first event that has the field")
_add("latest", _in_time("arg_max"), "latest(status)", "of the last event that has the field")
_add("sortsFirst", _in_order("arg_min"), "sortsFirst(name)", "first in the order of `sort`")
_add("sortsLast", _in_order("arg_max"), "sortsLast(name)", "last in the order of `sort`")
