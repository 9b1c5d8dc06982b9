"""Logs Insights through boto3: the asynchronous answer, the range, the errors."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from tests.account.behaviours import behaviour
from tests.account.conftest import END, MINUTE, event

RANGE = {"startTime": END // 1000 - 3600, "endTime": END // 1000}


def ask(logs: Any, query: str, **changes: Any) -> list[dict[str, str]]:
    """Start a query, poll until it is complete, give its rows as dictionaries."""
    settings = {"logGroupName": "/shop/web", **RANGE, **changes}
    given = {name: value for name, value in settings.items() if value is not None}
    query_id = logs.start_query(queryString=query, **given)["queryId"]
    answer = logs.get_query_results(queryId=query_id)
    assert (answer["status"], answer["results"]) == ("Running", [])
    answer = logs.get_query_results(queryId=query_id)
    assert answer["status"] == "Complete"
    return [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]


@behaviour("logs.insights")
def test_query_is_running_then_complete(logs: Any) -> None:
    assert ask(logs, "stats count(*) as n") == [{"n": "60"}]


def test_several_groups_and_their_arns(logs: Any) -> None:
    arns = [group["logGroupArn"] for group in logs.describe_log_groups()["logGroups"]]
    query = "stats count(*) as n by @log | sort @log"
    for choice in ({"logGroupIdentifiers": arns}, {"logGroupNames": ["/shop/web", "/shop/api"]}):
        assert ask(logs, query, logGroupName=None, **choice) == [
            {"@log": "123456789012:/shop/api", "n": "10"},
            {"@log": "123456789012:/shop/web", "n": "60"},
        ]


def test_both_ends_of_the_range_are_included(logs: Any) -> None:
    first = END // 1000 - 60 * 60
    assert ask(logs, "stats count(*) as n", startTime=first, endTime=first) == [{"n": "1"}]
    assert ask(logs, "stats count(*) as n", startTime=first + 1, endTime=first + 60) == [{"n": "1"}]


def test_the_end_second_counts_as_a_whole(account: Account, logs: Any) -> None:
    account.replay(logs=[event(END + 1000, "a"), event(END + 1999, "b"), event(END + 2000, "c")])
    account.advance(minutes=1)
    span = {"startTime": END // 1000 + 1, "endTime": END // 1000 + 1}
    rows = ask(logs, "fields @message | sort @timestamp asc", **span)
    assert [row["@message"] for row in rows] == ["a", "b"]


def test_milliseconds_are_understood(logs: Any) -> None:
    span = {"startTime": END - 5 * MINUTE, "endTime": END}
    assert ask(logs, "stats count(*) as n", **span) == [{"n": "5"}]


def test_limit_of_the_call(logs: Any) -> None:
    assert len(ask(logs, "fields @message", limit=7)) == 7


def test_new_events_are_seen_by_the_next_query(account: Account, logs: Any) -> None:
    assert ask(logs, "stats count(*) as n") == [{"n": "60"}]
    account.replay(logs=[event(END, "now")])
    account.advance(seconds=1)
    assert ask(logs, "stats count(*) as n") == [{"n": "61"}]


def test_retention_hides_events_from_queries(account: Account, logs: Any) -> None:
    logs.put_retention_policy(logGroupName="/shop/web", retentionInDays=1)
    account.advance(hours=23, minutes=30)
    assert ask(logs, "stats count(*) as n") == [{"n": "30"}]


@behaviour("logs.insights")
def test_results_page_and_statistics(logs: Any) -> None:
    settings = {"logGroupName": "/shop/web", **RANGE}
    query_id = logs.start_query(queryString="fields @message", **settings)["queryId"]
    logs.get_query_results(queryId=query_id)
    first = logs.get_query_results(queryId=query_id, maxItems=40)
    rest = logs.get_query_results(queryId=query_id, maxItems=40, nextToken=first["nextToken"])
    assert (len(first["results"]), len(rest["results"])) == (40, 20)
    assert first["statistics"]["recordsMatched"] == 60
    assert first["statistics"]["logGroupsScanned"] == 1


@behaviour("logs.insights_bookkeeping")
def test_pointer_leads_to_the_whole_record(logs: Any) -> None:
    row = ask(logs, "fields ms | filter ms = 3", logGroupName="/shop/api")[0]
    found = logs.get_log_record(logRecordPointer=row["@ptr"])["logRecord"]
    assert found["@message"] == '{"level": "ERROR", "ms": 3}'
    assert found["level"] == "ERROR"
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.get_log_record(logRecordPointer="bm90aGluZw==")


@behaviour("logs.insights")
def test_malformed_query_names_the_place(logs: Any) -> None:
    with pytest.raises(logs.exceptions.MalformedQueryException, match="filter") as error:
        ask(logs, "fields @message | filtr x")
    location = error.value.response["queryCompileError"]["location"]
    assert location == {"startCharOffset": 18, "endCharOffset": 23}


def test_unknown_group_in_aws_words(logs: Any) -> None:
    expected = "Log group '/none' does not exist for account ID '123456789012'"
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match=expected):
        ask(logs, "fields @message", logGroupName="/none")


@pytest.mark.parametrize(
    "settings",
    [
        RANGE,
        {**RANGE, "logGroupName": "/shop/web", "logGroupNames": ["/shop/api"]},
        {"logGroupName": "/shop/web", "startTime": 20, "endTime": 10},
    ],
)
def test_impossible_requests(logs: Any, settings: dict[str, Any]) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.start_query(queryString="fields @message", **settings)


@behaviour("logs.insights_bookkeeping")
def test_running_query_can_be_stopped_once(logs: Any) -> None:
    settings = {"logGroupName": "/shop/web", **RANGE}
    query_id = logs.start_query(queryString="fields @message", **settings)["queryId"]
    assert logs.stop_query(queryId=query_id)["success"]
    assert logs.get_query_results(queryId=query_id)["status"] == "Cancelled"
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.stop_query(queryId=query_id)


@behaviour("logs.insights_bookkeeping")
def test_queries_are_described_as_recorded(logs: Any) -> None:
    ask(logs, "fields @message", startTime=10, endTime=20)
    found = logs.describe_queries(status="Complete")["queries"]
    assert [each["queryString"] for each in found] == [
        'SOURCE "/shop/web" START=10000 END=20999 | fields @message'
    ]


@behaviour("logs.insights_bookkeeping")
def test_query_definitions(logs: Any) -> None:
    made = logs.put_query_definition(name="slow/all", queryString="fields @message")
    logs.put_query_definition(name="other", queryString="fields @message")
    found = logs.describe_query_definitions(queryDefinitionNamePrefix="slow")["queryDefinitions"]
    assert [each["queryDefinitionId"] for each in found] == [made["queryDefinitionId"]]
    logs.delete_query_definition(queryDefinitionId=made["queryDefinitionId"])
    with pytest.raises(ClientError):
        logs.delete_query_definition(queryDefinitionId=made["queryDefinitionId"])


def test_other_languages_are_refused(logs: Any) -> None:
    with pytest.raises(NotSimulated, match="Logs Insights QL"):
        logs.start_query(
            queryString="SELECT 1", queryLanguage="SQL", logGroupName="/shop/web", **RANGE
        )


@behaviour("logs.insights_bookkeeping")
def test_fields_of_a_group_with_their_share(logs: Any, account: Account) -> None:
    at = account.now
    now = int(at.timestamp() * 1000)
    messages = ['{"level": "INFO", "user": {"id": 7}}', '{"level": "WARN"}']
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.create_log_group(logGroupName="/shop/fields")
    logs.create_log_stream(logGroupName="/shop/fields", logStreamName="s")
    logs.put_log_events(logGroupName="/shop/fields", logStreamName="s", logEvents=events)
    for more in ({}, {"time": now // 1000 + 420}):
        found = logs.get_log_group_fields(logGroupName="/shop/fields", **more)["logGroupFields"]
        shares = {each["name"]: each["percent"] for each in found}
        assert shares["@message"] == 100
        assert shares["level"] == 100 and shares["user.id"] == 50
    late = logs.get_log_group_fields(logGroupName="/shop/fields", time=now // 1000 + 600)
    assert late["logGroupFields"] == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.get_log_group_fields(logGroupName="/absent")
