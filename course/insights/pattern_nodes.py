"""Syntax tree nodes of the commands that look for patterns and compare sets of events.

Part of `nodes`, which exports them; as there, no behaviour, and every node carries its span.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course.insights.nodes import Expr, Field, Period, Span


@dataclass(frozen=True)
class Pattern:
    source: Expr
    span: Span


@dataclass(frozen=True)
class Diff:
    """`back` is "day", "week", "month", or None for the range just before."""

    back: str | None
    span: Span


@dataclass(frozen=True)
class LogCompare:
    shift: Period
    span: Span


@dataclass(frozen=True)
class Anomaly:
    span: Span


@dataclass(frozen=True)
class RelevantFields:
    """`fields` empty means all."""

    fields: tuple[Field, ...]
    condition: Expr
    span: Span


PatternStage = Pattern | Diff | LogCompare | Anomaly | RelevantFields
