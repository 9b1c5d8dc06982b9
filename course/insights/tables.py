"""Which function adds which of the stages of `table_nodes`, and where they may stand.

Source: CloudWatch Logs User Guide: one `join` per query, `estimate` last, SOURCE first.
"""

from __future__ import annotations

from course.insights import nodes, table_nodes
from course.insights.errors import QueryError
from course.insights.joins import add_appendcols, add_join
from course.insights.lookups import add_cidrlookup, add_lookup
from course.insights.pipeline import Pipeline
from course.insights.sequences import (
    add_accum,
    add_autoregress,
    add_filldown,
    add_outlier,
    add_sessionize,
)
from course.insights.sources import add_filter_index, add_unmask
from course.insights.totals import add_addtotals, add_count_frequent, add_estimate, add_fillmissing


def add_table_stage(pipeline: Pipeline, stage: nodes.Stage) -> None:
    match stage:
        case table_nodes.Join():
            add_join(pipeline, stage)
        case table_nodes.AppendCols():
            add_appendcols(pipeline, stage)
        case table_nodes.Lookup():
            add_lookup(pipeline, stage)
        case table_nodes.CidrLookup():
            add_cidrlookup(pipeline, stage)
        case table_nodes.FilterIndex():
            add_filter_index(pipeline, stage)
        case table_nodes.Unmask():
            add_unmask(pipeline, stage)
        case _:
            _add_sequence(pipeline, stage)


def _add_sequence(pipeline: Pipeline, stage: nodes.Stage) -> None:
    match stage:
        case table_nodes.AddTotals():
            add_addtotals(pipeline, stage)
        case table_nodes.Accum():
            add_accum(pipeline, stage)
        case table_nodes.Autoregress():
            add_autoregress(pipeline, stage)
        case table_nodes.FillDown():
            add_filldown(pipeline, stage)
        case table_nodes.FillMissing():
            add_fillmissing(pipeline, stage)
        case table_nodes.Outlier():
            add_outlier(pipeline, stage)
        case table_nodes.Sessionize():
            add_sessionize(pipeline, stage)
        case table_nodes.CountFrequent():
            add_count_frequent(pipeline, stage)
        case table_nodes.Estimate():
            add_estimate(pipeline, stage)
        case _:
            raise AssertionError(f"no stage: {stage}")


def check_table_order(stages: tuple[nodes.Stage, ...]) -> None:
    """`stages` are those after a SOURCE at the head."""
    joins = [stage for stage in stages if isinstance(stage, table_nodes.Join)]
    if len(joins) > 1:
        raise QueryError("A query has at most one `join`", span=joins[1].span)
    early: nodes.Sort | nodes.Limit | None = None
    for stage in stages:
        if isinstance(stage, nodes.Sort | nodes.Limit):
            early = early or stage
        if isinstance(stage, table_nodes.CountFrequent) and early is not None:
            word = "sort" if isinstance(early, nodes.Sort) else "limit"
            raise QueryError(f"`{word}` must come after `countFrequent`", span=early.span)
        if isinstance(stage, table_nodes.Source):
            raise QueryError(
                "SOURCE stands at the head of a query",
                span=stage.span,
                example='SOURCE "orders" | fields @message',
            )
    for stage in stages[:-1]:
        if isinstance(stage, table_nodes.Estimate):
            raise QueryError(
                "`estimate` must be the last command",
                span=stage.span,
                example='filter level = "ERROR" | estimate',
            )
