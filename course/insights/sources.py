"""SOURCE, filterIndex and unmask: which log groups a query, or a query inside it, reads.

Source: CloudWatch Logs User Guide, "SOURCE", "filterIndex" and "unmask". An inner query without
SOURCE reads the groups of the outer one (the guide does not say). filterIndex filters, and leaves
out the groups that do not index the field, where the caller has told which fields a group
indexes. Nothing is masked here, so `unmask` changes nothing.
"""

from __future__ import annotations

from sqlglot import exp

from course.insights import nodes
from course.insights.errors import QueryError
from course.insights.expressions import Expressions
from course.insights.pipeline import Pipeline, column, table
from course.insights.table_nodes import FilterIndex, Source, Unmask
from course.insights.values import Sql, balanced, binary, call, parameter

NOT_WRITTEN = (0, 0)  # the span of a SOURCE that stands for the caller's groups


def read_groups(pipeline: Pipeline, stages: tuple[nodes.Stage, ...]) -> tuple[nodes.Stage, ...]:
    """Note the SOURCE at the head of a query; the stages after it."""
    if not stages or not isinstance(stages[0], Source):
        return stages
    pipeline.source = stages[0]
    pipeline.groups = pipeline.shared.add_groups(stages[0])
    return stages[1:]


def with_groups(
    stages: tuple[nodes.Stage, ...], groups: tuple[str, ...] | None
) -> tuple[nodes.Stage, ...]:
    """The stages, headed by a SOURCE of `groups` unless they have one of their own."""
    if groups is None or (stages and isinstance(stages[0], Source)):
        return stages
    empty: tuple[str, ...] = ()
    named = Source(groups, empty, empty, empty, empty, (), False, None, None, NOT_WRITTEN)
    return (named, *stages)


def scanned_events(pipeline: Pipeline) -> Sql | None:
    """The number and bytes of the events that the query and those inside it read; None: all."""
    read = [event_conditions(each) for each in (pipeline, *pipeline.shared.inner)]
    if not all(read):
        return None
    wanted = balanced(exp.Or, [balanced(exp.And, conditions) for conditions in read])
    size = call("coalesce", call("sum", call("strlen", column("@message"))), exp.Literal.number(0))
    counted = exp.select(exp.Count(this=exp.Star()), size)
    return counted.from_(table("log_events")).where(wanted)


def event_conditions(pipeline: Pipeline) -> list[Sql]:
    """Which events are read: those of the groups of SOURCE, in its time range."""
    found = [] if pipeline.groups is None else [_in_groups(pipeline.groups)]
    if pipeline.shared.wide:
        source = pipeline.source
        first = f"{pipeline.groups}_start" if source and source.start else "start"
        last = f"{pipeline.groups}_end" if source and source.end else "end"
        time = column("@timestamp")
        found.append(binary(exp.GTE, time, parameter(first)))
        found.append(binary(exp.LTE, time, parameter(last)))
    return found


def _in_groups(name: str) -> Sql:
    names = exp.Cast(this=parameter(name), to=exp.DataType.build("VARCHAR[]", dialect="duckdb"))
    return call("list_contains", names, column("#group"))


def add_filter_index(pipeline: Pipeline, stage: FilterIndex) -> None:
    if pipeline.aggregated:
        raise QueryError("`filterIndex` must come before `stats`", span=stage.span)
    condition = Expressions(pipeline).condition(stage.condition)
    indexed = _in_groups(pipeline.shared.add_groups(stage))
    pipeline.add_stage("filter", pipeline.select().where(indexed).where(condition))


def add_unmask(pipeline: Pipeline, stage: Unmask) -> None:
    for field in stage.fields:
        pipeline.resolve(field)
