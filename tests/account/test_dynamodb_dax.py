"""The client with DAX's caches: what it answers itself, what it passes on, how old that may be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import course.account
from course.account import Account, NotSimulated
from course.account.clock import utc
from tests.account.behaviours import behaviour
from tests.account.conftest import END, WORLD
from tests.account.tables import attributes, create, item

KEY = {"TableName": "t", "Key": attributes(pk="a")}
OF_A = {
    "TableName": "t",
    "KeyConditionExpression": "pk = :p",
    "ExpressionAttributeValues": attributes(**{":p": "a"}),
}


@pytest.fixture
def dynamodb(account: Account, session: Any) -> Any:
    client = session.client("dynamodb")
    create(client)
    client.put_item(TableName="t", Item=item(pk="a", n=1))
    return client


def reads(account: Account) -> int:
    """How many reads have come through to the tables."""
    names = ("GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems")
    return sum(call["operation"] in names for call in account.calls())


@behaviour("dax.item_cache")
def test_an_item_is_read_once_in_five_minutes(account: Account, dynamodb: Any) -> None:
    dax = account.dax()
    found = [dax.get_item(**KEY)["Item"] for _ in range(10)]
    assert found == [item(pk="a", n=1)] * 10
    assert reads(account) == 1
    assert dax.counts()["ItemCacheHits"] == 9 and dax.counts()["ItemCacheMisses"] == 1
    account.advance(minutes=5)
    dax.get_item(**KEY)
    assert reads(account) == 2


@behaviour("dax.item_cache")
def test_writes_beside_the_cache_are_seen_when_its_time_is_over(
    account: Account, dynamodb: Any
) -> None:
    dax = account.dax(item_ttl=60)
    dax.get_item(**KEY)
    dynamodb.put_item(TableName="t", Item=item(pk="a", n=2))
    assert dax.get_item(**KEY)["Item"] == item(pk="a", n=1)
    assert dax.get_item(**KEY, ConsistentRead=True)["Item"] == item(pk="a", n=2)
    assert dax.get_item(**KEY)["Item"] == item(pk="a", n=1)
    account.advance(seconds=60)
    assert dax.get_item(**KEY)["Item"] == item(pk="a", n=2)


@behaviour("dax.write_through")
def test_writes_through_the_cache_are_seen_at_once(account: Account, dynamodb: Any) -> None:
    dax = account.dax()
    dax.get_item(**KEY)
    dax.put_item(TableName="t", Item=item(pk="a", n=5))
    assert dax.get_item(**KEY)["Item"] == item(pk="a", n=5)
    add = {
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": attributes(**{":one": 1}),
    }
    assert "Attributes" not in dax.update_item(**KEY, **add)
    assert dax.get_item(**KEY)["Item"] == item(pk="a", n=6)
    assert dax.update_item(**KEY, **add, ReturnValues="UPDATED_NEW")["Attributes"] == attributes(
        n=7
    )
    assert reads(account) == 1
    assert dax.get_item(**KEY)["Item"] == item(pk="a", n=7)
    dax.delete_item(**KEY)
    assert "Item" not in dax.get_item(**KEY)
    assert dynamodb.scan(TableName="t")["Count"] == 0


@behaviour("dax.write_through")
def test_a_write_that_fails_leaves_the_cache_as_it_was(account: Account, dynamodb: Any) -> None:
    dax = account.dax()
    dax.get_item(**KEY)
    with pytest.raises(dax.exceptions.ConditionalCheckFailedException):
        dax.put_item(
            TableName="t", Item=item(pk="a", n=9), ConditionExpression="attribute_not_exists(pk)"
        )
    assert dax.get_item(**KEY)["Item"] == item(pk="a", n=1)
    assert dax.counts()["FailedRequestCount"] == 1


@behaviour("dax.query_cache")
def test_the_query_cache_does_not_learn_of_writes(account: Account, dynamodb: Any) -> None:
    dax = account.dax(query_ttl=60)
    assert dax.query(**OF_A)["Items"] == [item(pk="a", n=1)]
    dax.put_item(TableName="t", Item=item(pk="a", n=2))
    assert dax.query(**OF_A)["Items"] == [item(pk="a", n=1)]
    assert dax.query(**OF_A, Limit=5)["Items"] == [item(pk="a", n=2)]
    assert dax.query(**OF_A, ConsistentRead=True)["Items"] == [item(pk="a", n=2)]
    account.advance(seconds=60)
    assert dax.query(**OF_A)["Items"] == [item(pk="a", n=2)]
    counts = dax.counts()
    assert (counts["QueryCacheHits"], counts["QueryCacheMisses"]) == (1, 3)
    dax.scan(TableName="t")
    dax.scan(TableName="t")
    assert dax.counts()["ScanCacheHits"] == 1


@behaviour("dax.item_cache")
def test_what_is_missing_is_cached_too(account: Account, dynamodb: Any) -> None:
    dax = account.dax(item_ttl=60)
    missing = {"TableName": "t", "Key": attributes(pk="new")}
    assert "Item" not in dax.get_item(**missing)
    dynamodb.put_item(TableName="t", Item=item(pk="new"))
    assert "Item" not in dax.get_item(**missing)
    account.advance(minutes=1)
    assert "Item" in dax.get_item(**missing)


@behaviour("dax.item_cache")
def test_a_batch_reads_only_what_the_cache_lacks(account: Account, dynamodb: Any) -> None:
    dax = account.dax()
    dax.batch_write_item(
        RequestItems={"t": [{"PutRequest": {"Item": item(pk=key)}} for key in "bc"]}
    )
    keys = [attributes(pk=key) for key in "abcd"]
    answer = dax.batch_get_item(RequestItems={"t": {"Keys": keys}})
    assert sorted(each["pk"]["S"] for each in answer["Responses"]["t"]) == ["a", "b", "c"]
    (call,) = [call for call in account.calls() if call["operation"] == "BatchGetItem"]
    assert call["parameters"]["RequestItems"]["t"]["Keys"] == [keys[0], keys[3]]
    dax.batch_get_item(RequestItems={"t": {"Keys": keys}})
    assert reads(account) == 1
    dax.batch_write_item(RequestItems={"t": [{"DeleteRequest": {"Key": keys[0]}}]})
    answer = dax.batch_get_item(RequestItems={"t": {"Keys": keys}})
    assert len(answer["Responses"]["t"]) == 2


@behaviour("dax.transactions")
def test_transactions_pass_and_writing_ones_read_afterwards(
    account: Account, dynamodb: Any
) -> None:
    dax = account.dax()
    dax.get_item(**KEY)
    dynamodb.put_item(TableName="t", Item=item(pk="a", n=2))
    (found,) = dax.transact_get_items(TransactItems=[{"Get": KEY}])["Responses"]
    assert found["Item"] == item(pk="a", n=2)
    assert dax.get_item(**KEY)["Item"] == item(pk="a", n=1)
    dax.transact_write_items(TransactItems=[{"Put": {"TableName": "t", "Item": item(pk="a", n=3)}}])
    before = reads(account)
    assert dax.get_item(**KEY)["Item"] == item(pk="a", n=3)
    assert reads(account) == before


def test_the_least_recently_used_goes_first(account: Account, dynamodb: Any) -> None:
    dax = account.dax(most_items=2)
    for key in "abac":
        dax.get_item(TableName="t", Key=attributes(pk=key))
    before = reads(account)
    dax.get_item(TableName="t", Key=attributes(pk="a"))
    assert reads(account) == before
    dax.get_item(TableName="t", Key=attributes(pk="b"))
    assert reads(account) == before + 1
    assert dax.counts()["Evictions"] == 2


def test_nobody_can_change_what_is_cached(account: Account, dynamodb: Any) -> None:
    dax = account.dax()
    dax.get_item(**KEY)["Item"]["n"] = {"N": "100"}
    dax.get_item(**KEY)["Item"]["n"] = {"N": "200"}
    assert dax.get_item(**KEY)["Item"] == item(pk="a", n=1)


@behaviour("dax.metrics")
def test_hits_take_less_time_and_show_in_metrics(
    account: Account, cloudwatch: Any, dynamodb: Any
) -> None:
    dax = account.dax(cluster="catalog")
    before = account.now
    dax.get_item(**KEY)
    miss = account.now - before
    before = account.now
    dax.get_item(**KEY)
    assert account.now - before < miss
    account.advance(minutes=1)
    for name in ("ItemCacheHits", "ItemCacheMisses"):
        found = cloudwatch.get_metric_statistics(
            Namespace="AWS/DAX",
            MetricName=name,
            Dimensions=[{"Name": "ClusterId", "Value": "catalog"}],
            StartTime=utc(END),
            EndTime=account.now,
            Period=60,
            Statistics=["Sum"],
        )
        assert [point["Sum"] for point in found["Datapoints"]] == [1]


@settings(max_examples=12, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["read", "write", "beside", "wait"]), st.sampled_from("ab")),
        max_size=25,
    )
)
def test_no_answer_is_older_than_the_ttl(session: Any, steps: list[tuple[str, str]]) -> None:
    """A read gives the table's value of some moment within the last 60 seconds."""
    with course.account.open(WORLD) as account:
        client = session.client("dynamodb")
        create(client)
        dax = account.dax(item_ttl=60)
        history: dict[str, list[tuple[float, int]]] = {"a": [(0.0, 0)], "b": [(0.0, 0)]}
        for number, (step, key) in enumerate(steps, 1):
            now = account.now.timestamp()
            if step == "wait":
                account.advance(seconds=25)
            elif step == "read":
                found = dax.get_item(TableName="t", Key=attributes(pk=key)).get("Item")
                value = int(found["n"]["N"]) if found else 0
                later = [at for at, _ in history[key]][1:] + [float("inf")]
                current = [
                    v for (_, v), end in zip(history[key], later, strict=True) if end > now - 60
                ]
                assert value in current
            else:
                writer = dax if step == "write" else client
                writer.put_item(TableName="t", Item=item(pk=key, n=number))
                history[key].append((account.now.timestamp(), number))


@behaviour("dax.control_plane")
def test_clusters_are_made_and_described_and_the_rest_is_refused(
    session: Any, account: Account
) -> None:
    client = session.client("dax")
    client.create_cluster(
        ClusterName="catalog",
        NodeType="dax.t3.small",
        ReplicationFactor=3,
        IamRoleArn="arn:aws:iam::123456789012:role/dax",
    )
    (found,) = client.describe_clusters(ClusterNames=["catalog"])["Clusters"]
    assert found["TotalNodes"] == 3
    with pytest.raises(NotSimulated, match="dax:DescribeEvents"):
        client.describe_events()
