"""Dashboards: kept as they are put, after the checks that PutDashboard makes.

Follows the API reference, "Dashboard body structure and syntax". What CloudWatch would reject comes
back as InvalidParameterInput with the path and message of each problem. Checked: the JSON, the
widgets' types, places and required properties. Not checked: single options inside a property.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from course.account.clock import utc
from course.account.errors import AwsError
from course.account.paging import page, page_token
from course.account.region import Region

Parameters = dict[str, Any]
Problem = dict[str, str]
MAX_WIDGETS = 500
ENTRY = ("DashboardName", "DashboardArn", "LastModified", "Size")
GRID = {"x": (0, 23), "y": (0, None), "width": (1, 24), "height": (1, 1000)}
# Widget type -> properties of which at least one group must be there in full.
PROPERTIES: dict[str, tuple[tuple[str, ...], ...]] = {
    "metric": (("metrics", "region"), ("annotations", "region")),
    "text": (("markdown",),),
    "log": (("query", "region"),),
    "alarm": (("alarms",),),
    "explorer": (("metrics", "labels"), ("metrics", "aggregateBy")),
    "custom": (("endpoint",),),
}


def put_dashboard(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    body = parameters["DashboardBody"]
    problems = check_body(body)
    if problems:
        message = "The field DashboardBody must be a valid JSON object of a dashboard"
        listed = f"{message}: {problems[0]['Message']}"
        raise AwsError("InvalidParameterInput", listed, dashboardValidationMessages=problems)
    name = parameters["DashboardName"]
    region.dashboards[name] = {
        "DashboardName": name,
        "DashboardArn": f"arn:aws:cloudwatch::{region.account_id}:dashboard/{name}",
        "LastModified": utc(region.now),
        "Size": len(body.encode()),
        "body": body,
    }
    given = {each["Key"]: each["Value"] for each in parameters.get("Tags", ())}
    region.tags.setdefault(region.dashboards[name]["DashboardArn"], given)
    return {"DashboardValidationMessages": []}


def check_body(text: str) -> list[Problem]:
    """Everything that is wrong with a dashboard's body: [{"DataPath", "Message"}]."""
    try:
        body = json.loads(text)
    except ValueError as error:
        return [_problem("", f"The dashboard body is not valid JSON: {error}")]
    if not isinstance(body, dict):
        return [_problem("", "Should be object")]
    widgets = body.get("widgets")
    if not isinstance(widgets, list):
        return [_problem("/widgets", "Should have required property 'widgets', an array")]
    if len(widgets) > MAX_WIDGETS:
        return [_problem("/widgets", f"A dashboard has at most {MAX_WIDGETS} widgets")]
    return [found for number, each in enumerate(widgets) for found in _widget(number, each)]


def _widget(number: int, widget: Any) -> list[Problem]:
    path = f"/widgets/{number}"
    if not isinstance(widget, dict):
        return [_problem(path, "Should be object")]
    kind = widget.get("type")
    if kind not in PROPERTIES:
        listed = ", ".join(PROPERTIES)
        return [_problem(f"{path}/type", f"Should be one of {listed}; found {kind!r}")]
    return [*_place(path, widget), *_properties(path, kind, widget.get("properties"))]


def _place(path: str, widget: dict[str, Any]) -> list[Problem]:
    found = []
    for name, (low, high) in GRID.items():
        value = widget.get(name, low)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or value < low or (high is not None and value > high):
            upto = "" if high is None else f" and at most {high}"
            found.append(
                _problem(f"{path}/{name}", f"Should be an integer of at least {low}{upto}")
            )
    if ("x" in widget) != ("y" in widget):
        found.append(_problem(path, "Should have both x and y, or neither"))
    return found


def _properties(path: str, kind: str, properties: Any) -> list[Problem]:
    if not isinstance(properties, dict):
        return [_problem(f"{path}/properties", "Should have required property 'properties'")]
    choices = PROPERTIES[kind]
    if any(all(name in properties for name in group) for group in choices):
        return _metrics(path, properties) if kind == "metric" else []
    missing = next(name for name in choices[0] if name not in properties)
    return [_problem(f"{path}/properties", f"Should have required property '{missing}'")]


def _metrics(path: str, properties: dict[str, Any]) -> list[Problem]:
    metrics = properties.get("metrics", [])
    if not isinstance(metrics, list) or not all(isinstance(each, list) for each in metrics):
        return [_problem(f"{path}/properties/metrics", "Should be an array of arrays")]
    return []


def _problem(path: str, message: str) -> Problem:
    return {"DataPath": path, "Message": message}


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
