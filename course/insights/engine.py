"""Run a query: compile it, hand the events to DuckDB, give back a DataFrame or AWS-like text rows.

Heavy packages are imported when the first query runs, so that importing `course.insights` is cheap.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from course.insights.errors import QueryError
from course.insights.options import DEFAULT, Options

if TYPE_CHECKING:
    from typing import TypeAlias

    import pandas as pd

    from course.insights.compile import Compiled, Statement
    from course.insights.events import Events
    from course.insights.files import Files, Path_
    from course.insights.seam import Part

    Source: TypeAlias = (
        Iterable[Mapping[str, Any]] | pd.DataFrame | Events | Path_ | Sequence[Path_] | Files
    )

MAX_ROWS = 10_000


@dataclass(frozen=True)
class Result:
    """What GetQueryResults would give: texts only, a missing value left out of its row.

    Rows that are events carry "@ptr"; `locate` reads it. statistics: recordsMatched (rows that pass
    the filters before rows are summed up or cut off), recordsScanned and bytesScanned (events in
    the time range), resultCount.
    """

    columns: list[str]
    rows: list[dict[str, str]]
    statistics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Pointer:
    """Where an "@ptr" points: `position` is the index in the events that were searched."""

    timestamp: int
    group: str
    stream: str
    position: int


def run(
    query: str,
    events: Source,
    *,
    start: int | None = None,
    end: int | None = None,
    limit: int = MAX_ROWS,
    now: int | None = None,
    account_id: str = "123456789012",
    groups: Sequence[str] | None = None,
    tables: Mapping[str, Any] | None = None,
    saved: Mapping[str, Any] | None = None,
    catalog: Mapping[str, Mapping[str, Any]] | None = None,
    options: Options = DEFAULT,
) -> pd.DataFrame:
    """Run a Logs Insights query over `events` and return its rows as a DataFrame.

    events: dicts or a DataFrame with `timestamp` (epoch ms), `message` and where known
    `logStreamName`, `logGroupName`, `ingestionTime`; `Events`; or the path of an NDJSON (also
    gzipped) or Parquet file of such events, a pattern such as "logs/*.ndjson.gz", or a list of
    those, which is read as the query needs it and never loaded whole. start, end: epoch ms, both
    included. limit: most rows. now: epoch ms for `now()`; else `end`, else the last event's time.
    groups: the log groups to read where the query has no SOURCE; else all. tables: lookup tables by
    name, each a DataFrame or a list of dicts. saved: saved queries by name, texts or {"query":
    text, "parameters": {name: default}}. catalog: what SOURCE may know of log groups, by name (see
    `bindings`).
    Columns are the query's output fields: numbers are numeric, @timestamp and bin() are datetime64
    (UTC, without a zone), lists are Python lists, everything else text; missing is NaN, NaT or
    None.
    Raises QueryError for a query that cannot be run, ValueError for events that cannot be read.
    """
    from course.insights.events import Events
    from course.insights.frames import frame

    with _expanded(query, saved) as query:
        compiled, bound, part = _ready(
            query,
            events,
            options,
            limit,
            groups,
            start=start,
            end=end,
            now=now,
            account_id=account_id,
            tables=tables,
            catalog=catalog,
        )
        in_memory = isinstance(bound.events, Events)
        statement = compiled.typed if in_memory else compiled.over_files
        found = _ask(statement, query, bound, lambda result: result.df(), part)
    return frame(found, compiled.columns, compiled.kinds, options.infer_numbers)


def search(
    query: str,
    events: Source,
    *,
    start: int | None = None,
    end: int | None = None,
    limit: int = MAX_ROWS,
    now: int | None = None,
    account_id: str = "123456789012",
    groups: Sequence[str] | None = None,
    tables: Mapping[str, Any] | None = None,
    saved: Mapping[str, Any] | None = None,
    catalog: Mapping[str, Mapping[str, Any]] | None = None,
    options: Options = DEFAULT,
) -> Result:
    """Run a query and return texts as AWS prints them; arguments and errors as for `run`."""
    with _expanded(query, saved) as query:
        compiled, bound, part = _ready(
            query,
            events,
            options,
            limit,
            groups,
            start=start,
            end=end,
            now=now,
            account_id=account_id,
            tables=tables,
            catalog=catalog,
        )
        found = _ask(compiled.printed, query, bound, _all_rows, part)
        seen = found if not compiled.parts else []
        counted = seen or _ask(compiled.matched, query, bound, _all_rows, part)
    keys = [*compiled.columns, "@ptr"] if compiled.events else list(compiled.columns)
    rows = [{k: v for k, v in zip(keys, row, strict=False) if v is not None} for row in found]
    records, size = _scanned(compiled, query, bound, part)
    statistics = {
        "recordsMatched": float(counted[0][-1]),
        "recordsScanned": records,
        "bytesScanned": size,
        "resultCount": float(len(rows)),
    }
    return Result(list(compiled.columns), rows, statistics)


def explain(
    query: str, *, saved: Mapping[str, Any] | None = None, options: Options = DEFAULT
) -> str:
    """The SQL that `query` becomes: one common table expression per stage.

    Before it stands what runs in Python (`pattern`, ...), each with the SQL that it reads.
    """
    from course.insights.compile import compile_query

    with _expanded(query, saved) as query:
        compiled = compile_query(query, options, MAX_ROWS)
        return "".join(part.explained() for part in compiled.parts) + compiled.typed.sql


def to_sql(
    query: str,
    *,
    dialect: str,
    table: str,
    columns: Mapping[str, str] | None = None,
    account_id: str = "123456789012",
    options: Options = DEFAULT,
) -> str:
    """The query as one SELECT for a table of log events in another database.

    dialect: "athena", "trino" or "spark". table: its name, with dots for schema and catalog.
    columns: what the table calls `timestamp` (epoch ms), `message`, `logStreamName`,
    `logGroupName`, `ingestionTime`, where the names differ; only the first two are needed.
    Raises QueryError for a query that is refused, ValueError for what the dialect cannot express
    (see `export` for where the answers may differ).
    """
    from course.insights.compile import compile_query
    from course.insights.export import exported

    compiled = compile_query(query, options, MAX_ROWS)
    return exported(compiled, dialect, table, columns or {}, account_id)


def locate(pointer: str) -> Pointer:
    """Read an "@ptr"; raises ValueError when it is none of ours."""
    try:
        text = base64.b64decode(pointer, validate=True).decode()
        timestamp, position, group, stream = text.split("\n")
        return Pointer(int(timestamp), group, stream, int(position))
    except ValueError:
        raise ValueError(f"Not a log record pointer: {pointer!r}") from None


# parts --------------------------------------------------------------------------------------
@contextmanager
def _expanded(query: str, saved: Mapping[str, Any] | None) -> Iterator[str]:
    """The query with its saved queries written out; errors point into the query as written."""
    if saved is None or "$" not in query:
        yield query
        return
    from course.insights.saved import expansion

    expanded = expansion(query, saved)
    try:
        yield expanded.text
    except QueryError as error:
        raise expanded.located(error).attach(query) from None


def _with_outside(
    compiled: Compiled,
    query: str,
    bound: _Bound,
    tables: Mapping[str, Any],
    catalog: Mapping[str, Mapping[str, Any]],
) -> tuple[_Bound, Any]:
    """The bound values with log groups and lookup tables, and the part of the events to show."""
    shared = compiled.pipeline.shared
    if not shared.groups and not shared.tables:
        return bound, bound.part
    from course.insights.bindings import Outside, bindings

    outside = Outside(tables, catalog, bound.account_id)
    present = bound.events.groups if shared.groups else ()
    try:
        extra = bindings(shared, present, outside, bound)
    except QueryError as error:
        raise error.attach(query) from None
    part = bound.events.within(None, None) if shared.wide else bound.part
    return replace(bound, extra=extra), part


def _scanned(compiled: Compiled, query: str, bound: _Bound, part: Any) -> tuple[float, float]:
    """The events that the query read, and their bytes."""
    if compiled.scanned is None:
        return bound.events.scanned(bound.part)
    ((records, size),) = _ask(compiled.scanned, query, bound, _all_rows, part)
    return float(records), float(size)


def _ready(
    query: str,
    events: Source,
    options: Options,
    limit: int,
    groups: Sequence[str] | None,
    *,
    start: int | None,
    end: int | None,
    now: int | None,
    account_id: str,
    tables: Mapping[str, Any] | None,
    catalog: Mapping[str, Mapping[str, Any]] | None,
) -> tuple[Compiled, _Bound, Any]:
    """The compiled query, the values that it wants, and the part of the events that it sees; what
    runs in Python before its statement has run."""
    from course.insights.compile import compile_query

    if not 1 <= limit <= 100_000:
        raise ValueError(f"limit is a number of rows from 1 to 100000, not {limit}")
    named = None if groups is None else tuple(groups)
    compiled = compile_query(query, options, limit, named)
    prepared = _prepared(events)
    part = prepared.within(start, end)
    bound = _Bound(prepared, part, start, end, now, account_id)
    bound, part = _with_outside(compiled, query, bound, tables or {}, catalog or {})
    _run_steps(compiled, query, bound)
    return compiled, bound, part


def _prepared(events: Source) -> Events | Files:
    from course.insights.events import Events
    from course.insights.files import Files, are_paths

    if isinstance(events, Events | Files):
        return events
    return Files(events) if are_paths(events) else Events(events)


@dataclass(frozen=True)
class _Bound:
    """The values of $start, $end, $now and $account_id: what the caller says, else what the events
    say, which are asked only when a statement wants to know (files must be read for that)."""

    events: Events | Files
    part: Any
    start: int | None
    end: int | None
    now: int | None
    account_id: str
    made: dict[str, Any] = field(default_factory=dict)  # by the steps in Python
    extra: Mapping[str, Any] = field(default_factory=dict)  # log groups and lookup tables

    def __getitem__(self, name: str) -> Any:
        if name in self.made:
            return self.made[name]
        if name in self.extra:
            return self.extra[name]
        if name == "now" and self.now is None:
            return self["end"]
        given = getattr(self, name)
        return self.events.span(self.part)[name == "end"] if given is None else given


def _run_steps(compiled: Compiled, query: str, bound: _Bound) -> None:
    """What runs in Python before the statement can; what it makes is bound as parameters."""

    def ask(part: Part, span: tuple[int, int] | None) -> Any:
        events = bound.part if span is None else bound.events.within(*span)
        return _ask(part.statement, query, bound, _all_rows, events)

    try:
        for part in compiled.parts:
            whole = (bound["start"], bound["end"])
            bound.made.update(part.run(ask, whole, bound.start is not None))
    except QueryError as error:
        raise error.attach(query) from None


def _ask(
    statement: Statement,
    query: str,
    bound: _Bound,
    take: Callable[[Any], Any],
    part: Any,
) -> Any:
    """The rows of a statement; what DuckDB cannot calculate becomes one line about the query."""
    import duckdb

    from course.insights.database import answer

    named = {name: bound[name] for name in statement.parameters}
    try:
        return answer(statement, named, take, bound.events, part)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise QueryError(f"The query cannot be calculated: {reason}").attach(query) from None


def _all_rows(result: Any) -> Any:
    return result.fetchall()
