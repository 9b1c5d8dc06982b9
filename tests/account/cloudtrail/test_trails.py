"""Trails: what can be made, what is refused, what is told."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from tests.account.behaviours import behaviour
from tests.account.cloudtrail.conftest import BUCKET, GROUP, Trail, policy

GROUP_ARN = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}:*"


def refused(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return str(error.value.response["Error"]["Code"])


@behaviour("cloudtrail.trails")
def test_a_trail_is_as_it_was_made(trail: Trail) -> None:
    client = trail.aws["cloudtrail"]
    (found,) = client.describe_trails()["trailList"]
    assert found == {
        "Name": "shop",
        "S3BucketName": BUCKET,
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": False,
        "HomeRegion": "us-east-1",
        "TrailARN": trail.arn,
        "LogFileValidationEnabled": False,
        "HasCustomEventSelectors": False,
        "HasInsightSelectors": False,
        "IsOrganizationTrail": False,
    }


@behaviour("cloudtrail.trails")
def test_a_trail_changes_and_goes(trail: Trail) -> None:
    client = trail.aws["cloudtrail"]
    trail.update(IsMultiRegionTrail=True, EnableLogFileValidation=True)
    found = client.get_trail(Name=trail.arn)["Trail"]
    assert found["IsMultiRegionTrail"] and found["LogFileValidationEnabled"]
    assert client.list_trails()["Trails"] == [
        {"TrailARN": trail.arn, "Name": "shop", "HomeRegion": "us-east-1"}
    ]
    client.delete_trail(Name="shop")
    assert client.describe_trails()["trailList"] == []
    assert refused(client.get_trail, Name="shop") == "TrailNotFoundException"


@behaviour("cloudtrail.trails")
def test_a_shadow_shows_in_other_regions_and_is_changed_at_home(trail: Trail) -> None:
    there = boto3.client("cloudtrail", region_name="eu-west-1")
    assert there.describe_trails()["trailList"] == []
    trail.update(IsMultiRegionTrail=True)
    assert [each["HomeRegion"] for each in there.describe_trails()["trailList"]] == ["us-east-1"]
    assert there.describe_trails(includeShadowTrails=False)["trailList"] == []
    assert refused(there.stop_logging, Name=trail.arn) == "InvalidHomeRegionException"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"Name": "x"}, "InvalidTrailNameException"),
        ({"Name": "a--b"}, "InvalidTrailNameException"),
        ({"Name": "-abc"}, "InvalidTrailNameException"),
        ({"Name": "192.168.5.4"}, "InvalidTrailNameException"),
        ({"Name": "a" * 129}, "InvalidTrailNameException"),
        ({"Name": "shop"}, "TrailAlreadyExistsException"),
        ({"S3BucketName": "nowhere"}, "S3BucketDoesNotExistException"),
        ({"S3BucketName": "closed"}, "InsufficientS3BucketPolicyException"),
        ({"S3KeyPrefix": "elsewhere"}, "InsufficientS3BucketPolicyException"),
        (
            {"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": False},
            "InvalidParameterCombinationException",
        ),
        ({"CloudWatchLogsLogGroupArn": GROUP_ARN}, "InvalidCloudWatchLogsRoleArnException"),
        (
            {
                "CloudWatchLogsLogGroupArn": GROUP_ARN.removesuffix(":*"),
                "CloudWatchLogsRoleArn": "arn:aws:iam::123456789012:role/r",
            },
            "InvalidCloudWatchLogsLogGroupArnException",
        ),
        ({"SnsTopicName": "nowhere"}, "InsufficientSnsTopicPolicyException"),
    ],
)
@behaviour("cloudtrail.trail_refusals")
def test_aws_refuses(trail: Trail, settings: Any, code: str) -> None:
    trail.aws["s3"].create_bucket(Bucket="closed")
    given = {"Name": "second", "S3BucketName": BUCKET, **settings}
    assert refused(trail.aws["cloudtrail"].create_trail, **given) == code


@behaviour("cloudtrail.trail_refusals")
def test_five_trails_a_region(trail: Trail) -> None:
    client = trail.aws["cloudtrail"]
    for number in range(4):
        client.create_trail(Name=f"t-{number}", S3BucketName=BUCKET)
    code = refused(client.create_trail, Name="t-5", S3BucketName=BUCKET)
    assert code == "MaximumNumberOfTrailsExceededException"


@behaviour("cloudtrail.not_simulated")
def test_what_is_not_simulated_says_so(trail: Trail) -> None:
    client = trail.aws["cloudtrail"]
    with pytest.raises(NotSimulated, match="KmsKeyId"):
        client.create_trail(Name="second", S3BucketName=BUCKET, KmsKeyId="alias/k")
    with pytest.raises(NotSimulated, match="CreateEventDataStore .* Logs Insights"):
        client.create_event_data_store(Name="lake")
    with pytest.raises(NotSimulated, match="event data store"):
        client.get_insight_selectors(EventDataStore="arn:aws:cloudtrail:x")


def test_another_bucket_policy_is_read_too(aws: Any) -> None:
    aws["s3"].create_bucket(Bucket="second")
    aws["s3"].put_bucket_policy(Bucket="second", Policy=policy("second"))
    aws["cloudtrail"].create_trail(Name="second", S3BucketName="second")


@behaviour("cloudtrail.selectors")
def test_selectors_come_back(trail: Trail) -> None:
    client = trail.aws["cloudtrail"]
    found = client.get_event_selectors(TrailName="shop")["EventSelectors"]
    assert found[0]["ReadWriteType"] == "All" and found[0]["IncludeManagementEvents"]
    data = [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{BUCKET}/"]}]
    client.put_event_selectors(TrailName="shop", EventSelectors=[{"DataResources": data}])
    (kept,) = client.get_event_selectors(TrailName="shop")["EventSelectors"]
    assert kept["DataResources"] == data and kept["ReadWriteType"] == "All"
    advanced = [
        {
            "Name": "management",
            "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
        }
    ]
    client.put_event_selectors(TrailName="shop", AdvancedEventSelectors=advanced)
    answer = client.get_event_selectors(TrailName="shop")
    assert answer["AdvancedEventSelectors"] == advanced and "EventSelectors" not in answer
    assert client.get_trail(Name="shop")["Trail"]["HasCustomEventSelectors"]


@behaviour("cloudtrail.selectors")
def test_insight_selectors_need_management_events(trail: Trail) -> None:
    client = trail.aws["cloudtrail"]
    wanted = [{"InsightType": "ApiCallRateInsight"}]
    assert refused(client.get_insight_selectors, TrailName="shop") == "InsightNotEnabledException"
    client.put_insight_selectors(TrailName="shop", InsightSelectors=wanted)
    assert client.get_insight_selectors(TrailName="shop")["InsightSelectors"] == wanted
    client.put_event_selectors(TrailName="shop", EventSelectors=[{"ReadWriteType": "ReadOnly"}])
    code = refused(client.put_insight_selectors, TrailName="shop", InsightSelectors=wanted)
    assert code == "InvalidInsightSelectorsException"
    errors = [{"InsightType": "ApiErrorRateInsight"}]
    client.put_insight_selectors(TrailName="shop", InsightSelectors=errors)


def test_tags(trail: Trail) -> None:
    client = trail.aws["cloudtrail"]
    client.add_tags(ResourceId=trail.arn, TagsList=[{"Key": "a", "Value": "1"}, {"Key": "b"}])
    client.remove_tags(ResourceId=trail.arn, TagsList=[{"Key": "b"}])
    (found,) = client.list_tags(ResourceIdList=[trail.arn])["ResourceTagList"]
    assert found == {"ResourceId": trail.arn, "TagsList": [{"Key": "a", "Value": "1"}]}


@behaviour("cloudtrail.status")
def test_status_tells_what_was_delivered(account: Account, trail: Trail) -> None:
    client = trail.aws["cloudtrail"]
    assert client.get_trail_status(Name="shop")["IsLogging"] is False
    assert "LatestDeliveryTime" not in client.get_trail_status(Name="shop")
    trail.start()
    assert "LatestDeliveryTime" not in client.get_trail_status(Name="shop")
    account.advance(minutes=20)
    status = client.get_trail_status(Name="shop")
    assert status["IsLogging"] and status["LatestDeliveryTime"].minute % 5 == 0
    trail.aws["s3"].delete_bucket_policy(Bucket=BUCKET)
    for key in trail.stored():
        trail.aws["s3"].delete_object(Bucket=BUCKET, Key=key)
    trail.aws["s3"].delete_bucket(Bucket=BUCKET)
    account.advance(minutes=20)
    status = client.get_trail_status(Name="shop")
    assert status["LatestDeliveryError"] == "NoSuchBucket"
    client.stop_logging(Name="shop")
    assert client.get_trail_status(Name="shop")["IsLogging"] is False
