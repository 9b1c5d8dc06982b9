"""Scaling policies: put, described, deleted; target tracking makes its own alarms.

API reference of Application Auto Scaling, "Target tracking scaling policies" and "Create a target
tracking scaling policy for Application Auto Scaling using metric math" of its user guide. The
predefined metrics are the CPU and the memory of the service; scaling on the requests of a load
balancer, predictive scaling, and the metrics of high resolution are refused by name.
"""

from __future__ import annotations

from typing import Any

from course.account.clock import utc
from course.account.cloudwatch import alarms
from course.account.errors import NotSimulated
from course.account.paging import page, page_token
from course.account.region import Region
from course.account.scaling.targets import (
    DIMENSION,
    ECS,
    INVALID_TOKEN,
    MOST,
    Policy,
    Scaling,
    Target,
    check_kind,
)
from course.telemetry.errors import RuleError
from course.telemetry.scaling import wanted

Parameters = dict[str, Any]
TRACKING, STEPS = "TargetTrackingScaling", "StepScaling"
CONFIGS = {
    TRACKING: "TargetTrackingScalingPolicyConfiguration",
    STEPS: "StepScalingPolicyConfiguration",
}
PREDEFINED = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}
MINUTE = 60


def put_scaling_policy(region: Region, parameters: Parameters) -> dict[str, Any]:
    """Put again, a policy gets new alarms, and keeps its ARN."""
    target = region.part(Scaling).target(parameters)
    name = parameters["PolicyName"]
    existing = target.policies.get(name)
    kind = parameters.get("PolicyType", STEPS if existing is None else existing.kind)
    if kind not in CONFIGS:
        what = f"application-autoscaling:PutScalingPolicy with PolicyType {kind}"
        raise NotSimulated(what, "Use TargetTrackingScaling or StepScaling.")
    config = parameters.get(CONFIGS[kind])
    if config is None:
        raise RuleError("ValidationException", f"{CONFIGS[kind]} is required for {kind}")
    _check(kind, config)
    if existing is not None:
        if existing.kind != kind:
            raise RuleError("ValidationException", "The type of a policy cannot be changed")
        _remove_alarms(region, existing)
    policy = Policy(name, _arn(region, target, existing, name), kind, config, target, region.now)
    target.policies[name] = policy
    if kind == TRACKING:
        _make_alarms(region, policy)
    return {"PolicyARN": policy.arn, "Alarms": _listed(region, policy)}


def _arn(region: Region, target: Target, existing: Policy | None, name: str) -> str:
    if existing is not None:
        return existing.arn
    place = f"resource/{ECS}/{target.resource}:policyName/{name}"
    return region.arn("autoscaling", f"scalingPolicy:{region.new_id()}:{place}")


def _check(kind: str, config: Parameters) -> None:
    if kind == STEPS:
        wanted.check_steps(config)
        return
    given = [
        name
        for name in ("PredefinedMetricSpecification", "CustomizedMetricSpecification")
        if name in config
    ]
    if len(given) != 1:
        problem = "Specify exactly one of PredefinedMetricSpecification and "
        raise RuleError("ValidationException", f"{problem}CustomizedMetricSpecification")
    if config["TargetValue"] <= 0:
        raise RuleError("ValidationException", "TargetValue must be greater than 0")
    metric = config[given[0]]
    if given[0].startswith("Predefined") and metric["PredefinedMetricType"] not in PREDEFINED:
        name = metric["PredefinedMetricType"]
        if name.startswith("ECS") or name == "ALBRequestCountPerTarget":
            raise NotSimulated(
                f"application-autoscaling:PutScalingPolicy with {name}",
                "Use ECSServiceAverageCPUUtilization, or a customized metric.",
            )
        problem = f"{name} is not supported for service namespace ecs"
        raise RuleError("ValidationException", problem)
    if given[0].startswith("Customized") and not (
        metric.get("Metrics") or (metric.get("MetricName") and metric.get("Namespace"))
    ):
        raise RuleError("ValidationException", "Specify a metric, or Metrics for metric math")


def _make_alarms(region: Region, policy: Policy) -> None:
    target = policy.config["TargetValue"]
    high = (target, "GreaterThanThreshold", wanted.MINUTES_HIGH)
    low = (target * wanted.LOW, "LessThanThreshold", wanted.MINUTES_LOW)
    sides = [("AlarmHigh", high)]
    if not policy.config.get("DisableScaleIn"):
        sides.append(("AlarmLow", low))
    for side, (threshold, comparison, minutes) in sides:
        name = f"TargetTracking-{policy.target.resource}-{side}-{region.new_id()}"
        alarms.put_metric_alarm(
            region,
            {
                "AlarmName": name,
                "AlarmDescription": f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy "
                f"{policy.arn}.",
                "ActionsEnabled": True,
                "AlarmActions": [policy.arn],
                "OKActions": [],
                "InsufficientDataActions": [],
                "EvaluationPeriods": minutes,
                "Threshold": threshold,
                "ComparisonOperator": comparison,
                **watched(policy),
            },
        )
        policy.alarms.append(name)


def watched(policy: Policy) -> dict[str, Any]:
    """The metric of a target tracking policy, as PutMetricAlarm takes it."""
    if "PredefinedMetricSpecification" in policy.config:
        _, cluster, service = policy.target.resource.split("/", 2)
        name = policy.config["PredefinedMetricSpecification"]["PredefinedMetricType"]
        return {
            "Namespace": "AWS/ECS",
            "MetricName": PREDEFINED[name],
            "Dimensions": [
                {"Name": "ClusterName", "Value": cluster},
                {"Name": "ServiceName", "Value": service},
            ],
            "Statistic": "Average",
            "Period": MINUTE,
        }
    metric = policy.config["CustomizedMetricSpecification"]
    if "Metrics" in metric:
        return {"Metrics": [_query(each) for each in metric["Metrics"]]}
    named = {name: metric[name] for name in ("Namespace", "MetricName", "Unit") if name in metric}
    return {
        **named,
        "Dimensions": metric.get("Dimensions", []),
        "Statistic": metric.get("Statistic", "Average"),
        "Period": MINUTE,
    }


def _query(given: Parameters) -> Parameters:
    """One of Metrics, which leave out the period."""
    if "MetricStat" not in given:
        return given
    return {**given, "MetricStat": {"Period": MINUTE, **given["MetricStat"]}}


def _listed(region: Region, policy: Policy) -> list[dict[str, str]]:
    if policy.kind == TRACKING:
        names = policy.alarms
    else:
        known = region.alarms.values()
        names = [each.name for each in known if policy.arn in each.config.get("AlarmActions", ())]
    return [
        {"AlarmName": name, "AlarmARN": region.arn("cloudwatch", f"alarm:{name}")} for name in names
    ]


def describe_scaling_policies(region: Region, parameters: Parameters) -> dict[str, Any]:
    check_kind(parameters)
    names, resource = parameters.get("PolicyNames"), parameters.get("ResourceId")
    found = [
        _described(region, policy)
        for target in region.part(Scaling).targets.values()
        for policy in target.policies.values()
        if (not names or policy.name in names or policy.arn in names)
        and resource in (None, target.resource)
    ]
    limit, token = parameters.get("MaxResults", MOST), parameters.get("NextToken")
    shown, token = page(found, token, limit, invalid=INVALID_TOKEN)
    return {"ScalingPolicies": list(shown), **page_token("NextToken", token)}


def _described(region: Region, policy: Policy) -> dict[str, Any]:
    return {
        "PolicyARN": policy.arn,
        "PolicyName": policy.name,
        "ServiceNamespace": ECS,
        "ResourceId": policy.target.resource,
        "ScalableDimension": DIMENSION,
        "PolicyType": policy.kind,
        CONFIGS[policy.kind]: policy.config,
        "Alarms": _listed(region, policy),
        "CreationTime": utc(policy.created),
    }


def delete_scaling_policy(region: Region, parameters: Parameters) -> None:
    target = region.part(Scaling).target(parameters)
    policy = target.policies.get(parameters["PolicyName"])
    if policy is None:
        problem = f"No scaling policy found for {parameters['PolicyName']}"
        raise RuleError("ObjectNotFoundException", problem)
    remove(region, policy)


def remove(region: Region, policy: Policy) -> None:
    """A policy goes, and with it the alarms that it made."""
    _remove_alarms(region, policy)
    del policy.target.policies[policy.name]


def _remove_alarms(region: Region, policy: Policy) -> None:
    alarms.delete_alarms(region, {"AlarmNames": policy.alarms})
    policy.alarms.clear()
