"""What the account refuses by name, and what to use instead.

For CloudWatch and CloudWatch Logs everything that `operations` does not list is refused. For the
services that moto answers, the operations below are refused although moto answers them: it would
report success and nothing, or the wrong thing, would happen. What moto itself does not implement
is refused where it says so.
"""

from __future__ import annotations

from course.account import operations
from course.account.errors import NotSimulated

NO_ANSWER = "No operation of this account stands in for it; work without it here."

_NO_BAND = "Use a static Threshold, or compute a band in pandas from get_metric_data."
_NO_LAMBDA = "Read what functions did in their log groups and in the AWS/Lambda metrics."
_NO_MAPPING = "Nothing polls queues or streams here: receive or read the messages yourself."
_NO_TRACES = "This account holds logs and metrics; it has no traces yet."
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
        "GetLogGroupFields": "Run `fields @message | limit 20` and look.",
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
    "application-autoscaling": {
        # moto makes alarms with fixed thresholds, and nothing ever scales.
        "PutScalingPolicy": "Watch the metric with put_metric_alarm.",
    },
}


def check(service: str, operation: str) -> None:
    """Raise NotSimulated for what must not be answered."""
    instead = REFUSED.get(service, {}).get(operation)
    if instead is None and service in operations.OURS:
        if operation in operations.OURS[service]:
            return
        instead = NO_ANSWER
    if instead is not None:
        raise NotSimulated(f"{service}:{operation}", instead)
