"""What CloudWatch and CloudWatch Logs do on AWS and not here: refused by name, never taken."""

from __future__ import annotations

from typing import Any

import pytest

from course.account import Account, NotSimulated
from tests.account.behaviours import behaviour
from tests.account.conftest import put_alarm

STREAM = {
    "Name": "to-somewhere",
    "FirehoseArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/x",
    "RoleArn": "arn:aws:iam::123456789012:role/x",
    "OutputFormat": "json",
}
POLICY = {"policyName": "p", "policyDocument": "{}", "policyType": "DATA_PROTECTION_POLICY"}
GROUP_ARN = "arn:aws:logs:us-east-1:123456789012:log-group:/shop/web"
NIGHT = {"Expression": "cron(0 2 * * *)", "Duration": "PT4H"}
MUTE = {"Name": "night", "Rule": {"Schedule": NIGHT}}


@behaviour(
    "cloudwatch.metric_streams",
    "alarms.mute_rules",
    "dashboards.widget_image",
    "insight_rules.managed",
)
@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("put_metric_stream", STREAM),
        ("put_alarm_mute_rule", MUTE),
        ("get_metric_widget_image", {"MetricWidget": "{}"}),
        (
            "put_managed_insight_rules",
            {"ManagedRules": [{"TemplateName": "t", "ResourceARN": "arn:aws:x:::y"}]},
        ),
    ],
)
def test_cloudwatch_says_what_it_cannot_do(
    cloudwatch: Any, operation: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(NotSimulated) as caught:
        getattr(cloudwatch, operation)(**parameters)
    assert caught.value.operation.startswith("cloudwatch:") and caught.value.instead


@behaviour(
    "logs.live_tail",
    "logs.anomaly_detectors",
    "logs.account_policies",
    "logs.field_indexes",
    "logs.transformers",
)
@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("start_live_tail", {"logGroupIdentifiers": [GROUP_ARN]}),
        ("create_log_anomaly_detector", {"logGroupArnList": [GROUP_ARN]}),
        ("put_account_policy", POLICY),
        (
            "put_data_protection_policy",
            {"logGroupIdentifier": GROUP_ARN, "policyDocument": "{}"},
        ),
        ("put_index_policy", {"logGroupIdentifier": GROUP_ARN, "policyDocument": "{}"}),
        (
            "put_transformer",
            {"logGroupIdentifier": GROUP_ARN, "transformerConfig": [{"parseJSON": {}}]},
        ),
    ],
)
def test_logs_says_what_it_cannot_do(logs: Any, operation: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(NotSimulated) as caught:
        getattr(logs, operation)(**parameters)
    assert caught.value.operation.startswith("logs:") and caught.value.instead


@behaviour("alarms.other_actions")
@pytest.mark.parametrize("service", ["automate", "autoscaling", "ssm", "ec2"])
def test_alarms_act_through_topics_and_functions_only(
    account: Account, cloudwatch: Any, service: str
) -> None:
    arn = f"arn:aws:{service}:us-east-1:123456789012:thing:x"
    with pytest.raises(NotSimulated, match=f"an action on {service}"):
        put_alarm(cloudwatch, AlarmActions=[arn])
