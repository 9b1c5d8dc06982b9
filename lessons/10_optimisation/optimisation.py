# %% [markdown]
# # 10 Optimisation: room for twice as much
#
# At 18:00 the archive of documents answers "Slow Down", the nightly report downloads one huge file for an hour,
# and the stream of order events is half idle and still refuses records. In two and a half hours you learn to
#
# - **name** objects so that S3 can spread them, and **fetch** big ones in parts,
# - **size** a stream, and keep its shards evenly busy,
# - **read** on without loss while its shards are split and merged,
# - **fit** containers, and their number, to the work,
# - **profile** a program before you buy it a bigger machine.
#
# Exam skills: 4.1.1, 4.1.2, 4.1.7, 4.2.8, 4.3.1 to 4.3.3, 4.3.7 to 4.3.9.

# %% fixed="setup"
import hashlib
import json
import math
import random
import time
from contextlib import suppress

import boto3
import pandas as pd
from botocore.exceptions import ClientError

from course import account, data, show
from course.telemetry.storage import load, partitions
from course.telemetry.streams import hashing
from course.telemetry.world import World

shop = account.open(data.load("checkout"))  # from here on boto3 talks to this simulated account
noon = int(shop.now.timestamp() * 1000)
empty = World("lab", noon, noon, [], [])  # an account for experiments: with account.fresh(empty)
print(shop)

# %% [markdown] recall="F5.1-01 F5.1-02"
# **From lesson 05.** A table has 4,000 WCU, the sale needs 2,400, and a third of its writes are refused. What do
# you look at before you buy more capacity?
#
# <details><summary>Think first, then open</summary>
#
# At how the writes **spread**. A hash of the partition key decides on the partition, and each partition serves
# 1,000 WCU. One hot key makes one hot partition, however large the table. Today you meet the same twice
# more: as a prefix in S3 and as a shard in Kinesis.
# </details>

# %% [markdown] recall="F4.3-12 F4.3-15 F4.3-17"
# **From lesson 04.** `IteratorAge` of a function behind a Kinesis stream climbs by a minute each minute. Name
# two ways to work on more batches at once.
#
# <details><summary>Think first, then open</summary>
#
# The function falls behind: records arrive faster than they are handled. **More shards** give more batches
# side by side, and so does the **parallelization factor**, up to 10 batches for each shard, with the order
# kept by partition key. Both help only where the keys spread.
# </details>

# %% [markdown] recall="F9.2-13 F9.1-10"
# **From lesson 09.** S3 answers `503 SlowDown`. Should a client try again, and how?
#
# <details><summary>Think first, then open</summary>
#
# Yes: with growing, random waits, as boto3 does by itself. A 503 says "not now". But retries only bridge
# a **short** shortage. Where the load stays above the limit, each one is one request more; then the cause must
# go, and that is this lesson.
# </details>

# %% [markdown] facts="F10.1-01 F10.1-02 F10.1-03 F10.1-06"
# ## 10.1 S3
#
# Each order leaves documents in the bucket `archive`: invoice, label, receipt, as
# `2026-03-17/9f31c2aa.pdf`: the day, and a random name. During the sale 9,000 of them are written each second.
#
# A **prefix** is how a key begins, up to any character. For each partitioned prefix S3 serves **at least**
#
# | requests | a second |
# |---|---|
# | PUT, COPY, POST, DELETE | 3,500 |
# | GET, HEAD | 5,500 |
#
# A bucket may have any number of prefixes, and their rates add up: three partitioned prefixes take 10,500 PUT a
# second. Too much for one: `503 SlowDown`. (S3 User Guide, "Best practices design patterns: optimizing Amazon S3
# performance".)


# %% fixed="ask"
def ask(query: str, group: str, minutes: int = 60) -> pd.DataFrame:
    """The answer of Logs Insights over the last `minutes` of a log group, in the open account."""
    logs, end = boto3.client("logs"), int(time.time())  # the account's clock
    asked = {"logGroupName": group, "startTime": end - 60 * minutes, "endTime": end}
    key = logs.start_query(queryString=query, **asked)["queryId"]
    while (answer := logs.get_query_results(queryId=key))["status"] in ("Scheduled", "Running"):
        continue  # a real query takes seconds: sleep between two looks
    rows = [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
    texts = pd.DataFrame(rows).drop(columns="@ptr", errors="ignore")
    numbers = texts.apply(pd.to_numeric, errors="coerce")  # every value arrives as text
    return numbers.where(numbers.notna(), texts).infer_objects()


# %% fixed="keep_log"
def keep_log(group: str, lines: list[tuple[int, dict]]) -> None:
    """Makes a log group of these (epoch ms, dict), each an event in JSON, in the open account."""
    logs = boto3.client("logs")
    with suppress(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName=group)  # what an earlier run of the cell has left
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="client")
    ordered = sorted(lines, key=lambda line: line[0])
    for first in range(0, len(ordered), 4000):  # a call takes 1 MiB
        part = ordered[first : first + 4000]
        events = [{"timestamp": at, "message": json.dumps(line)} for at, line in part]
        logs.put_log_events(logGroupName=group, logStreamName="client", logEvents=events)


# %%
rows, places = [], partitions.Partitions(noon - 86_400_000)
for day, hours in (("2026-03-16", 18), ("2026-03-17", 1)):  # 18:00 yesterday, 11:00 today
    flows = [load.under(f"{day}/", "write", 9000), load.under("images/", "read", 3000)]
    served = load.run(flows, noon - hours * 3_600_000, 900, hours, places)  # for 15 minutes
    rows += load.requests(served, per_second=1, seed=hours)  # a sample of S3's server access log
keep_log("/s3/archive", [(row["time"], row) for row in rows])
by_minute = """
    parse key "*/*" as prefix, name
    | stats count(*) as requests, count(error_code) as slow_down by prefix, bin(1m) as minute"""
share = ask(by_minute, "/s3/archive", minutes=1440).sort_values(["prefix", "minute"])
print(share.groupby("prefix")[["requests", "slow_down"]].sum(), "\n")
# The same in pandas:
log = pd.DataFrame(rows)
print(log.groupby(log.key.str.split("/").str[0]).error_code.agg(["size", "count"]))
share["%"] = 100 * share.slow_down / share.requests
share["minute"] = share.groupby("prefix").cumcount() + 1
cells = {"x": "minute", "y": "prefix", "value": "%", "unit": "%", "limit": 1}
title = "PUT requests that S3 refused, minute by minute"
show.heat_map(share[share.prefix != "images"], title=title, **cells)

# %% [markdown] facts="F10.1-04 F10.1-05"
# ### Exercise 10.1: names that spread (4 points)
#
# Each day S3 needs ten minutes to split the hot prefix, and the next day begins with another. (Ten minutes, at the
# first character that differs: our account's choice; AWS names neither.) Write `key_of`: names for **12,000**
# documents a second, which S3, once it has learned them, serves the next evening from the first minute.
#
# > **Exam answer / Today.** "One prefix holds you to 3,500 PUT a second": that is a floor; S3 repartitions under
# > sustained load, with 503s meanwhile. "A date prefix for each month gives each its own 3,500": yes, but today's
# > writes all go to one. (User Guide, "Optimizing Amazon S3 performance".)


# %% answer="prefixes"
def key_of(document: dict) -> str:
    """The key of a document of an order in the bucket.

    document: a dict of texts
      order: its number, which only rises: "ord-5200001"
      kind: "invoice", "label" or "receipt"; an order has one of each
      customer: "c-471193"; many thousand of them, each with a few orders
      country: "DE" for seven of ten
      at: when the order was placed: "2026-03-17T18:00:03Z"
    Who knows these five can tell the key, in any process, without asking S3. No two documents
    have the same.

    >>> key_of({"order": "ord-5200001", "kind": "invoice", "customer": "c-471193",
    ...         "country": "DE", "at": "2026-03-17T18:00:03Z"})
    '.../ord-5200001/...'  # for example
    """
    ### BEGIN SOLUTION
    spread = hashlib.md5(document["order"].encode()).hexdigest()
    return "/".join([spread, document["order"], document["kind"]])
    ### END SOLUTION


# %%
rng, some = random.Random(7), []
for number in range(200):
    order = {"order": f"ord-{5200000 + 20 * number}", "customer": f"c-{rng.randrange(10**6):06d}"}
    order |= {"country": "DE" if rng.random() < 0.7 else "FR", "at": "2026-03-17T18:00:03Z"}
    some.append(key_of({**order, "kind": rng.choice(["invoice", "label", "receipt"])}))
begins = pd.Series([str(key)[:1] for key in some]).value_counts().reset_index()
begins.columns = ["begins with", "keys"]
about = "200 documents of one second, by the first character of their key"
show.bars(begins, label="begins with", value="keys", title=about, unit="keys")

# %% check="prefixes" points=4 skills="4.3.S7 4.3.S8" tests="F10.1-01 F10.1-03 F10.1-04 F10.1-05"
one = {"order": "ord-5200001", "kind": "invoice", "customer": "c-471193", "country": "DE"}
one["at"] = "2026-03-17T18:00:03Z"
found = key_of(dict(one))
assert found is not None, "key_of returned nothing yet: return the key as a text."
assert isinstance(found, str) and found, f"A key is a text, and you return {found!r}."
assert len(found.encode()) <= 1024, f"A key has at most 1,024 bytes; yours has {len(found)}."
assert key_of(dict(one)) == found, f"The same document twice: {found!r}, {key_of(dict(one))!r}."
other = key_of({**one, "kind": "label"})
assert other != found, f"Invoice and label of one order would both be {found!r}."
### BEGIN HIDDEN TESTS
import random
from os.path import commonprefix

from course.incidents.another_process import elsewhere
from course.incidents.seeds import hidden_seed
from course.telemetry.storage.partitions import WRITE, Partitions

PEAK = 12_000


class Evenings:
    """Two evenings of a shop: its documents, and what S3 makes of their keys."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.first = rng.randint(3_100_000, 6_000_000)
        self.day = pd.Timestamp(f"2027-{rng.randint(1, 11):02d}-{rng.randint(10, 27)} 18:00")
        self.places = Partitions(self.at(0, 0))

    def at(self, evening: int, second: int) -> int:
        return int((self.day + pd.Timedelta(days=evening, seconds=second)).timestamp() * 1000)

    def document(self, evening: int, second: int) -> dict:
        """A document that is written in this second; 4,000 orders a second have three each."""
        rng = self.rng
        number = self.first + 900_000 * evening + 400 * second + rng.randrange(400)
        at = pd.Timestamp(self.at(evening, second), unit="ms")
        return {
            "order": f"ord-{number}",
            "kind": rng.choice(["invoice", "label", "receipt"]),
            "customer": f"c-{rng.randrange(10**6):06d}",
            "country": "DE" if rng.random() < 0.7 else rng.choice(["AT", "FR", "NL"]),
            "at": f"{at:%Y-%m-%dT%H:%M:%S}Z",
        }

    def pass_by(self, evening: int, seconds: int, count: int) -> tuple[float, list]:
        """The share of the writes of an evening that was refused, and the last second's keys."""
        refused, keys = 0.0, []
        for second in range(seconds):
            keys = [key_of(self.document(evening, second)) for _ in range(count)]
            now, each = self.at(evening, second), PEAK / count
            refused += sum(each - self.places.serve(WRITE, key, now, each) for key in keys)
        return refused / PEAK / seconds, keys


def judge_names(rng: random.Random) -> None:
    """Raise AssertionError unless every document has a key of its own that all can tell."""
    evening = Evenings(rng)
    known: dict = {}
    some = [evening.document(n % 2, n % 99) for n in range(200)]
    some += [{**each, "order": f"ord-{9_000_000 - n}"} for n, each in enumerate(some)]
    for document in rng.sample(some, 400):
        given = dict(document)
        key = key_of(given)
        assert given == document, f"key_of is given {document} and leaves {given} of it."
        place = document["order"], document["kind"]
        other = known.setdefault(key, place)
        assert other == place, f"Two documents, one key: {place} and {other} are both {key!r}."
    lies = {place: key for key, place in known.items()}
    numbers = range(evening.first, evening.first + 3_000)
    many = {key_of({**some[0], "order": f"ord-{number}"}) for number in numbers}
    assert len(many) == len(numbers), (
        f"{len(numbers):,} invoices, one for each order, have {len(many):,} different keys, such as "
        f"{min(many)!r}. What in a key keeps two orders apart?"
    )
    key_there = elsewhere(key_of)
    looked_for = [(each, key_there(dict(each))) for each in rng.sample(some, 400)]
    for document, again in looked_for:
        place = document["order"], document["kind"]
        key = lies.get(place)
        assert again == key, (
            f"Another process looks for {place} at {again!r}, and it lies at {key!r}. What in your key "
            "does not come from the document alone? Each process has variables of its own, and hash() of a "
            "text is another in each process."
        )


def judge_spread(rng: random.Random) -> None:
    """Raise AssertionError unless the second evening is served from its first minute on."""
    shop_open = Evenings(rng)
    _, before = shop_open.pass_by(0, 720, 4)
    known = len(shop_open.places.prefixes()) - 1
    refused, keys = shop_open.pass_by(1, 50, 60)
    if refused <= 0.04:
        return
    owners = pd.Series([shop_open.places.of(key).prefix for key in keys]).value_counts()
    prefix, share = owners.index[0], owners.iloc[0] / len(keys)
    told = f"On the second evening {refused:.0%} of {PEAK:,} PUT a second are refused. "
    begin, now = commonprefix(before), commonprefix(keys)
    if share > 0.9 and not now.startswith(begin):
        raise AssertionError(
            f"{told}The keys of one second on the first began with {begin!r}, on the second with {now!r}. S3 "
            f"had split the first into {known} prefixes; what can it know of the second?"
        )
    raise AssertionError(
        f"{told}{share:.0%} of the keys of one second belong to the prefix {prefix!r}: "
        f"{share * PEAK:,.0f} PUT a second, and a prefix takes 3,500."
    )


judge_names(random.Random(hidden_seed("prefixes")))
judge_spread(random.Random(hidden_seed("prefixes, two evenings")))
### END HIDDEN TESTS

# %% [markdown] facts="F10.1-07 F10.1-08 F10.1-09 F10.1-10"
# ### Exercise 10.2: a big file in parts (4 points)
#
# The report's file has 1 GiB, and one connection is slow. **Byte ranges** fetch parts of it side by side; what fails is
# fetched again alone. `Range: bytes=0-7` is eight bytes: the end **belongs to it**. Parts of 8 or 16 MB are usual.
# (User Guide, "Performance guidelines".) Write `fetch`.
#
# > **Exam answer / Today.** "Ten ranges of 100,000,000 bytes hold the file": 10^9 bytes, yes; a GiB has 1,073,741,824.
# > "Write threads": boto3's `download_file` already fetches parts in parallel, and retries. Hand-written parts must
# > also be **joined**, in order, and be of **one version**: `IfMatch` with the ETag. (boto3, "S3 transfers".)


# %% answer="byte_ranges"
def fetch(bucket: str, key: str, part: int) -> bytes:
    """The content of an object, fetched in parts.

    part: no request asks for more than so many bytes, and no more requests for content are made
        than that needs, repetitions of failed ones left out. Side by side or one after the other:
        in this account nobody counts your time.
    If the object is replaced meanwhile, parts of two versions must not be mixed: begin again.
    It may be empty.

    >>> fetch("reports", "2026-03-17.csv", 8_000_000)
    b'order,customer,...'
    """
    ### BEGIN SOLUTION
    s3 = boto3.client("s3")
    while True:
        head = s3.head_object(Bucket=bucket, Key=key)
        found = []
        try:
            for start in range(0, head["ContentLength"], part):
                asked = f"bytes={start}-{start + part - 1}"
                same = {"Range": asked, "IfMatch": head["ETag"]}
                found.append(s3.get_object(Bucket=bucket, Key=key, **same)["Body"].read())
            return b"".join(found)
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
    ### END SOLUTION


# %%
with account.fresh(empty) as lab:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="reports")
    s3.put_object(Bucket="reports", Key="orders.csv", Body=b"0123456789" * 100 + b"end")
    answer = s3.get_object(Bucket="reports", Key="orders.csv", Range="bytes=0-7")
    print(answer["ResponseMetadata"]["HTTPStatusCode"], answer["ContentRange"])
    before, found = len(lab.calls()), fetch("reports", "orders.csv", 250)
    asked = lab.calls()[before:]
rows = [{"call": call["operation"], **call["parameters"]} for call in asked]
print(f"{len(found or b'')} of 1003 bytes; the last: {(found or b'')[-5:]!r}")
show.table(rows, "What fetch asked for") if rows else "fetch asked for nothing yet"

# %% check="byte_ranges" points=4 skills="4.3.S1 4.3.S7" tests="F10.1-07 F10.1-08 F10.1-09"
text = bytes(range(256)) * 4
with account.fresh(empty) as trial:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="reports")
    s3.put_object(Bucket="reports", Key="orders.csv", Body=text)
    found = fetch("reports", "orders.csv", 300)
    asked = [call for call in trial.calls() if call["operation"] == "GetObject"]
assert found is not None or asked, "fetch returned nothing yet: return the object's bytes."
assert isinstance(found, bytes), f"Bytes are wanted, not {type(found).__name__}."
assert all("Range" in each["parameters"] for each in asked), "A GetObject asked for all of it."
assert len(found) >= 1024, f"The object has 1,024 bytes, and {len(found)} came back."
assert len(found) == 1024, f"{len(found)} bytes of 1,024. Is the end of a range part of it?"
assert found == text, "All bytes came back, in another order."
assert len(asked) == 4, f"1,024 bytes in parts of 300 are 4 requests; you made {len(asked)}."
### BEGIN HIDDEN TESTS
import random
import re

from course.incidents.seeds import hidden_seed

READS = ("Get", "Head", "List")
WRITER = """
import boto3


def lambda_handler(event, context):
    boto3.client("s3").put_object(Bucket=event["bucket"], Key=event["key"], Body=event["text"])
"""


def fetched(bucket: str, key: str, part: int, about: str) -> bytes:
    """What fetch returns; AssertionError if it raises."""
    try:
        return fetch(bucket, key, part)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise AssertionError(f"{about}: fetch ended with {said}") from None


def judge_ranges(calls: list, size: int, part: int, about: str, most: int) -> None:
    """Raise AssertionError unless no range is too long, and there are no more than needed."""
    asked = [call["parameters"].get("Range") for call in calls if call["operation"] == "GetObject"]
    for each in asked:
        ends = re.fullmatch(r"bytes=(\d+)-(\d*)", each or "bytes=0-")
        given = each or "all of it"
        assert ends, f"{about}: a request asked for {given}, which is no range of bytes."
        last = int(ends[2]) if ends[2] else max(size - 1, 0)
        length = last - int(ends[1]) + 1
        assert length <= part, f"{about}: {given} are {length} bytes in one request."
    assert len(asked) <= most, f"{about}: {len(asked)} requests for content; {most} are enough."


def judge_object(trial, size: int, part: int, failures: int = 0) -> None:
    """Raise AssertionError unless an object of this size comes back as it is."""
    text, before = rng.randbytes(size), len(trial.calls())
    name = {"Bucket": f"exports-{rng.randrange(10**9)}", "Key": f"{rng.randrange(99)}/all.bin"}
    about = f"An object of {size:,} bytes in parts of {part:,}"
    S3.create_bucket(Bucket=name["Bucket"])
    S3.put_object(**name, Body=text)
    if failures:
        about += f", of which {failures} requests meet a SlowDown"
        trial.fault("s3:GetObject", error="SlowDown", times=failures)
    found = fetched(name["Bucket"], name["Key"], part, about)
    assert isinstance(found, bytes), f"{about}: bytes are wanted, not {type(found).__name__}."
    short = f"{about}: {len(found):,} bytes came back. "
    assert len(found) >= size, short + "What is missing, the end or something at each border?"
    assert len(found) <= size, short + "What is there twice? The end of a range belongs to it."
    assert found == text, f"{about}: its length is right, its bytes are in another order."
    most, calls = max(1, -(-size // part)) + failures, trial.calls()[before + 2 :]
    judge_ranges(calls, size, part, about, most)
    others = {call["operation"] for call in calls if not call["operation"].startswith(READS)}
    assert not others, f"{about}: fetch reads, and yours called {', '.join(sorted(others))}."


def judge_replaced() -> None:
    """Raise AssertionError unless an object that is replaced meanwhile comes as one version."""
    old, new = ("".join(rng.choices(letters, k=1300)) for letters in ("abcdef", "UVWXYZ"))
    name = {"bucket": "exports", "key": "today.csv"}
    with account.fresh(empty) as trial:
        S3.create_bucket(Bucket="exports")
        S3.put_object(Bucket="exports", Key=name["key"], Body=old.encode())
        trust = '{"Version": "2012-10-17", "Statement": []}'
        role = boto3.client("iam").create_role(RoleName="w", AssumeRolePolicyDocument=trust)
        boto3.client("lambda").create_function(
            FunctionName="writer",
            Runtime="python3.13",
            Handler="lambda_function.lambda_handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": account.package(WRITER)},
        )
        trial.fault("s3:GetObject", latency=1000)
        trial.traffic("writer", [(2500, {**name, "text": new})])
        found = fetched(**name, part=200, about="An object that is replaced meanwhile")
    assert isinstance(found, bytes), "An object that is replaced meanwhile: bytes are wanted."
    mixed = {letter.isupper() for letter in found.decode()} == {True, False}
    assert not mixed, (
        "An object was replaced while its parts were fetched, and you return the beginning of one version "
        "with the end of the other. How can a request say which version it means?"
    )
    assert found.decode() in (old, new), "An object that is replaced meanwhile: bytes are missing."


rng, S3 = random.Random(hidden_seed("byte_ranges")), boto3.client("s3")
begin = 1767600000000 + 60_000 * rng.randrange(100_000)
with account.fresh(World("trial", begin, begin, [], [])) as trial:
    judge_object(trial, rng.randint(5, 7) * 400, 400)
    judge_object(trial, 400 * rng.randint(8, 12) + 1, 400)
    judge_object(trial, rng.randint(50, 90), 4096)
    judge_object(trial, 0, 1000)
    judge_object(trial, 1777, rng.randint(300, 320), failures=2)
judge_replaced()
### END HIDDEN TESTS

# %% [markdown] facts="F10.2-01 F10.2-02 F10.2-03 F10.2-04 F10.2-05 F10.2-06 F10.2-07 F10.2-08"
# ## 10.2 Kinesis Data Streams
#
# | one shard | a second |
# |---|---|
# | takes in | 1,000 records, and 1 MiB with their partition keys (a record up to 1 MiB; 10 MiB if you allow it) |
# | gives out | 2 MiB and 5 `GetRecords` calls, **shared** by all standard consumers |
# | with **enhanced fan-out** | 2 MiB more for each consumer; at most 20 consumers |
#
# 5,000 records of 500 bytes are 2.5 MB/s: three shards by bytes, **five** by records. The larger result counts.
# (API reference, `CreateStream`, `GetRecords`, `RegisterStreamConsumer`.)
#
# ### Exercise 10.3: how many shards? (3 points)
#
# Write `shards_needed`. The peak decides, second by second.
#
# > **Exam answer / Today.** "Read shards: reads per second, divided by 2 MB": the units clash. Divide the **MB/s** of
# > all standard consumers together by 2. "Shards must be sized by hand": in provisioned mode; on demand does it
# > for you, yet a hot key stays hot.


# %% answer="shards"
def shards_needed(plan: dict) -> int | None:
    """The fewest shards with which no limit of the table is passed in any second.

    plan: a dict with
      seconds: a list of (events, bytes), what the producers write in each of some seconds
      packed: how many events they pack into one record (1: none are packed)
      shared: for each standard consumer, how often a second it calls GetRecords on each shard;
        each consumer reads all that is written
      fan_out: how many consumers read by enhanced fan-out
    Load spreads evenly. A stream has one shard at least. None if no number of shards is enough.

    >>> shards_needed({"seconds": [(5000, 2_500_000)], "packed": 1, "shared": [1], "fan_out": 0})
    5
    """
    ### BEGIN SOLUTION
    if sum(plan["shared"]) > 5 or plan["fan_out"] > 20:
        return None
    needed = 1
    for events, size in plan["seconds"]:
        records, read = math.ceil(events / plan["packed"]), size * len(plan["shared"])
        limits = [records / 1000, size / 2**20, read / 2**21]
        needed = max(needed, *(math.ceil(share) for share in limits))
    return needed
    ### END SOLUTION


# %%
sale = [(1200, 500_000)] * 3 + [(5000, 2_500_000)]
plans = {
    "the sale, one consumer": {"packed": 1, "shared": [1], "fan_out": 0},
    "50 events to a record": {"packed": 50, "shared": [1], "fan_out": 0},
    "and five consumers": {"packed": 50, "shared": [1] * 5, "fan_out": 0},
    "two of them by fan-out": {"packed": 50, "shared": [1] * 3, "fan_out": 2},
    "five, each twice a second": {"packed": 50, "shared": [2] * 5, "fan_out": 0},
}
plan_rows = [
    {"plan": name, "shards": shards_needed({"seconds": sale, **plan})}
    for name, plan in plans.items()
]
show.table(plan_rows, "Shards for the same second of 5,000 events and 2.5 MB")

# %% check="shards" points=3 skills="4.3.S7" tests="F10.2-01 F10.2-02 F10.2-03 F10.2-04 F10.2-05 F10.2-06 F10.2-07"
asked = {"seconds": [(5000, 2_500_000)], "packed": 1, "shared": [1], "fan_out": 0}
found = shards_needed(dict(asked))
assert found is not None, "shards_needed returned nothing yet: return a number of shards."
assert found == 5, f"5,000 events a second, 1,000 for each shard: 5, and you return {found!r}."
found = shards_needed({**asked, "seconds": [(10, 3_000_000)]})
assert found == 3, f"3,000,000 bytes are a bit less than 3 MiB: 3 shards, not {found!r}."
found = shards_needed({**asked, "seconds": [(100, 10_000), (4000, 40_000), (100, 10_000)]})
assert found == 4, f"In the middle of three seconds 4,000 events come; you return {found!r}."
### BEGIN HIDDEN TESTS
import copy
import random

from course.incidents.seeds import hidden_seed

# Computed by hand: (seconds, packed, shared, fan_out, shards).
BY_HAND = [
    ([(0, 0)], 1, [1], 0, 1),
    ([], 1, [], 0, 1),
    ([(1, 100)], 1, [], 0, 1),
    ([(1000, 100_000)], 1, [1], 0, 1),
    ([(1001, 100_000)], 1, [1], 0, 2),
    ([(7000, 700_000)], 1, [1], 0, 7),
    ([(10, 1_048_576)], 1, [1], 0, 1),
    ([(10, 1_048_577)], 1, [1], 0, 2),
    ([(10, 1_000_001)], 1, [1], 0, 1),
    ([(10, 10_485_760)], 1, [1], 0, 10),
    ([(10, 10_485_760)], 1, [1, 1], 0, 10),
    ([(10, 10_485_760)], 1, [1, 1, 1], 0, 15),
    ([(10, 10_485_761)], 1, [1, 1, 1], 0, 16),
    ([(10, 4_194_304)], 1, [1] * 5, 0, 10),
    ([(10, 4_194_304)], 1, [1] * 4, 1, 8),
    ([(10, 4_194_304)], 1, [1], 4, 4),
    ([(10, 4_194_304)], 1, [], 5, 4),
    ([(10, 4_194_304)], 1, [], 20, 4),
    ([(10, 4_194_304)], 1, [], 21, None),
    ([(10, 1000)], 1, [5], 0, 1),
    ([(10, 1000)], 1, [2, 3], 0, 1),
    ([(10, 1000)], 1, [3, 3], 0, None),
    ([(10, 1000)], 1, [1] * 6, 0, None),
    ([(10, 1000)], 1, [0.5] * 10, 0, 1),
    ([(50_000, 1_000_000)], 50, [1], 0, 1),
    ([(50_001, 1_000_000)], 50, [1], 0, 2),
    ([(60_000, 8_000_000)], 100, [1], 0, 8),
    ([(100, 1000), (3500, 350_000), (200, 2000)], 1, [1], 0, 4),
    ([(3000, 300_000), (100, 6_000_000)], 1, [1], 0, 6),
    ([(6500, 10_000), (10, 6_000_000)], 1, [1, 1, 1], 0, 9),
]


def true_shards(plan: dict, **wrong) -> int | None:
    """The shards that a plan needs; `wrong` puts one misconception in its place."""
    mib, polls, shared = wrong.get("mib", 2**20), sum(plan["shared"]), plan["shared"]
    if polls > 5 and not wrong.get("polls"):
        return None
    if plan["fan_out"] > 20 and not wrong.get("any_fan_out"):
        return None
    readers = len(shared) + (plan["fan_out"] if wrong.get("all_share") else 0)
    readers = {"one": min(readers, 1), "none": 0}.get(wrong.get("readers"), readers)
    seconds = plan["seconds"]
    if wrong.get("mean") and seconds:
        seconds = [tuple(sum(column) / len(seconds) for column in zip(*seconds, strict=True))]
    needed = 1
    for events, size in seconds:
        records = -(-events // (1 if wrong.get("unpacked") else plan["packed"]))
        each = [-(-records // 1000), -(-size // mib), -(-size * readers // (2 * mib))]
        each = [sum(each)] if wrong.get("added") else each
        each = [n + 1 for n in each] if wrong.get("one_more") else each
        needed = max(needed, *(int(n) for n in each))
    if wrong.get("polls") == "more shards":
        needed = max(needed, math.ceil(polls / 5))
    if wrong.get("polls") == "times":
        needed = max(needed, math.ceil(polls / 2))
    return needed


BELIEFS = [
    ({"mean": True}, "the average of the seconds is planned for. When is a record refused?"),
    ({"mib": 10**6}, "a MiB has 1,000,000 bytes."),
    (
        {"polls": "more shards"},
        "more shards help against too many calls. How often is each one asked?",
    ),
    ({"polls": True}, "GetRecords may be called as often as you like."),
    ({"polls": "times"}, "calls a second are divided by 2 MB."),
    ({"all_share": True}, "consumers by enhanced fan-out share the 2 MiB with the others."),
    ({"any_fan_out": True}, "any number of consumers may read by enhanced fan-out."),
    ({"readers": "one"}, "one consumer reads. All standard ones share 2 MiB."),
    ({"readers": "none"}, "nobody reads."),
    ({"unpacked": True}, "each event is a record of its own. What does a shard count?"),
    ({"added": True}, "the limits are added up. The same shard meets all of them."),
    ({"one_more": True}, "a shard is added to what is enough."),
]


def judge_plans(plans: list) -> None:
    """Raise AssertionError unless shards_needed knows what each of these plans needs."""
    answers = []
    for plan, truth in plans:
        given = copy.deepcopy(plan)
        try:
            found = shards_needed(given)
        except Exception as error:
            raise AssertionError(f"{plan}: {type(error).__name__}: {error}.") from None
        assert given == plan, f"{plan}: shards_needed changed the plan that it was given."
        answers.append((plan, truth, found))
    failed = [each for each in answers if each[2] != each[1]]
    if not failed:
        return
    plan, _, found = failed[0]
    why = [
        f"That is what you get when {said}"
        for belief, said in BELIEFS
        if all(mine == true_shards(asked, **belief) for asked, _, mine in answers)
    ]
    hint = why[0] if why else "Go through the table row by row: which limit does this plan meet?"
    raise AssertionError(f"{plan}: you return {found!r}. {hint}")


NAMES = ("seconds", "packed", "shared", "fan_out")
rng = random.Random(hidden_seed("shards"))
plans_judged = [(dict(zip(NAMES, row, strict=False)), row[-1]) for row in BY_HAND]
for _ in range(60):
    made = {
        "seconds": [
            (rng.randint(0, 20_000), rng.randint(0, 12_000_000)) for _ in range(rng.randint(1, 9))
        ],
        "packed": rng.choice([1, 1, 10, 64]),
        "shared": rng.choices([0.25, 0.5, 1, 2], k=rng.randint(0, 5)),
        "fan_out": rng.choice([0, 1, 5, 20, 21]),
    }
    plans_judged.append((made, true_shards(made)))
judge_plans(plans_judged)
### END HIDDEN TESTS

# %% [markdown]
# ### Half idle, and refusing
#
# The stream has four shards, room for 4,000 events a second. 2,400 come, and a fifth is refused. A record goes where
# the **MD5 hash** of its partition key lies: each shard owns a range of the 128-bit numbers. The producer's key is the
# seller, and one marketplace makes 60 % of the orders.
#
# `PutRecords` then answers `200`: **each record** in it succeeds or fails by itself. Read `FailedRecordCount`, and
# send again what failed. (API reference, `PutRecords`.)

# %%
rng, events = random.Random(3), []
for number in range(9600):  # 2,400 a second, for four seconds
    seller = "S-1" if rng.random() < 0.6 else f"S-{rng.randrange(2, 90)}"
    events.append({"seller": seller, "order": f"ord-{rng.randrange(3000)}", "number": number})
keys = [event["seller"] for event in events]
with account.fresh(empty) as lab:
    boto3.client("kinesis").create_stream(StreamName="order-events", ShardCount=4)
    records = [{"Data": b"{}", "PartitionKey": key} for key in keys]
    batches = [records[first : first + 240] for first in range(0, 9600, 240)]
    puts = [{"StreamName": "order-events", "Records": batch} for batch in batches]
    answers = lab.traffic("kinesis:PutRecords", [(100 * n, put) for n, put in enumerate(puts)])
    lab.advance(seconds=5)
results = [(row["time"], each) for row in answers for each in row["payload"]["Records"]]
parts = hashing.ranges(4)
arrived = pd.DataFrame({"second": [at[17:19] for at, _ in results]})
arrived["shard"] = [hashing.shard_of(hashing.hash_key(key), parts) for key in keys]
load_map = arrived.value_counts(["second", "shard"]).rename("records").reset_index()
axes = {"x": "second", "y": "shard", "value": "records", "unit": "records", "limit": 1000}
show.heat_map(load_map.sort_values(["second", "shard"]), title="Sent to each shard", **axes)

# %%
lines = [(int(pd.Timestamp(at).timestamp() * 1000), each) for at, each in results]
keep_log("/shop/producer", [(at - 3_600_000, each) for at, each in lines])
refused = r"""
    filter ispresent(ErrorCode)
    | parse ErrorMessage "shard * in" as shard
    | stats count(*) as refused by shard, ErrorCode"""
print(ask(refused, "/shop/producer", minutes=70), "\n")
# The same in pandas:
told = pd.DataFrame([each for _, each in lines])
shard = told.ErrorMessage.str.extract(r"shard (\S+) in")[0]
print(told.groupby([shard, "ErrorCode"]).size(), "\n")
# Would more shards do?
shares = []
for count in (4, 8, 16, 32):
    where = [hashing.shard_of(hashing.hash_key(key), hashing.ranges(count)) for key in keys]
    busiest = pd.Series(where).value_counts().max() / 4
    shares.append({"shards": f"{count} shards", "records": busiest})
title = "The busiest shard, with the seller as the key"
show.bars(shares, label="shards", value="records", title=title, unit="records a second")

# %% [markdown]
# ### Exercise 10.4: a key for the events (3 points)
#
# A key goes to one shard, however many there are. Choose another one: write `to_batches`, which prepares a second's
# events for `PutRecords`. Two things must hold:
#
# - the busiest shard gets at most 1.3 times the mean, for any sellers and any number of shards (there are always many
#   hundred orders);
# - the consumer sees the events **of one order** in their sequence. Kinesis keeps the order within a shard, and knows
#   none across shards.


# %% answer="hot_shard"
def to_batches(events: list[dict]) -> list[list[dict]]:
    """Events as Kinesis takes them: lists of at most 500 records, each for one PutRecords call.

    events: in the sequence in which they happened; each has seller, order, kind ("placed",
        "paid", "shipped"), country, at (the second, UTC) and number.
    Each record has Data, the event as JSON in bytes, and PartitionKey, a text; ExplicitHashKey if
    you like. The same order gets the same place in every process.

    >>> to_batches([{"seller": "S-1", "order": "ord-7", "kind": "paid", "country": "DE",
    ...              "at": "2026-03-17T18:00:03Z", "number": 1}])
    [[{'Data': b'{"seller": "S-1", ...}', 'PartitionKey': '...'}]]
    """
    ### BEGIN SOLUTION
    records = [
        {"Data": json.dumps(event).encode(), "PartitionKey": event["order"]} for event in events
    ]
    return [records[first : first + 500] for first in range(0, len(records), 500)]
    ### END SOLUTION


# %%
words = {"kind": "paid", "country": "DE", "at": "2026-03-17T18:00:03Z"}
batches = to_batches([{**event, **words} for event in events])
if batches:
    sent = [record for batch in batches for record in batch]
    keys = [record["PartitionKey"] for record in sent]
    chosen = [
        int(each.get("ExplicitHashKey", hashing.hash_key(key)))
        for each, key in zip(sent, keys, strict=True)
    ]
    counts = pd.Series([hashing.shard_of(number, parts) for number in chosen]).value_counts()
    rows = [{"shard": shard, "records": n / 4} for shard, n in counts.sort_index().items()]
    picture = show.bars(
        rows, label="shard", value="records", title="With your key", unit="records a second"
    )
else:
    picture = "to_batches returned nothing yet"
picture

# %% check="hot_shard" points=3 skills="4.3.S7 4.3.S8"
some = [
    {"seller": f"S-{number % 7}", "order": f"ord-{number % 300}", "kind": "paid"}
    | {"country": "DE", "at": "2026-03-17T18:00:03Z", "number": number}
    for number in range(900)
]
found = to_batches([dict(event) for event in some])
assert found is not None, "to_batches returned nothing yet: return a list of lists of records."
sizes = [len(batch) for batch in found]
assert sum(sizes) == 900, f"900 events went in, and {sum(sizes)} records came out."
assert max(sizes) <= 500, f"A PutRecords call takes 500 records; one of yours has {max(sizes)}."
records = [record for batch in found for record in batch]
assert all({"Data", "PartitionKey"} <= set(record) for record in records), "Members are missing."
kept = sorted(json.loads(record["Data"])["number"] for record in records)
assert kept == list(range(900)), "Data is to hold each event once, as JSON."
### BEGIN HIDDEN TESTS
import random

from course.incidents.another_process import elsewhere
from course.incidents.seeds import hidden_seed


def second_of_events(rng: random.Random, share: float, orders: int) -> list:
    """Events of so many orders, two or three each; one seller has this share of the orders."""
    base, made = rng.randrange(10**6, 9 * 10**6), []
    for n in range(orders):
        seller = "S-7" if rng.random() < share else f"S-{rng.randrange(100, 130)}"
        country = "DE" if rng.random() < 0.7 else rng.choice(["AT", "FR", "NL"])
        one = {"seller": seller, "order": f"ord-{base + n}", "country": country}
        kinds = ["placed", "paid", "shipped"][: rng.choice([2, 2, 3])]
        made += [
            (rng.random() + 0.4 * place, {**one, "kind": kind}) for place, kind in enumerate(kinds)
        ]
    made.sort(key=lambda pair: pair[0])
    at = f"2027-0{rng.randint(1, 9)}-11T09:00:0{rng.randint(0, 9)}Z"
    return [{**event, "at": at, "number": n} for n, (_, event) in enumerate(made)]


def asked_of(events: list, code=to_batches) -> list:
    """The student's batches; AssertionError if there are none."""
    given = [dict(event) for event in events]
    try:
        found = code(given)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise AssertionError(f"Of {len(events)} events to_batches made {said}") from None
    assert isinstance(found, list), f"A list is wanted, not {type(found).__name__}."
    assert given == events, "Afterwards the events that to_batches was given are not what they were."
    assert all(found), (
        f"Of {len(events)} events you make batches of {[len(batch) for batch in found]}. PutRecords "
        "refuses a call without a record."
    )
    return found


def read_shards(stream: str) -> dict:
    """What lies in each shard, in sequence."""
    kinesis, found = boto3.client("kinesis"), {}
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        where = {"StreamName": stream, "ShardId": shard["ShardId"]}
        start = kinesis.get_shard_iterator(**where, ShardIteratorType="TRIM_HORIZON")
        answer = kinesis.get_records(ShardIterator=start["ShardIterator"])
        found[shard["ShardId"]] = answer["Records"]
    return found


def judge_sequence(by_shard: dict) -> None:
    """Raise AssertionError unless each order lies on one shard, in its sequence."""
    place: dict = {}
    for shard, records in by_shard.items():
        last: dict = {}
        for record in records:
            event = json.loads(record["Data"])
            order = event["order"]
            other = place.setdefault(order, shard)
            assert other == shard, (
                f"Events of {order} lie on {other[-4:]} and on {shard[-4:]}. Nobody can tell the sequence "
                "of records on two shards."
            )
            early = event["number"] > last.get(order, -1)
            assert early, (
                f"On one shard: {order} has number {last.get(order)} before {event['number']}."
            )
            last[order] = event["number"]


def judge_balance(by_shard: dict, keys: list) -> None:
    """Raise AssertionError unless the busiest shard has at most 1.3 times the mean."""
    counts = [len(records) for records in by_shard.values()]
    ratio = max(counts) * len(counts) / sum(counts)
    if ratio <= 1.3:
        return
    told = (
        f"Of {len(counts)} shards the busiest got {max(counts):,} of {sum(counts):,} records, {ratio:.2f} "
        "times the mean. "
    )
    ranked = pd.Series(keys).value_counts()
    share = ranked.iloc[0] / len(keys)
    assert share < 0.1, told + (
        f"{share:.0%} of them have the key {ranked.index[0]!r}, and a key goes to one shard, however many there are."
    )
    raise AssertionError(
        f"{told}There are {len(ranked)} different keys. How many does it take until chance evens them out?"
    )


def judge_stream(shards: int, share: float, orders: int, seed: int) -> None:
    """Raise AssertionError unless a second of events spreads, and stays in sequence."""
    rng = random.Random(seed)
    events = second_of_events(rng, share, orders)
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        boto3.client("kinesis").create_stream(StreamName="events", ShardCount=shards)
        batches = asked_of(events)
        for batch in batches:
            try:
                boto3.client("kinesis").put_records(StreamName="events", Records=batch)
            except Exception as error:
                raise AssertionError(f"PutRecords refuses a batch of yours: {error}") from None
            trial.advance(seconds=1)
        by_shard = {shard: records for shard, records in read_shards("events").items()}
    records = [record for batch in batches for record in batch]
    kept = {json.loads(record["Data"])["number"]: json.loads(record["Data"]) for record in records}
    assert [kept.get(event["number"]) for event in events] == events, (
        "Data is to hold the event as JSON, all of its members as they were."
    )
    second_half = asked_of(events[len(events) // 2 :], elsewhere(to_batches))
    later = [record for batch in second_half for record in batch]
    keys = [(record["PartitionKey"], record.get("ExplicitHashKey")) for record in records]
    judge_sequence({shard: records for shard, records in by_shard.items() if records})
    judge_balance(by_shard, [key[1] or key[0] for key in keys])
    chosen = {record["Data"]: key for record, key in zip(records, keys, strict=True)}
    moved = [
        record["Data"]
        for record in later
        if chosen.get(record["Data"]) != (record["PartitionKey"], record.get("ExplicitHashKey"))
    ]
    assert not moved, (
        "Another process chooses other places for the same orders. What in your key does not come from "
        "the event alone? Each process has variables of its own, and hash() of a text is another in each "
        "process."
    )


judge_stream(5, 0.6, 750, hidden_seed("hot_shard"))
judge_stream(3, 1.0, 400, hidden_seed("hot_shard, one seller"))
for count in (0, 1, 500, 1000):
    sizes = [len(batch) for batch in asked_of((some * 2)[:count])]
    assert sum(sizes) == count, f"{count} events went in, and {sum(sizes)} records came out."
    assert max(sizes, default=0) <= 500, f"Of {count} events you make batches of {sizes}."
### END HIDDEN TESTS

# %% [markdown] facts="F10.2-15 F10.2-16 F10.2-17 F10.2-18 F10.2-19 F10.2-20 F10.2-21 F10.2-22 F10.2-23"
# ### Libraries for both ends
#
# | | KPL, for producers | KCL, for consumers |
# |---|---|---|
# | does | **aggregation**: many events in one record; **collection**: many in one `PutRecords` | checkpoints, de-aggregation, **leases** that share out the shards |
# | batches | writes | reads |
# | works | asynchronously, by advice | a worker for some shards |
# | written in | Java, with a core in C++ | Java; Python, Ruby, .NET, Node.js through its MultiLangDaemon |
# | today | 1.x: 0.x ended in January 2026 | 3.x: 1.x ended then too |
#
# > **Exam answer / Today.** "KPL retries with backoff": it retries until a record's time to live, **without** backoff;
# > rate limiting keeps it from spamming. "KCL retries by its checkpoint": after a **restart** it resumes there; a batch
# > whose `processRecords` throws is **skipped**. (Developer Guide, "Customize KPL retries and rate limit behavior",
# > "Troubleshoot Kinesis Data Streams consumers".)

# %% [markdown] facts="F10.2-09 F10.2-10 F10.2-11 F10.2-12 F10.2-13 F10.2-14"
# ### Exercise 10.5: reading through a reshard (4 points)
#
# `SplitShard` makes two shards of one, `MergeShards` one of two **adjacent** ones; `UpdateShardCount` (console, CLI)
# does both, to twice or half at most, ten times in 24 hours, in provisioned mode only, and takes minutes. Then a
# **parent** is closed, yet readable until its records expire: read it **before its children**, or the order is lost.
# KCL and Lambda do so for you; write `read_new`, which does it without them.
#
# | at the end of | `NextShardIterator` | `MillisBehindLatest` |
# |---|---|---|
# | a closed shard | missing; `ChildShards` come | 0 |
# | what an open one has so far | there | 0 |
#
# (Developer Guide, "After resharding".)


# %% answer="resharding_reader"
def read_new(stream: str, checkpoints: dict) -> tuple[list[dict], dict]:
    """All records of a stream that were not read before, each once, and how far they reach.

    checkpoints: what the last call returned, {} for the first: {shard id: sequence number of the
        last record that was read there}. A shard that is not in it is to be read from its start.
    Returns (records, checkpoints). A record is {"key": its partition key, "data": its bytes}. The
    records of a key come in the order in which they were put, however often its shard was split
    or merged meanwhile. Shards disappear, and others name them as parents still.

    >>> records, reached = read_new("order-events", {})
    >>> records, reached
    ([{'key': 'ord-7', 'data': b'{...}'}], {'shardId-000000000000': '4966...'})
    """
    ### BEGIN SOLUTION
    kinesis = boto3.client("kinesis")
    shards = {each["ShardId"]: each for each in kinesis.list_shards(StreamName=stream)["Shards"]}
    reached, records = dict(checkpoints), []

    def ancestors(shard: str) -> set:
        parents = [shards[shard].get(name) for name in ("ParentShardId", "AdjacentParentShardId")]
        return {shard}.union(*(ancestors(each) for each in parents if each in shards))

    for shard in sorted(shards, key=lambda shard: len(ancestors(shard))):
        start = {"ShardIteratorType": "TRIM_HORIZON"}
        if shard in reached:
            start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}
            start["StartingSequenceNumber"] = reached[shard]
        where = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, **start)
        iterator, behind = where["ShardIterator"], True
        while iterator and behind:
            answer = kinesis.get_records(ShardIterator=iterator)
            for record in answer["Records"]:
                records.append({"key": record["PartitionKey"], "data": record["Data"]})
                reached[shard] = record["SequenceNumber"]
            iterator, behind = answer.get("NextShardIterator"), answer["MillisBehindLatest"]
    return records, reached
    ### END SOLUTION


# %%
with account.fresh(empty) as lab:
    kinesis, reached, rows, found = boto3.client("kinesis"), {}, [], []
    kinesis.create_stream(StreamName="s", ShardCount=1)
    for event in ("placed", "paid", "packed", "shipped"):
        put = kinesis.put_record(StreamName="s", PartitionKey="ord-7", Data=event.encode())
        rows.append({"event": event, "put into": put["ShardId"][-4:]})
        if event != "shipped":
            whole = next(s for s in kinesis.list_shards(StreamName="s")["Shards"][::-1]
                         if s["ShardId"] == put["ShardId"])["HashKeyRange"]  # fmt: skip
            ends = int(whole["StartingHashKey"]), int(whole["EndingHashKey"])
            middle = str(sum(ends) // 2)
            kinesis.split_shard(
                StreamName="s", ShardToSplit=put["ShardId"], NewStartingHashKey=middle
            )
            lab.advance(seconds=30)
    found, reached = read_new("s", reached) or ([], {})
print([each["data"].decode() for each in found] or "read_new found nothing yet")
show.table(rows, "One order, and three splits while it was on its way")

# %% check="resharding_reader" points=4 skills="4.1.S7 4.3.S7" tests="F10.2-09 F10.2-10 F10.2-13 F10.2-14"
with account.fresh(empty) as trial:
    client, own = boto3.client("kinesis"), {"StreamName": "order-events"}
    client.create_stream(**own, ShardCount=1)
    first = client.put_record(**own, PartitionKey="ord-7", Data=b"placed")
    try:
        answer = read_new("order-events", {})
    except ClientError as error:
        raise AssertionError(f"{error} Does an open shard ever end?") from None
    client.put_record(**own, PartitionKey="ord-7", Data=b"paid")
    client.split_shard(**own, ShardToSplit=first["ShardId"], NewStartingHashKey=str(2**127))
    trial.advance(seconds=60)
    client.put_record(**own, PartitionKey="ord-7", Data=b"shipped")
    again = read_new("order-events", dict(answer[1])) if answer else None
assert answer is not None, "read_new returned nothing yet: return (records, checkpoints)."
placed = [{"key": "ord-7", "data": b"placed"}]
assert answer[0] == placed, f"One record was there, {placed[0]}; you return {answer[0]}."
told = [each["data"].decode() for each in again[0]]
assert told == ["paid", "shipped"], f"After a split paid and shipped are new; you return {told}."
### BEGIN HIDDEN TESTS
import json
import random

from course.incidents.seeds import hidden_seed


class Resharded:
    """A stream whose shards change while records come in and are read."""

    client = boto3.client("kinesis")

    def __init__(self, trial, seed: int, shards: int) -> None:
        self.trial, self.rng = trial, random.Random(seed)
        self.name = f"events-{self.rng.randrange(999)}"
        self.client.create_stream(StreamName=self.name, ShardCount=shards)
        self.keys = [f"ord-{self.rng.randrange(10**6)}" for _ in range(10)]
        self.put_so_far: list = []  # (key, number, shard)
        self.read_so_far: list = []
        self.checkpoints: dict = {}
        self.last: tuple = ({}, [])  # checkpoints that were given, and the records that came

    def put(self, rounds: int = 2) -> None:
        """A record for every key, so many times."""
        for _ in range(rounds):
            start = len(self.put_so_far)
            records = [
                {"PartitionKey": key, "Data": str(start + n).encode()}
                for n, key in enumerate(self.keys)
            ]
            answer = self.client.put_records(StreamName=self.name, Records=records)
            self.put_so_far += [
                (key, start + n, each["ShardId"])
                for n, (key, each) in enumerate(zip(self.keys, answer["Records"], strict=True))
            ]
            self.trial.advance(seconds=1)

    def big(self) -> None:
        """Two records that no single GetRecords returns together: it stops at 10 MiB."""
        arn = self.client.describe_stream_summary(StreamName=self.name)["StreamDescriptionSummary"]
        self.client.update_max_record_size(StreamARN=arn["StreamARN"], MaxRecordSizeInKiB=10240)
        for size in (10_000, 10_480_000):
            number, key = len(self.put_so_far), self.keys[0]
            put = {"PartitionKey": key, "Data": b"%d" % number + b" " * size}
            answer = self.client.put_record(StreamName=self.name, **put)
            self.put_so_far.append((key, number, answer["ShardId"]))
            self.trial.advance(seconds=10)

    def open_shards(self) -> list:
        """The open shards in the order of their ranges."""
        found = self.client.list_shards(StreamName=self.name)["Shards"]
        found = [
            each for each in found if "EndingSequenceNumber" not in each["SequenceNumberRange"]
        ]
        return sorted(found, key=lambda each: int(each["HashKeyRange"]["StartingHashKey"]))

    def split(self, place: int) -> None:
        """Split the open shard at a place."""
        shard = self.open_shards()[place]
        ends = [int(each) for each in shard["HashKeyRange"].values()]
        self.client.split_shard(
            StreamName=self.name,
            ShardToSplit=shard["ShardId"],
            NewStartingHashKey=str(sum(ends) // 2),
        )
        self.trial.advance(seconds=40)

    def merge(self, place: int, swapped: bool = False) -> None:
        """Merge the open shard at a place with the next one."""
        one, other = self.open_shards()[place : place + 2][:: -1 if swapped else 1]
        self.client.merge_shards(
            StreamName=self.name, ShardToMerge=one["ShardId"], AdjacentShardToMerge=other["ShardId"]
        )
        self.trial.advance(seconds=40)

    def expire(self) -> None:
        """Let the retention period pass: records expire, and then their closed shards."""
        self.trial.advance(hours=26)

    def read(self) -> None:
        """Let the student read on; AssertionError unless what comes is new, complete, in order."""
        given = json.loads(json.dumps(self.checkpoints))
        try:
            with self.trial.fault("kinesis:GetRecords", error="InternalFailure", during=(90, 7200)):
                answer = read_new(self.name, given)
        except Exception as error:
            endless = "InternalFailure" in str(error)
            raise AssertionError(
                "GetRecords was called for a minute and a half: an open shard has no end. What tells you "
                "that nothing more is there?"
                if endless
                else f"read_new ended with {type(error).__name__}: {error}"
            ) from None
        shaped = isinstance(answer, tuple | list) and len(answer) == 2
        assert shaped, f"read_new is to return records and checkpoints, not {answer!r}."
        self.last = json.loads(json.dumps(self.checkpoints)), answer[0]
        records, self.checkpoints = answer
        put = {b"%d" % number for _, number, _ in self.put_so_far}
        for each in records:
            fits = isinstance(each, dict) and set(each) == {"key", "data"}
            assert fits, f"A record is to have key and data, not {str(each)[:100]}."
            known = isinstance(each["data"], bytes) and each["data"].strip() in put
            assert known, f"Nobody has put {str(each['data'])[:50]!r} into the stream, as bytes."
        self.judge([(each["key"], int(each["data"])) for each in records])

    def read_again(self) -> None:
        """Somebody was interrupted, and begins once more at the checkpoints before the last call."""
        before, came = self.last
        again, _ = read_new(self.name, before)
        assert again == came, (
            f"From the same checkpoints {len(came)} records came once, and {len(again)} the second time. Where "
            "does read_new begin: at the checkpoints that it is given?"
        )

    def judge(self, found: list) -> None:
        shards = {number: shard for _, number, shard in self.put_so_far}
        listed = [
            each["ShardId"] for each in self.client.list_shards(StreamName=self.name)["Shards"]
        ]
        alive = [each["ShardId"] for each in self.open_shards()]
        twice = [each for each in found if each in self.read_so_far]
        assert not twice, (
            f"{len(twice)} records came that an earlier call had returned. A checkpoint is the last record "
            "that was read."
        )
        numbers = [n for _, n in found]
        assert len(set(numbers)) == len(numbers), "A record came twice in one call."
        before = {n for _, n in self.read_so_far}
        lost = [n for _, n, _ in self.put_so_far if n not in before and n not in set(numbers)]
        closed = [n for n in lost if shards[n] not in alive]
        assert not closed, (
            f"{len(closed)} records are missing; they lie in a shard that is closed. It is readable until "
            "its records expire."
        )
        begun = lost and shards[lost[0]] in {shards[n] for n in numbers}
        assert not lost, (
            f"{len(lost)} of {len(numbers) + len(lost)} new records are missing, of {shards[lost[0]][-4:]}, which "
            "is open. "
            + (
                "Others of it came. Did GetRecords return all there is, and what says so?"
                if begun
                else "Where do you begin in a shard that no checkpoint names?"
            )
        )
        last: dict = {}
        for key, number in found:
            later = last.setdefault(key, number)
            assert later <= number, (
                f"A key has record {later} before {number}. The one lies in {shards[later][-4:]}, the other "
                f"in {shards[number][-4:]}. Which of the {len(listed)} shards came of which?"
            )
            last[key] = number
        self.read_so_far += found


def judge_reader(seed: int, shards: int, steps: list) -> None:
    """Raise AssertionError unless everything is read once and in order through these steps."""
    begin = 1767600000000 + 60_000 * random.Random(seed).randrange(100_000)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        stream = Resharded(trial, seed, shards)
        for what, *place in steps:
            getattr(stream, what)(*place)


DICE = hidden_seed("resharding_reader")
PUT, READ, SPLIT, NEXT = ("put",), ("read",), ("split", 0), ("split", 1)
for swapped in (False, True):
    MERGE = ("merge", 2, swapped)  # of a grandchild with a shard that has no parents
    steps = [PUT, SPLIT, PUT, NEXT, PUT, READ, PUT, MERGE, PUT, SPLIT, PUT, READ]
    judge_reader(DICE + swapped, 2, steps)
steps = [PUT, READ, READ, SPLIT, PUT, READ, ("read_again",), ("expire",), ("merge", 0), PUT, ("big",), READ]
judge_reader(DICE + 2, 1, steps)
### END HIDDEN TESTS

# %% [markdown] facts="F10.3-01 F10.3-02 F10.3-03 F10.3-04"
# ## 10.3 Containers
#
# At night `report` runs as a task of ECS on **Fargate**, which has these sizes:
#
# | CPU units | vCPU | memory |
# |---|---|---|
# | 256 | 0.25 | 0.5, 1, 2 GB |
# | 512 | 0.5 | 1 to 4 GB |
# | 1024 | 1 | 2 to 8 GB |
# | 2048 | 2 | 4 to 16 GB |
# | 4096 | 4 | 8 to 30 GB |
# | 8192 | 8 | 16 to 60 GB, in steps of 4 |
# | 16384 | 16 | 32 to 120 GB, in steps of 8 |
#
# ### Exercise 10.6: the size of a task (3 points)
#
# Too little CPU is **slow**, too little memory is **killed** (exit code 137), too much of either is paid for. Write
# `task_size`.
#
# > **Exam answer / Today.** "Fargate's CPU ends at 4096": 8192 and 16384 came with platform version 1.4.0 for Linux.
# > (API reference of ECS, `RegisterTaskDefinition`.)


# %% fixed="sizes"
GB = 1024  # ECS counts memory in MiB
SIZES = {  # CPU units: the MiB that go with them
    256: [512, 1 * GB, 2 * GB],
    512: list(range(1 * GB, 4 * GB + 1, GB)),
    1024: list(range(2 * GB, 8 * GB + 1, GB)),
    2048: list(range(4 * GB, 16 * GB + 1, GB)),
    4096: list(range(8 * GB, 30 * GB + 1, GB)),
    8192: list(range(16 * GB, 60 * GB + 1, 4 * GB)),
    16384: list(range(32 * GB, 120 * GB + 1, 8 * GB)),
}
NETWORK = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}}


def define(family: str, image: str, cpu: str = "256", memory: str = "512", **container) -> str:
    """Registers a task definition with one container, `app`; returns its ARN."""
    task = {"family": family, "cpu": cpu, "memory": memory, "networkMode": "awsvpc"}
    task["containerDefinitions"] = [{"name": "app", "image": image, **container}]
    task["requiresCompatibilities"] = ["FARGATE"]
    made = boto3.client("ecs").register_task_definition(**task)
    return made["taskDefinition"]["taskDefinitionArn"]


# %%
rng, night = random.Random(3), []
for second in range(0, 3600, 10):  # of an hour; every tenth second the container says what it uses
    big = second % 1200 == 600  # three times in the hour, a large seller
    cpu, memory = rng.gauss(300, 60) + 900 * big, rng.gauss(900, 60) + 1500 * big
    night.append((noon - 3_600_000 + 1000 * second, {"cpu": round(cpu), "memory": round(memory)}))
keep_log("/ecs/report", night)
used = """stats avg(cpu), pct(cpu, 99), max(cpu), avg(memory), pct(memory, 99), max(memory)"""
print(ask(used, "/ecs/report").T, "\n")
log = pd.DataFrame([line for _, line in night])  # the same in pandas
print(log.agg(["mean", "max"]).round(1), log.quantile(0.99, interpolation="higher"))
log["time"] = pd.to_datetime([at for at, _ in night], unit="ms")
kept = {"x": "time", "y": "memory", "unit": "MiB", "threshold": 2048}
show.series(log, title="What report holds in memory, and a task of 2 GB", **kept)


# %% answer="fargate_size"
def task_size(samples: list[tuple[int, int]]) -> dict | None:
    """The cheapest size of Fargate that is enough for a container.

    samples: (CPU units, MiB) that it wanted, every ten seconds of some hours.
    CPU: of 100 samples, one may want more than the task has, of 250 two.
    Memory: at least the greatest sample and a quarter of it on top.
    Returns the two as register_task_definition takes them; None if the largest task is too small.

    >>> task_size([(180, 300), (200, 380), (190, 310)])
    {'cpu': '256', 'memory': '512'}
    """
    ### BEGIN SOLUTION
    wanted = sorted((cpu for cpu, _ in samples), reverse=True)
    least_cpu = wanted[len(samples) // 100]
    least_memory = 1.25 * max(memory for _, memory in samples)
    for cpu, memories in SIZES.items():
        for memory in memories:
            if cpu >= least_cpu and memory >= least_memory:
                return {"cpu": str(cpu), "memory": str(memory)}
    return None
    ### END SOLUTION


# %%
def try_size(size: dict) -> str:
    """Runs the hour in a task of this size; returns how it ended."""
    with account.fresh(empty) as lab:
        hour = [line for _, line in night]
        now = lambda moment: hour[min(int(moment.seconds // 10), 359)]  # noqa: E731
        lab.image("report:1", cpu=lambda m: now(m)["cpu"], memory=lambda m: now(m)["memory"])
        ecs, arn = boto3.client("ecs"), define("report", "report:1", **size)
        task = ecs.run_task(taskDefinition=arn, **NETWORK)["tasks"][0]["taskArn"]
        lab.advance(minutes=59)
        container = ecs.describe_tasks(tasks=[task])["tasks"][0]["containers"][0]
        return f"{container.get('exitCode', 'runs')} {container.get('reason', '')}"


found = task_size([(line["cpu"], line["memory"]) for _, line in night])
print("the mean, 256 and 1024:", try_size({"cpu": "256", "memory": "1024"}))
print("yours,", found, ":", try_size(found) if found else "nothing yet")

# %% check="fargate_size" points=3 skills="4.3.S3 4.3.S8" tests="F10.3-01 F10.3-02 F10.3-03 F10.3-04"
expected = {"cpu": "256", "memory": "512"}, {"cpu": "1024", "memory": "2048"}
given = [(180, 300), (200, 380), (190, 310)], [(200, 300)] * 98 + [(800, 300)] * 2
found = [task_size(list(samples)) for samples in given]
assert found != [None, None], "task_size returned nothing yet: return cpu and memory."
for size in found:
    shaped = isinstance(size, dict) and set(size) == {"cpu", "memory"}
    assert shaped, f"A dict with cpu and memory is wanted, not {size!r}."
    with account.fresh(empty):
        try:
            define("trial", "trial:1", **size)
        except Exception as error:
            raise AssertionError(f"ECS does not take {size}: {error}") from None
assert found[0] == expected[0], f"200 CPU units, 475 MiB: not {found[0]}."
assert found[1] == expected[1], f"2 of 100 samples want 800 CPU units: not {found[1]}."
### BEGIN HIDDEN TESTS
import math
import random

from course.incidents.seeds import hidden_seed
from course.telemetry.containers import sizes

# Computed by hand: [(CPU units, MiB, how many samples)], cpu, memory.
BY_HAND = [
    ([(100, 200, 10)], 256, 512),
    ([(256, 409, 10)], 256, 512),
    ([(256, 410, 10)], 256, 1024),
    ([(257, 100, 10)], 512, 1024),
    ([(100, 819, 10)], 256, 1024),
    ([(100, 820, 10)], 256, 2048),
    ([(100, 1638, 10)], 256, 2048),
    ([(100, 1639, 10)], 512, 3072),
    ([(512, 2457, 10)], 512, 3072),
    ([(300, 3276, 10)], 512, 4096),
    ([(300, 3277, 10)], 1024, 5120),
    ([(1024, 1000, 10)], 1024, 2048),
    ([(1025, 1000, 10)], 2048, 4096),
    ([(2049, 1000, 10)], 4096, 8192),
    ([(4096, 24_576, 10)], 4096, 30_720),
    ([(4096, 24_577, 10)], 8192, 32_768),
    ([(4097, 100, 10)], 8192, 16_384),
    ([(8192, 13_108, 10)], 8192, 20_480),
    ([(8193, 100, 10)], 16_384, 32_768),
    ([(100, 49_152, 10)], 8192, 61_440),
    ([(100, 49_153, 10)], 16_384, 65_536),
    ([(16_384, 98_304, 10)], 16_384, 122_880),
    ([(16_384, 98_305, 10)], None, None),
    ([(16_385, 100, 10)], None, None),
    ([(200, 300, 99), (900, 300, 1)], 256, 512),
    ([(200, 300, 98), (900, 300, 2)], 1024, 2048),
    ([(200, 300, 98), (900, 300, 1)], 1024, 2048),
    ([(200, 300, 99), (200, 1500, 1)], 256, 2048),
    ([(200, 300, 396), (2000, 300, 4)], 256, 512),
    ([(200, 300, 395), (2000, 300, 5)], 2048, 4096),
]


def true_size(samples: list, **wrong) -> dict | None:
    """The cheapest size; `wrong` puts one misconception in its place."""
    cpus, memories = sorted(c for c, _ in samples), sorted(m for _, m in samples)
    above = len(samples) // 100
    cpu = cpus[-1] if wrong.get("top_cpu") else cpus[-1 - above]
    memory = memories[-1 - above] if wrong.get("p99_memory") else memories[-1]
    if wrong.get("mean"):
        cpu, memory = sum(cpus) / len(cpus), sum(memories) / len(memories)
    cpu *= 1.25 if wrong.get("room_for_cpu") else 1
    memory *= wrong.get("room", 1.25)
    known = {c: m for c, m in sizes.SIZES.items() if c <= wrong.get("largest", 16_384)}
    fits = [
        (c, m)
        for c in known
        for m in (sorted(set().union(*known.values())) if wrong.get("any_pair") else known[c])
        if c >= cpu and m >= memory
    ]
    if not fits:
        return None
    best = max if wrong.get("dearest") else min
    found = best(fits, key=lambda pair: sizes.cost(*pair))
    return {"cpu": str(found[0]), "memory": str(found[1])}


BELIEFS = [
    ({"top_cpu": True}, "no sample may want more CPU. What is the price of one slow moment?"),
    ({"p99_memory": True}, "one sample in 100 may want more memory. What happens in that moment?"),
    ({"room": 1.0}, "memory has no room on top of the greatest sample."),
    ({"mean": True}, "the average is planned for. What becomes of the moments above it?"),
    ({"room_for_cpu": True}, "CPU gets a quarter on top, too."),
    ({"largest": 4096}, "Fargate ends at 4 vCPU."),
    ({"any_pair": True}, "each CPU goes with each memory. ECS would refuse this one."),
]


def judge_sizes(cases: list) -> None:
    """Raise AssertionError unless each case, (samples, size), gets its size."""
    found = []
    for samples, expected in cases:
        try:
            found.append(task_size(list(samples)))
        except Exception as error:
            raise AssertionError(
                f"task_size ended with {type(error).__name__}: {error}, where "
                f"{'no task is large enough' if expected is None else 'a task exists'}."
            ) from None
    wrong = [i for i, (_, expected) in enumerate(cases) if found[i] != expected]
    if not wrong:
        return
    samples, expected = cases[wrong[0]]
    some = sorted(set(samples), key=lambda s: -s[0])[:2]
    told = (
        f"{len(samples)} samples, among them {' and '.join(map(str, some))}: you return "
        f"{found[wrong[0]]}. "
    )
    for belief, meaning in BELIEFS:
        alike = [found[i] == true_size(cases[i][0], **belief) for i in wrong]
        assert not all(alike), told + f"That is what you get when {meaning}"
    enough = found[wrong[0]] is not None and expected is not None
    raise AssertionError(told + ("Is it enough, and the cheapest?" if enough else "Is there one?"))


def sized(cpu: int | None, memory: int | None) -> dict | None:
    return None if cpu is None else {"cpu": str(cpu), "memory": str(memory)}


rng = random.Random(hidden_seed("fargate_size"))
cases = []
for _ in range(60):
    top, high = 2 ** rng.uniform(6, 14.3), 2 ** rng.uniform(7, 16.8)
    samples = [
        (math.ceil(top * rng.uniform(0.3, 1)), math.ceil(high * rng.uniform(0.3, 1)))
        for _ in range(rng.choice([40, 99, 100, 199, 250]))
    ]
    samples[rng.randrange(len(samples))] = (math.ceil(3 * top), math.ceil(1.8 * high))
    cases.append((samples, true_size(samples)))
by_hand = [
    ([(c, m) for c, m, times in some for _ in range(times)], sized(*size))
    for some, *size in BY_HAND
]
judge_sizes(by_hand + cases)
### END HIDDEN TESTS

# %% [markdown] facts="F10.3-10"
# ### Exercise 10.7: how many workers? (2 points)
#
# `labels` makes shipping labels from a queue. A label takes 20 s, most of which is waiting for the carrier, and a
# message should be begun within 5 minutes. One worker gets through 300 / 20 = **15** messages in that time: its
# **acceptable backlog**. With 150 messages waiting, ten workers are enough. Write `tasks_needed`.
#
# > **Exam answer / Today.** "Scale on the metric `ApproximateNumberOfMessages`": that is the queue's attribute; the
# > metric is `ApproximateNumberOfMessagesVisible`. And the number alone does not tell how many workers share it:
# > **backlog per task** does. (Auto Scaling user guides, "Scaling policy based on Amazon SQS".)


# %% answer="tasks_needed"
def tasks_needed(plan: dict) -> int:
    """The fewest tasks with which a queue's messages are begun in time.

    plan: a dict with
      waiting: messages that are visible now
      arriving: messages that come each minute
      seconds: what a task needs for a message; it works on one at a time
      patience: seconds after which a waiting message has to be begun, at the latest
      least, most: the service has no fewer and no more tasks
    Two things must hold: no task has more than its acceptable backlog of what waits now, and the
    tasks together get as much done in a minute as arrives in it.

    >>> tasks_needed({"waiting": 150, "arriving": 9, "seconds": 20, "patience": 300,
    ...               "least": 1, "most": 30})
    10
    """
    ### BEGIN SOLUTION
    backlog = math.ceil(plan["waiting"] * plan["seconds"] / plan["patience"])
    pace = math.ceil(plan["arriving"] * plan["seconds"] / 60)
    return min(max(backlog, pace, plan["least"]), plan["most"])
    ### END SOLUTION


# %%
usual = {"waiting": 0, "arriving": 3, "seconds": 20, "patience": 300, "least": 1, "most": 30}
cases = {"at night": {}, "the rush begins": {"arriving": 15}, "ten minutes later": {"arriving": 15}}
cases["ten minutes later"]["waiting"] = 120
cases["the carrier is slow"] = {"waiting": 120, "arriving": 15, "seconds": 60}
rows = [{"when": when, "tasks": tasks_needed({**usual, **plan})} for when, plan in cases.items()]
show.table(rows, "Workers that the labels need")

# %% check="tasks_needed" points=2 skills="4.3.S1 4.3.S7"
asked = {"waiting": 150, "arriving": 0, "seconds": 20, "patience": 300, "least": 1, "most": 30}
found = tasks_needed(dict(asked))
assert found is not None, "tasks_needed returned nothing yet: return a number of tasks."
assert found == 10, f"150 messages, 15 for each task: 10, and you return {found!r}."
found = tasks_needed({**asked, "waiting": 900})
assert found == 30, f"The service has at most 30 tasks; you return {found!r}."
### BEGIN HIDDEN TESTS
import math
import random

from course.incidents.seeds import hidden_seed

NAMES = ("waiting", "arriving", "seconds", "patience", "least", "most")
# Computed by hand: the six numbers of a plan, and the tasks.
BY_HAND = [
    (0, 0, 20, 300, 1, 30, 1),
    (15, 0, 20, 300, 1, 30, 1),
    (16, 0, 20, 300, 1, 30, 2),
    (150, 0, 20, 300, 1, 30, 10),
    (151, 0, 20, 300, 1, 30, 11),
    (0, 3, 20, 300, 1, 30, 1),
    (0, 4, 20, 300, 1, 30, 2),
    (0, 30, 20, 300, 1, 30, 10),
    (150, 30, 20, 300, 1, 30, 10),
    (30, 30, 20, 300, 1, 30, 10),
    (600, 30, 20, 300, 1, 30, 30),
    (600, 30, 20, 300, 1, 50, 40),
    (0, 0, 20, 300, 3, 30, 3),
    (0, 0, 20, 300, 0, 30, 0),
    (1, 0, 20, 300, 0, 30, 1),
    (0, 1, 20, 300, 0, 30, 1),
    (1500, 0, 0.5, 50, 1, 100, 15),
    (1501, 0, 0.5, 50, 1, 100, 16),
    (100, 0, 60, 60, 1, 200, 100),
    (100, 0, 120, 60, 1, 200, 200),
    (100, 0, 120, 60, 1, 150, 150),
    (7, 0, 45, 30, 0, 50, 11),
    (10, 0, 45, 100, 0, 50, 5),
    (10, 6, 45, 100, 0, 50, 5),
    (10, 8, 45, 100, 0, 50, 6),
    (1000, 0, 3, 600, 2, 10, 5),
    (1000, 200, 3, 600, 2, 20, 10),
    (1000, 200, 3, 600, 2, 8, 8),
    (90, 12, 2.5, 25, 1, 40, 9),
    (91, 12, 2.5, 25, 1, 40, 10),
]


def true_tasks(plan: dict, wrong: str = "") -> int:
    """The tasks that a plan needs; `wrong` puts one misconception in its place."""
    seconds, patience = plan["seconds"], plan["patience"]
    ceil = (
        math.floor
        if wrong == "floor"
        else round
        if wrong == "round"
        else lambda n: math.ceil(n - 1e-9)
    )
    backlog = ceil(plan["waiting"] * seconds / patience)
    pace = ceil(plan["arriving"] * seconds / 60)
    if wrong == "whole":
        backlog = math.ceil(plan["waiting"] / max(1, patience // seconds))
    if wrong == "each second":
        pace = ceil(plan["arriving"] * seconds)
    needed = {
        "sum": backlog + pace,
        "backlog alone": backlog,
        "pace alone": pace,
        "one for each": plan["waiting"],
    }.get(wrong, max(backlog, pace))
    least = 0 if wrong == "no least" else plan["least"]
    return max(needed, least) if wrong == "no most" else min(max(needed, least), plan["most"])


BELIEFS = {
    "floor": "the number is rounded down. What does the last message wait for?",
    "round": "the number is rounded to the nearest. What does the last message wait for?",
    "sum": "the two needs are added. Does a task that works off a backlog work on something else?",
    "backlog alone": "only what waits now is counted. What comes meanwhile?",
    "pace alone": "only what arrives is counted. What of that which waits already?",
    "one for each": "each message has a task of its own.",
    "each second": "what arrives in a minute arrives in a second.",
    "whole": "the acceptable backlog is a whole number. 2.2 messages for a task are 11 for five.",
    "no least": "the service may have fewer tasks than its least.",
    "no most": "the service may have more tasks than its most.",
}
rng = random.Random(hidden_seed("tasks_needed"))
cases = [(dict(zip(NAMES, numbers, strict=False)), numbers[-1]) for numbers in BY_HAND]
for _ in range(60):
    numbers = (rng.randrange(900), rng.randrange(60), rng.randrange(2, 90), rng.randrange(60, 900))
    limits = (rng.randrange(4), rng.randrange(20, 90))
    plan = dict(zip(NAMES, numbers + limits, strict=True))
    cases.append((plan, true_tasks(plan)))
answers = [tasks_needed(dict(plan)) for plan, _ in cases]
wrong = [i for i, (_, expected) in enumerate(cases) if answers[i] != expected]
if wrong:
    told = f"{cases[wrong[0]][0]}: you return {answers[wrong[0]]!r}. "
    for belief, meaning in BELIEFS.items():
        believed = [true_tasks(plan, belief) for plan, _ in cases]
        assert answers != believed, told + f"That is what you get when {meaning}"
    raise AssertionError(told + "How many messages may a task have, and how many come meanwhile?")
### END HIDDEN TESTS

# %% [markdown] facts="F10.3-05 F10.3-06 F10.3-07 F10.3-08 F10.3-09"
# ### Exercise 10.8: let the workers follow (4 points)
#
# **Target tracking** keeps a metric near a value: too high for 3 minutes, and tasks are added in proportion; too low
# for 15, and some go.
#
# | metric | for |
# |---|---|
# | `ECSServiceAverageCPUUtilization`, `...MemoryUtilization` | work that uses CPU, or memory |
# | `ALBRequestCountPerTarget` | requests through a load balancer |
# | your own, also metric math: **backlog per task** | workers of a queue |
#
# "70 % CPU, 80 % memory" are examples: there is no default. With `HighResolution` behind their names, metrics come
# each 20 s. (Application Auto Scaling, API reference, `PredefinedMetricSpecification`.)
#
# Write `follow_the_queue`. The workers of `labels` use 8 % CPU.


# %% fixed="workers"
def open_workers(lab, seconds: int, arrivals: list[int], names: tuple | None = None) -> list:
    """A service with one worker of a queue; messages arrive at these seconds from now.

    Returns a list that fills with (arrival, seconds until it was begun) as time passes."""
    cluster, service, queue = names or ("shop", "labels", "labels")
    ecs, start, begun = boto3.client("ecs"), lab.now.timestamp(), []

    def begin(body: str) -> int:
        begun.append((int(body), lab.now.timestamp() - start - int(body)))
        return seconds

    timeout = {"VisibilityTimeout": str(6 * seconds)}
    boto3.client("sqs").create_queue(QueueName=queue, Attributes=timeout)
    settings = [{"name": "containerInsights", "value": "enabled"}]
    ecs.create_cluster(clusterName=cluster, settings=settings)
    lab.image("labels:1", consumes=queue, message_seconds=begin, cpu=2, message_cpu=20)
    given = {"taskDefinition": define("labels", "labels:1"), "desiredCount": 1}
    ecs.create_service(cluster=cluster, serviceName=service, **NETWORK, **given)
    lab.traffic(f"sqs:{queue}", [(1000 * second, str(second)) for second in arrivals])
    return begun


# %% answer="scale_the_workers"
def follow_the_queue(cluster: str, service: str, queue: str, seconds: int, patience: int) -> None:
    """Lets an ECS service have as many tasks, from 1 to 30, as its queue needs.

    seconds: what a task needs for a message. patience: seconds after which a waiting message is to
    be begun. A rush may double that until tasks have been added, which takes minutes; but not for
    long, and not with many more tasks than there is work for. After it, one task remains.

    Metrics: AWS/SQS, ApproximateNumberOfMessagesVisible (QueueName), and ECS/ContainerInsights,
    RunningTaskCount (ClusterName, ServiceName), which this cluster publishes each minute.
    """
    ### BEGIN SOLUTION
    scaling = boto3.client("application-autoscaling")
    which = {"ServiceNamespace": "ecs", "ResourceId": f"service/{cluster}/{service}"}
    which["ScalableDimension"] = "ecs:service:DesiredCount"
    scaling.register_scalable_target(**which, MinCapacity=1, MaxCapacity=30)

    def metric(name: str, namespace: str, stat: str, **dimensions: str) -> dict:
        pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        told = {"Namespace": namespace, "MetricName": name, "Dimensions": pairs}
        return {"MetricStat": {"Metric": told, "Stat": stat}, "ReturnData": False}

    visible = metric("ApproximateNumberOfMessagesVisible", "AWS/SQS", "Maximum", QueueName=queue)
    tasks = {"ClusterName": cluster, "ServiceName": service}
    running = metric("RunningTaskCount", "ECS/ContainerInsights", "Average", **tasks)
    backlog = {"Id": "backlog", "Expression": "visible / running", "ReturnData": True}
    formula = [{"Id": "visible", **visible}, {"Id": "running", **running}, backlog]
    scaling.put_scaling_policy(
        **which,
        PolicyName="backlog",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": patience / seconds,
            "CustomizedMetricSpecification": {"Metrics": formula},
        },
    )
    ### END SOLUTION


# %%
rush = [*range(0, 600, 60), *range(600, 1500, 4), *range(1500, 3600, 60)]
with account.fresh(empty) as lab:
    begun = open_workers(lab, 20, rush)
    follow_the_queue("shop", "labels", "labels", 20, 300)
    lab.advance(minutes=60)
    tasks = {"ClusterName": "shop", "ServiceName": "labels"}
    told = {"workers": ("ECS/ContainerInsights", "RunningTaskCount", tasks)}
    visible = ("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "labels"})
    told["messages that wait"] = visible
    lines, span = [], {"StartTime": noon / 1000, "EndTime": lab.now, "Period": 60}
    for name, (space, metric, pairs) in told.items():
        place = [{"Name": key, "Value": value} for key, value in pairs.items()]
        asked = {"Namespace": space, "MetricName": metric, "Dimensions": place, **span}
        found = boto3.client("cloudwatch").get_metric_statistics(**asked, Statistics=["Maximum"])
        lines += [(p["Timestamp"], p["Maximum"], name) for p in found["Datapoints"]]
print(f"the longest wait: {max((waited for _, waited in begun), default=0) / 60:.0f} minutes")
lines = pd.DataFrame(lines, columns=["time", "number", "of"]).pivot_table("number", "time", "of")
lines["messages for each worker"] = lines.pop("messages that wait") / lines.workers
title = "A rush of 15 minutes, who works on it, and the acceptable backlog"
show.series(lines.reset_index(), title=title, unit="count", threshold=15)

# %% check="scale_the_workers" points=4 skills="4.1.S2 4.3.S1 4.3.S7" tests="F10.3-10"
with account.fresh(empty) as trial:
    begun, scaling = open_workers(trial, 20, [1]), boto3.client("application-autoscaling")
    try:
        follow_the_queue("shop", "labels", "labels", 20, 300)
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error}") from None
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    made = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
assert targets, "follow_the_queue did nothing yet: no scalable target is registered."
limits = targets[0]["MinCapacity"], targets[0]["MaxCapacity"]
assert limits == (1, 30), f"1 to 30 tasks are wanted; you registered {limits}."
assert made, "The service may be scaled, and no policy says when."
### BEGIN HIDDEN TESTS
import random

from course.incidents.seeds import hidden_seed


def judge_rush(seconds: int, patience: int, arrivals: list, seed: int, minutes: int) -> None:
    """Raise AssertionError unless messages are begun in time, by not many more tasks than needed."""
    rng = random.Random(seed)
    names = [f"{word}{rng.randrange(99)}" for word in ("depot", "packer", "parcels")]
    begin = 1767600000000 + 60_000 * rng.randrange(100_000)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        begun = open_workers(trial, seconds, arrivals, tuple(names))
        try:
            follow_the_queue(*names, seconds, patience)
        except Exception as error:
            raise AssertionError(
                f"In another shop follow_the_queue ended with {type(error).__name__}: {error}"
            ) from None
        trial.advance(minutes=minutes)
        cluster, service = names[:2]
        pairs = {"ClusterName": cluster, "ServiceName": service}
        points = boto3.client("cloudwatch").get_metric_statistics(
            Namespace="ECS/ContainerInsights",
            MetricName="RunningTaskCount",
            Dimensions=[{"Name": key, "Value": value} for key, value in pairs.items()],
            StartTime=begin / 1000,
            EndTime=begin / 1000 + 60 * minutes,
            Period=60,
            Statistics=["Average"],
        )["Datapoints"]
    counts = [each["Average"] for each in sorted(points, key=lambda each: each["Timestamp"])]
    told = (
        f"A message takes {seconds} s and should wait {patience} s at most; {len(arrivals)} come in "
        f"{minutes} minutes. "
    )
    last = {at: waited for at, waited in begun}
    late = [at for at in arrivals if last.get(at, patience + 1) > patience]
    if max(counts) < 1.5:
        raise AssertionError(f"{told}The service has one task all the time. What rises, how far?")
    assert len(last) == len(set(arrivals)), (
        told + f"{len(set(arrivals)) - len(last)} were not begun. How many does a task have?"
    )
    longest = max(last.values())
    assert longest <= 2 * patience, (
        f"{told}One waited {longest:.0f} s, with {max(counts):.0f} tasks at most. What backlog may a "
        "task have, and how long do you wait before you add more?"
    )
    assert len(late) <= 0.45 * len(arrivals), (
        told + f"{len(late)} of {len(arrivals)} waited longer. When are tasks added, and how many?"
    )
    assert counts[-1] <= 1, told + (
        f"Half an hour after the rush {counts[-1]:.0f} tasks are running. What takes them away?"
    )
    work = len(arrivals) * seconds / 60
    assert sum(counts) <= 2.6 * work + 10, (
        told + f"The work is {work:.0f} minutes of a task; you paid for {sum(counts):.0f}, with "
        f"{max(counts):.0f} tasks at most. Does your metric fall when tasks are added?"
    )


dice = hidden_seed("scale_the_workers")
rush = [*range(0, 480, 60), *range(480, 1300 + dice % 90, 4), *range(1500, 3600, 60)]
judge_rush(20, 300, rush, dice, 60)
rush = [*range(0, 400, 90), *range(400, 1600 + dice % 90, 10), *range(1800, 3900, 120)]
judge_rush(60, 240, rush, dice + 1, 65)
### END HIDDEN TESTS

# %% [markdown] facts="F10.3-11 F10.3-12 F10.3-13"
# ### Spot: cheap tasks that may be taken away
#
# **Fargate Spot** costs up to 70 % less. AWS may take such a task back, with a warning of **two minutes**: an event
# in EventBridge, and `SIGTERM` to your program. `SIGKILL` follows after `stopTimeout`, which is **30 s** if you do not
# say 120. It suits work that is stateless, and that somebody else can repeat. (ECS Developer Guide, "Fargate Spot
# termination notices".)
#
# A label for a pallet takes 70 s. Two workers get the same warning; look what becomes of their messages.


# %%
story, spot = [], {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
for timeout in (30, 120):
    with account.fresh(empty) as lab:
        ecs, sqs = boto3.client("ecs"), boto3.client("sqs")
        url = sqs.create_queue(QueueName="pallets")["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "300"})
        lab.image("labels:1", consumes="pallets", message_seconds=70, term_seconds=100)
        arn = define("labels", "labels:1", stopTimeout=timeout)
        ecs.create_service(serviceName="s", taskDefinition=arn, desiredCount=1, **NETWORK, **spot)
        lab.traffic("sqs:pallets", [(60_000, "pallet")])
        lab.spot_interruption(seconds=80)
        lab.advance(minutes=4)
        arns = ecs.list_tasks(desiredStatus="STOPPED")["taskArns"]
        task = ecs.describe_tasks(tasks=arns)["tasks"][0]
        left = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    who, lost = f"stopTimeout {timeout}", left["ApproximateNumberOfMessagesNotVisible"] != "0"
    ends = f"{'killed' if lost else 'finished'} (exit code {task['containers'][0]['exitCode']})"
    story.append({"time": task["stoppingAt"], "text": "warning and SIGTERM", "source": who})
    story.append({"time": task["executionStoppedAt"], "text": ends, "source": who})
show.timeline(story, title="Two workers on Spot, interrupted in the middle of a label")

# %% [markdown]
# ### Exercise 10.9: probes that help (4 points)
#
# Last night the database was away for ten minutes, and ECS stopped every task of the shop, again and again: the load
# balancer's check asks for `/`, which asks the database. On ECS, **any** check that fails ends the task: the
# container's (*liveness*: would a restart help?) and the target group's (*readiness*: may it get requests?).
#
# | path | answers 200, if | else |
# |---|---|---|
# | `/live` | its threads work | 500 |
# | `/ready` | its caches are warm, minutes after the start | 503 |
# | `/` | all of that, and the database answers | 500 |
#
# In the **grace period** of a service neither check counts. (ECS Developer Guide, "Determine task health using
# container health checks"; API reference, `CreateService`.) Write `set_probes`.


# %% fixed="shop_service"
def open_web(lab, listens: int, warm: int, cluster: str = "web", service: str = "shop") -> dict:
    """Two tasks that listen after so many seconds, and are warm later. Returns their trouble."""
    trouble, ecs = {"database": False, "hang_before": 0.0}, boto3.client("ecs")

    def answers(path: str, moment) -> int:
        began = moment.time.timestamp() - moment.seconds
        alive = 500 if began < trouble["hang_before"] else 200
        ready = 200 if moment.seconds >= warm else 503
        return {"/live": alive, "/ready": ready}.get(path, 500 if trouble["database"] else alive)

    lab.image("web:7", ready_after=listens, answers=answers)
    group = {"Name": f"{service}-tg", "Protocol": "HTTP", "Port": 8080, "VpcId": "vpc-1"}
    made = boto3.client("elbv2").create_target_group(**group, TargetType="ip")["TargetGroups"][0]
    target = {"targetGroupArn": made["TargetGroupArn"], "containerPort": 8080}
    given = {"desiredCount": 2, "cluster": cluster, **NETWORK}
    given["loadBalancers"] = [{**target, "containerName": "app"}]
    arn = define("web", "web:7", "512", "1024", portMappings=[{"containerPort": 8080}])
    ecs.create_cluster(clusterName=cluster)
    ecs.create_service(serviceName=service, taskDefinition=arn, **given)
    return trouble


# %% answer="probes"
def set_probes(cluster: str, service: str) -> None:
    """Gives a service of ECS checks that end tasks which are broken, and no others.

    - A task whose threads hang is replaced within five minutes.
    - A task gets requests (is healthy in its target group) when its caches are warm, not before.
    - The start may take up to four minutes until a program listens, and six until it is warm. No
      task may be stopped for that. A target is healthy after five good checks, 30 s apart.
    - When the database is away, no task is stopped.

    The program listens on port 8080; curl is in the image. The target group's ARN is in what
    describe_services says; the container keeps its settings, and gets a check of its own.
    """
    ### BEGIN SOLUTION
    ecs, elb = boto3.client("ecs"), boto3.client("elbv2")
    now = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    group = now["loadBalancers"][0]["targetGroupArn"]
    elb.modify_target_group(TargetGroupArn=group, HealthCheckPath="/ready")
    old = ecs.describe_task_definition(taskDefinition=now["taskDefinition"])["taskDefinition"]
    check = ["CMD", "curl", "-f", "http://localhost:8080/live"]
    container = {**old["containerDefinitions"][0], "healthCheck": {"command": check}}
    kept = ("family", "cpu", "memory", "networkMode", "requiresCompatibilities")
    new = ecs.register_task_definition(
        **{name: old[name] for name in kept}, containerDefinitions=[container]
    )
    ecs.update_service(
        cluster=cluster,
        service=service,
        taskDefinition=new["taskDefinition"]["taskDefinitionArn"],
        healthCheckGracePeriodSeconds=600,
    )
    ### END SOLUTION


# %%
with account.fresh(empty) as lab:
    trouble, ecs = open_web(lab, 60, 150), boto3.client("ecs")
    lab.advance(minutes=10)
    set_probes("web", "shop")
    lab.advance(minutes=20)
    story = [{"time": lab.now, "end": lab.now + pd.Timedelta(minutes=10), "text": "no database"}]
    trouble["database"] = True
    lab.advance(minutes=10)
    arns = ecs.list_tasks(cluster="web", desiredStatus="STOPPED")["taskArns"]
    ended = ecs.describe_tasks(cluster="web", tasks=arns)["tasks"] if arns else []
for task in ended:
    why = task["stoppedReason"].split(" in (")[0]
    why = why if "health" in why else "replaced by the new revision"
    story.append({"time": task["stoppingAt"], "text": why})
show.timeline(story, title="Ten minutes without a database, and the tasks that ECS stops")

# %% check="probes" points=4 skills="4.2.S8"
with account.fresh(empty) as trial:
    open_web(trial, 60, 150)
    trial.advance(minutes=5)
    try:
        set_probes("web", "shop")
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error}") from None
    ecs, elb = boto3.client("ecs"), boto3.client("elbv2")
    service = ecs.describe_services(cluster="web", services=["shop"])["services"][0]
    group = elb.describe_target_groups()["TargetGroups"][0]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
path, [container] = group["HealthCheckPath"], task["containerDefinitions"]
assert path != "/" or "healthCheck" in container, "set_probes did nothing yet."
assert path != "/", "The target group still asks for /, which needs the database."
assert "healthCheck" in container, "The service's containers have no check of their own."
assert container["image"] == "web:7", f"The image was web:7 before; it is {container['image']!r}."
### BEGIN HIDDEN TESTS
import random
import re

from course.incidents.seeds import hidden_seed

LOCAL = r"(http://)?(localhost|127\.0\.0\.1|\[::1\]):8080/"
NO_MATTER_WHAT = r"(\|\||;)\s*(true|:|exit\s+0)\W*$"


class Probed:
    """A service with the student's probes, through a night."""

    def __init__(self, trial, seed: int, listens: int, warm: int) -> None:
        rng = random.Random(seed)
        self.names = f"{rng.choice(['front', 'site'])}{seed % 97}", rng.choice(["till", "pages"])
        self.trial, self.ecs, self.elb = trial, boto3.client("ecs"), boto3.client("elbv2")
        self.listens, self.warm = listens, warm
        self.trouble = open_web(trial, listens, warm, *self.names)
        trial.advance(minutes=2)
        before = self.settings()
        try:
            set_probes(*self.names)
        except Exception as error:
            raise AssertionError(
                f"For another service set_probes ended with {type(error).__name__}: {error}"
            ) from None
        after = self.settings()
        self.judge_requests(after.pop("command", []), after.pop("port"))
        before.pop("port")
        for what in {**before, **after}:
            assert before.get(what) == after.get(what), (
                f"{what} was {before.get(what)!r}, and is {after.get(what)!r} now. What should change?"
            )
        stopped = any(call["operation"] == "StopTask" for call in trial.calls())
        assert not stopped, "set_probes stopped tasks, which ECS replaces by itself."

    def settings(self) -> dict:
        """What is in use, with the container's check and the target group's port."""
        which = {"cluster": self.names[0], "services": [self.names[1]]}
        now = self.ecs.describe_services(**which)["services"][0]
        found = self.ecs.describe_task_definition(taskDefinition=now["taskDefinition"])
        task, group = found["taskDefinition"], self.elb.describe_target_groups()["TargetGroups"][0]
        [container] = task["containerDefinitions"]
        check = container.pop("healthCheck", None)
        kept = {f"{name} of the container": value for name, value in container.items()}
        kept |= {f"{name} of the task": task.get(name) for name in ("cpu", "memory", "networkMode")}
        kept |= {"desiredCount": now["desiredCount"], "port": group["HealthCheckPort"]}
        return kept | ({"command": check["command"]} if check else {})

    def judge_requests(self, command: list, port: str) -> None:
        """Raise AssertionError if a check asks somebody else, or does not hear the answer."""
        text = " ".join(command[1:])
        asks = re.search(r"curl|wget", text) is None or re.search(LOCAL, text)
        assert asks, f"The program listens on port 8080 of its own container. Whom asks {text!r}?"
        assert port in ("traffic-port", "8080"), f"Nobody listens on port {port} of a target."
        assert not re.search(NO_MATTER_WHAT, text), (
            f"{text!r} ends with exit code 0 whatever the answer is. What would tell ECS of a 500?"
        )
        assert command[:1] != ["CMD"] or " " not in command[1], (
            f"CMD starts a program, without a shell. No program has the name {command[1]!r}."
        )

    def stopped(self) -> list:
        """What ECS says of each task that it has stopped because of a check."""
        mine = {"cluster": self.names[0]}
        arns = self.ecs.list_tasks(**mine, desiredStatus="STOPPED")["taskArns"]
        found = self.ecs.describe_tasks(**mine, tasks=arns)["tasks"] if arns else []
        return [task["stoppedReason"] for task in found if "health check" in task["stoppedReason"]]

    def running(self) -> set:
        return set(self.ecs.list_tasks(cluster=self.names[0])["taskArns"])

    def healthy(self) -> int:
        group = self.elb.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
        found = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return sum(each["TargetHealth"]["State"] == "healthy" for each in found)

    def start_again(self) -> None:
        """All tasks are replaced by new ones."""
        self.ecs.update_service(cluster=self.names[0], service=self.names[1], desiredCount=0)
        self.trial.advance(minutes=3)
        before = len(self.stopped())
        self.ecs.update_service(cluster=self.names[0], service=self.names[1], desiredCount=2)
        told = f"A program listens after {self.listens} s and is warm after {self.warm} s. "
        self.trial.advance(seconds=self.warm + 20)
        early = self.stopped()[before:]
        assert not early, (
            told + f"ECS stops the new tasks before: {early[0][:48]!r}. How long may a start take?"
        )
        assert not self.healthy(), (
            f"{told}By then targets are healthy already: they got requests when they were cold."
        )
        self.trial.advance(minutes=5)
        late = self.stopped()[before:]
        assert not late, (
            f"{told}Then ECS stops them: {late[0][:48]!r}. How many good checks make a target healthy?"
        )
        assert self.healthy() == 2, told + (
            f"Five minutes after that {self.healthy()} of two targets are healthy. Whom does the target "
            "group ask?"
        )

    def lose_database(self, minutes: int) -> None:
        before = self.stopped()
        self.trouble["database"] = True
        self.trial.advance(minutes=minutes)
        self.trouble["database"] = False
        ended = self.stopped()[len(before) :]
        assert not ended, (
            f"{minutes} minutes without the database, and ECS stops {len(ended)} tasks: {ended[-1][:48]!r}. "
            "Would a restart have brought the database back?"
        )

    def hang(self) -> None:
        before = self.running()
        self.trouble["hang_before"] = self.trial.now.timestamp()
        self.trial.advance(minutes=5)
        left = before & self.running()
        assert not left, (
            f"The threads of two tasks hang, and five minutes later {len(left)} of them are still running. "
            "Who asks for /live, and does the command fail when the answer is a 500?"
        )


dice = hidden_seed("probes")
for listens, warm in ((230, 350), (20 + dice % 20, 200 + dice % 90)):
    begin = 1767600000000 + 60_000 * (dice % 100_000)
    with account.fresh(World("trial", begin, begin, [], [])) as trial:
        web = Probed(trial, dice + warm, listens, warm)
        web.start_again()
        web.lose_database(11 + dice % 7)
        web.hang()
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 10.10: profile first (3 points)
#
# The nightly `settle` needs 40 minutes, and a bigger task made it hardly faster. A **profiler** tells which functions
# a program spends itself in: `cProfile` counts calls and time of each (`tottime`: in itself, `cumtime`: with what it
# calls). In production Amazon CodeGuru Profiler did so for Java and Python; X-Ray shows only what you have
# instrumented.
#
# Look which two functions cost nearly everything, and *how often* they are called. Then write `totals`: the same result,
# without that work. Judged is counted work, lines and calls, which is the same on every machine.


# %% fixed="slow_totals"
import cProfile
import pstats
import sys


def price_of(price_list: str, sku: str) -> int:
    """The price of an article in cents. Of several rows with its number the first one counts."""
    for row in json.loads(price_list):
        if row["sku"] == sku:
            return row["cents"]
    raise KeyError(sku)


def is_earlier(other: dict, order: dict) -> bool:
    return other["customer"] == order["customer"] and other["at"] < order["at"]


def placed_before(order: dict, orders: list[dict]) -> int:
    """How many orders the same customer had placed before, at an earlier time."""
    return sum(is_earlier(other, order) for other in orders)


# %% fixed="program"
def settle(orders: list[dict], price_list: str) -> dict[str, int]:
    """The price of each order in cents: 5 % less from a customer's fourth order on."""
    totals = {}
    for order in orders:
        cents = sum(price_of(price_list, sku) * count for sku, count in order["items"].items())
        is_regular = placed_before(order, orders) >= 3
        totals[order["id"]] = cents * 95 // 100 if is_regular else cents
    return totals


# %% fixed="work_of"
def work_of(function, *given) -> int:
    """How many lines of Python a call executes, and how many functions of Python it calls."""
    counted, before = 0, sys.gettrace()

    def count(frame, event, argument):
        nonlocal counted
        counted += event in ("line", "call")
        return count

    sys.settrace(count)
    try:
        function(*given)
    finally:
        sys.settrace(before)
    return counted


# %%
rng = random.Random(5)
prices = json.dumps([{"sku": f"a-{n}", "cents": rng.randrange(99, 9900)} for n in range(80)])
customers, sales = [f"c-{n}" for n in range(40)], []
for number in range(160):
    basket = {f"a-{rng.randrange(80)}": rng.randint(1, 3) for _ in range(3)}
    sale = {"id": f"ord-{number}", "customer": rng.choice(customers), "items": basket}
    sales.append({**sale, "at": noon + 1000 * rng.randrange(86_400)})
with cProfile.Profile() as profile:
    settle(sales, prices)
stats = pstats.Stats(profile).stats  # (file, line, name): calls, ..., time in itself, with callees
rows = [{"function": name, "calls": found[1], "cumtime ms": round(1000 * found[3], 1)}
        for (_, _, name), found in stats.items() if name[0] != "<"]  # fmt: skip
rows = sorted(rows, key=lambda row: -row["calls"])[:7]
print("times differ from machine to machine:", sorted(rows, key=lambda row: -row["cumtime ms"])[0])
calls = pd.DataFrame([{key: row[key] for key in ("function", "calls")} for row in rows])
title = "160 orders, and how often settle calls what"
show.bars(calls, label="function", value="calls", title=title, unit="calls")


# %% answer="profile"
def totals(orders: list[dict], price_list: str) -> dict[str, int]:
    """What settle(orders, price_list) returns, without its repeated work.

    orders: in any order of time; "at" (epoch ms) may be the same for several.
    price_list: the text of a list of {"sku", "cents"}, in JSON. KeyError for an article that is not
    in it.
    Ten times as many orders, or as long a list, may be about ten times the work, not a hundred times.

    >>> totals([{"id": "o-1", "customer": "c-1", "at": 7, "items": {"a-1": 2}}],
    ...        '[{"sku": "a-1", "cents": 500}]')
    {'o-1': 1000}
    """
    ### BEGIN SOLUTION
    prices = {row["sku"]: row["cents"] for row in reversed(json.loads(price_list))}
    fourth: dict = {}
    for order in orders:
        fourth.setdefault(order["customer"], []).append(order["at"])
    for times in fourth.values():
        times.sort()
    found = {}
    for order in orders:
        cents = sum(prices[sku] * count for sku, count in order["items"].items())
        times = fourth[order["customer"]]
        is_regular = len(times) > 3 and times[2] < order["at"]
        found[order["id"]] = cents * 95 // 100 if is_regular else cents
    return found
    ### END SOLUTION


# %%
rows = [{"orders": count, "settle": work_of(settle, sales[:count], prices),
         "totals": work_of(totals, sales[:count], prices)} for count in (20, 40, 80, 160)]  # fmt: skip
print("the same result:", totals(sales, prices) == settle(sales, prices))
show.table(rows, "Lines and calls for so many orders")

# %% check="profile" points=3 skills="4.1.S1 4.3.S2 4.3.S8"
one = {"id": "o-1", "customer": "c-1", "items": {"a-1": 2}}
four = [{**one, "id": f"o-{n}", "at": 10 * n} for n in range(4)]
listed = '[{"sku": "a-1", "cents": 500}, {"sku": "a-2", "cents": 70}]'
found = totals(four, listed)
assert found is not None, "totals returned nothing yet: return the price of each order."
expected = {"o-0": 1000, "o-1": 1000, "o-2": 1000, "o-3": 950}
assert found == expected, f"Four orders of c-1, one after the other: {expected}, not {found}."
### BEGIN HIDDEN TESTS
import json
import random
import sys

from course.incidents.seeds import hidden_seed

SCANS = {"count", "index", "remove", "insert"}  # methods that walk through a list


def right_totals(orders: list, rows: list, **wrong) -> dict:
    """The totals; `wrong` puts one misconception in their place."""
    prices: dict = {}
    for row in rows if wrong.get("last_price") else reversed(rows):
        prices[row["sku"]] = row["cents"]
    found = {}
    for place, order in enumerate(orders):
        others = orders[:place] if wrong.get("as_listed") else orders
        if wrong.get("sorted"):
            others = sorted(orders, key=lambda each: each["at"])
            others = others[: others.index(order)]
        before = [o for o in others if o["customer"] == order["customer"]]
        if not wrong.get("as_listed") and not wrong.get("sorted"):
            late = wrong.get("ties", False)
            before = [o for o in before if o["at"] < order["at"] + late and o is not order]
        regular = len(before) >= wrong.get("from", 3)
        cents = sum(prices[sku] * count for sku, count in order["items"].items())
        found[order["id"]] = cents * 95 // 100 if regular else cents
    return found


BELIEFS = [
    ({"last_price": True}, "of several rows for an article the last one counts."),
    ({"as_listed": True}, "orders come in the order of their time."),
    ({"sorted": True}, "of two orders of the same moment one was placed before the other."),
    ({"ties": 1}, "an order of the same moment was placed before."),
    ({"from": 4}, "the fifth order is the first to get a discount."),
    ({"from": 2}, "the third order gets a discount."),
]


def night(rng: random.Random, orders: int, articles: int) -> tuple[list, list]:
    """Orders of a night, and the rows of a price list, some of them twice."""
    tag = rng.choice("xyz")
    rows = [{"sku": f"{tag}{n}", "cents": rng.randrange(99, 9900)} for n in range(articles)]
    rows += [{"sku": row["sku"], "cents": row["cents"] + 7} for row in rng.sample(rows, 9)]
    rng.shuffle(rows)
    sold = [
        {
            "id": f"n-{n}",
            "customer": f"k-{rng.randrange(max(1, orders // 6))}",
            "at": 1_790_000_000_000 + 1000 * rng.randrange(orders),
            "items": {f"{tag}{rng.randrange(articles)}": rng.randint(1, 4) for _ in range(2)},
        }
        for n in range(orders)
    ]
    return sold, rows


def counted(orders: list, rows: list) -> dict:
    """The work of a call: lines and calls, how often json.loads runs, what lists are scanned."""
    work, text = {"steps": 0, "loads": 0, "scanned": 0}, json.dumps(rows)

    def trace(frame, event, argument):
        work["steps"] += event in ("line", "call")
        work["loads"] += event == "call" and frame.f_code.co_name == "loads"
        return trace

    def profile(frame, event, argument):
        if event == "c_call" and getattr(argument, "__name__", "") in SCANS:
            owner = getattr(argument, "__self__", None)
            work["scanned"] += len(owner) if isinstance(owner, list | tuple) else 0

    before, watcher = sys.gettrace(), sys.getprofile()
    sys.setprofile(profile)
    sys.settrace(trace)
    try:
        totals(orders, text)
    finally:
        sys.settrace(before)
        sys.setprofile(watcher)
    return work


def judge_result(rng: random.Random) -> None:
    """Raise AssertionError unless totals are right where orders and prices are less tidy."""
    orders, rows = night(rng, 150, 40)
    given = json.loads(json.dumps(orders))
    try:
        found = totals(given, json.dumps(rows))
    except Exception as error:
        raise AssertionError(f"totals ended with {type(error).__name__}: {error}") from None
    assert given == orders, "Afterwards the orders are not what they were."
    expected = right_totals(orders, rows)
    if found != expected:
        told = "150 other orders, and totals is not what settle returns. "
        for belief, meaning in BELIEFS:
            assert found != right_totals(orders, rows, **belief), (
                told + f"That is what you get when {meaning}"
            )
        differ = [name for name in expected if found.get(name) != expected[name]]
        raise AssertionError(told + f"{len(differ)} prices differ. Who gets a discount?")
    strange = [{**orders[0], "items": {"nobody-has-this": 1}}]
    try:
        totals(strange, json.dumps(rows))
    except KeyError:
        return
    raise AssertionError("An article that is in no row of the list: settle ends with a KeyError.")


def judge_work(rng: random.Random) -> None:
    """Raise AssertionError unless the work grows as the orders and the list do."""
    few, more = counted(*night(rng, 60, 40)), counted(*night(rng, 480, 40))
    assert more["loads"] <= 3, (
        f"480 orders, one price list, and json.loads is called {more['loads']} times. Who asks for it?"
    )
    longer = counted(*night(rng, 60, 400))
    added = longer["steps"] + longer["scanned"] - few["steps"] - few["scanned"]
    assert added <= 25 * 360, (
        f"60 orders and 360 articles more in the list: {added:,} more lines, calls and steps through "
        "lists. How does one find a price without a walk through all of them?"
    )
    times = (more["steps"] + more["scanned"]) / (few["steps"] + few["scanned"])
    assert times <= 13, (
        f"Eight times as many orders are {times:.0f} times the work. For each order, what do you look "
        "through, and could you know it beforehand?"
    )
    assert more["steps"] <= 400 * 480, (
        f"480 orders, and {more['steps']:,} lines and calls: {more['steps'] // 480:,} for each order, "
        "libraries included. What is done again for each of them?"
    )


judge_result(random.Random(hidden_seed("profile")))
judge_work(random.Random(hidden_seed("profile, work")))
### END HIDDEN TESTS

# %% [markdown]
# ### Incident 10: four hours behind (4 points)
#
# The function `ledger` books what sellers earn, from a stream with three shards. From 06:00 to 10:00 it was switched
# off. At 10:20 it is **still four hours behind**: `IteratorAge` rises. Four shops, four causes:
#
# | cause | what is wrong |
# |---|---|
# | `poison` | a record cannot be booked; its batch is tried again and again, and its shard waits |
# | `hot_shard` | one shard has nearly everything, and only one batch of it is worked on at a time |
# | `slow_handler` | the function has too little memory, and thereby CPU |
# | `throttled` | reserved concurrency holds it back |
#
# Not each error is a poison: some records fail until the bank opens, at 10:02.

# %%
from course.incidents import four_hours

last = """filter message = "begun" | stats count(*) as begun, count_distinct(at) as records,
min(age) as youngest, max(age) as oldest by shard"""
logs, stats = boto3.client("logs").get_paginator("filter_log_events"), []
behind, lines_of = [], {}
for cause in four_hours.CAUSES:
    told, row = four_hours.shop(cause), {"cause": cause}
    with account.fresh(four_hours.world(told)) as lab:
        told.start(lab)
        behind.append(ask(last, (group := f"/aws/lambda/{told.function}"), 10).assign(cause=cause))
        pages = logs.paginate(logGroupName=group, filterPattern="begun")
        lines_of[cause] = [json.loads(e["message"]) for page in pages for e in page["events"]]
        asked = {"Dimensions": [{"Name": "FunctionName", "Value": told.function}], "Period": 1200}
        asked |= {"StartTime": lab.now.timestamp() - 1200, "EndTime": lab.now}
        asked |= {"Namespace": "AWS/Lambda", "Statistics": ["Sum", "Average"]}
        for name, stat in (("Errors", "Sum"), ("Throttles", "Sum"), ("Duration", "Average")):
            found = boto3.client("cloudwatch").get_metric_statistics(**asked, MetricName=name)
            row[name] = round(found["Datapoints"][0][stat])
    stats.append(row)

# %%
print(show.table(stats, "Twenty minutes of metrics"))
print(show.table(pd.concat(behind), "The last ten minutes, from the log", rows=12))
kinds = pd.DataFrame(lines_of["hot_shard"]).groupby("shard")  # in pandas: one shop, all its minutes
print(kinds.agg(begun=("at", "size"), records=("at", "nunique"), oldest=("age", "max")))


# %% answer="hours_behind"
def catch_up(function: str, failures: str) -> str:
    """Finds what keeps a function behind its Kinesis stream, mends that, returns the cause.

    function: has one event source mapping; batches of 4 records. On 1,769 MB a record takes 9 s. Its
      log has a line of JSON for each record that is begun: {"message": "begun", "shard",
      "at" (its sequence number), "seller" (its partition key), "age" (seconds)}, and one for each
      that is booked: {"message": "booked", "id", "cents", "shard", "at"}.
    failures: the ARN of an SQS queue which is to be told of records that cannot be booked.
    Exactly one thing is wrong; returns "poison", "hot_shard", "slow_handler" or "throttled".
    15 minutes later the function is less than a minute behind. Each record is booked, or the queue
    was told of it; records of a seller are booked in their order. Nothing else has changed.

    >>> catch_up("ledger", "arn:aws:sqs:us-east-1:123456789012:ledger-failures")
    'throttled'
    """
    ### BEGIN SOLUTION
    client = boto3.client("lambda")
    mapping = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"][0]
    now = int(time.time())
    counted = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Throttles",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=now - 600,
        EndTime=now,
        Period=600,
        Statistics=["Sum"],
    )["Datapoints"]
    if sum(each["Sum"] for each in counted) > 20:
        client.delete_function_concurrency(FunctionName=function)
        return "throttled"
    query = """filter message = "begun"
        | stats count(*) as times, max(age) as oldest by shard, at"""
    tried = ask(query, f"/aws/lambda/{function}", minutes=10)
    if tried.times.max() > 3:
        client.update_event_source_mapping(
            UUID=mapping["UUID"],
            BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=3,
            DestinationConfig={"OnFailure": {"Destination": failures}},
        )
        return "poison"
    if (tried.groupby("shard").oldest.max() > 3600).sum() == 1:
        client.update_event_source_mapping(UUID=mapping["UUID"], ParallelizationFactor=10)
        return "hot_shard"
    client.update_function_configuration(FunctionName=function, MemorySize=1769)
    return "slow_handler"
    ### END SOLUTION


# %%
rows = []
for cause in four_hours.CAUSES:
    told = four_hours.shop(cause)
    with account.fresh(four_hours.world(told)) as lab:
        told.start(lab)
        said = catch_up(told.function, told.failures)
        after = told.later(lab)  # 15 minutes more, with the settings of now
    row = {"cause": cause, "you say": said, "minutes behind": round(after.behind / 60)}
    rows.append({**row, "not booked": after.lost + after.told, "told to the queue": after.told})
show.table(rows, "Fifteen minutes after your repair")

# %% check="hours_behind" points=4 skills="4.1.S2 4.3.S1 4.3.S9" tests="F4.3-12 F4.3-13 F4.3-14 F4.3-17 F11.2-08"
from course.incidents import four_hours

told = four_hours.shop("throttled")
with account.fresh(four_hours.world(told)) as trial:
    told.start(trial)
    engine, name = boto3.client("lambda"), {"FunctionName": told.function}
    try:
        said = catch_up(told.function, told.failures)
    except Exception as refused:
        kind = type(refused).__name__
        raise AssertionError(f"catch_up ended with {kind}: {refused}") from None
    limit = engine.get_function_concurrency(**name).get("ReservedConcurrentExecutions")
assert said is not None or limit != 1, "catch_up returned nothing yet, mended nothing."
assert limit is None or limit > 3, (
    f"You say {said!r}. This function is throttled 10 times a minute, with a concurrency of {limit}."
)
assert said == "throttled", f"The concurrency was mended, and you say {said!r}."
### BEGIN HIDDEN TESTS
import boto3

from course import account
from course.incidents import four_hours
from course.incidents.seeds import hidden_seed

ENGINE, STREAMS = boto3.client("lambda"), boto3.client("kinesis")
SEEK = {
    "poison": "which record is begun again and again, in the last minutes as well?",
    "hot_shard": "how old is what each shard gives, and how many batches of one are worked on at a time?",
    "slow_handler": "are all shards old, and how long does a record take?",
    "throttled": "are all shards old, and what keeps batches from being begun?",
}
MAY = {
    "poison": {
        "BisectBatchOnFunctionError",
        "MaximumRetryAttempts",
        "MaximumRecordAgeInSeconds",
        "DestinationConfig",
        "BatchSize",
    },
    "hot_shard": {"ParallelizationFactor", "BatchSize"},
    "slow_handler": {"MemorySize"},
    "throttled": {"reserved concurrency"},
}
MAPPED = [*sorted(MAY["poison"]), "ParallelizationFactor", "UUID", "EventSourceArn"]


def settings_now(shop: four_hours.Shop) -> dict:
    """Everything that a repair may change."""
    name = {"FunctionName": shop.function}
    mappings = ENGINE.list_event_source_mappings(**name)["EventSourceMappings"]
    found = {f"{key} of mapping {n}": m.get(key) for n, m in enumerate(mappings) for key in MAPPED}
    now = ENGINE.get_function_configuration(**name)
    found |= {key: now.get(key) for key in ("MemorySize", "Timeout", "Environment", "CodeSha256")}
    limit = ENGINE.get_function_concurrency(**name).get("ReservedConcurrentExecutions")
    stream = STREAMS.describe_stream_summary(StreamName=shop.stream)["StreamDescriptionSummary"]
    found |= {"the stream": (stream["StreamStatus"], stream["OpenShardCount"])}
    return found | {"reserved concurrency": limit}


def judge_shop(cause: str) -> None:
    """Raise AssertionError unless this cause is found and mended, and nothing else is touched."""
    shop = four_hours.shop(cause, hidden_seed(f"hours_behind {cause}"))
    with account.fresh(four_hours.world(shop)) as trial:
        shop.start(trial)
        before = settings_now(shop)
        try:
            said = catch_up(shop.function, shop.failures)
        except Exception as refused:
            kind = type(refused).__name__
            raise AssertionError(
                f"In another shop catch_up ended with {kind}: {refused}. Names and numbers differ there."
            ) from None
        after, told = settings_now(shop), f"In another shop, where you say {said!r}: "
        changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        stray = [key for key in changed if key.split(" of ")[0] not in MAY[cause]]
        assert changed, told + f"nothing was changed. {SEEK[cause].capitalize()}"
        by_hand = any(call["operation"].startswith("SendMessage") for call in trial.calls())
        assert not by_hand, told + "catch_up writes to the queue itself. Who knows which record failed?"
        assert not stray, told + (
            f"{stray[0]} went from {before.get(stray[0])!r} to {after.get(stray[0])!r}, and was well as "
            f"it was. {SEEK[cause].capitalize()}"
        )
        came = shop.later(trial)
    assert came.told <= 1, told + (
        f"one record cannot be booked, and {came.told} were given up. What becomes of the others of a batch?"
    )
    assert came.behind < 60, told + (
        f"15 minutes later it is still {came.behind / 60:.0f} minutes behind. {SEEK[cause].capitalize()}"
    )
    assert came.lost == 0, told + (
        f"15 minutes later, records of the morning that are neither booked nor told to the queue: "
        f"{came.lost}. Are they lost, or do they wait still?"
    )
    assert said == cause, f"In another shop all is mended, and you say {said!r}: that was not it."


for cause in ("poison", "hot_shard", "slow_handler"):
    judge_shop(cause)
### END HIDDEN TESTS

# %% [markdown] quiz="quiz.toml" points=12
# **What you can say now:** how a name, a key and a shard share out work; which size a task needs, and who adds tasks
# when; which check ends a task, and whether it should; where a program spends itself; and, when a reader is four hours
# behind, what holds it.
#
# ## Quiz (12 points)
#
# Twelve situations as the exam words them. One option is right; the others are right elsewhere. Your
# feedback explains all four.
