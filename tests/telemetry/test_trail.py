"""CloudTrail's rules: selectors, kinds, Insights, digests, lags, bucket policies."""

from __future__ import annotations

import gzip
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.errors import RuleError
from course.telemetry.trail import digest, insights, kinds, lags, names, permissions, records
from course.telemetry.trail import selectors as rules
from course.telemetry.trail.elements import cleaned

CASES = tomllib.loads((Path(__file__).parent / "trail_selectors.toml").read_text(encoding="utf-8"))


def event(name: str, source: str = "ec2", *, read: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "eventName": name,
        "eventSource": f"{source}.amazonaws.com",
        "readOnly": read,
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "userIdentity": {"arn": "arn:aws:iam::123456789012:user/alice"},
        **more,
    }


def data(name: str, kind: str, arn: str, *, read: bool = False) -> dict[str, Any]:
    source = kind.split("::")[1].lower()
    return event(
        name, source, read=read, eventCategory="Data", resources=[{"type": kind, "ARN": arn}]
    )


FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:cart"
EVENTS = {
    "run_instances": event("RunInstances"),
    "describe_instances": event("DescribeInstances", read=True),
    "decrypt": event(
        "Decrypt", "kms", read=True, userIdentity={"arn": "arn:aws:iam::123456789012:user/bob"}
    ),
    # As records were before 1.07: without a category.
    "login": {k: v for k, v in event("ConsoleLogin", "signin").items() if k != "eventCategory"},
    "get_photo": data("GetObject", "AWS::S3::Object", "arn:aws:s3:::photos/1", read=True),
    "put_photo": data("PutObject", "AWS::S3::Object", "arn:aws:s3:::photos/2026/2"),
    "put_paper": data("PutObject", "AWS::S3::Object", "arn:aws:s3:::papers/3"),
    "invoke_cart": data("Invoke", "AWS::Lambda::Function", FUNCTION),
    "invoke_cart2": data("Invoke", "AWS::Lambda::Function", f"{FUNCTION}2"),
    "publish": data("Publish", "AWS::SNS::Topic", "arn:aws:sns:us-east-1:123456789012:t"),
}


def given_selectors(case: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    return case.get("basic", []), [{"FieldSelectors": each} for each in case.get("advanced", [])]


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["about"])
def test_selectors_let_through(case: dict[str, Any]) -> None:
    basic, advanced = given_selectors(case)
    if basic or advanced:
        rules.check(basic, advanced)
    found = [name for name, each in EVENTS.items() if rules.logs(each, basic, advanced)]
    assert sorted(found) == sorted(case["logs"])


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["about"])
def test_selectors_that_aws_refuses(case: dict[str, Any]) -> None:
    with pytest.raises(RuleError, match=case["message"]) as error:
        rules.check(*given_selectors(case))
    assert error.value.code == "InvalidEventSelectorsException"


def test_a_field_of_many_values_is_refused() -> None:
    field = {"Field": "eventName", "Equals": [f"E{n}" for n in range(500)]}
    category = {"Field": "eventCategory", "Equals": ["Management"]}
    with pytest.raises(RuleError, match="at most 500"):
        rules.check([], [{"FieldSelectors": [category, field]}])


@pytest.mark.parametrize(
    ("source", "operation", "category", "reads"),
    [
        ("s3", "CreateBucket", "Management", False),
        ("s3", "ListBuckets", "Management", True),
        ("s3", "DeleteObject", "Data", False),
        ("s3", "GetObject", "Data", True),
        ("lambda", "Invoke", "Data", False),
        ("lambda", "UpdateFunctionCode", "Management", False),
        ("dynamodb", "Query", "Data", True),
        ("dynamodb", "UpdateTable", "Management", False),
        ("sqs", "SendMessage", "Data", False),
        ("sqs", "CreateQueue", "Management", False),
        ("sts", "AssumeRole", "Management", True),
        ("kms", "Decrypt", "Management", True),
        ("monitoring", "PutMetricData", "Data", False),
        ("monitoring", "PutMetricAlarm", "Management", False),
        ("logs", "StartQuery", "Management", True),
        ("sns", "Publish", "Data", False),
        ("kinesis", "PutRecord", "Data", False),
        ("xray", "PutTraceSegments", "Data", False),
    ],
)
def test_kinds_of_calls(source: str, operation: str, category: str, reads: bool) -> None:
    found = kinds.kind(source, operation)
    assert found is not None and found.category == category
    assert kinds.is_read_only(source, operation) is reads


def test_calls_that_carry_events_are_not_logged() -> None:
    assert kinds.kind("logs", "PutLogEvents") is None
    assert kinds.kind("events", "PutEvents") is None


def test_lambda_names_carry_the_date_of_their_api() -> None:
    path = "/2015-03-31/functions/{FunctionName}/code"
    name = names.event_name("lambda", "UpdateFunctionCode", path)
    assert name == "UpdateFunctionCode20150331v2"
    path = "/2021-10-31/functions/{FunctionName}/url"
    assert names.event_name("lambda", "CreateFunctionUrlConfig", path) == "CreateFunctionUrlConfig"


@given(st.recursive(st.text(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=8))
@settings(max_examples=50, deadline=None)
def test_what_has_no_rule_stands_as_it_is(value: Any) -> None:
    assert cleaned("none", {"a": value}) == {"a": value}


def test_binary_values_are_left_out() -> None:
    assert cleaned("none", {"a": b"x", "b": [b"y", "z"]}) == {"b": ["z"]}


# -- Insights -----------------------------------------------------------------------------------

WEEK = insights.BASELINE
since = 10 * WEEK


def found(minutes: list[int], until: int = 20 * WEEK) -> list[tuple[int, int, bool]]:
    made = insights.episodes(minutes, since, until)
    return [(each.start - since, each.last - since, each.over) for each in made]


def test_a_burst_is_an_episode() -> None:
    steady = [since - n for n in range(0, WEEK, 7)]
    burst = [since + 30 + n // 20 for n in range(60)]
    assert found(steady + burst) == [(30, 32, True)]


def test_a_weekly_batch_is_usual_from_the_second_time() -> None:
    batch = [since + week * WEEK + n // 50 for week in range(3) for n in range(200)]
    assert found(batch) == [(0, 3, True)]


def test_a_short_pause_does_not_end_an_episode() -> None:
    minutes = [since + m for m in (0, 3, 6, 13) for _ in range(50)]
    assert found(minutes)[0] == (0, 6, True)


def test_an_episode_goes_on_until_it_has_been_quiet() -> None:
    minutes = [since] * 50
    assert found(minutes, since + 3) == [(0, 0, False)]
    assert found(minutes, since + insights.QUIET + 1) == [(0, 0, True)]


def test_few_calls_are_never_unusual() -> None:
    assert found([since] * 9) == []
    assert found([since] * 10) == [(0, 0, True)]


@given(st.lists(st.integers(since - WEEK, since + 300), max_size=200))
@settings(max_examples=60, deadline=None)
def test_episodes_are_apart_and_in_order(minutes: list[int]) -> None:
    episodes = insights.episodes(minutes, since, since + 300)
    for one, two in zip(episodes, episodes[1:], strict=False):
        assert one.start <= one.last < two.start
    assert insights.episodes(sorted(minutes), since, since + 300) == episodes


def test_call_rates_are_of_writes_and_error_rates_of_all() -> None:
    read, write = EVENTS["describe_instances"], EVENTS["run_instances"]
    assert [key[0] for key in insights.keys(write)] == [insights.CALL_RATE]
    assert list(insights.keys(read)) == list(insights.keys(EVENTS["put_photo"])) == []
    denied = [key[0] for key in insights.keys({**read, "errorCode": "AccessDenied"})]
    assert denied == [insights.ERROR_RATE]


# -- digests ------------------------------------------------------------------------------------

PLACE = digest.Place("audit", "logs/", "111122223333", "shop", "us-east-2")
AT = 1_439_823_691_000  # 2015-08-17T15:01:31Z, the example of the user guide


def test_keys_are_those_of_the_user_guide() -> None:
    place = digest.Place("s3-bucket", "", "111122223333", "your-trail-name", "us-east-2")
    assert place.digest_key("us-east-2", AT) == (
        "AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/111122223333_CloudTrail-Digest"
        "_us-east-2_your-trail-name_us-east-2_20150817T150131Z.json.gz"
    )
    assert place.log_key("us-east-2", AT, "9nYN7gp2eWAJHIfT") == (
        "AWSLogs/111122223333/CloudTrail/us-east-2/2015/08/17/"
        "111122223333_CloudTrail_us-east-2_20150817T1501Z_9nYN7gp2eWAJHIfT.json.gz"
    )
    assert PLACE.log_key("us-east-2", AT, "x", insight=True).startswith(
        "logs/AWSLogs/111122223333/CloudTrail-Insight/us-east-2/"
    )


def test_a_starting_digest_has_nothing_before_it() -> None:
    made = digest.document(PLACE, "us-east-2", AT - 3_600_000, AT, [], "f", None)
    assert [name for name, value in made.items() if value is None] == [
        "newestEventTime",
        "oldestEventTime",
        "previousDigestS3Bucket",
        "previousDigestS3Object",
        "previousDigestHashValue",
        "previousDigestHashAlgorithm",
        "previousDigestSignature",
    ]
    assert digest.signed_text(made, "{}").endswith("\nnull")


@given(st.lists(st.dictionaries(st.text(), st.text()), min_size=1, max_size=3), st.integers(1, 9))
@settings(max_examples=30, deadline=None)
def test_the_hash_does_not_depend_on_the_packing(content: list[Any], level: int) -> None:
    listed = [{**each, "eventTime": "2026-03-17T12:00:00Z"} for each in content]
    file, text = digest.log_file("audit", "k", listed)
    again = gzip.decompress(gzip.compress(text.encode(), level)).decode()
    assert file.hash == digest.sha256(again) == digest.sha256(text)
    assert json.loads(gzip.decompress(digest.pack(text)))["Records"] == listed


def test_unique_strings_differ() -> None:
    drawn = {digest.unique("t", n) for n in range(200)}
    assert len(drawn) == 200 and {len(each) for each in drawn} == {16}


# -- lags, policies, names ----------------------------------------------------------------------


@given(st.uuids())
@settings(max_examples=100, deadline=None)
def test_lags_are_bounded(event_id: Any) -> None:
    assert 0 < lags.to_file(str(event_id)) <= 5 * lags.MINUTE
    assert 0 < lags.to_logs(str(event_id)) <= 10 * lags.MINUTE
    assert 2 * lags.MINUTE <= lags.to_history(str(event_id)) <= 5 * lags.MINUTE


def test_files_are_written_every_five_minutes() -> None:
    assert [lags.next_file(at) for at in (0, 1, 300_000)] == [0, 300_000, 300_000]


ACL = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudtrail.amazonaws.com"},
    "Action": "s3:GetBucketAcl",
    "Resource": "arn:aws:s3:::b",
}
PUT = {**ACL, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/AWSLogs/1/*"}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([ACL, PUT], True),
        ([ACL], False),
        ([ACL, {**PUT, "Resource": "arn:aws:s3:::b/other/*"}], False),
        ([ACL, {**PUT, "Effect": "Deny"}], False),
        ([ACL, {**PUT, "Principal": {"AWS": "arn:aws:iam::1:root"}}], False),
        ([{**ACL, "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b*"]}], True),
        ([ACL, {**PUT, "Action": ["s3:putobject"]}], True),
    ],
)
def test_a_bucket_policy_lets_cloudtrail_write(statements: list[Any], allowed: bool) -> None:
    policy = json.dumps({"Statement": statements})
    assert permissions.may_write(policy, "b", "", "1") is allowed


def test_a_bucket_without_a_policy_lets_nobody_write() -> None:
    assert not permissions.may_write(None, "b", "", "1")


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        ({"type": "IAMUser", "userName": "alice"}, "alice"),
        ({"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/ci/run-7"}, "run-7"),
        ({"type": "Root"}, "root"),
        ({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}, "lambda.amazonaws.com"),
        ({"userName": "old"}, "old"),
        ({}, None),
    ],
)
def test_who_event_history_names(identity: dict[str, Any], name: str | None) -> None:
    assert records.user_name({"userIdentity": identity}) == name
