"""What the account refuses by name, and what to use instead.

For CloudWatch and CloudWatch Logs everything that `operations` does not list is refused. For the
services that moto answers, the operations below are refused although moto answers them: it would
report success and nothing, or the wrong thing, would happen. What moto itself does not implement
is refused where it says so. Single parameters that would be taken and ignored are refused too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.account import operations
from course.account.errors import NotSimulated

NO_ANSWER = "No operation of this account stands in for it; work without it here."

_NO_BAND = "Use a static Threshold, or compute a band in pandas from get_metric_data."
_NO_LAMBDA = "Read what functions did in their log groups and in the AWS/Lambda metrics."
_NO_MAPPING = "Nothing polls queues or streams here: receive or read the messages yourself."
_NO_TRACES = "This account holds logs and metrics; it has no traces yet."
_NO_SCHEDULE = "Nothing runs on a schedule here; call it yourself between two calls of advance."
_NO_CANARY = "Canaries can be described, not run; read their metrics in a real account."

# service -> operation -> what to use instead
REFUSED: dict[str, dict[str, str]] = {
    "cloudwatch": {
        "PutAnomalyDetector": _NO_BAND,
        "DescribeAnomalyDetectors": _NO_BAND,
        "DeleteAnomalyDetector": _NO_BAND,
        "PutMetricStream": "Read metrics with get_metric_data.",
        "GetMetricWidgetImage": "Draw the numbers of get_metric_data with course.show.",
        "PutManagedInsightRules": "Write the rule yourself with put_insight_rule.",
        "PutAlarmMuteRule": "Use disable_alarm_actions and enable_alarm_actions.",
    },
    "logs": {
        "PutAccountPolicy": "Set the policy on each log group.",
        "PutDataProtectionPolicy": "Mask fields in the code that writes them.",
        "CreateLogAnomalyDetector": "Query the log groups with start_query.",
        "StartLiveTail": "Poll filter_log_events, or replay and advance the clock.",
        "PutTransformer": "Use parse in a query.",
        "PutIndexPolicy": "Queries run without field indexes here.",
        "PutDestination": "Subscribe the Kinesis stream itself with put_subscription_filter.",
        "CreateDelivery": "Subscribe a Kinesis stream with put_subscription_filter.",
        "TagLogGroup": "Use tag_resource with the log group's ARN.",
        "UntagLogGroup": "Use untag_resource with the log group's ARN.",
        "ListTagsLogGroup": "Use list_tags_for_resource with the log group's ARN.",
        "ListLogGroups": "Use describe_log_groups.",
    },
    "lambda": {
        "Invoke": _NO_LAMBDA,
        "InvokeAsync": _NO_LAMBDA,
        "InvokeWithResponseStream": _NO_LAMBDA,
        # moto would take and delete the queue's messages at once, whatever the batch size.
        "CreateEventSourceMapping": _NO_MAPPING,
        "ListEventSourceMappings": _NO_MAPPING,
        "GetEventSourceMapping": _NO_MAPPING,
    },
    "xray": {
        "GetServiceGraph": _NO_TRACES,
        "GetTraceGraph": _NO_TRACES,
        "GetTraceSummaries": _NO_TRACES,
    },
    "synthetics": {"StartCanary": _NO_CANARY, "GetCanaryRuns": _NO_CANARY},
    "dynamodb": {
        "UpdateContributorInsights": "Use put_insight_rule on a log group.",
        "DescribeContributorInsights": "Use put_insight_rule on a log group.",
    },
    "events": {
        # moto's answer is always empty, which would read as "does not match".
        "TestEventPattern": "Compare the pattern with the event by eye or in Python.",
    },
    # From here on: moto stores the request, and nothing would ever happen.
    "application-autoscaling": {"PutScalingPolicy": "Watch the metric with put_metric_alarm."},
    "cloudtrail": {"StartLogging": "account.calls() lists the API calls that were made."},
    "codedeploy": {"CreateDeployment": "Update the function or the task definition itself."},
    "scheduler": {"CreateSchedule": _NO_SCHEDULE},
    "stepfunctions": {
        "StartExecution": "Call the steps one after another.",
        "StartSyncExecution": "Call the steps one after another.",
    },
}

_LEAVE_OUT = "Leave this parameter out."
_ONE_ACCOUNT = "There is one account here; leave this parameter out."
_NO_SUPPRESSOR = "Put AND NOT ALARM(suppressor) into the rule."

# service -> operation -> parameter -> what to do instead; a parameter that is empty or False passes
REFUSED_PARAMETERS: dict[str, dict[str, dict[str, str]]] = {
    "cloudwatch": {
        "ListMetrics": {"IncludeLinkedAccounts": _ONE_ACCOUNT, "OwningAccount": _ONE_ACCOUNT},
        "PutCompositeAlarm": {
            "ActionsSuppressor": _NO_SUPPRESSOR,
            "ActionsSuppressorWaitPeriod": _NO_SUPPRESSOR,
            "ActionsSuppressorExtensionPeriod": _NO_SUPPRESSOR,
        },
        "PutInsightRule": {"ApplyOnTransformedLogs": _LEAVE_OUT},
        "PutMetricData": {"EntityMetricData": "Use MetricData."},
    },
    "logs": {
        "CreateLogGroup": {"deletionProtectionEnabled": _LEAVE_OUT},
        "DescribeLogGroups": {
            "accountIdentifiers": _ONE_ACCOUNT,
            "includeLinkedAccounts": _ONE_ACCOUNT,
        },
        "PutMetricFilter": {
            "applyOnTransformedLogs": _LEAVE_OUT,
            "fieldSelectionCriteria": _LEAVE_OUT,
            "emitSystemFieldDimensions": _LEAVE_OUT,
        },
        "PutSubscriptionFilter": {
            "applyOnTransformedLogs": _LEAVE_OUT,
            "fieldSelectionCriteria": _LEAVE_OUT,
            "emitSystemFields": _LEAVE_OUT,
        },
    },
    "events": {"PutRule": {"ScheduleExpression": _NO_SCHEDULE}},
}


def check(service: str, operation: str) -> None:
    """Raise NotSimulated for what must not be answered."""
    if service == "apigatewaymanagementapi":
        endpoint = "Read what the API answered in its access log group."
        raise NotSimulated("calling an API at its execute-api address", endpoint)
    instead: str | None = REFUSED.get(service, {}).get(operation)
    if instead is None and service in operations.WHOLE:
        if operations.is_ours(service, operation):
            return
        instead = NO_ANSWER
    if instead is not None:
        raise NotSimulated(f"{service}:{operation}", instead)


def check_parameters(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise NotSimulated for a parameter that would be taken and ignored."""
    for name, instead in REFUSED_PARAMETERS.get(service, {}).get(operation, {}).items():
        if parameters.get(name):
            raise NotSimulated(f"{service}:{operation} with {name}", instead)


def looks_at_parameters(service: str, operation: str) -> bool:
    """Whether `check_parameters` has anything to say: reading a request's parameters costs time."""
    return operation in REFUSED_PARAMETERS.get(service, {})
