"""Contributor Insights for DynamoDB: which keys are accessed, which are throttled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from course.account.clock import utc
from tests.account.behaviours import behaviour
from tests.account.conftest import END


@pytest.fixture
def dynamodb(account: Account, session: Any) -> Any:
    return session.client("dynamodb")


@pytest.fixture
def visits(dynamodb: Any) -> str:
    """A table with a partition and a sort key, whose keys are watched."""
    dynamodb.create_table(
        TableName="visits",
        KeySchema=[
            {"AttributeName": "page", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "page", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.update_contributor_insights(TableName="visits", ContributorInsightsAction="ENABLE")
    return "visits"


def rules(dynamodb: Any, table: str) -> dict[str, str]:
    """The rules by their kind, PKC for example."""
    found = dynamodb.describe_contributor_insights(TableName=table)
    return {name.split("-")[1]: name for name in found["ContributorInsightsRuleList"]}


def top(cloudwatch: Any, rule: str) -> list[tuple[list[str], float]]:
    report = cloudwatch.get_insight_rule_report(
        RuleName=rule, StartTime=utc(END), EndTime=utc(END) + timedelta(hours=1), Period=60
    )
    return [(each["Keys"], each["ApproximateAggregateValue"]) for each in report["Contributors"]]


def key(page: str, at: int) -> dict[str, Any]:
    return {"page": {"S": page}, "at": {"N": str(at)}}


def use(dynamodb: Any, table: str) -> None:
    """Eight items and two queries: /home six times, /cart three times, /help once."""
    dynamodb.put_item(TableName=table, Item={**key("/home", 1), "n": {"N": "1"}})
    dynamodb.get_item(TableName=table, Key=key("/home", 1))
    dynamodb.update_item(
        TableName=table,
        Key=key("/cart", 2),
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )
    dynamodb.batch_write_item(
        RequestItems={table: [{"PutRequest": {"Item": key("/home", at)}} for at in (3, 4)]}
    )
    dynamodb.batch_get_item(RequestItems={table: {"Keys": [key("/home", 3), key("/help", 9)]}})
    dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": table, "Item": key("/cart", 5)}}]
    )
    dynamodb.query(
        TableName=table,
        KeyConditionExpression="#p = :p AND #at > :t",
        ExpressionAttributeNames={"#p": "page", "#at": "at"},
        ExpressionAttributeValues={":p": {"S": "/home"}, ":t": {"N": "0"}},
    )
    dynamodb.delete_item(TableName=table, Key=key("/cart", 5))


@behaviour("dynamodb.contributor_insights")
def test_the_most_accessed_keys_are_ranked(
    account: Account, cloudwatch: Any, dynamodb: Any, visits: str
) -> None:
    use(dynamodb, visits)
    account.advance(minutes=1)
    found = rules(dynamodb, visits)
    assert sorted(found) == ["PKC", "PKT", "SKC", "SKT"]
    assert top(cloudwatch, found["PKC"]) == [(["/home"], 6), (["/cart"], 3), (["/help"], 1)]
    assert top(cloudwatch, found["SKC"])[:2] == [(["/cart", "5"], 2), (["/home", "1"], 2)]
    assert top(cloudwatch, found["PKT"]) == []


@behaviour("dynamodb.contributor_insights")
def test_throttled_keys_have_rules_of_their_own(
    account: Account, cloudwatch: Any, dynamodb: Any, visits: str
) -> None:
    found = rules(dynamodb, visits)
    error = "ProvisionedThroughputExceededException"
    with account.fault("dynamodb:PutItem", error=error), pytest.raises(ClientError, match=error):
        dynamodb.put_item(TableName=visits, Item=key("/home", 1))
    account.advance(minutes=1)
    assert [keys for keys, _ in top(cloudwatch, found["PKT"])] == [["/home"]]
    assert top(cloudwatch, found["PKC"]) == []


@behaviour("dynamodb.contributor_insights")
def test_insights_are_switched_described_and_listed(dynamodb: Any, visits: str) -> None:
    described = dynamodb.describe_contributor_insights(TableName=visits)
    assert described["ContributorInsightsStatus"] == "ENABLED"
    listed = dynamodb.list_contributor_insights()["ContributorInsightsSummaries"]
    assert [each["TableName"] for each in listed] == [visits]
    off = {"TableName": visits, "ContributorInsightsAction": "DISABLE"}
    answer = dynamodb.update_contributor_insights(**off)
    assert answer["ContributorInsightsStatus"] == "DISABLING"
    described = dynamodb.describe_contributor_insights(TableName=visits)
    assert described["ContributorInsightsStatus"] == "DISABLED"
    other = dynamodb.describe_contributor_insights(TableName="orders")
    assert other["ContributorInsightsStatus"] == "DISABLED"


def test_only_throttled_keys_may_be_watched(dynamodb: Any, visits: str) -> None:
    dynamodb.update_contributor_insights(
        TableName=visits,
        ContributorInsightsAction="ENABLE",
        ContributorInsightsMode="THROTTLED_KEYS",
    )
    assert sorted(rules(dynamodb, visits)) == ["PKT", "SKT"]


def test_rules_show_as_managed(cloudwatch: Any, dynamodb: Any, visits: str) -> None:
    found = cloudwatch.describe_insight_rules()["InsightRules"]
    assert all(rule["ManagedRule"] for rule in found) and len(found) == 4


def test_indexes_and_missing_tables_are_refused(dynamodb: Any, visits: str) -> None:
    enable = {"ContributorInsightsAction": "ENABLE"}
    with pytest.raises(NotSimulated, match="IndexName"):
        dynamodb.update_contributor_insights(TableName=visits, IndexName="by-time", **enable)
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.update_contributor_insights(TableName="nobody", **enable)
