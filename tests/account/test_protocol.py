"""Requests in and responses out: limits of the models, status codes, the older protocol."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from course.account import Account
from course.account.errors import AwsError
from course.account.protocol import check_limits
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
