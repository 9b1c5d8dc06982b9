"""Every file of tests/queries: a query, the events it sees, the rows or the error it gives."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from course import insights

CASES = sorted((Path(__file__).parents[1] / "queries").glob("*.toml"))
EPOCH = 1_790_000_000_000  # 2026-09-21 14:13:20 UTC; event i stands i seconds later
EXTRAS = ("columns", "matched")


def _events(case: dict[str, Any]) -> list[dict[str, Any]]:
    given = case.get("events", [])
    plain = [{"message": event} if isinstance(event, str) else event for event in given]
    return [{"timestamp": EPOCH + 1000 * i, **event} for i, event in enumerate(plain)]


def loaded(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def search(case: dict[str, Any]) -> insights.Result:
    """Run a case's query over its events, as the case says."""
    options = insights.Options(**case.get("options", {}))
    arguments = case.get("arguments", {})
    return insights.search(case["query"], _events(case), options=options, **arguments)


def _report(query: str, wanted: Any, got: Any, options: insights.Options) -> str:
    try:
        sql = insights.explain(query, options=options)
    except insights.QueryError as error:
        sql = f"none: {error}"
    lines = [f"\nquery:  {query}", f"wanted: {wanted}", f"got:    {got}", f"SQL:\n{sql}"]
    return "\n".join(lines)


def test_there_are_cases() -> None:
    assert len(CASES) >= 300


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_query(path: Path) -> None:
    case = loaded(path)
    options = insights.Options(**case.get("options", {}))
    if "error" in case:
        _expect_error(case, options)
    else:
        _expect_rows(case, options)


def _expect_rows(case: dict[str, Any], options: insights.Options) -> None:
    query, result = case["query"], search(case)
    rows = [{k: v for k, v in row.items() if k != "@ptr"} for row in result.rows]
    assert rows == case["rows"], _report(query, case["rows"], rows, options)
    if "columns" in case:
        assert result.columns == case["columns"], _report(query, case, result.columns, options)
    if "matched" in case:
        assert result.statistics["recordsMatched"] == case["matched"]


def _expect_error(case: dict[str, Any], options: insights.Options) -> None:
    query, wanted = case["query"], case["error"]
    try:
        result = search(case)
    except insights.QueryError as error:
        seen = {
            "message": error.message,
            "line": error.line,
            "column": error.column,
            "suggestion": error.suggestion,
            "text": query[error.start : error.end],
        }
        for key, value in wanted.items():
            fits = value in seen["message"] if key == "message" else seen[key] == value
            assert fits, f"\nquery:  {query}\nwanted: {wanted}\ngot:    {json.dumps(seen)}"
    else:
        pytest.fail(_report(query, wanted, result.rows, options))
