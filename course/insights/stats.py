"""The `stats` stage: groups first, then the items as plain expressions over the aggregates.

Source: CloudWatch Logs User Guide, "stats". Two CTEs: the inner one computes each key and each
aggregate call, the outer one the items, so that an item may use an alias from earlier in its own
list (`max(a) as hi, min(a) as lo, hi - lo as span`). Order of the groups is not documented: ours is
ascending by the keys. `offset` makes the bins' times so much later, so that an hour's bins line up
with those of the hour after (AWS says "shift", not which way). Events that lack a `by` field make a
group of their own, its key missing.
"""

from __future__ import annotations

from sqlglot import exp

from course.insights import nodes
from course.insights.errors import QueryError
from course.insights.expressions import Expressions
from course.insights.pipeline import ORDER, Pipeline, column, defined_twice, orderings, table
from course.insights.rows import count_here
from course.insights.times import later
from course.insights.values import Sql, Value, refuse_container


def add_stats(pipeline: Pipeline, stage: nodes.Stats) -> None:
    count_here(pipeline)
    _Summary(pipeline, stage).add()


class _Summary:
    def __init__(self, pipeline: Pipeline, stage: nodes.Stats) -> None:
        self.pipeline = pipeline
        self.stage = stage
        self.rows = Expressions(pipeline)
        self.inner: list[Sql] = []
        self.groups: list[Sql] = []
        self.made: dict[str, Value] = {}
        self.calls: dict[str, Value] = {}
        self.names: list[str] = []  # of the functions called

    def add(self) -> None:
        for item in self.stage.by:
            self._key(item)
        outer = Expressions(self.pipeline, self._name, self._aggregate)
        items = [self._item(outer, item) for item in self.stage.items]
        self._check()
        inner = exp.select(*self.inner).from_(table(self.pipeline.last))
        if self.groups:
            inner = inner.group_by(*self.groups)
        self.pipeline.add_stage("groups", inner)
        self.pipeline.add_stage("stats", self.pipeline.select(*items))
        self._hand_over()

    def _key(self, item: nodes.Item) -> None:
        value = self._shifted(item, self.rows.value(item.expression))
        refuse_container(value, item.span, "stats ... by")
        if item.alias is not None:
            self.pipeline.refuse_second(item.name, item.span)
        if item.name in self.made:
            raise QueryError(f"`{item.name}` stands twice after `by`", span=item.span)
        self.made[item.name] = self._inner(item.name, value)
        self.groups.append(value.sql.copy())

    def _shifted(self, item: nodes.Item, value: Value) -> Value:
        if self.stage.offset is None or not _is_bin(item.expression):
            return value
        return Value(later(value.sql, self.stage.offset), value.kind)

    def _check(self) -> None:
        offset, names = self.stage.offset, [call.lower() for call in self.names]
        if offset and not any(_is_bin(item.expression) for item in self.stage.by):
            raise QueryError(
                "`offset` shifts the bins of `by bin(...)`; there are none",
                span=offset.span,
                example="stats count(*) by bin(5m) offset 1h",
            )
        if "topk" in names and (len(self.calls) > 1 or self.stage.by):
            raise QueryError(
                "`topk` stands alone: without `by` and without other functions of `stats`",
                span=self.stage.span,
                example="stats topk(3, status)",
            )

    def _inner(self, name: str, value: Value) -> Value:
        made = self.pipeline.new_column(name)
        self.inner.append(exp.alias_(value.sql.copy(), made, quoted=True))
        return Value(column(made), value.kind)

    def _item(self, outer: Expressions, item: nodes.Item) -> Sql:
        value = outer.value(item.expression)
        if item.alias is not None:
            self.pipeline.refuse_second(item.name, item.span)
        if item.name in self.made:
            raise defined_twice(item.name, item.span)
        made = self.pipeline.new_column(item.name)
        self.made[item.name] = Value(column(made), value.kind)
        return exp.alias_(value.sql.copy(), made, quoted=True)

    def _name(self, node: nodes.Field) -> Value:
        """A name outside an aggregate: a `by` item or an alias from earlier in the list."""
        if node.name in self.made:
            return self.made[node.name]
        raise QueryError(
            f"`{node.name}` is neither summarised nor grouped by",
            span=node.span,
            example=f"stats count(*) by {node.name}",
        )

    def _aggregate(self, node: nodes.Call) -> Value:
        if node.text not in self.calls:
            moment = None if self.pipeline.aggregated else column(ORDER)
            value = self.rows.aggregate(node, moment)
            self.names.append(node.name)
            self.calls[node.text] = self._inner("#" + node.text, value)
        return self.calls[node.text]

    def _hand_over(self) -> None:
        """From here on only this stage's names exist."""
        pipeline = self.pipeline
        pipeline.made, pipeline.aggregated = self.made, True
        pipeline.listed, pipeline.extra = list(self.made), []
        pipeline.displayed = None
        pipeline.scopes, pipeline.unlisted, pipeline.summary = {}, [], self.stage
        pipeline.ordering, pipeline.bin_column = [], None
        for item in self.stage.by:
            value = self.made[item.name]
            pipeline.ordering += orderings(value, item.span, "stats")
            if _is_bin(item.expression) and not item.alias:
                pipeline.bin_column = item.name  # AWS's own samples sort such rows by @timestamp


def _is_bin(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Call) and node.name.lower() == "bin"
