"""A syntax tree to one SQL statement for DuckDB, built as a tree by sqlglot, never as text.

Order rules (CloudWatch Logs User Guide): `sort` and `limit` come after the last `stats`, at most
ten `stats`, only `limit` may follow `dedup`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

from sqlglot import exp

from course.insights import fields, nodes
from course.insights.errors import QueryError
from course.insights.hoist import hoisted
from course.insights.line_fields import with_line_field
from course.insights.narrow import early_fields, leading, rough_condition
from course.insights.numbering import numbered_after
from course.insights.options import Options
from course.insights.parser import parse
from course.insights.pattern_nodes import PatternStage
from course.insights.patterns import add_pattern_stage, check_pattern_order
from course.insights.pipeline import Pipeline, limited, table
from course.insights.rows import (
    add_dedup,
    add_display,
    add_fields,
    add_filter,
    add_limit,
    add_parse,
    add_sort,
)
from course.insights.seam import Part, sql_part
from course.insights.shared import Shared
from course.insights.sources import event_conditions, read_groups, scanned_events, with_groups
from course.insights.stats import add_stats
from course.insights.structure_nodes import StructureStage
from course.insights.structures import add_multi, add_structure
from course.insights.tables import add_table_stage, check_table_order
from course.insights.topmost import PLACE
from course.insights.values import Kind, Sql, Value, call, case, cast

MAX_STATS = 10


@dataclass(frozen=True)
class Statement:
    """SQL, and the names of the values that it wants bound when it runs."""

    sql: str
    parameters: frozenset[str]
    ties_checked: bool = False  # may run over events without their places in the file
    numbered: str | None = None  # the same over events without their places, which it makes itself


@dataclass(frozen=True)
class Compiled:
    """A query ready to run: its output columns, and statements that are written when asked for.

    events: whether the rows are events, not summaries of them.
    """

    columns: tuple[str, ...]
    events: bool
    pipeline: Pipeline
    values: tuple[Value, ...]
    limit: int

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(Kind.MAP if value.document else value.kind for value in self.values)

    @cached_property
    def typed(self) -> Statement:
        """The columns with their types."""
        tree = self.tree
        made = _render(tree)
        return replace(made, ties_checked=self.pipeline.ties_checked and self._no_place_after())

    @cached_property
    def over_files(self) -> Statement:
        """`typed`, in a form that lets a file be read by several threads where there is one."""
        name = self.pipeline.leading
        tree = numbered_after(self.tree, name) if name and self._no_place_after() else None
        return self.typed if tree is None else replace(self.typed, numbered=_render(tree).sql)

    def _no_place_after(self) -> bool:
        """Whether nothing but the check itself wants the places of the events."""
        if self.pipeline.cuts or self.pipeline.shared.inner:
            return False
        stages = [sql for name, sql in self.pipeline.stages if not name.endswith("_checked")]
        wanted = [*stages, *(value.sql for value in self.values)]
        return not any(c.name == PLACE for sql in wanted for c in sql.find_all(exp.Column))

    @property
    def tree(self) -> Sql:
        """The same as a tree of sqlglot, for other databases (`export`)."""
        return _final(self.pipeline, [_typed(value) for value in self.values], self.limit)

    @cached_property
    def printed(self) -> Statement:
        """The columns as AWS prints them, the @ptr of rows that are events, and in each row the
        number of rows before the first stage that cuts them off or sums them up."""
        texts = [_printed(value, self.pipeline.options) for value in self.values]
        if self.events:
            texts.append(fields.system_field("@ptr").sql)
        # After a step in Python the events are out of sight: they are counted by `matched`.
        steps = self.pipeline.cuts
        total = exp.Null() if steps else exp.Subquery(this=_total(self.pipeline))
        return _render(_final(self.pipeline, [*texts, total], self.limit))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What runs in Python before the statement can, in order: the inner queries' first."""
        made = []
        for pipeline in (*self.pipeline.shared.inner, self.pipeline):
            for cut in pipeline.cuts:
                select = _with_stages(pipeline, cut.step.reads(), cut.step.source)
                made.append(Part(cut.name, _render(select), cut.step))
        return tuple(made)

    @cached_property
    def scanned(self) -> Statement | None:
        """Counts the events read and their bytes; None when all events of the range are read."""
        select = scanned_events(self.pipeline)
        return None if select is None else _render(select)

    @cached_property
    def matched(self) -> Statement:
        """That number alone, for when no row comes out."""
        total = _total(self.pipeline)
        return _render(_with_stages(self.pipeline, total, self.pipeline.before_cut))


@lru_cache(maxsize=256)
def compile_query(
    query: str, options: Options, limit: int, groups: tuple[str, ...] | None = None
) -> Compiled:
    """Compile; raises QueryError with the place in `query`.

    groups: the log groups to read unless the query begins with SOURCE; None: all.
    """
    tree = parse(query)
    try:
        return _compile(tree, options, limit, groups)
    except QueryError as error:
        raise error.attach(query) from None


def _compile(
    tree: nodes.Query, options: Options, limit: int, groups: tuple[str, ...] | None
) -> Compiled:
    pipeline = Pipeline(options, shared=Shared(_build))
    _build(pipeline, with_groups(tree.stages, groups))
    names = tuple(pipeline.output())
    values = tuple(pipeline.named(name) for name in names)
    return Compiled(names, not pipeline.aggregated, pipeline, values, limit)


def _build(pipeline: Pipeline, written: tuple[nodes.Stage, ...]) -> None:
    """Compile the stages of a query, or of a query inside it, into its pipeline."""
    stages = hoisted(written) if pipeline.options.hoist_filters else written
    stages = read_groups(pipeline, stages)
    _check_order(stages)
    check_table_order(stages)
    pipeline.early, pipeline.rough = early_fields(stages), rough_condition(stages)
    filters = len(leading(stages))
    for count, stage in enumerate(stages, 1):
        _add(pipeline, stage)
        if count == filters:
            pipeline.leading = pipeline.last


def _add(pipeline: Pipeline, stage: nodes.Stage) -> None:
    match stage:
        case nodes.Fields():
            add_fields(pipeline, stage)
        case nodes.Display():
            add_display(pipeline, stage)
        case nodes.Filter():
            add_filter(pipeline, stage)
        case nodes.Parse() if stage.multi:
            add_multi(pipeline, stage)
        case nodes.Parse():
            add_parse(pipeline, stage)
        case nodes.Sort():
            add_sort(pipeline, stage)
        case nodes.Limit():
            add_limit(pipeline, stage)
        case nodes.Stats():
            add_stats(pipeline, stage)
        case nodes.Dedup():
            add_dedup(pipeline, stage)
        case _ if isinstance(stage, StructureStage):
            add_structure(pipeline, stage)
        case _ if isinstance(stage, PatternStage):
            add_pattern_stage(pipeline, stage)
        case _:
            add_table_stage(pipeline, stage)


def _check_order(stages: tuple[nodes.Stage, ...]) -> None:
    check_pattern_order(stages)
    stats = [stage for stage in stages if isinstance(stage, nodes.Stats)]
    if len(stats) > MAX_STATS:
        raise QueryError(f"A query has at most {MAX_STATS} `stats`", span=stats[MAX_STATS].span)
    early: nodes.Sort | nodes.Limit | None = None
    for stage in stages:
        if isinstance(stage, nodes.Sort | nodes.Limit):
            early = early or stage
        elif isinstance(stage, nodes.Stats) and early is not None:
            word = "sort" if isinstance(early, nodes.Sort) else "limit"
            raise QueryError(f"`{word}` must come after the last `stats`", span=early.span)
    for before, after in pairwise(stages):
        if isinstance(before, nodes.Dedup) and not isinstance(after, nodes.Limit):
            raise QueryError("Only `limit` may follow `dedup`", span=after.span)


# the statement ------------------------------------------------------------------------------
def _final(pipeline: Pipeline, expressions: list[Sql], limit: int) -> Sql:
    named = [exp.alias_(sql.copy(), f"c{i}", quoted=True) for i, sql in enumerate(expressions)]
    select = exp.select(*named).from_(table(pipeline.last))
    select = pipeline.order_by(select) if pipeline.ordering else select
    return _with_stages(pipeline, limited(select, limit))


def _total(pipeline: Pipeline) -> Sql:
    return exp.select(exp.Count(this=exp.Star())).from_(table(pipeline.before_cut))


def _with_stages(pipeline: Pipeline, select: Sql, last: str | None = None) -> Sql:
    """The statement with its common table expressions, all of them or those up to `last`."""
    own = _part(pipeline, last or pipeline.last)
    # An inner query holds none; the outer one comes after those that it holds.
    inner = [] if pipeline.prefix else pipeline.shared.inner
    parts = [stage for each in inner for stage in _part(each, each.last)] + own
    twice = _asked_twice([name for name, _ in parts])
    for name, stage in parts:
        alias = exp.TableAlias(this=exp.to_identifier(name))
        kept = True if name in twice else None
        select = select.with_(alias, as_=stage, materialized=kept, copy=False)
        if name == last:
            break
    return select


def _asked_twice(names: list[str]) -> set[str]:
    """The stages asked for the smallest keys or the bound, and then for the rows themselves.

    Keys of the order are cheaper to make again than to keep: then what is kept is the stage before.
    """
    found = {name for name in names if name.endswith(("_rough", "_bound"))}
    for before, sort, bound in zip(names, names[1:], names[2:], strict=False):
        if bound.endswith("_bound"):
            found.add(before if sort.endswith("_sort") else sort)
    return found


def _part(pipeline: Pipeline, last: str) -> list[tuple[str, Sql]]:
    """The stages up to `last`, from the events or from the table of a step in Python on."""
    step, stages = sql_part(pipeline.stages, pipeline.cuts, last)
    sources = _sources(pipeline) if step is None else [(step.name, step.table())]
    return [*sources, *stages]


def _sources(pipeline: Pipeline) -> list[tuple[str, Sql]]:
    """The CTEs below the first stage: the events, with only those fields that the query names."""
    paths: dict[str, list[str]] = {"#found": [], "#found_late": []}
    for parts in pipeline.discovered:
        kept = paths[_when(pipeline, parts)]
        kept += [p for p in fields.in_one_pass(_pointers(parts)) if p not in kept]
    found: list[Sql] = []
    for parts, name in pipeline.discovered.items():
        when = _when(pipeline, parts)
        value = _discovered(parts, paths[when], when, pipeline.options)
        found.append(exp.alias_(value.copy(), name, quoted=True))
    documents = [
        exp.alias_(fields.extract_all(wanted), when, quoted=True)
        for when, wanted in paths.items()
        if wanted
    ]
    scanned = exp.select(exp.Star(), *documents).from_(table("log_events"))
    for condition in event_conditions(pipeline):
        scanned = scanned.where(condition)
    if pipeline.rough is not None:
        scanned = scanned.where(pipeline.rough)
    events, before = f"{pipeline.prefix}events", f"{pipeline.prefix}documents"
    if not documents:
        return [(events, scanned.select(*found))]
    return [
        (before, scanned),
        (events, exp.select(exp.Star(), *found).from_(table(before))),
    ]


def _when(pipeline: Pipeline, parts: tuple[str, ...]) -> str:
    return "#found" if not pipeline.early or parts in pipeline.early else "#found_late"


def _pointers(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Where a field may stand in a document; Lambda's own fields stand in the line."""
    if parts[0] in fields.LAMBDA and len(parts) == 1:
        return ()
    first = parts[0][1:] if parts[0].startswith("@@") else parts[0]
    return tuple(fields.pointers((first, *parts[1:])))


def _discovered(parts: tuple[str, ...], paths: list[str], column: str, options: Options) -> Sql:
    wanted = _pointers(parts)
    if not wanted:
        return fields.lambda_field(parts[0], options).sql
    leaf = fields.leaf(wanted, paths, column)
    return with_line_field(".".join(parts), fields.message(), leaf)


# what comes out -----------------------------------------------------------------------------
def _typed(value: Value) -> Sql:
    match value.kind:
        case Kind.TIME:
            return call("epoch_ms", value.sql)
        case Kind.BOOLEAN:
            return cast(value.sql, "INT")
        case Kind.MAP:
            return cast(value.sql, "VARCHAR")
    return value.sql if value.document is None else cast(value.document, "VARCHAR")


def _printed(value: Value, options: Options) -> Sql:
    match value.kind:
        case Kind.TIME:
            return call("time_text", value.sql)
        case Kind.BOOLEAN:
            return cast(cast(value.sql, "INT"), "VARCHAR")
        case Kind.NUMBER:
            return call(
                "number_text", call("round", value.sql, exp.Literal.number(options.decimals))
            )
        case Kind.LIST:
            return cast(call("to_json", value.sql), "VARCHAR")
        case Kind.MAP:
            return cast(call("json", value.sql), "VARCHAR")
    if value.document is not None:
        whole = cast(call("json", value.document), "VARCHAR")
        return case([(call("is_container", value.document), whole)], value.sql)
    return value.sql


def _render(statement: Sql) -> Statement:
    sql = statement.sql(dialect="duckdb", pretty=True, normalize_functions=False)
    return Statement(sql, frozenset(p.name for p in statement.find_all(exp.Placeholder)))
