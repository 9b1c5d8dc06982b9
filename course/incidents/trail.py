"""What CloudTrail recorded of the shop: deployments, people, machines, and some refused calls.

A deployment is three calls of the pipeline's role: UpdateFunctionCode, PublishVersion, UpdateAlias;
the alias moves at the time that the story and `resources.deployments` give. Around it stand the
sign-ins and look-ups of people, a monitoring role that reads every few minutes, an hourly export,
services that assume the functions' roles, and calls that were denied. Management events only, as
Event history shows them; the first is up to four days before the world begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

from course.incidents import resources, scribe
from course.incidents.lambda_logs import RUNTIME
from course.incidents.names import ROLES
from course.incidents.scribe import ACCOUNT, CONSOLE, REGION, Actor, Scribe, denied
from course.incidents.seeds import PUBLIC, hexadecimal, stream
from course.incidents.simulation import Simulation
from course.telemetry.trail.records import Record

HOUR, MINUTE = 3_600_000, 60_000
_PEOPLE = ("dana", "bob", "chen", "erin", "farid", "greta", "hana", "ivan", "lena", "omar")
_PUBLIC_PEOPLE = ("dana", "bob", "chen")


def write(sim: Simulation) -> list[Record]:
    """The records of a world in the order of their time."""
    cast = Cast(sim)
    written = [
        *_deployments(sim, cast),
        *_sign_ins(sim, cast),
        *_looks(sim, cast),
        *_monitoring(sim, cast),
        *_exports(sim, cast),
        *_assumed(sim, cast),
        *_refused(sim, cast),
    ]
    return sorted(written, key=lambda record: str(record["eventTime"]))


class Cast:
    """Who acts in a world, and the pen that writes it down."""

    def __init__(self, sim: Simulation) -> None:
        self.rng = rng = stream(sim.seed, "trail")
        self.pen = Scribe(stream(sim.seed, "trail ids"))
        public = sim.seed == PUBLIC
        chosen = _PUBLIC_PEOPLE if public else tuple(rng.sample(_PEOPLE, 3))
        shop, start = sim.names.shop, sim.start
        self.people = [
            scribe.user(rng, name, f"203.0.113.{rng.randint(10, 200)}", CONSOLE) for name in chosen
        ]
        self.monitoring = scribe.session(
            rng, f"{shop}-monitoring", "collector", start, f"192.0.2.{rng.randint(10, 99)}"
        )
        self.exporter = scribe.session(
            rng, f"{shop}-nightly-export", "export", start, "scheduler.amazonaws.com"
        )
        self._pipeline = (f"{shop}-ci-deploy", f"198.51.100.{rng.randint(2, 19)}")
        self._builds = rng.randint(200, 800)

    def pipeline(self, at: int) -> Actor:
        """A run of the pipeline: each has a session of its own."""
        self._builds += self.rng.randint(1, 4)
        role, address = self._pipeline
        name = f"build-{self._builds}"
        return scribe.session(self.rng, role, name, at, address, scribe.CLI)


def _deployments(sim: Simulation, cast: Cast) -> Iterator[Record]:
    rng, pen = cast.rng, cast.pen
    for change in resources.deployments(sim):
        at = int(datetime.fromisoformat(change["time"]).timestamp() * 1000)
        uploaded, published = at - rng.randint(25, 60) * 1000, at - rng.randint(5, 20) * 1000
        actor = cast.pipeline(uploaded - 15_000)
        function, version = change["function"], str(change["to"])
        where = {"functionName": function}
        yield pen.write(
            uploaded,
            actor,
            "lambda",
            "UpdateFunctionCode20150331v2",
            {**where, "dryRun": False, "publish": False},
            _configuration(rng, function, "$LATEST"),
        )
        yield pen.write(
            published,
            actor,
            "lambda",
            "PublishVersion20150331",
            {**where, "description": f"release {version}"},
            _configuration(rng, function, version),
        )
        alias = {**where, "name": resources.ALIAS, "functionVersion": version}
        arn = _function_arn(function)
        answer = {**alias, "aliasArn": f"{arn}:{resources.ALIAS}", "description": ""}
        del answer["functionName"]
        yield pen.write(at, actor, "lambda", "UpdateAlias20150331", alias, answer)


def _function_arn(function: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"


def _configuration(rng: Random, function: str, version: str) -> dict[str, Any]:
    arn = _function_arn(function)
    return {
        "functionName": function,
        "functionArn": arn if version == "$LATEST" else f"{arn}:{version}",
        "runtime": RUNTIME,
        "codeSize": rng.randint(400_000, 4_000_000),
        "revisionId": hexadecimal(rng, 32),
        "version": version,
        "environment": {},
        "state": "Active",
    }


def _sign_ins(sim: Simulation, cast: Cast) -> Iterator[Record]:
    """Console sign-ins, with the wrong password now and then."""
    for person in cast.people:
        at = sim.start - cast.rng.randint(5, 90) * MINUTE
        tries = 2 if cast.rng.random() < 0.4 else 1
        for attempt in range(tries):
            failed = attempt < tries - 1
            yield _sign_in(cast, person, at + attempt * 20_000, failed)


def _sign_in(cast: Cast, person: Actor, at: int, failed: bool) -> Record:
    additional = {
        "LoginTo": "https://console.aws.amazon.com/console/home",
        "MobileVersion": "No",
        "MFAUsed": "No" if failed else "Yes",
    }
    identity = {name: v for name, v in person.identity.items() if name != "accessKeyId"}
    record = cast.pen.write(at, Actor(identity, person.address, _BROWSER), "signin", "ConsoleLogin")
    record |= {
        "additionalEventData": additional,
        "responseElements": {"ConsoleLogin": "Failure" if failed else "Success"},
        "eventType": "AwsConsoleSignIn",
    }
    del record["requestID"]
    if failed:
        record["errorMessage"] = "Failed authentication"
    return record


_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/133.0.0.0 Safari/537.36"
_VIEWS: tuple[tuple[str, str], ...] = (
    ("lambda", "ListFunctions20150331"),
    ("lambda", "GetFunction20150331v2"),
    ("monitoring", "DescribeAlarms"),
    ("logs", "DescribeLogGroups"),
    ("dynamodb", "DescribeTable"),
    ("sns", "ListTopics"),
    ("cloudtrail", "LookupEvents"),
)
_COLLECTED = _VIEWS[2:5]


def _looks(sim: Simulation, cast: Cast) -> Iterator[Record]:
    """People looking around in the console."""
    rng = cast.rng
    for _ in range(_count(sim, 10)):
        at = rng.randrange(sim.start, sim.end)
        source, name = rng.choice(_VIEWS)
        yield cast.pen.write(
            at,
            rng.choice(cast.people),
            source,
            name,
            _viewed(sim, rng, name),
            sessionCredentialFromConsole="true",
        )


def _count(sim: Simulation, an_hour: float) -> int:
    return round((sim.end - sim.start) / HOUR * an_hour)


def _viewed(sim: Simulation, rng: Random, name: str) -> dict[str, Any] | None:
    if name.startswith("GetFunction"):
        return {"functionName": sim.names.function(rng.choice(ROLES))}
    return {"tableName": sim.names.table} if name == "DescribeTable" else None


def _monitoring(sim: Simulation, cast: Cast) -> Iterator[Record]:
    """A collector that lists what there is, every ten minutes."""
    first = sim.start + cast.rng.randrange(10 * MINUTE)
    for at in range(first, sim.end, 10 * MINUTE):
        for place, (source, name) in enumerate(_COLLECTED):
            request = _viewed(sim, cast.rng, name)
            yield cast.pen.write(at + place * 1000, cast.monitoring, source, name, request)


def _exports(sim: Simulation, cast: Cast) -> Iterator[Record]:
    """A scheduled job: every full hour it exports a log group."""
    first = -(-sim.start // HOUR) * HOUR
    for at in range(first, sim.end, HOUR):
        role = cast.exporter.identity["sessionContext"]["sessionIssuer"]["arn"]
        scheduler = scribe.service("scheduler.amazonaws.com")
        yield _assume(cast, at + 1000, scheduler, role, "export")
        request = {
            "logGroupName": sim.names.access_group,
            "from": at - HOUR,
            "to": at,
            "destination": f"{sim.names.shop}-log-archive",
        }
        answer = {"taskId": hexadecimal(cast.rng, 32)}
        yield cast.pen.write(at + 2000, cast.exporter, "logs", "CreateExportTask", request, answer)


def _assume(cast: Cast, at: int, actor: Actor, role: str, session: str) -> Record:
    request = {"roleArn": role, "roleSessionName": session}
    record = cast.pen.write(at, actor, "sts", "AssumeRole", request)
    listed = {"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": role}
    return record | {"resources": [listed], "sharedEventID": record["requestID"]}


def _assumed(sim: Simulation, cast: Cast) -> Iterator[Record]:
    """Lambda takes on the role of a function when it starts an environment."""
    role = f"arn:aws:iam::{ACCOUNT}:role/{sim.names.shop}-functions"
    lambda_service = scribe.service("lambda.amazonaws.com")
    for _ in range(_count(sim, 8)):
        at = cast.rng.randrange(sim.start, sim.end)
        function = sim.names.function(cast.rng.choice(ROLES))
        yield _assume(cast, at, lambda_service, role, function)


def _refused(sim: Simulation, cast: Cast) -> Iterator[Record]:
    """Calls that no policy allows: harmless, and in every account."""
    rng = cast.rng
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{sim.names.shop}/card-provider"
    for _ in range(_count(sim, 1)):
        at = rng.randrange(sim.start, sim.end)
        error = denied(cast.monitoring, "secretsmanager:GetSecretValue", secret)
        yield cast.pen.write(at, cast.monitoring, "secretsmanager", "GetSecretValue", error=error)
    person = rng.choice(cast.people[1:])
    function = sim.names.function(rng.choice(ROLES))
    error = denied(person, "lambda:UpdateFunctionConfiguration", _function_arn(function))
    at = rng.randrange(sim.start, sim.end)
    for n in range(rng.randint(1, 3)):
        name = "UpdateFunctionConfiguration20150331v2"
        yield cast.pen.write(at + n * 9_000, person, "lambda", name, error=error)
