"""A function that stays four hours behind its stream, for one of four causes.

`ledger` books what sellers earn, from the Kinesis stream `settlements` with three shards. 06:00 to
10:00 it was switched off; at 10:00 its event source mapping was made. At 10:20 it still reads
records of 06:00: one record fails again and again and blocks its shard; or one shard holds nearly
everything, and is read by one invocation at a time; or the function has so little memory that each
record takes fourteen times as long; or its reserved concurrency lets one batch be worked on at a
time.
All of it is made by boto3 in the open account, and what happens is the account's doing.

What looks like another cause is harmless: errors that a repetition cures, a limit of concurrency
that is never reached, a shard that is a bit busier than the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any, Literal

from course.account import Account, package
from course.incidents.clients import client_for
from course.incidents.seeds import PUBLIC, stream
from course.incidents.times import MINUTE
from course.telemetry.streams import hashing
from course.telemetry.world import World

Cause = Literal["poison", "hot_shard", "slow_handler", "throttled"]
CAUSES: tuple[Cause, ...] = ("poison", "hot_shard", "slow_handler", "throttled")
SHARDS, SELLERS = 3, 30
AWAY, SEEN, AFTER = 240, 20, 15
SWITCHED_OFF, EVERY = 10, 120  # minutes in which the backlog came; seconds between new records
AT_ONCE = 60  # records in a request
CPU_MS = 9000  # for one record
TRUST = '{"Version": "2012-10-17", "Statement": []}'
CODE = f"""import base64
import json
import time

from course.account import work


def lambda_handler(event, context):
    for record in event["Records"]:
        kinesis = record["kinesis"]
        entry = json.loads(base64.b64decode(kinesis["data"]))
        place = {{"shard": record["eventID"].split(":")[0], "at": kinesis["sequenceNumber"]}}
        age = round(time.time() - kinesis["approximateArrivalTimestamp"])
        print(json.dumps({{"message": "begun", "seller": entry["seller"], "age": age, **place}}))
        if time.time() < entry.get("bank_opens", 0):
            raise TimeoutError("the bank does not answer yet")
        work(cpu_ms={CPU_MS})
        booked = {{"id": entry["id"], "cents": entry["cents"]}}
        print(json.dumps({{"message": "booked", **booked, **place}}))
"""
_PUBLIC_DAY = 1_773_727_200_000  # 2026-03-17T06:00:00Z


@dataclass(frozen=True)
class Settings:
    """What differs from shop to shop. backlog: records for each shard."""

    backlog: tuple[int, ...]
    memory: int = 1769
    lanes: int = 1
    reserved: int | None = None


@dataclass(frozen=True)
class After:
    """What a repair led to. behind: seconds, by IteratorAge, over the last three minutes.

    lost: records that were neither booked nor told to the queue. told: records that were.
    """

    behind: float
    lost: int
    told: int


@dataclass(frozen=True)
class Shop:
    """What there is. begin: epoch ms, when the function was switched off.

    sellers: for each shard, the partition keys that lie there. shard: the one that differs.
    """

    seed: int | str
    cause: Cause
    begin: int
    function: str
    stream: str
    queue: str
    sellers: tuple[tuple[str, ...], ...]
    shard: int
    settings: Settings

    @property
    def failures(self) -> str:
        """The ARN, in the open account, of the queue for records that cannot be booked."""
        url = client_for("sqs").get_queue_url(QueueName=self.queue)["QueueUrl"]
        asked = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
        return str(client_for("sqs").get_queue_attributes(**asked)["Attributes"]["QueueArn"])

    def start(self, account: Account) -> None:
        """Make it all in the open account, and let the hours pass until somebody asks you."""
        role = client_for("iam").create_role(RoleName=self.function, AssumeRolePolicyDocument=TRUST)
        client_for("kinesis").create_stream(StreamName=self.stream, ShardCount=SHARDS)
        client_for("lambda").create_function(
            FunctionName=self.function,
            Runtime="python3.13",
            Handler="lambda_function.lambda_handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": package(CODE)},
            MemorySize=self.settings.memory,
            Timeout=600,
        )
        if self.settings.reserved is not None:
            client_for("lambda").put_function_concurrency(
                FunctionName=self.function,
                ReservedConcurrentExecutions=self.settings.reserved,
            )
        account.traffic("kinesis:PutRecords", list(_arrivals(self)))
        account.advance(minutes=AWAY)
        # Not earlier: each minute of four hours a queue would be measured, for nobody.
        client_for("sqs").create_queue(QueueName=self.queue)
        described = client_for("kinesis").describe_stream_summary(StreamName=self.stream)
        client_for("lambda").create_event_source_mapping(
            EventSourceArn=described["StreamDescriptionSummary"]["StreamARN"],
            FunctionName=self.function,
            StartingPosition="TRIM_HORIZON",
            BatchSize=4,
            ParallelizationFactor=self.settings.lanes,
        )
        account.advance(minutes=SEEN)

    def later(self, account: Account) -> After:
        """Let some more minutes pass, and tell what became of the records."""
        account.advance(minutes=AFTER)
        put = {each["id"] for _, request in _arrivals(self) for each in _entries(request)}
        told = sum(_told(self.queue))
        due = {name for name in put if not name.endswith("new")}
        return After(_behind(self.function, account), len(due - _booked(self)) - told, told)


def shop(cause: Cause, seed: int | str = PUBLIC) -> Shop:
    """The shop with one thing wrong; ValueError for an unknown cause."""
    if cause not in CAUSES:
        raise ValueError(f"no cause {cause!r}; there are: {', '.join(CAUSES)}")
    rng, public = stream(seed, f"four hours behind {cause}"), seed == PUBLIC
    shard = rng.randrange(SHARDS)
    names = ("ledger", "settlements", "ledger-failures")
    if not public:
        names = (rng.choice(("books", "payout")), rng.choice(("sales", "earned")), "not-booked")
    return Shop(
        seed,
        cause,
        _PUBLIC_DAY + (0 if public else 24 * 60 * MINUTE * rng.randrange(1, 90)),
        *names,
        _sellers(rng),
        shard,
        _settings(cause, shard, rng),
    )


def world(told: Shop) -> World:
    """The account before `start`, at the moment when the function was switched off."""
    return World("lab", told.begin, told.begin, [], [])


def _settings(cause: Cause, shard: int, rng: Random) -> Settings:
    near = [rng.randrange(14, 20) for _ in range(SHARDS)]
    if cause == "hot_shard":
        near[shard] = rng.randrange(275, 300)
        return Settings(tuple(near))
    if cause == "slow_handler":
        return Settings(tuple(rng.randrange(122, 130) for _ in near), memory=128, lanes=10)
    if cause == "throttled":
        return Settings(tuple(rng.randrange(58, 64) for _ in near), lanes=4, reserved=1)
    return Settings(tuple(near), lanes=rng.choice((1, 2)), reserved=rng.choice((None, 8)))


def _sellers(rng: Random) -> tuple[tuple[str, ...], ...]:
    """As many partition keys for each shard."""
    ranges, found = hashing.ranges(SHARDS), [list[str]() for _ in range(SHARDS)]
    while min(map(len, found)) < SELLERS:
        name = f"S-{rng.randrange(100, 10_000)}"
        place = found[hashing.shard_of(hashing.hash_key(name), ranges)]
        if len(place) < SELLERS and name not in place:
            place.append(name)
    return tuple(tuple(each) for each in found)


@lru_cache(maxsize=32)
def _arrivals(told: Shop) -> list[tuple[float, dict[str, Any]]]:
    """(ms after the start, parameters of PutRecords)."""
    rng, found = stream(told.seed, f"settlements {told.cause}"), []
    for shard, count in enumerate(told.settings.backlog):
        times = sorted(rng.randrange(SWITCHED_OFF * MINUTE) for _ in range(count))
        entries = [_entry(told, rng, shard, number) for number in range(count)]
        _spoil(told, shard, entries)
        found += [
            (float(times[first]), _put(told, entries[first : first + AT_ONCE]))
            for first in range(0, count, AT_ONCE)
        ]
    return sorted(found + list(_new(told, rng)), key=lambda each: each[0])


def _new(told: Shop, rng: Random) -> Iterator[tuple[float, dict[str, Any]]]:
    """What comes while somebody looks: a record for each shard now and then."""
    for second in range(0, (SEEN + AFTER) * 60, EVERY):
        entries = [_entry(told, rng, shard, f"{second}-new") for shard in range(SHARDS)]
        yield AWAY * MINUTE + 1000.0 * second, _put(told, entries)


def _entry(told: Shop, rng: Random, shard: int, number: object) -> dict[str, Any]:
    return {
        "id": f"{shard}-{number}",
        "seller": rng.choice(told.sellers[shard]),
        "cents": rng.randrange(500, 90_000),
    }


def _spoil(told: Shop, shard: int, entries: list[dict[str, Any]]) -> None:
    """One record that cannot be booked; or one that can, after some minutes."""
    if told.cause == "poison" and shard == told.shard:
        del entries[7]["cents"]
    if told.cause != "poison" and shard != told.shard:
        entries[5]["bank_opens"] = (told.begin + (AWAY + 2) * MINUTE) / 1000


def _put(told: Shop, entries: list[dict[str, Any]]) -> dict[str, Any]:
    records = [{"PartitionKey": e["seller"], "Data": json.dumps(e).encode()} for e in entries]
    return {"StreamName": told.stream, "Records": records}


def _entries(request: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(each["Data"]) for each in request["Records"]]


def _behind(function: str, account: Account) -> float:
    """The greatest IteratorAge of the last three minutes in seconds; infinite if none was read."""
    end = int(account.now.timestamp()) // 60 * 60
    answer = client_for("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="IteratorAge",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=end - 180,
        EndTime=end,
        Period=60,
        Statistics=["Maximum"],
    )
    return max((each["Maximum"] for each in answer["Datapoints"]), default=float("inf")) / 1000


def _booked(told: Shop) -> set[str]:
    """The ids of all records that were booked."""
    pages = client_for("logs").get_paginator("filter_log_events")
    found = pages.paginate(
        logGroupName=f"/aws/lambda/{told.function}", filterPattern='{ $.message = "booked" }'
    )
    return {json.loads(each["message"])["id"] for page in found for each in page["events"]}


def _told(queue: str) -> Iterator[int]:
    """How many records each message of the queue tells of."""
    url = client_for("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    asked = {"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1}
    while found := client_for("sqs").receive_message(**asked).get("Messages"):
        for each in found:
            yield json.loads(each["Body"])["KinesisBatchInfo"]["batchSize"]
