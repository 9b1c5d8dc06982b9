"""The query pane's second tab: traces that an X-Ray filter expression finds, one as a waterfall."""

from __future__ import annotations

from typing import Any

import boto3
import ipywidgets as widgets

from .pane_parts import (
    MOST_ROWS,
    WIDE,
    Refused,
    TimeRange,
    drawn,
    labelled,
    problem,
    refusing,
    run_button,
    status,
)
from .traces import waterfall
from .words import number

FIRST_EXPRESSION = "fault = true"
_MOST_READ = 10_000
_FLAGS = (("HasFault", "fault"), ("HasError", "error"), ("HasThrottle", "throttle"))


class TracesTab:
    """Inputs and results; `run` asks the account, choosing a trace draws it."""

    def __init__(self) -> None:
        self.range = TimeRange()
        self.expression = labelled(
            widgets.Textarea,
            "Filter expression",
            value=FIRST_EXPRESSION,
            rows=2,
            continuous_update=False,
            placeholder='service("checkout") { fault = true } AND responsetime > 1',
        )
        self.expression.add_class("course-pane-query")
        self.button = run_button("Find traces")
        self.button.on_click(lambda _: self.run())
        self.said, self.picture = widgets.HTML(), widgets.HTML()
        self.traces = labelled(widgets.Select, "Traces", options=[], rows=8)
        self.traces.add_class("course-pane-traces")
        self.traces.layout.display = "none"
        self.traces.observe(lambda change: self._draw(change["new"]), "value")
        self.box = widgets.VBox(
            [self.range.box, self.expression, self.button, self.said, self.traces, self.picture],
            layout=widgets.Layout(width=WIDE),
        )
        self.box.add_class("course-pane-tab")

    def run(self) -> None:
        self.traces.options, self.picture.value = [], ""
        self.traces.layout.display = "none"
        self.said.value = status("Running")
        try:
            found = _found(self.expression.value, self.range.seconds())
        except Refused as error:
            self.said.value = problem(str(error))
            return
        self.said.value = status(_summary(len(found)))
        if found:
            self.traces.layout.display = None
            self.traces.options = [(_line(each), each["Id"]) for each in found[:MOST_ROWS]]

    def _draw(self, trace_id: str | None) -> None:
        self.picture.value = ""
        if trace_id is None:
            return
        try:
            with refusing():
                answer = boto3.client("xray").batch_get_traces(TraceIds=[trace_id])
                self.picture.value = "".join(drawn(waterfall(each)) for each in answer["Traces"])
        except Refused as error:
            self.said.value = problem(str(error))


def _found(expression: str, span: tuple[int, int]) -> list[dict[str, Any]]:
    """The summaries, newest first."""
    request = {"StartTime": span[0], "EndTime": span[1], "FilterExpression": expression}
    limits = {"MaxItems": _MOST_READ}
    with refusing():
        pages = boto3.client("xray").get_paginator("get_trace_summaries")
        found = pages.paginate(**request, PaginationConfig=limits).build_full_result()
    return sorted(found["TraceSummaries"], key=lambda each: each["StartTime"], reverse=True)


def _line(summary: dict[str, Any]) -> str:
    """A trace in the list: when, how long, how it ended, what was asked. Its id, too
    long for a list, is the title of its waterfall."""
    http = summary.get("Http", {})
    path = "/" + http.get("HttpURL", "").partition("://")[2].partition("/")[2]
    asked = (
        [http["HttpMethod"], path, str(http.get("HttpStatus", ""))] if "HttpMethod" in http else []
    )
    flags = [word for key, word in _FLAGS if summary.get(key)] or ["ok"]
    took = f"{number(1000 * summary.get('Duration', 0))} ms"
    parts = [f"{summary['StartTime']:%Y-%m-%d %H:%M:%S}", took, ", ".join(flags)]
    entry = " ".join(asked) or summary.get("EntryPoint", {}).get("Name", "")
    return "  |  ".join([*parts, *filter(None, [entry])])


def _summary(count: int) -> str:
    if not count:
        return "No traces. Widen the time range or loosen the filter expression."
    if count > MOST_ROWS:
        return f"The newest {MOST_ROWS} of {count:,} traces. Choose one to see its waterfall."
    traces = "1 trace" if count == 1 else f"{count} traces"
    return f"{traces}, newest first. Choose one to see its waterfall."
