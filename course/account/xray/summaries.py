"""Searching traces.

Follows the X-Ray API reference, GetTraceSummaries, and the developer guide, "Getting data from AWS
X-Ray": by default a search goes by the time a trace started; by Event it takes the traces that were
active in the time range, by Service those with a segment that ended in it. A page comes from a part
of the time range, newest first, so it may hold few results, or none, and yet have a NextToken.

The guide gives no limit for the range; the service refuses more than 24 hours. Sampling alone
leaves nothing out here; with the strategy FixedRate it takes that share of the traces, by their id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.account.errors import AwsError, NotSimulated
from course.account.paging import page, page_token
from course.account.region import Region
from course.account.xray.groups import Groups
from course.account.xray.store import TraceStore
from course.account.xray.windows import window
from course.telemetry.xray import filters
from course.telemetry.xray.filter_matching import matches
from course.telemetry.xray.summaries import summary
from course.telemetry.xray.traces import Trace

Parameters = dict[str, Any]
LONGEST_HOURS = 24
# How many traces one page is taken from.
SCANNED = 1000


def get_trace_summaries(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    start, end = window(parameters, LONGEST_HOURS)
    text = parameters.get("FilterExpression") or ""
    wanted = filters.parse(text, region.part(Groups).expressions()) if text.strip() else None
    store = region.part(TraceStore)
    ids = _in_range(store, parameters.get("TimeRangeType", "TraceId"), start, end)
    scanned, token = page(
        _sampled(ids, parameters),
        parameters.get("NextToken"),
        SCANNED,
        invalid="InvalidRequestException",
    )
    found = [
        summary(trace, store.revision(trace.id))
        for trace in store.compiled(scanned)
        if wanted is None or matches(wanted, trace)
    ]
    return {
        "TraceSummaries": found,
        "ApproximateTime": store.start(scanned[-1]) if scanned else start,
        "TracesProcessedCount": len(scanned),
        **page_token("NextToken", token),
    }


def _in_range(store: TraceStore, kind: str, start: float, end: float) -> list[str]:
    if kind == "TraceId":
        return store.started(start, end)
    is_in = _was_active if kind == "Event" else _a_segment_ended
    return [each.id for each in store.compiled(store.all_ids()) if is_in(each, start, end)]


def _was_active(trace: Trace, start: float, end: float) -> bool:
    last = trace.last_end
    return trace.start < end and (last is None or last >= start)


def _a_segment_ended(trace: Trace, start: float, end: float) -> bool:
    return any(part.end is not None and start <= part.end < end for part in trace.segments)


def _sampled(ids: list[str], parameters: Parameters) -> list[str]:
    strategy = parameters.get("SamplingStrategy") or {}
    if not parameters.get("Sampling") or not strategy:
        return ids
    if strategy.get("Name") != "FixedRate":
        what = "xray:GetTraceSummaries with the sampling strategy PartialScan"
        raise NotSimulated(what, "Use the strategy FixedRate, or follow NextToken.")
    rate = strategy.get("Value", 1.0)
    if not 0 < rate <= 1:
        message = "SamplingStrategy: Value must be above 0 and at most 1."
        raise AwsError("InvalidRequestException", message)
    return [each for each in ids if int(each[-6:], 16) < rate * 16**6]
