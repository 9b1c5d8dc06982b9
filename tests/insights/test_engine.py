"""run, search, explain, locate: types, time range, statistics, and kind words for bad events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import insights
from course.insights.aggregates import AGGREGATES
from course.insights.expressions import FUNCTIONS

WAYS = ("asc", "desc")
EPOCH = 1_790_000_000_000
EVENTS: list[dict[str, Any]] = [
    {
        "timestamp": EPOCH + 1000 * i,
        "message": json.dumps({"n": i, "level": "ERROR" if i % 2 else "INFO", "id": f"00{i}"}),
        "logStreamName": f"s{i}",
        "logGroupName": "/aws/lambda/checkout",
    }
    for i in range(5)
]


def test_run_gives_types() -> None:
    query = "fields @timestamp, n, n / 2 as half, n > 2 as big, level, id, nothing | sort n"
    frame = insights.run(query, EVENTS)
    assert list(frame.columns) == ["@timestamp", "n", "half", "big", "level", "id", "nothing"]
    assert frame["@timestamp"].iloc[0] == pd.Timestamp("2026-09-21 14:13:20")
    assert str(frame["@timestamp"].dtype).startswith("datetime64")
    assert frame["n"].tolist() == [0, 1, 2, 3, 4]
    assert frame["half"].tolist() == [0, 0.5, 1, 1.5, 2]
    assert frame["big"].tolist() == [0, 0, 0, 1, 1]
    assert frame["level"].tolist()[:2] == ["INFO", "ERROR"]
    assert frame["id"].tolist()[:2] == ["000", "001"]
    assert frame["nothing"].isna().all()


def test_run_reads_numbers_only_where_every_value_is_one() -> None:
    events = [{"timestamp": 1, "message": "v=5"}, {"timestamp": 2, "message": "v=-"}]
    query = 'parse "v=*" as v | display v'
    assert insights.run(query, events)["v"].tolist() == ["-", "5"]
    assert insights.run(query, events[:1])["v"].tolist() == [5]
    texts = insights.Options(infer_numbers=False)
    assert insights.run(query, events[:1], options=texts)["v"].tolist() == ["5"]


def test_run_gives_lists_and_bins() -> None:
    frame = insights.run("stats values(level) as v, count(*) as n by bin(2s)", EVENTS)
    assert frame["v"].tolist() == [["ERROR", "INFO"], ["ERROR", "INFO"], ["INFO"]]
    assert frame["n"].tolist() == [2, 2, 1]
    assert frame["bin(2s)"].iloc[0] == pd.Timestamp("2026-09-21 14:13:20")


@pytest.mark.parametrize("kind", [list, tuple, iter, pd.DataFrame, insights.Events])
def test_events_come_in_many_shapes(kind: Any) -> None:
    result = insights.search("stats sum(n) as s, latest(@logStream) as l", kind(EVENTS))
    assert result.rows == [{"s": "10", "l": "s4"}]


def test_prepared_events_answer_many_queries() -> None:
    events = insights.Events(EVENTS)
    for level, count in (("INFO", "3"), ("ERROR", "2")):
        query = f"filter level = '{level}' | stats count(*) as n"
        assert insights.search(query, events).rows == [{"n": count}]


def test_no_events() -> None:
    for nothing in ([], pd.DataFrame({"timestamp": [], "message": []})):
        assert insights.search("fields a, @duration", nothing).rows == []
        assert insights.run("fields a", nothing).empty
        assert insights.search("stats count(*) as n", nothing).rows == [{"n": "0"}]


def test_statistics_count_what_was_read() -> None:
    query = "filter level = 'ERROR' | stats count(*) as n by level"
    result = insights.search(query, EVENTS, start=EPOCH + 1000, end=EPOCH + 3000)
    size = sum(len(event["message"]) for event in EVENTS[1:4])
    assert result.statistics == {
        "recordsMatched": 2.0,
        "recordsScanned": 3.0,
        "bytesScanned": float(size),
        "resultCount": 1.0,
    }


def test_bytes_are_utf8() -> None:
    statistics = insights.search("fields a", [{"timestamp": 1, "message": "é"}]).statistics
    assert statistics["bytesScanned"] == 2


def test_matched_counts_past_the_cap() -> None:
    result = insights.search("filter n > 0", EVENTS, limit=2)
    assert (len(result.rows), result.statistics["recordsMatched"]) == (2, 4)


def test_pointers_lead_back_to_the_event() -> None:
    shuffled = [EVENTS[i] for i in (3, 0, 4, 1, 2)]
    for row in insights.search("fields n", shuffled, start=EPOCH + 1000).rows:
        place = insights.locate(row["@ptr"])
        event = shuffled[place.position]
        assert json.loads(event["message"])["n"] == int(row["n"])
        assert (place.timestamp, place.stream) == (event["timestamp"], event["logStreamName"])
        assert place.group == "/aws/lambda/checkout"
    assert "@ptr" not in insights.search("stats count(*)", EVENTS).rows[0]


@pytest.mark.parametrize("pointer", ["", "x", "eA==", "!!!"])
def test_a_foreign_pointer_is_refused(pointer: str) -> None:
    with pytest.raises(ValueError, match="Not a log record pointer"):
        insights.locate(pointer)


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([{"timestamp": 1}], "Event 0: expected a text in 'message', found None"),
        ([{"message": "x"}], "Event 0: expected a 'timestamp' in epoch milliseconds, found None"),
        ([{"timestamp": 1.5, "message": "x"}], "found 1.5"),
        ([{"timestamp": 1, "message": b"x"}], "found b'x'"),
        (pd.DataFrame({"message": ["x"]}), "no 'timestamp' column"),
    ],
)
def test_bad_events_are_named(events: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        insights.search("fields a", events)


def test_a_limit_is_checked() -> None:
    with pytest.raises(ValueError, match="from 1 to 100000, not 0"):
        insights.search("fields a", [], limit=0)


def test_now_is_what_the_caller_says() -> None:
    (row,) = insights.search("fields now() as t | limit 1", EVENTS, now=1_800_000_000_999).rows
    assert row["t"] == "1800000000"


def test_odd_messages_do_no_harm() -> None:
    odd = ["", "\x00", "\ud800", "{", '{"a": NaN}', '{"a": "\\ud800"}', '{"a": 1e999}', "{" * 9_000]
    odd += ['{"a":' * 5_000 + "1" + "}" * 5_000, '{"a": 1, "a": 2}', '[{"a": 7}]', ' {"a": 5} \n']
    events = [{"timestamp": i, "message": message} for i, message in enumerate(odd)]
    result = insights.search("fields a, @message | sort @timestamp", events)
    assert len(result.rows) == len(odd)
    assert [row.get("a") for row in result.rows[-2:]] == ["7", "5"]


def test_a_notebook_shows_a_refusal_without_a_traceback() -> None:
    with pytest.raises(insights.QueryError) as caught:
        insights.search("filtr level = 'ERROR'", EVENTS)
    (shown,) = caught.value._render_traceback_()
    assert shown == f"QueryError: {caught.value}"
    assert "line 1, column 1" in shown and "^^^^^" in shown and "`filter`" in shown


SHORT = st.text(alphabet="a/ 0159.é_-", max_size=6)


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(SHORT, max_size=8), count=st.integers(1, 8), way=st.sampled_from(WAYS))
def test_a_limit_takes_the_first_of_the_sorted(texts: list[str], count: int, way: str) -> None:
    """The shortcut that `limit` takes after a `sort` of texts changes no row and no order."""
    events = [{"timestamp": i, "message": json.dumps({"t": t})} for i, t in enumerate(texts)]
    query = f"sort t {way} | display @timestamp, t"
    limited = insights.search(query.replace("|", f"| limit {count} |"), events).rows
    assert limited == insights.search(query, events).rows[:count]


def test_explain_has_a_named_step_per_stage() -> None:
    sql = insights.explain("filter a.b > 1 | stats count(*) as n by c | sort n desc | limit 3")
    for step in ("documents", "stage_1_filter", "stage_3_stats", "stage_4_sort", "stage_5_limit"):
        assert f"{step} AS (" in sql
    assert "/a/b" in sql


def test_threads_take_turns() -> None:
    answers: list[Any] = []

    def ask(level: str) -> None:
        query = f"filter level = '{level}' | stats count(*) as n"
        answers.append((level, insights.search(query, EVENTS).rows[0]["n"]))

    workers = [threading.Thread(target=ask, args=(level,)) for level in ("INFO", "ERROR") * 4]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(answers) == [("ERROR", "2")] * 4 + [("INFO", "3")] * 4


def test_a_forked_process_keeps_working() -> None:
    """Grading forks kernels from a process that may already have asked something."""
    program = """
import os
from course import insights
ask = lambda: insights.search("stats count(*) as n", [{"timestamp": 1, "message": "x"}]).rows
ask()
child = os.fork()
if child == 0:
    os._exit(0 if ask() == [{"n": "1"}] else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    if hasattr(os, "fork"):
        done = subprocess.run([sys.executable, "-c", program], timeout=60, check=False)
        assert done.returncode == 0


def test_importing_is_light() -> None:
    program = "import sys, course.insights; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"duckdb", "pandas", "sqlglot", "lark", "numpy"} & set(done.stdout.split())


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_example_of_every_function_runs(name: str) -> None:
    function = FUNCTIONS[name]
    assert function.about
    insights.search(f"fields {function.example} as x", EVENTS[:1])


@pytest.mark.parametrize("name", sorted(AGGREGATES))
def test_the_example_of_every_aggregate_runs(name: str) -> None:
    aggregate = AGGREGATES[name]
    assert aggregate.about
    insights.search(f"stats {aggregate.example} as x", EVENTS)
