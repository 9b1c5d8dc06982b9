"""The grammar rules of SOURCE and filterIndex, and of queries inside queries.

Follows the CloudWatch Logs User Guide, "SOURCE" (limits of its lists included) and "filterIndex".
The guide's text says `logGroupClass`, its examples `class`: both are read.
"""

from __future__ import annotations

from typing import Any

from lark import Token, Transformer_NonRecursive, v_args

from course.insights import nodes, table_nodes
from course.insights.errors import QueryError, nearest

EXAMPLE = 'SOURCE logGroups(namePrefix: ["/aws/lambda"]) | fields @message'
_MOST = {"prefixes": 5, "accounts": 20, "classes": 2, "data_sources": 10, "tags": 5}
_KEYS = {
    "nameprefix": "prefixes",
    "accountidentifier": "accounts",
    "class": "classes",
    "loggroupclass": "classes",
}
_SPELLED = ("namePrefix", "accountIdentifier", "class")
_CLASSES = ("STANDARD", "INFREQUENT_ACCESS")


def span_of(meta: Any) -> nodes.Span:
    return (0, 0) if meta.empty else (meta.start_pos, meta.end_pos)


@v_args(meta=True)
class SourceRules(Transformer_NonRecursive):  # type: ignore[misc]
    """Mixed into the parser's builder; `text` is the query."""

    text: str

    def subquery(self, meta: Any, children: list[Any]) -> nodes.Query:
        (stages,) = children
        start, end = span_of(meta)
        return nodes.Query(tuple(stages), self.text[start:end])

    def filter_index(self, meta: Any, children: list[Any]) -> table_nodes.FilterIndex:
        field, operator, value = children
        span = span_of(meta)
        if operator not in ("=", "=="):
            raise QueryError(
                "`filterIndex` takes = or in", span=span, example='filterIndex requestId = "a1"'
            )
        return table_nodes.FilterIndex(field, nodes.Compare("=", field, value, span), span)

    def filter_index_in(self, meta: Any, children: list[Any]) -> table_nodes.FilterIndex:
        field, *choices = children
        span = span_of(meta)
        kept = tuple(choice for choice in choices if choice is not None)
        return table_nodes.FilterIndex(field, nodes.In(field, kept, False, span), span)

    # what SOURCE lists ----------------------------------------------------------------------
    def bare_group(self, meta: Any, children: list[Any]) -> tuple[str, Any]:
        return "names", str(children[0])

    def quoted_group(self, meta: Any, children: list[Any]) -> tuple[str, Any]:
        return "names", children[0].value

    def texts(self, meta: Any, children: list[Any]) -> tuple[str, ...]:
        return tuple(child.value for child in children)

    def group_filter(self, meta: Any, children: list[Any]) -> tuple[str, Any]:
        key, values = children
        kind = _KEYS.get(key.lower())
        if kind is None:
            raise QueryError(
                f"`logGroups` has no filter `{key}`",
                span=(key.start_pos, key.end_pos),
                expected=_SPELLED,
                suggestion=nearest(key, _SPELLED),
                example=EXAMPLE,
            )
        for value in values if kind == "classes" else ():
            if value not in _CLASSES:
                raise QueryError(
                    f"`{value}` is no log class", span=span_of(meta), expected=_CLASSES
                )
        return kind, values

    def group_filters(self, meta: Any, children: list[Any]) -> tuple[str, Any]:
        return "filters", [child for child in children if child is not None]

    def data_sources(self, meta: Any, children: list[Any]) -> tuple[str, Any]:
        return "filters", [("data_sources", children[0])]

    def tag_pair(self, meta: Any, children: list[Any]) -> tuple[str, Any]:
        key, value = children
        return key.value, value if isinstance(value, tuple) else value.value

    def tag_filter(self, meta: Any, children: list[Any]) -> tuple[str, tuple[str, ...]]:
        read = dict(children)
        key, values = read.get("key"), read.get("values")
        if len(read) != 2 or not isinstance(key, str) or not isinstance(values, tuple):
            raise QueryError(
                'A tag filter has a "key" and its "values"',
                span=span_of(meta),
                example='SOURCE logGroupTags([{"key": "env", "values": ["prod", "test*"]}])',
            )
        if len(values) > _MOST["tags"]:
            raise QueryError("A tag filter has at most 5 values", span=span_of(meta))
        return key, values

    def tag_filters(self, meta: Any, children: list[Any]) -> tuple[str, Any]:
        return "filters", [("tags", tuple(children))]

    def source(self, meta: Any, children: list[Any]) -> table_nodes.Source:
        *items, start, end = children
        span = span_of(meta)
        lists: dict[str, tuple[Any, ...]] = dict.fromkeys(_MOST, ())
        names = tuple(value for kind, value in items if kind == "names")
        for _, filters in [item for item in items if item[0] == "filters"]:
            for kind, values in filters:
                lists[kind] += tuple(values)
        for kind, most in _MOST.items():
            if len(lists[kind]) > most:
                word = kind.replace("_", " ")
                raise QueryError(f"SOURCE takes at most {most} {word}", span=span, example=EXAMPLE)
        everything = not names and not any(lists.values())
        times = (_moment(start), _moment(end))
        return table_nodes.Source(
            names, **lists, everything=everything, start=times[0], end=times[1], span=span
        )


def _moment(token: Token | None) -> str | None:
    return None if token is None else str(token).lower()
