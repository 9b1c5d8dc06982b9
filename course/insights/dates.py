"""parseDate (Java patterns) and formatDate, also called strftime (strftime patterns).

Source: CloudWatch Logs User Guide, "Datetime functions": parseDate gives epoch milliseconds by a
Java DateTimeFormatter pattern, formatDate a text by a strftime pattern; both take a time zone name.
Both patterns and the zone are written in the query itself. Without a zone it is UTC; a zone in the
text itself wins over the argument. Of Java's letters those of dates, times, offsets and names of
days and months in English are read; of strftime's those of DuckDB and the usual short forms
(%F %T %R %D %e %L). Years of two digits: 69 to 99 are of the last century.
"""

from __future__ import annotations

import re
import zoneinfo

from sqlglot import exp

from course.insights.errors import QueryError
from course.insights.functions import Function, Written
from course.insights.times import milliseconds
from course.insights.values import Kind, Sql, Value, call, cast, text, text_literal

_PARSE_EXAMPLE = 'parseDate(day, "yyyy-MM-dd HH:mm:ss", "UTC")'
_FORMAT_EXAMPLE = 'formatDate(@timestamp, "%Y-%m-%d %H:%M", "UTC")'
_JAVA: tuple[tuple[str, str], ...] = (
    (r"[yu]{3,4}|[yu]", "%Y"),
    (r"[yu]{2}", "%y"),
    (r"[ML]{4}", "%B"),
    (r"[ML]{3}", "%b"),
    (r"[ML]{1,2}", "%m"),
    (r"d{1,2}", "%d"),
    (r"D{1,3}", "%j"),
    (r"H{1,2}", "%H"),
    (r"h{1,2}", "%I"),
    (r"m{1,2}", "%M"),
    (r"s{1,2}", "%S"),
    (r"S{7,9}", "%n"),
    (r"S{4,6}", "%f"),
    (r"S{1,3}", "%g"),
    (r"a", "%p"),
    (r"E{4}", "%A"),
    (r"E{1,3}", "%a"),
    (r"[XxZ]{1,5}", "%z"),
)
_TOKEN = re.compile(r"''|'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'")
_SHORT = {
    "F": "%Y-%m-%d",
    "T": "%H:%M:%S",
    "R": "%H:%M",
    "D": "%m/%d/%y",
    "e": "%-d",
    "L": "%g",
    "h": "%b",
    "n": "\n",
    "t": "\t",
}
_STRFTIME = frozenset("aAwudbBmyYHIpMSfgnzZjUWVGcxX%")


def _written(written: Written, index: int, what: str, example: str) -> str:
    value = written.values[index].literal
    if isinstance(value, str):
        return value
    raise QueryError(
        f"The {what} is written in quotes in the query itself",
        span=written.arguments[index].span,
        example=example,
    )


def _zone(written: Written, example: str) -> str:
    if len(written.values) < 3:
        return "UTC"
    name = _written(written, 2, "time zone", example)
    if name in zoneinfo.available_timezones():
        return name
    raise QueryError(
        f"`{name}` is not a time zone of the IANA database",
        span=written.arguments[2].span,
        suggestion=None,
        example=example,
    )


def _from_java(pattern: str) -> str | None:
    """The pattern for strptime; None when a letter of it cannot be read."""
    parts = []
    for token in _TOKEN.finditer(pattern):
        part = token[0]
        if part[0] == "'":
            if part == "'":
                return None
            parts.append("'" if part == "''" else part[1:-1].replace("''", "'").replace("%", "%%"))
        elif part[0].isalpha():
            found = [code for java, code in _JAVA if re.fullmatch(java, part)]
            if not found:
                return None
            parts.append(found[0])
        elif set("[]{}#") & set(part):  # optional sections and what Java keeps for later
            return None
        else:
            parts.append(part.replace("%", "%%"))
    return "".join(parts)


def _parse(written: Written) -> Value:
    java = _written(written, 1, "pattern", _PARSE_EXAMPLE)
    pattern = _from_java(java)
    if pattern is None:
        raise QueryError(
            "This date pattern cannot be read; its letters are yyyy MM dd HH mm ss SSS a EEE XXX",
            span=written.arguments[1].span,
            example=_PARSE_EXAMPLE,
        )
    if not {"%Y", "%y"} & set(re.findall("%.", pattern)):
        raise QueryError(
            "This date pattern has no year (yyyy): it names no moment",
            span=written.arguments[1].span,
            example=_PARSE_EXAMPLE,
        )
    zone = _zone(written, _PARSE_EXAMPLE)
    subject = text(written.values[0])
    if "%z" in pattern:  # strptime has no Z for "no offset"
        subject = call("regexp_replace", subject, text_literal("Z$"), text_literal("+00"))
    moment = call("try_strptime", subject, text_literal(pattern))
    if "%z" not in pattern and zone != "UTC":
        moment = call("timezone", text_literal(zone), moment)
    return Value(cast(call("epoch_ms", moment), "DOUBLE"), Kind.NUMBER)


def _strftime(pattern: str) -> str | None:
    faults: list[str] = []

    def known(found: re.Match[str]) -> str:
        code = found[1]
        if code in _SHORT:
            return _SHORT[code]
        if code.removeprefix("-") not in _STRFTIME:
            faults.append(code)
        return found[0]

    done = re.sub(r"%(-?.|$)", known, pattern, flags=re.DOTALL)
    return None if faults else done


def _format(written: Written) -> Value:
    pattern = _strftime(_written(written, 1, "pattern", _FORMAT_EXAMPLE))
    if pattern is None:
        raise QueryError(
            "This strftime pattern cannot be read",
            span=written.arguments[1].span,
            example=_FORMAT_EXAMPLE,
        )
    moment = _local(milliseconds(written.values[0]), _zone(written, _FORMAT_EXAMPLE))
    return Value(call("strftime", moment, text_literal(pattern)), Kind.TEXT)


def _local(time: Sql, zone: str) -> Sql:
    """The wall clock of a zone at `time`; missing for a number that is no time."""
    if zone == "UTC":
        return call("try", call("epoch_ms", time))
    micros = exp.Paren(this=exp.Mul(this=time.copy(), expression=exp.Literal.number(1000)))
    return call("try", call("timezone", text_literal(zone), call("make_timestamptz", micros)))


_FUNCTIONS = (
    Function("parseDate", 2, 3, _parse, _PARSE_EXAMPLE, "a text by a Java pattern, as epoch ms"),
    Function("formatDate", 2, 3, _format, _FORMAT_EXAMPLE, "a time by a strftime pattern"),
    Function("strftime", 2, 3, _format, 'strftime(@timestamp, "%H:%M")', "same as formatDate"),
)
DATE_FUNCTIONS = {function.name.lower(): function for function in _FUNCTIONS}
