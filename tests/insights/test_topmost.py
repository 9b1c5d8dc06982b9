"""The first rows in the order of a text are those of the full order, ties and all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from course import insights
from course.insights import topmost
from course.insights.compile import compile_query
from course.insights.options import Options

PIECES = st.sampled_from(["", "u-", "a", "é", "z", "-", "\n", "0", "1", "9", "10", "007", "."])
TEXTS = st.lists(PIECES, min_size=1, max_size=4).map("".join)
VALUES = st.one_of(TEXTS, st.none(), st.integers(-3, 12))
EVENTS = st.lists(st.tuples(VALUES, st.integers(0, 3)), max_size=25)


@pytest.fixture(autouse=True)
def every_row_is_a_sample(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One of 61 would leave so few events without a bound."""
    monkeypatch.setattr(topmost, "ONE_IN", 1)
    compile_query.cache_clear()
    yield
    compile_query.cache_clear()


def made(rows: list[tuple[Any, int]]) -> list[dict[str, Any]]:
    return [
        {"timestamp": at, "message": json.dumps({"id": value, "place": place})}
        for place, (value, at) in enumerate(rows)
    ]


@given(EVENTS, st.sampled_from(["asc", "desc"]), st.integers(1, 8), st.booleans())
@example([("1", 0), ("01", 0)], "asc", 1, False)
@example([("01", 0), ("1", 0), ("1.0", 0)], "desc", 1, False)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_narrowed_is_as_sorted(
    rows: list[tuple[Any, int]], way: str, count: int, nulls_first: bool
) -> None:
    events, options = made(rows), Options(nulls_first=nulls_first)
    query = f"fields place, id | sort id {way}"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "e.ndjson"
        path.write_text("".join(json.dumps(event) + "\n" for event in events))
        for source in (events, str(path)):
            whole = insights.run(query, source, options=options)["place"].tolist()
            first = insights.run(f"{query} | limit {count}", source, options=options)
            assert first["place"].tolist() == whole[:count]


@pytest.mark.parametrize(
    ("query", "checked"),
    [
        ("fields id | sort id desc | limit 3", True),
        ("fields id | sort id desc | limit 3 | fields @message", True),
        ("fields @ptr | sort id desc | limit 3", False),
        ("dedup id | limit 3", False),
        ("limit 9 | sort id desc | limit 3", False),
        ("sort @timestamp desc | limit 3", False),
    ],
)
def test_where_places_are_not_needed(query: str, checked: bool) -> None:
    assert compile_query(query, Options(), 100).typed.ties_checked is checked
