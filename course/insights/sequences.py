"""Commands that look at neighbouring rows: accum, autoregress, filldown, sessionize, outlier.

Source: the CloudWatch Logs User Guide's page of each command. "Before" is the present order of the
rows: newest event first unless sorted. Choices where the guide is silent: `accum` without `as`
overwrites its field, and a row without a number has no sum; `filldown` without names takes the
columns that come out; a session's id counts from 1 in the order in which sessions begin, a gap of
30 minutes ends one unless `maxspan` says otherwise, and an event that lacks a field has none;
`outlier` takes linearly interpolated quartiles and moves a value beyond `param` times their
distance to that fence (`mark=true` adds `<field>_outlier`, 1 or 0); without `uselower=true` only
values above count.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from sqlglot import exp

from course.insights import nodes, periods
from course.insights.errors import QueryError
from course.insights.pipeline import ORDER, Pipeline, column
from course.insights.table_nodes import Accum, Autoregress, FillDown, Outlier, Sessionize
from course.insights.values import (
    CONTAINERS,
    NUMERIC,
    Kind,
    Sql,
    Value,
    binary,
    call,
    case,
    is_null,
    negated,
    number,
    refuse_container,
)

HALF_AN_HOUR = 1_800_000
SO_FAR = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")


def show(pipeline: Pipeline, name: str) -> None:
    """Let a column come out that no `fields` lists."""
    if name not in pipeline.output():
        pipeline.extra.append(name)


def _resolved(pipeline: Pipeline, field: nodes.Field, command: str) -> Value:
    value = pipeline.resolve(field)
    refuse_container(value, field.span, command)
    return value


def _replaced(pipeline: Pipeline, field: nodes.Field, alias: nodes.Field | None, new: Value) -> Sql:
    """`new` under the alias, or else under the field's own name."""
    if alias is not None:
        made = pipeline.define(alias.name, new, alias.span)
        show(pipeline, alias.name)
        return made
    made = pipeline.redefine(field.name, new)
    show(pipeline, field.name)
    return made


def add_accum(pipeline: Pipeline, stage: Accum) -> None:
    value = number(_resolved(pipeline, stage.field, "accum"))
    total = pipeline.over(call("sum", value), frame=SO_FAR.copy())
    summed = case([(negated(is_null(value)), call("finite", total))])
    made = _replaced(pipeline, stage.field, stage.alias, Value(summed, Kind.NUMBER))
    pipeline.add_stage("accum", pipeline.select(made))


def add_autoregress(pipeline: Pipeline, stage: Autoregress) -> None:
    value = _resolved(pipeline, stage.field, "autoregress")
    added = []
    for back in range(stage.first, stage.last + 1):
        earlier = pipeline.over(call("lag", value.sql, exp.Literal.number(back)))
        name = stage.alias or nodes.Field((f"{stage.field.name}_p{back}",), stage.span)
        added.append(pipeline.define(name.name, Value(earlier, value.kind), name.span))
        show(pipeline, name.name)
    pipeline.add_stage("autoregress", pipeline.select(*added))


# filldown -----------------------------------------------------------------------------------
def add_filldown(pipeline: Pipeline, stage: FillDown) -> None:
    added = []
    for name in _chosen(pipeline, stage):
        value = pipeline.named(name)
        if value.kind in CONTAINERS or value.document is not None:
            continue
        last = exp.IgnoreNulls(this=exp.LastValue(this=value.sql.copy()))
        filled = pipeline.over(last, frame=SO_FAR.copy())
        added.append(pipeline.redefine(name, Value(filled, value.kind)))
    if added:
        pipeline.add_stage("filldown", pipeline.select(*added))


def _chosen(pipeline: Pipeline, stage: FillDown) -> list[str]:
    """The columns named, those that a pattern fits, or all that come out."""
    known = list(dict.fromkeys([*pipeline.output(), *pipeline.made]))
    if not stage.fields:
        return pipeline.output()
    chosen: list[str] = []
    for field in stage.fields:
        if isinstance(field, nodes.Field):
            pipeline.resolve(field)
            show(pipeline, field.name)
            chosen.append(field.name)
        else:
            pattern = field.value.replace("[", "[[]")
            chosen += [name for name in known if fnmatchcase(name, pattern)]
    return list(dict.fromkeys(chosen))


# sessionize ---------------------------------------------------------------------------------
def add_sessionize(pipeline: Pipeline, stage: Sessionize) -> None:
    if pipeline.aggregated:
        raise QueryError(
            "`sessionize` needs the events' times: put it before `stats`",
            span=stage.span,
            example="sessionize user maxspan 30m as session | stats count(*) by session",
        )
    values = [_resolved(pipeline, field, "sessionize").sql for field in stage.fields]
    begins, first = pipeline.new_column("#begins"), pipeline.new_column("#first")
    partition = exp.Window(partition_by=values, order=_in_time(column(ORDER)))
    pipeline.add_stage("gaps", pipeline.select(_named(_begins(partition, _gap(stage)), begins)))
    known = negated(is_null(values[0]))
    for value in values[1:]:
        known = binary(exp.And, known, negated(is_null(value)))
    newest = _over(call("max", column(begins)), partition, SO_FAR.copy())
    pipeline.add_stage("starts", pipeline.select(_named(case([(known, newest)]), first)))
    order = exp.Window(this=call("dense_rank"), order=_in_time(column(first)))
    count = case([(negated(is_null(column(first))), _as_number(order))])
    name = stage.alias or nodes.Field(("session_id",), stage.span)
    made = pipeline.define(name.name, Value(count, Kind.NUMBER), name.span)
    show(pipeline, name.name)
    pipeline.add_stage("sessionize", pipeline.select(made))


def _begins(partition: Sql, gap: int) -> Sql:
    """The place in time of an event that begins a session; of others nothing."""
    time = column("@timestamp")
    before = _over(call("lag", time), partition)
    waited = binary(exp.Sub, time, before)
    begins = binary(exp.Or, is_null(before), binary(exp.GT, waited, exp.Literal.number(gap)))
    return case([(begins, column(ORDER))])


def _gap(stage: Sessionize) -> int:
    if stage.gap is None:
        return HALF_AN_HOUR
    if stage.gap.unit not in periods.MILLISECONDS:
        raise QueryError(
            "`maxspan` takes weeks or less",
            span=stage.gap.span,
            example="sessionize user maxspan 1d",
        )
    return stage.gap.count * periods.MILLISECONDS[stage.gap.unit]


def _in_time(sql: Sql) -> Sql:
    return exp.Order(expressions=[exp.Ordered(this=sql, desc=False, nulls_first=False)])


def _over(function: Sql, partition: Sql, frame: Sql | None = None) -> Sql:
    window = partition.copy()
    window.set("this", function)
    window.set("spec", frame)
    return window


def _named(sql: Sql, name: str) -> Sql:
    return exp.alias_(sql, name, quoted=True)


def _as_number(sql: Sql) -> Sql:
    return exp.Cast(this=sql, to=exp.DataType.build("DOUBLE"))


# outlier ------------------------------------------------------------------------------------
def add_outlier(pipeline: Pipeline, stage: Outlier) -> None:
    tests = [(field, *_fences(pipeline, stage, field)) for field in stage.fields]
    added = []
    for field, value, beyond, moved in tests:
        if stage.mark:
            name = f"{field.name}_outlier"
            flag = call("coalesce", beyond, exp.false())
            added.append(pipeline.define(name, Value(flag, Kind.BOOLEAN), field.span))
            show(pipeline, name)
        if not stage.remove:
            added.append(pipeline.redefine(field.name, _clamped(value, beyond, moved)))
            show(pipeline, field.name)
    if added:
        pipeline.add_stage("outlier", pipeline.select(*added))
    if stage.remove:
        kept = pipeline.select()
        for _, _, beyond, _ in tests:
            kept = kept.where(negated(call("coalesce", beyond, exp.false())))
        pipeline.add_stage("kept", kept)


def _fences(pipeline: Pipeline, stage: Outlier, field: nodes.Field) -> tuple[Value, Sql, Sql]:
    """The field's value, whether it lies beyond a fence, and the fence that it is moved to."""
    value = _resolved(pipeline, field, "outlier")
    plain = number(value)
    low, high = pipeline.new_column("#low"), pipeline.new_column("#high")
    fences = []
    for name, share, sign in ((low, "0.25", exp.Sub), (high, "0.75", exp.Add)):
        distance = binary(exp.Sub, _quantile(plain, "0.75"), _quantile(plain, "0.25"))
        reach = binary(exp.Mul, exp.Literal.number(stage.factor.text), distance)
        fences.append(_named(binary(sign, _quantile(plain, share), reach), name))
    pipeline.add_stage("fences", pipeline.select(*fences))
    above, below = binary(exp.GT, plain, column(high)), binary(exp.LT, plain, column(low))
    if not stage.lower:
        return value, above, column(high)
    return value, binary(exp.Or, above, below), case([(above, column(high))], column(low))


def _quantile(plain: Sql, share: str) -> Sql:
    return exp.Window(this=call("quantile_cont", plain, exp.Literal.number(share)))


def _clamped(value: Value, beyond: Sql, moved: Sql) -> Value:
    if value.kind in NUMERIC:
        return Value(case([(beyond, moved)], number(value)), Kind.NUMBER)
    return Value(case([(beyond, call("number_text", moved))], value.sql), Kind.ANY)
