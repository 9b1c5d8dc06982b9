"""The stages that keep events as they are: fields, display, filter, parse, sort, limit, dedup.

Source: the CloudWatch Logs User Guide's page of each command.
"""

from __future__ import annotations

from sqlglot import exp

from course.insights import nodes
from course.insights.errors import QueryError
from course.insights.expressions import Expressions
from course.insights.pipeline import (
    Ordering,
    Pipeline,
    column,
    defined_twice,
    limited,
    orderings,
    table,
)
from course.insights.regexes import checked_regex, glob_regex, named_groups
from course.insights.topmost import add_bound, add_checked_limit, keeps_no_place
from course.insights.values import (
    Kind,
    Sql,
    Value,
    binary,
    call,
    case,
    is_null,
    negated,
    refuse_container,
    text,
    text_literal,
)


def add_fields(pipeline: Pipeline, stage: nodes.Fields) -> None:
    names = _compute(pipeline, stage.items, "fields", defines=True)
    pipeline.listed += names
    pipeline.unlisted = []


def add_display(pipeline: Pipeline, stage: nodes.Display) -> None:
    pipeline.displayed = _compute(pipeline, stage.items, "display", defines=False)


def _compute(
    pipeline: Pipeline, items: tuple[nodes.Item, ...], kind: str, *, defines: bool
) -> list[str]:
    """Add the computed items as columns; an item may use the ones before it in the list."""
    expressions = Expressions(pipeline)
    added: list[Sql] = []
    for item in items:
        if isinstance(item.expression, nodes.Field) and item.alias is None:
            _name(pipeline, item, defines)
        elif pipeline.written_name(item.name) is None or item.alias is not None:
            value = expressions.value(item.expression)
            if item.alias is not None or item.name not in pipeline.made:
                added.append(pipeline.define(item.name, value, item.span))
    if added:
        pipeline.add_stage(kind, pipeline.select(*added))
    return [item.name for item in items]


def _name(pipeline: Pipeline, item: nodes.Item, defines: bool) -> None:
    """A bare field: looked up, so that it is extracted and an unknown one is refused."""
    if defines and item.name in pipeline.made and item.name not in pipeline.expanded:
        raise defined_twice(item.name, item.span, f"display {item.name}")
    assert isinstance(item.expression, nodes.Field)
    pipeline.resolve(item.expression)


def add_filter(pipeline: Pipeline, stage: nodes.Filter) -> None:
    condition = Expressions(pipeline).condition(stage.condition)
    pipeline.add_stage("filter", pipeline.select().where(condition))


def add_parse(pipeline: Pipeline, stage: nodes.Parse) -> None:
    source = stage.source or nodes.Field(("@message",), stage.span)
    subject = text(pipeline.resolve(source))
    regex, names = captures(pipeline, stage)
    groups = [f"g{i}" for i in range(1, len(names) + 1)]
    # The whole match is a group too: what is empty there is no match, or captures nothing.
    wanted = exp.Array(expressions=[text_literal(group) for group in ("match", *groups)])
    captured = call("regexp_extract", subject, text_literal(f"({regex})"), wanted)
    made = pipeline.new_column("#captured")
    pipeline.add_stage("match", pipeline.select(exp.alias_(captured, made, quoted=True)))
    whole = call("struct_extract", column(made), text_literal("match"))
    matched = binary(exp.NEQ, whole, text_literal(""))
    if isinstance(stage.pattern, nodes.Text) and not stage.pattern.value.strip("*"):
        matched = negated(is_null(subject))
    added = []
    for group, name in zip(groups, names, strict=True):
        if name is None:
            continue
        capture = call("struct_extract", column(made), text_literal(group))
        if isinstance(stage.pattern, nodes.Regex):
            # RE2 gives an empty text for a group that took no part in the match.
            capture = call("nullif", capture, text_literal(""))
        capture = case([(matched, capture)])
        added.append(pipeline.define(name.name, Value(capture, Kind.ANY), name.span))
        if pipeline.options.parsed_columns:
            pipeline.extra.append(name.name)
    pipeline.add_stage("parse", pipeline.select(*added))


def captures(pipeline: Pipeline, stage: nodes.Parse) -> tuple[str, list[nodes.Field | None]]:
    """The regex of a `parse`, and the field of each of its groups (None: not wanted)."""
    if isinstance(stage.pattern, nodes.Text):
        return _glob(pipeline, stage, stage.pattern.value)
    regex = checked_regex(stage.pattern.pattern, stage.pattern.span)
    _, groups = named_groups(stage.pattern.pattern)
    if not groups:
        raise QueryError(
            "This regex captures nothing: name a group",
            span=stage.pattern.span,
            example=r"parse @message /took (?<ms>\d+) ms/",
        )
    if not stage.names:
        span = stage.pattern.span
        if not any(groups):
            raise QueryError(
                "The groups of this regex have no names",
                span=span,
                example=r"parse @message /took (?<ms>\d+) ms/",
            )
        return regex, [nodes.Field((name,), span) if name else None for name in groups]
    if len(stage.names) != len(groups):
        raise QueryError(
            f"The regex has {len(groups)} groups, `as` gives {len(stage.names)} names",
            span=stage.span,
        )
    return regex, list(stage.names)


def _glob(
    pipeline: Pipeline, stage: nodes.Parse, pattern: str
) -> tuple[str, list[nodes.Field | None]]:
    holes = pattern.count("*")
    if holes == 0 or holes != len(stage.names):
        raise QueryError(
            f"The pattern has {holes} *, `as` gives {len(stage.names)} names; they must match",
            span=stage.span,
            example='parse @message "user=* took * ms" as user, ms',
        )
    return glob_regex(pattern, pipeline.options.glob_spans_lines), list(stage.names)


def add_sort(pipeline: Pipeline, stage: nodes.Sort) -> None:
    """Keeps each key's value and the cheap parts of its order; the costly part waits for a cut."""
    added: list[Sql] = []
    ordering: list[Ordering] = []

    def keep(sql: Sql) -> Sql:
        name = pipeline.new_column("#key")
        added.append(exp.alias_(sql.copy(), name, quoted=True))
        return column(name)

    for key in stage.keys:
        value, span = pipeline.resolve(key.field), key.field.span
        *early, _ = orderings(value, span, "sort", key.descending)
        ordering += [Ordering(keep(each.sql), key.descending) for each in early]
        kept = Value(keep(value.sql), value.kind)
        ordering.append(orderings(kept, span, "sort", key.descending)[-1])
    pipeline.add_stage("sort", pipeline.select(*added))
    pipeline.ordering = ordering + pipeline.ordering


def add_limit(pipeline: Pipeline, stage: nodes.Limit) -> None:
    """The first rows; costly keys are first narrowed down by rough ones. `tail`: the last rows."""
    count_here(pipeline)
    if stage.last:
        rows = pipeline.order_by_reverse(pipeline.select())
        pipeline.add_stage("tail", limited(rows, stage.count))
        return
    placeless = keeps_no_place(pipeline)
    if not pipeline.aggregated:
        add_bound(pipeline, stage.count)
    rough = None if pipeline.aggregated else pipeline.add_rough_key()
    if rough is not None:
        nearest = call("min", column(rough), exp.Literal.number(stage.count))
        last = exp.select(call("list_last", nearest)).from_(table(pipeline.last))
        near = binary(exp.LTE, column(rough), exp.Subquery(this=last))
        pipeline.add_stage("nearest", pipeline.select().where(near))
    if rough is not None and placeless:
        add_checked_limit(pipeline, stage.count)
        pipeline.ties_checked = True
    else:
        pipeline.add_stage("limit", limited(pipeline.order_by(pipeline.select()), stage.count))


def add_dedup(pipeline: Pipeline, stage: nodes.Dedup) -> None:
    """The first row of each combination in the current order; rows that lack a field all stay."""
    count_here(pipeline)
    values = [pipeline.resolve(field) for field in stage.fields]
    for value, field in zip(values, stage.fields, strict=True):
        refuse_container(value, field.span, "dedup")
    window = exp.Window(
        this=exp.RowNumber(),
        partition_by=[value.sql.copy() for value in values],
        order=exp.Order(
            expressions=[o.node(pipeline.options.nulls_first) for o in pipeline.ordering]
        ),
    )
    first = binary(exp.EQ, window, exp.Literal.number(1))
    kept = first
    for value in values:
        kept = binary(exp.Or, kept, is_null(value.sql))
    pipeline.add_stage("dedup", pipeline.select().qualify(kept))


def count_here(pipeline: Pipeline) -> None:
    """Remember the first place where rows go away or are summed up: recordsMatched counts there."""
    if pipeline.counted is None:
        pipeline.counted = pipeline.last
