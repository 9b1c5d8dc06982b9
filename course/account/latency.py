"""How long AWS takes to answer a call that a running function makes, in virtual milliseconds.

AWS promises little here ("single-digit milliseconds" for DynamoDB); the medians below are of the
order that clients in the same Region see, each call varies around its service's with a fixed seed.
A call made outside of a function takes none of the account's time, unless its service has capacity
by the second and says itself how long it takes (DynamoDB, see `tables.request`).
"""

from __future__ import annotations

from random import Random

from course.account import waiting

MEDIANS = {
    "dynamodb": 4.5,  # of its control plane
    "events": 12.0,
    "kinesis": 9.0,
    "lambda": 6.0,
    "logs": 10.0,
    "s3": 22.0,
    "secretsmanager": 14.0,
    "sns": 11.0,
    "sqs": 8.0,
    "ssm": 12.0,
    "stepfunctions": 15.0,
}
MEDIAN = 15.0
SPREAD = 0.25


class Latency:
    """The latencies of one account, drawn in the order of its calls."""

    def __init__(self) -> None:
        self._rng = Random("latency")

    def of(self, service: str) -> float:
        """Milliseconds until one call is answered."""
        return MEDIANS.get(service, MEDIAN) * waiting.rng(self._rng).lognormvariate(0, SPREAD)
