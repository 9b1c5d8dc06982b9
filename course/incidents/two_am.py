"""The bucket that was gone at 2 a.m.: a week of an account, and one of three causes behind it.

Every night an export writes to a bucket; one night the bucket is deleted. Who held the role's
session is the same question for each cause, and its answer leads elsewhere: a stolen key took on
the role; a job deleted what its changed configuration named; a person destroyed in the wrong
workspace. Pipeline, job and people do the same harmless things in every world, so that none of
them gives the cause away.
"""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from typing import Any, Literal

from course.incidents import scribe
from course.incidents.scribe import ACCOUNT, REGION, Actor, Scribe, denied
from course.incidents.seeds import PUBLIC, stream, uuid
from course.incidents.times import day, iso, iso_millis
from course.telemetry.trail.records import Record, identifier
from course.telemetry.world import World

Cause = Literal["stolen key", "changed job", "wrong workspace"]
CAUSES: tuple[Cause, ...] = ("stolen key", "changed job", "wrong workspace")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
DAYS = 6
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 aws-sdk-go-v2/1.36.3"
_PUBLIC_NIGHT = 1_774_310_400_000  # 2026-03-24T00:00:00Z
_PEOPLE = ("bob", "chen", "erin", "farid", "greta", "hana", "ivan", "lena")
_JOBS = ("nightly-cleanup", "bucket-janitor", "expiry-sweeper")
_BUCKETS = ("exports", "invoices", "reports", "statements")


def two_am(seed: int | str, cause: Cause | None = None) -> World:
    """The account at nine in the morning after; its `story` is empty.

    cause: drawn by default (a stolen key in public). trail: six days and the night. logs: the
    export, every five minutes of the night, in /aws/lambda/<export function>.
    """
    return _Night(seed, cause).world()


def two_am_truth(seed: int | str, cause: Cause | None = None) -> dict[str, Any]:
    """What happened: bucket, time, role, session, address, cause, and behind: the access key that
    was stolen, the user who changed the job, or the user who destroyed."""
    return _Night(seed, cause).truth


class _Night:
    """One world; everything is drawn when it is made."""

    def __init__(self, seed: int | str, cause: Cause | None) -> None:
        self.rng = rng = stream(seed, "two am")
        self.pen = Scribe(stream(seed, "two am ids"))
        public = seed == PUBLIC
        drawn = rng.choice(CAUSES)
        self.cause = cause or (CAUSES[0] if public else drawn)
        self.midnight = _PUBLIC_NIGHT + (0 if public else rng.randrange(-60, 60) * DAY)
        self.at = self.midnight + 133 * MINUTE + rng.randrange(45_000)
        if not public:
            self.at = self.midnight + rng.randrange(60, 200) * MINUTE + rng.randrange(59_000)
        # The exit of a public VPN: known, but not of the user whose key was stolen.
        self.stranger = f"198.51.100.{rng.randint(100, 250)}"
        self._cast(rng)
        self.shop = "shop" if public else rng.choice(("kiosk", "market", "depot", "arcade"))
        self.bucket = f"{self.shop}-{'exports' if public else rng.choice(_BUCKETS)}"
        self.job = _JOBS[0] if public else rng.choice(_JOBS)
        self.export = f"{self.shop}-export"
        self.trail = [*self._week(), *self._night(), *self._morning()]

    def _cast(self, rng: Random) -> None:
        names = rng.sample(_PEOPLE[1:], 3)
        office = rng.sample(range(10, 99), 5)
        self.bob, *self.people = [
            scribe.user(rng, name, f"203.0.113.{office[place]}")
            for place, name in enumerate(("bob", *names))
        ]
        build = f"192.0.2.{rng.randint(10, 99)}"
        # A machine's user with two keys: the new one, and the old one that nobody took away.
        self.runner = scribe.user(rng, "ci-runner", build)
        self.old_key = scribe.user(rng, "ci-runner", build)
        self.job_address = f"192.0.2.{rng.randint(120, 220)}"

    # -- what is always there -------------------------------------------------------------------

    def _week(self) -> list[Record]:
        """Six days of the pipeline, the job and people with Terraform; none is at fault."""
        rng, written = self.rng, []
        for back in range(DAYS, 0, -1):
            morning = self.midnight - back * DAY + 8 * HOUR
            for _ in range(rng.randint(2, 4)):
                key = self.old_key if back > 3 and rng.random() < 0.5 else self.runner
                written += self._build(key, morning + rng.randrange(9 * HOUR))
            written += self._janitor(morning - rng.randrange(4 * HOUR, 6 * HOUR), [])
            for person in self.people:
                written += self._look(person, morning + rng.randrange(9 * HOUR))
            who = self.people[back % 3]
            written += self._destroy(who, morning + rng.randrange(9 * HOUR), f"{self.shop}-staging")
        # One colleague sometimes comes by way of the VPN that the stranger will use.
        travelling = replace(self.people[0], address=self.stranger)
        written += self._look(travelling, self.midnight - 2 * DAY + 18 * HOUR)
        return [*written, *self._moved(), *self._reconfigured()]

    def _build(self, key: Actor, at: int) -> list[Record]:
        """One build: it takes on its role, deploys, and deletes the bucket it needed."""
        name = f"build-{self.rng.randint(1000, 9999)}"
        assumed, actor = self._assume(at, key, "ci-deploy", name, key.address, scribe.CLI)
        box = f"{self.shop}-{name}"
        return [
            assumed,
            self._call(at + 20_000, actor, "CreateBucket", box),
            self.pen.write(at + 60_000, actor, "lambda", "UpdateFunctionCode20150331v2",
                           {"functionName": "checkout", "publish": True}),
            self._call(at + 95_000, actor, "DeleteBucket", box),
        ]  # fmt: skip

    def _janitor(self, at: int, more: list[str]) -> list[Record]:
        """The job's nightly run: it deletes the temporary bucket, and what else it was told to."""
        service = scribe.service("lambda.amazonaws.com")
        role, agent = f"{self.job}-role", scribe.SDK
        assumed, actor = self._assume(at, service, role, self.job, self.job_address, agent)
        boxes = [f"{self.shop}-tmp-{day(at).replace('/', '')}", *more]
        return [assumed] + [
            self._call(at + 9_000 + n * 700, actor, "DeleteBucket", box)
            for n, box in enumerate(boxes)
        ]

    def _destroy(self, person: Actor, at: int, prefix: str, box: str | None = None) -> list[Record]:
        """A person takes an environment down with Terraform."""
        agent, name = TERRAFORM, str(person.identity["userName"])
        assumed, actor = self._assume(at, person, "terraform", name, person.address, agent)
        queue = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{prefix}-orders"
        return [
            assumed,
            self.pen.write(
                at + 5_000, actor, "monitoring", "DeleteAlarms", {"alarmNames": [f"{prefix}-slow"]}
            ),
            self.pen.write(at + 6_000, actor, "sqs", "DeleteQueue", {"queueUrl": queue}),
            self._call(at + 8_000, actor, "DeleteBucket", box or f"{prefix}-files"),
        ]

    def _look(self, person: Actor, at: int) -> list[Record]:
        return [
            self._call(at + n * 30_000, person, name, self.bucket)
            for n, name in enumerate(("GetBucketPolicy", "GetBucketLocation", "GetBucketTagging"))
        ]

    def _moved(self) -> list[Record]:
        """Days ago the bucket was deleted and made again on purpose: not this night's deletion."""
        person, at = self.people[0], self.midnight - 4 * DAY + 15 * HOUR
        name = str(person.identity["userName"])
        assumed, actor = self._assume(at, person, "terraform", name, person.address, TERRAFORM)
        return [
            assumed,
            self._call(at + MINUTE, actor, "DeleteBucket", self.bucket),
            self._call(at + 4 * MINUTE, actor, "CreateBucket", self.bucket),
        ]

    def _reconfigured(self) -> list[Record]:
        """Changes of the job's configuration: an old one, the last one, and a denied one after."""
        name, last = "UpdateFunctionConfiguration20150331v2", self.midnight - 5 * HOUR
        request = {"functionName": self.job, "environment": {}}
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.job}"
        error = denied(self.bob, "lambda:UpdateFunctionConfiguration", arn)
        pen, people = self.pen, self.people
        return [
            pen.write(last - 3 * DAY, people[0], "lambda", name, request),
            pen.write(last, people[2], "lambda", name, request),
            pen.write(last + 20 * MINUTE, self.bob, "lambda", name, request, error=error),
            pen.write(last + HOUR, people[1], "lambda", name, {"functionName": "receipt"}),
        ]

    # -- the night ------------------------------------------------------------------------------

    def _night(self) -> list[Record]:
        error = denied(self.bob, "s3:DeleteBucket", f"arn:aws:s3:::{self.bucket}")
        tries = [
            self._call(self.at - (23 - n) * MINUTE, self.bob, "DeleteBucket", self.bucket, error)
            for n in range(3)
        ]
        # A build that has nothing to do with it takes on its role just before.
        build = self._build(self.runner, self.at - 3 * MINUTE)
        if self.cause == "stolen key":
            return [*tries, *build, *self._theft(), *self._janitor(self.at - 40 * MINUTE, [])]
        if self.cause == "changed job":
            return [*tries, *build, *self._kept(self._janitor(self.at - 9_700, [self.bucket]))]
        person, prefix = self.people[1], self.bucket.rpartition("-")[0]
        ran = self._destroy(person, self.at - 8_000, prefix, self.bucket)
        return [*tries, *build, *self._kept(ran), *self._janitor(self.at - 40 * MINUTE, [])]

    def _theft(self) -> list[Record]:
        """Somebody with a key that is not theirs looks around, reads secrets, stops the trail."""
        at, rng, pen = self.at, self.rng, self.pen
        key, role, name = self.old_key, "ci-deploy", f"build-{rng.randint(1000, 9999)}"
        if rng.random() < 0.5:
            key = self.people[1]
            role, name = "terraform", str(key.identity["userName"])
        agent = rng.choice((scribe.CLI, TERRAFORM))
        thief = replace(key, address=self.stranger, agent=agent)
        assumed, actor = self._assume(at - 14 * MINUTE, thief, role, name, self.stranger, agent)
        secrets = [
            pen.write(at - 9 * MINUTE + n * 700, actor, "secretsmanager", "GetSecretValue",
                      {"secretId": f"{self.shop}/key-{n}"})
            for n in range(rng.randint(15, 25))
        ]  # fmt: skip
        return self._kept(
            [
                pen.write(at - 16 * MINUTE, thief, "sts", "GetCallerIdentity"),
                assumed,
                *secrets,
                pen.write(at - 6 * MINUTE, actor, "cloudtrail", "StopLogging", {"name": self.shop}),
                self._call(at, actor, "DeleteBucket", self.bucket),
            ]
        )

    def _kept(self, records: list[Record]) -> list[Record]:
        """Remember who called AssumeRole and who deleted, for the truth; records as they are."""
        self.assumed = next(each for each in records if each["eventName"] == "AssumeRole")
        self.done = records[-1]
        return records

    def _morning(self) -> list[Record]:
        """The export asks for its bucket every five minutes, until somebody comes to work."""
        role, error = f"{self.export}-role", ("NoSuchBucket", "The specified bucket does not exist")
        service = scribe.service("lambda.amazonaws.com")
        start = self.at - 30 * MINUTE
        assumed, actor = self._assume(start, service, role, self.export, "192.0.2.230", scribe.SDK)
        return [assumed] + [
            self._call(at, actor, "GetBucketLocation", self.bucket, error if at > self.at else None)
            for at in range(start + MINUTE, self.midnight + 9 * HOUR, 5 * MINUTE)
        ]

    # -- writing it down ------------------------------------------------------------------------

    def _assume(
        self, at: int, by: Actor, role: str, name: str, address: str, agent: str
    ) -> tuple[Record, Actor]:
        """AssumeRole and the session that it gives; the answer names the session's access key."""
        actor = scribe.session(self.rng, role, name, at, address, agent)
        arn = actor.identity["sessionContext"]["sessionIssuer"]["arn"]
        request = {"roleArn": arn, "roleSessionName": name}
        answer = {
            "credentials": {
                "accessKeyId": actor.identity["accessKeyId"],
                "expiration": iso(at + HOUR),
            },
            "assumedRoleUser": {
                "assumedRoleId": actor.identity["principalId"],
                "arn": actor.identity["arn"],
            },
        }
        record = self.pen.write(at, by, "sts", "AssumeRole", request)
        listed = {"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": arn}
        return record | {"responseElements": answer, "resources": [listed]}, actor

    def _call(
        self, at: int, actor: Actor, name: str, bucket: str, error: tuple[str, str] | None = None
    ) -> Record:
        host = f"{bucket}.s3.{REGION}.amazonaws.com"
        request = {"bucketName": bucket, "Host": host}
        record = self.pen.write(at, actor, "s3", name, request, error=error)
        arn = {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}
        return record | {"resources": [arn]}

    @property
    def truth(self) -> dict[str, Any]:
        who, by = self.done["userIdentity"], self.assumed["userIdentity"]
        behind = {
            "stolen key": by.get("accessKeyId"),
            "changed job": self.people[2].identity["userName"],
            "wrong workspace": by.get("userName"),
        }
        return {
            "bucket": self.bucket,
            "time": self.done["eventTime"],
            "role": who["sessionContext"]["sessionIssuer"]["userName"],
            "session": who["arn"].rsplit("/", 1)[-1],
            "address": self.done["sourceIPAddress"],
            "cause": self.cause,
            "behind": behind[self.cause],
        }

    def world(self) -> World:
        start, end = self.midnight - DAYS * DAY, self.midnight + 9 * HOUR
        trail = sorted(self.trail, key=lambda record: str(record["eventTime"]))
        return World("two-am", start, end, self._lines(), [], trail=trail)

    def _lines(self) -> list[dict[str, Any]]:
        """What the export logs: JSON lines, one every five minutes."""
        rng, found = stream(uuid(self.rng), "export"), []
        group = f"/aws/lambda/{self.export}"
        for at in range(self.midnight, self.midnight + 9 * HOUR, 5 * MINUTE):
            at += rng.randrange(20_000)
            line: dict[str, Any] = {"timestamp": iso_millis(at), "level": "INFO"}
            line |= {"message": "orders exported", "bucket": self.bucket}
            line["orders"] = rng.randint(3, 60)
            if at > self.at:
                line |= {"level": "ERROR", "message": "export failed", "error": "NoSuchBucket"}
                del line["orders"]
            line["requestId"] = identifier(at, "export")
            text = json.dumps(line, separators=(",", ":"))
            place = {"logStreamName": f"{day(at)}/[$LATEST]5e1f", "logGroupName": group}
            found.append({"timestamp": at, "message": text, **place})
        return found
