"""Run a query: compile it, hand the events to DuckDB, give back a DataFrame or AWS-like text rows.

Heavy packages are imported when the first query runs, so that importing `course.insights` is cheap.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from course.insights.errors import QueryError
from course.insights.options import DEFAULT, Options

if TYPE_CHECKING:
    from typing import TypeAlias

    import pandas as pd

    from course.insights.compile import Compiled, Statement
    from course.insights.events import Events

    Source: TypeAlias = Iterable[Mapping[str, Any]] | pd.DataFrame | Events

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
    options: Options = DEFAULT,
) -> pd.DataFrame:
    """Run a Logs Insights query over `events` and return its rows as a DataFrame.

    events: dicts or a DataFrame with `timestamp` (epoch ms), `message` and where known
    `logStreamName`, `logGroupName`, `ingestionTime`; or `Events`. start, end: epoch ms, both
    included. limit: most rows. now: epoch ms for `now()`; else `end`, else the last event's time.
    Columns are the query's output fields: numbers are numeric, @timestamp and bin() are datetime64
    (UTC, without a zone), lists are Python lists, everything else text; missing is NaN, NaT or
    None.
    Raises QueryError for a query that cannot be run, ValueError for events that cannot be read.
    """
    from course.insights.frames import frame

    compiled, prepared = _prepare(query, events, options, limit)
    part = prepared.within(start, end)
    bound = _bound(prepared, part, start, end, now) | {"account_id": account_id}
    found = _ask(compiled.typed, query, bound, lambda result: result.df(), prepared, part)
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
    options: Options = DEFAULT,
) -> Result:
    """Run a query and return texts as AWS prints them; arguments and errors as for `run`."""
    compiled, prepared = _prepare(query, events, options, limit)
    part = prepared.within(start, end)
    bound = _bound(prepared, part, start, end, now) | {"account_id": account_id}
    found = _ask(compiled.printed, query, bound, _all_rows, prepared, part)
    counted = found or _ask(compiled.matched, query, bound, _all_rows, prepared, part)
    keys = [*compiled.columns, "@ptr"] if compiled.events else list(compiled.columns)
    rows = [{k: v for k, v in zip(keys, row, strict=False) if v is not None} for row in found]
    statistics = {
        "recordsMatched": float(counted[0][-1]),
        "recordsScanned": float(part.stop - part.start),
        "bytesScanned": float(prepared.bytes_before[part.stop] - prepared.bytes_before[part.start]),
        "resultCount": float(len(rows)),
    }
    return Result(list(compiled.columns), rows, statistics)


def explain(query: str, *, options: Options = DEFAULT) -> str:
    """The SQL that `query` becomes: one common table expression per stage."""
    from course.insights.compile import compile_query

    return compile_query(query, options, MAX_ROWS).typed.sql


def locate(pointer: str) -> Pointer:
    """Read an "@ptr"; raises ValueError when it is none of ours."""
    try:
        text = base64.b64decode(pointer, validate=True).decode()
        timestamp, position, group, stream = text.split("\n")
        return Pointer(int(timestamp), group, stream, int(position))
    except ValueError:
        raise ValueError(f"Not a log record pointer: {pointer!r}") from None


# parts --------------------------------------------------------------------------------------
def _prepare(query: str, events: Source, options: Options, limit: int) -> tuple[Compiled, Events]:
    from course.insights.compile import compile_query
    from course.insights.events import Events

    if not 1 <= limit <= 100_000:
        raise ValueError(f"limit is a number of rows from 1 to 100000, not {limit}")
    compiled = compile_query(query, options, limit)
    return compiled, events if isinstance(events, Events) else Events(events)


def _bound(
    events: Events, part: slice, start: int | None, end: int | None, now: int | None
) -> dict[str, Any]:
    """The values of $start, $end and $now: what the caller says, else what the events say."""
    some = part.stop > part.start
    first = int(events.timestamp[part.start]) if some else 0
    last = int(events.timestamp[part.stop - 1]) if some else 0
    begin, finish = first if start is None else start, last if end is None else end
    return {"start": begin, "end": finish, "now": finish if now is None else now}


def _ask(
    statement: Statement,
    query: str,
    bound: dict[str, Any],
    take: Callable[[Any], Any],
    events: Events,
    part: slice,
) -> Any:
    """The rows of a statement; what DuckDB cannot calculate becomes one line about the query."""
    import duckdb

    from course.insights.database import answer

    named = {name: bound[name] for name in statement.parameters}
    try:
        return answer(statement.sql, named, take, events, part)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise QueryError(f"The query cannot be calculated: {reason}").attach(query) from None


def _all_rows(result: Any) -> Any:
    return result.fetchall()
