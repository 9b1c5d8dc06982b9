"""Hostile text in every place of every command that takes a text, a name or a regex: each such
place of the cases' queries, told apart by the words before it, with a third of the texts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from course import insights
from course.insights.compile import compile_query
from course.insights.saved import expand
from tests.insights.test_injection import HOSTILE, _quoted
from tests.insights.test_queries import CASES, loaded, search
from tests.insights.vocabulary import tokens_of

MORE = (
    "COPY (SELECT 1) TO '/tmp/stolen.csv'",
    "a'); COPY log_events TO 'x.csv'; --",
    'a" AS x FROM read_csv("/etc/passwd")--',
    "/* ' */ -- ` \" ;",
)
TEXTS = (*HOSTILE, *MORE)
SPELLED = {
    "STRING": _quoted,
    "NAME": lambda text: f"`{text.replace('`', '')}`",
    "REGEX": lambda text: "/(?<v>" + "".join(f"\\x{{{ord(c):x}}}" for c in text) + ")/",
    "GROUP_NAME": _quoted,
}


def _places() -> Iterator[tuple[Any, ...]]:
    seen = set()
    for path in CASES:
        case = loaded(path)
        if "rows" not in case:
            continue
        query = expand(case["query"], case.get("arguments", {}).get("saved", {}))
        tokens = tokens_of(query)
        kinds = ["", "", *(token.type for token in tokens)]
        for i, token in enumerate(tokens):
            place = tuple(kinds[i : i + 3])
            called = i + 1 < len(tokens) and tokens[i + 1].value == "("
            if token.type in SPELLED and not called and place not in seen:
                seen.add(place)
                yield path.stem, case, query, token


PLACES = list(_places())


def test_there_are_many_places() -> None:
    assert len(PLACES) > 100


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_becomes_sql(text: str) -> None:
    turn = TEXTS.index(text)
    for i, (stem, case, query, token) in enumerate(PLACES):
        if (i + turn) % 3:  # each place sees a third of the texts
            continue
        written = SPELLED[token.type](text)
        hostile = query[: token.start_pos] + written + query[token.end_pos :]
        with contextlib.suppress(insights.QueryError):
            for sql in _statements(hostile):
                _is_one_select(sql)
        if i % len(TEXTS) == turn:
            _runs_or_is_refused({**case, "query": hostile}, stem)


def _statements(query: str) -> Iterator[str]:
    compiled = compile_query(query, insights.Options(), 100)
    yield from (part.statement.sql for part in compiled.parts)
    yield compiled.typed.sql
    yield compiled.over_files.numbered or compiled.printed.sql


def _is_one_select(sql: str) -> None:
    """One SELECT, over the engine's own tables alone."""
    (statement,) = sqlglot.parse(sql, dialect="duckdb")
    assert isinstance(statement, exp.Select), sql
    made = {cte.alias for cte in statement.find_all(exp.CTE)} | {"log_events"}
    assert {table.name for table in statement.find_all(exp.Table)} <= made, sql


def _runs_or_is_refused(case: dict[str, Any], stem: str) -> None:
    try:
        search(case)
    except insights.QueryError as error:
        assert "cannot be calculated: Parser" not in error.message, f"{stem}: {case['query']}"
        assert "cannot be calculated: Binder" not in error.message, f"{stem}: {case['query']}"
        assert "cannot be calculated: Catalog" not in error.message, f"{stem}: {case['query']}"
