"""The two filter patterns with conditions: { JSON } and [space, delimited].

Follows the CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log events"
and "... in space-delimited log events": parentheses before && before ||, at most two regular
expressions a pattern, one wildcard a selector and three a pattern. IS NOT and EXISTS are refused:
"currently aren't supported".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from lark import Lark, Token, Tree

from course.telemetry.errors import RuleError, point_at
from course.telemetry.grammar import Language, Node
from course.telemetry.jsonpath import SELECTOR, Path, compile_path, leaf_text, resolve
from course.telemetry.pattern_values import CODE, Test, comparison

MAX_REGEX = 2
MAX_WILDCARDS = 3

_VALUES = r"""
    value: QUOTED | REGEX | BARE
    OP: /!=|<=|>=|=|<|>/
    QUOTED: /"(\\.|[^"\\])*"/
    REGEX: /%[^%]*%/
    %ignore /\s+/
"""
_WORDS = {
    "__ANON_0": "&&",
    "LPAR": "'('",
    "RPAR": "')'",
    "OP": "= != < > <= >=",
    "QUOTED": "a value",
    "REGEX": "a value",
    "BARE": "a value",
    "OR": "||",
    "AND": "&&",
    "$END": "the end",
}

_JSON = Language(
    name="Invalid filter pattern",
    code=CODE,
    grammar=rf"""
        start: "{{" either "}}"
        ?either: both (_OR both)*
        ?both: atom (_AND atom)*
        ?atom: "(" either ")"
            | SELECTOR OP value -> compare
            | SELECTOR "IS" CONSTANT -> constant
            | SELECTOR "NOT" "EXISTS" -> missing
        _OR: "||"
        _AND: "&&"
        CONSTANT: "NULL" | "TRUE" | "FALSE"
        SELECTOR: /{SELECTOR.replace("/", chr(92) + "/")}/
        BARE: /[^\s"%(){{}}&|=<>!]+/
        {_VALUES}
    """,
    words=_WORDS
    | {
        "_OR": "||",
        "_AND": "&&",
        "SELECTOR": "a property such as $.level",
        "RBRACE": "'}'",
        "IS": "IS",
        "NOT": "NOT EXISTS",
        "EXISTS": "EXISTS",
        "CONSTANT": "NULL, TRUE or FALSE",
    },
)

_COLUMNS = Language(
    name="Invalid filter pattern",
    code=CODE,
    grammar=rf"""
        start: "[" column ("," column)* "]"
        column: (ELLIPSIS | either | NAME)?
        ?either: both (_OR both)*
        ?both: atom (_AND atom)*
        ?atom: "(" either ")" | NAME OP value -> compare
        _OR: "||"
        _AND: "&&"
        ELLIPSIS: "..." | "…"
        NAME: /[A-Za-z_][\w-]*/
        BARE: /[^\s"%()\[\],&|=<>!]+/
        {_VALUES}
    """,
    words=_WORDS
    | {
        "_OR": "||",
        "_AND": "&&",
        "NAME": "a field's name",
        "ELLIPSIS": "...",
        "COMMA": "','",
        "RSQB": "']'",
    },
)

Find = Callable[[Any], dict[str, str] | None]


@dataclass(frozen=True)
class Columns:
    """A space-delimited pattern: the names before and after the ellipsis, and the condition."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    open: bool
    test: Callable[[dict[str, str]], bool]

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(f"${name}" for name in self.before + self.after if name)


def compile_json(pattern: str) -> tuple[Find, tuple[str, ...]]:
    """(finder, selectors): the finder gives the selected values of a parsed event, or None."""
    tree = _JSON.parse(_json_parser(), pattern)
    _check_quotas(tree, pattern)
    holds = _condition(tree.children[0], pattern, _json_atom)
    selectors = tuple(dict.fromkeys(map(str, _tokens(tree, "SELECTOR"))))
    paths = [(selector, _path(selector)) for selector in selectors]

    def find(document: Any) -> dict[str, str] | None:
        if not holds(document):
            return None
        found = {name: leaf_text(v) for name, path in paths for v in resolve(document, path)[:1]}
        return {name: text for name, text in found.items() if text is not None}

    return find, selectors


def compile_columns(pattern: str) -> Columns:
    """The columns of a space-delimited pattern."""
    tree = _COLUMNS.parse(_column_parser(), pattern)
    _check_quotas(tree, pattern)
    parts = [(c.children or [None])[0] for c in tree.children if isinstance(c, Tree)]
    names = [_column_name(part) for part in parts]
    dots = [i for i, name in enumerate(names) if name is None]
    if len(dots) > 1:
        raise RuleError(CODE, "Invalid filter pattern: ... can be used once")
    conditions = [part for part in parts if isinstance(part, Tree)]
    _check_names(conditions, names, pattern)
    tests = [_condition(part, pattern, _column_atom) for part in conditions]
    split = dots[0] if dots else len(names)
    return Columns(
        before=tuple(name or "" for name in names[:split]),
        after=tuple(name or "" for name in names[split + 1 :]),
        open=bool(dots),
        test=lambda fields: all(test(fields) for test in tests),
    )


@cache
def _json_parser() -> Lark:
    return _JSON.build()


@cache
def _column_parser() -> Lark:
    return _COLUMNS.build()


def _tokens(tree: Node, kind: str) -> list[Token]:
    return [t for t in tree.scan_values(lambda v: isinstance(v, Token)) if t.type == kind]


def _check_quotas(tree: Node, pattern: str) -> None:
    if len(_tokens(tree, "REGEX")) > MAX_REGEX:
        raise RuleError(CODE, f"A filter pattern has at most {MAX_REGEX} regular expressions")
    wild = [_path(selector).count(None) for selector in _tokens(tree, "SELECTOR")]
    if any(count > 1 for count in wild) or sum(wild) > MAX_WILDCARDS:
        raise RuleError(
            CODE, f"A selector has at most one wildcard, a filter pattern {MAX_WILDCARDS}"
        )


def _path(selector: str) -> Path:
    path = compile_path(selector)
    assert path is not None  # the grammar took it for a selector
    return path


def _column_name(part: Any) -> str | None:
    """The field that a column is about; "" unnamed, None for the ellipsis."""
    if part is None:
        return ""
    if isinstance(part, Token):
        return None if part.type == "ELLIPSIS" else str(part)
    return str(_tokens(part, "NAME")[0])


def _check_names(conditions: list[Node], names: list[str | None], pattern: str) -> None:
    for token in (t for condition in conditions for t in _tokens(condition, "NAME")):
        if str(token) not in names:
            at = token.start_pos or 0
            problem = f"Invalid filter pattern: there is no field called {token}"
            raise RuleError(CODE, point_at(pattern, at, problem), at)


Holds = Callable[[Any], bool]


def _condition(node: Any, pattern: str, atom: Callable[[Node, str], Holds]) -> Holds:
    if node.data not in ("either", "both"):
        return atom(node, pattern)
    tests = [_condition(part, pattern, atom) for part in node.children]
    if node.data == "both":
        return lambda subject: all(test(subject) for test in tests)
    return lambda subject: any(test(subject) for test in tests)


def _compare(node: Node, pattern: str) -> tuple[str, Test]:
    name, sign, value = node.children
    written = next(_value_tokens(value))
    return str(name), comparison(str(sign), str(written), written.start_pos or 0, pattern)


def _value_tokens(value: Any) -> Iterator[Token]:
    yield from value.children


def _column_atom(node: Node, pattern: str) -> Holds:
    name, test = _compare(node, pattern)
    key = f"${name}"
    return lambda fields: test(fields[key])


def _json_atom(node: Node, pattern: str) -> Holds:
    path = _path(str(node.children[0]))
    if node.data == "missing":
        return lambda document: not resolve(document, path)
    if node.data == "constant":
        wanted = {"NULL": None, "TRUE": True, "FALSE": False}[str(node.children[1])]
        return lambda document: any(value is wanted for value in resolve(document, path))
    _, test = _compare(node, pattern)

    def holds(document: Any) -> bool:
        texts = (leaf_text(value) for value in resolve(document, path))
        return any(text is not None and test(text) for text in texts)

    return holds
