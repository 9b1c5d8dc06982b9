"""CloudTrail material for single exercises: seeded, small, without a whole world.

Each sample comes as data alone, and its truth from a second function with the same seed, for
whoever judges an answer. Both are drawn together, so they always agree.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from datetime import UTC, datetime
from random import Random
from statistics import median
from typing import Any, Literal

from course.incidents import scribe
from course.incidents.scribe import ACCOUNT, REGION, Actor, Scribe, denied
from course.incidents.seeds import PUBLIC, hexadecimal, stream, uuid
from course.incidents.times import iso
from course.telemetry.trail import digest, insights, lags, signing
from course.telemetry.trail.digest import Digest, LogFile, Place
from course.telemetry.trail.records import Record, time_of

_PUBLIC_START = 1_773_705_600_000  # 2026-03-17T00:00:00Z
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
_PEOPLE = ("alice", "bob", "chen", "erin", "farid", "greta", "hana", "ivan", "lena", "omar")
_ROLES = ("ci-deploy", "terraform", "data-jobs", "release-bot", "support-tools")
_BUCKETS = ("exports", "invoices", "reports", "uploads", "archive", "backups", "receipts")
_BUCKET_CALLS = (
    "ListBuckets",
    "GetBucketPolicy",
    "GetBucketLocation",
    "CreateBucket",
    "PutBucketTagging",
)
Who = Literal["AssumedRole", "IAMUser", "AWSService", "untyped"]
KINDS: tuple[Who, ...] = ("AssumedRole", "IAMUser", "AWSService", "untyped")


def _start(seed: int | str, rng: Random) -> int:
    drawn = _PUBLIC_START + rng.randrange(-60, 60) * DAY
    return _PUBLIC_START if seed == PUBLIC else drawn


# -- who deleted it -----------------------------------------------------------------------------


def deleted_bucket(seed: int | str, who: Who | None = None) -> list[Record]:
    """A night of an account in which somebody deletes a bucket; records in time order.

    who: the kind of identity that did it; drawn by default (a role's session in public). Records of
    every kind of identity are there, some without `userIdentity.type`, as in real trails.
    """
    return _deletion(seed, who)[0]


def deleted_bucket_truth(seed: int | str, who: Who | None = None) -> dict[str, Any]:
    """What happened: bucket, actor (the role's, user's or service's name), session (or None),
    address, time, event_id."""
    return _deletion(seed, who)[1]


def _deletion(seed: int | str, who: Who | None) -> tuple[list[Record], dict[str, Any]]:
    rng, pen = stream(seed, "deleted bucket"), Scribe(stream(seed, "deleted bucket ids"))
    at = _start(seed, rng) + rng.randrange(100, 180) * MINUTE
    kind = _kind(seed, rng) if who is None else who
    bucket, *others = (f"shop-{name}" for name in rng.sample(_BUCKETS, 4))
    decoy, *people = rng.sample(_PEOPLE, 4)
    culprit, name, session = _culprit(rng, kind, at)
    done = _bucket_call(pen, at, culprit, "DeleteBucket", bucket)
    users = [scribe.user(rng, each, f"203.0.113.{rng.randint(2, 99)}") for each in people]
    bob = scribe.user(rng, decoy, f"203.0.113.{rng.randint(100, 199)}")
    written = [
        done,
        *_attempts(pen, bob, bucket, at - rng.randint(18, 30) * MINUTE),
        pen.write(at - 6 * MINUTE, culprit, "cloudtrail", "StopLogging", {"name": "shop"}),
        *_secrets(rng, pen, culprit, at - 9 * MINUTE),
        _bucket_call(pen, at - 40 * MINUTE, users[0], "DeleteBucket", others[0]),
        _bucket_call(pen, at - 3 * MINUTE, users[1], "DeleteBucketPolicy", bucket),
        _gone(pen, users[1], bucket, at + rng.randint(3, 9) * MINUTE),
        *_night(rng, pen, users, [bucket, *others], at),
    ]
    truth = {
        "bucket": bucket,
        "actor": name,
        "session": session,
        "address": culprit.address,
        "time": done["eventTime"],
        "event_id": done["eventID"],
    }
    return sorted(written, key=lambda record: str(record["eventTime"])), truth


def _kind(seed: int | str, rng: Random) -> Who:
    return "AssumedRole" if seed == PUBLIC else rng.choice(KINDS)


def _culprit(rng: Random, kind: Who, at: int) -> tuple[Actor, str, str | None]:
    address = f"198.51.100.{rng.randint(20, 250)}"
    if kind == "AWSService":
        name = rng.choice(("cloudformation.amazonaws.com", "s3.amazonaws.com"))
        return scribe.service(name), name, None
    if kind == "AssumedRole":
        role, session = rng.choice(_ROLES), f"build-{rng.randint(100, 999)}"
        return scribe.session(rng, role, session, at - 12 * MINUTE, address), role, session
    name = rng.choice(("deploy", "legacy-backup", "contractor"))
    actor = scribe.user(rng, name, address)
    return (_untyped(actor) if kind == "untyped" else actor), name, None


def _untyped(actor: Actor) -> Actor:
    """An identity without its type, as some real records have it."""
    identity = {name: value for name, value in actor.identity.items() if name != "type"}
    return Actor(identity, actor.address, actor.agent)


def _bucket_call(
    pen: Scribe,
    at: int,
    actor: Actor,
    name: str,
    bucket: str,
    error: tuple[str, str] | None = None,
) -> Record:
    host = f"{bucket}.s3.{REGION}.amazonaws.com"
    record = pen.write(at, actor, "s3", name, {"bucketName": bucket, "Host": host}, error=error)
    arn = {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}
    return record | {"resources": [arn]}


def _attempts(pen: Scribe, actor: Actor, bucket: str, at: int) -> list[Record]:
    """Three tries that were denied, before: whoever counts them blames the wrong person."""
    error = denied(actor, "s3:DeleteBucket", f"arn:aws:s3:::{bucket}")
    return [
        _bucket_call(pen, at + n * 20_000, actor, "DeleteBucket", bucket, error) for n in range(3)
    ]


def _gone(pen: Scribe, actor: Actor, bucket: str, at: int) -> Record:
    error = "NoSuchBucket", "The specified bucket does not exist"
    return _bucket_call(pen, at, actor, "DeleteBucket", bucket, error)


def _secrets(rng: Random, pen: Scribe, actor: Actor, at: int) -> list[Record]:
    return [
        pen.write(
            at + n * rng.randint(300, 900),
            actor,
            "secretsmanager",
            "GetSecretValue",
            {"secretId": f"shop/key-{n}"},
        )
        for n in range(rng.randint(15, 25))
    ]


def _night(
    rng: Random, pen: Scribe, users: list[Actor], buckets: list[str], at: int
) -> list[Record]:
    """What else goes on, by every kind of identity; one record in seventy has no type."""
    role = scribe.session(rng, "monitoring", "collector", at - 5 * HOUR, "192.0.2.31")
    others = [
        role,
        scribe.service("lambda.amazonaws.com"),
        scribe.root(rng, "203.0.113.7"),
        scribe.other_account(rng, "999988887777", "192.0.2.200"),
    ]
    written = []
    for n in range(210):
        actor = rng.choices([*users, *others], [3] * len(users) + [14, 6, 1, 1])[0]
        actor = _untyped(actor) if n % 70 == 35 else actor
        when = at + rng.randrange(-150 * MINUTE, 60 * MINUTE)
        name = rng.choice(_BUCKET_CALLS)
        written.append(_bucket_call(pen, when, actor, name, rng.choice(buckets)))
    return written


# -- call rates ---------------------------------------------------------------------------------

_STEADY = (
    # source, name, calls a day
    ("ec2", "RunInstances", 12),
    ("ec2", "DescribeInstances", 140),
    ("s3", "PutBucketTagging", 20),
    ("lambda", "UpdateFunctionCode20150331v2", 9),
    ("secretsmanager", "GetSecretValue", 60),
    ("iam", "ListRoles", 40),
)
_DAYS = 15


def call_rates(seed: int | str) -> list[Record]:
    """Fifteen days of an account in time order: steady calls, a weekly batch, and bursts.

    The batch (CreateSnapshot) runs every seventh day at the same time and belongs there. In the
    last two days stand a burst of writes, a burst of reads, and a burst of reads that are denied.
    """
    return _rates(seed)[0]


def call_rates_truth(seed: int | str) -> list[dict[str, Any]]:
    """The episodes that must be reported, in time order: insightType, eventSource, eventName,
    errorCode (or None), start and end (the first and the last minute, as texts)."""
    return _rates(seed)[1]


def _rates(seed: int | str) -> tuple[list[Record], list[dict[str, Any]]]:
    rng, pen = stream(seed, "call rates"), Scribe(stream(seed, "call rates ids"))
    start = _start(seed, rng) - _DAYS * DAY
    team = [scribe.user(rng, name, "203.0.113.20") for name in rng.sample(_PEOPLE, 3)]
    written = [record for each in _STEADY for record in _steady(rng, pen, team, start, *each)]
    batch = scribe.session(rng, "backup", "weekly", start, "192.0.2.60")
    first = start + rng.randrange(0, 20) * HOUR
    for week in range(3):
        begin = first + week * 7 * DAY
        if begin < start + _DAYS * DAY:
            written += _burst(pen, batch, begin, ("ec2", "CreateSnapshot"), 200, 4)
    thief = scribe.session(rng, rng.choice(_ROLES), "i-0abc", start, "198.51.100.66")
    last = start + (_DAYS - 2) * DAY + rng.randrange(10 * 60) * MINUTE
    stolen = _burst(pen, thief, last, ("ec2", "RunInstances"), rng.randint(60, 150), 3)
    reading = last + 5 * HOUR + rng.randrange(60) * MINUTE
    reads = _burst(pen, team[0], reading, ("ec2", "DescribeInstances"), 400, 5)
    probing = reading + 4 * HOUR + rng.randrange(60) * MINUTE
    error = denied(thief, "secretsmanager:GetSecretValue", "*")
    call = ("secretsmanager", "GetSecretValue")
    probes = _burst(pen, thief, probing, call, rng.randint(40, 90), 2, error)
    written += stolen + reads + probes
    truth = [
        _episode(insights.CALL_RATE, stolen, None),
        _episode(insights.ERROR_RATE, probes, error[0]),
    ]
    return sorted(written, key=lambda record: str(record["eventTime"])), truth


def _steady(
    rng: Random, pen: Scribe, team: list[Actor], start: int, source: str, name: str, a_day: int
) -> list[Record]:
    return [
        pen.write(start + rng.randrange(_DAYS * DAY), rng.choice(team), source, name)
        for _ in range(a_day * _DAYS)
    ]


def _burst(
    pen: Scribe,
    actor: Actor,
    at: int,
    call: tuple[str, str],
    count: int,
    minutes: int,
    error: tuple[str, str] | None = None,
) -> list[Record]:
    """Calls spread evenly over some minutes, so that every one of these minutes is busy."""
    begin = at // MINUTE * MINUTE
    return [
        pen.write(begin + n * minutes * MINUTE // count, actor, *call, error=error)
        for n in range(count)
    ]


def _episode(kind: str, records: list[Record], code: str | None) -> dict[str, Any]:
    minutes = [time_of(record) // MINUTE * MINUTE for record in records]
    return {
        "insightType": kind,
        "eventSource": records[0]["eventSource"],
        "eventName": records[0]["eventName"],
        "errorCode": code,
        "start": iso(min(minutes)),
        "end": iso(max(minutes)),
    }


# -- log files, and how late they are -----------------------------------------------------------


def log_files(seed: int | str, n: int = 600) -> list[dict[str, Any]]:
    """Log files as a trail delivers them: "key", "lastModified" (UTC text), "records".

    n events of about three hours, each in the first file written after it was ready, files in the
    order of their keys. The time of delivery stands in the key by the minute.
    """
    rng, pen = stream(seed, "log files"), Scribe(stream(seed, "log files ids"))
    start = _start(seed, rng) + rng.randrange(6, 16) * HOUR
    team = [scribe.user(rng, name, "203.0.113.20") for name in rng.sample(_PEOPLE, 3)]
    by_time: dict[int, list[Record]] = defaultdict(list)
    for _ in range(n):
        source, name, _often = rng.choice(_STEADY)
        record = pen.write(start + rng.randrange(3 * HOUR), rng.choice(team), source, name)
        ready = time_of(record) + lags.to_file(record["eventID"])
        by_time[lags.next_file(ready)].append(record)
    place = Place("shop-audit", "", ACCOUNT, "shop", REGION)
    return [
        {
            "key": place.log_key(REGION, at, digest.unique(seed, at)),
            "lastModified": iso(at + rng.randrange(1000, 9000)),
            "records": sorted(records, key=lambda record: str(record["eventTime"])),
        }
        for at, records in sorted(by_time.items())
    ]


def log_files_truth(seed: int | str, n: int = 600) -> dict[str, float]:
    """How late events are, in minutes by lastModified: p50, p90 (nearest rank) and max."""
    late = sorted(
        (_milliseconds(file["lastModified"]) - time_of(record)) / MINUTE
        for file in log_files(seed, n)
        for record in file["records"]
    )
    return {"p50": median(late), "p90": late[-(-len(late) * 9 // 10) - 1], "max": late[-1]}


def _milliseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


# -- a digest chain -----------------------------------------------------------------------------


def digest_chain(seed: int | str, hours: int = 6) -> dict[str, Any]:
    """A bucket with log files and their digest files, some of which have been tampered with.

    "objects": bytes by key, gzip files all. "metadata": by the key of a digest file, its object's
    metadata (signature, signature-algorithm). "public_keys": as ListPublicKeys returns them:
    Fingerprint and Value. One log file was altered, one is missing, one was packed anew with its
    content unchanged; one digest file was altered, too.
    """
    return _chain(seed, hours)[0]


def digest_chain_truth(seed: int | str, hours: int = 6) -> dict[str, Any]:
    """Keys of log files: "altered", "missing", "repacked", and "valid", a list of all those whose
    content is as it was delivered; "altered_digest": the key of a digest file."""
    return _chain(seed, hours)[1]


def _chain(seed: int | str, hours: int) -> tuple[dict[str, Any], dict[str, Any]]:
    rng, pen = stream(seed, "digest chain"), Scribe(stream(seed, "digest chain ids"))
    start = _start(seed, rng) + rng.randrange(5, 15) * HOUR
    place = Place("shop-audit", "", ACCOUNT, f"shop-{rng.choice(_BUCKETS)}", REGION)
    team = [scribe.user(rng, name, "203.0.113.20") for name in rng.sample(_PEOPLE, 3)]
    texts: dict[str, str] = {}
    metadata: dict[str, dict[str, str]] = {}
    previous: tuple[Digest, str, str] | None = None
    logs: list[str] = []
    for hour in range(hours):
        begin, end = start + hour * HOUR, start + (hour + 1) * HOUR
        files = []
        for at in range(begin + 10 * MINUTE, end, 15 * MINUTE):
            file, texts[file.key] = _log_file(rng, pen, team, place, at)
            files.append(file)
            logs.append(file.key)
        mark = signing.fingerprint(REGION)
        made = digest.document(place, REGION, begin, end, files, mark, previous)
        text = json.dumps(made, separators=(",", ":"))
        signature = signing.sign(REGION, digest.signed_text(made, text))
        key = made["digestS3Object"]
        texts[key] = text
        metadata[key] = {"signature": signature, "signature-algorithm": digest.ALGORITHM}
        previous = (made, text, signature)
    truth = _tamper(rng, texts, logs, list(metadata))
    objects = {key: digest.pack(text) for key, text in sorted(texts.items())}
    objects[truth["repacked"]] = gzip.compress(texts[truth["repacked"]].encode(), 1, mtime=1)
    public = {
        "Fingerprint": signing.fingerprint(REGION),
        "Value": signing.public_key(REGION),
    }
    return {"objects": objects, "metadata": metadata, "public_keys": [public]}, truth


def _log_file(
    rng: Random, pen: Scribe, team: list[Actor], place: Place, at: int
) -> tuple[LogFile, str]:
    """One file of a few calls of the minutes before it."""
    written = []
    for _ in range(rng.randint(3, 8)):
        source, name, _often = rng.choice(_STEADY)
        when = at - rng.randrange(2 * MINUTE, 8 * MINUTE)
        written.append(pen.write(when, rng.choice(team), source, name))
    key = place.log_key(REGION, at, digest.unique(uuid(rng), hexadecimal(rng, 8)))
    return digest.log_file(place.bucket, key, written)


def _tamper(
    rng: Random, texts: dict[str, str], logs: list[str], digests: list[str]
) -> dict[str, Any]:
    """Change what the sample says was changed; returns the truth about it."""
    altered, missing, repacked = rng.sample(logs, 3)
    content = json.loads(texts[altered])
    content["Records"][0]["sourceIPAddress"] = "203.0.113.99"
    texts[altered] = json.dumps(content, separators=(",", ":"))
    del texts[missing]
    # Not the last one: that an earlier digest was changed shows in the hash that follows it.
    changed = rng.choice(digests[1:-1])
    texts[changed] = texts[changed].replace('"SHA-256"', '"sha-256"', 1)
    return {
        "altered": altered,
        "missing": missing,
        "repacked": repacked,
        "altered_digest": changed,
        "valid": sorted(set(logs) - {altered, missing}),
    }
