"""Requests in and responses out: limits of the models, status codes, the older protocol."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
import requests
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError
from moto.core.request import normalize_request

from course.account import Account
from course.account.errors import AwsError
from course.account.protocol import (
    Endpoint,
    JsonEndpoint,
    SentHeaders,
    check_limits,
    is_json,
)
from tests.account.conftest import put_alarm


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("SetAlarmState", {"AlarmName": "a", "StateValue": "BAD", "StateReason": "x"}, "enum"),
        ("SetAlarmState", {"AlarmName": "a", "StateValue": "OK"}, "'stateReason'.*null"),
        ("DescribeAlarms", {"MaxRecords": 101}, "less than or equal to 100"),
        ("DescribeAlarms", {"AlarmNames": ["x" * 256]}, r"alarmNames\.1\.member.*255"),
        ("GetMetricData", {"MetricDataQueries": [{}]}, r"metricDataQueries\.1\.member\.Id"),
    ],
)
def test_limits_of_the_model(operation: str, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError, match=message) as error:
        check_limits("cloudwatch", operation, parameters)
    assert error.value.code == "ValidationError"


def test_all_violations_are_counted() -> None:
    parameters = {"logGroupName": "a b", "filterName": "x:y", "metricTransformations": []}
    with pytest.raises(AwsError, match=r"^3 validation errors detected: .*; .*; .*"):
        check_limits("logs", "PutMetricFilter", {**parameters, "filterPattern": "x"})


def test_errors_have_the_status_of_their_shape(cloudwatch: Any) -> None:
    with pytest.raises(ClientError) as error:
        cloudwatch.get_dashboard(DashboardName="none")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    with pytest.raises(cloudwatch.exceptions.ResourceNotFound):
        cloudwatch.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="x")


def test_responses_have_a_request_id(cloudwatch: Any) -> None:
    assert cloudwatch.describe_alarms()["ResponseMetadata"]["RequestId"]


def test_the_query_protocol_of_older_clients(account: Account, cloudwatch: Any) -> None:
    put_alarm(cloudwatch)
    body = {"Action": "DescribeAlarms", "AlarmNames.member.1": "errors", "Version": "2010-08-01"}
    answer = requests.post("https://monitoring.us-east-1.amazonaws.com/", data=body, timeout=1)
    names = [each.text for each in ET.fromstring(answer.text).iter() if "AlarmName" in each.tag]
    assert names == ["errors"]


MOMENT = datetime(2026, 3, 17, 12, 30, 15, 250_000, tzinfo=UTC)
ITEM = {"id": {"S": "é\n"}, "raw": {"B": b"\x00\xff"}, "none": {"NULL": True}, "l": {"L": []}}
ENTRY = {"Time": MOMENT, "Source": "shop", "DetailType": "x", "Detail": "{}"}


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("dynamodb", "put_item", {"TableName": "orders", "Item": ITEM}),
        ("dynamodb", "list_tables", {}),
        ("events", "put_events", {"Entries": [ENTRY]}),
        ("kinesis", "put_record", {"StreamName": "s", "Data": b"\x80x", "PartitionKey": "k"}),
        ("logs", "describe_log_groups", {"limit": 3}),
        ("sqs", "send_message", {"QueueUrl": "https://sqs/q", "MessageBody": "Ünï"}),
        ("stepfunctions", "list_state_machines", {"maxResults": 3}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_short_reading_of_json_finds_what_motos_own_does(
    account: Account, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    sent: list[AWSPreparedRequest] = []
    client = boto3.client(service, region_name="eu-central-1")
    client.meta.events.register("before-send", lambda request, **_: sent.append(request))
    with suppress(ClientError):
        getattr(client, operation)(**parameters)
    whole, short = Endpoint(service, normalize_request(sent[0])), JsonEndpoint(service, sent[0])
    assert is_json(SentHeaders(sent[0]))
    assert short.parameters() == whole.parameters()
    assert (short.region, short._get_action()) == (whole.region, whole._get_action())
    assert set(short.response_headers) == set(whole.response_headers)


def test_a_compressed_request_is_left_to_moto(account: Account, cloudwatch: Any) -> None:
    data = [{"MetricName": f"m{n}", "Value": n, "Dimensions": []} for n in range(400)]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    assert len(cloudwatch.list_metrics(Namespace="Shop")["Metrics"]) >= 400
