"""What trails write while the clock moves: files, digests, log events, bus events, Insights."""

from __future__ import annotations

import json
import re
from statistics import median
from typing import Any

import boto3
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

import course.account
from course.account import Account
from course.telemetry.trail import signing
from course.telemetry.trail.digest import sha256, signed_text
from course.telemetry.trail.records import time_of
from tests.account.behaviours import behaviour
from tests.account.cloudtrail.conftest import BUCKET, GROUP, Trail, record
from tests.account.conftest import END, MINUTE, WORLD

KEY = re.compile(
    r"AWSLogs/123456789012/CloudTrail/us-east-1/2026/03/17/"
    r"123456789012_CloudTrail_us-east-1_20260317T(\d{4})Z_[A-Za-z0-9]{16}\.json\.gz"
)


@behaviour("cloudtrail.log_files")
def test_files_arrive_with_what_was_called_while_logging(account: Account, trail: Trail) -> None:
    iam = trail.aws["iam"]
    iam.create_user(UserName="before")
    trail.start()
    iam.create_user(UserName="while")
    trail.aws["cloudtrail"].stop_logging(Name="shop")
    iam.create_user(UserName="after")
    assert trail.stored() == []
    happened = account.advance(minutes=20)
    assert [each["what"] for each in happened] == ["trail"] * len(trail.stored())
    assert all(KEY.fullmatch(key) for key in trail.stored())
    assert sorted(trail.names()) == ["CreateUser", "StartLogging", "StopLogging"]
    (made,) = [each for each in trail.records() if each["eventName"] == "CreateUser"]
    assert made["requestParameters"] == {"userName": "while"}


@behaviour("cloudtrail.log_files")
def test_a_stopped_trail_takes_nothing_that_happens_later(account: Account, trail: Trail) -> None:
    trail.start()
    trail.aws["cloudtrail"].stop_logging(Name="shop")
    account.replay(trail=[record(END + MINUTE)])
    account.advance(minutes=20)
    assert sorted(trail.names()) == ["StartLogging", "StopLogging"]


@behaviour("cloudtrail.delivery_lag")
def test_lags_are_as_measured(account: Account, trail: Trail) -> None:
    trail.start()
    account.replay(trail=[record(END + n * 7_000, eventName=f"E{n}") for n in range(1000)])
    account.advance(hours=3)
    lags = []
    for key in trail.stored():
        clock = KEY.fullmatch(key).group(1)  # type: ignore[union-attr]
        written = END + (int(clock[:2]) * 60 + int(clock[2:]) - 12 * 60) * MINUTE
        found = json.loads(trail.text(key))["Records"]
        lags += [(written - time_of(each)) / MINUTE for each in found]
    lags.sort()
    assert len([lag for lag in lags if lag >= 0]) == len(lags) >= 1000
    assert 3 < median(lags) < 4
    assert 6 < lags[len(lags) * 9 // 10] < 8


def test_an_idle_trail_writes_nothing(account: Account, trail: Trail) -> None:
    trail.start()
    account.advance(minutes=30)
    count = len(trail.stored())
    trail.aws["cloudtrail"].put_event_selectors(
        TrailName="shop", EventSelectors=[{"ReadWriteType": "WriteOnly"}]
    )
    account.advance(minutes=30)
    after = len(trail.stored())
    account.advance(hours=24)
    assert len(trail.stored()) == after > count


@behaviour("cloudtrail.data_events")
def test_data_events_are_delivered_where_selected(account: Account, trail: Trail) -> None:
    s3 = trail.aws["s3"]
    for bucket in ("photos", "papers"):
        s3.create_bucket(Bucket=bucket)
    trail.start()
    s3.put_object(Bucket="photos", Key="1", Body=b"")
    trail.aws["cloudtrail"].put_event_selectors(
        TrailName="shop",
        EventSelectors=[
            {
                "ReadWriteType": "WriteOnly",
                "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::photos/"]}],
            }
        ],
    )
    s3.put_object(Bucket="photos", Key="2", Body=b"")
    s3.put_object(Bucket="papers", Key="3", Body=b"")
    s3.get_object(Bucket="photos", Key="2")
    account.advance(minutes=20)
    found = [each for each in trail.records() if each["eventCategory"] == "Data"]
    assert [each["requestParameters"]["key"] for each in found] == ["2"]


@behaviour("cloudtrail.data_events")
def test_advanced_selectors_choose_by_name(account: Account, trail: Trail) -> None:
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::SQS::Queue"]},
        {"Field": "eventName", "StartsWith": ["Send"]},
    ]
    trail.aws["cloudtrail"].put_event_selectors(
        TrailName="shop", AdvancedEventSelectors=[{"FieldSelectors": fields}]
    )
    trail.start()
    url = trail.aws["sqs"].get_queue_url(QueueName="orders")["QueueUrl"]
    trail.aws["sqs"].send_message(QueueUrl=url, MessageBody="m")
    account.advance(minutes=20)
    assert trail.names() == ["SendMessage"]


@behaviour("cloudtrail.regions")
def test_a_trail_of_one_region_and_one_of_all(account: Account, trail: Trail) -> None:
    trail.start()
    there = boto3.client("sns", region_name="eu-west-1")
    there.create_topic(Name="one")
    trail.update(IsMultiRegionTrail=True)
    there.create_topic(Name="two")
    account.advance(minutes=20)
    found = [each for each in trail.records() if each["awsRegion"] == "eu-west-1"]
    assert [each["requestParameters"]["name"] for each in found] == ["two"]
    assert any("/CloudTrail/eu-west-1/" in key for key in trail.stored())


@behaviour("cloudtrail.regions")
def test_global_service_events_can_be_left_out(account: Account, trail: Trail) -> None:
    trail.update(IncludeGlobalServiceEvents=False)
    trail.start()
    trail.aws["iam"].list_users()
    account.advance(minutes=20)
    assert trail.names() == ["StartLogging"]


@behaviour("cloudtrail.notifications")
def test_a_topic_hears_of_every_file(account: Account, trail: Trail, inbox: Any) -> None:
    trail.update(SnsTopicName="alerts")
    trail.start()
    account.advance(minutes=20)
    told = [json.loads(message) for message in inbox.messages()]
    assert [each["s3ObjectKey"] for each in told] == [[key] for key in trail.stored()]


def digests(trail: Trail) -> list[tuple[dict[str, Any], str, str]]:
    """(document, text, signature) of each digest file, the first first."""
    found = []
    for key in trail.stored("CloudTrail-Digest"):
        head = trail.aws["s3"].head_object(Bucket=BUCKET, Key=key)["Metadata"]
        assert head["signature-algorithm"] == "SHA256withRSA"
        text = trail.text(key)
        found.append((json.loads(text), text, head["signature"]))
    return found


@behaviour("cloudtrail.digests")
def test_digests_make_a_chain_that_can_be_verified(account: Account, trail: Trail) -> None:
    trail.update(EnableLogFileValidation=True)
    trail.start()
    account.replay(trail=[record(END + n * 10 * MINUTE) for n in range(1, 13)])
    account.advance(hours=4)
    chain = digests(trail)
    hours = [document["digestEndTime"][11:16] for document, _, _ in chain]
    assert hours == ["13:00", "14:00", "15:00", "16:00"]
    (key,) = trail.aws["cloudtrail"].list_public_keys()["PublicKeyList"]
    public = load_der_public_key(_as_spki(key["Value"]))
    before: tuple[dict[str, Any], str, str] | None = None
    listed = []
    for document, text, signature in chain:
        assert document["digestPublicKeyFingerprint"] == key["Fingerprint"]
        public.verify(  # type: ignore[union-attr, call-arg]
            bytes.fromhex(signature),
            signed_text(document, text).encode(),
            padding.PKCS1v15(),  # type: ignore[arg-type]
            SHA256(),
        )
        assert document["previousDigestSignature"] == (before and before[2])
        assert document["previousDigestHashValue"] == (before and sha256(before[1]))
        assert document["previousDigestS3Object"] == (before and before[0]["digestS3Object"])
        for file in document["logFiles"]:
            assert file["hashValue"] == sha256(trail.text(file["s3Object"]))
            listed.append(file["s3Object"])
        before = (document, text, signature)
    assert sorted(listed) == trail.stored()
    assert chain[-1][0]["logFiles"] == [] and chain[-1][0]["newestEventTime"] is None


def test_each_region_signs_with_a_key_of_its_own_whoever_the_account() -> None:
    keys = [signing.fingerprint(region) for region in ("us-east-1", "eu-west-1", "us-east-1")]
    assert keys[0] == keys[2] != keys[1]


def _as_spki(pkcs1: bytes) -> bytes:
    """The key as cryptography reads it: CloudTrail gives the bare PKCS #1 form."""
    head = bytes.fromhex("30820122300d06092a864886f70d01010105000382010f00")
    return head + pkcs1


@behaviour("cloudtrail.digests")
def test_a_chain_ends_with_the_logging_and_begins_anew(account: Account, trail: Trail) -> None:
    trail.update(EnableLogFileValidation=True)
    trail.start()
    account.advance(minutes=30)
    trail.aws["cloudtrail"].stop_logging(Name="shop")
    account.advance(hours=2)
    first = digests(trail)
    assert len(first) == 1
    assert {"StartLogging", "StopLogging"} <= set(trail.names())
    assert len(first[0][0]["logFiles"]) == len(trail.stored())
    trail.start()
    account.advance(hours=1)
    assert digests(trail)[-1][0]["previousDigestSignature"] is None


@behaviour("cloudtrail.to_logs")
def test_events_reach_the_log_group_and_its_metric_filters(account: Account, trail: Trail) -> None:
    trail.with_logs()
    trail.aws["logs"].put_metric_filter(
        logGroupName=GROUP,
        filterName="denied",
        filterPattern='{ $.errorCode = "AccessDenied" || $.errorCode = "*UnauthorizedOperation" }',
        metricTransformations=[
            {"metricName": "Denied", "metricNamespace": "Audit", "metricValue": "1"}
        ],
    )
    trail.start()
    account.replay(trail=[record(END + MINUTE, errorCode="AccessDenied", errorMessage="no")])
    happened = account.advance(minutes=15)
    found = trail.aws["logs"].filter_log_events(logGroupName=GROUP)["events"]
    assert {each["logStreamName"] for each in found} == {"123456789012_CloudTrail_us-east-1"}
    assert sorted(json.loads(each["message"])["eventName"] for each in found) == [
        "RunInstances",
        "StartLogging",
    ]
    published = [each for each in happened if each["what"] == "metric"]
    assert [(each["name"], each["values"]) for each in published] == [("Denied", [1.0])]


@behaviour("cloudtrail.to_logs")
def test_an_event_too_large_is_not_sent_to_logs(account: Account, trail: Trail) -> None:
    trail.with_logs()
    trail.start()
    account.replay(trail=[record(END + MINUTE, requestParameters={"text": "x" * 300_000})])
    account.advance(minutes=15)
    found = trail.aws["logs"].filter_log_events(logGroupName=GROUP)["events"]
    assert [json.loads(each["message"])["eventName"] for each in found] == ["StartLogging"]
    assert "RunInstances" in trail.names()


@behaviour("cloudtrail.to_eventbridge")
def test_a_rule_hears_of_a_call_within_a_minute(account: Account, trail: Trail) -> None:
    events, sqs = trail.aws["events"], trail.aws["sqs"]
    url = sqs.create_queue(QueueName="alerts")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [allow]})}
    )
    pattern = {
        "detail-type": ["AWS API Call via CloudTrail"],
        "source": ["aws.iam"],
        "detail": {"eventName": [{"suffix": "User"}]},
    }
    events.put_rule(Name="users", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="users", Targets=[{"Id": "1", "Arn": arn}])
    trail.aws["iam"].create_user(UserName="unheard")
    account.advance(minutes=1)
    trail.start()
    trail.aws["iam"].create_user(UserName="heard")
    trail.aws["iam"].get_user(UserName="heard")
    account.advance(minutes=1)
    taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    bodies = [json.loads(message["Body"]) for message in taken]
    assert [each["detail"]["eventName"] for each in bodies] == ["CreateUser"]
    assert bodies[0]["detail"]["requestParameters"] == {"userName": "heard"}
    assert bodies[0]["account"] == account.id


@behaviour("cloudtrail.insights")
def test_a_burst_of_calls_is_reported_when_it_starts_and_ends(
    account: Account, trail: Trail
) -> None:
    trail.with_logs()
    client = trail.aws["cloudtrail"]
    client.put_insight_selectors(
        TrailName="shop", InsightSelectors=[{"InsightType": "ApiCallRateInsight"}]
    )
    trail.start()
    quiet = [record(END + n * MINUTE) for n in range(1, 30)]
    burst = [record(END + 30 * MINUTE + n * 3_000, eventID=f"b-{n}") for n in range(60)]
    account.replay(trail=quiet + burst)
    account.advance(minutes=37)
    (started,) = client.lookup_events(EventCategory="insight")["Events"]
    assert started["EventName"] == "RunInstances"
    account.advance(minutes=20)
    found = trail.records("CloudTrail-Insight")
    assert [each["insightDetails"]["state"] for each in found] == ["Start", "End"]
    assert found[0]["sharedEventID"] == found[1]["sharedEventID"]
    assert [each["eventTime"][11:19] for each in found] == ["12:30:00", "12:33:00"]
    assert json.loads(started["CloudTrailEvent"]) == found[0]
    assert set(found[0]) == {
        "eventVersion", "eventTime", "awsRegion", "eventID", "eventType", "recipientAccountId",
        "sharedEventID", "insightDetails", "eventCategory",
    }  # fmt: skip
    context = found[1]["insightDetails"]["insightContext"]
    assert context["statistics"]["insight"] == {"average": 20.0}
    assert context["statistics"]["baseline"] == {"average": round(29 / 10080, 10)}
    assert context["statistics"]["insightDuration"] == 3
    assert context["attributions"][0]["insight"] == [
        {"value": "arn:aws:iam::123456789012:user/alice", "average": 20.0}
    ]
    messages = trail.aws["logs"].filter_log_events(
        logGroupName=GROUP, filterPattern='{ $.eventCategory = "Insight" }'
    )["events"]
    assert len(messages) == 2


@behaviour("cloudtrail.insights")
def test_reads_count_for_errors_only(account: Account, trail: Trail) -> None:
    client = trail.aws["cloudtrail"]
    kinds = [{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}]
    client.put_insight_selectors(TrailName="shop", InsightSelectors=kinds)
    trail.start()
    reads = {"eventName": "DescribeInstances", "readOnly": True}
    fine = [record(END + MINUTE + n * 1000, eventID=f"f-{n}", **reads) for n in range(50)]
    denied = [
        record(END + 5 * MINUTE + n * 1000, eventID=f"d-{n}", errorCode="AccessDenied", **reads)
        for n in range(50)
    ]
    account.replay(trail=fine + denied)
    account.advance(minutes=30)
    found = [each["insightDetails"] for each in trail.records("CloudTrail-Insight")]
    assert [(each["insightType"], each["state"], each["errorCode"]) for each in found] == [
        ("ApiErrorRateInsight", "Start", "AccessDenied"),
        ("ApiErrorRateInsight", "End", "AccessDenied"),
    ]
    stopped = client.get_trail(Name="shop")["Trail"]["HasInsightSelectors"]
    client.stop_logging(Name="shop")
    assert stopped and not client.get_trail(Name="shop")["Trail"]["HasInsightSelectors"]


def test_two_runs_deliver_the_same_bytes(aws: dict[str, Any]) -> None:
    found = []
    for _ in range(2):
        with course.account.open(WORLD) as account:
            trail = Trail(aws, EnableLogFileValidation=True)
            account.advance(minutes=5)
            trail.start()
            account.replay(trail=[record(END + n * MINUTE) for n in range(6, 20)])
            account.advance(hours=1)
            keys = trail.stored("CloudTrail-Digest") + trail.stored()
            found.append([(key, trail.text(key)) for key in keys])
    assert found[0] == found[1]
