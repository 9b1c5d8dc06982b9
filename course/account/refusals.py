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

_NO_STREAM = "Use invoke: it returns the whole answer."
_NO_INSIGHTS = "Find the faults with get_service_graph and get_trace_summaries."
_NO_SPANS = "Transaction Search is off here: use get_trace_summaries and batch_get_traces."
_NO_POLICY = "Every service of this account may send traces; no policy is needed."
_NO_HTTP_TARGET = "Nothing here calls a web address; deliver to a queue, or to a function."
_NO_LAKE = "Query a trail's log group with CloudWatch Logs Insights, or its files in S3."
_NO_CANARY = "Canaries can be described, not run; read their metrics in a real account."
_NO_DOMAIN = "Call the API at its execute-api address."
_NO_LINK = "Integrate a Lambda function, or use MOCK."
_NO_PUSH = "Subscribe a queue, a function, an address or a phone number to a topic."
_NO_SANDBOX = "Every phone number can be sent texts here; publish with PhoneNumber."
_NO_IMPORT = "Make resources, methods and integrations one by one."
_NO_PARTIQL = "Use get_item, query, put_item and the other operations on items."
_NO_KINESIS = "Read the table's own stream, with dynamodbstreams or a Lambda function."
_NO_STREAM_QUEUE = "Read the stream's shards, or use SQS."
_ONE_WRITER = "Every user of this account may use its streams."
_NOT_ENCRYPTED = "Streams are not encrypted here; go on without it."
_NO_SERVERLESS = "Make a cluster with create_cache_cluster."
_NO_USER_GROUP = "Clients connect without authentication here."
_NO_CHANGE = "Delete the stack and create it from the new template."
_NO_REPLICAS = "There are no replicas here; work with the table of one Region."

# service -> operation -> what to use instead
REFUSED: dict[str, dict[str, str]] = {
    "cloudwatch": {
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
        "InvokeWithResponseStream": _NO_STREAM,
    },
    "xray": {
        "GetInsight": _NO_INSIGHTS,
        "GetInsightSummaries": _NO_INSIGHTS,
        "GetInsightEvents": _NO_INSIGHTS,
        "GetInsightImpactGraph": _NO_INSIGHTS,
        "UpdateTraceSegmentDestination": _NO_SPANS,
        "GetIndexingRules": _NO_SPANS,
        "UpdateIndexingRule": _NO_SPANS,
        "StartTraceRetrieval": _NO_SPANS,
        "CancelTraceRetrieval": _NO_SPANS,
        "ListRetrievedTraces": _NO_SPANS,
        "GetRetrievedTracesGraph": _NO_SPANS,
        "PutResourcePolicy": _NO_POLICY,
        "ListResourcePolicies": _NO_POLICY,
        "DeleteResourcePolicy": _NO_POLICY,
    },
    "apigateway": {
        "CreateDomainName": _NO_DOMAIN,
        "CreateBasePathMapping": _NO_DOMAIN,
        "CreateVpcLink": _NO_LINK,
        "ImportRestApi": _NO_IMPORT,
        "PutRestApi": _NO_IMPORT,
    },
    "apigatewayv2": {
        "CreateDomainName": _NO_DOMAIN,
        "CreateApiMapping": _NO_DOMAIN,
        "CreateVpcLink": _NO_LINK,
        "ImportApi": _NO_IMPORT,
        "ReimportApi": _NO_IMPORT,
        "CreateIntegrationResponse": "Let the function build the response.",
    },
    "synthetics": {"StartCanary": _NO_CANARY, "GetCanaryRuns": _NO_CANARY},
    "cloudformation": {
        "CreateChangeSet": _NO_CHANGE,
        "ExecuteChangeSet": _NO_CHANGE,
        "CreateStackSet": "Create a stack in each Region.",
        "DetectStackResourceDrift": "Use detect_stack_drift for the whole stack.",
        "ContinueUpdateRollback": _NO_CHANGE,
        "RollbackStack": "Delete the stack.",
        "EstimateTemplateCost": "Work the cost out from the prices.",
    },
    "cloudtrail": {
        "CreateEventDataStore": _NO_LAKE,
        "StartQuery": _NO_LAKE,
        "ListInsightsData": "Use lookup_events with EventCategory='insight'.",
        "ListInsightsMetricData": "Count the events of lookup_events by minute.",
    },
    "events": {
        "PutPermission": "There is one account here: every bus of it may be written to.",
        "RemovePermission": "There is one account here: every bus of it may be written to.",
        "CreateApiDestination": _NO_HTTP_TARGET,
        "CreateConnection": _NO_HTTP_TARGET,
        "CreateEndpoint": "There is no failover between Regions here; use the Region's own bus.",
        "PutPartnerEvents": "Send the events with put_events.",
    },
    "kinesis": {
        "StartStreamEncryption": _NOT_ENCRYPTED,
        "StopStreamEncryption": _NOT_ENCRYPTED,
        "PutResourcePolicy": _ONE_WRITER,
        "GetResourcePolicy": _ONE_WRITER,
        "DeleteResourcePolicy": _ONE_WRITER,
        "CreateQueue": _NO_STREAM_QUEUE,
        "CreateChannel": _NO_STREAM_QUEUE,
        "UpdateStreamWarmThroughput": "Make a stream with as many shards as it needs.",
        "UpdateStreamRecordDistributionStrategy": "Give every record a partition key.",
    },
    "dynamodb": {
        "ExecuteStatement": _NO_PARTIQL,
        "BatchExecuteStatement": _NO_PARTIQL,
        "ExecuteTransaction": _NO_PARTIQL,
        "EnableKinesisStreamingDestination": _NO_KINESIS,
        "DisableKinesisStreamingDestination": _NO_KINESIS,
        "UpdateKinesisStreamingDestination": _NO_KINESIS,
        "CreateGlobalTable": _NO_REPLICAS,
        "UpdateGlobalTable": _NO_REPLICAS,
        "UpdateTableReplicaAutoScaling": _NO_REPLICAS,
        "SearchVectors": "Query a table or an index.",
    },
    "elasticache": {
        "CreateServerlessCache": _NO_SERVERLESS,
        "DescribeServerlessCaches": "Describe clusters with describe_cache_clusters.",
        "CreateGlobalReplicationGroup": "Make a replication group in one Region.",
        "CreateUserGroup": _NO_USER_GROUP,
        "DescribeUserGroups": _NO_USER_GROUP,
        "ModifyUser": "Delete the user and create it again.",
        "IncreaseReplicaCount": "Make the group with as many clusters as it shall have.",
        "DecreaseReplicaCount": "Make the group with as many clusters as it shall have.",
        "ModifyReplicationGroupShardConfiguration": "Replication groups have one shard here.",
        "CreateCacheSecurityGroup": "Every client reaches every cache here.",
        "DescribeEngineDefaultParameters": "Use describe_cache_parameters of a default group.",
        "DescribeCacheEngineVersions": "Engines here: redis 7.1, valkey 8.0, memcached 1.6.22.",
        "ListAllowedNodeTypeModifications": "Modify the node type; an unknown one is refused.",
        "CopySnapshot": "Create another snapshot.",
    },
    "sns": {
        "CreatePlatformApplication": _NO_PUSH,
        "CreatePlatformEndpoint": _NO_PUSH,
        "ListPlatformApplications": _NO_PUSH,
        "CreateSMSSandboxPhoneNumber": _NO_SANDBOX,
        "GetSMSSandboxAccountStatus": _NO_SANDBOX,
        "CheckIfPhoneNumberIsOptedOut": _NO_SANDBOX,
        "SetSMSAttributes": _NO_SANDBOX,
        "PutDataProtectionPolicy": "Leave out of the message what subscribers must not see.",
    },
    "ecs": {
        "ExecuteCommand": "Nothing runs in a container here; describe_tasks tells its state.",
        "CreateCapacityProvider": "Use FARGATE and FARGATE_SPOT.",
        "RegisterContainerInstance": "Tasks run on Fargate here.",
        "StartTask": "Use run_task.",
        "CreateTaskSet": "Use the rolling update of update_service.",
        "UpdateTaskProtection": "Give the program time with stopTimeout.",
        "ListServiceDeployments": "Read the deployments with describe_services.",
        "DescribeServiceDeployments": "Read the deployments with describe_services.",
    },
    "elbv2": {
        "CreateLoadBalancer": "Make a target group; it works as if a load balancer sent to it.",
        "RegisterTargets": "A service registers its tasks by itself.",
        "DeregisterTargets": "A service deregisters its tasks by itself.",
        "ModifyTargetGroupAttributes": "Targets are deregistered at once here.",
    },
    "application-autoscaling": {
        "PutScheduledAction": "Use a target tracking or a step scaling policy.",
        "DescribeScheduledActions": "Use a target tracking or a step scaling policy.",
        "GetPredictiveScalingForecast": "Use a target tracking or a step scaling policy.",
    },
    # From here on: moto stores the request, and nothing would ever happen.
    "codedeploy": {
        "CreateDeploymentConfig": "Use one of the predefined configurations for Lambda.",
        "RegisterOnPremisesInstance": "Deploy Lambda functions; servers have logs only.",
        "ContinueDeployment": "Deployments of Lambda functions wait for nobody.",
    },
    "stepfunctions": {
        "StartSyncExecution": "Call start_execution, advance the clock, and describe_execution.",
        "RedriveExecution": "Start the execution again.",
        "TestState": "Start an execution of a state machine with this one state.",
    },
}

_LEAVE_OUT = "Leave this parameter out."
_ONE_ACCOUNT = "There is one account here; leave this parameter out."
_ALL_MEMBERS = "Make the group with create_replication_group and NumCacheClusters."
_NO_TLS = "Clients connect without TLS here; leave it out."
_NO_RESTORE = "Snapshots hold no data here; start with an empty cache."
_NO_SLOW_LOG = "Time the commands in the code that sends them."
_NO_LEGACY_FILTER = "Use FilterExpression."

# service -> operation -> parameter -> what to do instead; a parameter that is empty or False passes
REFUSED_PARAMETERS: dict[str, dict[str, dict[str, str]]] = {
    "apigateway": {
        "CreateRestApi": {
            "policy": "Let a Lambda authorizer decide; resource policies are not evaluated here.",
            "cloneFrom": "Make resources, methods and integrations one by one.",
            "minimumCompressionSize": _LEAVE_OUT,
        },
    },
    "apigatewayv2": {
        "CreateApi": {
            "Target": "Use create_integration, create_route and create_stage.",
            "RouteKey": "Use create_route.",
            "CredentialsArn": "Set it with create_integration.",
        },
        "CreateIntegration": {
            "RequestParameters": "Let the function read the request as it comes.",
            "ResponseParameters": "Let the function build the response.",
        },
    },
    "cloudformation": {
        "CreateStack": {
            "TemplateURL": "Give the template's text as TemplateBody.",
            "RoleARN": _LEAVE_OUT,
            "NotificationARNs": "Read the events with describe_stack_events.",
            "StackPolicyBody": _LEAVE_OUT,
            "RollbackConfiguration": _LEAVE_OUT,
            "TimeoutInMinutes": _LEAVE_OUT,
        },
        "DeleteStack": {"RetainResources": "Write DeletionPolicy: Retain into the template."},
    },
    "cloudwatch": {
        "ListMetrics": {"IncludeLinkedAccounts": _ONE_ACCOUNT, "OwningAccount": _ONE_ACCOUNT},
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
    "dynamodb": {
        "GetItem": {"AttributesToGet": "Use ProjectionExpression."},
        "Query": {
            "KeyConditions": "Use KeyConditionExpression.",
            "QueryFilter": _NO_LEGACY_FILTER,
            "AttributesToGet": "Use ProjectionExpression.",
        },
        "Scan": {
            "ScanFilter": _NO_LEGACY_FILTER,
            "AttributesToGet": "Use ProjectionExpression.",
        },
        "UpdateTable": {"ReplicaUpdates": _NO_REPLICAS},
    },
    "kinesis": {
        "CreateStream": {
            "WarmThroughputMiBps": "Make a stream with as many shards as it needs.",
            "RecordDistributionStrategy": "Give every record a partition key.",
        },
        "UpdateStreamMode": {"WarmThroughputMiBps": "Leave it out."},
    },
    "elasticache": {
        "CreateCacheCluster": {
            "ReplicationGroupId": _ALL_MEMBERS,
            "AuthToken": _NO_USER_GROUP,
            "TransitEncryptionEnabled": _NO_TLS,
            "SnapshotArns": _NO_RESTORE,
            "SnapshotName": _NO_RESTORE,
            "LogDeliveryConfigurations": _NO_SLOW_LOG,
        },
        "ModifyCacheCluster": {
            "AuthToken": _NO_USER_GROUP,
            "LogDeliveryConfigurations": _NO_SLOW_LOG,
            "Engine": "Make a cluster of the other engine.",
        },
        "CreateReplicationGroup": {
            "GlobalReplicationGroupId": "Make a replication group in one Region.",
            "PrimaryClusterId": _ALL_MEMBERS,
            "AuthToken": _NO_USER_GROUP,
            "UserGroupIds": _NO_USER_GROUP,
            "TransitEncryptionEnabled": _NO_TLS,
            "AtRestEncryptionEnabled": _LEAVE_OUT,
            "KmsKeyId": _LEAVE_OUT,
            "SnapshotArns": _NO_RESTORE,
            "SnapshotName": _NO_RESTORE,
            "ServerlessCacheSnapshotName": _NO_RESTORE,
            "DataTieringEnabled": _LEAVE_OUT,
            "Durability": _LEAVE_OUT,
            "LogDeliveryConfigurations": _NO_SLOW_LOG,
        },
        "ModifyReplicationGroup": {
            "AuthToken": _NO_USER_GROUP,
            "UserGroupIdsToAdd": _NO_USER_GROUP,
            "TransitEncryptionEnabled": _NO_TLS,
            "ClusterMode": "Replication groups have one shard here.",
            "Durability": _LEAVE_OUT,
            "LogDeliveryConfigurations": _NO_SLOW_LOG,
            "Engine": "Make a group of the other engine.",
        },
        "DeleteCacheCluster": {"FinalSnapshotIdentifier": "Call create_snapshot before."},
        "DeleteReplicationGroup": {"FinalSnapshotIdentifier": "Call create_snapshot before."},
    },
    "events": {
        "CreateEventBus": {
            "EventSourceName": "There are no partner event sources here; leave it out.",
            "KmsKeyIdentifier": _LEAVE_OUT,
            "DeadLetterConfig": "Give the rules' targets dead-letter queues.",
            "LogConfig": "Let a rule deliver to a log group.",
        },
        "PutEvents": {"EndpointId": _LEAVE_OUT},
    },
    "sns": {
        "CreateTopic": {
            "DataProtectionPolicy": "Leave out of the message what subscribers must not see.",
        },
    },
    "scheduler": {
        "CreateSchedule": {"KmsKeyArn": _LEAVE_OUT},
        "UpdateSchedule": {"KmsKeyArn": _LEAVE_OUT},
    },
}


def check(service: str, operation: str) -> None:
    """Raise NotSimulated for what must not be answered."""
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
