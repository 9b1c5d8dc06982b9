"""Embedded metric format: the log line of `checkout` from which CloudWatch takes metrics.

Follows "Specification: Embedded metric format" (Amazon CloudWatch User Guide): the whole message is
one JSON object, `_aws.Timestamp` is epoch milliseconds, `Dimensions` is a list of lists of names of
root members, each metric names a root member.
"""

from __future__ import annotations

import json
from typing import Any

DIMENSIONS = [["Service"], ["Service", "PaymentProvider"]]
METRICS = {"Orders": "Count", "PaymentLatency": "Milliseconds", "BasketValue": "None"}


def document(
    time: float,
    namespace: str,
    dimensions: dict[str, str],
    values: dict[str, float],
    properties: dict[str, Any],
) -> str:
    """The message of one event: `METRICS` in `DIMENSIONS`, plus properties that can be queried."""
    directive = {
        "Namespace": namespace,
        "Dimensions": DIMENSIONS,
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in METRICS.items()],
    }
    envelope = {"Timestamp": int(time), "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": envelope, **dimensions, **values, **properties})
