"""Bad input to every operation of CloudWatch and CloudWatch Logs gets AWS's code and message shape.

What each service's model forbids is found in botocore's model itself: a required parameter that is
missing, a value outside its enumeration, length, range or pattern. What does not exist is listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape

from course.account import Account
from course.account.operations import OURS
from course.account.refusals import REFUSED_PARAMETERS
from tests.account.behaviours import behaviour
from tests.account.conftest import END

SERVICES = {"cloudwatch": "ValidationError", "logs": "InvalidParameterException"}
SENTENCE = re.compile(
    r"\d+ validation errors? detected: Value (null|'.*') at '.+' "
    r"failed to satisfy constraint: Member must .+",
    re.S,
)
GROUP = {"logGroupName": "/nobody"}
STREAM = {"logStreamName": "s"}
EVENT = {"timestamp": END, "message": "x"}
RANGE = {"startTime": END // 1000 - 60, "endTime": END // 1000}
TRANSFORMATION = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
LOG_ARN = "arn:aws:logs:us-east-1:123456789012:log-group:/nobody"
ALARM_ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:nobody"
PERIOD = {"StartTime": END // 1000 - 60, "EndTime": END // 1000, "Period": 60}
GONE = "ResourceNotFoundException"
# service, operation, parameters that name something that does not exist, AWS's code
MISSING: list[tuple[str, str, dict[str, Any], str]] = [
    ("logs", "delete_log_group", GROUP, GONE),
    ("logs", "create_log_stream", {**GROUP, **STREAM}, GONE),
    ("logs", "delete_log_stream", {**GROUP, **STREAM}, GONE),
    ("logs", "describe_log_streams", GROUP, GONE),
    ("logs", "put_log_events", {**GROUP, **STREAM, "logEvents": [EVENT]}, GONE),
    ("logs", "get_log_events", {**GROUP, **STREAM}, GONE),
    ("logs", "filter_log_events", GROUP, GONE),
    ("logs", "put_retention_policy", {**GROUP, "retentionInDays": 7}, GONE),
    ("logs", "delete_retention_policy", GROUP, GONE),
    ("logs", "tag_resource", {"resourceArn": LOG_ARN, "tags": {"a": "b"}}, GONE),
    ("logs", "untag_resource", {"resourceArn": LOG_ARN, "tagKeys": ["a"]}, GONE),
    ("logs", "list_tags_for_resource", {"resourceArn": LOG_ARN}, GONE),
    (
        "logs",
        "put_metric_filter",
        {
            **GROUP,
            "filterName": "f",
            "filterPattern": "",
            "metricTransformations": [TRANSFORMATION],
        },
        GONE,
    ),
    ("logs", "describe_metric_filters", GROUP, GONE),
    ("logs", "delete_metric_filter", {**GROUP, "filterName": "f"}, GONE),
    (
        "logs",
        "put_subscription_filter",
        {**GROUP, "filterName": "f", "filterPattern": "", "destinationArn": ALARM_ARN},
        GONE,
    ),
    ("logs", "describe_subscription_filters", GROUP, GONE),
    ("logs", "delete_subscription_filter", {**GROUP, "filterName": "f"}, GONE),
    ("logs", "start_query", {**GROUP, **RANGE, "queryString": "limit 1"}, GONE),
    ("logs", "get_query_results", {"queryId": "nobody"}, GONE),
    ("logs", "stop_query", {"queryId": "nobody"}, GONE),
    ("logs", "delete_query_definition", {"queryDefinitionId": "nobody"}, GONE),
    ("logs", "get_log_group_fields", GROUP, GONE),
    (
        "logs",
        "create_export_task",
        {**GROUP, "from": 0, "to": 1, "destination": "bucket"},
        GONE,
    ),
    ("logs", "cancel_export_task", {"taskId": "nobody"}, GONE),
    (
        "cloudwatch",
        "set_alarm_state",
        {"AlarmName": "nobody", "StateValue": "OK", "StateReason": "x"},
        "ResourceNotFound",
    ),
    ("cloudwatch", "list_tags_for_resource", {"ResourceARN": ALARM_ARN}, GONE),
    ("cloudwatch", "untag_resource", {"ResourceARN": ALARM_ARN, "TagKeys": ["a"]}, GONE),
    (
        "cloudwatch",
        "tag_resource",
        {"ResourceARN": ALARM_ARN, "Tags": [{"Key": "a", "Value": "b"}]},
        GONE,
    ),
    ("cloudwatch", "get_dashboard", {"DashboardName": "nobody"}, "ResourceNotFound"),
    ("cloudwatch", "delete_dashboards", {"DashboardNames": ["nobody"]}, "ResourceNotFound"),
    ("cloudwatch", "get_insight_rule_report", {"RuleName": "nobody", **PERIOD}, GONE),
    (
        "cloudwatch",
        "delete_anomaly_detector",
        {"Namespace": "n", "MetricName": "m", "Stat": "Sum"},
        GONE,
    ),
    (
        "cloudwatch",
        "put_composite_alarm",
        {"AlarmName": "a", "AlarmRule": "ALARM(nobody)"},
        "ValidationError",
    ),
    ("cloudwatch", "describe_alarms", {"ChildrenOfAlarmName": "nobody"}, "ResourceNotFound"),
]


@lru_cache(maxsize=2)
def unchecked(service: str) -> Any:
    """A client that sends what it is given: boto3 itself would stop most of this."""
    return boto3.Session().client(service, config=Config(parameter_validation=False))


def models() -> Iterator[tuple[str, OperationModel]]:
    for service in SERVICES:
        model = boto3.Session().client(service, region_name="us-east-1").meta.service_model
        for operation in sorted(OURS[service]):
            yield service, model.operation_model(operation)


def required() -> Iterator[Any]:
    for service, operation in models():
        if operation.input_shape is not None and operation.input_shape.required_members:
            yield pytest.param(service, operation.name, {}, id=f"{service}-{operation.name}")


def out_of_bounds() -> Iterator[Any]:
    """One parameter of each operation that its model limits, with a value past the limit."""
    for service, operation in models():
        refused = REFUSED_PARAMETERS.get(service, {}).get(operation.name, {})
        for name, shape in operation.input_shape.members.items() if operation.input_shape else ():
            value = _beyond(shape)
            if value is not None and name not in refused:
                where = f"{service}-{operation.name}-{name}"
                yield pytest.param(service, operation.name, {name: value}, id=where)


def _beyond(shape: Shape) -> Any:
    limits = shape.metadata
    if shape.type_name == "string":
        if "enum" in limits:
            return "zork"
        return "x" * (limits["max"] + 1) if limits.get("max", 1e9) < 5000 else None
    if shape.type_name in ("integer", "long"):
        if "max" in limits:
            return limits["max"] + 1
        return limits["min"] - 1 if "min" in limits else None
    return None


def refusal(service: str, operation: str, parameters: dict[str, Any]) -> dict[str, str]:
    names = unchecked(service).meta.method_to_api_mapping
    method = next(name for name, api in names.items() if api == operation)
    with pytest.raises(ClientError) as caught:
        getattr(unchecked(service), method)(**parameters)
    found: dict[str, str] = caught.value.response["Error"]
    return found


@pytest.mark.parametrize(("service", "operation", "parameters"), list(required()))
@behaviour("cloudwatch.bad_input")
def test_what_is_required_is_missed(
    account: Account, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    error = refusal(service, operation, parameters)
    assert error["Code"] == SERVICES[service]
    assert SENTENCE.fullmatch(error["Message"]) and "Member must not be null" in error["Message"]


@pytest.mark.parametrize(("service", "operation", "parameters"), list(out_of_bounds()))
@behaviour("cloudwatch.bad_input")
def test_what_is_out_of_bounds_is_named(
    account: Account, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    (name,) = parameters
    error = refusal(service, operation, parameters)
    assert error["Code"] == SERVICES[service]
    assert SENTENCE.fullmatch(error["Message"])
    assert f"at '{name[:1].lower()}{name[1:]}'" in error["Message"]


@pytest.mark.parametrize(("service", "method", "parameters", "code"), MISSING)
@behaviour("cloudwatch.bad_input")
def test_what_does_not_exist_is_not_found(
    account: Account, service: str, method: str, parameters: dict[str, Any], code: str
) -> None:
    client = unchecked(service)
    error = refusal(service, client.meta.method_to_api_mapping[method], parameters)
    assert error["Code"] == code
    assert error["Message"]
