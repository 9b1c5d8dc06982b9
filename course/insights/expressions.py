"""Expressions of the query to SQL: operators here, functions from their tables."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from course.insights import nodes
from course.insights.addresses import ADDRESS_FUNCTIONS
from course.insights.aggregates import AGGREGATES, Gathered
from course.insights.codes import CODE_FUNCTIONS
from course.insights.dates import DATE_FUNCTIONS
from course.insights.errors import QueryError, nearest
from course.insights.functions import PLAIN_FUNCTIONS, Written
from course.insights.joins import membership
from course.insights.json_functions import JSON_FUNCTIONS
from course.insights.nested import reach
from course.insights.pipeline import Pipeline
from course.insights.regexes import checked_regex
from course.insights.series import SERIES
from course.insights.table_nodes import InQuery
from course.insights.times import TIME_FUNCTIONS
from course.insights.values import (
    CONTAINERS,
    NUMERIC,
    Kind,
    Sql,
    Value,
    balanced,
    binary,
    call,
    compare,
    negated,
    number,
    number_literal,
    reads_as_number,
    refuse_container,
    text,
    text_literal,
    truth,
    unless_container,
)

FUNCTIONS = {
    **PLAIN_FUNCTIONS,
    **TIME_FUNCTIONS,
    **DATE_FUNCTIONS,
    **JSON_FUNCTIONS,
    **ADDRESS_FUNCTIONS,
    **CODE_FUNCTIONS,
}
SUMMARIES = {**AGGREGATES, **SERIES}
_WITH_PERIOD = {*TIME_FUNCTIONS, "rate"}
Resolve = Callable[[nodes.Field], Value]
Gather = Callable[[nodes.Call], Value]
_ARITHMETIC = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}


class Expressions:
    """Compiles expressions; `resolve` says what a name means, `gather` what an aggregate is."""

    def __init__(
        self, pipeline: Pipeline, resolve: Resolve | None = None, gather: Gather | None = None
    ) -> None:
        self.pipeline = pipeline
        self.resolve = resolve or pipeline.resolve
        self.gather = gather or _refuse_aggregate

    def value(self, node: nodes.Expr) -> Value:
        match node:
            case nodes.Number():
                return Value(number_literal(node.value), Kind.NUMBER, node.value)
            case nodes.Text():
                return Value(text_literal(node.value), Kind.TEXT, node.value)
            case nodes.Boolean():
                return Value(exp.Boolean(this=node.value), Kind.BOOLEAN)
            case nodes.Field():
                return self.resolve(node)
            case nodes.Call():
                return self.pipeline.written_name(node.text) or self._call(node)
            case nodes.Reach():
                return reach(self.value(node.whole), node.keys)
            case nodes.Negative():
                minus = exp.Paren(
                    this=exp.Neg(this=exp.Paren(this=number(self.value(node.operand))))
                )
                return Value(minus, Kind.NUMBER)
            case nodes.Arithmetic():
                return self._arithmetic(node)
            case nodes.Compare() | nodes.Like() | nodes.In() | nodes.Logical() | nodes.Not():
                return Value(self.condition(node), Kind.BOOLEAN)
            case InQuery():
                return Value(self.condition(node), Kind.BOOLEAN)
        raise QueryError(
            f"{_NAMES[type(node)]} cannot stand here by itself", span=node.span, example="bin(5m)"
        )

    # conditions -----------------------------------------------------------------------------
    def condition(self, node: nodes.Expr) -> Sql:
        match node:
            case nodes.Logical():
                return self._logical(node)
            case nodes.Not():
                return negated(self._definite(self.condition(node.operand)))
            case nodes.Compare():
                left, right = self.value(node.left), self.value(node.right)
                return self._definite(compare(node.operator, left, right, node.span))
            case nodes.Like():
                return self._definite(self._like(node))
            case nodes.In():
                return self._definite(self._in(node))
            case InQuery():
                found = membership(self.pipeline, self.value(node.operand), node)
                return self._definite(found)
        return truth(self.value(node))

    def _definite(self, condition: Sql) -> Sql:
        """With two-valued logic, what is unknown is false; otherwise it stays unknown."""
        if self.pipeline.options.two_valued_not:
            return call("coalesce", condition, exp.false())
        return condition

    def _logical(self, node: nodes.Logical) -> Sql:
        kind = exp.And if node.operator == "and" else exp.Or
        return balanced(kind, [self.condition(term) for term in node.terms])

    def _like(self, node: nodes.Like) -> Sql:
        operand = self.value(node.operand)
        if operand.kind in CONTAINERS:
            return exp.false()
        if isinstance(node.pattern, nodes.Text):
            found = call("contains", text(operand), text_literal(node.pattern.value))
        else:
            found = _search(text(operand), checked_regex(node.pattern.pattern, node.pattern.span))
        return unless_container([operand], negated(found) if node.negated else found)

    def _in(self, node: nodes.In) -> Sql:
        """One of the numbers or one of the texts; unknown when the operand is missing."""
        operand = self.value(node.operand)
        if operand.kind in CONTAINERS:
            return exp.false()
        texts = [c.value for c in node.choices if isinstance(c, nodes.Text)]
        numbers = [float(c.value) for c in node.choices if not isinstance(c, nodes.Text)]
        if operand.kind in NUMERIC:
            numbers += [float(t) for t in texts if reads_as_number(t)]
        among_texts = _among(text(operand), [text_literal(t) for t in texts])
        among_numbers = _among(number(operand), [number_literal(n) for n in numbers])
        # Compared with itself: false when present, unknown when missing.
        present = binary(exp.NEQ, operand.sql, operand.sql)
        found = binary(exp.Or, present, binary(exp.Or, among_texts, among_numbers))
        return unless_container([operand], negated(found) if node.negated else found)

    # numbers --------------------------------------------------------------------------------
    def _arithmetic(self, node: nodes.Arithmetic) -> Value:
        left, right = number(self.value(node.left)), number(self.value(node.right))
        if node.operator == "^":
            sql = call("pow", left, right)
        elif node.operator == "/":
            sql = binary(exp.Div, left, _not_zero(right))
        elif node.operator == "%":
            sql = call("fmod", left, _not_zero(right))
        else:
            sql = binary(_ARITHMETIC[node.operator], left, right)
        return Value(call("finite", sql), Kind.NUMBER)

    # calls ----------------------------------------------------------------------------------
    def _call(self, node: nodes.Call) -> Value:
        name = node.name.lower()
        if name in SUMMARIES:
            return self.gather(node)
        function = FUNCTIONS.get(name)
        if function is None:
            raise _unknown_function(node)
        check_arity(node, function.fewest, function.most, function.example)
        if name == "bin":
            values = [self._bin_time(node)]
        else:
            values = [self._argument(name, i, each) for i, each in enumerate(node.arguments)]
        return function.build(Written(values, node.arguments, node.span))

    def _bin_time(self, node: nodes.Call) -> Value:
        made = self.pipeline.made.get("@timestamp")
        if self.pipeline.aggregated and made is None:
            raise QueryError(
                "`bin` needs @timestamp, which no longer exists after `stats`",
                span=node.span,
                example="stats max(@timestamp) as t by user | stats count(*) by datefloor(t, 5m)",
            )
        return self.resolve(nodes.Field(("@timestamp",), node.span))

    def _argument(self, function: str, index: int, node: nodes.Expr) -> Value:
        match node:
            case nodes.Period() if index == 1 and function in _WITH_PERIOD:
                return Value(exp.Null(), Kind.NUMBER)
            case nodes.Regex() if function == "regexreplace":
                return Value(text_literal(node.pattern), Kind.TEXT, node.pattern)
        return self.value(node)

    def aggregate(self, node: nodes.Call, moment: Sql | None) -> Value:
        """An aggregate call over the rows that this compiler's names mean."""
        name = node.name.lower()
        aggregate = SUMMARIES[name]
        check_arity(node, aggregate.fewest, aggregate.most, aggregate.example)
        starred = [a for a in node.arguments if isinstance(a, nodes.Star)]
        if starred and aggregate.name != "count":
            raise QueryError(f"Only `count` takes *, not `{node.name}`", span=starred[0].span)
        given = () if starred else enumerate(node.arguments)
        values = [self._argument(name, i, argument) for i, argument in given]
        for value, argument in zip(values, node.arguments, strict=False):
            refuse_container(value, argument.span, "stats")
        gathered = Gathered(values, node.arguments, node.span, moment, self.pipeline.options)
        return aggregate.build(gathered)


_NAMES = {nodes.Regex: "A regex", nodes.Period: "A period", nodes.Star: "The * of count(*)"}


def _search(subject: Sql, pattern: str) -> Sql:
    """Whether a regex is found. `a|b` without any other sign is two plain searches: much faster."""
    if re.search(r"[^\w\s|:=,;\"'<>@#%&!~/-]", pattern):
        return call("regexp_matches", subject, text_literal(pattern))
    found = [call("contains", subject, text_literal(word)) for word in pattern.split("|")]
    return balanced(exp.Or, found)


def _among(operand: Sql, choices: list[Sql]) -> Sql:
    if not choices:
        return exp.false()
    found = exp.Paren(this=exp.In(this=operand.copy(), expressions=choices))
    return call("coalesce", found, exp.false())


def _not_zero(divisor: Sql) -> Sql:
    return call("nullif", divisor, exp.Literal.number(0))


def check_arity(node: nodes.Call, fewest: int, most: int | None, example: str) -> None:
    given = len(node.arguments)
    if given >= fewest and (most is None or given <= most):
        return
    if most is None:
        wanted = f"{fewest} or more"
    else:
        wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
    noun = "argument" if wanted == "1" else "arguments"
    raise QueryError(
        f"`{node.name}` takes {wanted} {noun}; here are {given}", span=node.span, example=example
    )


def _refuse_aggregate(node: nodes.Call) -> Value:
    instead = {"max": "greatest", "min": "least"}.get(node.name.lower())
    hint = f"; for the larger or smaller of several fields use `{instead}`" if instead else ""
    raise QueryError(
        f"`{node.name}` summarises many rows and belongs in `stats`{hint}",
        span=node.span,
        example=f"stats {SUMMARIES[node.name.lower()].example}",
    )


def _unknown_function(node: nodes.Call) -> QueryError:
    span = (node.span[0], node.span[0] + len(node.name))
    everything = [f.name for f in FUNCTIONS.values()] + [a.name for a in SUMMARIES.values()]
    meant = nearest(node.name, everything)
    example = None
    if meant:
        table = FUNCTIONS if meant.lower() in FUNCTIONS else SUMMARIES
        example = table[meant.lower()].example
    return QueryError(
        f"`{node.name}` is not a Logs Insights function",
        span=span,
        suggestion=meant,
        example=example,
    )
