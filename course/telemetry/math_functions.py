"""The functions of metric math.

Follows the CloudWatch User Guide, "Functions supported for metric math" and "Using IF expressions".
Choices where the guide is silent: STDDEV is that of the whole population; over an array MIN, MAX
and STDDEV look at the series that have a point, while AVG counts a missing one as 0 (said there);
FILL with REPEAT leaves what stands before the first point empty, LINEAR what stands outside both
ends; DAY is 1 on Monday to 7 on Sunday (from the guide's "IF(DAY(m1)<6,m1) ... Monday to Friday").
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from course.telemetry import math_arrays
from course.telemetry.math_values import Line, Lines, Mistake, Scalar, Value, each

Work = Callable[[], Value]
__all__ = ["SPECIAL", "TABLE", "Mistake", "Work", "apply", "array", "fill"]

Times = Sequence[int]
Function = Callable[[Sequence[Value], Times], Value]
# Functions that look at what is written, with how they are called.
SPECIAL = {
    "METRICS": 'METRICS takes nothing, or one text as in METRICS("errors")',
    "PERIOD": "PERIOD takes the Id of one metric, not an expression",
    "FILL": "FILL takes a time series and what to fill with: a number, a series, REPEAT or LINEAR",
    "SORT": "SORT is written SORT(METRICS(), AVG, DESC) or SORT(METRICS(), AVG, DESC, 10)",
    "SEARCH": "SEARCH is written SEARCH('{Namespace,Dimension} MetricName=\"Name\"', 'Sum')",
    "ANOMALY_DETECTION_BAND": (
        "ANOMALY_DETECTION_BAND takes the Id of one metric and a number of standard deviations"
    ),
    "INSIGHT_RULE_METRIC": "INSIGHT_RULE_METRIC is written INSIGHT_RULE_METRIC('rule', 'Sum')",
}


def apply(name: str, values: Sequence[Value], times: Times) -> Value:
    """The function of this name. times: every period of the range, oldest first."""
    return TABLE[name](values, times)


def array(parts: Sequence[Value]) -> Lines:
    """[m1, m2, METRICS("x")]: an array of all their time series."""
    if any(isinstance(part, Scalar) for part in parts):
        raise Mistake("an array holds time series, not numbers")
    return Lines([item for part in parts if isinstance(part, Lines) for item in part.items], True)


def fill(value: Value, how: str | Value, times: Times) -> Lines:
    """FILL: the missing points from a number, a series, REPEAT or LINEAR."""
    if not isinstance(value, Lines):
        raise Mistake("FILL takes a time series")
    if how == "REPEAT":
        return _every(value, lambda line: _repeated(line, times))
    if how == "LINEAR":
        return _every(value, lambda line: _interpolated(line, times))
    if isinstance(how, Scalar) and how.value is not None:
        number = how.value
        return _every(value, lambda line: {at: line.get(at, number) for at in times})
    if isinstance(how, Lines) and not how.array:
        return _every(value, lambda line: dict(sorted({**how.items[0][1], **line}.items())))
    raise Mistake("FILL fills with a number, a time series, REPEAT or LINEAR")


def _repeated(line: Line, times: Times) -> Line:
    made: Line = {}
    last: float | None = None
    for at in times:
        last = line.get(at, last)
        if last is not None:
            made[at] = last
    return made


def _interpolated(line: Line, times: Times) -> Line:
    known = sorted(line)
    made = dict(line)
    for at in times:
        place = bisect_left(known, at)
        if at not in line and 0 < place < len(known):
            left, right = known[place - 1], known[place]
            share = (at - left) / (right - left)
            made[at] = line[left] + share * (line[right] - line[left])
    return dict(sorted(made.items()))


def _every(lines: Lines, change: Callable[[Line], Line]) -> Lines:
    return Lines([(name, change(line)) for name, line in lines.items], lines.array)


def _one(name: str, values: Sequence[Value]) -> Lines:
    if len(values) != 1 or not isinstance(values[0], Lines):
        raise Mistake(f"{name} takes one time series or one array of time series")
    return values[0]


def _array_of(name: str, values: Sequence[Value]) -> Lines:
    lines = _one(name, values)
    if not lines.array:
        raise Mistake(f"{name} takes an array of time series, as in {name}([m1, m2])")
    return lines


def _pointwise(name: str, change: Callable[[float], float | None]) -> Function:
    return lambda values, times: each(_one(name, values), change)


def _logarithm(log: Callable[[float], float]) -> Callable[[float], float | None]:
    return lambda value: log(value) if value > 0 else None


def _along(name: str, change: Callable[[Line], Line]) -> Function:
    return lambda values, times: _every(_one(name, values), change)


def _differences(line: Line, measure: Callable[[float, float], float]) -> Line:
    """measure(change of value, seconds between) at every point but the first."""
    points = sorted(line.items())
    pairs = zip(points, points[1:], strict=False)
    return {b: measure(after - before, b - a) for (a, before), (b, after) in pairs}


def _running_sum(line: Line) -> Line:
    total, made = 0.0, {}
    for at, value in sorted(line.items()):
        total += value
        made[at] = total
    return made


def _aggregate(
    name: str, over: Callable[[Sequence[float]], float | None], *, missing_is_zero: bool = False
) -> Function:
    """A number from one time series; a time series from an array, moment by moment."""

    def function(values: Sequence[Value], times: Times) -> Value:
        lines = _one(name, values)
        if not lines.array:
            return Scalar(over(list(lines.items[0][1].values())))
        made: Line = {}
        for at in sorted({at for _, line in lines.items for at in line}):
            held = [line[at] for _, line in lines.items if at in line]
            if missing_is_zero:
                held += [0.0] * (len(lines.items) - len(held))
            result = over(held)
            if result is not None:
                made[at] = result
        return Lines([(name, made)])

    return function


def _if_any(over: Callable[[Iterable[float]], float]) -> Callable[[Sequence[float]], float | None]:
    return lambda held: over(held) if held else None


def _if(values: Sequence[Value], times: Times) -> Value:
    """IF(condition, then, otherwise): see the guide's four tables."""
    if len(values) not in (2, 3):
        raise Mistake("IF takes a condition, a value and optionally another value")
    if any(isinstance(value, Lines) and value.array for value in values):
        raise Mistake("IF takes time series and numbers, not arrays")
    condition, then = values[0], values[1]
    otherwise = values[2] if len(values) == 3 else None
    if isinstance(condition, Scalar):
        chosen = then if condition.value else otherwise
        if chosen is None:
            return Lines([("IF", {})])
        return chosen
    made: Line = {}
    for at, truth in condition.items[0][1].items():
        # A missing "then" counts as 0; a missing "otherwise" drops the point.
        value = _at(then, at, 0.0) if truth else _at(otherwise, at, None)
        if value is not None:
            made[at] = value
    return Lines([("IF", made)])


def _at(value: Value | None, at: int, missing: float | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, Scalar):
        return value.value
    return value.items[0][1].get(at, missing)


def _time_series(values: Sequence[Value], times: Times) -> Value:
    if len(values) != 1 or not isinstance(values[0], Scalar):
        raise Mistake("TIME_SERIES takes one number")
    number = values[0].value
    return Lines([("TIME_SERIES", {} if number is None else dict.fromkeys(times, number))])


def _clock(name: str, read: Callable[[datetime], float]) -> Function:
    def function(values: Sequence[Value], times: Times) -> Value:
        if _one(name, values).array:
            raise Mistake(f"{name} takes one time series")
        return Lines([(name, {at: read(datetime.fromtimestamp(at, UTC)) for at in times})])

    return function


def _first(values: Sequence[Value], times: Times) -> Value:
    return Lines(_array_of("FIRST", values).items[:1] or [("FIRST", {})])


def _last(values: Sequence[Value], times: Times) -> Value:
    return Lines(_array_of("LAST", values).items[-1:] or [("LAST", {})])


def _metric_count(values: Sequence[Value], times: Times) -> Value:
    return Scalar(float(len(_array_of("METRIC_COUNT", values).items)))


def _remove_empty(values: Sequence[Value], times: Times) -> Value:
    lines = _array_of("REMOVE_EMPTY", values)
    return Lines([item for item in lines.items if item[1]], array=True)


def _slice(values: Sequence[Value], times: Times) -> Value:
    match values:
        case [Lines() as lines, Scalar(float(start))]:
            return math_arrays.cut(lines, start, None)
        case [Lines() as lines, Scalar(float(start)), Scalar(float(end))]:
            return math_arrays.cut(lines, start, end)
    raise Mistake("SLICE is written SLICE(METRICS(), 0, 10) or SLICE(METRICS(), 5)")


TABLE: dict[str, Function] = {
    "ABS": _pointwise("ABS", abs),
    "CEIL": _pointwise("CEIL", lambda value: float(math.ceil(value))),
    "FLOOR": _pointwise("FLOOR", lambda value: float(math.floor(value))),
    "LOG": _pointwise("LOG", _logarithm(math.log)),
    "LOG10": _pointwise("LOG10", _logarithm(math.log10)),
    "SUM": _aggregate("SUM", math.fsum),
    "AVG": _aggregate("AVG", _if_any(statistics.fmean), missing_is_zero=True),
    "MIN": _aggregate("MIN", _if_any(min)),
    "MAX": _aggregate("MAX", _if_any(max)),
    "STDDEV": _aggregate("STDDEV", _if_any(statistics.pstdev)),
    "DATAPOINT_COUNT": _aggregate("DATAPOINT_COUNT", lambda held: float(len(held))),
    "METRIC_COUNT": _metric_count,
    "REMOVE_EMPTY": _remove_empty,
    "FIRST": _first,
    "LAST": _last,
    "IF": _if,
    "RATE": _along("RATE", lambda line: _differences(line, lambda dv, dt: dv / dt)),
    "DIFF": _along("DIFF", lambda line: _differences(line, lambda dv, dt: dv)),
    "DIFF_TIME": _along("DIFF_TIME", lambda line: _differences(line, lambda dv, dt: float(dt))),
    "RUNNING_SUM": _along("RUNNING_SUM", _running_sum),
    "SLICE": _slice,
    "TIME_SERIES": _time_series,
    "MINUTE": _clock("MINUTE", lambda at: float(at.minute)),
    "HOUR": _clock("HOUR", lambda at: float(at.hour)),
    "DAY": _clock("DAY", lambda at: float(at.isoweekday())),
    "DATE": _clock("DATE", lambda at: float(at.day)),
    "MONTH": _clock("MONTH", lambda at: float(at.month)),
    "YEAR": _clock("YEAR", lambda at: float(at.year)),
    "EPOCH": _clock("EPOCH", lambda at: at.timestamp()),
}
