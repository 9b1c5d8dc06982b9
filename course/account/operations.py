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
    "logs.groups": """CreateLogGroup DeleteLogGroup DescribeLogGroups CreateLogStream
        DeleteLogStream DescribeLogStreams PutLogEvents GetLogEvents FilterLogEvents
        PutRetentionPolicy
        DeleteRetentionPolicy TagResource UntagResource ListTagsForResource GetLogRecord""",
    "logs.filters": """PutMetricFilter DescribeMetricFilters DeleteMetricFilter TestMetricFilter
        PutSubscriptionFilter DescribeSubscriptionFilters DeleteSubscriptionFilter""",
    "logs.queries": """StartQuery GetQueryResults StopQuery DescribeQueries PutQueryDefinition
        DescribeQueryDefinitions DeleteQueryDefinition""",
    "logs.lookup_tables": """CreateLookupTable UpdateLookupTable DescribeLookupTables
        GetLookupTable DeleteLookupTable""",
    "logs.fields": "GetLogGroupFields",
    "logs.exports": "CreateExportTask DescribeExportTasks CancelExportTask",
}
_CLOUDWATCH = {
    "cloudwatch.metrics": "PutMetricData ListMetrics GetMetricStatistics GetMetricData",
    "cloudwatch.alarms": """PutMetricAlarm PutCompositeAlarm DescribeAlarms DescribeAlarmsForMetric
        DescribeAlarmHistory SetAlarmState EnableAlarmActions DisableAlarmActions DeleteAlarms
        TagResource UntagResource ListTagsForResource""",
    "cloudwatch.dashboards": "PutDashboard GetDashboard ListDashboards DeleteDashboards",
    "cloudwatch.insight_rules": """PutInsightRule DescribeInsightRules EnableInsightRules
        DisableInsightRules DeleteInsightRules GetInsightRuleReport""",
}


def _index(modules: Mapping[str, str]) -> dict[str, str]:
    return {name: module for module, names in modules.items() for name in names.split()}


# service -> operation -> module
OURS: dict[str, dict[str, str]] = {"logs": _index(_LOGS), "cloudwatch": _index(_CLOUDWATCH)}
# Services of which moto answers nothing: an operation that is not listed above is refused. For any
# other service in OURS, moto answers the operations that are not listed.
WHOLE = frozenset({"logs", "cloudwatch"})


def is_ours(service: str, operation: str) -> bool:
    """Whether this package answers an operation itself."""
    return operation in OURS.get(service, {})


@lru_cache(maxsize=256)
def find(service: str, operation: str) -> Operation:
    """The function that carries out an operation of ours; KeyError for one that is not ours."""
    module = import_module(f"course.account.{OURS[service][operation]}")
    return getattr(module, xform_name(operation))
