"""Kinesis Data Streams: writing, reading, limits, resharding, consumers, metrics."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from course.telemetry.streams import hashing
from tests.account.behaviours import behaviour

MIB = 1024 * 1024
EXCEEDED = "ProvisionedThroughputExceededException"


@pytest.fixture
def kinesis(account: Account, clients: dict[str, Any]) -> Any:
    return clients["kinesis"]


class Stream:
    """One stream, through a boto3 client."""

    def __init__(self, kinesis: Any, **settings: Any) -> None:
        self.kinesis = kinesis
        kinesis.create_stream(StreamName="s", **(settings or {"ShardCount": 1}))
        self.arn = self.summary()["StreamARN"]

    def summary(self) -> dict[str, Any]:
        found = self.kinesis.describe_stream_summary(StreamName="s")
        return dict(found["StreamDescriptionSummary"])

    def put(self, data: str | bytes = "x", key: str = "k", **more: Any) -> str:
        raw = data.encode() if isinstance(data, str) else data
        answer = self.kinesis.put_record(StreamName="s", Data=raw, PartitionKey=key, **more)
        return str(answer["ShardId"])

    def put_all(self, count: int, size: int = 10, key: str = "k") -> dict[str, Any]:
        records = [{"Data": b"x" * size, "PartitionKey": key} for _ in range(count)]
        return dict(self.kinesis.put_records(StreamName="s", Records=records))

    def shards(self, **where: Any) -> list[dict[str, Any]]:
        return list(self.kinesis.list_shards(StreamName="s", **where)["Shards"])

    def ids(self, **where: Any) -> list[int]:
        return [int(shard["ShardId"][-3:]) for shard in self.shards(**where)]

    def iterator(self, shard: int = 0, kind: str = "TRIM_HORIZON", **more: Any) -> str:
        found = self.kinesis.get_shard_iterator(
            StreamName="s", ShardId=name(shard), ShardIteratorType=kind, **more
        )
        return str(found["ShardIterator"])

    def read(self, shard: int = 0, kind: str = "TRIM_HORIZON", **more: Any) -> dict[str, Any]:
        return dict(self.kinesis.get_records(ShardIterator=self.iterator(shard, kind, **more)))

    def data(self, shard: int = 0, kind: str = "TRIM_HORIZON", **more: Any) -> list[str]:
        return [each["Data"].decode() for each in self.read(shard, kind, **more)["Records"]]

    def split(self, shard: int, at: int) -> None:
        self.kinesis.split_shard(
            StreamName="s", ShardToSplit=name(shard), NewStartingHashKey=str(at)
        )

    def merge(self, first: int, second: int) -> None:
        self.kinesis.merge_shards(
            StreamName="s", ShardToMerge=name(first), AdjacentShardToMerge=name(second)
        )

    def scale(self, count: int) -> None:
        self.kinesis.update_shard_count(
            StreamName="s", TargetShardCount=count, ScalingType="UNIFORM_SCALING"
        )


@pytest.fixture
def stream(kinesis: Any) -> Stream:
    return Stream(kinesis)


def name(shard: int) -> str:
    return f"shardId-{shard:012d}"


def refused(call: Any, *args: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(*args, **parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def total(account: Account, cloudwatch: Any, metric: str, **dimensions: str) -> float:
    """The sum of a metric over the last hour."""
    account.advance(minutes=1)
    answer = cloudwatch.get_metric_statistics(
        Namespace="AWS/Kinesis",
        MetricName=metric,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=account.now - timedelta(hours=1),
        EndTime=account.now,
        Period=3600,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in answer["Datapoints"]))


# -- writing and reading -----------------------------------------------------------------------


@behaviour("kinesis.records")
def test_records_come_as_they_were_put(stream: Stream) -> None:
    first = stream.put("tea")
    stream.put("milk", key="other")
    found = stream.read()
    assert [each["Data"] for each in found["Records"]] == [b"tea", b"milk"]
    assert [each["PartitionKey"] for each in found["Records"]] == ["k", "other"]
    assert isinstance(found["Records"][0]["ApproximateArrivalTimestamp"], datetime)
    numbers = [int(each["SequenceNumber"]) for each in found["Records"]]
    assert numbers == sorted(numbers) and len(str(numbers[0])) == 56
    assert first == name(0)
    assert found["MillisBehindLatest"] == 0


@behaviour("kinesis.iterators")
def test_every_kind_of_iterator(account: Account, stream: Stream) -> None:
    stream.put("a")
    account.advance(seconds=10)
    middle = account.now
    stream.put("b")
    number = stream.read()["Records"][0]["SequenceNumber"]
    assert stream.data(kind="AT_SEQUENCE_NUMBER", StartingSequenceNumber=number) == ["a", "b"]
    assert stream.data(kind="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=number) == ["b"]
    account.advance(seconds=1)
    assert stream.data(kind="AT_TIMESTAMP", Timestamp=middle) == ["b"]
    latest = stream.iterator(kind="LATEST")
    stream.put("c")
    assert stream.kinesis.get_records(ShardIterator=latest)["Records"][0]["Data"] == b"c"


@behaviour("kinesis.iterators_expire")
def test_an_iterator_is_good_for_five_minutes(account: Account, stream: Stream) -> None:
    iterator = stream.iterator()
    account.advance(minutes=5, seconds=1)
    code, message = refused(stream.kinesis.get_records, ShardIterator=iterator)
    assert code == "ExpiredIteratorException"
    assert "further in the future than the tolerated delay of 300000 milliseconds" in message
    code, _ = refused(stream.kinesis.get_records, ShardIterator="nonsense")
    assert code == "InvalidArgumentException"


@behaviour("kinesis.behind")
def test_how_far_behind_a_reader_is(account: Account, stream: Stream) -> None:
    stream.put("a")
    stream.put("b")
    account.advance(seconds=60)
    found = stream.kinesis.get_records(ShardIterator=stream.iterator(), Limit=1)
    assert 60_000 <= found["MillisBehindLatest"] < 60_100
    rest = stream.kinesis.get_records(ShardIterator=found["NextShardIterator"])
    assert rest["MillisBehindLatest"] == 0


@behaviour("kinesis.retention")
def test_records_are_kept_for_the_retention_period(account: Account, stream: Stream) -> None:
    stream.put("old")
    account.advance(hours=23)
    stream.put("new")
    account.advance(hours=2)
    assert stream.data() == ["new"]
    stream.kinesis.increase_stream_retention_period(StreamName="s", RetentionPeriodHours=48)
    account.advance(hours=30)
    assert stream.data() == ["new"]
    code, _ = refused(
        stream.kinesis.increase_stream_retention_period, StreamName="s", RetentionPeriodHours=24
    )
    assert code == "InvalidArgumentException"
    stream.kinesis.decrease_stream_retention_period(StreamName="s", RetentionPeriodHours=24)
    assert stream.data() == []


def test_hash_keys_choose_the_shard(kinesis: Any) -> None:
    stream = Stream(kinesis, ShardCount=4)
    parts = hashing.ranges(4)
    for key in ("a", "b", "c", "shop-17"):
        assert stream.put(key=key) == name(hashing.shard_of(hashing.hash_key(key), parts))
    assert stream.put(ExplicitHashKey=str(parts[2][1])) == name(2)
    code, _ = refused(stream.put, ExplicitHashKey=str(2**128))
    assert code == "InvalidArgumentException"


def test_a_stream_that_does_not_exist(kinesis: Any) -> None:
    code, message = refused(kinesis.put_record, StreamName="no", Data=b"", PartitionKey="k")
    assert code == "ResourceNotFoundException"
    assert message == "Stream no under account 123456789012 not found."


# -- limits ------------------------------------------------------------------------------------


@behaviour("kinesis.write_limits")
def test_records_beyond_a_shards_second_fail_one_by_one(stream: Stream) -> None:
    answers = [stream.put_all(500) for _ in range(3)]
    assert [each["FailedRecordCount"] for each in answers[:2]] == [0, 0]
    assert answers[2]["FailedRecordCount"] > 450
    failed = answers[2]["Records"][-1]
    where = "shard shardId-000000000000 in stream s under account 123456789012."
    assert failed == {"ErrorCode": EXCEEDED, "ErrorMessage": f"Rate exceeded for {where}"}


@behaviour("kinesis.write_limits")
def test_bytes_beyond_a_shards_second_fail(stream: Stream) -> None:
    answer = stream.put_all(9, size=MIB // 8)
    assert answer["FailedRecordCount"] == 2  # the partition key counts, too


@behaviour("kinesis.write_limits")
def test_put_record_is_retried_on_the_accounts_clock(account: Account, stream: Stream) -> None:
    stream.put(b"x" * (MIB - 1))
    before = account.now
    stream.put(b"x" * (MIB // 4))
    assert account.now - before > timedelta(milliseconds=100)


@behaviour("kinesis.record_size")
def test_a_record_may_be_as_large_as_its_stream_allows(stream: Stream) -> None:
    code, message = refused(stream.put, b"x" * MIB)
    assert code == "ValidationException" and "1048576" in message
    stream.kinesis.update_max_record_size(StreamARN=stream.arn, MaxRecordSizeInKiB=10_240)
    stream.put(b"x" * 4 * MIB)
    assert stream.summary()["MaxRecordSizeInKiB"] == 10_240
    code, _ = refused(stream.put_all, 3, 4 * MIB)
    assert code == "InvalidArgumentException"


@behaviour("kinesis.read_limits")
def test_five_reads_a_second_of_a_shard(account: Account, stream: Stream) -> None:
    given = [(0, {"ShardIterator": stream.iterator()})] * 7
    results = account.traffic("kinesis:GetRecords", given)
    account.advance(seconds=1)
    assert [each["error"] for each in results] == [None] * 5 + [EXCEEDED] * 2


@behaviour("kinesis.read_limits")
def test_a_read_of_ten_mebibytes_pauses_the_shard(account: Account, stream: Stream) -> None:
    for _ in range(11):
        stream.put(b"x" * (MIB - 1))
        account.advance(seconds=1)
    first = stream.read()
    assert len(first["Records"]) == 10
    following = {"ShardIterator": first["NextShardIterator"]}
    results = account.traffic("kinesis:GetRecords", [(3000, following), (4999, following)])
    account.advance(seconds=6)
    assert [each["error"] for each in results] == [EXCEEDED, None]


# -- resharding --------------------------------------------------------------------------------


@behaviour("kinesis.split")
def test_after_a_split_the_children_take_the_writes(account: Account, stream: Stream) -> None:
    stream.put("before")
    stream.split(0, 2**127)
    assert stream.summary()["StreamStatus"] == "UPDATING"
    assert stream.put("meanwhile") == name(0)
    account.advance(seconds=30)
    assert stream.summary()["StreamStatus"] == "ACTIVE"
    low, high = (stream.put("after", ExplicitHashKey=str(at)) for at in (0, 2**127))
    assert (low, high) == (name(1), name(2))
    assert stream.data(0) == ["before", "meanwhile"]
    assert stream.data(2) == ["after"]


@behaviour("kinesis.shard_end")
def test_a_closed_shard_ends_and_names_its_children(account: Account, stream: Stream) -> None:
    stream.put("a")
    stream.split(0, 2**127)
    account.advance(seconds=30)
    found = stream.read()
    assert "NextShardIterator" not in found
    assert [each["ShardId"] for each in found["ChildShards"]] == [name(1), name(2)]
    assert found["ChildShards"][0]["ParentShards"] == [name(0)]
    parent, child, _ = stream.shards()
    assert "EndingSequenceNumber" in parent["SequenceNumberRange"]
    assert child["ParentShardId"] == name(0)


@behaviour("kinesis.merge")
def test_a_merge_has_two_parents(account: Account, kinesis: Any) -> None:
    stream = Stream(kinesis, ShardCount=3)
    assert refused(stream.merge, 0, 2)[0] == "InvalidArgumentException"
    stream.merge(1, 0)
    account.advance(seconds=30)
    child = stream.shards()[-1]
    assert (child["ParentShardId"], child["AdjacentParentShardId"]) == (name(1), name(0))
    assert child["HashKeyRange"]["StartingHashKey"] == "0"
    assert stream.ids(ShardFilter={"Type": "AT_LATEST"}) == [2, 3]


@behaviour("kinesis.resharding_refusals")
def test_what_cannot_be_split(account: Account, stream: Stream) -> None:
    assert refused(stream.split, 0, 1)[0] == "InvalidArgumentException"
    stream.split(0, 2**127)
    assert refused(stream.split, 0, 2**126)[0] == "ResourceInUseException"
    account.advance(seconds=30)
    assert "already been merged or split" in refused(stream.split, 0, 2**126)[1]
    assert refused(stream.split, 7, 2**126)[0] == "ResourceNotFoundException"


@behaviour("kinesis.shard_count")
@pytest.mark.parametrize(("before", "after"), [(4, 6), (4, 8), (4, 2), (3, 5), (6, 4)])
def test_a_shard_count_gives_equal_ranges(
    account: Account, kinesis: Any, before: int, after: int
) -> None:
    stream = Stream(kinesis, ShardCount=before)
    stream.scale(after)
    account.advance(minutes=10)
    found = [shard for shard in stream.shards(ShardFilter={"Type": "AT_LATEST"})]
    starts = sorted(int(shard["HashKeyRange"]["StartingHashKey"]) for shard in found)
    assert starts == [start for start, _ in hashing.ranges(after)]
    assert stream.summary()["OpenShardCount"] == after


@behaviour("kinesis.shard_count")
def test_the_count_at_most_doubles_and_halves(account: Account, kinesis: Any) -> None:
    stream = Stream(kinesis, ShardCount=4)
    for count in (9, 1, 4):
        assert refused(stream.scale, count)[0] == "InvalidArgumentException"
    for count in (5, 4) * 5:
        stream.scale(count)
        account.advance(minutes=10)
    assert refused(stream.scale, 5)[0] == "LimitExceededException"
    account.advance(hours=24)
    stream.scale(5)


@behaviour("kinesis.expired_shards")
def test_closed_shards_disappear_with_their_records(account: Account, stream: Stream) -> None:
    stream.split(0, 2**127)
    account.advance(seconds=30)
    assert stream.ids() == [0, 1, 2]
    assert stream.ids(ShardFilter={"Type": "AT_TRIM_HORIZON"}) == [0]
    account.advance(hours=25)
    assert stream.ids() == [1, 2]
    assert refused(stream.iterator, 0)[0] == "ResourceNotFoundException"


@behaviour("kinesis.on_demand")
def test_on_demand_follows_its_peak(account: Account, kinesis: Any) -> None:
    stream = Stream(kinesis, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert stream.summary()["OpenShardCount"] == 4
    assert refused(stream.scale, 8)[0] == "ValidationException"
    key = {shard: str(start) for shard, (start, _) in enumerate(hashing.ranges(4))}
    records = [
        {"Data": b"x" * (MIB - 10), "PartitionKey": "k", "ExplicitHashKey": key[n]}
        for n in range(3)
    ]
    arrivals = [(1000 * n, {"StreamName": "s", "Records": records}) for n in range(11)]
    account.traffic("kinesis:PutRecords", arrivals)
    account.advance(minutes=16)
    stream.put()
    account.advance(minutes=10)
    assert stream.summary()["OpenShardCount"] == 6


# -- consumers ---------------------------------------------------------------------------------


def subscribe(stream: Stream, consumer: str, shard: int = 0) -> Any:
    found = stream.kinesis.subscribe_to_shard(
        ConsumerARN=consumer, ShardId=name(shard), StartingPosition={"Type": "TRIM_HORIZON"}
    )
    return found["EventStream"]


def registered(stream: Stream, consumer: str = "c") -> str:
    found = stream.kinesis.register_stream_consumer(StreamARN=stream.arn, ConsumerName=consumer)
    return str(found["Consumer"]["ConsumerARN"])


@behaviour("kinesis.fan_out")
def test_records_are_pushed_as_they_arrive(account: Account, stream: Stream) -> None:
    stream.put("a")
    begin = account.now
    put = {"StreamName": "s", "PartitionKey": "k", "Data": b"b"}
    account.traffic("kinesis:PutRecord", [(20_000, put)])
    seen = []
    for message in subscribe(stream, registered(stream)):
        event = message["SubscribeToShardEvent"]
        for record in event["Records"]:
            seen.append((record["Data"], round((account.now - begin).total_seconds())))
    assert seen == [(b"a", 0), (b"b", 20)]
    assert 300 <= (account.now - begin).total_seconds() < 306


@behaviour("kinesis.fan_out")
def test_a_subscription_ends_with_its_shard(account: Account, stream: Stream) -> None:
    stream.put("a")
    stream.split(0, 2**127)
    account.advance(seconds=30)
    events = [each["SubscribeToShardEvent"] for each in subscribe(stream, registered(stream))]
    assert [each["ShardId"] for each in events[-1]["ChildShards"]] == [name(1), name(2)]
    assert len(events) == 1


@behaviour("kinesis.fan_out")
def test_consumers_are_registered_and_found(account: Account, stream: Stream) -> None:
    arn = registered(stream)
    assert refused(registered, stream)[0] == "ResourceInUseException"
    described = stream.kinesis.describe_stream_consumer(ConsumerARN=arn)["ConsumerDescription"]
    assert (described["ConsumerStatus"], described["StreamARN"]) == ("ACTIVE", stream.arn)
    subscribe(stream, arn)
    assert refused(subscribe, stream, arn)[0] == "ResourceInUseException"
    for number in range(19):
        registered(stream, f"c{number}")
    assert refused(registered, stream, "more")[0] == "LimitExceededException"
    assert refused(stream.kinesis.delete_stream, StreamName="s")[0] == "ResourceInUseException"
    stream.kinesis.deregister_stream_consumer(ConsumerARN=arn)
    listed = stream.kinesis.list_stream_consumers(StreamARN=stream.arn)["Consumers"]
    assert len(listed) == 19
    stream.kinesis.delete_stream(StreamName="s", EnforceConsumerDeletion=True)


# -- metrics and the rest ----------------------------------------------------------------------


@behaviour("kinesis.metrics")
def test_metrics_of_writes_and_reads(account: Account, stream: Stream, cloudwatch: Any) -> None:
    for _ in range(3):
        stream.put_all(500)
    account.advance(seconds=5)
    stream.read()
    failed = total(account, cloudwatch, "WriteProvisionedThroughputExceeded", StreamName="s")
    assert failed > 450
    assert total(account, cloudwatch, "IncomingRecords", StreamName="s") == 1500 - failed
    age = total(account, cloudwatch, "GetRecords.IteratorAgeMilliseconds", StreamName="s")
    assert 5000 <= age < 5200
    assert total(account, cloudwatch, "IncomingRecords", StreamName="s", ShardId=name(0)) == 0


@behaviour("kinesis.metrics")
def test_metrics_by_shard_when_enabled(account: Account, kinesis: Any, cloudwatch: Any) -> None:
    stream = Stream(kinesis, ShardCount=2)
    answer = kinesis.enable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=["ALL"])
    assert len(answer["DesiredShardLevelMetrics"]) == 7
    where = {"StreamName": "s", "ShardId": stream.put()}
    assert total(account, cloudwatch, "IncomingRecords", **where) == 1
    given = [(0, {"ShardIterator": stream.iterator(int(where["ShardId"][-1]))})] * 7
    account.traffic("kinesis:GetRecords", given)
    assert total(account, cloudwatch, "ReadProvisionedThroughputExceeded", **where) == 2
    kinesis.disable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=["ALL"])
    stream.put()
    assert total(account, cloudwatch, "IncomingRecords", **where) == 1


def test_tags_of_streams_and_consumers(stream: Stream) -> None:
    stream.kinesis.add_tags_to_stream(StreamName="s", Tags={"team": "shop", "a": "b"})
    stream.kinesis.remove_tags_from_stream(StreamName="s", TagKeys=["a"])
    found = stream.kinesis.list_tags_for_stream(StreamName="s")["Tags"]
    assert found == [{"Key": "team", "Value": "shop"}]
    consumer = registered(stream)
    stream.kinesis.tag_resource(ResourceARN=consumer, Tags={"x": "y"})
    assert len(stream.kinesis.list_tags_for_resource(ResourceARN=consumer)["Tags"]) == 1


def test_streams_are_listed_and_deleted(stream: Stream) -> None:
    assert stream.kinesis.list_streams()["StreamNames"] == ["clicks", "s"]
    assert refused(stream.kinesis.create_stream, StreamName="s", ShardCount=1)[0] == (
        "ResourceInUseException"
    )
    stream.kinesis.delete_stream(StreamName="s")
    assert stream.kinesis.list_streams(Limit=5)["StreamNames"] == ["clicks"]


def test_shards_come_in_pages(kinesis: Any) -> None:
    stream = Stream(kinesis, ShardCount=5)
    first = kinesis.list_shards(StreamName="s", MaxResults=3)
    rest = kinesis.list_shards(NextToken=first["NextToken"])
    assert len(first["Shards"]) + len(rest["Shards"]) == 5
    described = kinesis.describe_stream(StreamName="s", Limit=2)["StreamDescription"]
    assert (len(described["Shards"]), described["HasMoreShards"]) == (2, True)
    assert stream.summary()["OpenShardCount"] == 5


@behaviour("kinesis.encryption")
def test_encryption_is_refused_by_name(stream: Stream) -> None:
    with pytest.raises(NotSimulated, match="StartStreamEncryption"):
        stream.kinesis.start_stream_encryption(
            StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis"
        )


@pytest.mark.parametrize("operation", ["DeleteStream", "", "Nothing"])
def test_traffic_is_records_only(account: Account, operation: str) -> None:
    with pytest.raises(ValueError, match="PutRecord"):
        account.traffic(f"kinesis:{operation}", [])
