"""One way to parse AWS's small languages, so that every mistake is told in the same manner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from lark import Lark, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.lexer import Token

from course.telemetry.errors import RuleError, point_at

Node: TypeAlias = Tree[Token]


@dataclass(frozen=True)
class Language:
    """A grammar, the words for its terminals, and the error code of its service."""

    name: str
    grammar: str
    code: str
    words: Mapping[str, str]
    start: str = "start"

    def build(self) -> Lark:
        return Lark(
            self.grammar,
            parser="lalr",
            start=self.start,
            propagate_positions=True,
            maybe_placeholders=True,
        )

    def parse(self, parser: Lark, text: str) -> Node:
        """The syntax tree; a `RuleError` with place, caret and expectation otherwise."""
        try:
            return parser.parse(text)
        except UnexpectedInput as mistake:
            at, expected = _place(mistake, text)
        wanted = sorted({self.words[name] for name in expected if name in self.words})
        found = "the end" if at >= len(text.rstrip()) else repr(text[at : at + 12].split("\n")[0])
        problem = f"{self.name}: found {found}, expected {_either(wanted)}"
        raise RuleError(self.code, point_at(text, at, problem), at)


def _place(mistake: UnexpectedInput, text: str) -> tuple[int, set[str]]:
    if isinstance(mistake, UnexpectedCharacters):
        return mistake.pos_in_stream, set(mistake.allowed or ())
    at = mistake.pos_in_stream
    expected = set(mistake.expected) if isinstance(mistake, UnexpectedToken) else set()
    at_end = at is None or (isinstance(mistake, UnexpectedToken) and mistake.token.type == "$END")
    return (len(text.rstrip()) if at_end or at is None else at), expected


def _either(words: list[str]) -> str:
    if not words:
        return "nothing more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
