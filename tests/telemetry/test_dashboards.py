"""Dashboard bodies: what is taken, and where each problem is said to be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from course.telemetry.dashboards import check_body

ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"
REGION = {"region": "us-east-1"}
GOOD: list[dict[str, Any]] = [
    {"type": "text", "properties": {"markdown": "# Shop", "background": "transparent"}},
    {
        "type": "metric",
        "properties": {
            **REGION,
            "metrics": [
                ["Shop", "Errors", "Service", "cart", {"stat": "p99", "color": "#d62728"}],
                ["...", "pay"],
                [".", "Calls", ".", "."],
                [{"expression": "m1 * 2", "id": "e1"}],
                ["Shop", "Load", {"id": "m1", "visible": False}],
            ],
            "view": "timeSeries",
            "stacked": False,
            "period": 300,
            "stat": "Sum",
            "annotations": {
                "horizontal": [{"value": 5}, [{"value": 1}, {"value": 2}]],
                "vertical": [{"value": "2026-03-17T12:00:00Z", "label": "deploy"}],
            },
        },
    },
    {"type": "metric", "properties": {**REGION, "annotations": {"alarms": [ALARM]}}},
    {"type": "log", "properties": {**REGION, "query": "SOURCE 'a' | limit 5", "view": "table"}},
    {"type": "alarm", "properties": {"alarms": [ALARM], "states": ["ALARM"]}},
    {
        "type": "explorer",
        "properties": {
            "metrics": [
                {"metricName": "CPUUtilization", "resourceType": "AWS::EC2::Instance", "stat": "p9"}
            ],
            "labels": [{"key": "team"}],
        },
    },
    {
        "type": "custom",
        "properties": {"endpoint": "arn:aws:lambda:us-east-1:123456789012:function:draw"},
    },
]


def paths(*widgets: Any) -> list[str]:
    return [each["DataPath"] for each in check_body(json.dumps({"widgets": widgets}))]


@pytest.mark.parametrize("widget", GOOD, ids=lambda widget: widget["type"])
def test_good_widgets_are_taken(widget: dict[str, Any]) -> None:
    assert paths(widget) == []


def metric(*rows: Any, **more: Any) -> dict[str, Any]:
    return {"type": "metric", "properties": {**REGION, "metrics": list(rows), **more}}


@pytest.mark.parametrize(
    ("widget", "path"),
    [
        (metric(["Shop"]), "metrics/0"),
        (metric(["Shop", "Errors", "Service"]), "metrics/0"),
        (metric(["Shop", 5]), "metrics/0"),
        (metric(["Shop", "a"], ["Shop", {"expression": "m1"}]), "metrics/1"),
        (metric(["Shop", "a", {"stat": "p990"}]), "metrics/0/stat"),
        (metric(["Shop", "a", {"color": "red"}]), "metrics/0/color"),
        (metric(["Shop", "a", {"period": 7}]), "metrics/0/period"),
        (metric(["Shop", "a"], stat="Mean"), "stat"),
        (metric(["Shop", "a"], period="5m"), "period"),
        (metric(["Shop", "a"], view="donut"), "view"),
        (metric(["Shop", "a"], title=5), "title"),
        (metric(annotations={"horizontal": [{"label": "no value"}]}), "annotations/horizontal/0"),
        (metric(annotations={"alarms": [ALARM, ALARM]}), "annotations/alarms"),
        (metric(annotations={"alarms": ["errors"]}), "annotations/alarms/0"),
        (metric(annotations=[]), "annotations"),
        ({"type": "text", "properties": {"markdown": 5}}, "markdown"),
        ({"type": "text", "properties": {"markdown": "", "background": "blue"}}, "background"),
        ({"type": "log", "properties": {**REGION, "query": "x", "view": "list"}}, "view"),
        ({"type": "alarm", "properties": {"alarms": ["errors"]}}, "alarms/0"),
        ({"type": "alarm", "properties": {"alarms": ALARM}}, "alarms"),
        ({"type": "alarm", "properties": {"alarms": [ALARM], "states": ["BAD"]}}, "states"),
        ({"type": "alarm", "properties": {"alarms": [ALARM], "sortBy": "name"}}, "sortBy"),
        ({"type": "explorer", "properties": {"metrics": [{}], "labels": []}}, "metrics/0"),
        ({"type": "explorer", "properties": {"metrics": {}, "labels": []}}, "metrics"),
        ({"type": "custom", "properties": {"endpoint": 5}}, "endpoint"),
    ],
)
def test_each_problem_has_its_place(widget: dict[str, Any], path: str) -> None:
    assert set(paths(GOOD[0], widget)) == {f"/widgets/1/properties/{path}"}


def test_all_problems_are_told_at_once() -> None:
    found = paths({"type": "pie"}, {**GOOD[0], "x": 99, "y": -1}, "widget")
    assert found == ["/widgets/0/type", "/widgets/1/x", "/widgets/1/y", "/widgets/2"]
