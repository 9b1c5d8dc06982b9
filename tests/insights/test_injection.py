"""No text of a query becomes SQL: hostile values and names stay values and names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course import insights
from course.insights import database

HOSTILE = (
    "'; DROP VIEW log_events; --",
    '"; SELECT 1; --',
    "x' OR '1'='1",
    "x\" FROM read_csv('/etc/passwd') --",
    "*/ UNION SELECT * FROM read_csv('/etc/passwd') /*",
    "$account_id",
    "?",
    "\\'); ATTACH 'x.db'; --",
    "{{x}} %s {0}",
)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _name(text: str) -> str:
    return "`" + text.replace("`", "") + "`"


def _events(key: str, value: str) -> list[dict[str, object]]:
    return [{"timestamp": 1, "message": json.dumps({key: value, "n": 1})}]


@pytest.mark.parametrize("text", HOSTILE)
def test_values(text: str) -> None:
    events = _events("v", text)
    q = _quoted(text)
    for query in (
        f"filter v = {q} | fields v",
        f"filter v like {q} | fields v",
        f"filter v in [{q}] | fields v",
        f"fields concat({q}, '') as v",
        f"fields if(n = 1, {q}, '') as v",
        f"stats latest(v) as v by {q} as q | display v",
        f"fields replace(v, {q}, {q}) as v",
    ):
        (row,) = insights.search(query, events).rows
        assert row["v"] == text, query


@pytest.mark.parametrize("text", HOSTILE)
def test_names(text: str) -> None:
    name = _name(text)
    key = text.replace("`", "")
    events = _events(key, "here")
    for query in (
        f"fields {name}",
        f"fields v, {name} | sort {name} | limit 1",
        f"stats count(*) as n by {name}",
        f"fields {name} | dedup {name}",
        f"filter {name} = 'here' | display {name}",
        f"filter ispresent({name}) | stats max({name}) as {name}",
    ):
        (row,) = insights.search(query, events).rows
        assert row[key] == "here", query
    (row,) = insights.search(f"fields n + 1 as {name}", events).rows
    assert row[key] == "2"


@pytest.mark.parametrize("text", HOSTILE)
def test_patterns(text: str) -> None:
    events = [{"timestamp": 1, "message": f"<{text}>"}]
    pattern = _quoted("<" + text.replace("*", "") + "*")
    insights.search(f"parse {pattern} as rest", events)
    body = "".join(f"\\x{{{ord(c):x}}}" for c in text)
    (row,) = insights.search(f"parse @message /<(?<v>{body})>/ | display v", events).rows
    assert row["v"] == text


@pytest.mark.parametrize("call", ["read_csv('/etc/passwd')", "getenv('HOME')", "sql_auto(1)"])
def test_functions_of_duckdb_are_not_functions_of_the_language(call: str) -> None:
    for query in (f"fields {call}", f"filter {call} = 1", f"stats max({call})"):
        with pytest.raises(insights.QueryError, match="is not a Logs Insights function"):
            insights.search(query, [])


def test_the_engines_own_functions_and_columns_are_out_of_reach() -> None:
    with pytest.raises(insights.QueryError, match="is not a Logs Insights function"):
        insights.search("fields as_number('1')", [])
    (row,) = insights.search("fields `#order`, `#json`", [{"timestamp": 1, "message": "x"}]).rows
    assert set(row) == {"@ptr"}


def test_the_connection_reads_no_files(tmp_path: Path) -> None:
    insights.search("fields a", [{"timestamp": 1, "message": "x"}])
    connection = database.connection()
    (tmp_path / "a.csv").write_text("a\n1\n")
    for sql in (f"SELECT * FROM read_csv('{tmp_path}/a.csv')", "SET enable_external_access = true"):
        with pytest.raises(Exception, match="(?i)disabled|locked|cannot"):
            connection.execute(sql).fetchall()
