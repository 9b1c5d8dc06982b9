"""`make bench`: measures what people wait for, prints a table and writes build/bench.json.

The file holds {name: {"value": number or null, "unit": str, "goal": number or null}}. A value over
its goal is printed as such; the exit status stays 0, because a busy machine is not a broken build.
A comparison runs both sides in one go, in turns, on the same input, checks that they give the same
answer and reports the ratio of their medians. To measure something else, write a function that
returns measurements and register it with `@measures`.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tools.measuring import REGISTRY, Measurement, NotMeasured, in_turns, measures
from tools.measuring import rows as _rows

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "release" / "01_cloudwatch" / "cloudwatch.ipynb"
RESULTS = ROOT / "build" / "bench.json"

TEXT_QUERY = """
    filter @message like /ERROR|Task timed out/
    | stats count(*) as found by bin(5m) as period, @logStream
"""
JSON_QUERY = """
    filter status >= 500
    | stats count(*) as failed, max(responseLatency) as slowest by bin(5m) as period
"""


# --- a student opens the notebook ----------------------------------------------------------------


# What the set-up cell leaves for the first query and the first picture to import.
LATER = "import duckdb, lark, sqlglot, matplotlib.figure, matplotlib.backends.backend_agg"


@measures(("setup_cell_s", "s", 2.5), ("setup_all_s", "s", 2.5))
def setup_cell() -> list[Measurement]:
    """From sending the first code cell to its reply, in a fresh kernel; median of three kernels."""
    code = _first_code_cell(NOTEBOOK)
    alone = median(_in_fresh_kernel(code) for _ in range(3))
    whole = median(_in_fresh_kernel(f"{code}\n{LATER}") for _ in range(3))
    return [
        Measurement("setup_cell_s", alone, "s", 2.5),
        Measurement("setup_all_s", whole, "s", 2.5, "with what is imported lazily"),
    ]


def _first_code_cell(notebook: Path) -> str:
    if not notebook.is_file():
        raise NotMeasured(f"there is no {notebook.relative_to(ROOT)}")
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    if not sources:
        raise NotMeasured(f"{notebook.name} has no code cell")
    return sources[0]


def _in_fresh_kernel(code: str) -> float:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(
        kernel_name="python3",
        cwd=str(NOTEBOOK.parent),
        extra_arguments=["--IPKernelApp.log_level=40"],  # no word on encryption: it is loopback
    )
    try:
        start = perf_counter()
        reply = client.execute(code, reply=True, timeout=120)["content"]
        seconds = perf_counter() - start
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if reply["status"] != "ok":
        raise NotMeasured(f"the cell raised {reply.get('ename')}: {reply.get('evalue')}")
    return seconds


# --- a query and the same in pandas --------------------------------------------------------------


@measures(("query_20k_ms", "ms", 60), ("pandas_20k_ms", "ms", None), ("query_vs_pandas", "x", None))
def text_query() -> list[Measurement]:
    """A text search counted by period and stream, over every event of the committed data."""
    return _compare(TEXT_QUERY, _text_in_pandas, ("query_20k_ms", "pandas_20k_ms", ""), 60)


@measures(
    ("query_json_ms", "ms", None),
    ("pandas_json_ms", "ms", None),
    ("query_vs_pandas_json", "x", None),
)
def json_query() -> list[Measurement]:
    """Fields of JSON events, filtered and aggregated, over every event of the committed data."""
    return _compare(JSON_QUERY, _json_in_pandas, ("query_json_ms", "pandas_json_ms", "_json"), None)


def _compare(
    query: str, by_hand: Callable[[Any], Any], names: tuple[str, str, str], goal: float | None
) -> list[Measurement]:
    events, run = _events(), _query_engine()
    answers = run(query, events), by_hand(events)
    if _rows(answers[0]) != _rows(answers[1]):
        raise NotMeasured("the query and pandas give different answers")
    ours, theirs = in_turns(lambda: run(query, events), lambda: by_hand(events))
    note = f"{len(events):,} events, {len(answers[0]):,} rows"
    return [
        Measurement(names[0], ours, "ms", goal, note),
        Measurement(names[1], theirs, "ms", None, note),
        Measurement(f"query_vs_pandas{names[2]}", ours / theirs, "x", None, "less is faster"),
    ]


def _events() -> Any:
    try:
        from course import data
    except ImportError as error:
        raise NotMeasured(f"course.data cannot be imported: {error}") from None
    return data.load("checkout").logs


def _query_engine() -> Callable[[str, Any], Any]:
    try:
        from course.insights import run
    except ImportError as error:
        raise NotMeasured(f"the query engine cannot be imported: {error}") from None
    return run


def _text_in_pandas(events: Any) -> Any:
    import pandas as pd

    frame = pd.DataFrame(events)
    found = frame[frame["message"].str.contains("ERROR|Task timed out", regex=True)]
    period = pd.to_datetime(found["timestamp"], unit="ms").dt.floor("5min")
    counted = found.groupby([period.rename("period"), "logStreamName"]).size()
    return counted.rename("found").reset_index()[_order(TEXT_QUERY, "logStreamName")]


def _json_in_pandas(events: Any) -> Any:
    import pandas as pd

    rows = []
    for event in events:
        if event["message"].startswith("{"):
            record = json.loads(event["message"])
            status = record.get("status")
            if isinstance(status, int | float) and status >= 500:
                rows.append((event["timestamp"], record.get("responseLatency")))
    frame = pd.DataFrame(rows, columns=["timestamp", "latency"])
    period = pd.to_datetime(frame["timestamp"], unit="ms").dt.floor("5min").rename("period")
    grouped = frame.groupby(period)["latency"]
    return grouped.agg(failed="size", slowest="max").reset_index()[_order(JSON_QUERY, "")]


def _order(query: str, stream: str) -> list[str]:
    """The columns in the order in which the query engine gives them: groups, then aggregates."""
    aggregates = re.findall(r"\) as (?!period)(\w+)", query)
    return ["period", *([stream] if stream else []), *aggregates]


import tools.bench_account  # noqa: E402  registers its measurements
import tools.bench_check  # noqa: E402
import tools.bench_grading  # noqa: E402
import tools.bench_insights  # noqa: E402
import tools.bench_otter  # noqa: E402
import tools.bench_queues  # noqa: E402
import tools.bench_requests  # noqa: E402
import tools.bench_study  # noqa: E402, F401

# --- all of them ---------------------------------------------------------------------------------


def measure(name: str) -> list[Measurement]:
    """The measurements registered under a name; without a value where they cannot be had."""
    function, rows = REGISTRY[name]
    try:
        return function()
    except NotMeasured as error:
        return [Measurement(row, None, unit, goal, str(error)) for row, unit, goal in rows]


def as_table(results: Sequence[Measurement]) -> str:
    """The measurements as aligned text."""
    cells = [("name", "value", "unit", "goal", "")]
    for result in results:
        value = "-" if result.value is None else f"{result.value:.2f}"
        goal = "" if result.goal is None else f"<= {result.goal:g}"
        cells.append((result.name, value, result.unit, goal, result.verdict))
    widths = [max(len(row[i]) for row in cells) for i in range(5)]
    lines = []
    for name, value, unit, goal, verdict in cells:
        line = f"{name:<{widths[0]}}  {value:>{widths[1]}} {unit:<{widths[2]}}  {goal:<{widths[3]}}"
        lines.append(f"{line}  {verdict}".rstrip())
    return "\n".join(lines)


def as_json(results: Sequence[Measurement]) -> str:
    """The measurements as the text of build/bench.json."""
    plain = {r.name: {"value": r.value, "unit": r.unit, "goal": r.goal} for r in results}
    return json.dumps(plain, indent=2) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything, or what is named; print the table and write the file."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure what people wait for.")
    parser.add_argument(
        "names", nargs="*", help=f"which ones: {', '.join(REGISTRY)}; all if left out"
    )
    chosen = parser.parse_args(arguments).names or list(REGISTRY)
    if unknown := [name for name in chosen if name not in REGISTRY]:
        parser.error(f"there is no {unknown[0]!r}; there are: {', '.join(REGISTRY)}")
    results = [result for name in chosen for result in measure(name)]
    print(as_table(results))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(as_json(results), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
