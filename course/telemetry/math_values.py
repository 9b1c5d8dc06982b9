"""The values of metric math and its operators: numbers, time series, arrays of time series.

Follows the CloudWatch User Guide, "Using math expressions with CloudWatch metrics", basic
arithmetic and comparison operators: between two series a missing value counts as 0; a point that
divides by zero is dropped, as is one that has no real or finite result.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

# A time series: epoch seconds -> value.
Line: TypeAlias = dict[int, float]


class Mistake(ValueError):
    """Something an expression must not do; the caller adds where."""


@dataclass(frozen=True)
class Scalar:
    """A number; None is the average of nothing and the like."""

    value: float | None


@dataclass(frozen=True)
class Lines:
    """One time series, or an array of them, each with the id that it stems from."""

    items: Sequence[tuple[str, Line]]
    array: bool = False


Value: TypeAlias = Scalar | Lines


@dataclass(frozen=True)
class Text:
    """A text in quotation marks, as a function's argument."""

    text: str


@dataclass(frozen=True)
class Word:
    """A word such as REPEAT or DESC, as a function's argument."""

    text: str


@dataclass(frozen=True)
class Name:
    """The Id of a metric, where a function takes the metric itself."""

    text: str


def _power(left: float, right: float) -> float:
    result = left**right
    if isinstance(result, complex):
        raise ValueError("no real number")
    return float(result)


OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": _power,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<=": lambda left, right: float(left <= right),
    ">=": lambda left, right: float(left >= right),
    "<": lambda left, right: float(left < right),
    ">": lambda left, right: float(left > right),
    "AND": lambda left, right: float(bool(left) and bool(right)),
    "OR": lambda left, right: float(bool(left) or bool(right)),
}
OPERATORS |= {"&&": OPERATORS["AND"], "||": OPERATORS["OR"]}


def compute(sign: str, left: float, right: float) -> float | None:
    """One point; None when it is dropped."""
    try:
        result = OPERATORS[sign](left, right)
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def combine(sign: str, left: Value, right: Value) -> Value:
    """`left sign right`, for numbers, time series and arrays of them."""
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        if left.value is None or right.value is None:
            return Scalar(None)
        return Scalar(compute(sign, left.value, right.value))
    if isinstance(left, Lines) and isinstance(right, Lines):
        return _combine_lines(sign, left, right)
    if isinstance(left, Lines) and isinstance(right, Scalar):
        number = right.value
        return each(left, lambda v: None if number is None else compute(sign, v, number))
    assert isinstance(left, Scalar) and isinstance(right, Lines)
    fixed = left.value
    return each(right, lambda v: None if fixed is None else compute(sign, fixed, v))


def each(lines: Lines, change: Callable[[float], float | None]) -> Lines:
    """Every point of every series changed; a point that becomes None is dropped."""
    return Lines([(name, _changed(line, change)) for name, line in lines.items], lines.array)


def negate(value: Value) -> Value:
    if isinstance(value, Scalar):
        return Scalar(None if value.value is None else -value.value)
    return each(value, operator.neg)


def _changed(line: Line, change: Callable[[float], float | None]) -> Line:
    found = ((at, change(value)) for at, value in line.items())
    return {at: value for at, value in found if value is not None}


def _combine_lines(sign: str, left: Lines, right: Lines) -> Lines:
    if left.array and right.array:
        raise Mistake(f"{sign} cannot stand between two arrays of time series")
    array, single = (left, right) if left.array else (right, left)
    if not array.array:
        return Lines([(left.items[0][0], _joined(sign, left.items[0][1], right.items[0][1]))])
    other = single.items[0][1]
    return Lines(
        [
            (name, _joined(sign, line, other) if left.array else _joined(sign, other, line))
            for name, line in array.items
        ],
        array=True,
    )


def _joined(sign: str, left: Line, right: Line) -> Line:
    times = sorted(left.keys() | right.keys())
    found = ((at, compute(sign, left.get(at, 0.0), right.get(at, 0.0))) for at in times)
    return {at: value for at, value in found if value is not None}
