"""Groups: filter expressions with a name.

Follows the X-Ray developer guide, "Configuring groups": a group's graph holds the traces that
arrived while the group existed, taken by the expression that it had at that time; 25 groups an
account; the group Default holds everything and cannot be changed. In a search, group.name stands
for the group's present expression. Left out: insights (refused), and the metric
ApproximateTraceCount that AWS publishes for a group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from course.account import tagging
from course.account.errors import AwsError, NotSimulated
from course.account.paging import page, page_token
from course.account.region import Region
from course.telemetry.xray import filters
from course.telemetry.xray.filter_matching import matches
from course.telemetry.xray.traces import Trace

Parameters = dict[str, Any]
DEFAULT = "Default"
MOST_GROUPS = 25
PAGE = 100
NO_INSIGHTS = "Watch faults with a service graph, or with an alarm on a metric."


@dataclass
class Group:
    """versions: (since when, filter expression), oldest first; times in epoch ms."""

    name: str
    arn: str
    versions: list[tuple[int, str]] = field(default_factory=list)

    @property
    def expression(self) -> str:
        return self.versions[-1][1]

    def expression_at(self, arrival: int) -> str | None:
        """The expression that was in force when a trace arrived; None before the group existed."""
        in_force = [text for since, text in self.versions if since <= arrival]
        return in_force[-1] if in_force else None

    def has_changed_since(self, time: int) -> bool:
        """Whether an older expression was in force at some moment from a time on."""
        return len(self.versions) > 1 and self.versions[-1][0] > time

    def as_api(self) -> dict[str, Any]:
        off = {"InsightsEnabled": False, "NotificationsEnabled": False}
        found: dict[str, Any] = {"GroupName": self.name, "GroupARN": self.arn}
        if self.expression:
            found["FilterExpression"] = self.expression
        return {**found, "InsightsConfiguration": off}


class Groups:
    """The groups of one account and Region, by name."""

    def __init__(self, region: Region) -> None:
        self.by_name = {DEFAULT: Group(DEFAULT, region.arn("xray", "group/Default"), [(0, "")])}
        listed = (region.world.resources.get("xray") or {}) if region.world else {}
        for each in listed.get("groups", ()):
            assert region.world is not None
            self.add(region, each["name"], each["filter_expression"], region.world.start)

    def add(self, region: Region, name: str, expression: str, since: int) -> Group:
        arn = region.arn("xray", f"group/{name}/{region.new_id()}")
        self.by_name[name] = Group(name, arn, [(since, expression)])
        return self.by_name[name]

    def expressions(self) -> dict[str, str]:
        """The present expression of every group, by its name and by its ARN."""
        groups = self.by_name.values()
        return {key: each.expression for each in groups for key in (each.name, each.arn)}

    def find(self, parameters: Parameters) -> Group:
        """The group that GroupName or GroupARN names."""
        name, arn = parameters.get("GroupName"), parameters.get("GroupARN")
        if name is None and arn is None:
            raise _invalid("Either GroupName or GroupARN must be specified.")
        for group in self.by_name.values():
            if group.name == name or group.arn == arn:
                if name not in (None, group.name) or arn not in (None, group.arn):
                    raise _invalid("GroupName and GroupARN do not refer to the same group.")
                return group
        raise _invalid(f"Group not found: {name or arn}")

    def holds(self, group: Group, trace: Trace, arrival: int) -> bool:
        """Whether a group took a trace when it arrived."""
        expression = group.expression_at(arrival)
        if expression is None:
            return False
        return not expression.strip() or matches(
            filters.parse(expression, self.expressions()), trace
        )


def create_group(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    groups, name = region.part(Groups), parameters["GroupName"]
    if name in groups.by_name:
        raise _invalid(f"A group with the name {name} already exists.")
    if len(groups.by_name) > MOST_GROUPS:
        raise _invalid(f"The limit of {MOST_GROUPS} groups is reached.")
    expression = _checked(groups, name, parameters)
    group = groups.add(region, name, expression, region.now)
    if parameters.get("Tags"):
        region.tags[group.arn] = tagging.kept(parameters["Tags"])
    return {"Group": group.as_api()}


def get_group(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return {"Group": region.part(Groups).find(parameters).as_api()}


def get_groups(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    listed = [group.as_api() for group in region.part(Groups).by_name.values()]
    token = parameters.get("NextToken")
    shown, token = page(listed, token, PAGE, invalid="InvalidRequestException")
    return {"Groups": shown, **page_token("NextToken", token)}


def update_group(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    groups = region.part(Groups)
    group = _changeable(groups.find(parameters))
    expression = _checked(groups, group.name, parameters, group.expression)
    if expression != group.expression:
        group.versions.append((region.now, expression))
    return {"Group": group.as_api()}


def delete_group(region: Region, parameters: Parameters) -> None:
    groups = region.part(Groups)
    group = _changeable(groups.find(parameters))
    del groups.by_name[group.name]
    region.tags.pop(group.arn, None)


def _changeable(group: Group) -> Group:
    if group.name == DEFAULT:
        raise _invalid("The Default group cannot be changed.")
    return group


def _checked(groups: Groups, name: str, parameters: Parameters, otherwise: str = "") -> str:
    """The filter expression that a group is to have."""
    if (parameters.get("InsightsConfiguration") or {}).get("InsightsEnabled"):
        raise NotSimulated("xray: insights of a group", NO_INSIGHTS)
    if (parameters.get("InsightsConfiguration") or {}).get("NotificationsEnabled"):
        raise _invalid("Notifications need a group with insights enabled.")
    expression = str(parameters.get("FilterExpression", otherwise))
    if expression.strip():
        filters.parse(expression, {**groups.expressions(), name: expression}, of=name)
    return expression


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)
