"""Trace summaries, as GetTraceSummaries gives them.

Follows the X-Ray API reference, TraceSummary: faults and errors are the root segment's, a throttle
that of any segment; the response time is the root segment's, the duration lasts until the last
traced activity has ended. What has no value yet (a response time while the root is in progress) is
left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from course.telemetry.xray.filter_matching import resource_arn
from course.telemetry.xray.indexed import Value
from course.telemetry.xray.root_causes import causes
from course.telemetry.xray.services import Service
from course.telemetry.xray.traces import Trace

_HTTP = {
    "HttpURL": ("request", "url"),
    "HttpStatus": ("response", "status"),
    "HttpMethod": ("request", "method"),
    "UserAgent": ("request", "user_agent"),
    "ClientIp": ("request", "client_ip"),
}


def summary(trace: Trace, revision: int = 1) -> dict[str, Any]:
    """The summary of a trace. revision: how often the trace has grown since it was first seen."""
    root = trace.root
    found: dict[str, Any] = {
        "Id": trace.id,
        "StartTime": trace.start,
        "Duration": _seconds(trace.duration),
        "ResponseTime": _seconds(trace.response_time),
        "HasFault": root.fault,
        "HasError": root.error,
        "HasThrottle": trace.throttle,
        "IsPartial": trace.is_partial,
        "Http": _http(trace),
        "Annotations": _annotations(trace),
        "Users": _users(trace),
        "ServiceIds": [service.as_id() for service in trace.services],
        "ResourceARNs": [{"ARN": arn} for arn in _each(trace, "arn")],
        "InstanceIds": [{"Id": each} for each in _each(trace, "instance_id")],
        "AvailabilityZones": [{"Name": each} for each in _each(trace, "availability_zone")],
        "EntryPoint": root.service.as_id(),
        "FaultRootCauses": [each.as_api("fault") for each in causes(trace, "fault")],
        "ErrorRootCauses": [each.as_api("error") for each in causes(trace, "error")],
        "ResponseTimeRootCauses": [
            each.as_api("responsetime") for each in causes(trace, "responsetime")
        ],
        "Revision": revision,
    }
    return {key: value for key, value in found.items() if value is not None}


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _http(trace: Trace) -> dict[str, Any]:
    found = {key: (trace.http.get(half) or {}).get(name) for key, (half, name) in _HTTP.items()}
    return {key: value for key, value in found.items() if value is not None}


def _annotations(trace: Trace) -> dict[str, list[dict[str, Any]]]:
    return {
        key: [
            {"AnnotationValue": _value(value), "ServiceIds": _ids(where)}
            for (_, value), where in values.items()
        ]
        for key, values in trace.annotations.items()
    }


def _value(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    return {"StringValue": value} if isinstance(value, str) else {"NumberValue": float(value)}


def _users(trace: Trace) -> list[dict[str, Any]]:
    found: dict[str, list[Service]] = {}
    for segment in trace.segments:
        name = segment.document.get("user")
        if isinstance(name, str):
            found.setdefault(name, []).append(segment.service)
    return [{"UserName": name, "ServiceIds": _ids(where)} for name, where in found.items()]


def _ids(services: Iterable[Service]) -> list[dict[str, Any]]:
    return [service.as_id() for service in dict.fromkeys(services)]


def _each(trace: Trace, what: str) -> list[str]:
    """The different values of a segment's resource, instance or zone, in the order of segments."""
    found: dict[str, None] = {}
    for segment in trace.segments:
        document = segment.document
        aws = document.get("aws") or {}
        value = resource_arn(document) if what == "arn" else (aws.get("ec2") or {}).get(what)
        if isinstance(value, str):
            found[value] = None
    return list(found)
