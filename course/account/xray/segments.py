"""Taking segment documents, and giving whole traces back.

Follows the X-Ray API reference: PutTraceSegments answers with the documents that it could not
process, BatchGetTraces takes five trace ids (developer guide, "Getting data from AWS X-Ray").
PutTelemetryRecords, which the daemon calls about itself, keeps nothing: no API reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from course.account.errors import AwsError
from course.account.region import Region
from course.account.xray.store import TraceStore
from course.telemetry.xray.documents import Document, DocumentError
from course.telemetry.xray.traces import Trace, full_document

Parameters = dict[str, Any]
MOST_TRACES = 5


def put_trace_segments(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    unprocessed = []
    for text in parameters["TraceSegmentDocuments"]:
        try:
            region.part(TraceStore).receive_text(text)
        except DocumentError as error:
            found = {"Id": error.segment, "ErrorCode": error.code, "Message": error.message}
            unprocessed.append({key: value for key, value in found.items() if value is not None})
    return {"UnprocessedTraceSegments": unprocessed}


def put_telemetry_records(region: Region, parameters: Parameters) -> None:
    return None


def batch_get_traces(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    ids = parameters["TraceIds"]
    if len(ids) > MOST_TRACES:
        message = f"TraceIds: at most {MOST_TRACES} trace ids can be given, not {len(ids)}."
        raise AwsError("InvalidRequestException", message)
    store = region.part(TraceStore)
    traces, unprocessed = [], []
    for trace_id in dict.fromkeys(ids):
        listed = store.documents(trace_id)
        if not listed:
            unprocessed.append(trace_id)
            continue
        traces.append(_trace(store, trace_id, listed))
    return {"Traces": traces, "UnprocessedTraceIds": unprocessed}


def _trace(store: TraceStore, trace_id: str, listed: list[Document]) -> dict[str, Any]:
    trace = store.trace(trace_id)
    shown = listed if trace is None else _documents(trace)
    found: dict[str, Any] = {"Id": trace_id, "LimitExceeded": store.exceeded(trace_id)}
    if trace is not None and trace.duration is not None:
        found["Duration"] = round(trace.duration, 3)
    found["Segments"] = [
        {"Id": each["id"], "Document": json.dumps(each, separators=(",", ":"))} for each in shown
    ]
    return found


def _documents(trace: Trace) -> list[Document]:
    """A document for every segment, subsegments put into it, the inferred ones included."""
    return [full_document(part) for part in [*trace.segments, *trace.orphans]]
