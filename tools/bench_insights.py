"""The query engine over a million events in a file, beside what one would write by hand.

The events are generated (seeded) into build/ once: about 210 MB of NDJSON, each message a JSON
object with level, route, status, duration and a nested user. By hand means: DuckDB with two
threads, pandas with orjson, and pandas' own read_json with json_normalize. Both sides must give
the same rows; where one of them does other work for that, the row's note says so.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from statistics import median
from typing import Any

from tools.measuring import Measurement, NotMeasured, in_turns, measures, milliseconds, rows

ROOT = Path(__file__).resolve().parent.parent
EVENTS = ROOT / "build" / "bench_events_v1.ndjson"
COUNT = 1_000_000
ROUTES = ("/cart", "/checkout", "/orders", "/orders/{id}", "/products", "/search", "/login")

QUERY = """
    filter level = "ERROR"
    | stats count(*) as found, pct(duration, 99) as slow by bin(5m) as period, route
"""
READ = """read_json($path, format = 'newline_delimited', columns =
    {timestamp: 'BIGINT', message: 'VARCHAR', logStreamName: 'VARCHAR'})"""
BY_HAND = """
    SELECT time_bucket(INTERVAL 5 minutes, make_timestamp(timestamp * 1000)) AS period,
        message->>'$.route' AS route, count(*) AS found,
        quantile_disc(CAST(message->>'$.duration' AS DOUBLE), 0.99) AS slow
    FROM events WHERE message->>'$.level' = 'ERROR' GROUP BY ALL
"""
# name: the query, and the same in SQL over events(timestamp, message, logStreamName)
SHAPES: dict[str, tuple[str, str]] = {
    "regex": (
        r"""filter @message like /"id":"u-1\d\d\d1"/
            | fields toMillis(@timestamp) as t, @message | sort t desc | limit 20""",
        r"""SELECT timestamp, message FROM events
            WHERE regexp_matches(message, '"id":"u-1\d\d\d1"')
            ORDER BY timestamp DESC LIMIT 20""",
    ),
    "glob": (
        """parse @message '"route":"*"' as path | stats count(*) as n by path""",
        """SELECT regexp_extract(message, '"route":"([^"]*)"', 1) AS path, count(*) FROM events
            GROUP BY ALL""",
    ),
    "top": (
        "fields user.id | sort user.id desc | limit 20",
        """SELECT message->>'$.user.id' AS id FROM events ORDER BY id DESC, timestamp DESC
            LIMIT 20""",
    ),
    "chained": (
        """stats count(*) as n, avg(duration) as mean by user.id
            | stats max(n) as most, avg(mean) as typical""",
        """SELECT max(n), avg(mean) FROM (SELECT count(*) AS n,
            avg(CAST(message->>'$.duration' AS DOUBLE)) AS mean
            FROM events GROUP BY message->>'$.user.id')""",
    ),
}
# What is not the same work on both sides of a comparison.
NOTES = {
    "glob": "by hand: the text up to the next quote; here: the least text, on one line",
    "top": "by hand: order of characters, any order of ties; here: natural order, ties as in file",
    "chained": "by hand: a value that is no number is an error; here: it is left out",
}
ONE_THREAD = "pandas: one thread; here: all"
EVERY_FIELD = "by hand: every field of every event, run once; here: only the fields asked for"
# On Linux ru_maxrss also counts the process that started this one; VmHWM does not.
IN_A_PROCESS = """
import pathlib, re, resource, sys
from course import insights
insights.run(sys.argv[1], sys.argv[2])
status = pathlib.Path("/proc/self/status")
peak = re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text()) if status.exists() else None
unit = 1024 * 1024 if sys.platform == "darwin" else 1024
print(int(peak[1]) / 1024 if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)
"""


def event_lines(count: int, seed: int = 1) -> Iterator[str]:
    """The events as NDJSON lines, about 207 bytes each; the same for the same seed."""
    chance = random.Random(seed)
    at = 1_790_000_000_000
    for _ in range(count):
        at += chance.randrange(60)
        message = {
            "level": chance.choices(("INFO", "WARN", "DEBUG", "ERROR"), (70, 15, 10, 5))[0],
            "route": chance.choice(ROUTES),
            "status": chance.choice((200, 200, 201, 404, 500)),
            "duration": round(chance.lognormvariate(4, 1), 2),
            "user": {"id": f"u-{chance.randrange(50_000):05}", "country": chance.choice("DFUJB")},
        }
        event = {
            "timestamp": at,
            "message": json.dumps(message, separators=(",", ":")),
            "logStreamName": f"2026/09/21/[$LATEST]{chance.randrange(8):08}",
        }
        yield json.dumps(event, separators=(",", ":")) + "\n"


@lru_cache(maxsize=1)
def events_file() -> str:
    """The path of the million events, made when it is not there."""
    if not EVENTS.is_file():
        EVENTS.parent.mkdir(exist_ok=True)
        unfinished = EVENTS.with_suffix(".part")
        with unfinished.open("w", encoding="utf-8") as file:
            file.writelines(event_lines(COUNT))
        unfinished.rename(EVENTS)
    return str(EVENTS)


def by_hand(sql: str) -> Any:
    """A hand-written statement over the file, as a DataFrame."""
    import duckdb

    with duckdb.connect(config={"threads": 2}) as database:
        reading = READ.replace("$path", f"'{events_file()}'")
        return database.execute(f"WITH events AS (SELECT * FROM {reading}) {sql}").df()


def ours(query: str) -> Any:
    from course.insights import run

    return run(query, events_file())


def _against(query: str, other: Callable[[], Any], times: int = 5) -> tuple[float, float, int]:
    answer, theirs = ours(query), other()
    if rows(answer) != rows(theirs):
        raise NotMeasured("the two sides give different answers")
    return *in_turns(partial(ours, query), other, times), len(answer)


@measures(("insights_ms", "ms", None), ("duckdb_ms", "ms", None), ("insights_vs_duckdb", "x", 1.3))
def against_duckdb() -> list[Measurement]:
    """The reference query and the same in SQL."""
    mine, theirs, found = _against(QUERY, partial(by_hand, BY_HAND))
    note = f"{COUNT:,} events, {found:,} rows"
    return [
        Measurement("insights_ms", mine, "ms", None, note),
        Measurement("duckdb_ms", theirs, "ms", None, note),
        Measurement("insights_vs_duckdb", mine / theirs, "x", 1.3),
    ]


def _shape(name: str) -> list[Measurement]:
    query, sql = SHAPES[name]
    mine, theirs, _ = _against(query, partial(by_hand, sql))
    return [Measurement(f"insights_{name}_vs_duckdb", mine / theirs, "x", 1.5, NOTES.get(name, ""))]


for _name in SHAPES:
    measures((f"insights_{_name}_vs_duckdb", "x", 1.5))(partial(_shape, _name))


@measures(("insights_vs_pandas", "x", 1 / 5))
def against_pandas() -> list[Measurement]:
    """The best that one would write with pandas: decode what is needed, keep three columns."""
    mine, theirs, _ = _against(QUERY, in_pandas, 3)
    return [Measurement("insights_vs_pandas", mine / theirs, "x", 1 / 5, ONE_THREAD)]


@measures(("insights_vs_json_normalize", "x", 1 / 25))
def against_json_normalize() -> list[Measurement]:
    """What one writes first; run once, because it takes long."""
    theirs = milliseconds(in_json_normalize)
    mine = median(milliseconds(partial(ours, QUERY)) for _ in range(3))
    return [Measurement("insights_vs_json_normalize", mine / theirs, "x", 1 / 25, EVERY_FIELD)]


def in_pandas() -> Any:
    """Line by line: a record is decoded only where the line can hold an error."""
    import orjson
    import pandas as pd

    loads = orjson.loads
    kept = []
    with open(events_file(), "rb") as file:
        for line in file:
            event = loads(line)
            record = loads(event["message"])
            if record.get("level") == "ERROR":
                kept.append((event["timestamp"], record["route"], record["duration"]))
    return _grouped(pd.DataFrame(kept, columns=["timestamp", "route", "duration"]))


def in_json_normalize() -> Any:
    import pandas as pd

    events = pd.read_json(events_file(), lines=True)
    records = pd.json_normalize(events["message"].map(json.loads).tolist())
    records["timestamp"] = events["timestamp"].astype("int64")
    return _grouped(records[records["level"] == "ERROR"])


def _grouped(frame: Any) -> Any:
    import pandas as pd

    period = pd.to_datetime(frame["timestamp"], unit="ms").dt.floor("5min").rename("period")
    grouped = frame.groupby([period, "route"])["duration"]
    ranked = grouped.quantile(0.99, interpolation="higher").rename("slow")
    return pd.concat([grouped.size().rename("found"), ranked], axis=1).reset_index()


@measures(("insights_1k_ms", "ms", 25))
def thousand() -> list[Measurement]:
    """The reference query over a thousand events in memory, after the first time."""
    from course.insights import run

    events = [json.loads(line) for line in event_lines(1000)]
    run(QUERY, events)
    taken = median(milliseconds(partial(run, QUERY, events)) for _ in range(15))
    return [Measurement("insights_1k_ms", taken, "ms", 25)]


@measures(("insights_peak_mb", "MB", 1000))
def peak() -> list[Measurement]:
    """Most memory of a whole process that runs the reference query over a file of 1 GB."""
    large = EVENTS.with_name("bench_events_large.ndjson")
    with large.open("wb") as file:
        for _ in range(5):
            file.write(Path(events_file()).read_bytes())
    try:
        size = large.stat().st_size / 1e6
        ran = subprocess.run(
            [sys.executable, "-c", IN_A_PROCESS, QUERY, str(large)],
            capture_output=True, text=True, check=False, cwd=ROOT,
        )  # fmt: skip
    finally:
        large.unlink()
    if ran.returncode:
        raise NotMeasured(ran.stderr.strip().splitlines()[-1])
    return [Measurement("insights_peak_mb", float(ran.stdout), "MB", 1000, f"{size:.0f} MB file")]
