"""Black Friday: one shop, everything red, and one of four causes at the beginning of the chain.

An order is taken by one function, waits in a queue, and is stored by a second, which asks a payment
provider and writes to a table; a third function does a job that has nothing to do with orders.
Whatever the cause, the Region's executions run out: customers are refused, orders die. Functions,
queues, table, rule and alarms are made in the open account by boto3; what was measured, logged,
traced and recorded before comes from a model (`rush`), and so does what follows, with the settings
that the account has then.

What is the cause in one shop is harmless in the next: one key for all orders of a product, a job
without a limit, a short visibility timeout, a new provider. Writes are throttled everywhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from course.account.functions.packages import package
from course.incidents import names, rush
from course.incidents.clients import client_for
from course.incidents.rush import Flow, Load, Role, Settings
from course.incidents.seeds import PUBLIC, stream
from course.incidents.times import MINUTE

Cause = Literal["hot_key", "slow_provider", "greedy_job", "short_visibility"]
CAUSES: tuple[Cause, ...] = ("hot_key", "slow_provider", "greedy_job", "short_visibility")
# From the cause to the dead letters, each link the reason for the next.
CHAINS: dict[Cause, tuple[str, ...]] = {
    "hot_key": ("hot_key", "slow_writes", "long_runs", "no_concurrency", "dead_letters"),
    "slow_provider": ("slow_provider", "long_runs", "no_concurrency", "dead_letters"),
    "greedy_job": ("greedy_job", "no_concurrency", "dead_letters"),
    "short_visibility": ("short_visibility", "double_work", "no_concurrency", "dead_letters"),
}
MINUTES = 30
FAIR, HOT = 0.03, 0.5  # the share of orders for the product that sells best
TIMEOUT, LONG = 60, 300  # seconds: the worker's timeout, and a visibility timeout that is enough
LIMITED = 80
DEAD = 12
EVERY = "rate(1 minute)"
CODE = "def lambda_handler(event, context):\n    print('done')\n"
TRUST = '{"Version": "2012-10-17", "Statement": []}'
_PUBLIC_EVENING = 1_795_800_600_000


@dataclass(frozen=True)
class Shop:
    """What there is. begin: epoch ms of a full minute; onset: the minute in which it goes wrong.

    providers: the one of before, then the one of now, which was changed `turned` minutes after
    begin. before, now: settings; calm, wild: loads, each until the onset and from then on.
    """

    seed: int | str
    cause: Cause
    begin: int
    onset: int
    turned: int
    checkout: str
    worker: str
    job: str
    queue: str
    dlq: str
    table: str
    api: str
    best: str
    providers: tuple[str, str]
    before: Settings
    now: Settings
    calm: Load
    wild: Load

    @property
    def end(self) -> int:
        """When somebody asks you."""
        return self.begin + MINUTES * MINUTE

    @property
    def rule(self) -> str:
        """The name of the job's schedule."""
        return f"{self.job}-schedule"

    @property
    def names(self) -> dict[str, str]:
        """What an answer gets."""
        kept = ("checkout", "worker", "job", "queue", "dlq", "table", "api", "rule")
        return {each: str(getattr(self, each)) for each in kept}

    @property
    def dead(self) -> list[str]:
        """The bodies of the dead letters."""
        rng = stream(self.seed, f"dead orders {self.cause}")
        numbers = rng.sample(range(10_000, 99_999), DEAD)
        return [json.dumps({"orderId": f"o-{each}", "product": self.best}) for each in numbers]

    def at(self, minute: int) -> tuple[Load, Settings]:
        """Load and settings in a minute since begin; orders become more with the evening."""
        load = self.wild if minute >= self.onset else self.calm
        settings = self.now if minute >= self.onset else self.before
        if minute >= self.turned:
            settings = replace(settings, provider=self.providers[1])
        return replace(load, orders=load.orders * (0.82 + 0.18 * minute / MINUTES)), settings

    def start(self) -> None:
        """Make the shop in the open account, with its dead letters."""
        role = client_for("iam").create_role(RoleName="orders", AssumeRolePolicyDocument=TRUST)
        variables = {
            "checkout": {"BANNER": "black friday"},
            "worker": {"SHARDS": str(self.now.shards), "PROVIDER": self.providers[1]},
            "job": {"SCOPE": "all"},
        }
        for each, known in variables.items():
            arn = client_for("lambda").create_function(
                FunctionName=getattr(self, each),
                Runtime="python3.13",
                Handler="lambda_function.lambda_handler",
                Role=role["Role"]["Arn"],
                Timeout=TIMEOUT,
                Code={"ZipFile": package(CODE)},
                Environment={"Variables": known},
            )["FunctionArn"]
        for role_name, kept in self.now.reserved.items():
            client_for("lambda").put_function_concurrency(
                FunctionName=getattr(self, role_name), ReservedConcurrentExecutions=kept
            )
        rules = client_for("events")
        rules.put_rule(Name=self.rule, ScheduleExpression=EVERY)
        rules.put_targets(Rule=self.rule, Targets=[{"Id": "1", "Arn": arn}])
        _make_queues(self)
        _make_alarms(self)

    def later(self) -> tuple[Flow, Flow]:
        """An evening as full as this one, and a quiet one, with the settings of the account now.

        ValueError, with the variable's name, where the worker could not run with its settings.
        """
        settings = _settings(self)
        quiet = replace(self.wild, orders=self.wild.orders / 5, hot=FAIR)
        return rush.flow(self.wild, settings), rush.flow(quiet, settings)


def shop(cause: Cause, seed: int | str = PUBLIC) -> Shop:
    """The shop in which it began with one cause; ValueError for an unknown one."""
    if cause not in CAUSES:
        raise ValueError(f"no cause {cause!r}; there are: {', '.join(CAUSES)}")
    rng, public = stream(seed, f"black friday {cause}"), seed == PUBLIC
    known = names.draw(seed)
    onset = rng.randint(12, 17)
    turned = onset if cause == "slow_provider" else rng.randint(2, 5)
    providers = rng.sample(known.providers[:2], 2)
    calm = _load(rng, providers)
    # No setting tells the cause: what is one shop's cause is in another as it is there.
    before = Settings(
        shards=16 if cause == "short_visibility" and rng.random() < 0.5 else 1,
        provider=providers[0],
        # Shorter than six times the worker's timeout, and yet longer than it ever runs.
        visibility=20 if cause == "greedy_job" else LONG,
        reserved={} if cause == "short_visibility" else {"job": LIMITED},
    )
    return Shop(
        seed,
        cause,
        _PUBLIC_EVENING + (0 if public else 24 * 60 * MINUTE * rng.randrange(-90, 0)),
        onset,
        turned,
        known.checkout,
        known.order_worker,
        "reindex" if public else f"{known.shop}-{rng.choice(('sync', 'export', 'thumbnails'))}",
        known.queue,
        known.dlq,
        known.table,
        known.shop,
        f"P-{rng.randint(100, 999)}",
        (providers[0], providers[1]),
        before,
        _afterwards(rng, before, cause),
        calm,
        _grown(rng, calm, cause, providers[1]),
    )


def _load(rng: Random, providers: list[str]) -> Load:
    return Load(
        orders=rng.randint(100, 115),
        hot=FAIR,
        units=rng.randint(44, 50),
        work_ms=rng.randint(3_600, 4_000),
        providers=dict.fromkeys(providers, float(rng.randint(600, 850))),
        job=rng.randint(50, 70),
    )


def _afterwards(rng: Random, before: Settings, cause: Cause) -> Settings:
    """The settings from the onset on."""
    if cause == "short_visibility":
        return replace(before, visibility=2)
    return replace(before, reserved={}) if cause == "greedy_job" else before


def _grown(rng: Random, calm: Load, cause: Cause, provider: str) -> Load:
    """The load from the onset on; the job has a little more to do in any case."""
    if cause == "hot_key":
        return replace(calm, hot=HOT, job=2 * calm.job)
    if cause == "slow_provider":
        slow = {**calm.providers, provider: float(rng.randint(9_500, 11_000))}
        return replace(calm, providers=slow, job=2 * calm.job)
    return replace(calm, job=rng.randint(1_300, 1_600) if cause == "greedy_job" else 2 * calm.job)


def _make_queues(told: Shop) -> None:
    """Both queues, and messages that have died in the first."""
    sqs = client_for("sqs")
    dead = sqs.create_queue(QueueName=told.dlq)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    policy = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": 1}
    given = {"VisibilityTimeout": "0", "RedrivePolicy": json.dumps(policy)}
    url = sqs.create_queue(QueueName=told.queue, Attributes=given)["QueueUrl"]
    for first in range(0, DEAD, 10):
        bodies = told.dead[first : first + 10]
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    while sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        pass
    policy["maxReceiveCount"] = rush.RECEIVES
    kept = {"VisibilityTimeout": str(told.now.visibility), "RedrivePolicy": json.dumps(policy)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=kept)


def _make_alarms(told: Shop) -> None:
    """What rings in every shop."""
    watched = (
        (f"{told.table}-throttled", "AWS/DynamoDB", "WriteThrottleEvents", "TableName", told.table),
        (
            f"{told.dlq}-not-empty",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            "QueueName",
            told.dlq,
        ),
    )
    for name, namespace, metric, dimension, value in watched:
        client_for("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": dimension, "Value": value}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )


def _settings(told: Shop) -> Settings:
    """What the account says now, as the model takes it."""
    reserved: dict[Role, int] = {}
    for role in rush.ROLES:
        found = client_for("lambda").get_function(FunctionName=getattr(told, role))
        if "Concurrency" in found:
            reserved[role] = found["Concurrency"]["ReservedConcurrentExecutions"]
        if role == "worker":
            variables = found["Configuration"].get("Environment", {}).get("Variables", {})
    shards, provider = variables.get("SHARDS", ""), variables.get("PROVIDER", "")
    if not shards.isdecimal() or int(shards) == 0:
        raise ValueError(f"SHARDS is {shards!r}: the worker needs a whole number from 1 on")
    if provider not in told.providers:
        raise ValueError(f"PROVIDER is {provider!r}: the worker has no contract with that one")
    return Settings(
        shards=int(shards),
        provider=provider,
        visibility=int(attributes(told.queue)["VisibilityTimeout"]),
        reserved=reserved,
        is_job_on=client_for("events").describe_rule(Name=told.rule)["State"] == "ENABLED",
    )


def attributes(queue: str) -> dict[str, str]:
    """All attributes of a queue in the open account."""
    sqs = client_for("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return dict(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"])
