"""A shop whose table is read twenty times as often at each full hour, for one of four causes.

Product pages are kept in an ElastiCache replication group. Whatever the cause, most pages have to
be read from the table again in the minutes after each full hour: they expire together; a job
empties the cache; a report that is stored there pushes them out; or their key is new each hour.
The functions, their settings, the schedules and the replication group are made in the open account
by boto3; metrics and logs of the hours before come from a model of the cache (`page_cache`), and so
do the hours after, with the settings that the account has then.

What looks like another cause is harmless: a report is stored each hour in every shop, a key may
hold the date, a job that empties the cache may run at night.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import Any, Literal

from course.account.functions.packages import package
from course.incidents.clients import client_for
from course.incidents.page_cache import HOUR, MINUTE, Cache, Settings, minutes, record, records
from course.incidents.seeds import PUBLIC, stream, uuid
from course.incidents.times import iso_millis
from course.telemetry.caches.sizes import maxmemory
from course.telemetry.world import World

Cause = Literal["expiry", "flush", "memory", "key"]
CAUSES: tuple[Cause, ...] = ("expiry", "flush", "memory", "key")
NODES = ("cache.t4g.micro", "cache.t4g.small", "cache.t4g.medium")
TABLE = "products"
BEFORE, AFTER = 150, 120  # minutes: from eight to half past ten; and on to half past twelve
NIGHT = 4 * HOUR  # before eight, an import may have run
CODE = "def lambda_handler(event, context):\n    print('done')\n"
TRUST = '{"Version": "2012-10-17", "Statement": []}'
_PUBLIC_DAY = 1_773_734_400_000  # 2026-03-17T08:00:00Z
Row = dict[str, float]


@dataclass(frozen=True)
class Shop:
    """What there is. begin: epoch ms of a full hour. node: the type that the cache has.

    group: the replication group; its one node is called cluster. function: serves pages; importer:
    brings prices at every run of its schedule. settings, imports: the variables of the two.
    """

    seed: int | str
    cause: Cause
    begin: int
    group: str
    function: str
    importer: str
    schedule: str
    node: str
    settings: dict[str, str]
    imports: dict[str, str]

    @property
    def cluster(self) -> str:
        """The cache cluster that metrics name."""
        return f"{self.group}-001"

    @property
    def end(self) -> int:
        """Half past ten, when somebody asks you."""
        return self.begin + BEFORE * MINUTE

    def start(self) -> None:
        """Make the shop's cache, functions and schedule in the open account."""
        client_for("elasticache").create_replication_group(
            ReplicationGroupId=self.group,
            ReplicationGroupDescription="product pages",
            Engine="valkey",
            CacheNodeType=self.node,
            NumCacheClusters=1,
        )
        role = client_for("iam").create_role(RoleName="pages", AssumeRolePolicyDocument=TRUST)
        for name, variables in ((self.function, self.settings), (self.importer, self.imports)):
            arn = client_for("lambda").create_function(
                FunctionName=name,
                Runtime="python3.13",
                Handler="lambda_function.lambda_handler",
                Role=role["Role"]["Arn"],
                Code={"ZipFile": package(CODE)},
                Environment={"Variables": variables},
            )["FunctionArn"]
        rules = client_for("events")
        rules.put_rule(Name=f"{self.importer}-schedule", ScheduleExpression=self.schedule)
        rules.put_targets(Rule=f"{self.importer}-schedule", Targets=[{"Id": "1", "Arn": arn}])

    def later(self) -> list[Row]:
        """The two hours after, minute by minute, with the settings that the open account has now.

        ValueError, with the variable's name, where a function could not run with its settings.
        """
        client = client_for("lambda")
        settings, imports = (
            client.get_function_configuration(FunctionName=name)
            .get("Environment", {})
            .get("Variables", {})
            for name in (self.function, self.importer)
        )
        rule = client_for("events").describe_rule(Name=f"{self.importer}-schedule")
        caches = client_for("elasticache")
        [group] = caches.describe_replication_groups(ReplicationGroupId=self.group)[
            "ReplicationGroups"
        ]
        schedule = rule["ScheduleExpression"] if rule["State"] == "ENABLED" else ""
        kept = _kept(settings, imports, schedule, group["CacheNodeType"], _scale(self))
        return _afternoon(self.seed, self.cause, kept)


def shop(cause: Cause, seed: int | str = PUBLIC) -> Shop:
    """The shop with one thing wrong; ValueError for an unknown cause."""
    if cause not in CAUSES:
        raise ValueError(f"no cause {cause!r}; there are: {', '.join(CAUSES)}")
    rng, public = stream(seed, f"on the hour {cause}"), seed == PUBLIC
    size = rng.randrange(2)
    names = [
        rng.choice(some) for some in (("atlas", "shelf"), ("pages", "views"), ("fees", "sums"))
    ]
    group, function, importer = ("catalog", "product-page", "prices") if public else names
    daily = not public and cause in ("key", "memory")
    ttl = "3600" if cause == "expiry" else str(rng.choice((5400, 7200)))
    jitter = "0" if cause == "expiry" else str(rng.randint(20, 35))
    node = NODES[0] if public else NODES[size]
    return Shop(
        seed,
        cause,
        _PUBLIC_DAY + (0 if public else 24 * HOUR * rng.randrange(1, 90)),
        group,
        function,
        importer,
        "cron(0 4 * * ? *)" if daily else "cron(0 * * * ? *)",
        node if cause == "memory" else NODES[NODES.index(node) + 1],
        {
            "CACHE_KEY": _form(cause, rng, public),
            "CACHE_TTL": ttl,
            "CACHE_JITTER": jitter,
        },
        {
            "CURRENCY": "EUR",
            "INVALIDATE": "all" if daily or cause == "flush" else "changed",
        },
    )


def _form(cause: Cause, rng: Random, public: bool) -> str:
    """How a key is made. The date in it is harmless by day."""
    first = "page" if public else rng.choice(("page", "html", "p2"))
    parts = ["{lang}", "{id}"]
    if cause == "key":
        parts.insert(2 if public else rng.randrange(3), "{hour}")
    elif not public:
        parts.insert(rng.randrange(3), "{date}")
    return ":".join([first, *parts])


@lru_cache(maxsize=64)
def _world(seed: int | str, cause: Cause) -> World:
    told = shop(cause, seed)
    rows, missed, _ = _morning(seed, cause)
    metrics = [record for row in rows for record in _metrics(told, row)]
    return World("lab", told.begin - NIGHT, told.end, _logs(told, rows, missed), metrics)


def world(told: Shop) -> World:
    """The account at half past ten, before `start`: what was measured and logged since eight.

    Only the import's own log may go back to four.
    """
    return _world(told.seed, told.cause)


@lru_cache(maxsize=64)
def _morning(seed: int | str, cause: Cause) -> tuple[list[Row], list[list[str]], Cache]:
    """Metrics by minute, the keys that were missed in each, and the cache as it is then."""
    told = shop(cause, seed)
    cache, rows, missed = Cache(stream(seed, f"pages {cause}")), [], []
    settings = _kept(told.settings, told.imports, told.schedule, told.node, _scale(told))
    for row in minutes(cache, settings, told.begin, BEFORE):
        rows.append(row)
        missed.append(cache.missed)
    return rows, missed, cache


@lru_cache(maxsize=64)
def _afternoon(seed: int | str, cause: Cause, settings: Settings) -> list[Row]:
    cache = copy.deepcopy(_morning(seed, cause)[2])
    return list(minutes(cache, settings, shop(cause, seed).end, AFTER))


def _scale(told: Shop) -> int:
    """Bytes of the node type that is too small for the pages and the report together."""
    place = NODES.index(told.node)
    return maxmemory(NODES[place if told.cause == "memory" else place - 1])


def _kept(
    settings: dict[str, str], imports: dict[str, str], schedule: str, node: str, small: int
) -> Settings:
    """The model's settings; pages take half of the smaller node, the report nearly all of it."""
    numbers = {}
    for name in ("CACHE_TTL", "CACHE_JITTER"):
        if not settings.get(name, "").isdecimal():
            raise ValueError(f"{name} is {settings.get(name)!r}: the function needs a whole number")
        numbers[name] = int(settings[name])
    hourly, pages = schedule.startswith("cron(0 *"), 360
    changes: tuple[tuple[int, int], ...] = ((30, 12),)
    if hourly and imports.get("INVALIDATE") != "all":
        changes += ((0, 6),)
    found = Settings(
        key=settings.get("CACHE_KEY", ""),
        ttl=numbers["CACHE_TTL"],
        jitter=numbers["CACHE_JITTER"],
        page_bytes=small * 52 // 100 // pages,
        maxmemory=maxmemory(node),
        changes=changes,
        export=small * 92 // 100,
    )
    return replace(found, empties=(0,)) if hourly and imports.get("INVALIDATE") == "all" else found


def _metrics(told: Shop, row: Row) -> list[dict[str, Any]]:
    """CloudWatch's records of one minute; a miss reads one unit of the table."""
    at, name = int(row["minute"]), "ConsumedReadCapacityUnits"
    read = record(at, "AWS/DynamoDB", name, row["CacheMisses"], TableName=TABLE)
    return [*records(told.cluster, row), read]


def _logs(told: Shop, rows: list[Row], missed: list[list[str]]) -> list[dict[str, Any]]:
    """Every eighth miss that the pages' function logged, and what each job said of its run."""
    rng, found = stream(told.seed, f"log {told.cause}"), []
    ttl = int(told.settings["CACHE_TTL"])
    if not told.schedule.startswith("cron(0 *"):
        found.append(_imported(told, rng, told.begin - NIGHT, removed=rows[-1]["CurrItems"]))
    for row, keys in zip(rows, missed, strict=True):
        now = int(row["minute"])
        if now % HOUR == 0:
            found += _jobs_said(told, rng, row)
        for n, key in enumerate(keys[::8]):
            said = {"message": "miss", "key": key, "ttl": 300 if key.startswith("search") else ttl}
            found.append(_line(told.function, rng, now + 4000 + 7000 * n // 3 % 55_000, said))
        if now % HOUR == 30 * MINUTE:
            text = {"message": "stock imported", "removed": 12}
            found.append(_line("stock", rng, now + 900, text))
    return sorted(found, key=lambda event: event["timestamp"])


def _jobs_said(told: Shop, rng: Random, row: Row) -> list[dict[str, Any]]:
    now = int(row["minute"])
    report = _line("sales-report", rng, now + 1500, {"message": "report stored", "ttl": 900})
    if not told.schedule.startswith("cron(0 *"):
        return [report]
    return [_imported(told, rng, now, row["Removed"]), report]


def _imported(told: Shop, rng: Random, at: int, removed: float) -> dict[str, Any]:
    text = {"message": "prices imported", "changed": 6, "removed": int(removed)}
    return _line(told.importer, rng, at + 700, text)


def _line(function: str, rng: Random, at: int, said: dict[str, Any]) -> dict[str, Any]:
    """A line in Lambda's JSON format."""
    text = {"timestamp": iso_millis(at), "level": "INFO", "requestId": uuid(rng), **said}
    return {
        "timestamp": at,
        "message": json.dumps(text),
        "logGroupName": f"/aws/lambda/{function}",
        "logStreamName": f"{iso_millis(at)[:10].replace('-', '/')}/[$LATEST]{function}",
    }
