"""The functions of `stats` over time and over distributions: rate, countOverTime, sumOverTime,
histogram, topk.

Source: CloudWatch Logs User Guide, "Time-series functions" and "stats" (topk). Choices where it is
silent: rate is the change from the earliest to the latest value of the group, per interval, and
missing when both have the same time; histogram is a map from "low..high" to a count, a range
without its upper end except the last; topk orders equally frequent values as texts.
"""

from __future__ import annotations

from sqlglot import exp

from course.insights import nodes
from course.insights.aggregates import Aggregate, Gathered
from course.insights.errors import QueryError
from course.insights.times import length
from course.insights.values import (
    Kind,
    Sql,
    Value,
    binary,
    call,
    case,
    cast,
    is_null,
    number,
    text,
)

MOST_BUCKETS = 1_000


def _rate(gathered: Gathered) -> Value:
    if gathered.moment is None:
        raise QueryError(
            "`rate` needs the events' times: use it in the first `stats`", span=gathered.span
        )
    period = gathered.arguments[1]
    if not isinstance(period, nodes.Period):
        raise QueryError(
            "A period such as 5m belongs here", span=period.span, example="stats rate(bytes, 1m)"
        )
    value = number(gathered.values[0])
    order = case([(is_null(value), exp.Null())], gathered.moment)
    time = exp.column("@timestamp", quoted=True)
    change, elapsed = _span_of(value, order), _span_of(time, order)
    steps = binary(exp.Div, cast(elapsed, "DOUBLE"), exp.Literal.number(str(length(period))))
    quotient = binary(exp.Div, change, call("nullif", steps, exp.Literal.number(0)))
    return Value(call("finite", quotient), Kind.NUMBER)


def _span_of(value: Sql, order: Sql) -> Sql:
    """How much `value` differs between the last and the first row."""
    return binary(exp.Sub, call("arg_max", value, order), call("arg_min", value, order))


def _count(gathered: Gathered) -> Value:
    return Value(cast(exp.Count(this=gathered.values[0].sql.copy()), "DOUBLE"), Kind.NUMBER)


def _sum(gathered: Gathered) -> Value:
    return Value(call("finite", call("sum", number(gathered.values[0]))), Kind.NUMBER)


def _histogram(gathered: Gathered) -> Value:
    buckets = _whole(gathered, 1, MOST_BUCKETS, "histogram(@duration, 10)")
    every = call("list", number(gathered.values[0]))
    present = call("list_filter_present", every)
    return Value(call("bucket_counts", present, buckets), Kind.MAP)


def _topk(gathered: Gathered) -> Value:
    most = _whole(gathered, 0, 10_000, "topk(3, status)")
    counted = call("histogram", text(gathered.values[1]))
    return Value(call("top_values", counted, most), Kind.LIST)


def _whole(gathered: Gathered, index: int, most: int, example: str) -> Sql:
    value = gathered.values[index].literal
    if not isinstance(value, float) or value != int(value) or not 1 <= value <= most:
        raise QueryError(
            f"A whole number from 1 to {most} belongs here",
            span=gathered.arguments[index].span,
            example=f"stats {example}",
        )
    return exp.Literal.number(str(int(value)))


_SERIES = (
    Aggregate("rate", 2, 2, _rate, "rate(bytes, 1m)", "change per interval, first to last"),
    Aggregate("countOverTime", 1, 1, _count, "countOverTime(@message)", "events with the field"),
    Aggregate("count_over_time", 1, 1, _count, "count_over_time(@message)", "countOverTime"),
    Aggregate("sumOverTime", 1, 1, _sum, "sumOverTime(bytes)", "total of the numbers"),
    Aggregate("sum_over_time", 1, 1, _sum, "sum_over_time(bytes)", "the same as sumOverTime"),
    Aggregate("histogram", 2, 2, _histogram, "histogram(@duration, 10)", "counts per range"),
    Aggregate("topk", 2, 2, _topk, "topk(3, status)", "the most frequent values, as a list"),
)
SERIES = {aggregate.name.lower(): aggregate for aggregate in _SERIES}
