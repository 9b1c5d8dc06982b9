"""A shop whose payment provider is flooded by repetitions, for one of four causes.

At 10:00:30 the provider is down for twenty seconds. It is up again, and yet most charges go on
failing: three functions repeat each other's repetitions; what failed together comes back together;
cards that were declined are charged again; or dead messages are sent back each minute. Functions,
their settings and the schedule are made in the open account by boto3; metrics and logs of three
minutes come from a model (`charges`), and so do the six minutes after, with the settings that the
account has then, and with one more short outage.

What looks like another cause is harmless: renewals that come evenly need no jitter, repeating
every error matters little where hardly a card is declined, and an empty dead-letter queue may be
redriven.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any, Literal

from course.account.functions.packages import package
from course.incidents.charges import (
    OK,
    THROTTLED,
    Attempt,
    Outcome,
    Provider,
    Settings,
    Street,
    outcome,
)
from course.incidents.clients import client_for
from course.incidents.page_cache import record
from course.incidents.seeds import PUBLIC, stream, uuid
from course.incidents.times import MINUTE, iso_millis
from course.telemetry.world import World

Cause = Literal["layers", "lockstep", "every_error", "redrive"]
CAUSES: tuple[Cause, ...] = ("layers", "lockstep", "every_error", "redrive")
BEFORE, AFTER = 180, 360  # seconds
OUTAGES = [(30.0, 20.0), (345.0, 8.0)]  # second at which each begins, and how long it lasts
JUDGED = (315, 435)  # charges that begin between these seconds tell whether a repair helps
SAMPLE = 5  # one charge in so many is logged
DEAD, FEW_DEAD = 100, 1
DECLINED, FEW_DECLINED = 0.4, 0.03
FULL, NONE = "full", "none"
TRANSIENT, EVERY = "transient", "all"
EACH_MINUTE, NIGHTLY = "rate(1 minute)", "cron(30 3 * * ? *)"
CODE = "def lambda_handler(event, context):\n    print('done')\n"
TRUST = '{"Version": "2012-10-17", "Statement": []}'
_PUBLIC_DAY = 1_773_741_600_000  # 2026-03-17T10:00:00Z


@dataclass(frozen=True)
class Shop:
    """What there is. begin: epoch ms of a full minute.

    functions: three, each of which calls the next, the last one the provider. redrive: a function
    that sends messages back from a dead-letter queue. variables: of the three. schedule: the rule's
    expression. real: what the model knows beside the settings.
    """

    seed: int | str
    cause: Cause
    begin: int
    functions: tuple[str, str, str]
    redrive: str
    variables: tuple[dict[str, str], ...]
    schedule: str
    real: Settings

    @property
    def end(self) -> int:
        """Three minutes later, when somebody asks you."""
        return self.begin + 1000 * BEFORE

    @property
    def rule(self) -> str:
        """The name of the redrive's schedule."""
        return f"{self.redrive}-schedule"

    def start(self) -> None:
        """Make the functions and the schedule in the open account."""
        role = client_for("iam").create_role(RoleName="charges", AssumeRolePolicyDocument=TRUST)
        sets = [*self.variables, {"QUEUE": "refunds-dlq"}]
        for name, variables in zip((*self.functions, self.redrive), sets, strict=True):
            arn = client_for("lambda").create_function(
                FunctionName=name,
                Runtime="python3.13",
                Handler="lambda_function.lambda_handler",
                Role=role["Role"]["Arn"],
                Code={"ZipFile": package(CODE)},
                Environment={"Variables": variables},
            )["FunctionArn"]
        rules = client_for("events")
        rules.put_rule(Name=self.rule, ScheduleExpression=self.schedule)
        rules.put_targets(Rule=self.rule, Targets=[{"Id": "1", "Arn": arn}])

    def later(self) -> Outcome:
        """What comes of the next minutes' charges with the settings that the account has now.

        ValueError, with the variable's name, where a function could not run with its settings.
        """
        asked = client_for("lambda").list_functions()["Functions"]
        found = {each["FunctionName"]: each.get("Environment", {}) for each in asked}
        variables = tuple(found.get(name, {}).get("Variables", {}) for name in self.functions)
        rule = client_for("events").describe_rule(Name=self.rule)
        is_redriven = rule["State"] == "ENABLED" and rule["ScheduleExpression"] == EACH_MINUTE
        return _afterwards(self.seed, self.cause, _kept(variables, self.real, is_redriven))


def shop(cause: Cause, seed: int | str = PUBLIC) -> Shop:
    """The shop with one thing wrong; ValueError for an unknown cause."""
    if cause not in CAUSES:
        raise ValueError(f"no cause {cause!r}; there are: {', '.join(CAUSES)}")
    rng, public = stream(seed, f"retry storm {cause}"), seed == PUBLIC
    names = tuple(
        rng.choice(some) for some in (("till", "buy"), ("pay", "settle"), ("acme", "psp"))
    )
    # Each of these is the cause in one shop, and harmless in others, for what comes to it differs.
    odd = {
        each: cause == each or (cause != "redrive" and rng.random() < 0.6) for each in CAUSES[1:]
    }
    odd["lockstep"] = cause == "lockstep" or rng.random() < 0.6
    attempts = "3" if cause == "layers" else "1"
    last = {
        "ATTEMPTS": "3" if cause == "layers" else "6",
        "JITTER": NONE if odd["lockstep"] else FULL,
        "RETRY_ON": EVERY if odd["every_error"] else TRANSIENT,
    }
    variables = ({"ATTEMPTS": attempts}, {"ATTEMPTS": attempts}, last)
    schedule = EACH_MINUTE if odd["redrive"] else NIGHTLY
    is_rare = odd["every_error"] and cause != "every_error"
    real = Settings(
        at_once=cause == "lockstep",
        declined=FEW_DECLINED if is_rare else DECLINED,
        moved=DEAD if cause == "redrive" else FEW_DEAD,
    )
    return Shop(
        seed,
        cause,
        _PUBLIC_DAY + (0 if public else 24 * 60 * MINUTE * rng.randrange(1, 90)),
        ("checkout", "payment", "card-gateway") if public else (names[0], names[1], names[2]),
        "redrive-refunds" if public else rng.choice(("revive", "second-chance")),
        variables,
        schedule,
        real,
    )


def _kept(variables: tuple[dict[str, str], ...], real: Settings, is_redriven: bool) -> Settings:
    """The model's settings."""
    numbers = []
    for each in variables:
        text = each.get("ATTEMPTS", "")
        if not text.isdecimal() or int(text) == 0:
            raise ValueError(f"ATTEMPTS is {text!r}: a function needs a whole number from 1 on")
        numbers.append(int(text))
    last = variables[-1]
    for name, known in (("JITTER", (FULL, NONE)), ("RETRY_ON", (TRANSIENT, EVERY))):
        if last.get(name) not in known:
            raise ValueError(f"{name} is {last.get(name)!r}: known are {known[0]!r}, {known[1]!r}")
    return Settings(
        attempts=(numbers[0], numbers[1], numbers[2]),
        jitter=last["JITTER"] == FULL,
        every_error=last["RETRY_ON"] == EVERY,
        at_once=real.at_once,
        declined=real.declined,
        moved=real.moved if is_redriven else 0,
    )


@lru_cache(maxsize=64)
def _street(seed: int | str, cause: Cause) -> Street:
    """The three minutes before."""
    told = shop(cause, seed)
    street = Street(stream(seed, f"charges {cause}"), Provider(OUTAGES))
    street.go_on(_kept(told.variables, told.real, told.schedule == EACH_MINUTE), BEFORE)
    return street


@lru_cache(maxsize=64)
def _afterwards(seed: int | str, cause: Cause, settings: Settings) -> Outcome:
    street = _street(seed, cause).branch()
    street.go_on(settings, AFTER)
    return outcome(street, *JUDGED)


@lru_cache(maxsize=64)
def _world(seed: int | str, cause: Cause) -> World:
    told, street = shop(cause, seed), _street(seed, cause)
    return World("lab", told.begin, told.end, _logs(told, street), _metrics(told, street))


def world(told: Shop) -> World:
    """The account three minutes later, before `start`: what was measured and logged."""
    return _world(told.seed, told.cause)


def _logs(told: Shop, street: Street) -> list[dict[str, Any]]:
    """Every answer of the provider for one charge in SAMPLE, and each run of the redrive."""
    inner = told.functions[-1]
    found = [
        _line(inner, told.begin + int(1000 * attempt.second), _said(attempt))
        for attempt in street.attempts
        if int(attempt.charge.name[3:], 16) % SAMPLE == 0
    ]
    if told.schedule == EACH_MINUTE:
        said = {"level": "INFO", "message": "moved to refunds", "messages": told.real.moved}
        found += [
            _line(told.redrive, told.begin + 1000 * second + 40, {"requestId": _id(second), **said})
            for second in range(0, BEFORE, 60)
        ]
    return sorted(found, key=lambda event: event["timestamp"])


def _said(attempt: Attempt) -> dict[str, Any]:
    charge = attempt.charge
    said: dict[str, Any] = {
        "level": "INFO" if attempt.status == OK else "WARN",
        "requestId": _id(charge.name, charge.receives, attempt.invocation),
        "message": "answer",
        "charge": charge.name,
        "source": charge.source,
        "attempt": attempt.number,
        "status": attempt.status,
        "code": attempt.code,
    }
    return said | ({"receives": charge.receives} if charge.source == "refunds" else {})


@lru_cache(maxsize=4096)
def _id(*what: object) -> str:
    """A request id that belongs to something."""
    return uuid(Random(repr(what)))


def _line(function: str, at: int, said: dict[str, Any]) -> dict[str, Any]:
    """A line in Lambda's JSON format."""
    return {
        "timestamp": at,
        "message": json.dumps({"timestamp": iso_millis(at), **said}),
        "logGroupName": f"/aws/lambda/{function}",
        "logStreamName": f"{iso_millis(at)[:10].replace('-', '/')}/[$LATEST]{function}",
    }


def _metrics(told: Shop, street: Street) -> list[dict[str, Any]]:
    """The shop's own counts, and those of Lambda and SQS, minute by minute."""
    found = []
    for begin in range(0, BEFORE, 60):
        at = told.begin + 1000 * begin
        tried = [each for each in street.attempts if begin <= each.second < begin + 60]
        begun = [each for each in street.charges if begin <= each.begun < begin + 60]
        received = sum(each.source == "refunds" for each in begun)
        counts = {
            "Charges": len(begun) - received,
            "Requests": len(tried),
            "Charged": sum(each.status == OK for each in tried),
            "Refused": sum(each.status >= THROTTLED for each in tried),
        }
        found += [record(at, "Shop/Charges", name, value) for name, value in counts.items()]
        for name, value in zip(told.functions, _invocations(told, tried), strict=True):
            found.append(record(at, "AWS/Lambda", "Invocations", value, FunctionName=name))
        name = "NumberOfMessagesReceived"
        found.append(record(at, "AWS/SQS", name, received, QueueName="refunds"))
    return found


def _invocations(told: Shop, tried: list[Attempt]) -> tuple[int, int, int]:
    """How often each function ran; refunds go to the last one at once."""
    middle = int(told.variables[1]["ATTEMPTS"])
    begun = [each for each in tried if each.number == 1]
    groups = [each.invocation for each in begun if each.charge.source != "refunds"]
    return groups.count(0), sum(group % middle == 0 for group in groups), len(begun)
