"""What DynamoDB tells CloudWatch, Contributor Insights and the trail."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from course.account import Account
from course.account.clock import utc
from tests.account.behaviours import behaviour
from tests.account.conftest import END
from tests.account.tables import attributes, create, index, item

ONE_ATTEMPT = Config(retries={"mode": "standard", "total_max_attempts": 1})


@pytest.fixture
def dynamodb(account: Account, session: Any) -> Any:
    return session.client("dynamodb", config=ONE_ATTEMPT)


class Metrics:
    """Reads AWS/DynamoDB of the minutes that are over."""

    def __init__(self, account: Account, cloudwatch: Any) -> None:
        account.advance(minutes=1)
        self._end = account.now
        self._cloudwatch = cloudwatch

    def all(self, name: str, statistic: str = "Sum", **dimensions: str) -> list[float]:
        found = self._cloudwatch.get_metric_statistics(
            Namespace="AWS/DynamoDB",
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=utc(END - 60_000),
            EndTime=self._end,
            Period=86_400,
            Statistics=[statistic],
        )
        return [point[statistic] for point in found["Datapoints"]]

    def sum(self, name: str, **dimensions: str) -> float:
        return sum(self.all(name, **dimensions))


@behaviour("dynamodb.metrics")
def test_requests_are_metered_by_table_index_and_operation(
    account: Account, cloudwatch: Any, dynamodb: Any
) -> None:
    slow = index("by-status", "status", capacity=(7, 8))
    create(dynamodb, capacity=(5, 6), GlobalSecondaryIndexes=[slow])
    dynamodb.put_item(TableName="t", Item=item(2000, pk="a", status="open"))
    dynamodb.get_item(TableName="t", Key=attributes(pk="a"))
    values = attributes(**{":s": "open"})
    query = {
        "TableName": "t",
        "IndexName": "by-status",
        "KeyConditionExpression": "#s = :s",
        "ExpressionAttributeNames": {"#s": "status"},
        "ExpressionAttributeValues": values,
    }
    dynamodb.query(**query)
    told = Metrics(account, cloudwatch)
    of_index = {"TableName": "t", "GlobalSecondaryIndexName": "by-status"}
    assert told.sum("ConsumedWriteCapacityUnits", TableName="t") == 2
    assert told.sum("ConsumedWriteCapacityUnits", **of_index) == 2
    assert told.sum("ConsumedReadCapacityUnits", TableName="t") == 0.5
    assert told.sum("ConsumedReadCapacityUnits", **of_index) == 0.5
    assert told.all("ProvisionedReadCapacityUnits", "Average", TableName="t") == [5]
    assert told.all("ProvisionedWriteCapacityUnits", "Average", TableName="t") == [6]
    assert told.all("ProvisionedWriteCapacityUnits", "Average", **of_index) == [8]
    assert told.sum("ReturnedItemCount", TableName="t", Operation="Query") == 1
    for operation in ("PutItem", "GetItem", "Query"):
        where = {"TableName": "t", "Operation": operation}
        (latency,) = told.all("SuccessfulRequestLatency", "Average", **where)
        assert 0.5 < latency < 20
        assert told.all("SuccessfulRequestLatency", "SampleCount", **where) == [1]
    assert told.all("ThrottledRequests", TableName="t", Operation="PutItem") == []


@behaviour("dynamodb.metrics")
def test_errors_are_metered_by_whose_fault_they_are(
    account: Account, cloudwatch: Any, dynamodb: Any
) -> None:
    create(dynamodb)
    with pytest.raises(ClientError):
        dynamodb.put_item(
            TableName="t", Item=item(pk="a"), ConditionExpression="attribute_exists(pk)"
        )
    for wrong in ({"TableName": "t", "Item": item(sk="a")}, {"TableName": "no", "Item": {}}):
        with pytest.raises(ClientError):
            dynamodb.put_item(**wrong)
    told = Metrics(account, cloudwatch)
    assert told.sum("ConditionalCheckFailedRequests", TableName="t") == 1
    assert told.sum("UserErrors") == 2
    assert told.all("SuccessfulRequestLatency", TableName="t", Operation="PutItem") == []


@behaviour("dynamodb.throttle_metrics")
def test_throttles_are_metered_by_cause(account: Account, cloudwatch: Any, dynamodb: Any) -> None:
    create(dynamodb, capacity=(1, 1))
    large = item(200 * 1024, pk="a")
    dynamodb.put_item(TableName="t", Item=large)
    for _ in range(3):
        with pytest.raises(ClientError):
            dynamodb.put_item(TableName="t", Item=large)
    two = [{"PutRequest": {"Item": item(size, pk=str(size))}} for size in (100, 200_000)]
    dynamodb.batch_write_item(RequestItems={"t": two})
    told = Metrics(account, cloudwatch)
    assert told.sum("WriteThrottleEvents", TableName="t") == 4
    assert told.sum("WriteProvisionedThroughputThrottleEvents", TableName="t") == 4
    assert told.sum("ThrottledRequests", TableName="t", Operation="PutItem") == 3
    # Only a batch of which nothing passes counts as a throttled request.
    assert told.all("ThrottledRequests", TableName="t", Operation="BatchWriteItem") == []
    assert told.all("ReadThrottleEvents", TableName="t") == []


@behaviour("dynamodb.throttle_metrics")
def test_an_alarm_rings_for_throttles(account: Account, cloudwatch: Any, dynamodb: Any) -> None:
    create(dynamodb, capacity=(1, 1))
    cloudwatch.put_metric_alarm(
        AlarmName="throttled",
        Namespace="AWS/DynamoDB",
        MetricName="WriteThrottleEvents",
        Dimensions=[{"Name": "TableName", "Value": "t"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    writes = [
        (at, {"TableName": "t", "Item": item(150 * 1024, pk="a")}) for at in range(0, 500, 99)
    ]
    account.traffic("dynamodb:PutItem", writes)
    happened = account.advance(minutes=2)
    assert any(each["what"] == "alarm" and each["to"] == "ALARM" for each in happened)


@behaviour("dynamodb.contributor_insights")
def test_contributor_insights_finds_the_key_that_is_throttled(
    account: Account, cloudwatch: Any, dynamodb: Any
) -> None:
    create(dynamodb)
    dynamodb.update_contributor_insights(TableName="t", ContributorInsightsAction="ENABLE")
    rules = dynamodb.describe_contributor_insights(TableName="t")["ContributorInsightsRuleList"]
    throttled = next(name for name in rules if "-PKT-" in name)
    keys = ["hot"] * 60 + [f"cold-{number}" for number in range(40)]
    account.traffic(
        "dynamodb:PutItem",
        [(n, {"TableName": "t", "Item": item(30 * 1024, pk=key)}) for n, key in enumerate(keys)],
    )
    account.advance(minutes=1)
    report = cloudwatch.get_insight_rule_report(
        RuleName=throttled, StartTime=utc(END), EndTime=account.now, Period=60
    )
    (first, *_) = report["Contributors"]
    assert first["Keys"] == ["hot"] and first["ApproximateAggregateValue"] > 20


@behaviour("dynamodb.latency")
def test_a_call_takes_the_time_that_it_takes(account: Account, dynamodb: Any) -> None:
    create(dynamodb)
    before = account.now
    for number in range(50):
        dynamodb.put_item(TableName="t", Item=item(pk=str(number)))
    small = (account.now - before).total_seconds()
    assert 0.1 < small < 0.6
    before = account.now
    dynamodb.put_item(TableName="t", Item=item(409_600, pk="large"))
    assert (account.now - before).total_seconds() > 3 * small / 50


@behaviour("dynamodb.trail")
def test_data_events_go_to_a_trail_that_asks_for_them(account: Account, session: Any) -> None:
    create(session.client("dynamodb"))
    s3, trails = session.client("s3"), session.client("cloudtrail")
    s3.create_bucket(Bucket="trail-logs")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::trail-logs", "arn:aws:s3:::trail-logs/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket="trail-logs", Policy=json.dumps(policy))
    trails.create_trail(Name="data", S3BucketName="trail-logs")
    resource = {"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]}
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": False}
    trails.put_event_selectors(
        TrailName="data", EventSelectors=[{**selector, "DataResources": [resource]}]
    )
    trails.start_logging(Name="data")
    session.client("dynamodb").put_item(TableName="t", Item=item(pk="a"))
    account.advance(minutes=30)
    listed = s3.list_objects_v2(Bucket="trail-logs", Prefix="AWSLogs/")["Contents"]
    found = []
    for each in listed:
        if each["Key"].endswith(".json.gz") and "/CloudTrail/" in each["Key"]:
            body = s3.get_object(Bucket="trail-logs", Key=each["Key"])["Body"].read()
            found += json.loads(gzip.decompress(body))["Records"]
    assert [record["eventName"] for record in found] == ["PutItem"]
    assert found[0]["resources"][0]["ARN"].endswith("table/t")
