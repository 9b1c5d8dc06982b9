"""Target groups of a load balancer, and the health of the tasks in them.

API reference of Elastic Load Balancing (version 2), and "Health checks for Application Load
Balancer target groups". A new target needs one good answer to be healthy; after that so many in a
row change its state as the target group says. There is no load balancer to be made here: a target
group works as if one sent it requests. Left out: attributes, other targets than ECS tasks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from course.account import tagging
from course.account.agenda import Entry
from course.account.containers.store import Task
from course.account.errors import NotSimulated
from course.account.paging import page, page_token
from course.account.region import Region
from course.telemetry.errors import RuleError

Parameters = dict[str, Any]
MOST = 400
INITIAL, GOOD, BAD, DRAINING = "initial", "healthy", "unhealthy", "draining"
# (member, least, most, what counts when it is left out)
NUMBERS = (
    ("HealthCheckIntervalSeconds", 5, 300, 30),
    ("HealthCheckTimeoutSeconds", 2, 120, 5),
    ("HealthyThresholdCount", 2, 10, 5),
    ("UnhealthyThresholdCount", 2, 10, 2),
)
_CHANGEABLE = (
    *(name for name, _, _, _ in NUMBERS),
    *("HealthCheckPath", "HealthCheckPort", "HealthCheckProtocol", "Matcher"),
)


@dataclass
class Target:
    """A task in a target group. good, bad: answers in a row. answer: the last one.

    listens: whether its program was ready for connections then.
    """

    task: Task
    container: str
    port: int
    state: str = INITIAL
    good: int = 0
    bad: int = 0
    answer: int | None = None
    listens: bool = False
    entry: Entry | None = None


@dataclass
class TargetGroup:
    arn: str
    settings: dict[str, Any]
    tags: dict[str, str]
    targets: dict[str, Target] = field(default_factory=dict)

    @property
    def matcher(self) -> str:
        return str(self.settings["Matcher"]["HttpCode"])


class TargetGroups:
    """The target groups of a Region by ARN."""

    def __init__(self, region: Region) -> None:
        self.by_arn: dict[str, TargetGroup] = {}

    def find(self, arn: str) -> TargetGroup:
        found = self.by_arn.get(arn)
        if found is None:
            raise RuleError("TargetGroupNotFound", "One or more target groups not found")
        return found


def create_target_group(region: Region, parameters: Parameters) -> dict[str, Any]:
    groups, name = region.part(TargetGroups), parameters["Name"]
    if any(each.settings["TargetGroupName"] == name for each in groups.by_arn.values()):
        problem = "A target group with the same name exists, but with different settings"
        raise RuleError("DuplicateTargetGroupName", problem)
    if parameters.get("TargetType", "instance") != "ip":
        what = "elbv2:CreateTargetGroup with a TargetType other than ip"
        raise NotSimulated(what, "Tasks on Fargate are registered by their addresses: use ip.")
    if parameters.get("Protocol") not in ("HTTP", "HTTPS"):
        raise NotSimulated("elbv2:CreateTargetGroup with this Protocol", "Use HTTP or HTTPS.")
    settings = _settings(parameters)
    _check(settings)
    hash = region.new_id().replace("-", "")[-16:]
    arn = region.arn("elasticloadbalancing", f"targetgroup/{name}/{hash}")
    groups.by_arn[arn] = TargetGroup(arn, settings, tagging.kept(parameters.get("Tags")))
    return {"TargetGroups": [_described(groups.by_arn[arn])]}


def _settings(parameters: Parameters) -> dict[str, Any]:
    usual: dict[str, Any] = {name: number for name, _, _, number in NUMBERS}
    usual |= {
        "HealthCheckPath": "/",
        "HealthCheckPort": "traffic-port",
        "HealthCheckProtocol": parameters["Protocol"],
        "HealthCheckEnabled": True,
        "Matcher": {"HttpCode": "200"},
        "ProtocolVersion": "HTTP1",
        "IpAddressType": "ipv4",
        "TargetGroupName": parameters["Name"],
        "TargetType": "ip",
    }
    named = {*usual, "Protocol", "Port", "VpcId"}
    return usual | {name: value for name, value in parameters.items() if name in named}


def _check(settings: dict[str, Any]) -> None:
    for name, least, most, _ in NUMBERS:
        if not least <= settings[name] <= most:
            problem = f"{name} must be between {least} and {most}"
            raise RuleError("ValidationError", problem)
    if settings["HealthCheckTimeoutSeconds"] >= settings["HealthCheckIntervalSeconds"]:
        problem = "Health check timeout must be smaller than the interval"
        raise RuleError("ValidationError", problem)


def modify_target_group(region: Region, parameters: Parameters) -> dict[str, Any]:
    group = region.part(TargetGroups).find(parameters["TargetGroupArn"])
    changed = {name: parameters[name] for name in _CHANGEABLE if name in parameters}
    _check(group.settings | changed)
    group.settings |= changed
    return {"TargetGroups": [_described(group)]}


def describe_target_groups(region: Region, parameters: Parameters) -> dict[str, Any]:
    groups, names = region.part(TargetGroups), parameters.get("Names")
    found = [groups.find(arn) for arn in parameters.get("TargetGroupArns") or groups.by_arn]
    if names:
        found = [each for each in found if each.settings["TargetGroupName"] in names]
        if not found:
            raise RuleError("TargetGroupNotFound", "One or more target groups not found")
    limit = int(parameters.get("PageSize", MOST))
    shown, token = page(found, parameters.get("Marker"), limit, invalid="ValidationError")
    return {
        "TargetGroups": [_described(each) for each in shown],
        **page_token("NextMarker", token),
    }


def _described(group: TargetGroup) -> dict[str, Any]:
    return {"TargetGroupArn": group.arn, "LoadBalancerArns": [], **group.settings}


def delete_target_group(region: Region, parameters: Parameters) -> None:
    groups, arn = region.part(TargetGroups), parameters["TargetGroupArn"]
    if arn in groups.by_arn and groups.by_arn[arn].targets:
        raise RuleError("ResourceInUse", f"Target group '{arn}' is currently in use by a service")
    groups.by_arn.pop(arn, None)


def describe_target_health(region: Region, parameters: Parameters) -> dict[str, Any]:
    group = region.part(TargetGroups).find(parameters["TargetGroupArn"])
    wanted = [each["Id"] for each in parameters.get("Targets", ())]
    return {
        "TargetHealthDescriptions": [
            {
                "Target": {"Id": ip, "Port": each.port, "AvailabilityZone": f"{region.name}a"},
                "HealthCheckPort": str(each.port),
                "TargetHealth": _health(group, each),
            }
            for ip, each in group.targets.items()
            if not wanted or ip in wanted
        ]
    }


def _health(group: TargetGroup, target: Target) -> dict[str, str]:
    if target.state == GOOD:
        return {"State": GOOD}
    if target.state == INITIAL:
        why = ("Elb.InitialHealthChecking", "Initial health checks in progress")
    elif target.state == DRAINING:
        why = ("Target.DeregistrationInProgress", "Target deregistration is in progress")
    elif not target.listens:
        why = ("Target.FailedHealthChecks", "Health checks failed")
    elif target.answer is None:
        why = ("Target.Timeout", "Request timed out")
    else:
        why = (
            "Target.ResponseCodeMismatch",
            f"Health checks failed with these codes: [{target.answer}]",
        )
    return {"State": target.state, "Reason": why[0], "Description": why[1]}
