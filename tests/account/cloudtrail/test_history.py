"""LookupEvents: what Event history finds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import course.account
from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.cloudtrail.conftest import record
from tests.account.conftest import END, MINUTE, WORLD

DAY = 24 * 60 * MINUTE
HISTORY = [
    *[record(END - 100 * DAY, eventName="Old")],
    *[record(END - n * 60 * MINUTE, eventName=f"E{n}") for n in range(120, 0, -1)],
]


def names(answer: dict[str, Any]) -> list[str]:
    return [event["EventName"] for event in answer["Events"]]


def attribute(key: str, value: str) -> list[dict[str, str]]:
    return [{"AttributeKey": key, "AttributeValue": value}]


@pytest.fixture
def past(aws: Any) -> Any:
    """CloudTrail of an account that has a history."""
    with course.account.open(replace(WORLD, trail=HISTORY)):
        yield boto3.client("cloudtrail")


@behaviour("cloudtrail.lookup_events")
def test_pages_of_fifty_newest_first_for_ninety_days(past: Any) -> None:
    first = past.lookup_events()
    assert names(first) == [f"E{n}" for n in range(1, 51)]
    second = past.lookup_events(NextToken=first["NextToken"])
    third = past.lookup_events(NextToken=second["NextToken"])
    assert [len(each["Events"]) for each in (first, second, third)] == [50, 50, 20]
    assert "NextToken" not in third
    pages = past.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 7})
    assert sum((names(page) for page in pages), []) == [f"E{n}" for n in range(1, 121)]


@behaviour("cloudtrail.lookup_events")
def test_times_bound_the_search(past: Any) -> None:
    start = datetime.fromtimestamp(END / 1000, UTC) - timedelta(hours=5)
    found = past.lookup_events(StartTime=start, EndTime=start + timedelta(hours=2))
    assert names(found) == ["E3", "E4", "E5"]
    assert found["Events"][0]["EventTime"] == start + timedelta(hours=2)


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("EventName", "E7", 1),
        ("EventName", "e7", 0),
        ("Username", "alice", 50),
        ("ReadOnly", "true", 0),
        ("EventSource", "ec2.amazonaws.com", 50),
        ("AccessKeyId", "AKIAALICE", 50),
        ("ResourceType", "AWS::EC2::Instance", 50),
        ("ResourceName", "i-1", 50),
        ("ResourceName", "i-2", 0),
    ],
)
@behaviour("cloudtrail.lookup_events")
def test_one_attribute_chooses(past: Any, key: str, value: str, count: int) -> None:
    assert len(past.lookup_events(LookupAttributes=attribute(key, value))["Events"]) == count


@behaviour("cloudtrail.lookup_events")
def test_an_event_has_the_record_in_it(past: Any) -> None:
    (event,) = past.lookup_events(LookupAttributes=attribute("EventName", "E7"))["Events"]
    whole = json.loads(event["CloudTrailEvent"])
    assert whole == HISTORY[-7]
    assert event["EventId"] == whole["eventID"] and event["ReadOnly"] == "false"
    assert event["Username"] == "alice" and event["AccessKeyId"] == "AKIAALICE"
    assert event["Resources"] == [{"ResourceType": "AWS::EC2::Instance", "ResourceName": "i-1"}]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (
            {"LookupAttributes": attribute("EventName", "a") + attribute("Username", "b")},
            "InvalidLookupAttributesException",
        ),
        (
            {"StartTime": datetime(2026, 3, 2), "EndTime": datetime(2026, 3, 1)},
            "InvalidTimeRangeException",
        ),
        ({"NextToken": "x"}, "InvalidNextTokenException"),
        ({"MaxResults": 51}, "ValidationException"),
        ({"LookupAttributes": attribute("Event", "a")}, "ValidationException"),
        (
            {"EventCategory": "insight", "LookupAttributes": attribute("Username", "a")},
            "InvalidLookupAttributesException",
        ),
    ],
)
@behaviour("cloudtrail.lookup_refusals")
def test_bad_searches_are_refused(past: Any, parameters: Any, code: str) -> None:
    with pytest.raises(ClientError) as error:
        past.lookup_events(**parameters)
    assert error.value.response["Error"]["Code"] == code


@behaviour("cloudtrail.lookup_refusals")
def test_a_token_belongs_to_its_request(past: Any) -> None:
    token = past.lookup_events()["NextToken"]
    with pytest.raises(ClientError, match="InvalidNextToken"):
        past.lookup_events(NextToken=token, MaxResults=10)


@behaviour("cloudtrail.lookup_events")
def test_calls_show_after_minutes_and_data_events_never(account: Account, aws: Any) -> None:
    aws["s3"].create_bucket(Bucket="box")
    aws["s3"].put_object(Bucket="box", Key="k", Body=b"")
    assert aws["cloudtrail"].lookup_events()["Events"] == []
    account.advance(minutes=5)
    assert names(aws["cloudtrail"].lookup_events()) == ["LookupEvents", "CreateBucket"]
    assert (
        aws["cloudtrail"].lookup_events(LookupAttributes=attribute("EventName", "PutObject"))[
            "Events"
        ]
        == []
    )


@behaviour("cloudtrail.lookup_events")
def test_a_region_has_its_own_history(account: Account, aws: Any) -> None:
    boto3.client("sns", region_name="eu-west-1").create_topic(Name="t")
    account.advance(minutes=5)
    assert names(aws["cloudtrail"].lookup_events()) == []
    there = boto3.client("cloudtrail", region_name="eu-west-1").lookup_events()
    assert names(there) == ["CreateTopic"]


def test_a_world_speaks_of_the_account_that_opens_it() -> None:
    with course.account.fresh(replace(WORLD, trail=HISTORY[-1:])) as other:
        (event,) = boto3.client("cloudtrail").lookup_events()["Events"]
        assert (
            other.id in event["CloudTrailEvent"] and "123456789012" not in event["CloudTrailEvent"]
        )


@behaviour("cloudtrail.replay")
def test_replayed_events_happen_at_their_time(account: Account, aws: Any) -> None:
    account.replay(trail=[record(END + 10 * MINUTE, eventName="Later")])
    account.advance(minutes=9)
    assert names(aws["cloudtrail"].lookup_events()) == []
    account.advance(minutes=7)
    assert "Later" in names(aws["cloudtrail"].lookup_events())


@pytest.mark.parametrize(
    ("bad", "message"),
    [(record(END - MINUTE), "before the account's time"), ({"eventName": "x"}, "lacks eventTime")],
)
@behaviour("cloudtrail.replay")
def test_the_past_cannot_be_replayed(account: Account, bad: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        account.replay(trail=[bad])
