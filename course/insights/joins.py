"""Queries inside a query: `in (...)`, `join` and `appendcols`.

Source: CloudWatch Logs User Guide, "join", "subqueries" and "appendcols". An inner query becomes
common table expressions of its own in front of the outer one's. After `join` the rows of the right
side travel as one struct, so that `b.x` may name any field of theirs. Choices where the guide is
silent: keys are compared as numbers only where a side was calculated; a name without its side means
the left one's; without `fields` afterwards the listed columns of both sides come out;
`not in (...)` works and an inner query without SOURCE reads the groups of the outer one;
`appendcols` adds no rows, and fills a column that exists only where it is missing (`override=true`:
the other way round).
"""

from __future__ import annotations

from sqlglot import exp

from course.insights import nodes
from course.insights.errors import QueryError
from course.insights.pipeline import Ordering, Pipeline, column, limited, table
from course.insights.table_nodes import AppendCols, InQuery, Join, Source
from course.insights.values import (
    CONTAINERS,
    NUMERIC,
    Sql,
    Value,
    binary,
    call,
    case,
    cast,
    is_null,
    negated,
    number,
    text,
    text_literal,
    unify,
)

MOST_KEYS = 50_000
_NESTED = 'filter user in (SOURCE "logins" | fields user)'


def _inner(pipeline: Pipeline, query: nodes.Query, span: nodes.Span, kind: str) -> Pipeline:
    """The inner query, compiled into a pipeline of its own."""
    if pipeline.prefix:
        message = "A query inside a query cannot hold another one"
        raise QueryError(message, span=span, example=_NESTED)
    shared = pipeline.shared
    made = Pipeline(pipeline.options, shared=shared, prefix=f"{kind}_{len(shared.inner) + 1}_")
    if not isinstance(query.stages[0], Source):
        made.groups, made.source = pipeline.groups, pipeline.source
    shared.inner.append(made)
    shared.build(made, query.stages)
    return made


def _aliased(sql: Sql, name: str) -> Sql:
    return exp.alias_(sql.copy(), name, quoted=True)


def _within(struct: str, sql: Sql) -> Sql:
    """An expression over the columns of the inner rows, read from a column that holds them."""

    def moved(node: Sql) -> Sql:
        if not isinstance(node, exp.Column):
            return node
        return call("struct_extract", column(struct), text_literal(node.name))

    return sql.copy().transform(moved, copy=False)


def _moved(struct: str, value: Value) -> Value:
    document = None if value.document is None else _within(struct, value.document)
    return Value(_within(struct, value.sql), value.kind, document=document)


def _side(name: str, alias: str) -> Sql:
    made = table(name)
    made.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
    return made


def _glued(pipeline: Pipeline, inner: Pipeline, keys: tuple[str, str], outer: bool) -> str:
    """A stage of the rows of both sides that agree on a key; the column of the right side's."""
    struct = pipeline.new_column("#right")
    everything = exp.Column(this=exp.Star(), table=exp.to_identifier("l"))
    right = exp.alias_(exp.column("r"), struct, quoted=True)
    same = exp.EQ(
        this=exp.column(keys[0], table="l", quoted=True),
        expression=exp.column(keys[1], table="r", quoted=True),
    )
    joined = exp.Join(
        this=_side(inner.last, "r"), on=same, **({"side": "LEFT"} if outer else {"kind": "INNER"})
    )
    select = exp.select(everything, right).from_(_side(pipeline.last, "l"))
    select.append("joins", joined)
    pipeline.add_stage("join", select)
    return struct


def _keyed(pipeline: Pipeline, sql: Sql, kind: str = "key") -> str:
    name = pipeline.new_column("#match")
    pipeline.add_stage(kind, pipeline.select(_aliased(sql, name)))
    return name


# join ---------------------------------------------------------------------------------------
def add_join(pipeline: Pipeline, stage: Join) -> None:
    inner = _inner(pipeline, stage.query, stage.span, "right")
    left, right = pipeline.resolve(stage.left_key), inner.resolve(stage.right_key)
    for value, key in ((left, stage.left_key), (right, stage.right_key)):
        if value.kind in CONTAINERS:
            raise QueryError("A map or list cannot be compared in `join`", span=key.span)
    either = number if left.kind in NUMERIC or right.kind in NUMERIC else text
    keys = _keyed(pipeline, either(left)), _keyed(inner, either(right))
    _refuse_many(inner, keys[1])
    listed = [(name, pipeline.written.get(name)) for name in pipeline.listed + pipeline.extra]
    struct = _glued(pipeline, inner, keys, stage.outer)
    pipeline.scopes = {
        stage.left: pipeline.resolve,
        stage.right: lambda node: _moved(struct, inner.resolve(node)),
    }
    pipeline.ordering += [
        Ordering(_within(struct, key.sql), key.descending) for key in inner.ordering
    ]
    _list_sides(pipeline, stage, listed, inner)


def _refuse_many(inner: Pipeline, key: str) -> None:
    distinct = exp.Count(this=exp.Distinct(expressions=[column(key)]))
    counted = exp.Subquery(this=exp.select(distinct).from_(table(inner.last)))
    few = binary(exp.LTE, counted, exp.Literal.number(MOST_KEYS))
    message = text_literal(f"`join` takes at most {MOST_KEYS:,} different keys on its right side")
    inner.add_stage("few", inner.select().where(case([(few, exp.true())], call("error", message))))


def _list_sides(
    pipeline: Pipeline,
    stage: Join,
    listed: list[tuple[str, nodes.Field | None]],
    inner: Pipeline,
) -> None:
    """What comes out when nothing is listed afterwards: `a.x` and `b.x` for what was listed."""
    names = [_sided(pipeline, stage, stage.left, name, written) for name, written in listed]
    if pipeline.listed:
        pipeline.listed, pipeline.extra = names, []
    else:
        pipeline.extra = names
    if inner.listed or inner.displayed is not None:
        pipeline.unlisted = [
            _sided(pipeline, stage, stage.right, name, inner.written.get(name))
            for name in inner.output()
        ]


def _sided(
    pipeline: Pipeline, stage: Join, side: str, name: str, written: nodes.Field | None
) -> str:
    """The name of a column together with its side, looked up so that it is known."""
    parts = written.parts if written is not None else (name,)
    field = nodes.Field((side, *parts), stage.span)
    pipeline.resolve(field)
    return field.name


# in (...) -----------------------------------------------------------------------------------
def membership(pipeline: Pipeline, operand: Value, node: InQuery) -> Sql:
    """Whether the operand is one of the values of the inner query; unknown when it is missing."""
    inner = _inner(pipeline, node.query, node.span, "inner")
    names = inner.output()
    if len(names) != 1:
        raise QueryError(
            f"A query after `in` gives one column; this one gives {len(names)}",
            span=node.span,
            example=_NESTED,
        )
    value = inner.named(names[0])
    if operand.kind in CONTAINERS or value.kind in CONTAINERS:
        return exp.false()
    either = number if operand.kind in NUMERIC or value.kind in NUMERIC else text
    chosen = exp.select(_aliased(either(value), "value")).from_(table(inner.last))
    chosen = chosen.where(negated(is_null(either(value))))
    among = exp.Paren(this=exp.In(this=either(operand), query=exp.Subquery(this=chosen)))
    # Compared with itself: false when present, unknown when missing, also among no values at all.
    present = binary(exp.NEQ, either(operand), either(operand))
    found = binary(exp.Or, present, among)
    return negated(found) if node.negated else found


# appendcols ---------------------------------------------------------------------------------
def add_appendcols(pipeline: Pipeline, stage: AppendCols) -> None:
    inner = _inner(pipeline, stage.query, stage.span, "added")
    inner.add_stage("first", limited(inner.order_by(inner.select()), stage.most))
    keys = _keyed(pipeline, _row_number(pipeline), "rows"), _keyed(inner, _row_number(inner))
    struct = _glued(pipeline, inner, keys, outer=True)
    added = []
    for name in inner.output():
        value = _moved(struct, inner.named(name))
        field = pipeline.written.get(name) or nodes.Field((name,), stage.span)
        if name in pipeline.made or not pipeline.aggregated:
            value = _merged(pipeline.resolve(field), value, stage.override)
        added.append(pipeline.redefine(name, value))
        if name not in pipeline.output():
            pipeline.extra.append(name)
    pipeline.add_stage("appendcols", pipeline.select(*added))


def _row_number(pipeline: Pipeline) -> Sql:
    return cast(pipeline.over(exp.RowNumber()), "BIGINT")


def _merged(old: Value, new: Value, override: bool) -> Value:
    """The first of two that is there; as they are when both are of one kind, else as text."""
    parts, kind = unify([new, old] if override else [old, new])
    return Value(call("coalesce", *parts), kind)
