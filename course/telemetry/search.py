"""Search expressions: which metrics SEARCH(...) finds.

Follows the CloudWatch User Guide, "CloudWatch search expression syntax": an optional schema
{Namespace, Dimension, ...} that a metric's dimensions must equal, and terms joined by AND (or by
nothing), OR, NOT and parentheses. A term in double quotes is a whole name; any other is matched by
tokens, which begin at capitals, digits and after other characters. A term may name its property:
MetricName=, Namespace= or a dimension.

The guide says that a term of several tokens is case-sensitive, and shows network/errors finding
Network-Errors-2: so here it is within capitals and digits, and is not across other characters.

Left out: account ids (monitoring accounts).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from lark import Lark
from lark.lexer import Token

from course.telemetry.errors import NotSupported, RuleError
from course.telemetry.grammar import Language, Node

CODE = "ValidationError"
MAX_LENGTH = 1024
MAX_SERIES = 500

_LANGUAGE = Language(
    name="SEARCH",
    code=CODE,
    grammar=r"""
        start: schema? ","? either?
        schema: "{" word ("," word)* "}"
        ?either: both (OR both)* -> any_of
        ?both: unit (AND? unit)* -> all_of
        ?unit: NOT unit -> negated
            | "(" either ")"
            | word "=" word -> designated
            | word -> term
        word: QUOTED | BARE
        OR.2: /OR(?![^\s()"])/
        AND.2: /AND(?![^\s()"])/
        NOT.2: /NOT(?![^\s()"])/
        QUOTED: /"(\\.|[^"\\])*"/
        BARE: /[^\s"'{}(),=]+/
        %ignore /\s+/
    """,
    words={
        "QUOTED": "a term",
        "BARE": "a term",
        "LPAR": "'('",
        "RPAR": "')'",
        "COMMA": "','",
        "RBRACE": "'}'",
        "$END": "the end",
    },
)


@dataclass(frozen=True)
class Metric:
    """A metric as it is searched: dimensions by name."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]


Holds = Callable[[Metric], bool]


@lru_cache(maxsize=256)
def compile(text: str) -> Holds:
    """The test that finds metrics; `RuleError` (ValidationError) for what cannot be read."""
    if not 1 <= len(text.strip()) <= MAX_LENGTH:
        raise RuleError(CODE, f"A search has 1 to {MAX_LENGTH} characters: a schema, terms or both")
    if ":aws." in text:
        raise NotSupported("SEARCH by account", "There is one account here: leave :aws. out.")
    tests = [_test(part) for part in _LANGUAGE.parse(_parser(), text).children if part is not None]
    return lambda metric: all(test(metric) for test in tests)


@cache
def _parser() -> Lark:
    return _LANGUAGE.build()


def _test(part: Node | Token) -> Holds:
    assert not isinstance(part, Token)
    nodes = [child for child in part.children if child is not None and not isinstance(child, Token)]
    match str(part.data):
        case "schema":
            return _schema([_word(node)[0] for node in nodes])
        case "negated":
            unwanted = _test(nodes[0])
            return lambda metric: not unwanted(metric)
        case "term":
            return _anywhere(*_word(nodes[0]))
        case "designated":
            return _designated(_word(nodes[0])[0], *_word(nodes[1]))
    tests = [_test(node) for node in nodes]
    if part.data == "any_of":
        return lambda metric: any(test(metric) for test in tests)
    return lambda metric: all(test(metric) for test in tests)


def _word(node: Node) -> tuple[str, bool]:
    """What a word says, and whether it stood in double quotes."""
    written = str(node.children[0])
    if written.startswith('"'):
        return re.sub(r"\\(.)", r"\1", written[1:-1]), True
    return written, False


def _schema(names: Sequence[str]) -> Holds:
    namespace, dimensions = names[0], set(names[1:])
    return lambda metric: (
        metric.namespace == namespace and (not dimensions or set(metric.dimensions) == dimensions)
    )


def _anywhere(term: str, exact: bool) -> Holds:
    fits = _fits(term, exact)
    return lambda metric: any(
        fits(text)
        for text in (
            metric.name,
            metric.namespace,
            *metric.dimensions,
            *metric.dimensions.values(),
        )
    )


def _designated(name: str, term: str, exact: bool) -> Holds:
    fits = _fits(term, exact)
    if name == "MetricName":
        return lambda metric: fits(metric.name)
    if name == "Namespace":
        return lambda metric: fits(metric.namespace)
    return lambda metric: name in metric.dimensions and fits(metric.dimensions[name])


def _fits(term: str, exact: bool) -> Callable[[str], bool]:
    if exact:
        return term.__eq__
    whole, wanted = _joined(term), _pattern(term)
    return lambda text: _joined(text) == whole or _contains(tokens(text), wanted)


def tokens(text: str) -> tuple[str, ...]:
    """The tokens of a name, in their own case: CPUUtilization2 -> CPU, Utilization, 2."""
    return tuple(re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+", text))


def _joined(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", text).lower()


def _pattern(term: str) -> list[tuple[str, bool]]:
    """The term's tokens in order, each with whether its case counts."""
    parts = [tokens(part) for part in re.split(r"[^A-Za-z0-9]+", term)]
    return [(token, len(part) > 1) for part in parts for token in part]


def _contains(found: Sequence[str], wanted: Sequence[tuple[str, bool]]) -> bool:
    starts = range(len(found) - len(wanted) + 1) if wanted else ()
    return any(all(_same(found[at + i], *each) for i, each in enumerate(wanted)) for at in starts)


def _same(token: str, wanted: str, cased: bool) -> bool:
    return token == wanted if cased else token.lower() == wanted.lower()


def labels(metrics: Sequence[Metric]) -> list[str]:
    """What tells the found metrics apart: the properties that are not the same for all of them."""
    rows = [
        [each.namespace, each.name, *(value for _, value in sorted(each.dimensions.items()))]
        for each in metrics
    ]
    if len({len(row) for row in rows}) > 1:
        return [" ".join(row) for row in rows]
    told = [at for at, column in enumerate(zip(*rows, strict=True)) if len(set(column)) > 1]
    return [" ".join(row[at] for at in told) or row[1] for row in rows]
