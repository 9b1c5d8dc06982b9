"""Contributor Insights rules over log groups, and their reports.

Follows PutInsightRule and GetInsightRuleReport; the rule itself is `telemetry.contributors`. A rule
sees only the events that arrive while it is enabled: none from before it was made, none from the
time it was disabled (user guide, "Use Contributor Insights to analyze high-cardinality data").
The rules of DynamoDB tables are made in `table_insights`. Left out: other managed rules, rules on
transformed logs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from course.account import tagging
from course.account.cloudwatch.metric_queries import Window
from course.account.cloudwatch.metrics import seconds
from course.account.errors import AwsError
from course.account.logs.store import Event
from course.account.paging import paged
from course.account.region import Region
from course.telemetry import contributors
from course.telemetry.math_values import Line

Parameters = dict[str, Any]
STATES = ("ENABLED", "DISABLED")
# What is kept with a rule and never shown: when it was enabled, and a table's calls.
OWN = ("watched", "events")


def put_insight_rule(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    contributors.validate(parameters["RuleDefinition"])
    state = parameters.get("RuleState", "ENABLED")
    if state not in STATES:
        raise AwsError("InvalidParameterValue", "RuleState must be ENABLED or DISABLED.")
    name = parameters["RuleName"]
    known = region.insight_rules.get(name, {})
    region.insight_rules[name] = {
        "Name": name,
        "State": state,
        "Schema": '{"Name": "CloudWatchLogRule", "Version": 1}',
        "Definition": parameters["RuleDefinition"],
        "ManagedRule": False,
        "watched": known.get("watched", []),
    }
    _turn(region, region.insight_rules[name], state)
    arn = region.arn("cloudwatch", f"insight-rule/{name}")
    given = tagging.kept(parameters.get("Tags"))
    region.tags.setdefault(arn, given)
    return {}


def describe_insight_rules(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    found = [
        {name: value for name, value in rule.items() if name not in OWN}
        for _, rule in sorted(region.insight_rules.items())
    ]
    limit = parameters.get("MaxResults", 500)
    return paged("InsightRules", found, parameters, "NextToken", limit, invalid="InvalidNextToken")


def enable_insight_rules(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return _for_each(region, parameters, lambda rule: _turn(region, rule, "ENABLED"))


def disable_insight_rules(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return _for_each(region, parameters, lambda rule: _turn(region, rule, "DISABLED"))


def delete_insight_rules(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return _for_each(region, parameters, lambda rule: region.insight_rules.pop(rule["Name"]))


def _turn(region: Region, rule: dict[str, Any], state: str) -> None:
    """Enable or disable a rule; `watched` keeps its enabled spans as [since, until or None]."""
    spans = rule["watched"]
    watching = bool(spans) and spans[-1][1] is None
    if state == "ENABLED" and not watching:
        spans.append([region.now, None])
    elif state == "DISABLED" and watching:
        spans[-1][1] = region.now
    rule["State"] = state


def _for_each(region: Region, parameters: Parameters, change: Any) -> Mapping[str, Any]:
    """Unknown names come back under Failures; the others are changed."""
    failures = []
    for name in parameters["RuleNames"]:
        if name in region.insight_rules:
            change(region.insight_rules[name])
        else:
            failures.append(
                {
                    "FailureResource": name,
                    "ExceptionType": "ResourceNotFoundException",
                    "FailureCode": "404",
                    "FailureDescription": f"Rule {name} does not exist.",
                }
            )
    return {"Failures": failures}


def get_insight_rule_report(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    rule = _existing(region, parameters["RuleName"])
    start, end = seconds(parameters["StartTime"]), seconds(parameters["EndTime"])
    report = contributors.report(
        rule["Definition"],
        _events(region, rule, start, end),
        start=start,
        end=end,
        period=parameters["Period"],
        max_contributors=parameters.get("MaxContributorCount", 10),
        order_by=parameters.get("OrderBy", "Sum"),
        metrics=parameters.get("Metrics", ()),
    )
    if rule["ManagedRule"]:
        report["KeyLabels"] = [label.removeprefix("$.") for label in report["KeyLabels"]]
    return _timed(report)


def metric_of(region: Region, name: str, metric: str, period: int, window: Window) -> Line:
    """One of a report's metrics as a time series, as INSIGHT_RULE_METRIC asks for it."""
    rule, shift = _existing(region, name), window.shift(period)
    found = contributors.report(
        rule["Definition"],
        (
            {**event, "timestamp": event["timestamp"] - shift * 1000}
            for event in _events(region, rule, window.start, window.end)
        ),
        start=window.start - shift,
        end=window.end - shift,
        period=period,
        metrics=[metric],
    )
    points = found["MetricDatapoints"]
    return {int(point["Timestamp"].timestamp()) + shift: point[metric] for point in points}


def _existing(region: Region, name: str) -> dict[str, Any]:
    if name not in region.insight_rules:
        raise AwsError("ResourceNotFoundException", f"Rule {name} does not exist.")
    rule: dict[str, Any] = region.insight_rules[name]
    return rule


def _events(region: Region, rule: Mapping[str, Any], start: float, end: float) -> Iterator[Event]:
    if "events" in rule:
        spans = (each for each in rule["events"] if _was_watched(rule, each["ingestionTime"]))
        yield from (each for each in spans if start * 1000 <= each["timestamp"] < end * 1000)
        return
    for name, group in region.logs.groups.items():
        if contributors.covers(rule["Definition"], name):
            for event in group.read(region.now, int(start * 1000), int(end * 1000)):
                if _was_watched(rule, event["ingestionTime"]):
                    yield event


def _was_watched(rule: Mapping[str, Any], at: int) -> bool:
    return any(since <= at and (until is None or at < until) for since, until in rule["watched"])


def _timed(value: Any, key: str = "") -> Any:
    """Epoch seconds under "Timestamp" as times, wherever they are."""
    if isinstance(value, Mapping):
        return {name: _timed(each, name) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_timed(each) for each in value]
    if key == "Timestamp" and isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC)
    return value
