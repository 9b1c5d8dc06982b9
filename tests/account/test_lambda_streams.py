"""Event source mappings on Kinesis and DynamoDB streams."""

from __future__ import annotations

import base64
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.lambdas import Lambdas

# Prints the data of each batch; fails for data that is bad, where `how` says so.
READER = """
import base64, json
def lambda_handler(event, context):
    data = [base64.b64decode(r['kinesis']['data']).decode() for r in event['Records']]
    print('batch ' + ','.join(data))
    numbers = [record['kinesis']['sequenceNumber'] for record in event['Records']]
    bad = [number for number, each in zip(numbers, data) if each == 'bad']
    {how}
"""
RAISES = "assert not bad"
REPORTS = "return {'batchItemFailures': [{'itemIdentifier': each} for each in bad]}"


@pytest.fixture
def lambdas(account: Account, session: boto3.Session, clients: dict[str, Any]) -> Lambdas:
    return Lambdas(session, clients)


@pytest.fixture
def stream(account: Account, clients: dict[str, Any]) -> Stream:
    return Stream(clients)


class Stream:
    """A Kinesis stream of one shard, and a queue for what is given up."""

    def __init__(self, clients: dict[str, Any]) -> None:
        self._kinesis, self._sqs = clients["kinesis"], clients["sqs"]
        self._kinesis.create_stream(StreamName="events", ShardCount=1)
        found = self._kinesis.describe_stream_summary(StreamName="events")
        self.arn = found["StreamDescriptionSummary"]["StreamARN"]
        self._url = self._sqs.create_queue(QueueName="given-up")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self.given_up_arn = attributes["Attributes"]["QueueArn"]

    def put(self, *data: str, key: str = "k") -> None:
        for each in data:
            self._kinesis.put_record(StreamName="events", Data=each.encode(), PartitionKey=key)

    def given_up(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def connect(lambdas: Lambdas, account: Account, stream: Stream, **settings: Any) -> str:
    given = {"StartingPosition": "TRIM_HORIZON", **settings}
    mapping = lambdas.client.create_event_source_mapping(
        EventSourceArn=stream.arn, FunctionName="f", **given
    )
    account.advance(seconds=6)
    return str(mapping["UUID"])


def batches(lambdas: Lambdas) -> list[str]:
    return [text.split()[1] for text in lambdas.log() if text.startswith("batch ")]


@behaviour("lambda.stream_batches")
def test_a_shard_is_read_in_order(lambdas: Lambdas, account: Account, stream: Stream) -> None:
    lambdas.make(READER.format(how="return"))
    connect(lambdas, account, stream)
    stream.put("a", "b", "c")
    account.advance(seconds=3)
    stream.put("d")
    account.advance(seconds=3)
    assert batches(lambdas) == ["a,b,c", "d"]


@behaviour("lambda.stream_starting_positions")
@pytest.mark.parametrize(
    ("position", "expected"),
    [("TRIM_HORIZON", ["old,new"]), ("LATEST", ["new"]), ("AT_TIMESTAMP", ["new"])],
)
def test_starting_positions(
    lambdas: Lambdas, account: Account, stream: Stream, position: str, expected: list[str]
) -> None:
    lambdas.make(READER.format(how="return"))
    stream.put("old")
    account.advance(minutes=5)
    settings: dict[str, Any] = {"StartingPosition": position}
    if position == "AT_TIMESTAMP":
        settings["StartingPositionTimestamp"] = account.now
    lambdas.client.create_event_source_mapping(
        EventSourceArn=stream.arn, FunctionName="f", **settings
    )
    stream.put("new")
    account.advance(seconds=10)
    assert batches(lambdas) == expected


@behaviour("lambda.stream_retries")
def test_a_failing_batch_blocks_its_shard(
    lambdas: Lambdas, account: Account, stream: Stream
) -> None:
    lambdas.make(READER.format(how=RAISES))
    connect(lambdas, account, stream)
    stream.put("a", "bad")
    account.advance(seconds=3)
    stream.put("later")
    account.advance(minutes=5)
    found = batches(lambdas)
    assert set(found) == {"a,bad"}
    assert len(found) > 5
    assert lambdas.total("Errors") == len(found)


@behaviour("lambda.iterator_age")
def test_iterator_age_tells_how_far_behind_the_function_is(
    lambdas: Lambdas, account: Account, stream: Stream
) -> None:
    lambdas.make(READER.format(how=RAISES))
    connect(lambdas, account, stream)
    stream.put("good")
    account.advance(seconds=10)
    assert lambdas.total("IteratorAge", statistic="Maximum") < 1500
    stream.put("bad")
    account.advance(minutes=10)
    assert lambdas.total("IteratorAge", statistic="Maximum") > 500_000


@behaviour("lambda.stream_parallelization_changed")
def test_another_parallelization_factor_takes_effect(
    lambdas: Lambdas, account: Account, stream: Stream
) -> None:
    lambdas.make(
        "from course.account import work\n" + READER.format(how="work(io_ms=10_000)"), Timeout=30
    )
    mapping = connect(lambdas, account, stream, BatchSize=1)
    for key in range(12):
        stream.put(f"{key}-a", f"{key}-b", key=str(key))
    account.advance(seconds=5)
    assert lambdas.total("ConcurrentExecutions", statistic="Maximum") == 1
    lambdas.client.update_event_source_mapping(UUID=mapping, ParallelizationFactor=4)
    account.advance(minutes=3)
    assert lambdas.total("ConcurrentExecutions", statistic="Maximum") == 4
    found = batches(lambdas)
    assert len(found) == len(set(found)) == 24
    assert all(found.index(f"{key}-a") < found.index(f"{key}-b") for key in range(12))


@behaviour("lambda.stream_given_up")
def test_attempts_run_out(lambdas: Lambdas, account: Account, stream: Stream) -> None:
    lambdas.make(READER.format(how=RAISES))
    destination = {"OnFailure": {"Destination": stream.given_up_arn}}
    connect(lambdas, account, stream, MaximumRetryAttempts=2, DestinationConfig=destination)
    stream.put("a", "bad")
    account.advance(seconds=3)
    stream.put("later")
    account.advance(minutes=2)
    assert batches(lambdas) == ["a,bad", "a,bad", "a,bad", "later"]
    record = stream.given_up()[0]
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    info = record["KinesisBatchInfo"]
    assert info["batchSize"] == 2
    assert info["streamArn"] == stream.arn
    assert "payload" not in record


@behaviour("lambda.stream_given_up")
def test_records_grow_too_old(lambdas: Lambdas, account: Account, stream: Stream) -> None:
    lambdas.make(READER.format(how=RAISES))
    destination = {"OnFailure": {"Destination": stream.given_up_arn}}
    connect(lambdas, account, stream, MaximumRecordAgeInSeconds=60, DestinationConfig=destination)
    stream.put("bad")
    account.advance(seconds=100)
    stream.put("later")
    account.advance(minutes=3)
    assert batches(lambdas)[-1] == "later"
    assert stream.given_up()[0]["requestContext"]["condition"] == "RecordAgeExceeded"


@behaviour("lambda.stream_bisect")
def test_a_failing_batch_is_split(lambdas: Lambdas, account: Account, stream: Stream) -> None:
    lambdas.make(READER.format(how=RAISES))
    destination = {"OnFailure": {"Destination": stream.given_up_arn}}
    connect(
        lambdas,
        account,
        stream,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig=destination,
    )
    stream.put("a", "b", "bad", "c")
    account.advance(minutes=1)
    assert batches(lambdas) == ["a,b,bad,c", "a,b", "bad,c", "bad", "bad", "c"]
    assert stream.given_up()[0]["KinesisBatchInfo"]["batchSize"] == 1


@behaviour("lambda.stream_partial_failures")
def test_a_stream_starts_again_at_the_first_failure(
    lambdas: Lambdas, account: Account, stream: Stream
) -> None:
    lambdas.make(READER.format(how=REPORTS))
    connect(
        lambdas,
        account,
        stream,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        MaximumRetryAttempts=1,
    )
    stream.put("a", "b", "bad", "c")
    account.advance(minutes=1)
    assert batches(lambdas) == ["a,b,bad,c", "bad,c"]


@behaviour("lambda.stream_throttles")
def test_throttles_are_no_attempts(lambdas: Lambdas, account: Account, stream: Stream) -> None:
    lambdas.make(READER.format(how="return"))
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    connect(lambdas, account, stream, MaximumRetryAttempts=0)
    stream.put("a")
    account.advance(minutes=2)
    assert lambdas.total("Throttles") > 2
    lambdas.client.delete_function_concurrency(FunctionName="f")
    account.advance(minutes=2)
    assert batches(lambdas) == ["a"]


@behaviour("lambda.parallelization_factor")
def test_keys_of_a_shard_are_processed_in_parallel(
    lambdas: Lambdas, account: Account, stream: Stream
) -> None:
    lambdas.make(
        READER.format(how="work(io_ms=1000)").replace(
            "import base64", "from course.account import work\nimport base64"
        ),
        Timeout=10,
    )
    connect(lambdas, account, stream, BatchSize=1, ParallelizationFactor=4)
    for number in range(12):
        stream.put(f"{number % 6}-{number // 6}", key=str(number % 6))
    account.advance(minutes=1)
    found = batches(lambdas)
    assert len(found) == 12
    assert 2 <= lambdas.total("ConcurrentExecutions", statistic="Maximum") <= 4
    for key in range(6):
        assert [each for each in found if each.startswith(f"{key}-")] == [f"{key}-0", f"{key}-1"]


@behaviour("lambda.event_filters")
def test_filters_look_into_the_data(lambdas: Lambdas, account: Account, stream: Stream) -> None:
    lambdas.make(READER.format(how="return"))
    pattern = json.dumps({"data": {"level": ["ERROR"]}})
    connect(lambdas, account, stream, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    stream.put('{"level":"INFO"}', '{"level":"ERROR"}')
    account.advance(seconds=5)
    assert batches(lambdas) == ['{"level":"ERROR"}']


@behaviour("lambda.stream_record")
def test_a_kinesis_record_has_everything(
    lambdas: Lambdas, account: Account, stream: Stream
) -> None:
    lambdas.make("import json\ndef lambda_handler(e, c):\n    print(json.dumps(e['Records'][0]))\n")
    connect(lambdas, account, stream)
    stream.put("tea", key="shop")
    account.advance(seconds=3)
    record = json.loads(next(text for text in lambdas.log() if text.startswith("{")))
    assert base64.b64decode(record["kinesis"]["data"]) == b"tea"
    assert record["kinesis"]["partitionKey"] == "shop"
    assert record["eventName"] == "aws:kinesis:record"
    assert record["eventID"].startswith("shardId-000000000000:")
    assert record["invokeIdentityArn"] == lambdas.role
    assert record["eventSourceARN"] == stream.arn


@behaviour("lambda.dynamodb_streams")
def test_changes_of_a_table_reach_the_function(
    lambdas: Lambdas, account: Account, session: boto3.Session
) -> None:
    dynamodb = session.client("dynamodb")
    table = dynamodb.create_table(
        TableName="carts",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    lambdas.make(
        "import json\ndef lambda_handler(e, c):\n"
        "    for record in e['Records']:\n        print(json.dumps(record))\n"
    )
    lambdas.client.create_event_source_mapping(
        EventSourceArn=table["LatestStreamArn"], FunctionName="f", StartingPosition="LATEST"
    )
    account.advance(seconds=6)
    dynamodb.put_item(TableName="carts", Item={"id": {"S": "1"}, "n": {"N": "1"}})
    dynamodb.put_item(TableName="carts", Item={"id": {"S": "1"}, "n": {"N": "2"}})
    dynamodb.delete_item(TableName="carts", Key={"id": {"S": "1"}})
    account.advance(seconds=2)
    records = [json.loads(text) for text in lambdas.log() if text.startswith("{")]
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert records[1]["dynamodb"]["OldImage"] == {"id": {"S": "1"}, "n": {"N": "1"}}
    assert records[1]["dynamodb"]["NewImage"] == {"id": {"S": "1"}, "n": {"N": "2"}}
    assert records[0]["eventSource"] == "aws:dynamodb"


@behaviour("lambda.mapping_checks")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"StartingPosition": None}, "startingPosition"),
        ({"MaximumRecordAgeInSeconds": 30}, "must be -1 or at least 60"),
        ({"ScalingConfig": {"MaximumConcurrency": 5}}, "SQS event sources only"),
        ({"StartingPosition": "AT_TIMESTAMP"}, "StartingPositionTimestamp is required"),
    ],
)
def test_settings_that_aws_refuses(
    lambdas: Lambdas, stream: Stream, settings: dict[str, Any], message: str
) -> None:
    lambdas.make(READER.format(how="return"))
    given = {
        "EventSourceArn": stream.arn,
        "FunctionName": "f",
        "StartingPosition": "LATEST",
        **settings,
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    with pytest.raises(ClientError, match=message):
        lambdas.client.create_event_source_mapping(**wanted)


# -- resharding, and readers that share a stream --------------------------------------------------


@behaviour("kinesis.mapping_follows_children")
def test_children_are_read_after_their_parent(
    account: Account, lambdas: Lambdas, stream: Stream, clients: dict[str, Any]
) -> None:
    lambdas.make(READER.format(how="pass"))
    where = {"EventSourceArn": stream.arn, "FunctionName": "f", "BatchSize": 1}
    lambdas.client.create_event_source_mapping(**where, StartingPosition="LATEST")
    account.advance(seconds=30)
    stream.put("a", "b")
    clients["kinesis"].split_shard(
        StreamName="events", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127)
    )
    account.advance(seconds=30)
    stream.put("c", "d")
    account.advance(seconds=10)
    assert batches(lambdas) == ["a", "b", "c", "d"]
    stream.put("e")
    account.advance(seconds=5)
    assert batches(lambdas)[-1] == "e"


@behaviour("kinesis.mapping_follows_children")
def test_from_the_beginning_parents_come_first(
    account: Account, lambdas: Lambdas, stream: Stream, clients: dict[str, Any]
) -> None:
    stream.put("a")
    clients["kinesis"].split_shard(
        StreamName="events", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127)
    )
    account.advance(seconds=30)
    stream.put("b")
    lambdas.make(READER.format(how="pass"))
    where = {"EventSourceArn": stream.arn, "FunctionName": "f", "BatchSize": 10}
    lambdas.client.create_event_source_mapping(**where, StartingPosition="TRIM_HORIZON")
    account.advance(seconds=40)
    assert batches(lambdas) == ["a", "b"]


@behaviour("kinesis.mapping_shares_reads")
def test_too_many_functions_contend_for_a_shard_unless_they_fan_out(
    account: Account, lambdas: Lambdas, stream: Stream, clients: dict[str, Any]
) -> None:
    kinesis, arns = clients["kinesis"], [stream.arn] * 6
    for number, arn in enumerate(arns):
        lambdas.make(READER.format(how="pass"), name=f"f{number}")
        where = {"EventSourceArn": arn, "FunctionName": f"f{number}"}
        lambdas.client.create_event_source_mapping(**where, StartingPosition="LATEST")
    lambdas.make(READER.format(how="pass"), name="own")
    registered = kinesis.register_stream_consumer(StreamARN=stream.arn, ConsumerName="own")
    where = {"EventSourceArn": registered["Consumer"]["ConsumerARN"], "FunctionName": "own"}
    lambdas.client.create_event_source_mapping(**where, StartingPosition="LATEST")
    account.advance(seconds=90)
    stream.put("a")
    account.advance(seconds=10)
    assert all("batch a\n" in lambdas.log(f"f{number}") for number in range(6))
    ages = [lambdas.total("IteratorAge", f"f{number}", "Maximum") for number in range(6)]
    assert max(ages) > 1900 and sorted(ages)[4] < 1100
    assert lambdas.total("IteratorAge", "own", "Maximum") < 200
