"""Events of a file that are numbered after the leading filters come in the order of the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from course import insights
from course.insights.compile import compile_query
from course.insights.options import Options

KEPT = "filter level = 'ERROR' and ispresent(n)"
QUERIES = (
    f"{KEPT} | display n",
    f"{KEPT} | display n | limit 7",
    f"{KEPT} | display n | tail 7",
    f"{KEPT} | display n | sort @timestamp | limit 7",
    f"{KEPT} | display n | sort word desc | limit 7",
    f"{KEPT} | filter n > 9 | fields n % 3 as third | sort third | display n, third | limit 9",
    f"{KEPT} | display n | dedup word | limit 3",
    f"{KEPT} | accum n as total | display n, total | limit 5",
    f"{KEPT} | stats earliest(n) as first, latest(n) as last by word",
    f"{KEPT} | stats sortsFirst(n) as first, count(*) as many by word",
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], str]:
    """Events of very few times in many files, which several threads read at once."""
    folder = tmp_path_factory.mktemp("events")
    events = []
    for file in range(24):
        lines = []
        for line in range(60):
            record = {
                "level": "ERROR" if line % 3 else "INFO",
                "n": file * 100 + line,
                "word": f"w{line % 4}",
            }
            event = {"timestamp": 1000 + line % 2, "message": json.dumps(record)}
            events.append(event)
            lines.append(json.dumps(event) + "\n")
        (folder / f"{file:02}.ndjson").write_text("".join(lines))
    return events, str(Path(folder) / "*.ndjson")


@pytest.mark.parametrize("query", QUERIES)
def test_the_rows_are_those_of_the_events_in_memory(
    query: str, written: tuple[list[dict[str, Any]], str]
) -> None:
    events, files = written
    assert insights.run(query, files).equals(insights.run(query, events))


@pytest.mark.parametrize(
    ("query", "numbered"),
    [
        (f"{KEPT} | sort @timestamp | limit 3", True),
        (f"{KEPT} | filter n > 1 | stats latest(n) as last", True),
        ("sort @timestamp | limit 3", False),
        ("fields n | filter n > 1", False),
        (f"{KEPT} | fields @ptr", False),
        (f"{KEPT} and n in (SOURCE 'a' | fields n) | limit 3", False),
        (f"{KEPT} | pattern @message", False),
    ],
)
def test_where_the_numbers_come_late(query: str, numbered: bool) -> None:
    statement = compile_query(query, Options(), 100).over_files
    assert (statement.numbered is not None) is numbered


def test_the_filter_stands_below_the_numbers() -> None:
    statement = compile_query(f"{KEPT} | filter n > 1 | limit 3", Options(), 100).over_files
    assert statement.numbered is not None
    assert "stage_2_filter_kept AS MATERIALIZED" in statement.numbered
    assert statement.numbered.count("ROW_NUMBER()") == 1
