"""Numbering the events of a file after the leading filters instead of before them.

Nothing here changes an answer; it spares time. Where two events have one time, the place of each
in its file says which comes first. Numbering every line keeps DuckDB from reading the file with
several threads; but the lines that the leading filters let pass are in the same order, so their
numbers tell as much. DuckDB keeps the order of rows in a materialised table expression, whatever
thread made them, and hands them on while it reads: the file is never held in memory.
"""

from __future__ import annotations

from sqlglot import exp

from course.insights.pipeline import ORDER, column, table
from course.insights.values import Sql

ONE_MILLISECOND = 2**40  # more than the events that fit into one file


def numbered_after(statement: Sql, filter_: str) -> Sql | None:
    """The statement with `#order` made anew in the table expression of the name `filter_`; None
    when it has none of that name."""
    made = statement.copy()
    ctes = made.args["with_"].expressions
    place = next((i for i, cte in enumerate(ctes) if cte.alias == filter_), None)
    if place is None:
        return None
    kept = f"{filter_}_kept"
    ctes[place].set("alias", exp.TableAlias(this=exp.to_identifier(kept)))
    ctes[place].set("materialized", True)
    alias = exp.TableAlias(this=exp.to_identifier(filter_))
    ctes.insert(place + 1, exp.CTE(this=_numbered(kept), alias=alias))
    made.args["with_"].set("expressions", ctes)
    return made


def order_of(time: Sql, place: Sql) -> Sql:
    """A number that rises with the time of the events and, within a time, with their places."""
    wide = exp.Cast(this=time, to=exp.DataType.build("HUGEINT", dialect="duckdb"))
    steps = exp.Mul(this=wide, expression=exp.Literal.number(ONE_MILLISECOND))
    return exp.Add(this=steps, expression=place)


def _numbered(source: str) -> Sql:
    number = exp.Window(this=exp.RowNumber())
    order = exp.alias_(order_of(column("@timestamp"), number), ORDER, quoted=True)
    return exp.select(exp.Star(replace=[order])).from_(table(source))
