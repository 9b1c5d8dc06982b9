"""S3: the errors that AWS answers, parts, ranges, request rates by prefix."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from course.account import Account
from tests.account.behaviours import behaviour

MIB = 1024 * 1024


@pytest.fixture
def s3(account: Account, session: boto3.Session, clients: dict[str, Any]) -> Any:
    """A client; the bucket is called shop."""
    client = clients.setdefault("s3", session.client("s3"))
    client.create_bucket(Bucket="shop")
    return client


def refused(call: Any, *args: Any, **parameters: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(*args, **parameters)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@behaviour("s3.ranges")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("bytes=0-3", b"0123"),
        ("bytes=-3", b"789"),
        ("bytes=8-100", b"89"),
        ("bytes=4-", b"456789"),
        ("bytes=5-1", b"0123456789"),
    ],
)
def test_ranges(s3: Any, asked: str, found: bytes) -> None:
    s3.put_object(Bucket="shop", Key="k", Body=b"0123456789")
    assert s3.get_object(Bucket="shop", Key="k", Range=asked)["Body"].read() == found


@behaviour("s3.ranges")
def test_a_range_past_the_end(s3: Any) -> None:
    s3.put_object(Bucket="shop", Key="k", Body=b"0123456789")
    s3.put_object(Bucket="shop", Key="empty", Body=b"")
    assert refused(s3.get_object, Bucket="shop", Key="k", Range="bytes=10-") == (
        "InvalidRange",
        416,
    )
    assert refused(s3.get_object, Bucket="shop", Key="empty", Range="bytes=0-0")[1] == 416


@behaviour("s3.not_found")
def test_what_is_not_there(s3: Any) -> None:
    assert refused(s3.get_object, Bucket="shop", Key="no") == ("NoSuchKey", 404)
    assert refused(s3.get_object, Bucket="nowhere", Key="no") == ("NoSuchBucket", 404)
    assert refused(s3.head_object, Bucket="shop", Key="no") == ("404", 404)


@behaviour("s3.bucket_names")
@pytest.mark.parametrize("name", ["UPPER", "under_score"])
def test_bucket_names(s3: Any, name: str) -> None:
    assert refused(s3.create_bucket, Bucket=name) == ("InvalidBucketName", 400)


@behaviour("s3.digests")
def test_what_arrives_must_have_its_digest(s3: Any) -> None:
    def put(**more: Any) -> Any:
        return s3.put_object(Bucket="shop", Key="k", Body=b"tea", **more)

    wrong, right = (base64.b64encode(hashlib.md5(x).digest()).decode() for x in (b"", b"tea"))
    assert refused(put, ContentMD5=wrong) == ("BadDigest", 400)
    assert refused(put, ContentMD5="bm8=") == ("InvalidDigest", 400)
    sha = base64.b64encode(hashlib.sha256(b"milk").digest()).decode()
    assert refused(put, ChecksumSHA256=sha) == ("BadDigest", 400)
    assert refused(s3.head_object, Bucket="shop", Key="k") == ("404", 404)
    put(ContentMD5=right)


def started(s3: Any, *sizes: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An upload with parts of these sizes."""
    where = {"Bucket": "shop", "Key": "big"}
    where["UploadId"] = s3.create_multipart_upload(**where)["UploadId"]
    parts = []
    for number, size in enumerate(sizes, 1):
        etag = s3.upload_part(**where, PartNumber=number, Body=b"x" * size)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    return where, parts


@behaviour("s3.multipart")
def test_parts_are_put_together_in_order(s3: Any) -> None:
    where, parts = started(s3, 5 * MIB, 3)

    def complete(*chosen: dict[str, Any], **more: Any) -> Any:
        given = {**where, **more}
        return s3.complete_multipart_upload(**given, MultipartUpload={"Parts": list(chosen)})

    assert refused(complete, parts[1], parts[0]) == ("InvalidPartOrder", 400)
    assert refused(complete, {"PartNumber": 9, "ETag": "x"}) == ("InvalidPart", 400)
    assert refused(complete, *parts, UploadId="no") == ("NoSuchUpload", 404)
    complete(*parts)
    assert s3.head_object(Bucket="shop", Key="big")["ContentLength"] == 5 * MIB + 3


@behaviour("s3.multipart")
def test_only_the_last_part_may_be_small(s3: Any) -> None:
    where, parts = started(s3, 10, 10)
    found = refused(s3.complete_multipart_upload, **where, MultipartUpload={"Parts": parts})
    assert found == ("EntityTooSmall", 400)
    part = {**where, "Body": b""}
    assert refused(s3.upload_part, **part, PartNumber=10_001) == ("InvalidArgument", 400)
    assert refused(s3.upload_part, **{**part, "UploadId": "no"}, PartNumber=1)[0] == "NoSuchUpload"
    s3.abort_multipart_upload(**where)
    assert refused(s3.list_parts, **where) == ("NoSuchUpload", 404)


@behaviour("s3.access_denied")
def test_what_a_policy_denies(s3: Any) -> None:
    s3.put_object(Bucket="shop", Key="k", Body=b"tea")
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"}
    policy = {
        "Version": "2012-10-17",
        "Statement": [{**statement, "Resource": "arn:aws:s3:::shop/*"}],
    }
    s3.put_bucket_policy(Bucket="shop", Policy=json.dumps(policy))
    assert refused(s3.get_object, Bucket="shop", Key="k") == ("AccessDenied", 403)
    assert refused(s3.head_object, Bucket="shop", Key="k") == ("403", 403)


@behaviour("s3.redirect")
def test_another_regions_endpoint_redirects_and_boto3_follows(
    account: Account, s3: Any, session: boto3.Session
) -> None:
    s3.put_object(Bucket="shop", Key="k", Body=b"tea")
    abroad = session.client("s3", region_name="eu-west-1")
    assert abroad.get_object(Bucket="shop", Key="k")["Body"].read() == b"tea"
    asked = [call for call in account.calls() if call["operation"] == "GetObject"]
    assert [call["error"] for call in asked] == ["PermanentRedirect", None]


def test_bytes_that_are_no_text_are_recorded_like_others(account: Account, s3: Any) -> None:
    s3.put_object(Bucket="shop", Key="k", Body=bytes(range(256)))
    put = account.calls()[-1]
    assert (put["operation"], put["parameters"]["Key"]) == ("PutObject", "k")
    assert bytes(range(256)) in put["parameters"]["Body"]


@behaviour("s3.redirect")
def test_a_presigned_url_of_another_region_ends_in_301(s3: Any, session: boto3.Session) -> None:
    config = Config(signature_version="s3v4")
    abroad = session.client("s3", region_name="eu-west-1", config=config)
    address = abroad.generate_presigned_url("get_object", Params={"Bucket": "shop", "Key": "k"})
    answer = requests.get(address, timeout=5, allow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["x-amz-bucket-region"] == "us-east-1"
    assert "<Code>PermanentRedirect</Code>" in answer.text


@behaviour("s3.list_cap")
def test_a_list_has_a_thousand_keys_at_most(s3: Any) -> None:
    s3.put_object(Bucket="shop", Key="k", Body=b"")
    assert s3.list_objects_v2(Bucket="shop", MaxKeys=2000)["MaxKeys"] == 1000
    assert s3.list_objects(Bucket="shop", MaxKeys=2000)["MaxKeys"] == 1000
    assert s3.list_object_versions(Bucket="shop", MaxKeys=2000)["MaxKeys"] == 1000
    assert s3.list_objects_v2(Bucket="shop", MaxKeys=2)["MaxKeys"] == 2


@behaviour("s3.slow_down")
def test_load_of_others_slows_a_prefix_down(account: Account, s3: Any, cloudwatch: Any) -> None:
    single = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))
    account.object_load("shop", {"img/": {"writes": 35_000}}, seconds=60)
    found = [_put(single, f"img/{number}") for number in range(50)]
    assert found.count("SlowDown") > 35
    s3.list_objects_v2(Bucket="shop")
    assert refused(single.get_object, Bucket="shop", Key="img/0")[0] != "SlowDown"
    account.advance(minutes=2)
    assert {_put(single, f"img/{number}") for number in range(10)} == {None}
    errors = cloudwatch.get_metric_statistics(
        Namespace="AWS/S3",
        MetricName="5xxErrors",
        Dimensions=[
            {"Name": "BucketName", "Value": "shop"},
            {"Name": "FilterId", "Value": "EntireBucket"},
        ],
        StartTime=account.now - timedelta(hours=1),
        EndTime=account.now + timedelta(minutes=1),
        Period=3600,
        Statistics=["Average"],
    )["Datapoints"]
    assert errors[0]["Average"] == pytest.approx(0.9, abs=0.01)


def _put(client: Any, key: str) -> str | None:
    try:
        client.put_object(Bucket="shop", Key=key, Body=b"")
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        return str(error.response["Error"]["Code"])
    return None


def test_a_load_lasts_and_has_rates(account: Account, s3: Any) -> None:
    with pytest.raises(ValueError, match="seconds"):
        account.object_load("shop", {"a/": {"reads": 1}}, seconds=0)
    with pytest.raises(ValueError, match="reads and writes"):
        account.object_load("shop", {"a/": {"gets": 1}})


@behaviour("s3.presigned")
@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_expires(
    account: Account, s3: Any, session: boto3.Session, version: str
) -> None:
    s3.put_object(Bucket="shop", Key="k", Body=b"tea")
    client = session.client("s3", config=Config(signature_version=version))
    where = {"Bucket": "shop", "Key": "k"}
    address = client.generate_presigned_url("get_object", Params=where, ExpiresIn=60)
    assert requests.get(address, timeout=5).content == b"tea"
    account.advance(seconds=62)
    answer = requests.get(address, timeout=5)
    assert answer.status_code == 403
    assert "<Code>AccessDenied</Code><Message>Request has expired</Message>" in answer.text


@behaviour("s3.event_bridge")
def test_event_bridge_hears_of_objects(
    account: Account, s3: Any, session: boto3.Session, clients: dict[str, Any]
) -> None:
    events = session.client("events")
    clients["logs"].create_log_group(logGroupName="/aws/events/objects")
    pattern = json.dumps({"source": ["aws.s3"], "detail": {"bucket": {"name": ["shop"]}}})
    events.put_rule(Name="objects", EventPattern=pattern)
    arn = f"arn:aws:logs:us-east-1:{account.id}:log-group:/aws/events/objects"
    events.put_targets(Rule="objects", Targets=[{"Id": "log", "Arn": arn}])
    s3.put_object(Bucket="shop", Key="silent", Body=b"")
    s3.put_bucket_notification_configuration(
        Bucket="shop", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    s3.put_object(Bucket="shop", Key="k", Body=b"tea")
    s3.delete_object(Bucket="shop", Key="k")
    account.advance(seconds=5)
    found = clients["logs"].filter_log_events(logGroupName="/aws/events/objects")["events"]
    heard = [json.loads(each["message"]) for each in found]
    assert [each["detail-type"] for each in heard] == ["Object Created", "Object Deleted"]
    assert heard[0]["detail"]["object"]["size"] == 3
    assert [each["detail"]["reason"] for each in heard] == ["PutObject", "DeleteObject"]
