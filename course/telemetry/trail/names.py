"""The names that CloudTrail writes where they differ from the API's.

Lambda's events carry the date of the API version their operation came with (Lambda developer guide,
"Logging Lambda API calls with CloudTrail": "the eventName might include date and version
information"); which operations have the "v2" is known from records. Operations newer than 2018
carry none. S3's events keep the names of its first API (S3 user guide, "CloudTrail events").
"""

from __future__ import annotations

_LAST_DATED = "2018-10-31"
_SECOND_VERSIONS = frozenset(
    {
        "AddPermission",
        "GetFunction",
        "GetFunctionConfiguration",
        "GetPolicy",
        "RemovePermission",
        "TagResource",
        "UntagResource",
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
    }
)
_S3 = {
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "ListObjectsV2": "ListObjects",
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
_DATA_EVENTS = frozenset({"Invoke", "InvokeAsync", "InvokeWithResponseStream"})


def event_source(endpoint_prefix: str) -> str:
    """`lambda.amazonaws.com` for the endpoint prefix of a service's model."""
    return f"{endpoint_prefix.removeprefix('streams.')}.amazonaws.com"


def event_name(source: str, operation: str, path: str = "") -> str:
    """The `eventName` of an operation; path: its request URI in the model, which dates Lambda's."""
    if source == "s3":
        return _S3.get(operation, operation)
    date = path[1:11]
    if source != "lambda" or operation in _DATA_EVENTS or date > _LAST_DATED:
        return operation
    version = "v2" if operation in _SECOND_VERSIONS else ""
    return f"{operation}{date.replace('-', '')}{version}"
