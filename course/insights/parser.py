"""Text to syntax tree: lark's LALR parser, then one small method per node.

Follows the CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax". Only the
commands of grammar.lark are run; every other real command is refused by its name. LALR with the
contextual lexer, because a slash is a division after an operand and opens a regex elsewhere.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree, v_args
from lark.exceptions import UnexpectedInput, VisitError

from course.insights import nodes
from course.insights.errors import QueryError
from course.insights.pattern_rules import PatternRules
from course.insights.periods import UNIT_OF
from course.insights.refusals import explain_refusal
from course.insights.structure_rules import StructureRules
from course.insights.table_rules import TableRules

MAX_CHARACTERS = 10_000
MAX_DEPTH = 40
MAX_TERMS = 1_000
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"'}


@lru_cache(maxsize=1)
def _lark() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar, start="query", parser="lalr", propagate_positions=True, maybe_placeholders=True
    )


@lru_cache(maxsize=512)
def parse(query: str) -> nodes.Query:
    """Read `query` into a tree; raise QueryError, with place and remedy, when it cannot be read."""
    try:
        return _parse(query)
    except QueryError as error:
        raise error.attach(query) from None


def _parse(query: str) -> nodes.Query:
    if len(query) > MAX_CHARACTERS:
        raise QueryError(
            f"A query has at most {MAX_CHARACTERS:,} characters; this one has {len(query):,}",
            span=(MAX_CHARACTERS, len(query)),
        )
    _refuse_no_text(query)
    try:
        tree = _lark().parse(query)
    except UnexpectedInput as error:
        raise explain_refusal(query, error) from None
    _refuse_depth(tree)
    try:
        stages = _Builder(query).transform(tree)
    except VisitError as error:
        raise error.orig_exc from None
    return nodes.Query(tuple(stages), query)


def _refuse_no_text(query: str) -> None:
    """NUL and halves of surrogate pairs: nothing that a database takes as text."""
    found = re.search("[\x00\ud800-\udfff]", query)
    if found:
        raise QueryError("The query holds a character that is no text", span=found.span())


def _refuse_depth(tree: Any) -> None:
    """A tree too deep for Python's stack is refused here, before anything walks it recursively."""
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH or len(node.children) > MAX_TERMS:
            span = (node.meta.start_pos, node.meta.end_pos) if not node.meta.empty else (0, 0)
            raise QueryError(
                f"This expression is nested or chained too deeply (more than {MAX_DEPTH} levels)",
                span=span,
                example="fields a + b as c | fields c * 2 as d",
            )
        waiting.extend((child, depth + 1) for child in node.children if isinstance(child, Tree))


def _unquote(token: str) -> str:
    """The text of a string literal. Documented escapes only; any other backslash stays as it is."""
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), token[1:-1], flags=re.DOTALL)


def _keys(path: str) -> tuple[str, ...]:
    """The keys of `.a[0].`b.c``."""
    return tuple(a or b for a, b in re.findall(r"`([^`]+)`|(\w+)", path))


def _name_parts(token: str) -> tuple[str, ...]:
    at = re.match(r"@*", token)
    prefix = at[0] if at else ""
    rest = token[len(prefix) :]
    # `b.@log` is the right side's @log after `join`.
    found = re.findall(r"(@*)(?:`([^`]+)`|(\w+)|\[(\d+)\])", rest)
    parts = [at + (a or b or c) for at, a, b, c in found]
    return (prefix + parts[0], *parts[1:])


def _span(meta: Any) -> nodes.Span:
    return (0, 0) if meta.empty else (meta.start_pos, meta.end_pos)


def _token_span(token: Token) -> nodes.Span:
    assert token.start_pos is not None and token.end_pos is not None
    return token.start_pos, token.end_pos


@v_args(meta=True)
class _Builder(PatternRules, StructureRules, TableRules):
    """One method per rule of the grammar; each returns a node of `nodes`."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    # stages ---------------------------------------------------------------------------------
    def query(self, meta: Any, stages: list[Any]) -> list[nodes.Stage]:
        for stage in stages[1:]:
            if isinstance(stage, nodes.Filter) and isinstance(stage.condition, nodes.Like):
                _refuse_late_search(stage)
        return stages

    def fields(self, meta: Any, items: list[Any]) -> nodes.Fields:
        return nodes.Fields(tuple(items), _span(meta))

    def display(self, meta: Any, items: list[Any]) -> nodes.Display:
        return nodes.Display(tuple(items), _span(meta))

    def filter(self, meta: Any, children: list[Any]) -> nodes.Filter:
        return nodes.Filter(children[0], _span(meta))

    def full_text(self, meta: Any, children: list[Any]) -> nodes.Filter:
        span = _span(meta)
        message = nodes.Field(("@message",), span)
        words = nodes.Text(_unquote(children[0]), span)
        return nodes.Filter(nodes.Like(message, words, False, span), span)

    def parse(self, meta: Any, children: list[Any]) -> nodes.Parse:
        source, pattern, names, multi = children
        node = self._pattern(pattern)
        if multi is not None and isinstance(node, nodes.Text):
            raise QueryError(
                "`multi` belongs to a regex",
                span=_token_span(multi),
                example=r"parse @message /(\d+) ms/ as ms multi",
            )
        return nodes.Parse(source, node, tuple(names or ()), _span(meta), multi is not None)

    def names(self, meta: Any, children: list[Any]) -> list[Any]:
        return children

    def sort(self, meta: Any, keys: list[Any]) -> nodes.Sort:
        return nodes.Sort(tuple(keys), _span(meta))

    def sort_key(self, meta: Any, children: list[Any]) -> nodes.SortKey:
        field, direction = children
        return nodes.SortKey(field, direction is not None and direction.lower() == "desc")

    def limit(self, meta: Any, children: list[Any]) -> nodes.Limit:
        return nodes.Limit(self._row_count(children[0]), _span(meta))

    def tail(self, meta: Any, children: list[Any]) -> nodes.Limit:
        return nodes.Limit(self._row_count(children[0]), _span(meta), last=True)

    def _row_count(self, token: Token) -> int:
        if not token.isdigit() or not 1 <= int(token) <= 100_000:
            raise QueryError(
                "`limit` takes a whole number from 1 to 100000",
                span=_token_span(token),
                example="limit 20",
            )
        return int(token)

    def stats(self, meta: Any, children: list[Any]) -> nodes.Stats:
        items, by, offset = children
        return nodes.Stats(tuple(items), tuple(by or ()), _span(meta), offset)

    def items(self, meta: Any, children: list[Any]) -> list[Any]:
        return children

    def dedup(self, meta: Any, children: list[Any]) -> nodes.Dedup:
        return nodes.Dedup(tuple(children), _span(meta))

    def item(self, meta: Any, children: list[Any]) -> nodes.Item:
        expression, alias = children
        span = _span(meta)
        name = None if alias is None else alias.name
        return nodes.Item(expression, name, self._source(span), span)

    # expressions ----------------------------------------------------------------------------
    def or_expr(self, meta: Any, terms: list[Any]) -> nodes.Logical:
        return nodes.Logical("or", tuple(terms), _span(meta))

    def and_expr(self, meta: Any, terms: list[Any]) -> nodes.Logical:
        return nodes.Logical("and", tuple(terms), _span(meta))

    def negation(self, meta: Any, children: list[Any]) -> nodes.Not:
        return nodes.Not(children[-1], _span(meta))

    def compare(self, meta: Any, children: list[Any]) -> nodes.Compare:
        left, operator, right = children
        spelled = "=" if operator == "==" else str(operator)
        return nodes.Compare(spelled, left, right, _span(meta))

    def like(self, meta: Any, children: list[Any]) -> nodes.Like:
        operand, negated, pattern = children
        return nodes.Like(operand, self._pattern(pattern), negated is not None, _span(meta))

    def matches(self, meta: Any, children: list[Any]) -> nodes.Like:
        return nodes.Like(children[0], self._pattern(children[1]), False, _span(meta))

    def membership(self, meta: Any, children: list[Any]) -> nodes.In:
        operand, negated, *choices = children
        kept = tuple(choice for choice in choices if choice is not None)
        return nodes.In(operand, kept, negated is not None, _span(meta))

    def arithmetic(self, meta: Any, children: list[Any]) -> nodes.Arithmetic:
        left, operator, right = children
        return nodes.Arithmetic(str(operator), left, right, _span(meta))

    def negative(self, meta: Any, children: list[Any]) -> nodes.Negative:
        return nodes.Negative(children[1], _span(meta))

    def call(self, meta: Any, children: list[Any]) -> nodes.Call:
        name, arguments = children
        span = _span(meta)
        return nodes.Call(str(name), tuple(arguments or ()), self._source(span), span)

    def reach(self, meta: Any, children: list[Any]) -> nodes.Reach:
        whole, part = children
        return nodes.Reach(whole, _keys(part), _span(meta))

    def arguments(self, meta: Any, children: list[Any]) -> list[Any]:
        return children

    def star(self, meta: Any, children: list[Any]) -> nodes.Star:
        return nodes.Star(_span(meta))

    def field(self, meta: Any, children: list[Any]) -> nodes.Field:
        return nodes.Field(_name_parts(children[0]), _span(meta))

    def number(self, meta: Any, children: list[Any]) -> nodes.Number:
        text = "".join(children)
        return nodes.Number(float(text), text, _span(meta))

    def string(self, meta: Any, children: list[Any]) -> nodes.Text:
        return nodes.Text(_unquote(children[0]), _span(meta))

    def boolean(self, meta: Any, children: list[Any]) -> nodes.Boolean:
        return nodes.Boolean(children[0].lower() == "true", _span(meta))

    def regex(self, meta: Any, children: list[Any]) -> nodes.Regex:
        pattern = self._pattern(children[0])
        assert isinstance(pattern, nodes.Regex)
        return pattern

    def period(self, meta: Any, children: list[Any]) -> nodes.Period:
        digits = re.match(r"\d+", children[0])
        assert digits
        unit = UNIT_OF[children[0][digits.end() :].lower()]
        if not 1 <= int(digits[0]) <= 1_000_000:
            raise QueryError("A period counts from 1 to 1000000 units", span=_span(meta))
        return nodes.Period(int(digits[0]), unit, _span(meta))

    # parts ----------------------------------------------------------------------------------
    def _pattern(self, token: Token) -> nodes.Text | nodes.Regex:
        span = _token_span(token)
        if token.type == "STRING":
            return nodes.Text(_unquote(token), span)
        return nodes.Regex(token[1:-1].replace("\\/", "/"), span)

    def _source(self, span: nodes.Span) -> str:
        """The text as written, its line ends and comments made one blank."""
        return re.sub(r"(?:\s*#[^\n]*)?\s*\n\s*", " ", self.text[span[0] : span[1]]).strip()


def _refuse_late_search(stage: nodes.Filter) -> None:
    assert isinstance(stage.condition, nodes.Like)
    if stage.condition.span == stage.span:
        raise QueryError(
            "A bare string searches the messages only as the first stage",
            span=stage.span,
            example='filter @message like "timeout"',
        )
