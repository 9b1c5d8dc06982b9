"""The syntax tree of a Logs Insights query: frozen dataclasses, no behaviour.

Every node carries its span, the character offsets in the query (end exclusive), for error messages
and for the names of unaliased expressions, which AWS takes from the text as written.
"""

from __future__ import annotations

from dataclasses import dataclass

from course.insights.pattern_nodes import PatternStage
from course.insights.structure_nodes import StructureStage
from course.insights.table_nodes import InQuery, TableStage

Span = tuple[int, int]


@dataclass(frozen=True)
class Number:
    value: float
    text: str
    span: Span


@dataclass(frozen=True)
class Text:
    value: str
    span: Span


@dataclass(frozen=True)
class Regex:
    pattern: str
    span: Span


@dataclass(frozen=True)
class Boolean:
    value: bool
    span: Span


@dataclass(frozen=True)
class Period:
    """A length of time as written: `5m` is count 5, unit "m" (see `periods`)."""

    count: int
    unit: str
    span: Span


@dataclass(frozen=True)
class Field:
    """A field by its path: `a.0.b` has parts ("a", "0", "b"); backticks join a part with dots."""

    parts: tuple[str, ...]
    span: Span

    @property
    def name(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Star:
    """The `*` of `count(*)`."""

    span: Span


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple[Expr, ...]
    text: str
    span: Span


@dataclass(frozen=True)
class Reach:
    """`call(...).key[0]`: a part of a map or list that an expression gives."""

    whole: Expr
    keys: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class Negative:
    operand: Expr
    span: Span


@dataclass(frozen=True)
class Arithmetic:
    operator: str
    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True)
class Compare:
    """`operator` is one of = != < <= > >=."""

    operator: str
    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True)
class Like:
    """`like`, `not like` and `=~`: substring for a Text pattern, search for a Regex."""

    operand: Expr
    pattern: Text | Regex
    negated: bool
    span: Span


@dataclass(frozen=True)
class In:
    operand: Expr
    choices: tuple[Number | Text | Boolean, ...]
    negated: bool
    span: Span


@dataclass(frozen=True)
class Logical:
    """`operator` is "and" or "or", over two terms or more."""

    operator: str
    terms: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True)
class Not:
    operand: Expr
    span: Span


Expr = (
    Number
    | Text
    | Regex
    | Boolean
    | Period
    | Field
    | Star
    | Call
    | Reach
    | Negative
    | Arithmetic
    | Compare
    | Like
    | In
    | InQuery
    | Logical
    | Not
)


@dataclass(frozen=True)
class Item:
    """`expression [as alias]`; `text` is the item as written, its name when there is no alias."""

    expression: Expr
    alias: str | None
    text: str
    span: Span

    @property
    def name(self) -> str:
        if self.alias is not None:
            return self.alias
        return self.expression.name if isinstance(self.expression, Field) else self.text


@dataclass(frozen=True)
class Fields:
    items: tuple[Item, ...]
    span: Span


@dataclass(frozen=True)
class Display:
    items: tuple[Item, ...]
    span: Span


@dataclass(frozen=True)
class Filter:
    condition: Expr
    span: Span


@dataclass(frozen=True)
class Parse:
    """`source` None means @message; `names` is empty when a regex names its own groups."""

    source: Field | None
    pattern: Text | Regex
    names: tuple[Field, ...]
    span: Span
    multi: bool = False


@dataclass(frozen=True)
class SortKey:
    field: Field
    descending: bool


@dataclass(frozen=True)
class Sort:
    keys: tuple[SortKey, ...]
    span: Span


@dataclass(frozen=True)
class Limit:
    """`last`: the last rows, not the first ones (`tail`)."""

    count: int
    span: Span
    last: bool = False


@dataclass(frozen=True)
class Stats:
    items: tuple[Item, ...]
    by: tuple[Item, ...]
    span: Span
    offset: Period | None = None


@dataclass(frozen=True)
class Dedup:
    fields: tuple[Field, ...]
    span: Span


Stage = (
    Fields
    | Display
    | Filter
    | Parse
    | Sort
    | Limit
    | Stats
    | Dedup
    | TableStage
    | StructureStage
    | PatternStage
)


@dataclass(frozen=True)
class Query:
    stages: tuple[Stage, ...]
    text: str
