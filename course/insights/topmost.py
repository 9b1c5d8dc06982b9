"""The first rows in the order of a text, found without the costly parts of that order.

Nothing here changes an answer; it spares work. One row in 61 is put in order by the cheap parts of
the order; the last of the first N of these bounds the N rows that are wanted. A row is kept when it
may come before the bound, which plain comparisons tell: the natural order of two texts (see
`sort_text`) differs from that of their characters only where one has a longer run of digits.
"""

from __future__ import annotations

from sqlglot import exp

from course.insights.pipeline import ORDER, Ordering, Pipeline, column, limited, table
from course.insights.values import Sql, balanced, binary, call, is_null, negated, text_literal

ONE_IN = 61  # a prime: times often are whole seconds or minutes
PLACE = "#position"
TIED = "events of one time are tied"


def keeps_no_place(pipeline: Pipeline) -> bool:
    """Whether nothing so far goes by the places of the events in their file."""
    if pipeline.cuts or pipeline.prefix or pipeline.shared.inner or pipeline.aggregated:
        return False
    return not any(names_place(select) for _, select in pipeline.stages)


def names_place(select: Sql) -> bool:
    return any(found.name in (ORDER, PLACE) for found in select.find_all(exp.Column))


def add_bound(pipeline: Pipeline, count: int) -> None:
    """Keep the rows that may be among the first `count`, when a text is the first to order by."""
    if len(pipeline.ordering) < 3 or pipeline.ordering[2].lead is None:
        return
    source = pipeline.last
    words, number, lead = pipeline.ordering[:3]
    text = lead.lead
    begun, begun_words = (call(name, words.sql, text) for name in ("lead", "lead_words"))
    digits = binary(exp.Sub, call("length", begun), call("length", begun_words))
    rough = call("lead_key", begun_words, begun)
    keys = [words, number, *(Ordering(sql, lead.descending) for sql in (rough, digits, begun))]
    bound = exp.select(
        exp.alias_(begun.copy(), "#bound", quoted=True),
        exp.alias_(number.sql.copy(), "#bound_number", quoted=True),
    ).from_(table(source))
    part = exp.Mod(this=column(ORDER), expression=exp.Literal.number(ONE_IN))
    bound = bound.where(exp.EQ(this=part, expression=exp.Literal.number(0)))
    bound = bound.order_by(*(key.node(pipeline.options.nulls_first) for key in keys))
    pipeline.add_stage("bound", limited(bound, 1).offset(count - 1))
    may_come = _may_come(pipeline, words.sql, number.sql, text, lead.descending)
    pipeline.add_stage("near", exp.select(exp.Star()).from_(table(source)).where(may_come))


def _may_come(pipeline: Pipeline, is_number: Sql, number: Sql, text: Sql, descending: bool) -> Sql:
    """Of texts all non-numbers first, then numbers; `descending`: the other way round."""
    bound, bound_number = (_of_bound(pipeline, name) for name in ("#bound", "#bound_number"))
    begun = call("left", text, call("length", bound))
    if descending:
        near_number = binary(exp.GTE, number, bound_number)
        near = binary(exp.GTE, text, bound)
        turned = binary(exp.GT, call("strlen", text), call("strlen", bound))
    else:
        near_number = binary(exp.LTE, number, bound_number)
        near = binary(exp.LTE, begun, bound)
        turned = call("regexp_matches", begun, text_literal("[0-9][^0-9]"))
    all_of_kind = is_null(bound_number) if descending else negated(is_null(bound_number))
    ahead, same = (is_number, negated(is_number)) if descending else (negated(is_number), is_number)
    near_text = binary(exp.Or, near, turned)
    near_ahead, near_same = (near_number, near_text) if descending else (near_text, near_number)
    ways = [
        is_null(bound),
        binary(exp.And, ahead, binary(exp.Or, all_of_kind, near_ahead)),
        binary(exp.And, same, binary(exp.And, all_of_kind, near_same)),
    ]
    if pipeline.options.nulls_first:
        ways.append(is_null(is_number))
    return balanced(exp.Or, ways)


def _of_bound(pipeline: Pipeline, name: str) -> Sql:
    return exp.Subquery(this=exp.select(column(name)).from_(table(pipeline.last)))


def add_checked_limit(pipeline: Pipeline, count: int) -> None:
    """The first rows; an error where events without places would have to be told apart by them."""
    pipeline.add_stage("first", limited(pipeline.order_by(pipeline.select()), count + 1))
    alike = exp.Window(
        this=exp.Count(this=exp.Star()), partition_by=[key.sql.copy() for key in pipeline.ordering]
    )
    tied = binary(exp.GT, alike, exp.Literal.number(1))
    refused = call("error", text_literal(TIED))
    name = pipeline.new_column("#tied")
    check = exp.Case(ifs=[exp.If(this=binary(exp.And, is_null(column(PLACE)), tied), true=refused)])
    pipeline.add_stage("checked", pipeline.select(exp.alias_(check, name, quoted=True)))
    kept = pipeline.select().where(is_null(column(name)))
    pipeline.add_stage("limit", limited(pipeline.order_by(kept), count))
