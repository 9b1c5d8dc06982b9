"""The commands of the language, read from its grammar: for tests that must not forget one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from lark import Lark, Token

from course import insights

_GRAMMAR = Path(insights.__file__).with_name("grammar.lark").read_text(encoding="utf-8")


@cache
def _language() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", start="query")


@cache
def _beginnings() -> frozenset[str]:
    """The terminals that may begin a stage; a bare text has no word."""
    return frozenset(_language().parse_interactive("").accepts() - {"STRING"})


def _words(pattern: str) -> list[str]:
    """`(sort|order)\\b` gives both; `count_?frequent` the spelling without the part in doubt."""
    plain = re.sub(r".\?", "", pattern.removesuffix(r"\b")).strip("()").lower()
    assert re.fullmatch(r"[a-z|]+", plain), f"a command is one word, not {pattern}"
    return plain.split("|")


def _commands() -> tuple[str, ...]:
    patterns = {terminal.name: terminal.pattern.value for terminal in _language().terminals}
    return tuple(sorted(word for name in _beginnings() for word in _words(patterns[name])))


def tokens_of(query: str) -> list[Token]:
    """The words and signs of a valid query, each with its place."""
    return list(_language().parse_interactive(query).iter_parse())


def commands_of(query: str) -> set[str]:
    """The commands that a valid query uses, in small letters and as COMMANDS spells them."""
    return {t.value.lower().replace("_", "") for t in tokens_of(query) if t.type in _beginnings()}


COMMANDS = _commands()
