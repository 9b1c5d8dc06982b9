"""Queries through boto3 that say themselves what they read: SOURCE, inner and saved queries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.account.test_log_queries import RANGE, ask


def _ask(logs: Any, query: str) -> list[dict[str, str]]:
    return ask(logs, query, logGroupName=None)


def test_source_instead_of_the_requests_groups(logs: Any) -> None:
    assert _ask(logs, 'SOURCE "/shop/api" | stats count(*) as n') == [{"n": "10"}]
    both = 'SOURCE logGroups(namePrefix: ["/shop/"]) | stats count(*) as n by @log | sort n'
    assert [row["n"] for row in _ask(logs, both)] == ["10", "60"]


def test_source_by_tag_and_class(logs: Any) -> None:
    (group,) = logs.describe_log_groups(logGroupNamePrefix="/shop/api")["logGroups"]
    logs.tag_resource(resourceArn=group["logGroupArn"], tags={"team": "red"})
    query = 'SOURCE logGroupTags([{"key": "team", "values": ["r*"]}]) | stats count(*) as n'
    assert _ask(logs, query) == [{"n": "10"}]
    query = 'SOURCE logGroups(class: ["INFREQUENT_ACCESS"]) | fields @message'
    assert _ask(logs, query) == []


def test_source_and_the_requests_groups_exclude_each_other(logs: Any) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException, match="SOURCE"):
        ask(logs, 'SOURCE "/shop/api" | fields @message')


def test_a_source_that_does_not_exist(logs: Any) -> None:
    expected = "There is no log group `/none` for account ID '123456789012'"
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match=expected):
        _ask(logs, 'SOURCE "/none" | fields @message')


def test_an_inner_query_reads_another_group(logs: Any) -> None:
    query = """parse @message "GET /item/* 200" as item
        | filter item in (SOURCE "/shop/api" | fields ms) | stats count(*) as n"""
    assert ask(logs, query) == [{"n": "10"}]
    rows = ask(logs, 'filter 1 in (SOURCE "/shop/api" | display ms) | stats count(*) as n by @log')
    assert rows == [{"@log": "123456789012:/shop/web", "n": "60"}]


def test_a_source_query_is_described_as_written(logs: Any) -> None:
    _ask(logs, 'SOURCE "/shop/api" | limit 1')
    (found,) = logs.describe_queries()["queries"]
    assert found["queryString"] == 'SOURCE "/shop/api" | limit 1'
    assert found["logGroupName"] == "/shop/api"


def test_a_saved_query_is_called_by_its_name(logs: Any) -> None:
    logs.put_query_definition(
        name="slow",
        queryString="filter ms >= {{least}} | stats count(*) as n",
        parameters=[{"name": "least", "defaultValue": "8"}],
    )
    assert ask(logs, "$slow()", logGroupName="/shop/api") == [{"n": "2"}]
    assert ask(logs, "$slow(least = 5)", logGroupName="/shop/api") == [{"n": "5"}]
    (found,) = logs.describe_query_definitions()["queryDefinitions"]
    assert found["parameters"] == [{"name": "least", "defaultValue": "8"}]
    with pytest.raises(logs.exceptions.MalformedQueryException, match="did you mean|Did you mean"):
        logs.start_query(queryString="$slwo()", logGroupName="/shop/api", **RANGE)
