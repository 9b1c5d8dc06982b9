"""addtotals, fillmissing, countFrequent and estimate.

Source: the CloudWatch Logs User Guide's page of each command. Choices where it is silent:
`addtotals` without names adds up every column that comes out and reads as a number, times and
fields with @ left out; a row without any number has no total. `fillmissing` fills from the first to
the last bin of the rows themselves, for every combination of the other `by` items that occurs;
`with` values go into the added rows only; the rows come out in the order of the groups.
`countFrequent` counts exactly. `estimate` gives one row with `estimatedBytesScanned`: the bytes of
the messages in the log groups and time range, whatever the query filters.
"""

from __future__ import annotations

from sqlglot import exp

from course.insights import nodes, periods
from course.insights.errors import QueryError
from course.insights.expressions import Expressions
from course.insights.pipeline import Ordering, Pipeline, column, orderings, table
from course.insights.rows import count_here
from course.insights.sequences import show
from course.insights.sources import event_conditions
from course.insights.stats import add_stats
from course.insights.table_nodes import AddTotals, CountFrequent, Estimate, FillMissing
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
    number,
    refuse_container,
    unify,
)

COUNT = "_approxcount"
BYTES = "estimatedBytesScanned"
_FILL = "stats count(*) as n by bin(5m), level | fillmissing with 0 for n"


# addtotals ----------------------------------------------------------------------------------
def add_addtotals(pipeline: Pipeline, stage: AddTotals) -> None:
    names = [field.name for field in stage.fields] or _countable(pipeline)
    for field in stage.fields:
        refuse_container(pipeline.resolve(field), field.span, "addtotals")
        show(pipeline, field.name)
    if stage.row:
        total = _row_total([pipeline.named(name) for name in names])
        made = pipeline.define(stage.name.name, Value(total, Kind.NUMBER), stage.name.span)
        pipeline.add_stage("addtotals", pipeline.select(made))
        show(pipeline, stage.name.name)
        names.append(stage.name.name)
    if stage.col:
        _add_summary(pipeline, names)


def _countable(pipeline: Pipeline) -> list[str]:
    kept = []
    for name in pipeline.output():
        value = pipeline.named(name)
        if not name.startswith("@") and value.kind not in (*CONTAINERS, Kind.TIME):
            kept.append(name)
    return kept


def _row_total(values: list[Value]) -> Sql:
    if not values:
        return exp.Cast(this=exp.Null(), to=exp.DataType.build("DOUBLE"))
    numbers = exp.Array(expressions=[number(value).copy() for value in values])
    return call("finite", call("list_sum", numbers))


def _add_summary(pipeline: Pipeline, names: list[str]) -> None:
    """One more row, after all others, with the sum of each column."""
    count_here(pipeline)
    mark = pipeline.new_column("#summary")
    kept, sums = [], []
    for name in names:
        value = pipeline.named(name)
        kept.append(pipeline.redefine(name, value))
        total = call("finite", call("sum", number(value)))
        if value.kind not in NUMERIC:
            total = call("number_text", total)
        elif value.kind is Kind.BOOLEAN:
            kept[-1] = pipeline.redefine(name, Value(number(value), Kind.NUMBER))
        sums.append(exp.alias_(total, pipeline.made[name].sql.name, quoted=True))
    rows = pipeline.select(*kept, _marked(0, mark))
    summary = exp.select(*sums, _marked(1, mark)).from_(table(pipeline.last))
    both = exp.Union(this=rows, expression=summary, distinct=False, by_name=True)
    pipeline.add_stage("totals", both)
    pipeline.ordering = [Ordering(column(mark), False), *pipeline.ordering]


def _marked(value: int, mark: str) -> Sql:
    return exp.alias_(exp.Literal.number(value), mark, quoted=True)


# fillmissing --------------------------------------------------------------------------------
def add_fillmissing(pipeline: Pipeline, stage: FillMissing) -> None:
    bins = _bin_item(pipeline, stage)
    others = [item for item in _by(pipeline) if item is not bins]
    here, present = pipeline.new_column("#here"), pipeline.new_column("#bin")
    made = exp.alias_(exp.true(), here, quoted=True)
    time = exp.alias_(pipeline.made[bins.name].sql.copy(), present, quoted=True)
    pipeline.add_stage("rows", pipeline.select(made, time))
    rows = pipeline.last
    keys = {item.name: pipeline.new_column("#group") for item in others}
    step = pipeline.new_column("#step")
    pipeline.add_stage("bins", _spine(pipeline, rows, _step(bins), present, step, keys))
    _fill_in(pipeline, stage, rows, (here, bins.name, step), keys)
    pipeline.ordering = []
    for item in _by(pipeline):
        pipeline.ordering += orderings(pipeline.made[item.name], item.span, "fillmissing")


def _by(pipeline: Pipeline) -> tuple[nodes.Item, ...]:
    return pipeline.summary.by if pipeline.summary is not None else ()


def _bin_item(pipeline: Pipeline, stage: FillMissing) -> nodes.Item:
    for item in _by(pipeline):
        call_ = item.expression
        if isinstance(call_, nodes.Call) and call_.name.lower() in ("bin", "datefloor", "dateceil"):
            return item
    raise QueryError(
        "`fillmissing` adds the empty bins of the `stats ... by bin(...)` before it",
        span=stage.span,
        example=_FILL,
    )


def _step(item: nodes.Item) -> nodes.Period:
    assert isinstance(item.expression, nodes.Call)
    period = item.expression.arguments[-1]
    assert isinstance(period, nodes.Period)
    return period


def _spine(
    pipeline: Pipeline, rows: str, period: nodes.Period, time: str, step: str, keys: dict[str, str]
) -> Sql:
    """Every bin from the first to the last, for every combination of the other keys."""
    first, last = call("min", column(time)), call("max", column(time))
    count = periods.capped(period.count, period.unit)
    if period.unit in periods.MONTHS:
        length = exp.Literal.number(count * periods.MONTHS[period.unit])
        steps = call("month_series", first, last, length)
    else:
        length = exp.Literal.number(count * periods.MILLISECONDS[period.unit])
        steps = call("bin_series", first, last, length)
    bins = exp.select(exp.alias_(call("unnest", steps), step, quoted=True)).from_(table(rows))
    if not keys:
        return bins
    combined = exp.select(
        *(exp.alias_(pipeline.made[k].sql.copy(), c, quoted=True) for k, c in keys.items())
    )
    combined = combined.from_(table(rows)).distinct()
    sides = exp.Subquery(this=bins, alias=exp.TableAlias(this=exp.to_identifier("bins")))
    groups = exp.Subquery(this=combined, alias=exp.TableAlias(this=exp.to_identifier("others")))
    select = exp.select(exp.Star()).from_(sides)
    select.append("joins", exp.Join(this=groups, kind="CROSS"))
    return select


def _fill_in(
    pipeline: Pipeline,
    stage: FillMissing,
    rows: str,
    marks: tuple[str, str, str],
    keys: dict[str, str],
) -> None:
    here, bins, step = marks
    pairs = {bins: step, **keys}
    made = pipeline.made
    tests = [
        exp.NullSafeEQ(this=made[k].sql.copy(), expression=column(c)) for k, c in pairs.items()
    ]
    on = tests[0]
    for test in tests[1:]:
        on = binary(exp.And, on, test)
    added = is_null(column(here))
    new = [
        pipeline.redefine(k, Value(call("coalesce", made[k].sql, column(c)), made[k].kind))
        for k, c in pairs.items()
    ]
    for literal, field in stage.values:
        parts, kind = unify([Expressions(pipeline).value(literal), pipeline.resolve(field)])
        new.append(pipeline.redefine(field.name, Value(case([(added, parts[0])], parts[1]), kind)))
    select = exp.select(exp.Star(), *new).from_(table(pipeline.last))
    select.append("joins", exp.Join(this=table(rows), side="FULL", on=on))
    pipeline.add_stage("fillmissing", select)


# countFrequent, estimate --------------------------------------------------------------------
def add_count_frequent(pipeline: Pipeline, stage: CountFrequent) -> None:
    span = stage.span
    count = nodes.Call("count", (nodes.Star(span),), COUNT, span)
    by = tuple(nodes.Item(field, None, field.name, field.span) for field in stage.fields)
    add_stats(pipeline, nodes.Stats((nodes.Item(count, COUNT, COUNT, span),), by, span))
    pipeline.ordering = [Ordering(pipeline.made[COUNT].sql, True), *pipeline.ordering]
    pipeline.listed = [*(field.name for field in stage.fields), COUNT]


def add_estimate(pipeline: Pipeline, stage: Estimate) -> None:
    bytes_ = call("sum", call("strlen", column("@message")))
    total = exp.Cast(
        this=call("coalesce", bytes_, exp.Literal.number(0)), to=exp.DataType.build("DOUBLE")
    )
    made = pipeline.redefine(BYTES, Value(total, Kind.NUMBER))
    scanned = exp.select(made).from_(table("log_events"))
    for condition in event_conditions(pipeline):
        scanned = scanned.where(condition)
    pipeline.add_stage("estimate", scanned)
    pipeline.made, pipeline.aggregated = {BYTES: pipeline.made[BYTES]}, True
    pipeline.listed, pipeline.extra, pipeline.displayed = [BYTES], [], None
    pipeline.unlisted = []
    pipeline.ordering, pipeline.bin_column, pipeline.scopes = [], None, {}
    pipeline.counted = None
