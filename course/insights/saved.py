"""Saved queries with parameters: `$Name(p = "v")` as a stage, replaced by the saved text.

Source: CloudWatch Logs User Guide, "Save and re-run CloudWatch Logs Insights queries": `{{p}}` in
the saved text, at most 20 parameters, no saved query inside another, 10,000 characters after
expansion. The value takes the place of `{{p}}` as it is, without quotes. Places in later error
messages are places in the expanded text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from course.insights.errors import QueryError, nearest

MOST_PARAMETERS = 20
_STRING = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\''
_NAME = r"\$(?:`(?P<quoted>[^`]+)`|(?P<plain>[\w-]+))"
_CALL = re.compile(
    rf"(?:{_STRING})|#[^\n]*|(?<!\$)`[^`]*`|(?:\blike|=~|\bparse)\s*/(?:\\.|[^/\\])+/"
    rf"|(?P<call>{_NAME}\s*\((?P<given>(?:{_STRING}|[^()\"'])*)\))",
    re.DOTALL | re.IGNORECASE,
)
_ARGUMENT = re.compile(rf"\s*(\w+)\s*=\s*({_STRING}|[^\s,]+)\s*(?:,|$)", re.DOTALL)
_HOLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_EXAMPLE = '$`Slow routes`(limit = "20") | sort ms desc'


def expand(query: str, saved: Mapping[str, Any]) -> str:
    """`query` with its saved queries written out.

    saved: text by name, or {"query": text, "parameters": {name: default or None}}.
    """
    try:
        return _CALL.sub(lambda found: _written_out(found, saved), query)
    except QueryError as error:
        raise error.attach(query) from None


def _written_out(found: re.Match[str], saved: Mapping[str, Any]) -> str:
    if found["call"] is None:
        return found[0]
    name = found["quoted"] or found["plain"]
    if name not in saved:
        raise QueryError(
            f"Saved queries are handed over as saved={{...}}; none is named `{name}`",
            span=found.span(),
            expected=saved,
            suggestion=nearest(name, saved),
            example=_EXAMPLE,
        )
    text, defaults = _read(saved[name])
    if any(each["call"] for each in _CALL.finditer(text)):
        message = f"The saved query `{name}` calls another one, which is not allowed"
        raise QueryError(message, span=found.span())
    return _filled(name, text, defaults | _given(found), found.span())


def _read(saved: Any) -> tuple[str, dict[str, str | None]]:
    if isinstance(saved, str):
        return saved, {}
    return saved["query"], dict(saved.get("parameters", {}))


def _given(found: re.Match[str]) -> dict[str, str | None]:
    written, read, place = found["given"], {}, 0
    while written[place:].strip():
        argument = _ARGUMENT.match(written, place)
        if argument is None:
            raise QueryError(
                "A saved query takes name = value pairs", span=found.span("given"), example=_EXAMPLE
            )
        value = argument[2]
        read[argument[1]] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value[0] in "'\"" else value
        place = argument.end()
    return read


def _filled(name: str, text: str, values: dict[str, str | None], span: tuple[int, int]) -> str:
    holes = list(dict.fromkeys(_HOLE.findall(text)))
    if len(holes) > MOST_PARAMETERS:
        raise QueryError(f"`{name}` has more than {MOST_PARAMETERS} parameters", span=span)
    for given in values:
        if given not in holes:
            raise QueryError(
                f"The saved query `{name}` has no parameter `{given}`",
                span=span,
                expected=holes,
                suggestion=nearest(given, holes),
            )
    for hole in holes:
        if values.get(hole) is None:
            raise QueryError(f"`{name}` needs a value for its parameter `{hole}`", span=span)
    return _HOLE.sub(lambda each: str(values[each[1]]), text)
