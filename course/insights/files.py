"""Log events in files, asked where they lie: NDJSON (also gzipped) and Parquet, never loaded whole.

One JSON object a line, or one row, with `timestamp` (epoch ms; in Parquet also a TIMESTAMP) and
`message`, and where known `logStreamName`, `logGroupName`, `ingestionTime`; a message that is a
JSON object itself is read as its text. Each question has a connection of its own that may read
exactly these files and nothing else; the paths come from the caller, never from a query.
Files are read in the order given, a pattern's in the order of their names; what a file is, its
first bytes say. `@ptr` and the order of events of one millisecond go by that order.
"""

from __future__ import annotations

import atexit
import gzip
import json
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from glob import glob, has_magic
from itertools import groupby
from pathlib import Path
from typing import Any, TypeGuard

import duckdb

from course.insights.database import define_macros
from course.insights.events import embedded
from course.insights.field_limit import FIRST_FIELDS, limited_fields
from course.insights.numbering import ONE_MILLISECOND
from course.insights.topmost import TIED

HOW = 'one JSON object a line with "timestamp" (epoch ms) and "message"'
_COLUMNS = ("timestamp", "message", "logStreamName", "logGroupName", "ingestionTime")
_NDJSON = """read_json({paths}, format = 'newline_delimited', compression = '{compression}',
    columns = {{timestamp: 'BIGINT', message: 'VARCHAR', logStreamName: 'VARCHAR',
        logGroupName: 'VARCHAR', ingestionTime: 'BIGINT'}})"""
_PARQUET = "read_parquet({paths}, union_by_name = true)"
# A message that looks like one JSON object is taken for one ...
_HOPEFUL = """CASE WHEN starts_with(message, '{')
    AND (ends_with(message, '}') OR ends_with(message, '}' || chr(10))) THEN first_fields(message)
    WHEN contains(message, '{') THEN embedded_document(message) END"""
# ... until one turns out not to be: then every one is checked.
_CAREFUL = """CASE WHEN starts_with(message, '{') AND json_valid(message) THEN first_fields(message)
    WHEN contains(message, '{') THEN readable_json(embedded_document(message)) END"""
# Raises an error for a row without a time or a message. DuckDB's own error() does so too, but as a
# function that may change its mind it keeps filters from being pushed below it.
_NO_EVENT = "CAST(concat(message, timestamp, ' is no log event') AS BOOLEAN)"
_READABLE = "readable_json(t) AS CASE WHEN json_valid(t) THEN t END"

Path_ = str | os.PathLike[str]
Take = Callable[[Any], Any]


def are_paths(events: Any) -> TypeGuard[Path_ | Sequence[Path_]]:
    """Whether these "events" are the path of a file of events, or several."""
    if isinstance(events, str | os.PathLike):
        return True
    some = isinstance(events, list | tuple) and len(events) > 0
    return some and all(isinstance(each, str | os.PathLike) for each in events)


@dataclass(frozen=True)
class Range:
    """Epoch ms, both included; None: no bound."""

    start: int | None
    end: int | None

    def condition(self) -> str:
        low = "" if self.start is None else f" AND timestamp >= {int(self.start)}"
        high = "" if self.end is None else f" AND timestamp <= {int(self.end)}"
        return low + high


class Files:
    """Files of log events: a path, a glob pattern, or several of both.

    Raises ValueError, naming the file, when there is none or one cannot be opened.
    """

    def __init__(self, paths: Path_ | Sequence[Path_]) -> None:
        several = [paths] if isinstance(paths, str | os.PathLike) else paths
        self.paths = list(dict.fromkeys(path for each in several for path in _expanded(each)))
        self._kinds = [_kind(path) for path in self.paths]

    def within(self, start: int | None, end: int | None) -> Range:
        return Range(start, end)

    @cached_property
    def groups(self) -> list[str]:
        """The names of the log groups that have events."""
        sql = 'SELECT DISTINCT "#group" FROM log_events WHERE "#group" IS NOT NULL ORDER BY 1'
        rows = self._ask(sql, lambda result: result.fetchall(), Range(None, None))
        return [name for (name,) in rows]

    def span(self, part: Range) -> tuple[int, int]:
        """The first and last time of the events in a range; 0 and 0 when there are none."""
        sql = (
            'SELECT coalesce(min("@timestamp"), 0), coalesce(max("@timestamp"), 0) FROM log_events'
        )
        first, last = self._ask(sql, _first_row, part)
        return first, last

    def scanned(self, part: Range) -> tuple[float, float]:
        """Events in a range, and the bytes of their messages."""
        sql = 'SELECT count(*), coalesce(sum(strlen("@message")), 0) FROM log_events'
        records, size = self._ask(sql, _first_row, part)
        return float(records), float(size)

    def answer(self, statement: Any, bound: dict[str, Any], take: Take, part: Range) -> Any:
        """Run a compile.Statement over the events of a range, which it knows as log_events.

        Numbering the events keeps a file from being read by several threads. A statement whose
        ties are checked may run without their places, and then refuses (TIED) to say the order of
        events that only these tell apart; one that is there `numbered` too makes its own.
        Raises ValueError for a file that is none of events, duckdb.Error for everything else.
        """
        if statement.ties_checked:
            try:
                return self._answer(statement.sql, bound, take, part, "NULL")
            except duckdb.InvalidInputException as error:
                if TIED not in str(error):
                    raise
        if statement.numbered is not None:
            return self._answer(statement.numbered, bound, take, part, "0")
        return self._answer(statement.sql, bound, take, part)

    def _ask(self, sql: str, take: Take, part: Range) -> Any:
        return self._answer(sql, {}, take, part)

    def _answer(
        self, sql: str, bound: dict[str, Any], take: Take, part: Range, place: str | None = None
    ) -> Any:
        with _connection(self.paths) as database:
            for document in (_HOPEFUL, _CAREFUL):
                database.execute(self._view(sql, part, document, place))
                try:
                    return take(database.execute(sql, bound) if bound else database.execute(sql))
                except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
                    self._refuse_unreadable(error)
                    if TIED in str(error) or document is _CAREFUL or '"#json"' not in sql:
                        raise

    # the view ---------------------------------------------------------------------------------
    def _view(self, sql: str, part: Range, document: str, place: str | None) -> str:
        """Only what `sql` uses is made: numbering the events costs time, documents cost more.

        place: what stands for the place of every event; None: its place in the file."""
        places = place is None and any(f'"{name}"' in sql for name in ("#order", "#position"))
        number = "row_number() OVER () - 1" if places else place or "0"
        order = f"CAST(timestamp AS HUGEINT) * {ONE_MILLISECOND} + place" if places else "timestamp"
        found = document if '"#json"' in sql else "NULL"
        return f"""CREATE OR REPLACE TEMP VIEW log_events AS
            SELECT timestamp AS "@timestamp",
                coalesce(ingestionTime, timestamp) AS "@ingestionTime",
                message AS "@message", logStreamName AS "@logStream", logGroupName AS "#group",
                place AS "#position", {order} AS "#order", {found} AS "#json"
            FROM (SELECT *, {number} AS place FROM ({self._scans})
                WHERE (timestamp IS NOT NULL AND message IS NOT NULL) OR {_NO_EVENT})
            WHERE true{part.condition()}"""

    @cached_property
    def _scans(self) -> str:
        """Each run of neighbours of one kind is one scan; the runs follow one another."""
        runs = groupby(zip(self._kinds, self.paths, strict=True), key=lambda pair: pair[0])
        return " UNION ALL ".join(self._scan(kind, [path for _, path in run]) for kind, run in runs)

    def _scan(self, kind: str, paths: list[str]) -> str:
        listed = _listed(paths)
        if kind != "parquet":
            source = _NDJSON.format(paths=listed, compression=kind)
            return f"SELECT {', '.join(_COLUMNS)} FROM {source}"
        source = _PARQUET.format(paths=listed)
        with _connection(self.paths) as database:
            rows = database.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        types = {row[0]: row[1] for row in rows}
        for name in ("timestamp", "message"):
            if name not in types:
                raise ValueError(f"{paths[0]}: has no column {name!r}; it needs timestamp, message")
        columns = [f"{_column(name, types.get(name))} AS {name}" for name in _COLUMNS]
        return f"SELECT {', '.join(columns)} FROM {source}"

    # errors -----------------------------------------------------------------------------------
    def _refuse_unreadable(self, error: Exception) -> None:
        """An error of a file, not of the query, becomes one line that names the file."""
        reason = str(error).splitlines()[0]
        if "in file" not in reason and "no log event" not in reason:
            return
        for path, kind in zip(self.paths, self._kinds, strict=True):
            if kind != "parquet":
                _refuse_bad_line(path, kind)
        raise ValueError(f"The events cannot be read: {reason}") from None


def _first_row(result: Any) -> Any:
    return result.fetchone()


def _listed(paths: list[str]) -> str:
    return "[" + ", ".join("'" + path.replace("'", "''") + "'" for path in paths) + "]"


def _column(name: str, kind: str | None) -> str:
    if kind is None:
        return f"CAST(NULL AS {'BIGINT' if name == 'ingestionTime' else 'VARCHAR'})"
    if kind.startswith("TIMESTAMP"):
        return f"epoch_ms({name})"
    return f"CAST({name} AS {'VARCHAR' if name[:3] in ('mes', 'log') else 'BIGINT'})"


def _expanded(given: Path_) -> list[str]:
    text = os.fspath(given)
    if os.path.isdir(text):
        raise ValueError(f"{text}: is a folder; name its files, such as {text}/*.ndjson")
    if has_magic(text) and not os.path.exists(text):
        found = sorted(path for path in glob(text, recursive=True) if os.path.isfile(path))
        if not found:
            raise ValueError(f"{text}: no file matches; name a file of log events")
        return [os.path.abspath(path) for path in found]
    return [os.path.abspath(text)]


def _kind(path: str) -> str:
    """parquet, gzip or none, by the first bytes."""
    try:
        with open(path, "rb") as file:
            start = file.read(4)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}; name a file of log events") from None
    return "parquet" if start == b"PAR1" else "gzip" if start[:2] == b"\x1f\x8b" else "none"


atexit.register(lambda: _kept.clear())
_lock = threading.RLock()
_kept: dict[tuple[int, tuple[str, ...]], Any] = {}  # the last one: making one takes a while


@contextmanager
def _connection(paths: list[str]) -> Any:
    """A connection that may read these files and nothing else, one question at a time."""
    key = os.getpid(), tuple(paths)
    with _lock:
        if key not in _kept:
            _kept.clear()
            _kept[key] = _connect(paths)
        yield _kept[key]


def _connect(paths: list[str]) -> Any:
    config = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(Path(tempfile.gettempdir()) / f"insights-{os.getpid()}"),
        "threads": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2,
    }
    made = duckdb.connect(config=config)
    made.create_function(
        "embedded_document", _embedded, ["VARCHAR"], "VARCHAR", null_handling="special"
    )
    made.create_function("limited_fields", limited_fields, ["VARCHAR"], "VARCHAR")
    made.execute(f"CREATE MACRO {FIRST_FIELDS}")
    define_macros(made)
    made.execute(f"CREATE MACRO {_READABLE}")
    made.execute(f"""SET allowed_paths = {_listed(paths)}; SET enable_progress_bar = false;
        SET enable_external_access = false; SET lock_configuration = true""")
    return made


def _refuse_bad_line(path: str, kind: str) -> None:
    """Find the first line that is no event, the slow way, and say so."""
    try:
        with gzip.open(path) if kind == "gzip" else open(path, "rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    _refuse_no_event(path, number, line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError(f"{path}: is not text; it should hold {HOW}") from None
    except (OSError, EOFError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from None


def _refuse_no_event(path: str, number: int, line: str) -> None:
    try:
        event = json.loads(line)
        int(event["timestamp"])
        if event["message"] is None:
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError):
        message = f"{path}, line {number}: is no log event; it should be {HOW}"
        raise ValueError(message) from None


def _embedded(message: str | None) -> str | None:
    found = None if message is None else embedded(message)
    return None if found is None else limited_fields(found)
