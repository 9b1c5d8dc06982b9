"""Transactions, their conflicts and tokens; writes of many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from course.account.clock import utc
from tests.account.behaviours import behaviour
from tests.account.conftest import END
from tests.account.tables import attributes, create, item


@pytest.fixture
def dynamodb(account: Account, session: Any) -> Any:
    client = session.client("dynamodb")
    create(client)
    return client


def put(key: str, **values: Any) -> dict[str, Any]:
    condition = values.pop("condition", None)
    found = {"TableName": "t", "Item": item(pk=key, **values)}
    return {"Put": {**found, "ConditionExpression": condition} if condition else found}


def add(key: str, to: str = "n") -> dict[str, Any]:
    return {
        "Update": {
            "TableName": "t",
            "Key": attributes(pk=key),
            "UpdateExpression": f"ADD {to} :one",
            "ExpressionAttributeValues": attributes(**{":one": 1}),
        }
    }


def check(key: str, condition: str) -> dict[str, Any]:
    named = {"TableName": "t", "Key": attributes(pk=key), "ConditionExpression": condition}
    return {"ConditionCheck": named}


def held(dynamodb: Any, key: str) -> Any:
    return dynamodb.get_item(TableName="t", Key=attributes(pk=key)).get("Item")


def reasons(caught: Any) -> list[str]:
    return [reason["Code"] for reason in caught.value.response["CancellationReasons"]]


@behaviour("dynamodb.transactions")
def test_a_transaction_is_all_or_nothing_with_a_reason_for_each_action(dynamodb: Any) -> None:
    dynamodb.transact_write_items(
        TransactItems=[put("a", n=1), add("b"), check("c", "attribute_not_exists(pk)")]
    )
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(
            TransactItems=[
                add("a"),
                put("b", condition="attribute_not_exists(pk)"),
                {"Update": {**add("a2")["Update"], "UpdateExpression": "ADD pk :one"}},
                {"Delete": {"TableName": "t", "Key": attributes(pk="c")}},
            ]
        )
    assert reasons(caught) == ["None", "ConditionalCheckFailed", "ValidationError", "None"]
    assert "[None, ConditionalCheckFailed, ValidationError, None]" in str(caught.value)
    assert held(dynamodb, "a") == item(pk="a", n=1) and held(dynamodb, "b") == item(pk="b", n=1)


def test_a_failed_condition_can_show_the_item(dynamodb: Any) -> None:
    dynamodb.put_item(TableName="t", Item=item(pk="a", n=1))
    action = put("a", condition="attribute_not_exists(pk)")
    action["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=[action])
    (reason,) = caught.value.response["CancellationReasons"]
    assert reason["Item"] == item(pk="a", n=1)


def test_an_update_that_grows_too_large_cancels_and_a_put_is_invalid(dynamodb: Any) -> None:
    dynamodb.put_item(TableName="t", Item=item(400_000, pk="a"))
    grow = add("a")["Update"]
    grow["UpdateExpression"] = "SET q = :one"
    grow["ExpressionAttributeValues"] = {":one": {"S": "x" * 20_000}}
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException, match="ValidationError"):
        dynamodb.transact_write_items(TransactItems=[{"Update": grow}])
    assert held(dynamodb, "a") == item(400_000, pk="a")
    with pytest.raises(ClientError, match="ValidationException"):
        dynamodb.transact_write_items(TransactItems=[put("b", bytes=410_000)])


@behaviour("dynamodb.transactions")
def test_no_item_may_be_named_twice(dynamodb: Any) -> None:
    with pytest.raises(ClientError, match="cannot include multiple operations on one item"):
        dynamodb.transact_write_items(TransactItems=[put("a"), add("a")])


def test_a_key_of_the_wrong_type_cancels_and_an_empty_one_is_invalid(dynamodb: Any) -> None:
    wrong = {"Put": {"TableName": "t", "Item": attributes(pk=1)}}
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=[put("a"), wrong])
    assert reasons(caught) == ["None", "ValidationError"]
    assert held(dynamodb, "a") is None
    with pytest.raises(ClientError, match="cannot contain an empty string value"):
        dynamodb.transact_write_items(TransactItems=[put("")])


def test_what_stumbles_half_way_leaves_nothing_behind(dynamodb: Any) -> None:
    broken = {"Update": {**add("b")["Update"], "UpdateExpression": "SET n = n[ :one"}}
    with pytest.raises((ClientError, NotSimulated)):
        dynamodb.transact_write_items(TransactItems=[put("a"), broken])
    assert dynamodb.scan(TableName="t")["Count"] == 0


@behaviour("dynamodb.idempotency")
def test_a_token_makes_a_request_idempotent_for_ten_minutes(
    account: Account, dynamodb: Any
) -> None:
    request = {
        "TransactItems": [add("a")],
        "ClientRequestToken": "once",
        "ReturnConsumedCapacity": "TOTAL",
    }
    (first,) = dynamodb.transact_write_items(**request)["ConsumedCapacity"]
    (again,) = dynamodb.transact_write_items(**request)["ConsumedCapacity"]
    assert held(dynamodb, "a") == item(pk="a", n=1)
    assert first == {"TableName": "t", "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}
    assert again == {"TableName": "t", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}
    with pytest.raises(dynamodb.exceptions.IdempotentParameterMismatchException):
        dynamodb.transact_write_items(TransactItems=[add("b")], ClientRequestToken="once")
    account.advance(minutes=10)
    dynamodb.transact_write_items(**request)
    assert held(dynamodb, "a") == item(pk="a", n=2)


def test_a_cancelled_request_may_be_sent_again_with_its_token(dynamodb: Any) -> None:
    request = {"TransactItems": [check("a", "attribute_exists(pk)"), put("b")]}
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(**request, ClientRequestToken="twice")
    dynamodb.put_item(TableName="t", Item=item(pk="a"))
    dynamodb.transact_write_items(**request, ClientRequestToken="twice")
    assert held(dynamodb, "b")


@behaviour("dynamodb.transaction_conflicts")
def test_what_overlaps_with_a_transaction_conflicts(account: Account, dynamodb: Any) -> None:
    transaction = account.traffic(
        "dynamodb:TransactWriteItems", [(0, {"TransactItems": [add("a"), add("b")]})]
    )
    meanwhile = [
        account.traffic(operation, [(1, parameters), (100, parameters)])
        for operation, parameters in (
            ("dynamodb:UpdateItem", add("a")["Update"]),
            ("dynamodb:PutItem", {"TableName": "t", "Item": item(pk="other")}),
            ("dynamodb:TransactWriteItems", {"TransactItems": [put("new"), add("b")]}),
            (
                "dynamodb:TransactGetItems",
                {"TransactItems": [{"Get": {"TableName": "t", "Key": attributes(pk="a")}}]},
            ),
            ("dynamodb:GetItem", {"TableName": "t", "Key": attributes(pk="a")}),
        )
    ]
    account.advance(seconds=1)
    assert transaction[0]["status"] == 200 and transaction[0]["total_ms"] > 1
    assert [results[0]["error"] for results in meanwhile] == [
        "TransactionConflictException",
        None,
        "TransactionCanceledException",
        "TransactionCanceledException",
        None,
    ]
    assert "[None, TransactionConflict]" in meanwhile[2][0]["reason"]
    # A tenth of a second later nothing is in the way, but for the third one's own items.
    assert [results[1]["error"] for results in meanwhile][:3] == [None, None, None]
    metrics = account_metric(account, "TransactionConflict")
    assert metrics >= 2


def account_metric(account: Account, name: str) -> float:
    account.advance(minutes=1)
    found = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/DynamoDB",
        MetricName=name,
        Dimensions=[{"Name": "TableName", "Value": "t"}],
        StartTime=utc(END - 60_000),
        EndTime=account.now,
        Period=3600,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])


@behaviour("dynamodb.transaction_conflicts")
def test_transactions_in_a_row_do_not_conflict(dynamodb: Any) -> None:
    for _ in range(20):
        dynamodb.transact_write_items(TransactItems=[add("a"), add("b")])
    assert held(dynamodb, "a") == item(pk="a", n=20)


def test_a_transaction_without_capacity_is_cancelled(account: Account, session: Any) -> None:
    client = session.client("dynamodb")
    create(client, "slow", capacity=(1, 1))
    large = {"Put": {"TableName": "slow", "Item": item(140 * 1024, pk="a")}}
    client.transact_write_items(TransactItems=[large])
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_write_items(TransactItems=[large])
    assert reasons(caught) == ["ProvisionedThroughputExceeded"]
    # The SDK has not tried again.
    attempts = [c for c in account.calls() if c["operation"] == "TransactWriteItems"]
    assert len(attempts) == 2


def test_a_transactional_read_is_consistent_and_projects(dynamodb: Any) -> None:
    dynamodb.put_item(TableName="t", Item=item(pk="a", n=1, m=2))
    answer = dynamodb.transact_get_items(
        TransactItems=[
            {"Get": {"TableName": "t", "Key": attributes(pk="a"), "ProjectionExpression": "m"}},
            {"Get": {"TableName": "t", "Key": attributes(pk="b")}},
        ]
    )
    assert answer["Responses"] == [{"Item": attributes(m=2)}, {}]


@behaviour("dynamodb.atomic_updates")
def test_eight_threads_lose_no_update(account: Account, session: Any, dynamodb: Any) -> None:
    def hundred(number: int) -> None:
        client = session.client("dynamodb")
        for _ in range(100):
            client.update_item(
                TableName="t",
                Key=attributes(pk="counter"),
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues=attributes(**{":one": 1}),
            )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hundred, range(8)))
    assert held(dynamodb, "counter") == item(pk="counter", n=800)
