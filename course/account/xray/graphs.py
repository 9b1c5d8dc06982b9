"""Service graphs and their statistics over time.

Follows the X-Ray API reference: GetServiceGraph for a time range (of at most 6 hours) and a group,
GetTraceGraph for given traces, GetTimeSeriesServiceStatistics in windows of 60 or 300 seconds. A
window without requests is listed with zeros. Left out: forecasts (refused) and paging, since a
graph here always fits one page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from course.account.errors import AwsError, NotSimulated
from course.account.region import Region
from course.account.xray.groups import Group, Groups
from course.account.xray.store import TraceStore
from course.account.xray.windows import window
from course.telemetry.xray.filter_matching import calls_at, segments_at
from course.telemetry.xray.filter_nodes import AtEdge, AtService, Selector
from course.telemetry.xray.filters import parse_selector
from course.telemetry.xray.graph import graph_of
from course.telemetry.xray.statistics import Tally, histogram
from course.telemetry.xray.traces import Part, Trace

Parameters = dict[str, Any]
LONGEST_HOURS = 6
PERIODS = (60, 300)
EVERY_EDGE = AtEdge(Selector(), Selector())


def get_service_graph(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    start, end = window(parameters, LONGEST_HOURS)
    group = _group(region, parameters)
    found = graph_of(_traces(region, start, end, group))
    return {
        "StartTime": start,
        "EndTime": end,
        "Services": found.as_api(),
        "ContainsOldGroupVersions": group is not None
        and group.has_changed_since(int(start * 1000)),
    }


def get_trace_graph(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    store = region.part(TraceStore)
    return {"Services": graph_of(store.compiled(dict.fromkeys(parameters["TraceIds"]))).as_api()}


def get_time_series_service_statistics(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    start, end = window(parameters, LONGEST_HOURS)
    period = parameters.get("Period", PERIODS[0])
    if period not in PERIODS:
        raise AwsError("InvalidRequestException", "Period must be 60 or 300 seconds.")
    if parameters.get("ForecastStatistics"):
        what = "xray:GetTimeSeriesServiceStatistics with ForecastStatistics"
        raise NotSimulated(what, "Compare the windows with each other instead.")
    text = parameters.get("EntitySelectorExpression")
    selector = parse_selector(text) if text else EVERY_EDGE
    group = _group(region, parameters)
    tallies = {begin: Tally() for begin in _windows(start, end, period)}
    for trace in _traces(region, start, end, group):
        for part, last_end in _selected(selector, trace):
            tally = tallies.get(int(part.start) // period * period)
            if tally is not None:
                tally.see(part, last_end)
    member = "Service" if isinstance(selector, AtService) else "Edge"
    return {
        "TimeSeriesServiceStatistics": [
            {
                "Timestamp": float(begin),
                f"{member}SummaryStatistics": tally.as_api(),
                "ResponseTimeHistogram": histogram(tally.response_times),
            }
            for begin, tally in tallies.items()
        ],
        "ContainsOldGroupVersions": group is not None
        and group.has_changed_since(int(start * 1000)),
    }


def _windows(start: float, end: float, period: int) -> Iterator[int]:
    begin = int(start) // period * period
    while begin < end:
        yield begin
        begin += period


def _selected(selector: AtService | AtEdge, trace: Trace) -> Iterator[tuple[Part, float | None]]:
    if isinstance(selector, AtService):
        yield from ((each, each.last_end) for each in segments_at(selector, trace))
    else:
        yield from ((each.seen, None) for each in calls_at(selector, trace))


def _group(region: Region, parameters: Parameters) -> Group | None:
    if "GroupName" not in parameters and "GroupARN" not in parameters:
        return None
    return region.part(Groups).find(parameters)


def _traces(region: Region, start: float, end: float, group: Group | None) -> Iterator[Trace]:
    """The traces that started in the range and belong to the group, oldest first."""
    store, groups = region.part(TraceStore), region.part(Groups)
    for trace in store.compiled(reversed(store.started(start, end))):
        if group is None or groups.holds(group, trace, store.arrival(trace.id)):
            yield trace
