"""Metric math: new time series out of those that a request retrieves.

Follows the CloudWatch User Guide, "Using math expressions with CloudWatch metrics". Between two
time series a missing value counts as 0, and a point that would divide by zero is dropped: so
errors/invocations*100 has a 0 where there were no errors and no point where there was no traffic.
A scalar applies to the points that a series has. Every result must be a time series or an array.
What an expression looks up by itself (SEARCH, SELECT, bands, insight rules) comes from `Sources`.

Refused by name: SERVICE_QUOTA, DB_PERF_INSIGHTS, LAMBDA.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, lru_cache

from lark import Lark
from lark.lexer import Token

from course.telemetry import math_arrays as arrays
from course.telemetry import math_functions as functions
from course.telemetry.errors import NotSupported, RuleError, point_at
from course.telemetry.grammar import Language, Node
from course.telemetry.math_values import (
    Line,
    Lines,
    Name,
    Scalar,
    Text,
    Value,
    Word,
    combine,
    negate,
)

CODE = "ValidationError"
MAX_LENGTH = 2048

_LANGUAGE = Language(
    name="Metric math",
    code=CODE,
    grammar=r"""
        ?start: either
        ?either: both | either OR both -> binary
        ?both: compared | both AND compared -> binary
        ?compared: sum | sum COMPARE sum -> binary
        ?sum: product | sum (PLUS | MINUS) product -> binary
        ?product: signed | product (TIMES | OVER) signed -> binary
        ?signed: power | MINUS signed -> negation
        ?power: atom | atom HAT signed -> binary
        ?atom: NUMBER -> number
            | ID -> name
            | TEXT -> text
            | WORD -> word
            | (WORD | ID) "(" [either ("," either)*] ")" -> call
            | "[" either ("," either)* "]" -> array
            | "(" either ")"
        OR: "OR" | "||"
        AND: "AND" | "&&"
        COMPARE: "==" | "!=" | "<=" | ">=" | "<" | ">"
        PLUS: "+"
        MINUS: "-"
        TIMES: "*"
        OVER: "/"
        HAT: "^"
        NUMBER: /\d+(\.\d+)?([eE][+-]?\d+)?|\.\d+/
        ID: /[a-z][A-Za-z0-9_]*/
        WORD: /[A-Z][A-Z0-9_]*/
        TEXT: /"[^"]*"|'[^']*'/
        %ignore /\s+/
    """,
    words={
        "NUMBER": "a value",
        "ID": "a value",
        "WORD": "a function",
        "LPAR": "'('",
        "RPAR": "')'",
        "LSQB": "'['",
        "RSQB": "']'",
        "COMMA": "','",
        "PLUS": "an operator",
        "MINUS": "an operator",
        "TIMES": "an operator",
        "COMPARE": "an operator",
        "$END": "the end",
    },
)
_USE_IDS = "Name each metric in its own MetricStat and use its Id."
NOT_SIMULATED = {
    "SERVICE_QUOTA": "Write the quota as a number.",
    "DB_PERF_INSIGHTS": _USE_IDS,
    "LAMBDA": _USE_IDS,
}
_SELECT = re.compile(r"\s*SELECT\b", re.IGNORECASE)
Labelled = Sequence[tuple[str, Line]]


@dataclass(frozen=True)
class Sources:
    """How an expression reads what is not in the request; as it stands, there is nothing to find.

    search: (search expression, statistic, period or None) -> labelled lines.
    select: (id of the expression that is a Metrics Insights query) -> labelled lines.
    band: (id of a metric, width in standard deviations) -> the upper and the lower line.
    rule: (Contributor Insights rule, one of its metrics) -> line.
    """

    search: Callable[[str, str, int | None], Labelled] = lambda text, statistic, period: []
    select: Callable[[str], Labelled] = lambda name: [(name, {})]
    band: Callable[[str, float], tuple[Line, Line]] = lambda name, width: ({}, {})
    rule: Callable[[str, str], Line] = lambda name, metric: {}


@dataclass(frozen=True)
class Request:
    """What expressions may refer to. times: the beginnings of all periods, oldest first."""

    expressions: Mapping[str, str]
    series: Mapping[str, Line]
    period: int
    times: Sequence[int]
    labels: Mapping[str, str]
    sources: Sources
    done: dict[str, Lines] = field(default_factory=dict)

    def metric(self, name: str) -> tuple[str, Line]:
        """A retrieved metric with the label that it has in an array."""
        return self.labels.get(name, name), self.series[name]


def evaluate(
    expressions: Mapping[str, str],
    series: Mapping[str, Sequence[tuple[int, float]]],
    *,
    period: int,
    times: Sequence[int],
    labels: Mapping[str, str] | None = None,
    sources: Sources | None = None,
) -> dict[str, list[tuple[str, list[tuple[int, float]]]]]:
    """The lines that each expression makes: {id: [(label, [(epoch seconds, value)])]}.

    expressions: {id: expression}, in the order of the request; they may use each other. series: the
    retrieved metrics by id, as `metrics.bucket` gives them. period: of all of them, seconds.
    times: every period of the range, oldest first (`metrics.times`). One time series makes one line
    labelled with the expression's id; an array makes one for each, labelled with what `labels` says
    of a metric, or else its id.
    """
    lines = {name: dict(line) for name, line in series.items()}
    found = sources or Sources()
    request = Request(expressions, lines, period, times, labels or {}, found)
    made = {name: _lines(name, request, ()) for name in expressions}
    return {
        name: [(label, sorted(line.items())) for label, line in lines.items]
        for name, lines in made.items()
    }


def check(expression: str, names: Sequence[str] = ()) -> list[str]:
    """The ids that an expression refers to; `RuleError` when it cannot be read.

    names: the ids that exist; given, an unknown one is an error.
    """
    if is_query(expression):
        return []
    found = []
    for token in _names(_tree(expression)):
        if names and token not in names:
            raise _unknown(token, names, expression)
        found.append(str(token))
    return list(dict.fromkeys(found))


def is_query(expression: str) -> bool:
    """Whether this is a Metrics Insights query rather than metric math."""
    return _SELECT.match(expression) is not None


def calls(expression: str) -> list[str]:
    """The functions that an expression calls; `RuleError` when it cannot be read."""
    if is_query(expression):
        return []
    return [str(_token(n, 0)) for n in _tree(expression).iter_subtrees() if n.data == "call"]


@cache
def _parser() -> Lark:
    return _LANGUAGE.build()


@lru_cache(maxsize=512)
def _tree(expression: str) -> Node:
    if not 1 <= len(expression.strip()) <= MAX_LENGTH:
        raise RuleError(CODE, f"An expression has 1 to {MAX_LENGTH} characters")
    return _LANGUAGE.parse(_parser(), expression)


def _names(tree: Node) -> Iterator[Token]:
    for node in tree.iter_subtrees_topdown():
        if node.data == "name":
            yield _token(node, 0)


def _token(node: Node, at: int) -> Token:
    found = node.children[at]
    assert isinstance(found, Token)
    return found


def _lines(name: str, request: Request, path: tuple[str, ...]) -> Lines:
    """One expression's result, computed once; `path`: the expressions that led to it."""
    if name in path:
        raise RuleError(CODE, f"Expressions refer to each other: {' -> '.join((*path, name))}")
    if name not in request.done and is_query(request.expressions[name]):
        found = request.sources.select(name)
        request.done[name] = Lines(found, array=len(found) != 1 or found[0][0] != name)
    if name not in request.done:
        value = _Run(request, request.expressions[name], (*path, name)).value()
        if not isinstance(value, Lines):
            raise RuleError(
                CODE,
                f"Error in expression {name!r}: the result must be a time series, not a single "
                "number; TIME_SERIES(...) makes one",
            )
        labelled = value if value.array else Lines([(name, value.items[0][1])])
        request.done[name] = labelled
    return request.done[name]


def _unknown(token: Token, names: Sequence[str], expression: str) -> RuleError:
    close = get_close_matches(str(token), names, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    problem = f"Metric math: there is no Id {token} in the request{hint}"
    at = token.start_pos or 0
    return RuleError(CODE, point_at(expression, at, problem), at)


@dataclass(frozen=True)
class _Run:
    request: Request
    text: str
    path: tuple[str, ...]

    def value(self) -> Value:
        return self.of(_tree(self.text))

    def of(self, node: Node) -> Value:
        match node.data:
            case "number":
                return Scalar(float(_token(node, 0)))
            case "name":
                return self.named(_token(node, 0))
            case "negation":
                return negate(self.child(node, 1))
            case "binary":
                sign = _token(node, 1)
                return self.guard(
                    sign, lambda: combine(str(sign), self.child(node, 0), self.child(node, 2))
                )
            case "array":
                parts = [self.child(node, at) for at in range(len(node.children))]
                try:
                    return functions.array(parts)
                except functions.Mistake as mistake:
                    raise self.error(_first(node), str(mistake)) from None
            case "call":
                return self.call(node)
        token = _token(node, 0)
        raise self.error(token, f"{token} has no meaning here")

    def child(self, node: Node, at: int) -> Value:
        found = node.children[at]
        assert not isinstance(found, Token)
        return self.of(found)

    def named(self, token: Token) -> Value:
        name = str(token)
        if name in self.request.series:
            return Lines([self.request.metric(name)])
        if name not in self.request.expressions:
            known = [*self.request.series, *self.request.expressions]
            raise _unknown(token, known, self.text)
        return _lines(name, self.request, self.path)

    def error(self, token: Token, problem: str) -> RuleError:
        at = token.start_pos or 0
        return RuleError(CODE, point_at(self.text, at, f"Metric math: {problem}"), at)

    def guard(self, token: Token, work: functions.Work) -> Value:
        """Give a mistake that a function tells the place where the function stands."""
        try:
            return work()
        except functions.Mistake as mistake:
            raise self.error(token, str(mistake)) from None

    def call(self, node: Node) -> Value:
        token = _token(node, 0)
        name = str(token)
        if name in NOT_SIMULATED:
            raise NotSupported(f"{name}(...)", NOT_SIMULATED[name], token.start_pos)
        given = [part for part in node.children[1:] if part is not None]
        if name not in functions.TABLE and name not in functions.SPECIAL:
            raise self.error(token, _no_function(name))
        if name in functions.SPECIAL:
            return self.guard(token, lambda: self.special(name, given))
        values = [self.of(part) for part in given if not isinstance(part, Token)]
        return self.guard(token, lambda: functions.apply(name, values, self.request.times))

    def special(self, name: str, given: Sequence[Node | Token]) -> Value:
        """Functions that look at what is written, not only at its value."""
        ids = name in ("PERIOD", "ANOMALY_DETECTION_BAND")
        nodes = [part for part in given if not isinstance(part, Token)]
        match name, [self.written(node, ids) for node in nodes]:
            case "METRICS", []:
                return self.metrics("")
            case "METRICS", [Text(part)]:
                return self.metrics(part)
            case "PERIOD", [Name()]:
                return Scalar(float(self.request.period))
            case "FILL", [Lines() as value, Word(how)]:
                return functions.fill(value, how, self.request.times)
            case "FILL", [Lines() as value, (Scalar() | Lines()) as filler]:
                return functions.fill(value, filler, self.request.times)
            case "SORT", [Lines() as value, Word(by), Word(order)]:
                return arrays.sort(value, by, order)
            case "SORT", [Lines() as value, Word(by), Word(order), Scalar(limit)]:
                return arrays.cut(arrays.sort(value, by, order), 0.0, limit)
            case "SEARCH", [Text(text), Text(statistic)]:
                return Lines(self.request.sources.search(text, statistic, None), array=True)
            case "SEARCH", [Text(text), Text(statistic), Scalar(float(period))]:
                return Lines(self.request.sources.search(text, statistic, int(period)), array=True)
            case "ANOMALY_DETECTION_BAND", [Name(metric)]:
                return self.band(metric, 2.0)
            case "ANOMALY_DETECTION_BAND", [Name(metric), Scalar(float(width))]:
                return self.band(metric, width)
            case "INSIGHT_RULE_METRIC", [Text(rule), Text(metric)]:
                return Lines([(metric, self.request.sources.rule(rule, metric))])
        raise functions.Mistake(functions.SPECIAL[name])

    def written(self, node: Node, ids: bool) -> Value | Text | Word | Name:
        """An argument; ids: the name of a metric stands for itself, not for its series."""
        if node.data in ("text", "word"):
            text = str(node.children[0])
            return Text(text[1:-1]) if node.data == "text" else Word(text)
        if ids and node.data == "name" and str(node.children[0]) in self.request.series:
            return Name(str(node.children[0]))
        return self.of(node)

    def metrics(self, part: str) -> Lines:
        names = (name for name in self.request.series if part in name)
        return Lines([self.request.metric(name) for name in names], array=True)

    def band(self, metric: str, width: float) -> Lines:
        if width <= 0:
            raise functions.Mistake("ANOMALY_DETECTION_BAND takes a positive width")
        upper, lower = self.request.sources.band(metric, width)
        label = self.request.labels.get(metric, metric)
        return Lines([(f"{label} (upper)", upper), (f"{label} (lower)", lower)], array=True)


def _first(node: Node) -> Token:
    return next(node.scan_values(lambda part: isinstance(part, Token)))


def _no_function(name: str) -> str:
    known = [*functions.TABLE, *functions.SPECIAL]
    if name.upper() in known:
        return f"functions are written in upper case: {name.upper()}"
    close = get_close_matches(name.upper(), known, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"there is no function {name}{hint}"
