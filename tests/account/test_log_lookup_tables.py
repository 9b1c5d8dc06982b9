"""Lookup tables through boto3, and queries that use them."""

from __future__ import annotations

from typing import Any

import pytest

from course.account import NotSimulated
from tests.account.test_log_queries import ask

BODY = 'ms,word\n3,three\n4,"four, or so"\n'


def test_a_query_looks_values_up(logs: Any) -> None:
    logs.create_lookup_table(lookupTableName="words", tableBody=BODY)
    query = "filter ms in [3, 4, 5] | sort ms | fields ms | lookup words ms OUTPUT word"
    rows = ask(logs, query, logGroupName="/shop/api")
    assert [row.get("word") for row in rows] == ["three", "four, or so", None]


def test_a_table_is_described_changed_and_deleted(logs: Any) -> None:
    arn = logs.create_lookup_table(lookupTableName="words", tableBody=BODY)["lookupTableArn"]
    logs.create_lookup_table(lookupTableName="other", tableBody="a\n1\n")
    (found,) = logs.describe_lookup_tables(lookupTableNamePrefix="w")["lookupTables"]
    assert (found["tableFields"], found["recordsCount"]) == (["ms", "word"], 2)
    logs.update_lookup_table(lookupTableArn=arn, tableBody="ms,word\n3,drei\n")
    assert logs.get_lookup_table(lookupTableArn=arn)["tableBody"] == "ms,word\n3,drei\n"
    logs.delete_lookup_table(lookupTableArn=arn)
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.get_lookup_table(lookupTableArn=arn)


def test_a_query_without_its_table_is_malformed(logs: Any) -> None:
    with pytest.raises(logs.exceptions.MalformedQueryException, match="no lookup table `words`"):
        ask(logs, "lookup words ms OUTPUT word")


@pytest.mark.parametrize(
    ("name", "body"), [("a-b", "a\n1\n"), ("ab", "\n"), ("ab", "a,a\n1,2\n"), ("ab", "a,b\n1\n")]
)
def test_impossible_tables(logs: Any, name: str, body: str) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.create_lookup_table(lookupTableName=name, tableBody=body)


def test_two_tables_of_one_name(logs: Any) -> None:
    logs.create_lookup_table(lookupTableName="words", tableBody=BODY)
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_lookup_table(lookupTableName="words", tableBody=BODY)


def test_tables_of_query_results_are_refused(logs: Any) -> None:
    with pytest.raises(NotSimulated, match="queryId"):
        logs.create_lookup_table(lookupTableName="words", queryId="1")
