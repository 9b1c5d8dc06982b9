"""What the leading filters of a query say about the events, before any field is looked up.

Nothing here changes an answer; it spares work. A JSON document is read in two goes: first for the
fields that the leading filters name, then, for the rows that pass, for the others. And a filter
such as `level = "ERROR"` can only hold where ERROR stands somewhere in the message, which is far
cheaper to see than the field is. A JSON string may also spell a character as \\uXXXX: messages with
such an escape always pass. Only words that JSON writes in no other way are looked for, and only
fields found in the message count: whatever finds fields must take their letters from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from sqlglot import exp

from course.insights import nodes
from course.insights.hoist import names_in
from course.insights.values import Sql, balanced, call, text_literal

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{2,}")
_ESCAPE = "\\u"


def leading(stages: tuple[nodes.Stage, ...]) -> list[nodes.Filter]:
    """The filters before any other stage."""
    return [s for s in takewhile(lambda s: isinstance(s, nodes.Filter), stages)]  # type: ignore[misc]


def early_fields(stages: tuple[nodes.Stage, ...]) -> frozenset[tuple[str, ...]]:
    """The paths of the fields that the leading filters name."""
    return frozenset(node.parts for stage in leading(stages) for node in names_in(stage))


def rough_condition(stages: tuple[nodes.Stage, ...]) -> Sql | None:
    """A cheap condition on the message that every row wanted by the leading filters meets."""
    found = [words for stage in leading(stages) for words in _required(stage.condition)]
    if not found:
        return None
    return balanced(exp.And, [_any_of(words) for words in dict.fromkeys(found)])


def _any_of(words: tuple[str, ...]) -> Sql:
    message = exp.column("@message", quoted=True)
    return balanced(exp.Or, [call("contains", message, text_literal(w)) for w in (*words, _ESCAPE)])


def _required(node: nodes.Expr) -> Iterator[tuple[str, ...]]:
    """Sets of words: of each set at least one stands in every message that meets `node`."""
    match node:
        case nodes.Logical(operator="and"):
            for term in node.terms:
                yield from _required(term)
        case nodes.Logical(operator="or"):
            sets = [next(_required(term), None) for term in node.terms]
            if all(sets):
                yield tuple(dict.fromkeys(word for words in sets for word in words or ()))
        case nodes.Compare(operator="="):
            yield from _of_pair(node.left, node.right)
            yield from _of_pair(node.right, node.left)
        case nodes.In(negated=False) if node.choices:
            words = [c.value for c in node.choices if isinstance(c, nodes.Text)]
            if _discovered(node.operand) and len(words) == len(node.choices):
                yield from _words(words)


def _of_pair(field: nodes.Expr, value: nodes.Expr) -> Iterator[tuple[str, ...]]:
    if _discovered(field) and isinstance(value, nodes.Text):
        yield from _words([value.value])


def _words(words: list[str]) -> Iterator[tuple[str, ...]]:
    if all(map(_WORD.fullmatch, words)):
        yield tuple(words)


def _discovered(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Field) and not node.name.startswith("@")
