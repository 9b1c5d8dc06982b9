"""Where log events go by subscription: Lambda, Firehose, and what happens when it fails."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import course.account
from course.account import Account, NotSimulated
from course.account.clock import utc
from tests.account.behaviours import behaviour
from tests.account.conftest import END, MINUTE, SECOND, WORLD, event

ROLE = "arn:aws:iam::123456789012:role/logs-to-anywhere"
GROUP = "/shop/web"
READER = """
import base64, gzip, json

def handler(event, context):
    document = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    print("READ", document["logGroup"], [each["message"] for each in document["logEvents"]])
"""


@pytest.fixture
def aws(account: Account, session: Any) -> Any:
    """A client of any service, made when it is first asked for."""
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service)
        return made[service]

    return client


@pytest.fixture
def reader(account: Account, aws: Any) -> str:
    """A function that prints what a subscription sends it; nobody may invoke it yet."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = aws("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust))
    made = aws("lambda").create_function(
        FunctionName="reader",
        Runtime="python3.13",
        Handler="lambda_function.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": course.account.package(READER)},
    )
    return str(made["FunctionArn"])


def allow(aws: Any, account: Account, group: str = GROUP) -> None:
    aws("lambda").add_permission(
        FunctionName="reader",
        StatementId="logs",
        Action="lambda:InvokeFunction",
        Principal="logs.amazonaws.com",
        SourceArn=f"arn:aws:logs:us-east-1:{account.id}:log-group:{group}:*",
    )


def subscribe(aws: Any, destination: str, **changes: Any) -> None:
    parameters = {
        "logGroupName": GROUP,
        "filterName": "errors",
        "filterPattern": "ERROR",
        "destinationArn": destination,
        **changes,
    }
    aws("logs").put_subscription_filter(**parameters)


def happened(account: Account, what: str, **step: float) -> list[dict[str, Any]]:
    return [each for each in account.advance(**step) if each["what"] == what]


@behaviour("logs.subscription_lambda", "cloudwatch.service_metrics")
def test_a_function_gets_matching_events_in_the_real_envelope(
    account: Account, aws: Any, reader: str
) -> None:
    allow(aws, account)
    subscribe(aws, reader)
    account.replay(logs=[event(END, "ERROR one"), event(END + SECOND, "all is well")])
    account.advance(minutes=1)
    found = aws("logs").filter_log_events(logGroupName="/aws/lambda/reader", filterPattern="READ")
    assert [each["message"].strip() for each in found["events"]] == ["READ /shop/web ['ERROR one']"]
    listed = aws("cloudwatch").list_metrics(Namespace="AWS/Lambda", MetricName="Invocations")
    assert {"Name": "FunctionName", "Value": "reader"} in [
        dimension for metric in listed["Metrics"] for dimension in metric["Dimensions"]
    ]


@behaviour("logs.subscription_lambda_permission")
def test_a_function_must_let_logs_in(account: Account, aws: Any, reader: str) -> None:
    with pytest.raises(ClientError, match="Make sure you have given CloudWatch Logs permission"):
        subscribe(aws, reader)
    allow(aws, account, "/shop/api")
    with pytest.raises(ClientError, match="Make sure you have given CloudWatch Logs permission"):
        subscribe(aws, reader)
    with pytest.raises(ClientError, match="Make sure you have given CloudWatch Logs permission"):
        subscribe(aws, reader.replace("reader", "nobody"))


@behaviour("logs.subscription_loop")
def test_a_function_is_not_fed_its_own_log_group(account: Account, aws: Any, reader: str) -> None:
    aws("logs").create_log_group(logGroupName="/aws/lambda/reader")
    allow(aws, account, "/aws/lambda/reader")
    with pytest.raises(NotSimulated, match="for ever"):
        subscribe(aws, reader, logGroupName="/aws/lambda/reader")


@behaviour("logs.subscription_failure")
def test_a_permission_taken_back_shows_as_delivery_errors(
    account: Account, aws: Any, reader: str
) -> None:
    allow(aws, account)
    subscribe(aws, reader)
    aws("lambda").remove_permission(FunctionName="reader", StatementId="logs")
    account.replay(logs=[event(END, "ERROR one"), event(END, "ERROR two")])
    (delivery,) = happened(account, "delivery", minutes=1)
    assert "may not invoke" in delivery["error"]
    assert own(aws, "DeliveryErrors", DestinationType="Lambda", FilterName="errors") == 2


@pytest.fixture
def archive(account: Account, aws: Any) -> str:
    """A delivery stream that writes to the bucket shop-archive."""
    aws("s3").create_bucket(Bucket="shop-archive")
    made = aws("firehose").create_delivery_stream(
        DeliveryStreamName="archive",
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": "arn:aws:s3:::shop-archive",
            "Prefix": "logs/",
        },
    )
    return str(made["DeliveryStreamARN"])


def archived(aws: Any) -> list[str]:
    """The messages in the bucket, in the order of their objects."""
    messages = []
    for found in aws("s3").list_objects_v2(Bucket="shop-archive").get("Contents", ()):
        body = aws("s3").get_object(Bucket="shop-archive", Key=found["Key"])["Body"].read()
        document = json.loads(gzip.decompress(body))
        messages += [each["message"] for each in document["logEvents"]]
    return messages


@behaviour("logs.subscription_firehose")
def test_firehose_writes_matching_events_to_s3(account: Account, aws: Any, archive: str) -> None:
    subscribe(aws, archive, roleArn=ROLE)
    account.replay(logs=[event(END, "ERROR one"), event(END + SECOND, "all is well")])
    account.advance(minutes=1)
    assert archived(aws) == ["ERROR one"]
    assert own(aws, "ForwardedLogEvents", DestinationType="Firehose", FilterName="errors") == 1


def test_firehose_needs_a_role_and_a_stream(account: Account, aws: Any, archive: str) -> None:
    with pytest.raises(ClientError, match="requires a roleArn"):
        subscribe(aws, archive)
    with pytest.raises(ClientError, match="Check if the given Firehose stream is in ACTIVE state"):
        subscribe(aws, archive.replace("archive", "none"), roleArn=ROLE)


def test_other_destinations(account: Account, aws: Any) -> None:
    with pytest.raises(NotSimulated, match="Logs destination"):
        subscribe(aws, "arn:aws:logs:us-east-1:123456789012:destination:other", roleArn=ROLE)
    with pytest.raises(ClientError, match="vendor sqs is not supported"):
        subscribe(aws, "arn:aws:sqs:us-east-1:123456789012:orders", roleArn=ROLE)


def own(aws: Any, name: str, **more: str) -> float:
    """The sum of a metric of AWS/Logs about the group, over the first minutes."""
    dimensions = {"LogGroupName": GROUP, **more}
    found = aws("cloudwatch").get_metric_statistics(
        Namespace="AWS/Logs",
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=utc(END),
        EndTime=utc(END + 10 * MINUTE),
        Period=600,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])


@behaviour("logs.own_metrics")
def test_logs_count_what_comes_in(account: Account, aws: Any) -> None:
    account.replay(logs=[event(END + n * SECOND, "12345") for n in range(3)])
    account.advance(minutes=1)
    assert own(aws, "IncomingLogEvents") == 3
    assert own(aws, "IncomingBytes") == 3 * (5 + 26)


@behaviour("logs.emf_errors")
def test_wrong_embedded_metrics_are_counted(account: Account, aws: Any) -> None:
    right = {
        "_aws": {
            "Timestamp": END,
            "CloudWatchMetrics": [
                {"Namespace": "Shop", "Dimensions": [[]], "Metrics": [{"Name": "Orders"}]}
            ],
        },
        "Orders": 1,
    }
    lines = [json.dumps(right), json.dumps({**right, "Orders": "many"}), '{"_aws": broken']
    account.replay(logs=[event(END, line) for line in lines])
    account.advance(minutes=1)
    assert own(aws, "EMFValidationErrors") == 1
    assert own(aws, "EMFParsingErrors") == 1


INFREQUENT = {"logGroupName": "/shop/rare"}


@pytest.fixture
def infrequent(account: Account, aws: Any) -> None:
    aws("logs").create_log_group(**INFREQUENT, logGroupClass="INFREQUENT_ACCESS")
    aws("logs").create_log_stream(**INFREQUENT, logStreamName="s")


@pytest.mark.parametrize(
    ("operation", "more", "code"),
    [
        ("filter_log_events", {}, "InvalidOperationException"),
        ("get_log_events", {"logStreamName": "s"}, "InvalidOperationException"),
        ("describe_subscription_filters", {}, "ValidationException"),
        (
            "put_subscription_filter",
            {"filterName": "f", "filterPattern": "", "destinationArn": "arn:aws:kinesis:x:y:z"},
            "ValidationException",
        ),
        (
            "put_metric_filter",
            {
                "filterName": "f",
                "filterPattern": "",
                "metricTransformations": [
                    {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
                ],
            },
            "ValidationException",
        ),
        (
            "create_export_task",
            {"from": END - MINUTE, "to": END, "destination": "bucket"},
            "ValidationException",
        ),
    ],
)
@behaviour("logs.infrequent_access")
def test_the_cheap_class_does_less(
    aws: Any, infrequent: None, operation: str, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(aws("logs"), operation)(**INFREQUENT, **more)
    assert caught.value.response["Error"]["Code"] == code


@behaviour("logs.infrequent_access")
def test_the_cheap_class_can_be_queried_and_makes_no_metrics(
    account: Account, aws: Any, infrequent: None
) -> None:
    emf = {
        "_aws": {
            "Timestamp": END,
            "CloudWatchMetrics": [
                {"Namespace": "Rare", "Dimensions": [[]], "Metrics": [{"Name": "Orders"}]}
            ],
        },
        "Orders": 1,
    }
    events = [{"timestamp": END, "message": json.dumps(emf)}]
    aws("logs").put_log_events(**INFREQUENT, logStreamName="s", logEvents=events)
    assert aws("cloudwatch").list_metrics(Namespace="Rare")["Metrics"] == []
    query = aws("logs").start_query(
        **INFREQUENT,
        startTime=END // 1000 - 60,
        endTime=END // 1000 + 60,
        queryString="stats count(*) as n",
    )["queryId"]
    aws("logs").get_query_results(queryId=query)
    rows = aws("logs").get_query_results(queryId=query)["results"]
    assert rows == [[{"field": "n", "value": "1"}]]


words = st.sampled_from(["ERROR", "WARN", "INFO", "timeout", "ok", "cart"])
lines = st.lists(st.lists(words, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=15)
terms = st.sampled_from(["ERROR", "WARN", "timeout", "cart"])


@behaviour("logs.counts_agree")
@given(lines, terms, terms)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_filter_a_subscription_and_a_query_count_the_same(
    session: Any, messages: list[str], wanted: str, unwanted: str
) -> None:
    """The pattern `a -b`: the metric's sum, the records' events and the query's rows agree."""
    pattern = f"{wanted} -{unwanted}" if wanted != unwanted else wanted
    query = f"filter @message like /{wanted}/"
    query += f" and @message not like /{unwanted}/" if wanted != unwanted else ""
    with course.account.fresh(WORLD) as account:
        logs, cloudwatch, kinesis = (
            session.client(name) for name in ("logs", "cloudwatch", "kinesis")
        )
        stream = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]
        logs.put_metric_filter(
            logGroupName=GROUP,
            filterName="f",
            filterPattern=pattern,
            metricTransformations=[
                {"metricName": "found", "metricNamespace": "Law", "metricValue": "1"}
            ],
        )
        logs.put_subscription_filter(
            logGroupName=GROUP,
            filterName="s",
            filterPattern=pattern,
            destinationArn=stream["StreamARN"],
            roleArn=ROLE,
        )
        account.replay(logs=[event(END + n * SECOND, text) for n, text in enumerate(messages)])
        account.advance(minutes=1)
        counted = cloudwatch.get_metric_statistics(
            Namespace="Law",
            MetricName="found",
            StartTime=utc(END),
            EndTime=utc(END + MINUTE),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        asked = logs.start_query(
            logGroupName=GROUP,
            startTime=END // 1000,
            endTime=END // 1000 + 60,
            queryString=f"{query} | stats count(*) as n",
        )["queryId"]
        logs.get_query_results(queryId=asked)
        rows = logs.get_query_results(queryId=asked)["results"]
        found = int(rows[0][0]["value"]) if rows else 0
        assert sum(point["Sum"] for point in counted) == found
        assert len(delivered(kinesis)) == found


def delivered(kinesis: Any) -> list[dict[str, Any]]:
    """The log events in the records of the stream clicks."""
    shard = kinesis.list_shards(StreamName="clicks")["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(
        StreamName="clicks", ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = kinesis.get_records(ShardIterator=iterator)["Records"]
    documents = [json.loads(gzip.decompress(each["Data"])) for each in records]
    return [found for document in documents for found in document["logEvents"]]
