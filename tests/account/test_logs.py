"""CloudWatch Logs through boto3: groups, streams, events, retention, exports."""

from __future__ import annotations

import gzip
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.conftest import END, MINUTE

DAY = 86_400_000


def put(logs: Any, *events: tuple[int, str], group: str = "/shop/web", stream: str = "t") -> Any:
    """Put (timestamp, message) pairs, making the stream where it is missing."""
    known = logs.describe_log_streams(logGroupName=group)["logStreams"]
    if stream not in [each["logStreamName"] for each in known]:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    batch = [{"timestamp": at, "message": message} for at, message in events]
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=batch)


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def messages(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


def test_groups_of_the_world_are_described(logs: Any) -> None:
    found = logs.describe_log_groups(logGroupNamePrefix="/shop")["logGroups"]
    assert [group["logGroupName"] for group in found] == ["/shop/api", "/shop/web"]
    assert [group.get("retentionInDays") for group in found] == [30, None]
    assert found[0]["storedBytes"] == 10 * (len('{"level": "ERROR", "ms": 0}') + 26)


def test_group_and_stream_life(logs: Any) -> None:
    logs.create_log_group(logGroupName="/a", tags={"team": "shop"})
    arn = logs.describe_log_groups(logGroupNamePrefix="/a")["logGroups"][0]["logGroupArn"]
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "shop"}
    with pytest.raises(ClientError) as error:
        logs.create_log_group(logGroupName="/a")
    assert code(error) == "ResourceAlreadyExistsException"
    logs.create_log_stream(logGroupName="/a", logStreamName="s")
    logs.delete_log_stream(logGroupName="/a", logStreamName="s")
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log stream"):
        logs.get_log_events(logGroupName="/a", logStreamName="s")
    logs.delete_log_group(logGroupName="/a")
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log group"):
        logs.describe_log_streams(logGroupName="/a")


def test_names_are_checked_as_the_model_says(logs: Any) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException, match="regular expression"):
        logs.create_log_group(logGroupName="no spaces")


def test_streams_are_ordered_by_name_or_last_event(logs: Any) -> None:
    put(logs, (END - 30 * MINUTE, "x"), stream="late")
    put(logs, (END - 20 * MINUTE, "x"), stream="a")
    by_name = logs.describe_log_streams(logGroupName="/shop/web")["logStreams"]
    assert [each["logStreamName"] for each in by_name] == ["a", "late", "web-1"]
    by_time = logs.describe_log_streams(
        logGroupName="/shop/web", orderBy="LastEventTime", descending=True, limit=2
    )
    assert [each["logStreamName"] for each in by_time["logStreams"]] == ["web-1", "a"]
    assert by_name[1]["lastEventTimestamp"] == END - 30 * MINUTE


def test_events_come_back_in_time_order_with_exclusive_end(logs: Any) -> None:
    put(logs, (END - 2000, "two"), (END - 1000, "three"))
    put(logs, (END - 3000, "one"))
    answer = logs.get_log_events(
        logGroupName="/shop/web", logStreamName="t", startTime=END - 3000, endTime=END - 1000
    )
    assert messages(answer) == ["one", "two"]


def test_get_log_events_pages_both_ways(logs: Any) -> None:
    put(logs, *((END - 10_000 + n, str(n)) for n in range(5)))
    ask = {"logGroupName": "/shop/web", "logStreamName": "t", "limit": 2}
    first = logs.get_log_events(**ask, startFromHead=True)
    second = logs.get_log_events(**ask, nextToken=first["nextForwardToken"])
    assert (messages(first), messages(second)) == (["0", "1"], ["2", "3"])
    third = logs.get_log_events(**ask, nextToken=second["nextForwardToken"])
    at_the_end = logs.get_log_events(**ask, nextToken=third["nextForwardToken"])
    assert at_the_end["events"] == []
    assert at_the_end["nextForwardToken"] == third["nextForwardToken"]
    back = logs.get_log_events(**ask, nextToken=second["nextBackwardToken"])
    assert messages(back) == ["0", "1"]
    assert messages(logs.get_log_events(**ask)) == ["3", "4"]


@behaviour("logs.identifiers")
def test_identifiers_are_names_or_arns_of_the_right_group(logs: Any) -> None:
    group = logs.describe_log_groups(logGroupNamePrefix="/shop/api")["logGroups"][0]
    for identifier in ("/shop/api", group["logGroupArn"]):
        answer = logs.filter_log_events(logGroupIdentifier=identifier)
        assert len(answer["events"]) == 10
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupIdentifier=group["logGroupArn"].replace("api", "none"))
    # AWS: "If you specify an ARN, use the format ... don't include an asterisk at the end".
    with pytest.raises(logs.exceptions.InvalidParameterException, match="regular expression"):
        logs.filter_log_events(logGroupIdentifier=group["arn"])


@pytest.mark.parametrize(
    ("pattern", "count"),
    [("", 60), ("GET", 60), ("DELETE", 0), ("?item/7 ?item/8", 2), ("200 -item/7", 59)],
)
@behaviour("logs.filter_patterns")
def test_filter_patterns_are_honoured(logs: Any, pattern: str, count: int) -> None:
    quoted = " ".join(
        f'{word[0] if word[0] in "?-" else ""}"{word.lstrip("?-")} "' if "/" in word else word
        for word in pattern.split()
    )
    answer = logs.filter_log_events(logGroupName="/shop/web", filterPattern=quoted)
    assert len(answer["events"]) == count


@behaviour("logs.filter_patterns")
def test_json_patterns_and_inclusive_end(logs: Any) -> None:
    ask = {"logGroupName": "/shop/api", "filterPattern": "{ $.ms >= 4 }"}
    assert len(logs.filter_log_events(**ask)["events"]) == 6
    assert len(logs.filter_log_events(**ask, endTime=END - 5 * MINUTE)["events"]) == 2


def test_bad_pattern_is_one_kind_error(logs: Any) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException, match="Invalid filter pattern"):
        logs.filter_log_events(logGroupName="/shop/web", filterPattern="{ $.ms >= }")


def test_filtered_events_have_ids_of_their_own(logs: Any) -> None:
    put(logs, *((END - 1, "same") for _ in range(3)))
    found = logs.filter_log_events(logGroupName="/shop/web", filterPattern="same")["events"]
    assert len({event["eventId"] for event in found}) == 3


def test_filter_log_events_pages(logs: Any) -> None:
    paginator = logs.get_paginator("filter_log_events")
    pages = paginator.paginate(logGroupName="/shop/web", PaginationConfig={"PageSize": 25})
    assert [len(each["events"]) for each in pages] == [25, 25, 10]


@behaviour("logs.batch_limits")
def test_batches_must_be_in_order_and_not_too_wide(logs: Any) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException, match="chronological"):
        put(logs, (END, "b"), (END - 1, "a"))
    with pytest.raises(logs.exceptions.InvalidParameterException, match="24 hours"):
        put(logs, (END - DAY - 1, "a"), (END, "b"))
    with pytest.raises(logs.exceptions.InvalidParameterException, match="too large"):
        put(logs, *((END, "x" * 200_000) for _ in range(6)))


@behaviour("logs.batch_limits")
def test_events_too_old_or_too_new_are_rejected_by_index(logs: Any) -> None:
    answer = put(logs, (END - 15 * DAY, "old"))
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    answer = put(logs, (END, "now"), (END + 3 * 3_600_000, "future"))
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    read = logs.get_log_events(logGroupName="/shop/web", logStreamName="t")
    assert messages(read) == ["now"]


@behaviour("logs.retention")
def test_retention_hides_events_as_the_clock_moves(account: Account, logs: Any) -> None:
    logs.put_retention_policy(logGroupName="/shop/web", retentionInDays=1)
    assert len(logs.filter_log_events(logGroupName="/shop/web")["events"]) == 60
    account.advance(hours=23, minutes=30)
    assert len(logs.filter_log_events(logGroupName="/shop/web")["events"]) == 30
    account.advance(hours=1)
    assert logs.filter_log_events(logGroupName="/shop/web")["events"] == []
    logs.delete_retention_policy(logGroupName="/shop/web")
    assert len(logs.filter_log_events(logGroupName="/shop/web")["events"]) == 60


@behaviour("logs.retention")
def test_only_documented_retention_values(logs: Any) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException, match="Value '2'"):
        logs.put_retention_policy(logGroupName="/shop/web", retentionInDays=2)


@behaviour("logs.export")
def test_export_takes_five_minutes_and_writes_gzip_objects(
    account: Account, logs: Any, session: boto3.Session
) -> None:
    s3 = session.client("s3")
    with pytest.raises(logs.exceptions.InvalidParameterException, match="bucket"):
        _export(logs)
    s3.create_bucket(Bucket="archive")
    task = _export(logs)
    with pytest.raises(logs.exceptions.LimitExceededException):
        _export(logs)
    assert _status(logs, task) == "RUNNING"
    assert [each["what"] for each in account.advance(minutes=5)] == ["export"]
    assert _status(logs, task) == "COMPLETED"
    key = f"old/{task}/web-1/000000.gz"
    text = gzip.decompress(s3.get_object(Bucket="archive", Key=key)["Body"].read()).decode()
    assert text.splitlines()[0] == "2026-03-17T11:00:00.000Z GET /item/0 200"
    assert len(text.splitlines()) == 30


def _export(logs: Any) -> str:
    answer = logs.create_export_task(
        logGroupName="/shop/web",
        fromTime=END - 60 * MINUTE,
        to=END - 30 * MINUTE,
        destination="archive",
        destinationPrefix="old",
    )
    return str(answer["taskId"])


def _status(logs: Any, task: str) -> str:
    return str(logs.describe_export_tasks(taskId=task)["exportTasks"][0]["status"]["code"])
