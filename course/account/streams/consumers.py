"""Consumers with enhanced fan-out, to which a stream pushes records.

Developer guide, "Develop enhanced fan-out consumers", and the API reference, SubscribeToShard: each
consumer has 2 MiB a second of every shard to itself, a subscription lasts five minutes, and a
second one within five seconds is refused. Records come about 70 ms after they were put. The events
are made as they are read: whoever waits for the next one lets the account's time pass. A consumer
is ACTIVE as soon as it is registered. Not documented, and so a choice: a quiet shard sends an event
without records every five seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from course.account import waiting
from course.account.clock import utc
from course.account.paging import page, page_token
from course.account.region import Region
from course.account.streams import reading
from course.account.streams.shard import Record, Shard
from course.account.streams.store import INVALID, NOT_FOUND, Streams
from course.account.streams.stream import Stream
from course.telemetry.errors import RuleError
from course.telemetry.streams import frames
from course.telemetry.streams.limits import BYTES_OUT

IN_USE, LIMIT = "ResourceInUseException", "LimitExceededException"
MOST_CONSUMERS = 20
LASTS = 5 * 60_000
ANEW = 5000
DELAY = 70
LOOK, QUIET = 250, 5000
Parameters = dict[str, Any]


@dataclass
class Consumer:
    """A registered consumer, and when each shard was last subscribed to (epoch ms)."""

    stream: Stream
    name: str
    arn: str
    created: int
    tags: dict[str, str]
    subscribed: dict[str, int] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        return {
            "ConsumerName": self.name,
            "ConsumerARN": self.arn,
            "ConsumerStatus": "ACTIVE",
            "ConsumerCreationTimestamp": utc(self.created),
        }


def register_stream_consumer(region: Region, parameters: Parameters) -> dict[str, Any]:
    streams, name = region.part(Streams), parameters["ConsumerName"]
    stream = streams.find(parameters)
    own = [each for each in streams.consumers.values() if each.stream is stream]
    if any(each.name == name for each in own):
        where = f"Consumer {name} under stream {stream.name} already exists for account"
        raise RuleError(IN_USE, f"{where} {region.account_id}.")
    if len(own) >= MOST_CONSUMERS:
        message = f"Consumer quota exceeded for stream {stream.name}: {MOST_CONSUMERS}."
        raise RuleError(LIMIT, message)
    arn = f"{stream.arn}/consumer/{name}:{region.now // 1000}"
    consumer = Consumer(stream, name, arn, region.now, dict(parameters.get("Tags") or {}))
    streams.consumers[arn] = consumer
    return {"Consumer": consumer.described()}


def describe_stream_consumer(region: Region, parameters: Parameters) -> dict[str, Any]:
    consumer = _found(region, parameters)
    more = {"StreamARN": consumer.stream.arn}
    return {"ConsumerDescription": {**consumer.described(), **more}}


def list_stream_consumers(region: Region, parameters: Parameters) -> dict[str, Any]:
    streams = region.part(Streams)
    stream = streams.find(parameters)
    own = [each.described() for each in streams.consumers.values() if each.stream is stream]
    limit = parameters.get("MaxResults") or 100
    listed, token = page(own, parameters.get("NextToken"), limit, invalid=INVALID)
    return {"Consumers": list(listed), **page_token("NextToken", token)}


def deregister_stream_consumer(region: Region, parameters: Parameters) -> None:
    del region.part(Streams).consumers[_found(region, parameters).arn]


def _found(region: Region, parameters: Parameters) -> Consumer:
    """The consumer of an ARN, or of a stream and a name."""
    streams = region.part(Streams)
    arn, name = parameters.get("ConsumerARN"), parameters.get("ConsumerName")
    if arn in streams.consumers:
        return streams.consumers[arn]
    for consumer in streams.consumers.values():
        if consumer.name == name and consumer.stream.arn == parameters.get("StreamARN"):
            return consumer
    message = f"Consumer {arn or name}, account {region.account_id} not found."
    raise RuleError(NOT_FOUND, message)


def subscribe_to_shard(region: Region, parameters: Parameters) -> dict[str, Any]:
    streams, consumer = region.part(Streams), _found(region, parameters)
    stream = streams.find({"StreamName": consumer.stream.name})
    shard = streams.shard(stream, parameters["ShardId"])
    since = consumer.subscribed.get(shard.id)
    if since is not None and region.now < since + ANEW:
        message = f"Another active subscription exists for this consumer: {consumer.arn} and shard "
        raise RuleError(IN_USE, f"{message}{shard.id}.")
    consumer.subscribed[shard.id] = region.now
    after = reading.before(stream, shard, parameters["StartingPosition"])
    return {"EventStream": Pushed(region, consumer, shard, after)}


class Pushed:
    """What a subscription sends, as the body of its HTTP response."""

    def __init__(self, region: Region, consumer: Consumer, shard: Shard, after: int) -> None:
        self._region = region
        self._consumer = consumer
        self._shard = shard
        self._after = after
        self._since = region.now
        self._until = region.now + LASTS

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The messages, each when it is sent."""
        yield frames.event("initial-response", b"{}")
        while self._goes_on():
            records = self._next()
            event = self._event(records)
            yield frames.event("SubscribeToShardEvent", json.dumps(event).encode())
            if "ChildShards" in event:
                return

    def close(self) -> None:
        """Nobody reads on."""
        self._until = 0

    def _goes_on(self) -> bool:
        """Whether the subscription is still this one's, and the account open."""
        if self._consumer.subscribed.get(self._shard.id) != self._since:
            return False
        return waiting.is_spending(self._region.clock) and self._region.now < self._until

    def _next(self) -> list[Record]:
        """The next records, once they are there; none after a while without any."""
        for _ in range(QUIET // LOOK):
            self._consumer.stream.trim()
            found = self._within_a_second(self._shard.after(self._after))
            if found or not self._shard.is_open:
                size = sum(record.size for record in found)
                waiting.spend(max(DELAY, 1000 * size / BYTES_OUT))
                return found
            waiting.spend(LOOK)
        return []

    def _within_a_second(self, records: list[Record]) -> list[Record]:
        """As many as are pushed in a second, but one at least."""
        size = 0
        for count, record in enumerate(records):
            size += record.size
            if count and size > BYTES_OUT:
                return records[:count]
        return records

    def _event(self, records: list[Record]) -> dict[str, Any]:
        if records:
            self._after = records[-1].number
        state = reading.state(self._region, self._shard, self._after)
        self._measure(records, float(state["MillisBehindLatest"]))
        return {
            "Records": [record.described() for record in records],
            "ContinuationSequenceNumber": str(max(self._after, self._shard.first)),
            **state,
        }

    def _measure(self, records: list[Record], behind: float) -> None:
        values = {
            "SubscribeToShardEvent.Bytes": float(sum(record.size for record in records)),
            "SubscribeToShardEvent.Records": float(len(records)),
            "SubscribeToShardEvent.MillisBehindLatest": behind,
            "SubscribeToShardEvent.Success": 1.0,
        }
        streams = self._region.part(Streams)
        streams.measuring.consumer(self._consumer.stream, self._consumer.name, values)
