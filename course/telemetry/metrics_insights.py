"""Metrics Insights: SELECT ... FROM ... over all metrics of a namespace.

Follows the CloudWatch User Guide, "Metrics Insights query components and syntax". Keywords may be
written in any case; names with anything but letters, digits and underscore stand in double quotes,
values in single quotes. Groups come in alphabetical order unless ORDER BY says otherwise.

Left out, and refused by name: tags and account ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from lark import Lark
from lark.lexer import Token

from course.telemetry import metrics
from course.telemetry.errors import NotSupported, RuleError
from course.telemetry.grammar import Language, Node

CODE = "ValidationError"
MAX_SERIES = 500
OTHER = "Other"
STATISTICS = {
    "AVG": "Average",
    "COUNT": "SampleCount",
    "MAX": "Maximum",
    "MIN": "Minimum",
    "SUM": "Sum",
}
_ORDER: dict[str, Callable[[Sequence[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values),
    "COUNT": lambda values: float(len(values)),
    "MAX": max,
    "MIN": min,
    "SUM": sum,
}

_LANGUAGE = Language(
    name="Metrics Insights",
    code=CODE,
    grammar=r"""
        start: SELECT function FROM source where? group? order? limit?
        function: FUNCTION "(" name ")"
        ?source: name | schema
        schema: SCHEMA "(" name ("," name)* ")"
        where: WHERE condition (AND condition)*
        condition: name SIGN VALUE
        group: GROUP BY name ("," name)*
        order: ORDER BY FUNCTION "(" ")" [ASC | DESC]
        limit: LIMIT NUMBER
        name: NAME | QUOTED
        SELECT.2: /SELECT\b/i
        FROM.2: /FROM\b/i
        SCHEMA.2: /SCHEMA(?=\s*\()/i
        WHERE.2: /WHERE\b/i
        AND.2: /AND\b/i
        GROUP.2: /GROUP\b/i
        ORDER.2: /ORDER\b/i
        BY.2: /BY\b/i
        ASC.2: /ASC\b/i
        DESC.2: /DESC\b/i
        LIMIT.2: /LIMIT\b/i
        FUNCTION.2: /(AVG|COUNT|MAX|MIN|SUM)(?=\s*\()/i
        SIGN: "=" | "!="
        NUMBER: /\d+/
        NAME: /[A-Za-z_][A-Za-z0-9_.:]*/
        QUOTED: /"(\\.|[^"\\])+"/
        VALUE: /'(\\.|[^'\\])*'/
        %ignore /\s+/
    """,
    words={
        "FUNCTION": "AVG, COUNT, MAX, MIN or SUM",
        "FROM": "FROM",
        "WHERE": "WHERE",
        "AND": "AND",
        "GROUP": "GROUP BY",
        "ORDER": "ORDER BY",
        "BY": "BY",
        "LIMIT": "LIMIT",
        "NAME": "a name",
        "QUOTED": "a name",
        "VALUE": "a value in single quotes",
        "SIGN": "= or !=",
        "NUMBER": "a number",
        "LPAR": "'('",
        "RPAR": "')'",
        "COMMA": "','",
        "$END": "the end",
    },
)

Record = Mapping[str, Any]
Metric = tuple[str, str, Mapping[str, str]]


@dataclass(frozen=True)
class Query:
    """A query. schema: the exact dimensions, None for any; order: (function, descending)."""

    function: str
    metric: str
    namespace: str
    schema: frozenset[str] | None
    conditions: tuple[tuple[str, str, str], ...]
    groups: tuple[str, ...]
    order: tuple[str, bool] | None
    limit: int

    def takes(self, namespace: str, name: str, dimensions: Mapping[str, str]) -> bool:
        """Whether the query is about this metric."""
        return (
            (namespace, name) == (self.namespace, self.metric)
            and (self.schema is None or self.schema == dimensions.keys())
            and all(
                (dimensions.get(key) == value) is (sign == "=")
                for key, sign, value in self.conditions
            )
        )

    def label(self, dimensions: Mapping[str, str]) -> str:
        """The group that a metric falls into."""
        return " ".join(dimensions.get(key, OTHER) for key in self.groups)


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """The query, or a `RuleError` (ValidationError) with the place of the mistake."""
    found = _LANGUAGE.parse(_parser(), text).children
    parts = {str(node.data): node for node in found if node is not None and _is_node(node)}
    function = parts["function"]
    source = [_name(each) for each in _names(parts.get("schema") or parts["name"])]
    order = parts.get("order")
    limit = int(_tokens(parts["limit"])[-1]) if "limit" in parts else MAX_SERIES
    if not 1 <= limit <= MAX_SERIES:
        raise RuleError(CODE, f"Metrics Insights: LIMIT must be 1 to {MAX_SERIES}")
    query = Query(
        function=_tokens(function)[0].upper(),
        metric=_name(_names(function)[0]),
        namespace=source[0],
        schema=frozenset(source[1:]) if "schema" in parts else None,
        conditions=tuple(_condition(each) for each in _nodes(parts.get("where"))),
        groups=tuple(_name(each) for each in _names(parts.get("group"))),
        order=_order(_tokens(order)) if order is not None else None,
        limit=limit,
    )
    _refuse_tags(query)
    return query


def run(
    query: Query,
    series: Iterable[tuple[Mapping[str, str], Sequence[Record]]],
    *,
    period: int,
    start: float,
    end: float,
    now: float,
) -> list[tuple[str, list[tuple[int, float]]]]:
    """The lines by group, "" without GROUP BY. series: the data of each metric it `takes`."""
    held: dict[str, list[Record]] = {} if query.groups else {"": []}
    for dimensions, records in series:
        held.setdefault(query.label(dimensions), []).extend(records)
    statistic = STATISTICS[query.function]
    found = [
        (label, metrics.bucket(records, period, start, end, statistic, now=now))
        for label, records in sorted(held.items())
    ]
    if query.order is not None:
        function, descending = query.order
        filled = [line for line in found if line[1]]
        filled.sort(key=lambda line: _ORDER[function]([v for _, v in line[1]]), reverse=descending)
        found = [*filled, *(line for line in found if not line[1])]
    return found[: query.limit]


@cache
def _parser() -> Lark:
    return _LANGUAGE.build()


def _is_node(part: Node | Token) -> bool:
    return not isinstance(part, Token)


def _nodes(node: Node | None) -> list[Node]:
    return [] if node is None else [each for each in node.children if isinstance(each, type(node))]


def _names(node: Node | None) -> list[Node]:
    if node is None or node.data == "name":
        return [] if node is None else [node]
    return [each for each in _nodes(node) if each.data == "name"]


def _tokens(node: Node) -> list[str]:
    return [str(each) for each in node.children if isinstance(each, Token)]


def _name(node: Node) -> str:
    written = str(node.children[0])
    return _bare(written) if written.startswith('"') else written


def _bare(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted[1:-1])


def _condition(node: Node) -> tuple[str, str, str]:
    sign, value = _tokens(node)
    return _name(_names(node)[0]), sign, _bare(value)


def _order(words: Sequence[str]) -> tuple[str, bool]:
    function = next(word.upper() for word in words if word.upper() in _ORDER)
    return function, words[-1].upper() == "DESC"


def _refuse_tags(query: Query) -> None:
    for key in (*query.groups, *(key for key, _, _ in query.conditions)):
        if key.startswith(("tag.", "AWS.")):
            raise NotSupported(f"Metrics Insights by {key}", "Use the metric's dimensions.")
