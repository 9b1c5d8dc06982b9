"""A sale whose orders are throttled, for one of four causes.

The shop's tables are made in the open account by boto3, so that they really throttle: orders go to
partition keys of the sale, as many as a settings item says; two global indexes take a part of each
order. Whatever the cause, the same symptom: a part of the orders is refused. A report that scans
the table meets the read capacity meanwhile, which is nobody's fault ("Troubleshooting throttling in
Amazon DynamoDB", developer guide, has the reasons and their metrics).

Orders are large, an invoice each, so that few of them are enough to reach a partition's limit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from course.account import Account
from course.incidents.clients import client_for
from course.incidents.seeds import PUBLIC, stream
from course.telemetry.tables.sizes import item_size
from course.telemetry.tables.units import write_units

Cause = Literal["hot_key", "index", "capacity", "maximum"]
CAUSES: tuple[Cause, ...] = ("hot_key", "index", "capacity", "maximum")
MANY_SHARDS = 16
WARM = 40_000  # so many partitions that keys seldom share one
KB = 1024
REPORTS = 5
TEST_ORDER = 999_999


@dataclass(frozen=True)
class Sale:
    """What there is. indexes: the one that takes the baskets first, then one of keys alone.

    peak: write units a second of the table when orders arrive at full rate, `rate` a second.
    """

    table: str
    settings: str
    log_group: str
    indexes: tuple[str, str]
    sale: str
    rate: int
    basket: int
    invoice: int

    @property
    def peak(self) -> int:
        return round(self.rate * write_units(item_size(self.order(0, 1))))

    @property
    def index_peak(self) -> int:
        """The same of the index that takes the baskets."""
        order = self.order(0, 1)
        kept = ("pk", "sk", "customer", "basket")
        return round(self.rate * write_units(item_size({name: order[name] for name in kept})))

    def order(self, number: int, shards: int) -> dict[str, Any]:
        """The item of an order, on the partition key that its number gives it."""
        return {
            "pk": {"S": self.sale if shards == 1 else f"{self.sale}#{number % shards}"},
            "sk": {"S": f"o-{number:06}"},
            "customer": {"S": f"c-{number * 7919 % 99991:05}"},
            "voucher": {"S": f"v-{number * 6101 % 99991:05}"},
            "basket": {"S": "b" * self.basket},
            "invoice": {"S": "i" * self.invoice},
        }


def plan(seed: int | str) -> Sale:
    """The sale of a seed: its names and sizes."""
    rng = stream(seed, "sale")
    public = seed == PUBLIC
    table = "orders" if public else f"{rng.choice(('baskets', 'buys'))}-{rng.randint(10, 99)}"
    one, two = ("by-customer", "by-voucher") if public else (f"gsi{rng.randint(10, 99)}", "gsi1")
    if not public and stream(seed, "indexes").random() < 0.5:
        one, two = two, one  # which of them is listed first says nothing, either
    return Sale(
        table=table,
        settings=f"{table}-settings",
        log_group=f"/shop/{table}",
        indexes=(one, two),
        sale="SALE#2026-03-17" if public else f"DEAL#{rng.randint(100, 999)}",
        rate=16 if public else rng.randint(14, 17),
        basket=(16 if public else rng.randint(13, 20)) * KB,
        invoice=(128 if public else rng.randint(124, 140)) * KB,
    )


def start(cause: Cause, seed: int | str = PUBLIC, *, on_demand: bool = False) -> Sale:
    """Make the shop in the account that is open, with one thing wrong.

    on_demand: the table is paid by request, which only "hot_key" leaves to choose ("maximum"
    always is, the two others never are).
    """
    shop = plan(seed)
    on_demand = cause == "maximum" or (cause == "hot_key" and on_demand)
    client = client_for("dynamodb")
    _create(client, shop, on_demand)
    if on_demand:
        most = shop.peak // 4 if cause == "maximum" else 4 * shop.peak
        _limit(client, shop, most)
    else:
        # An index that has never been written to would begin the sale with all of its burst.
        test = {**shop.order(TEST_ORDER, 1), "basket": {"S": "b"}, "invoice": {"S": "i"}}
        client.put_item(TableName=shop.table, Item=test)
        _scale(client, shop, cause)
    client.update_contributor_insights(TableName=shop.table, ContributorInsightsAction="ENABLE")
    client.create_table(
        TableName=shop.settings,
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    shards = 1 if cause == "hot_key" else MANY_SHARDS
    item = {"name": {"S": "sale"}, "banner": {"S": "today only"}, "shards": {"N": str(shards)}}
    client.put_item(TableName=shop.settings, Item=item)
    client_for("logs").create_log_group(logGroupName=shop.log_group)
    client_for("logs").create_log_stream(logGroupName=shop.log_group, logStreamName="orders")
    return shop


def _create(client: Any, shop: Sale, on_demand: bool) -> None:
    """The table, warm for the sale; whatever is provisioned begins at one unit."""
    least = {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
    paid: dict[str, Any] = {"BillingMode": "PAY_PER_REQUEST"} if on_demand else least
    named = ("pk", "sk", "customer", "voucher")
    projections = (
        {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["basket"]},
        {"ProjectionType": "KEYS_ONLY"},
    )
    client.create_table(
        TableName=shop.table,
        KeySchema=[_key("pk", "HASH"), _key("sk", "RANGE")],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in named],
        WarmThroughput={"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": WARM},
        GlobalSecondaryIndexes=[
            {
                "IndexName": name,
                "KeySchema": [_key(attribute, "HASH")],
                "Projection": projection,
                **({} if on_demand else least),
            }
            # By name, as a table may list them: their order says nothing of the cause.
            for name, attribute, projection in sorted(
                zip(shop.indexes, named[2:], projections, strict=True), key=lambda each: each[0]
            )
        ],
        **paid,
    )


def _key(name: str, kind: str) -> dict[str, str]:
    return {"AttributeName": name, "KeyType": kind}


def _limit(client: Any, shop: Sale, most: int) -> None:
    """What somebody has set lest it becomes expensive: for writes, and little for reads."""
    limits = {"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": most}
    client.update_table(TableName=shop.table, OnDemandThroughput=limits)


def _scale(client: Any, shop: Sale, cause: Cause) -> None:
    """Raise what was provisioned for the sale; there is no more burst capacity than before."""
    table = shop.peak // 4 if cause == "capacity" else 2 * shop.peak
    baskets = shop.index_peak // 5 if cause == "index" else 3 * shop.index_peak
    # An index of keys alone takes a unit an order: it is small, and large enough.
    sizes = (baskets, 2 * shop.rate)
    client.update_table(
        TableName=shop.table,
        ProvisionedThroughput=_units(table),
        GlobalSecondaryIndexUpdates=[
            {"Update": {"IndexName": name, "ProvisionedThroughput": _units(size)}}
            for name, size in zip(shop.indexes, sizes, strict=True)
        ],
    )


def _units(writes: int) -> dict[str, int]:
    return {"ReadCapacityUnits": 1, "WriteCapacityUnits": writes}


def shards(shop: Sale) -> int:
    """Over how many partition keys orders are spread, as the settings say now."""
    key = {"name": {"S": "sale"}}
    found = client_for("dynamodb").get_item(TableName=shop.settings, Key=key)["Item"]
    return int(found["shards"]["N"])


def sell(
    account: Account, shop: Sale, *, seconds: int = 2, first: int = 0, reports: bool = True
) -> list[dict[str, Any]]:
    """Let orders arrive at full rate; returns the lines that were written to the log group.

    first: the first order's number. reports: whether a report scans the table meanwhile.
    """
    spread = shards(shop)
    count = shop.rate * seconds
    puts: list[dict[str, Any]] = [
        {"TableName": shop.table, "Item": shop.order(number, spread)}
        for number in range(first, first + count)
    ]
    times = [1000 * place / shop.rate for place in range(count)]
    results = account.traffic("dynamodb:PutItem", zip(times, puts, strict=True))
    # The last one comes after the last order: whoever looks at one line alone may meet a report.
    offsets = [-900 + 100 * number for number in range(REPORTS - 1)] + [-20]
    pauses = [1000 * seconds + offset for offset in offsets] if reports else []
    scan = {"TableName": shop.table, "Select": "COUNT"}
    scans = account.traffic("dynamodb:Scan", [(pause, scan) for pause in pauses])
    account.advance(seconds=seconds + 1)
    lines = [
        _line(result, {"orderId": put["Item"]["sk"]["S"], "key": put["Item"]["pk"]["S"]})
        for result, put in zip(results, puts, strict=True)
    ]
    lines += [_line(result, {"report": "stock of the sale"}) for result in scans]
    _write(shop, lines)
    return lines


def _line(result: dict[str, Any], about: dict[str, str]) -> dict[str, Any]:
    if result["error"] is None:
        return {"time": result["time"], **about, "status": "ok"}
    why = {"error": result["error"], "reason": result["reason"]}
    return {"time": result["time"], **about, "status": "refused", **why}


def _write(shop: Sale, lines: Sequence[dict[str, Any]]) -> None:
    """Put the lines into the log group, each at its time."""
    client_for("logs").put_log_events(
        logGroupName=shop.log_group,
        logStreamName="orders",
        logEvents=sorted(map(_event, lines), key=lambda event: int(event["timestamp"])),
    )


def _event(line: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromisoformat(line["time"])
    return {"timestamp": int(at.timestamp() * 1000), "message": json.dumps(line)}
