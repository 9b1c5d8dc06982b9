"""Contributor Insights for DynamoDB: which keys of a table are accessed and throttled most.

Follows the DynamoDB API references of UpdateContributorInsights, DescribeContributorInsights and
ListContributorInsights, and the developer guide's "CloudWatch Contributor Insights for DynamoDB":
rules called DynamoDBContributorInsights-PKC-... (partition keys accessed), -PKT- (throttled), and
-SKC-, -SKT- for partition and sort key, which get_insight_rule_report reads. Counted are the calls
on the account while the rules are there: one for every item read or written, and one for every
query by its partition key. Left out: indexes, scans, PartiQL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from course.account.calls import Call
from course.account.clock import utc
from course.account.errors import AwsError, NotSimulated
from course.account.paging import paged
from course.account.region import Region

Parameters = dict[str, Any]
Item = Mapping[str, Mapping[str, Any]]
THROTTLES = frozenset(
    {"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"}
)
BOTH, THROTTLED = "ACCESSED_AND_THROTTLED_KEYS", "THROTTLED_KEYS"
_EQUALS = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")


@dataclass
class Insights:
    """What is watched of one table. keys: its partition key and, where it has one, its sort key."""

    table: str
    keys: list[str]
    rules: list[str]
    mode: str
    status: str
    updated: int


@dataclass
class TableInsights:
    """The watched tables of one Region; it looks at every DynamoDB call once there is one."""

    region: Region
    tables: dict[str, Insights] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.region.calls.watchers.append(self._saw)

    def _saw(self, call: Call) -> None:
        if call.service != "dynamodb" or call.endpoint.region != self.region.name:
            return
        error = call.as_dict()["error"]
        if error is not None and error not in THROTTLES:
            return
        for table, item in touched(call.operation, call.parameters()):
            self._count(table.rsplit("/", 1)[-1], item, throttled=error is not None)

    def _count(self, table: str, item: Parameters, throttled: bool) -> None:
        watched = self.tables.get(table)
        if watched is None or watched.status != "ENABLED":
            return
        values = _key_of(item, watched.keys)
        now = self.region.now
        event = {"timestamp": now, "ingestionTime": now, "message": json.dumps(values)}
        for name in watched.rules:
            kind = name.split("-")[1]
            if (kind[-1] == "T") is throttled and name in self.region.insight_rules:
                self.region.insight_rules[name]["events"].append(event)


def touched(operation: str, parameters: Parameters) -> Iterator[tuple[str, Parameters]]:
    """(table, what names the item) for every item that a call reads or writes."""
    match operation:
        case "GetItem" | "UpdateItem" | "DeleteItem":
            yield parameters["TableName"], {"Key": parameters["Key"]}
        case "PutItem":
            yield parameters["TableName"], {"Key": parameters["Item"]}
        case "Query":
            yield parameters["TableName"], parameters
        case "BatchGetItem":
            for table, wanted in parameters["RequestItems"].items():
                yield from ((table, {"Key": key}) for key in wanted["Keys"])
        case "BatchWriteItem":
            for table, requests in parameters["RequestItems"].items():
                for request in requests:
                    put, delete = request.get("PutRequest"), request.get("DeleteRequest")
                    yield table, {"Key": put["Item"] if put else delete["Key"]}
        case "TransactGetItems" | "TransactWriteItems":
            for action in parameters["TransactItems"]:
                for each in action.values():
                    yield each["TableName"], {"Key": each.get("Key") or each["Item"]}


def _key_of(item: Parameters, keys: list[str]) -> dict[str, str]:
    """The key's values by their place, as texts; a query has its partition key only."""
    named = item["Key"] if "Key" in item else _queried(item)
    labels = ("PartitionKey", "SortKey")
    return {
        label: str(next(iter(named[key].values())))
        for label, key in zip(labels, keys, strict=False)
        if key in named
    }


def _queried(query: Parameters) -> Item:
    """The attributes that a query's condition compares for equality."""
    found = {
        name: conditions["AttributeValueList"][0]
        for name, conditions in query.get("KeyConditions", {}).items()
        if conditions["ComparisonOperator"] == "EQ"
    }
    names = query.get("ExpressionAttributeNames", {})
    values = query.get("ExpressionAttributeValues", {})
    for name, value in _EQUALS.findall(query.get("KeyConditionExpression", "")):
        found[names.get(name, name)] = values[value]
    return found


def update_contributor_insights(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    table = _table(region, parameters, "UpdateContributorInsights")
    enable = parameters["ContributorInsightsAction"] == "ENABLE"
    held = region.part(TableInsights)
    known = held.tables.get(table["TableName"])
    for name in known.rules if known else ():
        region.insight_rules.pop(name, None)
    mode = parameters.get("ContributorInsightsMode") or (known.mode if known else BOTH)
    keys = [each["AttributeName"] for each in table["KeySchema"]]
    rules = _make_rules(region, table["TableName"], len(keys), mode) if enable else []
    status = "ENABLED" if enable else "DISABLED"
    held.tables[table["TableName"]] = Insights(
        table["TableName"], keys, rules, mode, status, region.now
    )
    return {
        "TableName": table["TableName"],
        "ContributorInsightsStatus": "ENABLING" if enable else "DISABLING",
        "ContributorInsightsMode": mode,
    }


def _table(region: Region, parameters: Parameters, operation: str) -> dict[str, Any]:
    if parameters.get("IndexName"):
        raise NotSimulated(f"dynamodb:{operation} with IndexName", "Leave it out: watch the table.")
    name = parameters["TableName"].rsplit("/", 1)[-1]
    try:
        found: dict[str, Any] = region.clients("dynamodb").describe_table(TableName=name)["Table"]
    except ClientError as error:
        found_error = error.response["Error"]
        raise AwsError(found_error["Code"], found_error["Message"]) from None
    return found


def _make_rules(region: Region, table: str, keys: int, mode: str) -> list[str]:
    kinds = "T" if mode == THROTTLED else "CT"
    names = []
    for level, labels in (("PK", ["PartitionKey"]), ("SK", ["PartitionKey", "SortKey"])):
        for kind in kinds if len(labels) <= keys else "":
            name = f"DynamoDBContributorInsights-{level}{kind}-{table}-{region.now}"
            region.insight_rules[name] = _rule(region, name, labels)
            names.append(name)
    return names


def _rule(region: Region, name: str, labels: list[str]) -> dict[str, Any]:
    definition = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": ["dynamodb"],
        "LogFormat": "JSON",
        "Contribution": {"Keys": [f"$.{label}" for label in labels]},
        "AggregateOn": "Count",
    }
    return {
        "Name": name,
        "State": "ENABLED",
        "Schema": json.dumps(definition["Schema"]),
        "Definition": json.dumps(definition),
        "ManagedRule": True,
        "watched": [[region.now, None]],
        "events": [],
    }


def describe_contributor_insights(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    table = _table(region, parameters, "DescribeContributorInsights")["TableName"]
    known = region.part(TableInsights).tables.get(table)
    if known is None:
        return {"TableName": table, "ContributorInsightsStatus": "DISABLED"}
    return {
        "TableName": table,
        "ContributorInsightsRuleList": known.rules,
        "ContributorInsightsStatus": known.status,
        "LastUpdateDateTime": utc(known.updated),
        "ContributorInsightsMode": known.mode,
    }


def list_contributor_insights(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    wanted = parameters.get("TableName", "").rsplit("/", 1)[-1]
    found = [
        {
            "TableName": known.table,
            "ContributorInsightsStatus": known.status,
            "ContributorInsightsMode": known.mode,
        }
        for name, known in sorted(region.part(TableInsights).tables.items())
        if wanted in ("", name)
    ]
    limit = parameters.get("MaxResults", 100)
    return paged(
        "ContributorInsightsSummaries",
        found,
        parameters,
        "NextToken",
        limit,
        invalid="ValidationException",
    )
