"""Which operations this package answers itself, and where each of them lives.

A module is imported when one of its operations is first called: opening an account costs nothing
for what a lesson does not use. A function's name is the operation's name in snake case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from botocore import xform_name

from course.account.region import Region

Operation = Callable[[Region, dict[str, Any]], Mapping[str, Any] | None]

_LOGS = {
    "logs": """CreateLogGroup DeleteLogGroup DescribeLogGroups CreateLogStream DeleteLogStream
        DescribeLogStreams PutLogEvents GetLogEvents FilterLogEvents PutRetentionPolicy
        DeleteRetentionPolicy TagResource UntagResource ListTagsForResource GetLogRecord""",
    "log_filters": """PutMetricFilter DescribeMetricFilters DeleteMetricFilter TestMetricFilter
        PutSubscriptionFilter DescribeSubscriptionFilters DeleteSubscriptionFilter""",
    "log_queries": """StartQuery GetQueryResults StopQuery DescribeQueries PutQueryDefinition
        DescribeQueryDefinitions DeleteQueryDefinition""",
    "log_lookup_tables": """CreateLookupTable UpdateLookupTable DescribeLookupTables
        GetLookupTable DeleteLookupTable""",
    "log_fields": "GetLogGroupFields",
    "log_exports": "CreateExportTask DescribeExportTasks CancelExportTask",
}
_CLOUDWATCH = {
    "metrics": "PutMetricData ListMetrics GetMetricStatistics GetMetricData",
    "alarms": """PutMetricAlarm PutCompositeAlarm DescribeAlarms DescribeAlarmsForMetric
        DescribeAlarmHistory SetAlarmState EnableAlarmActions DisableAlarmActions DeleteAlarms
        TagResource UntagResource ListTagsForResource""",
    "dashboards": "PutDashboard GetDashboard ListDashboards DeleteDashboards",
    "insight_rules": """PutInsightRule DescribeInsightRules EnableInsightRules DisableInsightRules
        DeleteInsightRules GetInsightRuleReport""",
}


def _index(modules: Mapping[str, str]) -> dict[str, str]:
    return {name: module for module, names in modules.items() for name in names.split()}


# service -> operation -> module
OURS: dict[str, dict[str, str]] = {"logs": _index(_LOGS), "cloudwatch": _index(_CLOUDWATCH)}


@lru_cache(maxsize=256)
def find(service: str, operation: str) -> Operation:
    """The function that carries out an operation of ours; KeyError for one that is not ours."""
    module = import_module(f"course.account.{OURS[service][operation]}")
    return getattr(module, xform_name(operation))
