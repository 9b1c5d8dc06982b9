"""The query pane's first tab: Logs Insights, with rows, events over time and the SQL that ran."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import boto3
import ipywidgets as widgets
import pandas as pd

from course import insights

from .event_counts import event_counts
from .pane_parts import (
    MOST_ROWS,
    Refused,
    TimeRange,
    drawn,
    framed,
    labelled,
    problem,
    refusing,
    run_button,
    status,
)
from .tables import table

FIRST_QUERY = "fields @timestamp, @message\n| sort @timestamp desc\n| limit 20"
_MOST_BINS = 60
_DRAWABLE = 5 * _MOST_BINS  # more there are where the query's SOURCE gives a longer time range
_BINS = {
    **{f"{n}s": n for n in (1, 5, 10, 30)},
    **{f"{n}m": 60 * n for n in (1, 5, 10, 30)},
    **{f"{n}h": 3600 * n for n in (1, 6)},
    **{f"{n}d": 86_400 * n for n in (1, 7)},
}
_SOURCE = re.compile(r"(?:\s|#[^\n]*\n)*source\b", re.IGNORECASE)
# Stages that choose or describe single events: counting after them counts what the query is about.
_ABOUT_EVENTS = ("Source", "Filter", "Fields", "Parse")


class LogsTab:
    """Inputs and results; `run` asks the account and fills the results."""

    def __init__(self) -> None:
        with refusing():
            names = _log_groups()
        self.groups = labelled(
            widgets.SelectMultiple, "Log groups", options=names, value=names[:1], rows=6
        )
        self.range = TimeRange()
        self.query = labelled(
            widgets.Textarea, "Query", value=FIRST_QUERY, rows=5, continuous_update=False
        )
        self.query.add_class("course-pane-query")
        self.button = run_button("Run query")
        self.button.on_click(lambda _: self.run())
        self.said, self.rows, self.histogram, self.sql = (widgets.HTML() for _ in range(4))
        self.box = widgets.VBox(
            [self.groups, self.range.box, self.query, self.button]
            + [self.said, self.histogram, self.rows, self.sql]
        )
        self.box.add_class("course-pane-tab")

    def run(self) -> None:
        self.rows.value = self.histogram.value = self.sql.value = ""
        self.said.value = status("Running")
        try:
            self._run()
        except Refused as error:
            self.said.value = problem(str(error))

    def _run(self) -> None:
        text, span = self.query.value, self.range.seconds()
        with refusing():
            rows, matched = self._ask(text, span)
            self.rows.value = framed(_table(rows), "Rows of the query") if any(rows) else ""
            self.histogram.value = self._over_time(text, span)
            self.sql.value = _sql(text)
        self.said.value = status(_summary(rows, matched))

    def _ask(self, text: str, span: tuple[int, int]) -> tuple[list[dict[str, str]], str]:
        """All rows of a query, and what it has read, in words."""
        logs = boto3.client("logs")
        times = {"startTime": span[0], "endTime": span[1]}
        started = logs.start_query(queryString=text, **times, **self._where(text))
        return _fetched(logs, started["queryId"])

    def _where(self, text: str) -> dict[str, list[str]]:
        """The chosen log groups, unless the query's SOURCE names its own."""
        if _SOURCE.match(text):
            return {}
        if not self.groups.value:
            raise Refused("No log group is chosen: choose at least one.")
        return {"logGroupNames": list(self.groups.value)}

    def _over_time(self, text: str, span: tuple[int, int]) -> str:
        """The events that the query is about, counted over the time range."""
        beginning = _about_events(text)
        if beginning is None:
            return ""
        width = _bin(span[1] - span[0])
        counted, _ = self._ask(f"{beginning} stats count(*) by bin({width})", span)
        counts = [(row[f"bin({width})"], int(row["count(*)"])) for row in counted]
        if not 0 < len(counts) <= _DRAWABLE:
            return ""
        title = f"Events over time, in bins of {width}"
        return drawn(event_counts(counts, span, _BINS[width], title=title))


def _log_groups() -> list[str]:
    pages = boto3.client("logs").get_paginator("describe_log_groups").paginate()
    return [group["logGroupName"] for page in pages for group in page["logGroups"]]


def _fetched(logs: Any, query_id: str) -> tuple[list[dict[str, str]], str]:
    """The rows of a started query, page by page, without the pointers to their events."""
    answer = logs.get_query_results(queryId=query_id)
    while answer["status"] in ("Scheduled", "Running"):
        answer = logs.get_query_results(queryId=query_id)
    found, read = list(answer["results"]), answer["statistics"]
    while "nextToken" in answer:
        answer = logs.get_query_results(queryId=query_id, nextToken=answer["nextToken"])
        found += answer["results"]
    rows = [{c["field"]: c["value"] for c in row if c["field"] != "@ptr"} for row in found]
    return rows, f"{read['recordsMatched']:,.0f} of {read['recordsScanned']:,.0f} events matched"


def _table(rows: list[dict[str, str]]) -> Any:
    """Texts as AWS gives them. A row lacks the fields it has no value for, so that the order of
    the columns is the fullest row's."""
    fullest = max(rows, key=len)
    names = dict.fromkeys([*fullest, *(name for row in rows for name in row)])
    return table(pd.DataFrame(rows, columns=list(names)), "Result", rows=MOST_ROWS)


def _summary(rows: list[dict[str, str]], matched: str) -> str:
    if not rows:
        return f"No rows: {matched}. Widen the time range or loosen the filter."
    count = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
    if not any(rows):
        return f"{count}, none with a value in the fields that the query shows; {matched}."
    shown = f"first {MOST_ROWS} of {count}" if len(rows) > MOST_ROWS else count
    return f"{shown}; {matched}."


def _about_events(text: str) -> str | None:
    """The query up to its first stage that makes other rows of the events, ready for one more.

    None for a query that calls saved queries: where their stages end cannot be seen in the text.
    """
    try:
        stages = insights.parse(text).stages
    except insights.QueryError:
        return None
    for stage in stages:
        if type(stage).__name__ not in _ABOUT_EVENTS:
            return f"{text[: stage.span[0]]}\n"
    return f"{text}\n|"


def _bin(seconds: int) -> str:
    return next((name for name, s in _BINS.items() if seconds / s <= _MOST_BINS), "7d")


def _sql(text: str) -> str:
    pages = boto3.client("logs").describe_query_definitions()["queryDefinitions"]
    saved = {
        each["name"]: {
            "query": each["queryString"],
            "parameters": {p["name"]: p.get("defaultValue") for p in each.get("parameters", [])},
        }
        for each in pages
    }
    sql = escape(insights.explain(text, saved=saved))
    look = "overflow: auto; max-height: 26em; margin: 4px 0; line-height: 1.35"
    return (
        "<details><summary>The SQL that ran here (DuckDB)</summary>"
        f'<pre tabindex="0" style="{look}">{sql}</pre></details>'
    )
