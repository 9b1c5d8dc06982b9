"""Syntax tree nodes of the stages that take structured values apart.

Part of `nodes`, which exports them; as there, no behaviour, and every node carries its span.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.insights.nodes import Expr, Field, Span


@dataclass(frozen=True)
class ParseLogfmt:
    """`source` None means @message."""

    source: Field | None
    name: Field
    span: Span


@dataclass(frozen=True)
class ParseCsv:
    source: Field | None
    names: tuple[Field, ...]
    span: Span


@dataclass(frozen=True)
class JsonField:
    """`json field=source "a.b" as name`: `keys` is the path inside."""

    source: Field
    keys: tuple[str, ...]
    name: Field
    span: Span


@dataclass(frozen=True)
class Unnest:
    expression: Expr
    name: Field
    span: Span


@dataclass(frozen=True)
class Expand:
    field: Field
    span: Span


StructureStage = ParseLogfmt | ParseCsv | JsonField | Unnest | Expand
