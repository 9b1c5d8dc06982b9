"""The stages that take structured values apart: parse multi, logfmt, csv; json; unnest; expand.

Source: CloudWatch Logs User Guide, "parse", "unnest", "expand". Choices where it is silent:
logfmt: pairs `key=value` or `key="value"` with \\" inside; other words are passed over; of a key
that comes twice the first counts; a text without a pair gives no map. csv: RFC 4180, a value in
double quotes may hold commas and doubled quotes; more names than values leaves names missing, more
values than names drops values; blanks belong to the value. unnest: an empty list and a missing
value give no row. expand: a field that is no array keeps its row as it is, an empty array gives no
row; besides a text that holds an array, the arrays of JSON events themselves are expanded. Rows
made of one event stay in the order of the matches or elements.
"""

from __future__ import annotations

from sqlglot import exp

from course.insights import nodes, structure_nodes
from course.insights.expressions import Expressions
from course.insights.nested import document, items, of_document, pointer
from course.insights.pipeline import Ordering, Pipeline, column
from course.insights.rows import captures, count_here
from course.insights.values import Kind, Sql, Value, binary, call, cast, text, text_literal


def add_structure(pipeline: Pipeline, stage: structure_nodes.StructureStage) -> None:
    match stage:
        case structure_nodes.ParseLogfmt():
            _add_logfmt(pipeline, stage)
        case structure_nodes.ParseCsv():
            _add_csv(pipeline, stage)
        case structure_nodes.JsonField():
            _add_json(pipeline, stage)
        case structure_nodes.Unnest():
            _add_unnest(pipeline, stage)
        case structure_nodes.Expand():
            _add_expand(pipeline, stage)


def _add_logfmt(pipeline: Pipeline, stage: structure_nodes.ParseLogfmt) -> None:
    subject = _subject(pipeline, stage.source, stage.span)
    pairs = Value(call("logfmt", subject), Kind.MAP)
    pipeline.add_stage("logfmt", pipeline.select(_named(pipeline, stage.name, pairs)))


def _add_csv(pipeline: Pipeline, stage: structure_nodes.ParseCsv) -> None:
    subject = _subject(pipeline, stage.source, stage.span)
    split = _keep(pipeline, "#values", call("csv_values", subject))
    added = [
        _named(pipeline, name, Value(_item(split, exp.Literal.number(i)), Kind.ANY))
        for i, name in enumerate(stage.names, 1)
    ]
    pipeline.add_stage("csv", pipeline.select(*added))


def _add_json(pipeline: Pipeline, stage: structure_nodes.JsonField) -> None:
    parts = [
        call("json_extract", whole, text_literal(pointer(stage.keys)))
        for whole in _wholes(pipeline, stage.source)
    ]
    found = parts[0] if len(parts) == 1 else call("coalesce", *parts)
    made = _named(pipeline, stage.name, of_document(found))
    pipeline.add_stage("json", pipeline.select(made))


def _wholes(pipeline: Pipeline, source: nodes.Field) -> list[Sql]:
    """What may hold the structure behind a name: the value, its text, the event's own JSON."""
    value = pipeline.resolve(source)
    known = document(value)
    wholes = [] if known is None else [known]
    if value.kind in (Kind.ANY, Kind.TEXT):
        wholes.append(call("json_structure", value.sql))
    if known is None and is_raw(pipeline, source):
        wholes.append(call("json_extract", column("#json"), text_literal(pointer(source.parts))))
    return wholes or [cast(exp.Null(), "JSON")]


def is_raw(pipeline: Pipeline, source: nodes.Field) -> bool:
    """Whether the name means a field found in the event."""
    return not (pipeline.aggregated or source.name in pipeline.made or source.name.startswith("@"))


def add_multi(pipeline: Pipeline, stage: nodes.Parse) -> None:
    """`parse ... multi`: one row for each match; no match keeps the row, its names missing."""
    subject = _subject(pipeline, stage.source, stage.span)
    regex, names = captures(pipeline, stage)
    lists = [
        _keep(pipeline, "#matches", _every_match(subject, regex, group))
        for group in range(1, len(names) + 1)
    ]
    count = call("greatest", call("len", lists[0]), exp.Literal.number(1))
    place = _multiply(pipeline, "matches", count)
    added = []
    for matches, name in zip(lists, names, strict=True):
        if name is not None:
            found = call("nullif", _item(matches, place), text_literal(""))
            added.append(_named(pipeline, name, Value(found, Kind.ANY)))
    pipeline.add_stage("parse", pipeline.select(*added))


def _every_match(subject: Sql, regex: str, group: int) -> Sql:
    group_number = exp.Literal.number(str(group))
    return call("regexp_extract_all", subject, text_literal(regex), group_number)


def _add_unnest(pipeline: Pipeline, stage: structure_nodes.Unnest) -> None:
    value = Expressions(pipeline).value(stage.expression)
    elements = _keep(pipeline, "#items", items(value))
    place = _multiply(pipeline, "items", call("len", elements))
    element = _element(elements, place)
    pipeline.add_stage("unnest", pipeline.select(_named(pipeline, stage.name, element)))


def _add_expand(pipeline: Pipeline, stage: structure_nodes.Expand) -> None:
    value = pipeline.resolve(stage.field)
    arrays = [call("only_array", whole) for whole in _wholes(pipeline, stage.field)]
    array = arrays[0] if len(arrays) == 1 else call("coalesce", *arrays)
    known = document(value)
    itself = known if known is not None else cast(call("to_json", value.sql), "JSON")
    elements = _keep(pipeline, "#items", call("json_items_or", array, itself))
    place = _multiply(pipeline, "items", call("len", elements))
    element = pipeline.redefine(stage.field.name, _element(elements, place))
    pipeline.expanded.add(stage.field.name)
    pipeline.add_stage("expand", pipeline.select(element))


# parts --------------------------------------------------------------------------------------
def _subject(pipeline: Pipeline, source: nodes.Field | None, span: nodes.Span) -> Sql:
    return text(pipeline.resolve(source or nodes.Field(("@message",), span)))


def _named(pipeline: Pipeline, name: nodes.Field, value: Value) -> Sql:
    if pipeline.options.parsed_columns:
        pipeline.extra.append(name.name)
    return pipeline.define(name.name, value, name.span)


def _keep(pipeline: Pipeline, name: str, sql: Sql) -> Sql:
    """Add `sql` as a column of its own, so that what follows computes it once."""
    made = pipeline.new_column(name)
    pipeline.add_stage(name.strip("#"), pipeline.select(exp.alias_(sql, made, quoted=True)))
    return column(made)


def _multiply(pipeline: Pipeline, kind: str, count: Sql) -> Sql:
    """Each row `count` times, numbered from 1 in a new column, which also orders them."""
    count_here(pipeline)
    made = pipeline.new_column("#place")
    numbers = call("range", exp.Literal.number(1), binary(exp.Add, count, exp.Literal.number(1)))
    every = exp.alias_(call("unnest", numbers), made, quoted=True)
    pipeline.add_stage(f"each_{kind}", pipeline.select(every))
    pipeline.ordering.append(Ordering(column(made), False))
    return column(made)


def _element(elements: Sql, place: Sql) -> Value:
    return of_document(_item(elements, place))


def _item(items_of: Sql, place: Sql) -> Sql:
    return call("list_extract", items_of, place)
