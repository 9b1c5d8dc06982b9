"""Queries over files: the same answers as in memory, and nothing else of the machine in reach."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import insights
from course.insights import files
from course.insights.narrow import rough_condition
from course.insights.parser import parse

EVENTS: list[dict[str, Any]] = [
    {"timestamp": 1000, "message": '{"level": "ERROR", "n": 1}', "logStreamName": "a"},
    {"timestamp": 1000, "message": '{"level": "INFO", "n": 2}', "logStreamName": "b"},
    {"timestamp": 3000, "message": 'text {"level": "ERROR", "n": 3} text'},
    {"timestamp": 2000, "message": "{no json at all}"},
    {"timestamp": 4000, "message": '{"level": "\\u0045RROR", "n": 4}\n'},
    {"timestamp": 5000, "message": '{bad {"level": "ERROR", "n": 5}}'},
]
QUERIES = (
    "fields @message, @logStream, n",
    'filter level = "ERROR" | stats count(*) as c, sum(n) as s',
    "fields n | sort @timestamp asc",
    "stats latest(n) as l, earliest(n) as e",
    "filter @timestamp >= queryStartTime() | stats count(*) as c by bin(2s)",
    "fields level | dedup level",
)


def written(path: Path, events: list[dict[str, Any]]) -> str:
    text = "".join(json.dumps(event) + "\n" for event in events)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return str(path)


def parquet(path: Path, source: str) -> str:
    with duckdb.connect() as made:
        made.execute(f"COPY (FROM '{source}') TO '{path}' (FORMAT parquet)")
    return str(path)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("form", ["plain", "gz", "parquet"])
def test_files_answer_as_memory_does(query: str, form: str, tmp_path: Path) -> None:
    path = written(tmp_path / ("e.ndjson.gz" if form == "gz" else "e.ndjson"), EVENTS)
    if form == "parquet":
        path = parquet(tmp_path / "e.parquet", path)
    wanted, got = insights.search(query, EVENTS), insights.search(query, path)
    pointers = [{k: v for k, v in row.items() if k != "@ptr"} for row in got.rows]
    assert pointers == [{k: v for k, v in r.items() if k != "@ptr"} for r in wanted.rows]
    assert got.statistics == wanted.statistics
    assert insights.run(query, path).equals(insights.run(query, EVENTS))
    bounds = {"start": 1000, "end": 3000}
    assert insights.run(query, path, **bounds).equals(insights.run(query, EVENTS, **bounds))


def test_a_pattern_and_a_list(tmp_path: Path) -> None:
    first = written(tmp_path / "1.ndjson", EVENTS[:2])
    other = written(tmp_path / "2.ndjson.gz", EVENTS[2:])
    for source in (str(tmp_path / "*.ndjson*"), [first, other], tmp_path / "*.ndjson*"):
        frame = insights.run("fields @message", source)
        assert frame.equals(insights.run("fields @message", EVENTS))


@pytest.mark.parametrize("name", ["it's.ndjson", "a b;--.ndjson", 'q"x.ndjson', "{x}.ndjson"])
def test_odd_names(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / name, EVENTS)
    assert insights.run("stats count(*) as n", path)["n"].tolist() == [len(EVENTS)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"timestamp": 1, "message": "x"}\n{"message": "y"}\n', "line 2: is no log event"),
        ('{"timestamp": 1}\n', "line 1: is no log event"),
        ('{"timestamp": "noon", "message": "y"}\n', "line 1: is no log event"),
        ("[]\n", "line 1: is no log event"),
        ("plain\n", "line 1: is no log event"),
    ],
)
def test_a_file_of_something_else(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "e.ndjson"
    path.write_text(content)
    for query in ("fields @message", "stats count(*)"):
        with pytest.raises(ValueError, match=says):
            insights.run(query, path)


def test_no_file(tmp_path: Path) -> None:
    for name, says in (("absent", "No such file"), ("*.x", "no file matches"), ("", "is a folder")):
        with pytest.raises(ValueError, match=says):
            insights.run("fields @message", tmp_path / name)


def test_a_parquet_file_without_messages(tmp_path: Path) -> None:
    with duckdb.connect() as made:
        made.execute(f"COPY (SELECT 1 AS timestamp) TO '{tmp_path}/e.parquet' (FORMAT parquet)")
    with pytest.raises(ValueError, match="has no column 'message'"):
        insights.run("fields @message", tmp_path / "e.parquet")


def test_only_these_files_are_in_reach(tmp_path: Path) -> None:
    path = written(tmp_path / "e.ndjson", EVENTS)
    other = written(tmp_path / "other.ndjson", EVENTS)
    with files._connection(files.Files(path).paths) as database:
        for sql in (
            f"FROM read_json('{other}')",
            "FROM read_csv('/etc/passwd')",
            f"COPY (SELECT 1) TO '{other}'",
            "SET enable_external_access = true",
            f"ATTACH '{tmp_path}/x.db'",
        ):
            with pytest.raises(duckdb.Error, match=r"(?i)disabled|locked|cannot"):
                database.execute(sql).fetchall()


# what the leading filters say of the message --------------------------------------------------
@pytest.mark.parametrize(
    ("query", "narrows"),
    [
        ('filter level = "ERROR"', True),
        ('filter "ERROR" = level and n > 1', True),
        ('filter level in ["ERROR", "WARN"]', True),
        ('filter level = "ERROR" or level = "WARN"', True),
        ('filter level = "ERROR" or n > 1', False),
        ('filter level != "ERROR"', False),
        ('filter not (level = "ERROR")', False),
        ('filter level = "500"', False),
        ('filter level = "a/b"', False),
        ('filter @type = "REPORT"', False),
        ('fields concat(a, b) as level | filter level = "ERROR"', False),
    ],
)
def test_only_safe_words_narrow(query: str, narrows: bool) -> None:
    assert (rough_condition(parse(query).stages) is not None) is narrows


WORDS = st.sampled_from(["ERROR", "WARN", "a ERROR b", "\u00e9RROR", "err", 5, True, None])


@given(st.lists(st.tuples(WORDS, WORDS, st.booleans()), max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_narrowing_changes_no_answer(rows: list[tuple[Any, Any, bool]]) -> None:
    events = []
    for at, (a, b, escaped) in enumerate(rows):
        message = json.dumps({"a": a, "b": {"c": b}})
        if escaped:
            message = message.replace("ERR", "\\u0045RR")
        events.append({"timestamp": at, "message": message})
    same = "concat(a, '') = 'ERROR' and b.c in ['ERROR', 'WARN'] or concat(a, '') = 'WARN'"
    quick = "a = 'ERROR' and b.c in ['ERROR', 'WARN'] or a = 'WARN'"
    fields = "| fields a, b.c"
    assert (
        insights.search(f"filter {quick} {fields}", events).rows
        == insights.search(f"filter {same} {fields}", events).rows
    )
