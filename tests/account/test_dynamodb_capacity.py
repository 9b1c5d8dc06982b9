"""What requests to DynamoDB consume: hand-counted cases, and laws."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

import course.account
from course.account import Account
from course.account.clock import utc
from tests.account.behaviours import behaviour
from tests.account.conftest import END, WORLD
from tests.account.tables import attributes, create, index, item

CASES = tomllib.loads(Path(__file__).with_name("dynamodb_capacity.toml").read_text("utf-8"))["case"]
ARMS = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")


@pytest.fixture
def dynamodb(account: Account, session: Any) -> Any:
    return session.client("dynamodb")


def make_table(dynamodb: Any, name: str) -> None:
    """One of the tables that dynamodb_capacity.toml describes."""
    if name == "plain":
        create(dynamodb, "plain")
    elif name == "sorted":
        create(dynamodb, "sorted", ("pk", "sk"))
    else:
        create(
            dynamodb,
            "indexed",
            ("pk", "sk"),
            LocalSecondaryIndexes=[index("by-day", "pk", "day", projects="KEYS_ONLY")],
            GlobalSecondaryIndexes=[
                index("by-status", "status", projects=["note"]),
                index("by-owner", "owner"),
            ],
        )


def items(described: dict[str, Any]) -> list[dict[str, Any]]:
    """The items of an entry of `given`: `count` of them, or one."""
    count = described.pop("count", None)
    if count is None:
        return [item(**described)]
    return [
        item(sk=f"{number:02}" if count > 10 else str(number), **described)
        for number in range(count)
    ]


def prepared(parameters: Any) -> Any:
    """Parameters as boto3 takes them: items, keys and values are plain in the file."""
    if isinstance(parameters, list):
        return [prepared(each) for each in parameters]
    if not isinstance(parameters, dict):
        return parameters
    found: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in ("Key", "Item"):
            found[name] = item(**value)
        elif name == "Keys":
            found[name] = [attributes(**each) for each in value]
        elif name == "ExpressionAttributeValues":
            found[name] = attributes(**value)
        else:
            found[name] = prepared(value)
    return found


def ask(dynamodb: Any, case: dict[str, Any], wanted: str) -> dict[str, Any]:
    """ConsumedCapacity of the case's call."""
    named = (
        {}
        if {"RequestItems", "TransactItems"} & set(case["with"])
        else {"TableName": case["table"]}
    )
    call = getattr(dynamodb, case["call"])
    answer = call(**named, **prepared(case["with"]), ReturnConsumedCapacity=wanted)
    found = answer["ConsumedCapacity"]
    if isinstance(found, list):
        (found,) = found
    return dict(found)


def fill(dynamodb: Any, case: dict[str, Any]) -> None:
    make_table(dynamodb, case["table"])
    for described in case.get("given", ()):
        for each in items(dict(described)):
            dynamodb.put_item(TableName=case["table"], Item=each)


@behaviour("dynamodb.consumed_capacity")
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_capacity_equals_a_hand_count(dynamodb: Any, case: dict[str, Any]) -> None:
    fill(dynamodb, case)
    found = ask(dynamodb, case, "INDEXES")
    told = {name: arm["CapacityUnits"] for arm in ARMS for name, arm in found.get(arm, {}).items()}
    told["Table"] = found["Table"]["CapacityUnits"]
    assert found["TableName"] == case["table"]
    assert found["CapacityUnits"] == case["total"] == sum(told.values())
    assert told == case.get("arms", told)
    assert found.get("ReadCapacityUnits") == case.get("read")
    assert found.get("WriteCapacityUnits") == case.get("write")


def test_there_are_enough_cases_and_each_is_named_once() -> None:
    names = [case["name"] for case in CASES]
    assert len(set(names)) == len(names) >= 60


def test_total_leaves_out_what_indexes_tells(dynamodb: Any) -> None:
    make_table(dynamodb, "indexed")
    one = item(pk="a", sk="1", owner="o")
    answer = dynamodb.put_item(TableName="indexed", Item=one, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": "indexed", "CapacityUnits": 2.0}
    assert "ConsumedCapacity" not in dynamodb.put_item(TableName="indexed", Item=one)


def consumed(account: Account, session: Any, kind: str, table: str) -> float:
    """The metric's sum since the account was opened."""
    account.advance(minutes=1)
    found = session.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/DynamoDB",
        MetricName=f"Consumed{kind}CapacityUnits",
        Dimensions=[{"Name": "TableName", "Value": table}],
        StartTime=utc(END - 60_000),
        EndTime=account.now,
        Period=3600,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])


@behaviour("dynamodb.condition_failures_consume")
@pytest.mark.parametrize(
    ("operation", "parameters", "units"),
    [
        # The larger of the item that is there (2,500 bytes) and the one that was to be put.
        ("put_item", {"Item": item(pk="a", bytes=3500)}, 4),
        ("put_item", {"Item": item(pk="a", bytes=100)}, 3),
        ("delete_item", {"Key": attributes(pk="a")}, 3),
        ("update_item", {"Key": attributes(pk="a"), "UpdateExpression": "REMOVE p"}, 3),
        ("put_item", {"Item": item(pk="b", bytes=100)}, 1),
    ],
)
def test_a_condition_that_fails_consumes_all_the_same(
    account: Account,
    session: Any,
    dynamodb: Any,
    operation: str,
    parameters: dict[str, Any],
    units: float,
) -> None:
    make_table(dynamodb, "plain")
    dynamodb.put_item(TableName="plain", Item=item(pk="a", bytes=2500))
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        getattr(dynamodb, operation)(
            TableName="plain", ConditionExpression="attribute_exists(nothing)", **parameters
        )
    assert consumed(account, session, "Write", "plain") == 3 + units


WRITES = st.lists(
    st.tuples(
        st.sampled_from(["put", "update", "delete"]),
        st.sampled_from("abc"),
        st.integers(20, 3000),
        st.sampled_from([None, "open", "done"]),
    ),
    max_size=12,
)


@settings(max_examples=10, deadline=None)
@given(writes=WRITES)
def test_totals_add_up(session: Any, writes: list[tuple[str, str, int, str | None]]) -> None:
    """What the answers say, one by one, is what the metrics say in the end."""
    with course.account.open(WORLD) as account:
        dynamodb = session.client("dynamodb")
        create(dynamodb, "t", GlobalSecondaryIndexes=[index("by-status", "status")])
        told = {"t": 0.0, "by-status": 0.0}
        for kind, key, size, status in writes:
            found = one_write(dynamodb, kind, key, size, status)["ConsumedCapacity"]
            told["t"] += found["Table"]["CapacityUnits"]
            arms = found.get("GlobalSecondaryIndexes", {})
            told["by-status"] += sum(arm["CapacityUnits"] for arm in arms.values())
            assert found["CapacityUnits"] == found["Table"]["CapacityUnits"] + sum(
                arm["CapacityUnits"] for arm in arms.values()
            )
        assert consumed(account, session, "Write", "t") == told["t"]


def one_write(dynamodb: Any, kind: str, key: str, size: int, status: str | None) -> Any:
    more: dict[str, Any] = {} if status is None else {"status": status}
    common = {"TableName": "t", "ReturnConsumedCapacity": "INDEXES"}
    if kind == "put":
        return dynamodb.put_item(Item=item(pk=key, bytes=size, **more), **common)
    if kind == "delete":
        return dynamodb.delete_item(Key=attributes(pk=key), **common)
    return dynamodb.update_item(
        Key=attributes(pk=key),
        UpdateExpression="SET p = :p",
        ExpressionAttributeValues=attributes(**{":p": "x" * size}),
        **common,
    )


@behaviour("dynamodb.item_size")
def test_an_item_has_at_most_400_kb(dynamodb: Any) -> None:
    make_table(dynamodb, "plain")
    dynamodb.put_item(TableName="plain", Item=item(pk="a", bytes=409_600))
    with pytest.raises(ClientError, match="Item size has exceeded the maximum allowed size"):
        dynamodb.put_item(TableName="plain", Item=item(pk="a", bytes=409_601))
    with pytest.raises(ClientError, match="Item size to update has exceeded"):
        dynamodb.update_item(
            TableName="plain",
            Key=attributes(pk="a"),
            UpdateExpression="SET q = :q",
            ExpressionAttributeValues={":q": {"S": "x"}},
        )
    found = dynamodb.get_item(TableName="plain", Key=attributes(pk="a"))["Item"]
    assert "q" not in found
