"""What kind of CloudTrail event an API call is: management, data, or none at all.

The table follows the CloudTrail user guide ("Logging data events") and each service's own page on
CloudTrail: the DynamoDB, Lambda, S3, SNS, SQS, Kinesis and X-Ray developer guides ("Logging ...
API calls using AWS CloudTrail") and the CloudWatch and CloudWatch Logs user guides. Everything that
is not listed is a management event. Left out: network activity events, the data events of services
that this account does not have, and the newer data events of Logs, whose reads and writes of log
events are not logged here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MANAGEMENT, DATA = "Management", "Data"


@dataclass(frozen=True)
class Kind:
    """category: "Management" or "Data"; resource_type: what a data event's selector names."""

    category: str
    resource_type: str | None = None


_MANAGEMENT = Kind(MANAGEMENT)
# event source -> resource type -> operations
_DATA: dict[str, dict[str, str]] = {
    "s3": {
        "AWS::S3::Object": """AbortMultipartUpload CompleteMultipartUpload CopyObject
            CreateMultipartUpload DeleteObject DeleteObjects DeleteObjectTagging GetObject
            GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging
            HeadBucket HeadObject ListMultipartUploads ListObjects ListObjectsV2 ListObjectVersions
            ListParts PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging
            RestoreObject SelectObjectContent UploadPart UploadPartCopy"""
    },
    "lambda": {"AWS::Lambda::Function": "Invoke InvokeAsync InvokeWithResponseStream"},
    "dynamodb": {
        "AWS::DynamoDB::Table": """BatchExecuteStatement BatchGetItem BatchWriteItem DeleteItem
            ExecuteStatement ExecuteTransaction GetItem PutItem Query Scan TransactGetItems
            TransactWriteItems UpdateItem""",
        "AWS::DynamoDB::Stream": "GetRecords GetShardIterator",
    },
    "sns": {"AWS::SNS::Topic": "Publish PublishBatch"},
    "sqs": {
        "AWS::SQS::Queue": """ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage
            DeleteMessageBatch GetQueueAttributes GetQueueUrl ListDeadLetterSourceQueues ListQueues
            ListQueueTags ReceiveMessage SendMessage SendMessageBatch"""
    },
    "kinesis": {
        "AWS::Kinesis::Stream": """GetRecords GetShardIterator PutRecord PutRecords
            SubscribeToShard"""
    },
    "monitoring": {
        "AWS::CloudWatch::Metric": """GetMetricData GetMetricStatistics GetMetricWidgetImage
            ListMetrics PutMetricData"""
    },
    "xray": {
        "AWS::XRay::Trace": """BatchGetTraces GetServiceGraph GetTimeSeriesServiceStatistics
            GetTraceGraph GetTraceSummaries PutTelemetryRecords PutTraceSegments
            GetSamplingRules GetSamplingStatisticSummaries GetSamplingTargets"""
    },
}
# Calls that leave no trace: they carry log events or custom events themselves.
_UNLOGGED = {
    "logs": """FilterLogEvents GetLogEvents GetLogRecord GetQueryResults PutLogEvents
        StartLiveTail""",
    "events": "PutEvents",
    "firehose": "PutRecord PutRecordBatch",
    "execute-api": "Invoke",
}
_KINDS = {
    (source, operation): Kind(DATA, resource_type)
    for source, types in _DATA.items()
    for resource_type, operations in types.items()
    for operation in operations.split()
}
_SILENT = {(source, name) for source, names in _UNLOGGED.items() for name in names.split()}

# Operations that change nothing, by the first word of their name; then those that do not say so.
_READING = re.compile(
    r"(BatchGet|Check|Describe|Download|Estimate|Filter|Get|Head|List|Lookup|Preview|Query|Receive"
    r"|Scan|Search|Select|Simulate|Test|Validate|View)(?=[A-Z]|$)"
)
_READERS = {
    "sts": """AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity
        DecodeAuthorizationMessage""",
    "kms": """Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateRandom
        ReEncrypt Sign Verify""",
    "logs": "StartQuery StopQuery",
    "iam": "GenerateCredentialReport GenerateServiceLastAccessedDetails",
    "dynamodb": "TransactGetItems",
}

# Global services: their events carry us-east-1 (user guide, "Global service events").
GLOBAL = frozenset({"iam", "cloudfront", "route53", "organizations", "waf", "support", "health"})
GLOBAL_REGION = "us-east-1"


def kind(source: str, operation: str) -> Kind | None:
    """The kind of a call; None for one that CloudTrail does not log.

    source: the event source without its domain ("lambda"); operation: the API's name.
    """
    if (source, operation) in _SILENT:
        return None
    return _KINDS.get((source, operation), _MANAGEMENT)


def is_read_only(source: str, operation: str) -> bool:
    """Whether a call changes nothing, as the record's `readOnly` says."""
    return bool(_READING.match(operation)) or operation in _READERS.get(source, "").split()


def shows_answer(source: str, operation: str) -> bool:
    """Whether a record shows what was answered: of writes, and of the roles that were assumed."""
    assumes = source == "sts" and operation.startswith("AssumeRole")
    return assumes or not is_read_only(source, operation)


def data_resource_types() -> frozenset[str]:
    """The resource types whose data events can be selected here."""
    return frozenset(kind.resource_type for kind in _KINDS.values() if kind.resource_type)
