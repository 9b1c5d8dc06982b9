"""Trails: made, changed, started, stopped, described.

Follows CreateTrail, UpdateTrail, DeleteTrail, GetTrail, DescribeTrails, ListTrails, StartLogging,
StopLogging and GetTrailStatus. A trail lives in its home Region; a multi-Region trail shows, as its
shadow, in every other. The bucket must exist, in this account, and its policy must let CloudTrail
write; the log group must exist. Left out: KMS keys, organization trails (both are refused), and the
check of the log group's role and of the topic's policy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from course.account.clock import utc
from course.account.cloudtrail import delivery
from course.account.cloudtrail.trail import Trail
from course.account.errors import AwsError, NotSimulated
from course.account.region import Region
from course.telemetry.trail import permissions
from course.telemetry.trail.records import time_text

Parameters = dict[str, Any]
MOST_TRAILS = 5
_WORDS = re.compile(r"[A-Za-z0-9]([._-]?[A-Za-z0-9])*")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_ARN = re.compile(r"arn:aws:cloudtrail:([a-z0-9-]+):(\d{12}):trail/(.+)")
_GROUP = re.compile(r"arn:aws:logs:([a-z0-9-]+):(\d{12}):log-group:([^:*]+):\*")
# Request member -> member of the description; the rest have one name.
_RENAMED = {"EnableLogFileValidation": "LogFileValidationEnabled"}
_SETTINGS = (
    "S3BucketName",
    "S3KeyPrefix",
    "SnsTopicName",
    "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail",
    "EnableLogFileValidation",
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
)
_DEFAULTS = {
    "IncludeGlobalServiceEvents": True,
    "IsMultiRegionTrail": False,
    "LogFileValidationEnabled": False,
    "IsOrganizationTrail": False,
}
# What does not belong to an answer of CreateTrail and UpdateTrail.
_NOT_ANSWERED = ("HomeRegion", "HasCustomEventSelectors", "HasInsightSelectors")


def create_trail(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    name, engine = parameters["Name"], region.part(delivery.Engine)
    _check_name(name)
    _refuse_left_out(parameters, "CreateTrail")
    if name in engine.trails:
        message = (
            f"Trail {engine.trails[name].arn} already exists for customer: {region.account_id}"
        )
        raise AwsError("TrailAlreadyExistsException", message)
    if len(engine.trails) >= MOST_TRAILS:
        message = f"User: {region.account_id} already has {MOST_TRAILS} trails in {region.name}."
        raise AwsError("MaximumNumberOfTrailsExceededException", message)
    settings = _changed(dict(_DEFAULTS), parameters)
    _check(region, settings)
    arn = region.arn("cloudtrail", f"trail/{name}")
    trail = Trail(name, arn, region.name, region.account_id, settings)
    engine.trails[name] = trail
    region.tags[arn] = {
        each["Key"]: each.get("Value", "") for each in parameters.get("TagsList", ())
    }
    return _answer(trail)


def update_trail(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    trail = own(region, parameters["Name"])
    _refuse_left_out(parameters, "UpdateTrail")
    settings = _changed(dict(trail.settings), parameters)
    _check(region, settings)
    engine = region.part(delivery.Engine)
    engine.gather()
    begins = settings["LogFileValidationEnabled"] and not trail.validates
    trail.settings = settings
    if begins and trail.logging:
        engine.start_sealing(trail)
    return _answer(trail)


def delete_trail(region: Region, parameters: Parameters) -> None:
    trail = own(region, parameters["Name"])
    engine = region.part(delivery.Engine)
    engine.stop(trail)
    del engine.trails[trail.name]
    region.tags.pop(trail.arn, None)


def start_logging(region: Region, parameters: Parameters) -> None:
    trail = own(region, parameters["Name"])
    _check(region, trail.settings)
    region.part(delivery.Engine).start(trail)


def stop_logging(region: Region, parameters: Parameters) -> None:
    region.part(delivery.Engine).stop(own(region, parameters["Name"]))


def get_trail(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return {"Trail": find(region, parameters["Name"]).described()}


def describe_trails(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    shadows = parameters.get("includeShadowTrails", True)
    names = parameters.get("trailNameList") or []
    seen = [trail for trail in visible(region) if shadows or trail.home == region.name]
    for name in names:
        _check_name(name)
    found = [each for each in seen if not names or each.name in names or each.arn in names]
    return {"trailList": [trail.described() for trail in found]}


def list_trails(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    """Every trail of the account, in whichever Region it has its home."""
    return {
        "Trails": [
            {"TrailARN": trail.arn, "Name": trail.name, "HomeRegion": trail.home}
            for trail in _all(region)
        ]
    }


def get_trail_status(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    trail = find(region, parameters["Name"])
    status = trail.status
    times = {
        "StartLoggingTime": status.started,
        "StopLoggingTime": status.stopped,
        "LatestDeliveryTime": status.delivered,
        "LatestNotificationTime": status.notified,
        "LatestCloudWatchLogsDeliveryTime": status.logs_delivered,
        "LatestDigestDeliveryTime": status.digest_delivered,
    }
    errors = {
        "LatestDeliveryError": status.error,
        "LatestNotificationError": status.notification_error,
        "LatestCloudWatchLogsDeliveryError": status.logs_error,
        "LatestDigestDeliveryError": status.digest_error,
    }
    return {
        "IsLogging": trail.logging,
        **{name: utc(at) for name, at in times.items() if at is not None},
        **{name: error for name, error in errors.items() if error},
        "LatestDeliveryAttemptTime": _text(status.attempted),
        "LatestNotificationAttemptTime": _text(status.notified),
        "LatestNotificationAttemptSucceeded": _text(status.notified),
        "LatestDeliveryAttemptSucceeded": _text(status.delivered),
        "TimeLoggingStarted": _text(status.started),
        "TimeLoggingStopped": _text(status.stopped),
    }


def _text(at: int | None) -> str:
    return "" if at is None else time_text(at)


# -- finding them -------------------------------------------------------------------------------


def _all(region: Region) -> list[Trail]:
    regions = [each for _, each in sorted(region.siblings.items()) if each.has(delivery.Engine)]
    return [trail for each in regions for trail in each.part(delivery.Engine).trails.values()]


def visible(region: Region) -> list[Trail]:
    """The trails of a Region and the shadows of multi-Region trails in it."""
    return [
        trail
        for trail in _all(region)
        if trail.home == region.name or trail.settings["IsMultiRegionTrail"]
    ]


def find(region: Region, name: str) -> Trail:
    """The trail of that name or ARN, a shadow too."""
    if name.startswith("arn:"):
        _check_arn(name)
    else:
        _check_name(name)
    for trail in visible(region):
        if name in (trail.name, trail.arn):
            return trail
    arn = name if name.startswith("arn:") else region.arn("cloudtrail", f"trail/{name}")
    message = f"Unknown trail: {arn} for the user: {region.account_id}"
    raise AwsError("TrailNotFoundException", message)


def own(region: Region, name: str) -> Trail:
    """The trail of that name, which must have its home here to be changed."""
    trail = find(region, name)
    if trail.home != region.name:
        message = f"The trail {trail.arn} must be changed from its home Region, {trail.home}."
        raise AwsError("InvalidHomeRegionException", message)
    return trail


# -- checking them ------------------------------------------------------------------------------


def _check_arn(arn: str) -> None:
    if not _ARN.fullmatch(arn):
        example = "arn:aws:cloudtrail:us-east-2:123456789012:trail/MyTrail"
        message = f"The trail ARN {arn} is not valid. The format is {example}."
        raise AwsError("CloudTrailARNInvalidException", message)


def _check_name(name: str) -> None:
    if name.startswith("arn:"):
        _check_arn(name)
        return
    problem, length = None, f"Specified name length: {len(name)} characters."
    if len(name) < 3:
        problem = f"Trail name too short. Minimum allowed length: 3 characters. {length}"
    elif len(name) > 128:
        problem = f"Trail name too long. Maximum allowed length: 128 characters. {length}"
    elif not name[0].isalnum():
        problem = "Trail name must starts with a letter or number."
    elif not name[-1].isalnum():
        problem = "Trail name must ends with a letter or number."
    elif _ADDRESS.fullmatch(name) or not _WORDS.fullmatch(name):
        problem = (
            "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, "
            "periods (.), hyphens (-), and underscores (_)."
        )
    if problem is not None:
        raise AwsError("InvalidTrailNameException", problem)


def _refuse_left_out(parameters: Parameters, operation: str) -> None:
    instead = {
        "KmsKeyId": "Leave it out: S3 encrypts the files.",
        "IsOrganizationTrail": "There is one account here.",
        "RecursiveLogging": "Leave it out.",
    }
    for name, advice in instead.items():
        if parameters.get(name):
            raise NotSimulated(f"cloudtrail:{operation} with {name}", advice)


def _changed(settings: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
    """The settings with what a request changes; an empty text takes a setting away."""
    for name in _SETTINGS:
        if name in parameters:
            settings[_RENAMED.get(name, name)] = parameters[name]
    return {name: value for name, value in settings.items() if value != ""}


def _check(region: Region, settings: dict[str, Any]) -> None:
    if settings["IsMultiRegionTrail"] and not settings["IncludeGlobalServiceEvents"]:
        message = "Multi-Region trail must include global service events."
        raise AwsError("InvalidParameterCombinationException", message)
    _check_bucket(region, settings)
    _check_group(region, settings)
    _check_topic(region, settings)


def _check_bucket(region: Region, settings: dict[str, Any]) -> None:
    bucket, client = settings["S3BucketName"], region.clients("s3")
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError:
        message = f"S3 bucket {bucket} does not exist!"
        raise AwsError("S3BucketDoesNotExistException", message) from None
    try:
        policy = client.get_bucket_policy(Bucket=bucket)["Policy"]
    except ClientError:
        policy = None
    if not permissions.may_write(
        policy, bucket, settings.get("S3KeyPrefix", ""), region.account_id
    ):
        message = f"Incorrect S3 bucket policy is detected for bucket: {bucket}"
        raise AwsError("InsufficientS3BucketPolicyException", message)


def _check_group(region: Region, settings: dict[str, Any]) -> None:
    arn, role = settings.get("CloudWatchLogsLogGroupArn"), settings.get("CloudWatchLogsRoleArn")
    if not arn and not role:
        return
    if not role:
        message = "You must specify a role ARN as well as a log group."
        raise AwsError("InvalidCloudWatchLogsRoleArnException", message)
    match = _GROUP.fullmatch(arn or "")
    if match is None or match.group(1) != region.name or match.group(3) not in region.logs.groups:
        message = "Access denied. Verify in IAM that the role has adequate permissions."
        if match is None:
            message = "CloudTrail cannot validate the specified log group ARN: it ends with :*"
        raise AwsError("InvalidCloudWatchLogsLogGroupArnException", message)


def _check_topic(region: Region, settings: dict[str, Any]) -> None:
    name = settings.get("SnsTopicName")
    settings.pop("SnsTopicARN", None)
    if not name:
        return
    arn = name if name.startswith("arn:") else region.arn("sns", name)
    try:
        region.clients("sns").get_topic_attributes(TopicArn=arn)
    except ClientError:
        message = "SNS Topic does not exist or the topic policy is incorrect!"
        raise AwsError("InsufficientSnsTopicPolicyException", message) from None
    settings["SnsTopicARN"] = arn


def _answer(trail: Trail) -> dict[str, Any]:
    return {name: v for name, v in trail.described().items() if name not in _NOT_ANSWERED}
