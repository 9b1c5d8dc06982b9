"""Syntax tree nodes of the commands over several tables and over sequences of rows.

Part of `nodes`, which exports them; as there, no behaviour, and every node carries its span.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.insights.nodes import Expr, Field, Number, Period, Query, Span, Text


@dataclass(frozen=True)
class Source:
    """Which log groups a query reads: by name, or all that pass the filters.

    classes, tags and the like are empty when not given; `everything` is `logGroups()`. start, end:
    as written (`-1d`, `now`, epoch ms), or None for the query's own range.
    """

    names: tuple[str, ...]
    prefixes: tuple[str, ...]
    accounts: tuple[str, ...]
    classes: tuple[str, ...]
    data_sources: tuple[str, ...]
    tags: tuple[tuple[str, tuple[str, ...]], ...]
    everything: bool
    start: str | None
    end: str | None
    span: Span


@dataclass(frozen=True)
class FilterIndex:
    field: Field
    condition: Expr
    span: Span


@dataclass(frozen=True)
class Unmask:
    fields: tuple[Field, ...]
    span: Span


@dataclass(frozen=True)
class InQuery:
    """`operand in (SOURCE ... | fields x)`: an expression."""

    operand: Expr
    query: Query
    negated: bool
    span: Span


@dataclass(frozen=True)
class Join:
    """`left` and `right` are the names of the two sides; the keys are without them."""

    outer: bool
    left: str
    right: str
    left_key: Field
    right_key: Field
    query: Query
    span: Span


@dataclass(frozen=True)
class AppendCols:
    override: bool
    most: int
    query: Query
    span: Span


@dataclass(frozen=True)
class Pair:
    """A column of a lookup table and the field it is compared with or becomes."""

    column: Field
    field: Field


@dataclass(frozen=True)
class Lookup:
    table: str
    matches: tuple[Pair, ...]
    outputs: tuple[Pair, ...]
    only_new: bool
    span: Span


@dataclass(frozen=True)
class CidrLookup:
    """`column` None is the table's first one."""

    table: str
    address: Field
    column: Field | None
    outputs: tuple[Pair, ...]
    only_new: bool
    span: Span


@dataclass(frozen=True)
class AddTotals:
    name: Field
    row: bool
    col: bool
    fields: tuple[Field, ...]
    span: Span


@dataclass(frozen=True)
class Accum:
    field: Field
    alias: Field | None
    span: Span


@dataclass(frozen=True)
class Autoregress:
    """The values `first` to `last` rows before."""

    field: Field
    alias: Field | None
    first: int
    last: int
    span: Span


@dataclass(frozen=True)
class FillDown:
    """patterns: field names in which * stands for any characters; none means every column."""

    fields: tuple[Field | Text, ...]
    span: Span


@dataclass(frozen=True)
class FillMissing:
    values: tuple[tuple[Expr, Field], ...]
    span: Span


@dataclass(frozen=True)
class Outlier:
    remove: bool
    factor: Number
    lower: bool
    mark: bool
    fields: tuple[Field, ...]
    span: Span


@dataclass(frozen=True)
class Sessionize:
    fields: tuple[Field, ...]
    gap: Period | None
    alias: Field | None
    span: Span


@dataclass(frozen=True)
class CountFrequent:
    fields: tuple[Field, ...]
    span: Span


@dataclass(frozen=True)
class Estimate:
    span: Span


TableStage = (
    Source
    | FilterIndex
    | Unmask
    | Join
    | AppendCols
    | Lookup
    | CidrLookup
    | AddTotals
    | Accum
    | Autoregress
    | FillDown
    | FillMissing
    | Outlier
    | Sessionize
    | CountFrequent
    | Estimate
)
