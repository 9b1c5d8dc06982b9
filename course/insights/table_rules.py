"""One method per grammar rule of the commands over several tables and over sequences of rows.

Options (`name=value`) are read by the grammar in any order and checked here, by command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lark import Token, v_args

from course.insights import nodes, table_nodes
from course.insights.errors import QueryError, nearest
from course.insights.source_rules import SourceRules, span_of

_P_MOST = 1000
_EXAMPLES = {
    "join": 'join type=inner left=a right=b where a.id = b.id (SOURCE "orders" | fields id, total)',
    "appendcols": "appendcols override=false max=100 (stats count(*) as n by level)",
    "addtotals": "addtotals fieldname=Total row=true col=false",
    "autoregress": "autoregress ms p=1-3",
    "outlier": "outlier action=remove param=2.5 ms",
}
Check = Callable[[Token], Any]


def _span_of_token(token: Token) -> nodes.Span:
    assert token.start_pos is not None and token.end_pos is not None
    return token.start_pos, token.end_pos


def _refused(command: str, token: Token, wanted: str) -> QueryError:
    message = f"`{command}` takes {wanted} here"
    return QueryError(message, span=_span_of_token(token), example=_EXAMPLES[command])


def _switch(command: str) -> Check:
    def check(token: Token) -> bool:
        if token.lower() not in ("true", "false"):
            raise _refused(command, token, "true or false")
        return bool(token.lower() == "true")

    return check


def _word(command: str, *choices: str) -> Check:
    def check(token: Token) -> str:
        if choices and token.lower() not in choices:
            raise _refused(command, token, " or ".join(choices))
        return token.lower() if choices else _name(command, token)

    return check


def _name(command: str, token: Token) -> str:
    if token.type != "NAME" or "." in token:
        raise _refused(command, token, "a plain name")
    return str(token).strip("`")


def _count(command: str, most: int) -> Check:
    def check(token: Token) -> int:
        if not token.isdigit() or not 1 <= int(token) <= most:
            raise _refused(command, token, f"a whole number from 1 to {most}")
        return int(token)

    return check


def _range(token: Token) -> tuple[int, int]:
    first, _, last = re.sub(r"\s", "", token).partition("-")
    if not first.isdigit() or not 1 <= int(first) <= int(last or first) <= _P_MOST:
        raise _refused("autoregress", token, f"a number or a range from 1 to {_P_MOST}")
    return int(first), int(last or first)


def _factor(token: Token) -> nodes.Number:
    if token.type != "NUMBER":
        raise _refused("outlier", token, "a number")
    return nodes.Number(float(token), str(token), _span_of_token(token))


def _options(command: str, given: list[Any], known: Mapping[str, Check]) -> dict[str, Any]:
    """The options of a command, checked; one that it does not have is refused by name."""
    read: dict[str, Any] = {}
    for option in given:
        key, value = option
        name = key.rstrip("=").strip()
        if name.lower() not in known:
            raise QueryError(
                f"`{command}` has no option `{name}`",
                span=_span_of_token(key),
                expected=known,
                suggestion=nearest(name, known),
                example=_EXAMPLES[command],
            )
        read[name.lower()] = known[name.lower()](value)
    return read


def _split(children: list[Any]) -> tuple[list[Any], list[Any]]:
    """Options (tuples) and the rest."""
    given = [child for child in children if type(child) is tuple]
    return given, [child for child in children if type(child) is not tuple and child is not None]


@v_args(meta=True)
class TableRules(SourceRules):
    """Mixed into the parser's builder; `text` is the query."""

    def option(self, meta: Any, children: list[Any]) -> tuple[Token, Token]:
        key, value = children
        return key, value

    # several tables -------------------------------------------------------------------------
    def in_query(self, meta: Any, children: list[Any]) -> table_nodes.InQuery:
        operand, negated, query = children
        return table_nodes.InQuery(operand, query, negated is not None, span_of(meta))

    def join(self, meta: Any, children: list[Any]) -> table_nodes.Join:
        given, (left, operator, right, query) = _split(children)
        known = {
            "type": _word("join", "inner", "left"),
            "left": _word("join"),
            "right": _word("join"),
        }
        read = _options("join", given, known)
        sides = read.get("left"), read.get("right")
        keys = _keys(sides, (left, right))
        if keys is None or operator not in ("=", "==") or sides[0] == sides[1]:
            raise QueryError(
                "`join` names two sides and compares a field of each with =",
                span=(left.span[0], right.span[1]),
                example=_EXAMPLES["join"],
            )
        outer = read.get("type") == "left"
        assert sides[0] and sides[1]
        return table_nodes.Join(outer, sides[0], sides[1], *keys, query, span_of(meta))

    def appendcols(self, meta: Any, children: list[Any]) -> table_nodes.AppendCols:
        given, (query,) = _split(children)
        known = {"override": _switch("appendcols"), "max": _count("appendcols", 100_000)}
        read = _options("appendcols", given, known)
        override, most = read.get("override", False), read.get("max", 10_000)
        return table_nodes.AppendCols(override, most, query, span_of(meta))

    def pair(self, meta: Any, children: list[Any]) -> table_nodes.Pair:
        column, field = children
        return table_nodes.Pair(column, field or column)

    def pairs(self, meta: Any, children: list[Any]) -> tuple[Any, ...]:
        return tuple(children)

    def lookup(self, meta: Any, children: list[Any]) -> table_nodes.Lookup:
        table, matches, word, outputs = children
        only_new = word.lower() == "outputnew"
        return table_nodes.Lookup(table.name, matches, outputs, only_new, span_of(meta))

    def cidrlookup(self, meta: Any, children: list[Any]) -> table_nodes.CidrLookup:
        table, address, column, word, outputs = children
        only_new = word.lower() == "outputnew"
        span = span_of(meta)
        return table_nodes.CidrLookup(table.name, address, column, outputs, only_new, span)

    # sequences ------------------------------------------------------------------------------
    def unmask(self, meta: Any, children: list[Any]) -> table_nodes.Unmask:
        return table_nodes.Unmask(tuple(children), span_of(meta))

    def addtotals(self, meta: Any, children: list[Any]) -> table_nodes.AddTotals:
        given, fields = _split(children)
        known = {
            "fieldname": _word("addtotals"),
            "row": _switch("addtotals"),
            "col": _switch("addtotals"),
        }
        read = _options("addtotals", given, known)
        name = nodes.Field((read.get("fieldname", "Total"),), span_of(meta))
        row, col = read.get("row", True), read.get("col", False)
        return table_nodes.AddTotals(name, row, col, tuple(fields), span_of(meta))

    def accum(self, meta: Any, children: list[Any]) -> table_nodes.Accum:
        field, alias = children
        return table_nodes.Accum(field, alias, span_of(meta))

    def autoregress(self, meta: Any, children: list[Any]) -> table_nodes.Autoregress:
        field, alias, option = children
        read = _options("autoregress", [option] if option else [], {"p": _range})
        first, last = read.get("p", (1, 1))
        if alias is not None and last > first:
            raise QueryError(
                "`as` names one column; a range of p makes several, named by the field",
                span=alias.span,
                example=_EXAMPLES["autoregress"],
            )
        return table_nodes.Autoregress(field, alias, first, last, span_of(meta))

    def filldown(self, meta: Any, children: list[Any]) -> table_nodes.FillDown:
        return table_nodes.FillDown(tuple(c for c in children if c is not None), span_of(meta))

    def glob(self, meta: Any, children: list[Any]) -> nodes.Text:
        return nodes.Text(str(children[0]), span_of(meta))

    def fill(self, meta: Any, children: list[Any]) -> tuple[Any, ...]:
        return tuple(children)

    def fillmissing(self, meta: Any, children: list[Any]) -> table_nodes.FillMissing:
        values = tuple(child for child in children if child is not None)
        return table_nodes.FillMissing(values, span_of(meta))

    def outlier(self, meta: Any, children: list[Any]) -> table_nodes.Outlier:
        given, fields = _split(children)
        known: dict[str, Check] = {
            "action": _word("outlier", "remove", "transform"),
            "param": _factor,
            "uselower": _switch("outlier"),
            "mark": _switch("outlier"),
        }
        read = _options("outlier", given, known)
        factor = read.get("param", nodes.Number(2.5, "2.5", span_of(meta)))
        return table_nodes.Outlier(
            read.get("action") == "remove",
            factor,
            read.get("uselower", False),
            read.get("mark", False),
            tuple(fields),
            span_of(meta),
        )

    def sessionize(self, meta: Any, children: list[Any]) -> table_nodes.Sessionize:
        *fields, gap, alias = children
        return table_nodes.Sessionize(tuple(fields), gap, alias, span_of(meta))

    def count_frequent(self, meta: Any, children: list[Any]) -> table_nodes.CountFrequent:
        return table_nodes.CountFrequent(tuple(children), span_of(meta))

    def estimate(self, meta: Any, children: list[Any]) -> table_nodes.Estimate:
        return table_nodes.Estimate(span_of(meta))


def _keys(
    sides: tuple[str | None, str | None], written: tuple[nodes.Field, nodes.Field]
) -> tuple[nodes.Field, nodes.Field] | None:
    """The keys without their side, left one first; None when they do not name both sides."""
    by_side = {
        field.parts[0]: nodes.Field(field.parts[1:], field.span)
        for field in written
        if len(field.parts) > 1
    }
    if set(by_side) != set(sides) or len(by_side) < 2:
        return None
    assert sides[0] and sides[1]
    return by_side[sides[0]], by_side[sides[1]]
