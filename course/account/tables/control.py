"""Tables as they are configured: what moto drops of it, and what a table holds.

moto keeps no OnDemandThroughput and counts no bytes; time to live does nothing there. A table is
ACTIVE as soon as it is created, which takes AWS some seconds, and its ItemCount and TableSizeBytes
are exact, which AWS updates every six hours or so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.account.tables import checks, expiry
from course.account.tables.request import Answer, Parameters, Request, answers, ask_moto
from course.account.tables.store import Table
from course.account.tables.values import image
from course.telemetry.tables.partitions import READ, WRITE
from course.telemetry.tables.sizes import item_size

_MAXIMA = {READ: "MaxReadRequestUnits", WRITE: "MaxWriteRequestUnits"}


@answers("CreateTable")
def create_table(request: Request) -> Answer:
    parameters = request.parameters
    ask_moto(request, "create_table", parameters)
    table = request.tables.find(parameters["TableName"])
    _keep_maxima(table, parameters, parameters.get("GlobalSecondaryIndexes") or [])
    return {"TableDescription": described(table)}


@answers("UpdateTable")
def update_table(request: Request) -> Answer:
    parameters, table = request.parameters, request.tables.find(request.parameters["TableName"])
    _check_mode(table, parameters)
    ask_moto(request, "update_table", parameters)
    updates = parameters.get("GlobalSecondaryIndexUpdates") or []
    named = [each[kind] for each in updates for kind in ("Create", "Update") if kind in each]
    _keep_maxima(table, parameters, named)
    return {"TableDescription": described(table)}


def _check_mode(table: Table, parameters: Parameters) -> None:
    """A table that becomes provisioned must be told its capacity."""
    wanted = parameters.get("BillingMode")
    if wanted == "PROVISIONED" and table.is_on_demand and "ProvisionedThroughput" not in parameters:
        what = "One or more parameter values were invalid: ProvisionedThroughput must be specified"
        raise checks.invalid(f"{what} when BillingMode is PROVISIONED")


def _keep_maxima(table: Table, parameters: Parameters, indexes: list[Parameters]) -> None:
    for index, given in ((None, parameters), *((each["IndexName"], each) for each in indexes)):
        limits = given.get("OnDemandThroughput")
        if limits is not None:
            # -1 takes a limit away; one that is not named stays.
            before = table.maximum.get(index) or {}
            wanted = {kind: limits.get(name, before.get(kind)) for kind, name in _MAXIMA.items()}
            table.maximum[index] = {
                kind: float(limit) for kind, limit in wanted.items() if limit not in (None, -1)
            }


@answers("DescribeTable")
def describe_table(request: Request) -> Answer:
    ask_moto(request, "describe_table", request.parameters)
    return {"Table": described(request.tables.find(request.parameters["TableName"]))}


def described(table: Table) -> dict[str, Any]:
    """moto's description, with sizes and the limits that somebody has set."""
    found: dict[str, Any] = table.moto.describe()["TableDescription"]
    items = [image(item) or {} for item in table.everything()]
    found["ItemCount"] = len(items)
    found["TableSizeBytes"] = sum(map(item_size, items))
    _limits(found, table.maximum.get(None))
    if table.is_on_demand:
        for each in (found, *found["GlobalSecondaryIndexes"]):
            each["ProvisionedThroughput"] = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    for arm in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        for each in found[arm]:
            index = table.index(each["IndexName"])
            entries = [index.entry(item) for item in items] if index is not None else []
            kept = [entry for entry in entries if entry is not None]
            each["ItemCount"] = len(kept)
            each["IndexSizeBytes"] = sum(map(item_size, kept))
            each["IndexArn"] = table.arn_of(each["IndexName"])
            _limits(each, table.maximum.get(each["IndexName"]))
        if not found[arm]:
            del found[arm]
    return found


def _limits(described: dict[str, Any], maximum: Mapping[str, float] | None) -> None:
    if maximum:
        described["OnDemandThroughput"] = {_MAXIMA[kind]: int(n) for kind, n in maximum.items()}


@answers("UpdateTimeToLive")
def update_time_to_live(request: Request) -> Answer:
    table = request.tables.find(request.parameters["TableName"])
    wanted = request.parameters["TimeToLiveSpecification"]
    if wanted["Enabled"] == (expiry.attribute(table) is not None):
        state = "enabled" if wanted["Enabled"] else "disabled"
        raise checks.invalid(f"TimeToLive is already {state}")
    ask_moto(request, "update_time_to_live", request.parameters)
    expiry.plan_all(request.region, table)
    return {"TimeToLiveSpecification": dict(wanted)}
