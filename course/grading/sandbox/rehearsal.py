"""What lessons do first, done once in the warm process: kernels forked from it have it behind them.

The first request to each service, the first query, the first picture load modules, compile a
grammar and read service models; in a new kernel that is a third of what a lesson's cells cost.
Nothing of a lesson's answers or tests is in here: a kernel's memory is open to the code in it.
No query is run, only read: the database would start threads, which a fork does not survive.
"""

from __future__ import annotations

import json
from typing import Any

import boto3
import pandas as pd
import sqlglot

from course import account, data, insights, show

QUERIES = (
    'filter @type = "REPORT" | stats max(@duration) as ms, count(*) as n by bin(5m) as time, @log',
    'filter level = "ERROR" and ms > 3 | parse errorMessage "* of *" as what, it | sort n desc',
    "fields @timestamp, coalesce(@duration, a.b) as ms | filter @message like /x/ | limit 20",
)
SQL = "with t as (select a, count(*) as n from e where b like 'x%' group by a) select * from t"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
CODE = "def handler(event, context):\n    return event\n"
SERVICES = (
    *("apigateway", "apigatewayv2", "cloudtrail", "cloudwatch", "dynamodb", "ecs", "events"),
    *("iam", "kinesis", "lambda", "logs", "s3", "sns", "sqs", "sts", "xray"),
)


def rehearse() -> None:
    """Leave nothing open: no account, no picture, no clock that stands still."""
    world = data.load("checkout")
    with account.fresh(world) as lab:
        clients = {name: boto3.client(name) for name in SERVICES}
        _watch(clients)
        _work(clients)
        lab.advance(minutes=2)
    for query in QUERIES:
        insights.parse(query)
    sqlglot.parse_one(SQL, dialect="duckdb").sql(dialect="duckdb", pretty=True)
    _draw()


def _watch(clients: dict[str, Any]) -> None:
    metric = {"Namespace": "Rehearsal", "MetricName": "n"}
    cloudwatch = clients["cloudwatch"]
    cloudwatch.put_metric_data(Namespace="Rehearsal", MetricData=[{"MetricName": "n", "Value": 1}])
    cloudwatch.put_metric_alarm(
        AlarmName="rehearsal",
        **metric,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.describe_alarms()
    clients["logs"].describe_log_groups()
    clients["cloudtrail"].lookup_events()


def _work(clients: dict[str, Any]) -> None:
    role = clients["iam"].create_role(RoleName="rehearsal", AssumeRolePolicyDocument=TRUST)
    clients["lambda"].create_function(
        FunctionName="rehearsal",
        Runtime="python3.13",
        Handler="app.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": account.package({"app.py": CODE})},
    )
    clients["lambda"].invoke(FunctionName="rehearsal", Payload=b"{}")
    url = clients["sqs"].create_queue(QueueName="rehearsal")["QueueUrl"]
    clients["sqs"].send_message(QueueUrl=url, MessageBody="m")
    topic = clients["sns"].create_topic(Name="rehearsal")["TopicArn"]
    clients["sns"].publish(TopicArn=topic, Message="m")
    clients["dynamodb"].create_table(
        TableName="rehearsal",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    clients["dynamodb"].put_item(TableName="rehearsal", Item={"pk": {"S": "k"}})
    clients["s3"].create_bucket(Bucket="rehearsal")


def _draw() -> None:
    times = pd.date_range("2026-03-17", periods=3, freq="5min", tz="UTC")
    rows = pd.DataFrame({"time": times, "n": [1.0, 2.0, 3.0], "name": list("abc")})
    show.series(rows[["time", "n"]], title="rehearsal", unit="ms")
    show.bars(rows, label="name", value="n", title="rehearsal", unit="ms")
