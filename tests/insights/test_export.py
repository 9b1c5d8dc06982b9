"""`to_sql`: what comes out is read by sqlglot's parser of the dialect, what cannot is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from course import insights

QUERIES = (
    'filter level = "ERROR" | stats count(*), pct(duration, 99) by bin(5m), route',
    'parse @message "a=* b=*" as a, b | filter a > 3 | sort a desc | limit 5',
    r"filter @message like /x+\d/ and status in [1, 'a'] | fields user.id, items.0.id as x",
    "stats latest(a) as l, max(@duration / 1000) as m by @log",
    "fields a | dedup a | limit 5",
    'fields @timestamp, @message | filter not (a = "it\'s") | sort @timestamp desc | limit 3',
)
OURS = ("json_leaf", "as_number", "finite", "sort_rest", "number_text", "epoch_ms", "floor_to")


@pytest.mark.parametrize("dialect", ["athena", "spark", "trino"])
@pytest.mark.parametrize("query", QUERIES)
def test_the_dialect_reads_it(query: str, dialect: str) -> None:
    sql = insights.to_sql(query, dialect=dialect, table="db.logs", columns={"timestamp": "ts"})
    tree = sqlglot.parse_one(sql, dialect=dialect)
    tables = {t.sql(dialect=dialect) for t in tree.find_all(exp.Table) if t.db}
    assert len(tables) == 1
    assert not {f.name.lower() for f in tree.find_all(exp.Anonymous)} & set(OURS), sql


def test_names_are_quoted_and_stay_names() -> None:
    hostile = 'x"; DROP TABLE logs; --'
    sql = insights.to_sql(
        f"filter a = {hostile!r} | fields a",
        dialect="trino",
        table="logs",
        columns={"message": hostile},
    )
    tree = sqlglot.parse_one(sql, dialect="trino")
    assert hostile in {c.name for c in tree.find_all(exp.Column)}
    assert hostile in {s.name for s in tree.find_all(exp.Literal) if s.is_string}


def test_output_names_are_the_querys() -> None:
    sql = insights.to_sql("stats count(*), sum(n) as total by route", dialect="spark", table="l")
    assert sqlglot.parse_one(sql, dialect="spark").named_selects == ["route", "count(*)", "total"]


@pytest.mark.parametrize(
    ("query", "options", "says"),
    [
        ("fields md5(a)", {}, "`md5` has no counterpart in trino"),
        ("fields now()", {}, "now time has no counterpart"),
        ("fields a", {"dialect": "oracle"}, "dialect is one of"),
        ("fields a", {"columns": {"time": "ts"}}, "No such column of log events: time"),
        ("fields a", {"table": "a..b"}, "Not the name of a table"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    query: str, options: dict[str, object], says: str
) -> None:
    given: dict[str, object] = {"dialect": "trino", "table": "logs", **options}
    with pytest.raises(ValueError, match=says):
        insights.to_sql(query, **given)  # type: ignore[arg-type]


LINES = [
    '{"level": "ERROR", "route": "/pay", "n": 3, "user": {"id": "u-1"}}',
    '{"level": "INFO", "route": "/pay", "n": 40, "user": {"id": "u-2"}}',
    '{"level": "ERROR", "route": "/cart", "n": 2.5, "user": {"id": "u-1"}}',
    '{"level": "ERROR", "route": "/pay", "user": {"id": "u-10"}}',
    "order o-17 failed: card declined",
    "order o-18 failed: no answer",
]
EVENTS = [{"timestamp": 1773748800000 + 90_000 * i, "message": m} for i, m in enumerate(LINES)]
PORTABLE = [
    'filter level = "ERROR" | stats count(*) as c, sum(n) as s by level',
    "stats count(*) as lines, max(n) as most by route | sort lines desc, route asc",
    "filter @message like /order o-[0-9]+/ | stats count(*) as orders",
    "filter n > 2.6 or user.id = 'u-1' | fields level, n | sort n asc",
    'parse @message "order * failed: *" as id, why | filter id > "" | display id, why | sort id',
    "stats count(*) as c by bin(5m) as t | sort t",
    "stats count(*) as c by level | filter c > 1 | sort c desc",
]


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is an extra of its own: .[spark]")
    builder = sql.SparkSession.builder.master("local[1]")
    quiet = builder.config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
    session = quiet.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    session.createDataFrame(EVENTS).createOrReplaceTempView("logs")
    yield session
    session.stop()


@pytest.mark.parametrize("query", PORTABLE)
def test_spark_gives_duckdbs_rows(query: str, spark: Any) -> None:
    found = spark.sql(insights.to_sql(query, dialect="spark", table="logs")).collect()
    wanted = insights.run(query, EVENTS)
    assert _plain(found) == _plain(wanted.to_numpy().tolist())


def _plain(rows: Iterable[Iterable[Any]]) -> list[list[Any]]:
    """Rows with missing values as None, numbers as floats and times as text."""
    return [[_value(value) for value in row] for row in rows]


def _value(value: Any) -> Any:
    """A column of texts that are numbers is numeric in `run` and stays text in a table."""
    if value is None or value != value:
        return None
    if hasattr(value, "year"):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    try:
        return float(value)
    except ValueError:
        return value


def test_exporting_leaves_the_query_as_it_was() -> None:
    query = 'parse @message "a=*" as a | fields n | sort a | limit 5'
    before = insights.explain(query)
    insights.to_sql(query, dialect="trino", table="logs")
    assert insights.explain(query) == before
