"""How long DynamoDB takes to serve a request, in milliseconds.

AWS promises single-digit milliseconds. The medians here are of the order that the metric
SuccessfulRequestLatency shows for small items; more data takes longer, and every request varies
around its median.
"""

from __future__ import annotations

from random import Random

MEDIANS = {
    "GetItem": 2.5,
    "PutItem": 4.0,
    "UpdateItem": 4.5,
    "DeleteItem": 4.0,
    "Query": 3.5,
    "Scan": 5.0,
    "BatchGetItem": 6.0,
    "BatchWriteItem": 8.0,
    "TransactGetItems": 8.0,
    "TransactWriteItems": 14.0,
}
MEDIAN = 8.0
PER_UNIT = 0.12
SPREAD = 0.2
# What the way to DynamoDB and back takes, which its own metric does not show.
NETWORK = 1.0


def served_in(operation: str, units: float, rng: Random) -> float:
    """Milliseconds inside DynamoDB for a request that consumes so many units."""
    median = MEDIANS.get(operation, MEDIAN) + PER_UNIT * units
    return median * rng.lognormvariate(0, SPREAD)
