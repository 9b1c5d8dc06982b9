"""One method per grammar rule of the commands that look for patterns and compare sets of events."""

from __future__ import annotations

from typing import Any

from lark import v_args

from course.insights import pattern_nodes
from course.insights.source_rules import SourceRules, span_of


@v_args(meta=True)
class PatternRules(SourceRules):
    """Mixed into the parser's builder."""

    def pattern(self, meta: Any, children: list[Any]) -> pattern_nodes.Pattern:
        return pattern_nodes.Pattern(children[0], span_of(meta))

    def diff(self, meta: Any, children: list[Any]) -> pattern_nodes.Diff:
        word = children[0]
        back = None if word is None else word.lower().removeprefix("previous")
        return pattern_nodes.Diff(back, span_of(meta))

    def logcompare(self, meta: Any, children: list[Any]) -> pattern_nodes.LogCompare:
        return pattern_nodes.LogCompare(children[0], span_of(meta))

    def anomaly(self, meta: Any, children: list[Any]) -> pattern_nodes.Anomaly:
        return pattern_nodes.Anomaly(span_of(meta))

    def relevantfields(self, meta: Any, children: list[Any]) -> pattern_nodes.RelevantFields:
        *listed, condition = children
        fields = tuple(field for field in listed if field is not None)
        return pattern_nodes.RelevantFields(fields, condition, span_of(meta))
