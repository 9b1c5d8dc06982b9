"""What a filter pattern compares with: text with asterisks, numbers, regular expressions.

Follows the CloudWatch Logs User Guide, "Supported regular expressions (regex) syntax". An asterisk
is a wildcard at either end of a text; in the middle it stands for itself (the guide's Ev*ent).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from course.telemetry.errors import RuleError, point_at

CODE = "InvalidParameterException"

Test = Callable[[str], bool]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# Letters, digits, space, the guide's symbols and operators; nothing else, parentheses least of all.
_ALLOWED = re.compile(r"[A-Za-z0-9 :_#=@/;,\-^$?\[\]{}|\\*+.]")
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def number(text: str) -> float | None:
    """The number that a text is, in integer, decimal or scientific notation; else None."""
    return float(text) if _NUMBER.fullmatch(text) else None


def compile_regex(body: str, at: int, pattern: str) -> re.Pattern[str]:
    """The regular expression between two percent signs. at: where it stands in `pattern`."""
    for offset, letter in enumerate(body):
        if not _ALLOWED.match(letter):
            hint = f"; write \\x{ord(letter):02X}" if ord(letter) < 128 else ""
            problem = f"{letter!r} is not supported in a regular expression{hint}"
            raise RuleError(CODE, point_at(pattern, at + offset, problem), at + offset)
    try:
        return re.compile(body, re.ASCII)
    except re.error as mistake:
        place = at + (mistake.pos or 0)
        problem = f"The regular expression cannot be read: {mistake.msg}"
        raise RuleError(CODE, point_at(pattern, place, problem), place) from None


def comparison(sign: str, value: str, at: int, pattern: str) -> Test:
    """The test of a field's text. value: as written: bare, "quoted" or %regex%; at: its place."""
    if value.startswith("%"):
        search = compile_regex(value[1:-1], at + 1, pattern).search
        equal: Test = lambda text: search(text) is not None  # noqa: E731
    else:
        quoted = value.startswith('"')
        equal = _equal(re.sub(r"\\(.)", r"\1", value[1:-1]) if quoted else value)
    if sign == "=":
        return equal
    if sign == "!=":
        return lambda text: not equal(text)
    return _ordered(sign, value, at, pattern)


def _ordered(sign: str, value: str, at: int, pattern: str) -> Test:
    limit = number(value)
    if limit is None:
        problem = f"{sign} compares with a number, not with {value}"
        raise RuleError(CODE, point_at(pattern, at, problem), at)
    order, bound = _ORDER[sign], limit

    def test(text: str) -> bool:
        found = number(text)
        return found is not None and order(found, bound)

    return test


def _equal(value: str) -> Test:
    """Text equality with wildcards at the ends; numbers are equal whatever their notation."""
    if value == "*":
        return lambda text: True
    head, tail = value.startswith("*"), value.endswith("*")
    if head and tail:
        return lambda text: value[1:-1] in text
    if head:
        return lambda text: text.endswith(value[1:])
    if tail:
        return lambda text: text.startswith(value[:-1])
    wanted = number(value)
    if wanted is None:
        return lambda text: text == value
    return lambda text: text == value or number(text) == wanted
