"""DuckDB as the engine uses it: in memory, closed to files and network, one question at a time.

One thread: the events fit in one of its row groups, so more threads would not help, and a process
forked from one that has already asked something keeps working with a connection of its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np

from course.insights.events import Events, embedded
from course.insights.macros import MACROS
from course.insights.nested_macros import NESTED_MACROS
from course.insights.shapes import SHAPE_MACROS

_lock = threading.Lock()
_connections: dict[int, Any] = {}
_CONFIG = {
    "threads": 1,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "pandas_analyze_sample": 0,  # columns of objects are texts: no need to look at them
}
Take = Callable[[Any], Any]


def answer(statement: Any, bound: dict[str, Any], take: Take, events: Any, part: Any) -> Any:
    """Run a compile.Statement over a part of the events, its log_events; `take` fetches the rows.

    A message that looks like JSON is taken for JSON. Only when one turns out not to be are the
    documents looked at one by one, once per Events. Raises duckdb.Error.
    """
    if not isinstance(events, Events):
        return events.answer(statement, bound, take, part)
    sql = statement.sql
    with _lock:
        try:
            return _answer(sql, bound, take, _columns(events, part, sql))
        except duckdb.InvalidInputException:
            if events.settled:
                raise
        _settle(events)
        return _answer(sql, bound, take, _columns(events, part, sql))


def refusal(sql: str, bound: dict[str, Any]) -> str | None:
    """The first line that DuckDB has against a statement without events; None when it runs."""
    with _lock:
        try:
            connection().execute(sql, bound).fetchall()
        except duckdb.Error as error:
            return str(error).splitlines()[0]
    return None


def connection() -> Any:
    """The connection of this process."""
    found = _connections.get(os.getpid())
    if found is None:
        found = _connections[os.getpid()] = _connect()
    return found


def define_macros(made: Any) -> None:
    """Give a new connection the engine's own SQL functions."""
    macros = (*MACROS, *NESTED_MACROS, *SHAPE_MACROS)
    made.execute(";".join(f"CREATE MACRO {macro}" for macro in macros)).fetchall()


def _connect() -> Any:
    made = duckdb.connect(config=_CONFIG)
    define_macros(made)
    made.execute("SET enable_external_access = false; SET lock_configuration = true").fetchall()
    return made


def _columns(events: Events, part: slice, sql: str) -> dict[str, Any]:
    columns = {
        "@timestamp": events.timestamp[part],
        "@ingestionTime": events.ingestion[part],
        "@message": events.message[part],
        "@logStream": events.stream[part],
        "#group": events.group[part],
        "#position": events.position[part],
        "#order": np.arange(part.stop - part.start, dtype=np.int64),
    }
    # Finding the documents takes time; a query that reads none does without.
    columns["#json"] = events.documents[part] if '"#json"' in sql else columns["#group"]
    return columns


def _answer(sql: str, bound: dict[str, Any], take: Take, columns: dict[str, Any]) -> Any:
    database = connection()
    database.register("log_events", columns)
    try:
        return take(database.execute(sql, bound) if bound else database.execute(sql))
    finally:
        database.unregister("log_events")


def _settle(events: Events) -> None:
    """Documents that are no JSON: the object inside the message, or else none."""
    for again in (True, False):
        for index in _unreadable(events.documents):
            events.documents[index] = embedded(events.message[index]) if again else None
    events.settled = True


def _unreadable(documents: Any) -> list[int]:
    """Where a text is no JSON that DuckDB reads (it and Python's json differ in rare corners)."""
    database = connection()
    database.register("given_texts", {"place": np.arange(len(documents)), "body": documents})
    try:
        sql = "SELECT place FROM given_texts WHERE NOT json_valid(body)"
        return [place for (place,) in database.execute(sql).fetchall()]
    finally:
        database.unregister("given_texts")
