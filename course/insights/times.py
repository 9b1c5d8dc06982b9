"""The functions over time: bin, datefloor, dateceil, fromMillis, toMillis, now, the query's range.

Source: CloudWatch Logs User Guide, "Supported operations and functions", datetime functions. Bins
are aligned to the epoch in UTC; weeks begin on Monday; months, quarters and years follow the
calendar (documentation silent on the last two).
"""

from __future__ import annotations

from sqlglot import exp

from course.insights import nodes, periods
from course.insights.errors import QueryError
from course.insights.functions import Function, Written
from course.insights.values import (
    Kind,
    Sql,
    Value,
    binary,
    call,
    case,
    cast,
    number,
    parameter,
    try_cast,
)


def floor_time(time: Sql, period: nodes.Period) -> Sql:
    count = periods.capped(period.count, period.unit)
    if period.unit in periods.MONTHS:
        return call("floor_months", time, _integer(count * periods.MONTHS[period.unit]))
    origin = periods.WEEK_ORIGIN if period.unit == "week" else 0
    step = count * periods.MILLISECONDS[period.unit]
    return call("floor_to", time, _integer(step), _integer(origin))


def _next_time(time: Sql, period: nodes.Period) -> Sql:
    count = periods.capped(period.count, period.unit)
    if period.unit in periods.MONTHS:
        return call("add_months", time, _integer(count * periods.MONTHS[period.unit]))
    return binary(exp.Add, time, _integer(count * periods.MILLISECONDS[period.unit]))


def _integer(value: int) -> Sql:
    return exp.Literal.number(str(value))


def length(period: nodes.Period) -> int:
    """In milliseconds, uncapped; months and longer by their mean length of a Gregorian year."""
    if period.unit in periods.MONTHS:
        return period.count * periods.MONTHS[period.unit] * periods.MEAN_MONTH
    return period.count * periods.MILLISECONDS[period.unit]


def later(time: Sql, period: nodes.Period) -> Sql:
    """So much later, uncapped; months by the calendar."""
    if period.unit in periods.MONTHS:
        return call("add_months", time, _integer(period.count * periods.MONTHS[period.unit]))
    return binary(exp.Add, time, _integer(length(period)))


def milliseconds(value: Value) -> Sql:
    if value.kind is Kind.TIME:
        return value.sql
    return call("in_time", try_cast(number(value), "BIGINT"))


def _period(written: Written, index: int, example: str) -> nodes.Period:
    node = written.arguments[index]
    if isinstance(node, nodes.Period):
        return node
    raise QueryError("A period such as 5m belongs here", span=node.span, example=example)


def _datefloor(written: Written) -> Value:
    period = _period(written, 1, "datefloor(@timestamp, 1h)")
    return Value(floor_time(milliseconds(written.values[0]), period), Kind.TIME)


def _dateceil(written: Written) -> Value:
    period = _period(written, 1, "dateceil(@timestamp, 1h)")
    time = milliseconds(written.values[0])
    floor = floor_time(time, period)
    return Value(case([(binary(exp.EQ, floor, time), time)], _next_time(floor, period)), Kind.TIME)


def _bin(written: Written) -> Value:
    """The compiler passes @timestamp as the first value; the period is the one written argument."""
    period = _period(written, 0, "bin(5m)")
    return Value(floor_time(milliseconds(written.values[0]), period), Kind.TIME)


def _from_millis(written: Written) -> Value:
    return Value(milliseconds(written.values[0]), Kind.TIME)


def _to_millis(written: Written) -> Value:
    return Value(cast(milliseconds(written.values[0]), "DOUBLE"), Kind.NUMBER)


def _now(written: Written) -> Value:
    seconds = binary(exp.Div, parameter("now"), exp.Literal.number(1000))
    return Value(call("floor", seconds), Kind.NUMBER)


def _start(written: Written) -> Value:
    return Value(cast(parameter("start"), "DOUBLE"), Kind.NUMBER)


def _end(written: Written) -> Value:
    return Value(cast(parameter("end"), "DOUBLE"), Kind.NUMBER)


def _range(written: Written) -> Value:
    length = binary(exp.Sub, parameter("end"), parameter("start"))
    return Value(cast(length, "DOUBLE"), Kind.NUMBER)


_TIMES = (
    Function("bin", 1, 1, _bin, "bin(5m)", "@timestamp rounded down to the period"),
    Function("datefloor", 2, 2, _datefloor, "datefloor(@timestamp, 1h)", "rounded down"),
    Function("dateceil", 2, 2, _dateceil, "dateceil(@timestamp, 1h)", "rounded up"),
    Function("fromMillis", 1, 1, _from_millis, "fromMillis(startTime)", "epoch ms as a time"),
    Function("toMillis", 1, 1, _to_millis, "toMillis(@timestamp)", "a time as epoch ms"),
    Function("now", 0, 0, _now, "now()", "epoch seconds when the query began"),
    Function("queryStartTime", 0, 0, _start, "queryStartTime()", "epoch ms"),
    Function("queryEndTime", 0, 0, _end, "queryEndTime()", "epoch ms"),
    Function("queryTimeRange", 0, 0, _range, "queryTimeRange()", "length in ms"),
)
TIME_FUNCTIONS = {function.name.lower(): function for function in _TIMES}
