"""How long an event takes to arrive: drawn from its id, so that a run repeats.

AWS promises nothing; it says "an average of about 5 minutes" for log files and for CloudWatch Logs
(user guide, "How CloudTrail works"). The figures here are set by published measurements of real
trails: files in S3 have a median of about 3.4 minutes and 90 % within 7; in CloudWatch Logs the
median is 2.9 minutes and 90 % are there within 4.8. Nothing takes longer than ten minutes.
"""

from __future__ import annotations

import hashlib
from math import exp
from statistics import NormalDist

MINUTE = 60_000
# CloudTrail writes files about every five minutes; an event waits for the next one.
FILE_PERIOD = 5 * MINUTE
_LONGEST = 10 * MINUTE
# EventBridge gets an event as soon as CloudTrail has processed it.
BUS_LAG = 20_000


def _draw(event_id: str, what: str) -> float:
    """A number above 0 and below 1."""
    digest = hashlib.sha256(f"{what}/{event_id}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") + 0.5) / 2**64


def _lognormal(event_id: str, what: str, median: float, spread: float) -> int:
    """Milliseconds with a median in minutes."""
    z = NormalDist().inv_cdf(_draw(event_id, what))
    return round(median * exp(spread * z) * MINUTE)


def to_file(event_id: str) -> int:
    """ms until an event is ready to be written; the next file then takes it."""
    return min(_lognormal(event_id, "file", 0.4, 1.8), FILE_PERIOD)


def to_logs(event_id: str) -> int:
    """ms until an event is in a trail's log group."""
    return min(_lognormal(event_id, "logs", 2.9, 0.393), _LONGEST)


def to_history(event_id: str) -> int:
    """ms until LookupEvents finds an event: two to five minutes."""
    return round((2 + 3 * _draw(event_id, "history")) * MINUTE)


def next_file(at: int) -> int:
    """The first instant, at or after `at`, at which files are written."""
    return -(-at // FILE_PERIOD) * FILE_PERIOD
