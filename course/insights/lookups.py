"""lookup and cidrlookup: columns of a table that the caller hands over, matched by value.

Source: CloudWatch Logs User Guide, "lookup" and "cidrlookup". OUTPUT overwrites, with nothing where
no row matches; OUTPUTNEW fills only what is missing. Choices where the guide is silent: of several
rows that match, the first of the table counts; values are compared as texts; the network column of
`cidrlookup` is the table's first unless named, and the longest prefix wins.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from course.insights import nodes
from course.insights.errors import QueryError
from course.insights.pipeline import Pipeline, column, table
from course.insights.shared import TableUse
from course.insights.table_nodes import CidrLookup, Lookup, Pair
from course.insights.values import (
    CONTAINERS,
    Kind,
    Sql,
    Value,
    binary,
    call,
    parameter,
    text,
    unify,
)


def add_lookup(pipeline: Pipeline, stage: Lookup) -> None:
    """One row of the table at most per event: doubles are left out when the table is bound."""
    used = [pair.column for pair in (*stage.matches, *stage.outputs)]
    name = pipeline.shared.add_table(
        TableUse(stage.table, tuple(used), len(stage.matches), False, stage.span)
    )
    keys = [text(_plain(pipeline, pair.field, "lookup")) for pair in stage.matches]
    tests = [binary(exp.EQ, key, _cell(name, i)) for i, key in enumerate(keys)]
    on = tests[0]
    for test in tests[1:]:
        on = binary(exp.And, on, test)
    found = [_cell(name, len(keys) + i) for i in range(len(stage.outputs))]
    joined = exp.Join(this=_rows(name, range(len(used)), _texts), side="LEFT", on=on)
    _add(pipeline, joined, stage.outputs, found, stage.only_new, "lookup")


def add_cidrlookup(pipeline: Pipeline, stage: CidrLookup) -> None:
    """The table is bound as ranges of address numbers that do not overlap, in rising order."""
    used = (stage.column, *(pair.column for pair in stage.outputs))
    name = pipeline.shared.add_table(TableUse(stage.table, used, 1, True, stage.span))
    address = call("ipv4_number", text(_plain(pipeline, stage.address, "cidrlookup")))
    on = binary(exp.GTE, address, _cell(name, 0))
    found = [_cell(name, i) for i in range(1, len(used))]
    rows = _rows(name, range(len(used)), lambda i: "BIGINT[]" if i == 0 else "VARCHAR[]")
    joined = exp.Join(this=rows, method="ASOF", side="LEFT", on=on)
    _add(pipeline, joined, stage.outputs, found, stage.only_new, "cidrlookup")


def _plain(pipeline: Pipeline, field: nodes.Field, command: str) -> Value:
    value = pipeline.resolve(field)
    if value.kind in CONTAINERS:
        raise QueryError(f"A map or list cannot be looked up by `{command}`", span=field.span)
    return value


def _texts(index: int) -> str:
    return "VARCHAR[]"


def _cell(name: str, index: int) -> Sql:
    return column(f"#{name}_{index}")


def _rows(name: str, indexes: range, kind: Callable[[int], str]) -> Sql:
    """The bound columns of the table, as rows."""
    columns = []
    for i in indexes:
        to = exp.DataType.build(kind(i), dialect="duckdb")
        values = exp.Cast(this=parameter(f"{name}_{i}"), to=to)
        columns.append(exp.alias_(call("unnest", values), f"#{name}_{i}", quoted=True))
    alias = exp.TableAlias(this=exp.to_identifier(name))
    return exp.Subquery(this=exp.select(*columns), alias=alias)


def _add(
    pipeline: Pipeline,
    joined: Sql,
    outputs: tuple[Pair, ...],
    found: list[Sql],
    only_new: bool,
    kind: str,
) -> None:
    added = []
    for pair, cell in zip(outputs, found, strict=True):
        value = Value(cell, Kind.ANY)
        if only_new and (pair.field.name in pipeline.made or not pipeline.aggregated):
            parts, kind_of = unify([pipeline.resolve(pair.field), value])
            value = Value(call("coalesce", *parts), kind_of)
        added.append(pipeline.redefine(pair.field.name, value))
        if pipeline.options.parsed_columns and pair.field.name not in pipeline.output():
            pipeline.extra.append(pair.field.name)
    select = exp.select(exp.Star(), *added).from_(table(pipeline.last))
    select.append("joins", joined)
    pipeline.add_stage(kind, select)
