"""Throughput limits of tables, indexes and partitions, and what a refused request is told."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

import course.account
from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD
from tests.account.tables import attributes, create, index, item, throughput

TEN_UNITS = 10 * 1024
ONE_ATTEMPT = Config(retries={"mode": "standard", "total_max_attempts": 1})


@pytest.fixture
def dynamodb(account: Account, session: Any) -> Any:
    """A client that does not try again."""
    return session.client("dynamodb", config=ONE_ATTEMPT)


def puts(table: str, keys: list[str], every: float, size: int = 0) -> list[tuple[float, Any]]:
    """Arrivals of puts, one every so many milliseconds."""
    return [
        (number * every, {"TableName": table, "Item": item(size, pk=key)})
        for number, key in enumerate(keys)
    ]


def outcomes(results: list[dict[str, Any]]) -> Counter[Any]:
    return Counter(each.get("reason") for each in results)


def run(account: Account, arrivals: list[tuple[float, Any]], seconds: float) -> Counter[Any]:
    """Let puts arrive; how many passed (None), and how many were throttled for which reason."""
    results = account.traffic("dynamodb:PutItem", arrivals)
    account.advance(seconds=seconds)
    return outcomes(results)


def drain(dynamodb: Any, table: str, size: int) -> int:
    """Write until the table refuses; how many items that took."""
    written = 0
    while True:
        try:
            dynamodb.put_item(TableName=table, Item=item(size, pk=f"drain-{written}"))
        except ClientError:
            return written
        written += 1


@behaviour("dynamodb.provisioned_throttling")
def test_unused_capacity_lasts_for_five_minutes_then_requests_are_throttled(
    account: Account, dynamodb: Any
) -> None:
    create(dynamodb, "t", capacity=(1, 2))
    # 600 units are kept, two come in every second; each write takes four.
    assert drain(dynamodb, "t", 4096) == 150
    with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException) as caught:
        dynamodb.put_item(TableName="t", Item=item(4096, pk="a"))
    answer = caught.value.response
    assert answer["ThrottlingReasons"] == [
        {
            "reason": "TableWriteProvisionedThroughputExceeded",
            "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/t",
        }
    ]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["Error"]["Message"].startswith("The level of configured provisioned throughput")
    account.advance(seconds=2)
    dynamodb.put_item(TableName="t", Item=item(4096, pk="a"))
    account.advance(hours=1)
    assert drain(dynamodb, "t", 4096) == 150


def test_a_refused_write_leaves_the_item_as_it_was(dynamodb: Any) -> None:
    create(dynamodb, "t", capacity=(5, 1))
    dynamodb.put_item(TableName="t", Item=item(pk="a", n=1))
    drain(dynamodb, "t", 20 * 1024)
    key = attributes(pk="a")
    for operation, parameters in (
        ("put_item", {"Item": item(90_000, pk="a")}),
        (
            "update_item",
            {
                "Key": key,
                "UpdateExpression": "SET p = :p",
                "ExpressionAttributeValues": {":p": {"S": "x" * 90_000}},
            },
        ),
    ):
        with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
            getattr(dynamodb, operation)(TableName="t", **parameters)
    assert dynamodb.get_item(TableName="t", Key=key)["Item"] == item(pk="a", n=1)


def test_reads_have_a_bucket_of_their_own(dynamodb: Any) -> None:
    create(dynamodb, "t", capacity=(1, 1000))
    dynamodb.put_item(TableName="t", Item=item(400_000, pk="a"))
    key, read = attributes(pk="a"), 0
    with pytest.raises(ClientError) as caught:
        while True:
            dynamodb.get_item(TableName="t", Key=key, ConsistentRead=True)
            read += 1
    # 300 units are kept; 400,000 bytes are 98 of them.
    assert read == 3
    (reason,) = caught.value.response["ThrottlingReasons"]
    assert reason["reason"] == "TableReadProvisionedThroughputExceeded"
    dynamodb.put_item(TableName="t", Item=item(pk="b"))


@behaviour("dynamodb.retries")
def test_botocores_retries_wait_until_there_is_capacity(account: Account, session: Any) -> None:
    create(session.client("dynamodb"), "t", capacity=(1, 2))
    drain(session.client("dynamodb", config=ONE_ATTEMPT), "t", 2048)
    patient = session.client("dynamodb", config=Config(retries={"total_max_attempts": 8}))
    before = account.now
    for number in range(5):
        patient.put_item(TableName="t", Item=item(pk=str(number)))
    assert 1 < (account.now - before).total_seconds() < 60
    errors = [call["error"] for call in account.calls() if call["operation"] == "PutItem"]
    assert "ProvisionedThroughputExceededException" in errors and errors[-1] is None


@behaviour("dynamodb.index_back_pressure")
def test_an_index_without_capacity_throttles_the_table(dynamodb: Any) -> None:
    slow = index("by-status", "status", capacity=(1, 1))
    create(dynamodb, "t", capacity=(1, 1000), GlobalSecondaryIndexes=[slow])
    with pytest.raises(ClientError) as caught:
        for number in range(400):
            dynamodb.put_item(TableName="t", Item=item(pk=str(number), status="open"))
    answer = caught.value.response
    assert number > 299
    assert "global secondary indexes" in answer["Error"]["Message"]
    assert answer["ThrottlingReasons"] == [
        {
            "reason": "IndexWriteProvisionedThroughputExceeded",
            "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/t/index/by-status",
        }
    ]
    dynamodb.put_item(TableName="t", Item=item(pk="not-in-the-index"))


@behaviour("dynamodb.hot_partitions")
def test_one_key_is_written_at_most_1000_times_a_second(account: Account, dynamodb: Any) -> None:
    create(dynamodb, "t")
    found = run(account, puts("t", ["one"] * 300, 5, TEN_UNITS), 2)
    # One second's units are there at the start, and those of one and a half come in.
    assert found == {None: 249, "TableWriteKeyRangeThroughputExceeded": 51}


@behaviour("dynamodb.hot_partitions")
def test_many_keys_share_the_load(account: Account, dynamodb: Any) -> None:
    create(dynamodb, "t")
    keys = [f"k{number}" for number in range(300)]
    assert run(account, puts("t", keys, 5, TEN_UNITS), 2) == {None: 300}


@behaviour("dynamodb.hot_partitions")
def test_a_provisioned_table_lends_its_capacity_to_a_hot_key(
    account: Account, dynamodb: Any
) -> None:
    """Adaptive capacity: one key may use all that the table has, up to a partition's maximum."""
    create(dynamodb, "t", capacity=(1, 4500))
    assert run(account, puts("t", ["one"] * 200, 10, TEN_UNITS), 3) == {None: 200}
    found = run(account, puts("t", ["one"] * 200, 2, TEN_UNITS), 1)
    assert found["TableWriteKeyRangeThroughputExceeded"] > 0
    assert set(found) == {None, "TableWriteKeyRangeThroughputExceeded"}


@behaviour("dynamodb.split_for_heat")
def test_a_hot_partition_is_split_and_a_hot_key_is_not(account: Account, dynamodb: Any) -> None:
    create(dynamodb, "many", capacity=(1, 20_000))
    create(dynamodb, "one", capacity=(1, 800))
    arrivals = []
    for minute in range(8):
        # Items of 100 KB: 100 units each, 15 a second to two keys of one table's one partition.
        for number in range(30):
            at = minute * 60_000 + number * 66
            for table, key in (("many", f"key-{number % 8}"), ("one", "the-key")):
                arrivals.append((at, {"TableName": table, "Item": item(102_400, pk=key)}))
    results = account.traffic("dynamodb:PutItem", arrivals)
    account.advance(minutes=8)
    refused = Counter(
        (event["TableName"], int(at // 60_000))
        for (at, event), result in zip(arrivals, results, strict=True)
        if result["error"]
    )
    assert all(refused["one", minute] for minute in range(8))
    assert not any(refused["many", minute] for minute in range(8))


@behaviour("dynamodb.on_demand")
def test_on_demand_answers_with_its_own_exception(account: Account, dynamodb: Any) -> None:
    create(dynamodb, "t")
    run(account, puts("t", ["one"] * 120, 1, TEN_UNITS), 0.12)
    with pytest.raises(ClientError) as caught:
        dynamodb.put_item(TableName="t", Item=item(400_000, pk="one"))
    answer = caught.value.response
    assert answer["Error"]["Code"] == "ThrottlingException"
    assert answer["throttlingReasons"][0]["reason"] == "TableWriteKeyRangeThroughputExceeded"


@behaviour("dynamodb.on_demand")
def test_a_configured_maximum_is_kept_and_described(account: Account, dynamodb: Any) -> None:
    limit = {"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 50}
    create(dynamodb, "t", OnDemandThroughput=limit)
    assert dynamodb.describe_table(TableName="t")["Table"]["OnDemandThroughput"] == limit
    found = run(account, puts("t", [f"k{n}" for n in range(200)], 5), 1)
    assert found[None] == pytest.approx(100, abs=5)
    assert found["TableWriteMaxOnDemandThroughputExceeded"] == 200 - found[None]
    dynamodb.update_table(TableName="t", OnDemandThroughput={"MaxReadRequestUnits": 70})
    changed = dynamodb.describe_table(TableName="t")["Table"]["OnDemandThroughput"]
    assert changed == {**limit, "MaxReadRequestUnits": 70}
    unlimited = {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}
    dynamodb.update_table(TableName="t", OnDemandThroughput=unlimited)
    assert run(account, puts("t", [f"k{n}" for n in range(200)], 5), 1) == {None: 200}


@behaviour("dynamodb.on_demand")
def test_a_table_of_an_account_has_a_quota(account: Account, dynamodb: Any) -> None:
    warm = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 400_000}
    create(dynamodb, "t", WarmThroughput=warm)
    arrivals = puts("t", [f"k{n}" for n in range(140)], 0.01, 300_000)
    results = account.traffic("dynamodb:PutItem", arrivals)
    account.advance(seconds=1)
    assert {each["error"] for each in results} == {None, "RequestLimitExceeded"}
    assert outcomes(results)["TableWriteAccountLimitExceeded"] > 0


@behaviour("dynamodb.on_demand")
def test_switching_to_on_demand_ends_provisioned_throttles(dynamodb: Any) -> None:
    create(dynamodb, "t", capacity=(1, 1))
    drain(dynamodb, "t", 60_000)
    dynamodb.update_table(TableName="t", BillingMode="PAY_PER_REQUEST")
    dynamodb.put_item(TableName="t", Item=item(60_000, pk="a"))
    with pytest.raises(ClientError, match="ProvisionedThroughput must be specified"):
        dynamodb.update_table(TableName="t", BillingMode="PROVISIONED")


def test_more_capacity_helps_at_once(dynamodb: Any) -> None:
    create(dynamodb, "t", capacity=(1, 1))
    drain(dynamodb, "t", 60_000)
    dynamodb.update_table(TableName="t", ProvisionedThroughput=throughput(1, 5000))
    with pytest.raises(ClientError):
        dynamodb.put_item(TableName="t", Item=item(60_000, pk="a"))
    dynamodb.put_item(TableName="t", Item=item(5_000, pk="b"))


# -- batches ---------------------------------------------------------------------------------------


def batch(keys: list[str], size: int) -> dict[str, Any]:
    return {"t": [{"PutRequest": {"Item": item(size, pk=key)}} for key in keys]}


@behaviour("dynamodb.unprocessed")
def test_a_batch_writes_what_it_can_and_hands_back_the_rest(dynamodb: Any) -> None:
    create(dynamodb, "t", capacity=(1000, 1))
    keys = [str(number) for number in range(25)]
    answer = dynamodb.batch_write_item(RequestItems=batch(keys, 20 * 1024))
    left = [each["PutRequest"]["Item"]["pk"]["S"] for each in answer["UnprocessedItems"]["t"]]
    # 300 units are there; every item takes 20.
    assert left == keys[15:]
    found = dynamodb.scan(TableName="t", Select="COUNT")["Count"]
    assert found == 15
    assert answer["UnprocessedItems"]["t"][0] == batch(left[:1], 20 * 1024)["t"][0]


@behaviour("dynamodb.unprocessed")
def test_a_batch_of_which_nothing_is_written_is_throttled(dynamodb: Any) -> None:
    create(dynamodb, "t", capacity=(1, 1))
    drain(dynamodb, "t", 60_000)
    with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException):
        dynamodb.batch_write_item(RequestItems=batch(["a", "b"], 60_000))


@behaviour("dynamodb.unprocessed")
def test_a_batch_reads_at_most_16_mb(account: Account, dynamodb: Any) -> None:
    create(
        dynamodb, "t", WarmThroughput={"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 90_000}
    )
    keys = [str(number) for number in range(45)]
    for start in range(0, 45, 15):
        dynamodb.batch_write_item(RequestItems=batch(keys[start : start + 15], 400_000))
        account.advance(seconds=1)
    wanted = {"t": {"Keys": [attributes(pk=key) for key in keys], "ProjectionExpression": "pk"}}
    answer = dynamodb.batch_get_item(RequestItems=wanted)
    assert len(answer["Responses"]["t"]) == 16 * 1024 * 1024 // 400_000 == 41


@behaviour("dynamodb.unprocessed")
def test_a_batch_reads_what_it_can(dynamodb: Any) -> None:
    create(dynamodb, "t", capacity=(1, 10_000))
    keys = [str(number) for number in range(6)]
    dynamodb.batch_write_item(RequestItems=batch(keys, 100_000))
    drained = 0
    while drained < 20:  # 12.5 units each, of 300
        dynamodb.get_item(TableName="t", Key=attributes(pk="0"))
        drained += 1
    wanted = {"t": {"Keys": [attributes(pk=key) for key in keys], "ProjectionExpression": "pk"}}
    answer = dynamodb.batch_get_item(RequestItems=wanted)
    read = [found["pk"]["S"] for found in answer["Responses"]["t"]]
    left = answer["UnprocessedKeys"]["t"]
    assert read == keys[:4] and [key["pk"]["S"] for key in left["Keys"]] == keys[4:]
    assert left["ProjectionExpression"] == "pk"
    with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
        dynamodb.batch_get_item(RequestItems={"t": left})


@behaviour("dynamodb.unprocessed")
def test_a_batch_reads_at_most_1_mb_from_a_partition(account: Account, dynamodb: Any) -> None:
    create(dynamodb, "t", capacity=(1000, 500))
    keys = [str(number) for number in range(15)]
    for half in (keys[:8], keys[8:]):
        dynamodb.batch_write_item(RequestItems=batch(half, 90_000))
        account.advance(seconds=1)
    wanted = {"t": {"Keys": [attributes(pk=key) for key in keys]}}
    answer = dynamodb.batch_get_item(RequestItems=wanted)
    # The table has one partition, and 11 items of 90,000 bytes are just below 1 MB.
    assert len(answer["Responses"]["t"]) == 11
    assert answer["UnprocessedKeys"]["t"]["Keys"] == wanted["t"]["Keys"][11:]


# -- laws ------------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None)
@given(
    writes=st.integers(1, 5),
    arrivals=st.lists(st.tuples(st.integers(0, 60_000), st.integers(1, 200)), max_size=60),
)
def test_no_more_than_burst_and_rate_passes(
    session: Any, writes: int, arrivals: list[tuple[int, int]]
) -> None:
    """Up to any instant; the last request may be as large as it likes."""
    with course.account.open(WORLD) as account:
        create(session.client("dynamodb"), "t", capacity=(1, writes))
        sent = sorted(arrivals)
        results = account.traffic(
            "dynamodb:PutItem",
            [
                (at, {"TableName": "t", "Item": item(units * 1024, pk=str(number))})
                for number, (at, units) in enumerate(sent)
            ],
        )
        account.advance(seconds=61)
    passed = 0.0
    for (at, units), result in zip(sent, results, strict=True):
        if result["error"] is None:
            passed += units
            assert passed <= 300 * writes + writes * at / 1000 + max(0, units - 300 * writes)


@settings(max_examples=8, deadline=None)
@given(
    keys=st.lists(st.sampled_from("abcd"), max_size=25),
    rate=st.floats(0, 0.9),
    lost=st.booleans(),
)
def test_no_acknowledged_write_is_lost_under_faults(
    session: Any, keys: list[str], rate: float, lost: bool
) -> None:
    """A counter has at least every increment that was acknowledged, and not one that never came."""
    with course.account.open(WORLD) as account:
        dynamodb = session.client("dynamodb", config=ONE_ATTEMPT)
        create(dynamodb, "t", capacity=(10, 10))
        error = "ReadTimeout" if lost else "InternalServerError"
        fault = account.fault("dynamodb:UpdateItem", error=error, rate=rate)
        done: Counter[str] = Counter()
        for key in keys:
            try:
                dynamodb.update_item(
                    TableName="t",
                    Key=attributes(pk=key),
                    UpdateExpression="ADD n :one",
                    ExpressionAttributeValues=attributes(**{":one": 1}),
                )
            except Exception:  # whatever the fault is, the write is not acknowledged
                continue
            done[key] += 1
        fault.remove()
        asked = Counter(keys)
        for key in set(keys):
            found = dynamodb.get_item(TableName="t", Key=attributes(pk=key), ConsistentRead=True)
            count = int(found["Item"]["n"]["N"]) if "Item" in found else 0
            assert done[key] <= count <= asked[key]
            assert lost or count == done[key]


def test_traffic_names_operations_on_items(account: Account) -> None:
    with pytest.raises(ValueError, match="write it as dynamodb:PutItem"):
        account.traffic("dynamodb:CreateTable", [])


def test_traffic_meets_faults_and_is_recorded(account: Account, dynamodb: Any) -> None:
    create(dynamodb, "t")
    account.fault("dynamodb:GetItem", error="ConnectionReset", times=1)
    key = {"TableName": "t", "Key": attributes(pk="a")}
    results = account.traffic("dynamodb:GetItem", [(0, key), (10, key), (20, {**key, "Key": {}})])
    account.advance(seconds=1)
    assert [each["error"] for each in results] == [
        "ConnectionClosedError",
        None,
        "ValidationException",
    ]
    assert results[1]["status"] == 200 and results[1]["payload"] == {}
    assert results[1]["total_ms"] > 0
    assert [call["operation"] for call in account.calls()][-3:] == ["GetItem"] * 3
