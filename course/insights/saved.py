"""Saved queries with parameters: `$Name(p = "v")` as a stage, replaced by the saved text.

Source: CloudWatch Logs User Guide, "Save and re-run CloudWatch Logs Insights queries": `{{p}}` in
the saved text, at most 20 parameters, no saved query inside another, 10,000 characters after
expansion. The value takes the place of `{{p}}` as it is, without quotes. An error inside a saved
query points at its call, and quotes the line that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Piece:
    """A call of a saved query: its span in the query as written, where its text begins in the
    expanded one, and that text."""

    name: str
    call: tuple[int, int]
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Expansion:
    """A query with its saved queries written out in `text`."""

    written: str
    text: str
    pieces: tuple[_Piece, ...] = ()

    def located(self, error: QueryError) -> QueryError:
        """An error about `text` as one about the query as written."""
        if not self.pieces or error.query != self.text:
            return error
        inside = next((p for p in self.pieces if p.start <= error.start < p.end), None)
        if inside is None:
            return _moved(error, error.message, (self._back(error.start), self._back(error.end)))
        line = _line_around(inside.text, error.start - inside.start)
        message = f"{error.message}, in the saved query `{inside.name}`: {line}"
        return _moved(error, message, inside.call)

    def _back(self, place: int) -> int:
        """A place of `text` outside the pieces, or at the end of one, in the query as written."""
        before = [piece for piece in self.pieces if piece.start < place]
        if not before:
            return place
        return before[-1].call[1] + max(0, place - before[-1].end)


def _moved(error: QueryError, message: str, span: tuple[int, int]) -> QueryError:
    return type(error)(
        message,
        span=span,
        expected=error.expected,
        suggestion=error.suggestion,
        example=error.example,
    )


def _line_around(text: str, place: int) -> str:
    start = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    return text[start : len(text) if end < 0 else end].strip()


def expand(query: str, saved: Mapping[str, Any]) -> str:
    """`query` with its saved queries written out, see `expansion`."""
    return expansion(query, saved).text


def expansion(query: str, saved: Mapping[str, Any]) -> Expansion:
    """`query` with its saved queries written out.

    saved: text by name, or {"query": text, "parameters": {name: default or None}}.
    """
    parts: list[str] = []
    pieces: list[_Piece] = []
    done = length = 0
    try:
        for found in _CALL.finditer(query):
            if found["call"] is None:
                continue
            name, text = _written_out(found, saved)
            parts += [query[done : found.start()], text]
            length += found.start() - done
            pieces.append(_Piece(name, found.span(), length, text))
            length, done = length + len(text), found.end()
    except QueryError as error:
        raise error.attach(query) from None
    return Expansion(query, "".join([*parts, query[done:]]), tuple(pieces))


def _written_out(found: re.Match[str], saved: Mapping[str, Any]) -> tuple[str, str]:
    """The name of the saved query that is called, and its text."""
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
    return name, _filled(name, text, defaults | _given(found), found.span())


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
