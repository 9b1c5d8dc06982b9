"""Dashboards: kept as they are put, after the checks that PutDashboard makes.

What CloudWatch would reject comes back as InvalidParameterInput with the path and message of each
problem; the checks are `telemetry.dashboards`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from course.account import tagging
from course.account.clock import utc
from course.account.errors import AwsError
from course.account.paging import page, page_token
from course.account.region import Region
from course.telemetry.dashboards import check_body

Parameters = dict[str, Any]
ENTRY = ("DashboardName", "DashboardArn", "LastModified", "Size")


def put_dashboard(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    body = parameters["DashboardBody"]
    problems = check_body(body)
    if problems:
        listed = [{"dataPath": p["DataPath"], "message": p["Message"]} for p in problems]
        message = (
            f"The dashboard body is invalid, there are {len(problems)} validation errors: "
            f"{json.dumps(listed)}"
        )
        raise AwsError("InvalidParameterInput", message, dashboardValidationMessages=problems)
    name = parameters["DashboardName"]
    region.dashboards[name] = {
        "DashboardName": name,
        "DashboardArn": f"arn:aws:cloudwatch::{region.account_id}:dashboard/{name}",
        "LastModified": utc(region.now),
        "Size": len(body.encode()),
        "body": body,
    }
    given = tagging.kept(parameters.get("Tags"))
    region.tags.setdefault(region.dashboards[name]["DashboardArn"], given)
    return {"DashboardValidationMessages": []}


def get_dashboard(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    kept = _existing(region, parameters["DashboardName"])
    return {
        "DashboardArn": kept["DashboardArn"],
        "DashboardBody": kept["body"],
        "DashboardName": kept["DashboardName"],
    }


def list_dashboards(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    prefix = parameters.get("DashboardNamePrefix", "")
    found = [each for name, each in sorted(region.dashboards.items()) if name.startswith(prefix)]
    shown, token = page(found, parameters.get("NextToken"), 1000, invalid="InvalidParameterValue")
    entries = [{name: each[name] for name in ENTRY} for each in shown]
    return {"DashboardEntries": entries, **page_token("NextToken", token)}


def delete_dashboards(region: Region, parameters: Parameters) -> None:
    """All or none: one unknown name and nothing is deleted."""
    for name in parameters["DashboardNames"]:
        _existing(region, name)
    for name in parameters["DashboardNames"]:
        region.dashboards.pop(name, None)


def _existing(region: Region, name: str) -> dict[str, Any]:
    if name not in region.dashboards:
        raise AwsError("ResourceNotFound", f"Dashboard {name} does not exist")
    return region.dashboards[name]
