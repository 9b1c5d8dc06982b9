"""What an account holds when it is opened, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class World:
    """Logs, metrics, traces, API calls and resources of one simulated application.

    start, end: epoch milliseconds, UTC; the account's clock stands at `end` when it opens.
    logs: `{"timestamp": epoch ms, "message": str, "logStreamName": str, "logGroupName": str}`,
        in time order.
    metrics: `{"timestamp": epoch ms, "namespace": str, "name": str, "dimensions": {str: str},
        "unit": str, "resolution": 60 | 1, "values": [float], "counts": [float]}`; one record is one
        datum of CloudWatch's PutMetricData.
    traces: X-Ray segment documents, as dicts, in the order of their `end_time` (seconds).
    trail: CloudTrail event records, as dicts, in the order of their `eventTime`.
    resources: what exists in the account, by service; see `course.incidents`.
    story: what really happened, for whoever judges an answer; empty in the committed data.
    """

    name: str
    start: int
    end: int
    logs: list[dict[str, Any]]
    metrics: list[dict[str, Any]]
    resources: dict[str, Any] = field(default_factory=dict)
    story: dict[str, Any] = field(default_factory=dict)
    traces: list[dict[str, Any]] = field(default_factory=list)
    trail: list[dict[str, Any]] = field(default_factory=list)
