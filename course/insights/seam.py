"""Where a query leaves SQL: a step in Python between two parts of it.

Most stages are common table expressions of one statement. A stage that is no SQL (`pattern`,
`relevantfields`) is a Step: the stages before it become a statement of their own, the step's work
turns its rows into a table, and the stages after it read this table from a common table expression
of the step's name, whose columns are parameters: `unnest($step_1_pattern_0)`. The first statement
may be run over several time ranges, one after the other (`diff`, `logcompare`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlglot import exp

from course.insights import nodes
from course.insights.errors import QueryError
from course.insights.values import call, parameter

Range = tuple[int, int]  # epoch ms, both included
Rows = list[tuple[Any, ...]]
Table = dict[str, list[Any]]


@dataclass(frozen=True)
class Baseline:
    """A second time range to read, told from the query's own; `command` wants it."""

    shift: Callable[[Range], Range]
    command: str
    span: nodes.Span


class Step(Protocol):
    """A stage that runs in Python."""

    @property
    def source(self) -> str:
        """The stage that it reads, or "events"."""

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns of the table that it makes: the SQL type of each."""

    @property
    def about(self) -> str:
        """One line for `explain`."""

    @property
    def baseline(self) -> Baseline | None:
        """The range to compare with; None when there is just the query's own."""

    def reads(self) -> Any:
        """The SELECT over the stages before it, asked for when the whole query is compiled."""

    def work(self, rows: list[Rows], whole: Range) -> Table:
        """The rows of `reads`, one list per time range, to values for `columns`."""


@dataclass(frozen=True)
class Part:
    """A Step with its statement written out; `name` is the table that its rows become."""

    name: str
    statement: Any  # compile.Statement
    step: Step

    def run(self, ask: Ask, whole: Range, bounded: bool) -> Table:
        """The parameters of the step's table. whole: the query's range; bounded: whether the
        caller gave its start."""
        ranges: list[Range | None] = [None]
        baseline = self.step.baseline
        if baseline is not None:
            if not bounded:
                raise QueryError(
                    f"`{baseline.command}` compares two time ranges: say where the query's begins",
                    span=baseline.span,
                    example="run(query, events, start=1790000000000, end=1790003600000)",
                )
            ranges.append(baseline.shift(whole))
        rows = [ask(self, each) for each in ranges]
        made = self.step.work(rows, whole)
        return {f"{self.name}_{i}": made[name] for i, name in enumerate(self.step.columns)}

    def explained(self) -> str:
        heading = f"-- Table {self.name}, made in Python: {self.step.about}, from"
        return f"{heading}\n{self.statement.sql}\n\n"


# What a part reads in a time range (None: the query's own).
Ask = Callable[[Part, Range | None], Rows]


@dataclass(frozen=True)
class Cut:
    """A Step in the list of a pipeline's stages, by the name of the table that it makes."""

    name: str
    step: Step
    place: int  # how many stages stand before it

    def table(self) -> Any:
        """The SELECT that makes the step's values a table."""
        columns = []
        for i, (name, kind) in enumerate(self.step.columns.items()):
            values = exp.Cast(this=parameter(f"{self.name}_{i}"), to=_list_of(kind))
            columns.append(exp.alias_(call("unnest", values), name, quoted=True))
        return exp.select(*columns)


def _list_of(kind: str) -> Any:
    inner = exp.DataType(this=exp.DataType.Type[kind])
    return exp.DataType(this=exp.DataType.Type.ARRAY, expressions=[inner], nested=True)


def sql_part(
    stages: list[tuple[str, Any]], cuts: list[Cut], last: str
) -> tuple[Cut | None, list[tuple[str, Any]]]:
    """The stages of the SQL part that ends with `last`, and the step that it begins with; None
    when it begins with the events."""
    names = [name for name, _ in stages]
    if last not in names:
        return next((cut for cut in cuts if cut.name == last), None), []
    end = names.index(last) + 1
    before = [cut for cut in cuts if cut.place < end]
    begin = before[-1] if before else None
    return begin, stages[begin.place if begin else 0 : end]
