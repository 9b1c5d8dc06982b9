"""Query and Scan: pages, order, indexes, segments; what a wrong request is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

import course.account
from course.account import Account, NotSimulated
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD
from tests.account.tables import attributes, create, index, item

Pairs = list[tuple[str, int]]


@pytest.fixture
def dynamodb(account: Account, session: Any) -> Any:
    client = session.client("dynamodb")
    create(
        client,
        "t",
        ("pk", "sk"),
        LocalSecondaryIndexes=[index("by-day", "pk", "day", projects=["note"])],
        GlobalSecondaryIndexes=[
            index("by-owner", "owner", "day"),
            index("slim", "owner", projects="KEYS_ONLY"),
        ],
    )
    return client


def pages(call: Any, **parameters: Any) -> list[dict[str, Any]]:
    """All pages of a query or scan."""
    found = [call(TableName="t", **parameters)]
    while "LastEvaluatedKey" in found[-1]:
        start = found[-1]["LastEvaluatedKey"]
        found.append(call(TableName="t", ExclusiveStartKey=start, **parameters))
    return found


def sort_keys(answers: list[dict[str, Any]]) -> list[str]:
    return [each["sk"]["S"] for answer in answers for each in answer["Items"]]


def fill(dynamodb: Any, count: int, pk: str = "a", **values: Any) -> None:
    for number in range(count):
        one = item(pk=pk, sk=f"{number:03}", **values)
        dynamodb.put_item(TableName="t", Item=one)


OF_A = {
    "KeyConditionExpression": "pk = :p",
    "ExpressionAttributeValues": attributes(**{":p": "a"}),
}


@behaviour("dynamodb.pages")
def test_a_page_ends_before_1_mb_counted_before_the_filter(dynamodb: Any) -> None:
    fill(dynamodb, 40, bytes=60_000)
    found = pages(dynamodb.query, **OF_A)
    # 17 times 60,000 bytes are 1,020,000, and 1 MB is 1,048,576.
    assert [answer["ScannedCount"] for answer in found] == [17, 17, 6]
    assert len(sort_keys(found)) == 40
    nothing = pages(dynamodb.query, **OF_A, FilterExpression="attribute_exists(nothing)")
    assert [answer["ScannedCount"] for answer in nothing] == [17, 17, 6]
    assert sort_keys(nothing) == []


@behaviour("dynamodb.pages")
def test_a_limit_cuts_the_page_whether_or_not_more_is_there(dynamodb: Any) -> None:
    fill(dynamodb, 4)
    found = pages(dynamodb.query, **OF_A, Limit=2)
    assert [answer["Count"] for answer in found] == [2, 2, 0]
    assert sort_keys(found) == ["000", "001", "002", "003"]


def test_a_query_goes_backward_and_on_from_any_key(dynamodb: Any) -> None:
    fill(dynamodb, 5)
    found = pages(dynamodb.query, **OF_A, ScanIndexForward=False, Limit=2)
    assert sort_keys(found) == ["004", "003", "002", "001", "000"]
    start = attributes(pk="a", sk="0025")
    answer = dynamodb.query(TableName="t", **OF_A, ExclusiveStartKey=start)
    assert sort_keys([answer]) == ["003", "004"]
    with pytest.raises(ClientError, match="The provided starting key is invalid"):
        dynamodb.query(TableName="t", **OF_A, ExclusiveStartKey=attributes(pk="a"))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("sk = :x", ["002"]),
        ("sk < :x", ["000", "001"]),
        ("sk <= :x", ["000", "001", "002"]),
        ("sk > :x", ["003"]),
        ("sk BETWEEN :x AND :y", ["002", "003"]),
        ("begins_with(sk, :z)", ["000", "001", "002", "003"]),
    ],
)
def test_conditions_on_the_sort_key(dynamodb: Any, condition: str, expected: list[str]) -> None:
    fill(dynamodb, 4)
    values = {":p": "a", ":x": "002", ":y": "003", ":z": "00"}
    used = {name: value for name, value in values.items() if name in f"{condition} :p"}
    answer = dynamodb.query(
        TableName="t",
        KeyConditionExpression=f"pk = :p AND {condition}",
        ExpressionAttributeValues=attributes(**used),
    )
    assert sort_keys([answer]) == expected
    assert answer["ScannedCount"] == len(expected)


@behaviour("dynamodb.filter_and_projection")
def test_filter_and_projection_change_the_answer_not_the_price(dynamodb: Any) -> None:
    fill(dynamodb, 21, bytes=2000)
    plain = dynamodb.query(TableName="t", **OF_A, ReturnConsumedCapacity="TOTAL")
    values = {**OF_A["ExpressionAttributeValues"], ":s": {"S": "x" * 9}}  # type: ignore[dict-item]
    filtered = dynamodb.query(
        TableName="t",
        KeyConditionExpression="pk = :p",
        FilterExpression="begins_with(p, :s) AND attribute_not_exists(note)",
        ProjectionExpression="sk",
        ExpressionAttributeValues=values,
        ReturnConsumedCapacity="TOTAL",
    )
    assert filtered["Items"][0] == attributes(sk="000")
    assert filtered["ScannedCount"] == plain["ScannedCount"] == 21
    # 42,000 bytes are 11 blocks.
    assert plain["ConsumedCapacity"]["CapacityUnits"] == 5.5
    assert filtered["ConsumedCapacity"] == plain["ConsumedCapacity"]


def test_values_of_another_type_never_match(dynamodb: Any) -> None:
    dynamodb.put_item(TableName="t", Item=item(pk="a", sk="1", n="five"))
    dynamodb.put_item(TableName="t", Item=item(pk="a", sk="2", n=5))
    answer = dynamodb.scan(
        TableName="t",
        FilterExpression="n > :n",
        ExpressionAttributeValues=attributes(**{":n": 4}),
    )
    assert sort_keys([answer]) == ["2"]
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(
            TableName="t",
            Item=item(pk="a", sk="1"),
            ConditionExpression="n > :n",
            ExpressionAttributeValues=attributes(**{":n": 4}),
        )


def test_an_index_holds_what_has_its_keys_in_their_order(dynamodb: Any) -> None:
    for number, day in enumerate(["3", "1", "2", "1"]):
        one = item(pk=str(number), sk="s", owner="o", day=day)
        dynamodb.put_item(TableName="t", Item=one)
    dynamodb.put_item(TableName="t", Item=item(pk="9", sk="s", owner="o"))
    answers = pages(
        dynamodb.query,
        IndexName="by-owner",
        KeyConditionExpression="#o = :o",
        ExpressionAttributeNames={"#o": "owner"},
        ExpressionAttributeValues=attributes(**{":o": "o"}),
        Limit=1,
    )
    found = [(each["day"]["S"], each["pk"]["S"]) for answer in answers for each in answer["Items"]]
    assert found == [("1", "1"), ("1", "3"), ("2", "2"), ("3", "0")]
    assert answers[0]["LastEvaluatedKey"] == attributes(owner="o", day="1", pk="1", sk="s")


def test_a_local_index_fetches_what_it_lacks_and_a_global_one_does_not(dynamodb: Any) -> None:
    dynamodb.put_item(
        TableName="t", Item=item(pk="a", sk="1", day="d", note="n", extra="e", owner="me")
    )
    query = {**OF_A, "IndexName": "by-day"}
    (plain,) = dynamodb.query(TableName="t", **query)["Items"]
    assert plain == attributes(pk="a", sk="1", day="d", note="n")
    (whole,) = dynamodb.query(TableName="t", **query, Select="ALL_ATTRIBUTES")["Items"]
    assert whole["extra"] == {"S": "e"}
    (extra,) = dynamodb.query(TableName="t", **query, ProjectionExpression="extra")["Items"]
    assert extra == attributes(extra="e")
    with pytest.raises(ClientError, match="Global secondary index slim does not project"):
        dynamodb.scan(TableName="t", IndexName="slim", ProjectionExpression="extra")
    (slim,) = dynamodb.scan(TableName="t", IndexName="slim")["Items"]
    assert slim == attributes(pk="a", sk="1", owner="me")


def test_binary_values_come_back_as_they_went(dynamodb: Any) -> None:
    nested = {"B": b"\x00\xff"}
    one = {**item(pk="a", sk="1"), "b": nested, "l": {"L": [nested]}, "s": {"BS": [b"x", b"y"]}}
    dynamodb.put_item(TableName="t", Item=one)
    for found in (
        dynamodb.get_item(TableName="t", Key=attributes(pk="a", sk="1"))["Item"],
        dynamodb.query(TableName="t", **OF_A)["Items"][0],
        dynamodb.delete_item(TableName="t", Key=attributes(pk="a", sk="1"), ReturnValues="ALL_OLD")[
            "Attributes"
        ],
    ):
        assert found == one


@settings(max_examples=10, deadline=None)
@given(
    keys=st.sets(st.tuples(st.sampled_from("abcdef"), st.integers(0, 30)), max_size=30),
    segments=st.integers(1, 5),
    limit=st.integers(1, 7),
)
def test_segments_and_pages_of_a_scan_give_every_item_once(
    session: Any, keys: set[tuple[str, int]], segments: int, limit: int
) -> None:
    with course.account.open(WORLD):
        client = session.client("dynamodb")
        create(client, "t", ("pk", "sk"))
        for pk, sk in keys:
            client.put_item(TableName="t", Item=item(pk=pk, sk=str(sk)))
        found: Pairs = []
        homes: dict[str, set[int]] = {}
        for segment in range(segments):
            part = {"Segment": segment, "TotalSegments": segments, "Limit": limit}
            for answer in pages(client.scan, **part):
                for each in answer["Items"]:
                    found.append((each["pk"]["S"], int(each["sk"]["S"])))
                    homes.setdefault(each["pk"]["S"], set()).add(segment)
    assert sorted(found) == sorted(keys)
    assert all(len(home) == 1 for home in homes.values())


# -- what a wrong request is told ------------------------------------------------------------------

WRONG_KEY = "The provided key element does not match the schema"
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("get_item", {"Key": {"pk": {"N": "1"}, "sk": {"S": "s"}}}, WRONG_KEY),
    ("get_item", {"Key": attributes(pk="a")}, WRONG_KEY),
    ("get_item", {"Key": attributes(pk="a", sk="s", more="m")}, WRONG_KEY),
    ("get_item", {"Key": attributes(pk="", sk="s")}, "cannot contain an empty string value"),
    ("delete_item", {"Key": attributes(pk="a")}, WRONG_KEY),
    ("update_item", {"Key": attributes(pk=1, sk="s")}, WRONG_KEY),
    ("put_item", {"Item": attributes(pk="a")}, "Missing the key sk in the item"),
    ("put_item", {"Item": attributes(pk=1, sk="s")}, "mismatch for key pk expected: S actual: N"),
    (
        "put_item",
        {"Item": attributes(pk="a", sk="s", owner=1)},
        "Type mismatch for Index Key owner Expected: S Actual: N IndexName: by-owner",
    ),
    (
        "put_item",
        {"Item": attributes(pk="a", sk="s"), "ExpressionAttributeValues": attributes(**{":x": 1})},
        "ExpressionAttributeValues can only be specified when using expressions",
    ),
    (
        "query",
        {**OF_A, "ExpressionAttributeValues": attributes(**{":p": "a", ":x": 1})},
        "unused in expressions: keys: {:x}",
    ),
    ("query", {**OF_A, "FilterExpression": "sk = :p"}, "non-primary key attributes: Primary key"),
    (
        "query",
        {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"N": "1"}}},
        "Condition parameter type does not match schema type",
    ),
    (
        "query",
        {
            "KeyConditionExpression": "pk = :p AND begins_with(sk, :s)",
            "ExpressionAttributeValues": attributes(**{":p": "a", ":s": 1}),
        },
        "operator or function: begins_with, operand type: N",
    ),
    (
        "query",
        {
            "KeyConditionExpression": "pk = :p AND sk BETWEEN :a AND :b",
            "ExpressionAttributeValues": attributes(**{":p": "a", ":a": "9", ":b": "10"}),
        },
        "lower bound operand: AttributeValue: {S:9}, upper bound operand: AttributeValue: {S:10}",
    ),
    ("query", {**OF_A, "IndexName": "nope"}, "does not have the specified index: nope"),
    (
        "query",
        {**OF_A, "IndexName": "by-owner", "ConsistentRead": True},
        "Consistent reads are not supported on global secondary indexes",
    ),
    (
        "put_item",
        {"Item": {**attributes(pk="a"), "sk": {"S": "s"}, "n": {"N": "1" * 39}}},
        "more than 38 significant",
    ),
    ("put_item", {"Item": {**attributes(pk="a", sk="s"), "n": {"N": "1E126"}}}, "Number overflow"),
    (
        "put_item",
        {"Item": {**attributes(pk="a", sk="s"), "n": {"NS": ["NaN"]}}},
        "numeric value: NaN",
    ),
    ("query", {}, "KeyConditionExpression parameter must be specified"),
    ("scan", {"Segment": 1}, "TotalSegments parameter is required"),
    ("scan", {"TotalSegments": 1}, "Segment parameter is required"),
    ("scan", {"Segment": 2, "TotalSegments": 2}, "zero-based"),
    ("scan", {"FilterExpression": ""}, "The expression can not be empty"),
]


@behaviour("dynamodb.validation")
@pytest.mark.parametrize(("operation", "parameters", "message"), WRONG)
def test_a_wrong_request_is_told_what_is_wrong(
    dynamodb: Any, operation: str, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(dynamodb, operation)(TableName="t", **parameters)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert message in caught.value.response["Error"]["Message"]


@behaviour("dynamodb.validation")
def test_batches_have_limits(dynamodb: Any) -> None:
    def write(*keys: str) -> Any:
        requests = [{"PutRequest": {"Item": item(pk=key, sk="s")}} for key in keys]
        return dynamodb.batch_write_item(RequestItems={"t": requests})

    with pytest.raises(ClientError, match="length less than or equal to 25"):
        write(*map(str, range(26)))
    with pytest.raises(ClientError, match="list of item keys contains duplicates"):
        write("a", "a")
    with pytest.raises(ClientError, match=WRONG_KEY):
        dynamodb.batch_write_item(
            RequestItems={"t": [{"PutRequest": {"Item": attributes(pk=1, sk="s")}}]}
        )
    keys = [attributes(pk="a", sk=str(number)) for number in range(101)]
    with pytest.raises(ClientError, match="length less than or equal to 100"):
        dynamodb.batch_get_item(RequestItems={"t": {"Keys": keys}})
    with pytest.raises(ClientError, match="contains duplicates"):
        dynamodb.batch_get_item(RequestItems={"t": {"Keys": [keys[0], keys[0]]}})


def test_a_batch_with_something_wrong_writes_nothing(dynamodb: Any) -> None:
    good = {"PutRequest": {"Item": item(pk="a", sk="s")}}
    bad = {"PutRequest": {"Item": {**item(pk="b", sk="s"), "n": {"N": "not a number"}}}}
    with pytest.raises(ClientError, match="cannot be converted to a numeric value"):
        dynamodb.batch_write_item(RequestItems={"t": [good, bad]})
    assert dynamodb.scan(TableName="t")["Count"] == 0


def test_a_missing_table_is_not_found(dynamodb: Any) -> None:
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.put_item(TableName="nope", Item=item(pk="a"))
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.describe_table(TableName="nope")


# -- what is refused -------------------------------------------------------------------------------


@behaviour("dynamodb.partiql")
def test_partiql_is_refused(dynamodb: Any) -> None:
    with pytest.raises(NotSimulated, match="Use get_item, query, put_item"):
        dynamodb.execute_statement(Statement='SELECT * FROM "t"')
    with pytest.raises(NotSimulated, match="dynamodb:ExecuteTransaction"):
        dynamodb.execute_transaction(TransactStatements=[{"Statement": 'SELECT * FROM "t"'}])


@behaviour("dynamodb.legacy_parameters")
def test_legacy_parameters_are_refused(dynamodb: Any) -> None:
    key = {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}}
    with pytest.raises(NotSimulated, match="Use KeyConditionExpression"):
        dynamodb.query(TableName="t", KeyConditions=key)
    with pytest.raises(NotSimulated, match="Use FilterExpression"):
        dynamodb.scan(TableName="t", ScanFilter=key)
    with pytest.raises(NotSimulated, match="Use ProjectionExpression"):
        dynamodb.get_item(TableName="t", Key=attributes(pk="a", sk="s"), AttributesToGet=["pk"])
    wanted = {"t": {"Keys": [attributes(pk="a", sk="s")], "AttributesToGet": ["pk"]}}
    with pytest.raises(NotSimulated, match="BatchGetItem with AttributesToGet"):
        dynamodb.batch_get_item(RequestItems=wanted)


@behaviour("dynamodb.replication")
@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        (
            "enable_kinesis_streaming_destination",
            {"StreamArn": "arn:aws:kinesis:us-east-1:1:stream/s" + "x" * 20},
        ),
        ("update_table_replica_auto_scaling", {}),
        ("describe_table_replica_auto_scaling", {}),
        ("update_table", {"ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]}),
    ],
)
def test_replication_is_refused(dynamodb: Any, operation: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(NotSimulated, match="dynamodb:"):
        getattr(dynamodb, operation)(TableName="t", **parameters)


def test_a_worlds_tables_may_have_a_sort_key_and_capacity(session: Any) -> None:
    described = {"name": "u", "hash_key": "p", "range_key": "s"}
    tables = [{**described, "read_capacity": 3, "write_capacity": 4}]
    with course.account.open(replace(WORLD, resources={"dynamodb": tables})):
        found = session.client("dynamodb").describe_table(TableName="u")["Table"]
    assert [key["AttributeName"] for key in found["KeySchema"]] == ["p", "s"]
    capacity = found["ProvisionedThroughput"]
    assert (capacity["ReadCapacityUnits"], capacity["WriteCapacityUnits"]) == (3, 4)


@behaviour("dynamodb.table_description")
def test_a_description_tells_what_the_table_holds(dynamodb: Any) -> None:
    fill(dynamodb, 3, bytes=100, owner="o")
    found = dynamodb.describe_table(TableName="t")["Table"]
    assert (found["ItemCount"], found["TableSizeBytes"]) == (3, 300)
    sizes = {each["IndexName"]: each["ItemCount"] for each in found["GlobalSecondaryIndexes"]}
    assert sizes == {"by-owner": 0, "slim": 3}
    (local,) = found["LocalSecondaryIndexes"]
    assert (local["ItemCount"], local["IndexSizeBytes"]) == (0, 0)
    assert found["TableStatus"] == "ACTIVE"
