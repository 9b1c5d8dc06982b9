"""One method per grammar rule of the stages that take structured values apart."""

from __future__ import annotations

import re
from typing import Any

from lark import v_args

from course.insights import structure_nodes
from course.insights.errors import QueryError
from course.insights.source_rules import SourceRules, span_of


@v_args(meta=True)
class StructureRules(SourceRules):
    """Mixed into the parser's builder."""

    def parse_logfmt(self, meta: Any, children: list[Any]) -> structure_nodes.ParseLogfmt:
        source, _, name = children
        return structure_nodes.ParseLogfmt(source, name, span_of(meta))

    def parse_csv(self, meta: Any, children: list[Any]) -> structure_nodes.ParseCsv:
        source, _, names = children
        return structure_nodes.ParseCsv(source, tuple(names), span_of(meta))

    def json_field(self, meta: Any, children: list[Any]) -> structure_nodes.JsonField:
        source, path, name = children
        keys = tuple(re.findall(r"[^.\[\]]+", path[1:-1]))
        if not keys:
            raise QueryError(
                "The path names no key",
                span=(path.start_pos, path.end_pos),
                example='json field=payload "user.name" as username',
            )
        return structure_nodes.JsonField(source, keys, name, span_of(meta))

    def unnest(self, meta: Any, children: list[Any]) -> structure_nodes.Unnest:
        expression, name = children
        return structure_nodes.Unnest(expression, name, span_of(meta))

    def expand(self, meta: Any, children: list[Any]) -> structure_nodes.Expand:
        return structure_nodes.Expand(children[0], span_of(meta))
