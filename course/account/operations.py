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
    "cloudwatch.anomalies": """PutAnomalyDetector DescribeAnomalyDetectors
        DeleteAnomalyDetector""",
    "cloudwatch.dashboards": "PutDashboard GetDashboard ListDashboards DeleteDashboards",
    "cloudwatch.insight_rules": """PutInsightRule DescribeInsightRules EnableInsightRules
        DisableInsightRules DeleteInsightRules GetInsightRuleReport""",
}
# moto answers whatever else is asked of DynamoDB.
_DYNAMODB = {
    "cloudwatch.table_insights": """UpdateContributorInsights DescribeContributorInsights
        ListContributorInsights""",
    "tables.reading": "GetItem BatchGetItem",
    "tables.pages": "Query Scan",
    "tables.writing": "PutItem UpdateItem DeleteItem BatchWriteItem",
    "tables.transactions": "TransactWriteItems TransactGetItems",
    "tables.control": "CreateTable UpdateTable DescribeTable UpdateTimeToLive",
}
_EVENTS = {
    "events.buses": """CreateEventBus UpdateEventBus DescribeEventBus ListEventBuses DeleteEventBus
        TagResource UntagResource ListTagsForResource""",
    "events.rules": """PutRule DescribeRule ListRules DeleteRule EnableRule DisableRule
        ListRuleNamesByTarget PutTargets RemoveTargets ListTargetsByRule""",
    "events.publishing": "PutEvents TestEventPattern",
    "events.archives": """CreateArchive UpdateArchive DescribeArchive ListArchives DeleteArchive
        StartReplay CancelReplay DescribeReplay ListReplays""",
}
_SCHEDULER = {
    "events.schedules": """CreateSchedule UpdateSchedule GetSchedule ListSchedules DeleteSchedule
        CreateScheduleGroup GetScheduleGroup ListScheduleGroups DeleteScheduleGroup TagResource
        UntagResource ListTagsForResource"""
}
_CLOUDTRAIL = {
    "cloudtrail.lookup": "LookupEvents",
    "cloudtrail.trails": """CreateTrail UpdateTrail DeleteTrail GetTrail DescribeTrails ListTrails
        StartLogging StopLogging GetTrailStatus""",
    "cloudtrail.settings": """PutEventSelectors GetEventSelectors PutInsightSelectors
        GetInsightSelectors AddTags RemoveTags ListTags ListPublicKeys""",
}


_KINESIS = {
    "streams.control": """CreateStream DeleteStream ListStreams DescribeStream DescribeStreamSummary
        DescribeLimits ListShards UpdateStreamMode UpdateMaxRecordSize IncreaseStreamRetentionPeriod
        DecreaseStreamRetentionPeriod EnableEnhancedMonitoring DisableEnhancedMonitoring
        AddTagsToStream RemoveTagsFromStream ListTagsForStream TagResource UntagResource
        ListTagsForResource""",
    "streams.resharding": "SplitShard MergeShards UpdateShardCount",
    "streams.writing": "PutRecord PutRecords",
    "streams.reading": "GetShardIterator GetRecords",
    "streams.consumers": """RegisterStreamConsumer DescribeStreamConsumer ListStreamConsumers
        DeregisterStreamConsumer SubscribeToShard""",
}
_LAMBDA = {
    "functions.invocations": "Invoke InvokeAsync",
    "functions.permissions": "AddPermission RemovePermission GetPolicy",
    "functions.concurrency": """GetAccountSettings PutFunctionConcurrency
        PutProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig
        DeleteProvisionedConcurrencyConfig ListProvisionedConcurrencyConfigs""",
    "functions.event_invoke": """PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig
        GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig
        ListFunctionEventInvokeConfigs""",
    "functions.mappings": """CreateEventSourceMapping GetEventSourceMapping
        ListEventSourceMappings UpdateEventSourceMapping DeleteEventSourceMapping""",
}
_APIGATEWAY = {
    "apis.testing": "TestInvokeMethod TestInvokeAuthorizer",
    "apis.usage": "GetUsage UpdateUsage FlushStageCache FlushStageAuthorizersCache",
    "apis.changes": "UpdateIntegration UpdateMethod",
}
_CLOUDFORMATION = {
    "deployments.stacks": """CreateStack UpdateStack DeleteStack DescribeStacks ListStacks
        DescribeStackEvents DescribeStackResources ListStackResources GetTemplate
        ValidateTemplate""",
    "deployments.drift": """DetectStackDrift DescribeStackDriftDetectionStatus
        DescribeStackResourceDrifts""",
}
_CODEDEPLOY = {
    "deployments.groups": """CreateApplication GetApplication ListApplications DeleteApplication
        CreateDeploymentGroup GetDeploymentGroup ListDeploymentGroups UpdateDeploymentGroup
        DeleteDeploymentGroup""",
    "deployments.releases": """CreateDeployment GetDeployment BatchGetDeployments ListDeployments
        StopDeployment ListDeploymentTargets BatchGetDeploymentTargets GetDeploymentTarget
        PutLifecycleEventHookExecutionStatus""",
}
_ECS = {
    "containers.clusters": """CreateCluster DescribeClusters ListClusters DeleteCluster
        PutClusterCapacityProviders UpdateClusterSettings UpdateCluster""",
    "containers.definitions": """RegisterTaskDefinition DescribeTaskDefinition
        DeregisterTaskDefinition ListTaskDefinitions ListTaskDefinitionFamilies""",
    "containers.services": """CreateService UpdateService DeleteService DescribeServices
        ListServices""",
    "containers.tasks": "RunTask StopTask DescribeTasks ListTasks",
}
_ELBV2 = {
    "containers.target_groups": """CreateTargetGroup ModifyTargetGroup DescribeTargetGroups
        DeleteTargetGroup DescribeTargetHealth""",
}
_APPLICATION_AUTOSCALING = {
    "scaling.targets": """RegisterScalableTarget DescribeScalableTargets DeregisterScalableTarget
        DescribeScalingActivities""",
    "scaling.policies": "PutScalingPolicy DescribeScalingPolicies DeleteScalingPolicy",
}
_ELASTICACHE = {
    "caches.clusters": """CreateCacheCluster DescribeCacheClusters ModifyCacheCluster
        RebootCacheCluster DeleteCacheCluster""",
    "caches.groups": """CreateReplicationGroup DescribeReplicationGroups ModifyReplicationGroup
        DeleteReplicationGroup TestFailover""",
    "caches.parameters": """CreateCacheParameterGroup DescribeCacheParameterGroups
        DescribeCacheParameters ModifyCacheParameterGroup ResetCacheParameterGroup
        DeleteCacheParameterGroup""",
    "caches.events": "DescribeEvents",
}
_APIGATEWAYV2 = {"apis.http_control": "CreateStage UpdateStage"}
_SNS = {
    "topics.control": """CreateTopic DeleteTopic ListTopics GetTopicAttributes SetTopicAttributes
        AddPermission RemovePermission TagResource UntagResource ListTagsForResource""",
    "topics.subscriptions": """Subscribe ConfirmSubscription Unsubscribe GetSubscriptionAttributes
        SetSubscriptionAttributes ListSubscriptions ListSubscriptionsByTopic""",
    "topics.publishing": "Publish PublishBatch",
}
_SQS = {
    "queues.control": """CreateQueue GetQueueUrl ListQueues ListDeadLetterSourceQueues DeleteQueue
        PurgeQueue GetQueueAttributes SetQueueAttributes TagQueue UntagQueue ListQueueTags
        AddPermission RemovePermission""",
    "queues.sending": "SendMessage SendMessageBatch",
    "queues.receiving": """ReceiveMessage DeleteMessage DeleteMessageBatch ChangeMessageVisibility
        ChangeMessageVisibilityBatch""",
    "queues.moving": "StartMessageMoveTask ListMessageMoveTasks CancelMessageMoveTask",
}
_XRAY = {
    "xray.segments": "PutTraceSegments PutTelemetryRecords BatchGetTraces",
    "xray.summaries": "GetTraceSummaries",
    "xray.graphs": "GetServiceGraph GetTraceGraph GetTimeSeriesServiceStatistics",
    "xray.groups": "CreateGroup GetGroup GetGroups UpdateGroup DeleteGroup",
    "xray.sampling": """CreateSamplingRule GetSamplingRules UpdateSamplingRule DeleteSamplingRule
        GetSamplingTargets GetSamplingStatisticSummaries""",
    "xray.settings": """GetEncryptionConfig PutEncryptionConfig GetTraceSegmentDestination
        TagResource UntagResource ListTagsForResource""",
}


def _index(modules: Mapping[str, str]) -> dict[str, str]:
    return {name: module for module, names in modules.items() for name in names.split()}


# service -> operation -> module
OURS: dict[str, dict[str, str]] = {
    "logs": _index(_LOGS),
    "cloudwatch": _index(_CLOUDWATCH),
    "dynamodb": _index(_DYNAMODB),
    "ecs": _index(_ECS),
    "elbv2": _index(_ELBV2),
    "application-autoscaling": _index(_APPLICATION_AUTOSCALING),
    "elasticache": _index(_ELASTICACHE),
    "events": _index(_EVENTS),
    "scheduler": _index(_SCHEDULER),
    "cloudtrail": _index(_CLOUDTRAIL),
    "cloudformation": _index(_CLOUDFORMATION),
    "codedeploy": _index(_CODEDEPLOY),
    "kinesis": _index(_KINESIS),
    "lambda": _index(_LAMBDA),
    "apigateway": _index(_APIGATEWAY),
    "apigatewayv2": _index(_APIGATEWAYV2),
    "sns": _index(_SNS),
    "sqs": _index(_SQS),
    "xray": _index(_XRAY),
}
# Services of which moto answers nothing: an operation that is not listed above is refused. For any
# other service in OURS, moto answers the operations that are not listed.
WHOLE = frozenset(
    {
        "logs",
        "cloudwatch",
        "events",
        "scheduler",
        "cloudtrail",
        "cloudformation",
        "codedeploy",
        "ecs",
        "elbv2",
        "application-autoscaling",
        "kinesis",
        "sns",
        "sqs",
        "xray",
    }
)


def is_ours(service: str, operation: str) -> bool:
    """Whether this package answers an operation itself."""
    return operation in OURS.get(service, {})


@lru_cache(maxsize=256)
def find(service: str, operation: str) -> Operation:
    """The function that carries out an operation of ours; KeyError for one that is not ours."""
    module = import_module(f"course.account.{OURS[service][operation]}")
    return getattr(module, xform_name(operation))
