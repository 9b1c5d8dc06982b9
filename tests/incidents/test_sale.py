"""The sale that throttled: every cause has its own reasons, and only its own cure mends it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import boto3
import pytest

from course import account
from course.incidents import sale
from course.incidents.sale import CAUSES, Cause, Sale
from course.telemetry.world import World

NOON = 1_773_748_800_000
SEEDS = ("public", "another", 7)
REASONS = {
    "hot_key": "TableWriteKeyRangeThroughputExceeded",
    "index": "IndexWriteProvisionedThroughputExceeded",
    "capacity": "TableWriteProvisionedThroughputExceeded",
    "maximum": "TableWriteMaxOnDemandThroughputExceeded",
}


def opened() -> Any:
    return account.fresh(World("lab", NOON, NOON, [], []))


def refused(lines: list[dict[str, Any]]) -> Counter[str]:
    """How many orders were refused, by reason."""
    return Counter(line["reason"] for line in lines if "key" in line and line["status"] != "ok")


def cure(shop: Sale, cause: Cause) -> None:
    client = boto3.client("dynamodb")
    if cause == "hot_key":
        client.update_item(
            TableName=shop.settings,
            Key={"name": {"S": "sale"}},
            UpdateExpression="SET shards = :n",
            ExpressionAttributeValues={":n": {"N": "10"}},
        )
        return
    changes: dict[str, Any] = {"OnDemandThroughput": {"MaxWriteRequestUnits": shop.peak}}
    if cause == "capacity":
        changes = {"ProvisionedThroughput": units(shop.peak)}
    elif cause == "index":
        index = {"IndexName": shop.indexes[0], "ProvisionedThroughput": units(shop.index_peak)}
        changes = {"GlobalSecondaryIndexUpdates": [{"Update": index}]}
    client.update_table(TableName=shop.table, **changes)


def units(writes: int) -> dict[str, int]:
    return {"ReadCapacityUnits": 1, "WriteCapacityUnits": writes}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_refuses_orders_and_its_cure_mends_them(cause: Cause, seed: str | int) -> None:
    with opened() as lab:
        shop = sale.start(cause, seed)
        before = refused(sale.sell(lab, shop))
        cure(shop, cause)
        after = refused(sale.sell(lab, shop, first=1000))
    assert set(before) == {REASONS[cause]}
    assert before.total() > 2
    assert not after


@pytest.mark.parametrize("cause", CAUSES)
def test_the_report_meets_its_own_limit_and_orders_do_not(cause: Cause) -> None:
    with opened() as lab:
        lines = sale.sell(lab, sale.start(cause))
    reasons = {line["reason"] for line in lines if "report" in line and line["status"] != "ok"}
    assert len(reasons) == 1
    assert next(iter(reasons)).startswith("TableRead")


def test_the_place_of_the_index_among_all_says_nothing_of_the_cause() -> None:
    places = set()
    for seed in range(6):
        with opened():
            shop = sale.start("index", seed)
            table = boto3.client("dynamodb").describe_table(TableName=shop.table)["Table"]
        names = [index["IndexName"] for index in table["GlobalSecondaryIndexes"]]
        places.add(names.index(shop.indexes[0]))
    assert places == {0, 1}


@pytest.mark.parametrize("cause", CAUSES)
def test_the_last_refusal_is_a_reports(cause: Cause) -> None:
    with opened() as lab:
        lines = [line for line in sale.sell(lab, sale.start(cause)) if line["status"] != "ok"]
    assert "report" in max(lines, key=lambda line: line["time"])


def test_a_hot_key_is_as_hot_on_demand() -> None:
    with opened() as lab:
        shop = sale.start("hot_key", on_demand=True)
        found = sale.sell(lab, shop)
    assert set(refused(found)) == {REASONS["hot_key"]}
    assert {line["error"] for line in found if line["status"] != "ok"} == {"ThrottlingException"}


def test_more_capacity_does_not_cool_a_key() -> None:
    with opened() as lab:
        shop = sale.start("hot_key")
        boto3.client("dynamodb").update_table(
            TableName=shop.table, ProvisionedThroughput=units(4 * shop.peak)
        )
        assert refused(sale.sell(lab, shop)).total() > 2


def test_what_is_written_to_the_log_is_what_was_returned() -> None:
    with opened() as lab:
        shop = sale.start("capacity")
        lines = sale.sell(lab, shop)
        events = boto3.client("logs").filter_log_events(logGroupName=shop.log_group)["events"]
    assert len(events) == len(lines) == 2 * shop.rate + sale.REPORTS


def test_the_peak_is_what_a_second_of_orders_consumes() -> None:
    with opened() as lab:
        shop = sale.start("maximum", "peak")
        item = shop.order(5, 3)
        boto3.client("dynamodb").update_table(
            TableName=shop.table, OnDemandThroughput={"MaxWriteRequestUnits": -1}
        )
        answer = boto3.client("dynamodb").put_item(
            TableName=shop.table, Item=item, ReturnConsumedCapacity="INDEXES"
        )["ConsumedCapacity"]
        lab.advance(seconds=1)
    consumed = answer["GlobalSecondaryIndexes"][shop.indexes[0]]["CapacityUnits"]
    assert answer["Table"]["CapacityUnits"] * shop.rate == shop.peak
    assert consumed * shop.rate == shop.index_peak


def test_the_same_seed_gives_the_same_sale() -> None:
    assert sale.plan("k") == sale.plan("k") != sale.plan("l")
