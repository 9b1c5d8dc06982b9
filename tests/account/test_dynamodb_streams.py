"""Streams of tables, and items that expire."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

import course.account
from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD
from tests.account.tables import attributes, create, index, item

BOTH_IMAGES = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.fixture
def dynamodb(account: Account, session: Any) -> Any:
    client = session.client("dynamodb")
    create(client, StreamSpecification=BOTH_IMAGES)
    return client


def records(session: Any, dynamodb: Any) -> list[dict[str, Any]]:
    """Everything in the table's stream."""
    streams = session.client("dynamodbstreams")
    arn = dynamodb.describe_table(TableName="t")["Table"]["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    found: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator)["Records"]
    return found


def changes(session: Any, dynamodb: Any) -> list[tuple[str, Any, Any]]:
    return [
        (each["eventName"], each["dynamodb"].get("OldImage"), each["dynamodb"].get("NewImage"))
        for each in records(session, dynamodb)
    ]


def add_one(dynamodb: Any, key: str) -> None:
    dynamodb.update_item(
        TableName="t",
        Key=attributes(pk=key),
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues=attributes(**{":one": 1}),
    )


@behaviour("dynamodb.streams_endpoint")
def test_a_stream_is_read_with_a_client_of_today(session: Any, dynamodb: Any) -> None:
    dynamodb.put_item(TableName="t", Item=item(pk="a"))
    (record,) = records(session, dynamodb)
    assert record["awsRegion"] == "us-east-1"
    assert record["dynamodb"]["Keys"] == attributes(pk="a")
    assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], datetime)
    assert "userIdentity" not in record


@behaviour("dynamodb.stream_content")
def test_a_stream_has_one_record_for_each_real_change(session: Any, dynamodb: Any) -> None:
    one, two = item(pk="a", n=1), item(pk="a", n=2)
    add_one(dynamodb, "a")
    add_one(dynamodb, "a")
    dynamodb.put_item(TableName="t", Item=two)
    dynamodb.delete_item(TableName="t", Key=attributes(pk="a"))
    dynamodb.delete_item(TableName="t", Key=attributes(pk="a"))
    assert changes(session, dynamodb) == [
        ("INSERT", None, one),
        ("MODIFY", one, two),
        ("REMOVE", two, None),
    ]


@behaviour("dynamodb.stream_content")
def test_what_was_not_done_is_not_in_the_stream(session: Any, dynamodb: Any) -> None:
    failing = {"ConditionExpression": "attribute_exists(nothing)"}
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(TableName="t", Item=item(pk="a"), **failing)
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "t", "Item": item(pk="a")}},
                {"Put": {"TableName": "t", "Item": item(pk="b"), **failing}},
            ]
        )
    with pytest.raises(ClientError):
        dynamodb.update_item(
            TableName="t", Key=attributes(pk="c"), UpdateExpression="SET a.b.c = pk"
        )
    assert records(session, dynamodb) == []
    assert dynamodb.scan(TableName="t")["Count"] == 0


def test_batches_and_transactions_are_in_the_stream(session: Any, dynamodb: Any) -> None:
    dynamodb.batch_write_item(
        RequestItems={"t": [{"PutRequest": {"Item": item(pk=key)}} for key in "ab"]}
    )
    dynamodb.transact_write_items(
        TransactItems=[{"Delete": {"TableName": "t", "Key": attributes(pk="a")}}]
    )
    assert [name for name, _, _ in changes(session, dynamodb)] == ["INSERT", "INSERT", "REMOVE"]


def test_the_same_calls_give_the_same_records(session: Any) -> None:
    found = []
    for _ in range(2):
        with course.account.open(WORLD):
            client = session.client("dynamodb")
            create(client, StreamSpecification=BOTH_IMAGES)
            add_one(client, "a")
            found.append(json.dumps(records(session, client), default=str))
    assert found[0] == found[1]


# -- time to live ----------------------------------------------------------------------------------


def expire_by(dynamodb: Any, name: str = "until", enabled: bool = True) -> None:
    dynamodb.update_time_to_live(
        TableName="t", TimeToLiveSpecification={"Enabled": enabled, "AttributeName": name}
    )


def keys(dynamodb: Any) -> set[str]:
    return {found["pk"]["S"] for found in dynamodb.scan(TableName="t")["Items"]}


def seconds(account: Account) -> int:
    return int(account.now.timestamp())


@behaviour("dynamodb.ttl")
def test_expired_items_show_for_a_while_and_then_disappear(
    account: Account, session: Any, dynamodb: Any
) -> None:
    now = seconds(account)
    before = item(pk="before", until=now - 3 * 86_400)
    dynamodb.put_item(TableName="t", Item=before)
    expire_by(dynamodb)
    dynamodb.put_item(TableName="t", Item=item(pk="soon", until=now + 60))
    dynamodb.put_item(TableName="t", Item=item(pk="later", until=now + 5 * 3600))
    dynamodb.put_item(TableName="t", Item=item(pk="text", until=str(now)))
    dynamodb.put_item(TableName="t", Item=item(pk="long ago", until=now - 6 * 365 * 86_400))
    account.advance(minutes=10)
    assert {"before", "soon"} <= keys(dynamodb)
    account.advance(hours=1)
    assert keys(dynamodb) == {"later", "text", "long ago"}
    account.advance(hours=5)
    assert keys(dynamodb) == {"text", "long ago"}
    removed = [each for each in records(session, dynamodb) if each["eventName"] == "REMOVE"]
    assert removed[0]["dynamodb"]["OldImage"] == before
    assert removed[0]["userIdentity"] == {
        "Type": "Service",
        "PrincipalId": "dynamodb.amazonaws.com",
    }


@behaviour("dynamodb.ttl")
def test_an_item_that_is_given_more_time_stays(account: Account, dynamodb: Any) -> None:
    expire_by(dynamodb)
    dynamodb.put_item(TableName="t", Item=item(pk="a", until=seconds(account) + 60))
    dynamodb.put_item(TableName="t", Item=item(pk="a", until=seconds(account) + 86_400))
    account.advance(hours=2)
    assert keys(dynamodb) == {"a"}
    expire_by(dynamodb, enabled=False)
    account.advance(hours=48)
    assert keys(dynamodb) == {"a"}


def test_time_to_live_cannot_be_switched_to_what_it_is(dynamodb: Any) -> None:
    with pytest.raises(ClientError, match="TimeToLive is already disabled"):
        expire_by(dynamodb, enabled=False)
    expire_by(dynamodb)
    with pytest.raises(ClientError, match="TimeToLive is already enabled"):
        expire_by(dynamodb)
    found = dynamodb.describe_time_to_live(TableName="t")["TimeToLiveDescription"]
    assert found == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}


# -- item collections ------------------------------------------------------------------------------


@behaviour("dynamodb.item_collections")
def test_a_full_collection_takes_no_more_and_may_shrink(
    account: Account, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("course.account.tables.changes.COLLECTION_LIMIT", 2500)  # not 10 GB
    client = session.client("dynamodb")
    create(client, "t", ("pk", "sk"), LocalSecondaryIndexes=[index("by-day", "pk", "day")])
    first = item(1000, pk="a", sk="1", day="d")
    client.put_item(TableName="t", Item=first)
    with pytest.raises(client.exceptions.ItemCollectionSizeLimitExceededException):
        client.put_item(TableName="t", Item=item(600, pk="a", sk="2"))
    client.put_item(TableName="t", Item=item(600, pk="b", sk="2"))
    client.put_item(TableName="t", Item=item(900, pk="a", sk="1", day="d"))
    assert client.scan(TableName="t")["Count"] == 2


@behaviour("dynamodb.item_collections")
def test_item_collections_are_measured_where_there_is_a_local_index(
    session: Any, account: Account
) -> None:
    client = session.client("dynamodb")
    create(client, "t", ("pk", "sk"), LocalSecondaryIndexes=[index("by-day", "pk", "day")])
    create(client, "plain")
    measured = {
        "ItemCollectionKey": attributes(pk="a"),
        "SizeEstimateRangeGB": [0.0, 1.0],
    }
    one = item(pk="a", sk="1", day="d")
    asked = {"ReturnItemCollectionMetrics": "SIZE"}
    answer = client.put_item(TableName="t", Item=one, **asked)
    assert answer["ItemCollectionMetrics"] == measured
    answer = client.batch_write_item(RequestItems={"t": [{"PutRequest": {"Item": one}}]}, **asked)
    assert answer["ItemCollectionMetrics"] == {"t": [measured]}
    assert "ItemCollectionMetrics" not in client.put_item(TableName="t", Item=one)
    answer = client.put_item(TableName="plain", Item=item(pk="a"), **asked)
    assert "ItemCollectionMetrics" not in answer
