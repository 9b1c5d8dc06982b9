"""Scalable targets: the ECS services whose desired counts may be changed, and between which limits.

API reference of Application Auto Scaling. Other namespaces than ecs are refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from course.account.clock import utc
from course.account.containers import services
from course.account.containers.store import Containers, Service
from course.account.errors import NotSimulated
from course.account.paging import page, page_token
from course.account.region import Region
from course.telemetry.errors import RuleError

Parameters = dict[str, Any]
ECS, DIMENSION = "ecs", "ecs:service:DesiredCount"
MOST = 50
INVALID_TOKEN = "InvalidNextTokenException"


@dataclass
class Policy:
    """A scaling policy. out, into: when it last scaled out and in (epoch ms).

    base: the capacity before it last scaled out, for which the metric still speaks meanwhile.
    """

    name: str
    arn: str
    kind: str
    config: dict[str, Any]
    target: Target
    created: int
    alarms: list[str] = field(default_factory=list)
    out: int | None = None
    into: int | None = None
    base: int = 0


@dataclass
class Target:
    """One service that may be scaled; suspended: the SuspendedState."""

    resource: str
    arn: str
    least: int
    most: int
    created: int
    suspended: dict[str, bool]
    policies: dict[str, Policy] = field(default_factory=dict)


class Scaling:
    """What it keeps in a Region: targets by their resource; activities, newest first."""

    def __init__(self, region: Region) -> None:
        self.targets: dict[str, Target] = {}
        self.activities: list[dict[str, Any]] = []

    def target(self, parameters: Parameters) -> Target:
        check_kind(parameters)
        found = self.targets.get(parameters["ResourceId"])
        if found is None:
            raise RuleError("ObjectNotFoundException", _missing(parameters))
        return found

    def policy(self, arn: str) -> Policy | None:
        """The policy that an alarm's action names."""
        for target in self.targets.values():
            for policy in target.policies.values():
                if policy.arn == arn:
                    return policy
        return None


def _missing(parameters: Parameters) -> str:
    return (
        f"No scalable target registered for service namespace: {parameters['ServiceNamespace']}, "
        f"resource ID: {parameters['ResourceId']}, "
        f"scalable dimension: {parameters['ScalableDimension']}"
    )


def check_kind(parameters: Parameters) -> None:
    """NotSimulated for what is not an ECS service."""
    namespace = parameters["ServiceNamespace"]
    if namespace != ECS:
        what = f"application-autoscaling with the namespace {namespace}"
        raise NotSimulated(what, "Scale an ECS service, or change the capacity yourself.")
    if parameters.get("ScalableDimension", DIMENSION) != DIMENSION:
        raise RuleError("ValidationException", "Unsupported service namespace and dimension")


def service_of(region: Region, resource: str) -> Service:
    """The service of "service/<cluster>/<name>"."""
    kind, _, rest = resource.partition("/")
    cluster, _, name = rest.partition("/")
    if kind != "service" or not name:
        raise RuleError("ValidationException", f"Unsupported resource ID: {resource}")
    try:
        found = region.part(Containers).service(cluster, name)
    except RuleError:
        raise RuleError("ValidationException", f"ECS service doesn't exist: {resource}") from None
    return found


def register_scalable_target(region: Region, parameters: Parameters) -> dict[str, Any]:
    """A second time changes its limits. A count outside of them is brought inside."""
    check_kind(parameters)
    scaling, resource = region.part(Scaling), parameters["ResourceId"]
    service = service_of(region, resource)
    found = scaling.targets.get(resource)
    if found is None:
        found = _new(region, parameters)
    least = parameters.get("MinCapacity", found.least)
    most = parameters.get("MaxCapacity", found.most)
    if not 0 <= least <= most:
        problem = "Maximum capacity cannot be less than minimum capacity"
        raise RuleError("ValidationException", problem)
    found.least, found.most = least, most
    found.suspended |= parameters.get("SuspendedState", {})
    scaling.targets[resource] = found
    wanted = min(max(service.desired, least), most)
    if wanted != service.desired:
        record(region, found, wanted, "minimum or maximum capacity was changed")
        services.set_desired(region, service, wanted)
    return {"ScalableTargetARN": found.arn}


def _new(region: Region, parameters: Parameters) -> Target:
    for name in ("MinCapacity", "MaxCapacity"):
        if name not in parameters:
            raise RuleError("ValidationException", f"{name} is required for a new scalable target")
    id = region.new_id().replace("-", "")
    suspended = {
        f"{name}Suspended": False
        for name in ("DynamicScalingIn", "DynamicScalingOut", "ScheduledScaling")
    }
    arn = region.arn("application-autoscaling", f"scalable-target/{id}")
    return Target(parameters["ResourceId"], arn, 0, 0, region.now, suspended)


def describe_scalable_targets(region: Region, parameters: Parameters) -> dict[str, Any]:
    check_kind(parameters)
    wanted = parameters.get("ResourceIds")
    found = [
        {
            "ServiceNamespace": ECS,
            "ResourceId": target.resource,
            "ScalableDimension": DIMENSION,
            "MinCapacity": target.least,
            "MaxCapacity": target.most,
            "RoleARN": f"arn:aws:iam::{region.account_id}:role/aws-service-role/"
            "ecs.application-autoscaling.amazonaws.com/"
            "AWSServiceRoleForApplicationAutoScaling_ECSService",
            "CreationTime": utc(target.created),
            "SuspendedState": target.suspended,
            "ScalableTargetARN": target.arn,
        }
        for target in region.part(Scaling).targets.values()
        if not wanted or target.resource in wanted
    ]
    limit, token = parameters.get("MaxResults", MOST), parameters.get("NextToken")
    shown, token = page(found, token, limit, invalid=INVALID_TOKEN)
    return {"ScalableTargets": list(shown), **page_token("NextToken", token)}


def deregister_scalable_target(region: Region, parameters: Parameters) -> None:
    """Its policies and their alarms go with it."""
    from course.account.scaling import policies

    target = region.part(Scaling).target(parameters)
    for policy in list(target.policies.values()):
        policies.remove(region, policy)
    del region.part(Scaling).targets[target.resource]


def record(region: Region, target: Target, capacity: int, cause: str) -> None:
    """A scaling activity, which succeeds at once; on AWS it takes a little."""
    now = utc(region.now)
    region.part(Scaling).activities.insert(
        0,
        {
            "ActivityId": region.new_id(),
            "ServiceNamespace": ECS,
            "ResourceId": target.resource,
            "ScalableDimension": DIMENSION,
            "Description": f"Setting desired count to {capacity}.",
            "Cause": cause,
            "StartTime": now,
            "EndTime": now,
            "StatusCode": "Successful",
            "StatusMessage": f"Successfully set desired count to {capacity}. "
            "Change successfully fulfilled by ecs.",
        },
    )
    region.happened("scaling", resource=target.resource, capacity=capacity, cause=cause)


def describe_scaling_activities(region: Region, parameters: Parameters) -> dict[str, Any]:
    """Newest first."""
    check_kind(parameters)
    if parameters.get("IncludeNotScaledActivities"):
        raise NotSimulated(
            "application-autoscaling:DescribeScalingActivities with IncludeNotScaledActivities",
            "Read the alarms' history with describe_alarm_history.",
        )
    wanted = parameters.get("ResourceId")
    found = [
        each for each in region.part(Scaling).activities if wanted in (None, each["ResourceId"])
    ]
    limit, token = parameters.get("MaxResults", MOST), parameters.get("NextToken")
    shown, token = page(found, token, limit, invalid=INVALID_TOKEN)
    return {"ScalingActivities": list(shown), **page_token("NextToken", token)}
