"""Writes the metrics that AWS's services and the embedded metrics of `checkout` give per minute.

Every value comes from the same truth as the log lines. One record is one datum with Values and
Counts (at most 150 different values, the limit of PutMetricData), so that percentiles can be
computed. Rules: "Types of metrics for Lambda functions" (Errors and Throttles are 0 for what went
well, so their Average is a rate; invocations are dated by their start), "Amazon API Gateway
dimensions and metrics" (4XXError likewise), "DynamoDB Metrics and dimensions", "Available
CloudWatch metrics for Amazon SQS". Left out: metrics per alias, per method, per shard, AsyncEvent*.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from course.incidents import emf
from course.incidents.model import Invocation, Message
from course.incidents.names import ROLES
from course.incidents.simulation import Simulation
from course.incidents.times import MINUTE, minute
from course.incidents.traffic import VISIBILITY_TIMEOUT

_Key = tuple[int, str, str, tuple[tuple[str, str], ...], str]
_MOST_VALUES = 150


class Metrics:
    """Collects values by metric and minute."""

    def __init__(self) -> None:
        self._values: dict[_Key, Counter[float]] = defaultdict(Counter)

    def add(
        self, time: float, namespace: str, name: str, unit: str, value: float, /, **dimensions: str
    ) -> None:
        key = (minute(time), namespace, name, tuple(sorted(dimensions.items())), unit)
        self._values[key][float(value)] += 1

    def records(self) -> list[dict[str, Any]]:
        """All datums, by time, then by name."""
        return [
            _record(key, sorted(found.items())[first : first + _MOST_VALUES])
            for key, found in sorted(self._values.items())
            for first in range(0, len(found), _MOST_VALUES)
        ]


def _record(key: _Key, found: list[tuple[float, int]]) -> dict[str, Any]:
    time, namespace, name, dimensions, unit = key
    return {
        "timestamp": time,
        "namespace": namespace,
        "name": name,
        "dimensions": dict(dimensions),
        "unit": unit,
        "resolution": 60,
        "values": [value for value, _ in found],
        "counts": [float(count) for _, count in found],
    }


def write(sim: Simulation) -> list[dict[str, Any]]:
    """The metric records of a world that has happened."""
    metrics = Metrics()
    for role in ROLES:
        _lambda(metrics, sim, role)
    _api(metrics, sim)
    _table(metrics, sim)
    _queues(metrics, sim)
    _others(metrics, sim)
    _embedded(metrics, sim)
    return metrics.records()


def _lambda(metrics: Metrics, sim: Simulation, role: str) -> None:
    name = sim.names.function(role)
    ran = [it for it in sim.truth.invocations if it.role == role]

    def add(time: float, metric: str, value: float, unit: str = "Count") -> None:
        metrics.add(time, "AWS/Lambda", metric, unit, value, FunctionName=name)

    for it in ran:
        add(it.start, "Invocations", 1)
        add(it.start, "Errors", it.status != "ok")
        add(it.start, "Throttles", 0)
        add(it.start, "Duration", it.duration, "Milliseconds")
    for throttle in sim.truth.throttles:
        if throttle.role == role:
            add(throttle.time, "Throttles", 1)
    for time, busy in _concurrency(ran):
        add(time, "ConcurrentExecutions", busy)


def _concurrency(ran: list[Invocation]) -> Iterable[tuple[float, int]]:
    """How many are busy whenever one starts."""
    ends: list[float] = []
    for it in ran:  # in order of their start
        ends = [end for end in ends if end > it.start] + [it.end]
        yield it.start, len(ends)


def _api(metrics: Metrics, sim: Simulation) -> None:
    names = sim.names
    for dimensions in ({"ApiName": names.shop}, {"ApiName": names.shop, "Stage": names.stage}):
        for request in sim.truth.requests:
            values = [
                ("Count", "Count", 1.0),
                ("4XXError", "Count", float(400 <= request.status < 500)),
                ("5XXError", "Count", float(request.status >= 500)),
                ("Latency", "Milliseconds", request.latency),
            ]
            if request.integration_latency is not None:
                values.append(("IntegrationLatency", "Milliseconds", request.integration_latency))
            for name, unit, value in values:
                metrics.add(request.time, "AWS/ApiGateway", name, unit, value, **dimensions)


def _table(metrics: Metrics, sim: Simulation) -> None:
    table = {"TableName": sim.names.table}
    space = "AWS/DynamoDB"
    for call in sim.truth.table:
        by_operation = {**table, "Operation": call.operation}
        writes = call.operation in ("PutItem", "UpdateItem")
        if call.throttled:
            metrics.add(call.time, space, "ThrottledRequests", "Count", 1, **by_operation)
            events = "WriteThrottleEvents" if writes else "ReadThrottleEvents"
            metrics.add(call.time, space, events, "Count", 1, **table)
            continue
        unit, used = ("Write", call.write_units) if writes else ("Read", call.read_units)
        metrics.add(call.time, space, f"Consumed{unit}CapacityUnits", "Count", used, **table)
        latency = ("SuccessfulRequestLatency", "Milliseconds", call.latency)
        metrics.add(call.time, space, *latency, **by_operation)


def _queues(metrics: Metrics, sim: Simulation) -> None:
    messages = sim.truth.messages
    live, dead = sim.names.queue, sim.names.dlq
    flows = {
        "NumberOfMessagesSent": [m.sent for m in messages],
        "NumberOfMessagesReceived": [at for m in messages for at in m.received],
        "NumberOfMessagesDeleted": [m.deleted for m in messages if m.deleted is not None],
    }
    for name, times in flows.items():
        _flow(metrics, sim, name, times, live)
    visible, hidden = [], []
    for message in messages:
        visible += _visible(message, sim.end)
        hidden += _in_flight(message, sim.end)
    _levels(metrics, sim, "ApproximateNumberOfMessagesVisible", visible, live)
    _levels(metrics, sim, "ApproximateNumberOfMessagesNotVisible", hidden, live)
    buried = [(m.dead, float(sim.end)) for m in messages if m.dead is not None]
    _levels(metrics, sim, "ApproximateNumberOfMessagesVisible", buried, dead)
    _ages(metrics, sim, live)


def _flow(metrics: Metrics, sim: Simulation, name: str, times: list[float], queue: str) -> None:
    """One value per message, and a 0 in the minutes without any."""
    for time in times:
        metrics.add(time, "AWS/SQS", name, "Count", 1, QueueName=queue)
    for quiet in set(_minutes(sim)) - {minute(time) for time in times}:
        metrics.add(quiet, "AWS/SQS", name, "Count", 0, QueueName=queue)


def _minutes(sim: Simulation) -> range:
    return range(minute(sim.start), sim.end, MINUTE)


def _visible(message: Message, end: int) -> list[tuple[float, float]]:
    """When a message waits to be received."""
    since = [message.sent] + [at + VISIBILITY_TIMEOUT for at in message.received]
    until = [*message.received, message.dead if message.dead is not None else float(end)]
    pairs = list(zip(since, until, strict=True))
    return pairs[:-1] if message.deleted is not None else pairs


def _in_flight(message: Message, end: int) -> list[tuple[float, float]]:
    """When a message has been received and is neither deleted nor visible again."""
    last = message.deleted if message.deleted is not None else float(end)
    return [(at, min(at + VISIBILITY_TIMEOUT, last)) for at in message.received]


def _levels(
    metrics: Metrics, sim: Simulation, name: str, spans: list[tuple[float, float]], queue: str
) -> None:
    """How many spans hold the end of each minute."""
    found: Counter[int] = Counter()
    for since, until in spans:
        found.update(range(minute(since), minute(until), MINUTE))
    for time in _minutes(sim):
        metrics.add(time, "AWS/SQS", name, "Count", found[time], QueueName=queue)


def _ages(metrics: Metrics, sim: Simulation, queue: str) -> None:
    """Age in seconds, at the end of each minute, of the oldest message that is in the queue."""
    oldest: dict[int, float] = {}
    for message in sim.truth.messages:
        gone = message.deleted if message.deleted is not None else message.dead
        until = float(sim.end) if gone is None else gone
        for time in range(minute(message.sent), minute(until), MINUTE):
            oldest[time] = max(oldest.get(time, 0.0), (time + MINUTE - message.sent) // 1000)
    name = "ApproximateAgeOfOldestMessage"
    for time in _minutes(sim):
        metrics.add(time, "AWS/SQS", name, "Seconds", oldest.get(time, 0.0), QueueName=queue)


def _others(metrics: Metrics, sim: Simulation) -> None:
    names = sim.names
    for time in sim.truth.published:
        name = "NumberOfMessagesPublished"
        metrics.add(time, "AWS/SNS", name, "Count", 1, TopicName=names.topic)
    for time, size in sim.truth.records:
        metrics.add(time, "AWS/Kinesis", "IncomingRecords", "Count", 1, StreamName=names.stream)
        metrics.add(time, "AWS/Kinesis", "IncomingBytes", "Bytes", size, StreamName=names.stream)
    for time, hit in sim.truth.lookups:
        name = "CacheHits" if hit else "CacheMisses"
        metrics.add(time, "AWS/ElastiCache", name, "Count", 1, CacheClusterId=names.cache)


def _embedded(metrics: Metrics, sim: Simulation) -> None:
    """What CloudWatch took from the embedded metrics of the log lines."""
    for it in sim.truth.invocations:
        for printed in it.lines:
            if printed.level is None:
                _extract(metrics, json.loads(printed.message))


def _extract(metrics: Metrics, document: dict[str, Any]) -> None:
    time = document["_aws"]["Timestamp"]
    namespace = document["_aws"]["CloudWatchMetrics"][0]["Namespace"]
    for keys in emf.DIMENSIONS:
        dimensions = {key: document[key] for key in keys}
        for name, unit in emf.METRICS.items():
            metrics.add(time, namespace, name, unit, document[name], **dimensions)
