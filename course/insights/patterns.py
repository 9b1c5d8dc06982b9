"""The stages `pattern`, `diff`, `logcompare` and `anomaly`: one Step in Python, see `seam`.

Source: CloudWatch Logs User Guide, pages "pattern", "diff", "logcompare", "anomaly", "Pattern
analysis" and "Compare (diff) with previous time ranges". The algorithms: `drain`, `anomalies`.
Choices where the guide is silent:
- White space at the end of a line is left off.
- A row that lacks the field belongs to no pattern and does not count for @ratio.
- Rows come with the most frequent pattern first; @timestamp of a pattern (one documented sample
  sorts by it) is that of its latest event.
- @PatternId, @regexString, @tokens, @logSamples and @visualization are there to be named; the
  option `pattern_details` shows them unasked, as the service's API does.
- `diff` stands right after `pattern` (the service says so); both ranges are clustered together, so
  that a pattern has one text in both. It adds @baselineCount, @difference and
  @differenceDescription, and the largest difference comes first. `logcompare` gives the same, over
  @message where no `pattern` stands before it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from course.insights import nodes
from course.insights.errors import QueryError
from course.insights.expressions import Expressions
from course.insights.pattern_nodes import (
    Anomaly,
    Diff,
    LogCompare,
    Pattern,
    PatternStage,
    RelevantFields,
)
from course.insights.pattern_rows import described
from course.insights.pipeline import Ordering, Pipeline, column, table
from course.insights.ranges import SHIFTS, back
from course.insights.relevance import add_relevant_fields
from course.insights.rows import count_here
from course.insights.seam import Baseline, Range, Rows, Table
from course.insights.values import (
    Kind,
    Sql,
    Value,
    call,
    is_null,
    negated,
    refuse_container,
    text,
    text_literal,
)

SHOWN = ("@pattern", "@ratio", "@sampleCount", "@severityLabel")
DETAILS = ("@PatternId", "@regexString", "@tokens", "@logSamples", "@visualization")
COMPARED = ("@baselineCount", "@difference", "@differenceDescription")
ANOMALIES = ("@anomalyType", "@anomalyScore", "@anomalyDescription")
_FROM_LINES = {"@tokens", "@logSamples", "@visualization"}
_WHOLE = ("@sampleCount", "@baselineCount", "@difference", "@timestamp")
_REAL = ("@ratio", "@anomalyScore")
_KINDS = {"TEXT": Kind.TEXT, "BIGINT": Kind.NUMBER, "DOUBLE": Kind.NUMBER}


@dataclass
class PatternStep:
    """The Step; `diff`, `logcompare` and `anomaly` change it before the query is ready."""

    pipeline: Pipeline
    source: str
    subject: Sql
    compared: Baseline | None = None
    judged: bool = False

    @property
    def columns(self) -> dict[str, str]:
        """What stages after it may name unasked, and what they do name."""
        names = [*SHOWN, *(n for n in (*DETAILS, "@timestamp") if n in self.pipeline.written)]
        names += COMPARED if self.compared else ()
        names += ANOMALIES if self.judged else ()
        return {name: _type(name) for name in names}

    @property
    def baseline(self) -> Baseline | None:
        return self.compared

    @property
    def about(self) -> str:
        words = "the lines of each pattern (Drain)"
        if self.compared is not None:
            words += f", in two time ranges ({self.compared.command})"
        return words + (", and what is unusual about them" if self.judged else "")

    @property
    def needs_lines(self) -> bool:
        named = _FROM_LINES & self.pipeline.written.keys()
        return self.judged or bool(named)

    def reads(self) -> Sql:
        """How often each shape of line stands there; the lines too, when they are asked for."""
        shape, time = call("line_shape", self.subject), column("@timestamp")
        parts = {"shape": shape, "events": exp.Count(this=exp.Star()), "seen": call("max", time)}
        if self.needs_lines:
            parts |= {"lines": call("list", self.subject), "times": call("list", time)}
        named = [exp.alias_(sql.copy(), name) for name, sql in parts.items()]
        select = exp.select(*named).from_(table(self.source))
        return select.where(negated(is_null(self.subject))).group_by(shape.copy())

    def work(self, rows: list[Rows], whole: Range) -> Table:
        found = described(rows, whole, self.needs_lines, self.judged)
        return {name: [row.get(name) for row in found] for name in self.columns}


def add_pattern(pipeline: Pipeline, stage: Pattern) -> None:
    if pipeline.pattern is not None:
        raise QueryError("A query has one `pattern`", span=stage.span)
    if pipeline.aggregated:
        raise QueryError(
            "`pattern` reads log events, and after `stats` there are none",
            span=stage.span,
            example="filter level = 'ERROR' | pattern @message",
        )
    value = Expressions(pipeline).value(stage.source)
    refuse_container(value, stage.span, "pattern")
    count_here(pipeline)
    subject = call("rtrim", text(value), text_literal(" \t\r\n"))
    step = PatternStep(pipeline, pipeline.last, subject)
    pipeline.add_step("pattern", step)
    pipeline.pattern = step
    details = DETAILS if pipeline.options.pattern_details else ()
    pipeline.start_over({}, [*SHOWN, *details])
    for name in (*SHOWN, *DETAILS, "@timestamp"):
        _make(pipeline, name)
    pipeline.ordering = [_order(pipeline, "@sampleCount", True), _order(pipeline, "@pattern")]
    for name in details:
        pipeline.resolve(nodes.Field((name,), stage.span))


def add_diff(pipeline: Pipeline, stage: Diff) -> None:
    command = "diff" if stage.back is None else f"diff previous{stage.back.title()}"
    step = _step(pipeline)
    if step is None or pipeline.last != pipeline.cuts[-1].name:
        raise QueryError(
            "`diff` has to be used right after `pattern`",
            span=stage.span,
            example="pattern @message | diff previousDay",
        )
    _compare(pipeline, step, Baseline(SHIFTS[stage.back], command, stage.span))


def add_logcompare(pipeline: Pipeline, stage: LogCompare) -> None:
    if pipeline.pattern is None:
        message = nodes.Field(("@message",), stage.span)
        add_pattern(pipeline, Pattern(message, stage.span))
    step = _step(pipeline)
    if step is None or pipeline.last != pipeline.cuts[-1].name:
        raise QueryError(
            "`logcompare` stands right after `pattern`, or after stages that keep events",
            span=stage.span,
            example="filter level = 'ERROR' | logcompare timeshift 7d",
        )
    shift = back(stage.shift.count, stage.shift.unit)
    _compare(pipeline, step, Baseline(shift, "logcompare", stage.span))


def add_anomaly(pipeline: Pipeline, stage: Anomaly) -> None:
    step = _step(pipeline)
    if step is None or step.judged or "@pattern" not in pipeline.made:
        raise QueryError(
            "`anomaly` judges what `pattern` found, once",
            span=stage.span,
            example="pattern @message | anomaly",
        )
    step.judged = True
    _show(pipeline, ANOMALIES)


def add_pattern_stage(pipeline: Pipeline, stage: PatternStage) -> None:
    match stage:
        case Pattern():
            add_pattern(pipeline, stage)
        case Diff():
            add_diff(pipeline, stage)
        case LogCompare():
            add_logcompare(pipeline, stage)
        case Anomaly():
            add_anomaly(pipeline, stage)
        case RelevantFields():
            add_relevant_fields(pipeline, stage)


def check_pattern_order(stages: tuple[nodes.Stage, ...]) -> None:
    """A query is not valid if it includes a `pattern` after a `sort` ("Pattern analysis")."""
    is_sorted = False
    for stage in stages:
        if isinstance(stage, Pattern) and is_sorted:
            raise QueryError(
                "`pattern` must come before `sort`",
                span=stage.span,
                example="pattern @message | sort @sampleCount desc",
            )
        is_sorted = is_sorted or isinstance(stage, nodes.Sort)


# names --------------------------------------------------------------------------------------
def _step(pipeline: Pipeline) -> PatternStep | None:
    return pipeline.pattern if isinstance(pipeline.pattern, PatternStep) else None


def _make(pipeline: Pipeline, name: str) -> None:
    """A name of the step's table."""
    kind = Kind.TIME if name == "@timestamp" else _KINDS[_type(name)]
    pipeline.made[name] = Value(column(name), kind)


def _show(pipeline: Pipeline, names: tuple[str, ...]) -> None:
    for name in names:
        _make(pipeline, name)
    pipeline.listed += names


def _order(pipeline: Pipeline, name: str, descending: bool = False) -> Ordering:
    return Ordering(pipeline.made[name].sql, descending)


def _compare(pipeline: Pipeline, step: PatternStep, baseline: Baseline) -> None:
    if step.compared is not None:
        raise QueryError("A query compares with one other time range", span=baseline.span)
    step.compared = baseline
    _show(pipeline, COMPARED)
    largest = Ordering(call("abs", column("@difference")), True)
    pipeline.ordering = [largest, *pipeline.ordering]


def _type(name: str) -> str:
    if name in _WHOLE:
        return "BIGINT"
    return "DOUBLE" if name in _REAL else "TEXT"
